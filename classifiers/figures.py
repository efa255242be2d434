"""The figures of an evaluation, and how they come from two tables of codes. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from classifiers.calibration import Calibration
from classifiers.metrics import (
    N_RESAMPLES,
    TOO_FEW,
    ConfusedPair,
    Figure,
    Resamples,
    confused_pairs,
    f1_of_overlap,
    figure_of,
    ratio,
    rounded,
    sample_f1,
    shares,
)
from feedback.errors import ModelError

__all__ = ["Apart", "CodeFigures", "Evaluation", "measure"]


@dataclass(frozen=True, slots=True)
class CodeFigures:
    """How one code did. ``n`` comments carry it; ``n_assigned`` were given it."""

    code: str
    n: int
    n_assigned: int
    precision: Figure
    recall: Figure
    f1: Figure

    @property
    def is_too_few(self) -> bool:
        """Whether too few comments carry the code to say how it did."""
        return self.n < TOO_FEW


@dataclass(frozen=True, slots=True)
class Apart:
    """Comments that are counted and not modelled.

    ``n_duplicates`` repeat the words of one above and are in no figure. ``n_none`` were coded as
    nothing to code by people, ``n_none_assigned`` by the classifier; ``n_recognised`` were seen by
    rule to be empty, a test, gibberish or spam. Those three are in the figures.
    """

    n_duplicates: int
    n_none: int
    n_none_assigned: int
    n_recognised: Mapping[str, int]


@dataclass(frozen=True)
class Evaluation:
    """Figures of a set of coded comments, of ``n_groups`` responses or near duplicates.

    ``macro_f1`` is the mean over codes that occur or were assigned. ``fault_f1`` asks only whether
    there is a technical fault; ``urgent_recall`` and ``urgent_flags`` are the share of the
    ``n_urgent`` urgent comments found, and of the others flagged; ``review`` and ``unassigned`` are
    the shares of comments with a code for a person to check, and without any assigned code.
    Figures that may be None are so where codebook, labels or caller say nothing about them.
    ``parts`` holds the figures of each value of a split.
    """

    n_comments: int
    n_groups: int
    codes: tuple[CodeFigures, ...]
    micro_f1: Figure
    macro_f1: Figure
    sample_f1: Figure
    exact_match: Figure
    unassigned: Figure
    fault_f1: Figure | None = None
    n_urgent: int = 0
    urgent_recall: Figure | None = None
    urgent_flags: Figure | None = None
    sentiment_accuracy: Figure | None = None
    review: Figure | None = None
    confused: tuple[ConfusedPair, ...] = ()
    calibration: Calibration | None = None
    apart: Apart | None = None
    parts: Mapping[str, Evaluation] | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON, rounded to four places; NaN becomes None."""
        plain: dict[str, Any] = rounded(asdict(replace(self, parts=None)))
        for code, figures in zip(plain["codes"], self.codes, strict=True):
            code["is_too_few"] = figures.is_too_few
        for code in (plain["calibration"] or {}).get("codes", ()):
            code["is_too_few"] = code["reliability"]["n_true"] < TOO_FEW
        plain["is_too_few"] = self.n_comments < TOO_FEW
        plain["parts"] = self.parts and {
            value: part.as_dict() for value, part in self.parts.items()
        }
        return plain


