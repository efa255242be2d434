"""A PostgreSQL server that can be killed and comes back, with all the safety of a real one."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from tests.faults.programs import Program
from tests.postgres import USER

__all__ = ["Postgres", "running_postgres"]

SETTINGS = {
    "listen_addresses": "",
    "max_connections": "60",
    "shared_buffers": "32MB",
    # Small, so that a disk that is nearly full is nearly full for this too.
    "min_wal_size": "4MB",
    "max_wal_size": "8MB",
    "checkpoint_timeout": "30s",
}
"""Nothing here says that it need not be safe on the disk: `fsync` and `synchronous_commit` are on,
as PostgreSQL comes."""
WAL_SEGMENT_MB = "1"
SECONDS = 60


class Postgres:
    """A server; `program` is its postmaster."""

    def __init__(self, programs: Path, folder: Path, program: Program) -> None:
        self.program = program
        self._programs = programs
        self._folder = folder

    @property
    def url(self) -> str:
        """The URL of its one database, as a person sets FEEDBACK_STORE."""
        return f"postgresql+psycopg://{USER}@/feedback?host={self._folder}"

    def is_ready(self) -> bool:
        """Say whether it lets somebody in."""
        ask = [self._programs / "pg_isready", "-q", "-h", self._folder]
        return subprocess.run(ask, timeout=SECONDS).returncode == 0

    def wait_until_ready(self) -> None:
        """Wait until it lets somebody in."""
        deadline = time.monotonic() + SECONDS
        while not self.is_ready():
            if time.monotonic() > deadline:
                raise RuntimeError("PostgreSQL does not answer")
            time.sleep(0.05)

    def family(self) -> list[psutil.Process]:
        """Return the postmaster and all its processes."""
        postmaster = psutil.Process(self.program.pid)
        return [postmaster, *postmaster.children(recursive=True)]

    def damage(self) -> str:
        """Return what PostgreSQL's own check of tables and indexes finds wrong, or nothing."""
        command = [
            self._programs / "pg_amcheck",
            "--install-missing",
            "--heapallindexed",
            "--parent-check",
            f"--host={self._folder}",
            f"--username={USER}",
            "feedback",
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
        return "" if done.returncode == 0 else f"pg_amcheck: {done.stdout}{done.stderr}"


@contextmanager
def running_postgres(programs: Path, *, data: Path | None = None) -> Iterator[Postgres]:
    """Start a server, and stop and remove it at the end of the block.

    Parameters
    ----------
    data
        Folder for its data, such as one on a small disk; else a folder of its own.
    """
    folder = Path(tempfile.mkdtemp(prefix="pg"))  # the path of a socket must be short
    data = data or folder / "data"
    data.mkdir(mode=0o700, exist_ok=True)
    data.chmod(0o700)
    prefix: list[str] = []
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        prefix = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups"]
        for path in (folder, data):
            shutil.chown(path, USER, USER)
    options = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
    try:
        make = ["--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8", "-U", USER]
        make.append(f"--wal-segsize={WAL_SEGMENT_MB}")
        _run([*prefix, programs / "initdb", "-D", data, *make], folder)
        program = Program(
            [*prefix, programs / "postgres", "-D", data, "-k", folder, *options],
            env=os.environ,
            log=folder / "postgresql.log",
            cwd=folder,
        )
        program.start()
        try:
            server = Postgres(programs, folder, program)
            server.wait_until_ready()
            _run([programs / "createdb", "-h", folder, "-U", USER, "feedback"], folder)
            yield server
        finally:
            program.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(command: list[str | Path], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=SECONDS)
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed: {done.stderr}")
