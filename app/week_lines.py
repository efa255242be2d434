"""Lines week by week, each named to the right of its end, where no line runs.

Names are dark, for the colours of lines are too light for letters (WCAG 1.4.3); a stroke in the
line's colour leads from its end to its name.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from app import theme

__all__ = ["MAX_SERIES", "spread", "week_lines"]

MAX_SERIES = 4
LINE_PIXELS = 260
NAME_LETTERS = 14
"""Of a line of a name; longer ones are broken."""

NAME_PIXELS = 18
"""Height of a line of a name."""

ROOM = 0.5
"""Room for names, as a part of the period: a third of the chart."""

MAX_TICKS = 6


def week_lines(
    rows: pd.DataFrame, measure: str, top: float, *, axis: alt.Axis, tooltip: Sequence[alt.Tooltip]
) -> alt.LayerChart:
    """Return the lines.

    Parameters
    ----------
    rows
        Columns series, week (datetime64) and the measure; four series at most.
    top
        Where the scale of the measure ends; it begins at nothing.
    tooltip
        What is told of a point after its series and week.

    Raises
    ------
    ValueError
        More than four series: nobody can tell them apart.
    """
    names = list(dict.fromkeys(rows["series"]))
    if len(names) > MAX_SERIES:
        raise ValueError(f"{len(names)} series are too many to tell apart; draw {MAX_SERIES}.")
    weeks = sorted(rows["week"].unique())
    room = (weeks[-1] - weeks[0]) * ROOM if len(names) > 1 else 0
    ticks = weeks[:: -max(1, -(-len(weeks) // MAX_TICKS))]
    until = [_moment(weeks[0]), _moment(weeks[-1] + room)] if room else alt.Undefined
    x_scale = alt.Scale(padding=12, domain=until)
    x = alt.X(
        "week:T",
        title="Week beginning",
        axis=alt.Axis(format="%d/%m", values=[_moment(one) for one in ticks]),
        scale=x_scale,
    )
    scale = alt.Scale(domain=[0, top], nice=False)
    y = alt.Y(f"{measure}:Q", title=None, scale=scale, axis=axis)
    colour = alt.Color("series:N", legend=None, sort=names)
    lines = (
        alt.Chart(rows)
        .mark_line(strokeWidth=3, point=alt.OverlayMarkDef(size=50))
        .encode(
            x=x,
            y=y,
            color=colour,
            strokeDash=alt.StrokeDash("series:N", legend=None, sort=names),
            tooltip=[
                alt.Tooltip("series:N", title="Series"),
                alt.Tooltip("week:T", title="Week beginning", format="%d/%m/%Y"),
                *tooltip,
            ],
        )
    )
    layers: list[alt.Chart] = [lines]
    if room:
        at_names = alt.Y("at:Q", title=None, scale=scale, axis=axis)
        named = alt.Chart(_names(rows, measure, top, room * 0.1))
        layers.append(
            named.mark_rule(aria=False, strokeWidth=2).encode(
                x=x, x2="beside:T", y=y, y2="at:Q", color=colour
            )
        )
        layers.append(
            named.mark_text(
                aria=False, align="left", dx=5, fontWeight="bold", lineBreak="\n", color=theme.TEXT
            ).encode(x=alt.X("beside:T", scale=x_scale), y=at_names, text="name:N")
        )
    return alt.layer(*layers).properties(height=LINE_PIXELS)


def _names(rows: pd.DataFrame, measure: str, top: float, beside: Any) -> pd.DataFrame:
    """Return the last points of lines with where each name stands."""
    last = rows.sort_values("week").groupby("series", sort=False).tail(1)
    last = last.sort_values(measure, ignore_index=True)
    told = ["\n".join(textwrap.wrap(name, NAME_LETTERS, max_lines=2)) for name in last["series"]]
    n_lines = max(name.count("\n") + 1 for name in told)
    line = top * NAME_PIXELS / LINE_PIXELS
    gap = n_lines * line + 0.4 * line
    at = spread(last[measure].tolist(), gap, line / 2, top - (n_lines - 0.5) * line)
    return last.assign(name=told, at=at, beside=rows["week"].max() + beside)


def spread(values: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Return places in the order of the values, a gap apart at least, near to them.

    All are between the limits, where so many fit there.

    >>> spread([1, 1, 9], 2, 0, 10)
    [1, 3, 9]
    >>> spread([9, 9, 9], 2, 0, 10)
    [6, 8, 10]
    """
    places: list[float] = []
    for value in values:
        places.append(max(value, low, places[-1] + gap if places else low))
    limit = high
    for index in reversed(range(len(places))):
        places[index] = min(places[index], limit)
        limit = places[index] - gap
    return places


def _moment(week: Any) -> alt.DateTime:
    at = pd.Timestamp(week)
    return alt.DateTime(year=at.year, month=at.month, date=at.day)
