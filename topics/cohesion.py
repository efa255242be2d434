"""How alike the comments of a cluster are, told from its mean and its size alone.

All comments of one subject area share a direction: unit vectors of bank enquiries have a mean of
length 0.46, and cosines between their subjects are high for that alone. So likeness is measured
from a centre, the mean of many comments, with which it says more (`centre_of`).

The mean m of n unit vectors tells how alike they are: with x' = x - centre, E|m'|^2 is
c + (1 - c) / n times E|x'|^2, where c is the mean cosine of two different members. Solved for c it
is free of the bias that makes small clusters look tight.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["Cohesion", "centre_of", "cohesion_of", "directions"]

USUAL_COHESION = 0.45
USUAL_WEIGHT = 6.0
"""What the mean cosine within a cluster is held to be before it is seen, and for how many members
that counts: median of enquiries of one intent, seen from the centre of all."""
CENTRE_WEIGHT = 200.0
"""Comments at the origin that a centre begins with: few comments are no subject area."""
LEAST_COHESION = 0.05
"""Members of a cluster are never held to be as unlike as any two comments."""
SMALLEST = 1e-9


@dataclass(frozen=True)
class Cohesion:
    """Some clusters, seen from a centre.

    Attributes
    ----------
    directions : ndarray of shape (n_clusters, n_dimensions)
        From the centre to the means, unit length.
    within : ndarray of shape (n_clusters,)
        Mean cosine of two different members.
    expected : ndarray of shape (n_clusters,)
        Cosine to the mean that a further member has.
    """

    directions: np.ndarray
    within: np.ndarray
    expected: np.ndarray
    _lengths: np.ndarray

    def likeness(self) -> np.ndarray:
        """Return the cosine that the means of any two would have, had they grown for ever.

        It is the mean cosine of a member of one with a member of the other, divided by the
        geometric mean of ``within``: two halves of one cluster have 1, whatever their sizes.
        """
        reduced = self._lengths / np.sqrt(self.within)
        products = (self.directions @ self.directions.T).astype(np.float64)
        result: np.ndarray = products * np.outer(reduced, reduced)
        return result


def centre_of(vectors: np.ndarray) -> np.ndarray:
    """Return the mean, drawn towards the origin where it is of few comments.

    Parameters
    ----------
    vectors
        ndarray of shape (n_comments, n_dimensions), unit length.

    Returns
    -------
    ndarray of shape (n_dimensions,), float32
        The origin without a comment.
    """
    total = np.asarray(vectors, dtype=np.float64).sum(axis=0)
    centre: np.ndarray = (total / (len(vectors) + CENTRE_WEIGHT)).astype(np.float32)
    return centre


def directions(vectors: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """Return unit vectors from the centre to the vectors, float32."""
    away = np.asarray(vectors, dtype=np.float32) - centre
    result: np.ndarray = away / np.maximum(_lengths(away), SMALLEST)[:, None]
    return result


def _lengths(vectors: np.ndarray) -> np.ndarray:
    lengths: np.ndarray = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    return lengths


def cohesion_of(means: np.ndarray, sizes: np.ndarray, centre: np.ndarray) -> Cohesion:
    """Return what is known of clusters.

    Parameters
    ----------
    means
        ndarray of shape (n_clusters, n_dimensions), float32: means of unit vectors.
    sizes
        ndarray of shape (n_clusters,): how many vectors each is the mean of.
    """
    away = means - centre
    lengths = _lengths(away)
    # The mean of |x - centre|^2 over unit vectors x needs no more than their mean.
    spread = 1.0 - 2.0 * (means @ centre) + float(centre @ centre)
    reduced = lengths.astype(np.float64) / np.sqrt(np.maximum(spread, SMALLEST))
    others = np.maximum(sizes - 1.0, 0.0)
    seen = (sizes * reduced**2 - 1.0) / np.maximum(others, 1.0)
    within = (others * seen + USUAL_WEIGHT * USUAL_COHESION) / (others + USUAL_WEIGHT)
    within = np.clip(within, LEAST_COHESION, 1.0)
    return Cohesion(
        directions=away / np.maximum(lengths, SMALLEST)[:, None],
        within=within,
        expected=within / np.sqrt(within + (1.0 - within) / np.maximum(sizes, 1.0)),
        _lengths=reduced,
    )
