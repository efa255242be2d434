"""Keys of senders, as the command line asks for them."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from app.wording import counted, moment
from feedback.sender_keys import SenderKey, keys_known, keys_of, make_key, revoke_key
from feedback.store import utc_now

if TYPE_CHECKING:
    from feedback.store import Store

__all__ = ["as_plain", "drop_key", "key_text", "keys_text", "list_keys", "new_key"]


def new_key(
    store: Store,
    name: str,
    *,
    services: Sequence[str],
    origins: Sequence[str],
    per_minute: int | None,
) -> str:
    """Make a key and return it; services may be given by any of their names.

    Raises
    ------
    StoreError
        The name is taken, or an origin is none.
    """
    from app.wiring import make_reference

    reference = make_reference()
    chosen = [reference.service_id(one) or one for one in services]
    with store.quietly_changing() as connection:
        return make_key(
            connection,
            name,
            getpass.getuser(),
            services=chosen or None,
            origins=origins,
            per_minute=per_minute,
            now=utc_now(),
        )


def list_keys(store: Store) -> list[SenderKey]:
    """Return all keys, those in force first."""
    return keys_of(store.read(keys_known()))


def drop_key(store: Store, key_id: str) -> None:
    """Put a key out of force.

    Raises
    ------
    StoreError
        There is no such key in force.
    """
    with store.quietly_changing() as connection:
        revoke_key(connection, key_id, getpass.getuser(), now=utc_now())


def as_plain(key: SenderKey) -> dict[str, Any]:
    """Return what may be told of a key, ready for JSON: never its digest."""
    times = ("made_at", "revoked_at", "used_at")
    told = {name: getattr(key, name) for name in times}
    return {
        "key_id": key.key_id,
        "name": key.name,
        "services": list(key.services) if key.services else None,
        "origins": list(key.origins),
        "per_minute": key.per_minute,
        "made_by": key.made_by,
        **{name: at.isoformat() if at else None for name, at in told.items()},
    }


def key_text(key: str) -> str:
    """Return what is said of a new key."""
    return (
        f"{key}\n"
        "This is shown once: keep it where secrets are kept. Send it as: "
        "Authorization: Bearer KEY"
    )


def keys_text(keys: Sequence[SenderKey]) -> str:
    """Return all keys, for a person."""
    if not keys:
        return "There is no key. Make one with: feedback keys make NAME"
    return "\n".join(_line(key) for key in keys)


def _line(key: SenderKey) -> str:
    services = ", ".join(key.services) if key.services else "all services"
    pages = f", in pages of {', '.join(key.origins)}" if key.origins else ""
    limit = f", {counted(key.per_minute, 'message')} a minute" if key.per_minute else ""
    used = f"used {moment(key.used_at)}" if key.used_at else "never used"
    ended = f"; revoked {moment(key.revoked_at)} by {key.revoked_by}" if key.revoked_at else ""
    return f"{key.key_id}  {key.name}: {services}{pages}{limit}; {used}{ended}"
