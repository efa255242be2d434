"""Bring a new fit to agree with the topics before it and with what people did to those."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from feedback.schema import OUTLIER_TOPIC
from topics.edits import Shape, nearest_of
from topics.match import MOST, Grouping, TopicMatch, match_topics
from topics.outliers import cut_offs

__all__ = ["Reapplied", "group_means", "reapply"]

NOT_KNOWN = -2
"""Leaf of a comment that the fit before did not have."""


@dataclass(frozen=True)
class Reapplied:
    """A fit in lasting numbers.

    Attributes
    ----------
    topic_ids : ndarray of shape (n_comments,), int
        -1 for outliers.
    label_of : dict of int to int
        Topics that are just what the fit found, with the fit's own number; the other ones have to
        be described anew.
    leaves : dict of int to ndarray
        Where the leaves that edits speak of are now; those without a comment are left out.
    next_id : int
        The least number that is free.
    """

    topic_ids: np.ndarray
    label_of: dict[int, int]
    leaves: dict[int, np.ndarray]
    next_id: int


def reapply(
    labels: np.ndarray,
    vectors: np.ndarray,
    comment_ids: Sequence[str],
    old: Grouping,
    shape: Shape,
    *,
    next_id: int,
) -> Reapplied:
    """Return a fit in lasting numbers, merged, split and kept as people decided.

    Parameters
    ----------
    labels
        ndarray of shape (n_comments,), int: the fit's own numbers, -1 for outliers.
    vectors
        ndarray of shape (n_comments, n_dimensions), unit length.
    old
        The topics in force, as people see them; none before the first fit.
    next_id
        The least number that no topic of the store ever had.
    """
    index: pd.Index[Any] = pd.Index(list(comment_ids), dtype=object)
    found = np.unique(labels[labels != OUTLIER_TOPIC])
    means = group_means(labels, vectors, found)
    before = _Before(old, shape, index, vectors)
    fitted = Grouping(found, means, pd.Series(labels, index=index))
    match = match_topics(before.leaves(), fitted, next_id=next_id)
    leaf_ids = np.array([match.ids.get(int(label), OUTLIER_TOPIC) for label in labels], dtype=int)
    before.take_in(leaf_ids, labels, match)
    before.cut_apart(leaf_ids, labels, match)
    own = np.zeros_like(vectors)
    is_member = labels != OUTLIER_TOPIC
    own[is_member] = means[np.searchsorted(found, labels[is_member])]
    before.hold_pinned(leaf_ids, own)
    topic_ids = np.array([shape.owner_of(int(leaf)) for leaf in leaf_ids], dtype=int)
    named = {leaf for group in shape.groups() for leaf in group}
    here = np.array(sorted(named & set(leaf_ids.tolist())), dtype=int)
    leaf_means = group_means(leaf_ids, vectors, here)
    return Reapplied(
        topic_ids=topic_ids,
        label_of=_label_of(topic_ids, labels),
        leaves=dict(zip(here.tolist(), leaf_means, strict=True)),
        next_id=match.next_id,
    )


def group_means(groups: np.ndarray, vectors: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Return the mean vector of each wanted group; each must have a member.

    Returns
    -------
    ndarray of shape (len(wanted), n_dimensions), float32
    """
    if not len(wanted):
        return np.empty((0, vectors.shape[1]), dtype=np.float32)
    return np.stack([vectors[groups == key].mean(axis=0) for key in wanted]).astype(np.float32)


def _label_of(topic_ids: np.ndarray, labels: np.ndarray) -> dict[int, int]:
    """Return the topics whose comments are all those of one label and no other."""
    pairs, n = np.unique(np.stack([topic_ids, labels]), axis=1, return_counts=True)
    n_topic = dict(zip(*np.unique(topic_ids, return_counts=True), strict=True))
    n_label = dict(zip(*np.unique(labels, return_counts=True), strict=True))
    return {
        int(topic): int(label)
        for topic, label, n_both in zip(*pairs, n, strict=True)
        if OUTLIER_TOPIC not in (topic, label) and n_both == n_topic[topic] == n_label[label]
    }


