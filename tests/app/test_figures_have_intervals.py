"""Intervals agree with scipy's, which takes another route."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from app.wording import share_range, value_range
from feedback.intervals import MIN_RESPONSES, mean_interval, share_interval


@pytest.mark.parametrize(("hits", "n"), [(0, 1), (0, 20), (3, 7), (8, 10), (200, 1_000), (50, 50)])
def test_share_has_wilsons_interval(hits: int, n: int) -> None:
    theirs = stats.binomtest(hits, n).proportion_ci(0.95, method="wilson")
    share, low, high = share_interval(hits, n)
    assert share == hits / n
    assert (low, high) == pytest.approx((theirs.low, theirs.high))


@pytest.mark.parametrize("answers", [[1, 5], [3, 4, 5], [5] * 8, [1, 1, 2, 5, 4, 4, 3] * 30])
def test_mean_has_students_interval(answers: list[int]) -> None:
    values = np.array(answers, dtype=float)
    mean, low, high = mean_interval(
        len(values), values.sum(), (values**2).sum(), low=-100, high=100
    )
    error = stats.sem(values)
    ends = stats.t.interval(0.95, len(values) - 1, values.mean(), error) if error else [mean] * 2
    assert mean == pytest.approx(values.mean())
    assert (low, high) == pytest.approx(ends)


def test_interval_stays_on_the_scale() -> None:
    _, low, high = mean_interval(2, 6.0, 26.0, low=1, high=5)
    assert (low, high) == (1, 5)


def test_rounding_in_the_database_makes_no_negative_variance() -> None:
    mean, low, high = mean_interval(3, 0.3, 0.03 - 1e-18, low=0, high=1)
    assert (low, high) == pytest.approx((mean, mean))


def test_few_responses_are_too_few_to_say() -> None:
    assert share_range(3, MIN_RESPONSES - 1) == "too few to say"
    assert share_range(3, MIN_RESPONSES) != "too few to say"
    assert value_range(3.0, 2.0, 4.0, MIN_RESPONSES - 1) == "too few to say"
    assert value_range(3.0, math.nan, math.nan, 0) == "too few to say"
