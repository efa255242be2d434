"""Slow growth (drift) and silence (quiet), which no burst test sees.

Drift: the last eight whole weeks of a cell, a log-linear negative-binomial regression on the week.
The p-value is that of the one-sided score test of "no growth"; the ratio over four weeks and its
95% interval come from the fitted slope (Wald). It must hold against the calendar and against the
page's traffic, and without its most telling week, which a burst would be.

Quiet: no report at all on a page over 2, 3, 5, 7 or 14 days where the baseline expected many:
``P(Y = 0)`` under the model of `topics.baseline`. Where the service's other pages have fewer
reports than usual too, the expected count is lowered as theirs was, so that a holiday or a feed
that stopped makes no page quiet.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy.special import ndtr

from topics.baseline import Baseline, Past, dispersion_of, fit_baseline
from topics.looks import Look
from topics.tails import ratio_interval, zero_probability

__all__ = ["QUIET_GUARD_DAYS", "look_for_drift", "look_for_quiet"]

DRIFT_WEEKS = 8
RATIO_WEEKS = 4
"""Growth is told over this many weeks."""
MIN_DRIFT_REPORTS = 15
"""Fewer reports in the eight weeks are too few for the normal approximation of the test."""
ONE_WEEK_Z = 1.64
"""What must be left of the test's z when the week that speaks most for growth is left out."""
MIN_EXPECTED = 0.5
NORMAL_95 = 1.959964
N_STEPS = 25
LARGEST_LOG = 20.0

QUIET_DAYS = (2, 3, 5, 7, 14)
QUIET_GUARD_DAYS = 14.0
MIN_QUIET_BASELINE_DAYS = 7.0


def look_for_drift(past: Past) -> Look:
    """Return the p-value of growth of every cell; cells with too few reports get 1."""
    baseline = fit_baseline(past)
    n_days = DRIFT_WEEKS * 7
    y = _weeks(past.reports, past.per_day)
    calendar = _weeks(past.exposure, past.per_day)[past.service_of_cell]
    traffic = _weeks(past.totals, past.per_day)[past.page_of_cell]
    has_history = past.reports.shape[1] >= n_days * past.per_day
    usable = (y.sum(1) >= MIN_DRIFT_REPORTS) & (calendar > 0).all(1) & has_history
    rows = np.flatnonzero(usable)
    y, calendar, traffic = y[rows], calendar[rows], traffic[rows]
    phi = baseline.dispersion[rows] / 7.0
    z = _growth_z(y, calendar, phi)
    mixed = traffic.sum(1) - y.sum(1) >= MIN_DRIFT_REPORTS
    z[mixed] = np.minimum(z[mixed], _share_z(y[mixed], traffic[mixed], phi[mixed]))
    p = np.where(_one_week_less(y, calendar, phi) >= ONE_WEEK_Z, 1.0 - ndtr(z), 1.0)
    slope, error, level = _fit_growth(y, calendar, phi)
    n = y[:, -RATIO_WEEKS:].sum(1)
    ratio = _ratio(slope)
    return Look(
        rows=rows,
        p=p,
        days=np.full(len(rows), RATIO_WEEKS * 7),
        n=n,
        expected=np.maximum(level[:, -RATIO_WEEKS:].sum(1) / ratio, 1e-9),
        rate_ratio=ratio,
        low=_ratio(slope - NORMAL_95 * error),
        high=_ratio(slope + NORMAL_95 * error),
        expected_false=_as_continuous(len(rows)),
    )


def _ratio(slope: np.ndarray) -> np.ndarray:
    """Return growth over four weeks; where nothing is known of a slope, a large number."""
    ratio: np.ndarray = np.exp(np.minimum(RATIO_WEEKS * slope, LARGEST_LOG))
    return ratio


def _as_continuous(n_series: int) -> Callable[[np.ndarray], np.ndarray]:
    def expected(p: np.ndarray) -> np.ndarray:
        false: np.ndarray = n_series * p
        return false

    return expected


