"""A fix is called one when reports stopped for long enough, and what came back is reopened once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa
from scipy import stats

from feedback import schema
from feedback.store import Store
from tests.app.filling import NOW, code, issue, put
from topics.fix_watch import FixVerdict, FixWatch, watch_fix
from topics.issue_sentences import fix_sentence
from topics.refresh_facts import refresh_issue_facts

FIXED = datetime(2026, 5, 3, 8, tzinfo=UTC)


def times(days: Sequence[float] | np.ndarray) -> pd.Series[Any]:
    """Moments so many days after the fix."""
    return pd.Series(pd.to_datetime([FIXED + timedelta(days=float(day)) for day in days], utc=True))


def look(reports: Sequence[float] | np.ndarray, now: float, others: Any = None) -> FixWatch:
    traffic = np.arange(-40, 80, 0.25) if others is None else others
    return watch_fix(
        times([day for day in reports if day <= now]),
        times([day for day in traffic if day <= now]),
        fixed_at=FIXED,
        as_of=FIXED + timedelta(days=now),
    )


def every(gap: float, first: float, last: float) -> list[float]:
    return list(np.arange(first, last, gap))


A_DAY_FOR_FOUR_WEEKS = [-50, *every(1, -27.9, 0)]


def test_the_verdict_has_to_be_earned_by_quiet_days() -> None:
    early, later = (look(A_DAY_FOR_FOUR_WEEKS, now) for now in (3, 12))
    assert early.verdict is FixVerdict.TOO_EARLY
    assert later.verdict is FixVerdict.STOPPED
    assert early.days_to_tell is not None
    on_time = look(A_DAY_FOR_FOUR_WEEKS, 3 + early.days_to_tell)
    day_before = look(A_DAY_FOR_FOUR_WEEKS, 2 + early.days_to_tell)
    assert on_time.verdict is FixVerdict.STOPPED
    assert (day_before.verdict, day_before.days_to_tell) == (FixVerdict.FEWER, 1)
    assert fix_sentence(early.record()) == (
        "No reports in 3 days since the fix on 3 May; 2 would be usual. Too early to say. About "
        f"{early.days_to_tell} more days without reports would tell that they stopped."
    )


def test_figures_are_those_of_the_exact_interval() -> None:
    """With traffic known (many other comments) and even days, it is the binomial's."""
    traffic = every(0.002, -40, 30)
    found = look(A_DAY_FOR_FOUR_WEEKS, 15, traffic)
    exact = stats.binomtest(0, 28, 14 / (14 + 28)).proportion_ci(0.95, "exact").high
    assert (found.n_before, found.days_before, found.n_after) == (28, 28, 0)
    assert found.high == pytest.approx(exact / (1 - exact) * 28 / 14, rel=0.02)
    assert found.expected == pytest.approx(14, rel=0.01)
    assert found.traffic == pytest.approx(1, abs=0.01)


def test_the_sentence_is_the_one_a_person_reads() -> None:
    found = look(A_DAY_FOR_FOUR_WEEKS, 15, every(0.002, -40, 30))
    assert fix_sentence(found.record()) == (
        "No reports in 15 days since the fix on 3 May; 14 would be usual. Stopped (at most 0.3 of "
        "the earlier rate, 95%)."
    )
    strays = look([*A_DAY_FOR_FOUR_WEEKS, 0.5, 5, 9, 13], 15, every(0.002, -40, 30))
    assert fix_sentence(strays.record()) == (
        "3 reports in 14 days since the fix on 3 May (1 on the first day not counted); 14 would be "
        "usual. Fewer (0.2 of the earlier rate; 0.04 to 0.7, 95%)."
    )


def test_the_first_report_says_when_it_began_and_no_more() -> None:
    began = look([-10, -8, -6, -4, -2], 3)
    assert (began.n_before, began.days_before) == (4, 10)
    older = look([-60, -10, -8, -6, -4, -2], 3)
    assert (older.n_before, older.days_before) == (5, 28)


def test_one_report_before_tells_nothing() -> None:
    found = look([-3], 40)
    assert found.verdict is FixVerdict.TOO_EARLY
    assert found.days_to_tell is None
    assert "too few reports before" in fix_sentence(found.record())
    assert not look([-3, 20, 20.1, 20.2, 20.3, 20.4], 21).is_back


def test_reports_that_go_on_are_not_told_to_be_too_few() -> None:
    going_on = look([-60, -25, -18, -11, -4, 3, 6], 6.5)
    assert (going_on.verdict, going_on.n_after) == (FixVerdict.TOO_EARLY, 2)
    assert going_on.days_to_tell is None
    assert fix_sentence(going_on.record()).endswith("Too early to say.")


