"""How far the sentiment of comments agrees with the satisfaction that the same people gave.

Neither is the truth: a person may score the service and write about one page. Agreement that is
low, or falls, says that the machine's sentiment should not be read as satisfaction.

- Quadratic weighted kappa (Cohen 1968) of three levels: negative, neither, positive, against a
  score of 1 or 2, 3, and 4 or 5.
- Spearman's rank correlation of sentiment and score, with mid-ranks for ties.
- Contradictions: very satisfied (5) yet negative, and very dissatisfied (1) yet positive.

Intervals are 95% percentiles of bootstraps that draw whole responses: a person with two comments
is one person. Responses with the same sentiments and score are alike to them, so that kinds of
responses are drawn, and a million comments take no more memory than a thousand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from classifiers.metrics import (
    N_RESAMPLES,
    TOO_FEW,
    Figure,
    exact_at_ends,
    figure_of,
    ratio,
    rounded,
)
from feedback.schema import Sentiment

__all__ = ["SCORES", "Contradiction", "ToneAgreement", "measure_tone"]

SCORES = (1, 2, 3, 4, 5)
"""Satisfaction, from very dissatisfied to very satisfied."""

_TONES = (Sentiment.NEGATIVE, Sentiment.NEUTRAL, Sentiment.MIXED, Sentiment.POSITIVE)
_TONE_LEVELS = np.array([0, 1, 1, 2])
_SCORE_LEVELS = np.array([0, 0, 1, 2, 2])
_N_LEVELS = 3


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Of ``n`` comments with this score, ``n_against`` have the opposite sentiment."""

    score: int
    sentiment: str
    n: int
    n_against: int
    share: Figure

    @property
    def is_too_few(self) -> bool:
        """Whether too few comments have the score to say a share."""
        return self.n < TOO_FEW


@dataclass(frozen=True)
class ToneAgreement:
    """How far sentiment and satisfaction agree.

    ``table`` counts comments: one row for each of ``sentiments``, one column for each score.
    """

    n_comments: int
    n_responses: int
    kappa: Figure
    spearman: Figure
    contradictions: tuple[Contradiction, ...]
    sentiments: tuple[str, ...]
    table: tuple[tuple[int, ...], ...]

    @property
    def is_too_few(self) -> bool:
        """Whether too few responses have both to say anything."""
        return self.n_responses < TOO_FEW

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON, rounded to four places; NaN becomes None."""
        plain: dict[str, Any] = rounded(asdict(self))
        for told, found in zip(plain["contradictions"], self.contradictions, strict=True):
            told["is_too_few"] = found.is_too_few
        return {**plain, "is_too_few": self.is_too_few}


def measure_tone(
    sentiments: Sequence[str],
    scores: Sequence[int],
    responses: Sequence[str] | None = None,
    *,
    n_resamples: int = N_RESAMPLES,
    seed: int = 0,
) -> ToneAgreement:
    """Return how far sentiments agree with scores.

    Parameters
    ----------
    sentiments
        One of `feedback.schema.Sentiment` for each comment.
    scores
        The satisfaction of its response, 1 to 5.
    responses
        Id of the response of each comment; without it each comment is a person's only one.

    Examples
    --------
    >>> told = measure_tone(["positive", "negative"] * 20, [5, 1] * 20)
    >>> told.kappa.value, told.spearman.value, [one.n_against for one in told.contradictions]
    (1.0, 1.0, [0, 0])
    """
    cells = np.array([_cell(*pair) for pair in zip(sentiments, scores, strict=True)], dtype=int)
    groups = np.arange(len(cells)) if responses is None else np.asarray(responses)
    kinds, n_of_kind = _kinds(cells, groups)
    n_responses = int(n_of_kind.sum())
    generator = np.random.default_rng(seed)
    chances = n_of_kind / max(n_responses, 1)
    drawn = generator.multinomial(n_responses, chances, size=n_resamples)
    weights = np.vstack([n_of_kind, drawn]).astype(np.float64)
    tables = (weights @ kinds).reshape(-1, len(_TONES), len(SCORES))
    n_with_score = {
        score: int(n_of_kind @ (kinds.reshape(-1, len(_TONES), len(SCORES))[:, :, at] > 0).any(1))
        for at, score in enumerate(SCORES)
    }
    return ToneAgreement(
        n_comments=len(cells),
        n_responses=n_responses,
        kappa=figure_of(_kappa(tables)),
        spearman=figure_of(_spearman(tables)),
        contradictions=tuple(
            _contradiction(tables, score, tone, n_with_score[score])
            for score, tone in ((SCORES[-1], Sentiment.NEGATIVE), (SCORES[0], Sentiment.POSITIVE))
        ),
        sentiments=tuple(tone.value for tone in _TONES),
        table=tuple(tuple(int(n) for n in row) for row in tables[0]),
    )


def _cell(sentiment: str, score: int) -> int:
    return _TONES.index(Sentiment(sentiment)) * len(SCORES) + SCORES.index(int(score))


def _kinds(cells: np.ndarray, groups: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the kinds of responses, as counts of cells, and how many responses are of each."""
    n_cells = len(_TONES) * len(SCORES)
    if not len(cells):
        return np.zeros((1, n_cells)), np.zeros(1, dtype=int)
    _, positions = np.unique(groups, return_inverse=True)
    counts = np.zeros((int(positions.max()) + 1, n_cells), dtype=np.int32)
    np.add.at(counts, (positions, cells), 1)
    kinds, n_of_kind = np.unique(counts, axis=0, return_counts=True)
    return kinds.astype(np.float64), n_of_kind


