"""Words and word pairs of a comment, without those that say nothing about its subject."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

from feedback.placeholders import PLACEHOLDER
from topics.stop_words import STOP_WORDS

__all__ = ["characteristic_terms", "terms_of"]

_TOKEN = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|[^\s\w]|\d+")
"""Words with inner apostrophes; punctuation and numbers too, since they end a word pair."""
MIN_LETTERS = 3
SHARE_OF_TEXTS = 0.2
_PHRASES = {
    **dict.fromkeys(("sign", "signed", "signing", "log", "logged", "logging"), ("in", "out", "up")),
    **dict.fromkeys(("lock", "locked", "time", "timed", "times"), ("out",)),
    **dict.fromkeys(("set", "setting", "top", "topped", "topping", "pop", "pops"), ("up", "ups")),
    **dict.fromkeys(("fill", "filled", "filling"), ("in", "out")),
    **dict.fromkeys(("print", "printed", "printing", "opt", "opted"), ("out",)),
    **dict.fromkeys(("drop",), ("down", "downs")),
    **dict.fromkeys(("call", "ring", "phone"), ("back",)),
}
"""Words that mean another thing with the small word behind them, which is a stop word by itself."""
_HYPHENS = frozenset("-‐‑–")


def terms_of(text: str) -> list[str]:
    """Return the words that are no stop words, and pairs of such words that stand together.

    Placeholders of personal data, numbers and punctuation are no terms and end a pair. "Sign in"
    and its like are one term, also with a hyphen.

    Examples
    --------
    >>> terms_of("The upload page crashed for [PERSON], now. Upload page!")
    ['upload', 'page', 'upload page', 'crashed', 'page crashed', 'upload', 'page', 'upload page']
    >>> terms_of("It signed me out of the sign-in page")
    ['signed', 'sign in', 'page']
    """
    terms: list[str] = []
    before = ""
    tokens = _TOKEN.findall(PLACEHOLDER.sub(" | ", text).lower().replace("’", "'"))
    last = len(tokens) - 1
    skip_to = 0
    for place, token in enumerate(tokens):
        if place < skip_to:
            continue
        if token in _PHRASES and place < last:
            after = place + 1 + (tokens[place + 1] in _HYPHENS and place + 1 < last)
            if tokens[after] in _PHRASES[token]:
                terms.append(f"{token} {tokens[after].removesuffix('s')}")
                before, skip_to = "", after + 1
                continue
        is_term = len(token) >= MIN_LETTERS and token[0].isalpha() and token not in STOP_WORDS
        if is_term:
            terms.append(token)
            if before and before != token:
                terms.append(f"{before} {token}")
        before = token if is_term else ""
    return terms


def characteristic_terms(
    texts: Sequence[str], background: Counter[str], n_background: int, *, n_terms: int = 10
) -> list[str]:
    """Return the terms that tell some texts from a background, most telling first.

    The score of a term is its part of the Kullback-Leibler divergence between the shares of texts
    that have it, ``p log(p / q)``, with half a text added to each count. A term has to be in a
    fifth of the texts: one person's word, or one misspelling, tells nothing of what all say.

    Parameters
    ----------
    background
        How many background texts have each term (`Counter` over ``set(terms_of(text))``).
    n_background
        Number of background texts.
    """
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(set(terms_of(text)))
    least = max(min(2, len(texts)), math.ceil(SHARE_OF_TEXTS * len(texts)))

    def score(term: str) -> float:
        here = (counts[term] + 0.5) / (len(texts) + 1.0)
        there = (background[term] + 0.5) / (n_background + 1.0)
        return here * math.log(here / there)

    scored = [(score(term), term) for term, n in counts.items() if n >= least]
    scored.sort(key=lambda pair: (-pair[0], pair[1]))
    return [term for value, term in scored[:n_terms] if value > 0 or not n_background]