def test_a_page_that_nobody_visits_any_more_is_no_fix() -> None:
    busy = look(A_DAY_FOR_FOUR_WEEKS, 12)
    deserted = look(A_DAY_FOR_FOUR_WEEKS, 12, every(0.25, -40, 0))
    assert busy.verdict is FixVerdict.STOPPED
    assert deserted.verdict is FixVerdict.TOO_EARLY
    assert deserted.expected < busy.expected / 2


def test_more_visitors_are_no_recurrence() -> None:
    reports = [-50, *every(0.5, -27.9, 0), *every(1.8, 1.5, 12)]
    same = look(reports, 12)
    twice = look(reports, 12, [*every(0.25, -40, 0), *every(0.125, 0, 12)])
    assert twice.ratio is not None
    assert same.ratio is not None
    assert twice.ratio < same.ratio * 0.65


def test_reports_of_the_first_day_are_not_counted() -> None:
    found = look([*A_DAY_FOR_FOUR_WEEKS, 0.1, 0.2, 0.3, 0.5, 0.9], 5)
    assert (found.n_grace, found.n_after, found.is_back) == (5, 0, False)
    told = look([*A_DAY_FOR_FOUR_WEEKS, 0.1], 0.5)
    assert told.days_after == 0
    assert told.verdict is FixVerdict.TOO_EARLY
    assert "reports count from a day after it" in fix_sentence(told.record())


def test_after_a_quiet_month_the_latest_days_count() -> None:
    quiet = look(A_DAY_FOR_FOUR_WEEKS, 40)
    assert (quiet.verdict, quiet.is_back) == (FixVerdict.STOPPED, False)
    back = look([*A_DAY_FOR_FOUR_WEEKS, *every(0.4, 40, 43)], 43)
    assert back.verdict is FixVerdict.BACK
    assert back.high is not None
    assert back.high < 0.5, "over all days since the fix they are few"
    assert fix_sentence(back.record()) == (
        "8 reports in 43 days since the fix on 3 May; 42 would be usual. They are back: 5 in the "
        "last 2 days."
    )
    assert back.back_days <= 7


@pytest.mark.parametrize("n_before", [1, 2, 3, 5, 8, 13, 28, 100, 1000])
def test_two_reports_reopen_nothing_whatever_came_before(n_before: int) -> None:
    before = [-50, *np.linspace(-27.9, -0.1, n_before)]
    for now in (2.2, 3.0, 9.0, 43.0):
        assert not look([*before, now - 0.2, now - 0.1], now).is_back
    assert look([*before, *np.linspace(39, 43, 10 + n_before)], 43).is_back


