"""Open a database: engine, transactions, schema version. `feedback.store` is its only user.

Readers see one state throughout, writers see what others have finished, and times are UTC, on
SQLite and on PostgreSQL alike. SQLite takes some care; each choice here has its reason:

- ``journal_mode=WAL``: readers never wait for a writer, nor a writer for readers.
- ``synchronous=FULL``: a commit is on the disk when it returns. WAL with ``NORMAL`` survives the
  death of a process, but a power cut may take the last commits back, and whoever was told that a
  comment is safe was told wrong. We commit in batches, so the price is one sync a batch.
- ``BEGIN IMMEDIATE`` for writers: a transaction that reads first and writes later fails at once,
  whatever the timeout, when another wrote in between; one that takes the lock first waits.
- The driver's own transaction handling is switched off (``isolation_level = None``), since in
  Python 3.11 it begins none before SELECT or CREATE TABLE. Recipe: SQLAlchemy 2.1, "Enabling
  Non-Legacy SQLite Transactional Modes".
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from feedback import postgresql
from feedback.errors import StoreError
from feedback.migrations import HEAD
from feedback.schema.append_only import REFUSED_STATE

__all__ = [
    "as_url",
    "count_anew",
    "damage",
    "forget",
    "migrate",
    "open_engine",
    "reading",
    "shown",
    "writing",
]

BUSY_SECONDS = 60.0
"""How long a writer waits for another one. The longest transaction, one chunk, takes seconds."""

WAL_LIMIT_BYTES = 64 * 2**20
"""The write-ahead log is cut back to this after a large transaction."""

MIGRATION_LOCK = 0x66656564
"""Number of the lock that PostgreSQL gives to one process at a time, to change the tables."""

_SECRET_WORDS = ("pass", "secret", "token", "key")


def as_url(text: str) -> sa.URL:
    """Return the parsed URL of a store.

    Raises
    ------
    StoreError
        It is not an SQLAlchemy URL. The message does not repeat it: it may hold a password.
    """
    try:
        return sa.make_url(text)
    except ArgumentError:
        raise StoreError(
            "The store's URL cannot be read. Give FEEDBACK_STORE as sqlite:///PATH/feedback.db "
            "or postgresql://USER@HOST/DATABASE."
        ) from None


def shown(url: sa.URL | str) -> str:
    """Return a URL fit for messages and records: no password, no secret query parameter."""
    url = as_url(url) if isinstance(url, str) else url
    masked = {
        name: "***" if any(word in name.lower() for word in _SECRET_WORDS) else value
        for name, value in url.query.items()
    }
    return url.set(query=masked).render_as_string(hide_password=True)


def open_engine(text: str, *, create: bool, n_kept: int = postgresql.MANY) -> sa.Engine:
    """Return an engine for the store at a URL; with ``create`` its folder is made.

    ``n_kept`` connections to a server stay open between uses.
    """
    url = _with_driver(as_url(text))
    path = sqlite_path(url)
    if path is not None and not path.exists():
        if not create:
            raise StoreError(
                f"There is no store at {path}. 'feedback ingest FILE' makes one there; "
                "FEEDBACK_STORE or FEEDBACK_HOME names another place."
            )
        _make_folder(path.parent)
    try:
        # hide_parameters: an error message of SQLAlchemy would otherwise quote what was written.
        engine = sa.create_engine(
            url,
            hide_parameters=True,
            connect_args=_connect_args(url),
            **_pool_args(url, n_kept),
        )
    except (NoSuchModuleError, ImportError):
        raise StoreError(_without_driver(url)) from None
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _prepare_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)
    elif engine.dialect.name == "postgresql":
        sa.event.listen(engine, "connect", postgresql.prepare)
    return engine


def _with_driver(url: sa.URL) -> sa.URL:
    """Name the driver of a PostgreSQL URL that leaves it open."""
    return url.set(drivername=postgresql.DRIVER) if url.drivername == "postgresql" else url


def _without_driver(url: sa.URL) -> str:
    if url.drivername == postgresql.DRIVER:
        return (
            "The store's URL names PostgreSQL, whose driver is not installed. "
            "Install it: pip install 'feedback-toolkit[postgres]'."
        )
    return (
        f"The store's URL names the database '{url.drivername}', for which no driver is "
        "installed. Use sqlite:///PATH/feedback.db or postgresql://USER@HOST/DATABASE."
    )


def sqlite_path(url: sa.URL) -> Path | None:
    """Return the file of a SQLite URL; None for memory, URI file names and other databases."""
    name = url.database
    if url.get_backend_name() != "sqlite" or not name or name == ":memory:" or "uri" in url.query:
        return None
    return Path(name)


@contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Give a connection that sees one state of the store throughout."""
    reader = engine
    if engine.dialect.name == "postgresql":
        reader = engine.execution_options(isolation_level="REPEATABLE READ")
    with _told(engine), reader.connect() as connection:
        yield connection


@contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Give a connection in a writing transaction: all of it is kept, or nothing."""
    writer = engine.execution_options(feedback_writes=True)
    with _told(engine), writer.begin() as connection:
        yield connection


def count_anew(connection: sa.Connection, *tables: sa.Table) -> None:
    """Tell PostgreSQL how much is in tables that were filled just now.

    It would find out by itself, but not before this transaction has ended, and until then read all
    of them again and again.
    """
    if connection.dialect.name == "postgresql":
        for table in tables:
            connection.exec_driver_sql(f"ANALYZE {table.name}")


def migrate(engine: sa.Engine) -> None:
    """Bring the tables to this version's schema; several processes may do so at once.

    Raises
    ------
    StoreError
        The store was made by a newer version of the toolkit.
    """
    with reading(engine) as connection:
        if _revision(connection) == HEAD:
            return
    from alembic import command
    from alembic.util import CommandError

    with writing(engine) as connection:
        if engine.dialect.name == "postgresql":  # SQLite's writer is alone anyway
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(MIGRATION_LOCK)))
        if _revision(connection) == HEAD:  # another process was quicker
            return
        try:
            command.upgrade(_alembic_config(connection), "head")
        except CommandError:
            raise StoreError(
                f"The store {shown(engine.url)} was made by another version of the toolkit "
                f"(schema {_revision(connection)}, this one knows {HEAD}). Install that version."
            ) from None


def damage(connection: sa.Connection) -> str:
    """Return what SQLite finds wrong with the file, in a few words, or nothing."""
    if connection.dialect.name != "sqlite":
        return ""
    told = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
    if told != "ok":
        return "the database file is damaged"
    orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    return f"{len(orphans)} rows belong to comments that are gone" if orphans else ""


def forget(engine: sa.Engine) -> None:
    """Bring SQLite's write-ahead log into the file and empty it: it may hold what was deleted.

    While somebody reads, part of it stays until the next time; nothing waits for that.
    """
    if engine.dialect.name != "sqlite":
        return
    with _told(engine):
        connection = engine.raw_connection()
        try:
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            connection.close()


def _alembic_config(connection: sa.Connection) -> Any:
    """Return Alembic's configuration without a file; it works on the connection given."""
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config


def _revision(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    version = sa.table("alembic_version", sa.column("version_num"))
    revision: str | None = connection.execute(sa.select(version.c.version_num)).scalar()
    return revision


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"The folder {folder} for the store cannot be made ({error.strerror}). "
            "Name another with FEEDBACK_HOME or FEEDBACK_STORE."
        ) from None


def _connect_args(url: sa.URL) -> dict[str, Any]:
    if url.get_backend_name() == "sqlite":
        return {"timeout": BUSY_SECONDS}
    return postgresql.connect_args(url)


def _pool_args(url: sa.URL, n_kept: int) -> dict[str, Any]:
    if url.get_backend_name() == "sqlite":  # the library's own: one connection in memory, or files
        return {}
    return postgresql.pool_args(n_kept)


def _prepare_sqlite(connection: DBAPIConnection, _record: object) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    _switch_to_wal(cursor)
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA journal_size_limit={WAL_LIMIT_BYTES}")
    cursor.close()


def _switch_to_wal(cursor: Any) -> None:
    """Switch a new file to WAL. SQLite does not wait for its turn here, so we do."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            # Reading the mode takes no lock; a file that is WAL already stays so.
            if cursor.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                cursor.execute("PRAGMA journal_mode=WAL")
        except Exception as error:
            if getattr(error, "sqlite_errorname", "") != "SQLITE_BUSY":
                raise
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _begin_sqlite(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get("feedback_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def _told(engine: sa.Engine) -> Iterator[None]:
    """Turn the database's errors into ours: one clear line, no value from a row."""
    try:
        yield
    except SQLAlchemyError as error:
        raise StoreError(_message(engine.url, error)) from None


_CAUSES = {
    "SQLITE_BUSY": f"is busy: another process has been writing for {BUSY_SECONDS:.0f} seconds. "
    "Try again when it is done",
    "SQLITE_FULL": "cannot be written: the disk is full. Make room and try again",
    "SQLITE_READONLY": "cannot be written: the file or its folder is read-only",
    "SQLITE_CANTOPEN": "cannot be opened: look at the rights of the file and of its folder",
    "SQLITE_NOTADB": "is not a database file. Move it away or name another with FEEDBACK_STORE",
    "SQLITE_CORRUPT": "is damaged. Restore it from a backup",
    "SQLITE_CONSTRAINT_TRIGGER": "keeps its audit log as it is: lines are added at its end, and "
    "none is changed or removed",
    # Of PostgreSQL: classes and codes of SQLSTATE, appendix A of its manual.
    "08": "lets nobody in. Look whether the server runs and can be reached from here, whether the "
    "database is there, and whether name and password are right",
    "25P03": "ended a transaction that had stood still for "
    f"{postgresql.IDLE_SECONDS} seconds: this process was stopped, or its machine too busy. "
    "Try again",
    REFUSED_STATE: "keeps its audit log as it is: lines are added at its end, and none is changed "
    "or removed",
    "42501": "refuses this user. Grant it what docs/postgresql.md says",
    "53100": "cannot be written: the server's disk is full. Make room and try again",
    "53300": "has no connection left. Let fewer workers run, or raise max_connections",
    "57P": "is stopping or starting. Try again in a moment",
    "TimeoutError": "has no connection free for this process: too much is asked at once. Try again",
    "55P03": "is busy: another process holds what is needed. Try again when it is done",
}
_NO_CODE = ("OperationalError", "ConnectionTimeout")
"""What psycopg raises where no connection is made or one is lost: words, and no code."""


def _message(url: sa.URL, error: SQLAlchemyError) -> str:
    original = getattr(error, "orig", None)
    name = getattr(original, "sqlite_errorname", None) or getattr(original, "sqlstate", None)
    kind = type(original or error)
    if name is None and kind.__module__.startswith("psycopg") and kind.__name__ in _NO_CODE:
        name = "08"
    name = name or kind.__name__
    for cause, told in _CAUSES.items():
        if name.startswith(cause):
            return f"The store {shown(url)} {told}."
    return f"The store {shown(url)} refused to work ({name}). 'feedback doctor' looks at it."
