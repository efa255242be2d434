"""The list of comments has what passes the filters, newest first, page by page, and no more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa

from app import queries_comment, queries_comments
from app.filters import Filters
from app.queries_comments import MAX_COMMENTS, NOT_CODED, SAFEGUARDED, find_comments
from feedback.schema import Sentiment, comments, standing_codes
from feedback.store import Store
from tests.app.filling import CLUSTER, EVIDENCE, NOW, code, fill, id_of, issue, put

FIRST, LAST = date(2026, 1, 8), date(2026, 4, 1)
ALL = Filters(FIRST, LAST)
MINUTE = timedelta(minutes=1)


def chosen(**given: Any) -> Filters:
    return Filters(FIRST, LAST, **given)


@pytest.fixture(scope="module")
def full() -> Iterator[Store]:
    with Store.open("sqlite://") as store:
        fill(store, n_comments=1_200)
        yield store


@pytest.fixture
def store() -> Iterator[Store]:
    with Store.open("sqlite://") as opened:
        yield opened


def texts(store: Store, filters: Filters) -> list[str]:
    return list(find_comments(store, filters).comments["text"])


def everything(store: Store) -> pd.DataFrame:
    """All comments of the period in the order of the list, read without any of its queries."""
    frame = store.read(sa.select(comments))
    inside = (frame["submitted_at"] >= ALL.start) & (frame["submitted_at"] < ALL.end)
    return frame[inside].sort_values(["submitted_at", "comment_id"], ascending=False)


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("PHOTO", ["100% of my photos fail", "Photo was refused"]),
        ("refused photo", ["Photo was refused"]),
        ('"was refused"', ["Photo was refused"]),
        ('"refused was"', []),
        ("photo -refused", ["100% of my photos fail"]),
        ("100%", ["100% of my photos fail"]),
        ("hoto", []),
        ("llyn", ["Methu talu ar Ll\u0177n"]),
        ("back\\slash", ["back\\slash"]),
        ("%", []),
        ("' OR 1=1 --", []),
        ("zebra", []),
    ],
)
def test_search_finds_words_by_their_beginning(store: Store, search: str, found: list[str]) -> None:
    written = [
        "Photo was refused",
        "100% of my photos fail",
        "back\\slash",
        "Methu talu ar Ll\u0177n",
    ]
    ids = put(store, [{"text": text} for text in written])
    code(store, {key: ["fault.upload"] for key in ids})
    assert sorted(texts(store, chosen(search=search))) == sorted(found)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"service": "probate"},
        {"page": EVIDENCE},
        {"service": "benefit-appeals", "page": EVIDENCE},
        {"language": "cy"},
        {"sentiment": "positive"},
        {"code": "praise"},
        {"code": "praise", "service": "probate"},
        {"code": "fault.upload", "page": EVIDENCE},
        {"outcome": "blocked"},
        {"search": "the", "sentiment": "negative", "service": "probate"},
    ],
)
def test_filters_let_through_what_they_say(full: Store, given: dict[str, Any]) -> None:
    rows = everything(full)
    for name in ("service", "page", "language", "sentiment"):
        if name in given:
            rows = rows[rows[name] == given[name]]
    if "code" in given:
        kept = standing_codes.c
        coded = full.read(sa.select(kept.comment_id).where(kept.code == given["code"]))
        rows = rows[rows["comment_id"].isin(coded["comment_id"])]
    if "outcome" in given:
        rows = rows[[(told or {}).get("impact") == "blocked" for told in rows["facets"]]]
    if "search" in given:
        rows = rows[rows["text"].str.contains(r"\bthe", case=False)]
    if set(given) & {"language", "sentiment", "outcome", "search"}:
        risky = full.read(
            sa.select(standing_codes.c.comment_id).where(standing_codes.c.code == "safeguarding")
        )
        rows = rows[~rows["comment_id"].isin(risky["comment_id"])]
    found = find_comments(full, chosen(**given))
    assert found.n_found == len(rows) > 0
    ids = list(found.comments["comment_id"])
    if not set(given) & {"language", "sentiment", "outcome", "search"}:
        assert ids == list(rows["comment_id"][:MAX_COMMENTS])
    assert set(ids) <= set(rows["comment_id"])
    assert found.comments["submitted_at"].is_monotonic_decreasing


@pytest.mark.parametrize(
    "given",
    [{}, {"service": "probate"}, {"code": "praise"}, {"search": "the"}, {"language": "en"}],
)
def test_pages_of_the_list_have_each_comment_once(full: Store, given: dict[str, Any]) -> None:
    filters = chosen(**given)
    seen: list[str] = []
    before = None
    while True:
        page = find_comments(full, filters, before)
        seen += list(page.comments["comment_id"])
        before = page.older
        if before is None:
            break
        assert len(page.comments) == MAX_COMMENTS
    assert len(seen) == len(set(seen)) == page.n_found > MAX_COMMENTS


def test_comments_of_one_second_are_parted_by_pages_too(store: Store) -> None:
    n = MAX_COMMENTS + 10
    ids = put(store, [{"text": f"number {n}", "submitted_at": NOW} for n in range(n)])
    first = find_comments(store, ALL)
    second = find_comments(store, ALL, first.older)
    assert {*first.comments["comment_id"], *second.comments["comment_id"]} == set(ids)


def test_an_unknown_place_in_the_list_is_its_beginning(full: Store) -> None:
    newest = find_comments(full, ALL).comments
    assert find_comments(full, ALL, "no such comment").comments.equals(newest)


def test_what_has_redactions_is_found(store: Store) -> None:
    first, second = put(store, [{"text": "ask [PERSON]"}, {"text": "ask nobody"}])
    with store.changing() as connection:
        connection.execute(
            sa.text(
                'INSERT INTO spans (comment_id, entity, start, "end", recogniser, score) '
                "VALUES (:key, 'PERSON', 4, 12, 'names', 0.9)"
            ),
            {"key": first},
        )
    code(store, {first: ["staff"], second: ["staff"]})
    assert texts(store, chosen(has_redactions=True)) == ["ask [PERSON]"]
    detail = queries_comment.comment_detail(store, first)
    assert detail is not None
    assert detail.taken_out == {"PERSON": 1}


def test_counting_stops_at_a_limit(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries_comments, "COUNT_LIMIT", 5)
    ids = put(store, [{"text": f"comment {n}"} for n in range(8)])
    code(store, {key: ["praise"] for key in ids})
    for given in ({}, {"search": "comment"}, {"code": "praise"}):
        found = find_comments(store, chosen(**given))
        assert (found.n_found, found.is_capped) == (5, True), given


def test_what_is_withheld_is_listed_and_never_searched(store: Store) -> None:
    secret, _ = put(store, [{"text": "he hurts me"}, {"text": "he helped"}])
    code(store, {secret: ["safeguarding"]}, sentiments={secret: "mixed"})
    put(store, [{"text": "he waits"}])
    assert sorted(texts(store, ALL)) == sorted([SAFEGUARDED, NOT_CODED, "he helped"])
    assert texts(store, chosen(code="safeguarding")) == [SAFEGUARDED]
    for given in ({"search": "he"}, {"sentiment": Sentiment.MIXED.value}, {"search": "hurts"}):
        assert set(texts(store, chosen(**given))) <= {"he helped"}, given
    assert find_comments(store, chosen(search="hurts")).n_found == 0


# One comment


def test_a_comment_tells_all_that_is_known(store: Store) -> None:
    row = {"text": "the upload fails", "submitted_at": NOW - MINUTE, "satisfaction": 2}
    first, same, other = put(
        store,
        [
            row,
            {**row, "text": "The upload fails!", "submitted_at": NOW},
            {"text": "something else"},
        ],
    )
    with store.changing() as connection:
        connection.execute(
            sa.update(comments).where(comments.c.comment_id == same).values(duplicate_of=first)
        )
    code(
        store,
        {key: ["fault.upload"] for key in (first, same, other)},
        facets={first: {"browser": ["Safari"]}},
    )
    store.correct(first, ["fault.upload", "complaint"], "ann")
    topic = {"topic_id": 3, "name": "Uploads", "terms": ["upload"], "quotes": [first], "n": 1}
    store.write_topics(
        "topics-1",
        pd.DataFrame([{**topic, "centroid": b"\0" * 1536}]),
        pd.DataFrame([{"comment_id": first, "topic_id": 3, "similarity": 0.9}]),
    )
    store.write_clusters(
        pd.DataFrame([issue(CLUSTER, "Uploads fail", [first])]),
        pd.DataFrame([{"comment_id": first, "cluster_id": CLUSTER, "similarity": 0.9}]),
    )
    detail = queries_comment.comment_detail(store, first)
    assert detail is not None
    assert detail.comment["text"] == "the upload fails"
    assert detail.comment["satisfaction"] == 2
    assert detail.comment["facets"] == {"browser": ["Safari"]}
    assert detail.codes == "complaint, fault.upload"
    assert set(detail.codings["origin"]) == {"model", "person"}
    assert (detail.topic, detail.issue) == ((3, "Uploads"), (CLUSTER, "Uploads fail"))
    assert (detail.n_repeats, list(detail.repeats["comment_id"])) == (1, [same])
    back = queries_comment.comment_detail(store, same)
    assert back is not None
    assert (back.n_repeats, list(back.repeats["comment_id"])) == (1, [first])
    alone = queries_comment.comment_detail(store, other)
    assert alone is not None
    assert (alone.n_repeats, alone.topic, alone.issue) == (0, None, None)


def test_a_withheld_comment_tells_no_word_of_its_text(store: Store) -> None:
    (key,) = put(store, [{"text": "he will hurt me, it says E77"}])
    code(store, {key: ["safeguarding"]}, facets={key: {"error_text": "E77"}})
    detail = queries_comment.comment_detail(store, key)
    assert detail is not None
    assert detail.comment["text"] == SAFEGUARDED
    assert "E77" not in str(detail)


def test_a_comment_of_another_service_is_not_there(tmp_path: Any) -> None:
    with Store.open(f"sqlite:///{tmp_path / 'feedback.db'}") as whole:
        here, there = put(
            whole,
            [{"text": "a fault here"}, {"text": "a fault there", "service": "probate"}],
        )
        code(whole, {here: ["praise"], there: ["praise"]})
        with whole.scoped(["divorce"]) as limited:
            assert queries_comment.comment_detail(limited, here) is not None
            assert queries_comment.comment_detail(limited, there) is None
            for given in ({}, {"search": "fault"}, {"code": "praise"}, {"service": "probate"}):
                assert "a fault there" not in texts(limited, chosen(**given)), given
            assert find_comments(limited, chosen(search="fault")).n_found == 1
            assert find_comments(limited, ALL, there).comments["comment_id"].tolist() == [here]


def test_no_comment_no_detail(store: Store) -> None:
    assert queries_comment.comment_detail(store, id_of("nothing")) is None


# Speed


def test_the_list_reads_no_table_from_end_to_end(full: Store) -> None:
    """A plan that says SCAN without an index reads the whole table for a single view."""
    statements: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.lstrip().startswith(("SELECT", "WITH")):
            statements.append((statement, parameters))

    engine = full._engine
    some = find_comments(full, ALL)
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        for given in (
            {},
            {"service": "probate"},
            {"page": EVIDENCE},
            {"code": "praise", "service": "probate"},
            {"search": "upload", "language": "en"},
        ):
            find_comments(full, chosen(**given), some.older)
        queries_comment.comment_detail(full, some.comments["comment_id"].iloc[0])
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)
    assert len(statements) > 15
    for statement, parameters in statements:
        with engine.connect() as connection:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            for *_, detail in plan:
                words = detail.split()
                tables = ("comments", "codings", "responses", "assignments", "standing_codes")
                assert words[0] != "SCAN" or words[1] not in tables or "INDEX" in words, detail
