"""Comments as text: the list, and one with all that is known of it.

All words out of the data are escaped here. In the list they stand in HTML, for people who read many
comments, and so that a screen reader reads a Welsh one as Welsh.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit, urlunsplit

import streamlit as st

from app import tell_rows
from app.access import current_viewer
from app.chips import Term, chips, marked, searched_terms
from app.evidence import facts_list, heading, secondary
from app.pages import entries_for
from app.print_view import show_table
from app.queries_comments import WITHHELD
from app.wording import moment

if TYPE_CHECKING:
    import pandas as pd

    from app.queries_comment import CommentDetail
    from classifiers.codebook import Codebook

__all__ = ["PAGE_SCRIPT", "address", "show_chosen", "show_comment", "show_list"]

PAGE_SCRIPT = "app_pages/comments.py"

_LINK_BESIDE = (4, 1)
"""Widths of a comment and of its link."""

_BESIDE = "display:flex;flex-wrap:wrap;gap:0 2rem;"
_HALF = "flex:1 1 16rem;min-width:0;margin:0.25rem 0;"
_WHOLE = "margin:0.25rem 0;"
"""A comment beside its English, and below it where there is no room."""


def address(**changes: str | None) -> dict[str, str]:
    """Return what stands in the page's address, with changes; None takes a name out."""
    kept = {**st.query_params.to_dict(), **changes}
    return {name: value for name, value in kept.items() if value is not None}


def show_list(rows: pd.DataFrame, terms: Sequence[Term], codebook: Codebook) -> None:
    """Show comments as text, each with its codes and a link of its own."""
    for row in rows.to_dict("records"):
        key = f"comment_{row['comment_id']}"
        with st.container(border=True, key=key):
            text, link = st.columns(_LINK_BESIDE)
            text.html(_article(row, terms, codebook))
            link.page_link(
                PAGE_SCRIPT,
                label=f"Open {moment(row['submitted_at'])}",
                query_params=address(comment=row["comment_id"]),
            )


def _article(
    comment: Mapping[str, Any], terms: Sequence[Term], codebook: Codebook, *, has_note: bool = True
) -> str:
    """Return a comment with its codes as HTML, a Welsh one beside what it is about in English."""
    note = f"<small>{html.escape(tell_rows.list_note(comment))}</small>" if has_note else ""
    # A Welsh one has its codes in English, with what they mean.
    is_told = tell_rows.language_tag(comment) is not None
    codes = [] if is_told else tell_rows.code_labels(comment["codes"])
    told = f"<div><small>Codes: {chips(codes)}</small></div>" if codes else ""
    return f"<article>{note}{_text(comment, terms, codebook)}{told}</article>"


def _text(comment: Mapping[str, Any], terms: Sequence[Term], codebook: Codebook) -> str:
    text = comment["text"]
    if text in WITHHELD:
        return f"<p>{html.escape(text)}</p>"
    tag = tell_rows.language_tag(comment)
    if tag is None:
        return f'<p style="{_WHOLE}">{marked(text, terms)}</p>'
    about = "".join(
        f"<li>{html.escape(name)}{': ' if value else ''}{html.escape(value)}</li>"
        for name, value in tell_rows.in_english(comment, codebook)
    )
    return (
        f'<div style="{_BESIDE}"><p lang="{html.escape(tag, quote=True)}" style="{_HALF}">'
        f'{marked(text, terms)}</p><div style="{_HALF}"><small>In English, what it is about '
        f'(not a translation):</small><ul style="margin:0;">{about}</ul></div></div>'
    )


def show_chosen(detail: CommentDetail | None, codebook: Codebook) -> None:
    """Show the comment that the address names, or that there is none for who looks."""
    if detail is not None:
        show_comment(detail, searched_terms(st.query_params.get("search", "")), codebook)
        return
    heading(
        "Comment not found",
        "No comment has this address, or it belongs to a service that you do not see.",
    )


def show_comment(detail: CommentDetail, terms: Sequence[Term], codebook: Codebook) -> None:
    """Show one comment with all that is known of it."""
    comment = detail.comment
    heading(f"Comment of {moment(comment['submitted_at'])}", tell_rows.list_note(comment))
    told = {**comment, "codes": detail.codes, "topic": detail.topic[1] if detail.topic else None}
    st.html(_article(told, terms, codebook, has_note=False))
    secondary(tell_rows.taken_out_told(detail.taken_out))
    left, right = st.columns(2, gap="large")
    with left:
        heading("What is known of it", level=3)
        facts_list(tell_rows.comment_figures(comment), alt="What is known of this comment")
        if facets := tell_rows.facet_words(comment["facets"]):
            heading("What it says of the fault", level=3)
            facts_list(facets, alt="Details of the fault that the comment names")
    with right:
        heading("Where else it shows", level=3)
        _show_places(detail)
        heading("Link to this comment", level=3)
        st.code(_link(comment["comment_id"]), language=None, wrap_lines=True)
    heading("Codes and who gave them", "A person's coding counts before the machine's.", level=3)
    show_table(tell_rows.codings_table(detail.codings), alt="Codes of this comment")
    if _is_open("coding"):
        st.page_link(
            "app_pages/coding.py",
            label="Correct this coding",
            query_params={"comment": comment["comment_id"]},
        )


def _show_places(detail: CommentDetail) -> None:
    """Show the topic, the issue cluster and those that say the same, with links."""
    if detail.topic is None:
        secondary("It fits no topic.")
    else:
        number, name = detail.topic
        secondary(f"Topic: {name}")
        st.page_link(
            "app_pages/topics.py", label="Open its topic", query_params={"topic": str(number)}
        )
    if detail.issue is not None:
        cluster_id, title = detail.issue
        secondary(f"Issue cluster: {title}")
        if _is_open("issue"):
            st.page_link(
                "app_pages/issue.py", label="Open its issue", query_params={"issue": cluster_id}
            )
    secondary(tell_rows.repeats_told(detail.n_repeats))
    for row in detail.repeats.itertuples():
        st.page_link(
            PAGE_SCRIPT,
            label=f"Open the one of {moment(row.submitted_at)}",
            query_params={"comment": row.comment_id},
        )


def _is_open(name: str) -> bool:
    """Say whether the viewer has a page."""
    return any(entry.name == name for entry in entries_for(current_viewer().roles))


def _link(comment_id: str) -> str:
    """Return the whole address of a comment."""
    scheme, place, path, *_ = urlsplit(st.context.url or "")
    return urlunsplit((scheme, place, path, urlencode({"comment": comment_id}), ""))
