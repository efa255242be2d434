"""How good a classifier is: each code's precision, recall and F1, calibration, confusions.

Intervals are those of `classifiers.metrics`: 95%, over responses where the labels name them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from classifiers.calibration import calibrate
from classifiers.figures import Apart, Evaluation, measure
from classifiers.labels import TONES, Labels, check_labels
from classifiers.nothing import kind_of_nothing
from feedback.duplicates import text_key
from feedback.errors import LabelsError
from feedback.schema import EMPTY_LABEL, Classification, Decision

if TYPE_CHECKING:
    import pandas as pd

    from classifiers.classifier import CommentClassifier
    from classifiers.codebook import Codebook
    from feedback.protocols import Embedder

__all__ = [
    "SPLITS",
    "assigned_table",
    "evaluate",
    "evaluate_classifications",
]

SPLITS = ("language", "service")
"""Columns of the labels by which figures can be split."""


def evaluate(
    classifier: CommentClassifier,
    labels: pd.DataFrame,
    embedder: Embedder,
    *,
    seed: int = 0,
    by: str | None = None,
) -> Evaluation:
    """Return the figures of a classifier on coded comments.

    Rows whose words repeat a row above are counted and left out.

    Parameters
    ----------
    classifier, embedder
        The classifier, and the encoder it was trained with.
    labels
        As for `classifiers.labels.check_labels`.
    seed
        Seed of the bootstrap.
    by
        One of `SPLITS`: figures of each of its values, too.

    Raises
    ------
    LabelsError
        The labels cannot be used, or have no column ``by``.
    ModelError
        The embedder is another.
    """
    classifier.check_embedder(embedder)
    whole = check_labels(labels, classifier.codebook)
    parts = _parts(labels, by)
    first = np.flatnonzero(~labels["text"].astype(str).map(text_key).duplicated())
    checked = whole.take(first)
    vectors = classifier.embed(embedder, checked.texts)
    told, probabilities = classifier.classify_and_weigh(checked.texts, vectors, checked.languages)

    def figures(rows: np.ndarray) -> Evaluation:
        some = checked.take(rows)
        return evaluate_classifications(
            [told[row] for row in rows],
            some.truth,
            some.tones,
            classifier.codebook,
            groups=some.groups,
            probabilities=probabilities[rows],
            seed=seed,
        )

    found = replace(
        figures(np.arange(len(checked))),
        apart=_apart(checked, told, classifier.codebook, len(whole) - len(checked)),
    )
    if parts is None:
        return found
    of_row = parts[first]
    split = {value: figures(np.flatnonzero(of_row == value)) for value in sorted(set(of_row))}
    return replace(found, parts=split)


def evaluate_classifications(
    told: Sequence[Classification],
    truth: np.ndarray,
    tones: np.ndarray | None,
    codebook: Codebook,
    *,
    groups: np.ndarray | None = None,
    probabilities: np.ndarray | None = None,
    seed: int = 0,
) -> Evaluation:
    """Return the figures of classifications against ``truth``, (n_texts, n_codes) of bool.

    Only assigned codes count. ``tones`` holds positions in `classifiers.labels.TONES`; comments of
    one number in ``groups`` are drawn together. Calibration is measured where ``probabilities``,
    (n_texts, n_codes), are given: they stand for codes that were not told.
    """
    code_ids = codebook.code_ids
    is_right = None
    if tones is not None:
        is_right = np.array([c.sentiment.value for c in told]) == np.array(TONES)[tones]
    found = measure(
        truth,
        assigned_table(told, code_ids),
        code_ids,
        is_fault=np.array([codebook[code].parent == "fault" for code in code_ids]),
        is_urgent=np.isin(code_ids, codebook.urgent_ids),
        is_right_tone=is_right,
        is_for_review=np.array(
            [any(code.decision == Decision.REVIEW for code in c.codes) for c in told], dtype=bool
        ),
        groups=groups,
        seed=seed,
    )
    if probabilities is None:
        return found
    shown, is_told = _as_told(told, probabilities, code_ids)
    return replace(found, calibration=calibrate(truth, shown, is_told, code_ids, seed=seed))


def assigned_table(told: Sequence[Classification], code_ids: Sequence[str]) -> np.ndarray:
    """Return ndarray of shape (n_texts, n_codes), bool: whether each code was assigned."""
    table = np.zeros((len(told), len(code_ids)), dtype=bool)
    columns = {code: column for column, code in enumerate(code_ids)}
    for row, classification in enumerate(told):
        for code in classification.codes:
            table[row, columns[code.code]] = code.decision == Decision.ASSIGNED
    return table


def _as_told(
    told: Sequence[Classification], probabilities: np.ndarray, code_ids: Sequence[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the probabilities with those told in their place, and which were told."""
    shown, is_told = probabilities.copy(), np.zeros(probabilities.shape, dtype=bool)
    columns = {code: column for column, code in enumerate(code_ids)}
    for row, classification in enumerate(told):
        for code in classification.codes:
            shown[row, columns[code.code]] = code.probability
            is_told[row, columns[code.code]] = True
    return shown, is_told


def _apart(
    labels: Labels, told: Sequence[Classification], codebook: Codebook, n_duplicates: int
) -> Apart:
    """Return what is counted and not modelled."""
    kinds = Counter(str(kind) for text in labels.texts if (kind := kind_of_nothing(text)))
    if EMPTY_LABEL not in codebook.code_ids:
        return Apart(n_duplicates, 0, 0, dict(sorted(kinds.items())))
    none = codebook.code_ids.index(EMPTY_LABEL)
    n_assigned = assigned_table(told, codebook.code_ids)[:, none].sum()
    n_none = labels.truth[:, none].sum()
    return Apart(n_duplicates, int(n_none), int(n_assigned), dict(sorted(kinds.items())))


def _parts(labels: pd.DataFrame, by: str | None) -> np.ndarray | None:
    """Return the value by which each row is split, or None where no split is asked for."""
    if by is None:
        return None
    if by not in SPLITS or by not in labels:
        raise LabelsError(
            f"Figures cannot be split by '{by}'. They can by {' or '.join(SPLITS)}, if the labels "
            f"have that column. Columns found: {', '.join(map(str, labels.columns))}."
        )
    values: np.ndarray = labels[by].astype(str).replace("", "unknown").to_numpy()
    return values
