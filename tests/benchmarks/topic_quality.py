"""How good the words of topics are, measured the same way whoever found the topics."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from topics.ctfidf import TermCounts, count_terms, telling_terms

__all__ = ["coherence", "counted", "diversity"]

N_WORDS = 10
MIN_COMMENTS = 3


def counted(texts: Sequence[str]) -> TermCounts:
    """Single words of the texts, no pairs: pairs would count the same thing twice."""
    found = count_terms(texts, min_comments=MIN_COMMENTS)
    kept = [place for place, term in enumerate(found.terms) if " " not in term]
    return TermCounts(found.counts[:, kept], tuple(found.terms[place] for place in kept))


def coherence(found: TermCounts, labels: np.ndarray) -> float:
    """Mean NPMI of the pairs among each topic's ten words, over the same texts.

    Bouma (2009); two words that never share a text have -1.
    """
    has = (found.counts > 0).astype(float).tocsc()
    place = {term: i for i, term in enumerate(found.terms)}
    n_texts = has.shape[0]
    by_topic = []
    for words in telling_terms(found, labels, n_terms=N_WORDS).values():
        own = has[:, [place[word] for word in words]]
        together = (own.T @ own).toarray() / n_texts
        single = np.diag(together)
        one, other = np.triu_indices(len(words), k=1)
        joint = together[one, other]
        with np.errstate(divide="ignore", invalid="ignore"):
            value = np.log(joint / (single[one] * single[other])) / -np.log(joint)
        by_topic.append(np.where(joint > 0, value, -1.0).mean())
    return float(np.mean(by_topic))


def diversity(found: TermCounts, labels: np.ndarray) -> float:
    """Share of different words among the ten words of all topics (Dieng and others, 2020)."""
    lists = telling_terms(found, labels, n_terms=N_WORDS).values()
    words = [word for words in lists for word in words]
    return len(set(words)) / len(words)
