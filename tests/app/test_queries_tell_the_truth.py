"""Figures of the pages, recomputed from the tables by another route."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa

from app import (
    queries,
    queries_comment,
    queries_comments,
    queries_issues,
    queries_signals,
    queries_topics,
)
from app.filters import Filters
from app.queries_comments import FAILED, NOT_CODED, SAFEGUARDED
from app.queries_excellence import excellence
from app.queries_overview import overview
from app.queries_pages import one_page, pages
from feedback.coding import winning_codings
from feedback.schema import Decision, Measure, codings, comments
from feedback.store import Store
from tests.app.filling import CLUSTER, EVIDENCE, NOW, code, fill, id_of, issue, put, signal

ALL = Filters(first_day=date(2026, 1, 8), last_day=date(2026, 4, 1))
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def full() -> Iterator[Store]:
    with Store.open("sqlite://") as store:
        fill(store, n_comments=1_200)
        coded = store.read(sa.select(comments.c.comment_id).limit(60))["comment_id"]
        for number, comment_id in enumerate(coded):
            store.correct(comment_id, ["staff"] if number % 2 else ["none"], "ann")
        store.correct(coded[0], ["fault.link", "praise"], "bob")
        yield store


@pytest.fixture
def store() -> Iterator[Store]:
    with Store.open("sqlite://") as opened:
        yield opened


def one_coded(store: Store, text: str, codes: list[str], **given: Any) -> str:
    (comment_id,) = put(store, [{"text": text, **given}])
    code(store, {comment_id: codes})
    return comment_id


def assigned_by_python(store: Store) -> pd.DataFrame:
    winning = winning_codings(store.read(sa.select(codings)))
    return winning[winning["decision"] == Decision.ASSIGNED.value]


def test_themes_count_what_winning_codings_says(full: Store) -> None:
    mine = full.read(queries.counts_in(ALL, Measure.CODE, by=["value"])).set_index("value")["n"]
    assigned = assigned_by_python(full)
    sent = full.read(sa.select(comments.c.comment_id, comments.c.submitted_at))
    inside = sent[(sent["submitted_at"] >= ALL.start) & (sent["submitted_at"] < ALL.end)]
    kept = assigned[assigned["comment_id"].isin(inside["comment_id"])]
    told = kept[kept["code"] != "none"].groupby("code")["comment_id"].nunique()
    assert mine.sort_index().to_dict() == told.to_dict()
    assert mine["staff"] >= 30, "the corrections count"


def test_days_and_weeks_add_up_to_all_comments(full: Store) -> None:
    found = overview(full, ALL, ALL.first_day)
    assert found.days["n"].sum() == found.counted.n("comments", found.period)
    weeks = queries.per_week(found.days, ["service"])
    assert weeks["week"].nunique() == 12
    assert weeks["n"].sum() == found.days["n"].sum(), "84 days are twelve whole weeks"


def test_a_day_begins_at_midnight_in_london(store: Store) -> None:
    summer = datetime(2026, 6, 10, 23, 30, tzinfo=UTC)
    winter = datetime(2026, 1, 10, 23, 30, tzinfo=UTC)
    put(store, [{"text": "late", "submitted_at": at} for at in (summer, winter)])
    year = Filters(date(2026, 1, 1), date(2026, 12, 31), service="divorce", page="/divorce/payment")
    days = one_page(store, year).days
    busy = days[days["n"] > 0]["day"].dt.date.tolist()
    assert busy == [date(2026, 1, 10), date(2026, 6, 11)]


def test_period_holds_its_last_day_and_no_moment_more(store: Store) -> None:
    last = datetime(2026, 6, 10, 22, 59, 59, tzinfo=UTC)  # 23:59:59 in London
    put(store, [{"text": "in", "submitted_at": last}, {"text": "out", "submitted_at": last + HOUR}])
    one_day = Filters(date(2026, 6, 10), date(2026, 6, 10))
    assert queries_comments.find_comments(store, one_day).n_found == 1


def test_unfinished_first_week_is_left_out() -> None:
    days = pd.DataFrame({"day": pd.date_range("2026-03-01", periods=17), "n": 1})
    weeks = queries.per_week(days, [])
    assert weeks["n"].tolist() == [7, 7]
    assert weeks["week"].dt.date.tolist() == [date(2026, 3, 4), date(2026, 3, 11)]


def test_signals_come_strongest_first_with_their_evidence(full: Store) -> None:
    found = queries_issues.emerging(full, ALL)
    assert found.signals["level"].tolist() == ["alert", "watch"]
    assert queries_signals.newest_signals(full, ALL)[1] == 2
    burst = found.signals.iloc[0]
    assert len(burst["quotes"]) == 3
    texts = full.read(
        sa.select(comments.c.text).where(
            comments.c.page == EVIDENCE, comments.c.submitted_at >= burst["window_start"]
        )
    )
    assert set(burst["quotes"]) <= set(texts["text"])
    days = found.days[found.days["signal_id"] == burst["signal_id"]].set_index("day")["n"]
    assert len(days) == 84
    assigned = assigned_by_python(full)
    of_theme = assigned[assigned["code"] == "fault.upload"]["comment_id"]
    at_page = full.read(sa.select(comments.c.comment_id).where(comments.c.page == EVIDENCE))
    assert days.sum() == at_page["comment_id"].isin(of_theme).sum()


def test_older_looks_at_the_signals_are_not_shown(store: Store) -> None:
    one_coded(store, "a comment", ["praise"])
    store.replace_signals(NOW - HOUR, pd.DataFrame([signal("old", now=NOW - HOUR)]))
    store.replace_signals(NOW, pd.DataFrame([signal("new")]))
    assert queries_issues.emerging(store, ALL).signals["signal_id"].tolist() == [id_of("new")]


@pytest.mark.parametrize(
    ("theme", "page", "n"),
    [
        ("fault.upload", EVIDENCE, 1),
        ("praise", EVIDENCE, 1),
        ("all", EVIDENCE, 2),
        (f"cluster:{CLUSTER}", EVIDENCE, 1),
        ("praise", None, 1),
        ("praise", "", 1),
        ("fault.upload", "/benefit-appeals/hearing", 0),
    ],
)
def test_a_signal_counts_its_own_reports(
    store: Store, theme: str, page: str | None, n: int
) -> None:
    here = {"service": "benefit-appeals", "page": EVIDENCE, "submitted_at": NOW - HOUR}
    first = one_coded(store, "upload fails", ["fault.upload"], **here)
    one_coded(store, "all went well", ["praise"], **here)
    one_coded(store, "survey without a page", ["praise"], **{**here, "page": None})
    members = pd.DataFrame([{"comment_id": first, "cluster_id": CLUSTER, "similarity": 0.9}])
    store.write_clusters(pd.DataFrame([issue(CLUSTER, "Uploads", [first])]), members)
    store.replace_signals(NOW, pd.DataFrame([signal("one", theme=theme, page=page)]))
    found = queries_issues.emerging(store, ALL)
    assert found.days["n"].sum() == n
    assert len(found.signals["quotes"].iloc[0]) == n


def test_person_wins_over_machine_and_machine_counts_again_by_a_newer_model(store: Store) -> None:
    comment_id = one_coded(store, "it takes ages", ["process.delay"])

    def codes() -> list[str]:
        return list(overview(store, ALL, ALL.first_day).themes["code"])

    assert codes() == ["process.delay"]
    store.correct(comment_id, ["fault.performance"], "ann")
    assert codes() == ["fault.performance"]
    store.correct(comment_id, ["none"], "ann")
    assert codes() == []


def test_quotes_are_readable_and_no_two_alike() -> None:
    long, short = "word " * 50, "slow"
    texts = [short, long, "It will not load.", "it will NOT load!!", "my photo was refused again"]
    chosen = queries_issues.choose_quotes(texts)
    assert chosen == ["It will not load.", "my photo was refused again", short]
    assert queries_issues.choose_quotes(["???", "!!!"]) == ["???", "!!!"]
    assert queries_issues.choose_quotes([]) == []


# Safeguarding


def everything_quoted(store: Store) -> list[str]:
    """All texts that any page would quote or list."""
    emerging = queries_issues.emerging(store, ALL)
    page = one_page(store, ALL)
    topics = queries_topics.find_topics(store, ALL)
    lists = [*emerging.signals["quotes"], *emerging.issues["quotes"]]
    return [
        *(text for quotes in [*lists, *topics.topics["quotes"]] for text in quotes),
        *page.recent["text"],
        *queries_comments.find_comments(store, ALL).comments["text"],
    ]


def quoted_everywhere(store: Store, comment_id: str) -> None:
    """Make a comment the example of a topic, an issue and a signal."""
    vector = np.zeros(384, dtype="<f4").tobytes()
    topic = {"topic_id": 0, "name": "t", "terms": ["t"], "quotes": [comment_id], "n": 1}
    store.write_topics(
        "topics-1",
        pd.DataFrame([{**topic, "centroid": vector}]),
        pd.DataFrame([{"comment_id": comment_id, "topic_id": 0, "similarity": 0.9}]),
    )
    store.write_clusters(
        pd.DataFrame([issue(CLUSTER, "Issue", [comment_id])]),
        pd.DataFrame([{"comment_id": comment_id, "cluster_id": CLUSTER, "similarity": 0.9}]),
    )
    place = {"service": "divorce", "page": "/divorce/payment", "theme": "all"}
    store.replace_signals(NOW, pd.DataFrame([signal("one", **place)]))


SECRET = "he said he would hurt me if I applied"


def test_plain_comment_is_quoted_everywhere(store: Store) -> None:
    quoted_everywhere(store, one_coded(store, SECRET, ["fault.error"]))
    assert everything_quoted(store).count(SECRET) == 5


@pytest.mark.parametrize("decision", [Decision.ASSIGNED, Decision.REVIEW])
def test_safeguarding_comment_is_quoted_nowhere(store: Store, decision: Decision) -> None:
    (comment_id,) = put(store, [{"text": SECRET}])
    code(store, {comment_id: ["fault.error", "safeguarding"]}, decision=decision)
    quoted_everywhere(store, comment_id)
    assert everything_quoted(store) == [SAFEGUARDED]


def test_comment_that_a_person_calls_safeguarding_is_quoted_nowhere(store: Store) -> None:
    comment_id = one_coded(store, SECRET, ["fault.error"])
    quoted_everywhere(store, comment_id)
    store.correct(comment_id, ["safeguarding"], "ann")
    assert everything_quoted(store) == [SAFEGUARDED]


def test_person_can_clear_a_comment_of_safeguarding(store: Store) -> None:
    comment_id = one_coded(store, "this page is killing me", ["safeguarding"])
    store.correct(comment_id, ["complaint"], "ann")
    assert everything_quoted(store)[-1] == "this page is killing me"


def test_comment_without_codes_is_quoted_nowhere(store: Store) -> None:
    (comment_id,) = put(store, [{"text": SECRET}])
    quoted_everywhere(store, comment_id)
    assert everything_quoted(store) == [NOT_CODED]


def test_comment_that_could_not_be_coded_is_quoted_nowhere(store: Store) -> None:
    (comment_id,) = put(store, [{"text": SECRET}])
    store.claim("w:1:0", 1)
    assert store.fail("w:1:0", comment_id, "ValueError", max_attempts=1)
    quoted_everywhere(store, comment_id)
    assert everything_quoted(store) == [FAILED]


@pytest.mark.parametrize("codes", [["safeguarding"], None])
def test_search_does_not_find_words_that_are_withheld(
    store: Store, codes: list[str] | None
) -> None:
    (comment_id,) = put(store, [{"text": SECRET}])
    if codes:
        code(store, {comment_id: codes})
    searched = Filters(ALL.first_day, ALL.last_day, search="hurt")
    assert queries_comments.find_comments(store, searched).n_found == 0
    detail = queries_comment.comment_detail(store, comment_id)
    assert detail is not None
    assert SECRET not in str(detail)


# Topics


def test_topics_are_those_of_one_model_with_their_sizes(full: Store) -> None:
    found = queries_topics.find_topics(full, ALL)
    assert found.model_version == "topics-1"
    assert found.topics["n"].is_monotonic_decreasing
    assert found.topics["n"].sum() == found.n_comments == found.weeks["n"].sum()
    assert all(len(weeks) == 12 for weeks in found.topics["weeks"])
    chosen = Filters(ALL.first_day, ALL.last_day, service="probate")
    assert 0 < queries_topics.find_topics(full, chosen).n_comments < found.n_comments


# An empty store


def test_empty_store_has_empty_answers(store: Store) -> None:
    assert queries.store_facts(store).last_at is None
    assert overview(store, ALL, ALL.first_day).services.empty
    assert queries_signals.newest_signals(store, ALL)[1] == 0
    assert one_page(store, ALL).n_comments == 0
    assert queries_topics.find_topics(store, ALL).topics.empty
    assert queries_comments.find_comments(store, ALL).n_found == 0
    assert queries_comment.comment_detail(store, "0" * 32) is None


def test_store_with_surveys_alone_can_be_filtered(store: Store) -> None:
    one_coded(store, "a comment", ["praise"], service="probate")
    facts = queries.store_facts(store)
    assert facts.places["service"].tolist() == ["probate"]
    assert (facts.n_comments, facts.n_waiting, facts.codes) == (1, 0, ("praise",))


# Speed


def test_every_query_over_comments_and_codings_uses_an_index(full: Store) -> None:
    """A plan that says SCAN without an index reads the whole table for a single view."""
    statements: list[tuple[str, Any]] = []
    engine = full._engine

    def remember(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.lstrip().startswith(("SELECT", "WITH")):
            statements.append((statement, parameters))

    sa.event.listen(engine, "before_cursor_execute", remember)
    try:
        chosen = Filters(ALL.first_day, ALL.last_day, "benefit-appeals", EVIDENCE)
        for filters in (ALL, chosen):
            overview(full, filters, ALL.first_day)
            queries_issues.emerging(full, filters)
            one_page(full, filters)
            pages(full, filters)
            excellence(full, filters, ALL.first_day)
            queries_comments.find_comments(full, filters)
        queries.store_facts(full)
    finally:
        sa.event.remove(engine, "before_cursor_execute", remember)
    assert len(statements) > 20
    tables = ("comments", "codings", "responses", "assignments")
    for statement, parameters in statements:
        with engine.connect() as connection:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            for *_, detail in plan:
                words = detail.split()
                scans = words[0] == "SCAN" and words[1].startswith(tables)
                assert not scans or "INDEX" in words, f"{detail}\n{statement}"
