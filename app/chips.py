"""Chips and marks in text out of the data: what was taken out, words searched for, codes.

All is escaped here. A chip has a border beside its fill, so that it is seen without colours, and
says in words, for people who hear the page, what it stands for.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app import theme
from feedback.placeholders import PLACEHOLDER
from feedback.search_index import folded

__all__ = ["Term", "chip", "chips", "marked", "searched_terms"]

_STYLE = (
    f"border:1px solid {theme.SECONDARY};border-radius:0.25em;padding:0 0.35em;"
    f"background:#f3f3f3;color:{theme.TEXT};font-size:0.95em;"
)
_HEARD = "position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);"
"""What is heard and not seen. Real text: a name given by ARIA is not allowed on plain words."""

_WORD = re.compile(r"[^\W_]+")
"""As the search splits words: at an underscore too."""

_TERM = re.compile(r'(-?)"([^"]*)"|(\S+)')

PREFIX_LETTERS = 3
"""The search looks for shorter words whole."""


def chip(text: str, *, heard: str = "") -> str:
    """Return a chip as HTML; ``heard`` goes before its words where the page is read out."""
    before = f'<span style="{_HEARD}">{html.escape(heard)} </span>' if heard else ""
    return f'<span style="{_STYLE}">{before}{html.escape(text)}</span>'


def chips(texts: Iterable[str]) -> str:
    """Return chips in a row."""
    return " ".join(chip(text) for text in texts)


@dataclass(frozen=True)
class Term:
    """Words searched for in a row; ``is_prefix``: the last of them may go on."""

    words: tuple[str, ...]
    is_prefix: bool


def searched_terms(search: str) -> tuple[Term, ...]:
    """Return what a comment that a search finds has in it, as `feedback.search` reads the search.

    >>> [term.words for term in searched_terms('upload "my photo" -payment 100%')]
    [('upload',), ('my', 'photo'), ('100',)]
    """
    found = []
    for minus, phrase, bare in _TERM.findall(search):
        words = tuple(folded(phrase or bare))
        if words and not minus and not bare.startswith("-"):
            found.append(Term(words, bool(bare) and len(words[-1]) >= PREFIX_LETTERS))
    return tuple(found)


def marked(text: str, terms: Sequence[Term] = ()) -> str:
    """Return a text as HTML: placeholders as chips, words that were searched for marked.

    Examples
    --------
    >>> marked("Uploads <b>", searched_terms("upload"))
    '<mark>Uploads</mark> &lt;b&gt;'
    """
    parts, at = [], 0
    for match in PLACEHOLDER.finditer(text):
        parts += (_with_hits(text[at : match.start()], terms), _placeholder(match.group()))
        at = match.end()
    parts.append(_with_hits(text[at:], terms))
    return "".join(parts).replace("\n", "<br>")


def _placeholder(found: str) -> str:
    """Return what stands for personal data as a chip."""
    if not found.startswith("["):
        return chip(found, heard="masked")
    return chip(found, heard="taken out:")


def _with_hits(text: str, terms: Sequence[Term]) -> str:
    if not terms:
        return html.escape(text)
    found = list(_WORD.finditer(text))
    words = [" ".join(folded(match.group())) for match in found]
    parts, at, place = [], 0, 0
    while place < len(found):
        n = next((len(term.words) for term in terms if _stands_at(term, words, place)), 0)
        if n:
            first, last = found[place].start(), found[place + n - 1].end()
            parts += (html.escape(text[at:first]), f"<mark>{html.escape(text[first:last])}</mark>")
            at = last
        place += n or 1
    return "".join((*parts, html.escape(text[at:])))


def _stands_at(term: Term, words: Sequence[str], place: int) -> bool:
    *firsts, last = term.words
    here = words[place : place + len(term.words)]
    if len(here) < len(term.words) or here[:-1] != firsts:
        return False
    return here[-1].startswith(last) if term.is_prefix else here[-1] == last
