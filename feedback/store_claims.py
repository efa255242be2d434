"""What the store does for workers, which enrich what came in. See `feedback.store`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TYPE_CHECKING

import pandas as pd
import sqlalchemy as sa

from feedback import claims, database, schema, writes
from feedback.claims import Enriched
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

    def claim(self, worker: str, n: int, *, max_attempts: int = 3) -> pd.DataFrame:
        """Claim up to ``n`` comments that wait and return them; none when nothing waits.

        Comments that failed before come last, in smaller batches; on their last try, alone.
        """
        with database.writing(self._engine) as connection:
            now = self._clock()
            rows = claims.claim(connection, worker, n, max_attempts=max_attempts, now=now)
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

    def reclaim(self, stale_seconds: float, *, max_attempts: int = 3) -> tuple[int, int]:
        """Take back claims of this host's dead workers, and all claims older than a limit.

        Returns
        -------
        tuple of int
            How many comments were freed, and how many of those were set aside as failed.
        """
        with database.reading(self._engine) as connection:
            held = sa.select(sa.exists().where(schema.IS_CLAIMED))
            if not connection.scalar(held):
                return 0, 0
        with self.changing() as connection:
            return claims.reclaim(
                connection,
                stale_seconds=stale_seconds,
                max_attempts=max_attempts,
                now=self._clock(),
                is_dead=is_dead,
            )
