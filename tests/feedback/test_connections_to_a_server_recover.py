"""A server that goes away, a process that stands still, too much at once: none is for ever."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from feedback import postgresql, schema
from feedback.database import open_engine, reading, writing
from feedback.errors import StoreError
from feedback.store import Store
from tests.feedback.store_frames import NOON, fill, prepared
from tests.postgres import ABSENT, USER, find_programs, running_server

COUNT = sa.select(sa.func.count()).select_from(schema.comments)


@pytest.fixture
def store(postgres_url: str) -> Iterator[Store]:
    with Store.open(postgres_url, clock=lambda: NOON) as opened:
        yield opened


def shown(store: Store, name: str) -> str:
    with reading(store._engine) as connection:
        return str(connection.exec_driver_sql(f"SHOW {name}").scalar_one())


def change_half(store: Store, interrupt: Callable[[sa.Connection], None]) -> None:
    """Begin to change something, and go on after what comes in between."""
    with store.changing() as connection:
        connection.execute(sa.insert(schema.meta), {"name": "half", "value": "1"})
        interrupt(connection)
        connection.execute(COUNT)


def test_the_server_ends_a_transaction_that_stands_still(store: Store) -> None:
    assert shown(store, "idle_in_transaction_session_timeout") == "5min"

    def stand_still(connection: sa.Connection) -> None:
        connection.exec_driver_sql("SET idle_in_transaction_session_timeout = '50ms'")
        time.sleep(0.4)

    with pytest.raises(StoreError, match=r"ended a transaction that had stood still"):
        change_half(store, stand_still)
    fill(store, prepared(["the lock is free again"]))
    with reading(store._engine) as connection:
        assert connection.scalar(COUNT) == 1
        half = sa.select(sa.func.count()).where(schema.meta.c.name == "half")
        assert connection.scalar(half) == 0


def test_each_end_looks_whether_the_other_is_there(store: Store) -> None:
    """The tests' server has no network, so the figures are read where both ends keep them."""
    asked = "SELECT source, setting FROM pg_settings WHERE name = %s"
    with reading(store._engine) as connection:
        for name in ("tcp_keepalives_idle", "tcp_keepalives_count", "tcp_user_timeout"):
            assert connection.exec_driver_sql(asked, (name,)).one()[0] == "session", name
        told = connection.connection.driver_connection.info.get_parameters()
    assert (told["keepalives_idle"], told["keepalives_count"]) == ("30", "3")
    assert told["tcp_user_timeout"] == "60000"


def test_whoever_looks_at_the_server_sees_who_is_connected(
    store: Store, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = sa.text("SELECT application_name FROM pg_stat_activity WHERE pid = pg_backend_pid()")
    for line, told in (
        (["/usr/bin/feedback", "worker", "--secret", "x"], "feedback worker"),
        (["/usr/bin/feedback", "postgresql://me:hunter2@db"], "feedback"),
        (["pytest", "tests"], "feedback"),
    ):
        monkeypatch.setattr("sys.argv", line)
        with Store.open(postgres_url) as other, reading(other._engine) as connection:
            assert connection.scalar(asked) == told
    url = f"{postgres_url}&application_name=mine"
    with Store.open(url) as other, reading(other._engine) as connection:
        assert connection.scalar(asked) == "mine", "what the URL says comes first"


def test_a_process_takes_so_many_connections_and_no_more(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "_MORE", 1)
    monkeypatch.setattr(postgresql, "_WAIT_SECONDS", 0.2)
    engine = open_engine(postgres_url, create=False, n_kept=1)
    refused = pytest.raises(StoreError, match="no connection free for this process")
    with reading(engine), reading(engine), refused, writing(engine):
        raise AssertionError("a third one was given")
    with reading(engine) as connection:
        counted = sa.text(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        )
        assert connection.scalar(counted) == 1, "those of the busy moment are closed"
    engine.dispose()


def test_a_server_that_is_restarted_is_used_again() -> None:
    programs = find_programs()
    if programs is None:
        pytest.skip(ABSENT)
    with running_server(programs) as server:
        server.make_template("with_tables")
        with Store.open(server.url("with_tables"), clock=lambda: NOON) as store:
            fill(store, prepared(["before"]))
            with pytest.raises(StoreError):
                change_half(store, lambda _: _control(programs, server.folder, "restart"))
            try:
                fill(store, prepared(["after"], first=1))
                with reading(store._engine) as connection:
                    assert connection.scalar(COUNT) == 2
                    half = sa.select(sa.func.count()).where(schema.meta.c.name == "half")
                    assert connection.scalar(half) == 0
            finally:
                _control(programs, server.folder, "stop")
            with pytest.raises(StoreError, match="lets nobody in"):
                store.data_version()


def _control(programs: Path, folder: Path, what: str) -> None:
    """Stop or restart the server as its keeper does; it starts with the options that it had."""
    as_user = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups"]
    prefix = as_user if os.geteuid() == 0 else []
    command = [*prefix, str(programs / "pg_ctl"), "-D", str(folder / "data"), "-m", "fast", "-w"]
    log = str(folder / "again.log")
    subprocess.run(
        [*command, "-l", log, what] if what == "restart" else [*command, what],
        cwd=folder,
        check=True,
        timeout=60,
        stdout=subprocess.DEVNULL,
    )
