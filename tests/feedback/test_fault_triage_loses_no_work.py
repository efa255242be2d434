"""Decisions about fault reports are kept and taken back, and nobody's work is lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest
import sqlalchemy as sa

from feedback import schema
from feedback.errors import StoreError
from feedback.fault_triage import FaultState, Outcome, change, states_of, undo
from feedback.store import Store
from tests.app.filling import NOW, put

LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'feedback.db'}"


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with Store.open(url) as opened:
        yield opened


@pytest.fixture
def ids(store: Store) -> list[str]:
    rows = [{"text": f"it broke {n}", "service": "divorce"} for n in range(3)]
    return put(store, [*rows, {"text": "it broke there", "service": "probate"}])


def decide(
    store: Store,
    seen: dict[str, datetime | None],
    who: str = "ann",
    at: datetime = NOW,
    services: tuple[str, ...] | None = None,
    **changes: str | None,
) -> Outcome:
    with store.changing() as connection:
        return change(connection, seen, changes, who, at, services=services)


def take_back(store: Store, outcome: Outcome, who: str = "ann", at: datetime = LATER) -> Outcome:
    with store.changing() as connection:
        return undo(connection, outcome, who, at)


def states(store: Store, ids: list[str]) -> dict[str, FaultState]:
    with store.changing() as connection:
        return states_of(connection, ids)


def lines(store: Store) -> list[tuple[str, str, str, object]]:
    columns = (schema.audit.c.who, schema.audit.c.action, schema.audit.c.object)
    rows = store.read(sa.select(*columns, schema.audit.c.detail).order_by(schema.audit.c.entry_id))
    return list(rows.itertuples(index=False, name=None))


def test_a_decision_is_kept_with_a_line_for_each_report(store: Store, ids: list[str]) -> None:
    version = store.data_version()
    outcome = decide(store, dict.fromkeys(ids[:2]), status="acknowledged", owner="bo")
    assert store.data_version() == version + 1
    kept = FaultState("acknowledged", "bo", "ann", NOW)
    assert states(store, ids) == dict.fromkeys(ids[:2], kept) == outcome.after
    detail = {"status": ["open", "acknowledged"], "owner": [None, "bo"]}
    assert lines(store) == [("ann", "triage", f"fault report {key}", detail) for key in ids[:2]]
    decide(store, {ids[0]: NOW}, at=LATER, owner=None)
    assert states(store, ids)[ids[0]] == FaultState("acknowledged", None, "ann", LATER)
    assert lines(store)[-1][3] == {"owner": ["bo", None]}


def test_who_decides_second_sees_what_the_first_did(url: str, store: Store, ids: list[str]) -> None:
    with Store.open(url) as other:
        decide(store, {ids[0]: None}, "ann", owner="ann")
        outcome = decide(other, {ids[0]: None}, "bo", LATER, status="done", owner="bo")
    assert not outcome.after
    assert outcome.others == {ids[0]: FaultState("open", "ann", "ann", NOW)}
    assert states(store, ids) == outcome.others
    assert len(lines(store)) == 1


def test_of_many_at_once_one_wins_and_the_others_are_told(url: str, ids: list[str]) -> None:
    together, outcomes = Barrier(4), []

    def assign(name: str) -> None:
        with Store.open(url) as own:
            together.wait()
            outcomes.append(decide(own, dict.fromkeys(ids), name, NOW, owner=name))

    threads = [Thread(target=assign, args=(f"person {n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(len(outcome.after) for outcome in outcomes) == [0, 0, 0, 4]
    winner = next(outcome for outcome in outcomes if outcome.after)
    assert all(one.others == winner.after for one in outcomes if one is not winner)
    with Store.open(url) as store:
        assert states(store, ids) == winner.after
        assert len(lines(store)) == 4


def test_what_stands_so_already_is_written_by_nobody(store: Store, ids: list[str]) -> None:
    decide(store, {ids[0]: None}, status="done")
    outcome = decide(store, {ids[0]: None, ids[1]: None}, "bo", LATER, status="done")
    assert (outcome.n_same, list(outcome.after), outcome.others) == (1, [ids[1]], {})
    assert states(store, ids)[ids[0]].who == "ann"


def test_reports_of_other_services_are_refused(store: Store, ids: list[str]) -> None:
    seen = {**dict.fromkeys(ids), "f" * 32: None}
    outcome = decide(store, seen, services=("divorce",), status="done")
    assert list(outcome.after) == ids[:3]
    assert outcome.n_refused == 2
    assert ids[3] not in states(store, ids)
    with store.changing() as connection:
        back = undo(connection, outcome, "ann", LATER, services=("probate",))
    assert (back.n_refused, dict(back.after)) == (3, {})
    assert len(states(store, ids)) == 3


def test_undo_puts_back_what_stood_before(store: Store, ids: list[str]) -> None:
    decide(store, {ids[0]: None}, "bo", NOW - timedelta(days=1), status="in_progress", owner="bo")
    before = states(store, ids)
    seen = {key: before[key].at if key in before else None for key in ids}
    outcome = decide(store, seen, status="done")
    back = take_back(store, outcome)
    assert len(back.after) == 4
    assert not back.others
    assert states(store, ids) == before, "what nobody had touched has no row again"
    assert [line[1] for line in lines(store)[-4:]] == ["undo triage"] * 4
    assert lines(store)[-4][3] == {"status": ["done", "in_progress"]}


def test_undo_leaves_what_somebody_changed_since(store: Store, ids: list[str]) -> None:
    outcome = decide(store, dict.fromkeys(ids), status="done")
    decide(store, {ids[1]: NOW}, "bo", LATER, status="open")
    back = take_back(store, outcome, at=LATER + timedelta(minutes=1))
    assert set(back.after) == {ids[0], ids[2], ids[3]}
    assert back.others == {ids[1]: FaultState("open", None, "bo", LATER)}
    assert states(store, ids) == back.others
    again = take_back(store, outcome)
    assert not again.after


def test_thousands_change_together_or_not_at_all(store: Store) -> None:
    ids = put(store, [{"text": f"broken {n}"} for n in range(2_500)])
    outcome = decide(store, dict.fromkeys(ids), status="done")
    assert len(outcome.after) == len(states(store, ids)) == 2_500
    take_back(store, outcome)
    assert states(store, ids) == {}

    def fail_in_the_middle() -> None:
        with store.changing() as connection:
            change(connection, dict.fromkeys(ids), {"status": "done"}, "ann", NOW)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail_in_the_middle()
    assert states(store, ids) == {}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, "give one of them"),
        ({"who": "me"}, "give one of them"),
        ({"status": "fixed"}, "acknowledged, in_progress, done, not_a_fault"),
        ({"status": None}, "There is no status"),
        ({"owner": ""}, "1 to 120 letters"),
        ({"owner": "x" * 121}, "1 to 120 letters"),
    ],
)
def test_what_cannot_be_is_refused(
    store: Store, ids: list[str], changes: dict[str, str | None], says: str
) -> None:
    with pytest.raises(StoreError, match=says):
        decide(store, {ids[0]: None}, **changes)
    assert states(store, ids) == {}
    assert lines(store) == []
