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
from feedback.releases import releases_known
from feedback.results import replace_signals
from feedback.safeguarding import flagged_ids
from topics import reading
from topics.alarms import COOL_DOWN_DAYS, Alarms
from topics.counts import count_series, count_themed, themed_comments
from topics.emerging import find_signals
from topics.panel import HISTORY_DAYS
from topics.releases import mark_releases
from topics.scan_store import SCAN_BUDGET_SHARE, find_in_store
from topics.told_once import without_retold

if TYPE_CHECKING:
    from collections.abc import Mapping

    from feedback.protocols import Embedder
    from feedback.settings import Settings
    from feedback.store import Store

__all__ = ["look_at_store", "refresh_signals", "store_counts", "theme_phrases"]

OLD_NEWS_DAYS = 7
"""If the newest comment is older than this, the look is at its time: history, not a live feed."""
REWRITE_AFTER = timedelta(hours=1)
"""A look that found the same as the last one is written again after this time."""


def refresh_signals(
    store: Store, *, now: datetime, settings: Settings, embedder: Embedder | None = None
) -> int:
    """Look at the store by the hour as of ``now``; return how many signals stand.

    The table then holds this look and no earlier one, which `topics.emerging.replay` can repeat;
    the table ``alarms`` says when each was told of first (see `topics.alarms`). If the newest
    comment is more than a week old, the look is at the time of that comment.

    Parameters
    ----------
    embedder
        With one, novel complaints that no theme knows are looked for as well
        (`topics.scan_store`), out of the same budget of false alarms.
    """
    newest = reading.newest_comment(store)
    if newest is None:
        return 0
    as_of = newest if newest < now - timedelta(days=OLD_NEWS_DAYS) else now.astimezone(UTC)
    signals = look_at_store(store, as_of, settings=settings, embedder=embedder)
    _write_signals(store, as_of, signals)
    return len(signals)


def look_at_store(
    store: Store,
    as_of: datetime,
    *,
    settings: Settings,
    embedder: Embedder | None = None,
    with_watch: bool = True,
) -> pd.DataFrame:
    """Return the signals that stand in a store at one moment, counts taken by the hour."""
    since = as_of - timedelta(days=HISTORY_DAYS)
    watched = reading.watched_assignments(store)
    codings = reading.read_codings(store, since)
    themed = themed_comments(reading.counted_comments(store, since), codings, watched, as_of=as_of)
    share = 1.0 if embedder is None else 1.0 - SCAN_BUDGET_SHARE
    signals = find_signals(
        count_themed(themed, as_of=as_of, period="hour"),
        as_of=as_of,
        false_alarms_per_week=share * settings.false_alarms_per_week,
        with_watch=with_watch,
        phrases=_phrases(watched),
    )
    if embedder is not None:
        novel = find_in_store(
            store,
            embedder,
            as_of=as_of,
            settings=settings,
            codes=reading.Codes(codings, flagged_ids(store)),
            with_watch=with_watch,
        )
        if len(novel):
            looks = [look for look in (signals, novel) if len(look)]
            signals = pd.concat(looks, ignore_index=True)
    signals = without_retold(signals, themed)
    return mark_releases(signals, store.read(releases_known()))


_SAME = ["kind", "level", "service", "page", "theme", "window", "n", "release"]
"""What tells whether a look found something else than the last one."""


def _write_signals(store: Store, as_of: datetime, signals: pd.DataFrame) -> None:
    """Write a look in place of earlier ones, and what it tells of, in one transaction."""
    before = store.read(sa.select(schema.signals))
    moments = before["as_of"].drop_duplicates().sort_values()
    is_recent = len(moments) == 1 and abs(as_of - moments.iloc[0]) < REWRITE_AFTER
    if is_recent and _facts(before) == _facts(signals):
        return
    if before.empty and signals.empty:
        return
    alarms = Alarms(store.read(sa.select(schema.alarms)).to_dict("records"))
    alarms.new_ones(signals.assign(as_of=pd.Timestamp(as_of)))
    with store.changing() as connection:
        connection.execute(sa.delete(schema.signals))
        replace_signals(connection, as_of, signals)
        connection.execute(sa.delete(schema.alarms))
        # What ended longer ago than the cool-down would be told again: it need not be kept.
        rows = alarms.rows(as_of - timedelta(days=COOL_DOWN_DAYS))
        if rows:
            connection.execute(sa.insert(schema.alarms), rows)


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
