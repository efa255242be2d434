"""Groups of waiting comments that are alike enough to be born as a cluster."""

from __future__ import annotations

import numpy as np

__all__ = ["BIRTH_COSINE", "MIN_BIRTH", "births"]

BIRTH_COSINE = 0.45
"""Least mean cosine (average linkage) of a group, seen from the centre. Chosen with the other
thresholds of clusters on half of the intents of Banking77; see docs/measurements.md."""
MIN_BIRTH = 4


def births(waiting: np.ndarray, is_new: np.ndarray | None = None) -> list[np.ndarray]:
    """Return groups of positions in ``waiting``, in the order of their first.

    Parameters
    ----------
    waiting
        ndarray of shape (n_waiting, n_dimensions), unit length, oldest first.
    is_new
        ndarray of bool: where something changed since nothing was born here. A group has at least
        one pair as near as the limit at each of its joints, so it lies within one component of the
        graph of such pairs; components without anything new are left out, and the result is the
        same. All are new without it.
    """
    new = np.arange(len(waiting)) if is_new is None else np.flatnonzero(is_new)
    groups: list[np.ndarray] = []
    is_seen = np.zeros(len(waiting), dtype=bool)
    for start in new:
        if is_seen[start]:
            continue
        component = _component(waiting, int(start))
        is_seen[component] = True
        if len(component) >= MIN_BIRTH:
            groups.extend(component[group] for group in _linked(waiting[component]))
    return sorted(groups, key=lambda group: int(group[0]))


def _component(vectors: np.ndarray, start: int) -> np.ndarray:
    """Return the positions that chains of near pairs lead to, sorted."""
    is_in = np.zeros(len(vectors), dtype=bool)
    is_in[start] = True
    frontier = np.array([start])
    while len(frontier):
        near = (vectors[frontier] @ vectors.T >= BIRTH_COSINE).any(axis=0) & ~is_in
        is_in |= near
        frontier = np.flatnonzero(near)
    return np.flatnonzero(is_in)


def _linked(vectors: np.ndarray) -> list[np.ndarray]:
    """Return the groups of average linkage that are large enough."""
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    distances = 1.0 - np.clip(vectors @ vectors.T, -1.0, 1.0).astype(np.float64)
    distances = np.round((distances + distances.T) / 2.0, 6)
    np.fill_diagonal(distances, 0.0)
    tree = linkage(squareform(distances, checks=False), method="average")
    labels = fcluster(tree, t=1.0 - BIRTH_COSINE, criterion="distance")
    groups = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    return [group for group in groups if len(group) >= MIN_BIRTH]
