"""Tell which workers live: each beats in the store, and who hears no beat for long takes over.

A beat is a change of a row, not a time: whether a worker lives is told by whether its row has
changed within a while of the listener's own, which no clock that is set can shorten or stretch.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from feedback import schema
from feedback.errors import StoreError
from feedback.writes import upsert

if TYPE_CHECKING:
    from feedback.store import Store

__all__ = ["Beats", "Listener", "beat", "forget", "leader"]

logger = logging.getLogger(__name__)

BEATS_A_WAIT = 6
"""Beats in the time after which a silent worker is taken for dead: one that is late is none."""

_workers = schema.workers


class Listener:
    """Remembers when it last heard of each worker.

    Parameters
    ----------
    silence_seconds
        Who has not been heard of for so long is dead.
    """

    def __init__(
        self, silence_seconds: float, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._silence = silence_seconds
        self._monotonic = monotonic
        self._heard: dict[str, tuple[int, float]] = {}

    def listen(self, connection: sa.Connection) -> None:
        """Hear who has beaten since the last time."""
        now = self._monotonic()
        rows = connection.execute(sa.select(_workers.c.worker, _workers.c.n_beats)).all()
        before = self._heard
        self._heard = {
            worker: before[worker] if before.get(worker, (-1, 0.0))[0] == n else (n, now)
            for worker, n in rows
        }

    @property
    def known(self) -> list[str]:
        """The workers on the list."""
        return list(self._heard)

    def is_silent(self, worker: str) -> bool:
        """Say whether nothing has been heard of a worker on the list for too long."""
        heard = self._heard.get(worker)
        return heard is not None and self._monotonic() - heard[1] > self._silence


class Beats:
    """Tells the store every few seconds that a worker lives, in a thread of its own.

    Use it in a ``with`` block. A store that is away for a while does not end it.
    """

    def __init__(self, store: Store, worker: str, *, silence_seconds: float) -> None:
        self._store = store
        self._worker = worker
        self._pause = silence_seconds / BEATS_A_WAIT
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._go_on, name="beats", daemon=True)

    def __enter__(self) -> Beats:
        self._store.beat(self._worker)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()
        try:
            self._store.sign_off(self._worker)
        except StoreError as error:
            logger.warning("The worker could not sign off: %s", error)

    def _go_on(self) -> None:
        while not self._is_over.wait(self._pause):
            try:
                self._store.beat(self._worker)
            except StoreError as error:
                logger.warning("The worker could not be heard: %s", error)


def beat(connection: sa.Connection, worker: str, *, now: datetime) -> None:
    """Tell that a worker lives."""
    row = {"worker": worker, "started_at": now, "beat_at": now, "n_beats": 0}
    insert = upsert(connection, _workers).values(row)
    changed = {"beat_at": now, "n_beats": _workers.c.n_beats + 1}
    key = [_workers.c.worker]
    connection.execute(insert.on_conflict_do_update(index_elements=key, set_=changed))


def forget(connection: sa.Connection, workers: Sequence[str]) -> None:
    """Take workers off the list: they ended, or are dead."""
    connection.execute(sa.delete(_workers).where(_workers.c.worker.in_(workers)))


def leader() -> sa.Select[Any]:
    """Select the worker that does what one does for all: the one that is longest on the list."""
    return sa.select(_workers.c.worker).order_by(_workers.c.started_at, _workers.c.worker).limit(1)
