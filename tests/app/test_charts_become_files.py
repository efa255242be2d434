"""A chart's data and picture are files that say what they are; paper gets tables of text."""

from __future__ import annotations

import csv
import html
import io
import struct
from datetime import date

import altair as alt
import pandas as pd
import pytest
import vl_convert

from app import theme
from app.chart_files import VEGA_LITE, csv_of, file_name, picture_of, png_of
from app.print_view import filters_told, table_html
from app.queries_runs import newest_run
from feedback.settings import Settings
from feedback.store import Store

ABOUT = {
    "Chart": "Fault: upload is the most frequent theme",
    "Shown": "Comments by theme, Apply for probate, 01/03/2026 to 28/03/2026",
    "Filters": "Service: Apply for probate",
    "Made": "01/04/2026 12:00",
    "Run": "a" * 32,
    "Codebook": "digital_service/1",
}
FORMULAS = ["=HYPERLINK(1)", "+1", "-1", "@x", "\t=1", "\r=1", " =1"]


def rows_of(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))


def chart() -> alt.Chart:
    frame = pd.DataFrame({"label": ["Praise", "Fault: upload"], "n": [3, 9]})
    drawn = alt.Chart(frame).mark_bar(color=theme.SERIES[0]).encode(x="n:Q", y="label:N")
    return drawn.properties(height=80).configure(**theme.CHART_CONFIG)


def size_of(picture: bytes) -> tuple[int, int]:
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    return struct.unpack(">II", picture[16:24])


def test_data_says_filters_period_date_run_and_codebook() -> None:
    rows = rows_of(csv_of(pd.DataFrame({"Theme": ["Praise"], "Comments": [3]}), ABOUT))
    assert dict(rows[: len(ABOUT)]) == ABOUT
    assert rows[len(ABOUT) :] == [[], ["Theme", "Comments"], ["Praise", "3"]]


@pytest.mark.parametrize("formula", FORMULAS)
def test_nothing_in_the_data_runs_as_a_formula(formula: str) -> None:
    table = pd.DataFrame({formula: [formula], "n": [-3]})
    rows = rows_of(csv_of(table, {"Chart": formula, "Filters": formula}))
    cells = [cell for row in rows for cell in row]
    assert sum(cell.startswith("'") for cell in cells) == 4
    assert not [cell for cell in cells if cell.lstrip(" \n") in FORMULAS]
    assert rows[-1][1] == "-3", "a number is a number"


def test_missing_figures_and_weeks_are_readable() -> None:
    table = pd.DataFrame({"Share": [None], "Rate": [float("nan")], "A week": [[3, 4]]})
    assert rows_of(csv_of(table, {}))[-1] == ["", "", "3; 4"]


def test_picture_holds_headline_subtitle_filters_and_date() -> None:
    spec = picture_of(chart(), ABOUT["Chart"], ABOUT["Shown"], ABOUT)
    drawn = html.unescape(vl_convert.vegalite_to_svg(spec, vl_version=VEGA_LITE))
    for words in (ABOUT["Chart"], ABOUT["Filters"], "Made: 01/04/2026 12:00", "Apply for probate"):
        assert words in drawn
    assert "Arial, Helvetica, sans-serif" in drawn, "the page's font"
    told = png_of(chart(), ABOUT["Chart"], ABOUT["Shown"], ABOUT)
    assert size_of(told)[0] >= 2 * 720, "sharp on paper"
    assert png_of(chart(), ABOUT["Chart"], ABOUT["Shown"], {**ABOUT, "Made": "02/04"}) != told


def test_long_headline_stays_in_the_picture() -> None:
    long = "Fault: upload is the most frequent theme of all pages of this service " * 4
    assert size_of(png_of(chart(), long, long, ABOUT))[0] < 2 * 1_100


def test_name_of_a_file_holds_no_text_of_the_data() -> None:
    assert file_name("weeks", date(2026, 4, 1), "png") == "feedback-weeks-2026-04-01.png"
    assert file_name("../../etc/passwd", date(2026, 4, 1), "csv").count("/") == 0
    assert len(file_name("x" * 500, date(2026, 4, 1), "csv")) < 90


def test_filters_are_told_as_words() -> None:
    address = {"service": "probate", "from": "2026-03-01", "search": "<b>", "print": "1"}
    assert filters_told(address) == "Service: Apply for probate; From: 01/03/2026; Search: <b>"
    assert filters_told({"print": "1"}) == "none"


def test_table_for_paper_shows_text_as_typed_under_headings() -> None:
    frame = pd.DataFrame(
        {
            "Theme": ["<script>x</script>", None],
            "Comments": [1200, 3],
            "A week": [[1, 2], []],
            "At": [pd.Timestamp("2026-06-30 23:30", tz="UTC"), pd.NaT],
        }
    )
    drawn = table_html(frame, "Themes & figures")
    assert "<caption>Themes &amp; figures</caption>" in drawn
    assert drawn.count('scope="col"') == 4
    assert "&lt;script&gt;x&lt;/script&gt;" in drawn
    assert "<script>" not in drawn
    for cell in ("1,200", "1, 2", "01/07/2026 00:30", "–"):
        assert f"<td><small>{cell}</small></td>" in drawn


def test_a_file_names_the_run_that_coded_last() -> None:
    with Store.open("sqlite://") as store:
        assert newest_run(store).run_id.startswith("none")
        store.start_run("ingest", Settings(), models={})
        run_id = store.start_run("enrich", Settings(), models={}, codebook="digital_service/1")
        told = newest_run(store)
    assert (told.run_id, told.codebook) == (run_id, "digital_service/1")
