"""Number the people, telephones and the rest of one response, without keeping what they are.

The same value has the same number in all answers of a response, also where they come in different
files. All that is kept are marks: HMAC-SHA256 over response, kind and plain form, cut short, under
a key that is nowhere in the store. Without the key a mark cannot be told from chance, and since the
response is part of it, two responses that name the same person share no mark.
"""

from __future__ import annotations

import hmac
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Final, NamedTuple

from feedback.placeholders import MAX_NUMBER, numbered
from feedback.redact.folding import fold
from feedback.redact.lexicon import word_key
from feedback.redact.spans import Replacement
from feedback.schema import Entity

__all__ = ["KnownNumber", "ResponseNumbers"]

_MARK_CHARACTERS: Final = 16
"""64 bits: enough to tell the values of one response apart, too little to be a key to anything."""

_MAX_PARTS: Final = 8
"""Words of a name that it is known by; marks of one span stay below 255 characters."""

_BY_DIGITS: Final = frozenset(
    (Entity.PHONE, Entity.NUMBER, Entity.PAYMENT_CARD, Entity.BANK_ACCOUNT, Entity.NHS_NUMBER)
)
_NATIONAL_DIGITS: Final = 10
"""Digits of a British number behind the 0 or +44."""
_TITLES: Final = frozenset(
    "mr mrs ms miss mx dr prof professor sir dame lord lady madam master judge justice hhj ddj dj "
    "rev revd reverend cllr councillor pc wpc dc ds di sgt".split()
)
_WORD = re.compile(r"[^\W\d_]+(?:['\-][^\W\d_]+)*")
_POSSESSIVE = re.compile(r"'s?$")
_AT = re.compile(r"\s*[\[(]?\s*(?:@|\bat\b)\s*[\])]?\s*")
_DOT = re.compile(r"\s*[\[(]?\s*(?:\.|\bdot\b)\s*[\])]?\s*")


class KnownNumber(NamedTuple):
    """A number that a response gave before, as the store kept it."""

    entity: Entity
    number: int
    marks: str


class ResponseNumbers:
    """The numbers of one response, in order of first appearance.

    A name found alone ("Sarah", "Mr Jones") has the number of the full name it is part of, where
    only one fits; a full name takes over the number of its part that came first. Titles that differ
    ("Mr Jones", "Mrs Jones") are two people.

    Parameters
    ----------
    known
        What earlier deliveries of the response brought.

    Examples
    --------
    >>> numbers = ResponseNumbers(b"0" * 32, "a response")
    >>> values = ("Zoë Jones", "zoe jones's", "Zoe", "Ian Jones")
    >>> [numbers.replace(Entity.PERSON, value).word for value in values]
    ['[PERSON_1]', '[PERSON_1]', '[PERSON_1]', '[PERSON_2]']
    """

    def __init__(self, key: bytes, response_id: str, known: Iterable[KnownNumber] = ()) -> None:
        self._key = key
        self._response_id = response_id
        self._last: Counter[Entity] = Counter()
        self._holders: dict[str, frozenset[int]] = {}
        for one in known:
            self._last[one.entity] = max(self._last[one.entity], one.number)
            self._hold(one.marks.split(), one.number)

    def copy(self) -> ResponseNumbers:
        """Return numbers of its own that go on from here."""
        other = ResponseNumbers(self._key, self._response_id)
        other.become(self)
        return other

    def become(self, other: ResponseNumbers) -> None:
        """Take over what another one, copied from this, has given since."""
        self._last, self._holders = other._last.copy(), other._holders.copy()

    def replace(self, entity: Entity, value: str) -> Replacement:
        """Return the pseudonym of a value; a plain placeholder once numbers have run out."""
        name = _Name.read(value) if entity is Entity.PERSON else None
        if name is None:
            marks = [self._mark(entity, "whole", _plain(entity, value))]
            number = self._only(self._holders.get(marks[0], frozenset()))
        else:
            marks = [self._mark(entity, kind, text) for kind, text in name.marks()]
            number = self._find(name)
        if number is None:
            if self._last[entity] >= MAX_NUMBER:
                return Replacement(entity.placeholder)
            self._last[entity] += 1
            number = self._last[entity]
        self._hold(marks, number)
        return Replacement(numbered(entity, number), number, " ".join(marks))

    def _find(self, name: _Name) -> int | None:
        """Return the number of a name seen before, whole or in part."""
        for whole in name.wholes():
            if found := self._holders.get(self._mark(Entity.PERSON, "whole", whole)):
                return self._only(found)
        with_full = self._holders.get(self._mark(Entity.PERSON, "full", ""), frozenset())
        sharing = [self._holders.get(self._of_part(part), frozenset()) for part in name.parts]
        candidates = frozenset(chain.from_iterable(sharing))
        if name.is_full:
            candidates -= with_full
        return self._only(candidates - self._of_other_title(name))

    def _of_part(self, part: str) -> str:
        return self._mark(Entity.PERSON, "part", part)

    def _of_other_title(self, name: _Name) -> frozenset[int]:
        """Return the numbers of people of this surname with another title."""
        if not name.title:
            return frozenset()
        others = (
            self._holders.get(self._mark(Entity.PERSON, "titled", f"{title} {part}"), frozenset())
            for title in sorted(_TITLES - {name.title})
            for part in name.parts
        )
        return frozenset(chain.from_iterable(others))

    @staticmethod
    def _only(numbers: frozenset[int]) -> int | None:
        return next(iter(numbers)) if len(numbers) == 1 else None

    def _hold(self, marks: Iterable[str], number: int) -> None:
        for mark in marks:
            self._holders[mark] = self._holders.get(mark, frozenset()) | {number}

    def _mark(self, entity: Entity, kind: str, text: str) -> str:
        message = "\x1f".join((self._response_id, entity.value, kind, text))
        digest = hmac.digest(self._key, message.encode("utf-8", "surrogatepass"), "sha256")
        return digest.hex()[:_MARK_CHARACTERS]


