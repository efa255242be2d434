"""On the triage page people decide about one report or many; the server checks who, and what."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import streamlit as st
from streamlit.testing.v1 import AppTest

from app import triage_view
from app.queries_report import owners
from feedback import schema
from feedback.fault_triage import change
from feedback.store import Store
from tests.app.filling import NOW, code, put
from tests.app.hostile import HOSTILE
from tests.app.test_triage_of_faults import SCRIPT

ME = getpass.getuser()
N_REPORTS = 20
Opened = Callable[..., AppTest]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'feedback.db'}") as opened:
        yield opened


@pytest.fixture
def ids(store: Store) -> list[str]:
    """Reports of two services, the newest first; the last one was blocked."""
    rows = [
        {
            "text": f"the page broke, try {n}",
            "service": "divorce" if n % 2 else "probate",
            "submitted_at": NOW - timedelta(hours=n + 1),
        }
        for n in range(N_REPORTS)
    ]
    ids = put(store, rows)
    facets = {key: {"browser": ["Safari"]} for key in ids[:5]}
    facets[ids[-1]] = {"impact": "blocked"}
    code(store, {key: ["fault.error"] for key in ids}, facets=facets)
    return ids


@pytest.fixture
def open_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store: Store, ids: list[str]
) -> Iterator[Opened]:
    monkeypatch.setenv("FEEDBACK_HOME", str(tmp_path))
    monkeypatch.setenv("FEEDBACK_STORE", f"sqlite:///{tmp_path / 'feedback.db'}")

    def opened(address: Mapping[str, str] | None = None, **settings: str) -> AppTest:
        for name, value in settings.items():
            monkeypatch.setenv(f"FEEDBACK_{name.upper()}", value)
        app = AppTest.from_file(str(SCRIPT), default_timeout=60)
        app.switch_page("app_pages/triage.py")
        for name, value in (address or {}).items():
            app.query_params[name] = value
        return app.run()

    st.cache_resource.clear()
    st.cache_data.clear()
    yield opened
    st.cache_resource.clear()
    st.cache_data.clear()


def texts(app: AppTest) -> str:
    assert not app.exception
    return " ".join(element.proto.body for element in app.get("html"))


def current(app: AppTest) -> str:
    told = app.query_params["report"]
    return told if isinstance(told, str) else told[0]


def states(store: Store) -> dict[str, tuple[str, str | None]]:
    table = schema.fault_triage
    rows = store.read(sa.select(table.c.comment_id, table.c.status, table.c.owner))
    return {
        row.comment_id: (row.status, None if row.owner != row.owner else row.owner)
        for row in rows.itertuples()
    }


def by_another(store: Store, ids: list[str], **changes: str | None) -> None:
    """Change reports as somebody at another screen does, who has seen the newest state."""
    table = schema.fault_triage
    with store.changing() as connection:
        rows = connection.execute(sa.select(table.c.comment_id, table.c.at)).all()
        seen = dict.fromkeys(ids) | {key: at for key, at in rows if key in ids}
        change(connection, seen, changes, "bo", NOW)


def press(app: AppTest, key: str) -> AppTest:
    return app.button(key=key).click().run()


def test_the_queue_is_gone_through_and_decided(
    open_page: Opened, store: Store, ids: list[str]
) -> None:
    app = open_page()
    assert "Report 1 of 20." in texts(app)
    assert current(app) == ids[-1], "the blocked one comes first"
    press(app, "triage_next")
    assert current(app) == ids[0]
    press(app, "triage_mine")
    assert states(store) == {ids[0]: ("open", ME)}
    assert f"1 report: owner {ME}." in texts(app)
    press(app, "triage_done")
    assert states(store) == {ids[0]: ("done", ME)}
    assert current(app) == ids[1]
    assert "Report 2 of 19." in texts(app)
    press(app, "triage_previous")
    press(app, "triage_previous")
    assert current(app) == ids[-1]
    assert "This is the first report." in texts(app)
    lines = store.read(sa.select(schema.audit.c.who, schema.audit.c.object))
    assert set(lines.itertuples(index=False, name=None)) == {(ME, f"fault report {ids[0]}")}


def test_the_table_turns_with_the_current_report(open_page: Opened, ids: list[str]) -> None:
    app = open_page()
    assert len(app.dataframe[0].value) == triage_view.QUEUE_ROWS == 15
    for _ in range(15):
        press(app, "triage_next")
    assert "Reports 16 to 20 of 20." in texts(app)
    assert app.dataframe[0].value["Comment"].tolist()[0] == "the page broke, try 14"
    press(app, "triage_Rows after")
    assert current(app) == ids[14], "there are no rows after"
    press(app, "triage_Rows before")
    assert current(app) == ids[-1]


def test_a_form_sets_status_and_owner(open_page: Opened, store: Store, ids: list[str]) -> None:
    app = open_page()
    status, owner = app.selectbox[-4], app.selectbox[-3]
    assert (status.label, owner.label) == ("Set status", "Set owner")
    status.select("in_progress")
    owner.select(ME)
    press(app, "triage_save")
    assert states(store) == {ids[-1]: ("in_progress", ME)}
    press(app, "triage_save")
    assert "Nothing to change" in texts(app)
    assert app.dataframe[0].value["Status"].tolist()[0] == "In progress"
    assert app.dataframe[0].value["Owner"].tolist()[0] == ME


def test_a_live_change_does_not_move_the_current_report(
    open_page: Opened, store: Store, ids: list[str]
) -> None:
    app = open_page()
    press(app, "triage_next")
    by_another(store, [ids[0]], status="done")
    newer = put(store, [{"text": "blocked just now", "submitted_at": NOW}])
    code(store, {newer[0]: ["fault.error"]}, facets={newer[0]: {"impact": "blocked"}})
    app.run()
    assert current(app) == ids[0]
    assert "Not among the 20 reports that pass the filters." in texts(app)
    assert "<strong>Done</strong>" in texts(app)
    press(app, "triage_next")
    assert current(app) == ids[1], "the next from where it was"
    press(app, "triage_previous")
    assert current(app) == ids[-1]
    press(app, "triage_previous")
    assert current(app) == newer[0]


def test_who_comes_second_is_told_and_overwrites_nothing(
    open_page: Opened, store: Store, ids: list[str]
) -> None:
    app = open_page()
    by_another(store, [ids[-1]], owner="bo", status="acknowledged")
    press(app, "triage_done")
    assert states(store) == {ids[-1]: ("acknowledged", "bo")}
    assert "Left alone: it was changed by bo" in texts(app)
    assert current(app) == ids[-1]
    press(app, "triage_done")
    assert states(store) == {ids[-1]: ("done", "bo")}, "now it was seen"


def test_undo_takes_one_decision_back(open_page: Opened, store: Store, ids: list[str]) -> None:
    app = open_page()
    press(app, "triage_undo")
    assert "There is nothing to undo." in texts(app)
    press(app, "triage_done")
    press(app, "triage_next")
    press(app, "triage_undo")
    assert states(store) == {}
    assert current(app) == ids[-1], "back at what was undone"
    assert "Undone: 1 report put back." in texts(app)


def test_many_change_as_they_passed_when_it_was_asked(
    open_page: Opened, store: Store, ids: list[str]
) -> None:
    app = open_page({"browser": "Safari"})
    assert app.button(key="triage_apply").label == "Apply to all 5 reports that pass the filters"
    press(app, "triage_apply")
    assert "Choose a status or an owner to set first." in texts(app)
    app.selectbox(key="bulk_status").select("not_a_fault").run()
    press(app, "triage_apply")
    question = "5 reports pass the filters. Set status Not a fault on all of them?"
    assert question in [text.value for text in app.text]
    assert states(store) == {}, "nothing is written before it is confirmed"
    late = put(store, [{"text": "late", "submitted_at": NOW}])
    code(store, {late[0]: ["fault.error"]}, facets={late[0]: {"browser": ["Safari"]}})
    by_another(store, [ids[1]], status="in_progress")
    press(app, "triage_yes")
    changed = dict.fromkeys([ids[0], *ids[2:5]], ("not_a_fault", None))
    assert states(store) == {**changed, ids[1]: ("in_progress", None)}
    told = texts(app)
    assert "4 reports: status Not a fault. 1 report left alone" in told
    by_another(store, [ids[2]], status="open")
    press(app, "triage_undo")
    assert states(store) == {ids[1]: ("in_progress", None), ids[2]: ("open", None)}
    assert "3 reports put back. 1 report left alone: somebody changed them since." in texts(app)


def test_many_are_all_that_pass_and_not_those_looked_at(
    open_page: Opened, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.queries_triage.MAX_FAULTS", 3)
    monkeypatch.setattr("app.queries_triage.CHUNK", 4)
    app = open_page()
    assert "4 fault reports or more, 1 blocked" in texts(app), "the newest, and the blocked one"
    assert "more than" in app.button(key="triage_apply").label
    app.selectbox(key="bulk_owner").select(ME).run()
    press(app, "triage_apply")
    assert any(text.value.startswith("20 reports pass") for text in app.text)
    press(app, "triage_no")
    assert states(store) == {}
    press(app, "triage_apply")
    press(app, "triage_yes")
    assert set(states(store).values()) == {("open", ME)}
    assert len(states(store)) == N_REPORTS


def test_status_and_owner_filter_the_queue(open_page: Opened, store: Store, ids: list[str]) -> None:
    by_another(store, ids[:3], status="done", owner="cy")
    by_another(store, ids[3:5], status="acknowledged")
    by_another(store, ids[5:6], owner=ME)
    for address, n in (
        ({}, 17),
        ({"fault_status": "all"}, 20),
        ({"fault_status": "done"}, 3),
        ({"fault_status": "open"}, 15),
        ({"fault_status": "acknowledged", "fault_owner": ":nobody"}, 2),
        ({"fault_status": "all", "fault_owner": "cy"}, 3),
        ({"fault_owner": ME}, 1),
        ({"fault_owner": ":nobody"}, 16),
        ({"fault_owner": "nobody at all", "fault_status": "<script>"}, 17),
    ):
        told = texts(open_page(address))
        assert f"{n} fault report" in told, address


def test_a_viewer_sees_the_queue_and_no_control(open_page: Opened, store: Store) -> None:
    app = open_page(local_roles='["viewer"]')
    assert "20 fault reports" in texts(app)
    keys = {button.key for button in app.button}
    assert {"triage_next", "triage_previous"} <= keys
    assert not keys & {"triage_done", "triage_mine", "triage_undo", "triage_apply", "triage_save"}
    assert "Set status" not in {box.label for box in app.selectbox}


def test_people_of_the_same_services_are_offered_as_owners(store: Store, ids: list[str]) -> None:
    row = {"added_by": "boss", "added_at": NOW}
    people = [
        {"email": "all@x.uk", "roles": ["triager"], "services": None, **row},
        {"email": "both@x.uk", "roles": ["triager"], "services": ["divorce", "fees"], **row},
        {"email": "looks@x.uk", "roles": ["viewer"], "services": ["divorce"], **row},
        {"email": "other@x.uk", "roles": ["triager"], "services": ["probate"], **row},
    ]
    with store.changing() as connection:
        connection.execute(sa.insert(schema.people), people)
    by_another(store, ids[:1], owner="cy")
    everyone = ("all@x.uk", "both@x.uk", "cy", "other@x.uk")
    assert owners(store, None) == everyone
    assert owners(store, ("divorce",)) == everyone[:3]


def test_paper_has_no_controls(open_page: Opened) -> None:
    app = open_page({"print": "1"})
    assert "20 fault reports" in texts(app)
    assert not {button.key for button in app.button if str(button.key).startswith("triage")}


def test_a_role_lost_meanwhile_is_refused_by_the_server(
    open_page: Opened, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_page()
    app.selectbox(key="bulk_status").select("done").run()
    press(app, "triage_apply")
    monkeypatch.setenv("FEEDBACK_LOCAL_ROLES", '["viewer"]')
    st.cache_resource.clear()
    for key in ("triage_yes", "triage_done", "triage_mine"):
        app.button(key=key).click()
    app.run()
    assert states(store) == {}
    assert "This takes the role triager." in texts(app)


def test_reports_of_other_services_are_not_there(
    open_page: Opened, store: Store, ids: list[str]
) -> None:
    theirs = ids[0]
    app = open_page({"report": theirs}, local_services='["divorce"]')
    assert "10 fault reports, 1 blocked" in texts(app)
    assert current(app) == ids[-1], "a link to another service's report leads nowhere"
    app.selectbox(key="bulk_status").select("done").run()
    press(app, "triage_apply")
    press(app, "triage_yes")
    assert set(states(store)) == set(ids[1::2])


def test_a_link_leads_to_a_report(open_page: Opened, store: Store, ids: list[str]) -> None:
    by_another(store, [ids[7]], status="done")
    app = open_page({"report": ids[7]})
    assert current(app) == ids[7]
    assert "Not among the 19 reports" in texts(app)
    assert "the page broke, try 7" in texts(app)


def test_names_are_shown_as_typed(open_page: Opened, store: Store, ids: list[str]) -> None:
    for key, name in zip(ids, HOSTILE, strict=False):
        by_another(store, [key], owner=name[:120])
    app = open_page()
    told = texts(app)
    assert "<script>window" not in told
    assert "<img src=x" not in told
    offered = app.selectbox(key="fault_owner").options
    assert HOSTILE[0] in offered
