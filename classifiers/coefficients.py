"""Coefficients of agreement, and distances between sets of codes. Pure functions.

Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability"; Cohen 1960, "A coefficient of
agreement for nominal scales"; Passonneau 2006, "Measuring agreement on set-valued items (MASI)".
"""

from __future__ import annotations

import numpy as np

from classifiers.metrics import ratio

__all__ = ["alpha_of", "cohen_kappa", "disagreement", "jaccard_distance", "masi_distance"]


def alpha_of(
    counts: np.ndarray, distances: np.ndarray, weights: np.ndarray | None = None
) -> np.ndarray:
    """Return Krippendorff's alpha of the units as they are, or of each resample.

    Parameters
    ----------
    counts : ndarray of shape (n_units, n_values)
        How many coders gave each unit each value. Units with fewer than two say nothing.
    distances : ndarray of shape (n_values, n_values)
        Squared differences of the metric: 0 on the diagonal.
    weights : ndarray of shape (n_resamples, n_units), optional
        How often each unit stands in each resample.

    Returns
    -------
    ndarray of shape (n_resamples,)
        NaN where only one value was ever given, since chance then has nothing to get wrong.

    Examples
    --------
    Two coders, ten units of yes or no (Krippendorff 2011, section A):

    >>> no_yes = np.array([[2, 0]] * 5 + [[1, 1]] * 4 + [[0, 2]])
    >>> alpha_of(no_yes, np.array([[0, 1], [1, 0]])).round(3).tolist()
    [0.095]
    """
    paired = counts * (counts.sum(axis=1, keepdims=True) >= 2)
    weights = np.ones((1, len(counts))) if weights is None else weights
    totals = weights @ paired
    n = totals.sum(axis=1)
    by_chance = ratio((totals @ distances * totals).sum(axis=1), n * (n - 1))
    observed = ratio(weights @ disagreement(counts, distances), n)
    return 1 - ratio(observed, by_chance)


def disagreement(counts: np.ndarray, distances: np.ndarray) -> np.ndarray:
    """Return, for each unit, the mean distance of two of its codings times how many it has.

    Parameters are those of `alpha_of`; a unit with fewer than two codings has 0.
    """
    others = np.maximum(counts.sum(axis=1) - 1, 1)
    found: np.ndarray = (counts @ distances * counts).sum(axis=1) / others
    return found


def cohen_kappa(one: np.ndarray, other: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return Cohen's kappa of two coders' yes and no in each resample.

    NaN where both only ever say one thing: chance then has nothing to get wrong.

    Parameters
    ----------
    one, other : ndarray of shape (n_units,), bool
        What each coder said.
    weights : ndarray of shape (n_resamples, n_units)
        How often each unit stands in each resample.

    Examples
    --------
    Both yes 20, one alone 5, the other alone 10, both no 15:

    >>> one = np.repeat([True, True, False, False], [20, 5, 10, 15])
    >>> other = np.repeat([True, False, True, False], [20, 5, 10, 15])
    >>> cohen_kappa(one, other, np.ones((1, 50))).round(3).tolist()
    [0.4]
    """
    n = weights.sum(axis=1)
    one_yes, other_yes = weights @ one.astype(float), weights @ other.astype(float)
    observed = ratio(weights @ (one == other).astype(float), n)
    by_chance = ratio(one_yes * other_yes + (n - one_yes) * (n - other_yes), n**2)
    return ratio(observed - by_chance, 1 - by_chance)


def jaccard_distance(one: frozenset[int], other: frozenset[int]) -> float:
    """Return 1 less intersection over union; 0 for two empty sets.

    >>> jaccard_distance(frozenset({1, 2}), frozenset({2}))
    0.5
    """
    return 1 - len(one & other) / len(one | other) if one | other else 0.0


def masi_distance(one: frozenset[int], other: frozenset[int]) -> float:
    """Return 1 less Jaccard's similarity, which is weighted by how the sets lie.

    The weight is 1 for equal sets, 2/3 for one within the other, 1/3 for others that overlap.

    >>> round(masi_distance(frozenset({1, 2}), frozenset({2})), 3)
    0.667
    """
    if one == other:
        return 0.0
    weight = 2 / 3 if one < other or other < one else 1 / 3
    return 1 - weight * (1 - jaccard_distance(one, other))
