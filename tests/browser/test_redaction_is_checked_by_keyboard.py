"""A person checks redacted comments without a mouse, and takes out what was missed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from app.auditing import draw
from feedback import schema
from feedback.settings import Settings
from feedback.store import Store
from tests.app.filling import code, put
from tests.browser.conftest import Dashboard, open_page, serve, settle
from tests.browser.test_pages_are_accessible import boxes_that_scroll_sideways, resize, violations

SECRET = "Quorndonia Vraxthorpe"
LEAKY = (
    f"The clerk {SECRET} told [PERSON_1] to upload it again.\n"
    "I rang [PHONE_1] twice and nobody knew about █████, so I gave up & went <home>."
)


@pytest.fixture
def checked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    def prepare(store: Store) -> None:
        at = datetime.now(UTC) - timedelta(hours=1)
        rows = [{"text": LEAKY, "submitted_at": at + timedelta(seconds=i)} for i in range(2)]
        rows += [
            {"text": f"Page {i} was slow, [PERSON] helped", "submitted_at": at} for i in range(3)
        ]
        code(store, {key: ["fault.upload"] for key in put(store, rows)})
        draw(Settings(), store, 5)

    with serve(tmp_path_factory.mktemp("checked"), prepare) as served:
        yield served


def press(page: Page, name: str) -> None:
    """Go to a button with the Tab key and press it."""
    button = page.get_by_role("button", name=name, exact=True)
    for _ in range(60):
        if button.evaluate("one => one === document.activeElement"):
            break
        page.keyboard.press("Tab")
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    settle(page)


def press_until_leak(page: Page, name: str, n_checked: int) -> int:
    """Press a button for each comment until the one that leaks is shown; return how many are."""
    while page.get_by_text(SECRET).count() == 0:
        press(page, name)
        n_checked += 1
        expect(page.get_by_role("heading", name=f"{n_checked} of 5")).to_be_visible()
        settle(page)  # the heading comes first; the next comment is there when all is drawn
    return n_checked


def verdicts(store: Store) -> list[str]:
    found = store.read(sa.select(schema.audit_samples.c.verdict))["verdict"]
    return sorted(found.dropna())


def test_comments_are_checked_by_keyboard_and_leaks_taken_out(
    checked: Dashboard, wide: Page
) -> None:
    asked: list[str] = []
    wide.on("request", lambda request: asked.append(unquote(request.url)))
    open_page(wide, f"{checked.url}/redaction_check")
    expect(wide.get_by_role("heading", name="0 of 5 comments checked")).to_be_visible()
    n_checked = press_until_leak(wide, "Clean", 0)
    assert violations(wide) == []
    expect(wide.locator("mark")).to_have_text(["[PERSON_1]", "[PHONE_1]", "█████"])

    press(wide, "Skip")
    expect(wide.get_by_text("Skipped: it comes again at the end.")).to_be_visible()
    settle(wide)
    press_until_leak(wide, "Over-redacted", n_checked)
    words = wide.get_by_label("Words to remove now")
    words.focus()
    wide.keyboard.type(SECRET)
    press(wide, "Leak")
    expect(wide.get_by_text("2 mentions replaced in 2 comments")).to_be_visible()
    expect(wide.get_by_text(SECRET)).to_have_count(0)
    assert "leak" in verdicts(checked.store)
    texts = checked.store.read(sa.select(schema.comments.c.text))["text"]
    assert not texts.str.contains("Quorndonia").any()
    assert not [url for url in asked if "Quorndonia" in url or "Vraxthorpe" in url]


def test_words_that_are_not_there_are_told(checked: Dashboard, wide: Page) -> None:
    open_page(wide, f"{checked.url}/redaction_check")
    wide.get_by_label("Words to remove now").fill("Nobody Atall")
    press(wide, "Leak")
    expect(wide.get_by_text("these words do not stand in the comment")).to_be_visible()
    assert verdicts(checked.store) == []


@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_fits_and_has_no_violation(checked: Dashboard, wide: Page, width: int) -> None:
    open_page(wide, f"{checked.url}/redaction_check")
    press_until_leak(wide, "Clean", 0)
    resize(wide, width)
    assert violations(wide) == []
    assert boxes_that_scroll_sideways(wide) == []
