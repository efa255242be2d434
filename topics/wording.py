"""No name of a person becomes the name of a topic, where texts come unredacted.

A file's topics are told by their names alone, so redacting every comment of it (half the work of
the whole fit) is not needed for that: it is enough that no word comes into a name that was not
seen, and left standing, in redacted text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from feedback.schema import OUTLIER_TOPIC
from topics.ctfidf import TermCounts
from topics.terms import terms_of

__all__ = ["N_REDACTED", "without_what_is_redacted"]

N_REDACTED = 30
"""Comments of each topic that are redacted, the most central ones: they have its telling terms."""
MAX_GONE_SHARE = 0.2
"""A word that redaction takes out of more than a fifth of the comments that have it is a name, or
may be one; the redactor rather takes too much than too little, so once alone says nothing."""


def without_what_is_redacted(
    found: TermCounts,
    texts: Sequence[str],
    ids: np.ndarray,
    similarities: np.ndarray,
    redact: Callable[[str], str],
) -> TermCounts:
    """Return the terms that stand in redacted comments and are hardly ever taken out of one.

    Parameters
    ----------
    found
        Terms of all texts.
    ids, similarities
        Topic of each text, and its cosine to that topic's centroid.
    redact
        Returns the text with placeholders for personal data.
    """
    before: Counter[str] = Counter()
    after: Counter[str] = Counter()
    for topic in np.unique(ids[ids != OUTLIER_TOPIC]).tolist():
        members = np.flatnonzero(ids == topic)
        central = members[np.argsort(-similarities[members], kind="stable")[:N_REDACTED]]
        for i in central.tolist():
            before.update(set(terms_of(texts[i])))
            after.update(set(terms_of(redact(texts[i]))))

    def stands(term: str) -> bool:
        return after[term] > 0 and before[term] - after[term] <= MAX_GONE_SHARE * before[term]

    kept = [
        place
        for place, term in enumerate(found.terms)
        if stands(term) and all(stands(word) for word in term.split())
    ]
    return TermCounts(found.counts[:, kept], tuple(found.terms[place] for place in kept))
