"""Signals from a file of counts or from the store, as ``feedback emerging`` gives them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from feedback.settings import Settings
    from feedback.store import Store

__all__ = ["find_in_file", "find_in_store"]


def find_in_file(path: Path, releases: Path | None = None, **look: Any) -> Iterator[dict[str, Any]]:
    """Yield the signals in a CSV file of counts; see `find_in_counts` for ``look``.

    ``releases`` is a CSV file of what was released where and when.
    """
    from topics.counts import read_counts
    from topics.releases import read_releases

    noted = None if releases is None else read_releases(releases)
    return find_in_counts(read_counts(path), releases=noted, **look)


def find_in_store(settings: Settings, store: Store, **look: Any) -> Iterator[dict[str, Any]]:
    """Yield the signals in a store; a replay goes by days and by counts alone."""
    from feedback.releases import releases_known
    from topics.refresh_signals import store_counts, theme_phrases

    if not look["replay"]:
        yield from _stand_in_store(settings, store, **look)
        return
    noted = store.read(releases_known())
    yield from find_in_counts(
        store_counts(store), phrases=theme_phrases(store), releases=noted, **look
    )


def _stand_in_store(
    settings: Settings,
    store: Store,
    *,
    as_of: datetime | None,
    with_watch: bool,
    false_alarms_per_week: float,
    **_: Any,
) -> Iterator[dict[str, Any]]:
    """Yield what stands at one moment: that of the newest comment where none is given."""
    from app.wiring import make_embedder
    from topics.emerging import signal_records
    from topics.reading import newest_comment
    from topics.refresh_signals import look_at_store

    moment = as_of or newest_comment(store)
    if moment is None:
        return
    signals = look_at_store(
        store,
        moment if moment.tzinfo else moment.replace(tzinfo=UTC),
        settings=settings.model_copy(update={"false_alarms_per_week": false_alarms_per_week}),
        embedder=make_embedder(settings, store),
        with_watch=with_watch,
    )
    yield from signal_records(signals)


def find_in_counts(
    counts: pd.DataFrame,
    *,
    as_of: datetime | None,
    replay: bool,
    with_watch: bool,
    false_alarms_per_week: float,
    phrases: dict[str, str] | None = None,
    releases: pd.DataFrame | None = None,
) -> Iterator[dict[str, Any]]:
    """Yield signals, strongest evidence first; with ``replay``, look by look."""
    from topics import emerging

    options: dict[str, Any] = {
        "as_of": as_of,
        "false_alarms_per_week": false_alarms_per_week,
        "with_watch": with_watch,
        "phrases": phrases,
        "releases": releases,
    }
    looks = (
        emerging.replay(counts, **options) if replay else [emerging.find_signals(counts, **options)]
    )
    for signals in looks:
        yield from emerging.signal_records(signals)
