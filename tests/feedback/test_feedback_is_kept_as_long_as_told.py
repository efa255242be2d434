"""Retention deletes what is due, that alone, and goes on where it was broken off."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feedback import retention, schema
from feedback.errors import StoreError
from feedback.legal_holds import lift_hold, place_hold
from feedback.retention import apply_retention, clock_doubt, keep_service, kept_of, set_days
from feedback.settings import Settings
from feedback.store import Store
from feedback.tallies import counts
from tests.feedback.erasure_store import everything, plant
from tests.feedback.pipeline_parts import rows_of
from tests.feedback.store_frames import NO_SPANS, NOON, a_run, comment_id, fill, prepared

NOW = datetime(2026, 4, 10, 9, 30, tzinfo=UTC)
YEAR = Settings()
DIVORCE, PROBATE = "divorce", "probate"


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    with Store.open(store_url, clock=lambda: NOW) as opened:
        yield opened


def put(store: Store, days_ago: list[float], *, service: str = DIVORCE, first: int = 0) -> None:
    """Append one comment for each age in days."""
    texts = [f"{service} says number {n}" for n in range(first, first + len(days_ago))]
    frame = prepared(texts, first=first, service=service)
    at = [NOW - timedelta(days=days) for days in days_ago]
    frame["submitted_at"] = pd.to_datetime(at, utc=True).astype("datetime64[us, UTC]")
    fill(store, frame)


def left(store: Store) -> list[str]:
    return sorted(rows_of(store, schema.comments)["comment_id"])


def ids(*numbers: int) -> list[str]:
    return [comment_id(number) for number in numbers]


def test_whole_days_go_counted_from_the_day_it_was_sent(store: Store) -> None:
    put(store, [366, 365, 364, 0])
    at = datetime(2025, 4, 9, 23, 0, tzinfo=UTC)  # 10 April in London, where clocks are ahead
    late = prepared(["sent at the first moment that is kept"], first=9, submitted_at=at)
    fill(store, late)
    early = at - timedelta(microseconds=1)
    fill(store, prepared(["sent at the last that is not"], first=10, submitted_at=early))
    done = apply_retention(store, YEAR, NOW)
    assert left(store) == ids(1, 2, 3, 9)
    assert (done.n_comments, done.n_responses) == ({DIVORCE: 2}, {DIVORCE: 2})


def test_what_came_in_today_but_was_sent_long_ago_is_due(store: Store) -> None:
    frame = prepared(["an old file"], submitted_at=NOW - timedelta(days=400), received_at=NOW)
    fill(store, frame)
    apply_retention(store, YEAR, NOW)
    assert left(store) == []


def test_a_clock_that_jumped_ahead_is_doubted_until_somebody_looks(store: Store) -> None:
    assert clock_doubt(store, NOW) == "", "there is nothing to lose"
    fill(store, prepared(["said today"], received_at=NOW))
    assert clock_doubt(store, NOW + timedelta(days=30)) == ""
    told = clock_doubt(store, NOW + timedelta(days=3_650))
    assert "the clock says 07/04/2036, and it was 10/04/2026" in told
    assert told.endswith("feedback retention apply")
    apply_retention(store, YEAR, NOW + timedelta(days=300))
    assert clock_doubt(store, NOW + timedelta(days=329)) == ""
    assert clock_doubt(store, NOW + timedelta(days=331)) != ""


def test_each_service_has_its_own_rule(store: Store) -> None:
    put(store, [400, 40, 4])
    put(store, [400, 40, 4], service=PROBATE, first=10)
    put(store, [400, 40, 4], service="benefit-appeals", first=20)
    with store.changing() as connection:
        set_days(connection, DIVORCE, 30, "ann", NOW)
        keep_service(connection, PROBATE, "ann", NOW)
    apply_retention(store, YEAR, NOW)
    assert left(store) == ids(2, 10, 11, 12, 21, 22)
    told = rows_of(store, schema.audit)[["action", "object", "detail"]].to_numpy().tolist()
    assert ["set retention", "service divorce", {"days": 30}] in told
    assert ["set retention", "service probate", {"days": None}] in told


def test_without_a_limit_nothing_goes(store: Store) -> None:
    put(store, [4_000])
    assert apply_retention(store, Settings(retention_days=0), NOW).n_comments == {}
    assert left(store) == ids(0)


@pytest.mark.parametrize("days", [0, -1, 40_000])
def test_a_rule_of_no_sensible_length_is_refused(store: Store, days: int) -> None:
    with (
        store.changing() as connection,
        pytest.raises(StoreError, match="can be kept for 1 to 36,500 days"),
    ):
        set_days(connection, DIVORCE, days, "ann", NOW)


def test_responses_without_a_comment_go_by_the_same_rule(store: Store) -> None:
    frame = pd.DataFrame(
        {
            "response_id": ids(1, 2),
            "service": DIVORCE,
            "submitted_at": pd.to_datetime(
                [NOW - timedelta(days=days) for days in (400, 4)], utc=True
            ),
            "satisfaction": 3,
        }
    ).reindex(columns=list(schema.RESPONSE_COLUMNS))
    store.append(a_run(), prepared([]), frame, NO_SPANS, np.empty((0, 9), np.int64), [])
    done = apply_retention(store, YEAR, NOW)
    assert done.n_responses == {DIVORCE: 1}
    assert rows_of(store, schema.responses)["response_id"].tolist() == ids(2)


@pytest.mark.parametrize(
    ("on", "stays"),
    [
        ({"response_id": comment_id(1_000_001)}, (1, 2, 12)),
        ({"service": DIVORCE}, (0, 1, 2, 12)),
        ({}, (0, 1, 2, 10, 11, 12)),
    ],
)
def test_what_a_hold_covers_stays_until_it_is_lifted(
    store: Store, on: dict[str, str], stays: tuple[int, ...]
) -> None:
    put(store, [900, 800, 4])
    put(store, [900, 800, 4], service=PROBATE, first=10)
    with store.changing() as connection:
        hold_id = place_hold(connection, "ann", "a claim", NOW, **on)
    done = apply_retention(store, YEAR, NOW)
    assert left(store) == ids(*stays)
    assert done.n_held == len(stays) - 2
    with store.changing() as connection:
        lift_hold(connection, hold_id, "ann", "settled", NOW)
    apply_retention(store, YEAR, NOW)
    assert left(store) == ids(2, 12)


def test_a_hold_that_is_placed_meanwhile_counts(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(store, [900, 800])
    look = Store.read
    placed: list[bool] = []

    def read_then_hold(self: Store, query: sa.Select[Any]) -> pd.DataFrame:
        found = look(self, query)
        if "ORDER BY comments.submitted_at" in str(query) and not placed:
            placed.append(True)
            with self.changing() as connection:
                place_hold(connection, "ann", "just now", NOW)
        return found

    monkeypatch.setattr(Store, "read", read_then_hold)
    apply_retention(store, YEAR, NOW)
    assert placed
    assert left(store) == ids(0, 1)


def test_a_rehearsal_counts_what_would_go_and_changes_nothing(store: Store) -> None:
    put(store, [900, 800, 4])
    before, version = everything(store), store.data_version()
    rehearsed = apply_retention(store, YEAR, NOW, dry_run=True)
    assert everything(store) == before
    assert store.data_version() == version
    done = apply_retention(store, YEAR, NOW)
    assert (done.n_comments, done.n_responses) == (rehearsed.n_comments, rehearsed.n_responses)
    assert done.n_comments == {DIVORCE: 2}


def test_the_log_tells_how_much_of_which_service_in_one_line(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BLOCK", 3)
    put(store, [900 - n for n in range(10)])
    put(store, [900, 4], service=PROBATE, first=20)
    apply_retention(store, YEAR, NOW, who="ann")
    apply_retention(store, YEAR, NOW, who="ann")
    (line,) = rows_of(store, schema.audit).to_dict("records")
    assert (line["who"], line["action"], line["object"]) == ("ann", "apply retention", "retention")
    assert line["detail"] == {
        DIVORCE: {"n_comments": 10, "n_responses": 10},
        PROBATE: {"n_comments": 1, "n_responses": 1},
    }


def test_what_goes_leaves_no_trace_in_what_was_made_of_many(store_url: str) -> None:
    """The marked response of the erasure tests is of 2 April, the others' are of 1 April."""
    with Store.open(store_url, clock=lambda: NOON) as store:
        plant(store)
        with store.changing() as connection:
            of_others = schema.comments.c.response_id < comment_id(1_000_900)
            later = NOON + timedelta(days=9)
            connection.execute(
                sa.update(schema.comments).where(of_others).values(submitted_at=later)
            )
        apply_retention(store, Settings(retention_days=7), NOON + timedelta(days=10))
        told = {name: rows for name, rows in everything(store).items() if name != "audit"}
        assert "zanzibarqux" not in str(told)
        assert store.check() == ""


