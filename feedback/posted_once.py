"""Answer a message that was sent twice under one idempotency key once, and the same each time.

A sender that hears no answer sends again. Under the same key the message is stored once; another
message under that key is refused, since one of the two would be lost. Kept are keyed hashes of key
and content, for `KEPT` after which the sender has long given up.
"""

from __future__ import annotations

import hmac
import json
import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

import sqlalchemy as sa

from feedback import schema
from feedback.errors import StoreError
from feedback.writes import in_blocks

if TYPE_CHECKING:
    from feedback.store import Store

__all__ = ["KEPT", "Answer", "Forgetter", "Posting", "answers", "forget_old", "keep", "posting"]

KEPT = timedelta(days=7)
EVERY_SECONDS = 3_600.0
AT_A_TIME = 1_000
"""Answers removed in one transaction: some milliseconds."""
PAUSE_SECONDS = 0.05
N_BYTES = 16

logger = logging.getLogger(__name__)

_table = schema.posted_once


@dataclass(frozen=True, slots=True)
class Posting:
    """Who sent a message under which idempotency key, and what it says, as keyed hashes."""

    key_id: str
    mark: str
    content: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered to a message, and a hash of what it said."""

    content: str
    receipt: dict[str, Any]


def posting(id_key: bytes, key_id: str, idempotency_key: str, message: object) -> Posting:
    """Return a message's idempotency key and content as hashes keyed with the store's key."""
    content = json.dumps(message, sort_keys=True, ensure_ascii=True)
    return Posting(
        key_id, _hash(id_key, "mark", idempotency_key), _hash(id_key, "content", content)
    )


def _hash(id_key: bytes, *parts: str) -> str:
    told = "".join(f"{len(part)}:{part}" for part in parts).encode("utf-8", "surrogatepass")
    return hmac.digest(id_key, told, "sha256")[:N_BYTES].hex()


def answers(store: Store, postings: Sequence[Posting]) -> dict[object, Answer]:
    """Return what was answered before to these senders' keys, by sender and mark."""
    columns = [_table.c[name] for name in ("key_id", "mark", "content", "receipt")]
    by_sender: dict[str, list[str]] = {}
    for one in postings:
        by_sender.setdefault(one.key_id, []).append(one.mark)
    found: dict[object, Answer] = {}
    for key_id, marks in by_sender.items():
        for block in in_blocks(marks):
            chosen = _table.c.key_id == key_id, _table.c.mark.in_(block)
            for row in store.read(sa.select(*columns).where(*chosen)).to_dict("records"):
                found[row["key_id"], row["mark"]] = Answer(row["content"], row["receipt"])
    return found


def keep(
    connection: sa.Connection,
    answered: Sequence[tuple[Posting, dict[str, Any]]],
    *,
    now: datetime,
) -> None:
    """Write what is answered, in the transaction that stores what came.

    Raises
    ------
    IntegrityError
        Another server answered the same message meanwhile: nothing of this one may be stored.
    """
    rows = [
        {
            "key_id": one.key_id,
            "mark": one.mark,
            "content": one.content,
            "receipt": receipt,
            "at": now,
        }
        for one, receipt in answered
    ]
    if rows:
        connection.execute(sa.insert(_table), rows)


def forget_old(connection: sa.Connection, *, now: datetime, at_most: int | None = None) -> int:
    """Remove answers that are older than `KEPT`, the oldest first; return how many."""
    key = sa.tuple_(_table.c.key_id, _table.c.mark)
    oldest = sa.select(_table.c.key_id, _table.c.mark).where(_table.c.at < now - KEPT)
    chosen = oldest.order_by(_table.c.at).limit(at_most)
    return connection.execute(sa.delete(_table).where(key.in_(chosen))).rowcount


class Forgetter:
    """Removes old answers at once and then every hour, in a thread of its own; a ``with`` block.

    A thousand at a time, and then others have their turn to write: no post waits for it. The hour
    is the machine's own; a clock that is set moves nothing but what counts as old.

    Parameters
    ----------
    clock
        Tells the time, in UTC.
    seconds
        Between two looks.
    """

    def __init__(
        self, store: Store, *, clock: Callable[[], datetime], seconds: float = EVERY_SECONDS
    ) -> None:
        self._store = store
        self._clock = clock
        self._seconds = seconds
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._go_on, name="forgetter", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _go_on(self) -> None:
        while not self._is_over.is_set():
            try:
                self._forget()
            except StoreError as error:
                logger.error("Old answers were not removed: %s", error)
            self._is_over.wait(self._seconds)

    def _forget(self) -> None:
        """Remove what is old; without any, the store is only read."""
        now = self._clock()
        is_old = sa.select(_table.c.at).where(_table.c.at < now - KEPT).limit(1)
        while not self._store.read(is_old).empty:
            with self._store.quietly_changing() as connection:
                forget_old(connection, now=now, at_most=AT_A_TIME)
            if self._is_over.wait(PAUSE_SECONDS):
                return
