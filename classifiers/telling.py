"""What is known of a comment beside its words and the rules: likeness, or a tuned encoder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from classifiers.likeness import likeness, prototypes

if TYPE_CHECKING:
    from classifiers.codebook import Codebook
    from classifiers.labels import Labels
    from classifiers.tuned.plan import Tuning
    from feedback.network_reader import NetworkReader
    from feedback.protocols import Embedder

__all__ = ["Told", "examples_of", "tell"]


@dataclass(frozen=True, eq=False)
class Told:
    """What is known of the comments beside words and rules, by something blind to their codes.

    ``codes`` of shape (n_texts, n_codes) and ``tones`` of shape (n_texts, n_tones or 0).
    """

    vectors: np.ndarray
    example_vectors: np.ndarray
    codes: np.ndarray
    tones: np.ndarray
    prototypes: np.ndarray | None = None
    tuned: NetworkReader | None = None


def tell(
    labels: Labels,
    codebook: Codebook,
    embedder: Embedder,
    examples: tuple[list[str], np.ndarray],
    tuning: Tuning | None,
    *,
    n_folds: int,
    seed: int,
) -> Told:
    """Return what the codebook's words, or an encoder tuned to other comments, say of each one.

    Parameters
    ----------
    labels, codebook, embedder, tuning
        As for `classifiers.train.train`.
    examples
        Of `examples_of`.
    n_folds, seed
        Of the folds in which an encoder is tuned.
    """
    n_codes = len(codebook.code_ids)
    if tuning is None:
        known = prototypes(codebook, embedder)
        vectors = np.asarray(embedder.embed(labels.texts))
        return Told(
            vectors,
            np.asarray(embedder.embed(examples[0])),
            likeness(vectors, known),
            np.empty((len(labels), 0)),
            prototypes=known,
        )
    from classifiers.tuned.tuning import tune

    is_urgent = np.isin(codebook.code_ids, codebook.urgent_ids)
    tuned = tune(labels, examples, is_urgent, tuning, n_folds=n_folds, seed=seed)
    return Told(
        np.empty((len(labels), 0)),
        np.empty((len(examples[0]), 0)),
        tuned.scores[:, :n_codes],
        tuned.scores[:, n_codes:],
        tuned=tuned.reader,
    )


def examples_of(codebook: Codebook) -> tuple[list[str], np.ndarray]:
    """Return the codebook's examples, and their codes: one each."""
    columns = [
        (text, column)
        for column, code in enumerate(codebook.code_ids)
        for text in codebook[code].examples
    ]
    truth = np.zeros((len(columns), len(codebook.code_ids)), dtype=bool)
    truth[np.arange(len(columns)), [column for _, column in columns]] = True
    return [text for text, _ in columns], truth
