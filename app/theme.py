"""How the dashboard looks: the values of ``theme.toml`` for charts, and the one rule for focus."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

__all__ = [
    "BORDER",
    "CHART_CONFIG",
    "CONTROLS",
    "FOCUS_RULE",
    "PRINT_RULE",
    "SECONDARY",
    "SERIES",
    "TEXT",
    "THEME_FILE",
    "WORDMARK",
    "streamlit_options",
]

THEME_FILE = Path(__file__).with_name("theme.toml")
_THEME: dict[str, Any] = tomllib.loads(THEME_FILE.read_text(encoding="utf-8"))["theme"]

TEXT: str = _THEME["textColor"]
SECONDARY: str = _THEME["grayTextColor"]
BORDER: str = _THEME["dataframeBorderColor"]
SERIES: tuple[str, ...] = tuple(_THEME["chartCategoricalColors"])
"""Colours of series, in the order in which they are given out."""

CHART_FONT = "Arial, Helvetica, sans-serif"
CHART_TEXT_PIXELS = 14
"""Streamlit's own axis text is 12 pixels at 3.72:1 on white, which fails WCAG AA."""

CHART_CONFIG: dict[str, Any] = {
    "background": "#ffffff",
    "font": CHART_FONT,
    "view": {"stroke": None},
    "padding": 4,
    "axis": {
        "labelColor": TEXT,
        "titleColor": TEXT,
        "labelFontSize": CHART_TEXT_PIXELS,
        "titleFontSize": CHART_TEXT_PIXELS,
        "titleFontWeight": "normal",
        "gridColor": BORDER,
        "domainColor": SECONDARY,
        "tickColor": SECONDARY,
        "labelPadding": 6,
    },
    "axisX": {"grid": False},
    "axisY": {"domain": False, "ticks": False},
    "text": {"font": CHART_FONT, "fontSize": CHART_TEXT_PIXELS, "color": TEXT},
    "range": {"category": list(SERIES)},
}
"""Configuration of every chart, for ``Chart.configure``."""

CONTROLS = ", ".join(
    (
        ".stAppHeader",
        ".stButton",
        ".stButtonGroup",
        ".stCheckbox",
        ".stDateInput",
        ".stDownloadButton",
        ".stElementToolbar",
        ".stFileUploader",
        ".stForm",
        ".stMultiSelect",
        ".stNumberInput",
        ".stPopover",
        ".stRadio",
        ".stSelectbox",
        ".stSlider",
        ".stTextArea",
        ".stTextInput",
        ".st-key-live_status",
    )
)
"""What a person works a page with, and cannot on paper."""

PRINT_RULE = f"<style>{CONTROLS} {{ display: none !important; }}</style>"
"""Takes the controls off a page that is drawn for paper, on the screen too."""

FOCUS_RULE = """<style>
:focus-visible:not([role="combobox"], [data-testid="stTextInputField"]),
label:has(input:focus-visible),
[role="group"]:has(> [role="combobox"]:focus-visible),
[data-testid="stTextInputRootElement"]:has(> input:focus-visible) {
  outline: 3px solid #ffdd00 !important;
  outline-offset: 0 !important;
  box-shadow: inset 0 0 0 2px #0b0c0c !important;
}
.stHtml { overflow-wrap: anywhere; }
.stHtml table { overflow-wrap: break-word; }
@media (prefers-reduced-motion: reduce) {
  *, *::before, *::after {
    animation-duration: 1ms !important;
    animation-iteration-count: 1 !important;
    transition-duration: 1ms !important;
    scroll-behavior: auto !important;
  }
}
@media print {
  CONTROLS, .stPageLink, .st-key-print_help { display: none !important; }
  tr, li, .stVegaLiteChart { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
}
</style>""".replace("CONTROLS", CONTROLS)
"""The only CSS of ours: what has the focus is yellow with a black inner edge, as on GOV.UK; who
asked for less motion gets none of Streamlit's; a word without an end does not widen a narrow page;
paper gets no controls.

A choice and a search box lie in a frame that would cut the outline off, and a switch is drawn by
its label, so the frame or label has it.
"""

WORDMARK = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="196" height="28" viewBox="0 0 196 28">'
    "<title>Feedback Toolkit</title>"
    f'<text x="0" y="21" font-family="{CHART_FONT}" font-size="22" font-weight="700" '
    f'fill="{TEXT}">Feedback Toolkit</text></svg>'
)
"""The product's name for the header."""


def streamlit_options() -> dict[str, str]:
    """Return the options with which Streamlit must be started to look right.

    The built-in download and copy of tables are off: an export of ours says which run, filters
    and codebook it has, and neutralises spreadsheet formulas (``feedback export``).
    """
    return {"theme.base": str(THEME_FILE), "client.disableDataExport": "true"}
