"""What is usual: exposure by the calendar, rates with their uncertainty, overdispersion.

The model of a cell's count over a window of ``w`` days is negative binomial, a Gamma posterior of
the rate mixed over Poisson counts with day-to-day overdispersion on top:

- exposure ``e`` of a period by weekday (and hour of the day), mean 1 a day, estimated from the
  service's totals and drawn towards those of all services;
- weights ``v`` of past periods that halve every 42 days; the last days before the look (the guard)
  and periods of past alarms weigh nothing;
- ``a = n0 m0 + sum(v y)``, ``b = n0 + sum(v e)`` with ``m0`` = the page's rate times the theme's
  share in the service, and ``n0`` the days that this guess is worth, learned from how far the cells
  lie from it (empirical Bayes); the expected count is ``mu = (a / b) E(w)``;
- ``Y ~ NB(mean mu, 1/k = 1/a + phi/w)``, so that the variance is ``mu + mu**2 / k``: ``1/a`` is the
  uncertainty of the rate, ``phi`` the overdispersion of daily counts, of the page, drawn towards
  that of its service.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

from topics.panel import Panel

__all__ = ["Baseline", "Past", "by_day", "dispersion_of", "exposure_of", "fit_baseline", "past_of"]

HALF_LIFE_DAYS = 42
PRIOR_DAYS = (0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 8.0, 12.0, 20.0)
"""Days that the prior rate of a cell may count for (n0)."""
USUAL_PRIOR_DAYS = 5.0
"""Where there are few cells to learn from, n0 is about this."""
PAGE_PRIOR_DAYS = 5.0
"""Days that the service's mean rate of a page counts for in a page's own."""
CALENDAR_PRIOR_REPORTS = 20.0
"""Reports that draw a weekday's (or hour's) factor to the one of all services, and that to 1."""
DISPERSION_PRIOR = 10.0
"""Weight of the service's overdispersion in a page's, in units of the sum of squared means."""
MAX_DISPERSION = 3.0
DAYS_IN_WEEK = 7


def exposure_of(panel: Panel, now: int, guard_days: float) -> np.ndarray:
    """Return each period's exposure in days for each service, as known after ``now`` periods.

    Returns
    -------
    ndarray of shape (n_services, n_looked_at)
        0 before the service's first report; the mean over a week is ``1 / per_day`` after it.
    """
    looked_at = np.arange(panel.first_looked_at(now), now)
    starts = panel.starts[looked_at]
    is_of_service = np.eye(len(panel.first_of_service))[:, panel.pages["service_index"]]
    by_service = is_of_service @ panel.totals[:, looked_at[0] :][:, : len(looked_at)]
    is_on = looked_at >= panel.first_of_service[:, None]
    usable = is_on * _decay(panel, now, guard_days)
    exposure = is_on / panel.per_day
    exposure *= _factors(by_service, usable, starts.day_of_week.to_numpy(), DAYS_IN_WEEK)
    if panel.per_day > 1:
        exposure *= _factors(by_service, usable, starts.hour.to_numpy(), panel.per_day)
    return exposure


def _factors(
    counts: np.ndarray, weights: np.ndarray, group: np.ndarray, n_groups: int
) -> np.ndarray:
    """Return each period's factor by its group (weekday or hour), mean 1 over the groups."""
    is_in = np.eye(n_groups)[group]
    reports, days = (weights * counts) @ is_in, weights @ is_in
    rate = np.divide(reports.sum(1), days.sum(1), out=np.zeros(len(counts)), where=days.sum(1) > 0)
    usual = days * rate[:, None]
    prior = CALENDAR_PRIOR_REPORTS
    overall = (reports.sum(0) + prior) / (usual.sum(0) + prior)
    factors = (reports + prior * overall) / (usual + prior)
    factors /= factors.mean(axis=1, keepdims=True)
    by_period: np.ndarray = factors[:, group]
    return by_period


def _decay(panel: Panel, now: int, guard_days: float) -> np.ndarray:
    """Return the weight of each period: halved every 28 days, nothing inside the guard."""
    age_days = (now - np.arange(panel.first_looked_at(now), now)) / panel.per_day
    return np.where(age_days > guard_days, 0.5 ** (age_days / HALF_LIFE_DAYS), 0.0)


