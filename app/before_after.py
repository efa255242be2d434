"""Before and after on a page: two dates, and the themes on either side of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import streamlit as st

from app.evidence import heading, plain_text
from app.filters import bind_day
from app.live import load
from app.print_view import show_table
from app.queries_compare import compared
from app.wording import counted, day, percent, theme_label
from feedback.schema import ALL_REPORTS
from topics.compare import Period
from topics.compare_sentences import MIN_BASE, compared_verdict, ratio_told
from topics.sentences import signed

if TYPE_CHECKING:
    from app.filters import Filters

__all__ = ["compared_table", "periods_of", "show_before_and_after"]

LATER_DAYS = 14
"""Days of the later period where no dates are chosen."""
MAX_ROWS = 13
"""All comments, and the twelve themes that changed most clearly."""

WIDTHS = {
    "Theme": 200,
    "Before": 70,
    "After": 70,
    "Share before": 95,
    "Share after": 95,
    "Change in points": 150,
    "Rate after over before": 170,
    "What can be said": 260,
}
"""Columns of the table with their widths in pixels."""


def show_before_and_after(filters: Filters) -> None:
    """Show two dates and, for the filters' place, the themes before the first and from the second.

    The outer ends are those of the filters' dates; what lies between the two belongs to neither.
    """
    heading(
        "Before and after",
        "The themes up to one day, and from another on: either side of a release, for example. "
        "Without dates, the last two weeks against the time before.",
    )
    ends = {"earliest": filters.first_day, "latest": filters.last_day}
    with st.container(horizontal=True, vertical_alignment="bottom", key="before_after"):
        last_before = bind_day("Last day before", "before", **ends)
        first_after = bind_day("First day after", "after", **ends)
    periods = periods_of(filters, last_before, first_after)
    if periods is None:
        st.text("The last day before must come before the first day after, within From and To.")
        return
    themes = load(compared, *periods, filters.service, filters.page)
    plain_text(themes["sentence"].iloc[0])
    last = [period.end - timedelta(seconds=1) for period in periods]
    told = " against ".join(
        f"{day(period.start)} to {day(end)}" for period, end in zip(periods, last, strict=True)
    )
    heading(
        told,
        f"{counted(max(0, len(themes) - 1), 'theme')}, the clearest changes first, with 95% "
        "intervals. Clear: at most 1 in 20 of the changes called so is chance.",
        level=3,
    )
    show_table(
        compared_table(themes.head(MAX_ROWS)),
        alt="Themes before and after",
        column_config={
            name: st.column_config.Column(width=width) for name, width in WIDTHS.items()
        },
    )


def periods_of(
    filters: Filters, last_before: date | None, first_after: date | None
) -> tuple[Period, Period] | None:
    """Return the two periods, or None where there is no day on one side.

    A date that is not chosen follows from the other: its neighbour.
    """
    if first_after is None:
        first_after = (
            filters.last_day - timedelta(days=_later_days(filters) - 1)
            if last_before is None
            else last_before + timedelta(days=1)
        )
    if last_before is None:
        last_before = first_after - timedelta(days=1)
    if not filters.first_day <= last_before < first_after <= filters.last_day:
        return None
    before, after = replace(filters, last_day=last_before), replace(filters, first_day=first_after)
    return Period(before.start, before.end), Period(after.start, after.end)


def _later_days(filters: Filters) -> int:
    """Return two weeks, or half of a shorter time."""
    n_days = (filters.last_day - filters.first_day).days + 1
    return min(LATER_DAYS, max(1, n_days // 2))


def compared_table(themes: pd.DataFrame) -> pd.DataFrame:
    """Return the table of themes; shares and their change are missing for all comments together."""
    lines = [_line(row) for row in themes.itertuples()]
    return pd.DataFrame(lines, columns=list(WIDTHS))


def _line(row: Any) -> dict[str, Any]:
    is_all = row.theme == ALL_REPORTS
    few = f"Under {MIN_BASE} comments before: no percentage" if row.base_before < MIN_BASE else "–"
    return {
        "Theme": theme_label(row.theme),
        "Before": row.n_before,
        "After": row.n_after,
        "Share before": percent(row.share_before),
        "Share after": percent(row.share_after),
        "Change in points": _points(row.difference, row.difference_low, row.difference_high),
        "Rate after over before": ratio_told(row.rate_ratio, row.rate_low, row.rate_high) or "–",
        "What can be said": few if is_all else compared_verdict(row),
    }


def _points(difference: float, low: float, high: float) -> str:
    """Return a difference of shares with its interval; nothing known is a dash."""
    if np.isnan(difference):
        return "–"
    told = [signed(100 * one) for one in (difference, low, high)]
    return f"{told[0]} ({told[1]} to {told[2]})"
