"""What the store does for workers, which enrich what came in. See `feedback.store`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TYPE_CHECKING

import pandas as pd
import sqlalchemy as sa

from feedback import alive, claims, database, writes
from feedback.alive import Listener
from feedback.claims import Enriched, Queue
from feedback.workers import is_dead

__all__ = ["Claims"]


class Claims:
    """The part of a store that says whose turn a comment is."""

    _engine: sa.Engine
    _clock: Callable[[], datetime]

    if TYPE_CHECKING:

        def changing(self) -> AbstractContextManager[sa.Connection]:
            """Give a transaction; see `Store`."""
            ...

        def quietly_changing(self) -> AbstractContextManager[sa.Connection]:
            """Give a transaction that no reader sees; see `Store`."""
            ...

    def queue(self) -> Queue:
        """Return how many comments wait or failed, and how long the oldest has waited."""
        with database.reading(self._engine) as connection:
            return claims.queue(connection, now=self._clock())

    def claim(
        self, worker: str, n: int, *, max_attempts: int = 3, suspects: bool = False
    ) -> pd.DataFrame:
        """Claim up to ``n`` comments that wait and return them; none when nothing waits.

        Comments that failed before come last (first with ``suspects``), in smaller batches; on
        their last try, alone.
        """
        with database.writing(self._engine) as connection:
            rows = claims.claim(
                connection,
                worker,
                n,
                max_attempts=max_attempts,
                now=self._clock(),
                suspects=suspects,
            )
        return writes.frame_of(rows, claims.CLAIM_COLUMNS)

    def complete(self, worker: str, enriched: Sequence[Enriched]) -> int:
        """Write codes, sentiment and facets and mark the comments enriched; return how many.

        Only comments that the worker still holds are written: one whose claim was taken back
        while it was slow writes nothing.
        """
        with self.changing() as connection:
            return claims.complete(connection, worker, enriched, now=self._clock())

    def fail(self, worker: str, comment_id: str, reason: str, *, max_attempts: int = 3) -> bool:
        """Count a failed try and free the comment; return whether it is now set aside.

        ``reason`` must not hold any text of the comment: give the type of the exception.
        """
        with self.changing() as connection:
            return claims.fail(connection, worker, comment_id, reason, max_attempts=max_attempts)

    def release(self, worker: str) -> int:
        """Free what a worker holds, as on a stop; no failed try is counted."""
        with database.writing(self._engine) as connection:
            return claims.release(connection, worker)

    def reclaim(
        self, stale_seconds: float, *, max_attempts: int = 3, listener: Listener | None = None
    ) -> tuple[int, int]:
        """Take back what dead workers hold, and claims older than a limit of unknown ones.

        Dead are workers of this host whose process is gone and, for a listener, those that it has
        not heard of for too long. Of a worker that beats no claim is too old.

        Returns
        -------
        tuple of int
            How many comments were freed, and how many of those were set aside as failed.
        """

        def is_gone(worker: str) -> bool:
            return is_dead(worker) or (listener is not None and listener.is_silent(worker))

        def find(connection: sa.Connection) -> list[str]:
            return claims.lost(
                connection,
                stale_seconds=stale_seconds,
                now=self._clock(),
                is_dead=is_gone,
                living=living,
            )

        with database.reading(self._engine) as connection:
            if listener is not None:
                listener.listen(connection)
            known = [] if listener is None else listener.known
            gone = [worker for worker in known if is_gone(worker)]
            living = [worker for worker in known if worker not in gone]
            is_any_lost = bool(find(connection))
        if gone:
            with self.quietly_changing() as connection:
                alive.forget(connection, gone)
        if not is_any_lost:
            return 0, 0
        with self.changing() as connection:
            return claims.take_back(connection, find(connection), max_attempts=max_attempts)

    # Who lives

    def beat(self, worker: str) -> None:
        """Tell that a worker lives."""
        with self.quietly_changing() as connection:
            alive.beat(connection, worker, now=self._clock())

    def sign_off(self, worker: str) -> None:
        """Take a worker that ends off the list."""
        with self.quietly_changing() as connection:
            alive.forget(connection, [worker])

    def leader(self) -> str | None:
        """Return the worker that groups comments for all; None while no worker is on the list."""
        with database.reading(self._engine) as connection:
            worker: str | None = connection.scalar(alive.leader())
        return worker
