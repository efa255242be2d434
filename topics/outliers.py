"""Who belongs to a topic and who to none: the one policy for fitted and for new comments."""

from __future__ import annotations

import numpy as np

from feedback.schema import OUTLIER_TOPIC

__all__ = ["CUT_OFF_SHARE", "assign_topics", "cut_offs", "settle"]

CUT_OFF_SHARE = 0.6
"""A comment belongs to a topic when its cosine to the centroid is at least this share of the
members' mean cosine."""


def cut_offs(centroids: np.ndarray, share: float = CUT_OFF_SHARE) -> np.ndarray:
    """Return the least cosine with which a comment belongs to each topic.

    Parameters
    ----------
    centroids
        ndarray of shape (n_topics, n_dimensions): means of unit vectors, as in `Topic`.
    share
        Of the members' mean cosine.
    """
    least: np.ndarray = share * np.linalg.norm(centroids, axis=1)
    return least


def assign_topics(
    vectors: np.ndarray, centroids: np.ndarray, least: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the position of each comment's topic, or -1, and its cosine to the nearest centroid.

    Parameters
    ----------
    vectors
        ndarray of shape (n_comments, n_dimensions), unit length.
    centroids
        ndarray of shape (n_topics, n_dimensions).
    least
        ndarray of shape (n_topics,): cut-offs; those of `cut_offs` without it.
    """
    if not len(centroids) or not len(vectors):
        return np.full(len(vectors), OUTLIER_TOPIC), np.zeros(len(vectors), dtype=np.float32)
    least = cut_offs(centroids) if least is None else least
    lengths = np.maximum(np.linalg.norm(centroids, axis=1, keepdims=True), 1e-12)
    cosines = vectors @ (centroids / lengths).T
    nearest = cosines.argmax(axis=1)
    best = cosines[np.arange(len(vectors)), nearest]
    return np.where(best >= least[nearest], nearest, OUTLIER_TOPIC), best.astype(np.float32)


def settle(
    labels: np.ndarray, vectors: np.ndarray, *, share: float = CUT_OFF_SHARE
) -> tuple[np.ndarray, np.ndarray]:
    """Apply the outlier policy to communities; return topics and cosines.

    1. Members of a community that was too small (-1) join the nearest topic, if their cosine
       reaches its cut-off.
    2. Members of a topic whose cosine to its centroid does not reach its cut-off are outliers.

    So a topic has the same border for the comments it was fitted on and for those that come later
    (`assign_topics`), and a comment like nothing else is told as such instead of blurring a topic.

    Parameters
    ----------
    labels
        ndarray of shape (n_comments,), int; at least one is not -1.
    vectors
        ndarray of shape (n_comments, n_dimensions), unit length.
    share
        Where the border is, see `cut_offs`: 0 leaves next to nobody out, 1 keeps only those nearer
        than the mean.
    """
    centroids = np.stack([vectors[labels == i].mean(axis=0) for i in range(labels.max() + 1)])
    least = cut_offs(centroids, share)
    nearest, cosines = assign_topics(vectors, centroids, least)
    lengths = np.linalg.norm(centroids, axis=1)
    is_member = labels != OUTLIER_TOPIC
    own = np.einsum("ij,ij->i", vectors, centroids[labels]) / lengths[labels]
    reaches = own >= least[labels]
    settled = np.where(is_member, np.where(reaches, labels, OUTLIER_TOPIC), nearest)
    return settled, np.where(is_member, own, cosines).astype(np.float32)
