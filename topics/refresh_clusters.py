"""Bring the issue clusters of a store up to date.

Reads, works in memory and writes in one transaction, so that one that is killed has changed nothing
and the next one does the same work; so has one during which a person split or merged issues.
Without anything new, nothing is written. On the first refresh
of a day, told by the newest comment, the clusters are consolidated afterwards.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from topics import cluster_reading, reading
from topics.cluster_reading import Facts
from topics.cluster_text import Background, Describer
from topics.clusters import (
    ClusterUpdate,
    as_microseconds,
    live_places,
    update_clusters,
    write_up,
)
from topics.consolidate import rearrange
from topics.places import Place

if TYPE_CHECKING:
    from feedback.protocols import Embedder
    from feedback.settings import Settings
    from feedback.store import Store

__all__ = ["Memory", "consolidate", "refresh_clusters"]

WAITING_DAYS = 84
"""A comment older than this, counted from the newest, waits no longer for others like it, and
stays in the cluster where it is."""
MEMORY_SECONDS = 30.0
"""How long the words of comments are remembered that clusters are compared with."""
ALL_SEEN = datetime.max.replace(tzinfo=UTC)


class Memory:
    """What need not be read at each look: the words of comments that stand for all others."""

    def __init__(self) -> None:
        self._background: Background | None = None
        self._read_at = 0.0

    def background(self, store: Store, since: datetime) -> Background:
        """Return the words of comments since a moment, as they were a little while ago."""
        now = time.monotonic()
        if self._background is None or now - self._read_at > MEMORY_SECONDS:
            self._background = Background(cluster_reading.sample_texts(store, since))
            self._read_at = now
        return self._background


def refresh_clusters(
    store: Store,
    embedder: Embedder,
    *,
    settings: Settings,
    places: Collection[tuple[str, str | None]] | None = None,
    memory: Memory | None = None,
) -> int:
    """Let comments without a cluster join one, or be born as one; return how many clusters live.

    Parameters
    ----------
    places
        Services and pages, where only those are looked at: what came in just now. A look at all of
        them has to follow now and then.
    memory
        Of whoever looks again and again.
    """
    newest = reading.newest_comment(store)
    if newest is None:
        return 0
    facts = Facts(store)
    since = newest - timedelta(days=WAITING_DAYS)
    seen_until = cluster_reading.newest_receipt(store) if places is None else None
    waiting = cluster_reading.waiting_comments(
        store, since, seen_until=facts.seen_until, places=places
    )
    live = reading.read_clusters(store, places)
    if not waiting.empty:
        centre, is_known = facts.centre, facts.centre is not None
        if centre is None or len(centre) != embedder.n_dimensions:
            centre, is_known = cluster_reading.read_centre(store, embedder, since), False
        update = update_clusters(
            waiting,
            embedder.embed(waiting["text"].tolist()),
            live,
            centre=centre,
            members_of=partial(reading.members_of, store, embedder),
            page_names=_page_names(waiting["page"]),
            background=(memory or Memory()).background(store, since),
        )
        new_facts = {} if is_known else {Facts.CENTRE: cluster_reading.encoded(centre)}
        if seen_until is not None and seen_until != facts.seen_until:
            new_facts[Facts.SEEN_UNTIL] = seen_until.isoformat()
        if len(update.assignments) or update.merged or new_facts:
            store.write_clusters(
                update.issues,
                update.assignments,
                merged=update.merged,
                facts=new_facts,
                arrangement=facts.arrangement,
            )
    is_new_day = facts.consolidated_on is None or newest.date() > facts.consolidated_on
    if places is None and is_new_day:
        consolidate(store, embedder, settings=settings)
    return reading.count_clusters(store)


def consolidate(store: Store, embedder: Embedder, *, settings: Settings) -> int:
    """Look again at the clusters of every place; return how many clusters or comments changed.

    See `topics.consolidate`. All is written in one transaction; a second time changes nothing.
    """
    del settings  # Nothing in it is about clusters yet; every refresh is called alike.
    newest = reading.newest_comment(store)
    if newest is None:
        return 0
    since = newest - timedelta(days=WAITING_DAYS)
    facts = Facts(store)
    centre = cluster_reading.read_centre(store, embedder, since)
    live = reading.read_clusters(store)
    waiting = cluster_reading.waiting_comments(store, since, seen_until=ALL_SEEN)
    waiting = waiting.assign(cluster_id=None, is_kept=False)
    used = cluster_reading.cluster_ids(store)
    pages = pd.concat([live["page"], waiting["page"]])
    describer = Describer(Memory().background(store, since), _page_names(pages))
    updates = []
    for place in cluster_reading.places_of(live, waiting):
        members = cluster_reading.recent_members(store, since, place)
        there = waiting[cluster_reading.is_at(waiting, place)]
        comments = pd.concat([one for one in (members, there) if len(one)], ignore_index=True)
        here = live[cluster_reading.is_at(live, place)]
        vectors = embedder.embed(comments["text"].tolist())
        updates.append(_consolidated(place, comments, vectors, here, centre, used, describer))
    update = _together(updates)
    new_facts = {
        Facts.CENTRE: cluster_reading.encoded(centre),
        Facts.CONSOLIDATED_ON: newest.date().isoformat(),
    }
    n_changed = len(update.issues) + len(update.merged)
    if n_changed or new_facts != facts.told(*new_facts):
        store.write_clusters(
            update.issues,
            update.assignments,
            merged=update.merged,
            facts=new_facts,
            arrangement=facts.arrangement,
        )
    return n_changed


def _together(updates: Sequence[ClusterUpdate]) -> ClusterUpdate:
    """Return updates of several places as one."""
    changed = [one for one in updates if len(one.issues) or len(one.assignments)]
    if not changed:
        return ClusterUpdate.empty()
    merged = {gone: into for one in changed for gone, into in one.merged.items()}
    return ClusterUpdate(
        pd.concat([one.issues for one in changed], ignore_index=True),
        pd.concat([one.assignments for one in changed], ignore_index=True),
        merged,
    )


def _consolidated(
    at: tuple[str, str | None],
    comments: pd.DataFrame,
    vectors: np.ndarray,
    live: pd.DataFrame,
    centre: np.ndarray,
    used_ids: set[str],
    describer: Describer,
) -> ClusterUpdate:
    """Return what changes in one place."""
    key = at[0], at[1] or ""
    place = live_places(live, centre).get(key) or Place(centre)
    owners = [one if isinstance(one, str) else None for one in comments["cluster_id"]]
    found = rearrange(
        place,
        comments["comment_id"].tolist(),
        as_microseconds(comments["submitted_at"]).tolist(),
        vectors,
        owners,
        used_ids=used_ids,
        kept=comments.loc[comments["is_kept"].astype(bool), "comment_id"].tolist(),
    )
    update = write_up({key: place}, {key: found.joined}, live, comments, vectors, describer, None)
    released = pd.DataFrame({"comment_id": found.released}, dtype="str")
    released = released.assign(cluster_id=None, similarity=None)
    frames = [one for one in (update.assignments, released) if len(one)]
    assignments = pd.concat(frames, ignore_index=True) if frames else update.assignments
    return ClusterUpdate(update.issues, assignments, update.merged)


def _page_names(pages: pd.Series[Any]) -> dict[str, str]:
    """Return the names of known pages by path."""
    from feedback.reference import load_reference

    reference = load_reference()
    names = {str(page): reference.page_name(str(page)) for page in pages.dropna().unique()}
    return {page: name for page, name in names.items() if name != page}
