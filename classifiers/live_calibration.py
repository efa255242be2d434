"""Whether the probabilities that people see came true, on a weighted sample that people coded.

A bin holds about as many probabilities as the next one, as in `classifiers.calibration`, and equal
ones share a bin. The share of a bin that people confirmed has the interval of `classifiers.live`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from classifiers.calibration import N_BINS, N_DRAWS
from classifiers.live import weighted_share
from classifiers.metrics import TOO_FEW, Figure, rounded

__all__ = ["LiveBin", "LiveCalibration", "calibrate_live"]


@dataclass(frozen=True, slots=True)
class LiveBin:
    """Probabilities from ``lowest`` to ``highest``: their mean and the share people confirmed."""

    n: int
    lowest: float
    highest: float
    stated: float
    confirmed: Figure


@dataclass(frozen=True, slots=True)
class LiveCalibration:
    """How well ``n`` probabilities on ``n_comments`` comments held.

    ``error`` is the expected calibration error, the mean distance between what a bin states and
    what was confirmed; ``by_chance`` the error to expect of a sample this small where every
    probability is true (Bröcker and Smith 2007).
    """

    n: int
    n_comments: int
    error: float
    by_chance: float
    bins: tuple[LiveBin, ...]

    @property
    def is_too_few(self) -> bool:
        """Whether too few comments were coded to say anything."""
        return self.n_comments < TOO_FEW

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON, rounded to four places; NaN becomes None."""
        from dataclasses import asdict

        return {**rounded(asdict(self)), "is_too_few": self.is_too_few}


def calibrate_live(
    confirmed: np.ndarray,
    stated: np.ndarray,
    weights: np.ndarray,
    comments: np.ndarray,
    groups: np.ndarray,
    *,
    n_bins: int = N_BINS,
    seed: int = 0,
) -> LiveCalibration:
    """Return how the probabilities of codes that the machine gave held, by bins.

    Parameters
    ----------
    confirmed, stated : ndarray of shape (n,)
        Of each code given to a comment: the share of its coders who gave it as well, and the
        machine's probability.
    weights : ndarray of shape (n,)
        What its comment stands for, above 0.
    comments, groups : ndarray of shape (n,)
        Rows of one number are of one comment; of one response or of near duplicates.
    seed
        Of the draws of ``by_chance``.

    Examples
    --------
    Eight of ten codes at 0.8 came true:

    >>> rows = np.arange(10)
    >>> found = calibrate_live(rows < 8, np.full(10, 0.8), np.ones(10), rows, rows)
    >>> len(found.bins), round(found.error, 6), found.is_too_few
    (1, 0.0, True)
    """
    n = len(stated)
    if not n:
        return LiveCalibration(0, 0, float("nan"), float("nan"), ())
    order = np.argsort(stated, kind="stable")
    confirmed, stated, weights, comments, groups = (
        column[order] for column in (confirmed, stated, weights, comments, groups)
    )
    first_equal = np.searchsorted(stated, stated, side="left")
    bins = first_equal * min(n_bins, n) // n
    starts = np.flatnonzero(np.diff(bins, prepend=-1))
    expected = np.add.reduceat(stated * weights, starts)

    def error(came_true: np.ndarray) -> float:
        off = np.abs(np.add.reduceat(came_true * weights, starts) - expected)
        return float(off.sum() / weights.sum())

    generator = np.random.default_rng(seed)
    drawn = [error(generator.random(n) < stated) for _ in range(N_DRAWS)]
    found = [
        _bin(slice(start, end), confirmed, stated, weights, groups)
        for start, end in zip(starts, [*starts[1:], n], strict=True)
    ]
    return LiveCalibration(
        n, len(np.unique(comments)), error(confirmed), float(np.mean(drawn)), tuple(found)
    )


def _bin(
    rows: slice, confirmed: np.ndarray, stated: np.ndarray, weights: np.ndarray, groups: np.ndarray
) -> LiveBin:
    told, weight = stated[rows], weights[rows]
    return LiveBin(
        len(told),
        float(told[0]),
        float(told[-1]),
        float(np.average(told, weights=weight)),
        weighted_share(confirmed[rows], np.ones(len(told)), weight, groups[rows]),
    )
