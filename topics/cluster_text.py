"""What an issue cluster looks like to people: title, theme and quotes."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

import numpy as np
import pandas as pd

from feedback.safeguarding import SAFEGUARDING
from feedback.schema import EMPTY_LABEL
from topics.names import name_from_terms
from topics.quotes import choose_quotes
from topics.sentences import theme_phrase
from topics.terms import characteristic_terms, terms_of

__all__ = ["MAX_MEMBERS", "Background", "Describer", "is_due", "is_issue_material", "theme_of"]

MAX_MEMBERS = 300
"""Latest comments of a cluster among which its title, theme and quotes are chosen."""
MAX_TITLE = 160
GROWTH = 1.1
"""A cluster is described anew each time it has grown by about a tenth: its words change slowly."""

NO_ISSUE = frozenset({"praise", EMPTY_LABEL})
ISSUE_FAMILIES = ("fault.", "use.")
"""Codes that name a theme of an issue, before any other."""


def is_issue_material(codes: Iterable[str]) -> bool:
    """Return whether a comment with these codes can be part of an issue.

    Pure praise and nothing to code cannot; nor can anything coded as safeguarding, which goes to
    people and is never quoted. A comment without any code can: a new complaint may fit no code yet.

    Examples
    --------
    >>> [is_issue_material(codes) for codes in ([], ["praise"], ["praise", "fault.link"],
    ...                                         ["fault.link", "safeguarding"])]
    [True, False, True, False]
    """
    told = set(codes)
    return SAFEGUARDING not in told and not (told and told <= NO_ISSUE)


def is_due(n_before: int, n: int) -> bool:
    """Return whether a cluster that grew, or shrank, is to be described anew.

    Examples
    --------
    >>> [is_due(*sizes) for sizes in ((0, 4), (4, 5), (99, 100), (97, 100))]
    [True, True, False, True]
    """
    if n_before <= 0:
        return True
    step = math.log(GROWTH)
    return math.floor(math.log(n_before) / step) != math.floor(math.log(max(n, 1)) / step)


class Background:
    """Texts that the words of clusters are compared with; read when somebody first asks."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = texts

    @cached_property
    def terms(self) -> tuple[Counter[str], int]:
        """How many of the texts have each term, and how many texts there are."""
        n, n_with = 0, Counter[str]()
        for text in self._texts:
            n += 1
            n_with.update(set(terms_of(text)))
        self._texts = ()
        return n_with, n


class Describer:
    """Writes what a cluster looks like, against the other comments at hand.

    Parameters
    ----------
    background
        Texts that a cluster's words are compared with.
    page_names
        Names by path; without one the last part of the path stands.
    """

    def __init__(self, background: Background, page_names: Mapping[str, str]) -> None:
        self._page_names = page_names
        self._background = background

    def describe(
        self, comments: pd.DataFrame, vectors: np.ndarray, service: str, page: str
    ) -> dict[str, object]:
        """Return title, theme and quotes.

        Parameters
        ----------
        comments
            Members with ``comment_id``, ``submitted_at``, ``text`` and ``codes``; of more than
            `MAX_MEMBERS` the latest are looked at.
        vectors
            ndarray of shape (n_comments, n_dimensions), unit length.
        """
        order = np.lexsort((comments["comment_id"], comments["submitted_at"]))[-MAX_MEMBERS:]
        comments, vectors = comments.iloc[order], vectors[order]
        texts = comments["text"].tolist()
        theme = theme_of(comments["codes"])
        terms = characteristic_terms(texts, *self._background.terms)
        may_quote = np.array([is_issue_material(codes) for codes in comments["codes"]], dtype=bool)
        quotes = choose_quotes(texts, vectors, may_quote)
        return {
            "title": _title(terms, theme, self._page_name(service, page)),
            "theme": theme,
            "quotes": [str(comments["comment_id"].iloc[i]) for i in quotes],
        }

    def _page_name(self, service: str, page: str) -> str:
        if not page:
            return service.replace("-", " ")
        last = page.rstrip("/").rpartition("/")[2].replace("-", " ") or page
        return self._page_names.get(page, last)


def theme_of(codes: pd.Series[list[str]]) -> str | None:
    """Return the most common fault or use code of a cluster, else its most common other code."""
    counts = Counter(code for told in codes for code in told if code not in NO_ISSUE)
    named = {code: n for code, n in counts.items() if code.startswith(ISSUE_FAMILIES)} or counts
    return min(named, key=lambda code: (-named[code], code)) if named else None


def _title(terms: Sequence[str], theme: str | None, page: str) -> str:
    name = name_from_terms(terms)
    if theme is not None:
        phrase = theme_phrase(theme)
        name = f"{phrase[0].upper()}{phrase[1:]}: {name[0].lower()}{name[1:]}"
    return f"{name} ({page})"[: MAX_TITLE + len(page)]
