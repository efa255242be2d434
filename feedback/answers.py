"""Turn the answers of closed questions into numbers and truth values."""

from __future__ import annotations

import re
from collections.abc import Mapping

__all__ = ["NOT_AN_ANSWER", "answer_key", "read_rating", "read_yes_no"]

LOWEST, HIGHEST = 1, 5

NOT_AN_ANSWER = frozenset(
    {
        "", "n a", "na", "not applicable", "did not answer", "not answered", "prefer not to say",
        "don t know", "dont know", "do not know", "not sure", "unsure", "no answer", "skipped",
        "ddim yn gwybod", "amherthnasol", "gwell gen i beidio dweud", "nan", "none", "null",
    }
)  # fmt: skip
"""Answers that leave the question open: no value, and nothing to report."""

_YES = frozenset(
    {"yes", "y", "true", "t", "1", "ie", "ydw", "oes", "do", "oedd", "ticked", "checked"}
)
_NO = frozenset(
    {
        "no",
        "n",
        "false",
        "f",
        "0",
        "na",
        "nac",
        "naddo",
        "nage",
        "not",
        "nag",
        "unticked",
        "unchecked",
    }
)
_RATING = re.compile(
    r"(?P<number>[1-5])(?:\.0+)?(?:\s*(?:/|out of|allan o)\s*5|\s*[-–:.=)(]\s*\D.*|\s+\D.*)?",
    re.DOTALL,
)
_NOT_A_WORD = re.compile(r"[\W_]+")


def answer_key(answer: str) -> str:
    """Return an answer's words, without case and punctuation."""
    return _NOT_A_WORD.sub(" ", answer.casefold()).strip()


def read_rating(answer: str, words: Mapping[str, int]) -> int | None:
    """Return 1 to 5, or None if the answer is not on the scale.

    Parameters
    ----------
    answer : str
        Words of the scale, or a number such as ``4``, ``4/5``, ``4 - Satisfied``, ``4 out of 5``.
    words : mapping of str to int
        The scale, by `answer_key`.

    >>> read_rating("Very satisfied", {"very satisfied": 5}), read_rating("4/5", {})
    (5, 4)
    >>> read_rating("9", {}), read_rating("4/10", {})
    (None, None)
    """
    rating = words.get(answer_key(answer))
    if rating is not None:
        return rating
    match = _RATING.fullmatch(answer.strip())
    if match is None:
        return None
    number = int(match["number"])
    said = words.get(answer_key(answer.strip()[1:]))
    return number if said is None or said == number else None


def read_yes_no(answer: str, words: Mapping[str, bool]) -> bool | None:
    """Return the truth value, or None if the answer is neither yes nor no.

    The preset's own words win; else the first word decides: "Yes, from a friend" is yes.

    >>> read_yes_no("Yes - from a friend", {}), read_yes_no("nac oes", {}), read_yes_no("maybe", {})
    (True, False, None)
    """
    key = answer_key(answer)
    if key in words:
        return words[key]
    first = key.split(" ", 1)[0]
    if first in _YES:
        return True
    return False if first in _NO else None
