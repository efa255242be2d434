"""The page of one issue and the list of issues: what they show, who may decide, and what comes."""

from __future__ import annotations

import html
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa
import streamlit as st
from streamlit.testing.v1 import AppTest

from app.queries_issue import find_issue
from app.wording import LONDON
from feedback import schema
from feedback.issue_changes import change_issue
from feedback.store import Store
from tests.app.filling import EVIDENCE, id_of, issue
from tests.app.hostile import HOSTILE, fill_with_hostile
from tests.app.test_issue_commands import (
    MERGED,
    NOW,
    PHOTOS,
    SECRET,
    SHUT,
    days_ago,
    fill_issues,
    said_by,
)

SCRIPT = Path(__file__).parents[2] / "app" / "streamlit_app.py"
TWIN = "9" * 32
"""Another issue of the page of PHOTOS."""

Open = Callable[..., AppTest]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store's file, filled once; each test has a copy."""
    path = tmp_path_factory.mktemp("filled") / "feedback.db"
    with Store.open(f"sqlite:///{path}") as opened:
        fill_issues(opened)
        place = {"service": "benefit-appeals", "page": EVIDENCE, "now": NOW}
        opened.write_clusters(
            pd.DataFrame(
                [
                    issue(TWIN, "No photo goes up", [], n=1, **place),
                    issue(
                        "8" * 32,
                        "Upload elsewhere",
                        [],
                        theme="fault.upload",
                        n=6,
                        **{**place, "page": "/x"},
                    ),
                ]
            ),
            pd.DataFrame(columns=["comment_id", "cluster_id", "similarity"]),
        )
    return path


@pytest.fixture
def store(filled: Path, tmp_path: Path) -> Iterator[Store]:
    for file in filled.parent.glob("feedback.db*"):
        shutil.copy(file, tmp_path)
    with Store.open(f"sqlite:///{tmp_path / 'feedback.db'}") as opened:
        yield opened


@pytest.fixture
def open_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    monkeypatch.setenv("FEEDBACK_HOME", str(tmp_path))
    monkeypatch.setenv("FEEDBACK_STORE", f"sqlite:///{tmp_path / 'feedback.db'}")

    def opened(page: str = "issue", **address: str) -> AppTest:
        app = AppTest.from_file(str(SCRIPT), default_timeout=120)
        app.switch_page(f"app_pages/{page}.py")
        for name, value in address.items():
            app.query_params[name] = value
        app.run()
        assert not app.exception
        return app

    st.cache_resource.clear()
    st.cache_data.clear()
    yield opened
    st.cache_resource.clear()
    st.cache_data.clear()


