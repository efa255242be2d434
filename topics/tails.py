"""Tails of the negative-binomial and beta-binomial distributions, for whole arrays at once."""

from __future__ import annotations

import numpy as np
from scipy.special import betainc, betaln, fdtri, gammaln

__all__ = ["beta_binomial_tail", "count_tails", "mid_p", "ratio_interval", "zero_probability"]


def mid_p(count: np.ndarray, mean: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Return ``P(Y > c) + P(Y = c) / 2`` for ``Y ~ NB(mean, size)``, variance mean + mean²/size.

    Uses ``P(Y >= c) = I(mean / (mean + size); c, size)``, the regularised incomplete beta function
    (Abramowitz & Stegun 26.5.26).
    """
    share = mean / (mean + size)
    at_least = np.where(count > 0, betainc(np.maximum(count, 1), size, share), 1.0)
    more: np.ndarray = betainc(count + 1, size, share)
    tail: np.ndarray = 0.5 * (at_least + more)
    return tail


def zero_probability(mean: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Return ``P(Y = 0)`` for ``Y ~ NB(mean, size)``."""
    probability: np.ndarray = np.exp(size * (np.log(size) - np.log(size + mean)))
    return probability


def count_tails(mean: np.ndarray, size: np.ndarray, n_counts: int) -> tuple[np.ndarray, np.ndarray]:
    """Return mid-p values and tails ``P(Y >= c)`` of every count below ``n_counts``.

    Returns
    -------
    tuple of two ndarrays of shape (len(mean), n_counts)
        By recurrence over the counts; exact to about 1e-13, so not for tails thinner than that.
    """
    share = mean / (mean + size)
    probability = zero_probability(mean, size)
    left = np.ones_like(mean)
    mids, tails = np.empty((2, len(mean), n_counts))
    for count in range(n_counts):
        tails[:, count] = left
        mids[:, count] = left - 0.5 * probability
        left = np.maximum(left - probability, 0.0)
        probability = probability * share * (count + size) / (count + 1)
    return np.maximum(mids, 0.0), tails


def beta_binomial_tail(
    count: np.ndarray, n: np.ndarray, share: np.ndarray, weight: np.ndarray
) -> np.ndarray:
    """Return ``P(X > c) + P(X = c) / 2`` for ``X ~ BetaBinomial(n, w s, w (1 - s))``.

    ``s`` is ``share``, ``w`` is ``weight``: arrays of one length, as are ``count`` and ``n``.
    """
    if not len(count):
        return np.empty(0)
    share = np.clip(share, _EDGE, 1.0 - _EDGE)
    alpha, beta = weight * share, weight * (1.0 - share)
    width = int(np.max(n - count)) + 1
    x = count[:, None] + np.arange(width)
    is_in = x <= n[:, None]
    x = np.minimum(x, n[:, None])
    rest = n[:, None] - x
    log_p = (
        gammaln(n + 1)[:, None]
        - gammaln(x + 1)
        - gammaln(rest + 1)
        + betaln(x + alpha[:, None], rest + beta[:, None])
        - betaln(alpha, beta)[:, None]
    )
    p = np.where(is_in, np.exp(log_p), 0.0)
    p[:, 0] *= 0.5
    tail: np.ndarray = np.minimum(p.sum(axis=1), 1.0)
    return tail


_EDGE = 1e-9
"""Shares of exactly 0 or 1 have no beta-binomial distribution."""


def ratio_interval(
    count: np.ndarray,
    exposure: np.ndarray,
    a: np.ndarray,
    b: np.ndarray,
    inflation: np.ndarray,
    level: float = 0.95,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the equal-tailed credible interval of the rate now over the usual rate.

    The rate now has the posterior ``Gamma((c + 1/2) / V, E / V)`` (Jeffreys' prior; ``V`` the
    ``inflation`` of the count's variance by overdispersion), the usual rate ``Gamma(a, b)``; their
    ratio is a scaled F. With a count of 0 the interval begins at 0.
    """
    shape = (count + 0.5) / inflation
    scale = (shape * inflation / exposure) / (a / b)
    tail = (1.0 - level) / 2.0
    low = scale * fdtri(2 * shape, 2 * a, tail)
    high = scale * fdtri(2 * shape, 2 * a, 1.0 - tail)
    return np.where(count > 0, low, 0.0), high
