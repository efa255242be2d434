"""Every figure recomputed by another route: scikit-learn, plain counting, or known answers."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis.extra.numpy import arrays
from sklearn.metrics import (
    accuracy_score,
    f1_score,
    precision_recall_fscore_support,
)

from classifiers.classifier import CommentClassifier
from classifiers.codebook import Codebook
from classifiers.evaluate import evaluate, evaluate_classifications
from classifiers.figures import measure
from feedback.errors import LabelsError, ModelError
from feedback.protocols import Embedder
from feedback.schema import Classification, CodeDecision, Decision, Origin, Sentiment

NAMES = ["a", "b", "c"]
tables = arrays(np.bool_, (25, 3))


@settings(max_examples=40, deadline=None)
@given(tables, tables)
def test_scikit_learn_agrees(truth: np.ndarray, predicted: np.ndarray) -> None:
    found = measure(truth, predicted, NAMES, n_resamples=20)
    precision, recall, f1, support = precision_recall_fscore_support(
        truth, predicted, zero_division=np.nan
    )
    for column, code in enumerate(found.codes):
        assert code.n == support[column]
        assert code.precision.value == pytest.approx(precision[column], nan_ok=True)
        assert code.recall.value == pytest.approx(recall[column], nan_ok=True)
        assert code.f1.value == pytest.approx(f1[column], nan_ok=True)
    micro = f1_score(truth, predicted, average="micro", zero_division=np.nan)
    assert found.micro_f1.value == pytest.approx(micro, nan_ok=True)
    assert found.exact_match.value == accuracy_score(truth, predicted)
    samples = f1_score(truth, predicted, average="samples", zero_division=1.0)
    assert found.sample_f1.value == pytest.approx(samples)


def test_macro_is_the_mean_over_codes_that_occur() -> None:
    truth = np.array([[1, 0, 0], [1, 1, 0], [0, 1, 0]], bool)
    predicted = np.array([[1, 0, 0], [1, 0, 0], [1, 0, 0]], bool)
    # a: precision 2/3, recall 1, so .8; b: never given, so 0; c: neither carried nor given.
    assert measure(truth, predicted, NAMES).macro_f1.value == pytest.approx(0.4)


def test_intervals_match_a_bootstrap_by_hand() -> None:
    generator = np.random.default_rng(1)
    truth = generator.random((120, 3)) < 0.3
    predicted = truth ^ (generator.random((120, 3)) < 0.15)
    found = measure(truth, predicted, NAMES, n_resamples=2000, seed=3)
    by_hand = []
    for _ in range(2000):
        drawn = generator.integers(0, 120, 120)
        by_hand.append(f1_score(truth[drawn], predicted[drawn], average="micro"))
    low, high = np.percentile(by_hand, [2.5, 97.5])
    assert found.micro_f1.low == pytest.approx(low, abs=0.012)
    assert found.micro_f1.high == pytest.approx(high, abs=0.012)


def test_the_coverage_of_an_interval_is_about_its_name() -> None:
    generator = np.random.default_rng(5)
    covered = 0
    for seed in range(150):
        truth = np.ones((80, 1), bool)
        predicted = generator.random((80, 1)) < 0.7
        recall = measure(truth, predicted, ["a"], n_resamples=300, seed=seed).codes[0].recall
        covered += recall.low <= 0.7 <= recall.high
    assert 0.88 <= covered / 150 <= 0.99


def test_fault_and_urgent_figures_count_comments() -> None:
    truth = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0]], bool)
    predicted = np.array([[0, 1, 0], [0, 1, 0], [0, 0, 0], [0, 0, 1]], bool)
    found = measure(
        truth,
        predicted,
        NAMES,
        is_fault=np.array([True, True, False]),
        is_urgent=np.array([False, False, True]),
        is_right_tone=np.array([True, False, True, True]),
    )
    assert found.fault_f1 is not None
    assert found.fault_f1.value == 1.0  # another fault code is still a fault
    assert found.urgent_recall is not None
    assert found.urgent_recall.value == 0.0
    assert found.urgent_flags is not None
    assert found.urgent_flags.value == pytest.approx(1 / 3)
    assert found.sentiment_accuracy is not None
    assert found.sentiment_accuracy.value == 0.75


def test_what_does_not_occur_has_no_figure_and_no_nan_in_json() -> None:
    nothing = np.zeros((4, 3), bool)
    plain = measure(nothing, nothing, NAMES).as_dict()
    assert plain["codes"][0]["recall"] == {"value": None, "low": None, "high": None}
    assert plain["exact_match"]["value"] == 1.0
    assert "NaN" not in json.dumps(plain)


@pytest.mark.parametrize("shape", [(3, 3), (4, 2), (0, 3)])
def test_tables_that_do_not_fit_are_refused(shape: tuple[int, int]) -> None:
    with pytest.raises(ModelError, match="equal in shape and not empty"):
        measure(np.zeros((4 if shape[0] else 0, 3), bool), np.zeros(shape, bool), NAMES)


def test_only_assigned_codes_count(codebook: Codebook) -> None:
    truth = np.array([[code == "praise" for code in codebook.code_ids]])
    review = CodeDecision("praise", 0.4, Decision.REVIEW, Origin.MODEL)
    assigned = CodeDecision("praise", 0.6, Decision.ASSIGNED, Origin.MODEL)
    for code, expected in ((review, 0.0), (assigned, 1.0)):
        told = [Classification((code,), Sentiment.POSITIVE)]
        found = evaluate_classifications(told, truth, np.array([0]), codebook)
        assert found.exact_match.value == expected
        assert found.sentiment_accuracy is not None
        assert found.sentiment_accuracy.value == 1.0


def test_a_classifier_is_measured_on_a_frame(
    shipped: CommentClassifier, embedder: Embedder
) -> None:
    labels = pd.DataFrame(
        {
            "text": ["Error 500 again", "lovely and easy", "Error 502"],
            "codes": ["fault.error", "praise", "praise"],
        }
    )
    found = evaluate(shipped, labels, embedder)
    by_code = {code.code: code for code in found.codes}
    assert by_code["fault.error"].precision.value == 0.5
    assert by_code["praise"].recall.value == 0.5
    assert found.sentiment_accuracy is None
    with pytest.raises(LabelsError, match="Row 2 of the labels has a code that is not in"):
        evaluate(shipped, labels.assign(codes=["praise", "prase", "praise"]), embedder)
