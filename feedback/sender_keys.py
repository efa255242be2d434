"""Keys with which programs and web pages post feedback: made, looked up, revoked.

A key is ``fb_ID_SECRET``. The store has the id and the SHA-256 of the secret, which is 256 random
bits: nobody can tell the key from the store, and a slow hash would protect nothing. A key is shown
once, when it is made.

A key with origins stands in web pages, where everybody can read it. It lets nobody read anything;
it says which page sends, for its limit and its services.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pandas as pd
import sqlalchemy as sa

from feedback import schema
from feedback.decisions import write_audit
from feedback.errors import StoreError

__all__ = ["SenderKey", "keys_known", "keys_of", "make_key", "mark_used", "matching", "revoke_key"]

PREFIX = "fb"
ID_BYTES = 4
SECRET_BYTES = 32
MAX_KEYS = 1_000
USED_EVERY = timedelta(hours=1)
"""How exactly it is kept when a key was used last."""

_KEY = re.compile(rf"{PREFIX}_([0-9a-f]{{{2 * ID_BYTES}}})_([A-Za-z0-9_-]{{43}})")
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?")
_NOBODYS = "0" * 64
"""Compared with where there is no such key, so that both refusals take as long."""
_table = schema.sender_keys


@dataclass(frozen=True, slots=True)
class SenderKey:
    """A key as the store knows it.

    Attributes
    ----------
    services
        Services it may send for; None: any.
    origins
        Web pages that may use it, as ``https://www.example.gov.uk``; none: only programs may.
    per_minute
        Most messages in a minute; None: as the settings say.
    """

    key_id: str
    digest: str
    name: str
    services: tuple[str, ...] | None
    origins: tuple[str, ...]
    per_minute: int | None
    made_by: str
    made_at: datetime
    revoked_by: str | None
    revoked_at: datetime | None
    used_at: datetime | None


def make_key(
    connection: sa.Connection,
    name: str,
    who: str,
    *,
    services: Sequence[str] | None,
    origins: Sequence[str] = (),
    per_minute: int | None = None,
    now: datetime,
) -> str:
    """Make a key and return it: this is the only time that it can be read.

    Raises
    ------
    StoreError
        The name is empty or taken, an origin is none, or there are too many keys.
    """
    name = " ".join(name.split())
    if not name or len(name) > _length("name"):
        raise StoreError(f"A key has a name of 1 to {_length('name')} characters.")
    in_force = sa.select(_table.c.name).where(_table.c.revoked_at.is_(None))
    names = set(connection.scalars(in_force))
    if name in names:
        raise StoreError(f"There is a key called '{name}'. Choose another name, or revoke that.")
    if len(names) >= MAX_KEYS:
        raise StoreError(f"There are {MAX_KEYS:,} keys already. Revoke those that nobody uses.")
    key_id, secret = secrets.token_hex(ID_BYTES), secrets.token_urlsafe(SECRET_BYTES)
    row = {
        "key_id": key_id,
        "digest": _digest(secret),
        "name": name,
        "services": sorted(set(services)) if services else None,
        "origins": [clean_origin(one) for one in origins] or None,
        "per_minute": per_minute,
        "made_by": who,
        "made_at": now,
    }
    connection.execute(sa.insert(_table).values(**row))
    detail = {part: row[part] for part in ("name", "services", "origins", "per_minute")}
    write_audit(connection, now, who, "make key", f"key {key_id}", detail)
    return f"{PREFIX}_{key_id}_{secret}"


def clean_origin(text: str) -> str:
    """Return a web page's origin as browsers send it.

    Raises
    ------
    StoreError
        It is none, or not of https: only pages on this machine may do without.

    Examples
    --------
    >>> clean_origin("https://WWW.Example.gov.uk/")
    'https://www.example.gov.uk'
    """
    parts = urlsplit(text.strip().lower())
    is_near = parts.hostname in ("localhost", "127.0.0.1")
    is_sound = parts.scheme == "https" or (parts.scheme == "http" and is_near)
    if not is_sound or parts.path not in ("", "/") or not _HOST.fullmatch(parts.netloc):
        raise StoreError(
            "An origin is a scheme and a host alone, such as https://www.example.gov.uk; http is "
            "for localhost."
        )
    return f"{parts.scheme}://{parts.netloc}"


def revoke_key(connection: sa.Connection, key_id: str, who: str, *, now: datetime) -> None:
    """Put a key out of force for good.

    Raises
    ------
    StoreError
        There is no such key in force.
    """
    in_force = sa.and_(_table.c.key_id == key_id, _table.c.revoked_at.is_(None))
    revoked = sa.update(_table).where(in_force).values(revoked_by=who, revoked_at=now)
    if not connection.execute(revoked).rowcount:
        raise StoreError("There is no key of that id in force. List them with: feedback keys list")
    write_audit(connection, now, who, "revoke key", f"key {key_id}", None)


def keys_known() -> sa.Select[tuple[object, ...]]:
    """Select all keys, those in force first, the newest first."""
    newest = _table.c.revoked_at.is_not(None), _table.c.made_at.desc(), _table.c.key_id
    return sa.select(_table).order_by(*newest).limit(2 * MAX_KEYS)


def keys_of(rows: pd.DataFrame) -> list[SenderKey]:
    """Return the rows of `keys_known` as keys."""
    return [
        SenderKey(
            **{name: row[name] for name in ("key_id", "digest", "name", "made_by")},
            services=tuple(row["services"]) if isinstance(row["services"], list) else None,
            origins=tuple(row["origins"]) if isinstance(row["origins"], list) else (),
            per_minute=None if pd.isna(row["per_minute"]) else int(row["per_minute"]),
            made_at=row["made_at"].to_pydatetime(),
            revoked_by=None if pd.isna(row["revoked_by"]) else row["revoked_by"],
            revoked_at=_time(row["revoked_at"]),
            used_at=_time(row["used_at"]),
        )
        for row in rows.to_dict("records")
    ]


def _time(told: Any) -> datetime | None:
    return None if pd.isna(told) else told.to_pydatetime()


def matching(keys: Sequence[SenderKey], given: str) -> SenderKey | None:
    """Return the key in force that somebody gives, compared in constant time; None for none."""
    parts = _KEY.fullmatch(given)
    if parts is None:
        return None
    in_force = (key for key in keys if key.key_id == parts[1] and key.revoked_at is None)
    key = next(in_force, None)
    is_right = hmac.compare_digest(key.digest if key else _NOBODYS, _digest(parts[2]))
    return key if is_right else None


def mark_used(connection: sa.Connection, key_id: str, *, now: datetime) -> None:
    """Write that a key was used, unless that was written within the hour."""
    is_old = sa.or_(_table.c.used_at.is_(None), _table.c.used_at < now - USED_EVERY)
    connection.execute(
        sa.update(_table).where(_table.c.key_id == key_id, is_old).values(used_at=now)
    )


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _length(column: str) -> int:
    return int(_table.c[column].type.length or 0)  # type: ignore[attr-defined]
