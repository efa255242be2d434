"""Every figure recomputed by another route: scikit-learn, plain counting, or known answers."""

from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis.extra.numpy import arrays
from scipy.stats import beta
from sklearn.metrics import (
    accuracy_score,
    f1_score,
    precision_recall_fscore_support,
)

from classifiers.calibration import calibrate
from classifiers.card import model_card
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


def test_the_interval_of_macro_f1_is_over_the_codes_of_each_resample() -> None:
    generator = np.random.default_rng(8)
    truth = generator.random((90, 3)) < [0.4, 0.2, 0.02]  # the last is missing from some resamples
    predicted = truth ^ (generator.random((90, 3)) < [0.2, 0.1, 0.0])
    assert 0 < truth[:, 2].sum() <= 3
    found = measure(truth, predicted, NAMES, n_resamples=2000)
    by_hand = []
    for _ in range(2000):
        drawn = generator.integers(0, 90, 90)
        each = f1_score(truth[drawn], predicted[drawn], average=None, zero_division=np.nan)
        by_hand.append(np.nanmean(each))
    low, high = np.percentile(by_hand, [2.5, 97.5])
    assert found.macro_f1.low == pytest.approx(low, abs=0.015)
    assert found.macro_f1.high == pytest.approx(high, abs=0.015)


def test_comments_of_one_response_are_drawn_together() -> None:
    generator = np.random.default_rng(2)
    right = generator.random(60) < 0.6
    once = measure(np.ones((60, 1), bool), right[:, None], ["a"])
    copied = np.repeat(right, 5)[:, None]
    groups = np.repeat(np.arange(60) * 7, 5)
    together = measure(np.ones((300, 1), bool), copied, ["a"], groups=groups)
    assert (together.n_comments, together.n_groups) == (300, 60)
    assert together.codes[0].recall == once.codes[0].recall  # copies add nothing
    apart = measure(np.ones((300, 1), bool), copied, ["a"]).codes[0].recall
    width = once.codes[0].recall.high - once.codes[0].recall.low
    assert apart.high - apart.low < 0.6 * width


@pytest.mark.parametrize("n", [3, 12, 40])
def test_a_share_of_one_or_nought_has_the_exact_interval(n: int) -> None:
    yes, no = np.ones((n, 1), bool), np.zeros((n, 1), bool)
    exact = float(beta.ppf(0.025, n, 1))  # Clopper and Pearson
    perfect = measure(yes, yes, ["a"]).codes[0]
    assert (perfect.recall.value, perfect.recall.high) == (1, 1)
    assert perfect.recall.low == pytest.approx(exact)
    assert perfect.f1.low == pytest.approx(2 * exact / (1 + exact))
    missed = measure(yes, no, ["a"]).codes[0]
    assert (missed.recall.value, missed.recall.low) == (0, 0)
    assert missed.recall.high == pytest.approx(float(beta.ppf(0.975, 1, n)))
    three_groups = measure(yes, yes, ["a"], groups=np.arange(n) % 3).codes[0].recall
    assert three_groups.low == pytest.approx(float(beta.ppf(0.025, 3, 1)))


def test_confusions_need_a_miss_and_a_wrong_code_in_one_comment() -> None:
    truth = np.array([[1, 0, 0], [1, 0, 0], [1, 1, 0], [0, 0, 1], [0, 0, 0]], bool)
    predicted = np.array([[0, 1, 0], [0, 1, 1], [1, 0, 0], [0, 0, 1], [1, 0, 0]], bool)
    found = measure(truth, predicted, NAMES)
    assert [(pair.missed, pair.given, pair.n) for pair in found.confused] == [
        ("a", "b", 2),
        ("a", "c", 1),
    ]


@settings(max_examples=30, deadline=None)
@given(tables, tables)
def test_confusions_are_a_count_over_comments(truth: np.ndarray, predicted: np.ndarray) -> None:
    expected: Counter[tuple[str, str]] = Counter()
    for carries, told in zip(truth.tolist(), predicted.tolist(), strict=True):
        missed = [NAMES[i] for i in range(3) if carries[i] and not told[i]]
        wrong = [NAMES[i] for i in range(3) if told[i] and not carries[i]]
        expected.update(product(missed, wrong))
    found = measure(truth, predicted, NAMES, n_resamples=2).confused
    assert {(pair.missed, pair.given): pair.n for pair in found} == expected
    assert [pair.n for pair in found] == sorted((pair.n for pair in found), reverse=True)


