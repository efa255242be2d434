"""From results of queries to what a page says: sentences, tables and what charts need.

Pure functions, so that every figure on a page can be tested without a page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from app.charts import Telling
from app.names import place_name
from app.queries import per_week
from app.wording import (
    code_label,
    counted,
    day,
    moment,
    number,
    theme_label,
)
from feedback.schema import SignalLevel

if TYPE_CHECKING:
    from app.filters import Filters

__all__ = [
    "LEVELS",
    "SIGNALS_SHOWN",
    "TWO_LINES_PIXELS",
    "about_themes",
    "about_topic_weeks",
    "about_weeks",
    "change_of_week",
    "period",
    "place",
    "signal_figures",
    "signal_points",
]

THEMES_SHOWN = 8

TWO_LINES_PIXELS = 70
"""Cells wrap their text from about this height on."""
SIGNALS_SHOWN = 3
LEVELS = {SignalLevel.ALERT.value: "Alert", SignalLevel.WATCH.value: "To watch"}


def period(filters: Filters) -> str:
    """Return the period as words."""
    return f"{day(filters.first_day)} to {day(filters.last_day)}"


def place(filters: Filters) -> str:
    """Return the place as words."""
    if filters.service is None:
        return "all services"
    return place_name(filters.service, filters.page)


def change_of_week(n_week: int, n_before: int) -> str:
    """Return how a week compares with the one before.

    Examples
    --------
    >>> change_of_week(30, 20)
    '10 more than the 7 days before'
    >>> change_of_week(5, 5)
    'as many as the 7 days before'
    """
    if n_week == n_before:
        return "as many as the 7 days before"
    word = "more" if n_week > n_before else "fewer"
    return f"{abs(n_week - n_before):,} {word} than the 7 days before"


def signal_points(signals: pd.DataFrame) -> list[tuple[str, str]]:
    """Return each signal's sentence with its level and place."""
    return [
        (row.sentence, f"{LEVELS.get(row.level, row.level)} · {place_name(row.service, row.page)}")
        for row in signals.itertuples()
    ]


def about_weeks(days: pd.DataFrame, filters: Filters) -> tuple[pd.DataFrame, Telling] | None:
    """Return comments a week and what to say of them; None for less than two whole weeks."""
    weeks = per_week(days.groupby("day", as_index=False)["n"].sum(), [])
    if len(weeks) < 2:
        return None
    last, before = int(weeks["n"].iloc[-1]), int(weeks["n"].iloc[-2])
    telling = Telling(
        headline=f"{counted(last, 'comment')} in the last 7 days, {change_of_week(last, before)}",
        subtitle=f"Comments a week, {place(filters)}, {period(filters)}",
        alt=(
            f"Line chart of comments a week over {len(weeks)} weeks: from {weeks['n'].min():,} to "
            f"{weeks['n'].max():,} a week, last {last:,}."
        ),
    )
    return weeks.assign(series="Comments"), telling


def about_themes(
    themes: pd.DataFrame, n_comments: int, filters: Filters
) -> tuple[pd.DataFrame, Telling] | None:
    """Return the most frequent themes and what to say of them; None where none is coded."""
    if themes.empty or not n_comments:
        return None
    total = themes.groupby("code", as_index=False)["n"].sum()
    top = total.sort_values(["n", "code"], ascending=[False, True]).head(THEMES_SHOWN)
    top = top.assign(label=top["code"].map(code_label), share=top["n"] / n_comments)
    first = top.iloc[0]
    telling = Telling(
        headline=f"{first['label']} is the most frequent theme",
        subtitle=(
            f"Comments by theme and share of {counted(n_comments, 'comment')}, {place(filters)}, "
            f"{period(filters)}; a comment can have several"
        ),
        alt=(
            f"Bar chart of the {len(top)} most frequent themes: {first['label']} first, in "
            f"{counted(int(first['n']), 'comment')}."
        ),
    )
    return top.reset_index(drop=True), telling


MAX_TOLD_RATIO = 100.0
"""Above this a ratio to next to nothing says no more than that it is large."""


def times_the_usual(ratio: float, low: float, high: float) -> str:
    """Return a rate ratio with its interval, as far as its figures mean anything.

    >>> times_the_usual(18.6, 9.1, 41.0), times_the_usual(5648.0, 600.4, 1e6)
    ('18.6 (9.1 to 41.0)', 'over 100 (at least 100)')
    """
    if ratio <= MAX_TOLD_RATIO:
        upper = number(high) if high <= MAX_TOLD_RATIO else "over 100"
        return f"{number(ratio)} ({number(low)} to {upper})"
    return f"over 100 (at least {number(min(low, MAX_TOLD_RATIO))})"


def signal_figures(signal: Any) -> list[tuple[str, str]]:
    """Return the figures of a signal with their names."""
    q = "less than 0.001" if signal.q_value < 0.001 else f"{signal.q_value:.3f}"
    return [
        ("Theme", theme_label(signal.theme)),
        ("Reports", f"{signal.n:,}"),
        ("Expected", number(signal.expected)),
        ("Times the usual", times_the_usual(signal.rate_ratio, signal.low, signal.high)),
        ("q value", q),
        ("Window", f"{moment(signal.window_start)} to {moment(signal.window_end)}"),
    ]


def about_topic_weeks(
    weeks: pd.DataFrame, name: str, filters: Filters
) -> tuple[pd.DataFrame, Telling] | None:
    """Return a topic's comments a week and what to say; None for less than two whole weeks."""
    if len(weeks) < 2:
        return None
    last, before = int(weeks["n"].iloc[-1]), int(weeks["n"].iloc[-2])
    telling = Telling(
        headline=f"{counted(last, 'comment')} in the last 7 days, {change_of_week(last, before)}",
        subtitle=f"Comments a week on this topic, {place(filters)}, {period(filters)}",
        alt=(
            f"Line chart of comments a week on the topic {name[:80]} over {len(weeks)} weeks: from "
            f"{weeks['n'].min():,} to {weeks['n'].max():,} a week, last {last:,}."
        ),
    )
    return weeks[["week", "n"]].assign(series="Comments"), telling