class _Before:
    """The topics in force as leaves, over the comments of a new fit."""

    def __init__(
        self, old: Grouping, shape: Shape, index: pd.Index[Any], vectors: np.ndarray
    ) -> None:
        self._old, self._shape, self._index, self._vectors = old, shape, index, vectors
        is_comparable = old.centroids.shape[1:] == vectors.shape[1:]
        self._kept = dict(zip(old.ids.tolist(), old.centroids, strict=True))
        if not is_comparable:  # another encoder: of its centroids nothing can be told
            self._kept = {}
        self.leaf_ids = old.members.reindex(index).fillna(NOT_KNOWN).to_numpy(dtype=int)
        for topic, sides in shape.sides.items():
            rows = np.flatnonzero(self.leaf_ids == topic)
            if sides and len(rows):
                self.leaf_ids[rows] = nearest_of(vectors[rows], sides)

    def leaves(self) -> Grouping:
        """Return the leaves, also those of edited topics that the last fit had nothing of."""
        told: dict[int, np.ndarray | None] = {
            topic: self._kept.get(topic)
            for topic in self._old.ids.tolist()
            if not self._shape.sides.get(topic)
        }
        for group in self._shape.groups():
            for leaf, centroid in group.items():
                told.setdefault(leaf, centroid)
        nothing = np.zeros(self._vectors.shape[1], dtype=np.float32)
        centroids = [self._centroid(leaf, kept) for leaf, kept in told.items()]
        rows = [nothing if centroid is None else centroid for centroid in centroids]
        return Grouping(
            ids=np.array(list(told), dtype=int),
            centroids=np.stack(rows) if rows else np.empty((0, len(nothing))),
            members=pd.Series(self.leaf_ids, index=self._index)[self.leaf_ids != NOT_KNOWN],
        )

    def take_in(self, leaf_ids: np.ndarray, labels: np.ndarray, match: TopicMatch) -> None:
        """Put groups that are new back into a merged topic of whose sides nothing is known."""
        for topic in [topic for topic, sides in self._shape.sides.items() if not sides]:
            for label in self._new_from({topic}, labels, match):
                leaf_ids[labels == label] = topic

    def cut_apart(self, leaf_ids: np.ndarray, labels: np.ndarray, match: TopicMatch) -> None:
        """Find the parts of split topics again where the fit has several of them in one group.

        Where another topic took a part in, nothing is cut: people said only that the parts are
        not one.
        """
        for family in self._shape.families:
            told = {leaf: self._centroid(leaf, kept) for leaf, kept in family.items()}
            centroids = {leaf: mean for leaf, mean in told.items() if mean is not None}
            is_new_of_family = self._new_from(set(family), labels, match)
            by_label: dict[int, list[int]] = {}
            for leaf in centroids:
                known = labels[(self.leaf_ids == leaf) & (labels != OUTLIER_TOPIC)]
                if len(known) and not (leaf_ids == leaf).any():
                    by_label.setdefault(int(np.bincount(known).argmax()), []).append(leaf)
            for label, missing in by_label.items():
                there = [match.ids[label]] if match.ids[label] in centroids else []
                if there or label in is_new_of_family:
                    rows = np.flatnonzero(labels == label)
                    chosen = {leaf: centroids[leaf] for leaf in (*there, *missing)}
                    leaf_ids[rows] = nearest_of(self._vectors[rows], chosen)

    def hold_pinned(self, leaf_ids: np.ndarray, own: np.ndarray) -> None:
        """Give pinned topics that the fit did not find the comments nearest to them.

        ``own`` is an ndarray of shape (n_comments, n_dimensions): the centroid of the group that
        each comment is in, zero for outliers.
        """
        lengths = np.maximum(np.linalg.norm(own, axis=1), 1e-12)
        cosines = np.einsum("ij,ij->i", self._vectors, own) / lengths
        for topic in sorted(self._shape.pinned & set(self._old.ids.tolist())):
            is_there = topic in {self._shape.owner_of(leaf) for leaf in set(leaf_ids.tolist())}
            centroid = self._centroid(topic, self._kept.get(topic))
            if is_there or self._shape.owner_of(topic) != topic or centroid is None:
                continue
            to_pin = self._vectors @ (centroid / max(float(np.linalg.norm(centroid)), 1e-12))
            leaf_ids[(to_pin >= cut_offs(centroid[None])[0]) & (to_pin > cosines)] = topic

    def _new_from(self, leaves: set[int], labels: np.ndarray, match: TopicMatch) -> set[int]:
        """Return the groups that continue no topic and came of some leaves for the most part."""
        is_known = self.leaf_ids != NOT_KNOWN
        is_from = np.isin(self.leaf_ids, list(leaves))
        return {
            label
            for label, is_kept in match.is_kept.items()
            if not is_kept
            and is_from[labels == label].sum() >= MOST * is_known[labels == label].sum() > 0
        }

    def _centroid(self, leaf: int, kept: np.ndarray | None) -> np.ndarray | None:
        """Return where a leaf is: the mean of its comments, else what was kept of it."""
        rows = self.leaf_ids == leaf
        if not rows.any():
            return kept
        centroid: np.ndarray = self._vectors[rows].mean(axis=0)
        return centroid
