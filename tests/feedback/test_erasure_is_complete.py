"""What is erased is gone: from every table, from what was made of it, from the file, for good."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from feedback import schema, search
from feedback.erasure import OF_A_COMMENT, erase_response
from feedback.erasure_groups import without_words
from feedback.errors import HeldError, StoreError
from feedback.known_as import find_response
from feedback.legal_holds import lift_hold, place_hold
from feedback.store import Store
from feedback.tallies import counts, refresh_tallies
from tests.feedback.erasure_store import (
    HUSK,
    MARKS,
    OWN,
    REPEAT,
    RESPONSE,
    SECOND,
    SECRET,
    SHARED,
    THIRD,
    WORD,
    everything,
    mean,
    members,
    plant,
)
from tests.feedback.pipeline_parts import ingest, row, rows_of, write_csv
from tests.feedback.store_frames import NOON, comment_id

TOLD = {"audit", "erased_responses"}
"""Tables that tell by id that a response was erased."""


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    with Store.open(store_url, clock=lambda: NOON) as opened:
        plant(opened)
        yield opened


def erase(store: Store) -> None:
    done = erase_response(store, RESPONSE, "ann", now=NOON)
    assert (done.n_comments, done.n_responses) == (2, 1)


def marked(store: Store) -> set[str]:
    """Tables where a mark of the response stands."""
    return {
        name
        for name, rows in everything(store).items()
        if any(mark in told for told in rows for mark in MARKS)
    }


def test_the_response_stands_in_every_table_that_can_hold_it(store: Store) -> None:
    of_comments = {table.name for table in OF_A_COMMENT}
    others = {"comments", "responses", "issues", "topics", "signals", "alarms", "topic_edits"}
    assert marked(store) >= of_comments | others | {"posted_once"}


def test_nothing_of_it_stands_in_any_table_afterwards(store: Store) -> None:
    erase(store)
    assert marked(store) == TOLD
    assert WORD not in str([everything(store)[name] for name in TOLD])
    assert store.check() == ""


def test_no_vector_of_its_text_is_left_but_that_of_a_text_others_have(store: Store) -> None:
    own, shared = (
        store.read(
            sa.select(schema.comments.c.text_hash).where(schema.comments.c.comment_id == one)
        )["text_hash"].iloc[0]
        for one in (SECRET, SECOND)
    )
    erase(store)
    assert list(store.get_vectors("m", "1", [own, shared])) == [shared]


def test_the_bytes_are_gone_from_the_files_of_sqlite(tmp_path: Path) -> None:
    place = tmp_path / "home"
    with Store.open(f"sqlite:///{place / 'feedback.db'}", clock=lambda: NOON) as store:
        plant(store)
        assert any(WORD.encode() in path.read_bytes() for path in place.iterdir())
        erase(store)
        for path in (path for path in place.rglob("*") if path.is_file()):
            assert WORD.encode() not in path.read_bytes(), path.name
            assert SECRET.encode() not in path.read_bytes(), path.name
    assert all(WORD.encode() not in path.read_bytes() for path in place.iterdir())


def test_no_search_finds_its_words(store: Store) -> None:
    assert search.find(store, search.Query(WORD), limit=5) == [SECRET]
    erase(store)
    assert search.find(store, search.Query(WORD), limit=5) == []
    assert len(search.find(store, search.Query("form lost"), limit=90)) == 30


def test_the_issue_keeps_the_others_and_loses_its_words(store: Store) -> None:
    erase(store)
    issues = rows_of(store, schema.issues).set_index("cluster_id")
    shared = issues.loc[SHARED]
    others = members()[:-1]
    assert shared["title"] == "Upload fails: form (Payment)"
    assert (shared["n"], shared["quotes"]) == (8, others[-1:])
    assert (shared["undo"], shared["facts"]) == (None, None)
    assert shared["last_seen"] == NOON + timedelta(minutes=7)
    expected = np.frombuffer(mean(others), "<f4")
    np.testing.assert_allclose(np.frombuffer(shared["centroid"], "<f4"), expected, atol=1e-5)
    assert OWN not in issues.index
    assert issues.loc[HUSK, "title"] == "again"


def test_the_topic_keeps_the_terms_that_others_say(store: Store) -> None:
    erase(store)
    (topic,) = rows_of(store, schema.topics).to_dict("records")
    assert (topic["name"], topic["terms"], topic["n"]) == ("Form", ["form"], 8)
    assert topic["quotes"] == members()[-3:-1]


def test_signals_that_quote_it_go_and_those_that_only_count_stay(store: Store) -> None:
    erase(store)
    signals = rows_of(store, schema.signals)
    assert signals["signal_id"].str[0].tolist() == ["1", "5"]
    assert signals["sentence"].iloc[0] == "9 reports of 'form' in a day."
    assert rows_of(store, schema.alarms)["theme"].tolist() == ["fault.upload"]


def test_the_next_oldest_stands_for_the_duplicates(store: Store) -> None:
    erase(store)
    comments = rows_of(store, schema.comments).set_index("comment_id")
    assert comments.loc[THIRD, "duplicate_of"] == REPEAT
    assert comments["duplicate_of"].isna()[REPEAT]
    bands = rows_of(store, schema.fingerprints)
    assert set(bands["comment_id"]) >= {REPEAT}
    assert THIRD not in set(bands["comment_id"])


def test_days_are_counted_as_if_it_had_never_come(store: Store) -> None:
    before = _counted(store)
    erase(store)
    live = _counted(store)
    refresh_tallies(store)
    assert _counted(store) == live
    assert sum(live.values()) == sum(before.values()) - 2


def _counted(store: Store) -> dict[str, int]:
    first, last = NOON.date(), (NOON + timedelta(days=2)).date()
    query = counts(schema.Measure.COMMENTS, by=["day"], first_day=first, last_day=last)
    rows = store.read(query)
    return dict(zip(rows["day"], rows["n"], strict=True))


def test_readers_are_told_that_something_changed(store: Store) -> None:
    before = store.data_version()
    erase(store)
    assert store.data_version() > before


def test_the_log_tells_who_and_how_many_and_no_word(store: Store) -> None:
    erase(store)
    line = rows_of(store, schema.audit).iloc[-1]
    assert (line["who"], line["action"], line["object"]) == ("ann", "erase", f"response {RESPONSE}")
    assert line["detail"] == {"n_comments": 2, "n_responses": 1}


def test_a_worker_that_held_it_writes_nothing(store_url: str) -> None:
    from feedback.schema import Classification, Sentiment
    from feedback.store import Enriched
    from tests.feedback.store_frames import fill, prepared

    with Store.open(store_url) as store:
        fill(store, prepared([f"{WORD} is slow", "another one is slow"]))
        assert len(store.claim("w", 10)) == 2
        erase_response(store, comment_id(1_000_000), "ann", now=NOON)
        told = Classification((), Sentiment.NEGATIVE, {})
        done = [Enriched(comment_id(n), told, "m") for n in range(2)]
        assert store.complete("w", done) == 1
        assert store.check() == ""


# How it is named


def test_a_response_is_found_by_what_its_sender_calls_it(store: Store, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [row(7, "the form is slow")])
    ingest(path, store)
    by_number = find_response(store, "R7")
    of_comment = schema.comments.c.response_id == by_number
    (own,) = store.read(sa.select(schema.comments.c.comment_id).where(of_comment))["comment_id"]
    assert find_response(store, own) == by_number
    assert find_response(store, f" {by_number} ") == by_number
    assert find_response(store, RESPONSE) == RESPONSE
    with pytest.raises(StoreError, match="No response in the store is known as that"):
        find_response(store, "R8")


def test_a_number_that_two_sources_gave_is_asked_about(store_url: str, tmp_path: Path) -> None:
    with Store.open(store_url) as store:
        path = write_csv(tmp_path / "a.csv", [row(7, "the form is slow")])
        other = write_csv(tmp_path / "b.csv", [row(7, "the fee is high", service="Probate")])
        ingest(path, store, source="one")
        ingest(other, store, source="two")
        with pytest.raises(StoreError, match=r"2 responses of different sources.*--service"):
            find_response(store, "R7")
        divorce = find_response(store, "R7", service="divorce")
        assert divorce != find_response(store, "R7", service="probate")


# Holds


@pytest.mark.parametrize("on", [{"response_id": RESPONSE}, {"service": "divorce"}, {}])
def test_a_hold_refuses_an_erasure_until_it_is_lifted(store: Store, on: dict[str, str]) -> None:
    with store.changing() as connection:
        place_hold(connection, "ann", "another claim", NOON, service="probate")
        hold_id = place_hold(connection, "ann", "a claim", NOON, **on)
    with pytest.raises(HeldError, match=f"legal hold {hold_id} is on it"):
        erase_response(store, RESPONSE, "bob", now=NOON)
    assert SECRET in set(rows_of(store, schema.comments)["comment_id"])
    assert rows_of(store, schema.erased_responses).empty
    with store.changing() as connection:
        lift_hold(connection, hold_id, "ann", "settled", NOON)
    erase(store)
    told = rows_of(store, schema.audit)[["action", "object"]].to_numpy().tolist()
    assert ["lift hold", f"hold {hold_id}"] in told


def test_a_hold_needs_a_reason_and_is_lifted_once(store: Store) -> None:
    with store.changing() as connection:
        with pytest.raises(StoreError, match="A hold's reason has 1 to 500 letters"):
            place_hold(connection, "ann", "  ", NOON)
        hold_id = place_hold(connection, "ann", "a claim", NOON)
        lift_hold(connection, hold_id, "ann", "settled", NOON)
        with pytest.raises(StoreError, match=f"No hold {hold_id} is in force"):
            lift_hold(connection, hold_id, "ann", "again", NOON)


# Nothing is forgotten

HOLDS_NOTHING_OF_ONE_COMMENT = {
    # Rules, keys, people and places: nothing in them is about one comment.
    "sender_keys": {"services", "origins"},
    "pull_sources": {"location", "options", "high_water", "problem"},
    "pulled_files": {"name", "problem"},
    "people": {"email", "roles", "services"},
    "subscriptions": {"target", "failure"},
    "source_statements": {"statement"},
    "releases": {"page", "name"},
    "legal_holds": {"response_id", "reason"},
    "coding_rounds": {"coders"},
    "runs": {"settings", "versions", "models", "seconds"},
    "rejects": {"reason"},
    "meta": {"value"},
    "tallies": {"place"},
    "alarms": {"page"},
    "topic_changes": {"detail"},
    "proposed_codes": {"definition"},
    # Kept on purpose: ids in the log, and the mark by which it is kept out.
    "audit": {"object", "detail"},
    "erased_responses": {"response_id"},
}
CLEANED = {
    # Rows that go whole, or are cleaned: tests above look into each.
    "comments": {*schema.comments.c.keys()},
    "responses": {*schema.responses.c.keys()},
    "embeddings": {"text_hash", "vector"},
    "posted_once": {"receipt"},
    "issues": {"page", "title", "quotes", "ticket_url", "facts", "undo", "centroid"},
    "topics": {"name", "terms", "quotes", "centroid"},
    "topic_edits": {"detail"},
    "signals": {"page", "sentence", "comments", "release"},
    "search_rows": {"comment_id", "tags"},
    **{table.name: {*table.c.keys()} for table in OF_A_COMMENT},
}
LONG = 200


def can_hold_a_comment(column: sa.Column[object]) -> bool:
    is_id = column.name in {"comment_id", "response_id", "text_hash", "duplicate_of"}
    is_long = isinstance(column.type, sa.String) and (column.type.length or LONG) >= LONG
    return is_id or is_long or isinstance(column.type, sa.JSON | sa.LargeBinary | sa.Text)


def test_every_column_that_can_hold_something_of_a_comment_is_accounted_for() -> None:
    known = {
        (table, name)
        for told in (HOLDS_NOTHING_OF_ONE_COMMENT, CLEANED)
        for table, names in told.items()
        for name in names
    }
    found = {
        (table.name, column.name)
        for table in schema.metadata.sorted_tables
        for column in table.c
        if can_hold_a_comment(column)
    }
    assert found - known == set(), "say how an erasure cleans these, and plant them in the test"


@pytest.mark.parametrize(
    ("text", "words", "left"),
    [
        ("Upload, zebedee, photo", {"zebedee"}, "Upload, photo"),
        ("Zebedee (upload)", {"zebedee"}, "(upload)"),
        ("Llŷn form; llyn", {"llyn"}, "Form"),
        ("of 'zebedee, form' in (zebedee)", {"zebedee"}, "of 'form' in"),
        ("zebedee", {"zebedee"}, ""),
        ("Zebedees form", {"zebedee"}, "Zebedees form"),
        ("as it was", set(), "as it was"),
    ],
)
def test_words_leave_a_text_whole(text: str, words: set[str], left: str) -> None:
    assert without_words(text, words) == left
