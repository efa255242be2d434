"""Search finds what people type, newest first, and nothing that may not be shown."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from feedback import schema
from feedback.schema import Decision, Entity
from feedback.search import Query, count, find
from feedback.search_index import page_tag
from feedback.store import Store
from tests.app.filling import NOW, code, put

TEXTS = {
    "upload": "UPLOADING my photos, it's broken - again & again",
    "payment": "the payment page took my money twice",
    "both": "could not upload the payment receipt",
    "welsh": "Ni allwn lanlwytho'r llun o'r dystysgrif, mae'r dudalen yn rhewi. Tŷ Gwydr",
    "accents": "My café in Llŷn closed; naïve of me to trust this",
    "phrase": "the photo of my passport. My photo was refused",
    "script": "<script>alert('x')</script> {{7*7}} \"quoted\" 100%",
    "number": "error 500 on page 3, ref [CASE_REFERENCE]",
    "hyphen": "sign-in loops for ever",
}


@pytest.fixture
def store() -> Store:
    store = Store.open("sqlite://")
    rows = [
        {"text": text, "comment_id": name.ljust(32, "0"), "submitted_at": NOW - timedelta(hours=n)}
        for n, (name, text) in enumerate(TEXTS.items(), start=1)
    ]
    ids = put(store, rows)
    code(store, {key: ["fault.upload"] if "upload" in key else ["praise"] for key in ids})
    return store


def hits(store: Store, words: str, **given: object) -> list[str]:
    ids = find(store, Query(words, **given), limit=50)
    assert count(store, Query(words, **given), at_most=50) == len(ids)
    return [key.rstrip("0") for key in ids]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("upload", ["upload", "both"]),
        ("UPLO", ["upload", "both"]),
        ("upload payment", ["both"]),
        ("upload -payment", ["upload"]),
        ("-payment upload", ["upload"]),
        ('"my photo"', ["phrase"]),
        ('"my photos"', ["upload"]),
        ('photo -"my photo"', ["upload"]),
        ("cafe", ["accents"]),
        ("CAFÉ", ["accents"]),
        ("llyn", ["accents"]),
        ("tŷ gwydr", ["welsh"]),
        ("lanlwytho'r", ["welsh"]),
        ("it's", ["upload"]),
        ("script", ["script"]),
        ("<script>", ["script"]),
        ("500", ["number"]),
        ("case_reference", ["number"]),
        ("sign-in", ["hyphen"]),
        ("load", []),  # words match at their beginning
        ("my", ["upload", "payment", "accents", "phrase"]),  # two letters: the whole word
        ("pa", []),
        ("zebra", []),
        ("???", []),
        ('"', []),
        ("AND", []),
        ("NEAR(upload payment)", []),
        ("tags : upload", []),
        ("upload*", ["upload", "both"]),
        ('") OR (words : "upload', ["upload", "both"][:0]),
    ],
)
def test_words_find_what_people_expect(store: Store, words: str, found: list[str]) -> None:
    assert hits(store, words) == found


def test_a_minus_alone_leaves_the_others(store: Store) -> None:
    assert "payment" not in hits(store, "-payment")
    assert len(hits(store, "-payment")) == len(TEXTS) - 2


def test_no_words_find_everything_newest_first(store: Store) -> None:
    assert hits(store, "") == list(TEXTS)
    assert hits(store, "  ") == list(TEXTS)


def test_tags_narrow(store: Store) -> None:
    assert hits(store, "", tags=("code:fault.upload",)) == ["upload"]
    assert hits(store, "upload", tags=("code:praise",)) == ["both"]
    assert hits(store, "upload", tags=("service:probate",)) == []
    there = page_tag("divorce", "/divorce/payment")
    assert hits(store, "upload", tags=(there, "service:divorce")) == ["upload", "both"]
    assert hits(store, "upload", tags=(page_tag("probate", "/divorce/payment"),)) == []


def test_period_and_pages_of_hits(store: Store) -> None:
    ids = find(store, Query(""), limit=4)
    rest = find(store, Query(""), limit=50, before=ids[-1])
    assert [*ids, *rest] == find(store, Query(""), limit=50)
    assert len(rest) == len(TEXTS) - 4
    last_three = Query("", first=NOW - timedelta(hours=3), last=NOW)
    assert [key.rstrip("0") for key in find(store, last_three, limit=9)] == list(TEXTS)[:3]
    assert find(store, Query("", last=NOW - timedelta(hours=50)), limit=9) == []


def test_counting_stops(store: Store) -> None:
    assert count(store, Query(""), at_most=4) == 4


def test_what_may_not_be_shown_is_not_found(store: Store) -> None:
    ids = put(store, [{"text": "secretword waits"}, {"text": "secretword, I want to die"}])
    assert hits(store, "secretword") == []
    code(store, {ids[0]: ["praise"], ids[1]: ["safeguarding"]}, decision=Decision.REVIEW)
    assert find(store, Query("secretword"), limit=9) == [ids[0]]
    store.correct(ids[1], ["praise"], "ann")
    assert set(find(store, Query("secretword"), limit=9)) == set(ids)
    store.correct(ids[0], ["safeguarding"], "ann")
    assert find(store, Query("secretword"), limit=9) == [ids[1]]
    store.correct(ids[0], ["praise"], "ann")
    assert len(find(store, Query("secretword"), limit=9)) == 2


def test_a_correction_moves_the_tag(store: Store) -> None:
    key = "payment".ljust(32, "0")
    store.correct(key, ["fault.payment"], "ann")
    assert find(store, Query("", tags=("code:fault.payment",)), limit=9) == [key]
    assert key not in find(store, Query("", tags=("code:praise",)), limit=9)


def test_removed_words_are_found_no_more(store: Store) -> None:
    ids = put(store, [{"text": "my neighbour Quillfeather wrote it"}])
    code(store, {ids[0]: ["praise"]})
    assert find(store, Query("quillfeather"), limit=9) == ids
    store.remove_words(ids[0], ["Quillfeather"], Entity.PERSON, "ann", put_in="[PERSON]")
    assert find(store, Query("quillfeather"), limit=9) == []
    code(store, {ids[0]: ["praise"]})
    assert find(store, Query("quillfeather"), limit=9) == []
    assert find(store, Query("neighbour person"), limit=9) == ids
    # A contentless index that was told the wrong words to forget is damaged, and says so here.
    with store.changing() as connection:
        connection.exec_driver_sql(
            "INSERT INTO search_words (search_words, rank) VALUES ('integrity-check', 0)"
        )


def test_comments_of_one_second_all_have_a_number(store: Store) -> None:
    put_in = [{"text": f"same second {n}", "submitted_at": NOW} for n in range(300)]
    ids = put(store, put_in)
    code(store, {key: ["praise"] for key in ids})
    assert set(find(store, Query('"same second"'), limit=999)) == set(ids)


def test_an_index_made_anew_is_the_same(store: Store) -> None:
    from feedback import search_index

    table = schema.search_rows
    rows = sa.select(table.c.row, table.c.comment_id, table.c.tags).order_by(table.c.row)
    before, found = store.read(rows), hits(store, "upload")
    with store.changing() as connection:
        search_index.renew_all(connection)
    assert store.read(rows).equals(before)
    assert hits(store, "upload") == found
