"""What a view is narrowed to. Each filter stands in the address, so that a link reproduces a view.

The address wins over the widget when it changed by a link; the widget wins when a person changed
it. Filters stay when a person goes to another page.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import streamlit as st

from app.wording import LONDON

__all__ = ["DEFAULT_DAYS", "Filters", "bind_choice", "bind_day", "bind_text"]

DEFAULT_DAYS = 84
"""Days shown when no dates are chosen: twelve weeks, a baseline and a season's start."""

MAX_SEARCH_CHARACTERS = 100


@dataclass(frozen=True)
class Filters:
    """What a view is narrowed to; None and the empty string let everything through.

    ``first_day`` and ``last_day`` are days in London, both included.
    """

    first_day: date
    last_day: date
    service: str | None = None
    page: str | None = None
    code: str | None = None
    language: str | None = None
    search: str = ""

    @property
    def start(self) -> datetime:
        """First moment included, UTC."""
        return _midnight(self.first_day)

    @property
    def end(self) -> datetime:
        """First moment after the last day, UTC."""
        return _midnight(self.last_day + timedelta(days=1))


def _midnight(value: date) -> datetime:
    return datetime(value.year, value.month, value.day, tzinfo=LONDON).astimezone(UTC)


def bind_choice(
    label: str,
    name: str,
    options: Sequence[str],
    *,
    label_of: Callable[[str], str],
    everything: str,
) -> str | None:
    """Show a choice bound to the address; None is ``everything``.

    A value in the address that is no option is dropped.
    """
    _take_from_address(name, lambda raw: raw if raw in options else None)
    if st.session_state.get(name) not in options:
        st.session_state[name] = None
    chosen: str | None = st.selectbox(
        label,
        [None, *options],
        format_func=lambda option: everything if option is None else label_of(option),
        key=name,
        filter_mode="contains",
        persist_state="session",
    )
    _put_in_address(name, chosen)
    return chosen


def bind_day(label: str, name: str, *, earliest: date, latest: date) -> date | None:
    """Show a day bound to the address, as DD/MM/YYYY on the page and ISO in the address."""

    def read(raw: str) -> date | None:
        try:
            value = date.fromisoformat(raw)
        except ValueError:
            return None
        return value if earliest <= value <= latest else None

    _take_from_address(name, read)
    held = st.session_state.setdefault(name, None)
    if held is not None and not earliest <= held <= latest:
        st.session_state[name] = None
    chosen: date | None = st.date_input(
        label,
        value=None,
        min_value=earliest,
        max_value=latest,
        format="DD/MM/YYYY",
        key=name,
        persist_state="session",
    )
    _put_in_address(name, chosen.isoformat() if chosen else None)
    return chosen


def bind_text(label: str, name: str, *, placeholder: str) -> str:
    """Show a search box bound to the address."""
    _take_from_address(name, lambda raw: raw[:MAX_SEARCH_CHARACTERS])
    st.session_state.setdefault(name, "")
    typed: str = st.text_input(
        label,
        key=name,
        max_chars=MAX_SEARCH_CHARACTERS,
        placeholder=placeholder,
        type="search",
        persist_state="session",
    )
    _put_in_address(name, typed.strip() or None)
    return typed.strip()


def _take_from_address(name: str, read: Callable[[str], Any]) -> None:
    """Set the widget from the address where the address is not what we wrote there ourselves."""
    raw = st.query_params.get(name)
    if raw is None or raw == st.session_state.get(_written(name)):
        return
    value = read(raw)
    if value is not None:
        st.session_state[name] = value


def _put_in_address(name: str, value: str | None) -> None:
    """Write the widget's value into the address, or take it out."""
    st.session_state[_written(name)] = value
    if value is None:
        st.query_params.pop(name, None)
    elif st.query_params.get(name) != value:
        st.query_params[name] = value


def _written(name: str) -> str:
    return f"_address_{name}"