@dataclass(frozen=True)
class Past:
    """What a look knows, cut from the panel: the periods up to it of what was seen by then.

    ``decay`` is the weight of each period; ``masked_cells`` are the positions of cells with periods
    that teach nothing, ``masked`` those periods, one row for each of them; ``theme_of_cell``
    numbers the themes.
    """

    per_day: int
    reports: np.ndarray
    totals: np.ndarray
    exposure: np.ndarray
    decay: np.ndarray
    masked_cells: np.ndarray
    masked: np.ndarray
    page_of_cell: np.ndarray
    service_of_page: np.ndarray
    theme_of_cell: np.ndarray

    @property
    def service_of_cell(self) -> np.ndarray:
        """The service of each cell."""
        service: np.ndarray = self.service_of_page[self.page_of_cell]
        return service

    def in_window(self, rows: np.ndarray, days: float) -> np.ndarray:
        """Add up the last ``days`` days of each row."""
        first = max(0, rows.shape[1] - round(days * self.per_day))
        total: np.ndarray = rows[:, first:].sum(axis=1)
        return total

    def weigh(self, rows: np.ndarray, row_of_cell: np.ndarray | None = None) -> np.ndarray:
        """Return each cell's weighted sum over its past; ``row_of_cell`` says which row is its."""
        sums = rows @ self.decay
        by_cell: np.ndarray = sums if row_of_cell is None else sums[row_of_cell]
        if len(self.masked_cells):
            of_masked = self.masked_cells if row_of_cell is None else row_of_cell[self.masked_cells]
            by_cell[self.masked_cells] -= (rows[of_masked] * self.masked) @ self.decay
        return by_cell


def past_of(
    panel: Panel, now: int, seen: np.ndarray, masked: np.ndarray | None, guard_days: float
) -> Past:
    """Return what is known after ``now`` periods of the cells that ``seen`` picks.

    Parameters
    ----------
    seen
        ndarray of int, positions of the cells that have a report by then.
    masked
        ndarray of bool, shape (n_seen, n_looked_at): periods of past alarms, which teach nothing.
    """
    first = panel.first_looked_at(now)
    is_all = len(seen) == len(panel.cells)  # a view then: copying every hour would cost most
    cells = np.zeros(0, dtype=int) if masked is None else np.flatnonzero(masked.any(axis=1))
    return Past(
        per_day=panel.per_day,
        reports=panel.reports[:, first:now] if is_all else panel.reports[seen, first:now],
        totals=panel.totals[:, first:now],
        exposure=exposure_of(panel, now, guard_days),
        decay=_decay(panel, now, guard_days),
        masked_cells=cells,
        masked=np.zeros((0, now - first), dtype=bool) if masked is None else masked[cells],
        page_of_cell=panel.cells["page_index"].to_numpy(int)[seen],
        service_of_page=panel.pages["service_index"].to_numpy(int),
        theme_of_cell=np.unique(panel.cells["theme"].to_numpy(str)[seen], return_inverse=True)[1],
    )


@dataclass(frozen=True)
class Baseline:
    """Each row's usual rate; arrays have one entry for each cell (or page).

    ``a`` and ``b`` are shape and rate of the Gamma posterior of reports a day, ``dispersion`` is
    ``phi``; ``page_a`` and ``page_b`` are the posterior of all reports of its page; ``days`` is the
    weighted exposure behind it all.
    """

    a: np.ndarray
    b: np.ndarray
    dispersion: np.ndarray
    page_a: np.ndarray
    page_b: np.ndarray
    days: np.ndarray

    @property
    def rate(self) -> np.ndarray:
        """Reports a day."""
        rate: np.ndarray = self.a / self.b
        return rate


def fit_baseline(past: Past) -> Baseline:
    """Return the baseline of each cell of ``past``."""
    page, service = past.page_of_cell, past.service_of_cell
    y, e = past.weigh(past.reports), past.weigh(past.exposure, service)
    n = past.weigh(past.totals, page)
    page_a, page_b = _pages(past)
    prior = (page_a / page_b)[page] * _prior_shares(past, y, n)
    days = _prior_days(y, e, prior)
    a, b = days * prior + y, days + e
    return Baseline(
        a=a,
        b=b,
        dispersion=dispersion_of(past, a / b),
        page_a=page_a[page],
        page_b=page_b[page],
        days=e,
    )


