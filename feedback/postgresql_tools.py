"""Dump and restore a PostgreSQL database with PostgreSQL's own programs.

The password goes to them in the environment, never in the arguments, which everybody on a machine
can read. What they say is not repeated: an error while rows are loaded quotes a row.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from feedback.errors import BackupError

__all__ = ["dump", "find_program", "load"]

SEARCHED = Path("/usr/lib/postgresql")
"""Where Debian keeps the programs of each version, out of the path."""
_VARIABLES = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "options": "PGOPTIONS",
    "service": "PGSERVICE",
    "passfile": "PGPASSFILE",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "connect_timeout": "PGCONNECT_TIMEOUT",
}
"""Parameters of a connection, and the variables that libpq reads them from."""


def dump(url: sa.URL, place: Path, *, snapshot: str) -> None:
    """Write a database, as it is in a snapshot, to a file in PostgreSQL's custom format.

    Raises
    ------
    BackupError
        The program is missing or failed.
    """
    told = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}"]
    _run("pg_dump", [*told, f"--file={place}"], url)


def load(url: sa.URL, place: Path) -> None:
    """Put a dump in the place of what a database holds, in one transaction.

    Raises
    ------
    BackupError
        The program is missing or failed; the database is as it was.
    """
    told = ["--clean", "--if-exists", "--no-owner", "--no-privileges", "--single-transaction"]
    environment = _environment(url)
    _run("pg_restore", [*told, f"--dbname={environment['PGDATABASE']}", str(place)], url)


def find_program(name: str) -> str:
    """Return the path of a program: of the search path, else of the newest version there is.

    Raises
    ------
    BackupError
        It is not installed.
    """
    if found := shutil.which(name):
        return found
    places = sorted(SEARCHED.glob(f"*/bin/{name}"), key=lambda path: float(path.parts[-3]))
    if not places:
        raise BackupError(
            f"The program {name} is not installed, and a store on PostgreSQL needs it for this. "
            "On Debian: apt-get install postgresql-client"
        )
    return str(places[-1])


def _run(name: str, arguments: Sequence[str], url: sa.URL) -> None:
    program = find_program(name)
    done = subprocess.run(  # noqa: S603 - a program of PostgreSQL, with our own arguments
        [program, *arguments], env=_environment(url), capture_output=True, check=False
    )
    if done.returncode:
        is_older = b"version mismatch" in done.stderr
        why = "it is older than the server" if is_older else f"exit code {done.returncode}"
        raise BackupError(
            f"{name} failed ({why}). Look whether {program} is of the server's version or newer, "
            "whether the user may read and make all tables, and whether the disk has room."
        )


def _environment(url: sa.URL) -> dict[str, str]:
    _, given = url.get_dialect()().create_connect_args(url)
    told: dict[str, Any] = {**given}
    known = {_VARIABLES[name]: str(value) for name, value in told.items() if name in _VARIABLES}
    return {**os.environ, "PGAPPNAME": "feedback backup", **known}
