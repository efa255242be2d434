"""Bursts: more reports of a theme on a page than its history and its page's traffic explain.

For windows of 6 hours (where periods are hours) to 7 days, at least 3 reports, the evidence is a
likelihood ratio: how much better counts a few times the usual (`RATIOS`) explain the count than the
usual does, under the negative binomial of `topics.baseline`; the best of the ratios, added up over
the windows, since a burst shows in several.
Ranking by a likelihood ratio, not by p-values, spends the false alarms where a burst can be seen
(Neyman & Pearson); in the simulation of ``tests/benchmarks/bench_emerging.py`` it finds more at
equal false alarms.

Volume and share must agree: where the page's other themes show a surge of traffic, the expected
count is raised as they were (see `topics.traffic`).
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from scipy.special import betainc

from topics.baseline import Baseline, Past, fit_baseline
from topics.looks import Look
from topics.tails import mid_p, ratio_interval
from topics.traffic import likelihood_lines, log_likelihood_ratio, traffic_factor

__all__ = ["GUARD_DAYS", "MIN_REPORTS", "WINDOW_DAYS", "look_for_bursts"]

WINDOW_DAYS = {1: (1.0, 2.0, 3.0, 5.0, 7.0), 24: (0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 7.0)}
"""By periods a day."""
MIN_REPORTS = 3
GUARD_DAYS = 7.0
"""The last days, which hold every window, teach the baseline nothing."""
MIN_BASELINE_DAYS = 3.5
"""Weighted days of a service's history without which nothing can be called unusual."""
RATIOS = (3.0, 5.0)
"""Bursts that the evidence is for. Two times the usual is drift's to find."""
RATE_DOUBT = 0.5
"""Share of the usual rate's uncertainty that the evidence makes allowance for. The whole of it is
in the p-value and the count of false findings; in the evidence it would hide bursts on pages with
few reports, and less of it finds more at equal false alarms."""
SUM_OVER_BEST = 0.45
"""By how much the sum over windows exceeds the best of them where it matters, in simulation."""
CANDIDATE_EVIDENCE = 1.0
"""Evidence (a logarithm) below which nobody would speak of a burst."""
N_LEVELS = 6
"""Evidence levels at which false findings are added up; others lie on lines between them."""
NONE = -np.inf
RARE = 1e-6
"""Keeps rates and variances off zero."""


@dataclass(frozen=True)
class _Windows:
    """One test for each window and cell: arrays of shape (n_windows, n_cells)."""

    counts: np.ndarray
    exposures: np.ndarray
    usual: np.ndarray
    means: np.ndarray
    sizes: np.ndarray
    sharp_sizes: np.ndarray

    def of_cells(self, chosen: np.ndarray) -> _Windows:
        """Return the tests of some cells."""
        return _Windows(*(getattr(self, one.name)[:, chosen] for one in fields(self)))


def look_for_bursts(past: Past) -> Look:
    """Return the evidence for a burst of every cell with what a signal tells."""
    baseline = fit_baseline(past)
    lengths = np.array(WINDOW_DAYS[past.per_day])
    tests = _windows(past, baseline, lengths)
    is_ready = baseline.days >= MIN_BASELINE_DAYS
    by_window = log_likelihood_ratio(tests.counts, tests.means, tests.sharp_sizes, RATIOS)
    by_window = np.where((tests.counts >= MIN_REPORTS) & is_ready, by_window, NONE)
    evidence = np.logaddexp.reduce(by_window, axis=0)
    is_candidate = evidence >= CANDIDATE_EVIDENCE
    # Told is the window that chance explains least: it fits the burst most closely.
    tails = np.where(np.isfinite(by_window), 1.0, np.inf)
    chosen = tests.of_cells(is_candidate)
    tails[:, is_candidate] *= mid_p(chosen.counts, chosen.usual, baseline.a[is_candidate])
    best = tails.argmin(axis=0)
    at = best, np.arange(len(evidence))
    n, days = tests.counts[at], lengths[best]
    tail = mid_p(n, tests.means[at], tests.sizes[at])
    inflation = 1.0 + baseline.dispersion / np.maximum(days, 1.0) * n
    low, high = ratio_interval(n, tests.exposures[at], baseline.a, baseline.b, inflation)
    return Look(
        rows=np.arange(len(evidence)),
        p=np.where(is_candidate, np.minimum(len(lengths) * tail, 1.0), 1.0),
        false=_false(evidence, tests.of_cells(is_ready)),
        days=days,
        n=n,
        expected=tests.usual[at],
        usual_a_day=baseline.rate,
        rate_ratio=n / tests.usual[at],
        low=low,
        high=high,
    )


def _windows(past: Past, baseline: Baseline, lengths: np.ndarray) -> _Windows:
    page, service = past.page_of_cell, past.service_of_cell
    shape = len(lengths), len(past.reports)
    counts, exposures, usual, means, sizes, sharp_sizes = (np.empty(shape) for _ in range(6))
    for i, days in enumerate(lengths):
        counts[i] = past.in_window(past.reports, days)
        exposures[i] = np.maximum(past.in_window(past.exposure, days)[service], 1e-9)
        usual[i] = baseline.rate * exposures[i]
        # Within a day reports rise and fall together, so a part of one is not more dispersed.
        dispersion = baseline.dispersion / max(days, 1.0)
        others = np.maximum(past.in_window(past.totals, days)[page] - counts[i], 0.0)
        mean = np.maximum(baseline.page_a / baseline.page_b - baseline.rate, RARE) * exposures[i]
        size = 1.0 / (1.0 / baseline.page_a + dispersion + RARE)
        traffic, spread = traffic_factor(others, mean, size, dispersion)
        means[i] = usual[i] * traffic
        sizes[i] = 1.0 / (1.0 / baseline.a + dispersion + spread + RARE)
        sharp_sizes[i] = 1.0 / (RATE_DOUBT / baseline.a + dispersion + spread + RARE)
    return _Windows(counts, exposures, usual, means, sizes, sharp_sizes)


def _false(evidence: np.ndarray, tests: _Windows) -> np.ndarray:
    """Return how many false findings to expect that are as strong as each; infinite for none.

    A test with critical count ``c`` is passed with probability ``P(Y >= c)``, exact for discrete
    counts. Windows of one cell are added up as if they never agreed, so the figure is an upper
    bound (see `topics.emerging` on how the budget accounts for it).
    """
    false = np.full(len(evidence), np.inf)
    candidates = np.flatnonzero(evidence >= CANDIDATE_EVIDENCE)
    if not len(candidates):
        return false
    found = evidence[candidates]
    levels = np.unique(found)
    if len(levels) > N_LEVELS:
        levels = np.quantile(levels, np.linspace(0.0, 1.0, N_LEVELS))
    lines = likelihood_lines(tests.means, tests.sharp_sizes, RATIOS)
    share = tests.means / (tests.means + tests.sizes)
    sums = []
    for level in levels:
        needed = np.minimum.reduce(
            [(level - SUM_OVER_BEST + loss) / slope for slope, loss in lines]
        )
        critical = np.maximum(np.ceil(needed - 1e-9), MIN_REPORTS)
        sums.append(betainc(critical, tests.sizes, share).sum())
    logs = np.log(np.maximum(sums, 1e-300))
    false[candidates] = np.exp(np.interp(found, levels, logs))
    return false
