"""Slow growth (drift) and silence (quiet), which no burst test sees.

Drift: the last four weeks of a cell against what was usual before them. The p-value is that of the
one-sided score test of growth that doubles in four weeks, which weighs late days most; the page's
traffic counts as for bursts, and enough must be left without the most telling week, which a burst
would be. The ratio over four weeks and its 95% interval come from a log-linear negative-binomial
regression on the last eight weeks (Wald).

Quiet: no report at all on a page over 2, 3, 5, 7 or 14 days where the baseline expected many:
``P(Y = 0)`` under the model of `topics.baseline`. Where the service's other pages have fewer
reports than usual too, the expected count is lowered as theirs was, so that a holiday or a feed
that stopped makes no page quiet.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from topics.baseline import Baseline, Past, by_day, dispersion_of, fit_baseline
from topics.looks import Look
from topics.tails import mid_p, ratio_interval, zero_probability
from topics.traffic import traffic_factor

__all__ = ["DRIFT_GUARD_DAYS", "QUIET_GUARD_DAYS", "look_for_drift", "look_for_quiet"]

DRIFT_WEEKS = 8
RATIO_WEEKS = 4
"""Growth is tested and told over this many weeks."""
DRIFT_GUARD_DAYS = 28.0
MIN_DRIFT_BASELINE_DAYS = 10.0
MIN_DRIFT_REPORTS = 10
"""Fewer in the four weeks are no trend."""
ONE_WEEK_Z = 1.0
"""What must be left of the test's z when the week that speaks most for growth is left out."""
MIN_EXPECTED = 0.5
NORMAL_95 = 1.959964
N_STEPS = 25
LARGEST_LOG = 20.0

QUIET_DAYS = (2, 3, 5, 7, 14)
QUIET_GUARD_DAYS = 14.0
MIN_QUIET_BASELINE_DAYS = 7.0


def look_for_drift(past: Past) -> Look:
    """Return the p-value of growth of every cell; cells with too few reports get 1.

    ``past`` has a guard of `DRIFT_GUARD_DAYS`. Days of past alarms say nothing: a burst that is
    over is no growth.
    """
    baseline = fit_baseline(past)
    n_days = RATIO_WEEKS * 7
    y = _days(past.reports, past.per_day, n_days)
    e = _days(past.exposure, past.per_day, n_days)[past.service_of_cell]
    page = _days(past.totals, past.per_day, n_days)[past.page_of_cell]
    usable = (y.sum(1) >= MIN_DRIFT_REPORTS) & (baseline.days >= MIN_DRIFT_BASELINE_DAYS)
    rows = np.flatnonzero(usable)
    n, is_told = y[rows].sum(1), _without_alarms(past, n_days)[rows]
    y, e, page = y[rows] * is_told, e[rows] * is_told, page[rows] * is_told
    others = np.maximum(page - y, 0.0)
    rate, a, phi = baseline.rate[rows], baseline.a[rows], baseline.dispersion[rows]
    page_a = baseline.page_a[rows]
    other_rate = np.maximum(page_a / baseline.page_b[rows] - rate, 1e-6)
    traffic, spread = traffic_factor(
        *_ramp(others, other_rate[:, None] * e, page_a, phi), phi / n_days
    )
    mean = (rate * traffic)[:, None] * e
    p = mid_p(*_ramp(y, mean, 1.0 / (1.0 / a + spread), phi))
    z = _z_without_best_week(y, mean, a, phi)
    p = np.where(z >= ONE_WEEK_Z, p, 1.0)
    weeks = _weeks(past.reports[rows], past.per_day)
    calendar = _weeks(past.exposure, past.per_day)[past.service_of_cell[rows]]
    slope, error, level = _fit_growth(weeks, np.maximum(calendar, 1e-9), phi / 7.0)
    ratio = _ratio(slope)
    return Look(
        rows=rows,
        p=p,
        false=np.where(p < 1.0, len(rows) * p, np.inf),
        days=np.full(len(rows), float(n_days)),
        n=n,
        expected=np.maximum(level[:, -RATIO_WEEKS:].sum(1) / ratio, 1e-9),
        usual_a_day=rate,
        rate_ratio=ratio,
        low=_ratio(slope - NORMAL_95 * error),
        high=_ratio(slope + NORMAL_95 * error),
    )


def _without_alarms(past: Past, n_days: int) -> np.ndarray:
    """Return 1 for each cell's days outside of past alarms, 0 for those within."""
    days = np.ones((len(past.reports), n_days))
    days[past.masked_cells] = _days(past.masked, past.per_day, n_days) == 0
    return days


