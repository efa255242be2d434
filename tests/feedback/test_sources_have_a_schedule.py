"""When sources are asked, whatever the clock says, and what people did to them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from feedback import schema
from feedback.errors import StoreError
from feedback.pull_schedule import Schedule
from feedback.pull_sources import PullState, remove_source, switch_source
from feedback.schema import PullKind
from feedback.store import Store
from tests.feedback.pipeline_parts import rows_of
from tests.feedback.pull_parts import NOW, add, source


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    with Store.open(store_url) as opened:
        yield opened


class Clock:
    """A monotonic clock that is moved by hand."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.mark.parametrize("step", [timedelta(days=-2), timedelta(0), timedelta(days=400)])
def test_a_step_of_the_clock_neither_stops_nor_storms_the_schedule(
    step: timedelta, tmp_path: Path
) -> None:
    with Store.open(f"sqlite:///{tmp_path / 'feedback.db'}") as store:
        one = add(store, "letters", PullKind.FOLDER, "/in")
        monotonic = Clock()
        schedule, now, n_turns = Schedule(monotonic), NOW, 0
        for second in range(4 * 3_600):
            monotonic.seconds += 1
            now += timedelta(seconds=1) + (step if second == 7_200 else timedelta(0))
            if schedule.due([one], now):
                n_turns += 1
                values = {"started_at": now}
                with store.quietly_changing() as connection:
                    connection.execute(sa.update(schema.pull_sources).values(**values))
                one = source(store, "letters")
        assert n_turns == 16, "every 15 minutes for four hours"


def test_what_another_process_did_is_not_done_again(tmp_path: Path) -> None:
    with Store.open(f"sqlite:///{tmp_path / 'feedback.db'}") as store:
        add(store, "letters", PullKind.FOLDER, "/in")
        clocks = [Clock(), Clock()]
        schedules = [Schedule(clock) for clock in clocks]
        now, turns = NOW, [0, 0]
        for _ in range(180):
            now += timedelta(seconds=20)
            for n, schedule in enumerate(schedules):
                clocks[n].seconds += 20
                if schedule.due([source(store, "letters")], now):
                    turns[n] += 1
                    with store.quietly_changing() as connection:
                        connection.execute(sa.update(schema.pull_sources).values(started_at=now))
        assert sum(turns) == 4


def test_a_paused_source_is_not_due(tmp_path: Path) -> None:
    with Store.open(f"sqlite:///{tmp_path / 'feedback.db'}") as store:
        one = add(store, "letters", PullKind.FOLDER, "/in")
        schedule = Schedule(Clock())
        assert schedule.due([one], NOW) == [one]
        with store.changing() as connection:
            switch_source(connection, "letters", "bob", NOW, is_on=False)
        paused = source(store, "letters")
        assert schedule.due([paused], NOW) == []
        assert paused.state(NOW) is PullState.PAUSED
        assert paused.next_due(NOW) is None


def test_who_is_late_is_told(tmp_path: Path) -> None:
    with Store.open(f"sqlite:///{tmp_path / 'feedback.db'}") as store:
        one = add(store, "letters", PullKind.FOLDER, "/in")
        late = one.made_at + timedelta(minutes=11)
        assert (one.is_overdue(one.made_at), one.is_overdue(late)) == (False, True)
        with store.changing() as connection:
            connection.execute(sa.update(schema.pull_sources).values(started_at=late))
        again = source(store, "letters")
        assert again.next_due(late) == late + timedelta(minutes=15)
        assert not again.is_overdue(late + timedelta(minutes=24))
        assert again.is_overdue(late + timedelta(minutes=26))


def test_a_source_makes_its_statement_and_people_are_in_the_audit_log(store: Store) -> None:
    add(store, "letters", PullKind.FOLDER, "/in", source="post")
    add(store, "more letters", PullKind.FOLDER, "/in2", source="post")
    statements = rows_of(store, schema.source_statements)
    assert statements["source"].tolist() == ["post"], "one for both"
    with pytest.raises(StoreError, match="There is a source called 'letters'"):
        add(store, "letters", PullKind.FOLDER, "/in")
    with store.changing() as connection:
        switch_source(connection, "letters", "bob", NOW, is_on=False)
        switch_source(connection, "letters", "bob", NOW, is_on=True)
        remove_source(connection, "letters", "cat", NOW)
    lines = rows_of(store, schema.audit)
    of = lines[lines["object"] == "pull source letters"]
    assert list(zip(of["who"], of["action"], strict=True)) == [
        ("ann", "add source"),
        ("bob", "pause source"),
        ("bob", "resume source"),
        ("cat", "remove source"),
    ]
    for change in (switch_source, remove_source):
        extra = {"is_on": True} if change is switch_source else {}
        with store.changing() as connection, pytest.raises(StoreError, match="no source of that"):
            change(connection, "letters", "bob", NOW, **extra)
