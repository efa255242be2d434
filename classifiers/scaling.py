"""From several scores of a code to one probability (Platt 1999, with more than one score).

A code with enough coded comments has weights of its own. One with few shares those of all codes
together, and before anything is coded the weights are those that `PRIOR_WEIGHT` tells.
"""

from __future__ import annotations

import numpy as np
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

__all__ = ["PRIOR_THRESHOLD", "calibrate", "is_trainable", "prior_scale", "probabilities_of"]

MIN_POSITIVES = 5
"""With fewer coded comments a code has no regression of its own."""

MIN_OWN_SCALE = 20
"""Coded comments from which a code has weights of its own."""

PRIOR_WEIGHT = 15.0
"""What likeness to the codebook is worth before anything is coded: the weight that fits the shipped
training comments and the definitions of ``digital_service`` best (two digits)."""

PRIOR_CODES = 1.4
"""Codes that a comment carries, on the same comments."""

PRIOR_THRESHOLD = 0.18
"""The threshold of best macro F1 there."""

_LIKENESS_LIFT = 0.7
"""Between the log odds of a code and the offset that fits there: half the variance of the weighted
likeness, roughly."""

_NO_ODDS = -30.0
"""Log odds of a code that nothing is known of: a probability of 1e-13."""


def is_trainable(truth: np.ndarray) -> np.ndarray:
    """Return ndarray of shape (n_codes,), bool: enough comments with the code, and some without."""
    n_positives = truth.sum(axis=0)
    enough: np.ndarray = (n_positives >= MIN_POSITIVES) & (n_positives < len(truth))
    return enough


def probabilities_of(scores: np.ndarray, weights: np.ndarray, offset: np.ndarray) -> np.ndarray:
    """Return ndarray of shape (n_texts, n_codes) from scores of (n_texts, n_codes, n_scores)."""
    probabilities: np.ndarray = expit(np.einsum("tcs,cs->tc", scores, weights) + offset)
    return probabilities


def prior_scale(n_codes: int) -> tuple[np.ndarray, np.ndarray]:
    """Return weights and offset for (regression, likeness) of codes nobody has coded yet."""
    weights = np.tile([0.0, PRIOR_WEIGHT], (n_codes, 1))
    share = min(PRIOR_CODES / n_codes, 0.5)
    return weights, np.full(n_codes, logit(share) - _LIKENESS_LIFT)


def calibrate(scores: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return weights of shape (n_codes, n_scores) and offsets of shape (n_codes,).

    Parameters
    ----------
    scores : ndarray of shape (n_texts, n_codes, n_scores)
        The regression's first. No score may come from something that had seen the comment's codes.
    truth : ndarray of shape (n_texts, n_codes), bool

    A score that speaks against a code it should speak for is left out; where none is left, every
    comment gets the code's share.
    """
    n_codes, n_scores = truth.shape[1], scores.shape[2]
    trained = is_trainable(truth)
    weights, offset = np.zeros((n_codes, n_scores)), np.zeros(n_codes)
    if trained.any():
        together = _fit(scores[:, trained].reshape(-1, n_scores), truth[:, trained].ravel())
        weights[trained], offset[trained] = together
    if not trained.all():
        weights[~trained], offset[~trained] = _without_regression(scores, truth)
    n_positives = truth.sum(axis=0)
    for column in np.flatnonzero(trained & (n_positives >= MIN_OWN_SCALE)):
        weights[column], offset[column] = _fit(scores[:, column], truth[:, column])
    return weights, offset


def _without_regression(scores: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the weights for codes that no regression was trained for, from all codes together."""
    n_scores = scores.shape[2]
    weights = np.zeros(n_scores)
    if n_scores == 1 or not truth.any():
        return weights, _NO_ODDS
    if truth.all():
        return weights, -_NO_ODDS
    weights[1:], offset = _fit(scores[:, :, 1:].reshape(-1, n_scores - 1), truth.ravel())
    return weights, offset


def _fit(scores: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the weights, none below nought, and the offset."""
    kept = np.ones(scores.shape[1], dtype=bool)
    weights = np.zeros(scores.shape[1])
    while kept.any():
        model = LogisticRegression(C=10.0, max_iter=1000).fit(scores[:, kept], truth)
        if (model.coef_[0] > 0).all():
            weights[kept] = model.coef_[0]
            return weights, float(model.intercept_[0])
        kept[np.flatnonzero(kept)[model.coef_[0] <= 0]] = False
    return weights, float(logit(truth.mean()))
