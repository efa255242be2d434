"""Rows of the tables of facets: names, and patterns for numbers and times."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

__all__ = ["Name", "PatternRow", "name", "never"]


@dataclass(frozen=True, slots=True)
class Name:
    """A row: any of the ``ways``, separated by ``|``, gives the facets.

    ``after``: counts only where the word before is one of these. ``suffix``: the facet that also
    takes what follows the name: ``version`` a number ("Chrome 119"), ``device_model`` a model
    ("iPhone 11 Pro").
    """

    ways: str
    gives: tuple[tuple[str, str], ...] = ()
    after: frozenset[str] = frozenset()
    suffix: str = ""


def name(ways: str, *, after: str = "", suffix: str = "", **gives: str) -> Name:
    """Return a row; a facet with several values has them separated by ``|``."""
    pairs = tuple((facet, one) for facet, values in gives.items() for one in values.split("|"))
    return Name(ways, pairs, frozenset(after.split()), suffix)


def never(ways: str) -> Name:
    """Return a row that takes words back."""
    return Name(ways)


@dataclass(frozen=True, slots=True)
class PatternRow:
    """A facet, its pattern, how a match is read (None: not one after all), and what vetoes it.

    ``veto`` is searched in the sentence that the match stands in, ``unless_after`` in the few words
    before it.
    """

    facet: str
    pattern: re.Pattern[str]
    read: Callable[[re.Match[str]], Any]
    is_single: bool = True
    needs_digit: bool = False
    veto: re.Pattern[str] | None = None
    unless_after: re.Pattern[str] | None = None
