"""Put a backup in the place of a store, checked before and after.

The copy is unpacked beside the store, checked against its manifest, brought to this version's
tables, and rid of what was erased since it was made. Only then does it take the store's place, in
one transaction: whoever has the store open sees the one or the other. Legal holds are kept as they
are now. On PostgreSQL the place beside is the transaction itself; what was erased since is erased
right after it.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from feedback import database, postgresql_tools, schema
from feedback.backup import counts_of, erased_of, facts_of
from feedback.decisions import write_audit
from feedback.erasure import erase_again
from feedback.errors import BackupError, StoreError
from feedback.manifests import ERASURES, Erased, Manifest, checked, read_list
from feedback.results import put_fact
from feedback.store import Store
from feedback.writes import execute_each, in_blocks

__all__ = ["Restored", "restore"]

COUNTER = "data_version"
RESTORED = "restore"
"""Action in the audit log."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored: the manifest, and how much was erased again."""

    manifest: Manifest
    n_erasures: int
    n_comments_erased: int
    set_aside: Path | None = None
    """Where a damaged store was put, which could not tell what was erased from it."""


@dataclass(frozen=True, slots=True)
class _Before:
    """What the store is that is to be replaced."""

    n_comments: int = 0
    version: int = 0
    audit_head: str = ""
    erased: tuple[Erased, ...] = ()
    holds: tuple[dict[str, Any], ...] = ()
    is_damaged: bool = False


@dataclass(frozen=True, slots=True)
class _Plan:
    """What takes whose place, and who says so."""

    copy: Path
    manifest: Manifest
    url: str
    before: _Before
    erased: Sequence[Erased]
    who: str
    now: datetime


def restore(
    backup: Path,
    url: str,
    *,
    who: str,
    now: datetime,
    replace: bool = False,
    erasures: Path | None = None,
) -> Restored:
    """Put a backup in the place of the store at a URL.

    What was erased since the backup was made is erased again, before anybody can see it: told by
    the store that is replaced, by the list that lies beside the backup, and by ``erasures``.

    Raises
    ------
    BackupError
        The backup is damaged or of another database, or the store has comments and ``replace`` was
        not said. Nothing was changed.
    """
    copy, manifest = checked(backup)
    if database.as_url(url).get_backend_name() != manifest.database:
        raise BackupError(
            f"{copy} is a backup of {manifest.database}, and the store is another database. "
            "Name one of that kind with --into."
        )
    before = _before(url)
    if (before.n_comments or before.is_damaged) and not replace:
        found = "is damaged" if before.is_damaged else f"has comments ({before.n_comments:,})"
        raise BackupError(
            f"{database.shown(url)} {found}. To put the backup in its place: --replace. "
            "Nothing was changed."
        )
    lists = [path for path in (copy.parent / ERASURES, erasures) if path and path.is_file()]
    if erasures is not None and not erasures.is_file():
        raise BackupError(f"{erasures} is not there. Nothing was changed.")
    erased = dict(before.erased)
    for path in lists:
        erased |= dict(read_list(path))
    put = _put_sqlite if manifest.database == "sqlite" else _put_postgresql
    return put(_Plan(copy, manifest, url, before, sorted(erased.items()), who, now))


def _before(url: str) -> _Before:
    """Return what the store holds that is to be replaced; nothing where there is none."""
    path = database.sqlite_path(database.as_url(url))
    if path is not None and not path.exists():
        return _Before()
    try:
        with Store.open(url) as store:
            if store.check():
                return _Before(is_damaged=True)
            n = sa.select(sa.func.count().label("n")).select_from(schema.comments)
            with store.quietly_changing() as connection:
                erased = tuple(erased_of(connection))
                rows = connection.execute(sa.select(schema.legal_holds))
                holds = tuple(dict(row._mapping) for row in rows)
                head = facts_of(connection)[2]
            n_comments = int(store.read(n)["n"][0])
            return _Before(n_comments, store.data_version(), head, erased, holds)
    except StoreError:
        if path is None:
            raise
        return _Before(is_damaged=True)


