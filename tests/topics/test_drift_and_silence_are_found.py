"""Slow growth and a page that falls silent are found; noise, holidays and stopped feeds are not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats

from topics.baseline import past_of
from topics.emerging import find_signals
from topics.looks import Look
from topics.panel import make_panel
from topics.trends import look_for_drift

DAYS = pd.date_range("2026-01-05", periods=84, tz="UTC")


def series(page: str, theme: str, means: np.ndarray | float, *, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    n = rng.poisson(np.broadcast_to(means, len(DAYS)))
    frame = pd.DataFrame(
        {"service": "plea", "page": page, "theme": theme, "period_start": DAYS, "n": n}
    )
    return frame[frame["n"] > 0]


def calm(seed: int = 0) -> pd.DataFrame:
    return pd.concat(
        [
            series(f"/plea/{i}", f"theme.{j}", 0.8, seed=seed + 10 * i + j)
            for i in range(1, 5)
            for j in range(3)
        ],
        ignore_index=True,
    )


def kinds(counts: pd.DataFrame, kind: str) -> pd.DataFrame:
    found = find_signals(counts, with_watch=False)
    return found[found["kind"] == kind]


GROWING = 0.5 * 2.0 ** (np.arange(84) / 28)
"""Reports a day that double every four weeks."""


def test_growth_over_weeks_is_drift_with_an_interval_that_holds_the_truth() -> None:
    growing = series("/plea/1", "content.unclear", GROWING, seed=7)
    found = kinds(pd.concat([calm(), growing]), "drift")
    assert found["theme"].tolist() == ["content.unclear"]
    drift = found.iloc[0]
    assert 1.0 < drift["low"] < 2.0 < drift["high"]
    assert drift["n"] / drift["expected"] == pytest.approx(drift["rate_ratio"], rel=0.3)
    assert drift["window"] == "28d"
    assert "unclear guidance on /plea/1 in the last four weeks, growing" in drift["sentence"]


@pytest.mark.parametrize("seed", range(5))
def test_steady_counts_do_not_drift(seed: int) -> None:
    assert kinds(calm(seed * 100), "drift").empty


def test_one_great_week_is_no_drift() -> None:
    means = np.where(np.arange(84) >= 77, 4.0, 0.8)
    counts = pd.concat([calm(), series("/plea/1", "content.unclear", means, seed=6)])
    found = find_signals(counts, with_watch=True)
    assert found[found["theme"] == "content.unclear"]["kind"].tolist() == ["burst"]


@pytest.mark.parametrize("first", [70, 77])
def test_what_one_week_says_alone_is_no_evidence_of_drift(first: int) -> None:
    days = np.arange(84)
    means = np.where((days >= first) & (days < first + 7), 3.0, 0.8)
    counts = pd.concat([calm(), series("/plea/1", "content.unclear", means, seed=6)])
    assert drift_of(counts, "content.unclear").p[0] == 1.0


def drift_of(counts: pd.DataFrame, theme: str) -> Look:
    panel = make_panel(counts, per_day=1, end=DAYS[-1] + pd.Timedelta(days=1))
    look = look_for_drift(past_of(panel, 84, np.arange(len(panel.cells)), None, 7.0))
    cell = int(np.flatnonzero(panel.cells["theme"] == theme)[0])
    return look.pick(look.rows == cell)


def test_growth_of_all_of_a_page_is_no_drift_of_its_themes() -> None:
    page = [series("/plea/1", f"theme.{j}", GROWING * 3, seed=30 + j) for j in range(4)]
    assert kinds(pd.concat([calm(), *page]), "drift").empty


def test_the_slope_is_the_maximum_of_the_negative_binomial_likelihood() -> None:
    counts = pd.concat([calm(), series("/plea/1", "content.unclear", GROWING, seed=7)])
    panel = make_panel(counts, per_day=1, end=DAYS[-1] + pd.Timedelta(days=1))
    cell = int(np.flatnonzero(panel.cells["theme"] == "content.unclear")[0])
    past = past_of(panel, 84, np.arange(len(panel.cells)), None, 7.0)
    look = look_for_drift(past)
    ratio = look.rate_ratio[list(look.rows).index(cell)]

    from topics.baseline import fit_baseline

    weeks = panel.reports[cell, -56:].reshape(8, 7).sum(axis=1)
    exposure = past.exposure[0, -56:].reshape(8, 7).sum(axis=1)
    phi = max(float(fit_baseline(past).dispersion[cell]) / 7.0, 1e-6)

    def minus_log_likelihood(x: np.ndarray) -> float:
        mean = exposure * np.exp(x[0] + x[1] * np.arange(8))
        return -float(stats.nbinom.logpmf(weeks, 1 / phi, 1 / (1 + phi * mean)).sum())

    best = optimize.minimize(
        minus_log_likelihood,
        [0.0, 0.0],
        method="Nelder-Mead",
        options={"xatol": 1e-8, "fatol": 1e-10, "maxiter": 4000},
    )
    assert ratio == pytest.approx(np.exp(4 * best.x[1]), rel=1e-3)


def without_last(counts: pd.DataFrame, page: str, days: int) -> pd.DataFrame:
    return counts[~((counts["page"] == page) & (counts["period_start"] >= DAYS[-days]))]


def test_a_page_whose_reports_stop_is_quiet() -> None:
    found = kinds(without_last(calm(), "/plea/2", 7), "quiet")
    assert found["page"].tolist() == ["/plea/2"]
    quiet = found.iloc[0]
    assert (quiet["n"], quiet["rate_ratio"], quiet["low"], quiet["theme"]) == (0, 0.0, 0.0, "all")
    assert 10 < quiet["expected"] < 25
    assert quiet["high"] < 0.5
    assert quiet["sentence"].startswith("No reports on /plea/2 since ")
    assert quiet["sentence"].endswith("; usually 2 a day.")


@pytest.mark.parametrize("seed", range(5))
def test_steady_pages_are_not_quiet(seed: int) -> None:
    assert kinds(calm(seed * 100), "quiet").empty


def test_a_feed_that_stopped_makes_no_page_quiet() -> None:
    counts = calm()
    other = counts.assign(service="fees", page=counts["page"].str.replace("plea", "fees"))
    stopped = counts[counts["period_start"] < DAYS[-7]]
    assert kinds(pd.concat([stopped, other]), "quiet").empty


def test_a_page_with_few_reports_cannot_be_quiet() -> None:
    rare = series("/plea/9", "theme.0", 0.05, seed=1)
    rare = rare[rare["period_start"] < DAYS[-14]]
    assert len(rare) > 0
    assert kinds(pd.concat([calm(), rare]), "quiet").empty
