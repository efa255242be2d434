"""Numbers in words: "oh seven seven double oh, nine hundred one two three", in English and Welsh.

Words are read as the digits they stand for, and the table and the telephone plan then read these
digits in place of the words: the same check digits and the same words near by decide the label.
Counting ("one two three four five six seven"), years and sums in words stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain, pairwise
from typing import Final

from feedback.redact.patterns import TABLE
from feedback.redact.phones import PhoneRecogniser
from feedback.redact.rows import TableRecogniser
from feedback.redact.spans import Candidate, resolve
from feedback.schema import Entity

__all__ = ["SpokenNumberRecogniser", "digits_of"]

_RANK: Final = 27
"""Before dates of birth (28): nothing else reads digits in words."""
_BEFORE_CHARACTERS: Final = 64
_AFTER_CHARACTERS: Final = 40
_MIN_DIGITS: Final = 7
_MIN_NAMED_DIGITS: Final = 6
"""Beside a word such as "sort code" or "ring", six digits are enough."""
_MIN_WORDS: Final = 3
_MIN_SINGLES: Final = 5
"""So many single digits, and "hundred" among them is a pair of zeros, not a count."""
_SCORE: Final = 0.8

_SINGLES: Final = {
    **dict.fromkeys(("zero", "oh", "o", "nought", "naught", "nil", "dim", "sero"), "0"),
    **dict.fromkeys(("one", "un"), "1"),
    **dict.fromkeys(("two", "dau", "dwy"), "2"),
    **dict.fromkeys(("three", "tri", "tair"), "3"),
    **dict.fromkeys(("four", "pedwar", "pedair"), "4"),
    **dict.fromkeys(("five", "pump", "pum"), "5"),
    **dict.fromkeys(("six", "chwech", "chwe"), "6"),
    **dict.fromkeys(("seven", "saith"), "7"),
    **dict.fromkeys(("eight", "wyth"), "8"),
    **dict.fromkeys(("nine", "naw"), "9"),
}
_TEENS: Final = {
    word: str(value)
    for value, word in enumerate(
        "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(),
        start=10,
    )
}
_TENS: Final = {
    word: str(value)
    for value, word in enumerate(
        "twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2
    )
}
_TIMES: Final = {"double": 2, "treble": 3, "triple": 3, "dwbl": 2, "dwywaith": 2}
_PLUS: Final = "plus"


def _any_of(words: Iterable[str]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


_ONE = rf"(?:{_any_of(_SINGLES)})(?!\w)"
_TOKEN = (
    rf"(?:(?:(?:{_any_of(_TIMES)})\s(?:{_ONE}|\d(?!\d))|{_ONE}|(?:{_any_of(_TEENS)})(?!\w)"
    rf"|(?:{_any_of(_TENS)})(?!\w)(?:[\s\-]{_ONE})?)(?:\s(?:hundred|gant|cant)(?!\w))?"
    r"|\d{1,6}(?!\w)(?:\shundred(?!\w))?)"
)
_GAP = r"(?:[\s,.\-/]{1,3}|\s(?:dash|hyphen|space|slash|stroke|then|wedyn)\s)"
_RUN = re.compile(
    rf"(?<![\w'])(?:{_PLUS}\s|\+\s?)?+{_TOKEN}(?:{_GAP}{_TOKEN}){{{_MIN_WORDS - 1},}}+",
    re.IGNORECASE,
)
_PART = re.compile(
    rf"(?P<plus>{_PLUS}|\+)|(?P<times>{_any_of(_TIMES)})|(?P<hundred>hundred|gant|cant)"
    rf"|(?P<single>{_ONE})|(?P<teen>{_any_of(_TEENS)})"
    rf"|(?P<tens>{_any_of(_TENS)})(?!\w)(?:[\s\-](?P<unit>{_ONE}))?|(?P<figures>\d+)",
    re.IGNORECASE,
)
_FIRST_LOOK = re.compile(
    rf"(?<![\w'])(?:{_any_of({*_SINGLES, *_TIMES})})(?!\w){_GAP}"
    rf"(?:{_any_of({*_SINGLES, *_TIMES, *_TENS, *_TEENS})}|\d|hundred)",
    re.IGNORECASE,
)


def digits_of(words: str) -> str:
    """Return the digits for which words stand, "+" before them where it is said; "" for a sum.

    Examples
    --------
    >>> digits_of("oh seven seven double oh, nine hundred one two three")
    '07700900123'
    >>> digits_of("dim un pedwar naw naw")
    '01499'
    >>> digits_of("three hundred, four hundred, five hundred")
    ''
    """
    parts: list[str] = []
    n_singles, n_words, times, has_counts, plus = 0, 0, 1, False, ""
    for match in _PART.finditer(words):
        kind, word = match.lastgroup or "", match.group().lower()
        n_words += kind != "figures"
        if kind == "plus":
            plus = "+"
        elif kind == "times":
            times = _TIMES[word]
        elif kind == "hundred":
            parts.append("00")
            has_counts = True
        elif kind == "figures":
            parts.append(word * times)
            times = 1
        elif kind == "single":
            parts.append(_SINGLES[word] * times)
            n_singles, times = n_singles + 1, 1
        else:
            parts.append(_tens(match))
            has_counts = True
    digits = "".join(parts)
    is_dialled = plus == "+" or digits.startswith("0")
    if n_words < _MIN_WORDS or (has_counts and not is_dialled and n_singles < _MIN_SINGLES):
        return ""
    return plus + digits


def _tens(match: re.Match[str]) -> str:
    if match["teen"]:
        return _TEENS[match["teen"].lower()]
    unit = match["unit"]
    return _TENS[match["tens"].lower()] + (_SINGLES[unit.lower()] if unit else "0")


def _is_counting(digits: str) -> bool:
    """Whether somebody counts up or down: "one two three", "nine eight seven"."""
    steps = {ord(after) - ord(before) for before, after in pairwise(digits)}
    return steps in ({1}, {-1})


class SpokenNumberRecogniser:
    """Finds telephone numbers and other long numbers that are written in words."""

    name = "spoken"

    def __init__(self) -> None:
        self._table = TableRecogniser(TABLE)
        self._phones = PhoneRecogniser()

    def find(self, text: str) -> Iterator[Candidate]:
        """Yield long numbers in words in folded text, labelled as their digits would be."""
        if _FIRST_LOOK.search(text) is None:
            return
        for match in _RUN.finditer(text):
            digits = digits_of(match.group())
            if len(digits) < _MIN_NAMED_DIGITS:
                continue
            entity = self._entity(text, match, digits)
            if entity is not None:
                yield Candidate(_RANK, 0, *match.span(), entity, "spoken-number", _SCORE)

    def _entity(self, text: str, match: re.Match[str], digits: str) -> Entity | None:
        """Return what the digits would be called if they stood in the place of the words."""
        before = text[max(0, match.start() - _BEFORE_CHARACTERS) : match.start()]
        after = text[match.end() : match.end() + _AFTER_CHARACTERS]
        figures = before + digits + after
        end = len(before) + len(digits)
        finds = chain(self._table.find(figures), self._phones.find(figures))
        for span in resolve(finds, figures):
            if span.start <= len(before) and span.end >= end:
                is_number = len(digits) >= _MIN_DIGITS and not _is_counting(digits)
                return span.entity if is_number or span.entity is not Entity.NUMBER else None
        return None
