"""Agreement of sentiment with satisfaction, each figure recomputed by another route."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.metrics import cohen_kappa_score

from classifiers.metrics import Resamples
from classifiers.tone_agreement import measure_tone

TONES = ("negative", "neutral", "mixed", "positive")
LEVELS = {"negative": 0, "neutral": 1, "mixed": 1, "positive": 2}


def drawn(n: int, seed: int) -> tuple[list[str], list[int]]:
    generator = np.random.default_rng(seed)
    scores = generator.integers(1, 6, n)
    tones = [TONES[int(np.clip(score - 2 + generator.integers(-2, 3), 0, 3))] for score in scores]
    return tones, scores.tolist()


@pytest.mark.parametrize("seed", range(5))
def test_kappa_and_correlation_are_those_of_the_libraries(seed: int) -> None:
    tones, scores = drawn(150, seed)
    told = measure_tone(tones, scores)
    levels = [LEVELS[tone] for tone in tones]
    of_scores = [0 if score < 3 else 1 if score == 3 else 2 for score in scores]
    assert told.kappa.value == pytest.approx(
        cohen_kappa_score(levels, of_scores, weights="quadratic")
    )
    assert told.spearman.value == pytest.approx(spearmanr(levels, scores).statistic)


def test_intervals_are_those_of_a_plain_bootstrap() -> None:
    tones, scores = drawn(200, 7)
    told = measure_tone(tones, scores, n_resamples=4_000)
    generator = np.random.default_rng(1)
    levels, given = np.array([LEVELS[tone] for tone in tones]), np.array(scores)
    plain = []
    for _ in range(2_000):
        rows = generator.integers(0, 200, 200)
        plain.append(spearmanr(levels[rows], given[rows]).statistic)
    low, high = np.percentile(plain, [2.5, 97.5])
    assert told.spearman.low == pytest.approx(low, abs=0.015)
    assert told.spearman.high == pytest.approx(high, abs=0.015)


def test_comments_of_one_response_are_drawn_together() -> None:
    tones, scores = drawn(100, 3)
    alone = measure_tone(tones, scores)
    thrice = measure_tone(tones * 3, scores * 3, [str(n) for n in range(100)] * 3)
    assert thrice.n_comments == 300
    assert thrice.n_responses == 100
    assert thrice.kappa.value == pytest.approx(alone.kappa.value)
    width, width_alone = (told.kappa.high - told.kappa.low for told in (thrice, alone))
    assert width == pytest.approx(width_alone, rel=0.15), "repeating says nothing new"
    strangers = measure_tone(tones * 3, scores * 3).kappa
    assert strangers.high - strangers.low < 0.75 * width


def test_contradictions_are_counted_with_their_base() -> None:
    tones = ["negative"] * 3 + ["positive"] * 37 + ["negative"] * 20
    scores = [5] * 40 + [1] * 20
    satisfied, dissatisfied = measure_tone(tones, scores).contradictions
    assert (satisfied.score, satisfied.sentiment) == (5, "negative")
    assert (satisfied.n, satisfied.n_against) == (40, 3)
    against = np.array([True] * 3 + [False] * 37)
    weights = Resamples.draw(40, n_resamples=4_000).weights
    plain = np.percentile(weights[1:] @ against / 40, [2.5, 97.5])
    assert [satisfied.share.low, satisfied.share.high] == pytest.approx(plain, abs=0.03)
    assert not satisfied.is_too_few
    assert (dissatisfied.n, dissatisfied.n_against) == (20, 0)
    assert dissatisfied.share.high == pytest.approx(1 - 0.025 ** (1 / 20))
    assert dissatisfied.is_too_few


def test_too_few_says_so_and_none_breaks_nothing() -> None:
    assert measure_tone(*drawn(29, 1)).is_too_few
    assert not measure_tone(*drawn(30, 1)).is_too_few
    nobody = measure_tone([], [])
    assert nobody.is_too_few
    assert nobody.as_dict()["kappa"]["value"] is None
    same = measure_tone(["positive"] * 40, [5] * 40)
    assert same.as_dict()["kappa"]["value"] is None, "chance has nothing to get wrong"


def test_the_table_counts_every_comment_once() -> None:
    tones, scores = drawn(90, 2)
    told = measure_tone(tones, scores)
    assert sum(map(sum, told.table)) == 90
    row, column = told.sentiments.index("mixed"), 2
    pairs = list(zip(tones, scores, strict=True))
    assert told.table[row][column] == pairs.count(("mixed", 3))