def _ramp(
    y: np.ndarray, mean: np.ndarray, a: np.ndarray, phi: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the score for growth as a count, with the mean and size of its distribution.

    The score weighs each day by ``(2**(t / 28) - 1) / (1 + phi mu)``. It is told in the unit in
    which its variance under Poisson counts is its mean, where it is nearly negative binomial.
    """
    n_days = y.shape[1]
    growth = 2.0 ** (np.arange(1, n_days + 1) / n_days) - 1.0
    weight = growth / (1.0 + phi[:, None] * mean)
    score, usual = (weight * y).sum(1), np.maximum((weight * mean).sum(1), 1e-9)
    unit = (weight**2 * mean).sum(1) / usual
    excess = phi * (weight**2 * mean**2).sum(1) + usual**2 / a
    return score / unit, usual / unit, usual**2 / np.maximum(excess, 1e-9)


def _z_without_best_week(
    y: np.ndarray, mean: np.ndarray, a: np.ndarray, phi: np.ndarray
) -> np.ndarray:
    """Return the score's z without the week that speaks most for growth."""
    n_weeks = y.shape[1] // 7
    growth = 2.0 ** (np.arange(1, y.shape[1] + 1) / y.shape[1]) - 1.0
    weight = growth / (1.0 + phi[:, None] * mean)
    parts = [
        rows.reshape(len(y), n_weeks, 7).sum(axis=2)
        for rows in (
            weight * (y - mean),
            weight * mean,
            weight**2 * (mean + phi[:, None] * mean**2),
        )
    ]
    keep = np.ones((len(y), n_weeks))
    keep[np.arange(len(y)), parts[0].argmax(axis=1)] = 0.0
    score, usual, variance = ((keep * part).sum(axis=1) for part in parts)
    z: np.ndarray = score / np.sqrt(np.maximum(variance + usual**2 / a, 1e-9))
    return z


def _days(rows: np.ndarray, per_day: int, n_days: int) -> np.ndarray:
    """Add up to the last days, oldest first; missing ones are 0."""
    length = n_days * per_day
    short = max(0, length - rows.shape[1])
    padded = np.pad(rows[:, max(0, rows.shape[1] - length) :], ((0, 0), (short, 0)))
    return by_day(padded, per_day)


def _ratio(slope: np.ndarray) -> np.ndarray:
    """Return growth over four weeks; where nothing is known of a slope, a large number."""
    ratio: np.ndarray = np.exp(np.minimum(RATIO_WEEKS * slope, LARGEST_LOG))
    return ratio


def _weeks(rows: np.ndarray, per_day: int) -> np.ndarray:
    """Add up to the last eight weeks, oldest first; missing ones are 0."""
    days = _days(rows, per_day, DRIFT_WEEKS * 7)
    sums: np.ndarray = days.reshape(len(rows), DRIFT_WEEKS, 7).sum(axis=2)
    return sums


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
        rate = baseline.rate
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
        false=_false_zeros(p[at], attained[attained > 0]),
        days=np.array(QUIET_DAYS, dtype=float)[best],
        n=nothing,
        expected=means[at],
        usual_a_day=baseline.rate,
        rate_ratio=nothing,
        low=low,
        high=high,
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
        masked_cells=np.empty(0, dtype=int),
        masked=np.zeros((0, len(past.decay)), dtype=bool),
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
    return dispersion_of(own, baseline.rate)


def _level_of_others(series: Past, rate: np.ndarray, exposure: np.ndarray, days: int) -> np.ndarray:
    """Return reports of the service's other pages over those usual there, at most 1."""
    service = series.page_of_cell
    counts, usual = series.in_window(series.reports, days), rate * exposure
    n_services = len(series.totals)
    others = np.bincount(service, counts, n_services)[service] - counts
    usual_of_others = np.bincount(service, usual, n_services)[service] - usual
    level: np.ndarray = np.minimum((others + 1.0) / (np.maximum(usual_of_others, 0.0) + 1.0), 1.0)
    return level


def _false_zeros(p: np.ndarray, attained: np.ndarray) -> np.ndarray:
    """Return the expected number of false findings: a page with ``P(0)`` passes from there on."""
    step = np.sort(attained)
    total = np.concatenate([[0.0], np.cumsum(step)])
    false: np.ndarray = total[np.searchsorted(step, p, side="right")]
    return np.where(p < 1.0, false, np.inf)
