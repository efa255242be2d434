"""Which comments a person should code next, and how likely each was to be drawn. Pure functions.

Half are drawn at random, so that figures can be had from them; half are those whose decisions hang
nearest to their thresholds, from which a classifier learns most (Lewis and Gale 1994, "A sequential
algorithm for training text classifiers"). The second half says nothing about how good a classifier
is: it is made of its hardest cases.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from feedback.duplicates import NO_KEY, band_keys, is_near_duplicate

__all__ = ["choose_uncertain", "draw_at_random", "inclusion_probabilities", "uncertainty"]

_EDGE = 1e-6
"""Probabilities and thresholds are kept this far from 0 and 1, where their logit has no value."""


def draw_at_random(n_eligible: int, n: int, generator: np.random.Generator) -> np.ndarray:
    """Return positions of a simple random sample without replacement, in random order, int.

    >>> sorted(draw_at_random(3, 5, np.random.default_rng(1)).tolist())
    [0, 1, 2]
    """
    return generator.choice(n_eligible, size=min(n, n_eligible), replace=False)


def uncertainty(probabilities: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    """Return how unsure the decisions about each comment are, ndarray of shape (n_texts,).

    The sum over codes of the entropy, in bits, of a probability moved in logits so that 0.5 lies
    at the code's threshold: a code at its threshold adds 1, one far from it nothing.

    Parameters
    ----------
    probabilities : ndarray of shape (n_texts, n_codes)
        Calibrated.
    thresholds : ndarray of shape (n_codes,)
        From which a code is assigned.

    Examples
    --------
    >>> unsure = uncertainty(np.array([[0.2, 0.0], [0.5, 0.0], [0.9, 0.0]]), np.array([0.2, 0.5]))
    >>> unsure.round(2).tolist()
    [1.0, 0.72, 0.18]
    """
    logits = _logit(np.asarray(probabilities, dtype=np.float64)) - _logit(thresholds)
    moved = 1 / (1 + np.exp(-logits))
    kept = np.clip(moved, _EDGE, 1 - _EDGE)
    entropy = -(kept * np.log2(kept) + (1 - kept) * np.log2(1 - kept))
    total: np.ndarray = entropy.sum(axis=1)
    return total


def choose_uncertain(
    unsure: np.ndarray,
    vectors: np.ndarray,
    texts: Sequence[str],
    n: int,
    *,
    taken: Sequence[str] = (),
) -> list[int]:
    """Return positions of up to ``n`` uncertain comments that differ from each other, best first.

    Each next one has the highest uncertainty times its distance (1 - cosine) from the nearest one
    chosen; none is a near duplicate of one chosen or of a text in ``taken``.

    Parameters
    ----------
    unsure : ndarray of shape (n_texts,)
        As `uncertainty` gives it.
    vectors : ndarray of shape (n_texts, n_dimensions), unit length
        Embeddings of ``texts``.

    Examples
    --------
    >>> vectors = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    >>> choose_uncertain(np.array([2.0, 1.9, 0.5]), vectors, ["slow", "Slow!", "easy"], 3)
    [0, 2]
    """
    is_free = np.ones(len(texts), dtype=bool)
    seen = _Seen(texts, taken)
    distance = np.ones(len(texts))
    chosen: list[int] = []
    while len(chosen) < n and is_free.any():
        best = int(np.where(is_free, unsure * distance, -np.inf).argmax())
        is_free[best] = False
        if seen.repeats(best):
            continue
        chosen.append(best)
        seen.add(best)
        distance = np.minimum(distance, np.clip(1 - vectors @ vectors[best], 0, 1))
    return chosen


def inclusion_probabilities(shares: np.ndarray, could_be_drawn: np.ndarray) -> np.ndarray:
    """Return how likely each comment was to be in any of several draws, ndarray (n_comments,).

    One minus the product, over the draws that could have drawn it, of the probability that the draw
    did not. Its inverse is the weight of a comment, however often and at whatever rate its service
    was sampled (Horvitz and Thompson 1952). Exact where the sizes of the draws do not depend on
    what earlier draws brought; nearly so where draws of one service follow draws of all.

    Parameters
    ----------
    shares : ndarray of shape (n_comments, n_draws) or (n_draws,)
        Share of what each draw could draw that it drew.
    could_be_drawn : ndarray of shape (n_comments, n_draws), bool
        Whether the comment was among that, or would have been but for an earlier draw.

    Examples
    --------
    >>> inclusion_probabilities(np.array([0.1, 0.5]), np.array([[True, False], [True, True]]))
    array([0.1 , 0.55])
    """
    missed = np.where(could_be_drawn, 1 - np.asarray(shares), 1.0)
    found: np.ndarray = 1 - missed.prod(axis=1)
    return found


def _logit(values: np.ndarray) -> np.ndarray:
    kept = np.clip(values, _EDGE, 1 - _EDGE)
    logits: np.ndarray = np.log(kept / (1 - kept))
    return logits


class _Seen:
    """Texts chosen so far, by the keys that near duplicates share."""

    def __init__(self, texts: Sequence[str], taken: Sequence[str]) -> None:
        self._texts = [*texts, *taken]
        self._keys = band_keys(self._texts) if self._texts else np.empty((0, 0), dtype=np.int64)
        self._by_key: dict[tuple[int, int], list[int]] = {}
        for position in range(len(texts), len(self._texts)):
            self.add(position)

    def add(self, position: int) -> None:
        for place in self._places(position):
            self._by_key.setdefault(place, []).append(position)

    def repeats(self, position: int) -> bool:
        others = {
            other for place in self._places(position) for other in self._by_key.get(place, ())
        }
        text = self._texts[position]
        return any(is_near_duplicate(text, self._texts[other]) for other in others)

    def _places(self, position: int) -> list[tuple[int, int]]:
        return [
            (band, key) for band, key in enumerate(self._keys[position].tolist()) if key != NO_KEY
        ]
