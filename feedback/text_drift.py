"""Whether the text that comes in has changed: one week against the weeks before it.

Weeks differ more than chance alone makes them: people write in waves. So the week is not compared
with chance but with how far the weeks before differ from each other. Counts of a week are taken as
Dirichlet-multinomial (Brier, "Analysis of contingency tables under cluster sampling", Biometrika
67, 1980): chance, and an intraclass correlation that the weeks before tell. What is measured is the
Pearson statistic of the week against all before it, over what that model expects. It is referred to
an F distribution whose degrees of freedom are cut (Geisser and Greenhouse, "An extension of Box's
results on the use of the F distribution in multivariate analysis", Annals of Mathematical
Statistics 29, 1958), since values of a mix come and go together: a burst of one code is one event.
The weeks before are few, so the cut is too deep rather than too shallow. Several measures are held
together to one chance of a false alarm (Holm, Scandinavian Journal of Statistics 6, 1979).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

__all__ = [
    "ALPHA",
    "BASELINE_WEEKS",
    "MIN_WEEKS",
    "MIN_WEEK_COMMENTS",
    "Drift",
    "adjusted",
    "jensen_shannon",
    "mean_drift",
    "mix_drift",
]

ALPHA = 0.01
"""Chance of a change told in a week in which nothing changed, over all measures: one in a hundred
looks at a week, so one in about two years of looks once a week."""

BASELINE_WEEKS = 11
"""Weeks before; with the one looked at they are the twelve weeks that pages show."""

MIN_WEEKS = 4
"""With fewer weeks nobody can tell how far weeks differ: the interval of a spread estimated from
three reaches from half of it to six times as much."""

MIN_WEEK_COMMENTS = 30
"""Shares of a week with fewer comments say more about chance than about the text."""

LEAST_SPREAD = 1e-9
"""Means of weeks that differ less differ by how computers add up."""

MIN_EXPECTED = 5.0
"""Values expected less often are counted together (Cochran, Biometrics 10, 1954)."""


@dataclass(frozen=True, slots=True)
class Drift:
    """How far one week is from the weeks before, in one measure.

    Parameters
    ----------
    distance
        Jensen-Shannon distance of the mixes, 0 (alike) to 1 (nothing in common); for a mean, how
        much it moved.
    usual
        The same of each week before against the others, from the least to the most.
    p_value
        Chance of such a distance where nothing changed; NaN where there are too few weeks.
    before, now
        Shares of each value, or the one mean.
    pull
        What each value adds to the statistic: the largest changed most.
    """

    distance: float
    usual: tuple[float, float]
    p_value: float
    n_now: int
    n_weeks: int
    before: tuple[float, ...]
    now: tuple[float, ...]
    pull: tuple[float, ...]

    @property
    def is_too_few(self) -> bool:
        """Whether there is too little to say anything."""
        return math.isnan(self.p_value)


def mix_drift(counts: np.ndarray) -> Drift:
    """Return how far the last week's mix is from those before.

    Parameters
    ----------
    counts : ndarray of shape (n_weeks, n_values)
        How often each value came in each week, the week looked at last. Weeks before it with fewer
        than `MIN_WEEK_COMMENTS` are left out.

    Examples
    --------
    Twelve weeks alike, and then a thirteenth with twice as many of the second value:

    >>> calm = np.tile([900, 100], (12, 1)) + np.arange(12)[:, None] % 3 * [3, -3]
    >>> mix_drift(calm).p_value > 0.5
    True
    >>> mix_drift(np.vstack([calm, [800, 200]])).p_value < 0.001
    True

    One week alone says nothing:

    >>> mix_drift(np.array([[9, 1]])).is_too_few
    True
    """
    counts = np.asarray(counts, dtype=float)
    now, before = counts[-1], counts[:-1]
    before = before[before.sum(axis=1) >= MIN_WEEK_COMMENTS]
    n_now, n_before = float(now.sum()), float(before.sum())
    shares_now = now / n_now if n_now else np.zeros_like(now)
    pooled = before.sum(axis=0) / n_before if n_before else np.zeros_like(now)
    p_value, pull = math.nan, np.zeros_like(now)
    if len(before) >= MIN_WEEKS and n_now >= MIN_WEEK_COMMENTS:
        p_value, pull = _tested(before, now)
    return Drift(
        distance=jensen_shannon(shares_now, pooled) if n_now and n_before else math.nan,
        usual=_usual(before),
        p_value=p_value,
        n_now=int(n_now),
        n_weeks=len(before),
        before=tuple(pooled.tolist()),
        now=tuple(shares_now.tolist()),
        pull=tuple(pull.tolist()),
    )


def mean_drift(means: Sequence[float], n: Sequence[int]) -> Drift:
    """Return how far the last week's mean is from those before.

    By the t interval for one more week: the means of weeks scatter as the means before did.

    Parameters
    ----------
    means, n
        Of each week, the one looked at last; ``n`` is how many values are behind it.

    Examples
    --------
    >>> drift = mean_drift([0.81, 0.80, 0.82, 0.81, 0.80, 0.60], [500] * 6)
    >>> drift.p_value < 0.001, round(drift.distance, 2)
    (True, 0.21)
    """
    known = [
        mean for mean, size in zip(means[:-1], n[:-1], strict=True) if size >= MIN_WEEK_COMMENTS
    ]
    n_weeks, n_now = len(known), int(n[-1]) if len(n) else 0
    if n_weeks < MIN_WEEKS or n_now < MIN_WEEK_COMMENTS:
        return Drift(math.nan, (math.nan, math.nan), math.nan, n_now, n_weeks, (), (), ())
    from scipy.stats import t

    past = np.asarray(known, dtype=float)
    middle, spread = float(past.mean()), float(past.std(ddof=1))
    moved = abs(float(means[-1]) - middle)
    steps = np.abs(past - (past.sum() - past) / (n_weeks - 1))
    if spread > LEAST_SPREAD:
        p_value = 2 * float(t.sf(moved / (spread * math.sqrt(1 + 1 / n_weeks)), n_weeks - 1))
    else:
        p_value = 1.0 if math.isclose(moved, 0.0, abs_tol=LEAST_SPREAD) else 0.0
    usual = float(steps.min()), float(steps.max())
    return Drift(moved, usual, p_value, n_now, n_weeks, (middle,), (float(means[-1]),), (moved,))


def adjusted(p_values: Sequence[float]) -> list[float]:
    """Return the p values as Holm adjusts them; those that are NaN stay so and count for nothing.

    >>> adjusted([0.01, float("nan"), 0.04, 0.03])
    [0.03, nan, 0.06, 0.06]
    """
    known = [place for place, value in enumerate(p_values) if not math.isnan(value)]
    found, least = [math.nan] * len(p_values), 0.0
    for rank, place in enumerate(sorted(known, key=lambda one: p_values[one])):
        least = max(least, min(1.0, (len(known) - rank) * p_values[place]))
        found[place] = least
    return found


def jensen_shannon(one: np.ndarray, other: np.ndarray) -> float:
    """Return the distance of two mixes: the root of their divergence in bits, 0 to 1.

    Lin, "Divergence measures based on the Shannon entropy", IEEE Transactions on Information Theory
    37 (1991); its root is a metric (Endres and Schindelin, the same journal, 49, 2003).

    >>> jensen_shannon(np.array([1.0, 0.0]), np.array([0.0, 1.0]))
    1.0
    """
    middle = (one + other) / 2
    parts = []
    for mix in (one, other):
        is_there = mix > 0
        parts.append(float((mix[is_there] * np.log2(mix[is_there] / middle[is_there])).sum()))
    return math.sqrt(max(0.0, sum(parts) / 2))


def _usual(before: np.ndarray) -> tuple[float, float]:
    """Return how far each week is from the others together, from the least to the most."""
    if len(before) < 2:
        return math.nan, math.nan
    total = before.sum(axis=0)
    found = [
        jensen_shannon(week / week.sum(), (total - week) / (total - week).sum()) for week in before
    ]
    return min(found), max(found)


def _tested(before: np.ndarray, now: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the p value, and what each value adds to the statistic."""
    from scipy.stats import f

    groups = _grouped(before, now)
    n_groups = int(groups.max()) + 1
    if n_groups < 2:
        return 1.0, np.zeros(len(now))
    table = np.zeros((len(before) + 1, n_groups))
    np.add.at(table.T, groups, np.vstack([before, now]).T)
    weeks, last = table[:-1], table[-1]
    sizes = weeks.sum(axis=1)
    correlation, share_of_freedom = _scatter(weeks, sizes)
    expected = table.sum(axis=0) / table.sum()
    n_now, n_before = last.sum(), sizes.sum()
    variance = (1 + (n_now - 1) * correlation) / n_now
    variance += float((sizes * (1 + (sizes - 1) * correlation)).sum()) / n_before**2
    terms = (last / n_now - weeks.sum(axis=0) / n_before) ** 2 / expected / variance
    freedom = share_of_freedom * (n_groups - 1)
    p_value = float(f.sf(terms.sum() / (n_groups - 1), freedom, freedom * (len(weeks) - 1)))
    # Of values that are counted together, each gets its part by how far it moved itself.
    moved = (now / n_now - before.sum(axis=0) / n_before) ** 2
    of_group = np.bincount(groups, moved, n_groups)[groups]
    parts = np.divide(moved, of_group, out=np.zeros_like(moved), where=of_group > 0)
    return p_value, terms[groups] * parts


