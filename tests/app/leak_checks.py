"""Stores with samples to check and with words that leaked, for tests of the leak meter."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from app.queries_audit import next_comment
from feedback import schema
from feedback.redact.redactor import TextRedactor
from feedback.runs import new_run, redaction_facts
from feedback.schema import AuditVerdict, Entity
from feedback.settings import Settings
from feedback.store import Store
from tests.app.filling import NOW, code, put

SETTINGS = Settings()
SECRET = "Quorndonia Vraxthorpe"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'a.db'}") as opened:
        yield opened


def coded(store: Store, texts: list[str], **same: object) -> list[str]:
    ids = put(store, [{"text": text, **same} for text in texts])
    code(store, {key: ["fault.error"] for key in ids})
    return ids


def many(store: Store, n: int = 40, **same: object) -> list[str]:
    return coded(store, [f"The upload page failed at step {i}" for i in range(n)], **same)


def check_all(store: Store, verdicts: list[AuditVerdict]) -> None:
    for verdict in verdicts:
        comment = next_comment(store, [])
        assert comment is not None
        entity = Entity.PERSON if verdict is AuditVerdict.LEAK else None
        store.judge_redaction(comment.comment_id, verdict, "ann", entity=entity)


def put_by(store: Store, redactor: TextRedactor, texts: list[str], minutes: int) -> None:
    """Bring comments in as a run with this redactor does."""
    from tests.feedback.store_frames import fill, prepared

    frame = prepared(texts, first=minutes * 100)
    models = redaction_facts(redactor)
    at = NOW + timedelta(minutes=minutes)
    fill(store, frame, run=new_run("ingest", SETTINGS, now=at, models=models))
    code(store, {key: ["fault.error"] for key in frame["comment_id"]})


def leaky(store: Store) -> tuple[str, str]:
    """Two comments with the same text that leaked, with all that is worked out from them."""
    text = f"{SECRET} refused my form, then [PERSON] and {SECRET.upper()} rang"
    first, second = put(
        store,
        [{"text": text, "extra": {"Wave": f"by {SECRET}"}}, {"text": text, "service": "probate"}],
    )
    code(store, {key: ["fault.error"] for key in (first, second)})
    key = store.read(sa.select(schema.comments.c.text_hash))["text_hash"].iloc[0]
    store.put_vectors("m", "1", {key: np.ones(4, np.float32)})
    return first, second


def file_bytes(tmp_path: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(tmp_path.glob("a.db*")))
