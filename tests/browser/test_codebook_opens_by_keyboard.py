"""A code opens by keyboard, and stays open, with its files one click away."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from classifiers.codebook import codebook_from_mapping, load_codebook
from classifiers.codebook_exchange import from_qda
from feedback.export.qda import read_qdc
from tests.app.filling import code, fill, put
from tests.browser.conftest import Dashboard, open_page, serve
from tests.browser.test_pages_are_accessible import violations


@pytest.fixture(scope="module")
def codebook_dashboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """A dashboard whose store this test may add to."""
    with serve(
        tmp_path_factory.mktemp("codebook"),
        lambda store: fill(store, now=datetime.now(UTC), n_comments=200),
    ) as served:
        yield served


def test_a_code_opens_by_keyboard_and_stays_open(codebook_dashboard: Dashboard, wide: Page) -> None:
    open_page(wide, f"{codebook_dashboard.url}/codebook")
    code_box = wide.locator("details", has_text="Upload or download fails")
    definition = code_box.get_by_text("A document cannot be uploaded")
    expect(definition).to_be_hidden()
    code_box.locator("summary").focus()
    wide.keyboard.press("Enter")
    expect(definition).to_be_visible()
    assert violations(wide) == []
    wide.get_by_text("How the borders between codes are drawn").click()
    expect(wide.get_by_role("heading", name="Faults: which one")).to_be_visible()
    expect(definition).to_be_visible()
    assert violations(wide) == []


def test_new_comments_are_counted_and_nothing_closes(
    codebook_dashboard: Dashboard, wide: Page
) -> None:
    open_page(wide, f"{codebook_dashboard.url}/codebook")
    wide.locator("summary", has_text="safeguarding ·").click()
    definition = wide.get_by_text("Risk of harm to the person").first
    expect(definition).to_be_visible()
    group = wide.get_by_text("Something that should work does not.").first
    before = group.inner_text()
    store, now = codebook_dashboard.store, datetime.now(UTC)
    (key,) = put(store, [{"text": "it died"}], now=now)
    code(store, {key: ["fault.error"]})
    expect(group).not_to_have_text(before)
    expect(definition).to_be_visible()
    put(store, [{"text": "nobody has coded this one"}], now=now)
    expect(wide.get_by_text("1 comment waiting to be coded")).to_be_visible()
    expect(definition).to_be_visible()
    code(store, {})
    expect(wide.get_by_text("1 comment waiting to be coded")).to_have_count(0)
    (other,) = put(store, [{"text": "coded by another book"}], now=now)
    code(store, {other: ["another.book"]})
    expect(wide.get_by_text("not in this codebook")).to_be_visible()
    expect(definition).to_be_visible()


def test_both_files_hold_the_codebook(
    codebook_dashboard: Dashboard, wide: Page, tmp_path: Path
) -> None:
    open_page(wide, f"{codebook_dashboard.url}/codebook")
    for label, name in (("REFI-QDA", "digital_service-1.qdc"), ("TOML", "digital_service-1.toml")):
        with wide.expect_download() as waiting:
            wide.get_by_role("button", name=label).click()
        assert waiting.value.suggested_filename == name
        waiting.value.save_as(tmp_path / name)
    from_other = from_qda(read_qdc((tmp_path / "digital_service-1.qdc").read_bytes()))
    assert from_other.codebook == load_codebook()
    text = (tmp_path / "digital_service-1.toml").read_text(encoding="utf-8")
    assert codebook_from_mapping(tomllib.loads(text)) == load_codebook()
