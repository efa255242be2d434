"""How explanations are shown, and how other pages link to one."""

from __future__ import annotations

import html

import streamlit as st

from app.evidence import heading
from app.help_text import QUESTIONS, Entry, entries, entry_about

__all__ = ["SCRIPT", "link_to_help", "show_entry", "show_near"]

SCRIPT = "app_pages/help.py"


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
    told = "".join(
        f"<p><strong>{html.escape(question)}.</strong> {html.escape(answer)}</p>"
        for question, answer in zip(QUESTIONS, entry.answers, strict=True)
    )
    shown = ", ".join(label for label in entry.labels if label != entry.title)
    below = f"<div><small>On the pages as: {html.escape(shown)}</small></div>" if shown else ""
    st.html(f"<h{level}>{html.escape(entry.title)}</h{level}>{below}{told}")


def show_near(entry: Entry) -> None:
    """Show links to the other explanations of its section."""
    heading(f"Also under: {entry.section}", level=3)
    with st.container(horizontal=True, key="help_near"):
        for other in entries():
            if other.section == entry.section and other.id != entry.id:
                link_to_help(other.id, other.title)