def measure(
    truth: np.ndarray,
    predicted: np.ndarray,
    code_ids: Sequence[str],
    *,
    is_fault: np.ndarray | None = None,
    is_urgent: np.ndarray | None = None,
    is_right_tone: np.ndarray | None = None,
    is_for_review: np.ndarray | None = None,
    groups: np.ndarray | None = None,
    n_resamples: int = N_RESAMPLES,
    seed: int = 0,
) -> Evaluation:
    """Return figures of two tables of bool, each of shape (n_texts, n_codes).

    Parameters
    ----------
    truth, predicted
        Codes given by people, and by the classifier.
    code_ids
        Names of the columns.
    is_fault, is_urgent : ndarray of shape (n_codes,), bool, optional
        Columns that count as a technical fault, and as urgent.
    is_right_tone, is_for_review : ndarray of shape (n_texts,), bool, optional
        Whether each sentiment was right, and whether a person should look at the comment.
    groups : ndarray of shape (n_texts,), optional
        Comments of equal values are drawn together; without, each comment alone.
    n_resamples, seed
        Of the bootstrap.

    Raises
    ------
    ModelError
        The tables differ in shape, or hold nothing.

    Examples
    --------
    >>> truth = np.array([[1, 0], [1, 1], [0, 1]], bool)
    >>> found = measure(truth, np.array([[1, 0], [1, 0], [0, 1]], bool), ["a", "b"])
    >>> round(found.micro_f1.value, 3), found.codes[1].recall.value, found.exact_match.value
    (0.857, 0.5, 0.6666666666666666)
    """
    if truth.shape != predicted.shape or truth.shape[1:] != (len(code_ids),) or not len(truth):
        raise ModelError(
            f"Tables of codes must be equal in shape and not empty; found {truth.shape} and "
            f"{predicted.shape} for {len(code_ids)} codes."
        )
    resamples = Resamples.draw(len(truth), groups, n_resamples=n_resamples, seed=seed)
    return Evaluation(
        len(truth),
        resamples.n_groups,
        _code_figures(resamples, truth, predicted, code_ids),
        _f1(resamples, truth, predicted),
        figure_of(_macro_f1(resamples, truth, predicted)),
        _mean(resamples, sample_f1(truth, predicted)),
        _mean(resamples, 1 - _some(truth != predicted)),
        _mean(resamples, 1 - _some(predicted)),
        _fault_f1(resamples, truth, predicted, is_fault),
        *_urgent(resamples, truth, predicted, is_urgent),
        None if is_right_tone is None else _mean(resamples, is_right_tone),
        None if is_for_review is None else _mean(resamples, is_for_review),
        confused_pairs(truth, predicted, code_ids),
    )


def _code_figures(
    resamples: Resamples, truth: np.ndarray, predicted: np.ndarray, code_ids: Sequence[str]
) -> tuple[CodeFigures, ...]:
    hits = truth & predicted
    columns = zip(
        code_ids,
        truth.sum(axis=0).tolist(),
        predicted.sum(axis=0).tolist(),
        shares(resamples, hits, predicted),
        shares(resamples, hits, truth),
        shares(resamples, 2 * hits, _both(truth, predicted), scale=f1_of_overlap),
        strict=True,
    )
    return tuple(CodeFigures(*column) for column in columns)


def _both(truth: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Return how many of the two say so: what F1 divides twice the hits by."""
    both: np.ndarray = truth.astype(int) + predicted
    return both


def _f1(resamples: Resamples, truth: np.ndarray, predicted: np.ndarray) -> Figure:
    """Return the F1 of all cells together."""
    truth, predicted = (table.reshape(len(table), -1) for table in (truth, predicted))
    hits, both = (2 * (truth & predicted)).sum(axis=1), _both(truth, predicted).sum(axis=1)
    return shares(resamples, hits, both, scale=f1_of_overlap)[0]


def _macro_f1(resamples: Resamples, truth: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Return, for each resample, the mean over the codes that occur or were assigned in it."""
    f1 = ratio(2 * resamples.sums(truth & predicted), resamples.sums(_both(truth, predicted)))
    return ratio(np.nansum(f1, axis=1), np.sum(~np.isnan(f1), axis=1))


def _mean(resamples: Resamples, values: np.ndarray) -> Figure:
    return shares(resamples, values, np.ones(len(values)))[0]


def _some(table: np.ndarray) -> np.ndarray:
    """Return ndarray of shape (n_texts,), bool: whether any column holds."""
    return np.asarray(table.any(axis=1))


def _fault_f1(
    resamples: Resamples, truth: np.ndarray, predicted: np.ndarray, is_fault: np.ndarray | None
) -> Figure | None:
    if is_fault is None or not is_fault.any():
        return None
    return _f1(resamples, _some(truth[:, is_fault]), _some(predicted[:, is_fault]))


def _urgent(
    resamples: Resamples, truth: np.ndarray, predicted: np.ndarray, is_urgent: np.ndarray | None
) -> tuple[int, Figure | None, Figure | None]:
    if is_urgent is None or not is_urgent.any():
        return 0, None, None
    has, got = _some(truth[:, is_urgent]), _some(predicted[:, is_urgent])
    found, flagged = shares(resamples, has & got, has)[0], shares(resamples, ~has & got, ~has)[0]
    return int(has.sum()), found, flagged
