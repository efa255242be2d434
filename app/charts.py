"""Every chart of the dashboard: one function a kind.

A chart cannot be drawn without a headline that says what it shows, a subtitle (measure, place,
period), a text for people who do not see it, and the table of its data. Colour is never the only
sign; series are named at their line. Headlines may hold names out of the data, so they are shown
as plain text.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import altair as alt
import pandas as pd
import streamlit as st

from app import theme
from app.chart_files import MIME_CSV, MIME_PNG, csv_of, file_name, png_of
from app.evidence import heading
from app.live import load
from app.print_view import filters_told, is_printing, show_table
from app.queries_runs import newest_run
from app.week_lines import week_lines
from app.wording import LONDON, moment

__all__ = [
    "Telling",
    "about_file",
    "draw_bars",
    "draw_intervals",
    "draw_weeks",
    "show",
]

MAX_ALT_CHARACTERS = 250
BAR_PIXELS = 30
"""Height of one bar with its space."""

INTERVAL_PIXELS = 42
"""Height of one interval with the words above it."""

MAX_MARKS = 10
"""A longer scale is not marked at each of its values."""


CACHED_PICTURES = 32
"""Pictures kept; each is some tens of kilobytes."""


@dataclass(frozen=True)
class Telling:
    """What a chart says in words.

    Parameters
    ----------
    headline
        What the chart shows, as a sentence.
    subtitle
        Measure, place and period.
    alt
        Kind of chart, what it is of, and its range, in one short sentence: it is the name of the
        chart and of its buttons. Each mark is named by Vega, and the table holds all figures.
    """

    headline: str
    subtitle: str
    alt: str

    def __post_init__(self) -> None:
        missing = [name for name, text in vars(self).items() if not text.strip()]
        if missing:
            raise ValueError(f"A chart needs words: {', '.join(missing)} is empty.")
        if len(self.alt) > MAX_ALT_CHARACTERS:
            raise ValueError(f"A chart's name has at most {MAX_ALT_CHARACTERS} characters.")


def draw_weeks(frame: pd.DataFrame, telling: Telling, *, key: str, unit: str) -> None:
    """Draw counts a week as lines, each named at its end.

    Parameters
    ----------
    frame
        Columns series, week (datetime64) and n; four series at most.
    unit
        What is counted, for the axis and the table.

    Raises
    ------
    ValueError
        More than four series: nobody can tell them apart.
    """
    tooltip = [alt.Tooltip("n:Q", title=unit, format=",")]
    axis = alt.Axis(tickMinStep=1, tickCount=5)
    top = 1.1 * max(1, frame["n"].max())
    chart = week_lines(frame, "n", top, axis=axis, tooltip=tooltip)
    table = frame.assign(week=frame["week"].dt.strftime("%d/%m/%Y"))
    columns = {"series": "Series", "week": "Week beginning", "n": unit}
    show(chart, telling, table.rename(columns=columns), key=key)


def draw_bars(frame: pd.DataFrame, telling: Telling, *, key: str, label: str, unit: str) -> None:
    """Draw counts as bars, longest first, each with its count and share beside it.

    Parameters
    ----------
    frame
        Columns label, n and share (of what the subtitle names, 0-1).
    """
    rows = frame.assign(
        told=[f"{n:,} ({s:.0%})" for n, s in zip(frame["n"], frame["share"], strict=True)]
    )
    y = alt.Y("label:N", sort=list(rows["label"]), title=None, axis=alt.Axis(labelLimit=220))
    # Room for the words beside the longest bar.
    domain = [0, max(1.0, 1.35 * float(rows["n"].max()))]
    x = alt.X("n:Q", title=None, axis=None, scale=alt.Scale(domain=domain))
    bars = (
        alt.Chart(rows)
        .mark_bar(color=theme.SERIES[0])
        .encode(
            x=x,
            y=y,
            tooltip=[
                alt.Tooltip("label:N", title=label),
                alt.Tooltip("n:Q", title=unit, format=","),
                alt.Tooltip("share:Q", title="Share", format=".1%"),
            ],
        )
    )
    told = alt.Chart(rows).mark_text(aria=False, align="left", dx=6).encode(x=x, y=y, text="told:N")
    chart = (bars + told).properties(height=BAR_PIXELS * len(rows))
    table = pd.DataFrame(
        {label: rows["label"], unit: rows["n"], "Share": [f"{s:.1%}" for s in rows["share"]]}
    )
    show(chart, telling, table, key=key)


def draw_intervals(
    frame: pd.DataFrame,
    telling: Telling,
    *,
    key: str,
    label: str,
    unit: str,
    ends: tuple[int, int],
    digits: int = 1,
    base: str = "Answers",
) -> None:
    """Draw means or percentages as points with their 95% intervals as lines.

    Parameters
    ----------
    frame
        Columns label, mean, low, high and n.
    ends
        Ends of the scale.
    digits
        Digits told behind the point.
    base
        What ``n`` counts.
    """
    rows = frame.assign(
        told=[
            f"{m:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"
            for m, low, high in zip(frame["mean"], frame["low"], frame["high"], strict=True)
        ]
    )
    y = alt.Y("label:N", sort=list(rows["label"]), title=None, axis=alt.Axis(labelLimit=220))
    scale = alt.Scale(domain=list(ends), nice=False)
    marks = list(range(ends[0], ends[1] + 1)) if ends[1] - ends[0] < MAX_MARKS else alt.Undefined
    axis = alt.Axis(values=marks, grid=True, format="d", tickCount=5)
    x = alt.X("mean:Q", title=unit, scale=scale, axis=axis)
    tooltip = [
        alt.Tooltip("label:N", title=label),
        alt.Tooltip("told:N", title=f"{unit}, 95% interval"),
        alt.Tooltip("n:Q", title=base, format=","),
    ]
    lines = (
        alt.Chart(rows)
        .mark_rule(aria=False, strokeWidth=3, color=theme.SERIES[0])
        .encode(x=alt.X("low:Q", scale=scale, axis=axis, title=unit), x2="high:Q", y=y)
    )
    points = (
        alt.Chart(rows)
        .mark_point(filled=True, size=110, opacity=1, color=theme.SERIES[0])
        .encode(x=x, y=y, tooltip=tooltip)
    )
    told = (
        alt.Chart(rows)
        .mark_text(aria=False, dy=-14, align=alt.expr(_aligned(ends)))
        .encode(x=x, y=y, text="told:N")
    )
    chart = alt.layer(lines, points, told).properties(height=INTERVAL_PIXELS * len(rows))
    table = pd.DataFrame({label: rows["label"], f"{unit}, 95% interval": rows["told"]})
    show(chart, telling, table.assign(**{base: rows["n"]}), key=key)


def _aligned(ends: tuple[int, int]) -> str:
    """Return where words above a point lie: inside the chart, also on a narrow screen."""
    quarter = (ends[1] - ends[0]) / 4
    left, right = ends[0] + quarter, ends[1] - quarter
    return f"datum.mean < {left} ? 'left' : datum.mean > {right} ? 'right' : 'center'"


def show(
    chart: alt.TopLevelMixin,
    telling: Telling,
    table: pd.DataFrame,
    *,
    key: str,
    level: int = 3,
) -> None:
    """Draw a chart below its words, with the table of its data and both as files to take away.

    Parameters
    ----------
    table
        What the chart shows, with headings a person reads.
    key
        Name of the chart on its page; its files are called by it.
    level
        Of the headline among the page's headings.
    """
    heading(telling.headline, telling.subtitle, level=level)
    drawn = chart.configure(**theme.CHART_CONFIG)
    # Not `st.altair_chart`, which checks each against Vega-Lite's schema: half the time of a page.
    spec = drawn.to_dict(validate=False)
    st.vega_lite_chart(spec, theme=None, width="stretch", key=f"{key}_chart", alt=telling.alt)
    alt_of_table = f"Data of the chart: {telling.headline}"
    if is_printing():
        show_table(table, alt=alt_of_table)
        return
    with st.expander(
        "Table of this chart, and downloads", key=f"{key}_table", on_change="rerun", type="compact"
    ) as box:
        if box.open:
            show_table(table, alt=alt_of_table)
            _offer_files(drawn, telling, table, key=key)


def _offer_files(
    chart: alt.TopLevelMixin, telling: Telling, table: pd.DataFrame, *, key: str
) -> None:
    """Offer the chart's data and picture, made by now.

    Streamlit takes back what it makes at the press of the button as soon as any page has been drawn
    twice, which is before a slow browser has come for it.
    """
    about, today = about_file(telling), datetime.now(LONDON).date()
    with st.container(horizontal=True, key=f"{key}_files"):
        st.download_button(
            "Download data (CSV)",
            csv_of(table, about),
            file_name(key, today, "csv"),
            MIME_CSV,
            key=f"{key}_csv",
            on_click="ignore",
        )
        st.download_button(
            "Download picture (PNG)",
            _png(chart.to_json(), telling, about["Filters"], chart, about),
            file_name(key, today, "png"),
            MIME_PNG,
            key=f"{key}_png",
            on_click="ignore",
        )


@st.cache_data(show_spinner=False, max_entries=CACHED_PICTURES)
def _png(
    drawing: str,
    telling: Telling,
    filters: str,
    _chart: alt.TopLevelMixin,
    _about: dict[str, str],
) -> bytes:
    """Return the picture; the same drawing, words and filters make the same one."""
    return png_of(_chart, telling.headline, telling.subtitle, _about)


def about_file(telling: Telling) -> dict[str, str]:
    """Return what a file of a chart says of itself: chart, filters, date, run and codebook."""
    made_by = load(newest_run)
    return {
        "Chart": telling.headline,
        "Shown": telling.subtitle,
        "Filters": filters_told(st.query_params.to_dict()),
        "Made": moment(datetime.now(LONDON)),
        "Run": made_by.run_id,
        "Codebook": made_by.codebook,
    }
