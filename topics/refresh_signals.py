"""Bring the signals of a store up to date.

Reads, works in memory and writes in one transaction, so that one that is killed has changed nothing
and the next one does the same work. Without anything new, nothing is written.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pandas as pd
import sqlalchemy as sa

from feedback import schema
from topics import reading
from topics.counts import count_series
from topics.emerging import find_signals
from topics.panel import HISTORY_DAYS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from feedback.settings import Settings
    from feedback.store import Store

__all__ = ["refresh_signals", "store_counts", "theme_phrases"]

OLD_NEWS_DAYS = 7
"""If the newest comment is older than this, the look is at its time: history, not a live feed."""
REWRITE_AFTER = timedelta(hours=1)
"""A look that found the same as the last one is written again after this time."""


def refresh_signals(store: Store, *, now: datetime, settings: Settings) -> int:
    """Look at the store's counts by the hour as of ``now``; return how many signals stand.

    The table then holds this look and no earlier one, which `topics.emerging.replay` can repeat.
    If the newest comment is more than a week old, the look is at the time of that comment.
    """
    newest = reading.newest_comment(store)
    if newest is None:
        return 0
    as_of = newest if newest < now - timedelta(days=OLD_NEWS_DAYS) else now.astimezone(UTC)
    since = as_of - timedelta(days=HISTORY_DAYS)
    watched = reading.watched_assignments(store)
    counts = count_series(
        reading.counted_comments(store, since),
        reading.read_codings(store, since),
        watched,
        as_of=as_of,
        period="hour",
    )
    signals = find_signals(
        counts,
        as_of=as_of,
        false_alarms_per_week=settings.false_alarms_per_week,
        phrases=_phrases(watched),
    )
    _write_signals(store, as_of, signals)
    return len(signals)


_SAME = ["kind", "level", "service", "page", "theme", "window", "n"]
"""What tells whether a look found something else than the last one."""


def _write_signals(store: Store, as_of: datetime, signals: pd.DataFrame) -> None:
    """Write a look, then clear earlier ones: a reader of the newest look never sees less."""
    before = store.read(sa.select(schema.signals))
    moments = before["as_of"].drop_duplicates().sort_values()
    is_recent = len(moments) == 1 and abs(as_of - moments.iloc[0]) < REWRITE_AFTER
    if is_recent and _facts(before) == _facts(signals):
        return
    if len(signals):
        store.replace_signals(as_of, signals)
    for moment in moments:
        if moment != pd.Timestamp(as_of) or not len(signals):
            store.replace_signals(moment.to_pydatetime(), signals.iloc[:0])


def _facts(signals: pd.DataFrame) -> list[str]:
    return sorted(str(row) for row in signals[_SAME].fillna("").to_numpy().tolist())


def store_counts(store: Store) -> pd.DataFrame:
    """Return the counts of all comments by day (UTC), for `topics.emerging`."""
    newest = reading.newest_comment(store)
    midnight = datetime.now(UTC) if newest is None else newest + timedelta(days=1)
    return count_series(
        reading.counted_comments(store),
        reading.read_codings(store),
        reading.watched_assignments(store),
        as_of=midnight.replace(hour=0, minute=0, second=0, microsecond=0),
        period="day",
    )


def theme_phrases(store: Store) -> dict[str, str]:
    """Return what issue clusters are called in sentences, by theme."""
    return _phrases(reading.watched_assignments(store))


def _phrases(watched: pd.DataFrame) -> dict[str, str]:
    titles: Mapping[str, str] = dict(zip(watched["theme"], watched["title"], strict=True))
    return {theme: f"“{title.rpartition(' (')[0] or title}”" for theme, title in titles.items()}
