"""What is usual: exposure by the calendar, rates with their uncertainty, overdispersion.

The model of a cell's count over a window of ``w`` days is negative binomial, a Gamma posterior of
the rate mixed over Poisson counts with day-to-day overdispersion on top:

- exposure ``e`` of a period by weekday (and hour of the day), mean 1 a day, estimated from the
  service's totals and drawn towards those of all services;
- weights ``v`` of past periods that halve every 28 days; the last days before the look (the guard)
  and periods of past alarms weigh nothing;
- ``a = n0 m0 + sum(v y)``, ``b = n0 + sum(v e)`` with ``n0`` = 5 days and ``m0`` = the page's rate
  times the theme's share in the service; the expected count is ``mu = (a / b) E(w)``;
- ``Y ~ NB(mean mu, 1/k = 1/a + phi/w)``, so that the variance is ``mu + mu**2 / k``: ``1/a`` is the
  uncertainty of the rate, ``phi`` the overdispersion of daily counts, of the page, drawn towards
  that of its service.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from topics.panel import Panel

__all__ = ["Baseline", "Past", "dispersion_of", "exposure_of", "fit_baseline", "past_of"]

HALF_LIFE_DAYS = 28
PRIOR_DAYS = 5.0
"""Days that the prior rate of a cell counts for (n0)."""
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
    by_service = np.zeros((len(panel.first_of_service), len(looked_at)))
    np.add.at(by_service, panel.pages["service_index"].to_numpy(int), panel.totals[:, looked_at])
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

    ``decay`` is the weight of each period, ``weights`` the same for each cell without its masked
    periods; ``masked_cells`` are those with any, ``theme_of_cell`` numbers the themes.
    """

    per_day: int
    reports: np.ndarray
    totals: np.ndarray
    exposure: np.ndarray
    decay: np.ndarray
    weights: np.ndarray
    masked_cells: np.ndarray
    page_of_cell: np.ndarray
    service_of_page: np.ndarray
    theme_of_cell: np.ndarray

    @property
    def service_of_cell(self) -> np.ndarray:
        """The service of each cell."""
        service: np.ndarray = self.service_of_page[self.page_of_cell]
        return service

    def in_window(self, rows: np.ndarray, days: int) -> np.ndarray:
        """Add up the last ``days`` days of each row."""
        total: np.ndarray = rows[:, max(0, rows.shape[1] - days * self.per_day) :].sum(axis=1)
        return total


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
    decay = _decay(panel, now, guard_days)
    weights = np.broadcast_to(decay, (len(seen), len(decay)))
    return Past(
        per_day=panel.per_day,
        reports=panel.reports[seen, first:now],
        totals=panel.totals[:, first:now],
        exposure=exposure_of(panel, now, guard_days),
        decay=decay,
        weights=weights if masked is None else np.where(masked, 0.0, weights),
        masked_cells=np.flatnonzero(np.zeros(0) if masked is None else masked.any(axis=1)),
        page_of_cell=panel.cells["page_index"].to_numpy(int)[seen],
        service_of_page=panel.pages["service_index"].to_numpy(int),
        theme_of_cell=np.unique(panel.cells["theme"].to_numpy(str)[seen], return_inverse=True)[1],
    )


@dataclass(frozen=True)
class Baseline:
    """Each row's usual rate and share; arrays have one entry for each cell (or page).

    ``a`` and ``b`` are shape and rate of the Gamma posterior of reports a day, ``dispersion`` is
    ``phi``, ``share`` the share of its page's reports and ``share_weight`` how many comments that
    share rests on; ``days`` is the weighted exposure behind it all.
    """

    a: np.ndarray
    b: np.ndarray
    dispersion: np.ndarray
    share: np.ndarray
    share_weight: np.ndarray
    others: np.ndarray
    days: np.ndarray


SHARE_PRIOR = 10.0
"""Comments that the theme's share in the service counts for in its share of a page."""


def fit_baseline(past: Past) -> Baseline:
    """Return the baseline of each cell of ``past``."""
    page, service = past.page_of_cell, past.service_of_cell
    exposure = past.exposure[service]
    y = (past.weights * past.reports).sum(axis=1)
    e = (past.weights * exposure).sum(axis=1)
    n = (past.weights * past.totals[page]).sum(axis=1)
    prior_share = _prior_shares(past, y, n)
    prior_rate = _page_rates(past)[page] * prior_share
    a, b = PRIOR_DAYS * prior_rate + y, PRIOR_DAYS + e
    return Baseline(
        a=a,
        b=b,
        dispersion=dispersion_of(past, a / b, exposure),
        share=(SHARE_PRIOR * prior_share + y) / (SHARE_PRIOR + n),
        share_weight=SHARE_PRIOR + n,
        others=n - y,
        days=e,
    )


def _page_rates(past: Past) -> np.ndarray:
    """Return reports a day of each page, drawn towards the mean of its service."""
    # A page nobody has reported on yet is not known to exist.
    weights = past.decay * (past.totals.sum(axis=1, keepdims=True) > 0)
    # Cells of a page may mask different periods; a page's own rate uses those nobody masked.
    for cell in past.masked_cells:
        page = past.page_of_cell[cell]
        weights[page] = np.minimum(weights[page], past.weights[cell])
    y = (weights * past.totals).sum(axis=1)
    e = (weights * past.exposure[past.service_of_page]).sum(axis=1)
    service_y = np.bincount(past.service_of_page, y)
    service_e = np.bincount(past.service_of_page, e)
    mean = (service_y + 0.5) / (service_e + PAGE_PRIOR_DAYS)
    rates: np.ndarray = (y + PAGE_PRIOR_DAYS * mean[past.service_of_page]) / (e + PAGE_PRIOR_DAYS)
    return rates


def _prior_shares(past: Past, y: np.ndarray, n: np.ndarray) -> np.ndarray:
    """Return each cell's share of its page as the other pages of its service have it."""
    n_themes = int(past.theme_of_cell.max()) + 1 if len(past.theme_of_cell) else 1
    group = past.service_of_cell * n_themes + past.theme_of_cell
    shares = (np.bincount(group, y) + 0.5) / (np.bincount(group, n) + 0.5 * n_themes)
    prior: np.ndarray = np.minimum(shares, 1.0)[group]
    return prior


def dispersion_of(past: Past, rate: np.ndarray, exposure: np.ndarray) -> np.ndarray:
    """Return ``phi`` of each cell's page by moments, drawn towards its service's.

    ``E[(y - mu)**2 - y] = phi mu**2`` for daily negative-binomial counts.
    """
    y, e, v = (_by_day(rows, past.per_day) for rows in (past.reports, exposure, past.weights))
    v = v / past.per_day
    mu = rate[:, None] * e
    excess = (v * ((y - mu) ** 2 - y)).sum(axis=1)
    scale = (v * mu**2).sum(axis=1)
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


def _by_day(rows: np.ndarray, per_day: int) -> np.ndarray:
    """Add up periods to days, counted back from the last; an incomplete first day is left out."""
    if per_day == 1:
        return rows
    n_days = rows.shape[1] // per_day
    whole = rows[:, rows.shape[1] - n_days * per_day :]
    sums: np.ndarray = whole.reshape(len(rows), n_days, per_day).sum(axis=2)
    return sums