def test_review_and_silence_are_counted(codebook: Codebook) -> None:
    told = [
        Classification((decision("praise", 0.9, Decision.ASSIGNED),), Sentiment.POSITIVE),
        Classification((decision("praise", 0.4, Decision.REVIEW),), Sentiment.POSITIVE),
        Classification((), Sentiment.NEUTRAL),
        Classification(
            (decision("staff", 0.9, Decision.ASSIGNED), decision("praise", 0.3, Decision.REVIEW)),
            Sentiment.POSITIVE,
        ),
    ]
    told.append(Classification((decision("praise", 0.2, Decision.REVIEW),), Sentiment.POSITIVE))
    truth = np.array([[code == "praise" for code in codebook.code_ids]] * 5)
    stated = np.full(truth.shape, 0.01)
    found = evaluate_classifications(told, truth, None, codebook, probabilities=stated)
    assert found.review is not None
    assert (found.review.value, found.unassigned.value) == (0.6, 0.6)
    assert found.review.low < 0.6 < found.review.high
    assert found.calibration is not None
    assert found.calibration.told.n == 5
    assert found.calibration.told.brier == pytest.approx((0.01 + 0.36 + 0.81 + 0.49 + 0.64) / 5)
    praise = found.calibration.codes[codebook.code_ids.index("praise")].reliability
    assert praise.brier == pytest.approx((0.01 + 0.36 + 0.99**2 + 0.49 + 0.64) / 5)


def decision(code: str, probability: float, what: Decision) -> CodeDecision:
    return CodeDecision(code, probability, what, Origin.MODEL)


def test_few_comments_are_marked_and_keep_their_figures() -> None:
    truth = np.zeros((60, 2), bool)
    truth[:29, 0] = truth[:30, 1] = True
    plain = measure(truth, truth, ["a", "b"]).as_dict()
    assert [code["is_too_few"] for code in plain["codes"]] == [True, False]
    assert plain["codes"][0]["recall"]["value"] == 1.0
    assert not plain["is_too_few"]


def test_what_is_set_apart_is_counted_and_parts_are_measured_alone(
    shipped: CommentClassifier, embedder: Embedder
) -> None:
    labels = pd.DataFrame(
        [
            ("Error 500 again", "fault.error", "probate", "r1"),
            ("error 500, again!", "praise", "divorce", "r2"),  # words of the first: left out
            ("lovely and easy", "praise", "probate", "r1"),
            ("n/a", "none", "divorce", "r3"),
            ("testing 123", "none", "divorce", "r4"),
            ("asdfghjkl", "none", "", "r5"),
            ("buy cheap watches [URL]", "none", "divorce", "r6"),
        ],
        columns=["text", "codes", "service", "response_id"],
    )
    found = evaluate(shipped, labels, embedder, by="service")
    assert (found.n_comments, found.n_groups) == (6, 5)
    assert found.apart is not None
    assert (found.apart.n_duplicates, found.apart.n_none) == (1, 4)
    assert found.apart.n_none_assigned == 4
    assert found.apart.n_recognised == {"empty": 1, "gibberish": 1, "spam": 1, "test": 1}
    assert found.parts is not None
    assert {value: part.n_comments for value, part in found.parts.items()} == {
        "divorce": 3,
        "probate": 2,
        "unknown": 1,
    }
    repeated = labels["text"].str.startswith("error")
    for service in ("probate", "divorce"):
        alone = evaluate(shipped, labels[(labels["service"] == service) & ~repeated], embedder)
        assert found.parts[service].micro_f1 == alone.micro_f1
        assert found.parts[service].calibration == alone.calibration
    assert found.calibration is not None
    assert found.calibration.all_pairs.n == 6 * len(shipped.codebook.code_ids)
    json.dumps(found.as_dict())
    for by in ("response_id", "language"):
        with pytest.raises(LabelsError, match=f"cannot be split by '{by}'"):
            evaluate(shipped, labels, embedder, by=by)


def test_a_thousand_resamples_take_under_a_second() -> None:
    generator = np.random.default_rng(0)
    truth = generator.random((500, 27)) < 0.05
    predicted = truth ^ (generator.random((500, 27)) < 0.02)
    started = time.process_time()
    measure(truth, predicted, [str(code) for code in range(27)], n_resamples=1000)
    assert time.process_time() - started < 1


def test_the_card_shows_calibration_and_confusions(shipped: CommentClassifier) -> None:
    truth = np.array([[1, 0], [1, 0], [0, 1]], bool)
    told = np.array([[0, 1], [1, 0], [0, 1]], bool)
    stated = np.array([[0.2, 0.7], [0.9, 0.1], [0.1, 0.8]])
    found = replace(
        measure(truth, told, ["a", "b"]), calibration=calibrate(truth, stated, told, ["a", "b"])
    )
    card = model_card(shipped, held_out=found.as_dict())
    assert "| `a` | `b` | 1 |" in card
    assert f"| Codes told | 3 | {(0.7 + 0.1 + 0.2) / 3:.3f} |" in card
    uncalibrated = model_card(shipped, held_out=measure(truth, told, ["a", "b"]).as_dict())
    assert card.count("| Codes told |") == uncalibrated.count("| Codes told |") + 1
