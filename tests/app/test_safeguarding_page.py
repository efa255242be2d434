"""The page Safeguarding: no text without a look that is written down, and for its role alone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import streamlit as st
from streamlit.testing.v1 import AppTest

from app.pages import entries_for
from app.queries_safeguarding import comment_history, dealt_with, service_in_queue, waiting_comments
from app.safeguarding import list_queue
from app.safeguarding_work import LOOK_MINUTES
from feedback import schema
from feedback.errors import StoreError
from feedback.safeguarding import DONE
from feedback.safeguarding_record import READ, REOPENED, look, reopen, settle_seen
from feedback.schema import Role, SafeguardingOutcome
from feedback.store import Store
from tests.app.hostile import HOSTILE
from tests.app.page_store import page_store
from tests.app.test_pages_show_the_store import SCRIPT, SECONDS, text_of
from tests.app.welsh_store import ASSIGNED, REVIEW, Planted, plant

PAGE = "app_pages/safeguarding.py"
SECRET = "he said he will find me after the hearing"
NOW = datetime(2026, 4, 2, 9, tzinfo=UTC)
WAITS = (
    Planted(SECRET, {"safeguarding": ASSIGNED}, row={"language": "en", "service": "divorce"}),
    Planted("mae arna i ofn mynd adref", {"safeguarding": REVIEW}, row={"service": "probate"}),
    Planted("the form is slow", {"fault.performance": ASSIGNED}, row={"language": "en"}),
)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The store that the pages show."""
    monkeypatch.setenv("USER", "ann")
    monkeypatch.setenv("LOGNAME", "ann")
    with page_store(tmp_path, monkeypatch) as opened:
        yield opened


def page(**address: str) -> AppTest:
    app = AppTest.from_file(str(SCRIPT), default_timeout=SECONDS)
    app.switch_page(PAGE)
    for name, value in address.items():
        app.query_params[name] = value
    return app.run()


def log(store: Store, *actions: str) -> list[dict]:
    table = schema.audit
    query = sa.select(table).where(table.c.action.in_(actions)).order_by(table.c.entry_id)
    return store.read(query).to_dict("records")


