"""A week like those before it is no change; a week that differs is told. Seeded simulations."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.spatial.distance import jensenshannon
from scipy.stats import chi2_contingency

from feedback.text_drift import (
    ALPHA,
    BASELINE_WEEKS,
    MIN_WEEKS,
    adjusted,
    jensen_shannon,
    mean_drift,
    mix_drift,
)
from feedback.text_drift import _tested as measured

CODES = np.r_[[0.3, 0.2, 0.1], np.full(17, 0.4 / 17)]
LANGUAGES = np.array([0.85, 0.08, 0.02, 0.05])
LENGTHS = np.array([0.1, 0.3, 0.4, 0.15, 0.05])
CODED = np.array([0.8, 0.2])
MIXES = (CODES, LANGUAGES, LENGTHS, CODED)
N_LOOKS = 500


def week(rng: np.random.Generator, mix: np.ndarray, n: int, correlation: float) -> np.ndarray:
    """Counts of a week; with a correlation its comments come in waves."""
    if correlation:
        mix = rng.dirichlet(mix * (1 - correlation) / correlation)
    return rng.multinomial(n, mix)


def looks(correlation: float, sizes: list[int], seed: int) -> float:
    """Share of looks at weeks in which nothing changed that tell a change."""
    rng, told = np.random.default_rng(seed), 0
    for _ in range(N_LOOKS):
        p_values = [
            mix_drift(np.array([week(rng, mix, n, correlation) for n in sizes])).p_value
            for mix in MIXES
        ]
        means = rng.normal(0.85, 0.01, len(sizes))
        p_values.append(mean_drift(list(means), sizes).p_value)
        told += min(adjusted(p_values)) < ALPHA
    return told / N_LOOKS


UNEQUAL = [200, 900, 300, 400, 100, 2_000, 400, 300, 800, 150, 400, 1_200]


@pytest.mark.parametrize(
    ("correlation", "sizes"),
    [
        (0.0, [400] * 12),
        (0.005, [400] * 12),
        (0.02, [400] * 12),
        (0.01, UNEQUAL),
        (0.003, [20_000] * 12),
    ],
)
def test_weeks_that_only_wobble_are_no_change(correlation: float, sizes: list[int]) -> None:
    """The rate by chance is ALPHA; three standard errors above it is the limit."""
    limit = ALPHA + 3 * math.sqrt(ALPHA * (1 - ALPHA) / N_LOOKS)
    assert looks(correlation, sizes, seed=11) <= limit


def test_a_code_that_comes_in_heavy_bursts_is_told_more_often_and_not_all_the_time() -> None:
    """The limit of the method: a burst does change the text. Told in docs/quality.md."""
    rng, told = np.random.default_rng(6), 0
    for _ in range(N_LOOKS):
        table = []
        for _ in range(12):
            mix = CODES * np.where(np.arange(20) == 2, np.exp(rng.normal(0, 0.8)), 1)
            table.append(rng.multinomial(400, mix / mix.sum()))
        told += mix_drift(np.array(table)).p_value < ALPHA / 5
    assert ALPHA / 5 < told / N_LOOKS < 0.05


def test_plain_chance_as_the_yardstick_would_cry_wolf() -> None:
    """What this is for: against chance alone, weeks that come in waves always look changed."""
    rng, told = np.random.default_rng(3), 0
    for _ in range(200):
        table = np.array([week(rng, CODES, 400, 0.02) for _ in range(12)])
        both = np.vstack([table[:-1].sum(axis=0), table[-1]])
        told += chi2_contingency(both, correction=False).pvalue < ALPHA
    assert told / 200 > 0.5


@pytest.mark.parametrize(("correlation", "at_least"), [(0.0, 95), (0.005, 60)])
def test_a_planted_change_is_told_and_what_changed_is_named(
    correlation: float, at_least: int
) -> None:
    """One code of twenty goes from 2% to 14%; where weeks come in waves, it drowns more often."""
    rng, told = np.random.default_rng(5), 0
    changed = CODES * np.where(np.arange(20) == 7, 8, 1)
    changed /= changed.sum()
    for _ in range(100):
        table = [week(rng, CODES, 400, correlation) for _ in range(11)]
        found = mix_drift(np.array([*table, week(rng, changed, 400, correlation)]))
        told += found.p_value < ALPHA / 5 and int(np.argmax(found.pull)) == 7
    assert told >= at_least


def test_without_waves_the_statistic_is_pearsons() -> None:
    """Recomputed by scipy's chi-square test of the two-row table."""
    before = np.array([[600, 300, 100], [601, 299, 100], [599, 300, 101], [600, 301, 99]])
    now = np.array([200, 150, 50])
    _, pull = measured(before.astype(float), now.astype(float))
    both = np.vstack([before.sum(axis=0), now])
    assert pull.sum() == pytest.approx(chi2_contingency(both, correction=False).statistic)


def test_the_distance_is_that_of_scipy() -> None:
    one, other = np.array([0.2, 0.5, 0.3, 0.0]), np.array([0.1, 0.2, 0.3, 0.4])
    assert jensen_shannon(one, other) == pytest.approx(jensenshannon(one, other, base=2))
    assert jensen_shannon(one, one) == 0


def test_too_little_says_nothing() -> None:
    calm = np.tile([80, 20], (BASELINE_WEEKS, 1))
    assert mix_drift(np.vstack([calm[: MIN_WEEKS - 1], [10, 90]])).is_too_few
    assert mix_drift(np.vstack([calm, [1, 9]])).is_too_few, "the week itself is too small"
    assert mix_drift(np.vstack([np.ones((11, 2)), [10, 90]])).is_too_few, "weeks before are"
    assert mean_drift([0.8] * 3 + [0.1], [500] * 4).is_too_few
    assert mean_drift([], []).is_too_few
    assert not mix_drift(np.vstack([calm, [10, 90]])).is_too_few


def test_a_value_that_was_never_there_is_counted() -> None:
    table = np.vstack([np.tile([400, 0], (11, 1)), [300, 100]])
    assert mix_drift(table).p_value < 0.001


def test_rare_values_alone_are_no_change() -> None:
    """Four values of which each came once or twice are counted together."""
    table = np.vstack([np.tile([400, 1, 1, 0, 0], (11, 1)), [400, 0, 0, 1, 1]])
    assert mix_drift(table).p_value > 0.05


def test_means_that_differ_by_how_computers_add_up_are_no_change() -> None:
    alike = [0.9 + 1e-16 * number for number in range(11)]
    assert mean_drift([*alike, 0.9 + 1e-15], [500] * 12).p_value == 1
    assert mean_drift([*alike, 0.8], [500] * 12).p_value == 0
