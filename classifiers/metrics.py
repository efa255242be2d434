"""Figures with 95% bootstrap intervals, and the counts behind them. Pure functions.

Whole groups are drawn, never single comments: two comments of one response, or two near duplicates,
say less than two strangers do (Field and Welsh 2007, "Bootstrapping clustered data"). Without such
ties every comment is a group of its own. Intervals are percentiles (Efron and Tibshirani 1993,
chapter 13). Where a share is 0 or 1 every resample repeats it, and an interval of no width would
promise too much: the exact one of Clopper and Pearson (1934) is given instead, over groups.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = [
    "N_RESAMPLES",
    "TAIL",
    "TOO_FEW",
    "ConfusedPair",
    "Figure",
    "Resamples",
    "confused_pairs",
    "exact_at_ends",
    "f1_of_overlap",
    "figure_of",
    "ratio",
    "rounded",
    "sample_f1",
    "shares",
]

N_RESAMPLES = 1_000
TOO_FEW = 30
"""Under so many comments of a code its figures say too little to be shown to a person."""

TAIL = 0.025
"""Share of resamples beyond each end of a 95% interval."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its 95% interval; NaN where it has no meaning."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ConfusedPair:
    """``n`` comments carry ``missed``, were not given it, and were wrongly given ``given``."""

    missed: str
    given: str
    n: int


@dataclass(frozen=True, eq=False)
class Resamples:
    """How often each group stands in each resample.

    ``groups`` is an ndarray of shape (n_texts,) of positions; ``weights`` one of shape
    (1 + n_resamples, n_groups), float64, whose row 0 is the sample itself.
    """

    groups: np.ndarray
    weights: np.ndarray

    @classmethod
    def draw(
        cls,
        n_texts: int,
        groups: np.ndarray | None = None,
        *,
        n_resamples: int = N_RESAMPLES,
        seed: int = 0,
    ) -> Resamples:
        """Return seeded resamples of the groups; equal values in ``groups`` belong together."""
        named = np.arange(n_texts) if groups is None else groups
        _, positions = np.unique(named, return_inverse=True)
        n_groups = int(positions.max()) + 1 if n_texts else 0
        generator = np.random.default_rng(seed)
        drawn = generator.multinomial(
            n_groups, np.full(n_groups, 1 / max(n_groups, 1)), size=n_resamples
        )
        return cls(positions, np.vstack([np.ones(n_groups), drawn]).astype(np.float64))

    @property
    def n_groups(self) -> int:
        """Number of groups drawn from."""
        return int(self.weights.shape[1])

    def by_group(self, table: np.ndarray) -> np.ndarray:
        """Return the sum of each group's rows, float64; ``table`` has one row a comment."""
        summed = np.zeros((self.n_groups, *table.shape[1:]))
        np.add.at(summed, self.groups, table.astype(np.float64))
        return summed

    def sums(self, table: np.ndarray) -> np.ndarray:
        """Return the sum over comments in the sample and in each resample."""
        sums: np.ndarray = self.weights @ self.by_group(table)
        return sums


def ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Return part / whole; NaN where the whole is 0."""
    found: np.ndarray = np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)
    return found


def figure_of(values: np.ndarray) -> Figure:
    """Return the figure of row 0 with the percentile interval of the other rows."""
    resampled = values[1:][~np.isnan(values[1:])]
    if np.isnan(values[0]) or not len(resampled):
        return Figure(float(values[0]), float("nan"), float("nan"))
    low, high = np.percentile(resampled, [100 * TAIL, 100 * (1 - TAIL)])
    return Figure(float(values[0]), float(low), float(high))


def f1_of_overlap(overlap: float) -> float:
    """Return the F1 of an intersection over union, which is a plain share: F1 = 2J / (1 + J)."""
    return 2 * overlap / (1 + overlap)


def shares(
    resamples: Resamples,
    part: np.ndarray,
    whole: np.ndarray,
    *,
    scale: Callable[[float], float] = float,
) -> list[Figure]:
    """Return sum(part) / sum(whole) of each column, with its interval.

    Parameters
    ----------
    resamples
        Of the comments.
    part, whole : ndarray of shape (n_texts, n_columns) or (n_texts,)
        Counts of each comment; ``part`` never exceeds ``whole``.
    scale
        Turns a plain share into the figure, for the exact interval at 0 and 1: `f1_of_overlap` for
        an F1.

    Examples
    --------
    Ten of ten is not certainty:

    >>> ten = np.ones(10, bool)
    >>> figure, = shares(Resamples.draw(10), ten, ten)
    >>> figure.value, round(figure.low, 3), figure.high
    (1.0, 0.692, 1.0)
    """
    part, whole = (table.reshape(len(table), -1) for table in (part, whole))
    values = ratio(resamples.sums(part), resamples.sums(whole))
    n_groups = (resamples.by_group(whole) > 0).sum(axis=0)
    figures = []
    for column, n in enumerate(n_groups.tolist()):
        figures.append(exact_at_ends(figure_of(values[:, column]), n, scale))
    return figures


def exact_at_ends(figure: Figure, n: int, scale: Callable[[float], float] = float) -> Figure:
    """Return a share of ``n`` with its exact interval if it is 0 or 1: every resample repeats it.

    ``scale`` is that of `shares`.
    """
    if figure.value == 1:
        return Figure(1.0, scale(TAIL ** (1 / n)), 1.0)
    if figure.value == 0:
        return Figure(0.0, 0.0, scale(1 - TAIL ** (1 / n)))
    return figure


def sample_f1(truth: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Return each comment's F1 of its codes; 1 where there is neither a code nor a prediction."""
    both = (truth & predicted).sum(axis=1)
    sizes = truth.sum(axis=1) + predicted.sum(axis=1)
    return np.where(sizes == 0, 1.0, 2 * both / np.maximum(sizes, 1))


def confused_pairs(
    truth: np.ndarray, predicted: np.ndarray, code_ids: Sequence[str]
) -> tuple[ConfusedPair, ...]:
    """Return which codes were given instead of those missed, the most frequent first.

    A comment counts where a code was missed *and* another wrongly given, once for each such pair.

    >>> truth, told = np.array([[1, 0, 0], [1, 1, 0]], bool), np.array([[0, 0, 1], [1, 0, 0]], bool)
    >>> confused_pairs(truth, told, ["a", "b", "c"])
    (ConfusedPair(missed='a', given='c', n=1),)
    """
    missed, wrong = truth & ~predicted, predicted & ~truth
    counts = missed.astype(int).T @ wrong.astype(int)
    found = [
        ConfusedPair(code_ids[row], code_ids[column], int(counts[row, column]))
        for row, column in zip(*np.nonzero(counts), strict=True)
    ]
    return tuple(sorted(found, key=lambda pair: (-pair.n, pair.missed, pair.given)))


def rounded(value: Any) -> Any:
    """Return plain values for JSON: four places, and None for NaN."""
    if isinstance(value, float):
        return None if np.isnan(value) else round(value, 4)
    if isinstance(value, dict):
        return {key: rounded(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(inner) for inner in value]
    return value
