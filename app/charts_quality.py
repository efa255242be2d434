"""Charts of the page Quality: whether probabilities came true, and shares week by week."""

from __future__ import annotations

import altair as alt
import pandas as pd

from app import theme
from app.charts import Telling, show
from app.week_lines import week_lines

__all__ = ["draw_calibration", "draw_share_weeks"]

SQUARE_PIXELS = 340
MIN_TOP = 0.05
"""Least height of the scale of shares, so that noise about nothing does not look like waves."""


def draw_calibration(frame: pd.DataFrame, telling: Telling, *, key: str) -> None:
    """Draw what the machine stated against the share people confirmed, each with its interval.

    Parameters
    ----------
    frame
        One row a bin: lowest, highest, stated, value, low, high (0-1) and n.
    """
    rows = frame.assign(
        told=[
            f"{value:.0%} ({low:.0%} to {high:.0%})"
            for value, low, high in zip(frame["value"], frame["low"], frame["high"], strict=True)
        ]
    )
    scale = alt.Scale(domain=[0, 1], nice=False)
    axis = alt.Axis(format="%", values=[0, 0.2, 0.4, 0.6, 0.8, 1], grid=True)
    x = alt.X("stated:Q", title="Probability the machine stated", scale=scale, axis=axis)
    y_title = "Share that people confirmed"
    perfect = pd.DataFrame({"stated": [0.0, 1.0], "value": [0.0, 1.0]})
    diagonal = (
        alt.Chart(perfect)
        .mark_line(aria=False, strokeDash=[5, 4], strokeWidth=2, color=theme.SECONDARY)
        .encode(x=x, y=alt.Y("value:Q", title=y_title, scale=scale, axis=axis))
    )
    named = (
        alt.Chart(pd.DataFrame({"stated": [0.98], "value": [0.06], "told": ["dashed: as stated"]}))
        .mark_text(aria=False, align="right", fontWeight="bold")
        .encode(x=x, y=alt.Y("value:Q", scale=scale), text="told:N")
    )
    tooltip = [
        alt.Tooltip("stated:Q", title="Stated, mean", format=".0%"),
        alt.Tooltip("told:N", title="Confirmed, 95% interval"),
        alt.Tooltip("n:Q", title="Codes given", format=","),
    ]
    intervals = (
        alt.Chart(rows)
        .mark_rule(aria=False, strokeWidth=3, color=theme.SERIES[0])
        .encode(x=x, y=alt.Y("low:Q", title=y_title, scale=scale, axis=axis), y2="high:Q")
    )
    points = (
        alt.Chart(rows)
        .mark_point(filled=True, size=90, opacity=1, color=theme.SERIES[0])
        .encode(x=x, y=alt.Y("value:Q", title=y_title, scale=scale, axis=axis), tooltip=tooltip)
    )
    chart = alt.layer(diagonal, named, intervals, points).properties(height=SQUARE_PIXELS)
    table = pd.DataFrame(
        {
            "Stated from": [f"{one:.0%}" for one in rows["lowest"]],
            "To": [f"{one:.0%}" for one in rows["highest"]],
            "Stated, mean": [f"{one:.0%}" for one in rows["stated"]],
            "Confirmed, 95% interval": rows["told"],
            "Codes given": rows["n"],
        }
    )
    show(chart, telling, table, key=key)


def draw_share_weeks(frame: pd.DataFrame, telling: Telling, *, key: str, unit: str) -> None:
    """Draw shares a week as lines, each named at its end.

    Parameters
    ----------
    frame
        Columns series, week (datetime64), n and n_of; four series at most. A week without a base
        has no point.
    unit
        What is counted, for the table.

    Raises
    ------
    ValueError
        More than four series: nobody can tell them apart.
    """
    rows = frame[frame["n_of"] > 0].assign(share=lambda one: one["n"] / one["n_of"])
    top = max(MIN_TOP, 1.15 * float(rows["share"].max()) if len(rows) else 0.0)
    tooltip = [
        alt.Tooltip("share:Q", title="Share", format=".1%"),
        alt.Tooltip("n:Q", title=unit, format=","),
        alt.Tooltip("n_of:Q", title="Of", format=","),
    ]
    axis = alt.Axis(format="%", tickCount=5)
    chart = week_lines(rows, "share", min(1.0, top), axis=axis, tooltip=tooltip)
    table = pd.DataFrame(
        {
            "Series": rows["series"],
            "Week beginning": rows["week"].dt.strftime("%d/%m/%Y"),
            unit: rows["n"],
            "Of": rows["n_of"],
            "Share": [f"{share:.1%}" for share in rows["share"]],
        }
    )
    show(chart, telling, table, key=key)
