"""A comment, a title or a name out of the data is shown as typed on every page there is.

Each page is opened once, with everything on it unfolded. Whatever shows of a hostile text must be
all of it, letter by letter; nothing it would have become may be there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from app.auditing import draw
from app.pages import PAGES
from feedback.settings import Settings
from feedback.store import Store
from tests.app.filling import id_of
from tests.app.hostile import HOSTILE, MARKS, PAGE, SERVICE, fill_with_hostile
from tests.browser.conftest import Dashboard, open_page, serve, settle
from tests.browser.test_pages_are_accessible import boxes_that_scroll_sideways, resize

MOST_BOXES = 12
"""Choices opened on a page: all have the same widget, and those that follow no other data."""

LIST_MILLISECONDS = 400
"""In which a list of options opens."""

CUT_LETTERS = 50
"""A name in a sentence may be cut after these."""

SHOWN = """() => {
    const main = document.querySelector('[data-testid=stApp]');
    const walker = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
    const skipped = 'script, style, [data-testid=stVegaLiteChart]';
    let text = '';
    while (walker.nextNode()) {
        const box = walker.currentNode.parentElement;
        if (!box.closest(skipped)) { text += walker.currentNode.data; }
    }
    for (const box of main.querySelectorAll('input, textarea')) { text += ' ' + box.value; }
    return text;
}"""
"""All words on the page; the names on charts may be cut, and hang in another tree."""

MADE = """marks => {
    const wrong = [];
    const bears = text => marks.some(mark => text.includes(mark)) || /evil|broken/.test(text);
    if (window.broken) { wrong.push('a script ran'); }
    const risky = ['src', 'srcset', 'srcdoc', 'data', 'action', 'formaction', 'style', 'poster',
                   'background', 'class', 'name', 'attributename'];
    for (const box of document.querySelectorAll('body *')) {
        const name = box.tagName.toLowerCase();
        for (const {name: attribute, value} of box.attributes) {
            if (attribute.startsWith('on')) { wrong.push(`${name} ${attribute}`); }
            if (risky.includes(attribute) && bears(value)) {
                const isOurs = attribute === 'class' && value.includes('st-key-');
                if (!isOurs) { wrong.push(`${name} ${attribute}=${value.slice(0, 150)}`); }
            }
        }
        if (marks.includes(box.id)) { wrong.push(`${name} #${box.id}`); }
        if (name === 'a' && box.hasAttribute('href')) {
            const url = new URL(box.getAttribute('href'), location.href);
            const isOurs = [location.origin, 'https://tickets.example'].includes(url.origin);
            if (!isOurs) { wrong.push('link ' + box.outerHTML); }
        }
    }
    const made = 'script, iframe, object, embed, form button, math, template, slot, .katex, del, '
        + 'hr, sup, sub, input[type=checkbox][disabled], table:not([role=grid]) td s';
    for (const box of document.querySelectorAll('[data-testid=stMain] :is(' + made + ')')) {
        if (bears(box.outerHTML)) { wrong.push(box.outerHTML.slice(0, 200)); }
    }
    return wrong;
}"""
"""What a text could have become: an element, a handler, an address, a style, a formula."""


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    def prepare(store: Store) -> None:
        fill_with_hostile(store, now=datetime.now(UTC))
        draw(Settings(), store, 20)

    with serve(tmp_path_factory.mktemp("hostile"), prepare) as served:
        yield served


@pytest.fixture
def watched(wide: Page) -> Iterator[Page]:
    """A page at which no dialog may open and from which nobody else may be asked for anything."""
    wrong: list[str] = []
    wide.on("dialog", lambda dialog: (wrong.append(f"dialog {dialog.message}"), dialog.dismiss()))
    wide.on(
        "request",
        lambda request: wrong.append(request.url) if "evil" in request.url.split("?")[0] else None,
    )
    yield wide
    assert wrong == []


def unfold(page: Page) -> None:
    """Open everything on the page that is folded."""
    folded = page.locator("[data-testid=stMain] details:not([open]) > summary")
    for _ in range(40):
        if not folded.count():
            break
        folded.first.click()
        settle(page)


def words(page: Page) -> str:
    """Return all that a page says, without spaces: lines are broken by elements."""
    return re.sub(r"\s", "", page.evaluate(SHOWN))


def changed(shown: str) -> list[str]:
    """Return the hostile texts that show otherwise than as typed, or cut after many letters."""
    wrong = []
    for mark, text in zip(MARKS, HOSTILE, strict=True):
        typed = re.sub(r"\s", "", text)
        starts = {place.start() for place in re.finditer(mark, typed)}
        for found in re.finditer(mark, shown):
            begins = (shown[max(0, found.start() - at) :][: len(typed)] for at in starts)
            if not any(
                one == typed
                or (one[:CUT_LETTERS] == typed[:CUT_LETTERS] and len(typed) > CUT_LETTERS)
                for one in begins
            ):
                around = shown[max(0, found.start() - 60) : found.start() + 60]
                wrong.append(f"{typed} became {around}")
    return wrong


def made(page: Page) -> list[str]:
    found: list[str] = page.evaluate(MADE, list(MARKS))
    return found


STATES = {
    **{entry.name: "/" if number == 0 else f"/{entry.name}" for number, entry in enumerate(PAGES)},
    "one issue": f"/issue?issue={id_of(0)}",
    "one topic": "/topics?topic=5",
    "one page": f"/page_detail?{urlencode({'service': SERVICE, 'page': PAGE})}",
    "comments searched": "/comments?search=evil",
    "releases on paper": "/releases?print=1",
    "triage on paper": "/triage?print=1",
}

LEAST = {
    "emerging": 12,
    "one page": 3,
    "service_excellence": 3,
    "triage on paper": 12,
    "topics": 12,
    "comments": len(HOSTILE) - 8,  # fifty a page, and some are for safeguarding alone
    "releases on paper": 20,
    "one issue": 3,
    "one topic": 12,
    "comments searched": 5,
}
"""How many of the texts must be on a page, so that a test which sees none of them fails.

