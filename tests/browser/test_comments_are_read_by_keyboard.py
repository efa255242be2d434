"""Comments are found, read and gone through without a mouse; chips and languages are heard."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from app.queries_comments import MAX_COMMENTS
from feedback.schema import spans
from feedback.store import Store
from tests.app.filling import code, fill, put
from tests.browser.conftest import Dashboard, open_page, serve, settle
from tests.browser.test_pages_are_accessible import boxes_that_scroll_sideways, resize, violations

WELSH = "rwy'n methu uwchlwytho llun, meddai [PERSON]"


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    def prepare(store: Store) -> None:
        now = datetime.now(UTC)
        fill(store, now=now, n_comments=150)
        row = {"text": WELSH, "language": "cy", "submitted_at": now - timedelta(minutes=1)}
        (key,) = put(store, [row], now=now)
        code(store, {key: ["fault.upload"]}, facets={key: {"browser": ["Safari"]}})
        at = WELSH.index("[")
        place = {"start": at, "end": at + 8, "recogniser": "names", "score": 0.9}
        with store.changing() as connection:
            connection.execute(sa.insert(spans).values(comment_id=key, entity="PERSON", **place))

    with serve(tmp_path_factory.mktemp("listed"), prepare) as served:
        yield served


def test_a_welsh_comment_stands_beside_what_it_is_about(listed: Dashboard, wide: Page) -> None:
    open_page(wide, f"{listed.url}/comments")
    first = wide.locator("article").first
    welsh = first.locator("[lang=cy]")
    expect(welsh).to_contain_text("rwy'n methu uwchlwytho llun")
    expect(welsh).to_contain_text("taken out: [PERSON]")
    expect(first.get_by_text("Fault: upload: A document cannot be uploaded")).to_be_visible()
    expect(first.get_by_text("Browser: Safari")).to_be_visible()
    sides = [welsh.bounding_box(), first.get_by_text("In English").bounding_box()]
    assert sides[0] is not None
    assert sides[1] is not None
    assert sides[1]["x"] >= sides[0]["x"] + sides[0]["width"], "beside, where there is room"
    assert violations(wide) == []
    resize(wide, 320)
    assert boxes_that_scroll_sideways(wide) == []


def test_words_searched_for_are_marked(listed: Dashboard, wide: Page) -> None:
    open_page(wide, f"{listed.url}/comments?search=uwchlwytho")
    expect(wide.locator("mark")).to_have_text(["uwchlwytho"])
    assert violations(wide) == []


def test_comments_are_gone_through_by_keys(listed: Dashboard, wide: Page) -> None:
    open_page(wide, f"{listed.url}/comments?search=the")
    links = wide.get_by_role("link", name=re.compile("^Open "))
    wanted = [
        re.search("comment=([0-9a-f]{32})", link.get_attribute("href") or "")
        for link in links.all()[:3]
    ]
    ids = [match.group(1) for match in wanted if match]
    links.first.focus()
    wide.keyboard.press("Enter")
    expect(wide).to_have_url(re.compile(f"comment={ids[0]}"))
    expect(wide.locator("h2").first).to_contain_text("Comment of")
    settle(wide)
    assert violations(wide) == []
    for pressed, comment_id in (("j", ids[1]), ("j", ids[2]), ("k", ids[1])):
        wide.keyboard.press(pressed)
        expect(wide).to_have_url(re.compile(f"comment={comment_id}"))
        expect(
            wide.locator("[data-testid=stCode]", has_text=f"comment={comment_id}")
        ).to_be_visible()
        settle(wide)
    wide.get_by_role("button", name="Back to the list").press("Enter")
    expect(wide.locator("article").nth(1)).to_be_visible()
    assert "comment=" not in wide.url
    assert "search=the" in wide.url


def test_pages_of_the_list_have_links_of_their_own(listed: Dashboard, wide: Page) -> None:
    open_page(wide, f"{listed.url}/comments")
    links = wide.get_by_role("link", name=re.compile("^Open "))
    expect(links).to_have_count(MAX_COMMENTS)
    first = links.first.inner_text()
    wide.get_by_role("button", name="Older comments").press("Enter")
    expect(wide).to_have_url(re.compile("before="))
    expect(links.first).not_to_have_text(first)
    settle(wide)
    second, address = links.first.inner_text(), wide.url
    other = wide.context.new_page()
    open_page(other, address)
    expect(other.get_by_role("link", name=re.compile("^Open ")).first).to_have_text(second)
    wide.get_by_role("button", name="Newest comments").press("Enter")
    expect(links.first).to_have_text(first)


def test_an_unknown_comment_is_not_found(listed: Dashboard, wide: Page) -> None:
    open_page(wide, f"{listed.url}/comments?comment={'0' * 32}")
    expect(wide.get_by_role("heading", name="Comment not found")).to_be_visible()
    assert violations(wide) == []
