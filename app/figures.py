"""A row of figures to be read in a glance: value, change, interval and base."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app.evidence import facts_list, secondary
from app.print_view import is_printing
from app.tell_overview import Figure

__all__ = ["show_figures"]

ARROWS = {1: "up", 0: "off", -1: "down"}


def show_figures(figures: Sequence[Figure]) -> None:
    """Show figures side by side, on a phone one below the other."""
    if is_printing():  # a box of a fifth of a sheet's width would cut its words
        facts_list([(figure.name, _in_a_line(figure)) for figure in figures], alt="Figures")
        return
    for column, figure in zip(st.columns(len(figures)), figures, strict=True):
        with column, st.container(border=True, height="stretch"):
            st.metric(figure.name, figure.value, **_delta(figure))
            secondary(_below(figure))


def _in_a_line(figure: Figure) -> str:
    verdict = "" if figure.change is None else f" ({figure.change.verdict})"
    return f"{figure.value}{verdict}; {_below(figure)}"


def _below(figure: Figure) -> str:
    """Return what stands below a figure: interval and base, and the interval of its change."""
    interval = figure.change.interval if figure.change is not None else ""
    return f"{figure.base}; change {interval}" if interval else figure.base


def _delta(figure: Figure) -> dict[str, str]:
    """Return the change as the figure's second line; an arrow, and words, where it is clear."""
    change = figure.change
    if change is None:
        return {}
    is_judged = figure.is_better_high and bool(change.direction)
    return {
        "delta": change.verdict if change.is_known else f"change: {change.verdict}",
        "delta_arrow": ARROWS[change.direction],
        "delta_color": ("normal" if change.direction > 0 else "inverse") if is_judged else "off",
    }
