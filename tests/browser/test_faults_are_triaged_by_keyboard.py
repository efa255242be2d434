"""Triage by keyboard alone: narrow to those who were blocked, and read the ticket of a service."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Dashboard, open_page, settle
from tests.browser.test_pages_are_accessible import violations

MOST_TABS = 40


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
