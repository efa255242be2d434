"""Live figures: unbiased whatever was sampled at what rate, with intervals that hold."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import beta, binom, norm

from classifiers.live import Sample, measure_live, weighted_share
from classifiers.metrics import f1_of_overlap
from classifiers.sample import (
    choose_uncertain,
    draw_at_random,
    inclusion_probabilities,
    uncertainty,
)
from feedback.errors import ModelError

N_WORLDS = 800
N_ALLOWED = int(binom.ppf(0.001, N_WORLDS, 0.95))
"""An interval that holds 95% of the time holds less often than this once in a thousand tests."""


def world(seed: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """4,000 comments of two services, one six times the other and far easier, on two codes."""
    rng = np.random.default_rng(seed)
    service = (rng.random(4_000) < 1 / 7).astype(int)
    truth = rng.random((4_000, 2)) < np.where(service[:, None] == 0, [0.5, 0.2], [0.3, 0.6])
    right = rng.random((4_000, 2)) < np.where(service[:, None] == 0, 0.95, 0.6)
    return service, truth, np.where(right, truth, ~truth)


def weighted_draw(service: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draw 60 of all, then twice 50 of the small service alone; give positions and weights."""
    shares, could, drawn = [], [], np.zeros(len(service), dtype=bool)
    for scope, n in ((service >= 0, 60), (service == 1, 50), (service == 1, 50)):
        eligible = np.flatnonzero(scope & ~drawn)
        drawn[eligible[draw_at_random(len(eligible), n, rng)]] = True
        shares.append(n / len(eligible))
        could.append(scope)
    positions = np.flatnonzero(drawn)
    likely = inclusion_probabilities(np.array(shares), np.column_stack(could))
    return positions, 1 / likely[positions]


def simulate(n_worlds: int = N_WORLDS):
    service, truth, told = world()
    rng = np.random.default_rng(11)
    for _ in range(n_worlds):
        positions, weights = weighted_draw(service, rng)
        yield truth[positions], told[positions], weights


def test_weights_take_out_what_unequal_sampling_of_services_puts_in():
    _, truth, told = world()
    true = (truth & told).sum(axis=0) / told.sum(axis=0)
    weighted, plain = [], []
    for t, p, w in simulate():
        weighted.append(((t & p) * w[:, None]).sum(axis=0) / (p * w[:, None]).sum(axis=0))
        plain.append((t & p).sum(axis=0) / p.sum(axis=0))
    error = np.std(weighted, axis=0) / np.sqrt(N_WORLDS)
    assert (np.abs(np.mean(weighted, axis=0) - true) < 4 * error + 0.003).all()
    assert (np.abs(np.mean(plain, axis=0) - true) > 0.05).all()


def test_weights_add_up_to_the_comments_they_stand_for():
    service, *_ = world()
    rng = np.random.default_rng(5)
    totals = []
    for _ in range(N_WORLDS):
        positions, weights = weighted_draw(service, rng)
        totals.append([weights[service[positions] == one].sum() for one in (0, 1)])
    error = np.std(totals, axis=0) / np.sqrt(N_WORLDS)
    expected = np.bincount(service)
    assert (np.abs(np.mean(totals, axis=0) - expected) < 4 * error + 0.003 * expected).all()


def test_intervals_of_precision_recall_and_f1_hold_95_times_in_100():
    _, truth, told = world()
    both, either = truth & told, truth | told
    true = {
        "precision": both.sum(axis=0) / told.sum(axis=0),
        "recall": both.sum(axis=0) / truth.sum(axis=0),
        "f1": 2 * both.sum(axis=0) / (told.sum(axis=0) + truth.sum(axis=0)),
    }
    true_micro = f1_of_overlap(both.sum() / either.sum())
    held = {name: np.zeros(2, dtype=int) for name in true}
    micro_held, widths, found_micro = 0, [], []
    for t, p, w in simulate():
        rows = np.arange(len(w))
        found = measure_live(Sample(t, p, w, rows, rows), ["a", "b"], n_resamples=2)
        for name, values in true.items():
            for column, code in enumerate(found.codes):
                figure = getattr(code, name)
                held[name][column] += figure.low <= values[column] <= figure.high
        micro_held += found.micro_f1.low <= true_micro <= found.micro_f1.high
        widths.append(found.micro_f1.high - found.micro_f1.low)
        found_micro.append(found.micro_f1.value)
    assert {name: (counts >= N_ALLOWED).all() for name, counts in held.items()} == {
        "precision": True,
        "recall": True,
        "f1": True,
    }, (held, N_ALLOWED)
    assert micro_held >= N_ALLOWED
    # Nor are they so wide that they hold by saying nothing.
    assert np.mean(widths) < 1.4 * 2 * norm.ppf(0.975) * np.std(found_micro)


