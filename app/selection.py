"""A table whose chosen row stays chosen while rows come and go."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Literal, TypeVar

import pandas as pd
import streamlit as st

from app.print_view import is_printing, show_table

__all__ = ["choosing_table", "selectable_table"]

Id = TypeVar("Id", bound=Hashable)


def selectable_table(
    table: pd.DataFrame,
    *,
    ids: Sequence[Id],
    key: str,
    alt: str,
    column_config: Mapping[str, Any],
    is_required: bool = False,
    height: Literal["auto", "content"] = "auto",
) -> Id | None:
    """Show a table and return the id of its chosen row; None where none is.

    A table remembers row numbers. A new comment on top moves every row down by one, so the choice
    is kept by id and the row number set anew before the table is drawn.

    Parameters
    ----------
    ids
        What each row is about, aligned to the rows.
    is_required
        One row is always chosen: the first one at the start.
    height
        ``content`` shows every row; a long table scrolls without it.
    """
    held, shown = f"{key}_chosen", f"{key}_ids"

    def remember() -> None:
        rows = st.session_state[key]["selection"]["rows"]
        st.session_state[held] = st.session_state[shown][rows[0]] if rows else None

    chosen = st.session_state.get(held)
    if chosen not in ids:
        chosen = ids[0] if is_required and ids else None
    st.session_state[held] = chosen
    st.session_state[shown] = list(ids)
    rows = [] if chosen is None else [list(ids).index(chosen)]
    if is_printing():
        show_table(table, alt=alt)
        return chosen
    st.session_state[key] = {"selection": {"rows": rows, "columns": [], "cells": []}}
    st.dataframe(
        table,
        hide_index=True,
        key=key,
        on_select=remember,
        selection_mode="single-row-required" if is_required else "single-row",
        column_config=dict(column_config),
        alt=alt,
        height=height,
    )
    return chosen


def choosing_table(
    table: pd.DataFrame,
    *,
    ids: Sequence[str],
    name: str,
    key: str,
    alt: str,
    column_config: Mapping[str, Any] | None = None,
    **options: Any,
) -> None:
    """Show a table whose chosen row is the value of a filter: choosing a row sets the filter.

    On paper it is a table of text. The filter's own widget stands on the page as well, so nobody
    needs the table to choose.

    Parameters
    ----------
    ids
        The filter's value for each row.
    name
        The filter, as `app.filters.bind_choice` calls it.
    """
    if is_printing():
        show_table(table, alt=alt)
        return

    def choose() -> None:
        rows = st.session_state[key]["selection"]["rows"]
        st.session_state[name] = ids[rows[0]] if rows else ""

    held = st.session_state.get(name)
    rows = [list(ids).index(held)] if held in ids else []
    st.session_state[key] = {"selection": {"rows": rows, "columns": [], "cells": []}}
    st.dataframe(
        table,
        hide_index=True,
        key=key,
        on_select=choose,
        selection_mode="single-row",
        column_config=dict(column_config or {}),
        alt=alt,
        **options,
    )
