"""Between which counts most usual days lie, to draw beside what was counted."""

from __future__ import annotations

import numpy as np

from topics.baseline import DISPERSION_PRIOR, MAX_DISPERSION
from topics.tails import count_tails

__all__ = ["MIN_PAST_DAYS", "usual_range"]

MIN_PAST_DAYS = 14
"""With less of a past nobody can say how much days differ."""
LEVEL = 0.95


def usual_range(past: np.ndarray, usual_a_day: float) -> tuple[int, int] | None:
    """Return the counts between which 95 of 100 usual days lie.

    A day's count is held to be negative binomial, as in `topics.baseline`: its mean is the usual
    one, its overdispersion is that of the days before, drawn towards none with the weight that the
    baseline gives a service's, and the rate is as uncertain as so many reports leave it.

    Parameters
    ----------
    past
        ndarray of shape (n_days,): reports on each day before the change.
    usual_a_day
        Reports a day that the baseline of the signal expects.

    Returns
    -------
    tuple of int, or None
        Both ends are usual; None with less than two weeks of a past.

    Examples
    --------
    >>> usual_range(np.array([2, 3, 1, 2, 2, 4, 1, 0, 3, 2, 2, 1, 3, 2]), 2.0)
    (0, 5)
    >>> usual_range(np.zeros(5), 2.0)
    """
    if len(past) < MIN_PAST_DAYS:
        return None
    mean = max(float(usual_a_day), 1e-6)
    counts = np.asarray(past, dtype=np.float64)
    middle = counts.mean()
    excess = float(((counts - middle) ** 2 - counts).sum())
    dispersion = excess / (len(counts) * middle**2 + DISPERSION_PRIOR)
    dispersion = float(np.clip(dispersion, 0.0, MAX_DISPERSION))
    size = 1.0 / (1.0 / (counts.sum() + 0.5) + dispersion)
    spread = np.sqrt(mean + mean**2 / size)
    n_counts = int(mean + 12.0 * spread) + 12
    _, tails = count_tails(np.array([mean]), np.array([size]), n_counts)
    at_most = 1.0 - tails[0, 1:]  # of 0, 1, 2 ... reports
    side = (1.0 - LEVEL) / 2.0
    low = int(np.argmax(at_most >= side))
    high = int(np.argmax(at_most >= 1.0 - side))
    return low, high
