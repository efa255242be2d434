"""Triage by keyboard alone: narrow, go through the reports, decide about one or all, undo."""

from __future__ import annotations

import getpass
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from feedback import schema
from feedback.fault_triage import change
from feedback.store import Store
from tests.app.filling import code, put
from tests.browser.conftest import Dashboard, open_page, serve, settle
from tests.browser.test_pages_are_accessible import (
    FOCUSED,
    boxes_that_scroll_sideways,
    resize,
    violations,
)
from tests.browser.test_pages_stay_live import LIVE_MILLISECONDS

MOST_TABS = 60
ME = getpass.getuser()
N_REPORTS = 20
HIDDEN = "[PERSON_1] could not sign in at all"


def tab_to(page: Page, label: str) -> None:
    """Press Tab until the choice with this label has the focus."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('aria-label') || ''").endswith(label):
            return
    raise AssertionError(f"no Tab leads to {label}")


def test_filters_and_ticket_are_reached_without_a_mouse(dashboard: Dashboard, wide: Page) -> None:
    open_page(wide, f"{dashboard.url}/triage")
    reports = wide.locator("h2").first
    expect(reports).to_have_text(re.compile(r"^\d+ fault reports, \d+ blocked$"))
    before = reports.inner_text()
    wide.locator("body").press("Tab")
    tab_to(wide, "Service")
    wide.keyboard.type("Appeal")
    wide.keyboard.press("Enter")
    expect(wide).to_have_url(re.compile("service=benefit-appeals"))
    settle(wide)
    expect(wide.locator("[data-testid=stCode]")).to_contain_text("# Technical faults: Appeal")
    tab_to(wide, "Outcome")
    wide.keyboard.type("blocked")
    wide.keyboard.press("Enter")
    expect(wide).to_have_url(re.compile("impact=blocked"))
    settle(wide)
    expect(reports).not_to_have_text(before)
    found = re.fullmatch(r"([\d,]+) fault reports?, ([\d,]+) blocked", reports.inner_text())
    assert found is not None
    assert found[1] == found[2], "all that are left were blocked"
    assert violations(wide) == []


@pytest.fixture
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """A dashboard over twenty reports, the newest of which was blocked; tests change its store."""

    def prepare(store: Store) -> None:
        now = datetime.now(UTC)
        rows = [
            {"text": f"the page broke, try {n}", "submitted_at": now - timedelta(hours=n + 1)}
            for n in range(N_REPORTS)
        ]
        rows[0]["text"] = HIDDEN
        ids = put(store, rows)
        facets = {ids[0]: {"impact": "blocked", "browser": ["Safari"]}}
        code(store, {key: ["fault.error"] for key in ids}, facets=facets)

    with serve(tmp_path_factory.mktemp("faulty"), prepare) as served:
        yield served


def states(store: Store) -> list[tuple[str, str | None]]:
    table = schema.fault_triage
    rows = store.read(sa.select(table.c.status, table.c.owner).order_by(table.c.at))
    return [
        (row.status, None if row.owner != row.owner else row.owner) for row in rows.itertuples()
    ]


def report(page: Page, number: int, of: int) -> None:
    """Wait until this is the current report."""
    expect(page.get_by_role("status")).to_contain_text(f"Report {number} of {of}.")
    settle(page)


def text_of(page: Page) -> str:
    return page.locator("blockquote").inner_text()


def tab_to_button(page: Page, name: str) -> None:
    button = page.get_by_role("button", name=name)
    for _ in range(MOST_TABS):
        if button.evaluate("one => one === document.activeElement"):
            break
        page.keyboard.press("Tab")
    expect(button).to_be_focused()
    assert page.evaluate(FOCUSED)[1] == "seen"


def test_keys_lead_through_the_queue(faulty: Dashboard, wide: Page) -> None:
    open_page(wide, f"{faulty.url}/triage")
    report(wide, 1, N_REPORTS)
    assert text_of(wide) == HIDDEN
    expect(wide.locator("blockquote mark")).to_have_text("[PERSON_1]")
    wide.keyboard.press("j")
    report(wide, 2, N_REPORTS)
    wide.keyboard.press("k")
    report(wide, 1, N_REPORTS)
    wide.keyboard.press("a")
    expect(wide.get_by_role("status")).to_contain_text(f"owner {ME}")
    assert states(faulty.store) == [("open", ME)]
    wide.keyboard.press("e")
    report(wide, 1, N_REPORTS - 1)
    assert states(faulty.store) == [("done", ME)]
    assert text_of(wide) == "the page broke, try 1"
    assert wide.evaluate("document.activeElement === document.body"), "keys move no focus"
    assert violations(wide) == []


def test_buttons_do_the_same_and_keep_the_focus(faulty: Dashboard, wide: Page) -> None:
    open_page(wide, f"{faulty.url}/triage")
    wide.locator("body").press("Tab")
    tab_to_button(wide, "Done")
    wide.keyboard.press("Enter")
    report(wide, 1, N_REPORTS - 1)
    expect(wide.get_by_role("button", name="Done")).to_be_focused()
    wide.keyboard.press("e")
    report(wide, 1, N_REPORTS - 2)
    expect(wide.get_by_role("button", name="Done")).to_be_focused()
    tab_to_button(wide, "Undo")
    wide.keyboard.press("Enter")
    report(wide, 1, N_REPORTS - 1)
    expect(wide.get_by_role("status")).to_contain_text("Undone: 1 report put back.")
    expect(wide.get_by_role("button", name="Undo")).to_be_focused()
    assert states(faulty.store) == [("done", None)]


def test_keys_do_nothing_while_somebody_types(faulty: Dashboard, wide: Page) -> None:
    open_page(wide, f"{faulty.url}/triage")
    for field in (
        wide.get_by_role("combobox", name="Service"),
        wide.get_by_role("combobox", name="Set owner", exact=True),
        wide.get_by_role("spinbutton").first,
    ):
        field.focus()
        for key in ("j", "e", "a", "Shift+?"):
            wide.keyboard.press(key)
        wide.keyboard.press("Escape")
        settle(wide)
        report(wide, 1, N_REPORTS)
    expect(wide.get_by_role("dialog")).to_have_count(0)
    assert states(faulty.store) == []


def test_keys_can_be_turned_off_for_the_session(faulty: Dashboard, wide: Page) -> None:
    open_page(wide, f"{faulty.url}/triage")
    switch = wide.get_by_role("switch", name="Single-key shortcuts")
    switch.focus()
    wide.keyboard.press("Space")
    expect(switch).not_to_be_checked()
    settle(wide)
    for key in ("e", "a", "j", "Shift+?"):
        wide.keyboard.press(key)
    wide.wait_for_timeout(1_000)
    report(wide, 1, N_REPORTS)
    assert states(faulty.store) == []
    wide.get_by_role("link", name="Open this comment").click()
    expect(wide.locator("h1")).to_have_text("Comments")
    settle(wide)
    wide.go_back()
    expect(wide.locator("h1")).to_have_text("Triage")
    expect(switch).not_to_be_checked()


def test_the_list_of_keys_opens_and_gives_the_focus_back(faulty: Dashboard, wide: Page) -> None:
    open_page(wide, f"{faulty.url}/triage")
    wide.keyboard.press("Shift+?")
    dialog = wide.get_by_role("dialog")
    expect(dialog).to_contain_text("go to the next report")
    settle(wide)
    assert violations(wide) == []
    wide.keyboard.press("j")
    wide.keyboard.press("e")
    wide.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    report(wide, 1, N_REPORTS)
    assert states(faulty.store) == [], "keys do nothing behind the list"
    wide.get_by_role("button", name="Shortcuts").focus()
    wide.keyboard.press("Enter")
    expect(dialog).to_be_visible()
    settle(wide)
    wide.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(wide.get_by_role("button", name="Shortcuts")).to_be_focused()


def test_what_comes_in_moves_neither_the_report_nor_the_focus(
    faulty: Dashboard, wide: Page
) -> None:
    open_page(wide, f"{faulty.url}/triage")
    wide.keyboard.press("j")
    report(wide, 2, N_REPORTS)
    held = text_of(wide)
    wide.get_by_role("button", name="Assign to me").focus()
    top = wide.get_by_role("button", name="Assign to me").bounding_box()
    (new,) = put(faulty.store, [{"text": "blocked now", "submitted_at": datetime.now(UTC)}])
    code(faulty.store, {new: ["fault.error"]}, facets={new: {"impact": "blocked"}})
    expect(wide.get_by_role("status")).to_contain_text(
        f"Report 3 of {N_REPORTS + 1}.", timeout=LIVE_MILLISECONDS
    )
    settle(wide)
    assert text_of(wide) == held
    expect(wide.get_by_role("button", name="Assign to me")).to_be_focused()
    assert wide.get_by_role("button", name="Assign to me").bounding_box() == top
    (key,) = re.findall("report=([0-9a-f]{32})", wide.url)
    with faulty.store.changing() as connection:
        change(connection, {key: None}, {"status": "done", "owner": "bo"}, "bo", datetime.now(UTC))
    expect(wide.get_by_role("status")).to_contain_text("Not among", timeout=LIVE_MILLISECONDS)
    settle(wide)
    assert text_of(wide) == held
    expect(wide.get_by_role("list", name="Where the report stands")).to_contain_text("by bo")
    expect(wide.get_by_role("button", name="Assign to me")).to_be_focused()


def test_all_that_pass_change_after_a_yes_and_come_back(faulty: Dashboard, wide: Page) -> None:
    open_page(wide, f"{faulty.url}/triage")
    status = wide.get_by_role("combobox", name="Set status of all to")
    status.focus()
    wide.keyboard.type("Acknow")
    wide.keyboard.press("Enter")
    settle(wide)
    tab_to_button(wide, f"Apply to all {N_REPORTS} reports that pass the filters")
    wide.keyboard.press("Enter")
    dialog = wide.get_by_role("dialog")
    expect(dialog).to_contain_text(f"{N_REPORTS} reports pass the filters. Set status Acknowledged")
    settle(wide)
    assert violations(wide) == []
    wide.keyboard.press("e")
    assert states(faulty.store) == []
    tab_to_button(wide, f"Yes, change {N_REPORTS} reports")
    wide.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    expect(wide.get_by_role("status")).to_contain_text(f"{N_REPORTS} reports: status Acknowledged.")
    assert states(faulty.store) == [("acknowledged", None)] * N_REPORTS
    settle(wide)
    wide.get_by_role("button", name="Undo").focus()
    wide.keyboard.press("Enter")
    expect(wide.get_by_role("status")).to_contain_text(f"{N_REPORTS} reports put back.")
    assert states(faulty.store) == []


def test_the_page_fits_a_phone_in_every_state(faulty: Dashboard, wide: Page) -> None:
    open_page(wide, f"{faulty.url}/triage")
    resize(wide, 390)
    assert violations(wide) == []
    wide.get_by_role("button", name="Done").click()
    report(wide, 1, N_REPORTS - 1)
    resize(wide, 320)
    assert boxes_that_scroll_sideways(wide) == []
    wide.get_by_role("button", name="Shortcuts").click()
    expect(wide.get_by_role("dialog")).to_be_visible()
    settle(wide)
    assert violations(wide) == []
    assert boxes_that_scroll_sideways(wide) == []
