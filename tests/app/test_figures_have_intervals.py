"""Intervals agree with scipy's, which takes another route."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from app.trends import (
    change_of_means,
    change_of_rates,
    change_of_shares,
    false_discoveries,
)
from app.wording import share_range, value_range
from feedback.intervals import (
    MIN_RESPONSES,
    Answers,
    mean_difference,
    mean_interval,
    rate_interval,
    share_interval,
)


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


@pytest.mark.parametrize(
    ("one", "other"),
    [([3, 4, 5], [1, 2, 3]), ([1, 1, 2, 5] * 20, [4, 4, 5] * 9), ([2, 5], [1, 2, 2, 3, 5, 5])],
)
def test_difference_of_means_has_welchs_interval(one: list[int], other: list[int]) -> None:
    theirs = stats.ttest_ind(one, other, equal_var=False).confidence_interval(0.95)
    mine = mean_difference(*(answers_of(values) for values in (one, other)))
    assert mine == pytest.approx((np.mean(one) - np.mean(other), theirs.low, theirs.high))


def answers_of(values: list[int]) -> Answers:
    return Answers(len(values), sum(values), sum(value**2 for value in values))


def test_difference_of_one_answer_cannot_be_told() -> None:
    assert all(map(math.isnan, mean_difference(answers_of([4]), answers_of([1, 2, 3]))))


@pytest.mark.parametrize("n", [0, 1, 10, 400])
def test_rate_has_garwoods_interval(n: int) -> None:
    """The ends are where n or more, and n or fewer, have a chance of 2.5%."""
    rate, low, high = rate_interval(n, 200)
    assert rate == n / 200
    assert stats.poisson.cdf(n, 200 * high) == pytest.approx(0.025)
    if n:
        assert stats.poisson.sf(n - 1, 200 * low) == pytest.approx(0.025)
    else:
        assert low == 0


def test_change_is_clear_where_its_interval_leaves_nothing_out() -> None:
    rise = change_of_shares((40, 400), (90, 400))
    assert (rise.direction, rise.verdict) == (1, "up 12 points")
    assert change_of_shares((40, 400), (44, 400)).verdict == "no clear change"
    assert change_of_shares((90, 400), (40, 400)).direction == -1
    assert change_of_shares((1, 4), (9, 400)).verdict == "too few to say"
    assert change_of_means(answers_of([1, 2, 3, 4]), answers_of([5] * 90)).told() == (
        "too few to say"
    )


def test_change_of_a_number_a_day_allows_for_uneven_days() -> None:
    even, uneven = [10] * 28, [0, 0, 35, 0, 0, 35, 0] * 4
    rise = change_of_rates(even, [15] * 28)
    assert (rise.direction, rise.verdict) == (1, "up 50%")
    assert change_of_rates(uneven, [one * 3 // 2 for one in uneven]).direction == 0
    assert change_of_rates([0] * 7, [9] * 7).verdict == "too few to say"


def test_findings_by_chance_are_held_down() -> None:
    p_values = [0.001, 0.008, 0.039, 0.041, 0.3, 0.6]
    theirs = stats.false_discovery_control(p_values) <= 0.05
    assert false_discoveries(p_values) == list(theirs)