def _grouped(before: np.ndarray, now: np.ndarray) -> np.ndarray:
    """Return a group for each value: the rare ones are one group, and join the least if too few."""
    total = before.sum(axis=0) + now
    expected = total / total.sum() * now.sum()
    rare = expected < MIN_EXPECTED
    if not rare.any():
        return np.arange(len(now))
    common = np.flatnonzero(~rare)
    groups = np.zeros(len(now), dtype=np.int64)
    groups[common] = np.arange(len(common))
    if expected[rare].sum() >= MIN_EXPECTED or not len(common):
        groups[rare] = len(common)
    else:
        groups[rare] = int(np.argmin(expected[common]))
    return groups


def _scatter(weeks: np.ndarray, sizes: np.ndarray) -> tuple[float, float]:
    """Return the intraclass correlation of weeks by moments, and Box's epsilon of their values."""
    n_weeks, n_groups = weeks.shape
    total = sizes.sum()
    pooled = weeks.sum(axis=0) / total
    there = pooled > 0
    off = np.zeros_like(weeks)
    off[:, there] = np.sqrt(sizes)[:, None] * (weeks / sizes[:, None] - pooled)[:, there]
    off[:, there] /= np.sqrt(pooled[there])
    left = 1 - sizes / total
    excess = float((off**2).sum()) / (n_groups - 1) - (n_weeks - 1)
    correlation = max(0.0, excess / float((left * (sizes - 1)).sum()))
    inner = off @ off.T  # has the same traces as the covariance, and is small
    squares = float((inner**2).sum())
    if squares == 0:
        return correlation, 1.0
    epsilon = float(np.trace(inner)) ** 2 / ((n_groups - 1) * squares)
    return correlation, min(1.0, max(epsilon, 1 / (n_groups - 1)))
