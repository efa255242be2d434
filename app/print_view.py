"""A page for paper: without navigation, filters and controls, tables as text, address and date.

``?print=1`` shows it. The tables of the pages are drawn on a canvas that holds the rows on screen
alone, so paper gets tables of text instead: `show_table` draws either.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import pandas as pd
import streamlit as st

from app import theme
from app.evidence import facts_list
from app.names import language_name, page_name, service_name
from app.wording import LONDON, code_label, day, moment

__all__ = [
    "filters_told",
    "is_printing",
    "page_layout",
    "run_page",
    "show_table",
    "table_html",
]

PRINT = "print"
NO_FILTERS = "none"
_WAS_PRINTING = "was_printing"
_ADDRESS_PARTS = 1_000
"""Longest address told on paper."""

_LABELS = {"service": service_name, "page": page_name, "code": code_label}


def is_printing() -> bool:
    """Say whether the page is drawn for paper."""
    return st.query_params.get(PRINT) == "1"


def page_layout() -> Any:
    """Return the layout of the page: paper is about as wide as Streamlit's narrow one."""
    return "centered" if is_printing() else "wide"


def run_page(page: Any) -> None:
    """Run a page; on screen with a link to its print view, for paper with what it was made of."""
    _write_address()
    if not is_printing():
        try:
            page.run()
        finally:
            _link(page, "Print view", ":material/print:", {PRINT: "1"})
        return
    st.html(theme.PRINT_RULE)
    head = st.container()
    try:
        page.run()
    finally:
        with head:
            facts_list(
                [
                    ("Made", moment(datetime.now(LONDON))),
                    ("Filters", filters_told(st.query_params.to_dict())),
                    ("Address", _address()),
                ],
                alt="About this page",
            )
            with st.container(key="print_help"):
                st.text("Print it, or save it as a PDF, with your browser: Ctrl+P or ⌘P.")
                _link(page, "Back to the page", ":material/arrow_back:", {})


def _write_address() -> None:
    """Put the view into the browser's address; a link to the page one is on does not do so."""
    was_printing = st.session_state.get(_WAS_PRINTING, False)
    st.session_state[_WAS_PRINTING] = is_printing()
    if was_printing != is_printing():
        st.query_params.from_dict(st.query_params.to_dict())


def _link(page: Any, label: str, icon: str, more: Mapping[str, str]) -> None:
    """Link to this very page and view."""
    st.page_link(page, label=label, icon=icon, query_params={**_view(), **more})


def _view() -> dict[str, str]:
    held = st.query_params.to_dict()
    return {name: value for name, value in held.items() if name != PRINT}


def _address() -> str:
    from urllib.parse import urlencode

    base = (st.context.url or "").partition("?")[0]
    view = urlencode(_view())
    return (f"{base}?{view}" if view else base)[:_ADDRESS_PARTS] or "not known"


def filters_told(address: Mapping[str, str]) -> str:
    """Return the filters of an address as words; the period of a chart stands in its subtitle.

    Examples
    --------
    >>> filters_told({"service": "probate", "from": "2026-03-01", "print": "1"})
    'Service: Apply for probate; From: 01/03/2026'
    >>> filters_told({})
    'none'
    """
    told = [
        f"{name.replace('_', ' ').capitalize()}: {_told(name, value)}"
        for name, value in address.items()
        if name != PRINT
    ]
    return "; ".join(told) or NO_FILTERS


def _told(name: str, value: str) -> str:
    if name == "language":
        return language_name(value)
    if name in _LABELS:
        return _LABELS[name](value)
    try:
        return day(date.fromisoformat(value))
    except ValueError:
        return value


def show_table(frame: pd.DataFrame, *, alt: str, **options: Any) -> None:
    """Show a table: on screen one that can be sorted, on paper one of text.

    Parameters
    ----------
    alt
        What the table is, for people who hear the page.
    options
        For ``st.dataframe``, such as ``column_config``.
    """
    if is_printing():
        st.html(table_html(frame, alt))
    else:
        st.dataframe(frame, hide_index=True, alt=alt, **options)


def table_html(frame: pd.DataFrame, caption: str) -> str:
    """Return a table of text with a heading for each column; all of it is shown as typed."""
    heads = "".join(
        f'<th scope="col" align="left"><small>{html.escape(str(name))}</small></th>'
        for name in frame
    )
    rows = "".join(
        f"<tr>{''.join(f'<td>{_small(value)}</td>' for value in row)}</tr>"
        for row in frame.itertuples(index=False)
    )
    name = html.escape(caption, quote=True)
    return (
        f'<div role="region" aria-label="{name}" tabindex="0" style="overflow-x: auto">'
        f'<table border="1" cellspacing="0" cellpadding="4" width="100%">'
        f"<caption>{html.escape(caption)}</caption>"
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _small(value: Any) -> str:
    """Return a cell in the size in which eight columns fit a sheet of A4."""
    return f"<small>{html.escape(_cell(value))}</small>"


def _cell(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(str(one) for one in value)
    if isinstance(value, str):
        return value
    if pd.isna(value):
        return "–"
    if isinstance(value, pd.Timestamp):
        return moment(value.to_pydatetime()) if value.tzinfo else day(value.to_pydatetime().date())
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else str(value)