def _kappa(tables: np.ndarray) -> np.ndarray:
    """Return the quadratic weighted kappa of each table; NaN where one level is all there is."""
    levels = np.zeros((len(tables), _N_LEVELS, _N_LEVELS))
    for tone, tone_level in enumerate(_TONE_LEVELS):
        for score, score_level in enumerate(_SCORE_LEVELS):
            levels[:, tone_level, score_level] += tables[:, tone, score]
    n = levels.sum(axis=(1, 2))
    distance = (np.arange(_N_LEVELS)[:, None] - np.arange(_N_LEVELS)) ** 2
    observed = (levels * distance).sum(axis=(1, 2))
    expected = np.einsum("ri,rj,ij->r", levels.sum(axis=2), levels.sum(axis=1), distance)
    return 1 - ratio(observed * n, expected)


def _spearman(tables: np.ndarray) -> np.ndarray:
    """Return Spearman's correlation of each table; NaN where all ranks of one side are tied."""
    by_level = np.zeros((len(tables), _N_LEVELS, len(SCORES)))
    for tone, level in enumerate(_TONE_LEVELS):
        by_level[:, level] += tables[:, tone]
    ranks_of_tone, n_tone = _middle_ranks(by_level.sum(axis=2))
    ranks_of_score, n_score = _middle_ranks(by_level.sum(axis=1))
    covariance = np.einsum("rts,rt,rs->r", by_level, ranks_of_tone, ranks_of_score)
    spread = np.sqrt(
        (n_tone * ranks_of_tone**2).sum(axis=1) * (n_score * ranks_of_score**2).sum(axis=1)
    )
    return ratio(covariance, spread)


def _middle_ranks(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the middle rank of each value, less the mean rank, and the counts."""
    before = np.cumsum(counts, axis=1) - counts
    middle = before + (counts + 1) / 2
    return middle - (counts.sum(axis=1, keepdims=True) + 1) / 2, counts


def _contradiction(
    tables: np.ndarray, score: int, tone: Sentiment, n_responses: int
) -> Contradiction:
    column = SCORES.index(score)
    against = tables[:, _TONES.index(tone), column]
    with_score = tables[:, :, column].sum(axis=1)
    share = exact_at_ends(figure_of(ratio(against, with_score)), n_responses)
    return Contradiction(score, tone.value, int(with_score[0]), int(against[0]), share)
