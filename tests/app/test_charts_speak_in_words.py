"""No chart without words; colours and sizes of text pass WCAG AA."""

from __future__ import annotations

from itertools import pairwise

import pandas as pd
import pytest

from app import theme
from app.charts import MAX_ALT_CHARACTERS, Telling, draw_weeks
from app.dashboard import streamlit_command

WORDS = {"headline": "Up by ten", "subtitle": "Comments a week", "alt": "Line chart of comments."}


def _luminance(colour: str) -> float:
    """Relative luminance, https://www.w3.org/TR/WCAG22/#dfn-relative-luminance."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_computed_as_wcag_does() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("missing", WORDS)
def test_chart_without_words_is_refused(missing: str) -> None:
    with pytest.raises(ValueError, match=missing):
        Telling(**{**WORDS, missing: " "})


def test_name_of_a_chart_stays_short() -> None:
    with pytest.raises(ValueError, match="at most"):
        Telling(**{**WORDS, "alt": "x" * (MAX_ALT_CHARACTERS + 1)})


def test_more_series_than_a_reader_can_tell_apart_are_refused() -> None:
    frame = pd.DataFrame({"series": list("abcde"), "week": pd.Timestamp("2026-04-01"), "n": 1})
    with pytest.raises(ValueError, match="5 series are too many"):
        draw_weeks(frame, Telling(**WORDS), key="k", unit="Comments")


@pytest.mark.parametrize(
    "colour",
    [
        theme.CHART_CONFIG["axis"]["labelColor"],
        theme.CHART_CONFIG["axis"]["titleColor"],
        theme.CHART_CONFIG["text"]["color"],
        theme.SECONDARY,
    ],
)
def test_text_passes_aa_on_white(colour: str) -> None:
    assert contrast(colour, theme.CHART_CONFIG["background"]) >= 4.5


def test_neighbouring_series_differ_in_lightness_too() -> None:
    for one, other in pairwise(theme.SERIES[:5]):
        assert contrast(one, other) >= 1.4, (one, other)


def test_server_starts_with_the_theme_and_without_exports_of_its_own() -> None:
    command = streamlit_command(port=8501)
    assert f"--theme.base={theme.THEME_FILE}" in command
    assert theme.THEME_FILE.is_file()
    assert "--client.disableDataExport=true" in command
    assert "--server.address=127.0.0.1" in command
