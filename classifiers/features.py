"""What the linear heads see of a comment: its vector, its words, its letters, the rules that hold.

The encoder knows meaning and misses rare words; hashed words and letters catch "502", "JAWS" and
typos; rule hits carry what a person wrote down. Hashing needs no vocabulary, so a model file holds
numbers alone.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.preprocessing import normalize

from classifiers.lexicon import fold

__all__ = ["CommentFeatures"]

_WORD = r"(?u)\b\w+\b"


class CommentFeatures(BaseEstimator):  # type: ignore[misc]
    """Builds sparse rows from texts, vectors and rule hits.

    Parameters
    ----------
    n_buckets
        Buckets for words and word pairs, and as many for runs of four letters.
    rule_weight
        Length of a rule hit beside a vector of length 1; .5 and .25 were equal out of fold, 1 and
        2 worse.

    Attributes
    ----------
    idf_ : ndarray of shape (2 * n_buckets,), float32
        Weight of each bucket: ``ln((1 + n_texts) / (1 + n_texts_with_it)) + 1``.
    """

    def __init__(self, n_buckets: int = 2**14, rule_weight: float = 0.5) -> None:
        self.n_buckets = n_buckets
        self.rule_weight = rule_weight

    def fit(self, texts: Sequence[str]) -> CommentFeatures:
        """Learn how common each bucket is."""
        counts = sparse.hstack(self._counts(texts)).tocsc()
        n_with = np.diff(counts.indptr)
        self.idf_ = (np.log((1 + len(texts)) / (1 + n_with)) + 1).astype(np.float32)
        return self

    def transform(
        self, texts: Sequence[str], vectors: np.ndarray, hits: np.ndarray
    ) -> sparse.csr_matrix:
        """Return a row for each text.

        Parameters
        ----------
        texts
            Redacted comments.
        vectors : ndarray of shape (n_texts, n_dimensions), float32, unit length
            Their embeddings.
        hits : ndarray of shape (n_texts, n_codes), bool
            Codes that a rule speaks for.

        Returns
        -------
        csr_matrix of shape (n_texts, n_dimensions + 2 * n_buckets + n_codes), float64
        """
        words, letters = self._counts(texts)
        return sparse.hstack(
            [
                sparse.csr_matrix(vectors.astype(np.float64)),
                self._weigh(words, self.idf_[: self.n_buckets]),
                self._weigh(letters, self.idf_[self.n_buckets :]),
                sparse.csr_matrix(hits * self.rule_weight),
            ],
            format="csr",
        )

    def n_columns(self, vectors: np.ndarray, n_codes: int) -> int:
        """Return the length of a row."""
        return int(vectors.shape[1] + 2 * self.n_buckets + n_codes)

    def _counts(self, texts: Sequence[str]) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
        folded = [fold(text) for text in texts]
        shared = {"n_features": self.n_buckets, "norm": None, "alternate_sign": False}
        words = HashingVectorizer(ngram_range=(1, 2), token_pattern=_WORD, **shared)
        letters = HashingVectorizer(analyzer="char_wb", ngram_range=(4, 4), **shared)
        return words.transform(folded), letters.transform(folded)

    @staticmethod
    def _weigh(counts: sparse.csr_matrix, idf: np.ndarray) -> sparse.csr_matrix:
        weighed = counts.copy()
        weighed.data = (1 + np.log(weighed.data)) * idf[weighed.indices]
        return normalize(weighed, copy=False)
