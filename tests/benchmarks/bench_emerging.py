"""Measure what signals on counts find at equal false alarms; writes results/emerging.json.

``python tests/benchmarks/bench_emerging.py [--out FILE] [--seed N] [--quick]``

Invented counts, as in `tests.topics.simulation`: 60 pages with 8 themes, 0.54 reports a day in the
mean, 72% of the days without one, half of the pages overdispersed, 26 weeks of history. For each
method the threshold is set on panels where nothing changes, so that it raises 1 (or 5) false alarms
in 100 page-weeks; other panels, of other seeds, have a change for seven days on one theme of 15
pages. The change is 2, 3 or 5 times the usual on a theme with at least 0.2 reports a day (fewer in
a week say nothing), or 3 more a day on any theme. Told are the share found by the seventh day and
the mean number of reports until then. ``any theme`` has no such limit. A surge is three times the
traffic on all themes of a page for seven days. Drift grows from one report a day, doubling in four
weeks, and lasts four weeks, or eight.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tests.benchmarks.emerging_peers import PEERS, episodes, threshold
from tests.topics.simulation import draw_counts, draw_rates, panel_of, simulate_counts
from topics.baseline import past_of
from topics.bursts import GUARD_DAYS, look_for_bursts
from topics.emerging import find_signals
from topics.looks import Look
from topics.panel import HISTORY_DAYS
from topics.trends import DRIFT_GUARD_DAYS, look_for_drift

OUT = Path(__file__).parent / "results" / "emerging.json"
OURS = "Feedback Toolkit"
N_PAGES, N_THEMES = 60, 8
PAGES_CHANGED = 15
NULL_WEEKS = 10
DAYS = 7
PER_100_PAGE_WEEKS = (1, 5)
WEAKEST = -50.0

Statistic = Callable[[np.ndarray], np.ndarray]
"""From counts (n_pages, n_themes, n_days) to the days after the history, (n_cells, n_days)."""


@dataclass(frozen=True)
class Change:
    """What happens to some cells after the history."""

    times: float = 1.0
    more: float = 0.0
    least_rate: float = 0.0
    days: int = DAYS
    is_page: bool = False
    doubles_in: float = 0.0


CHANGES = {
    "2x": Change(times=2, least_rate=0.2),
    "3x": Change(times=3, least_rate=0.2),
    "5x": Change(times=5, least_rate=0.2),
    "+3 a day": Change(more=3),
    "3x, any theme": Change(times=3),
    "5x, any theme": Change(times=5),
}
SURGE = Change(times=3, is_page=True)
DRIFTS = {
    "doubles in 4 weeks, then ends": Change(days=28, doubles_in=28.0),
    "doubles in 4 weeks, goes on for 8": Change(days=56, doubles_in=28.0),
}


def calm(seed: int, weeks: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    rates = draw_rates(rng, N_PAGES, N_THEMES)
    return draw_counts(rng, np.repeat(rates[:, :, None], HISTORY_DAYS + 7 * weeks, axis=2))


def changed(seed: int, change: Change) -> tuple[np.ndarray, np.ndarray]:
    """Return counts and the positions of the cells that change."""
    rng = np.random.default_rng(seed)
    rates = draw_rates(rng, N_PAGES, N_THEMES)
    cells = []
    for page in rng.choice(N_PAGES, PAGES_CHANGED, replace=False):
        themes = np.flatnonzero(rates[page] >= change.least_rate)
        if change.is_page:
            cells.extend((page, theme) for theme in themes)
        elif len(themes):
            cells.append((page, rng.choice(themes)))
    at = tuple(np.array(cells).T)
    if change.doubles_in:
        rates[at] = 1.0
    means = np.repeat(rates[:, :, None], HISTORY_DAYS + change.days, axis=2)
    grown = means[at][:, HISTORY_DAYS:] * change.times + change.more
    if change.doubles_in:
        grown = grown * 2.0 ** (np.arange(1, change.days + 1) / change.doubles_in)
    means[at[0], at[1], HISTORY_DAYS:] = grown
    return draw_counts(rng, means), at[0] * N_THEMES + at[1]


def statistic_of(look_for: Callable[..., Look], guard_days: float) -> Statistic:
    """Return the toolkit's own look, day by day, as a statistic: fewer false findings, stronger."""

    def statistic(counts: np.ndarray) -> np.ndarray:
        panel = panel_of(counts)
        n_days = panel.n_periods - HISTORY_DAYS
        strength = np.full((len(panel.cells), n_days), WEAKEST)
        is_seen = np.cumsum(panel.reports, axis=1) > 0
        for day in range(n_days):
            now = HISTORY_DAYS + day + 1
            seen = np.flatnonzero(is_seen[:, now - 1])
            look = look_for(past_of(panel, now, seen, None, guard_days))
            strength[seen[look.rows], day] = -np.log(np.clip(look.false, 1e-20, 1e20))
        return strength

    return statistic


def peer(method: Callable[..., np.ndarray]) -> Statistic:
    def statistic(counts: np.ndarray) -> np.ndarray:
        flat = counts.reshape(N_PAGES * N_THEMES, -1)
        return method(flat, HISTORY_DAYS)[:, HISTORY_DAYS:]

    return statistic


