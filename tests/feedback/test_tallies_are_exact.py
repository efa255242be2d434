"""Counts by day are exact at every reading, whatever was written since they were last renewed."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa

from feedback import schema
from feedback.coding import winning_codings
from feedback.days import LONDON
from feedback.schema import Measure
from feedback.store import Store
from feedback.tallies import LENGTHS, counts, refresh_tallies
from tests.app.filling import NOW, code, fill, put

FIRST, LAST = date(2025, 12, 1), date(2026, 4, 30)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tallies") / "feedback.db"
    with Store.open(f"sqlite:///{path}") as store:
        fill(store, n_comments=400)
    return path


@pytest.fixture
def store(filled: Path, tmp_path: Path) -> Iterator[Store]:
    path = tmp_path / "feedback.db"
    shutil.copy(filled, path)
    with Store.open(f"sqlite:///{path}") as store:
        yield store


def everything(store: Store, measure: Measure) -> Counter[tuple[str, ...]]:
    names = ["day", "service", "place", "value"]
    frame = store.read(counts(measure, by=names, first_day=FIRST, last_day=LAST))
    return Counter({tuple(row[name] for name in names): row["n"] for _, row in frame.iterrows()})


def recomputed(store: Store, measure: Measure) -> Counter[tuple[str, ...]]:
    """The same by another way: all rows, in pandas and plain Python."""
    comments = store.read(sa.select(schema.comments))
    responses = store.read(sa.select(schema.responses)).set_index("response_id")
    answers = {
        Measure.SATISFACTION: "satisfaction",
        Measure.EFFORT: "effort",
        Measure.COMPLETED: "completed",
        Measure.HELP_NEEDED: "help_needed",
        Measure.RESPONSES: None,
    }
    found: Counter[tuple[str, ...]] = Counter()
    if measure in answers:
        for row in responses.itertuples():
            name = answers[measure]
            value = "" if name is None else getattr(row, name)
            if name is not None and pd.isna(value):
                continue
            told = "" if name is None else str(int(value))
            found[(_day(row.submitted_at), row.service, _or_nothing(row.region), told)] += 1
        return found
    won = winning_codings(store.read(sa.select(schema.codings)))
    won = won[won["code"] != "none"]
    given = {
        decision: rows.groupby("comment_id")["code"].agg(lambda all_: sorted(set(all_)))
        for decision, rows in won.groupby("decision")
    }
    topics = store.read(sa.select(schema.assignments)).set_index("comment_id")["topic_id"]
    for row in comments.itertuples():
        place = _or_nothing(row.page)
        if measure is Measure.REGION_CODE:
            place = _or_nothing(responses.loc[row.response_id, "region"])
        codes = given.get("assigned", {}).get(row.comment_id, [])
        values = {
            Measure.COMMENTS: [""],
            Measure.CODE: codes,
            Measure.REGION_CODE: codes,
            Measure.REVIEW: given.get("review", {}).get(row.comment_id, []),
            Measure.GROUP: sorted({one.split(".")[0] for one in codes}),
            Measure.SENTIMENT: [row.sentiment] if row.state == "enriched" else [],
            Measure.LANGUAGE: [row.language],
            Measure.SOURCE: [row.source],
            Measure.TOPIC: [str(topics[row.comment_id])] if row.comment_id in topics else [],
            Measure.LENGTH: [_length(row.n_characters)] if not row.is_empty else [],
            Measure.MISSING: [
                *(["page"] if not _or_nothing(row.page) else []),
                *(["question"] if not _or_nothing(row.question) else []),
                *(["text"] if row.is_empty else []),
            ],
        }[measure]
        for value in values:
            found[(_day(row.submitted_at), row.service, place, value)] += 1
    return found


def _or_nothing(value: object) -> str:
    return value if isinstance(value, str) else ""


def _day(at: pd.Timestamp) -> str:
    return at.astimezone(LONDON).date().isoformat()


def _length(n: int) -> str:
    return next(name for name, end in LENGTHS if end is None or n < end)


@pytest.mark.parametrize("measure", list(Measure), ids=str)
def test_counts_are_those_of_the_comments_stale_and_renewed(store: Store, measure: Measure) -> None:
    expected = recomputed(store, measure)
    assert sum(expected.values()) > 0 or measure in (Measure.REVIEW, Measure.HELP_NEEDED)
    assert everything(store, measure) == expected
    assert refresh_tallies(store) > 60
    assert store.read(sa.select(schema.stale_days)).empty
    assert everything(store, measure) == expected


@pytest.mark.parametrize("measure", [Measure.CODE, Measure.GROUP, Measure.COMMENTS], ids=str)
def test_what_is_written_after_a_renewal_counts_at_once(store: Store, measure: Measure) -> None:
    refresh_tallies(store)
    before = everything(store, measure)
    ids = put(store, [{"text": "the new one", "submitted_at": NOW - timedelta(days=40)}])
    code(store, {ids[0]: ["fault.upload", "fault.payment"]})
    store.correct(ids[0], ["praise"], "ann")
    after = everything(store, measure)
    assert after != before
    assert after == recomputed(store, measure)


def test_a_persons_coding_moves_the_count(store: Store) -> None:
    refresh_tallies(store)
    key = store.read(
        sa.select(schema.standing_codes.c.comment_id).where(
            schema.standing_codes.c.code == "fault.upload"
        )
    )["comment_id"].iloc[0]
    before = everything(store, Measure.CODE)
    store.correct(key, ["praise"], "ann")
    after = everything(store, Measure.CODE)
    assert sum(n for key, n in (before - after).items() if key[3] == "fault.upload") == 1
    assert sum(n for key, n in (after - before).items() if key[3] == "praise") == 1
    assert after == recomputed(store, Measure.CODE)


def test_a_day_is_a_day_in_london(store: Store) -> None:
    half_past_eleven = datetime(2026, 3, 30, 23, 30, tzinfo=UTC)  # half past midnight there
    put(store, [{"text": "late", "submitted_at": half_past_eleven, "service": "plea"}])
    found = everything(store, Measure.COMMENTS)
    assert [key[0] for key in found if key[1] == "plea" and key[0] >= "2026-03-30"].count(
        "2026-03-31"
    )


def test_places_and_services_narrow_and_periods_end(store: Store) -> None:
    query = counts(
        Measure.COMMENTS, by=["service", "place"], first_day=LAST, last_day=LAST, service="divorce"
    )
    assert store.read(query).empty
    narrow = counts(
        Measure.COMMENTS,
        by=["service", "place"],
        first_day=FIRST,
        last_day=LAST,
        service="divorce",
        place="/divorce/payment",
    )
    expected = sum(
        n
        for key, n in recomputed(store, Measure.COMMENTS).items()
        if key[1:3] == ("divorce", "/divorce/payment")
    )
    for renew in (False, True):
        if renew:
            refresh_tallies(store)
        frame = store.read(narrow)
        assert frame[["service", "place"]].to_numpy().tolist() == [["divorce", "/divorce/payment"]]
        assert frame["n"].tolist() == [expected]
