"""The system under test, as real processes: a server, workers, a database, perhaps a small disk."""

from __future__ import annotations

import os
import socket
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx
import sqlalchemy as sa

from feedback import schema
from feedback.errors import StoreError
from feedback.sender_keys import make_key
from feedback.store import Store
from tests.faults.client import Load
from tests.faults.clock import JumpingClock
from tests.faults.disk import SmallDisk, small_disk
from tests.faults.postgres import Postgres, running_postgres
from tests.faults.programs import Program
from tests.postgres import find_programs

__all__ = ["Place", "Wanted", "a_place"]

START_SECONDS = 90.0
POLL_SECONDS = 0.05
CLAIM_SECONDS = 2.0
"""So short that a round does not wait for minutes until a claim is taken back by its age."""
DISK_MEGABYTES = {"sqlite": 48, "postgresql": 160}
PER_MINUTE = 60_000


@dataclass(frozen=True)
class Wanted:
    """What a fault needs beside a server and a worker."""

    n_workers: int = 1
    has_small_disk: bool = False
    has_clock: bool = False
    per_second: float = 25.0
    impatient_share: float = 0.0


@dataclass
class Place:
    """What runs, and the load on it."""

    store_url: str
    server: Program
    workers: Sequence[Program]
    port: int
    load: Load
    greedy_key: str
    """A key that may send `GREEDY_PER_MINUTE` messages a minute."""
    postgres: Postgres | None = None
    disk: SmallDisk | None = None
    clock: JumpingClock | None = None
    store: Store = field(init=False)

    def __post_init__(self) -> None:
        self.store = Store.open(self.store_url)

    @property
    def programs(self) -> list[Program]:
        """All that writes a log of ours."""
        return [self.server, *self.workers]

    def claimed_by(self, worker: Program) -> set[str]:
        """Return the comments that a worker's process holds."""
        columns = schema.comments.c.comment_id, schema.comments.c.claimed_by
        held = self.store.read(sa.select(*columns).where(schema.IS_CLAIMED))
        is_its = [name.split(":")[1] == str(worker.pid) for name in held["claimed_by"]]
        return set(held["comment_id"][is_its])

    def wait_for_claim(self, worker: Program, seconds: float = START_SECONDS) -> set[str]:
        """Wait until a worker holds comments, and return them."""
        deadline = time.monotonic() + seconds
        while not (held := self.claimed_by(worker)):
            if time.monotonic() > deadline:
                raise RuntimeError(f"{worker.log.stem} claims nothing")
            time.sleep(0.005)
        return held

    def n_not_coded(self, comment_ids: Sequence[str]) -> int:
        """Return how many of these comments are not enriched yet."""
        n = 0
        column = schema.comments.c.comment_id
        for start in range(0, len(comment_ids), 500):
            chosen = column.in_(comment_ids[start : start + 500])
            n += len(self.store.read(sa.select(column).where(chosen, ~schema.IS_ENRICHED)))
        return n

    def wait_until_coded(self, comment_ids: Sequence[str], seconds: float) -> None:
        """Wait until these comments are enriched."""
        deadline = time.monotonic() + seconds
        while n := self._n_not_coded_now(comment_ids):
            if time.monotonic() > deadline:
                raise RuntimeError(f"{n} comments are not coded after {seconds} seconds")
            time.sleep(POLL_SECONDS)

    def _n_not_coded_now(self, comment_ids: Sequence[str]) -> int:
        try:
            return self.n_not_coded(comment_ids)
        except StoreError:  # the database is on its way back
            return len(comment_ids)


GREEDY_PER_MINUTE = 5


@contextmanager
def a_place(database: str, wanted: Wanted, *, seed: int) -> Iterator[Place]:
    """Start everything, with nothing in the store; the load waits to be started.

    Parameters
    ----------
    database
        ``sqlite`` or ``postgresql``.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="faults")))
        folder.chmod(0o755)  # PostgreSQL's user passes through it
        disk = None
        if wanted.has_small_disk:
            disk = stack.enter_context(small_disk(folder / "disk", DISK_MEGABYTES[database]))
        place = disk.folder if disk else folder
        postgres = None
        if database == "postgresql":
            programs = find_programs()
            if programs is None:
                raise RuntimeError("PostgreSQL is not installed")
            data = place / "data" if disk else None
            postgres = stack.enter_context(running_postgres(programs, data=data))
        store_url = postgres.url if postgres else f"sqlite:///{place / 'feedback.db'}"
        clock = JumpingClock(folder) if wanted.has_clock else None
        env = _environment(folder, store_url, clock)
        keys = _make_keys(store_url)
        port = _free_port()
        command = Path(sys.executable).with_name("feedback")

        def run(name: str, *words: str) -> Program:
            log = folder / f"{name}.log"
            program = Program([command, *words], env=env, log=log, cwd=folder)
            program.start()
            stack.callback(program.stop)
            return program

        server = run("serve", "serve", "--port", str(port))
        workers = [run(f"worker-{n}", "worker") for n in range(wanted.n_workers)]
        load = Load(
            f"http://127.0.0.1:{port}/v1/feedback",
            keys["load"],
            per_second=wanted.per_second,
            seed=seed,
            impatient_share=wanted.impatient_share,
        )
        found = Place(store_url, server, workers, port, load, keys["greedy"], postgres, disk, clock)
        stack.callback(found.store.close)
        _wait_until_ready(port)
        yield found


def _environment(folder: Path, store_url: str, clock: JumpingClock | None) -> dict[str, str]:
    """Return the environment of the programs: nobody's own settings, short waits."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FEEDBACK_")}
    return {
        **kept,
        "FEEDBACK_HOME": str(folder / "home"),
        "FEEDBACK_STORE": store_url,
        "FEEDBACK_CLAIM_SECONDS": str(CLAIM_SECONDS),
        "FEEDBACK_POLL_SECONDS": "0.2",
        # Fitting topics again and again is hours of work in a minute's faults, and writes nothing
        # that is not written again at the next fit.
        "FEEDBACK_TOPICS_MIN_COMMENTS": "1000000",
        "OMP_NUM_THREADS": "1",
        "PYTHONUNBUFFERED": "1",
        **(clock.env if clock else {}),
    }


def _make_keys(store_url: str) -> dict[str, str]:
    with Store.open(store_url) as store, store.quietly_changing() as connection:
        now = datetime.now(UTC)
        limits = {"load": PER_MINUTE, "greedy": GREEDY_PER_MINUTE}
        return {
            name: make_key(connection, name, "ann", services=None, per_minute=limit, now=now)
            for name, limit in limits.items()
        }


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def _wait_until_ready(port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/readyz", trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            pass
        if time.monotonic() > deadline:
            raise RuntimeError("the server does not answer")
        time.sleep(0.05)
