"""Intervals for figures: a share (Wilson; Clopper-Pearson) and a mean (t)."""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = [
    "MIN_RESPONSES",
    "Answers",
    "mean_difference",
    "mean_interval",
    "rate_interval",
    "share_interval",
    "upper_bound",
]

Z_95 = 1.959963984540054
"""Standard normal quantile at 0.975."""

MIN_RESPONSES = 5
"""Below this a mean or a share says more about chance than about a service."""


def share_interval(n_hits: int, n: int) -> tuple[float, float, float]:
    """Return a share with its 95% Wilson interval.

    Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927).

    Examples
    --------
    >>> [round(figure, 3) for figure in share_interval(8, 10)]
    [0.8, 0.49, 0.943]

    Without responses there is nothing to say:

    >>> share_interval(0, 0)
    (nan, nan, nan)
    """
    if n == 0:
        return math.nan, math.nan, math.nan
    share = n_hits / n
    centre = (share + Z_95**2 / (2 * n)) / (1 + Z_95**2 / n)
    half = Z_95 * math.sqrt(share * (1 - share) / n + Z_95**2 / (4 * n**2)) / (1 + Z_95**2 / n)
    return share, max(0.0, centre - half), min(1.0, centre + half)


def mean_interval(
    n: int, total: float, total_squares: float, *, low: float, high: float
) -> tuple[float, float, float]:
    """Return a mean with its 95% t interval, cut to what the scale allows.

    Parameters
    ----------
    n, total, total_squares
        Number of answers, their sum and the sum of their squares, as a database adds them up.
    low, high
        Ends of the scale.

    Examples
    --------
    Answers 3, 4 and 5:

    >>> [round(figure, 2) for figure in mean_interval(3, 12, 50, low=1, high=5)]
    [4.0, 1.52, 5.0]

    One answer has a mean and no interval:

    >>> mean_interval(1, 4, 16, low=1, high=5)
    (4.0, nan, nan)
    """
    if n == 0:
        return math.nan, math.nan, math.nan
    mean = total / n
    if n == 1:
        return mean, math.nan, math.nan
    from scipy.stats import t

    # Adding up in the database may leave a variance a hair below zero.
    variance = max(0.0, (total_squares - n * mean**2) / (n - 1))
    half = float(t.ppf(0.975, n - 1)) * math.sqrt(variance / n)
    return mean, max(float(low), mean - half), min(float(high), mean + half)


@dataclass(frozen=True)
class Answers:
    """Answers on a scale, as a database adds them up: number, sum and sum of squares."""

    n: int
    total: float
    squares: float

    @property
    def mean(self) -> float:
        """Their mean; NaN without any."""
        return self.total / self.n if self.n else math.nan

    @property
    def variance(self) -> float:
        """Their variance about the mean, n - 1 below; NaN for fewer than two."""
        if self.n < 2:
            return math.nan
        return max(0.0, (self.squares - self.n * self.mean**2) / (self.n - 1))


def mean_difference(one: Answers, other: Answers) -> tuple[float, float, float]:
    """Return one mean less the other with its 95% interval.

    Welch, "The generalization of Student's problem when several different population variances are
    involved", Biometrika 34 (1947). With fewer than two answers on a side nothing can be said.

    Examples
    --------
    Answers 3, 4, 5 against 1, 2, 3:

    >>> [round(figure, 2) for figure in mean_difference(Answers(3, 12, 50), Answers(3, 6, 14))]
    [2.0, -0.27, 4.27]

    No two answers differ on either side:

    >>> mean_difference(Answers(2, 8, 32), Answers(2, 4, 8))
    (2.0, 2.0, 2.0)
    """
    if min(one.n, other.n) < 2:
        return math.nan, math.nan, math.nan
    difference = one.mean - other.mean
    first, second = one.variance / one.n, other.variance / other.n
    if first + second == 0:
        return difference, difference, difference
    from scipy.stats import t

    freedom = (first + second) ** 2 / (first**2 / (one.n - 1) + second**2 / (other.n - 1))
    half = float(t.ppf(0.975, freedom)) * math.sqrt(first + second)
    return difference, difference - half, difference + half


def rate_interval(n: int, base: float) -> tuple[float, float, float]:
    """Return a count over its base with the exact 95% interval of a Poisson rate.

    Garwood, "Fiducial limits for the Poisson distribution", Biometrika 28 (1936).

    Examples
    --------
    >>> [round(figure, 3) for figure in rate_interval(10, 100)], rate_interval(3, 0)
    ([0.1, 0.048, 0.184], (nan, nan, nan))
    """
    if not base:
        return math.nan, math.nan, math.nan
    from scipy.stats import chi2

    low = float(chi2.ppf(0.025, 2 * n)) / 2 if n else 0.0
    return n / base, low / base, float(chi2.ppf(0.975, 2 * n + 2)) / 2 / base


def upper_bound(n_hits: int, n: int, *, confidence: float = 0.95) -> float:
    """Return the exact one-sided upper bound of a share: the rate is this or less.

    Clopper and Pearson, "The use of confidence or fiducial limits illustrated in the case of the
    binomial", Biometrika 26 (1934). Without a single check the rate may be anything up to 1.

    Examples
    --------
    Nothing found in 30, and in 300:

    >>> round(upper_bound(0, 30), 3), round(upper_bound(0, 300), 4), upper_bound(0, 0)
    (0.095, 0.0099, 1.0)
    """
    if n_hits >= n:
        return 1.0
    from scipy.stats import beta

    return float(beta.ppf(confidence, n_hits + 1, n - n_hits))