def test_comments_of_one_response_are_not_counted_as_so_many_strangers():
    rng = np.random.default_rng(2)
    held = {"together": 0, "as strangers": 0}
    for _ in range(N_WORLDS):
        part = np.repeat(rng.random(40) < 0.8, 5)
        for name, groups in (
            ("together", np.repeat(np.arange(40), 5)),
            ("as strangers", np.arange(200)),
        ):
            share = weighted_share(part, np.ones(200), np.ones(200), groups)
            held[name] += share.low <= 0.8 <= share.high
    assert held["together"] >= N_ALLOWED
    assert held["as strangers"] < 0.8 * N_WORLDS


def test_equal_weights_give_the_exact_interval():
    for n_hits, n in ((0, 30), (30, 30), (30, 40)):
        part, ones = np.arange(n) < n_hits, np.ones(n)
        share = weighted_share(part, ones, 7 * ones, np.arange(n))
        assert share.value == pytest.approx(n_hits / n)
        worth = n if n_hits in (0, n) else n - 1  # the mean is estimated, too
        hits = share.value * worth
        low = beta.ppf(0.025, hits, worth - hits + 1) if n_hits else 0.0
        high = beta.ppf(0.975, hits + 1, worth - hits) if n_hits < n else 1.0
        assert (share.low, share.high) == pytest.approx((low, high))


def test_two_coders_of_one_comment_are_one_comment_halved():
    truth = np.array([[True], [False], [True]])
    told = np.array([[True], [True], [True]])
    rows = np.array([0, 0, 1])
    found = measure_live(Sample(truth, told, np.array([0.5, 0.5, 1.0]), rows, rows), ["a"])
    (code,) = found.codes
    assert (found.n_comments, code.n, code.n_assigned) == (2, 2, 2)
    assert code.precision.value == 0.75
    assert found.n_effective == 2.0


def test_thirty_assigned_are_enough_for_precision_and_thirty_carried_for_recall():
    truth = np.zeros((80, 1), dtype=bool)
    told = truth.copy()
    truth[:29] = told[:30] = True
    rows = np.arange(80)
    found = measure_live(Sample(truth, told, np.ones(80), rows, rows), ["a"])
    assert found.codes[0].too_few == {"precision": False, "recall": True, "f1": True}
    truth[:30] = True
    found = measure_live(Sample(truth, told, np.ones(80), rows, rows), ["a"])
    assert found.codes[0].too_few == {"precision": False, "recall": False, "f1": False}


def test_a_code_left_out_of_the_draws_is_counted_and_has_no_figures():
    truth = np.ones((40, 2), dtype=bool)
    told = np.array([[True, False]] * 40)
    rows = np.arange(40)
    sample = Sample(truth, told, np.ones(40), rows, rows)
    found = measure_live(sample, ["a", "urgent"], left_out={"urgent"})
    assert found.codes[1].n == 40
    assert np.isnan(found.codes[1].recall.value)
    assert found.micro_f1.value == found.macro_f1.value == 1.0
    assert measure_live(sample, ["a", "urgent"]).micro_recall.value == 0.5


def test_nothing_coded_is_no_figure():
    empty = np.empty((0, 1), dtype=bool)
    with pytest.raises(ModelError, match="at least one coded comment"):
        measure_live(Sample(empty, empty, np.empty(0), np.empty(0), np.empty(0)), ["a"])


def test_the_most_uncertain_lie_at_their_thresholds_whatever_these_are():
    thresholds = np.array([0.05, 0.6])
    at, near, far = [0.05, 0.6], [0.1, 0.5], [0.9, 0.01]
    unsure = uncertainty(np.array([far, near, at]), thresholds)
    assert unsure.argsort().tolist() == [0, 1, 2]
    assert unsure[2] == pytest.approx(2.0)
    assert np.isfinite(uncertainty(np.array([[0.0, 1.0]]), np.array([0.0, 1.0]))).all()


def test_near_duplicates_are_not_chosen_twice_nor_what_was_taken():
    texts = [
        "The payment page showed an error after I had entered my card",
        "The payment page showed an error after I had entered my card!",
        "I could not find where to upload the letter from my doctor",
        "Nobody answers the telephone and I have waited since the spring",
    ]
    vectors = np.eye(4)
    unsure = np.array([4.0, 3.9, 3.0, 1.0])
    assert choose_uncertain(unsure, vectors, texts, 4) == [0, 2, 3]
    assert choose_uncertain(unsure, vectors, texts, 4, taken=[texts[2]]) == [0, 3]
    assert choose_uncertain(unsure, vectors, texts, 1) == [0]
    assert choose_uncertain(np.empty(0), np.empty((0, 4)), [], 3) == []


def test_what_says_the_same_in_other_words_is_put_off():
    near = np.array([0.99, np.sqrt(1 - 0.99**2)])
    vectors = np.vstack([[1.0, 0.0], near, [0.0, 1.0]])
    chosen = choose_uncertain(np.array([3.0, 2.9, 1.0]), vectors, ["one", "two", "three"], 2)
    assert chosen == [0, 2]
