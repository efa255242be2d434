"""The map of topics: circles by likeness, sized by comments, named where there is room."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from app import theme
from app.charts import Telling, show
from app.topic_layout import CHART_PIXELS, GAP_PIXELS, MARGIN_PIXELS, SIDES, name_room

__all__ = ["MAX_LETTERS", "draw_topic_map"]

MAX_LETTERS = 32
"""Of a name on the map; the table has it whole."""

SMALLEST, LARGEST = 80.0, 1_300.0
"""Areas of circles, in square pixels: the smallest can be pointed at."""

FILL = "#d0d7e2"
"""A light tint of the first colour of series: words on it are read as on white."""

CHOSEN_WIDTH, USUAL_WIDTH = 4, 1.5


def draw_topic_map(
    rows: pd.DataFrame, table: pd.DataFrame, chosen: int, telling: Telling, *, key: str
) -> None:
    """Draw topics as circles; the chosen one has a thick edge and always its name.

    Parameters
    ----------
    rows
        Columns topic_id, name, n, x and y (0-1), largest first.
    table
        The same in words.
    """
    areas = SMALLEST + (LARGEST - SMALLEST) * rows["n"] / rows["n"].max()
    radii = np.sqrt(areas / np.pi)
    places = rows[["x", "y"]].to_numpy()
    names = [
        name if len(name) <= MAX_LETTERS else f"{name[:MAX_LETTERS]}…" for name in rows["name"]
    ]
    is_chosen = rows["topic_id"] == chosen
    order = np.argsort(~is_chosen.to_numpy(), kind="stable")  # the chosen one's name comes first
    told = name_room(places[order], radii.to_numpy()[order], [names[i] for i in order])
    room = dict(zip(order.tolist(), told, strict=True))
    frame = rows[["name", "n", "x", "y"]].assign(
        area=areas,
        radius=radii,
        shown=names,
        room=[0 if chosen_one else room[at][0] for at, chosen_one in enumerate(is_chosen)],
        side=[room[at][1] for at in range(len(rows))],
        edge=np.where(is_chosen, CHOSEN_WIDTH, USUAL_WIDTH),
        weight=np.where(is_chosen, "bold", "normal"),
    )
    x = alt.X("x:Q", axis=None, scale=_scale("width"))
    y = alt.Y("y:Q", axis=None, scale=_scale("height"))
    circles = (
        alt.Chart(frame)
        .mark_circle(fill=FILL, stroke=theme.SERIES[0], opacity=1)
        .encode(
            x=x,
            y=y,
            size=alt.Size("area:Q", scale=None, legend=None),
            strokeWidth=alt.StrokeWidth("edge:Q", scale=None, legend=None),
            order=alt.Order("n:Q", sort="descending"),
            tooltip=[
                alt.Tooltip("name:N", title="Topic"),
                alt.Tooltip("n:Q", title="Comments", format=","),
            ],
        )
    )
    layers = [circles, *(_named(frame, x, y, side) for side in SIDES)]
    show(alt.layer(*layers).properties(height=CHART_PIXELS), telling, table, key=key)


_ALIGN = {"above": "center", "below": "center", "right": "left", "left": "right"}
_BASELINE = {"above": "bottom", "below": "top", "right": "middle", "left": "middle"}
_TOWARDS = {"above": (0, -1), "below": (0, 1), "right": (1, 0), "left": (-1, 0)}


def _named(frame: pd.DataFrame, x: alt.X, y: alt.Y, side: str) -> alt.Chart:
    """Return the names on one side of their circles, those that have room at the present width."""
    right, down = _TOWARDS[side]
    mark = alt.Chart(frame).mark_text(
        aria=False,
        align=_ALIGN[side],
        baseline=_BASELINE[side],
        dx=alt.expr(f"{right} * (datum.radius + {GAP_PIXELS})"),
        dy=alt.expr(f"{down} * (datum.radius + 2)"),
        fontWeight=alt.expr("datum.weight"),
    )
    has_room = f"datum.side == '{side}' && datum.room <= width"
    return mark.encode(x=x, y=y, text="shown:N").transform_filter(has_room)


def _scale(extent: str) -> alt.Scale:
    """Return a scale from 0 to 1 with a margin in pixels at both ends."""
    ends = [alt.expr(f"{MARGIN_PIXELS}"), alt.expr(f"{extent} - {MARGIN_PIXELS}")]
    return alt.Scale(domain=[0, 1], range=ends if extent == "width" else ends[::-1], nice=False)
