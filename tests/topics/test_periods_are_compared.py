"""Two periods are compared by figures that others can work out, and nothing is overclaimed."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from feedback.errors import SettingsError
from topics.compare import MIN_BASE, Period, compare
from topics.intervals import (
    dispersion_of_counts,
    fisher_p,
    holm,
    is_discovery,
    mean_difference,
    rate_ratio,
    rate_ratio_p,
    share_difference,
)

START = datetime(2026, 5, 1, tzinfo=UTC)
BEFORE = Period(START, START + timedelta(days=14))
AFTER = Period(BEFORE.end, BEFORE.end + timedelta(days=14))


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [
        ((56, 70, 48, 80), 0.0524, 0.3339),
        ((9, 10, 3, 10), 0.1705, 0.8090),
        ((6, 7, 2, 7), 0.0582, 0.8062),
        ((5, 56, 0, 29), -0.0381, 0.1926),
        ((0, 10, 0, 20), -0.1611, 0.2775),
        ((0, 10, 0, 10), -0.2775, 0.2775),
        ((10, 10, 0, 20), 0.6791, 1.0),
        ((10, 10, 0, 10), 0.6075, 1.0),
    ],
)
def test_differences_of_shares_are_those_of_newcombes_paper(
    counts: tuple[int, int, int, int], low: float, high: float
) -> None:
    """Table II of the paper, method 10."""
    found = share_difference(*counts)
    assert found[1:] == pytest.approx((low, high), abs=6e-5)


@pytest.mark.parametrize("counts", [(20, 10, 10, 10), (3, 7, 40, 28), (0, 9, 12, 30), (5, 2, 0, 8)])
def test_ratios_of_rates_are_the_binomial_interval_on_another_scale(
    counts: tuple[int, int, int, int],
) -> None:
    count, days, other, other_days = counts
    test = stats.binomtest(count, count + other, days / (days + other_days))
    exact = test.proportion_ci(0.95, "exact")
    odds = [p / (1 - p) if p < 1 else math.inf for p in exact]
    ratio, low, high = rate_ratio(*counts)
    assert (low, high) == pytest.approx([one * other_days / days for one in odds], rel=1e-9)
    assert ratio == pytest.approx((count / days) / (other / other_days) if other else math.inf)
    p_more, p_fewer = (
        stats.binomtest(count, count + other, days / (days + other_days), side).pvalue
        for side in ("greater", "less")
    )
    assert rate_ratio_p(*counts) == pytest.approx(min(1, 2 * min(p_more, p_fewer)))


def test_fishers_test_is_scipys() -> None:
    generator = np.random.default_rng(2)
    for _ in range(200):
        n, other_n = generator.integers(1, 60, 2).tolist()
        hits, others = int(generator.integers(0, n + 1)), int(generator.integers(0, other_n + 1))
        table = [[hits, n - hits], [others, other_n - others]]
        assert fisher_p(hits, n, others, other_n) == pytest.approx(stats.fisher_exact(table).pvalue)


def test_a_p_value_is_below_5_percent_where_the_interval_leaves_1_out() -> None:
    generator = np.random.default_rng(5)
    for _ in range(300):
        counts = (generator.poisson(9), 7.0, generator.poisson(22), 28.0)
        inflation = generator.uniform(1, 3)
        _, low, high = rate_ratio(*counts, inflation=inflation)
        p = rate_ratio_p(*counts, inflation=inflation)
        assert (p < 0.05) == (low > 1 or high < 1)


def test_uneven_days_widen_the_interval_and_it_then_holds_its_level() -> None:
    generator = np.random.default_rng(11)
    n_missed = {"plain": 0, "widened": 0}
    n_runs = 600
    for _ in range(n_runs):
        daily = generator.negative_binomial(1.0, 1 / 4, size=28)  # mean 3, variance 12
        first, second = daily[:14], daily[14:]
        for name, inflation in (("plain", 1.0), ("widened", dispersion_of_counts(first, second))):
            _, low, high = rate_ratio(second.sum(), 14, first.sum(), 14, inflation=inflation)
            n_missed[name] += not low <= 1 <= high
    assert n_missed["plain"] / n_runs > 0.2
    assert n_missed["widened"] / n_runs < 0.09


def test_dispersion_is_pearsons_statistic_and_1_for_counts_by_chance() -> None:
    first, second = np.array([4, 0, 9, 3]), np.array([1, 1, 0, 6, 2])
    # By fractions: means 4 and 2; ten days count for as many of a variance like the mean.
    squares = Fraction(0 + 16 + 25 + 1, 4) + Fraction(1 + 1 + 4 + 16 + 0, 2)
    assert dispersion_of_counts(first, second) == pytest.approx(
        float((squares + 10) / (3 + 4 + 10))
    )
    even = np.random.default_rng(3).poisson(0.5, size=(200, 28))
    found = [dispersion_of_counts(row) for row in even]
    assert np.mean(found) < 1.15


def test_differences_of_means_are_welchs() -> None:
    generator = np.random.default_rng(1)
    here, others = generator.integers(1, 4, 9), generator.integers(1, 6, 40)
    interval = stats.ttest_ind(here, others, equal_var=False).confidence_interval(0.95)
    difference, low, high, p_value = mean_difference(here, others)
    assert difference == pytest.approx(here.mean() - others.mean())
    assert p_value == pytest.approx(stats.ttest_ind(here, others, equal_var=False).pvalue)
    assert (low, high) == pytest.approx((interval.low, interval.high))


def test_answers_that_are_all_alike_are_not_known_without_error() -> None:
    difference, low, high, _ = mean_difference(np.full(5, 1), np.full(5, 5))
    assert difference == -4
    assert low < -4.2 < -3.8 < high


def test_holm_multiplies_the_smallest_by_all() -> None:
    assert holm(np.array([0.2, 0.001, 0.02])).tolist() == pytest.approx([0.2, 0.003, 0.04])
    assert holm(np.array([0.9, 0.8])).tolist() == [1.0, 1.0]


def test_discoveries_are_those_of_benjamini_and_hochberg() -> None:
    generator = np.random.default_rng(6)
    for n in (1, 2, 9, 40):
        p_values = generator.beta(0.4, 1, n)
        expected = stats.false_discovery_control(p_values) <= 0.05
        assert is_discovery(p_values, 0.05).tolist() == expected.tolist()


def frames(rows: list[tuple[float, str]], **given: Any) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Comments by their day after the start and their code."""
    ids = [f"c{number}" for number in range(len(rows))]
    at = pd.to_datetime([START + timedelta(days=day) for day, _ in rows], utc=True)
    comments = pd.DataFrame(
        {
            "comment_id": ids,
            "service": "divorce",
            "page": "/divorce/payment",
            "submitted_at": at,
            "n_characters": 60,
            "duplicate_of": None,
            "is_empty": False,
            **given,
        }
    )
    codings = pd.DataFrame(
        {
            "comment_id": ids,
            "code": [code for _, code in rows],
            "origin": "model",
            "decision": "assigned",
            "at": at,
        }
    )
    return comments, codings


