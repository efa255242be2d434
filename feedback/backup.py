"""Copy a store while others write to it, so that the copy is the store at one moment.

SQLite is copied through its own interface for that, by a connection that sees one state from the
first page to the last; nobody waits for it. PostgreSQL is dumped by its own program from a snapshot
that the counts of the manifest come from, too. The copy is read once more before it gets its name.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from feedback import database, postgresql_tools, schema
from feedback.errors import BackupError
from feedback.manifests import (
    ERASURES,
    Erased,
    Manifest,
    add_to_list,
    digest_of,
    manifest_path,
    new_file,
)

__all__ = ["back_up", "counts_of", "erased_of", "facts_of", "sqlite_copy", "write_erasures"]

PAGES_A_STEP = 4_096
"""Pages copied at a time: 16 MB."""
AUDIT_HEAD = "audit_head"
_SUFFIXES = {"sqlite": ".db", "postgresql": ".dump"}

Facts = tuple[str, dict[str, int], str]
"""Version of the tables, rows by table, and the head of the audit log."""


def back_up(url: str, out: Path, *, now: datetime) -> tuple[Path, Manifest]:
    """Copy a store; return where the copy is, with its manifest.

    Parameters
    ----------
    url
        Of the store.
    out
        File of the copy, or a folder, where it gets a name with the time. The manifest and the list
        of erased responses lie beside it. Nothing is written over.

    Raises
    ------
    BackupError
        There is such a file, nothing can be written, or a program of PostgreSQL is missing.
    StoreError
        The store cannot be read.
    """
    engine = database.open_engine(url, create=False)
    try:
        kind = engine.dialect.name
        path = _path(out, kind, now)
        copy: Callable[[sa.Engine, Path], Facts] = {
            "sqlite": _copy_sqlite,
            "postgresql": _dump_postgresql,
        }[kind]
        with new_file(path) as place:
            revision, counts, head = copy(engine, place)
            manifest = Manifest(
                database=kind,
                file=path.name,
                n_bytes=place.stat().st_size,
                sha256=digest_of(place),
                made_at=now.isoformat(timespec="seconds"),
                toolkit=version("feedback-toolkit"),
                schema=revision,
                counts=counts,
                audit_head=head,
            )
        manifest.write(path.parent)
        with database.reading(engine) as connection:
            erased = erased_of(connection)
        add_to_list(path.parent / ERASURES, erased)
    finally:
        engine.dispose()
    return path, manifest


def write_erasures(url: str, out: Path) -> tuple[Path, int]:
    """Add the erased responses of a store to a list; return where it is and how many it has."""
    path = out / ERASURES if _is_folder(out) else out
    engine = database.open_engine(url, create=False)
    try:
        with database.reading(engine) as connection:
            erased = erased_of(connection)
    finally:
        engine.dispose()
    return path, add_to_list(path, erased)


def _is_folder(out: Path) -> bool:
    return out.is_dir() or not out.suffix


def _path(out: Path, kind: str, now: datetime) -> Path:
    name = f"feedback-{now:%Y%m%d-%H%M%S}{_SUFFIXES[kind]}"
    path = out / name if _is_folder(out) else out
    for one in (path, manifest_path(path)):
        if one.exists():
            raise BackupError(f"{one} is there already. Name another file; none is written over.")
    return path


def _copy_sqlite(engine: sa.Engine, place: Path) -> Facts:
    source = database.sqlite_path(engine.url)
    if source is None:
        raise BackupError("A store in memory cannot be backed up. Name one with FEEDBACK_STORE.")
    try:
        sqlite_copy(source, place)
    except sqlite3.DatabaseError as error:
        raise BackupError(
            f"The store cannot be copied ({error.sqlite_errorname}). Look whether the disk has "
            "room; 'feedback doctor' looks at the store."
        ) from None
    return _facts_of_file(place)


def sqlite_copy(source: Path, place: Path) -> None:
    """Copy a SQLite file to another, which is empty, while others write to the first."""
    with (
        closing(sqlite3.connect(source, timeout=database.BUSY_SECONDS)) as reader,
        closing(sqlite3.connect(place)) as writer,
    ):
        reader.isolation_level = None
        # What this transaction has seen is what is copied, however long it takes: without it the
        # copy would begin anew with each write of somebody else.
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM sqlite_master").fetchone()
        reader.backup(writer, pages=PAGES_A_STEP, sleep=0)
        reader.execute("ROLLBACK")
        writer.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it


def _facts_of_file(place: Path) -> Facts:
    engine = sa.create_engine(f"sqlite:///{place}", hide_parameters=True)
    try:
        with engine.connect() as connection:
            if connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one() != "ok":
                raise BackupError("The copy is damaged: look whether the disk is sound.")
            return facts_of(connection)
    finally:
        engine.dispose()


def _dump_postgresql(engine: sa.Engine, place: Path) -> Facts:
    with database.reading(engine) as connection:
        # The dump of a large store takes longer than we let a transaction wait elsewhere.
        connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
        facts = facts_of(connection)
        snapshot = connection.exec_driver_sql("SELECT pg_export_snapshot()").scalar_one()
        postgresql_tools.dump(engine.url, place, snapshot=snapshot)
    return facts


def facts_of(connection: sa.Connection) -> Facts:
    """Return what a manifest tells of a store's contents."""
    revision = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return str(revision), counts_of(connection), _head(connection)


def counts_of(connection: sa.Connection) -> dict[str, int]:
    """Return how many rows each table has; tables that an older version lacks are left out."""
    there = set(sa.inspect(connection).get_table_names())
    tables: Sequence[sa.Table] = schema.metadata.sorted_tables
    return {
        table.name: int(connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0)
        for table in sorted(tables, key=lambda one: one.name)
        if table.name in there
    }


def _head(connection: sa.Connection) -> str:
    table = schema.meta
    told: Any = connection.scalar(sa.select(table.c.value).where(table.c.name == AUDIT_HEAD))
    return told or ""


def erased_of(connection: sa.Connection) -> list[Erased]:
    """Return the responses that were erased from a store."""
    table = schema.erased_responses
    return [(row.response_id, row.at) for row in connection.execute(sa.select(table))]
