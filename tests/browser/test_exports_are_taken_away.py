"""A file is made with its progress, downloaded, and gone; a statement is written by keyboard."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from feedback import schema
from feedback.export import WITHHELD
from feedback.store import Store
from tests.app.filling import code, fill, put
from tests.browser.conftest import Dashboard, open_page, serve, settle

SECRET = "he will find out where I live"


def _prepare(store: Store) -> None:
    fill(store, n_comments=300)
    (comment_id,) = put(store, [{"text": SECRET}])
    code(store, {comment_id: ["safeguarding"]})


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Dashboard]:
    with serve(tmp_path, _prepare) as dashboard:
        yield dashboard


def test_a_file_is_made_downloaded_and_removed(
    served: Dashboard, wide: Page, tmp_path: Path
) -> None:
    open_page(wide, f"{served.url}/export")
    wide.get_by_role("button", name="Make the file").click()
    expect(wide.get_by_role("heading", name="Ready: ")).to_be_visible()
    # The line in the audit log is a change that the page brings itself up to date with.
    wide.wait_for_timeout(3_000)
    with wide.expect_download() as download:
        wide.get_by_role("button", name="Download feedback-").click()
    download.value.save_as(tmp_path / "taken.zip")
    with zipfile.ZipFile(tmp_path / "taken.zip") as packed:
        (name,) = [one for one in packed.namelist() if one.count(".") == 1]
        text = packed.read(name).decode()
    assert SECRET not in text
    assert WITHHELD in text
    wide.get_by_role("button", name="Remove the file").click()
    expect(wide.get_by_role("button", name="Make the file")).to_be_visible()


def test_a_statement_is_written_with_the_keyboard_alone(served: Dashboard, wide: Page) -> None:
    open_page(wide, f"{served.url}/sources?source=test")
    wide.locator("summary", has_text="Add to this statement").focus()
    wide.keyboard.press("Enter")
    field = wide.get_by_role("textbox", name="Whom it misses")
    expect(field).to_be_visible()
    for _ in range(12):
        wide.keyboard.press("Tab")
        if field.evaluate("one => one === document.activeElement"):
            break
    wide.keyboard.type("People who ring instead.")
    wide.keyboard.press("Control+Enter")
    settle(wide)
    expect(wide.get_by_text("Saved: 1 field of the statement.")).to_be_visible()
    kept = served.store.read(sa.select(schema.source_statements))
    assert kept["statement"].tolist() == [{"misses": "People who ring instead."}]