def simulated(
    generator: np.random.Generator, rate: float, days: int, residue: float, uneven: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Reports before and after, and traffic of four others a day."""

    def daily(mean: float, n_days: int) -> np.ndarray:
        if uneven:  # twice the variance of chance alone
            counts = generator.negative_binomial(max(mean, 1e-9), 0.5, n_days)
        else:
            counts = generator.poisson(mean, n_days)
        return np.repeat(np.arange(n_days), counts) + generator.random(counts.sum())

    before, after = daily(rate, days) - days, daily(rate * residue, 45)
    return np.concatenate([before, after]), daily(4, 28 + 45) - 28


def run_of(seed: int, rate: float, days: int, residue: float, *, uneven: bool) -> dict[str, Any]:
    """Look every second day for six weeks after the fix; tell when what was first said."""
    generator = np.random.default_rng(seed)
    reopened, stopped = [], []
    for _ in range(N_RUNS):
        reports, others = simulated(generator, rate, days, residue, uneven)
        looks = [(now, look(reports, now, others)) for now in range(2, 44, 2)]
        reopened.append(next((now for now, found in looks if found.is_back), np.inf))
        is_stopped = [(now, found.verdict is FixVerdict.STOPPED) for now, found in looks]
        stopped.append(next((now for now, told in is_stopped if told), np.inf))
    return {"reopened": np.array(reopened), "stopped": np.array(stopped)}


N_RUNS = 60


@pytest.mark.parametrize("uneven", [False, True])
def test_a_fix_that_works_is_seldom_reopened_and_called_stopped(uneven: bool) -> None:
    """One in ten reports goes on: late ones, and some of another matter."""
    found = run_of(101, 1.0, 28, 0.1, uneven=uneven)
    assert np.mean(found["reopened"] < np.inf) <= (0.08 if uneven else 0.02)
    assert np.mean(found["stopped"] < np.inf) > 0.7


@pytest.mark.parametrize(
    ("rate", "days", "by"),
    [(1.0, 28, 21), (2.0, 10, 14), (5.0, 7, 8)],
)
def test_a_fix_that_does_not_work_is_found_and_never_called_stopped(
    rate: float, days: int, by: int
) -> None:
    found = run_of(202, rate, days, 1.0, uneven=False)
    assert np.mean(found["reopened"] <= by) >= 0.9
    assert np.mean(found["stopped"] < np.inf) <= 0.02


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'feedback.db'}", clock=lambda: NOW) as opened:
        yield opened


FIXED_AT = NOW - timedelta(days=20)


def add(store: Store, days_ago: Sequence[float], **same: Any) -> list[str]:
    """Reports of the issue ``a``; other people write of the page every half day."""
    put(
        store,
        [
            {"text": f"lovely {day}", "submitted_at": NOW - timedelta(days=float(day))}
            for day in np.arange(0.05, 60, 0.5)
        ],
    )
    rows = [
        {
            "text": f"photo refused {day}",
            "submitted_at": NOW - timedelta(days=float(day)),
            **same,
        }
        for day in days_ago
    ]
    keys = put(store, rows)
    code(store, {})
    store.write_clusters(
        pd.DataFrame([issue("a", "Photos refused", keys[:3])]),
        pd.DataFrame({"comment_id": keys, "cluster_id": "a", "similarity": 0.9}),
    )
    return keys


def issue_row(store: Store) -> Any:
    return store.read(sa.select(schema.issues)).iloc[0]


def lines(store: Store) -> list[Any]:
    table = schema.audit
    query = sa.select(table).where(table.c.action == "reopen").order_by(table.c.entry_id)
    return store.read(query).to_dict("records")


def test_what_came_back_is_reopened_once_with_a_line_in_the_log(store: Store) -> None:
    add(store, [60, *np.arange(20.5, 48, 0.5)])
    store.triage("a", "ann", status="fixed", fixed_at=FIXED_AT, owner="web team")
    refresh_issue_facts(store, now=NOW)
    assert issue_row(store)["status"] == "fixed"
    assert issue_row(store)["facts"]["fix"]["verdict"] == "stopped"

    add(store, np.arange(0.1, 3, 0.4))
    refresh_issue_facts(store, now=NOW)
    row = issue_row(store)
    assert (row["status"], row["owner"]) == ("investigating", "web team")
    assert row["reopened_at"] == NOW
    (line,) = lines(store)
    assert (line["who"], line["object"]) == ("toolkit", "issue a")
    assert line["detail"]["n"] >= 3
    assert line["detail"]["fixed_at"] == FIXED_AT.isoformat()

    store.triage("a", "ann", status="fixed")
    version = store.data_version()
    refresh_issue_facts(store, now=NOW)
    assert issue_row(store)["status"] == "fixed", "a person's word on the same fix stands"
    assert store.data_version() == version
    assert len(lines(store)) == 1

    store.triage("a", "ann", status="fixed", fixed_at=NOW - timedelta(days=10))
    refresh_issue_facts(store, now=NOW)
    assert issue_row(store)["status"] == "investigating", "another date is another fix"
    assert len(lines(store)) == 2


def test_what_was_sent_before_the_fix_and_taken_in_after_it_reopens_nothing(store: Store) -> None:
    add(store, [60, *np.arange(20.5, 48, 0.5)])
    store.triage("a", "ann", status="fixed", fixed_at=FIXED_AT)
    add(store, np.arange(20.1, 26, 0.3), received_at=NOW)
    refresh_issue_facts(store, now=NOW)
    assert issue_row(store)["status"] == "fixed"
    assert issue_row(store)["facts"]["fix"]["n_after"] == 0


def test_one_person_who_writes_again_and_again_reopens_nothing(store: Store) -> None:
    add(store, [60, *np.arange(20.5, 48, 0.5)])
    store.triage("a", "ann", status="fixed", fixed_at=FIXED_AT)
    add(store, np.arange(0.1, 3, 0.4), response_id="r" * 32)
    refresh_issue_facts(store, now=NOW)
    assert issue_row(store)["status"] == "fixed"
    assert issue_row(store)["facts"]["fix"]["n_after"] == 1


@pytest.mark.parametrize("status", ["acknowledged", "closed", "not_an_issue"])
def test_only_what_is_fixed_is_reopened(store: Store, status: str) -> None:
    add(store, [60, *np.arange(20.5, 48, 0.5)])
    store.triage("a", "ann", status=status, fixed_at=FIXED_AT)
    add(store, np.arange(0.1, 3, 0.4))
    refresh_issue_facts(store, now=NOW)
    assert issue_row(store)["status"] == status
    assert lines(store) == []
