"""Figures of the overview, recomputed from the tables with pandas and SciPy."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa
from scipy import stats

from app import queries
from app.filters import Filters
from app.freshness import freshness_told
from app.queries_overview import Overview, overview
from app.tell_changes import week_changes
from app.tell_overview import (
    answers_table,
    figures,
    issues_told,
    overview_answer,
    services_table,
    trend_told,
)
from feedback.coding import winning_codings
from feedback.schema import Decision, codings, comments, issues, responses
from feedback.store import Store
from tests.app.filling import CLUSTER, NOW, code, fill, id_of, issue, put

ALL = Filters(first_day=date(2026, 1, 8), last_day=date(2026, 4, 1))
LONDON = "Europe/London"
HALVES = (date(2026, 1, 8), date(2026, 2, 18)), (date(2026, 2, 19), date(2026, 4, 1))


@pytest.fixture(scope="module")
def full() -> Iterator[Store]:
    with Store.open("sqlite://") as store:
        fill(store, n_comments=1_200)
        yield store


@pytest.fixture(scope="module")
def found(full: Store) -> Overview:
    return overview(full, ALL, ALL.first_day)


@pytest.fixture
def store() -> Iterator[Store]:
    with Store.open("sqlite://") as opened:
        yield opened


def days_of(frame: pd.DataFrame) -> pd.Series:
    return frame["submitted_at"].dt.tz_convert(LONDON).dt.date


def within(frame: pd.DataFrame, first: date, last: date) -> pd.DataFrame:
    days = days_of(frame)
    return frame[(days >= first) & (days <= last)]


def test_answers_of_each_service_have_the_mean_and_variance_of_their_rows(
    full: Store, found: Overview
) -> None:
    rows = within(full.read(sa.select(responses)), ALL.first_day, ALL.last_day)
    assert rows["service"].nunique() == 7
    for service, mine in rows.groupby("service"):
        for name in ("satisfaction", "effort"):
            told, answers = (
                mine[name].dropna().astype(float),
                found.counted.answers(name, found.period, service),
            )
            assert answers.n == len(told)
            assert answers.mean == pytest.approx(told.mean())
            assert answers.variance == pytest.approx(told.var(ddof=1))
        asked = mine["completed"].dropna().astype(bool)
        assert found.counted.completing(found.period, service) == (asked.sum(), len(asked))
        assert found.counted.n("responses", found.period, service) == len(mine)


def test_comments_of_each_service_are_those_of_their_days(full: Store, found: Overview) -> None:
    texts = full.read(sa.select(comments.c.service, comments.c.submitted_at))
    last_at = found.services.set_index("service")["last_at"]
    for service, mine in texts.groupby("service"):
        for span in (found.period, *found.weeks):
            told = len(within(mine, span.first_day, span.last_day))
            assert found.counted.n("comments", span, service) == told
        assert last_at[service] == mine["submitted_at"].max()
    table = services_table(found)
    assert table["7 days"].sum() == found.counted.n("comments", found.weeks[1])
    assert table["Service"].iloc[0] == "Appeal a benefit decision", "alerts come first"


def test_changes_are_welchs_and_compare_the_halves_of_a_store_that_begins_with_the_period(
    full: Store, found: Overview
) -> None:
    assert [(s.first_day, s.last_day) for s in found.trend or ()] == list(HALVES)
    rows = full.read(sa.select(responses))
    before, now = (within(rows, *half)["satisfaction"].dropna().astype(float) for half in HALVES)
    theirs = stats.ttest_ind(now, before, equal_var=False).confidence_interval(0.95)
    change = next(one.change for one in figures(found) if one.name == "Satisfaction")
    assert change is not None
    assert (change.low, change.high) == pytest.approx((theirs.low, theirs.high))
    assert "19/02/2026 to 01/04/2026 against 08/01/2026 to 18/02/2026" in trend_told(found)


def test_changes_compare_with_the_period_before_where_the_store_knows_it(full: Store) -> None:
    march = Filters(date(2026, 3, 1), date(2026, 3, 28))
    mine = overview(full, march, date(2026, 1, 8))
    assert [one.told() for one in mine.trend or ()] == [
        "01/02/2026 to 28/02/2026",
        "01/03/2026 to 28/03/2026",
    ]


def test_themes_of_two_weeks_are_those_of_the_codings_that_count(
    full: Store, found: Overview
) -> None:
    winning = winning_codings(full.read(sa.select(codings)))
    given = winning[winning["decision"] == Decision.ASSIGNED.value]
    sent = full.read(sa.select(comments.c.comment_id, comments.c.submitted_at))
    merged = given.merge(sent, on="comment_id")
    merged = merged[merged["code"] != "none"]
    mine = found.week_themes.set_index("code")
    for column, span in zip(("n_before", "n"), found.weeks, strict=True):
        told = within(merged, span.first_day, span.last_day).groupby("code")["comment_id"].nunique()
        assert mine[column][mine[column] > 0].to_dict() == told.to_dict()
    assert mine.loc["fault.upload", "n"] > mine.loc["fault.upload", "n_before"]


def test_what_changed_says_that_uploads_fail_more_often(found: Overview) -> None:
    told = [sentence for sentence, _ in week_changes(found)]
    assert told[0].endswith("more than the 7 days before.")
    assert any(line.startswith("Fault: upload more often") for line in told)
    assert not any("less often" in line for line in told), "chance alone is no news"
    assert "1 new issue." in told
    assert "No issue changed its status." in told


def test_open_issues_are_counted_by_status_without_ended_merged_and_small_ones(
    store: Store,
) -> None:
    (comment_id,) = put(store, [{"text": "slow"}])
    code(store, {comment_id: ["fault.performance"]})
    given = [
        {"status": "new"},
        {"status": "investigating"},
        {"status": "investigating", "first_seen": NOW - timedelta(days=30)},
        {"status": "closed"},
        {"status": "not_an_issue"},
        {"status": "provisional"},
        {"status": "new", "merged_into": id_of(0)},
    ]
    rows = [issue(id_of(n), f"Issue {n}", [], **one) for n, one in enumerate(given)]
    store.write_clusters(
        pd.DataFrame(rows).assign(merged_into=[one.get("merged_into") for one in given]),
        pd.DataFrame({"comment_id": [comment_id], "cluster_id": id_of(0), "similarity": 0.9}),
    )
    mine = overview(store, ALL, ALL.first_day)
    assert issues_told(mine) == "1 new, 2 investigating"
    assert mine.n_new_issues == 2, "one of the open ones is a month old"
    assert services_table(mine)["Open issues"].tolist() == [3]


def test_changes_of_status_are_told_once_each_with_the_newest(full: Store) -> None:
    week = overview(full, ALL, ALL.first_day)
    assert week.status_changes == ()
    with Store.open("sqlite://", clock=lambda: NOW) as store:
        fill(store, n_comments=60)
        store.triage(CLUSTER, "ann", status="acknowledged")
        store.triage(CLUSTER, "ann", owner="bea")
        store.triage(CLUSTER, "ann", status="investigating")
        (told,) = overview(store, ALL, ALL.first_day).status_changes
        assert (told.title, told.status) == ("Photos refused on Upload evidence", "investigating")
        line = dict(week_changes(overview(store, ALL, ALL.first_day)))
        assert line["1 issue changed status."].endswith(": investigating.")
        later = Filters(date(2026, 4, 20), date(2026, 4, 30))
        assert overview(store, later, ALL.first_day).status_changes == ()


def test_a_day_belongs_to_london(store: Store) -> None:
    at = datetime(2026, 6, 10, 23, 30, tzinfo=UTC)  # 00:30 on the 11th in London
    put(store, [{"text": "late", "submitted_at": at, "satisfaction": 4}])
    on = {
        day: overview(store, Filters(day, day), day)
        for day in (date(2026, 6, 10), date(2026, 6, 11))
    }
    assert [one.counted.n("comments", one.period) for one in on.values()] == [0, 1]
    assert [one.counted.answers("satisfaction", one.period).n for one in on.values()] == [0, 1]


def test_a_service_chosen_is_the_only_one(full: Store) -> None:
    chosen = Filters(ALL.first_day, ALL.last_day, service="probate")
    mine = overview(full, chosen, ALL.first_day)
    assert set(mine.services["service"]) == {"probate"}
    assert set(mine.themes["service"]) == {"probate"}
    assert set(mine.days["service"]) == {"probate"}
    assert set(mine.open_issues["service"]) <= {"probate"}
    assert "1 weaker signal to watch" in overview_answer(mine)


def test_who_sees_one_service_sees_its_figures_alone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'feedback.db'}"
    with Store.open(url) as store:
        fill(store, n_comments=300)
        with store.scoped(["probate"]) as scoped:
            mine = overview(scoped, ALL, ALL.first_day)
            facts = queries.store_facts(scoped)
        whole = overview(store, ALL, ALL.first_day)
    assert set(mine.services["service"]) == {"probate"}
    assert set(facts.places["service"]) == {"probate"}
    both = (one.counted.n("comments", one.period, "probate") for one in (mine, whole))
    assert next(both) == next(both) > 0
    assert mine.counted.n("comments", mine.period) < whole.counted.n("comments", whole.period)


def test_facts_of_the_store_are_those_of_its_comments(full: Store) -> None:
    facts = queries.store_facts(full)
    sent = full.read(sa.select(comments.c.service, comments.c.page, comments.c.submitted_at))
    assert facts.n_comments == len(sent)
    assert facts.last_at == sent["submitted_at"].max()
    assert facts.first_at == sent["submitted_at"].min()
    told = sent.assign(page=sent["page"].fillna("")).groupby(["service", "page"]).size()
    mine = facts.places.assign(page=facts.places["page"].fillna("")).set_index(["service", "page"])
    assert mine["n"].sort_index().to_dict() == told.to_dict()
    coded = winning_codings(full.read(sa.select(codings)))
    kept = coded[coded["decision"] != Decision.REJECTED.value]
    assert list(facts.codes) == sorted(set(kept["code"]) - {"none"})


def test_few_answers_are_too_few_to_say(store: Store) -> None:
    put(store, [{"text": f"text {n}", "satisfaction": 4} for n in range(4)])
    table = answers_table(overview(store, ALL, ALL.first_day))
    assert table["Satisfaction"].tolist() == ["too few to say"]
    assert table["Change of satisfaction"].tolist() == ["too few to say"]
    assert table["Responses"].tolist() == [4]


def test_freshness_is_right_minutes_later_and_stands_still_when_paused() -> None:
    two, three = (
        freshness_told(NOW, now=NOW + timedelta(minutes=minutes, seconds=5)) for minutes in (2, 3)
    )
    assert "2 minutes ago" in two
    assert "3 minutes ago" in three
    assert freshness_told(NOW, is_still=True) == "Last comment 01/04/2026 12:00."


def test_new_issue_of_another_week_is_no_news(full: Store) -> None:
    later = Filters(date(2026, 4, 20), date(2026, 4, 30))
    assert overview(full, later, ALL.first_day).n_new_issues == 0
    assert len(full.read(sa.select(issues.c.cluster_id))) == 2