def _put_sqlite(plan: _Plan) -> Restored:
    path = database.sqlite_path(database.as_url(plan.url))
    if path is None:
        raise BackupError("A backup cannot be restored into memory. Name a file with --into.")
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=path.parent) as folder:
        place = Path(folder) / "feedback.db"
        shutil.copyfile(plan.copy, place)
        with closing(sqlite3.connect(place)) as found:
            _compare(plan.manifest, {name: _n_rows(found, name) for name in plan.manifest.counts})
        with Store.open(f"sqlite:///{place}") as store:
            n_erased, counts = _finish(store, plan)
        aside = _set_aside(path, plan.now) if plan.before.is_damaged else None
        is_new = not path.exists()
        with (
            closing(sqlite3.connect(place)) as source,
            closing(sqlite3.connect(path, timeout=database.BUSY_SECONDS)) as goal,
        ):
            if is_new:
                path.chmod(0o600)
            source.backup(goal)  # all pages in one transaction of the store's own
    with Store.open(plan.url) as store:
        store.forget_deleted()
        _check(store, counts)
    return Restored(plan.manifest, len(plan.erased), n_erased, aside)


def _n_rows(connection: sqlite3.Connection, name: str) -> int:
    if name not in schema.metadata.tables:
        raise BackupError("The manifest names a table that this version does not know.")
    try:
        return int(connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0])  # noqa: S608
    except sqlite3.DatabaseError:
        raise BackupError("The backup is not what its manifest says. Take another.") from None


def _put_postgresql(plan: _Plan) -> Restored:
    engine = database.open_engine(plan.url, create=True)
    try:
        postgresql_tools.load(engine.url, plan.copy)
        with database.reading(engine) as connection:
            _compare(plan.manifest, counts_of(connection))
    finally:
        engine.dispose()
    with Store.open(plan.url) as store:
        n_erased, counts = _finish(store, plan)
        _check(store, counts)
    return Restored(plan.manifest, len(plan.erased), n_erased)


def _compare(manifest: Manifest, counts: dict[str, int]) -> None:
    differing = [name for name, n in manifest.counts.items() if counts.get(name) != n]
    if differing:
        raise BackupError(
            f"The backup has other numbers of rows than its manifest says: {', '.join(differing)}. "
            "Take another backup."
        )


def _finish(store: Store, plan: _Plan) -> tuple[int, dict[str, int]]:
    """Bring what was decided since into the restored store, and say in its log what happened.

    Returns how many comments were erased again, and the rows by table.
    """
    erased, who, now = plan.erased, plan.who, plan.now
    n_erased = erase_again(store, erased, who, now=now) if erased else 0
    with store.changing() as connection:
        _keep_holds(connection, plan.before.holds)
        detail = {"made_at": plan.manifest.made_at, "sha256": plan.manifest.sha256}
        detail |= {"replaced_audit_head": plan.before.audit_head}
        write_audit(connection, now, who, RESTORED, "store", detail)
        # Pages look for another number to see that something changed: more than either had.
        higher = plan.before.version + store.data_version() + 1
        put_fact(connection, COUNTER, str(higher))
    with store.quietly_changing() as connection:
        return n_erased, counts_of(connection)


def _keep_holds(connection: sa.Connection, holds: Sequence[dict[str, Any]]) -> None:
    """Put the holds as they are now in the place of those that there were then."""
    table = schema.legal_holds
    ids = [hold["hold_id"] for hold in holds]
    for block in in_blocks(ids):
        connection.execute(sa.delete(table).where(table.c.hold_id.in_(block)))
    execute_each(connection, sa.insert(table), list(holds))


def _check(store: Store, counts: dict[str, int]) -> None:
    with store.quietly_changing() as connection:
        now = counts_of(connection)
    if wrong := store.check():
        raise BackupError(f"The restored store is not sound: {wrong}. Restore another backup.")
    if now["comments"] < counts["comments"]:
        raise BackupError("The restored store lacks comments. Restore it again.")


def _set_aside(path: Path, now: datetime) -> Path:
    """Give a damaged store and its log another name."""
    aside = path.with_name(f"{path.name}.damaged-{now:%Y%m%d-%H%M%S}")
    for suffix in ("", "-wal", "-shm"):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.replace(aside.with_name(aside.name + suffix))
    return aside