def test_signals_of_a_time_of_which_nothing_is_kept_go(store: Store) -> None:
    plant(store)
    apply_retention(store, Settings(retention_days=1), NOON + timedelta(days=1, hours=14))
    assert len(rows_of(store, schema.signals))
    apply_retention(store, Settings(retention_days=1), NOON + timedelta(days=30))
    assert rows_of(store, schema.signals).empty


def test_figures_are_of_what_is_kept(store: Store) -> None:
    put(store, [900, 4, 3])
    apply_retention(store, YEAR, NOW)
    query = counts(
        schema.Measure.COMMENTS, by=["day"], first_day=date(2020, 1, 1), last_day=NOW.date()
    )
    assert store.read(query)["n"].tolist() == [1, 1]


def test_vectors_of_what_was_deleted_while_a_worker_had_it_go_the_next_day(store: Store) -> None:
    store.put_vectors("m", "1", {"f" * 32: np.ones(4, np.float32)})
    apply_retention(store, YEAR, NOW)
    assert store.get_vectors("m", "1", ["f" * 32]) == {}


def test_what_is_kept_is_told_by_service(store: Store) -> None:
    put(store, [370, 100])
    put(store, [10], service=PROBATE, first=10)
    with store.changing() as connection:
        keep_service(connection, "probate", "ann", NOW)
        set_days(connection, "unused", 5, "ann", NOW)
    divorce, probate, unused = kept_of(store, YEAR.retention_days, NOW, with_due=True)
    assert (divorce.since, divorce.next_deletion) == (date(2025, 4, 10), NOW.date())
    assert (divorce.n_due, divorce.n_held, divorce.is_own) == (1, 0, False)
    assert (probate.days, probate.since, probate.next_deletion) == (None, None, None)
    assert (unused.days, unused.oldest, unused.next_deletion) == (5, None, None)
    apply_retention(store, YEAR, NOW)
    (divorce,) = (one for one in kept_of(store, YEAR.retention_days, NOW) if one.service == DIVORCE)
    due = divorce.next_deletion
    assert due is not None
    at = datetime(due.year, due.month, due.day, 12, tzinfo=UTC)
    assert apply_retention(store, YEAR, at - timedelta(days=1)).n_comments == {}
    assert apply_retention(store, YEAR, at).n_comments == {DIVORCE: 1}


