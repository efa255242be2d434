"""From results of queries to what a page says: sentences, tables and what charts need.

Pure functions, so that every figure on a page can be tested without a page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from app.charts import Telling
from app.names import place_name, service_name
from app.queries import per_week
from app.wording import (
    LONDON,
    code_label,
    counted,
    day,
    moment,
    number,
    share_range,
    theme_label,
    value_range,
)
from feedback.intervals import MIN_RESPONSES, mean_interval
from feedback.schema import SignalLevel

if TYPE_CHECKING:
    from app.filters import Filters
    from app.queries import Overview

__all__ = [
    "ANSWER_SCALE",
    "LEVELS",
    "SCALES",
    "SERVICE_COLUMNS",
    "SIGNALS_SHOWN",
    "TWO_LINES_PIXELS",
    "about_answers",
    "about_report_days",
    "about_themes",
    "about_topic_weeks",
    "about_weeks",
    "change_of_week",
    "overview_answer",
    "period",
    "place",
    "services_table",
    "signal_figures",
    "signal_points",
]

ANSWER_SCALE = (1, 5)
"""Ends of the scale of satisfaction and effort (ease)."""

THEMES_SHOWN = 8
HALF_DAY = pd.Timedelta(hours=12)

SERVICE_COLUMNS = {
    "Service": 150,
    "Signals": 76,
    "7 days": 66,
    "7 before": 78,
    "Most frequent themes": 212,
    "Satisfaction": 106,
    "Ease": 100,
    "Completed": 108,
    "Responses": 96,
    "Last comment": 108,
}
"""Columns of the table of services with their widths in pixels: all fit a laptop's screen."""

TWO_LINES_PIXELS = 70
"""Cells wrap their text from about this height on."""
SIGNALS_SHOWN = 3
LEVELS = {SignalLevel.ALERT.value: "Alert", SignalLevel.WATCH.value: "To watch"}
SCALES = {"satisfaction": "Satisfaction", "effort": "Ease of use"}


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


def overview_answer(found: Overview) -> str:
    """Return the answer of the overview in one or two sentences."""
    names = ("n_week", "n_week_before", "n_alerts", "n_watches")
    week, before, n_alerts, n_watches = (int(found.services[name].sum()) for name in names)
    said = f"{counted(week, 'comment')} in the last 7 days, {change_of_week(week, before)}."
    if n_alerts:
        return f"{counted(n_alerts, 'alert')} to look at. {said}"
    if n_watches:
        return f"No alert; {counted(n_watches, 'weaker signal')} to watch. {said}"
    return f"Nothing stands out. {said}"


def signal_points(signals: pd.DataFrame) -> list[tuple[str, str]]:
    """Return each signal's sentence with its level and place."""
    return [
        (row.sentence, f"{LEVELS.get(row.level, row.level)} · {place_name(row.service, row.page)}")
        for row in signals.itertuples()
    ]


def services_table(found: Overview) -> pd.DataFrame:
    """Return the figures of each service for a table, those with alerts first."""
    rows = [
        _service_row(row, _top_themes(found, row.service)) for row in found.services.itertuples()
    ]
    table = pd.DataFrame(rows, columns=list(SERVICE_COLUMNS))
    order = found.services.assign(name=found.services["service"].map(service_name))
    order = order.sort_values(["n_alerts", "n_watches", "name"], ascending=[False, False, True])
    return table.loc[order.index].reset_index(drop=True)


def _service_row(row: Any, top_themes: str) -> dict[str, Any]:
    signals = [counted(int(row.n_alerts), "alert")] if row.n_alerts else []
    if row.n_watches:
        signals.append(f"{int(row.n_watches)} to watch")
    return {
        "Service": service_name(row.service),
        "Signals": ", ".join(signals) or "none",
        "7 days": int(row.n_week),
        "7 before": int(row.n_week_before),
        "Responses": int(row.n_responses),
        "Satisfaction": value_range(*_mean_of(row, "satisfaction"), int(row.n_satisfaction)),
        "Ease": value_range(*_mean_of(row, "effort"), int(row.n_effort)),
        "Completed": share_range(int(row.n_completed), int(row.n_asked)),
        "Last comment": "–" if pd.isna(row.last_at) else moment(row.last_at),
        "Most frequent themes": top_themes,
    }


def _mean_of(row: Any, name: str) -> tuple[float, float, float]:
    n, total, squares = (getattr(row, f"{part}_{name}") for part in ("n", "sum", "squares"))
    low, high = ANSWER_SCALE
    return mean_interval(int(n), float(total), float(squares), low=low, high=high)


def _top_themes(found: Overview, service: str, n_themes: int = 3) -> str:
    top = found.themes[found.themes["service"] == service].head(n_themes)
    return "; ".join(f"{code_label(row.code)} {row.n:,}" for row in top.itertuples()) or "–"


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


def about_answers(
    found: Overview, filters: Filters, name: str
) -> tuple[pd.DataFrame, Telling] | None:
    """Return the mean answer by service, lowest first, and what to say; None for too few."""
    rows = [
        (service_name(row.service), *_mean_of(row, name), int(getattr(row, f"n_{name}")))
        for row in found.services.itertuples()
        if getattr(row, f"n_{name}") >= MIN_RESPONSES
    ]
    if not rows:
        return None
    frame = pd.DataFrame(rows, columns=["label", "mean", "low", "high", "n"])
    frame = frame.sort_values(["mean", "label"], ignore_index=True)
    first, unit = frame.iloc[0], SCALES[name]
    told = f"{first['mean']:.1f} of 5"
    headline = (
        f"{unit} is {told}" if len(frame) == 1 else f"{unit} is lowest for {first['label']}: {told}"
    )
    telling = Telling(
        headline=headline,
        subtitle=(
            f"Mean answer from 1 (low) to 5 (high) with 95% interval, "
            f"{counted(int(frame['n'].sum()), 'answer')}, {period(filters)}"
        ),
        alt=(
            f"Chart of mean {unit.lower()} with its interval for {counted(len(frame), 'service')}: "
            f"from {first['mean']:.1f} to {frame['mean'].iloc[-1]:.1f}."
        ),
    )
    return frame, telling


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


def about_report_days(signal: Any, days: pd.DataFrame) -> dict[str, Any]:
    """Return the arguments of `app.charts.draw_report_days` for a signal."""
    length = max((signal.window_end - signal.window_start).total_seconds() / 86_400, 1 / 24)
    usual = signal.expected / length
    # A day belongs to the signal if most of it lies in the window.
    first, last = (
        pd.Timestamp(at).tz_convert(LONDON).tz_localize(None).normalize()
        for at in (signal.window_start + HALF_DAY, signal.window_end - pd.Timedelta(seconds=1))
    )
    telling = Telling(
        headline=f"{counted(signal.n, 'report')}; {number(signal.expected)} expected",
        subtitle=(
            f"{theme_label(signal.theme)}: reports a day; dashed line: usual, {number(usual)} a day"
        ),
        alt=(
            f"Bar chart of reports a day: {signal.n:,} from {day(first.date())} to "
            f"{day(last.date())}, where {number(signal.expected)} are usual."
        ),
    )
    return {
        "frame": days,
        "telling": telling,
        "window": (first, last),
        "expected_per_day": usual,
    }


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
