"""How explanations are shown, and how other pages link to one."""

from __future__ import annotations

import html
from collections.abc import Sequence

import streamlit as st

from app.evidence import heading
from app.help_text import QUESTIONS, Entry, entries, entry_about

__all__ = ["MAX_LINKS", "SCRIPT", "link_to_help", "show_entry", "show_near", "show_section"]

SCRIPT = "app_pages/help.py"
MAX_LINKS = 12
"""Links are shown beside a few explanations, not beside all."""


def link_to_help(about: str, label: str | None = None) -> None:
    """Link to the explanation of a figure.

    Parameters
    ----------
    about
        Its id, such as ``rate-ratio``.
    label
        Words of the link; without them "What ... means".

    Raises
    ------
    ValueError
        There is no such explanation.
    """
    entry = entry_about(about)
    if entry is None:
        raise ValueError(f"Help explains nothing by the name of {about}")
    st.page_link(
        SCRIPT,
        label=label or f"What {entry.title} means",
        icon=":material/help:",
        query_params={"about": about},
    )


def show_entry(entry: Entry, *, level: int) -> None:
    """Show one explanation: what it is, how it is worked out, how sure, what it does not say."""
    st.html(_written(entry, level))


def show_section(title: str, chosen: Sequence[Entry], *, has_links: bool) -> None:
    """Show the explanations of a section, and links to them.

    A section is one element: forty, and forty links, would take a slow machine seconds.
    """
    st.html(f"<h2>{html.escape(title)}</h2>" + "".join(_written(entry, 3) for entry in chosen))
    if has_links:
        with st.container(horizontal=True, key=f"help_links_{chosen[0].id}"):
            for entry in chosen:
                link_to_help(entry.id, f"Link to: {entry.title}")


def _written(entry: Entry, level: int) -> str:
    told = "".join(
        f"<p><strong>{html.escape(question)}.</strong> {html.escape(answer)}</p>"
        for question, answer in zip(QUESTIONS, entry.answers, strict=True)
    )
    shown = ", ".join(label for label in entry.labels if label != entry.title)
    names = f"On the pages as: {shown}. " if shown else ""
    below = html.escape(f"{names}Its address: help?about={entry.id}")
    return f"<h{level}>{html.escape(entry.title)}</h{level}><div><small>{below}</small></div>{told}"


def show_near(entry: Entry) -> None:
    """Show links to the other explanations of its section."""
    heading(f"Also under: {entry.section}", level=3)
    with st.container(horizontal=True, key="help_near"):
        for other in entries():
            if other.section == entry.section and other.id != entry.id:
                link_to_help(other.id, other.title)
