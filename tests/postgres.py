"""A PostgreSQL server of the tests' own: made, used and thrown away; no network, no other data.

It listens on a socket in a folder of its own. Its disk is not synced, since nothing on it outlives
the tests. Each test that asks for a database gets a copy of one that has the tables already.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from feedback.database import migrate, open_engine

__all__ = ["PostgresServer", "find_programs", "running_server"]

SEARCHED = "/usr/lib/postgresql"
"""Where Debian keeps the programs of each version, out of the path."""
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "64MB",
    # Not UTC: whoever forgets to say which zone a time is in is found out.
    "timezone": "America/St_Johns",
}
USER = "postgres"
SECONDS = 60
ABSENT = (
    "PostgreSQL is not installed: as root, apt-get install postgresql, or put initdb in the path"
)


def find_programs() -> Path | None:
    """Return the folder with ``initdb`` and ``postgres``, the newest version's; None without."""
    found = sorted(
        Path(SEARCHED).glob("*/bin/initdb"), key=lambda path: int(path.parts[-3].split(".")[0])
    )
    named = shutil.which("initdb")
    places = [*(path.parent for path in reversed(found)), *([Path(named).parent] if named else [])]
    return next((place for place in places if (place / "postgres").exists()), None)


@dataclass(frozen=True)
class PostgresServer:
    """A running server; ``folder`` holds its socket."""

    folder: Path

    def url(self, database: str) -> str:
        """Return the URL of one of its databases, as a person sets FEEDBACK_STORE."""
        return f"postgresql+psycopg://{USER}@/{database}?host={self.folder}"

    @contextmanager
    def database(self, *, template: str = "template1", how: str = "") -> Iterator[str]:
        """Give the URL of a new database, and drop it afterwards, whoever is still connected."""
        name = f"t{secrets.token_hex(8)}"
        self._run(f"CREATE DATABASE {name} TEMPLATE {template} {how}")
        try:
            yield self.url(name)
        finally:
            self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def make_template(self, name: str) -> None:
        """Make a database with the tables of this version, for others to be copied from."""
        self._run(f"CREATE DATABASE {name}")
        engine = open_engine(self.url(name), create=True)
        migrate(engine)
        engine.dispose()

    def _run(self, statement: str) -> None:
        engine = sa.create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)
        engine.dispose()


@contextmanager
def running_server(
    programs: Path, settings: Mapping[str, str] = SETTINGS
) -> Iterator[PostgresServer]:
    """Start a server, and stop and remove it at the end of the block.

    PostgreSQL refuses to run as root; then it runs as the user that its package made.
    """
    # A socket's path may have 107 characters, fewer than pytest's folders.
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    data = folder / "data"
    data.mkdir(mode=0o700)
    prefix: list[str] = []
    if os.geteuid() == 0:
        prefix = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups"]
        for path in (folder, data):
            shutil.chown(path, USER, USER)
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    try:
        make = ["--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8", "-U", USER]
        _run([*prefix, programs / "initdb", "-D", data, *make], folder)
        command = [*prefix, programs / "postgres", "-D", data, "-k", folder, *options]
        with (folder / "server.log").open("wb") as log:
            server = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
        try:
            _wait_until_ready(server, programs, folder)
            yield PostgresServer(folder)
        finally:
            server.send_signal(signal.SIGQUIT)  # at once, without writing what is not to stay
            server.wait(SECONDS)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(command: list[str | Path], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=SECONDS)
    if done.returncode:
        raise RuntimeError(f"{command} failed: {done.stderr}")


def _wait_until_ready(server: subprocess.Popen[bytes], programs: Path, folder: Path) -> None:
    deadline = time.monotonic() + SECONDS
    ask = [programs / "pg_isready", "-q", "-h", folder]
    while time.monotonic() < deadline:
        if server.poll() is not None:
            break
        if subprocess.run(ask, timeout=SECONDS).returncode == 0:
            return
        time.sleep(0.05)
    raise RuntimeError(f"PostgreSQL did not start: {(folder / 'server.log').read_text()}")


TEMPLATE = "with_tables"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A server for all tests of this process; they are skipped by name where there is none."""
    programs = find_programs()
    if programs is None:
        pytest.skip(ABSENT)
    with running_server(programs) as server:
        server.make_template(TEMPLATE)
        yield server


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The URL of a database of the test's own, with the tables and nothing in them."""
    with postgres_server.database(template=TEMPLATE) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty store: each test that asks for it runs on both databases."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'feedback.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url