@given(
    ages=st.lists(st.integers(0, 60), min_size=1, max_size=25),
    days=st.integers(1, 60),
    held=st.sets(st.integers(0, 24)),
)
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_what_went_and_what_stays_is_what_there_was(
    ages: list[int], days: int, held: set[int]
) -> None:
    with Store.open("sqlite://") as store:
        put(store, [float(age) for age in ages])
        with store.changing() as connection:
            for number in held:
                response = comment_id(1_000_000 + number)
                place_hold(connection, "ann", "a claim", NOW, response_id=response)
        before = left(store)
        done = apply_retention(store, Settings(retention_days=days), NOW)
        stays = {n for n, age in enumerate(ages) if age <= days or n in held}
        assert left(store) == ids(*sorted(stays))
        assert sum(done.n_comments.values()) + len(stays) == len(before)
        assert store.check() == ""


MORTAL = """
import os, signal, sys
from feedback import retention
from feedback.settings import Settings
from feedback.store import Store
from tests.feedback.test_feedback_is_kept_as_long_as_told import NOW

retention.BLOCK = 7
note, blocks = retention._note, []

def die_in_the_third(*told):
    note(*told)
    blocks.append(1)
    if len(blocks) == 3:
        os.kill(os.getpid(), signal.SIGKILL)

retention._note = die_in_the_third
with Store.open(sys.argv[1]) as store:
    retention.apply_retention(store, Settings(), NOW)
"""


def test_one_that_is_killed_has_deleted_blocks_whole_and_the_next_goes_on(store: Store) -> None:
    put(store, [900 - n for n in range(40)])
    put(store, [3, 2], first=100)
    url = store._engine.url.render_as_string(hide_password=False)
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", MORTAL, url], cwd=root, env={**os.environ}, timeout=120
    )
    assert done.returncode == -signal.SIGKILL
    assert len(left(store)) == 42 - 14  # the third block was not finished
    assert store.check() == ""
    told = apply_retention(store, YEAR, NOW)
    assert left(store) == ids(100, 101)
    assert told.n_comments == {DIVORCE: 40}
    (line,) = rows_of(store, schema.audit)["detail"]
    assert line == {DIVORCE: {"n_comments": 40, "n_responses": 40}}
