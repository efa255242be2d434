"""Decide between overlapping finds, and put placeholders in.

Ranks decide: the lower rank wins. What a loser covers beyond the winner is still personal data, so
it is kept as a span of its own; nothing that any recogniser pointed at is left in the text by a
quarrel over labels, but a count of a few digits that stands apart from the number before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from feedback.schema import Entity, Span

__all__ = ["Candidate", "Replacement", "put_placeholders", "resolve"]

_FREE, _TAKEN, _KEPT = 0, 1, 2
_EDGE = " \t\r\n,;:.-/()[]{}<>'\"\\|_=*"
_MIN_NUMBER_DIGITS = 7
_COUNT_DIGITS = 2
"""So few digits, apart from the number they follow, are a count."""
_COUNTED = re.compile(
    r"\s(?:times|tries|attempts|days?|weeks?|months?|years?|hours?|minutes?|mins|pages?|calls?|"
    r"e-?mails?|letters?)(?![A-Za-z])",
    re.IGNORECASE,
)
_FREE_RUN = re.compile(b"\x00+")
_ALPHANUMERIC = re.compile(r"\d|[^\W\d_]{2}")


class Candidate(NamedTuple):
    """One find, before overlaps are settled.

    ``entity`` is None for a stretch that must stay (a court date, a sum of money): it shields what
    lies under it from every higher rank. ``distance`` is how far its context word stood, in
    characters; the nearer wins between equals.
    """

    rank: int
    distance: int
    start: int
    end: int
    entity: Entity | None
    recogniser: str
    score: float


def resolve(candidates: Iterable[Candidate], text: str) -> list[Span]:
    """Return spans that do not overlap, in order of position.

    Takes time linear in the text and the finds together.
    """
    cover = bytearray(len(text))
    spans: list[Span] = []
    ordered = sorted(candidates, key=lambda c: (c.rank, c.distance, c.start - c.end, c.start))
    for candidate in ordered:
        area = cover[candidate.start : candidate.end]
        is_whole = not any(area)
        if candidate.entity is None:
            if _TAKEN not in area:
                _paint(cover, candidate.start, candidate.end, _KEPT)
            continue
        meets_kept = _KEPT in area
        for run in _FREE_RUN.finditer(area):
            start, end = candidate.start + run.start(), candidate.start + run.end()
            if not is_whole:
                is_apart = _is_apart(text, candidate, start, end)
                start, end = _trim(text, start, end)
                if not _is_worth(text[start:end], candidate.entity, meets_kept):
                    continue
                if is_apart and _is_count(text, candidate.entity, start, end):
                    continue
            _paint(cover, start, end, _TAKEN)
            spans.append(Span(candidate.entity, start, end, candidate.recogniser, candidate.score))
    return sorted(spans, key=lambda span: span.start)


def _paint(cover: bytearray, start: int, end: int, value: int) -> None:
    cover[start:end] = bytes((value,)) * (end - start)


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start] in _EDGE:
        start += 1
    while end > start and text[end - 1] in _EDGE:
        end -= 1
    return start, end


def _is_worth(piece: str, entity: Entity, meets_kept: bool) -> bool:
    """Whether what a lost overlap leaves over is still to be redacted."""
    if entity is Entity.NUMBER and meets_kept:
        return sum(map(str.isdigit, piece)) >= _MIN_NUMBER_DIGITS
    return not meets_kept and _ALPHANUMERIC.search(piece) is not None


def _is_apart(text: str, loser: Candidate, start: int, end: int) -> bool:
    """Whether a space stands between a leftover and each find that it was cut from."""
    is_left_free = start == loser.start or text[start].isspace()
    return is_left_free and (end == loser.end or text[end - 1].isspace())


def _is_count(text: str, entity: Entity, start: int, end: int) -> bool:
    """Whether a leftover of digits counts something, as in "entered E123456 20 times"."""
    if entity is not Entity.NUMBER or not text[start:end].isdigit():
        return False
    is_counted = end - start < _MIN_NUMBER_DIGITS and _COUNTED.match(text, end) is not None
    return end - start <= _COUNT_DIGITS or is_counted


class Replacement(NamedTuple):
    """What is put in the place of a span; a pseudonym has a number and marks."""

    word: str
    number: int | None = None
    marks: str = ""


def put_placeholders(
    text: str, spans: Sequence[Span], replacements: Sequence[Replacement] | None = None
) -> tuple[str, list[Span]]:
    """Return the text with every span replaced, and the spans of what stands there now.

    ``spans`` must be in order and free of overlaps, as `resolve` returns them. Without
    ``replacements``, which are aligned to them, plain placeholders are put in.

    Examples
    --------
    >>> put_placeholders("ask Ann", [Span(Entity.PERSON, 4, 7, "names", 0.9)])[0]
    'ask [PERSON]'
    """
    if replacements is None:
        replacements = [Replacement(span.entity.placeholder) for span in spans]
    parts: list[str] = []
    placed: list[Span] = []
    at = length = 0
    for span, (word, number, marks) in zip(spans, replacements, strict=True):
        parts += (text[at : span.start], word)
        start = length + span.start - at
        length = start + len(word)
        placed.append(Span(span.entity, start, length, span.recogniser, span.score, number, marks))
        at = span.end
    return "".join((*parts, text[at:])), placed
