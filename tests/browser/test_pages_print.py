"""The print view: tables as text, no controls, one width of A4; and less motion where asked for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Dashboard, open_page, settle
from tests.browser.pdf_text import n_sheets, sheet_sizes, text_of

A4_POINTS = (596, 843)
CONTROLS = (
    "header button",
    "[data-testid=stSelectbox]",
    "[data-testid=stDateInput]",
    "[data-testid=stToggle], [data-testid=stCheckbox]",
    "[data-testid=stDownloadButton]",
    "[data-testid=stExpander]",
    "[data-testid=stDataFrame]",
)
PRINTED = {
    "overview": ("/?print=1", "What people answered", "Appeal a benefit decision"),
    "one service": ("/?service=probate&print=1", "Service: Apply for probate", "Completed"),
    "excellence": ("/service_excellence?kind=faults&print=1", "By region", "Kind: faults"),
    "pages": (
        "/page_detail?service=benefit-appeals&page=/benefit-appeals/evidence&print=1",
        "Before and after",
        "Share of faults",
    ),
}


def printed(page: Page) -> bytes:
    return page.pdf(format="A4", print_background=True)


def packed(text: str) -> str:
    """Return a text without blanks, as `text_of` gives it."""
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize("name", PRINTED)
def test_paper_has_the_tables_as_text_and_no_controls(
    dashboard: Dashboard, wide: Page, name: str
) -> None:
    address, *words = PRINTED[name]
    open_page(wide, dashboard.url + address)
    for selector in CONTROLS:
        expect(wide.locator(selector).filter(visible=True)).to_have_count(0)
    n_rows = wide.locator("table tbody tr").count()
    assert n_rows > 3
    cells = wide.locator("table td").all_inner_texts()
    paper = printed(wide)
    text = text_of(paper)
    for word in (*words, "Made: ", "Address: http://127.0.0.1"):
        assert packed(word) in text, word
    for cell in cells:
        assert packed(cell) in text, cell
    assert packed("Back to the page") not in text
    assert sheet_sizes(paper) == {A4_POINTS}
    assert 1 < n_sheets(paper) < 20


def test_nothing_on_paper_is_cut_off_at_the_side(dashboard: Dashboard, wide: Page) -> None:
    open_page(wide, f"{dashboard.url}/?print=1")
    wide.set_viewport_size({"width": 794, "height": 1123})  # A4 at 96 pixels an inch
    wide.emulate_media(media="print")
    settle(wide)
    overflowing = wide.evaluate(
        """() => [...document.querySelectorAll('table, svg, canvas, h2, li')]
            .filter(box => box.getBoundingClientRect().right > 794)
            .map(box => box.tagName + ' ' + box.textContent.slice(0, 40))"""
    )
    assert overflowing == []


def test_any_page_prints_without_its_controls(dashboard: Dashboard, wide: Page) -> None:
    """Without the print view, too: Ctrl+P on what is open."""
    open_page(wide, dashboard.url)
    text = text_of(printed(wide))
    assert packed("alert to look at") in text
    for word in ("Pause updates", "ServiceAll services", "Download", "Print view"):
        assert packed(word) not in text


def test_print_view_is_one_press_away_and_keeps_the_filters(
    dashboard: Dashboard, wide: Page
) -> None:
    open_page(wide, f"{dashboard.url}/?service=probate")
    wide.get_by_role("link", name="Print view").click()
    expect(wide.get_by_text("Service: Apply for probate")).to_be_visible()
    settle(wide)
    assert "service=probate" in wide.url
    assert "print=1" in wide.url
    wide.get_by_role("link", name="Back to the page").click()
    expect(wide.locator("[data-testid=stSelectbox]").first).to_be_visible()
    assert "print" not in wide.url


def test_chart_is_taken_away_as_data_and_as_a_picture(dashboard: Dashboard, wide: Page) -> None:
    open_page(wide, f"{dashboard.url}/?service=probate")
    wide.get_by_text("Table of this chart").first.click()
    settle(wide)
    for name, ending, start in (
        ("Download data (CSV)", "csv", b"\xef\xbb\xbfChart,"),
        ("Download picture (PNG)", "png", b"\x89PNG"),
    ):
        with wide.expect_download() as download:
            wide.get_by_role("button", name=name).click()
        file = Path(download.value.path())
        assert re.fullmatch(
            rf"feedback-[a-z-]+-\d{{4}}-\d\d-\d\d\.{ending}", download.value.suggested_filename
        )
        assert file.read_bytes().startswith(start)
        if ending == "csv":
            told = file.read_text(encoding="utf-8-sig")
            assert "Service: Apply for probate" in told
            assert re.search(r"Run,[0-9a-f]{32}|Run,none", told)


LONG_MOTIONS = """() => [...document.querySelectorAll('*')].filter(box => {
    const style = getComputedStyle(box);
    const times = `${style.animationDuration}, ${style.transitionDuration}`.split(', ');
    return times.some(time => parseFloat(time) * (time.endsWith('ms') ? 1 : 1000) > 1);
}).map(box => box.tagName + '.' + box.className)"""


def test_who_asks_for_less_motion_gets_none(chromium: Browser, dashboard: Dashboard) -> None:
    for wish, is_still in (("reduce", True), ("no-preference", False)):
        context = chromium.new_context(reduced_motion=wish, locale="en-GB")
        page = context.new_page()
        open_page(page, dashboard.url)
        assert (page.evaluate(LONG_MOTIONS) == []) == is_still, wish
        context.close()
