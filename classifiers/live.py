"""How good a classifier is on live feedback, from a weighted sample that people coded.

A precision, a recall and an F1 are shares of weighted counts (F1 of the intersection over the
union: F1 = 2J / (1 + J)). Their variance is that of a ratio of totals over responses (Taylor
linearisation; Särndal, Swensson and Wretman 1992, section 5.6), and their 95% interval that of
Clopper and Pearson at the effective number of comments which that variance is worth (Korn and
Graubard 1998, "Confidence intervals for proportions with small expected number of positive counts
estimated from survey data"). It holds at least 95% of the time where a share is near 0 or 1 and
comments are few, which is where bootstraps promise too much. Macro F1 has the bootstrap of
`classifiers.metrics`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from classifiers.metrics import (
    N_RESAMPLES,
    TAIL,
    TOO_FEW,
    Figure,
    Resamples,
    f1_of_overlap,
    figure_of,
    ratio,
    rounded,
)
from feedback.errors import ModelError

__all__ = ["LiveCode", "LiveFigures", "Sample", "measure_live", "weighted_share"]

_NOWHERE = Figure(float("nan"), float("nan"), float("nan"))


@dataclass(frozen=True, eq=False)
class Sample:
    """Codings of sampled comments, one row for each coder of a comment.

    ``truth`` and ``predicted`` are ndarrays of shape (n_rows, n_codes) of bool: what the coder and
    the machine gave. ``weights``, (n_rows,), is what the comment stands for, shared out between its
    coders. Rows of one number in ``comments`` are of one comment; of one in ``groups``, of one
    response or of near duplicates.
    """

    truth: np.ndarray
    predicted: np.ndarray
    weights: np.ndarray
    comments: np.ndarray
    groups: np.ndarray

    def count(self, table: np.ndarray) -> list[int]:
        """Return, for each column, on how many comments any row says so."""
        return [len(np.unique(self.comments[column])) for column in table.T]


@dataclass(frozen=True, slots=True)
class LiveCode:
    """How one code does. People gave it to ``n`` comments of the sample, the machine to
    ``n_assigned``; ``is_left_out`` where comments with it were kept out of the draws.
    """  # noqa: D205

    code: str
    n: int
    n_assigned: int
    precision: Figure
    recall: Figure
    f1: Figure
    is_left_out: bool = False

    @property
    def too_few(self) -> dict[str, bool]:
        """Whether each figure stands on too few comments: assigned, carrying the code, both."""
        precision, recall = self.n_assigned < TOO_FEW, self.n < TOO_FEW
        return {"precision": precision, "recall": recall, "f1": precision or recall}


@dataclass(frozen=True)
class LiveFigures:
    """Figures of ``n_comments`` coded comments of ``n_groups`` responses.

    They are worth ``n_effective`` comments of equal weight (Kish 1965). ``macro_f1`` is the mean
    over the ``n_macro`` codes that occur or were assigned.
    """

    n_comments: int
    n_groups: int
    n_effective: float
    codes: tuple[LiveCode, ...]
    micro_precision: Figure
    micro_recall: Figure
    micro_f1: Figure
    macro_f1: Figure
    n_macro: int

    @property
    def is_too_few(self) -> bool:
        """Whether too few comments were coded to say anything."""
        return self.n_comments < TOO_FEW

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON, rounded to four places; NaN becomes None."""
        plain: dict[str, Any] = rounded(asdict(self))
        for code, found in zip(plain["codes"], self.codes, strict=True):
            code["too_few"] = found.too_few
        return {**plain, "is_too_few": self.is_too_few}


def measure_live(
    sample: Sample,
    code_ids: Sequence[str],
    *,
    left_out: Collection[str] = (),
    n_resamples: int = N_RESAMPLES,
    seed: int = 0,
) -> LiveFigures:
    """Return the figures of a sample.

    Parameters
    ----------
    code_ids
        Names of the columns.
    left_out
        Codes whose comments were kept out of the draws: they are counted and have no figures, and
        are in no mean.
    n_resamples, seed
        Of the bootstrap of macro F1.

    Raises
    ------
    ModelError
        The sample is empty, or a weight is not above 0.

    Examples
    --------
    A comment that stands for three others, and was coded right, counts three times:

    >>> truth = np.array([[True, False], [True, False]])
    >>> told = np.array([[True, False], [False, True]])
    >>> rows = np.arange(2)
    >>> found = measure_live(Sample(truth, told, np.array([3.0, 1.0]), rows, rows), ["a", "b"])
    >>> found.codes[0].recall.value, round(found.micro_recall.value, 4)
    (0.75, 0.75)
    """
    if not len(sample.truth) or not (sample.weights > 0).all():
        raise ModelError("Live figures need at least one coded comment, and weights above 0.")
    is_in = np.array([code not in left_out for code in code_ids], dtype=bool)
    truth, told = sample.truth[:, is_in], sample.predicted[:, is_in]
    both = truth & told
    hits, n_told, n_true, n_either = (
        table.sum(axis=1) for table in (both, told, truth, truth | told)
    )
    resamples = Resamples.draw(len(truth), sample.groups, n_resamples=n_resamples, seed=seed)
    _, comments = np.unique(sample.comments, return_inverse=True)
    return LiveFigures(
        int(comments.max()) + 1,
        resamples.n_groups,
        _kish(np.bincount(comments, sample.weights)),
        _codes(sample, code_ids, is_in),
        _share(hits, n_told, sample),
        _share(hits, n_true, sample),
        _share(hits, n_either, sample, is_f1=True),
        figure_of(_macro_f1(both, truth, told, sample, resamples)),
        int((truth | told).any(axis=0).sum()),
    )


