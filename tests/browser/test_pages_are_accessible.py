"""axe finds no WCAG 2.2 A or AA violation on any page, on a laptop and on a phone."""

from __future__ import annotations

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import Dashboard, open_page, settle
from tests.browser.pages import PAGES

RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    }
}
ALLOWED: dict[str, str] = {}
"""Rule to reason, for what Streamlit does and we cannot mend. Empty, and meant to stay so."""


def violations(page: Page) -> list[str]:
    response: dict[str, Any] = Axe().run(page, options=RULES).response
    return [
        f"{found['id']}: {node['target']} {node['html'][:200]}"
        for found in response["violations"]
        if found["id"] not in ALLOWED
        for node in found["nodes"]
    ]


def resize(page: Page, width: int) -> None:
    """Make the window as narrow as a phone's and wait until charts are drawn anew."""
    page.set_viewport_size({"width": width, "height": 800})
    settle(page)
    page.wait_for_timeout(500)


def boxes_that_scroll_sideways(page: Page) -> list[str]:
    """Return which of the page's two frames are wider than the screen; tables may be."""
    found: list[str] = page.evaluate(
        """() => [document.documentElement, document.querySelector('[data-testid=stMain]')]
            .filter(box => box.scrollWidth > box.clientWidth).map(box => box.tagName)"""
    )
    return found


@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES.keys())
def test_page_has_no_violation_on_a_laptop_and_a_phone(
    dashboard: Dashboard, wide: Page, path: str
) -> None:
    open_page(wide, dashboard.url + path)
    assert violations(wide) == []
    resize(wide, 390)
    assert violations(wide) == []
    resize(wide, 320)
    assert boxes_that_scroll_sideways(wide) == []


def test_open_tables_of_charts_have_no_violation(dashboard: Dashboard, wide: Page) -> None:
    open_page(wide, dashboard.url)
    tables = wide.locator("[data-testid=stDataFrame]")
    summaries = wide.get_by_text("Table of this chart")
    expect(summaries).to_have_count(4)  # `all` would take those that happen to be there already
    n_tables = tables.count()
    for index in range(4):
        summaries.nth(index).click()
        settle(wide)
    expect(tables).to_have_count(n_tables + 4)
    assert violations(wide) == []


def test_axe_would_find_a_violation(dashboard: Dashboard, wide: Page) -> None:
    open_page(wide, dashboard.url)
    wide.evaluate("document.querySelector('h1').insertAdjacentHTML('afterend', '<img src=x>')")
    assert any(found.startswith("image-alt") for found in violations(wide))


def test_every_chart_says_in_words_what_it_shows(dashboard: Dashboard, wide: Page) -> None:
    open_page(wide, dashboard.url)
    charts = wide.locator("[data-testid=stVegaLiteChart]")
    expect(charts).to_have_count(4)
    for index in range(4):
        expect(charts.nth(index)).to_have_attribute("role", "graphics-document")
        expect(charts.nth(index)).to_have_attribute("aria-label", re.compile("[Cc]hart of .*[0-9]"))


FOCUSED = """() => {
    const name = document.activeElement.getAttribute('role') || document.activeElement.tagName;
    const label = document.activeElement.closest('label');
    let box = label || document.activeElement;
    while (box && getComputedStyle(box).outlineColor !== 'rgb(255, 221, 0)') {
        box = box.parentElement;
    }
    if (!box) { return [name, 'no outline']; }
    if (!getComputedStyle(box).boxShadow.includes('rgb(11, 12, 12)')) { return [name, 'no edge']; }
    const own = box.getBoundingClientRect();
    for (let outer = box.parentElement; outer; outer = outer.parentElement) {
        if (getComputedStyle(outer).overflowX === 'visible') { continue; }
        const room = outer.getBoundingClientRect();
        if (room.left > own.left - 2 || room.right < own.right + 2) { return [name, 'cut off']; }
    }
    return [name, 'seen'];
}"""


def test_focus_is_yellow_with_a_black_edge(dashboard: Dashboard, wide: Page) -> None:
    open_page(wide, f"{dashboard.url}/comments")
    wide.locator("body").press("Tab")
    seen = {}
    for _ in range(24):
        name, state = wide.evaluate(FOCUSED)
        # The page as a whole can be scrolled by keys, and a table draws its own focus.
        if name == "spinbutton":
            assert state in ("seen", "cut off"), "a part of a date lies in a row that scrolls"
        elif name not in ("BODY", "MAIN", "CANVAS"):
            assert state == "seen", (name, state)
        seen[name] = state
        wide.keyboard.press("Tab")
    assert {"A", "switch", "combobox", "spinbutton", "INPUT"} <= seen.keys()


def test_nothing_is_loaded_from_elsewhere(dashboard: Dashboard, wide: Page) -> None:
    foreign: list[str] = []
    wide.on(
        "request",
        lambda request: (
            None
            if request.url.startswith((dashboard.url, "data:", "blob:"))
            else foreign.append(request.url)
        ),
    )
    open_page(wide, dashboard.url)
    wide.wait_for_timeout(2_000)
    assert foreign == []
