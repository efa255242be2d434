"""The safeguarding queue in a real browser: a look is recorded, and other roles get nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from feedback import schema
from feedback.safeguarding import DONE
from feedback.safeguarding_record import READ
from feedback.store import Store
from tests.app.welsh_store import ASSIGNED, REVIEW, Planted, plant
from tests.browser.conftest import Dashboard, open_page, serve, settle
from tests.browser.test_pages_are_accessible import boxes_that_scroll_sideways, resize, violations

SECRET = "he stood outside my door & said <b>you will see</b>"
PERSON = {"LOGNAME": "sam", "USER": "sam"}


def prepare(store: Store) -> None:
    at = datetime.now(UTC) - timedelta(hours=5)
    english = {"language": "en", "submitted_at": at}
    plant(
        store,
        Planted(SECRET, {"safeguarding": ASSIGNED}, row=english),
        Planted("mae arna i ofn mynd adref", {"safeguarding": REVIEW}),
        Planted("the form is slow", {"fault.performance": ASSIGNED}, row=english),
    )


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Dashboard]:
    with serve(tmp_path, prepare, settings=PERSON) as served:
        yield served


def log(store: Store, action: str) -> list[str]:
    query = sa.select(schema.audit.c.who).where(schema.audit.c.action == action)
    return list(store.read(query)["who"])


def test_a_comment_is_read_and_dealt_with_by_keyboard(queue: Dashboard, wide: Page) -> None:
    open_page(wide, f"{queue.url}/safeguarding")
    expect(wide.locator("h2").first).to_contain_text("2 comments wait")
    assert SECRET not in wide.content()
    assert log(queue.store, READ) == []
    assert violations(wide) == []

    wide.get_by_role("button", name="Read", exact=True).press("Enter")
    expect(wide.get_by_text(SECRET)).to_be_visible()
    settle(wide)
    assert log(queue.store, READ) == ["sam"]
    assert violations(wide) == []

    wide.get_by_role("radio", name="Told whoever can act").press("Space")
    wide.get_by_label("Note (optional)").fill("told the lead, 07700 900123")
    wide.get_by_role("button", name="Write down").press("Enter")
    expect(wide.locator("h2").first).to_contain_text("1 comment waits")
    expect(wide.get_by_text(SECRET)).to_have_count(0)
    assert log(queue.store, DONE) == ["sam"]
    settle(wide)

    open_page(wide, f"{queue.url}/safeguarding?show=done")
    expect(wide.get_by_text("Told whoever can act: told the lead, [PHONE]").first).to_be_visible()
    assert SECRET not in wide.content()
    resize(wide, 390)
    assert violations(wide) == []
    resize(wide, 320)
    assert boxes_that_scroll_sideways(wide) == []


@pytest.mark.parametrize(
    "roles", ['["viewer"]', '["administrator"]', '["viewer","triager","researcher"]']
)
def test_other_roles_get_nothing_by_a_typed_address(tmp_path: Path, wide: Page, roles: str) -> None:
    received: list[str] = []
    with serve(tmp_path, prepare, settings={"FEEDBACK_LOCAL_ROLES": roles}) as served:
        wide.on(
            "websocket",
            lambda socket: socket.on("framereceived", lambda frame: received.append(str(frame))),
        )
        for address in ("/safeguarding", "/safeguarding?show=done", "/safeguarding?comment=1"):
            wide.goto(served.url + address)
            expect(wide.locator("h1")).to_be_visible()
            settle(wide)
            wide.wait_for_timeout(1_000)
            assert wide.get_by_role("button", name="Read", exact=True).count() == 0
            assert wide.get_by_role("heading", name="Record").count() == 0
        open_page(wide, served.url)
        expect(wide.get_by_text("2 comments may be about safeguarding").first).to_be_visible()
        assert wide.get_by_role("link", name="Open the safeguarding queue").count() == 0
        assert log(served.store, READ) == []
    assert received
    assert not [frame for frame in received if "stood outside" in frame or "arna i ofn" in frame]