class _Name(NamedTuple):
    """A name in plain form: title, all its words, and those it may be known by alone."""

    title: str
    words: tuple[str, ...]
    parts: tuple[str, ...]

    @classmethod
    def read(cls, value: str) -> _Name | None:
        """Return the name; None where the value has no letters."""
        text = fold(unicodedata.normalize("NFKC", value)).text
        words = [word_key(_POSSESSIVE.sub("", word)) for word in _WORD.findall(text)]
        titles = [word for word in words if word in _TITLES]
        rest = [word for word in words if word not in _TITLES] or words
        if not rest:
            return None
        parts = list(dict.fromkeys(word for word in rest if len(word) > 1))
        title = titles[0] if titles and rest != words else ""
        return cls(title, tuple(rest), tuple(parts[:_MAX_PARTS]))

    @property
    def is_full(self) -> bool:
        return len(self.words) > 1

    def wholes(self) -> Iterator[str]:
        """Yield the names it may be known by as a whole: itself, then without its middle."""
        if not self.is_full:
            yield f"{self.title} {self.words[0]}".strip()
            return
        yield " ".join(self.words)
        if len(self.words) > 2:
            yield f"{self.words[0]} {self.words[-1]}"
            for pair in zip(self.words[:_MAX_PARTS], self.words[1:], strict=False):
                yield " ".join(pair)

    def marks(self) -> Iterator[tuple[str, str]]:
        """Yield what the name is known by from now on, as kind and text."""
        for whole in islice(self.wholes(), 2):
            yield "whole", whole
        if self.is_full:
            yield "full", ""
        if self.title:
            yield "titled", f"{self.title} {self.words[-1]}"
        for part in self.parts:
            yield "part", part


def _plain(entity: Entity, value: str) -> str:
    """Return a value without what differs from one writing of it to the next."""
    text = fold(unicodedata.normalize("NFKC", value)).text.casefold()
    if entity is Entity.EMAIL:
        text = _DOT.sub(".", _AT.sub("@", text))
        return "".join(text.split())
    if entity in _BY_DIGITS and (digits := "".join(filter(str.isdecimal, text))):
        return digits[-_NATIONAL_DIGITS:] if entity is Entity.PHONE else digits
    return "".join(sign for sign in word_key(text) if sign.isalnum()) or text
