"""Comments are coded by keyboard alone, and by two people at once without losing either's work."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from app.coding_choices import choices_of, keyed_codes
from app.queries_rounds import compared, my_codes, round_comments, rounds
from app.queries_to_code import coded_comment
from app.rounds_work import draw_round
from classifiers.codebook import load_codebook
from feedback.coding_rounds import code_in_round
from feedback.settings import Settings
from feedback.store import Store
from tests.app.coding_loop import draw_to, fill
from tests.app.filling import code, put
from tests.app.hostile import HOSTILE
from tests.browser.conftest import Dashboard, open_page, serve, settle
from tests.browser.test_pages_are_accessible import boxes_that_scroll_sideways, resize, violations
from tests.browser.test_text_is_never_markup import made

N_ROUND = 3
CODEBOOK = load_codebook()
KEYED = keyed_codes(choices_of(CODEBOOK, ()), ())
"""Codes by key where no code was given in the last weeks: in the order of the codebook."""
ONE, TWO = (CODEBOOK[KEYED[key]].label for key in "12")
TASK = "/coding?queue=drawn"
CODER = {"LOGNAME": "ann", "USER": "ann"}
OTHER = {"LOGNAME": "bob", "USER": "bob"}
SECONDS = 60


def nothing(_: Store) -> None:
    """The store is prepared already."""


def a_round(store: Store, n: int = N_ROUND) -> str:
    round_id, n_to_code = draw_round(
        Settings(), store, name="<b>Spring</b> **round** :smile:", service=None,
        coders=["ann", "bob"], n=n, codebook=CODEBOOK.name, who="cy",
    )  # fmt: skip
    assert n_to_code == n
    return round_id


def give(store: Store, round_id: str, coder: str, *codes: str) -> None:
    for comment_id, given in zip(round_comments(store, round_id), codes, strict=True):
        with store.changing() as connection:
            code_in_round(connection, round_id, comment_id, coder, [given], datetime.now(UTC))


@pytest.fixture
def drawn(tmp_path: Path) -> Iterator[Dashboard]:
    """A dashboard over ten comments, of which four were drawn to be coded."""

    def prepare(store: Store) -> None:
        fill(store, ["complaint"] * 7 + ["praise"] * 3)
        draw_to(store, tmp_path / "sheet.csv", n=4)

    with serve(tmp_path, prepare, settings=CODER) as served:
        yield served


def ready(page: Page) -> None:
    """Wait until everything on the page is of the last drawing."""
    settle(page)
    expect(page.locator("[data-testid=stElementContainer][data-stale=true]")).to_have_count(0)
    settle(page)


def press(page: Page, key: str) -> None:
    ready(page)
    page.keyboard.press(key)


def give_by_key(page: Page, key: str, label: str) -> None:
    press(page, key)
    expect(page.get_by_role("button", name=f"{label}, given")).to_be_visible()


def shown(page: Page) -> str:
    return page.locator("blockquote").inner_text()


def people_of(store: Store, page_text: str) -> dict[str, tuple[str, ...]]:
    """What people gave the comment with this text."""
    import sqlalchemy as sa

    from feedback import schema

    query = sa.select(schema.comments.c.comment_id).where(schema.comments.c.text == page_text)
    (comment_id,) = store.read(query)["comment_id"]
    found = coded_comment(store, comment_id)
    assert found is not None
    return dict(found.people)


def eventually(told: object, expected: object) -> None:
    """Wait until a function gives what is expected."""
    deadline = time.monotonic() + SECONDS
    while (found := told()) != expected:  # type: ignore[operator]
        assert time.monotonic() < deadline, (found, expected)
        time.sleep(0.2)


def test_comments_are_coded_by_keys_alone(drawn: Dashboard, wide: Page) -> None:
    open_page(wide, drawn.url + TASK)
    expect(wide.locator("h2").first).to_have_text("4 drawn comments to code")
    first = shown(wide)
    give_by_key(wide, "1", ONE)
    give_by_key(wide, "2", TWO)
    press(wide, "1")
    expect(wide.get_by_role("button", name=f"{ONE}, given")).to_have_count(0)
    press(wide, "s")
    expect(wide.locator("h2").first).to_have_text("3 drawn comments to code")
    expect(wide.get_by_text(f"Saved: {TWO}. The machine gave:").first).to_be_visible()
    assert people_of(drawn.store, first) == {"ann": (KEYED["2"],)}
    expect(wide.locator("blockquote")).not_to_have_text(first)
    second = shown(wide)
    ready(wide)
    assert violations(wide) == []

    press(wide, "j")
    expect(wide.locator("blockquote")).not_to_have_text(second)
    press(wide, "k")
    expect(wide.locator("blockquote")).to_have_text(second)
    press(wide, "s")
    expect(wide.get_by_text("Not saved: Choose at least one code").first).to_be_visible()
    assert people_of(drawn.store, second) == {}

    press(wide, "u")
    expect(wide.get_by_text("Undone:").first).to_be_visible()
    expect(wide.locator("blockquote")).to_have_text(first)
    expect(wide.get_by_role("button", name=f"{TWO}, given")).to_be_visible()
    assert people_of(drawn.store, first) == {}
    expect(wide.locator("[role=status]").last).to_contain_text("Undone:")


def test_any_code_is_found_by_typing_and_keys_are_letters_there(
    drawn: Dashboard, wide: Page
) -> None:
    open_page(wide, drawn.url + TASK)
    first = shown(wide)
    ready(wide)
    field = wide.get_by_role("combobox", name="Codes given")
    field.focus()
    wide.keyboard.type("1s 3")
    wide.wait_for_timeout(1_500)
    assert people_of(drawn.store, first) == {}
    expect(wide.get_by_role("button", name="given")).to_have_count(0)
    expect(field).to_have_value("1s 3")
    for _ in range(4):
        wide.keyboard.press("Backspace")
    wide.keyboard.type("upload")
    expect(wide.get_by_role("option", name="Upload or download fails")).to_be_visible()
    wide.keyboard.press("Enter")
    expect(wide.get_by_role("combobox", name="Look a code up")).to_have_value(
        "Upload or download fails"
    )
    wide.keyboard.press("Escape")
    wide.keyboard.press("Tab")
    for _ in range(12):
        if wide.evaluate("document.activeElement.innerText").startswith("Save and next"):
            break
        wide.keyboard.press("Tab")
    wide.keyboard.press("Enter")
    eventually(lambda: people_of(drawn.store, first), {"ann": ("fault.upload",)})
    ready(wide)
    focused = wide.evaluate("document.activeElement.innerText")
    assert focused.startswith("Save and next"), "the focus stays where the person works"


def test_single_keys_can_be_turned_off_and_are_listed(drawn: Dashboard, wide: Page) -> None:
    open_page(wide, drawn.url + TASK)
    press(wide, "Shift+?")
    dialog = wide.get_by_role("dialog")
    expect(dialog.get_by_text("save and go to the next comment")).to_be_visible()
    assert violations(wide) == []
    wide.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    ready(wide)
    wide.get_by_text("Single-key shortcuts").click()
    expect(wide.get_by_label("Shortcut S", exact=True)).to_have_count(0)
    ready(wide)
    wide.keyboard.press("1")
    wide.wait_for_timeout(2_000)
    expect(wide.get_by_role("button", name="given")).to_have_count(0)


def test_two_people_code_at_once_and_lose_nothing(
    tmp_path: Path, chromium: Browser, wide: Page
) -> None:
    """Two servers over one store, as two people; neither sees the other's codes, none is lost."""

    def prepare(store: Store) -> None:
        fill(store, ["complaint"] * N_ROUND)

    with ExitStack() as stack:
        mine = stack.enter_context(serve(tmp_path, prepare, settings=CODER))
        round_id = a_round(mine.store)
        theirs = stack.enter_context(serve(tmp_path, nothing, settings=OTHER))
        context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
        stack.callback(context.close)
        other = context.new_page()
        address = f"/coding?queue=round:{round_id}"
        open_page(wide, mine.url + address)
        open_page(other, theirs.url + address)
        for number in range(N_ROUND):
            for page, key in ((wide, "1"), (other, "2" if number == 1 else "1")):
                ready(page)
                page.keyboard.press(key)
            for page in (wide, other):
                expect(page.get_by_role("button", name=", given")).to_have_count(1)
                ready(page)
            for page in (wide, other):
                page.keyboard.press("s")
            for page in (wide, other):
                expect(page.locator("h2").first).to_have_text(
                    f"{number + 1} of {N_ROUND} comments coded by you"
                )
            if number < N_ROUND - 1:
                assert "bob" not in wide.locator("[data-testid=stMain]").inner_text()
        ann, bob = (my_codes(mine.store, round_id, who) for who in ("ann", "bob"))
        ids = round_comments(mine.store, round_id)
        assert len(ids) == N_ROUND
        assert set(ann) == set(bob) == set(ids)
        assert [ann[key] == bob[key] for key in ids] == [True, False, True]


