"""The queue for Welsh speakers: by keyboard, on a laptop and a phone, in Welsh for who listens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from feedback.store import Store
from tests.app.welsh_store import SECRET, WAITS, WAITS_NOT, Planted, plant
from tests.browser.conftest import Dashboard, open_page, serve, settle
from tests.browser.test_faults_are_triaged_by_keyboard import tab_to
from tests.browser.test_pages_are_accessible import (
    boxes_that_scroll_sideways,
    resize,
    violations,
)


def plant_today(store: Store) -> None:
    now = datetime.now(UTC)
    kinds = [*WAITS_NOT.values(), *WAITS.values()]
    plant(
        store,
        *(
            Planted(
                one.text,
                one.codes,
                one.by_person,
                {**one.row, "submitted_at": now - timedelta(hours=20 - number)},
            )
            for number, one in enumerate(kinds)
        ),
    )


@pytest.fixture(scope="module")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    with serve(tmp_path_factory.mktemp("welsh"), plant_today) as served:
        yield served


def choose_first(page: Page) -> None:
    page.get_by_role("link", name=re.compile("^Open ")).first.click()
    expect(page.get_by_role("heading", name="Codes and who gave them")).to_be_visible()
    settle(page)


def test_the_queue_is_chosen_by_keyboard_and_stands_in_the_address(
    waiting: Dashboard, wide: Page
) -> None:
    open_page(wide, f"{waiting.url}/comments")
    wide.locator("body").press("Tab")
    tab_to(wide, "Language")
    wide.keyboard.type("needs")
    wide.keyboard.press("Enter")
    expect(wide).to_have_url(re.compile("language=needs-welsh-speaker"))
    expect(wide.locator("h2").first).to_have_text("3 comments need a Welsh speaker")
    expect(wide.get_by_text("safeguarding are not among them")).to_be_visible()
    assert SECRET not in wide.content()


def test_the_page_has_no_violation_on_a_laptop_and_a_phone(waiting: Dashboard, wide: Page) -> None:
    open_page(wide, f"{waiting.url}/comments?language=needs-welsh-speaker")
    assert violations(wide) == []
    choose_first(wide)
    assert wide.viewport_size == {"width": 1280, "height": 900}
    assert violations(wide) == []
    resize(wide, 390)
    assert violations(wide) == []
    assert boxes_that_scroll_sideways(wide) == []


def test_a_chosen_comment_is_spoken_as_welsh_and_shown_as_typed(
    waiting: Dashboard, wide: Page
) -> None:
    open_page(wide, f"{waiting.url}/comments?language=needs-welsh-speaker")
    choose_first(wide)
    text = wide.locator("article [lang=cy]")
    expect(text).to_have_count(1)
    assert text.inner_text() == WAITS["one assigned, one for review"].text
    assert text.locator("b").count() == 0


def test_what_is_withheld_is_told_in_english(waiting: Dashboard, wide: Page) -> None:
    open_page(wide, f"{waiting.url}/comments")
    withheld = wide.locator("article", has_text="Safeguarding: text withheld")
    expect(withheld.first).to_be_visible()
    assert withheld.locator("[lang=cy]").count() == 0
    assert SECRET not in wide.content()


def test_what_is_withheld_is_not_searched(waiting: Dashboard, wide: Page) -> None:
    open_page(wide, f"{waiting.url}/comments?code=safeguarding&language=cy")
    expect(wide.get_by_text("Comments whose text is withheld are not searched.")).to_be_visible()
    expect(wide.locator("article")).to_have_count(0)
