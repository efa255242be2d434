"""What pages show again and again. Text out of the data is shown as typed, never as markup.

It goes through ``html.escape`` here, or into a table's cells, which are never markup, but never
into Streamlit's Markdown: that makes icons of short codes, and links of bare addresses, after
parsing, where no backslash helps.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from app.wording import counted
from feedback.placeholders import PLACEHOLDER

if TYPE_CHECKING:
    from app.queries import StoreFacts

__all__ = [
    "empty_state",
    "facts_list",
    "facts_or_stop",
    "heading",
    "marked_text",
    "plain_text",
    "points",
    "quotes",
    "secondary",
]


def heading(text: str, note: str = "", *, level: int = 2) -> None:
    """Show a heading and a line of lesser weight below; both may hold text out of the data."""
    if not 2 <= level <= 6:
        raise ValueError("A heading inside a page has a level from 2 to 6; the title is 1.")
    below = f"<div><small>{html.escape(note)}</small></div>" if note else ""
    st.html(f"<h{level}>{html.escape(text)}</h{level}>{below}")


def secondary(text: str) -> None:
    """Show a line of lesser weight that may hold text out of the data."""
    st.html(f"<div><small>{html.escape(text)}</small></div>")


def points(lines: Sequence[tuple[str, str]]) -> None:
    """Show a list of sentences, each with a note; both may hold text out of the data."""
    rows = "".join(
        f"<li>{html.escape(text)}<br><small>{html.escape(note)}</small></li>"
        for text, note in lines
    )
    st.html(f"<ul>{rows}</ul>")


def quotes(texts: Sequence[str], *, of: str, notes: Sequence[str] | None = None) -> None:
    """Show comments as quotes.

    Parameters
    ----------
    of
        Whose comments, for people who hear the page.
    notes
        Something about each quote, such as its date.
    """
    if not texts:
        secondary("No comment can be quoted here.")
        return
    rows = [f"<q>{html.escape(text)}</q>" for text in texts]
    if notes is not None:
        rows = [
            f"{row} <small>{html.escape(note)}</small>"
            for row, note in zip(rows, notes, strict=True)
        ]
    listed = "".join(f"<li>{row}</li>" for row in rows)
    st.html(f'<ul aria-label="{html.escape(of, quote=True)}">{listed}</ul>')


def plain_text(text: str, *, language: str | None = None) -> None:
    """Show a whole text; lines stay lines.

    Parameters
    ----------
    language
        Which it is in, as a tag such as ``cy``, where that is not the page's: a screen reader then
        speaks it as it is spoken.
    """
    if language is None:
        st.text(text)
        return
    body = html.escape(text).replace("\n", "<br>")
    st.html(f'<p lang="{html.escape(language, quote=True)}">{body}</p>')


def marked_text(text: str, *, of: str) -> None:
    """Show a whole comment with its placeholders marked; lines stay lines.

    Parameters
    ----------
    of
        What the text is, for people who hear the page.
    """
    parts, at = [], 0
    for match in PLACEHOLDER.finditer(text):
        parts += (html.escape(text[at : match.start()]), f"<mark>{match.group()}</mark>")
        at = match.end()
    body = "".join((*parts, html.escape(text[at:]))).replace("\n", "<br>")
    st.html(f'<blockquote aria-label="{html.escape(of, quote=True)}">{body}</blockquote>')


def facts_list(pairs: Sequence[tuple[str, str]], *, alt: str) -> None:
    """Show figures with their names; both may hold text out of the data."""
    rows = "".join(
        f"<li>{html.escape(name)}: <strong>{html.escape(value)}</strong></li>"
        for name, value in pairs
    )
    st.html(f'<ul aria-label="{html.escape(alt, quote=True)}">{rows}</ul>')


def empty_state(what: str, do: str, command: str) -> None:
    """Say that there is nothing yet, and what to do about it."""
    heading(what, do)
    st.code(command, language=None)


def facts_or_stop(facts: StoreFacts) -> StoreFacts:
    """Return the facts of a store with something in it; else say how to begin, and stop there."""
    if facts.last_at is None:
        empty_state(
            "No comments yet",
            "Take in a file of feedback; it appears here without a reload:",
            "feedback ingest FILE\nfeedback run",
        )
        st.stop()
    place = st.empty()  # kept free: what comes in above must not take the focus from what is below
    if facts.n_waiting:
        with place:
            secondary(
                f"{counted(facts.n_waiting, 'comment')} waiting to be coded, and not in the "
                "themes, topics and signals until then. Code them with: feedback run"
            )
    return facts
