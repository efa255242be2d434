"""Broader groups of topics: which belong together, what a group is called, and the tree of all."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from topics.names import unique_names

__all__ = ["TopicGroup", "group_topics", "topic_tree"]

TOPICS_IN_GROUP = 6
"""Topics of a group in the mean: as many as a person takes in at a glance, give or take."""
MIN_TOPICS = 4
"""With fewer topics a group would be all of them, or one."""


@dataclass(frozen=True)
class TopicGroup:
    """A broader group. ``topic_ids`` are its topics, largest first, ``n`` their comments."""

    parent_id: int
    name: str
    topic_ids: tuple[int, ...]
    n: int


def group_topics(centroids: np.ndarray, sizes: Sequence[int]) -> list[int | None]:
    """Return the number of each topic's group; 0 is the group with the most comments.

    Average linkage on the cosines of the centroids, cut where there is a group for each six topics.
    A topic that is near no other is a group of its own.

    Parameters
    ----------
    centroids
        ndarray of shape (n_topics, n_dimensions), none of them zero.
    sizes
        Comments of each topic.

    Returns
    -------
    list of int or None
        None for all where there are fewer than four topics.

    Examples
    --------
    >>> rows = np.array([[1, 0, 0], [1, 0.1, 0], [0, 1, 0], [0, 1, 0.1], [0.1, 0, 1], [0, 0, 1],
    ...                  [0, 0.1, 1]])
    >>> group_topics(rows, [9, 9, 8, 8, 7, 7, 7])
    [0, 0, 0, 0, 1, 1, 1]
    """
    n_topics = len(centroids)
    if n_topics < MIN_TOPICS:
        return [None] * n_topics
    from scipy.cluster.hierarchy import fcluster, linkage

    # What all topics share is taken out; with it, half of them end in one group.
    unit = centroids / np.linalg.norm(centroids, axis=1, keepdims=True)
    unit = unit - unit.mean(axis=0)
    tree = linkage(unit, method="average", metric="cosine")
    n_groups = max(2, math.ceil(n_topics / TOPICS_IN_GROUP))
    cut = fcluster(tree, n_groups, criterion="maxclust").tolist()
    total: defaultdict[int, int] = defaultdict(int)
    for group, n in zip(cut, sizes, strict=True):
        total[group] += n
    by_size = sorted(total, key=lambda group: (-total[group], cut.index(group)))
    return [by_size.index(group) for group in cut]


def topic_tree(
    topic_ids: Sequence[int],
    parent_ids: Sequence[int | None],
    term_lists: Sequence[Sequence[str]],
    sizes: Sequence[int],
) -> list[TopicGroup]:
    """Return the groups, largest first, named by the terms that weigh most in their topics.

    Works on a fit and on rows of the table ``topics`` alike. Topics without a group are left out.

    Parameters
    ----------
    topic_ids, parent_ids, term_lists, sizes
        One of each for each topic; terms most telling first.

    Examples
    --------
    >>> topic_tree([4, 7], [0, 0], [["card payment", "fee"], ["refund", "fee"]], [30, 20])
    [TopicGroup(parent_id=0, name='Card payment, fee, refund', topic_ids=(4, 7), n=50)]
    """
    members: defaultdict[int, list[int]] = defaultdict(list)
    for place, parent in enumerate(parent_ids):
        if parent is not None:
            members[int(parent)].append(place)
    n_of = {parent: sum(sizes[i] for i in places) for parent, places in members.items()}
    parents = sorted(members, key=lambda parent: (-n_of[parent], parent))
    names = unique_names(
        [_weighty_terms([(term_lists[i], sizes[i]) for i in members[parent]]) for parent in parents]
    )
    return [
        TopicGroup(
            parent_id=parent,
            name=name,
            topic_ids=tuple(
                int(topic_ids[i]) for i in sorted(members[parent], key=lambda i: (-sizes[i], i))
            ),
            n=int(n_of[parent]),
        )
        for parent, name in zip(parents, names, strict=True)
    ]


def _weighty_terms(topics: Sequence[tuple[Sequence[str], int]]) -> list[str]:
    """Return the terms of several topics: in how many, weighed by size and place, counts."""
    weight: defaultdict[str, float] = defaultdict(float)
    for terms, n in topics:
        for place, term in enumerate(terms):
            weight[term] += n / (place + 1.0)
    return sorted(weight, key=lambda term: (-weight[term], term))
