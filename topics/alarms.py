"""An alarm is told once: while it stands and for the cool-down after, it is not told again.

One rule for a replay, which keeps the alarms in memory, and for a store, which keeps them in the
table ``alarms``. What makes an alarm the same is its kind, service, page and theme; the window may
change from look to look.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from feedback.schema import SignalLevel

__all__ = ["COOL_DOWN_DAYS", "Alarm", "Alarms", "cell_of"]

COOL_DOWN_DAYS = 7
"""What was told stays silent until it was below the threshold for this long."""

_Cell = tuple[Hashable, ...]


@dataclass(frozen=True)
class Alarm:
    """When something was told of, at which level, and the last look at which it stood."""

    level: SignalLevel
    raised_at: datetime
    last_at: datetime


class Alarms:
    """What was told so far, by kind, service, page (empty where there is none) and theme."""

    def __init__(self, told: Iterable[Mapping[Any, Any]] = ()) -> None:
        """Take rows of the table ``alarms``."""
        self._told: dict[_Cell, Alarm] = {
            cell_of(row): Alarm(SignalLevel(row["level"]), row["raised_at"], row["last_at"])
            for row in told
        }

    def new_ones(self, signals: pd.DataFrame) -> pd.DataFrame:
        """Return the signals of a look that are to be told; remember them all.

        A signal is new when it did not stand within the cool-down, or when it is an alert and what
        was told was a watch.
        """
        is_new = [self._tell(row) for row in signals.to_dict("records")]
        return signals[np.array(is_new, dtype=bool)].reset_index(drop=True)

    def _tell(self, row: Mapping[Any, Any]) -> bool:
        cell, at = cell_of(row), row["as_of"]
        is_alert = row["level"] == SignalLevel.ALERT.value
        before = self._told.get(cell)
        if before is None or at - before.last_at > timedelta(days=COOL_DOWN_DAYS):
            self._told[cell] = Alarm(SignalLevel(row["level"]), at, at)
            return True
        if is_alert and before.level is not SignalLevel.ALERT:
            self._told[cell] = Alarm(SignalLevel.ALERT, at, at)
            return True
        # A look at an earlier moment than the last one must not shorten the cool-down.
        self._told[cell] = Alarm(before.level, before.raised_at, max(at, before.last_at))
        return False

    def rows(self, since: datetime) -> list[dict[str, Any]]:
        """Return rows of the table ``alarms`` for what stood at or after a moment."""
        names = ("kind", "service", "page", "theme")
        return [
            {
                **dict(zip(names, cell, strict=True)),
                "level": alarm.level.value,
                "raised_at": alarm.raised_at,
                "last_at": alarm.last_at,
            }
            for cell, alarm in sorted(self._told.items(), key=lambda told: str(told[0]))
            if alarm.last_at >= since
        ]


def cell_of(row: Mapping[Any, Any]) -> _Cell:
    """Return what makes an alarm the same from look to look."""
    page = row["page"] if isinstance(row["page"], str) else ""
    return row["kind"], row["service"], page, row["theme"]
