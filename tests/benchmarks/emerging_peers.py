"""What else looks for bursts in counts a day, whole panels at once, and how alarms are counted.

Every method gives one statistic for each cell and day, larger for stronger evidence; the threshold
is set from outside, so that all methods have the same false alarms.
"""

from __future__ import annotations

import numpy as np
from scipy.special import betainc

from tests.topics.simulation import WEEKDAYS

__all__ = ["PEERS", "episodes", "threshold"]

COOL_DOWN_DAYS = 7
GUARD_DAYS = 7
HALF_LIFE_DAYS = 28
PRIOR_DAYS = 5.0
WINDOWS = (1, 2, 3, 5, 7)
MIN_REPORTS = 3


def _window(counts: np.ndarray, days: int) -> np.ndarray:
    """Sum of the last ``days`` days, for each day."""
    sums = np.cumsum(counts, axis=1)
    sums[:, days:] -= sums[:, :-days].copy()
    return sums


def _earlier(counts: np.ndarray, days: int, lag: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of ``days`` days that ended ``lag`` days ago, for each day."""
    mean, square = (_window(x, days) / days for x in (counts, counts**2))
    spread = np.sqrt(np.maximum(square - mean**2, 0.0) * days / (days - 1))
    shift = ((0, 0), (lag, 0))
    return tuple(np.pad(x, shift)[:, : counts.shape[1]] for x in (mean, spread))  # type: ignore


def z_score(counts: np.ndarray, first: int = 0) -> np.ndarray:
    """Today against mean and standard deviation of the 28 days before."""
    mean, spread = _earlier(counts, 28, 1)
    return (counts - mean) / np.maximum(spread, 0.5)


def ears_c2(counts: np.ndarray, first: int = 0) -> np.ndarray:
    """EARS C2 (Hutwagner et al. 2003): seven days before a guard of two."""
    mean, spread = _earlier(counts, 7, 3)
    return (counts - mean) / np.maximum(spread, 0.5)


def farrington(counts: np.ndarray, first: int = 0) -> np.ndarray:
    """Farrington et al. 1996 on sums of seven days: quasi-Poisson, two-thirds power.

    The baseline are the eight weeks before, back to back.
    """
    week = _window(counts, 7)
    before = np.stack([np.pad(week, ((0, 0), (7 * i, 0)))[:, : week.shape[1]] for i in range(1, 9)])
    mean = np.maximum(before.mean(axis=0), 0.25)
    dispersion = np.maximum(before.var(axis=0, ddof=1) / mean, 1.0)
    variance = 4.0 / 9.0 * mean ** (1.0 / 3.0) * dispersion * (1.0 + 1.0 / 8.0)
    return (week ** (2.0 / 3.0) - mean ** (2.0 / 3.0)) / np.sqrt(variance)


def _posterior(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Exposure, Gamma posterior (a, b) for each day, and overdispersion of each cell's page."""
    exposure = WEEKDAYS[np.arange(counts.shape[1]) % 7]
    decay = 0.5 ** (1.0 / HALF_LIFE_DAYS)
    a, b = np.zeros_like(counts), np.zeros_like(counts)
    for day in range(GUARD_DAYS, counts.shape[1]):
        a[:, day] = a[:, day - 1] * decay + counts[:, day - GUARD_DAYS]
        b[:, day] = b[:, day - 1] * decay + exposure[day - GUARD_DAYS]
    page = np.arange(len(counts)) // 8
    mean = np.bincount(page, counts[:, :28].sum(1))[page] / 28.0 / 8.0
    a, b = a + PRIOR_DAYS * mean[:, None], b + PRIOR_DAYS
    usual = a / b * exposure
    past = slice(28, -7)
    excess = ((counts - usual) ** 2 - counts)[:, past].sum(axis=1)
    scale = (usual**2)[:, past].sum(axis=1)
    by_page = np.bincount(page, excess) / (np.bincount(page, scale) + 10.0)
    return exposure, a, b, np.clip(by_page, 1e-3, 3.0)[page][:, None]


def cusum(counts: np.ndarray, first: int = 0, ratio: float = 3.0) -> np.ndarray:
    """Negative-binomial CUSUM for ``ratio`` times the usual."""
    exposure, a, b, phi = _posterior(counts)
    mean, size = a / b * exposure, 1.0 / (1.0 / a + phi)
    growth = np.log((ratio * mean + size) / (mean + size))
    step = counts * (np.log(ratio) - growth) - size * growth
    sums = np.zeros_like(counts)
    for day in range(28, counts.shape[1]):
        sums[:, day] = np.maximum(0.0, sums[:, day - 1] + step[:, day])
    return sums


def gamma_nb(counts: np.ndarray, first: int = 0) -> np.ndarray:
    """Gamma-negative-binomial tail over windows of 1, 2, 3, 5 and 7 days, volume alone.

    Tails take long, so days before ``first`` are left out, with a statistic of 0.
    """
    exposure, a, b, phi = _posterior(counts)
    a, b = a[:, first:], b[:, first:]
    best = np.ones_like(counts)
    for days in WINDOWS:
        count = _window(counts, days)[:, first:]
        mean = a / b * _window(exposure[None].copy(), days)[:, first:]
        size = 1.0 / (1.0 / a + phi / days)
        share = mean / (mean + size)
        at_least = betainc(np.maximum(count, 1.0), size, share)
        tail = 0.5 * (at_least + betainc(count + 1.0, size, share))
        tail = np.where(count >= MIN_REPORTS, tail, 1.0)
        np.minimum(best[:, first:], tail, out=best[:, first:])
    return -np.log(np.maximum(best, 1e-300))


PEERS = {
    "z-score, 28 days": z_score,
    "EARS C2": ears_c2,
    "Farrington-type": farrington,
    "negative-binomial CUSUM, ratio 3": cusum,
    "Gamma-negative-binomial windows, volume alone": gamma_nb,
}


def episodes(statistic: np.ndarray, level: float) -> int:
    """Count alarms of shape (n_cells, n_days): one that stands or recurs within a week is one."""
    hit = statistic >= level
    last = np.full(len(hit), -10 * COOL_DOWN_DAYS)
    n = 0
    for day in range(hit.shape[1]):
        n += int((hit[:, day] & (day - last > COOL_DOWN_DAYS)).sum())
        last[hit[:, day]] = day
    return n


def threshold(statistic: np.ndarray, n_allowed: float) -> float:
    """Return the lowest level at which there are no more than ``n_allowed`` alarms."""
    levels = np.unique(statistic)[::-1]
    low, high = 0, min(len(levels) - 1, int(100 * n_allowed) + 10)
    while high - low > 1:
        middle = (low + high) // 2
        if episodes(statistic, float(levels[middle])) <= n_allowed:
            low = middle
        else:
            high = middle
    return float(levels[low])
