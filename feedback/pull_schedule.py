"""When each source is due, by a clock that nobody can set.

The store has the times of day at which sources were asked, for people and for other processes. How
long to wait is worked out from them once for each turn, never for longer than the source's own
interval, and then measured by the monotonic clock: if the time of day is put forward or back, a
source is asked at most once too early or one interval late.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from feedback.pull_sources import PullSource

__all__ = ["Schedule"]


@dataclass(frozen=True, slots=True)
class _Due:
    """When a source is due, and what that was worked out from."""

    at: float
    started_at: datetime | None
    every_minutes: int


class Schedule:
    """Says which sources are due; one for each process that follows them.

    Parameters
    ----------
    clock
        Monotonic, in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._due: dict[str, _Due] = {}

    def due(self, sources: Sequence[PullSource], now: datetime) -> list[PullSource]:
        """Return the sources that are due, the one that waited longest first."""
        moment = self._clock()
        on = [one for one in sources if one.is_on]
        self._due = {one.source_id: self._of(one, moment, now) for one in on}
        ready = [one for one in on if self._due[one.source_id].at <= moment]
        return sorted(ready, key=lambda one: self._due[one.source_id].at)

    def _of(self, source: PullSource, moment: float, now: datetime) -> _Due:
        """Return when a source is due; worked out anew after each turn, whoever took it."""
        known = self._due.get(source.source_id)
        facts = source.started_at, source.every_minutes
        if known is not None and (known.started_at, known.every_minutes) == facts:
            return known
        interval = 60.0 * source.every_minutes
        if source.started_at is None:
            wait = 0.0
        else:
            wait = interval - (now - source.started_at).total_seconds()
        return _Due(moment + min(max(wait, 0.0), interval), *facts)
