"""Evidence that a comment holds nothing to code: no answer, placeholders alone, a test, spam.

An emoji is an answer ("👍"); so is a one-word verdict.
"""

from __future__ import annotations

import re
from enum import StrEnum

from classifiers.lexicon import fold
from feedback.clean import is_empty_answer
from feedback.placeholders import PLACEHOLDER

__all__ = ["Nothing", "holds_nothing", "kind_of_nothing"]


class Nothing(StrEnum):
    """Why a comment holds nothing to code. Such comments are counted, not modelled."""

    EMPTY = "empty"
    TEST = "test"
    GIBBERISH = "gibberish"
    SPAM = "spam"


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
    return kind_of_nothing(text) is not None


def kind_of_nothing(text: str) -> Nothing | None:
    """Return why nothing in ``text`` could be coded, or None where something could.

    >>> [str(kind_of_nothing(text)) for text in ("n/a", "testing", "asdfgh", "win a free [URL]")]
    ['empty', 'test', 'gibberish', 'spam']
    >>> kind_of_nothing("slow") is None
    True
    """
    bare = PLACEHOLDER.sub(" ", text).strip()
    if not bare or is_empty_answer(bare):
        return Nothing.EMPTY
    words = fold(bare).strip(" .!?,-")
    if words in _PHRASES:
        return Nothing.EMPTY
    if _is_test(words):
        return Nothing.TEST
    if _is_mashed(words):
        return Nothing.GIBBERISH
    return Nothing.SPAM if _SPAM.search(fold(text)) else None


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