Long tables are drawn on a canvas, which holds the rows on screen alone; paper has all of them.
"""


@pytest.mark.parametrize("state", STATES)
def test_text_is_shown_as_typed(hostile: Dashboard, watched: Page, state: str) -> None:
    open_page(watched, hostile.url + STATES[state])
    unfold(watched)
    shown = words(watched)
    assert "hasencounteredanerror" not in shown
    assert changed(shown) == []
    assert made(watched) == []
    n_shown = sum(mark in shown for mark in MARKS)
    assert n_shown >= LEAST.get(state, 0), f"only {n_shown} of the texts are on the page"
    check_choices(watched)


def check_choices(page: Page) -> None:
    """Open each choice on the page, and see that its options are as typed."""
    boxes = page.get_by_role("combobox")
    seen = ""
    for index in range(min(boxes.count(), MOST_BOXES)):
        boxes.nth(index).click()
        page.wait_for_timeout(LIST_MILLISECONDS)  # a list may be empty: all of it is chosen
        told = page.get_by_role("option").all_text_contents()
        assert changed(re.sub(r"\s", "", "\n".join(told))) == []
        seen += "\n".join(told)
        page.keyboard.press("Escape")
    assert made(page) == []
    for mark, value in (("zqsv", SERVICE), ("zqpg", PAGE)):
        assert seen.count(mark) == seen.count(value)


@pytest.mark.parametrize("number", range(0, len(HOSTILE), 7))
def test_one_comment_is_shown_as_typed(hostile: Dashboard, watched: Page, number: int) -> None:
    with hostile.store.changing() as connection:
        (key,) = connection.exec_driver_sql(
            "SELECT comment_id FROM comments WHERE text = ? AND state = 'enriched' LIMIT 1",
            (HOSTILE[number],),
        ).one()
    open_page(watched, f"{hostile.url}/comments?comment={key}")
    expect(watched.get_by_role("heading", name="Codes and who gave them")).to_be_visible()
    article = watched.locator("article")
    assert re.sub(r"\s", "", HOSTILE[number]) in re.sub(r"\s", "", article.inner_text())
    assert changed(words(watched)) == []
    assert made(watched) == []


@pytest.mark.parametrize("state", ["comments", "topics", "emerging"])
def test_a_long_word_does_not_widen_a_narrow_page(
    hostile: Dashboard, wide: Page, state: str
) -> None:
    open_page(wide, hostile.url + STATES[state])
    resize(wide, 320)
    assert boxes_that_scroll_sideways(wide) == []


@pytest.mark.parametrize(
    ("planted", "found"),
    [
        ("<img src=zq02 onerror=1>", "img onerror"),
        ("<a href=https://evil.example>x</a>", "link"),
        ("<h1 id=zq10>x</h1>", "h1 #zq10"),
        ("<sup>zq32</sup>", "<sup>"),
    ],
)
def test_the_test_would_find_markup(
    hostile: Dashboard, wide: Page, planted: str, found: str
) -> None:
    open_page(wide, f"{hostile.url}/topics")
    place = "document.querySelector('[data-testid=stMain]')"
    wide.evaluate(f"html => {place}.insertAdjacentHTML('beforeend', html)", planted)
    assert [one for one in made(wide) if found in one]


def test_the_test_would_find_changed_text() -> None:
    smile = next(text for text in HOSTILE if ":smile:" in text)
    whole: dict[str, Any] = {"text": re.sub(r"\s", "", smile)}
    assert changed(whole["text"]) == []
    assert changed(whole["text"].replace(":smile:", "☺")) != []