def spread(n: int, first_day: float, code: str, n_days: int = 14) -> list[tuple[float, str]]:
    return [(first_day + (i + 0.5) * n_days / n, code) for i in range(n)]


def test_figures_of_a_theme_are_those_counted_by_hand() -> None:
    rows = [
        *spread(10, 0, "fault.upload"),
        *spread(40, 0, "praise"),
        *spread(30, 14, "fault.upload"),
        *spread(50, 14, "praise"),
    ]
    found = compare(*frames(rows), before=BEFORE, after=AFTER).set_index("theme")
    assert found.index.tolist() == ["all", "fault.upload", "praise"]
    upload = found.loc["fault.upload"]
    assert upload[["n_before", "n_after", "base_before", "base_after"]].tolist() == [10, 30, 50, 80]
    assert upload["share_after"] - upload["share_before"] == pytest.approx(upload["difference"])
    assert tuple(upload[["difference", "difference_low", "difference_high"]]) == pytest.approx(
        share_difference(30, 80, 10, 50)
    )
    assert upload["share_p"] == pytest.approx(stats.fisher_exact([[30, 50], [10, 40]]).pvalue)
    assert upload["rate_before"] == pytest.approx(10 / 14)
    assert tuple(upload[["rate_ratio", "rate_low", "rate_high"]]) == pytest.approx(
        rate_ratio(30, 14, 10, 14)
    )
    assert upload["percent_change"] == pytest.approx(200)
    both = sorted(found.loc[["fault.upload", "praise"], "rate_p"])
    q_values = sorted(found.loc[["fault.upload", "praise"], "rate_q"])
    assert q_values == pytest.approx([min(2 * both[0], both[1]), both[1]])
    assert np.isnan(found.loc["all", "share_before"])
    assert np.isnan(found.loc["all", "rate_q"])
    assert found.loc["all", "rate_ratio"] == pytest.approx(80 / 50)
    assert upload["sentence"] == (
        "Upload failures: 10 before, 30 after; 20% to 38% of the comments (+18 points, +1 to +32); "
        "0.71 to 2.1 a day (3.0 times, 1.4 to 6.9). Clearly more a day; its share: not clear."
    )


