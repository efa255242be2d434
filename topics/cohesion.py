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
    likeness : ndarray of shape (n_clusters, n_clusters)
        Cosine that the means would have if the clusters had grown for ever: the mean cosine of a
        member of one with a member of the other, divided by the geometric mean of ``within``. Two
        halves of one cluster have 1, whatever their sizes.
    """

    directions: np.ndarray
    within: np.ndarray
    expected: np.ndarray
    likeness: np.ndarray


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
    lengths = np.linalg.norm(away, axis=1, keepdims=True)
    result: np.ndarray = away / np.maximum(lengths, SMALLEST)
    return result


def cohesion_of(means: np.ndarray, sizes: np.ndarray, centre: np.ndarray) -> Cohesion:
    """Return what is known of clusters.

    Parameters
    ----------
    means
        ndarray of shape (n_clusters, n_dimensions): means of unit vectors.
    sizes
        ndarray of shape (n_clusters,): how many vectors each is the mean of.
    """
    away = means.astype(np.float64) - centre
    # The mean of |x - centre|^2 over unit vectors x needs no more than their mean.
    spread = 1.0 - 2.0 * (means @ centre) + float(centre @ centre)
    spread = np.maximum(spread, SMALLEST)
    products = (away @ away.T) / np.sqrt(np.outer(spread, spread))
    others = np.maximum(sizes - 1.0, 0.0)
    seen = (sizes * products.diagonal() - 1.0) / np.maximum(others, 1.0)
    within = (others * seen + USUAL_WEIGHT * USUAL_COHESION) / (others + USUAL_WEIGHT)
    within = np.clip(within, 0.05, 1.0)
    expected = within / np.sqrt(within + (1.0 - within) / np.maximum(sizes, 1.0))
    return Cohesion(
        directions=directions(means, centre),
        within=within,
        expected=expected,
        likeness=products / np.sqrt(np.outer(within, within)),
    )
