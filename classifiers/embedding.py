"""The trained heads: a calibrated logistic regression for each code, and one for sentiment.

Every figure a head keeps about itself is out of fold: scores of a comment come from a model that
saw neither it nor its near duplicates, and its calibration and threshold from the other folds.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from classifiers.scaling import (
    PRIOR_THRESHOLD,
    calibrate,
    is_trainable,
    prior_scale,
    probabilities_of,
)

__all__ = ["CodeHead", "SentimentHead", "best_threshold", "folds_of", "thresholds_of"]

THRESHOLD_DOUBT = 40
"""A code's own best threshold weighs n / (n + this) for n positives; the rest is the mean over
codes. A threshold from forty positives is mostly noise: a weight of .3 to .5 did best there (micro
F1 .731 out of fold, .725 alone)."""

_MAX_ITERATIONS = 200
_TONE_ITERATIONS = 1_000
_TONE_TOLERANCE = 1e-3
"""The log-odds of a tuned encoder are ten times as large as other features, so the last digits of
the tones' regression take hundreds of steps and change no tone."""
_NO_ODDS = -30.0
"""Log odds of a tone that was not trained: a probability of 1e-13."""


def folds_of(groups: np.ndarray, n_folds: int, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return (train, test) positions; comments of one group never stand on both sides."""
    n_folds = min(n_folds, len(np.unique(groups)))
    split = GroupKFold(n_splits=n_folds, shuffle=True, random_state=seed)
    return list(split.split(groups, groups=groups))


def best_threshold(truth: np.ndarray, probabilities: np.ndarray) -> float:
    """Return the threshold with the highest F1, half-way to the next probability below.

    >>> best_threshold(np.array([1, 1, 0, 0], bool), np.array([0.9, 0.6, 0.4, 0.1]))
    0.5
    """
    order = np.argsort(-probabilities, kind="stable")
    hits = np.cumsum(truth[order])
    f1 = 2 * hits / (np.arange(1, len(truth) + 1) + truth.sum())
    last = int(np.argmax(f1))
    here = probabilities[order[last]]
    below = probabilities[order[last + 1]] if last + 1 < len(truth) else 0.0
    return float((here + below) / 2)


class CodeHead(BaseEstimator):  # type: ignore[misc]
    """One logistic regression for each code, calibrated beside other evidence, with a threshold.

    Parameters
    ----------
    C
        Inverse strength of regularisation.
    n_folds
        Folds for calibration and thresholds.
    seed
        Seed of the folds.

    Attributes
    ----------
    coef_ : ndarray of shape (n_codes, n_features), float32
    intercept_, offset_, thresholds_ : ndarray of shape (n_codes,), float64
    weights_ : ndarray of shape (n_codes, 1 + n_evidence), float64
        A probability is ``expit(weights @ (coef @ row + intercept, *evidence) + offset)``.
    oof_probabilities_, oof_thresholds_ : ndarray of shape (n_texts, n_codes)
        Out-of-fold probabilities, and the thresholds chosen without the comment's own fold.
    """

    def __init__(self, C: float = 3.0, n_folds: int = 5, seed: int = 0) -> None:
        self.C = C
        self.n_folds = n_folds
        self.seed = seed

    def fit(
        self,
        rows: sparse.csr_matrix,
        truth: np.ndarray,
        groups: np.ndarray,
        *,
        evidence: Sequence[np.ndarray] = (),
        extra: tuple[sparse.csr_matrix, np.ndarray] | None = None,
        is_targeted: np.ndarray | None = None,
    ) -> CodeHead:
        """Fit on coded comments.

        Parameters
        ----------
        rows, truth, groups
            Features, ndarray of shape (n_texts, n_codes) of bool, and group numbers.
        evidence
            Further scores, each an ndarray of shape (n_texts, n_codes), by something that had not
            seen the comment's codes: likeness to the codebook, an encoder tuned on other folds.
        extra
            Rows and truth of the codebook's examples: trained on in every fold, never measured on.
        is_targeted : ndarray of shape (n_texts,), bool, optional
            Comments that are learnt from, and left out of calibration and thresholds.
        """
        counts = np.ones(len(truth), bool) if is_targeted is None else ~is_targeted
        folds = folds_of(groups, self.n_folds, self.seed)
        own = np.empty(truth.shape)
        for train, test in folds:
            coef, intercept = self._fit_linear(*_with_extra(rows[train], truth[train], extra))
            own[test] = rows[test] @ coef.T + intercept
        coef, self.intercept_ = self._fit_linear(*_with_extra(rows, truth, extra))
        self.coef_ = coef.astype(np.float32)
        scores = np.stack([own, *evidence], axis=2)
        self.weights_, self.offset_ = calibrate(scores[counts], truth[counts])
        seen = probabilities_of(scores[counts], self.weights_, self.offset_)
        self.thresholds_ = thresholds_of(truth[counts], seen)
        self._look_out_of_fold(scores, truth, counts, folds)
        return self

    def start(self, n_codes: int, n_features: int) -> CodeHead:
        """Take what is known before any comment is coded; the evidence is `likeness.likeness`."""
        self.coef_ = np.zeros((n_codes, n_features), dtype=np.float32)
        self.intercept_ = np.zeros(n_codes)
        self.weights_, self.offset_ = prior_scale(n_codes)
        self.thresholds_ = np.full(n_codes, PRIOR_THRESHOLD)
        return self

    def predict_proba(
        self, rows: sparse.csr_matrix, evidence: Sequence[np.ndarray] = ()
    ) -> np.ndarray:
        """Return ndarray of shape (n_texts, n_codes), float64: calibrated probabilities."""
        own = rows @ self.coef_.T.astype(np.float64) + self.intercept_
        return probabilities_of(np.stack([own, *evidence], axis=2), self.weights_, self.offset_)

    def _fit_linear(
        self, rows: sparse.csr_matrix, truth: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        coef = np.zeros((truth.shape[1], rows.shape[1]))
        intercept = np.zeros(truth.shape[1])
        for column in np.flatnonzero(is_trainable(truth)):
            model = LogisticRegression(
                C=self.C, class_weight="balanced", max_iter=_MAX_ITERATIONS
            ).fit(rows, truth[:, column])
            coef[column], intercept[column] = model.coef_[0], model.intercept_[0]
        return coef, intercept

    def _look_out_of_fold(
        self,
        scores: np.ndarray,
        truth: np.ndarray,
        counts: np.ndarray,
        folds: list[tuple[np.ndarray, np.ndarray]],
    ) -> None:
        self.oof_probabilities_ = np.empty(truth.shape)
        self.oof_thresholds_ = np.empty(truth.shape)
        for train_and_targeted, test in folds:
            train = train_and_targeted[counts[train_and_targeted]]
            scale = calibrate(scores[train], truth[train])
            self.oof_probabilities_[test] = probabilities_of(scores[test], *scale)
            seen = probabilities_of(scores[train], *scale)
            self.oof_thresholds_[test] = thresholds_of(truth[train], seen)


class SentimentHead(BaseEstimator):  # type: ignore[misc]
    """One regression over the tones, on the features and the probabilities of the codes.

    Whether praise and trouble stand together is what makes a comment mixed, so the codes help:
    accuracy .835 with them, .825 without, out of fold.

    Attributes
    ----------
    coef_ : ndarray of shape (n_tones, n_features + n_beside), float32
    intercept_ : ndarray of shape (n_tones,), float64
    oof_tones_ : ndarray of shape (n_texts,)
        Out-of-fold predictions, as positions in ``tones``.
    """

    def __init__(
        self, tones: Sequence[str], C: float = 3.0, n_folds: int = 5, seed: int = 0
    ) -> None:
        self.tones = tones
        self.C = C
        self.n_folds = n_folds
        self.seed = seed

    def fit(
        self,
        rows: sparse.csr_matrix,
        beside: np.ndarray,
        truth: np.ndarray,
        groups: np.ndarray,
    ) -> SentimentHead:
        """Fit on features; ``truth`` holds positions in tones.

        ``beside``, an ndarray of shape (n_texts, n_beside), holds out-of-fold probabilities of the
        codes, and what a tuned encoder says of the tones.
        """
        rows = _beside(rows, beside)
        self.oof_tones_ = np.empty(len(truth), dtype=int)
        for train, test in folds_of(groups, self.n_folds, self.seed):
            coef, intercept = self._fit_linear(rows[train], truth[train])
            self.oof_tones_[test] = np.argmax(rows[test] @ coef.T + intercept, axis=1)
        coef, self.intercept_ = self._fit_linear(rows, truth)
        self.coef_ = coef.astype(np.float32)
        return self

    def predict(self, rows: sparse.csr_matrix, beside: np.ndarray) -> np.ndarray:
        """Return ndarray of shape (n_texts,): positions in ``tones``."""
        scores = _beside(rows, beside) @ self.coef_.T.astype(np.float64) + self.intercept_
        tones: np.ndarray = np.argmax(scores, axis=1)
        return tones

    def _fit_linear(
        self, rows: sparse.csr_matrix, truth: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Fit one against the rest for each tone that occurs."""
        coef = np.zeros((len(self.tones), rows.shape[1]))
        intercept = np.full(len(self.tones), _NO_ODDS)
        if len(np.unique(truth)) == 1:
            intercept[truth[0]] = 0.0
            return coef, intercept
        model = LogisticRegression(
            C=self.C, class_weight="balanced", tol=_TONE_TOLERANCE, max_iter=_TONE_ITERATIONS
        )
        model.fit(rows, truth)
        if len(model.classes_) == 2:  # sklearn then keeps the second class alone
            coef[model.classes_[1]], intercept[model.classes_[1]] = (
                model.coef_[0],
                model.intercept_[0],
            )
            intercept[model.classes_[0]] = 0.0
        else:
            coef[model.classes_], intercept[model.classes_] = model.coef_, model.intercept_
        return coef, intercept


def _beside(rows: sparse.csr_matrix, beside: np.ndarray) -> sparse.csr_matrix:
    return sparse.hstack([rows, sparse.csr_matrix(beside)], format="csr")


def _with_extra(
    rows: sparse.csr_matrix,
    truth: np.ndarray,
    extra: tuple[sparse.csr_matrix, np.ndarray] | None,
) -> tuple[sparse.csr_matrix, np.ndarray]:
    if extra is None:
        return rows, truth
    return sparse.vstack([rows, extra[0]], format="csr"), np.vstack([truth, extra[1]])


def thresholds_of(truth: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Return a threshold for each code, drawn towards their mean the fewer positives it has."""
    trained = is_trainable(truth)
    thresholds = np.full(truth.shape[1], PRIOR_THRESHOLD)
    if not trained.any():
        return thresholds
    own = np.array(
        [best_threshold(truth[:, c], probabilities[:, c]) for c in np.flatnonzero(trained)]
    )
    n_positives = truth[:, trained].sum(axis=0)
    trust = n_positives / (n_positives + THRESHOLD_DOUBT)
    thresholds[:] = own.mean()
    thresholds[trained] = trust * own + (1 - trust) * own.mean()
    return thresholds
