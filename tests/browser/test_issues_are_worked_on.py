"""From a signal to its fix in a browser, with and without a mouse, and live."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from app.wiring import make_classifier, make_embedder
from app.wording import LONDON
from app.worker import Worker
from feedback import schema
from feedback.issue_changes import change_issue
from feedback.settings import Settings
from feedback.store import Store
from tests.app.filling import CLUSTER, EVIDENCE, code, fill, put
from tests.browser.conftest import Dashboard, open_page, serve, settle
from tests.browser.test_pages_are_accessible import boxes_that_scroll_sideways, resize, violations
from tests.browser.test_pages_stay_live import LIVE_MILLISECONDS

MOST_TABS = 90
HERE = {"service": "benefit-appeals", "page": EVIDENCE}


@pytest.fixture
def working(tmp_path: Path) -> Iterator[Dashboard]:
    """A dashboard with a burst and the issue behind it; tests change its store."""
    with serve(
        tmp_path, lambda store: fill(store, now=datetime.now(UTC), n_comments=300)
    ) as served:
        yield served


def status_of(store: Store) -> str:
    query = sa.select(schema.issues.c.status).where(schema.issues.c.cluster_id == CLUSTER)
    return str(store.read(query)["status"].iloc[0])


def test_a_signal_is_followed_to_its_issue_and_fixed(working: Dashboard, wide: Page) -> None:
    open_page(wide, f"{working.url}/emerging")
    signal = wide.locator("[class*='st-key-signal_']").first
    expect(signal).to_contain_text("reports of upload failures")
    signal.get_by_role("link", name="Open issue cccccccc").click()
    wide.wait_for_url(f"**/issue?issue={CLUSTER}")
    settle(wide)
    title = wide.locator("h2").first
    expect(title).to_have_text("Photos refused on Upload evidence")
    for label, status in (
        ("Acknowledge", "Acknowledged"),
        ("Start investigating", "Investigating"),
    ):
        wide.get_by_role("button", name=label, exact=True).click()
        expect(wide.get_by_role("status").filter(has_text=f"Status: {status}.")).to_be_visible()
        settle(wide)
    wide.get_by_role("combobox", name="Status").click()
    wide.get_by_role("option", name="Fixed").click()
    settle(wide)
    fixed_on = datetime.now(LONDON)  # reports of the days after would reopen it
    wide.get_by_role("spinbutton").first.click()
    wide.keyboard.type(fixed_on.strftime("%d%m%Y"))
    wide.keyboard.press("Enter")
    settle(wide)
    wide.get_by_role("button", name="Save").click()
    expect(wide.get_by_role("status").filter(has_text="Saved.")).to_be_visible()
    settle(wide)
    for told in ("to Acknowledged", "to Investigating", "to Fixed, dated the fix"):
        expect(wide.get_by_text(f"set the status {told}").first).to_be_visible()
    expect(wide.get_by_text(f"fixed, {fixed_on:%d/%m/%Y}").first).to_be_visible()
    assert status_of(working.store) == "fixed"
    assert violations(wide) == []


def tab_until(page: Page, is_there: Callable[[str], bool]) -> None:
    """Press Tab until what has the focus is called so."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        named = page.evaluate(
            "() => { const at = document.activeElement;"
            " return (at.getAttribute('aria-label') || at.innerText || '').trim(); }"
        )
        if is_there(named):
            return
    raise AssertionError("no Tab leads there")


def test_the_same_is_done_without_a_mouse(working: Dashboard, wide: Page) -> None:
    open_page(wide, f"{working.url}/emerging")
    wide.locator("body").press("Tab")
    tab_until(wide, lambda name: name.endswith("Open issue cccccccc"))
    wide.keyboard.press("Enter")
    wide.wait_for_url(f"**/issue?issue={CLUSTER}")
    settle(wide)
    tab_until(wide, lambda name: name == "Acknowledge")
    for label, status in (
        ("Acknowledge", "acknowledged"),
        ("Start investigating", "investigating"),
        ("Mark fixed now", "fixed"),
    ):
        focused = wide.locator("button:focus")
        expect(focused).to_have_text(label)
        wide.keyboard.press("Enter")
        settle(wide)
        expect(focused).not_to_have_text(label)
        assert status_of(working.store) == status
    tab_until(wide, lambda name: name.startswith("Undo"))
    wide.keyboard.press("Enter")
    expect(wide.get_by_role("status").filter(has_text="Taken back.")).to_be_visible()
    assert status_of(working.store) == "investigating"
    expect(wide.get_by_text("took back the last decision").first).to_be_visible()


