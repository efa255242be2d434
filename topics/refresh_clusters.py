"""Bring the issue clusters of a store up to date.

Reads, works in memory and writes in one transaction, so that one that is killed has changed nothing
and the next one does the same work. Without anything new, nothing is written.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from topics import reading
from topics.clusters import update_clusters

if TYPE_CHECKING:
    import pandas as pd

    from feedback.protocols import Embedder
    from feedback.settings import Settings
    from feedback.store import Store

__all__ = ["refresh_clusters"]

WAITING_DAYS = 84
"""A comment older than this, counted from the newest, waits no longer for others like it."""


def refresh_clusters(store: Store, embedder: Embedder, *, settings: Settings) -> int:
    """Let comments without a cluster join one, or be born as one; return how many clusters live."""
    del settings  # Nothing in it is about clusters yet; every refresh is called alike.
    newest = reading.newest_comment(store)
    if newest is None:
        return 0
    codes = reading.Codes.read(store)
    since = newest - timedelta(days=WAITING_DAYS)
    waiting = reading.waiting_comments(store, codes, since)
    live = reading.read_clusters(store)
    if waiting.empty:
        return len(live)
    update = update_clusters(
        waiting,
        embedder.embed(waiting["text"].tolist()),
        live,
        members_of=partial(reading.members_of, store, embedder, codes),
        page_names=_page_names(waiting["page"]),
    )
    if len(update.assignments):
        store.write_clusters(update.issues, update.assignments)
    return len(set(live["cluster_id"]) | set(update.issues["cluster_id"]))


def _page_names(pages: pd.Series[Any]) -> dict[str, str]:
    """Return the names of known pages by path."""
    from feedback.reference import load_reference

    reference = load_reference()
    names = {str(page): reference.page_name(str(page)) for page in pages.dropna().unique()}
    return {page: name for page, name in names.items() if name != page}
