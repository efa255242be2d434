"""Calibration error and Brier score against scikit-learn, pandas and known answers."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss

from classifiers.calibration import calibrate, reliability


def by_hand(truth: np.ndarray, probabilities: np.ndarray, n_bins: int = 10) -> float:
    """Quantile bins by pandas, of values without ties."""
    frame = pd.DataFrame({"truth": truth, "stated": probabilities})
    frame["bin"] = pd.qcut(frame["stated"].rank(method="first"), n_bins, labels=False)
    means = frame.groupby("bin")[["truth", "stated"]].mean()
    sizes = frame.groupby("bin").size()
    return float((sizes * (means["truth"] - means["stated"]).abs()).sum() / len(frame))


@pytest.mark.parametrize("seed", range(5))
def test_pandas_and_scikit_learn_agree(seed: int) -> None:
    generator = np.random.default_rng(seed)
    stated = generator.random(500)
    truth = generator.random(500) < stated**2
    found = reliability(truth, stated)
    assert found.error == pytest.approx(by_hand(truth, stated))
    assert found.brier == pytest.approx(brier_score_loss(truth, stated))
    assert (found.n, found.n_true) == (500, truth.sum())


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.booleans(), st.sampled_from([0.0, 0.1, 0.5, 0.9])), min_size=1),
    st.randoms(use_true_random=False),
)
def test_the_order_of_comments_does_not_matter(
    pairs: list[tuple[bool, float]], random: np.random.Generator
) -> None:
    shuffled = pairs.copy()
    random.shuffle(shuffled)  # type: ignore[arg-type]
    one, other = (
        reliability(np.array([t for t, _ in rows]), np.array([p for _, p in rows]))
        for rows in (pairs, shuffled)
    )
    assert one.error == pytest.approx(other.error)
    assert 0 <= one.error <= 1


def test_equal_probabilities_share_a_bin() -> None:
    truth = np.array([True] * 50 + [False] * 50)
    assert reliability(truth, np.full(100, 0.5)).error == 0
    assert reliability(truth, np.full(100, 0.8)).error == pytest.approx(0.3)


def test_true_probabilities_err_as_chance_does_and_false_ones_more() -> None:
    generator = np.random.default_rng(3)
    stated = generator.random(2000)
    honest = reliability(generator.random(2000) < stated, stated)
    assert 0.5 < honest.error / honest.by_chance < 1.7
    boastful = reliability(generator.random(2000) < 0.5, stated)
    assert boastful.error > 5 * boastful.by_chance


def test_told_codes_and_each_code_are_looked_at_alone() -> None:
    truth = np.array([[1, 0], [0, 0]], bool)
    stated = np.array([[0.6, 0.0], [0.4, 0.1]])
    told = np.array([[1, 0], [0, 0]], bool)
    found = calibrate(truth, stated, told, ["a", "b"])
    assert found.told.error == pytest.approx(0.4)
    assert [code.code for code in found.codes] == ["a", "b"]
    assert found.codes[0].reliability.brier == pytest.approx(0.16)
    assert found.codes[1].reliability.brier == pytest.approx(0.005)
    assert found.all_pairs.n == 4
    nothing = calibrate(truth, stated, np.zeros_like(told), ["a", "b"]).told
    assert nothing.n == 0
    assert math.isnan(nothing.error)