def levels_of(statistic: Statistic, seed: int, n_panels: int, weeks: int) -> dict[int, float]:
    """Return the threshold for each rate of false alarms, from panels where nothing changes."""
    found = np.concatenate([statistic(calm(seed + i, weeks)) for i in range(n_panels)])
    page_weeks = n_panels * N_PAGES * weeks
    return {rate: threshold(found, rate * page_weeks / 100) for rate in PER_100_PAGE_WEEKS}


def power(
    statistic: Statistic, change: Change, levels: dict[int, float], seed: int, n_panels: int
) -> dict[int, dict[str, float]]:
    """Return the share found and the mean number of reports until then."""
    hits: dict[int, list[np.ndarray]] = {rate: [] for rate in levels}
    reports = []
    for i in range(n_panels):
        counts, cells = changed(seed + i, change)
        found = statistic(counts)[cells]
        flat = counts.reshape(-1, counts.shape[2])
        reports.append(np.cumsum(flat[cells, HISTORY_DAYS:], axis=1))
        for rate, level in levels.items():
            hits[rate].append(found >= level)
    so_far = np.concatenate(reports)
    figures = {}
    for rate, parts in hits.items():
        hit = np.concatenate(parts)
        is_found = hit.any(axis=1)
        until = so_far[is_found, hit.argmax(axis=1)[is_found]]
        share = float(is_found.mean())
        figures[rate] = {
            "percent_found": round(100 * share, 1),
            "standard_error": round(100 * float(np.sqrt(share * (1 - share) / len(hit))), 1),
            "reports_until_found": round(float(until.mean()), 1) if len(until) else 0.0,
            "n": len(hit),
        }
    return figures


def alarms_in_surge(
    statistic: Statistic, levels: dict[int, float], seed: int, n_panels: int
) -> dict[int, float]:
    """Return alarms in 100 page-weeks of a surge of a page's traffic."""
    alarms = dict.fromkeys(levels, 0)
    for i in range(n_panels):
        counts, cells = changed(seed + i, SURGE)
        found = statistic(counts)[cells]
        for rate, level in levels.items():
            alarms[rate] += episodes(found, level)
    page_weeks = n_panels * PAGES_CHANGED * DAYS / 7
    return {rate: round(100 * n / page_weeks, 1) for rate, n in alarms.items()}


def measure(statistic: Statistic, seed: int, n_panels: int) -> dict[str, Any]:
    started = time.perf_counter()
    levels = levels_of(statistic, seed, n_panels, NULL_WEEKS)
    found = {
        name: power(statistic, change, levels, seed + 1000 * (1 + i), n_panels)
        for i, (name, change) in enumerate(CHANGES.items())
    }
    return {
        "found": found,
        "surge_alarms_per_100_page_weeks": alarms_in_surge(
            statistic, levels, seed + 9000, n_panels
        ),
        "seconds": round(time.perf_counter() - started, 1),
    }


def measure_drift(seed: int, n_panels: int) -> dict[str, Any]:
    statistic = statistic_of(look_for_drift, DRIFT_GUARD_DAYS)
    levels = levels_of(statistic, seed, n_panels, NULL_WEEKS)
    n_drifts = max(n_panels // 2, 1)
    return {
        name: power(statistic, change, levels, seed + 1000 * (1 + i), n_drifts)
        for i, (name, change) in enumerate(DRIFTS.items())
    }


def seconds_of_a_look(seed: int) -> float:
    """Return the time of one look at half a year of hours, the fastest of three."""
    counts = simulate_counts(seed, n_days=HISTORY_DAYS, per_day=24)
    taken = []
    for _ in range(3):
        started = time.perf_counter()
        find_signals(counts)
        taken.append(time.perf_counter() - started)
    return round(min(taken), 2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--seed", type=int, default=770_000, help="first seed of the panels")
    parser.add_argument("--quick", action="store_true", help="few panels: a test of the script")
    arguments = parser.parse_args()
    n_panels = 2 if arguments.quick else 40
    methods = {OURS: statistic_of(look_for_bursts, GUARD_DAYS)}
    methods |= {name: peer(method) for name, method in PEERS.items()}
    first = calm(arguments.seed, NULL_WEEKS)
    git = ["git", "rev-parse", "--short", "HEAD"]
    figures = {
        "what": " ".join((__doc__ or "").split("\n\n", 2)[2].split()),
        "machine": f"{platform.machine()}, {platform.system()}, {os.cpu_count()} cores",
        "data": "invented counts",
        "seed": arguments.seed,
        "commit": subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip(),
        "n_panels": n_panels,
        "mean_reports_a_day": round(float(first.mean()), 3),
        "share_of_zero_days": round(float((first == 0).mean()), 3),
        "bursts": {
            name: measure(method, arguments.seed, n_panels) for name, method in methods.items()
        },
        "drift": measure_drift(arguments.seed + 50_000, n_panels),
        "seconds_of_one_look_at_half_a_year_of_hours": seconds_of_a_look(arguments.seed),
    }
    arguments.out.parent.mkdir(exist_ok=True)
    arguments.out.write_text(json.dumps(figures, indent=2) + "\n")
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
