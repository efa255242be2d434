"""Invented counts of pages where nothing changes, or one thing does. Seeded."""

from __future__ import annotations

import numpy as np
import pandas as pd

from topics.panel import Panel

__all__ = ["START", "draw_counts", "draw_rates", "make_frame", "panel_of", "simulate_counts"]

START = pd.Timestamp("2026-01-05", tz="UTC")
WEEKDAYS = np.array([1.25, 1.2, 1.15, 1.1, 1.0, 0.65, 0.65])
HOURS = np.r_[np.full(7, 0.2), np.full(12, 1.6), np.full(5, 0.68)]
"""Night, day and evening; mean 1."""
MEAN = 0.54
"""Reports a day of a theme on a page."""
RATE_SHAPE = 0.4
"""Of the Gamma distribution of rates: most are rare, so that 72% of the days have no report."""
OVERDISPERSED_SIZE = 4.0
"""Every second page has negative-binomial counts a day, of this size."""
N_SERVICES = 6


def draw_rates(
    rng: np.random.Generator, n_pages: int = 60, n_themes: int = 8, mean: float = MEAN
) -> np.ndarray:
    """Reports a day of each theme on each page, shape (n_pages, n_themes)."""
    return rng.gamma(RATE_SHAPE, mean / RATE_SHAPE, size=(n_pages, n_themes))


def draw_counts(rng: np.random.Generator, means: np.ndarray, *, per_day: int = 1) -> np.ndarray:
    """Counts of shape (n_pages, n_themes, n_days * per_day) for means a day of (…, n_days).

    Means are times the weekday's factor (the first day is a Monday), and the hour's where
    ``per_day`` is 24. Overdispersion is that of days, of a random half of the pages.
    """
    n_pages, n_themes, n_days = means.shape
    is_over = rng.permutation(n_pages) % 2 == 0
    size = np.where(is_over, OVERDISPERSED_SIZE, 1e9)[:, None, None]
    daily = means * WEEKDAYS[np.arange(n_days) % 7] * rng.gamma(size, 1.0 / size, size=means.shape)
    if per_day == 1:
        return rng.poisson(daily).astype(float)
    hourly = daily[..., None] * (HOURS / HOURS.sum())
    return rng.poisson(hourly).reshape(n_pages, n_themes, n_days * per_day).astype(float)


def simulate_counts(
    seed: int,
    *,
    n_pages: int = 60,
    n_themes: int = 8,
    n_days: int = 84,
    change: np.ndarray | None = None,
    per_day: int = 1,
) -> pd.DataFrame:
    """Counts of all cells and periods, zeros left out.

    ``change`` multiplies the means: shape (n_pages, n_themes, n_days).
    """
    rng = np.random.default_rng(seed)
    means = np.repeat(draw_rates(rng, n_pages, n_themes)[:, :, None], n_days, axis=2)
    means = means if change is None else means * change
    return make_frame(draw_counts(rng, means, per_day=per_day), per_day=per_day)


def make_frame(counts: np.ndarray, *, per_day: int = 1) -> pd.DataFrame:
    """Return counts of shape (n_pages, n_themes, n_periods) as a frame, zeros left out."""
    starts = pd.date_range(START, periods=counts.shape[2], freq="D" if per_day == 1 else "h")
    page, theme, period = np.nonzero(counts)
    return pd.DataFrame(
        {
            "service": [f"service-{i % N_SERVICES}" for i in page],
            "page": [f"/page-{i}" for i in page],
            "theme": [f"theme.{i}" for i in theme],
            "period_start": starts[period],
            "n": counts[page, theme, period].astype(int),
        }
    )


def panel_of(counts: np.ndarray, *, per_day: int = 1) -> Panel:
    """Return counts of shape (n_pages, n_themes, n_periods) as `make_panel` would, but quickly.

    Cells that never have a report stay in it; a look does not see them either way.
    """
    n_pages, n_themes, n_periods = counts.shape
    pages = pd.DataFrame(
        {
            "service": [f"service-{i % N_SERVICES}" for i in range(n_pages)],
            "page": [f"/page-{i}" for i in range(n_pages)],
            "service_index": np.arange(n_pages) % N_SERVICES,
        }
    )
    cells = pages[["service", "page"]].loc[np.repeat(np.arange(n_pages), n_themes)]
    cells = cells.reset_index(drop=True).assign(
        theme=[f"theme.{i}" for i in range(n_themes)] * n_pages,
        page_index=np.repeat(np.arange(n_pages), n_themes),
    )
    totals = counts.sum(axis=1)
    first = np.where(totals.any(axis=1), (totals > 0).argmax(axis=1), n_periods)
    return Panel(
        cells=cells,
        pages=pages,
        reports=counts.reshape(-1, n_periods),
        totals=totals,
        first_of_service=np.array([first[i::N_SERVICES].min() for i in range(N_SERVICES)]),
        starts=pd.date_range(START, periods=n_periods, freq="D" if per_day == 1 else "h"),
        per_day=per_day,
    )
