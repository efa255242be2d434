"""Which topic of a new fit is which of the one before, and what became of the others.

A fit numbers its topics anew. People know a topic by its number and its name, so each new topic is
matched with the old one it continues: by the comments that both have, and by where their centroids
point. One old topic goes on in at most one new one; together the pairs are the best there are
(`scipy.optimize.linear_sum_assignment`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

__all__ = ["Grouping", "TopicChanges", "TopicMatch", "changes_between", "match_topics"]

MAJORITY = 0.5
"""From this Jaccard index of common comments on, two topics are one wherever they point: of
disjoint topics no other pair with either of them can reach it."""
MIN_OVERLAP = 0.3
"""Jaccard index with which a pair is allowed if its centroids agree too; a topic that falls into
three like parts still goes on in one of them."""
MIN_COSINE = 0.8
"""Cosine of centroids that agree. Means of many comments vary little, so a topic that went on is
far above it; it keeps topics apart that only exchanged comments at their edge."""
SAME_COSINE = 0.95
"""Cosine with which a pair is allowed where no comment is known to both fits."""
MOST = 0.5
"""Share of a topic's comments that tells where it went, or where it came from."""


@dataclass(frozen=True)
class Grouping:
    """The topics of one fit.

    Attributes
    ----------
    ids : ndarray of shape (n_topics,), int
    centroids : ndarray of shape (n_topics, n_dimensions)
        Aligned to ``ids``; only directions count.
    members : Series of int
        Topic id by comment id, -1 for outliers. Topics may be without a comment.
    """

    ids: np.ndarray
    centroids: np.ndarray
    members: pd.Series[int]


@dataclass(frozen=True)
class TopicMatch:
    """The number that each new topic gets.

    Attributes
    ----------
    ids : dict of int to int
        From the new fit's own numbers to lasting ones, the old topic's or fresh.
    is_kept : dict of int to bool
        Whether that is an old one.
    next_id : int
        The first number that is still free.
    """

    ids: dict[int, int]
    is_kept: dict[int, bool]
    next_id: int


@dataclass(frozen=True)
class TopicChanges:
    """What became of the topics, by lasting numbers.

    Attributes
    ----------
    kept : dict of int to tuple of float
        Cosine of the centroids (NaN where their models differ) and Jaccard index of the comments
        known to both fits (0 without any).
    merged : dict of int to int
        An old topic that is no more, and the topic that at least half of its comments are in.
    split : dict of int to list of int
        An old topic and those it is in now: itself where it went on, and topics that are new and
        have at least half of their known comments from it.
    new, gone : list of int
        New topics that came of no split; old ones that are no more and did not merge.
    """

    kept: dict[int, tuple[float, float]]
    merged: dict[int, int]
    split: dict[int, list[int]]
    new: list[int]
    gone: list[int]


def match_topics(old: Grouping, new: Grouping, *, next_id: int) -> TopicMatch:
    """Return which old topic each new one continues; the others get fresh numbers.

    Parameters
    ----------
    old, new
        Two fits; the numbers of ``new`` mean nothing yet.
    next_id
        The least number that no topic of the store ever had.
    """
    from scipy.optimize import linear_sum_assignment

    overlaps = _Overlaps(old, new)
    cosines = _cosines(old.centroids, new.centroids)
    jaccard = overlaps.jaccard()
    has_comments = np.add.outer(overlaps.n_old == 0, overlaps.n_new == 0) == 0
    agrees = np.nan_to_num(cosines, nan=-1.0)
    allowed = np.where(
        has_comments,
        (jaccard >= MAJORITY) | ((jaccard >= MIN_OVERLAP) & (agrees >= MIN_COSINE)),
        agrees >= SAME_COSINE,
    )
    worth = np.where(allowed, jaccard + np.maximum(agrees, 0.0) + 1e-9, 0.0)
    rows, columns = linear_sum_assignment(worth, maximize=True)
    continues = {
        int(column): int(old.ids[row])
        for row, column in zip(rows, columns, strict=True)
        if allowed[row, column]
    }
    ids, is_kept = {}, {}
    for place, label in enumerate(new.ids.tolist()):
        is_kept[label] = place in continues
        ids[label] = continues.get(place, next_id)
        next_id += not is_kept[label]
    return TopicMatch(ids, is_kept, next_id)