def press(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click().run()
    assert not app.exception
    return app


def write_down(app: AppTest, outcome: SafeguardingOutcome, note: str = "") -> AppTest:
    app.radio(key="safeguarding_outcome").set_value(outcome)
    app.text_area(key="safeguarding_note").input(note)
    (button,) = [one for one in app.button if one.label == "Write down"]
    button.click().run()
    assert not app.exception
    return app


# A look


def test_the_queue_is_listed_without_a_text(store: Store) -> None:
    ids = plant(store, *WAITS)
    app = page()
    assert not app.exception
    assert "2 comments wait, 1 of them for review; the oldest for" in text_of(app)
    table = app.dataframe[0].value
    assert table["Taken for"].tolist() == ["Safeguarding", "Perhaps"]
    assert ids[2] not in str(app)
    for one in WAITS:
        assert one.text not in str(app)
    assert log(store, READ) == []
    assert "Nobody has looked at this comment yet." in text_of(app)


def test_a_look_is_written_down_before_the_text_is_shown(store: Store) -> None:
    first, *_ = plant(store, *WAITS)
    app = press(page(), "safeguarding_read")
    assert SECRET in text_of(app)
    (entry,) = log(store, READ)
    assert (entry["who"], entry["object"], entry["detail"]) == ("ann", f"comment {first}", None)
    assert "Looked at the text" in text_of(app)
    assert SECRET not in store.read(sa.select(schema.audit)).to_json(date_format="iso")
    press(app, "safeguarding_hide")
    assert SECRET not in str(app)


def test_nothing_is_shown_that_could_not_be_written_down(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(store, *WAITS)
    app = page()

    def refuse(*_: object) -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr("feedback.safeguarding_record.write_audit", refuse)
    press(app, "safeguarding_read")
    assert "Not shown: the disk is full" in text_of(app)
    assert SECRET not in str(app)


def test_a_text_is_hidden_after_a_while_and_beside_another_comment(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(store, *WAITS)
    app = press(page(), "safeguarding_read")
    press(app, "safeguarding_waiting_next")
    assert SECRET not in str(app)
    press(app, "safeguarding_waiting_previous")
    press(app, "safeguarding_read")
    assert SECRET in str(app)
    monkeypatch.setattr("app.safeguarding_work.LOOK_MINUTES", -1)
    assert SECRET not in str(app.run())
    assert LOOK_MINUTES > 0


@pytest.mark.parametrize("number", range(0, len(HOSTILE), 5))
def test_text_and_note_are_shown_as_typed(store: Store, number: int) -> None:
    (key,) = plant(store, Planted(HOSTILE[number], {"safeguarding": ASSIGNED}))
    with store.changing() as connection:
        settle_seen(
            connection, key, SafeguardingOutcome.OTHER, HOSTILE[number], "**bob**", NOW,
            seen_at=None,
        )  # fmt: skip
    app = press(page(show="done"), "safeguarding_read")
    pieces = "".join(element.proto.body for element in app.get("html"))
    if "<" in HOSTILE[number]:
        assert HOSTILE[number] not in pieces
    told = [e.value for kind in ("markdown", "caption") for e in app.get(kind)]
    assert not [one for one in told if "evil" in one or "**" in one]
    assert text_of(app).split().count("Something") >= 1


# What was done


def test_an_outcome_leaves_the_queue_and_can_be_changed_and_taken_back(store: Store) -> None:
    first, second, _ = plant(store, *WAITS)
    app = press(page(), "safeguarding_read")
    write_down(app, SafeguardingOutcome.TOLD, "rang the lead on 07700 900123")
    assert "1 comment waits, 1 of them for review" in text_of(app)
    assert SECRET not in str(app)
    kept = "rang the lead on [PHONE]"
    assert [entry["detail"] for entry in log(store, DONE)] == [{"outcome": "told", "note": kept}]

    app = page(show="done")
    assert app.dataframe[0].value["Note"].tolist() == [kept]
    press(app, "safeguarding_read")
    write_down(app, SafeguardingOutcome.NO_RISK)
    assert dealt_with(store, None)["outcome"].tolist() == ["no-risk"]
    press(app, "safeguarding_take_back")
    assert list(waiting_comments(store, None).comments["comment_id"]) == [first, second]
    actions = [entry["action"] for entry in log(store, READ, DONE, REOPENED)]
    assert actions == [READ, DONE, READ, DONE, REOPENED]
    history = comment_history(store, first)
    assert list(history["action"]) == [REOPENED, DONE, READ, DONE, READ]


def test_without_a_choice_nothing_is_written(store: Store) -> None:
    plant(store, *WAITS)
    app = press(page(), "safeguarding_read")
    (button,) = [one for one in app.button if one.label == "Write down"]
    button.click().run()
    assert "choose what was done first" in text_of(app)
    assert log(store, DONE) == []


def test_of_two_people_at_once_the_second_is_told(store: Store, tmp_path: Path) -> None:
    first, *_ = plant(store, *WAITS)
    gate, refused = threading.Barrier(2), []

    def settle_as(who: str) -> None:
        with Store.open(f"sqlite:///{tmp_path / 'feedback.db'}") as own:
            gate.wait()
            try:
                with own.changing() as connection:
                    settle_seen(
                        connection, first, SafeguardingOutcome.TOLD, who, who,
                        datetime.now(UTC), seen_at=None,
                    )  # fmt: skip
            except StoreError as error:
                refused.append((who, str(error)))

    threads = [threading.Thread(target=settle_as, args=(who,)) for who in ("ann", "bob")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ((late, message),) = refused
    (kept,) = dealt_with(store, None).to_dict("records")
    assert kept["note"] == kept["who"] != late
    assert f"{kept['who']} has changed" in message
    assert len(log(store, DONE)) == 1


def test_what_was_not_seen_is_not_taken_back(store: Store) -> None:
    first, second, third = plant(store, *WAITS)
    with pytest.raises(StoreError, match="nothing is taken back"), store.changing() as connection:
        reopen(connection, first, "ann", NOW, seen_at=None)
    with store.changing() as connection:
        settle_seen(connection, first, SafeguardingOutcome.TOLD, None, "bob", NOW, seen_at=None)
    with pytest.raises(StoreError, match="bob has changed"), store.changing() as connection:
        reopen(connection, first, "ann", NOW, seen_at=NOW - timedelta(seconds=1))
    with pytest.raises(StoreError, match="not in the queue"), store.changing() as connection:
        look(connection, third, "ann", NOW)
    with pytest.raises(StoreError, match="not in the queue"), store.changing() as connection:
        look(connection, "f" * 32, "ann", NOW)
    assert log(store, READ, REOPENED) == []
    assert service_in_queue(store, third) is None
    assert service_in_queue(store, second) == "probate"


def test_a_look_at_the_command_line_is_in_the_history_of_the_comment(store: Store) -> None:
    first, second, _ = plant(store, *WAITS)
    list_queue(store, None, 1, "cy")
    (line,) = comment_history(store, first).to_dict("records")
    assert (line["who"], line["action"]) == ("cy", READ)
    assert comment_history(store, second).empty


# Roles and services


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.SAFEGUARDING])
def test_no_other_role_opens_the_page(
    store: Store, monkeypatch: pytest.MonkeyPatch, role: Role
) -> None:
    plant(store, *WAITS)
    assert "safeguarding" not in [entry.name for entry in entries_for(frozenset({role}))]
    monkeypatch.setenv("FEEDBACK_LOCAL_ROLES", f'["{role.value}"]')
    app = page()
    said = str(app)
    assert SECRET not in said
    assert "for review" not in text_of(app).split("Updated")[0]
    assert not [one for one in app.button if one.key == "safeguarding_read"]
    labels = [link.proto.label for link in app.get("page_link")]
    assert "Open the safeguarding queue" not in labels


def test_a_role_that_was_taken_away_reads_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(store, *WAITS)
    app = page()
    monkeypatch.setenv("FEEDBACK_LOCAL_ROLES", '["administrator"]')
    st.cache_resource.clear()
    app.button(key="safeguarding_read").click().run()
    assert SECRET not in str(app)
    assert log(store, READ) == []


def test_other_services_are_not_listed_nor_read(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, _ = plant(store, *WAITS)
    monkeypatch.setenv("FEEDBACK_LOCAL_SERVICES", '["probate"]')
    app = page()
    assert not app.exception
    assert "1 comment waits" in text_of(app)
    assert second in text_of(app)
    assert first not in str(app)
    limited = store.scoped(["probate"])
    assert service_in_queue(limited, first) is None
    assert comment_history(limited, first).empty
    limited.close()


def test_only_safeguarding_opens_nothing_else() -> None:
    opened = entries_for(frozenset({Role.SAFEGUARDING}))
    assert "safeguarding" in [entry.name for entry in opened]
    assert {entry.role for entry in opened} <= {Role.SAFEGUARDING, None}
