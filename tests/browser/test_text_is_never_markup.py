"""A comment, a title or a name out of the data is shown as typed on every page."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from tests.app.hostile import HOSTILE, PAGE, SERVICE, fill_with_hostile
from tests.browser.conftest import Dashboard, open_page, serve, settle

VIEWS = ["/", "/emerging", "/page_detail", "/topics", "/comments"]
FOUND_MARKUP = """() => {
    const wrong = [];
    if (window.broken) { wrong.push('a script ran'); }
    for (const link of document.querySelectorAll('a[href]')) {
        if (!link.href.startsWith(location.origin)) { wrong.push('link ' + link.outerHTML); }
    }
    const inside = '[data-testid=stMain] ';
    for (const name of ['img', 'script', 'iframe', 'svg a', 'details[ontoggle]', '.katex',
                        'h1#broken', 'del', 'em', 'mark', 'hr', 'sup']) {
        for (const box of document.querySelectorAll(inside + name)) {
            wrong.push(name + ' ' + box.outerHTML.slice(0, 200));
        }
    }
    for (const box of document.querySelectorAll(inside + '*')) {
        for (const attribute of box.attributes) {
            if (attribute.name.startsWith('on')) { wrong.push(box.outerHTML.slice(0, 200)); }
        }
    }
    return wrong;
}"""


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    with serve(tmp_path_factory.mktemp("hostile"), fill_with_hostile) as served:
        yield served


@pytest.mark.parametrize("view", VIEWS)
def test_no_markup_comes_out_of_the_data(hostile: Dashboard, wide: Page, view: str) -> None:
    open_page(wide, hostile.url + view)
    assert wide.evaluate(FOUND_MARKUP) == []


def test_quotes_are_shown_as_typed(hostile: Dashboard, wide: Page) -> None:
    open_page(wide, hostile.url + "/page_detail")
    shown = wide.locator("[data-testid=stMain] q").all_text_contents()
    assert set(shown) <= set(HOSTILE)
    assert len(set(shown)) >= 12


def test_titles_are_shown_as_typed(hostile: Dashboard, wide: Page) -> None:
    open_page(wide, hostile.url + "/emerging")
    titles = wide.locator("[data-testid=stMain] h3").all_text_contents()
    for text in HOSTILE[:12]:
        assert titles.count(text) == 2, f"as the sentence of a signal and as an issue: {text}"


def test_choices_in_filters_are_shown_as_typed(hostile: Dashboard, wide: Page) -> None:
    open_page(wide, hostile.url + "/emerging")
    for name, value in (("Service", SERVICE), ("Page", PAGE)):
        wide.get_by_role("combobox", name=name, exact=True).click()
        option = wide.get_by_role("option").nth(1)
        expect(option).to_be_visible()
        assert option.text_content() == value
        assert wide.evaluate(FOUND_MARKUP) == []
        option.click()
        settle(wide)
    assert wide.evaluate(FOUND_MARKUP) == []


@pytest.mark.parametrize("row", range(0, len(HOSTILE), 6))
def test_chosen_comment_is_shown_as_typed(hostile: Dashboard, wide: Page, row: int) -> None:
    open_page(wide, f"{hostile.url}/comments?search={quote(HOSTILE[row])}")
    expect(wide.locator("h2").first).to_have_text("1 comment")
    box = wide.locator("[data-testid=stDataFrame]").first.bounding_box()
    assert box is not None
    wide.mouse.click(box["x"] + 18, box["y"] + 38 * 1.5)
    expect(wide.get_by_role("heading", name="Chosen comment")).to_be_visible()
    settle(wide)
    shown = wide.locator("[data-testid=stText]").all_text_contents()
    assert HOSTILE[row] in shown
    assert wide.evaluate(FOUND_MARKUP) == []