def changes_between(old: Grouping, new: Grouping) -> TopicChanges:
    """Return what became of the topics of one fit in the next; both by lasting numbers."""
    overlaps = _Overlaps(old, new)
    jaccard, cosines = overlaps.jaccard(), _cosines(old.centroids, new.centroids)
    old_ids, new_ids = old.ids.tolist(), new.ids.tolist()
    kept = {
        key: (float(cosines[i, new_ids.index(key)]), float(jaccard[i, new_ids.index(key)]))
        for i, key in enumerate(old_ids)
        if key in new_ids
    }
    fresh = [j for j, key in enumerate(new_ids) if key not in kept]
    split: dict[int, list[int]] = {}
    for i, key in enumerate(old_ids):
        parts = [new_ids[j] for j in fresh if overlaps.shared[i, j] >= MOST * overlaps.n_new[j] > 0]
        if parts and (key in kept or len(parts) > 1):
            split[key] = [*([key] if key in kept else []), *parts]
    merged = {}
    for i, key in enumerate(old_ids):
        if key in kept or key in split or not new_ids:
            continue
        into = int(overlaps.shared[i].argmax())
        if overlaps.shared[i, into] >= MOST * overlaps.n_old[i] > 0:
            merged[key] = new_ids[into]
    of_split = {part for parts in split.values() for part in parts}
    return TopicChanges(
        kept=kept,
        merged=merged,
        split=split,
        new=[new_ids[j] for j in fresh if new_ids[j] not in of_split],
        gone=[key for key in old_ids if key not in kept and key not in {*split, *merged}],
    )


class _Overlaps:
    """How many comments known to both fits each pair of topics shares.

    ``shared`` has shape (n_old, n_new); ``n_old`` and ``n_new`` count the known comments of each.
    """

    def __init__(self, old: Grouping, new: Grouping) -> None:
        both = old.members.index.intersection(new.members.index)
        before, after = _places(old, both), _places(new, both)
        table = np.zeros((len(old.ids) + 1, len(new.ids) + 1), dtype=np.int64)
        np.add.at(table, (before, after), 1)
        self.shared = table[:-1, :-1]
        self.n_old: np.ndarray = table.sum(axis=1)[:-1]
        self.n_new: np.ndarray = table.sum(axis=0)[:-1]

    def jaccard(self) -> np.ndarray:
        """Return the Jaccard index of each pair, 0 where neither has a known comment."""
        union = np.add.outer(self.n_old, self.n_new) - self.shared
        index: np.ndarray = self.shared / np.maximum(union, 1)
        return index


def _places(grouping: Grouping, comment_ids: pd.Index[str]) -> np.ndarray:
    """Return the position of each comment's topic; outliers and unknown topics come last."""
    place = {key: i for i, key in enumerate(grouping.ids.tolist())}
    told: Sequence[int] = grouping.members.reindex(comment_ids).tolist()
    return np.array([place.get(int(key), len(place)) for key in told], dtype=np.int64)


def _cosines(old: np.ndarray, new: np.ndarray) -> np.ndarray:
    """Return the cosine of each pair of centroids; NaN where two models made them."""
    if not len(old) or not len(new) or old.shape[1] != new.shape[1]:
        return np.full((len(old), len(new)), np.nan)
    cosines: np.ndarray = _unit(old) @ _unit(new).T
    return cosines


def _unit(rows: np.ndarray) -> np.ndarray:
    unit: np.ndarray = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    return unit