def test_somebody_elses_change_is_told_and_shown(working: Dashboard, wide: Page) -> None:
    open_page(wide, f"{working.url}/issue?issue={CLUSTER}")
    wide.get_by_text("Pause updates").click()
    settle(wide)
    with working.store.changing() as connection:
        change_issue(connection, CLUSTER, "ben", {"status": "not_an_issue"}, datetime.now(UTC))
    wide.get_by_role("button", name="Acknowledge", exact=True).click()
    told = wide.get_by_role("status").filter(has_text="ben changed this issue after it was shown")
    expect(told).to_be_visible()
    expect(wide.get_by_text("Not an issue · Fault: upload")).to_be_visible()
    assert status_of(working.store) == "not_an_issue"


def test_comments_are_picked_by_keyboard_and_split_off(working: Dashboard, wide: Page) -> None:
    open_page(wide, f"{working.url}/issue?issue={CLUSTER}")
    wide.get_by_text("Pick comments that are another issue").click()
    settle(wide)
    box = wide.get_by_role("checkbox", name=re.compile("^Pick the comment of")).first
    box.focus()
    wide.keyboard.press("Space")
    expect(wide.get_by_text("1 comment picked.")).to_be_visible()
    assert violations(wide) == []
    resize(wide, 320)
    assert boxes_that_scroll_sideways(wide) == []
    wide.get_by_label("Title of the new issue").fill("Turned photos")
    wide.keyboard.press("Enter")
    settle(wide)
    wide.get_by_role("button", name="Make it an issue of its own").click()
    expect(wide.locator("h2").first).to_have_text("Turned photos")
    expect(wide.get_by_text("1 comment made an issue of their own").first).to_be_visible()


def test_what_begins_to_wait_takes_the_focus_from_nobody(working: Dashboard, wide: Page) -> None:
    open_page(wide, f"{working.url}/emerging")
    page = wide.get_by_role("combobox", name="Page")
    page.focus()
    expect(wide.get_by_text("waiting to be coded")).to_have_count(0)
    put(working.store, [{"text": "the code never came", **HERE}], now=datetime.now(UTC))
    waiting = wide.get_by_text("waiting to be coded")
    expect(waiting).to_be_visible(timeout=LIVE_MILLISECONDS)
    settle(wide)
    expect(page).to_be_focused()
    code(working.store, {})
    expect(waiting).to_have_count(0, timeout=LIVE_MILLISECONDS)
    settle(wide)
    expect(page).to_be_focused()


@pytest.fixture
def flowing(tmp_path: Path) -> Iterator[Dashboard]:
    """A dashboard over a store with a real worker that has caught up."""

    def prepare(store: Store) -> None:
        now = datetime.now(UTC)
        usual = [
            {"text": f"all fine with step {i}, thank you", "submitted_at": now - timedelta(hours=i)}
            for i in range(24, 24 * 40, 4)
        ]
        put(store, [{**row, **HERE} for row in usual], now=now)

    with serve(tmp_path, prepare) as served:
        settings = Settings(home=tmp_path, topics_min_comments=10_000)
        models = make_embedder(settings, served.store), make_classifier(settings)
        worker, stop = Worker(settings, served.store, *models, lambda _: None), threading.Event()
        thread = threading.Thread(target=worker.run, args=(stop,))
        thread.start()
        while served.store.queue().n_waiting:
            time.sleep(0.1)
        yield served
        stop.set()
        thread.join()


UPLOADS = (
    "I cannot upload the photo of my letter, it says upload failed",
    "Upload failed again, the photo will not go up",
    "the upload of my photo failed three times today",
    "photo upload failed with an error",
    "it would not let me upload the photos of my evidence, failed",
    "uploading photos fails every time",
    "tried to upload a photo and it failed again",
    "my photos fail to upload on this page",
)


def test_what_is_posted_is_on_the_page_within_ten_seconds(flowing: Dashboard, wide: Page) -> None:
    served = flowing
    open_page(wide, f"{served.url}/emerging")
    wide.evaluate("window.isSamePage = true")
    page = wide.get_by_role("combobox", name="Page")
    page.focus()
    now = datetime.now(UTC)
    rows = [
        {"text": text, "submitted_at": now - timedelta(minutes=20 - i), **HERE}
        for i, text in enumerate(UPLOADS)
    ]
    put(served.store, rows, now=now)
    quote = wide.get_by_text(re.compile("|".join(map(re.escape, UPLOADS)))).first
    expect(quote).to_be_visible(timeout=LIVE_MILLISECONDS)
    assert wide.evaluate("window.isSamePage") is True
    expect(page).to_be_focused()
    settle(wide)
    newest = "my photo upload failed once more, the seventh time this week"
    row = {"text": newest, "submitted_at": datetime.now(UTC) - timedelta(seconds=30), **HERE}
    put(served.store, [row], now=datetime.now(UTC))
    began = datetime.now(UTC)
    expect(wide.get_by_text(newest).first).to_be_visible(timeout=LIVE_MILLISECONDS)
    assert datetime.now(UTC) - began < timedelta(milliseconds=LIVE_MILLISECONDS)
    expect(page).to_be_focused()
