"""Who may sign in is kept with each change on record, and never without an administrator."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from feedback.errors import StoreError
from feedback.people import (
    PersonChange,
    PersonKnown,
    clean_email,
    people_known,
    people_of,
    put_person,
    remove_person,
)
from feedback.schema import Role, audit
from feedback.store import Store

NOW = datetime(2026, 4, 1, 11, tzinfo=UTC)
ANN, BOB = "ann@example.gov.uk", "bob@example.gov.uk"


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    with Store.open(store_url) as opened:
        yield opened


def put(store: Store, email: str, *roles: Role, services=None, **more) -> PersonChange:
    with store.changing() as connection:
        return put_person(connection, email, roles, services, "root", NOW, **more)


def remove(store: Store, email: str) -> None:
    with store.changing() as connection:
        remove_person(connection, email, "root", NOW)


def known(store: Store) -> dict[str, PersonKnown]:
    return {one.email: one for one in people_of(store.read(people_known()))}


def test_people_are_added_changed_and_removed_on_record(store: Store) -> None:
    assert put(store, ANN, Role.ADMINISTRATOR) is PersonChange.ADDED
    assert put(store, " Bob@Example.GOV.uk", Role.VIEWER, services=["b", "a"]) is PersonChange.ADDED
    assert put(store, BOB, Role.VIEWER, services=("a", "b")) is PersonChange.UNCHANGED
    assert put(store, BOB, Role.TRIAGER, Role.RESEARCHER) is PersonChange.CHANGED
    assert known(store)[BOB] == PersonKnown(
        BOB, frozenset({Role.TRIAGER, Role.RESEARCHER}), None, "root", NOW
    )
    remove(store, BOB)
    assert set(known(store)) == {ANN}
    lines = store.read(sa.select(audit.c.action, audit.c.object, audit.c.detail, audit.c.who))
    assert lines["action"].tolist() == [
        "add person",
        "add person",
        "change person",
        "remove person",
    ]
    assert lines["object"].tolist() == [f"person {ANN}", *[f"person {BOB}"] * 3]
    assert lines["detail"].iloc[2] == {
        "roles": ["triager", "researcher"],
        "services": None,
        "before": {"roles": ["viewer"], "services": ["a", "b"]},
    }


@pytest.mark.parametrize(
    ("roles", "services", "told"),
    [
        ((), None, "at least one role"),
        ((Role.VIEWER,), [], "at least one service"),
        ((Role.ADMINISTRATOR,), ["a"], "sees all services"),
    ],
)
def test_what_makes_no_sense_is_refused(store: Store, roles, services, told: str) -> None:
    with pytest.raises(StoreError, match=told):
        put(store, ANN, *roles, services=services)
    assert known(store) == {}


@pytest.mark.parametrize(
    "email",
    [
        "",
        "ann",
        "ann@",
        "@example.gov.uk",
        "ann@b@example.gov.uk",
        "ann other@example.gov.uk",
        "ann@example..uk",
        "ann@example.gov.uk\nbcc: all",
        "\u212aate@example.gov.uk",
        "аnn@example.gov.uk",  # a Cyrillic a
        "ann@exámple.gov.uk",
        "a" * 110 + "@example.gov.uk",
    ],
)
def test_what_is_no_address_is_refused(store: Store, email: str) -> None:
    with pytest.raises(StoreError, match="no e-mail address"):
        put(store, email, Role.VIEWER)


def test_an_address_is_one_whatever_its_case() -> None:
    assert clean_email(" O'Neil+x@Example.GOV.UK\t") == "o'neil+x@example.gov.uk"


def test_the_last_administrator_stays(store: Store) -> None:
    put(store, ANN, Role.ADMINISTRATOR)
    put(store, BOB, Role.VIEWER)
    with pytest.raises(StoreError, match="last administrator"):
        remove(store, ANN)
    with pytest.raises(StoreError, match="last administrator"):
        put(store, ANN, Role.VIEWER)
    assert known(store)[ANN].roles == {Role.ADMINISTRATOR}
    put(store, BOB, Role.ADMINISTRATOR, Role.TRIAGER)
    remove(store, ANN)
    with pytest.raises(StoreError, match="not among the people"):
        remove(store, ANN)
    with pytest.raises(StoreError, match="last administrator"):
        remove(store, BOB)


def test_two_administrators_cannot_take_each_other_out_at_once(store: Store) -> None:
    put(store, ANN, Role.ADMINISTRATOR)
    put(store, BOB, Role.ADMINISTRATOR)
    start, refused = threading.Barrier(2), []

    def take_out(email: str) -> None:
        start.wait()
        try:
            remove(store, email)
        except StoreError as error:
            refused.append(str(error))

    threads = [threading.Thread(target=take_out, args=(email,)) for email in (ANN, BOB)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(known(store)) == 1
    assert len(refused) == 1
    assert "last administrator" in refused[0]


def test_what_somebody_else_changed_meanwhile_is_not_written_over(store: Store) -> None:
    put(store, ANN, Role.VIEWER)
    seen = known(store)[ANN]
    put(store, ANN, Role.TRIAGER)
    with pytest.raises(StoreError, match="changed by somebody else meanwhile"):
        put(store, ANN, Role.RESEARCHER, seen=seen)
    with pytest.raises(StoreError, match="is there already"):
        put(store, ANN, Role.RESEARCHER, seen=None)
    assert known(store)[ANN].roles == {Role.TRIAGER}
    now = known(store)[ANN]
    assert put(store, ANN, Role.RESEARCHER, seen=now) is PersonChange.CHANGED
    with pytest.raises(StoreError, match="changed by somebody else meanwhile"):
        put(store, BOB, Role.VIEWER, seen=PersonKnown(BOB, frozenset(), None, "x", NOW))
