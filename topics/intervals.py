"""Intervals for what is compared: two shares, two rates, two means; and tests of many at once."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import betainc, betaincinv, gammaln, stdtr, stdtrit

from feedback.intervals import share_interval

__all__ = [
    "dispersion_of_counts",
    "fisher_p",
    "holm",
    "is_discovery",
    "mean_difference",
    "rate_ratio",
    "rate_ratio_p",
    "share_difference",
]

LEVEL = 0.95
ROUNDING_VARIANCE = 1 / 12
"""Variance that rounding to whole numbers hides: answers that are all alike have at least that."""
POISSON_DAYS = 10.0
"""Days on which counts are taken to vary by chance alone before the data are asked: a handful of
days tells next to nothing about dispersion."""


def share_difference(n_hits: int, n: int, other_hits: int, other_n: int) -> tuple[float, ...]:
    """Return the first share minus the other with its 95% interval.

    The score interval of Newcombe, "Interval estimation for the difference between independent
    proportions", Statistics in Medicine 17 (1998), method 10: it holds its level with small counts,
    also at 0 and 1, where the textbook's does not.

    Examples
    --------
    The paper's first example, 56 of 70 against 48 of 80:

    >>> [round(figure, 4) for figure in share_difference(56, 70, 48, 80)]
    [0.2, 0.0524, 0.3339]

    Nothing can be said without a base:

    >>> share_difference(0, 0, 3, 10)
    (nan, nan, nan)
    """
    share, low, high = share_interval(n_hits, n)
    other, other_low, other_high = share_interval(other_hits, other_n)
    difference = share - other
    return (
        difference,
        difference - math.hypot(share - low, other_high - other),
        difference + math.hypot(high - share, other - other_low),
    )


def fisher_p(n_hits: int, n: int, other_hits: int, other_n: int) -> float:
    """Return the two-sided p value of Fisher's exact test of two shares being equal.

    The sum over all tables with these margins that are no likelier than the one found. A hundred
    times faster than SciPy's, which also estimates an odds ratio.

    Examples
    --------
    The lady tasting tea, with three of four cups right:

    >>> round(fisher_p(3, 4, 1, 4), 4)
    0.4857
    """
    hits, total = n_hits + other_hits, n + other_n
    here = np.arange(max(0, hits - other_n), min(hits, n) + 1)

    def log_ways(of: int, chosen: np.ndarray) -> np.ndarray:
        ways: np.ndarray = gammaln(of + 1) - gammaln(chosen + 1) - gammaln(of - chosen + 1)
        return ways

    log_p = log_ways(n, here) + log_ways(other_n, hits - here)
    log_p -= log_ways(total, np.array([hits]))
    # Ties must count, whatever the last digits say.
    is_as_rare = log_p <= log_p[n_hits - here[0]] + 1e-7
    return min(1.0, float(np.exp(log_p[is_as_rare]).sum()))


def rate_ratio(
    count: float,
    days: float,
    other_count: float,
    other_days: float,
    *,
    inflation: float = 1.0,
    level: float = LEVEL,
) -> tuple[float, float, float]:
    """Return a rate over another rate with its exact interval.

    Given the sum of two Poisson counts, one of them is binomial, so the Clopper-Pearson interval of
    its share is one of the ratio (Przyborowski and Wilenski, Biometrika 31, 1940). Its level is at
    least the one asked for, also when a count is 0. Counts that vary more than by chance say less:
    both are divided by the ``inflation`` of their variance first.

    Parameters
    ----------
    count, days
        Of the rate above; ``other_count`` and ``other_days`` of the one below.
    inflation
        Variance of the counts over their mean, 1 or more; see `dispersion_of_counts`.

    Returns
    -------
    tuple of float
        Ratio, low, high. The ratio is NaN without a report on either side, infinite over none.

    Examples
    --------
    >>> [round(figure, 2) for figure in rate_ratio(20, 10, 10, 10)]
    [2.0, 0.89, 4.78]
    >>> [round(figure, 2) for figure in rate_ratio(0, 9, 12, 9)]
    [0.0, 0.0, 0.36]
    """
    scale = other_days / days
    over_none = math.inf if count else math.nan
    ratio = scale * count / other_count if other_count else over_none
    a, b, tail = count / inflation, other_count / inflation, (1 - level) / 2
    low = float(betaincinv(a, b + 1, tail)) if count else 0.0
    high = float(betaincinv(a + 1, b, 1 - tail)) if other_count else 1.0
    return ratio, scale * low / (1 - low), scale * high / (1 - high) if high < 1 else math.inf


def rate_ratio_p(
    count: float, days: float, other_count: float, other_days: float, *, inflation: float = 1.0
) -> float:
    """Return the two-sided p value of two rates being equal; agrees with `rate_ratio`.

    Twice the smaller tail: below 0.05 exactly where the 95% interval leaves 1 out.
    """
    share = days / (days + other_days)
    a, b = count / inflation, other_count / inflation
    more = float(betainc(a, b + 1, share)) if count else 1.0
    fewer = 1 - float(betainc(a + 1, b, share)) if other_count else 1.0
    return min(1.0, 2 * min(more, fewer))


def dispersion_of_counts(*periods: np.ndarray) -> float:
    """Return how many times the variance of daily counts is their mean, 1 or more.

    Pearson's statistic over its degrees of freedom, each period about its own mean, drawn towards 1
    by `POISSON_DAYS`. (McCullagh and Nelder, Generalized Linear Models, 1989, section 6.2.3.)

    Examples
    --------
    >>> float(dispersion_of_counts(np.array([2, 2, 2, 2]), np.array([0, 0, 0])))
    1.0
    >>> round(dispersion_of_counts(np.array([0, 0, 12, 0, 0, 0, 9, 0, 0, 0])), 1)
    5.1
    """
    statistic = freedom = 0.0
    for counts in periods:
        mean = counts.mean() if len(counts) else 0.0
        if mean > 0:
            statistic += float(((counts - mean) ** 2).sum() / mean)
            freedom += len(counts) - 1
    return max(1.0, (statistic + POISSON_DAYS) / (freedom + POISSON_DAYS))


def mean_difference(values: np.ndarray, others: np.ndarray) -> tuple[float, float, float, float]:
    """Return the mean of some whole-number answers minus that of others, its 95% interval, and p.

    Welch's, Biometrika 34 (1947): the two groups may spread differently. Each needs two answers.

    Examples
    --------
    >>> [round(figure, 2) for figure in mean_difference(np.array([1, 2, 1]), np.array([4, 5, 4]))]
    [-3.0, -4.31, -1.69, 0.0]
    """
    difference = float(values.mean() - others.mean())
    errors = [max(float(x.var(ddof=1)), ROUNDING_VARIANCE) / len(x) for x in (values, others)]
    freedom = sum(errors) ** 2 / sum(
        error**2 / (len(x) - 1) for error, x in zip(errors, (values, others), strict=True)
    )
    error = math.sqrt(sum(errors))
    half = float(stdtrit(freedom, (1 + LEVEL) / 2)) * error
    p_value = 2 * float(stdtr(freedom, -abs(difference) / error))
    return difference, difference - half, difference + half, p_value


def is_discovery(p_values: np.ndarray, share_false: float) -> np.ndarray:
    """Return which claims to make so that at most this share of them is false.

    Benjamini and Hochberg, Journal of the Royal Statistical Society B 57 (1995).

    >>> is_discovery(np.array([0.04, 0.001, 0.03, 0.9]), 0.05).tolist()
    [False, True, False, False]
    """
    ordered = np.sort(p_values)
    passes = np.flatnonzero(ordered <= share_false * np.arange(1, len(ordered) + 1) / len(ordered))
    cut = ordered[passes[-1]] if len(passes) else -1.0
    made: np.ndarray = p_values <= cut
    return made


def holm(p_values: np.ndarray) -> np.ndarray:
    """Return p values adjusted so that one wrong claim among all stays improbable.

    Holm, Scandinavian Journal of Statistics 6 (1979).

    >>> holm(np.array([0.01, 0.04, 0.03])).tolist()
    [0.03, 0.06, 0.06]
    """
    order = np.argsort(p_values)
    steps = p_values[order] * np.arange(len(p_values), 0, -1)
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return adjusted