def _prior_days(y: np.ndarray, e: np.ndarray, prior: np.ndarray) -> float:
    """Return the ``n0`` under which the cells' counts are likeliest.

    A cell's count is negative binomial, mean ``m0 e`` and size ``n0 m0``; a lognormal prior around
    `USUAL_PRIOR_DAYS` decides where there are few cells.
    """
    mean = prior * e
    likelihoods = []
    for days in PRIOR_DAYS:
        size = days * prior
        left = size * np.log(size / (size + mean)) + y * np.log(
            np.maximum(mean, 1e-12) / (size + mean)
        )
        likelihood = float((gammaln(y + size) - gammaln(size) + left).sum())
        likelihoods.append(likelihood - np.log(days / USUAL_PRIOR_DAYS) ** 2 / 2.0)
    return PRIOR_DAYS[int(np.argmax(likelihoods))]


def _pages(past: Past) -> tuple[np.ndarray, np.ndarray]:
    """Return the Gamma posterior of each page's reports a day, drawn to the service's mean."""
    y = past.totals @ past.decay
    e = (past.exposure @ past.decay)[past.service_of_page]
    # Cells of a page may mask different periods; a page's own rate uses those nobody masked.
    pages = past.page_of_cell[past.masked_cells]
    for one in np.unique(pages):
        left_out = past.masked[pages == one].any(axis=0) * past.decay
        y[one] -= past.totals[one] @ left_out
        e[one] -= past.exposure[past.service_of_page[one]] @ left_out
    # A page nobody has reported on yet is not known to exist.
    e = e * past.totals.any(axis=1)
    service_y = np.bincount(past.service_of_page, y)
    service_e = np.bincount(past.service_of_page, e)
    mean = (service_y + 0.5) / (service_e + PAGE_PRIOR_DAYS)
    return y + PAGE_PRIOR_DAYS * mean[past.service_of_page], e + PAGE_PRIOR_DAYS


def _prior_shares(past: Past, y: np.ndarray, n: np.ndarray) -> np.ndarray:
    """Return each cell's share of its page as the other pages of its service have it."""
    n_themes = int(past.theme_of_cell.max()) + 1 if len(past.theme_of_cell) else 1
    group = past.service_of_cell * n_themes + past.theme_of_cell
    shares = (np.bincount(group, y) + 0.5) / (np.bincount(group, n) + 0.5 * n_themes)
    prior: np.ndarray = np.minimum(shares, 1.0)[group]
    return prior


def dispersion_of(past: Past, rate: np.ndarray) -> np.ndarray:
    """Return ``phi`` of each cell's page by moments, drawn towards its service's.

    ``E[(y - mu)**2 - y] = phi mu**2`` for daily negative-binomial counts.
    """
    y, e = by_day(past.reports, past.per_day), by_day(past.exposure, past.per_day)
    v = by_day(past.decay[None], past.per_day)[0] / past.per_day
    mu = rate[:, None] * e[past.service_of_cell]
    squares = mu**2
    excesses = (y - mu) ** 2 - y
    excess, scale = excesses @ v, squares @ v
    if len(past.masked_cells):
        left_out = by_day(past.masked * past.decay, past.per_day) / past.per_day
        excess[past.masked_cells] -= (excesses[past.masked_cells] * left_out).sum(axis=1)
        scale[past.masked_cells] -= (squares[past.masked_cells] * left_out).sum(axis=1)
    page, n_pages = past.page_of_cell, len(past.service_of_page)
    page_excess = np.bincount(page, excess, n_pages)
    page_scale = np.bincount(page, scale, n_pages)
    service_excess = np.bincount(past.service_of_page, page_excess)
    service_scale = np.bincount(past.service_of_page, page_scale)
    overall = np.maximum(service_excess / np.maximum(service_scale, 1.0), 0.0)
    prior = DISPERSION_PRIOR * overall[past.service_of_page]
    phi = (page_excess + prior) / (page_scale + DISPERSION_PRIOR)
    by_cell: np.ndarray = np.clip(phi, 0.0, MAX_DISPERSION)[page]
    return by_cell


def by_day(rows: np.ndarray, per_day: int) -> np.ndarray:
    """Add up periods to days, counted back from the last; an incomplete first day is left out."""
    if per_day == 1:
        return rows
    n_days = rows.shape[1] // per_day
    whole = rows[:, rows.shape[1] - n_days * per_day :]
    sums: np.ndarray = whole.reshape(len(rows), n_days, per_day).sum(axis=2)
    return sums
