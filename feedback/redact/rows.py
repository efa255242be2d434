"""What a row of the pattern table is, and the engine that runs the table over a text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from feedback.redact.spans import Candidate
from feedback.schema import Entity

__all__ = [
    "DASH_OR_SPACE",
    "SLASH",
    "SLASH_OR_DASH",
    "Row",
    "TableRecogniser",
    "github",
]

DASH_OR_SPACE: Final = r"[\s\-.]{0,3}"
"""Between the groups of a number: nothing, spaces, a dash, a dot, a line break."""

SLASH: Final = r"\s{0,2}[/\\]\s{0,2}"
"""Slash of a reference; the backslash of the form is often turned."""

SLASH_OR_DASH: Final = r"\s{0,2}[/\\\-]\s{0,2}"
"""Slash of a reference whose shape is plain enough to be read with dashes too."""

_LEFT: Final = r"(?<![A-Za-z0-9])"
_RIGHT: Final = r"(?![A-Za-z0-9])"
# A bare run of digits must be the whole run: no group beside it, no money sign, no decimals.
_LEFT_BARE: Final = r"(?<![A-Za-z0-9£$€#_])(?<!\d[.,/\-\s])"
_RIGHT_BARE: Final = r"(?![A-Za-z0-9%])(?![.,/\-]\d)(?!\s\d{2})"

_BEFORE_CHARACTERS = 48
"""How far before a number a word is looked for that says what the number is."""
_AFTER_CHARACTERS = 28
"""The same, after the number ("... is my passport number")."""
_AFTER_PENALTY = 6
"""A word before the number is better evidence than one as far behind it, in characters."""
_AROUND_DIGITS = 64
"""Letters of an identifier stand at most this far from its first or last digit."""
_DIGITS = b"0123456789"
_NOT_DIGITS = bytes(code for code in range(256) if code not in _DIGITS)


def github(repository: str, path: str = "") -> str:
    """Return the address of a public source file that defines a format."""
    return f"https://github.com/{repository}" + (f"/blob/HEAD/{path}" if path else "")


@dataclass(frozen=True, slots=True)
class Row:
    """One format of one identifier.

    Parameters
    ----------
    name
        Names the format in ``Span.recogniser``.
    entity
        What it is labelled as; None for a look-alike that must stay.
    pattern
        Regular expression, case ignored, over folded text; a group ``value`` narrows the find.
    source
        Where the format is defined.
    rank
        Lower wins over higher where finds overlap.
    min_digits
        A text with fewer digits cannot hold it (a cheap first look).
    needs
        One of these, in small letters, must stand in the text (another cheap look).
    check
        Decides between ``entity`` and ``otherwise``; without one ``entity`` is sure.
    otherwise
        Label of what fails the check; None drops it.
    context
        Words near by that say what the number is. Without ``check`` they are required; with one,
        they also rescue what fails it when ``rescues`` is set, or are required when it is not.
    rescues
        See ``context``.
    edges
        ``word``: no letter or digit touches it; ``bare``: the whole run of digits; ``free``: none.
    """

    name: str
    entity: Entity | None
    pattern: str
    source: str
    rank: int
    min_digits: int = 0
    needs: tuple[str, ...] = ()
    check: Callable[[str], bool] | None = None
    otherwise: Entity | None = None
    context: str = ""
    rescues: bool = False
    edges: str = "word"
    score: float = 0.9


class _Compiled:
    """A row with its regular expressions."""

    __slots__ = ("context", "has_value", "is_context_required", "needs", "pattern", "row")

    def __init__(self, row: Row) -> None:
        left, right = {
            "word": (_LEFT, _RIGHT),
            "bare": (_LEFT_BARE, _RIGHT_BARE),
            "free": ("", ""),
        }[row.edges]
        self.row = row
        self.pattern = re.compile(f"{left}(?:{row.pattern}){right}", re.IGNORECASE)
        self.context = (
            re.compile(rf"(?<![A-Za-z])(?:{row.context})(?![A-Za-z])", re.IGNORECASE)
            if row.context
            else None
        )
        self.needs = frozenset(row.needs)
        self.has_value = "value" in self.pattern.groupindex
        self.is_context_required = bool(row.context) and not row.rescues

    def find(self, text: str, first: int, last: int) -> Iterator[Candidate]:
        row = self.row
        if self.pattern.search(text, first, last) is None:
            return
        if self.is_context_required and self.context and not self.context.search(text):
            return
        for match in self.pattern.finditer(text, first, last):
            start, end = match.span("value" if self.has_value else 0)
            distance = self._distance(text, start, end)
            is_find, entity = self._label(text[start:end], distance is not None)
            if is_find:
                yield Candidate(row.rank, distance or 0, start, end, entity, row.name, row.score)

    def _distance(self, text: str, start: int, end: int) -> int | None:
        """Return how far the nearest context word stands, None where there is none."""
        if self.context is None:
            return None
        found: list[int] = []
        for match in self.context.finditer(text, max(0, start - _BEFORE_CHARACTERS), start):
            found.append(start - match.end())
        after = self.context.search(text, end, end + _AFTER_CHARACTERS)
        if after is not None:
            found.append(after.start() - end + _AFTER_PENALTY)
        return min(found, default=None)

    def _label(self, value: str, has_context: bool) -> tuple[bool, Entity | None]:
        """Return whether this is a find, and its label (None for what must stay)."""
        row = self.row
        if self.is_context_required and not has_context:
            return False, None
        if row.check is None or row.check(value) or (row.rescues and has_context):
            return True, row.entity
        return row.otherwise is not None, row.otherwise


class TableRecogniser:
    """Runs a table of rows over a text."""

    def __init__(self, rows: Sequence[Row]) -> None:
        compiled = [_Compiled(row) for row in rows]
        self._needed = sorted({word for one in compiled for word in one.needs})
        self._anywhere = [one for one in compiled if one.row.min_digits == 0]
        self._with_digits = sorted(
            (one for one in compiled if one.row.min_digits > 0),
            key=lambda one: one.row.min_digits,
        )

    def find(self, text: str) -> Iterator[Candidate]:
        """Yield every find in folded text, overlaps and all."""
        lowered = text.lower()
        present = frozenset(word for word in self._needed if word in lowered)
        for one in self._anywhere:
            if not one.needs or not present.isdisjoint(one.needs):
                yield from one.find(text, 0, len(text))
        n_digits, first, last = _digit_stretch(text)
        for one in self._with_digits:
            if one.row.min_digits > n_digits:
                break
            if not one.needs or not present.isdisjoint(one.needs):
                yield from one.find(text, first, last)


def _digit_stretch(text: str) -> tuple[int, int, int]:
    """Return the number of digits, and the stretch in which identifiers with digits can stand."""
    raw = text.encode("ascii", "replace")
    n_digits = len(raw) - len(raw.translate(None, _DIGITS))
    if n_digits == 0:
        return 0, 0, 0
    head = len(raw) - len(raw.lstrip(_NOT_DIGITS))
    tail = len(raw.rstrip(_NOT_DIGITS))
    return n_digits, max(0, head - _AROUND_DIGITS), min(len(text), tail + _AROUND_DIGITS)
