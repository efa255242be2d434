"""The page Releases: noting one and taking one back, by those who may, where they may."""

from __future__ import annotations

from datetime import date, time, timedelta
from pathlib import Path

import pandas as pd
from streamlit.testing.v1 import AppTest

from app.release_view import releases_of
from app.release_work import note_release
from feedback import schema
from feedback.store import Store
from tests.app.filling import NOW, put
from tests.app.test_pages_show_the_store import open_app, text_of
from tests.feedback.pipeline_parts import rows_of

__all__ = ["open_app"]


def two_services(store: Store) -> None:
    put(store, [{"text": "slow"}, {"text": "fine", "service": "probate", "page": "/probate/track"}])


def noted(store: Store) -> None:
    two_services(store)
    for name, service in (("Theirs", "divorce"), ("Ours", "probate"), ("Everybody's", None)):
        note_release(store, name=name, at="20/03/2026", service=service, page=None, who="ann")


def at(tmp_path: Path) -> Store:
    return Store.open(f"sqlite:///{tmp_path / 'feedback.db'}")


def releases(tmp_path: Path) -> pd.DataFrame:
    with at(tmp_path) as store:
        return rows_of(store, schema.releases)


def note(app: AppTest, name: str, *, service: str = "probate", page: str = "") -> None:
    app.selectbox(key="release_service").select(service).run()
    app.text_input(key="release_name").input(name)
    app.date_input(key="release_day").set_value(date(2026, 3, 29))
    app.time_input(key="release_time").set_value(time(14, 30))
    (choice,) = [one for one in app.selectbox if one.label == "Page (optional)"]
    if page:
        choice.select(page)
    (button,) = [one for one in app.button if one.label == "Note it"]
    button.click().run()
    assert not app.exception


def test_a_release_is_noted_with_its_place_and_moment(open_app, tmp_path):
    app = open_app(two_services, "Releases")
    assert "No release is noted" in text_of(app)
    note(app, "2.14 <b>bold</b>", page="/probate/track")
    (row,) = releases(tmp_path).to_dict("records")
    assert (row["name"], row["service"], row["page"]) == (
        "2.14 <b>bold</b>",
        "probate",
        "/probate/track",
    )
    assert row["at"].isoformat() == "2026-03-29T13:30:00+00:00", "that day summer time began"
    said = text_of(app)
    assert "Noted: 2.14 <b>bold</b>, 29/03/2026 14:30." in said
    assert "1 release noted" in said
    assert app.dataframe[0].value["When"].tolist() == ["29/03/2026 14:30"]
    assert app.text_input(key="release_name").value == ""


def test_what_is_missing_is_said_and_what_was_typed_stays(open_app, tmp_path):
    app = open_app(two_services, "Releases")
    app.text_input(key="release_name").input("2.14")
    (button,) = [one for one in app.button if one.label == "Note it"]
    button.click().run()
    assert app.error[0].value == "Not noted: its day is missing."
    assert app.text_input(key="release_name").value == "2.14"
    assert releases(tmp_path).empty


def test_the_chosen_release_is_taken_back_and_stays_in_the_log(open_app, tmp_path):
    app = open_app(noted, "Releases")
    ids = releases(tmp_path).set_index("name")["release_id"]
    app.session_state["releases_table_chosen"] = ids["Ours"]
    app.run()
    app.button(key="remove_release").click().run()
    assert not app.exception
    assert "Removed: Ours." in text_of(app)
    assert set(releases(tmp_path)["name"]) == {"Theirs", "Everybody's"}
    with at(tmp_path) as store:
        actions = list(rows_of(store, schema.audit)["action"])
    assert actions == ["add release"] * 3 + ["remove release"]


def test_a_viewer_sees_releases_and_cannot_touch_them(open_app, monkeypatch):
    monkeypatch.setenv("FEEDBACK_LOCAL_ROLES", '["viewer"]')
    app = open_app(noted, "Releases")
    assert "3 releases noted" in text_of(app)
    assert not app.text_input
    assert "People with the role triager can note releases." in text_of(app)


def test_a_service_shows_its_own_releases_and_those_of_all(open_app):
    app = open_app(noted, "Releases", {"service": "probate"})
    assert sorted(app.dataframe[0].value["Release"]) == ["Everybody's", "Ours"]


def test_who_sees_one_service_notes_and_removes_there_alone(open_app, monkeypatch, tmp_path):
    monkeypatch.setenv("FEEDBACK_LOCAL_SERVICES", '["probate"]')
    app = open_app(noted, "Releases")
    assert sorted(app.dataframe[0].value["Release"]) == ["Everybody's", "Ours"]
    assert app.selectbox(key="release_service").options == ["Apply for probate"]
    note(app, "Mine")
    # Everybody's is seen and not theirs to take back: the server says so, not the page.
    everybodys = releases(tmp_path).set_index("name").loc["Everybody's", "release_id"]
    app.session_state["releases_table_chosen"] = everybodys
    app.run()
    app.button(key="remove_release").click().run()
    assert "a service that you do not see" in app.error[0].value
    assert set(releases(tmp_path)["name"]) == {"Theirs", "Ours", "Everybody's", "Mine"}


def test_the_list_has_a_limit(tmp_path, monkeypatch):
    with Store.open(f"sqlite:///{tmp_path / 'a.db'}") as store:
        two_services(store)
        for number in range(4):
            day = (NOW - timedelta(days=number)).strftime("%d/%m/%Y")
            note_release(store, name=f"r{number}", at=day, service=None, page=None, who="a")
        monkeypatch.setattr("app.release_view.MAX_RELEASES", 3)
        assert list(releases_of(store, None)["name"]) == ["r0", "r1", "r2"]
