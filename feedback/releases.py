"""Releases and other changes of services, as people noted them, each with a line in the audit log.

Written inside a transaction of the store (``store.changing()``), read with
``store.read(releases_known())``.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

import sqlalchemy as sa

from feedback import schema
from feedback.decisions import write_audit
from feedback.errors import StoreError

__all__ = ["add_release", "releases_known", "remove_release"]

ID_CHARACTERS = 12


def releases_known() -> sa.Select[tuple[object, ...]]:
    """Return the query of all releases, newest first."""
    table = schema.releases
    return sa.select(*table.c).order_by(table.c.at.desc(), table.c.release_id)


def add_release(
    connection: sa.Connection,
    name: str,
    at: datetime,
    who: str,
    now: datetime,
    *,
    service: str | None = None,
    page: str | None = None,
) -> str:
    """Note a release and return its id; without ``service`` it is one of every service.

    Raises
    ------
    StoreError
        It has no name, or one too long, names a page without a service, or is noted already.
    """
    table = schema.releases
    name = name.strip()
    longest = table.c.name.type.length  # type: ignore[attr-defined]
    if not name or len(name) > longest:
        raise StoreError(f"A release needs a name of 1 to {longest} characters.")
    if page and not service:
        raise StoreError("A release of one page needs the page's service as well.")
    release_id = _id_of(name, at, service, page)
    if connection.scalar(sa.select(sa.exists().where(table.c.release_id == release_id))):
        raise StoreError(f"The release is noted already, as {release_id}.")
    row = {"at": at, "service": service or None, "page": page or None, "name": name}
    noted = {"release_id": release_id, "who": who, "noted_at": now}
    connection.execute(sa.insert(table), {**row, **noted})
    detail = {key: value for key, value in row.items() if key != "at"} | {"at": at.isoformat()}
    write_audit(connection, now, who, "add release", f"release {release_id}", detail)
    return release_id


def remove_release(connection: sa.Connection, release_id: str, who: str, now: datetime) -> None:
    """Take a release back; the audit log keeps that it was noted.

    Raises
    ------
    StoreError
        There is no such release.
    """
    table = schema.releases
    statement = sa.delete(table).where(table.c.release_id == release_id)
    if not connection.execute(statement).rowcount:
        raise StoreError(
            "There is no release with that id in the store. See: feedback releases list"
        )
    write_audit(connection, now, who, "remove release", f"release {release_id}", None)


def _id_of(name: str, at: datetime, service: str | None, page: str | None) -> str:
    """Return the id of a release: the same one noted twice has the same."""
    parts = (name, at.isoformat(), service or "", page or "")
    return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=ID_CHARACTERS // 2).hexdigest()
