"""What was erased stays out, by whatever way the same feedback comes in again."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from feedback import schema
from feedback.erasure import erase_response
from feedback.known_as import find_response
from feedback.receive import Receiver
from feedback.reference import load_reference
from feedback.settings import Settings
from feedback.store import Store
from tests import fakes
from tests.feedback.erasure_store import WORD
from tests.feedback.pipeline_parts import ingest, row, rows_of, write_csv
from tests.feedback.store_frames import NOON, comment_id, fill, prepared


def _file(folder: Path) -> Path:
    rows = [
        row(1, f"{WORD} is broken"),
        row(2, "the form is slow and slow"),
        row(3, f"{WORD} is broken"),
    ]
    return write_csv(folder / "again.csv", rows)


def test_the_same_file_does_not_bring_it_back(store_url: str, tmp_path: Path) -> None:
    with Store.open(store_url) as store:
        path = _file(tmp_path)
        assert ingest(path, store).n_new == 3
        erased = find_response(store, "R1")
        erase_response(store, erased, "ann", now=NOON)
        again = ingest(path, store)
        assert (again.n_new, again.n_known, again.n_erased) == (0, 2, 1)
        responses = set(rows_of(store, schema.responses)["response_id"])
        assert erased not in responses
        assert len(responses) == 2
        assert ingest(path, store, dry_run=True).n_erased == 1


def test_a_store_that_never_had_the_file_but_the_mark_takes_the_rest_alone(
    store_url: str, tmp_path: Path
) -> None:
    """The erased one came first, so that the third row was a duplicate of it."""
    with Store.open(store_url) as store:
        path = _file(tmp_path)
        ingest(path, store)
        for name in ("R1", "R3"):
            erase_response(store, find_response(store, name), "ann", now=NOON)
        with store.changing() as connection:
            both = schema.erased_responses.c.response_id == find_response(store, "R3")
            connection.execute(sa.delete(schema.erased_responses).where(both))
        assert ingest(path, store).n_new == 1
        comments = rows_of(store, schema.comments)
        assert comments["duplicate_of"].isna().all()
        assert store.check() == ""


def test_what_writes_comments_keeps_it_out_whoever_asks(store_url: str) -> None:
    with Store.open(store_url) as store:
        frame = prepared(["slow and slow", "slow and slow", "slow and slow"])
        frame.loc[1:, "duplicate_of"] = comment_id(0)
        fill(store, frame)
        erase_response(store, comment_id(1_000_000), "ann", now=NOON)
        later = prepared(["slow and slow", "slow and slow", "slow and slow"], first=5)
        later["duplicate_of"] = comment_id(0)
        assert fill(store, frame) == 0
        assert fill(store, later) == 3
        comments = rows_of(store, schema.comments).set_index("comment_id")
        assert list(comments.index) == [comment_id(n) for n in (1, 2, 5, 6, 7)]
        originals = set(comments["duplicate_of"].dropna())
        assert originals <= set(comments.index)


def test_a_message_does_not_bring_it_back(store_url: str) -> None:
    with Store.open(store_url) as store:
        receiver = Receiver(
            store,
            redactor=fakes.EmailRedactor(),
            language=fakes.WelshWordIdentifier(),
            reference=load_reference(),
            settings=Settings(),
        )
        message = {"comment": f"{WORD} is broken", "response_id": "A-1", "service": "divorce"}
        (first,) = receiver.take(message, idempotency_key="k1").comment_ids
        erase_response(store, find_response(store, first), "ann", now=NOON)
        for key in ("k1", "k2", ""):
            receipt = receiver.take(message, idempotency_key=key)
            assert (receipt.comment_ids, receipt.n_new, receipt.n_known) == ((first,), 0, 1)
        receiver.close()
        assert rows_of(store, schema.comments).empty
        assert rows_of(store, schema.responses).empty
