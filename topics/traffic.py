"""Whether a page has more traffic than usual, told by the themes that are not looked at.

A surge of traffic raises all themes of a page alike, and is no news about one of them. What the
page's *other* themes do says how likely a surge is, and how large: the expected count of a theme is
raised by so much as a surge is probable. Chance in the others hardly matters then, and a theme that
is nearly all that its page gets is judged by volume alone.
"""

from __future__ import annotations

import numpy as np

__all__ = ["likelihood_lines", "log_likelihood_ratio", "traffic_factor"]

SURGE_RATIOS = (1.5, 2.0, 4.0)
SURGE_PRIOR = 0.5
"""Probability of a surge before the others are looked at. Wary: where a page stands out, a surge of
its traffic is as good a guess as a change of one theme. Lower finds a little more and lets through
more surges (0.1, on development seeds: 1% more of the fivefold bursts, three times the surges)."""
SURGE_PRIOR_REPORTS = 0.5
"""Reports of other themes that draw a surge's size to 1."""


def traffic_factor(
    others: np.ndarray, mean: np.ndarray, size: np.ndarray, dispersion: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return how many times the usual traffic a page has, and the factor's relative variance.

    Parameters
    ----------
    others
        Reports of the page's other themes in the window.
    mean, size
        Their usual count, negative binomial.
    dispersion
        Overdispersion of a count over the window.

    Returns
    -------
    tuple of two ndarrays
        A factor of 1 and no variance where the others are as usual or fewer.
    """
    evidence = log_likelihood_ratio(others, mean, size, SURGE_RATIOS)
    odds = SURGE_PRIOR / (1.0 - SURGE_PRIOR) * np.exp(np.minimum(evidence, 50.0))
    is_surge = odds / (1.0 + odds)
    reports = others + SURGE_PRIOR_REPORTS
    surge = np.maximum(reports / (mean + SURGE_PRIOR_REPORTS), 1.0)
    is_surge = np.where(surge > 1.0, is_surge, 0.0)
    return 1.0 + is_surge * (surge - 1.0), is_surge * (1.0 / reports + dispersion)


def log_likelihood_ratio(
    counts: np.ndarray, means: np.ndarray, sizes: np.ndarray, ratios: tuple[float, ...]
) -> np.ndarray:
    """Return how much likelier the best of several multiples of the mean makes the counts, as log.

    Counts are negative binomial with one size. With ``k`` the size and ``r`` the ratio it is
    ``c ln r - (c + k) ln((r mu + k) / (mu + k))``, the step of a negative-binomial CUSUM.
    """
    lines = likelihood_lines(means, sizes, ratios)
    best: np.ndarray = np.maximum.reduce([counts * slope - loss for slope, loss in lines])
    return best


def likelihood_lines(
    means: np.ndarray, sizes: np.ndarray, ratios: tuple[float, ...]
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return slope and loss of each ratio's log likelihood ratio, which is linear in the count."""
    growths = [np.log((ratio * means + sizes) / (means + sizes)) for ratio in ratios]
    return [
        (np.log(ratio) - growth, sizes * growth)
        for ratio, growth in zip(ratios, growths, strict=True)
    ]
