"""How good a classifier is: precision, recall and F1 with 95% intervals. Pure functions.

Intervals are percentile bootstraps over comments (Efron and Tibshirani 1993, chapter 13).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from classifiers.labels import TONES, check_labels
from feedback.errors import ModelError
from feedback.schema import Classification, Decision

if TYPE_CHECKING:
    import pandas as pd

    from classifiers.classifier import CommentClassifier
    from classifiers.codebook import Codebook
    from feedback.protocols import Embedder

__all__ = [
    "CodeFigures",
    "Evaluation",
    "Figure",
    "assigned_table",
    "evaluate",
    "evaluate_classifications",
    "measure",
]

N_RESAMPLES = 1_000
TOO_FEW = 30
"""Under so many comments of a code its figures say little; they come with a warning."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its 95% interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class CodeFigures:
    """How one code did. ``n`` comments carry it; ``n_assigned`` were given it."""

    code: str
    n: int
    n_assigned: int
    precision: Figure
    recall: Figure
    f1: Figure


@dataclass(frozen=True)
class Evaluation:
    """Figures of a set of coded comments.

    ``macro_f1`` is the mean over codes that occur or were assigned. ``fault_f1`` asks only whether
    there is a technical fault; ``urgent_recall`` and ``urgent_flags`` are the share of urgent
    comments found, and of the others flagged. Those three, and ``sentiment_accuracy``, are None
    where the codebook or the labels say nothing about them.
    """

    n_comments: int
    codes: tuple[CodeFigures, ...]
    micro_f1: Figure
    macro_f1: Figure
    sample_f1: Figure
    exact_match: Figure
    fault_f1: Figure | None = None
    urgent_recall: Figure | None = None
    urgent_flags: Figure | None = None
    sentiment_accuracy: Figure | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON, rounded to four places; NaN becomes None."""
        plain: dict[str, Any] = _rounded(asdict(self))
        return plain


def evaluate(
    classifier: CommentClassifier, labels: pd.DataFrame, embedder: Embedder, *, seed: int = 0
) -> Evaluation:
    """Return the figures of a classifier on coded comments.

    Parameters
    ----------
    classifier, embedder
        The classifier, and the encoder it was trained with.
    labels
        As for `classifiers.labels.check_labels`.
    seed
        Seed of the bootstrap.

    Raises
    ------
    LabelsError
        The labels cannot be used.
    ModelError
        The embedder is another.
    """
    classifier.check_embedder(embedder)
    checked = check_labels(labels, classifier.codebook)
    told = classifier.classify(checked.texts, embedder.embed(checked.texts), checked.languages)
    return evaluate_classifications(
        told, checked.truth, checked.tones, classifier.codebook, seed=seed
    )


def evaluate_classifications(
    told: Sequence[Classification],
    truth: np.ndarray,
    tones: np.ndarray | None,
    codebook: Codebook,
    *,
    seed: int = 0,
) -> Evaluation:
    """Return the figures of classifications against ``truth``, (n_texts, n_codes) of bool.

    Only assigned codes count. ``tones`` holds positions in `classifiers.labels.TONES`.
    """
    predicted = assigned_table(told, codebook.code_ids)
    is_fault = np.array([codebook[code].parent == "fault" for code in codebook.code_ids])
    is_urgent = np.isin(codebook.code_ids, codebook.urgent_ids)
    is_right = None
    if tones is not None:
        is_right = np.array([c.sentiment.value for c in told]) == np.array(TONES)[tones]
    return measure(
        truth,
        predicted,
        codebook.code_ids,
        is_fault=is_fault,
        is_urgent=is_urgent,
        is_right_tone=is_right,
        seed=seed,
    )


def assigned_table(told: Sequence[Classification], code_ids: Sequence[str]) -> np.ndarray:
    """Return ndarray of shape (n_texts, n_codes), bool: whether each code was assigned."""
    table = np.zeros((len(told), len(code_ids)), dtype=bool)
    columns = {code: column for column, code in enumerate(code_ids)}
    for row, classification in enumerate(told):
        for code in classification.codes:
            table[row, columns[code.code]] = code.decision == Decision.ASSIGNED
    return table


def measure(
    truth: np.ndarray,
    predicted: np.ndarray,
    code_ids: Sequence[str],
    *,
    is_fault: np.ndarray | None = None,
    is_urgent: np.ndarray | None = None,
    is_right_tone: np.ndarray | None = None,
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
    is_right_tone : ndarray of shape (n_texts,), bool, optional
        Whether each sentiment was right.
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
    weights = _resamples(len(truth), n_resamples, seed)
    hits, n_true, n_given = truth & predicted, truth, predicted
    tp, positives, given = (_sums(table, weights) for table in (hits, n_true, n_given))
    f1 = _ratio(2 * tp, positives + given)
    precision, recall = _ratio(tp, given), _ratio(tp, positives)
    n, n_assigned = truth.sum(axis=0), predicted.sum(axis=0)
    codes = tuple(
        CodeFigures(
            code,
            int(n[column]),
            int(n_assigned[column]),
            _figure(precision[:, column]),
            _figure(recall[:, column]),
            _figure(f1[:, column]),
        )
        for column, code in enumerate(code_ids)
    )
    micro = _ratio(2 * tp.sum(axis=1), (positives + given).sum(axis=1))
    occurring = (n + n_assigned) > 0
    macro = np.nan_to_num(f1[:, occurring]).mean(axis=1) if occurring.any() else f1[:, 0]
    return Evaluation(
        len(truth),
        codes,
        _figure(micro),
        _figure(macro),
        _figure(_means(_sample_f1(truth, predicted), weights)),
        _figure(_means((truth == predicted).all(axis=1), weights)),
        _fault_f1(truth, predicted, is_fault, weights),
        *_urgent(truth, predicted, is_urgent, weights),
        None if is_right_tone is None else _figure(_means(is_right_tone, weights)),
    )


def _resamples(n_texts: int, n_resamples: int, seed: int) -> np.ndarray:
    """Return how often each comment stands in each resample; row 0 is the sample itself."""
    generator = np.random.default_rng(seed)
    drawn = generator.multinomial(n_texts, np.full(n_texts, 1 / n_texts), size=n_resamples)
    return np.vstack([np.ones(n_texts), drawn]).astype(np.float64)


def _sums(table: Any, weights: np.ndarray) -> np.ndarray:
    sums: np.ndarray = weights @ table.astype(np.float64)
    return sums


def _means(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    means: np.ndarray = weights @ values.astype(np.float64) / weights.sum(axis=1)
    return means


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Return part / whole; NaN where the whole is 0."""
    ratio: np.ndarray = np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)
    return ratio