def test_differences_are_reconciled_by_keyboard(tmp_path: Path, wide: Page) -> None:
    held: dict[str, str] = {}

    def prepare(store: Store) -> None:
        fill(store, ["complaint"] * N_ROUND)
        held["id"] = a_round(store)
        give(store, held["id"], "ann", "praise", "praise", "staff")
        give(store, held["id"], "bob", "praise", "suggestion", "staff")

    with serve(tmp_path, prepare, settings=CODER) as mine:
        round_id = held["id"]
        ids = round_comments(mine.store, round_id)
        open_page(wide, f"{mine.url}/coding?queue=round:{round_id}&step=compare")
        expect(wide.locator("h2").first).to_have_text("The same codes on 2 of 3 comments")
        expect(wide.get_by_role("list", name="Codes that each coder gave")).to_contain_text("bob")
        ready(wide)
        assert violations(wide) == []
        assert made(wide) == []
        press(wide, "2")
        expect(wide.get_by_role("heading", name="No difference is left")).to_be_visible()
        ready(wide)
        wide.get_by_role("button", name="Accept what all agree on").press("Enter")
        expect(wide.get_by_role("button", name="Close the round")).to_be_visible()
        found = coded_comment(mine.store, ids[1])
        assert found is not None
        assert dict(found.people) == {"ann and bob, reconciled by ann": ("suggestion",)}
        (told,) = rounds(mine.store)
        assert told.n_settled == N_ROUND
        resize(wide, 390)
        assert violations(wide) == []
        assert boxes_that_scroll_sideways(wide) == []


