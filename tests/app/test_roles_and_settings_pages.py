"""Roles decide on the server what opens and what acts; the page Settings says what is in force."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from app import access, sign_in
from app.access import NOBODY, Viewer
from app.pages import PAGES, entries_for
from app.queries_settings import people, signals_now
from app.sign_in import Door
from app.tell_settings import FOR_EVERYBODY, settings_table, sources_now
from app.tell_thresholds import BUDGETS, NOVEL, alerts_at, budget_table, evidence_needed
from feedback.errors import AccessError
from feedback.people import put_person
from feedback.schema import Role
from feedback.settings import Settings
from feedback.store import Store
from tests.app.page_store import page_store
from tests.app.test_sign_in_is_judged import HIDDEN, written
from tests.app.two_services import OURS, THEIRS, WORDS, fill_services

SCRIPT = Path(__file__).parents[2] / "app" / "streamlit_app.py"
ANN = "ann@example.gov.uk"


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A store with two services, and the settings that lead to it."""
    monkeypatch.chdir(tmp_path)
    with page_store(tmp_path, monkeypatch) as store:
        fill_services(store, (OURS, THEIRS))
        yield store


@pytest.fixture
def signing(served: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """The same with sign-in."""
    monkeypatch.setenv("FEEDBACK_SIGN_IN_FILE", str(written(tmp_path)))
    return served


def put(store: Store, email: str, *roles: Role, services: list[str] | None = None) -> None:
    with store.changing() as connection:
        put_person(connection, email, roles, services, "root", datetime.now(UTC))


def open_page(
    name: str, email: str | None = None, address: Mapping[str, str] | None = None, **claims: Any
) -> AppTest:
    app = AppTest.from_file(str(SCRIPT), default_timeout=120)
    if email is not None:
        told = {"is_logged_in": True, "email": email, "email_verified": True}
        app.user = {**told, "iat": datetime.now(UTC).timestamp(), **claims}
    app.switch_page(f"app_pages/{name}.py")
    for key, value in (address or {}).items():
        app.query_params[key] = value
    return app.run()


def text_of(app: AppTest) -> str:
    kinds = ("title", "text", "markdown", "code", "error")
    parts = [element.value for kind in kinds for element in app.get(kind)]
    parts += [re.sub(r"<[^>]+>", " ", element.proto.body) for element in app.get("html")]
    return html.unescape("\n".join(parts))


@pytest.mark.parametrize("claims", [{}, {"is_logged_in": False}])
def test_signed_out_nothing_is_told(signing: Store, claims: dict[str, Any]) -> None:
    app = open_page("comments", ANN if claims else None, **claims)
    assert [button.label for button in app.button] == ["Sign in"]
    assert not app.dataframe
    assert not app.selectbox
    assert WORDS[OURS] not in str(app)


def test_who_is_no_more_among_the_people_sees_nothing_at_the_next_click(signing: Store) -> None:
    put(signing, ANN, Role.VIEWER)
    put(signing, "root@example.gov.uk", Role.ADMINISTRATOR)
    app = open_page("comments", ANN)
    assert [title.value for title in app.title] == ["Comments"]
    assert WORDS[OURS] in str(app)
    from feedback.people import remove_person

    with signing.changing() as connection:
        remove_person(connection, ANN, "root", datetime.now(UTC))
    app.run()
    assert [title.value for title in app.title] == ["You cannot open this dashboard"]
    assert WORDS[OURS] not in str(app)


@pytest.mark.parametrize("entry", PAGES, ids=[entry.name for entry in PAGES])
def test_every_page_opens_for_its_role_and_tells_nothing_to_another(
    signing: Store, entry: Any
) -> None:
    for role in Role:
        email = f"{role.value}@example.gov.uk"
        put(signing, email, role)
        may = entry in entries_for(frozenset({role}))
        if may and role not in (Role.VIEWER, entry.role, Role.SAFEGUARDING):
            continue  # told by the others: a page that opens does so for each alike
        app = open_page(entry.name, email)
        assert not app.exception, (entry.name, role)
        refused = "This page is for people with the role" in text_of(app)
        assert refused != may, (entry.name, role)
        if refused:
            assert not app.dataframe
            assert not app.selectbox
            assert not [word for word in WORDS.values() if word in str(app)]


def test_a_filter_that_names_another_service_shows_nothing_of_it(signing: Store) -> None:
    put(signing, ANN, Role.VIEWER, services=[OURS])
    for name in ("overview", "emerging", "page_detail", "topics", "comments", "triage"):
        app = open_page(name, ANN, {"service": THEIRS, "page": f"/{THEIRS}/{WORDS[THEIRS]}"})
        assert not app.exception, name
        assert WORDS[THEIRS] not in str(app.main), name
        assert THEIRS not in [str(one) for box in app.selectbox for one in box.options]


@pytest.mark.parametrize(
    ("roles", "services", "role", "service", "told"),
    [
        ({Role.VIEWER}, None, Role.TRIAGER, OURS, "takes the role triager"),
        ({Role.TRIAGER}, (OURS,), Role.TRIAGER, THEIRS, "a service that you do not see"),
        ({Role.TRIAGER}, (OURS,), Role.TRIAGER, None, "a service that you do not see"),
        ({Role.ADMINISTRATOR}, None, Role.TRIAGER, OURS, "takes the role triager"),
        ({Role.SAFEGUARDING}, None, Role.VIEWER, OURS, "takes the role viewer"),
        (set(), None, Role.VIEWER, OURS, "takes the role viewer"),
        ({Role.TRIAGER}, (OURS,), Role.TRIAGER, OURS, None),
        ({Role.TRIAGER}, None, Role.VIEWER, None, None),
    ],
)
def test_acting_takes_role_and_service(
    served: Store,
    monkeypatch: pytest.MonkeyPatch,
    roles: set[Role],
    services: tuple[str, ...] | None,
    role: Role,
    service: str | None,
    told: str | None,
) -> None:
    viewer = Viewer("ann", frozenset(roles), services)
    monkeypatch.setattr(access, "current_viewer", lambda: viewer)
    if told is None:
        store, who = access.acting(role, service)
        assert who == "ann"
        assert store.data_version() == served.data_version()
        return
    with pytest.raises(AccessError, match=told):
        access.acting(role, service)


def test_nobody_may_do_anything(served: Store) -> None:
    assert not any(NOBODY.may(role) for role in Role)
    assert not NOBODY.sees(OURS)
    assert not NOBODY.sees(None)


def test_without_sign_in_other_machines_meet_a_refusal(
    served: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert access.admission().door is Door.OPEN
    monkeypatch.setattr(type(st.context), "ip_address", "10.1.2.3")
    told = access.admission()
    assert told.door is Door.ELSEWHERE
    assert told.viewer is NOBODY


def test_claims_are_those_of_somebody_who_is_signed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    class User:
        def __init__(self, told: dict[str, Any]) -> None:
            self.told = told

        def to_dict(self) -> dict[str, Any]:
            return self.told

    for flag, n in ((True, 2), (False, 0), ("true", 0), (None, 0)):
        monkeypatch.setattr(st, "user", User({"email": ANN, "is_logged_in": flag}))
        assert len(sign_in.claims()) == n


# The page Settings


def test_settings_say_that_nobody_signs_in(served: Store) -> None:
    said = text_of(open_page("settings"))
    assert "No sign-in: this machine only" in said
    assert "viewer, triager, researcher, safeguarding, administrator" in said


def test_a_viewer_sees_thresholds_and_themselves_and_neither_machine_nor_people(
    signing: Store, tmp_path: Path
) -> None:
    put(signing, ANN, Role.VIEWER, services=[OURS])
    put(signing, "boss@example.gov.uk", Role.ADMINISTRATOR)
    app = open_page("settings", ANN)
    said = text_of(app) + "".join(one.value.to_string() for one in app.dataframe)
    assert f"Signed in as {ANN}" in said
    assert "Apply for a divorce" in said
    assert "1 false alarm a week accepted" in said
    for hidden in (str(tmp_path), "boss@example.gov.uk", "sqlite", "smtp", "sign_in_file", HIDDEN):
        assert hidden not in said, hidden
    assert not [button for button in app.button if button.label in ("Add", "Save", "Remove")]
    assert "Alerts now" not in said, "ranks among some of the signals say nothing"


def test_an_administrator_adds_people_who_may_then_come_in(signing: Store) -> None:
    put(signing, "boss@example.gov.uk", Role.ADMINISTRATOR)
    app = open_page("settings", "boss@example.gov.uk")
    app.text_input(key="new_email").set_value(" New@Example.gov.uk")
    app.checkbox(key="role_triager_new").check()
    app.multiselect(key="services_new").set_value([OURS])
    next(button for button in app.button if button.label == "Add").click().run()
    assert "New@Example.gov.uk is added." in text_of(app)
    added = {one.email: one for one in people(signing)}["new@example.gov.uk"]
    assert (added.roles, added.services) == (frozenset({Role.TRIAGER}), (OURS,))
    assert added.added_by == "boss@example.gov.uk"
    assert [title.value for title in open_page("triage", "NEW@example.gov.uk").title] == ["Triage"]


def test_the_page_refuses_to_take_the_last_administrator_out(signing: Store) -> None:
    boss = "boss@example.gov.uk"
    put(signing, boss, Role.ADMINISTRATOR)
    app = AppTest.from_file(str(SCRIPT), default_timeout=120)
    app.user = {
        "is_logged_in": True,
        "email": boss,
        "email_verified": True,
        "iat": datetime.now(UTC).timestamp(),
    }
    app.session_state["people_table_chosen"] = boss
    app.switch_page("app_pages/settings.py").run()
    next(button for button in app.button if button.label == "Remove").click().run()
    assert "Not removed" in text_of(app)
    assert "last administrator" in text_of(app)
    app.checkbox(key=f"role_administrator_{boss}").uncheck()
    app.checkbox(key=f"role_viewer_{boss}").check()
    next(button for button in app.button if button.label == "Save").click().run()
    assert "Not saved" in text_of(app)
    assert {one.email: one.roles for one in people(signing)}[boss] == {Role.ADMINISTRATOR}


def test_settings_tell_where_each_value_comes_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "feedback.toml").write_text("refresh_seconds = 3.0\nname_threshold = 0.3\n")
    monkeypatch.setenv("FEEDBACK_NAME_THRESHOLD", "0.2")
    monkeypatch.setenv("FEEDBACK_SMTP_PASSWORD", HIDDEN)
    monkeypatch.setenv("FEEDBACK_STORE", f"postgresql+psycopg://ann:{HIDDEN}@db.example/f")
    settings = Settings()
    table = settings_table(settings, sources_now(), with_machine=True).set_index("Setting")
    assert table.loc["refresh_seconds", ["Value", "From"]].tolist() == ["3.0", "feedback.toml"]
    assert table.loc["name_threshold", ["Value", "From"]].tolist() == [
        "0.2",
        "FEEDBACK_NAME_THRESHOLD",
    ]
    assert table.loc["seed", "From"] == "default"
    assert table.loc["smtp_password", "Value"] == "set, and not shown"
    assert HIDDEN not in table.to_string()
    everybody = settings_table(settings, sources_now(), with_machine=False)
    assert set(everybody["Setting"]) == FOR_EVERYBODY
    assert set(table.index) == set(Settings.model_fields)


def test_what_an_alert_needs_is_what_the_lookout_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    """By another route: the lookout itself, given findings just within and just beyond."""
    import numpy as np

    from feedback.schema import SignalKind
    from topics.lookout import Lookout
    from topics.looks import Look

    budget = 2.0
    panel = type("Panel", (), {"per_day": 24, "reports": np.ones((1, 1)), "n_periods": 1})()
    lookout = Lookout(panel, 0.7 * budget, {})
    for kind in SignalKind:
        needed = evidence_needed(budget)[kind.value]
        false = needed.most_false * np.array([0.999, 1.001, 0.999])
        p = np.array([needed.max_p, needed.max_p, needed.max_p * 1.01])
        blank = {name: np.zeros(3) for name in ("days", "n", "expected", "usual_a_day")}
        blank |= {name: np.zeros(3) for name in ("rate_ratio", "low", "high")}
        found = lookout._weigh(kind, Look(rows=np.arange(3), p=p, false=false, **blank))
        assert found.is_alert.tolist() == [True, False, False], kind


def signals(*rows: tuple[str, str, float]) -> pd.DataFrame:
    return pd.DataFrame(
        [(kind, level, "fault.upload", q) for kind, level, q in rows],
        columns=["kind", "level", "theme", "q_value"],
    )


def test_fewer_signals_stay_alerts_when_fewer_false_alarms_are_accepted() -> None:
    most = evidence_needed(1.0)["burst"].most_false
    rows = [("burst", "alert", most * share) for share in (0.1, 0.2, 0.3)]
    rows.append(("burst", "watch", most * 0.4))
    found = signals(*rows)  # rank times q: 0.1, 0.4, 0.9 and 1.6 times what is needed at 1
    assert alerts_at(found, 1.0, 1.0) == (3, 3)
    assert alerts_at(found, 0.5, 1.0) == (2, 2)
    assert alerts_at(found, 0.25, 1.0) == (1, 1)
    assert alerts_at(found, 2.0, 1.0) == (3, 4)
    assert alerts_at(found.head(0), 2.0, 1.0) == (0, 0)


def test_equal_q_values_leave_open_what_they_hide() -> None:
    most = evidence_needed(1.0)["burst"].most_false
    found = signals(*[("burst", "alert", most * 0.3)] * 3)  # the last one is known: 0.9
    assert alerts_at(found, 0.5, 1.0) == (0, 1)
    assert "0 to 1" in budget_table(found, 1.0)["Alerts now"].tolist()


def test_novel_complaints_are_weighed_by_themselves() -> None:
    found = signals(("burst", "alert", 0.05)).assign(theme="text:abc")
    needed = evidence_needed(1.0)
    assert needed[NOVEL].max_p < needed["burst"].max_p
    assert alerts_at(found, needed["burst"].most_false, 1.0)[1] in (0, 1)
    assert alerts_at(found, 0.25, 1.0) == (0, 0)
    assert alerts_at(found, 0.5, 1.0) == (1, 1)


def test_the_table_has_each_budget_and_the_one_in_force(served: Store) -> None:
    found = signals_now(served)
    assert len(found) == 2
    table = budget_table(found, 0.75)
    assert len(table) == len(BUDGETS) + 1
    row = table[table["False alarms a week"] == "0.75 (in force)"].iloc[0]
    assert row["Alerts now"] == "2"