def _figure(values: np.ndarray) -> Figure:
    """Return the figure of row 0 with the interval of the others; NaN where it has no meaning."""
    resampled = values[1:][~np.isnan(values[1:])]
    if np.isnan(values[0]) or not len(resampled):
        return Figure(float(values[0]), float("nan"), float("nan"))
    low, high = np.percentile(resampled, [2.5, 97.5])
    return Figure(float(values[0]), float(low), float(high))


def _sample_f1(truth: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Return each comment's F1 of its codes; 1 where there is neither a code nor a prediction."""
    both = (truth & predicted).sum(axis=1)
    sizes = truth.sum(axis=1) + predicted.sum(axis=1)
    return np.where(sizes == 0, 1.0, 2 * both / np.maximum(sizes, 1))


def _fault_f1(
    truth: np.ndarray, predicted: np.ndarray, is_fault: np.ndarray | None, weights: np.ndarray
) -> Figure | None:
    if is_fault is None or not is_fault.any():
        return None
    has, got = truth[:, is_fault].any(axis=1), predicted[:, is_fault].any(axis=1)
    return _figure(_ratio(2 * _sums(has & got, weights), _sums(has, weights) + _sums(got, weights)))


def _urgent(
    truth: np.ndarray, predicted: np.ndarray, is_urgent: np.ndarray | None, weights: np.ndarray
) -> tuple[Figure | None, Figure | None]:
    if is_urgent is None or not is_urgent.any():
        return None, None
    has, got = truth[:, is_urgent].any(axis=1), predicted[:, is_urgent].any(axis=1)
    recall = _ratio(_sums(has & got, weights), _sums(has, weights))
    flags = _ratio(_sums(~has & got, weights), _sums(~has, weights))
    return _figure(recall), _figure(flags)


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return None if np.isnan(value) else round(value, 4)
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(inner) for inner in value]
    return value
