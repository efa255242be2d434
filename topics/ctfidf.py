"""Class TF-IDF: which terms tell one topic from the others, as BERTopic computes it.

Grootendorst (2022), "BERTopic: Neural topic modeling with a class-based TF-IDF procedure". Computed
here because importing BERTopic costs seconds; a test holds it to ``ClassTfidfTransformer``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from feedback.schema import OUTLIER_TOPIC
from topics.terms import terms_of

if TYPE_CHECKING:
    from scipy import sparse

__all__ = ["TermCounts", "class_counts", "class_tfidf", "count_terms", "telling_terms"]


@dataclass(frozen=True)
class TermCounts:
    """How often each text has each term.

    ``counts`` is a csr_matrix of shape (n_texts, n_terms), ``terms`` sorted.
    """

    counts: sparse.csr_matrix
    terms: tuple[str, ...]


def count_terms(texts: Iterable[str], *, min_comments: int) -> TermCounts:
    """Return the counts of the terms that at least ``min_comments`` texts have.

    Examples
    --------
    >>> found = count_terms(["slow slow upload", "the upload", "queue"], min_comments=2)
    >>> found.terms, found.counts.toarray().ravel().tolist()
    (('upload',), [1, 1, 0])
    """
    from scipy import sparse

    numbers: dict[str, int] = {}
    column: list[int] = []
    ends = [0]
    for text in texts:
        column.extend(numbers.setdefault(term, len(numbers)) for term in terms_of(text))
        ends.append(len(column))
    shape = len(ends) - 1, len(numbers)
    ones = np.ones(len(column), dtype=np.int64)
    every = sparse.csr_matrix((ones, column, ends), shape=shape)
    every.sum_duplicates()
    n_comments = np.bincount(every.indices, minlength=len(numbers))
    kept = sorted(term for term, i in numbers.items() if n_comments[i] >= min_comments)
    return TermCounts(every[:, [numbers[term] for term in kept]], tuple(kept))


def class_counts(counts: sparse.csr_matrix, labels: np.ndarray) -> sparse.csr_matrix:
    """Return the counts of each class, in the order of ``np.unique(labels)``."""
    from scipy import sparse

    classes, index = np.unique(labels, return_inverse=True)
    ones = np.ones(len(labels), dtype=np.int64)
    is_in = sparse.csr_matrix(
        (ones, (index, np.arange(len(labels)))), shape=(len(classes), len(labels))
    )
    return (is_in @ counts).tocsr()


def class_tfidf(counts: sparse.csr_matrix) -> sparse.csr_matrix:
    """Return the share of each term in its class times ``log(1 + A / f)``.

    ``A`` is the mean number of terms of a class, rounded down as BERTopic does, ``f`` how often all
    classes have the term.

    Parameters
    ----------
    counts
        csr_matrix of shape (n_classes, n_terms); every term has to be in one class at least.
    """
    from scipy import sparse

    size = np.asarray(counts.sum(axis=1)).ravel()
    frequency = np.asarray(counts.sum(axis=0)).ravel()
    idf = np.log(int(size.mean()) / frequency + 1)
    shares = sparse.diags(1 / np.maximum(size, 1)) @ counts
    return (shares @ sparse.diags(idf)).tocsr()


def telling_terms(
    found: TermCounts, labels: np.ndarray, *, n_terms: int, min_share: float = 0.0
) -> dict[int, list[str]]:
    """Return the terms of each topic, most telling first; equal ones by the alphabet.

    Outliers count as a class of their own, and their terms are not told.

    Parameters
    ----------
    min_share
        How often a topic uses a term at least, in mentions by its number of comments.
    """
    counts = class_counts(found.counts, labels)
    scores = class_tfidf(counts)
    told: dict[int, list[str]] = {}
    for row, (label, n) in enumerate(zip(*np.unique(labels, return_counts=True), strict=True)):
        if label != OUTLIER_TOPIC:
            own = slice(scores.indptr[row], scores.indptr[row + 1])
            columns, values = scores.indices[own], scores.data[own]
            mentions = counts[row].toarray().ravel()[columns]
            best = np.lexsort((columns, -np.round(values, 12)))
            best = best[mentions[best] >= min_share * n][:n_terms]
            told[int(label)] = [found.terms[i] for i in columns[best]]
    return told
