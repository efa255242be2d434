"""Several scores of a code become one probability: known weights come back, none is negative."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from classifiers.embedding import THRESHOLD_DOUBT, CodeHead, best_threshold, thresholds_of
from classifiers.scaling import (
    MIN_OWN_SCALE,
    PRIOR_THRESHOLD,
    calibrate,
    prior_scale,
    probabilities_of,
)

N_TEXTS = 6000


def simulated(weights: list[list[float]], offset: list[float]) -> tuple[np.ndarray, np.ndarray]:
    """Scores, and codes drawn with the probabilities that these weights give them."""
    generator = np.random.default_rng(11)
    scores = generator.normal(size=(N_TEXTS, len(weights), len(weights[0])))
    probabilities = probabilities_of(scores, np.array(weights), np.array(offset))
    return scores, generator.random(probabilities.shape) < probabilities


def test_known_weights_come_back() -> None:
    weights, offset = [[1.5, 0.7], [0.4, 2.0], [1.0, 0.0]], [-1.0, 0.5, -2.0]
    scores, truth = simulated(weights, offset)
    found, found_offset = calibrate(scores, truth)
    assert found == pytest.approx(np.array(weights), abs=0.15)
    assert found_offset == pytest.approx(np.array(offset), abs=0.15)


def test_a_probability_is_the_logistic_of_the_weighted_scores() -> None:
    scores = np.array([[[2.0, -1.0], [0.0, 3.0]]])
    found = probabilities_of(scores, np.array([[0.5, 1.0], [7.0, 0.1]]), np.array([0.25, -1.0]))
    assert found.tolist() == [
        pytest.approx([expit(0.5 * 2 - 1 + 0.25), expit(0.3 - 1)]),
    ]


def test_a_score_that_speaks_against_its_code_is_left_out() -> None:
    scores, truth = simulated([[1.2, -0.8], [1.0, 0.9]], [-1.0, -1.0])
    weights, offset = calibrate(scores, truth)
    assert weights[0, 1] == 0.0
    alone = LogisticRegression(C=10.0, max_iter=1000).fit(scores[:, 0, :1], truth[:, 0])
    assert weights[0, 0] == pytest.approx(alone.coef_[0, 0])
    assert offset[0] == pytest.approx(alone.intercept_[0])
    assert weights[1].min() > 0.8


def test_where_every_score_speaks_against_it_a_code_has_its_share() -> None:
    scores, truth = simulated([[-1.0, -0.5]], [-1.0])
    weights, offset = calibrate(scores, truth)
    assert weights.tolist() == [[0.0, 0.0]]
    given = probabilities_of(scores[:5], weights, offset)
    assert given.ravel() == pytest.approx(np.full(5, truth.mean()))


@pytest.mark.parametrize("seed", range(8))
def test_no_weight_is_ever_negative(seed: int) -> None:
    generator = np.random.default_rng(seed)
    scores = generator.normal(size=(80, 6, 3))
    truth = generator.random((80, 6)) < generator.uniform(0.02, 0.7, 6)
    weights, offset = calibrate(scores, truth)
    assert weights.min() >= 0
    assert np.isfinite(offset).all()


def test_a_code_with_few_comments_shares_the_scale_of_all() -> None:
    """Two codes of five and of nineteen comments have one scale; one of twenty has its own."""
    generator = np.random.default_rng(4)
    truth = np.zeros((900, 5), bool)
    for column, n in enumerate((MIN_OWN_SCALE - 1, 5, MIN_OWN_SCALE, 300, 4)):
        truth[generator.permutation(900)[:n], column] = True
    scores = generator.normal(size=(*truth.shape, 2)) + 1.5 * truth[..., None]
    weights, offset = calibrate(scores, truth)
    trained = truth[:, :4]
    pooled = LogisticRegression(C=10.0, max_iter=1000).fit(
        scores[:, :4].reshape(-1, 2), trained.ravel()
    )
    for column in (0, 1):
        assert weights[column] == pytest.approx(pooled.coef_[0])
        assert offset[column] == pytest.approx(pooled.intercept_[0])
    for column in (2, 3):
        assert weights[column] != pytest.approx(pooled.coef_[0], abs=1e-3)
    assert weights[4, 0] == 0.0 < weights[4, 1]  # no regression: what else is known speaks alone


def test_a_code_that_nobody_gave_goes_by_what_the_others_taught() -> None:
    scores, truth = simulated([[1.0, 1.5], [1.0, 1.5]], [-1.0, -1.0])
    truth[:, 1] = False
    weights, _ = calibrate(scores, truth)
    assert weights[1, 0] == 0.0 < weights[1, 1]
    alone, offset = calibrate(scores[..., :1], truth)
    assert alone[1].tolist() == [0.0]
    assert expit(offset[1]) < 1e-9


@pytest.mark.parametrize("n_scores", [1, 2])
def test_a_code_that_every_comment_carries_breaks_nothing(n_scores: int) -> None:
    generator = np.random.default_rng(6)
    for n_codes in (1, 2):
        truth = np.ones((40, n_codes), bool)
        weights, offset = calibrate(generator.normal(size=(40, n_codes, n_scores)), truth)
        assert np.isfinite(weights).all()
        assert np.isfinite(offset).all()


def test_before_anything_is_coded_likeness_alone_counts() -> None:
    weights, offset = prior_scale(27)
    scores = np.zeros((1, 27, 2))
    scores[0, 3] = [99.0, 0.3]  # a regression that was never trained has no say
    scores[0, 4] = [0.0, -0.1]
    found = probabilities_of(scores, weights, offset)[0]
    assert found[3] > 0.5 > found[0] > found[4]
    assert found[0] < PRIOR_THRESHOLD < found[3]
    assert offset[0] > prior_scale(80)[1][0]  # of more codes each is rarer


def thresholds_by_hand(truth: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    own = [best_threshold(truth[:, c], probabilities[:, c]) for c in range(truth.shape[1])]
    mean = sum(own) / len(own)
    return np.array(
        [
            (n * one + THRESHOLD_DOUBT * mean) / (n + THRESHOLD_DOUBT)
            for n, one in zip(truth.sum(axis=0), own, strict=True)
        ]
    )


def test_with_few_positives_a_threshold_is_drawn_to_the_mean() -> None:
    generator = np.random.default_rng(8)
    truth = generator.random((4000, 3)) < [0.3, 0.01, 0.1]
    probabilities = np.clip(
        truth * [0.2, 0.6, 0.4] + generator.random(truth.shape) * [0.4, 0.5, 0.4], 0, 1
    )
    own = np.array([best_threshold(truth[:, c], probabilities[:, c]) for c in range(3)])
    found = thresholds_of(truth, probabilities)
    assert found == pytest.approx(thresholds_by_hand(truth, probabilities))
    distance = np.abs(found - own) / np.abs(own.mean() - own)
    n_positives = truth.sum(axis=0)
    assert distance == pytest.approx(40 / (40 + n_positives))
    assert distance[0] < 0.05  # over a thousand positives: its own, near enough
    assert distance[1] > 0.4  # some forty: half the mean


def test_a_code_without_regression_has_the_mean_threshold() -> None:
    generator = np.random.default_rng(9)
    truth = generator.random((500, 3)) < [0.3, 0.2, 0.0]
    probabilities = np.clip(truth * 0.3 + generator.random(truth.shape) * 0.6, 0, 1)
    found = thresholds_of(truth, probabilities)
    own = [best_threshold(truth[:, c], probabilities[:, c]) for c in (0, 1)]
    assert found[2] == pytest.approx(np.mean(own))
    assert thresholds_of(np.zeros((9, 2), bool), np.ones((9, 2))).tolist() == [PRIOR_THRESHOLD] * 2


def test_calibration_of_several_scores_holds_out_of_fold() -> None:
    """Of two scores one is worth nothing: probabilities mean what they say all the same."""
    generator = np.random.default_rng(10)
    from scipy import sparse

    rows = generator.normal(size=(2500, 3))
    told = 1.5 * rows[:, :1] + generator.normal(size=(2500, 1))
    noise = generator.normal(size=(2500, 1))
    truth = generator.random((2500, 1)) < expit(rows[:, 1:2] + told - 1)
    head = CodeHead(seed=3).fit(
        sparse.csr_matrix(rows), truth, np.arange(2500), evidence=[told, noise]
    )
    assert head.weights_.shape == (1, 3)
    assert head.weights_[0, 2] < 0.15
    stated = head.oof_probabilities_[:, 0]
    for low, high in ((0.0, 0.2), (0.2, 0.5), (0.5, 0.8), (0.8, 1.0)):
        inside = (stated >= low) & (stated < high)
        assert truth[inside, 0].mean() == pytest.approx(stated[inside].mean(), abs=0.06)
