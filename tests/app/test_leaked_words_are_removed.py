"""Words that leaked are taken out of the store, of what came from them, and of its file."""

from __future__ import annotations

import pandas as pd
import pytest
import sqlalchemy as sa

from feedback import database, schema
from feedback.errors import StoreError
from feedback.removal import replace_words
from feedback.schema import Entity
from tests.app.filling import code, put
from tests.app.leak_checks import (
    SECRET,
    file_bytes,
    leaky,
    store,
)
from tests.feedback.pipeline_parts import rows_of

__all__ = ["store"]


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("ask Ann or ANN's son", ["ann"], "ask [PERSON] or [PERSON]'s son"),
        ("ask Ann  Lee\nAnn Lee", ["Ann Lee"], "ask [PERSON]\n[PERSON]"),
        ("Ann Lee and Ann", ["Ann", "Ann Lee"], "[PERSON] and [PERSON]"),
        ("Annual Ann", ["Ann"], "Annual [PERSON]"),
        ("annlee42 wrote", ["annlee"], "[PERSON]42 wrote"),
        ("[PERSON] met a person", ["person"], "[PERSON] met a [PERSON]"),
        ("[PERSON_1] rang", ["person_1", "PERSON"], "[PERSON_1] rang"),
        ("a.b*c [x]", ["b*c"], "a.[PERSON] [x]"),
        ("nothing here", ["", "  "], "nothing here"),
        ("nothing here", ["Ann"], "nothing here"),
    ],
)
def test_words_are_replaced_wherever_they_stand(text, words, expected):
    replaced, pieces = replace_words(text, words, "[PERSON]")
    assert replaced == expected
    assert all(expected[at : at + 8] == "[PERSON]" for _, _, at in pieces)


def test_words_taken_out_are_gone_from_the_store_and_its_file(store, tmp_path):
    first, second = leaky(store)
    assert SECRET.encode() in file_bytes(tmp_path)
    removal = store.remove_words(first, [SECRET], Entity.PERSON, "ann")
    assert (removal.n_mentions, removal.n_comments) == (4, 2)
    for row in rows_of(store, schema.comments).to_dict("records"):
        assert row["text"] == "[PERSON] refused my form, then [PERSON] and [PERSON] rang"
        assert row["n_characters"] == len(row["text"])
        assert row["state"] == "received"
        assert row["comment_id"] in (first, second)
    assert len(rows_of(store, schema.embeddings)) == 0
    places = rows_of(store, schema.spans)[["start", "end", "entity", "recogniser"]]
    text = row["text"]
    assert {text[s:e] for s, e in zip(places["start"], places["end"], strict=True)} == {"[PERSON]"}
    assert set(places["recogniser"]) == {"person"}
    found = file_bytes(tmp_path).lower()
    assert SECRET.lower().encode() not in found
    assert b"vraxthorpe" not in found
    (line,) = rows_of(store, schema.audit).to_dict("records")
    assert (line["action"], line["detail"]["n_mentions"]) == ("remove words", 2)
    assert store.check() == ""
    # What waits can be coded again.
    code(store, {first: ["fault.error"], second: ["fault.error"]})
    assert store.count_states() == {"enriched": 2}


def test_a_long_text_leaves_nothing_in_free_pages(store, tmp_path):
    text = " ".join(f"line {i}: {SECRET} refused my form again" for i in range(2_000))
    (comment_id,) = put(store, [{"text": text}])
    database.forget(store._engine)  # so that it lies in the file itself, as after some time
    assert b"Quorndonia" in (tmp_path / "a.db").read_bytes()
    assert store.remove_words(comment_id, [text], Entity.PERSON, "ann").n_mentions == 1
    assert b"Quorndonia" not in file_bytes(tmp_path)


def test_spans_move_with_the_words_before_them(store):
    from tests.feedback.store_frames import comment_id, fill, prepared

    text = "Zebedee told [PERSON] and [PHONE]"
    places = [(text.index(word), word) for word in ("[PERSON]", "[PHONE]")]
    spans = pd.DataFrame(
        [(comment_id(0), word[1:-1], at, at + len(word), "x", 1.0) for at, word in places],
        columns=["comment_id", "entity", "start", "end", "recogniser", "score"],
    )
    fill(store, prepared([text]), spans=spans)
    store.remove_words(comment_id(0), ["zebedee"], Entity.PERSON, "ann", put_in="█████")
    (new,) = rows_of(store, schema.comments)["text"]
    assert new == "█████ told [PERSON] and [PHONE]"
    found = rows_of(store, schema.spans)
    assert [new[a:b] for a, b in zip(found["start"], found["end"], strict=True)] == [
        "█████",
        "[PERSON]",
        "[PHONE]",
    ]


def test_words_that_are_not_there_change_nothing(store):
    first, _ = leaky(store)
    before = store.read(sa.select(schema.comments)).to_csv()
    removal = store.remove_words(first, ["Somebody Else"], Entity.PERSON, "ann")
    assert (removal.n_mentions, removal.n_comments) == (0, 0)
    assert store.read(sa.select(schema.comments)).to_csv() == before
    assert len(rows_of(store, schema.audit)) == 0
    with pytest.raises(StoreError, match="is not in the store"):
        store.remove_words("0" * 32, ["x"], Entity.PERSON, "ann")


def test_a_removal_that_fails_half_way_has_not_happened(store, monkeypatch):
    first, _ = leaky(store)
    before = store.read(sa.select(schema.comments)).to_csv()

    def fail(*_: object) -> None:
        raise StoreError("broken")

    monkeypatch.setattr("feedback.removal.write_audit", fail)
    with pytest.raises(StoreError, match="broken"):
        store.remove_words(first, [SECRET], Entity.PERSON, "ann")
    assert store.read(sa.select(schema.comments)).to_csv() == before
    assert len(rows_of(store, schema.embeddings)) == 1