def press(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click().run()
    assert not app.exception
    return app


def row_of(store: Store, cluster_id: str = PHOTOS) -> dict[str, Any]:
    found = store.read(sa.select(schema.issues).where(schema.issues.c.cluster_id == cluster_id))
    row: dict[str, Any] = found.iloc[0].to_dict()
    return row


def by_somebody_else(store: Store, **changes: Any) -> None:
    with store.changing() as connection:
        change_issue(connection, PHOTOS, "ben", changes, datetime.now(UTC))


def test_the_page_tells_what_is_known_how_sure_and_where_else(
    store: Store, open_page: Open
) -> None:
    app = open_page(issue=PHOTOS)
    said = said_by(app)
    assert f"56 comments on {EVIDENCE} since" in said
    assert "A machine grouped 56 comments" in said
    assert "Likeness of a comment to the middle of the group: 0.90 on average" in said
    assert "release Upload v2" in said, "the timeline marks it"
    assert "55 comments, the newest first" in said, "one is about safeguarding"
    assert "No photo goes up" in said
    assert "Upload elsewhere" in said
    assert "Nobody has decided anything about it yet." in said
    assert "the photo of page 11 is refused" not in said, "ten comments a page"
    assert SECRET not in str(app)
    facets = next(frame.value for frame in app.dataframe if "Share (95% interval)" in frame.value)
    assert facets.set_index("Value").loc["502", "Comments"] == 55
    safari = facets[(facets["What"] == "Sent with browser") & (facets["Value"] == "Safari")]
    assert re.fullmatch(r"8\d% \(\d\d% to 9\d%\)", safari["Share (95% interval)"].iloc[0])


@pytest.mark.parametrize(
    "typed", ["0" * 32, "ab", "%", "'; drop table issues; --", "../issue", " "]
)
def test_an_id_that_is_none_is_not_found(store: Store, open_page: Open, typed: str) -> None:
    app = open_page(issue=typed)
    assert "Issue not found" in said_by(app)
    assert not app.button


def test_what_was_merged_leads_to_where_it_went(store: Store, open_page: Open) -> None:
    said = said_by(open_page(issue=MERGED))
    assert "Issue cd56cd56 was merged into this one" in said
    assert "Photos refused" in said


def test_an_issue_of_another_service_is_not_found(
    store: Store, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FEEDBACK_LOCAL_SERVICES", '["divorce"]')
    said = said_by(open_page(issue=PHOTOS))
    assert "Issue not found" in said
    assert "Photos" not in said
    listed = said_by(open_page())
    assert "Signing in fails" in listed
    assert "Photos" not in listed


def test_who_is_no_triager_sees_no_control_and_cannot_decide(
    store: Store, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_page(issue=PHOTOS)
    monkeypatch.setenv("FEEDBACK_LOCAL_ROLES", '["viewer"]')
    st.cache_resource.clear()
    press(app, "decide_step")
    assert row_of(store)["status"] == "new", "the button was drawn before the role was taken away"
    seen = open_page(issue=PHOTOS)
    assert "Photos refused" in said_by(seen)
    assert [button.key for button in seen.button if str(button.key).startswith("decide")] == []


def test_an_issue_goes_from_new_to_closed_with_every_step_in_its_history(
    store: Store, open_page: Open
) -> None:
    app = open_page(issue=PHOTOS)
    for status in ("acknowledged", "investigating", "fixed", "closed"):
        press(app, "decide_step")
        assert row_of(store)["status"] == status
    said = said_by(app)
    steps = ("to Acknowledged", "to Investigating", "to Fixed, dated the fix", "to Closed")
    assert all(f"set the status {step}" in said for step in steps)
    lines = store.read(sa.select(schema.audit).where(schema.audit.c.object == f"issue {PHOTOS}"))
    assert len(lines) == 4
    press(app, "decide_undo")
    assert row_of(store)["status"] == "fixed"
    assert "took back the last decision: set the status to Fixed" in said_by(app)
    assert app.button(key="decide_undo").disabled, "only the last change is taken back"


def test_status_owner_ticket_and_note_are_saved_at_once(store: Store, open_page: Open) -> None:
    app = open_page(issue=PHOTOS)
    app.selectbox(key="decide_status").select("fixed").run()
    app.date_input(key="decide_fixed_on").set_value((NOW - timedelta(days=10)).date())
    app.text_input(key="decide_owner").set_value("web team")
    app.text_input(key="decide_ticket").set_value("https://tickets.example/7")
    app.text_area(key="decide_note").set_value("told Mrs Smith on 07700 900123")
    press(app, "decide_save")
    row = row_of(store)
    assert (row["status"], row["owner"]) == ("fixed", "web team")
    assert row["fixed_at"].tz_convert(LONDON).date() == (NOW - timedelta(days=10)).date()
    assert row["facts"]["fix"]["verdict"] == "stopped", "the fix is watched at once"
    said = said_by(app)
    assert "Stopped (at most 0." in said
    assert "noted: told [PERSON] on [PHONE]" in said
    assert f"fixed, {days_ago(10)}" in said, "the timeline marks it"
    link = next(one.proto.body for one in app.get("html") if "Ticket: <a" in one.proto.body)
    assert 'href="https://tickets.example/7"' in link
    assert 'rel="noopener noreferrer"' in link
    assert app.text_area(key="decide_note").value == ""


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "https://a b.org"])
def test_a_ticket_that_would_do_something_is_refused(
    store: Store, open_page: Open, address: str
) -> None:
    app = open_page(issue=PHOTOS)
    app.text_input(key="decide_ticket").set_value(address)
    press(app, "decide_save")
    assert "begins with https://" in said_by(app)
    assert pd.isna(row_of(store)["ticket_url"])
    with store.changing() as connection:  # however it came into the store
        connection.execute(sa.update(schema.issues).values(ticket_url=address))
    seen = open_page(issue=PHOTOS)
    linked = [one.proto.body for one in seen.get("html") if "<a" in one.proto.body]
    assert not [body for body in linked if "javascript" in body or "data:" in body]


def test_a_change_that_somebody_made_meanwhile_is_not_overwritten(
    store: Store, open_page: Open
) -> None:
    app = open_page(issue=PHOTOS)
    by_somebody_else(store, status="not_an_issue")
    press(app, "decide_step")
    assert row_of(store)["status"] == "not_an_issue"
    said = said_by(app)
    assert "ben changed this issue after it was shown to you. Nothing of yours was written" in said
    assert "Not an issue · Fault: upload" in said, "the new state is shown"
    assert app.selectbox(key="decide_status").value == "not_an_issue"


def test_half_typed_words_stay_and_are_checked_against_what_was_seen(
    store: Store, open_page: Open
) -> None:
    app = open_page(issue=PHOTOS)
    app.text_input(key="decide_owner").set_value("web team").run()
    by_somebody_else(store, owner="payments team")
    app.run()
    assert app.text_input(key="decide_owner").value == "web team", "it is not lost"
    press(app, "decide_save")
    assert row_of(store)["owner"] == "payments team"
    assert "ben changed this issue" in said_by(app)
    assert app.text_input(key="decide_owner").value == "payments team"


def test_untouched_fields_follow_the_issue(store: Store, open_page: Open) -> None:
    app = open_page(issue=PHOTOS)
    by_somebody_else(store, owner="payments team", status="investigating")
    app.run()
    assert app.text_input(key="decide_owner").value == "payments team"
    assert app.selectbox(key="decide_status").value == "investigating"


def test_a_title_is_redacted_and_kept(store: Store, open_page: Open) -> None:
    app = open_page(issue=PHOTOS)
    app.text_input(key="decide_title").set_value("Photos, says Mrs Smith of 07700 900123")
    press(app, "decide_rename")
    row = row_of(store)
    assert row["title"] == "Photos, says [PERSON] of [PHONE]"
    assert "gave it another title" in said_by(app)
    press(app, "decide_undo")
    assert row_of(store)["title"] == "Photos refused"


def test_an_issue_is_merged_into_another_and_parted_again(store: Store, open_page: Open) -> None:
    app = open_page(issue=PHOTOS)
    app.selectbox(key="decide_into").select(TWIN).run()
    press(app, "decide_merge")
    assert row_of(store)["merged_into"] == TWIN
    assert app.query_params["issue"] in (TWIN, [TWIN])
    assert "No photo goes up" in said_by(app)
    assert "merged another issue into this one" in said_by(app)
    press(app, "decide_undo")
    assert pd.isna(row_of(store)["merged_into"])
    assert find_issue(store, PHOTOS)["n"] == 56


def test_comments_picked_become_an_issue_of_their_own(store: Store, open_page: Open) -> None:
    app = open_page(issue=PHOTOS)
    app.toggle(key="split_on").set_value(True).run()
    picks = [box for box in app.checkbox if str(box.key).startswith("pick_")]
    assert len(picks) == 10
    for box in picks[:3]:
        box.check()
    app.run()
    app.text_input(key="split_title").set_value("Turned photos")
    press(app, "split_save")
    part = app.query_params["issue"]
    part = part[0] if isinstance(part, list) else part
    row = row_of(store, part)
    assert (row["title"], row["n"], row["status"]) == ("Turned photos", 3, "new")
    own = schema.assignments.c.cluster_id == part
    moved = set(store.read(sa.select(schema.assignments.c.comment_id).where(own))["comment_id"])
    assert moved == {str(box.key).removeprefix("pick_") for box in picks[:3]}
    assert "3 comments made an issue of their own: this one." in said_by(app)
    assert "made it of 3 comments of issue ab12ab12" in said_by(app)


def test_a_split_without_a_comment_or_a_title_is_refused(store: Store, open_page: Open) -> None:
    app = open_page(issue=PHOTOS)
    app.toggle(key="split_on").set_value(True).run()
    press(app, "split_save")
    assert "Pick at least one comment" in said_by(app)
    next(box for box in app.checkbox if str(box.key).startswith("pick_")).check().run()
    press(app, "split_save")
    assert "An issue's title has 1 to 200 letters" in said_by(app)
    assert row_of(store)["n"] == 56


def test_the_ticket_quotes_nobody(store: Store, open_page: Open) -> None:
    app = open_page(issue=PHOTOS)
    (ticket,) = [one.value for one in app.code if one.value.startswith("# ")]
    assert ticket.startswith("# Fault: upload: Appeal a benefit decision: Upload evidence")
    assert f"- **Issue**: {PHOTOS}, New." in ticket
    assert "- **Status codes**: 502 (55)" in ticket
    texts = store.read(sa.select(schema.comments.c.text))["text"]
    assert not [text for text in texts if text in ticket]
    assert "Photos refused" not in ticket, "a title is made of comments' words"


def test_the_list_has_what_is_open_and_can_be_narrowed_and_ordered(
    store: Store, open_page: Open
) -> None:
    by_somebody_else(store, owner="web team")
    app = open_page()
    said = said_by(app)
    assert "4 open issues" in said
    assert "Old matter" not in said
    assert said.index("Photos refused") < said.index("Upload elsewhere") < said.index("Signing in")
    every = ("Old matter", "Photos refused", "Signing in fails", "No photo goes up")
    for name, value, expected in (
        ("status", "closed", "Old matter"),
        ("owner", "web team", "Photos refused"),
        ("service", "divorce", "Signing in fails"),
    ):
        told = said_by(open_page(**{name: value}))
        assert [title for title in every if title in told] == [expected]
    oldest = said_by(open_page(sort="oldest"))
    assert oldest.index("Photos refused") < oldest.index("No photo goes up")
    by_title = said_by(open_page(sort="title"))
    assert by_title.index("No photo goes up") < by_title.index("Photos refused")
    assert "status=nonsense" not in str(open_page(status="nonsense").query_params)


def test_hostile_words_are_shown_as_typed(tmp_path: Path, open_page: Open) -> None:
    with Store.open(f"sqlite:///{tmp_path / 'feedback.db'}") as opened:
        fill_with_hostile(opened)
        with opened.changing() as connection:
            connection.execute(
                sa.update(schema.issues).values(owner=HOSTILE[0], ticket_url=HOSTILE[5])
            )
    for app in (open_page(issue=id_of(0)), open_page(), open_page("emerging")):
        told = [element.value for kind in ("markdown", "caption") for element in app.get(kind)]
        labels = [
            element.label
            for kind in ("button", "checkbox", "toggle", "text_input", "selectbox")
            for element in app.get(kind)
        ]
        links = [element.proto.label for element in app.get("page_link")]
        bare = [text for text in (*told, *labels, *links) for hostile in HOSTILE if hostile in text]
        assert bare == []
        raw = "".join(element.proto.body for element in app.get("html"))
        assert not re.search(r"<(script|img|iframe|svg[^>]*onload|details)", raw)
        assert HOSTILE[0] in html.unescape(raw)
    options = open_page(issue=id_of(0)).selectbox(key="decide_into").options
    assert any(text.startswith(HOSTILE[1]) for text in options), "an option is no markup"


def test_an_issue_without_comments_is_shown(store: Store, open_page: Open) -> None:
    assert "0 comments, the newest first" in said_by(open_page(issue=SHUT))
