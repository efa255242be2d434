"""Evidence that a comment holds nothing to code: no answer, placeholders alone, a test, spam.

An emoji is an answer ("👍"); so is a one-word verdict.
"""

from __future__ import annotations

import re

from classifiers.lexicon import fold
from feedback.clean import is_empty_answer
from feedback.placeholders import PLACEHOLDER

__all__ = ["holds_nothing"]

_TESTS = frozenset({"test", "testing", "tester", "prawf"})
_BESIDE_TESTS = frozenset({"this", "is", "a", "just", "only", "ignore", "please", "one", "two"})
_PHRASES = frozenset(
    {
        "no further comments to make",
        "n a thanks",
        "n a thank you",
        "prefer not to say",
        "rather not say",
        "see above",
        "as above",
        "see previous",
        "as before",
        "hello",
        "hi",
        "blah",
        "blah blah",
        "blah blah blah",
    }
)
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_MASH = re.compile(r"[a-z]{4,30}")
_VOWELS = re.compile(r"[aeiouwy]")
_REPEATED = re.compile(r"([a-z]{1,4}?)\1{2,}[a-z]{0,3}")
_SPAM = re.compile(
    r"\b(?:buy|order) (?:cheap|now|followers|viagra)|\bwin a (?:free|new)\b|\bfree iphone\b"
    r"|\bcasino\b|\bcrypto(?:currency)? invest|\bearn (?:money|cash|£) ?(?:from|at|online)"
    r"|\bfollowers now\b|\bviagra\b|\bseo services\b|\bclick (?:here )?\[url\]"
    r"|\bvisit my (?:site|page)\b"
)
_MIN_RUN = 4
"""Letters in keyboard order before they count as mashing: "were" and "tree" stay words."""


def holds_nothing(text: str) -> bool:
    """Return whether nothing in ``text`` could be coded.

    >>> [holds_nothing(text) for text in ("n/a", "[NUMBER]", "asdfgh", "test test 123")]
    [True, True, True, True]
    >>> [holds_nothing(text) for text in ("👍", "slow", "404", "no way to go back")]
    [False, False, False, False]
    """
    bare = PLACEHOLDER.sub(" ", text).strip()
    if not bare or is_empty_answer(bare):
        return True
    words = fold(bare).strip(" .!?,-")
    return (
        words in _PHRASES
        or _is_test(words)
        or _is_mashed(words)
        or _SPAM.search(fold(text)) is not None
    )


def _is_test(text: str) -> bool:
    """Return whether somebody only tried the box."""
    words = set(re.findall(r"[^\W\d]+", text))
    return bool(words & _TESTS) and words <= _TESTS | _BESIDE_TESTS


def _is_mashed(word: str) -> bool:
    """Return whether a single word was made by falling on the keyboard."""
    if not _MASH.fullmatch(word):
        return False
    runs = (row[i : i + _MIN_RUN] for row in _ROWS for i in range(len(row) - _MIN_RUN + 1))
    return (
        any(run in word for run in runs)
        or not _VOWELS.search(word)
        or _REPEATED.fullmatch(word) is not None
    )
