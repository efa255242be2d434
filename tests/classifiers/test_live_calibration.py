"""Probabilities against what people confirmed, recomputed by counting."""

from __future__ import annotations

import numpy as np
import pytest

from classifiers.live_calibration import calibrate_live


def test_bins_and_error_are_those_of_counting_by_hand() -> None:
    stated = np.repeat([0.3, 0.6, 0.9], 40)
    confirmed = np.concatenate([np.arange(40) < 10, np.arange(40) < 24, np.arange(40) < 30]).astype(
        float
    )
    rows = np.arange(120)
    found = calibrate_live(confirmed, stated, np.ones(120), rows, rows)
    assert [(one.n, one.stated) for one in found.bins] == [
        (40, pytest.approx(0.3)),
        (40, pytest.approx(0.6)),
        (40, pytest.approx(0.9)),
    ]
    assert [one.confirmed.value for one in found.bins] == [0.25, 0.6, 0.75]
    assert found.error == pytest.approx((0.05 + 0.0 + 0.15) / 3)
    assert found.bins[0].confirmed.low < 0.25 < found.bins[0].confirmed.high


def test_a_comment_that_stands_for_many_counts_for_many() -> None:
    stated, confirmed = np.full(4, 0.5), np.array([1.0, 0, 0, 0])
    weights, rows = np.array([9.0, 1, 1, 1]), np.arange(4)
    found = calibrate_live(confirmed, stated, weights, rows, rows)
    assert found.bins[0].confirmed.value == pytest.approx(0.75)
    assert found.error == pytest.approx(0.25)


def test_true_probabilities_show_no_more_error_than_chance() -> None:
    rng = np.random.default_rng(4)
    errors, by_chance = [], []
    for number in range(40):
        stated = rng.uniform(0.3, 1, 300)
        came_true = (rng.random(300) < stated).astype(float)
        rows = np.arange(300)
        found = calibrate_live(came_true, stated, np.ones(300), rows, rows, seed=number)
        errors.append(found.error)
        by_chance.append(found.by_chance)
    assert np.mean(errors) == pytest.approx(np.mean(by_chance), rel=0.1)


def test_two_codes_of_one_comment_say_less_than_two_comments() -> None:
    stated, confirmed = np.full(60, 0.7), np.tile([1.0, 1.0, 0.0], 20)
    alone = calibrate_live(confirmed, stated, np.ones(60), np.arange(60), np.arange(60))
    tied = calibrate_live(
        np.sort(confirmed), stated, np.ones(60), np.arange(60) // 6, np.arange(60) // 6
    )
    width = [one.bins[0].confirmed.high - one.bins[0].confirmed.low for one in (alone, tied)]
    assert width[1] > 1.5 * width[0]
    assert (alone.n_comments, tied.n_comments) == (60, 10)
    assert tied.is_too_few
    assert not alone.is_too_few


def test_nothing_has_no_figures() -> None:
    none = np.empty(0)
    found = calibrate_live(none, none, none, none, none)
    assert (found.n, found.bins, found.as_dict()["error"]) == (0, (), None)