def _codes(sample: Sample, code_ids: Sequence[str], is_in: np.ndarray) -> tuple[LiveCode, ...]:
    """Return the figures of each code; those that are not in have none."""
    truth, told = sample.truth, sample.predicted
    both = truth & told
    columns = zip(
        code_ids,
        sample.count(truth),
        sample.count(told),
        _shares(both, told, sample),
        _shares(both, truth, sample),
        _shares(both, truth | told, sample, is_f1=True),
        is_in.tolist(),
        strict=True,
    )
    return tuple(
        LiveCode(code, n, n_told, precision, recall, f1)
        if is_kept
        else LiveCode(code, n, n_told, _NOWHERE, _NOWHERE, _NOWHERE, is_left_out=True)
        for code, n, n_told, precision, recall, f1, is_kept in columns
    )


def weighted_share(
    part: np.ndarray, whole: np.ndarray, weights: np.ndarray, groups: np.ndarray
) -> Figure:
    """Return sum(weights * part) / sum(weights * whole) with its 95% interval.

    Parameters
    ----------
    part, whole : ndarray of shape (n_rows,)
        Counts of each row; ``part`` never exceeds ``whole``.
    weights : ndarray of shape (n_rows,)
        Above 0.
    groups : ndarray of shape (n_rows,)
        Rows of equal values are drawn together.

    Examples
    --------
    27 of 30 alike, then 3 of them standing for ten each and the rest for one:

    >>> part, alone = np.arange(30) < 27, np.arange(30)
    >>> share = weighted_share(part, np.ones(30), np.ones(30), alone)
    >>> round(share.value, 2), round(share.low, 2), round(share.high, 2)
    (0.9, 0.73, 0.98)
    >>> share = weighted_share(part, np.ones(30), np.where(alone < 3, 10.0, 1.0), alone)
    >>> round(share.value, 2), round(share.low, 2), round(share.high, 2)
    (0.95, 0.61, 1.0)
    """
    in_whole = weights * whole
    total = in_whole.sum()
    if not total:
        return _NOWHERE
    value = float((weights * part).sum() / total)
    _, of_group = np.unique(groups[whole > 0], return_inverse=True)

    def by_group(column: np.ndarray) -> np.ndarray:
        return np.bincount(of_group, column[whole > 0])

    n_groups = int(of_group.max()) + 1
    spread = float((by_group(weights * part - value * in_whole) ** 2).sum())
    if n_groups > 1 and spread > 0 and 0 < value < 1:
        variance = spread * n_groups / (n_groups - 1) / total**2
        n = min(value * (1 - value) / variance, total**2 / float((weights * in_whole).sum()))
    else:
        n = _kish(by_group(in_whole))
    return Figure(value, *_clopper_pearson(value * n, n))


def _clopper_pearson(hits: float, n: float) -> tuple[float, float]:
    """Return the exact interval of ``hits`` of ``n``, neither of which need be whole."""
    from scipy.stats import beta

    low = float(beta.ppf(TAIL, hits, n - hits + 1)) if hits > 0 else 0.0
    high = float(beta.ppf(1 - TAIL, hits + 1, n - hits)) if hits < n else 1.0
    return low, high


def _kish(weights: np.ndarray) -> float:
    """Return how many equal weights these are worth."""
    return float(weights.sum() ** 2 / (weights**2).sum())


def _share(part: np.ndarray, whole: np.ndarray, sample: Sample, *, is_f1: bool = False) -> Figure:
    found = weighted_share(part, whole, sample.weights, sample.groups)
    if not is_f1:
        return found
    return Figure(*(f1_of_overlap(value) for value in (found.value, found.low, found.high)))


def _shares(
    part: np.ndarray, whole: np.ndarray, sample: Sample, *, is_f1: bool = False
) -> list[Figure]:
    return [_share(one, of, sample, is_f1=is_f1) for one, of in zip(part.T, whole.T, strict=True)]


def _macro_f1(
    both: np.ndarray, truth: np.ndarray, told: np.ndarray, sample: Sample, resamples: Resamples
) -> np.ndarray:
    """Return, for each resample, the mean over the codes that occur or were assigned in it."""
    weights = sample.weights[:, None]
    overlap = resamples.sums(2 * both * weights)
    f1 = ratio(overlap, resamples.sums((truth.astype(int) + told) * weights))
    return ratio(np.nansum(f1, axis=1), np.sum(~np.isnan(f1), axis=1))
