"""The tree of a codebook on its page. Every word of it is shown as typed, never as markup."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from app.evidence import heading
from app.tell_codebook import code_note, group_note

if TYPE_CHECKING:
    from app.queries_codes import CodeCounts
    from classifiers.codebook import Code, Codebook

__all__ = ["code_in_full", "downloads", "show_guide", "show_tree"]


def show_tree(codebook: Codebook, counts: CodeCounts | None) -> None:
    """Show each group with its codes; a code opens to its definition, borders and examples.

    What opens holds no figure: a piece of a page is drawn anew when it changes, and would close.
    """
    tops = codebook.children_of("")
    groups = [code for code in tops if codebook.children_of(code.id)]
    for group in groups:
        heading(group.label, group_note(group, counts), level=3)
        below = codebook.children_of(group.id)
        st.html(_codes(codebook, [group, *below] if group.codable else below, top=group))
    single = [code for code in tops if code not in groups]
    if single:
        if groups:
            heading("Codes without a group", level=3)
        st.html(_codes(codebook, single))


def _codes(
    codebook: Codebook,
    codes: Sequence[Code],
    top: Code | None = None,
) -> str:
    """Return the codes with those below each; what is below ``top`` stands beside it."""
    parts = []
    for code in codes:
        parts.append(_code(code))
        children = () if code is top else codebook.children_of(code.id)
        if children:
            parts.append(f"<ul><li>{_codes(codebook, children)}</li></ul>")
    return "".join(parts)


def code_in_full(code: Code) -> str:
    """Return a code's definition, borders and examples as HTML, every word as typed."""
    parts = [_paragraph("", code.definition)]
    parts += [_paragraph("Include: ", code.include)] if code.include.strip() else []
    parts += [_paragraph("Not: ", code.exclude)] if code.exclude.strip() else []
    if code.examples:
        quoted = "".join(f"<li><q>{_lines(text)}</q></li>" for text in code.examples)
        parts.append(f"<p><strong>Examples</strong></p><ul>{quoted}</ul>")
    return "".join(parts)


def _code(code: Code) -> str:
    note = html.escape(code_note(code))
    summary = f"<strong>{html.escape(code.label)}</strong> <small>{note}</small>"
    return f"<details><summary>{summary}</summary>{code_in_full(code)}</details>"


def _paragraph(lead: str, text: str) -> str:
    return f"<p>{f'<strong>{lead}</strong>' if lead else ''}{_lines(text)}</p>"


def _lines(text: str) -> str:
    return html.escape(text).replace("\n", "<br>")


def show_guide(guide: str) -> None:
    """Show the coding guide, which ships with its codebook; drawn only when it is opened."""
    with st.expander(
        "How the borders between codes are drawn", key="coding_guide", on_change="rerun"
    ) as box:
        if box.open:
            _, _, body = guide.partition("\n")  # the page has a title of its own
            st.markdown(body)


def downloads(codebook: Codebook) -> None:
    """Offer the codebook as files."""
    from classifiers.codebook_exchange import to_qda
    from classifiers.codebook_toml import to_toml
    from feedback.export.qda import write_qdc

    name = f"{codebook.id}-{codebook.version}"
    with st.container(horizontal=True, key="codebook_downloads"):
        st.download_button(
            "Download as REFI-QDA (.qdc)",
            write_qdc(to_qda(codebook)),
            file_name=f"{name}.qdc",
            mime="application/xml",
            key="download_qdc",
            on_click="ignore",
        )
        st.download_button(
            "Download as TOML",
            to_toml(codebook).encode(),
            file_name=f"{name}.toml",
            mime="application/toml",
            key="download_toml",
            on_click="ignore",
        )
