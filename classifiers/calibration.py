"""Whether probabilities can be taken at their word: expected calibration error and Brier score.

Bins hold equally many values (Nixon and others 2019, "Measuring calibration in deep learning"):
most codes are improbable for most comments, and bins of equal width would stand empty. Equal
probabilities share a bin, so the order of the comments does not matter.

A small sample shows an error even where every probability is true. ``by_chance`` is the error to
expect then, from outcomes drawn with the stated probabilities (Bröcker and Smith 2007, "Increasing
the reliability of reliability diagrams"): an error that is no larger says nothing against them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["Calibration", "CodeCalibration", "Reliability", "calibrate", "reliability"]

N_BINS = 10
N_DRAWS = 200
"""Draws of outcomes for the error to expect by chance."""


@dataclass(frozen=True, slots=True)
class Reliability:
    """How well ``n`` probabilities held; NaN without any.

    ``error`` is the mean distance between the probabilities of a bin and the share that came true,
    ``brier`` the mean square distance of a probability from 0 or 1.
    """

    n: int
    n_true: int
    error: float
    by_chance: float
    brier: float


@dataclass(frozen=True, slots=True)
class CodeCalibration:
    """Reliability of one code over all comments."""

    code: str
    reliability: Reliability


@dataclass(frozen=True, slots=True)
class Calibration:
    """Reliability over all pairs of comment and code, of those a person was told, and by code.

    Most pairs are clear ("slow" is not about payment), which makes ``all_pairs`` easy; ``told``,
    the codes that were assigned or put to review, is what people see.
    """

    all_pairs: Reliability
    told: Reliability
    codes: tuple[CodeCalibration, ...]


def calibrate(
    truth: np.ndarray,
    probabilities: np.ndarray,
    is_told: np.ndarray,
    code_ids: Sequence[str],
    *,
    seed: int = 0,
) -> Calibration:
    """Return how reliable the probabilities of a classifier are.

    Parameters
    ----------
    truth, is_told : ndarray of shape (n_texts, n_codes), bool
        Whether people gave the code, and whether the classifier assigned it or put it to review.
    probabilities : ndarray of shape (n_texts, n_codes)
        As told, or as modelled where a code was not told.
    code_ids
        Names of the columns.
    seed
        Of the draws.
    """
    return Calibration(
        reliability(truth.ravel(), probabilities.ravel(), seed=seed),
        reliability(truth[is_told], probabilities[is_told], seed=seed),
        tuple(
            CodeCalibration(
                code, reliability(truth[:, column], probabilities[:, column], seed=seed)
            )
            for column, code in enumerate(code_ids)
        ),
    )


def reliability(
    truth: np.ndarray, probabilities: np.ndarray, *, n_bins: int = N_BINS, seed: int = 0
) -> Reliability:
    """Return how reliable probabilities are, ndarrays of shape (n,) of bool and of float.

    >>> found = reliability(np.array([1, 0, 0, 0], bool), np.full(4, 0.25))
    >>> found.error, found.brier
    (0.0, 0.1875)
    """
    if not len(truth):
        return Reliability(0, 0, float("nan"), float("nan"), float("nan"))
    order = np.argsort(probabilities, kind="stable")
    stated, came_true = probabilities[order], truth[order].astype(np.float64)
    first_equal = np.searchsorted(stated, stated, side="left")
    bins = first_equal * min(n_bins, len(stated)) // len(stated)
    starts = np.flatnonzero(np.diff(bins, prepend=-1))
    expected = np.add.reduceat(stated, starts)
    generator = np.random.default_rng(seed)
    by_chance = [
        _error(np.add.reduceat(drawn.astype(np.float64), starts), expected, len(stated))
        for drawn in (generator.random(len(stated)) < stated for _ in range(N_DRAWS))
    ]
    return Reliability(
        len(stated),
        int(came_true.sum()),
        _error(np.add.reduceat(came_true, starts), expected, len(stated)),
        float(np.mean(by_chance)),
        float(np.mean((stated - came_true) ** 2)),
    )


def _error(n_true: np.ndarray, expected: np.ndarray, n: int) -> float:
    """Return the mean distance over bins, each weighted by what it holds."""
    return float(np.abs(n_true - expected).sum() / n)