def _weeks(rows: np.ndarray, per_day: int) -> np.ndarray:
    """Add up to the last eight weeks, oldest first; missing ones are 0."""
    length = DRIFT_WEEKS * 7 * per_day
    short = max(0, length - rows.shape[1])
    padded = np.pad(rows[:, max(0, rows.shape[1] - length) :], ((0, 0), (short, 0)))
    sums: np.ndarray = padded.reshape(len(rows), DRIFT_WEEKS, -1).sum(axis=2)
    return sums


def _score_parts(
    y: np.ndarray, exposure: np.ndarray, phi: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return each week's score, its information weight, and the weeks centred by that weight."""
    mean = exposure * (y.sum(1) / exposure.sum(1))[:, None]
    weight = mean / (1.0 + phi[:, None] * mean)
    week = np.arange(y.shape[1], dtype=float)
    centred = week - (weight @ week / weight.sum(1))[:, None]
    return centred * (y - mean) / (1.0 + phi[:, None] * mean), weight, centred


def _growth_z(y: np.ndarray, exposure: np.ndarray, phi: np.ndarray) -> np.ndarray:
    """Return the score test's z of no growth; positive where counts grow."""
    score, weight, centred = _score_parts(y, exposure, phi)
    z: np.ndarray = score.sum(1) / np.sqrt((weight * centred**2).sum(1))
    return z


def _share_z(y: np.ndarray, traffic: np.ndarray, phi: np.ndarray) -> np.ndarray:
    """Return z of no growth of the share of a page's traffic.

    Given the traffic the counts are binomial, so their variance is smaller by one minus the share.
    """
    share = np.minimum(y.sum(1) / traffic.sum(1), 1.0 - 1e-9)
    z: np.ndarray = _growth_z(y, np.maximum(traffic, 1e-9), phi) / np.sqrt(1.0 - share)
    return z


def _one_week_less(y: np.ndarray, exposure: np.ndarray, phi: np.ndarray) -> np.ndarray:
    """Return z without the week that speaks most for growth."""
    score, _, _ = _score_parts(y, exposure, phi)
    keep = np.ones_like(y, dtype=bool)
    keep[np.arange(len(y)), score.argmax(axis=1)] = False
    week = np.broadcast_to(np.arange(y.shape[1], dtype=float), y.shape)
    shape = len(y), y.shape[1] - 1
    rest, rest_exposure = y[keep].reshape(shape), exposure[keep].reshape(shape)
    rest_week = week[keep].reshape(shape)
    mean = rest_exposure * (rest.sum(1) / rest_exposure.sum(1))[:, None]
    inflated = 1.0 + phi[:, None] * mean
    weight = mean / inflated
    centred = rest_week - ((weight * rest_week).sum(1) / np.maximum(weight.sum(1), 1e-9))[:, None]
    spread = np.sqrt(np.maximum((weight * centred**2).sum(1), 1e-9))
    z: np.ndarray = (centred * (rest - mean) / inflated).sum(1) / spread
    return z


def _fit_growth(
    y: np.ndarray, exposure: np.ndarray, phi: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return slope a week, its standard error, and fitted counts, by Fisher scoring."""
    week = np.arange(y.shape[1], dtype=float) - (y.shape[1] - 1) / 2.0
    slope = np.zeros(len(y))
    level = np.log(np.maximum(y.sum(1), MIN_EXPECTED) / exposure.sum(1))
    for _ in range(N_STEPS):
        mean, i00, i01, i11 = _information(level, slope, week, exposure, phi)
        residual = (y - mean) / (1.0 + phi[:, None] * mean)
        u0, u1 = residual.sum(1), residual @ week
        determinant = np.maximum(i00 * i11 - i01**2, 1e-12)
        level = level + np.clip((i11 * u0 - i01 * u1) / determinant, -1.0, 1.0)
        slope = np.clip(slope + (i00 * u1 - i01 * u0) / determinant, -1.5, 1.5)
    mean, i00, i01, i11 = _information(level, slope, week, exposure, phi)
    return slope, np.sqrt(i00 / np.maximum(i00 * i11 - i01**2, 1e-12)), mean


def _information(
    level: np.ndarray, slope: np.ndarray, week: np.ndarray, exposure: np.ndarray, phi: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    mean = exposure * np.exp(level[:, None] + slope[:, None] * week)
    weight = mean / (1.0 + phi[:, None] * mean)
    return mean, weight.sum(1), weight @ week, weight @ week**2


def look_for_quiet(past: Past) -> Look:
    """Return the p-value of silence of every page; ``rows`` are positions of pages."""
    pages = np.flatnonzero(past.totals.sum(axis=1) > 0)
    series = _pages_as_cells(past, pages)
    baseline = fit_baseline(series)
    dispersion = _page_dispersion(series, baseline)
    service = series.page_of_cell
    shape = len(QUIET_DAYS), len(pages)
    means, exposures, attained, p = (
        np.empty(shape),
        np.empty(shape),
        np.zeros(shape),
        np.ones(shape),
    )
    is_ready = baseline.days >= MIN_QUIET_BASELINE_DAYS
    for i, days in enumerate(QUIET_DAYS):
        counts = series.in_window(series.reports, days)
        exposures[i] = np.maximum(series.in_window(series.exposure, days)[service], 1e-9)
        rate = baseline.a / baseline.b
        means[i] = rate * exposures[i]
        lowered = means[i] * _level_of_others(series, rate, exposures[i], days)
        zero = zero_probability(lowered, 1.0 / (1.0 / baseline.a + dispersion / days))
        attained[i] = np.where(is_ready, zero, 0.0)
        p[i] = np.where((counts == 0) & is_ready, zero, 1.0)
    best = p.argmin(axis=0)
    at = best, np.arange(len(pages))
    nothing = np.zeros(len(pages))
    low, high = ratio_interval(nothing, exposures[at], baseline.a, baseline.b, nothing + 1.0)
    return Look(
        rows=pages,
        p=np.minimum(len(QUIET_DAYS) * p[at], 1.0),
        days=np.array(QUIET_DAYS)[best],
        n=nothing,
        expected=means[at],
        rate_ratio=nothing,
        low=low,
        high=high,
        expected_false=_of_zeros(attained[attained > 0]),
    )


def _pages_as_cells(past: Past, pages: np.ndarray) -> Past:
    """Return pages in the place of cells and services in that of pages, all of one theme.

    So the prior of a page's rate is the mean of its service, and its share is that of its service.
    """
    service = past.service_of_page[pages]
    by_service = np.zeros((len(past.exposure), past.totals.shape[1]))
    np.add.at(by_service, service, past.totals[pages])
    return replace(
        past,
        reports=past.totals[pages],
        totals=by_service,
        weights=np.broadcast_to(past.decay, (len(pages), len(past.decay))),
        masked_cells=np.empty(0, dtype=int),
        page_of_cell=service,
        service_of_page=np.arange(len(by_service)),
        theme_of_cell=np.zeros(len(pages), dtype=int),
    )


def _page_dispersion(series: Past, baseline: Baseline) -> np.ndarray:
    """Return the overdispersion of each page's own totals."""
    own = replace(
        series,
        page_of_cell=np.arange(len(series.reports)),
        service_of_page=series.page_of_cell,
    )
    rate = baseline.a / baseline.b
    return dispersion_of(own, rate, series.exposure[series.page_of_cell])


def _level_of_others(series: Past, rate: np.ndarray, exposure: np.ndarray, days: int) -> np.ndarray:
    """Return reports of the service's other pages over those usual there, at most 1."""
    service = series.page_of_cell
    counts, usual = series.in_window(series.reports, days), rate * exposure
    n_services = len(series.totals)
    others = np.bincount(service, counts, n_services)[service] - counts
    usual_of_others = np.bincount(service, usual, n_services)[service] - usual
    level: np.ndarray = np.minimum((others + 1.0) / (np.maximum(usual_of_others, 0.0) + 1.0), 1.0)
    return level


def _of_zeros(attained: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Return the expected number of false findings: a page with ``P(0)`` passes from there on."""
    step = np.sort(attained)
    total = np.concatenate([[0.0], np.cumsum(step)])

    def expected(p: np.ndarray) -> np.ndarray:
        false: np.ndarray = total[np.searchsorted(step, p / len(QUIET_DAYS), side="right")]
        return false

    return expected
