"""Quotes that represent a group of comments: central, diverse, short, and safe to show."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ["MAX_WORDS", "MIN_WORDS", "N_QUOTES", "choose_quotes"]

N_QUOTES = 3
MIN_WORDS = 4
MAX_WORDS = 40
ALIKE_COSINE = 0.9
ALIKE_WORDS = 0.6
"""Two texts are alike from this cosine on, or from this share of common words (Jaccard) on."""
DIVERSITY = 0.35
"""Weight of being unlike the quotes chosen before, against being central (maximal marginal
relevance: Carbonell and Goldstein, 1998)."""


def choose_quotes(
    texts: Sequence[str],
    vectors: np.ndarray,
    may_quote: np.ndarray | None = None,
    *,
    n_quotes: int = N_QUOTES,
) -> list[int]:
    """Return positions of the quotes, the most central first.

    Parameters
    ----------
    texts
        Redacted comments of one group.
    vectors
        ndarray of shape (n_texts, n_dimensions), unit length.
    may_quote
        ndarray of bool; comments coded as safeguarding must be False here. All may without it.

    Returns
    -------
    list of int
        At most ``n_quotes``; fewer where fewer have 4 to 40 words and are not alike. Ties go to the
        earlier text.
    """
    word_sets = [frozenset(text.lower().split()) for text in texts]
    allowed = [
        i
        for i, text in enumerate(texts)
        if MIN_WORDS <= len(text.split()) <= MAX_WORDS and (may_quote is None or may_quote[i])
    ]
    if not allowed:
        return []
    centre = vectors.mean(axis=0)
    centre = centre / max(float(np.linalg.norm(centre)), 1e-12)
    centrality = vectors @ centre
    chosen: list[int] = []
    closest = np.full(len(texts), -1.0)
    while len(chosen) < n_quotes:
        rest = [i for i in allowed if not _is_alike(i, chosen, closest, word_sets)]
        if not rest:
            break
        scores = (1 - DIVERSITY) * centrality[rest]
        if chosen:
            scores = scores - DIVERSITY * closest[rest]
        best = rest[int(np.argmax(np.round(scores, 6)))]
        chosen.append(best)
        closest = np.maximum(closest, vectors @ vectors[best])
    return chosen


def _is_alike(
    i: int, chosen: Sequence[int], closest: np.ndarray, word_sets: Sequence[frozenset[str]]
) -> bool:
    if i in chosen or (chosen and closest[i] >= ALIKE_COSINE):
        return True
    words = word_sets[i]
    return any(len(words & word_sets[j]) >= ALIKE_WORDS * len(words | word_sets[j]) for j in chosen)