@pytest.mark.parametrize(("base", "is_given"), [(MIN_BASE - 1, False), (MIN_BASE, True)])
def test_no_percentage_is_given_on_fewer_than_thirty_comments(base: int, is_given: bool) -> None:
    rows = [*spread(base, 0, "praise"), *spread(90, 14, "praise")]
    found = compare(*frames(rows), before=BEFORE, after=AFTER)
    assert found["percent_change"].notna().tolist() == [is_given] * 2
    told = f"Too few comments before ({base}) for a percentage."
    assert all((told in sentence) != is_given for sentence in found["sentence"])


def test_what_is_empty_doubled_outside_or_rejected_is_not_counted() -> None:
    rows = [(1, "praise"), (1.1, "praise"), (2, "praise"), (13.99, "praise"), (14, "praise"),
            (27.99, "praise"), (28, "praise"), (-0.01, "praise"), (3, "none")]  # fmt: skip
    comments, codings = frames(rows)
    comments["duplicate_of"] = [None, "c0", *[None] * 7]
    comments["is_empty"] = [False, False, True, *[False] * 6]
    found = compare(comments, codings, before=BEFORE, after=AFTER).set_index("theme")
    assert found.loc["praise", ["n_before", "n_after"]].tolist() == [2, 2]
    assert found.loc["all", ["n_before", "n_after"]].tolist() == [3, 2]
    assert "none" not in found.index
    codings.loc[0, "decision"] = "rejected"
    again = compare(comments, codings, before=BEFORE, after=AFTER).set_index("theme")
    assert again.loc["praise", "n_before"] == 1


def test_more_visitors_raise_rates_and_no_share() -> None:
    rows = [
        *spread(60, 0, "fault.upload"),
        *spread(60, 0, "praise"),
        *spread(180, 14, "fault.upload"),
        *spread(180, 14, "praise"),
    ]
    found = compare(*frames(rows), before=BEFORE, after=AFTER).set_index("theme")
    assert (found.loc[["praise", "fault.upload"], "share_q"] > 0.9).all()
    assert (found.loc[["praise", "fault.upload"], "rate_q"] < 0.001).all()
    assert "its share: not clear" in found.loc["praise", "sentence"]


def test_nothing_before_is_no_infinite_percentage() -> None:
    found = compare(*frames(spread(40, 14, "praise")), before=BEFORE, after=AFTER)
    assert found["percent_change"].isna().all()
    assert found["rate_ratio"].tolist() == [math.inf, math.inf]
    assert "no comments to compare with" in found["sentence"].iloc[1]
    nothing = compare(*frames([(100, "praise")]), before=BEFORE, after=AFTER)
    assert nothing["theme"].tolist() == ["all"]
    assert nothing["sentence"].tolist() == [
        "0 comments before, 0 after: 0.0 to 0.0 a day. Too few comments before (0) for a "
        "percentage."
    ]


def test_where_nothing_changed_few_themes_are_called_clear() -> None:
    generator = np.random.default_rng(17)
    n_clear = n_runs = 0
    codes = [f"theme.{number}" for number in range(8)]
    for _ in range(60):
        rows = [
            (float(day), code)
            for code in codes
            for day in generator.uniform(0, 28, 1 + 3 * len(code))
        ]
        found = compare(*frames(rows), before=BEFORE, after=AFTER)
        n_clear += found["sentence"].str.contains("lear").any()
        n_runs += 1
    assert n_clear / n_runs < 0.1


def test_periods_that_overlap_or_are_no_day_long_are_refused() -> None:
    comments, codings = frames([(1, "praise")])
    with pytest.raises(SettingsError, match="overlap"):
        compare(comments, codings, before=AFTER, after=BEFORE)
    with pytest.raises(SettingsError, match="at least one day"):
        Period(START, START)
