"""Look again at the clusters of a place, with all their recent comments at hand.

As comments arrive each is compared with what there was then. Once a day every comment of the last
weeks is compared with what there is now: it moves to a cluster that it is clearly nearer to, and
waits again where it is far from its own; clusters that turned out alike merge. Nothing is closed,
and ids stay. What a person put into an issue stays there. Doing it twice changes nothing the second
time.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from topics.births import MIN_BIRTH
from topics.places import Joined, Place, cluster_id_of

__all__ = ["Rearranged", "rearrange"]

MOVE_MARGIN = 0.05
"""By how much nearer to another cluster a comment is that moves there."""
RELEASE_MARGIN = 0.1
"""How far below the bar for joining a comment falls before it leaves its cluster."""
MAX_ROUNDS = 20
"""Rounds after which no more is moved; a handful is usual."""


@dataclass(frozen=True)
class Rearranged:
    """What changed: ``joined`` has every comment of the changed clusters; ``released`` wait."""

    joined: Joined
    released: list[str]


def rearrange(
    place: Place,
    comment_ids: Sequence[str],
    times: Sequence[int],
    vectors: np.ndarray,
    owners: Sequence[str | None],
    *,
    used_ids: Collection[str] = (),
    kept: Collection[str] = (),
) -> Rearranged:
    """Move comments of one place between its clusters until none moves.

    Parameters
    ----------
    place
        The live clusters; nobody waits in it yet.
    owners
        Cluster of each comment; None where it waits.
    used_ids
        Ids of all clusters that ever were: the comment that one is named after is not released,
        since what is born of it would have the same id.
    kept
        Comments that a person put where they are: they neither move nor leave.
    """
    order = sorted(range(len(comment_ids)), key=lambda i: (times[i], comment_ids[i]))
    table = _Table(
        place,
        [comment_ids[i] for i in order],
        [times[i] for i in order],
        np.asarray(vectors, dtype=np.float32)[order],
        [owners[i] for i in order],
    )
    before = list(table.owners)
    table.may_leave = np.array([cluster_id_of(one) not in used_ids for one in table.ids], bool)
    table.is_kept = np.isin(np.array(table.ids, dtype=object), np.array(list(kept), dtype=object))
    table.take([row for row, owner in enumerate(before) if owner is None])
    for _ in range(MAX_ROUNDS):
        if not table.shift():
            break
    return table.result(before)


class _Table:
    """The comments of a place, oldest first, and which cluster each is in now."""

    def __init__(
        self,
        place: Place,
        ids: list[str],
        times: list[int],
        vectors: np.ndarray,
        owners: list[str | None],
    ) -> None:
        self.place, self.ids, self.owners = place, ids, owners
        self._times, self._vectors = times, vectors
        self._row_of = {comment_id: row for row, comment_id in enumerate(ids)}
        self._merged: list[tuple[str, str]] = []
        self._were_there = {cluster.cluster_id for cluster in place.clusters}
        self.may_leave = np.ones(len(ids), dtype=bool)
        self.is_kept = np.zeros(len(ids), dtype=bool)

    def take(self, rows: Sequence[int]) -> bool:
        """Let comments wait in the place and see what comes of it; return whether anything did."""
        joined = (
            self.place.take(
                [self.ids[row] for row in rows],
                [self._times[row] for row in rows],
                self._vectors[list(rows)],
            )
            if len(rows)
            else self.place.settle()
        )
        for comment_id, cluster_id, _ in joined.members:
            row = self._row_of[comment_id]
            self.owners[row] = cluster_id
            # Those that left together can be born and absorbed again, for ever.
            self.may_leave[row] = False
        into = joined.survivors()
        self.owners = [into.get(owner, owner) if owner else None for owner in self.owners]
        self._merged += joined.merged
        return bool(joined.members or joined.merged)

    def shift(self) -> bool:
        """Move and release comments once; return whether anything changed."""
        clusters = {cluster.cluster_id: cluster for cluster in self.place.clusters}
        released, n_moved = [], 0
        for row, to in self._wishes():
            own = clusters[str(self.owners[row])]
            if own.n <= MIN_BIRTH:
                continue
            own.remove(self._vectors[[row]])
            self.owners[row] = to
            if to is None:
                released.append(row)
            else:
                clusters[to].add(self._vectors[[row]])
                clusters[to].first = min(clusters[to].first, self._times[row])
                n_moved += 1
        return self.take(released) or bool(released) or n_moved > 0

    def _wishes(self) -> list[tuple[int, str | None]]:
        """Return who would rather be in another cluster, or in none."""
        clusters = self.place.clusters
        index = {cluster.cluster_id: i for i, cluster in enumerate(clusters)}
        rows = np.array([row for row, owner in enumerate(self.owners) if owner in index], dtype=int)
        if not len(rows):
            return []
        own = np.array([index[str(self.owners[row])] for row in rows])
        cosines, bars = self.place.nearness(self._vectors[rows])
        at = np.arange(len(rows))
        mine = self._without_itself(rows, own)
        others = np.where(cosines >= bars, cosines, -1.0)
        others[at, own] = -1.0
        best = others.argmax(axis=1)
        is_free = ~self.is_kept[rows]
        moves = (others[at, best] > mine + MOVE_MARGIN) & is_free
        leaves = ~moves & (mine < bars[own] - RELEASE_MARGIN) & self.may_leave[rows] & is_free
        return [
            (int(row), clusters[int(best[i])].cluster_id if moves[i] else None)
            for i, row in enumerate(rows)
            if moves[i] or leaves[i]
        ]

    def _without_itself(self, rows: np.ndarray, own: np.ndarray) -> np.ndarray:
        """Return each comment's cosine to the mean of the other members of its cluster."""
        centre = self.place.centre.astype(np.float64)
        sizes = np.array([cluster.n for cluster in self.place.clusters], dtype=np.float64)
        means = np.stack([cluster.mean for cluster in self.place.clusters]).astype(np.float64)
        here = self._vectors[rows].astype(np.float64) - centre
        others = (means - centre)[own] * sizes[own, None] - here
        lengths = np.linalg.norm(others, axis=1) * np.linalg.norm(here, axis=1)
        cosines: np.ndarray = (others * here).sum(axis=1) / np.maximum(lengths, 1e-9)
        return cosines

    def result(self, before: Sequence[str | None]) -> Rearranged:
        """Return what is different from before."""
        pairs = list(zip(before, self.owners, strict=True))
        changed = {one for pair in pairs if pair[0] != pair[1] for one in pair}
        # One born and absorbed within this look changed nothing by that.
        merged = [pair for pair in self._merged if pair[0] in self._were_there]
        changed |= {into for _, into in merged}
        means = {cluster.cluster_id: cluster.mean for cluster in self.place.clusters}
        joined = Joined(merged=merged)
        for row, owner in enumerate(self.owners):
            if owner is not None and owner in changed and owner in means:
                length = max(float(np.linalg.norm(means[owner])), 1e-9)
                cosine = float(self._vectors[row] @ means[owner]) / length
                joined.members.append((self.ids[row], owner, cosine))
        released = [
            self.ids[row]
            for row, (then, now) in enumerate(pairs)
            if then is not None and now is None
        ]
        return Rearranged(joined, released)
