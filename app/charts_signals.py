"""Charts of signals and of one issue: reports against what is usual, and what happened when."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from app import theme
from app.charts import Telling, show

__all__ = ["draw_report_days", "draw_timeline"]

DAYS_PIXELS = 150
TIMELINE_PIXELS = 200
BAND = "#cecece"
"""The border's grey: 1.6:1 on white, so the band has an edge, and words, beside its fill."""


def draw_report_days(
    frame: pd.DataFrame,
    telling: Telling,
    *,
    key: str,
    window: tuple[pd.Timestamp, pd.Timestamp],
    expected_per_day: float,
    usual: tuple[int, int] | None,
) -> None:
    """Draw reports a day as bars over what is usual, the signal's days in another colour.

    Parameters
    ----------
    frame
        Columns day (datetime64) and n.
    window
        First and last day of the signal, both included.
    expected_per_day
        What is usual, by the baseline of the signal: the dashed line.
    usual
        Between which 95 of 100 usual days lie: the band; None where the past is too short to say.
    """
    first, last = window
    rows = frame.assign(when=frame["day"].between(first, last).map({True: "now", False: "before"}))
    # Room above the bars for the name of the signal's days.
    top = 1.25 * max(1.0, float(rows["n"].max()), expected_per_day, usual[1] if usual else 0)
    x, y, scale = _axes(top)
    colour = alt.Color(
        "when:N",
        scale=alt.Scale(domain=["before", "now"], range=[theme.SERIES[0], theme.SERIES[3]]),
        legend=None,
    )
    layers: list[Any] = []
    if usual is not None:
        band = pd.DataFrame({"low": [usual[0]], "high": [usual[1]]})
        layers.append(
            alt.Chart(band)
            .mark_rect(aria=False, color=BAND, opacity=0.6, stroke=theme.SECONDARY)
            .encode(y=alt.Y("low:Q", title=None, scale=scale), y2="high:Q")
        )
    layers.append(_bars(rows, x, y).encode(color=colour))
    layers.append(
        alt.Chart(pd.DataFrame({"usual": [expected_per_day]}))
        .mark_rule(aria=False, strokeDash=[5, 4], strokeWidth=2, color=theme.TEXT)
        .encode(y=alt.Y("usual:Q", title=None, scale=scale))
    )
    layers.append(
        alt.Chart(pd.DataFrame({"day": [last], "n": [top], "told": ["this signal"]}))
        .mark_text(aria=False, align="right", baseline="top", dx=8, fontWeight="bold")
        .encode(x=x, y=y, text="told:N")
    )
    chart = alt.layer(*layers).properties(height=DAYS_PIXELS)
    table = pd.DataFrame({"Day": frame["day"].dt.strftime("%d/%m/%Y"), "Reports": frame["n"]})
    table = table.assign(Usual=round(expected_per_day, 2))
    if usual is not None:
        table = table.assign(**{"Usual, 95% of days": f"{usual[0]:,} to {usual[1]:,}"})
    show(chart, telling, table, key=key, level=4)


def draw_timeline(
    frame: pd.DataFrame, marks: pd.DataFrame, telling: Telling, *, key: str, unit: str
) -> None:
    """Draw comments a day (or week) as bars, with what happened as numbered lines.

    Parameters
    ----------
    frame
        Columns day (datetime64) and n.
    marks
        Columns day (datetime64), number (text) and told; none without a row.
    unit
        What a bar is: Day, or Week beginning.
    """
    top = 1.25 * max(1.0, float(frame["n"].max()))
    x, y, scale = _axes(top)
    layers: list[Any] = [_bars(frame, x, y, unit=unit).encode(color=alt.value(theme.SERIES[0]))]
    if len(marks):
        lines = alt.Chart(marks.assign(top=top))
        layers.append(
            lines.mark_rule(strokeWidth=2, strokeDash=[6, 3], color=theme.SERIES[2]).encode(
                x=x,
                tooltip=[
                    alt.Tooltip("day:T", title="Day", format="%d/%m/%Y"),
                    alt.Tooltip("told:N", title="What"),
                ],
            )
        )
        layers.append(
            lines.mark_text(
                aria=False, align="left", baseline="top", dx=4, fontWeight="bold"
            ).encode(x=x, y=alt.Y("top:Q", title=None, scale=scale), text="number:N")
        )
    chart = alt.layer(*layers).properties(height=TIMELINE_PIXELS)
    table = pd.DataFrame({unit: frame["day"].dt.strftime("%d/%m/%Y"), "Comments": frame["n"]})
    if len(marks):
        happened = marks.groupby("bar")["told"].agg("; ".join)
        table["What happened"] = frame["day"].map(happened).fillna("")
    show(chart, telling, table, key=key)


def _axes(top: float) -> tuple[alt.X, alt.Y, alt.Scale]:
    scale = alt.Scale(domain=[0, top], nice=False)
    x = alt.X("yearmonthdate(day):T", title=None, axis=alt.Axis(format="%d/%m", tickCount=4))
    y = alt.Y("n:Q", title=None, scale=scale, axis=alt.Axis(tickMinStep=1, tickCount=3))
    return x, y, scale


def _bars(rows: pd.DataFrame, x: alt.X, y: alt.Y, *, unit: str = "Day") -> alt.Chart:
    tooltip = [
        alt.Tooltip("day:T", title=unit, format="%d/%m/%Y"),
        alt.Tooltip("n:Q", title="Reports"),
    ]
    return alt.Chart(rows).mark_bar(width={"band": 0.8}).encode(x=x, y=y, tooltip=tooltip)
