"""What another process takes in appears without a reload; focus and choice stay where they were."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from feedback.store import Store
from tests.app.filling import code, fill, put
from tests.browser.conftest import Dashboard, open_page, serve, settle

LIVE_MILLISECONDS = 10_000
"""A comment posted is on the page within ten seconds."""


def _minutes_ago(minutes: float) -> datetime:
    return datetime.now(UTC) - timedelta(minutes=minutes)


@pytest.fixture(scope="module")
def living(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    def prepare(store: Store) -> None:
        fill(store, now=datetime.now(UTC), n_comments=300)

    with serve(tmp_path_factory.mktemp("living"), prepare) as served:
        yield served


def post(store: Store, text: str, *, minutes: float = 1) -> None:
    """Take in and code one comment, as `feedback ingest` and `feedback run` in another terminal."""
    row = {"text": text, "page": "/divorce/payment", "submitted_at": _minutes_ago(minutes)}
    (comment_id,) = put(store, [row])
    code(store, {comment_id: ["fault.payment"]})


def test_new_comment_appears_without_a_reload(living: Dashboard, wide: Page) -> None:
    open_page(wide, f"{living.url}/page_detail?service=divorce&page=/divorce/payment")
    wide.evaluate("window.isSamePage = true")
    text = "the card page took my money and then forgot me"
    expect(wide.get_by_text(text)).to_have_count(0)
    post(living.store, text)
    expect(wide.get_by_text(text).first).to_be_visible(timeout=LIVE_MILLISECONDS)
    assert wide.evaluate("window.isSamePage") is True


def test_focus_and_half_typed_words_stay(living: Dashboard, wide: Page) -> None:
    open_page(wide, f"{living.url}/comments")
    before = wide.locator("h2").first.inner_text()
    search = wide.get_by_label("Words in the comment")
    search.press_sequentially("uplo")
    post(living.store, "another comment while somebody types")
    expect(wide.locator("h2").first).not_to_have_text(before, timeout=LIVE_MILLISECONDS)
    expect(search).to_be_focused()
    expect(search).to_have_value("uplo")


def test_open_comment_stays_open_when_a_newer_one_comes(living: Dashboard, wide: Page) -> None:
    open_page(wide, f"{living.url}/comments")
    links = wide.get_by_role("link", name=re.compile("^Open "))
    links.nth(2).focus()
    wide.keyboard.press("Enter")
    known = wide.get_by_role("list", name="What is known of this comment")
    expect(known).to_be_visible()
    settle(wide)
    before, address = known.inner_text(), wide.url
    status = wide.get_by_text(re.compile("^Updated "))
    updated = status.inner_text()
    post(living.store, "newer than the open one")
    expect(status).not_to_have_text(updated, timeout=LIVE_MILLISECONDS)
    settle(wide)
    assert (known.inner_text(), wide.url) == (before, address)


def test_list_and_focus_stay_where_they_are_until_newer_ones_are_asked_for(
    living: Dashboard, wide: Page
) -> None:
    open_page(wide, f"{living.url}/comments")
    answer = wide.locator("h2").first
    count = answer.inner_text()
    link = wide.get_by_role("link", name=re.compile("^Open ")).nth(3)
    address = link.get_attribute("href")
    first = wide.locator("article").first.inner_text()
    link.focus()
    text = "this one came while somebody was reading"
    post(living.store, text, minutes=0)
    expect(answer).not_to_have_text(count, timeout=LIVE_MILLISECONDS)
    settle(wide)
    expect(link).to_be_focused()
    assert link.get_attribute("href") == address
    assert wide.locator("article").first.inner_text() == first
    wide.get_by_role("button", name="Show 1 newer comment").click()
    expect(wide.locator("article").first).to_contain_text(text)
    expect(wide.get_by_role("button", name=re.compile("newer comment"))).to_have_count(0)


def test_pause_keeps_the_page_as_it_is(living: Dashboard, wide: Page) -> None:
    open_page(wide, living.url)
    status = wide.get_by_text("looks for changes every")
    expect(status).to_be_visible()
    before = wide.locator("h2").first.inner_text()
    wide.get_by_text("Pause updates").click()
    expect(wide.get_by_text("· paused")).to_be_visible()
    post(living.store, "comes while the page is paused")
    wide.wait_for_timeout(4_000)
    assert wide.locator("h2").first.inner_text() == before
    wide.get_by_text("Pause updates").click()
    expect(wide.locator("h2").first).not_to_have_text(before, timeout=LIVE_MILLISECONDS)


def test_status_line_alone_moves_while_nothing_happens(living: Dashboard, wide: Page) -> None:
    open_page(wide, f"{living.url}/emerging")
    wide.wait_for_timeout(1_500)
    wide.evaluate(
        """() => {
            window.changes = 0;
            const main = document.querySelector('[data-testid=stMainBlockContainer]');
            const status = document.querySelector('.st-key-live_status');
            new MutationObserver(records => records.forEach(record => {
                if (!status.contains(record.target)) { window.changes += 1; }
            })).observe(main, {childList: true, characterData: true, subtree: true});
        }"""
    )
    wide.wait_for_timeout(4_000)
    assert wide.evaluate("window.changes") == 0


def test_link_reproduces_a_view(living: Dashboard, wide: Page) -> None:
    open_page(wide, f"{living.url}/comments")
    wide.get_by_role("combobox", name="Service").click()
    wide.get_by_role("option", name="Apply for probate").click()
    wide.get_by_label("Words in the comment").fill("grant")
    wide.get_by_label("Words in the comment").press("Enter")
    wide.wait_for_url("**/comments?*search=grant*")
    settle(wide)
    found, address = wide.locator("h2").first.inner_text(), wide.url
    assert "service=probate" in address
    other = wide.context.new_page()
    open_page(other, address)
    assert other.locator("h2").first.inner_text() == found
    expect(other.get_by_label("Words in the comment")).to_have_value("grant")
