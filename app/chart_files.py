"""A chart's data and picture as files: CSV that says what it is, and PNG with its own words.

Both are made when somebody asks for them, and from what the page already holds.
"""

from __future__ import annotations

import csv
import io
import re
import textwrap
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from app import theme
from feedback.export import neutralise

if TYPE_CHECKING:
    import altair as alt

__all__ = ["MIME_CSV", "MIME_PNG", "csv_of", "file_name", "picture_of", "png_of"]

MIME_CSV = "text/csv; charset=utf-8"
MIME_PNG = "image/png"

PICTURE_PIXELS = 720
"""Width of a picture's drawing; at twice the density it is sharp on a page of A4."""
PICTURE_SCALE = 2.0
TITLE_CHARACTERS = 64
SUBTITLE_CHARACTERS = 92
"""Where the lines of a picture's words end."""
SUBTITLE_PIXELS = 15
MARGIN_PIXELS = 16

VEGA_LITE = "6.4"
"""Version of the charts' language that Altair writes and the renderer holds."""

_NOT_PLAIN = re.compile(r"[^a-z0-9]+")
MAX_NAME_CHARACTERS = 60


def file_name(key: str, on: date, ending: str) -> str:
    """Return a file's name from a chart's key, a name of ours or an id; never a text of the data.

    Examples
    --------
    >>> file_name("page weeks", date(2026, 4, 1), "csv")
    'feedback-page-weeks-2026-04-01.csv'
    """
    plain = _NOT_PLAIN.sub("-", key.lower()).strip("-")[:MAX_NAME_CHARACTERS]
    return f"feedback-{plain or 'chart'}-{on.isoformat()}.{ending}"


def csv_of(table: pd.DataFrame, about: Mapping[str, str]) -> bytes:
    """Return a table as CSV below lines that say what it is; nothing in it runs as a formula.

    Parameters
    ----------
    about
        Names and texts: what is shown, filters, date, run, codebook.
    """
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerows([name, neutralise(text)] for name, text in about.items())
    writer.writerow([])
    writer.writerow([neutralise(str(name)) for name in table.columns])
    for row in table.itertuples(index=False):
        writer.writerow([_cell(value) for value in row])
    return stream.getvalue().encode("utf-8-sig")


def _cell(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return "; ".join(str(one) for one in value)
    if not isinstance(value, str) and pd.isna(value):
        return ""
    return neutralise(value)


def png_of(
    chart: alt.TopLevelMixin, headline: str, subtitle: str, about: Mapping[str, str]
) -> bytes:
    """Return a chart as a picture with its headline, subtitle, filters and date in it.

    Drawn on this machine, with the fonts of the page and without a network.
    """
    import vl_convert

    spec = picture_of(chart, headline, subtitle, about)
    picture: bytes = vl_convert.vegalite_to_png(spec, vl_version=VEGA_LITE, scale=PICTURE_SCALE)
    return picture


def picture_of(
    chart: alt.TopLevelMixin, headline: str, subtitle: str, about: Mapping[str, str]
) -> dict[str, Any]:
    """Return a chart in Vega-Lite with its words in it, for a renderer of pictures."""
    below = "; ".join(f"{name}: {about[name]}" for name in ("Filters", "Made") if name in about)
    lines = [*_lines(subtitle, SUBTITLE_CHARACTERS), *_lines(below, SUBTITLE_CHARACTERS)]
    spec: dict[str, Any] = chart.to_dict()
    spec["title"] = {
        "text": _lines(headline, TITLE_CHARACTERS),
        "subtitle": lines,
        "anchor": "start",
        "frame": "group",
        "fontSize": 20,
        "color": theme.TEXT,
        "subtitleFontSize": SUBTITLE_PIXELS,
        "subtitleColor": theme.SECONDARY,
        "subtitlePadding": 6,
        "offset": 16,
    }
    spec.setdefault("width", PICTURE_PIXELS)
    spec["padding"] = MARGIN_PIXELS
    return spec


def _lines(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width) or [""]
