"""Invented counts of pages where nothing changes, or one thing does. Seeded."""

from __future__ import annotations

import numpy as np
import pandas as pd

__all__ = ["simulate_counts"]

START = pd.Timestamp("2026-01-05", tz="UTC")
WEEKDAYS = np.array([1.25, 1.2, 1.15, 1.1, 1.0, 0.65, 0.65])


def simulate_counts(
    seed: int,
    *,
    n_pages: int = 60,
    n_themes: int = 8,
    n_days: int = 84,
    mean: float = 0.54,
    change: np.ndarray | None = None,
) -> pd.DataFrame:
    """Counts of all cells and days, zeros left out.

    Rates are Gamma distributed (shape 0.6, most cells are rare); the counts of every second page
    are overdispersed. ``change`` multiplies the means: shape (n_pages, n_themes, n_days).
    """
    rng = np.random.default_rng(seed)
    rates = rng.gamma(0.6, mean / 0.6, size=(n_pages, n_themes))
    days = pd.date_range(START, periods=n_days, freq="D")
    means = rates[:, :, None] * WEEKDAYS[days.day_of_week.to_numpy()]
    if change is not None:
        means = means * change
    shape = np.where(np.arange(n_pages) % 2 == 0, 2.0, 1e6)[:, None, None]
    counts = rng.poisson(means * rng.gamma(shape, 1.0 / shape, size=means.shape))
    page, theme, day = np.nonzero(counts)
    return pd.DataFrame(
        {
            "service": [f"service-{i % 6}" for i in page],
            "page": [f"/page-{i}" for i in page],
            "theme": [f"theme.{i}" for i in theme],
            "period_start": days[day],
            "n": counts[page, theme, day],
        }
    )
