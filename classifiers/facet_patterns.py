"""Find the facets that numbers, times and days give, by the rows of their tables."""

from __future__ import annotations

import re
from typing import Any

from classifiers.facet_numbers import NUMBERS
from classifiers.facet_rows import PatternRow
from classifiers.facet_times import PART_OF_DAY, TIMES

__all__ = ["find_numbers"]

_SENTENCE_END = re.compile(r"[.!?](?=\s|$)|\n|;")
_FEW_WORDS = 30
_SENTENCE = 300
"""Characters. No sentence is looked at further than this, so that no comment takes long."""
_HAS_DIGIT = re.compile(r"\d")


def find_numbers(folded: str) -> dict[str, Any]:
    """Return the facets that numbers, times and days give.

    Examples
    --------
    >>> find_numbers("step 4 of 7, tried 3 times about 9pm last night")
    {'step': '4 of 7', 'attempts': 3, 'day': ['yesterday'], 'time_of_day': ['21:00']}
    >>> find_numbers("£503 for a form, and i waited 404 days")
    {}
    """
    found: dict[str, Any] = {}
    has_digit = _HAS_DIGIT.search(folded) is not None
    taken: list[range] = []
    for row in (*NUMBERS, *TIMES, PART_OF_DAY):
        if row.needs_digit and not has_digit:
            continue
        if row is PART_OF_DAY and "time_of_day" in found:
            continue
        for match in row.pattern.finditer(folded):
            if row.is_single and row.facet in found:
                break
            if _is_vetoed(row, match, folded) or any(match.start() in span for span in taken):
                continue
            if (value := row.read(match)) is None:
                continue
            if row.facet in ("file_limit_mb", "since"):  # a limit is no size, "since" is no day
                taken.append(range(*match.span()))
            _keep(found, row, value)
    return found


def _keep(found: dict[str, Any], row: PatternRow, value: Any) -> None:
    if row.is_single:
        found[row.facet] = value
    elif value not in found.setdefault(row.facet, []):
        found[row.facet].append(value)


def _is_vetoed(row: PatternRow, match: re.Match[str], folded: str) -> bool:
    if row.unless_after and row.unless_after.search(
        folded, max(0, match.start() - _FEW_WORDS), match.start()
    ):
        return True
    if row.veto is None:
        return False
    first = max(0, match.start() - _SENTENCE)
    ends = [end.end() for end in _SENTENCE_END.finditer(folded, first, match.start())]
    end = _SENTENCE_END.search(folded, match.end(), match.end() + _SENTENCE)
    last = end.start() if end else match.end() + _SENTENCE
    return row.veto.search(folded, ends[-1] if ends else first, last) is not None
