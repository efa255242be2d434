"""What a store does to a few rows does not read all of them: the plans say so, on both databases.

PostgreSQL reads a table of some hundred rows whole whatever there is to go by: it is told not to;
then it may go through a whole index, which SQLite says plainly.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from feedback import schema, search, tallies
from feedback.database import reading
from feedback.erasure import delete_comments
from feedback.schema import Classification, CodeDecision, Decision, Origin, Sentiment
from feedback.store import Enriched, Store
from tests.feedback.store_frames import NOON, comment_id, fill, prepared

TEXTS = [f"the page of report number {n} does not open on my telephone" for n in range(40)]
LARGE = ("comments", "fingerprints", "embeddings", "tallies", "codings", "standing_codes", "spans")
"""Tables with several rows for each comment or day."""


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    with Store.open(store_url, clock=lambda: NOON) as opened:
        fill(opened, prepared(TEXTS))
        yield opened


def statements(store: Store, work: Any) -> list[tuple[str, Any]]:
    """Return what is said to the database while something is done, and what with."""
    said: list[tuple[str, Any]] = []

    def listen(_c: Any, _d: Any, statement: str, given: Any, _x: Any, many: bool) -> None:
        if statement.lstrip().startswith(("SELECT", "DELETE")):
            said.append((statement, given[0] if many else given))

    sa.event.listen(store._engine, "before_cursor_execute", listen)
    work()
    sa.event.remove(store._engine, "before_cursor_execute", listen)
    return said


def read_whole(store: Store, said: list[tuple[str, Any]]) -> set[str]:
    """Return the large tables that one of the statements reads from end to end."""
    found: set[str] = set()
    with reading(store._engine) as connection:
        if store._engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SET enable_seqscan = off")
        for statement, given in said:
            how = "EXPLAIN QUERY PLAN" if store._engine.dialect.name == "sqlite" else "EXPLAIN"
            for row in connection.exec_driver_sql(f"{how} {statement}", given):
                told = str(row[-1]).strip()
                scans = (
                    (f"SCAN {name}" for name in LARGE),
                    (f"Seq Scan on {name}" for name in LARGE),
                )
                for name, *which in zip(LARGE, *scans, strict=True):
                    if any(told.removeprefix("->  ").startswith(one) for one in which):
                        found.add(name)
    return found


def test_to_delete_comments_reads_no_table_whole(store: Store) -> None:
    def delete() -> None:
        with store.changing() as connection:
            delete_comments(connection, [comment_id(3), comment_id(4)])

    assert read_whole(store, statements(store, delete)) == set()


def test_to_renew_the_counts_of_a_day_reads_no_table_whole(store: Store) -> None:
    tallies.refresh_tallies(store)
    with store.changing() as connection:
        tallies.mark_days(connection, ["2026-04-01"])
    said = statements(store, lambda: tallies.refresh_tallies(store))
    assert any("DELETE FROM tallies" in statement for statement, _ in said)
    assert read_whole(store, said) == set()


def test_a_table_that_is_read_whole_is_noticed(store: Store) -> None:
    """The reader of plans itself, on what cannot go by an index."""
    query = sa.select(schema.comments.c.comment_id).where(schema.comments.c.n_characters == 3)
    assert read_whole(store, statements(store, lambda: store.read(query))) == {"comments"}


def test_few_hits_and_many_are_found_in_the_same_order(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    claimed = store.claim("w", 100)
    store.complete("w", [coded(key) for key in claimed["comment_id"]])
    newest_first = [comment_id(number) for number in range(39, -1, -1)]
    for query, found in (
        (search.Query("telephone"), newest_first),
        (search.Query("number 7"), [comment_id(7)]),
        (search.Query("xylophone"), []),
        (search.Query("report", first=NOON + timedelta(minutes=37)), newest_first[:3]),
    ):
        for few in (0, 500):
            monkeypatch.setattr(search, "_FEW", few)
            assert search.find(store, query, limit=100) == found
            if len(found) > 2:
                assert search.find(store, query, limit=1, before=found[1]) == [found[2]]


def test_a_word_that_nobody_wrote_is_looked_for_by_the_index_of_words(store: Store) -> None:
    said = statements(store, lambda: search.find(store, search.Query("xylophone"), limit=51))
    ordered = [one for one, _ in said if "search_words" in one and "ORDER BY" in one]
    assert len(ordered) == (1 if store._engine.dialect.name == "sqlite" else 0)


def coded(key: str) -> Enriched:
    code = CodeDecision("fault.error", 0.9, Decision.ASSIGNED, Origin.MODEL)
    return Enriched(key, Classification((code,), Sentiment.NEGATIVE), "model-1")
