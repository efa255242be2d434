"""Communities of similar comments: nearest neighbours, shared-neighbour weights, Leiden.

On short texts this finds purer groups than density clustering of a UMAP projection, leaves next to
nobody out, is stable between seeds and takes seconds. `GraphClusterer` has the methods that
BERTopic expects of its ``hdbscan_model``.
"""

from __future__ import annotations

import ctypes
from typing import Self

import numpy as np

from feedback.schema import OUTLIER_TOPIC

__all__ = ["GraphClusterer", "shared_neighbour_graph"]

TOLERANCE = 1e-4
"""Gain in modularity below which Leiden stops, ten times finer than its default."""


def shared_neighbour_graph(points: np.ndarray, n_neighbours: int) -> object:
    """Return the graph in which near points are joined by how many neighbours they share.

    Parameters
    ----------
    points
        ndarray of shape (n_points, n_dimensions); only directions count.
    n_neighbours
        Neighbours of each point; fewer where there are not that many points.

    Returns
    -------
    csr_matrix of shape (n_points, n_points)
        Symmetric. The weight of two points, one of which is a neighbour of the other, is the
        Jaccard index of their neighbourhoods, each point being its own neighbour.
    """
    from scipy import sparse
    from sklearn.neighbors import NearestNeighbors

    unit = points / np.maximum(np.linalg.norm(points, axis=1, keepdims=True), 1e-12)
    n_points = len(unit)
    k = min(n_neighbours + 1, n_points)
    search = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(unit)
    found = search.kneighbors(unit, return_distance=False)
    rows = np.repeat(np.arange(n_points), k)
    nearest = sparse.csr_matrix(
        (np.ones(n_points * k), (rows, found.ravel())), shape=2 * (n_points,)
    )
    nearest = nearest.maximum(sparse.identity(n_points, format="csr"))
    is_edge = nearest.maximum(nearest.T)
    size = np.asarray(nearest.sum(axis=1)).ravel()
    shared = (nearest @ nearest.T).multiply(is_edge).tocoo()
    union = size[shared.row] + size[shared.col] - shared.data
    weights = shared.data / union
    off_diagonal = shared.row != shared.col
    graph = sparse.csr_matrix(
        (weights[off_diagonal], (shared.row[off_diagonal], shared.col[off_diagonal])),
        shape=shared.shape,
    )
    graph.sort_indices()
    return graph


class GraphClusterer:
    """Leiden communities of the shared-neighbour graph, as a clusterer for BERTopic.

    Labels are ordered by size, then by first member; members of communities under ``min_size`` get
    -1. The same points, seed and order of rows give the same labels.

    Parameters
    ----------
    resolution
        Granularity: 1 finds broad groups, 4 fine ones.
    n_neighbours
        Neighbours of each point in the graph.
    min_size
        Fewest members of a group.
    seed
        Seed of Leiden's random refinement.
    """

    def __init__(
        self,
        *,
        resolution: float = 1.0,
        n_neighbours: int = 15,
        min_size: int = 10,
        seed: int = 0,
    ) -> None:
        self.resolution = resolution
        self.n_neighbours = n_neighbours
        self.min_size = min_size
        self.seed = seed

    def fit(self, points: np.ndarray, y: object = None) -> Self:
        """Find communities; ``labels_`` is an ndarray of int, one for each point."""
        from sknetwork.clustering import Leiden

        graph = shared_neighbour_graph(points, self.n_neighbours)
        _seed_c_library(self.seed)
        leiden = Leiden(
            resolution=self.resolution,
            tol_optimization=TOLERANCE,
            tol_aggregation=TOLERANCE,
            random_state=self.seed,
        )
        self.labels_ = _by_size(leiden.fit_predict(graph), self.min_size)
        self._points = points
        return self

    def predict(self, points: np.ndarray) -> np.ndarray:
        """Return the label of the nearest fitted point for each point."""
        from sklearn.neighbors import KNeighborsClassifier

        nearest = KNeighborsClassifier(n_neighbors=1).fit(self._points, self.labels_)
        labels: np.ndarray = nearest.predict(points)
        return labels


def _seed_c_library(seed: int) -> None:
    """Seed the C library's generator, from which scikit-network's Leiden draws.

    Its ``random_state`` reaches only the shuffling of nodes; the refinement calls ``rand()``
    (``sknetwork/clustering/leiden_core.pyx``), which nothing else here uses.
    """
    ctypes.CDLL(None).srand(ctypes.c_uint(seed & 0xFFFFFFFF))


def _by_size(labels: np.ndarray, min_size: int) -> np.ndarray:
    """Return labels numbered by size, then first member; small groups become outliers."""
    groups, first, index, sizes = np.unique(
        labels, return_index=True, return_inverse=True, return_counts=True
    )
    order = np.lexsort((first, -sizes))
    new = np.empty(len(groups), dtype=int)
    new[order] = np.arange(len(groups))
    new[sizes < min_size] = OUTLIER_TOPIC
    renumbered: np.ndarray = new[index]
    return renumbered
