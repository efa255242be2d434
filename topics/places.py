"""Issue clusters of one place (a page of a service) while comments arrive.

What a place remembers is a mean and a size a cluster, and the comments that wait, at most
`MAX_WAITING` of them: it grows with clusters, not with comments. Means are held as the store holds
them, in single precision, so a place that is read back goes on exactly as one that ran through.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from feedback.schema import IssueStatus
from topics.births import BIRTH_COSINE, births
from topics.cohesion import Cohesion, cohesion_of, directions
from topics.likely_merges import first_merge

__all__ = ["Cluster", "Joined", "Place", "cluster_id_of"]

JOIN_MARGIN = 0.12
"""How much less than the expected cosine of a member a comment may have that joins."""
JOIN_LEAST = 0.25
"""No comment joins below this cosine, however loose a cluster is."""
MIN_CONFIRMED = 8
MAX_WAITING = 300
"""Comments of one place that wait; beyond them the oldest wait no longer."""
BLOCK = 500
"""Comments of one place that are taken in at a time, oldest first: average linkage needs memory
that grows with the square of them and those that wait."""


Key = tuple[int, str]
"""When a comment was submitted, and its id: the order in which comments are told."""


def cluster_id_of(comment_id: str) -> str:
    """Return the id of the cluster whose earliest comment this is: 32 hex characters."""
    return hashlib.blake2b(f"cluster:{comment_id}".encode(), digest_size=16).hexdigest()


@dataclass
class Cluster:
    """A cluster: ``mean`` of its members' unit vectors, float32; ``first`` is when it began.

    One with `MIN_CONFIRMED` members is provisional no longer. ``is_stored`` is one that was there
    before a batch: people may have seen it. ``is_arranged`` is one of which a person said what
    belongs to it.
    """

    cluster_id: str
    mean: np.ndarray
    n: int
    first: int
    status: str = IssueStatus.PROVISIONAL.value
    is_stored: bool = False
    is_arranged: bool = False

    def add(self, vectors: np.ndarray) -> None:
        """Count more members."""
        self._change(vectors.astype(np.float64).sum(axis=0), len(vectors))

    def remove(self, vectors: np.ndarray) -> None:
        """Count members no longer."""
        self._change(-vectors.astype(np.float64).sum(axis=0), -len(vectors))

    def absorb(self, other: Cluster) -> None:
        """Take in another cluster."""
        self._change(other.mean.astype(np.float64) * other.n, other.n)
        self.first = min(self.first, other.first)

    def _change(self, total: np.ndarray, n: int) -> None:
        summed = self.mean.astype(np.float64) * self.n + total
        self.n += n
        self.mean = (summed / max(self.n, 1)).astype(np.float32)
        if self.n >= MIN_CONFIRMED and self.status == IssueStatus.PROVISIONAL.value:
            self.status = IssueStatus.NEW.value


@dataclass
class Joined:
    """What happened in a place: (comment, cluster, cosine), and (gone, surviving) clusters."""

    members: list[tuple[str, str, float]] = field(default_factory=list)
    merged: list[tuple[str, str]] = field(default_factory=list)

    def survivors(self) -> dict[str, str]:
        """Return each cluster that is no more, and the one that it is in after all merges."""
        into: dict[str, str] = {}
        for gone, surviving in reversed(self.merged):
            into[gone] = into.get(surviving, surviving)
        return into

    def surviving(self) -> list[tuple[str, str, float]]:
        """Return the members with the clusters that they are in after all merges."""
        into = self.survivors()
        return [
            (comment, into.get(cluster, cluster), cosine)
            for comment, cluster, cosine in self.members
        ]


class Place:
    """The clusters of one place and the comments that wait there.

    Parameters
    ----------
    centre
        ndarray of shape (n_dimensions,): from where likeness is measured.
    clusters
        Those that live there.
    """

    def __init__(self, centre: np.ndarray, clusters: Sequence[Cluster] = ()) -> None:
        self.centre = np.asarray(centre, dtype=np.float32)
        self.clusters = sorted(clusters, key=lambda one: one.cluster_id)
        self.waiting: list[Key] = []
        self._vectors = np.empty((0, len(self.centre)), dtype=np.float32)
        self._directions = self._vectors
        self._is_new = np.empty(0, dtype=bool)
        self._known: Cohesion | None = None

    def take(
        self,
        comment_ids: Sequence[str],
        times: Sequence[int],
        vectors: np.ndarray,
        *,
        since: int | None = None,
    ) -> Joined:
        """Let comments join, wait, or be born as clusters, and clusters merge.

        Parameters
        ----------
        times
            When each was submitted, in any unit.
        vectors
            ndarray of shape (n_comments, n_dimensions), unit length.
        since
            Those submitted before wait no longer.
        """
        joined, self._known = Joined(), None
        for cluster in self.clusters:
            cluster.is_stored = True
        arrivals = list(zip(times, comment_ids, strict=True))
        order = sorted(range(len(arrivals)), key=arrivals.__getitem__)
        for start in range(0, len(order), BLOCK):
            block = order[start : start + BLOCK]
            self._admit([arrivals[i] for i in block], np.asarray(vectors)[block])
            self._expire(since)
            self._settle(joined)
            self._let_go(len(self.waiting) - MAX_WAITING)
        return joined

    def settle(self) -> Joined:
        """Do what changed clusters make possible, without a new comment."""
        joined = Joined()
        self._known = None
        self._settle(joined)
        return joined

    def nearness(self, vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return cosines of vectors to the clusters, and the least with which each is joined.

        Returns
        -------
        tuple of ndarray
            Of shape (n_vectors, n_clusters) and (n_clusters,); there must be a cluster.
        """
        return self._nearness(directions(vectors, self.centre))

    def _nearness(self, seen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        told = self._cohesion()
        bars = np.maximum(told.expected - JOIN_MARGIN, JOIN_LEAST)
        return seen @ told.directions.T, bars

    def _admit(self, arrivals: list[Key], vectors: np.ndarray) -> None:
        keys = self.waiting + arrivals
        order = sorted(range(len(keys)), key=keys.__getitem__)
        self.waiting = [keys[i] for i in order]
        new = np.asarray(vectors, dtype=np.float32)
        self._vectors = np.concatenate([self._vectors, new])[order]
        self._directions = np.concatenate([self._directions, directions(new, self.centre)])[order]
        self._is_new = np.concatenate([self._is_new, np.ones(len(new), dtype=bool)])[order]

    def _expire(self, since: int | None) -> None:
        if since is not None:
            self._let_go(sum(time < since for time, _ in self.waiting))

    def _let_go(self, n: int) -> None:
        if n > 0:
            self._leave(np.arange(n))

    def _leave(self, rows: np.ndarray) -> tuple[list[Key], np.ndarray]:
        """Take comments out of those that wait and return them.

        Who was looked at together with them is looked at again: without them, others are nearest.
        """
        keys, vectors = [self.waiting[row] for row in rows], self._vectors[rows]
        looked_at = self._directions[rows[~self._is_new[rows]]]
        self._forget(rows)
        if len(looked_at) and len(self.waiting):
            cosines = self._directions @ looked_at.T
            self._is_new |= (cosines >= BIRTH_COSINE).any(axis=1)
        return keys, vectors

    def _forget(self, rows: np.ndarray) -> None:
        stays = np.ones(len(self.waiting), dtype=bool)
        stays[rows] = False
        self.waiting = [key for key, is_left in zip(self.waiting, stays, strict=True) if is_left]
        self._vectors, self._directions = self._vectors[stays], self._directions[stays]
        self._is_new = self._is_new[stays]

    def _settle(self, joined: Joined) -> None:
        """Go on until nothing moves, so that the same comments again would change nothing."""
        while self._join(joined) or self._bear(joined) or self._merge(joined):
            pass

    def _join(self, joined: Joined) -> bool:
        """Let each who waits join the nearest cluster if it is near enough."""
        if not self.clusters or not self.waiting:
            return False
        cosines, bars = self._nearness(self._directions)
        nearest = cosines.argmax(axis=1)
        joins = cosines[np.arange(len(nearest)), nearest] >= bars[nearest]
        rows = np.flatnonzero(joins)
        if not len(rows):
            return False
        keys, vectors = self._leave(rows)
        for i in np.unique(nearest[rows]):
            of_cluster = np.flatnonzero(nearest[rows] == i)
            self._add(self.clusters[i], [keys[j] for j in of_cluster], vectors[of_cluster], joined)
        return True

    def _bear(self, joined: Joined) -> bool:
        groups = births(self._directions, self._is_new)
        self._is_new[:] = False
        if not groups:
            return False
        for group in groups:
            founders = [self.waiting[row] for row in group]
            mean = np.zeros(len(self.centre), dtype=np.float32)
            cluster = Cluster(cluster_id_of(founders[0][1]), mean, 0, founders[0][0])
            self._add(cluster, founders, self._vectors[group], joined)
            self.clusters.append(cluster)
        self.clusters.sort(key=lambda one: one.cluster_id)
        # Whole groups leave, so the groups of those who stay are what they were.
        self._forget(np.concatenate(groups))
        return True

    def _merge(self, joined: Joined) -> bool:
        """Merge the two clusters that are most alike, if they are alike enough."""
        if len(self.clusters) < 2:
            return False
        pair = first_merge(self.clusters, self._cohesion().likeness())
        if pair is None:
            return False
        winner, loser = pair
        winner.absorb(loser)
        self.clusters.remove(loser)
        self._known = None
        joined.merged.append((loser.cluster_id, winner.cluster_id))
        return True

    def _cohesion(self) -> Cohesion:
        if self._known is not None:
            return self._known
        means = np.stack([cluster.mean for cluster in self.clusters])
        sizes = np.array([cluster.n for cluster in self.clusters], dtype=np.float64)
        self._known = cohesion_of(means, sizes, self.centre)
        return self._known

    def _add(
        self,
        cluster: Cluster,
        keys: list[Key],
        vectors: np.ndarray,
        joined: Joined,
    ) -> None:
        cluster.add(vectors)
        self._known = None
        cluster.first = min(cluster.first, *(time for time, _ in keys))
        length = max(float(np.linalg.norm(cluster.mean)), 1e-9)
        cosines = (vectors @ cluster.mean) / length
        for (_, comment_id), cosine in zip(keys, cosines.tolist(), strict=True):
            joined.members.append((comment_id, cluster.cluster_id, cosine))