def test_who_still_codes_is_shown_nobody_elses_codes(tmp_path: Path, wide: Page) -> None:
    held: dict[str, str] = {}

    def prepare(store: Store) -> None:
        fill(store, ["complaint"] * N_ROUND)
        held["id"] = a_round(store)
        give(store, held["id"], "bob", "praise", "staff", "suggestion")

    with serve(tmp_path, prepare, settings=CODER) as served:
        open_page(wide, f"{served.url}/coding?queue=round:{held['id']}&step=compare")
        expect(wide.locator("h2").first).to_have_text("3 comments left for you to code")
        said = wide.locator("[data-testid=stMain]").inner_text()
        assert "Take B" not in said
        assert not [label for label in ("Praise", "Staff and judges") if label in said]
        assert compared(served.store, held["id"], "ann") == ()
        assert made(wide) == []


@pytest.mark.parametrize("width", [1280, 390])
def test_every_state_of_coding_fits_and_has_no_violation(
    tmp_path: Path, wide: Page, width: int
) -> None:
    held: dict[str, str] = {}

    def prepare(store: Store) -> None:
        keys = put(store, [{"text": text, "language": "cy"} for text in HOSTILE[:3]])
        code(store, {key: ["complaint"] for key in keys})
        held["comment"] = keys[0]
        fill(store, ["complaint"] * N_ROUND)
        held["id"] = a_round(store)

    with serve(tmp_path, prepare, settings=CODER) as served:
        for address in ("", f"?comment={held['comment']}", f"?queue=round:{held['id']}"):
            open_page(wide, f"{served.url}/coding{address}")
            ready(wide)
            if not address:
                wide.get_by_text("Open a round:").click()
                wide.get_by_text("Propose a code").click()
                ready(wide)
            resize(wide, width)
            assert violations(wide) == []
            assert made(wide) == []
            resize(wide, 320)
            assert boxes_that_scroll_sideways(wide) == []
            resize(wide, 1280)
