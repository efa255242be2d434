"""Legal holds: what must not be deleted while somebody says so.

A hold is on one response, on a service, or on everything. While it is in force, retention passes
over what it covers, and an erasure is refused. Holds are placed and lifted, never changed, and each
of the two is a line in the audit log with its reason.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd
import sqlalchemy as sa

from feedback import schema
from feedback.decisions import write_audit
from feedback.errors import StoreError

__all__ = ["LegalHold", "holds_known", "holds_of", "holds_on", "is_held", "lift_hold", "place_hold"]

PLACED, LIFTED = "place hold", "lift hold"
"""Actions in the audit log."""
ID_BYTES = 4

_table = schema.legal_holds
_IN_FORCE = _table.c.lifted_at.is_(None)


@dataclass(frozen=True, slots=True)
class LegalHold:
    """A hold: on a response, on a service, or (both None) on everything."""

    hold_id: str
    service: str | None
    response_id: str | None
    reason: str
    placed_by: str
    placed_at: datetime
    lifted_by: str | None
    lifted_at: datetime | None


def place_hold(
    connection: sa.Connection,
    who: str,
    reason: str,
    now: datetime,
    *,
    service: str | None = None,
    response_id: str | None = None,
) -> str:
    """Place a hold and return its id.

    Raises
    ------
    StoreError
        There is no reason, or it is too long.
    """
    told = _checked(reason)
    hold_id = secrets.token_hex(ID_BYTES)
    on = {"service": service, "response_id": response_id}
    row = {"hold_id": hold_id, **on, "reason": told, "placed_by": who, "placed_at": now}
    connection.execute(sa.insert(_table), row)
    write_audit(connection, now, who, PLACED, f"hold {hold_id}", {**on, "reason": told})
    return hold_id


def lift_hold(
    connection: sa.Connection, hold_id: str, who: str, reason: str, now: datetime
) -> None:
    """Lift a hold; its row stays, and tells who lifted it when.

    Raises
    ------
    StoreError
        No such hold is in force, or there is no reason.
    """
    told = _checked(reason)
    which = sa.update(_table).where(_table.c.hold_id == hold_id, _IN_FORCE)
    if not connection.execute(which.values(lifted_by=who, lifted_at=now)).rowcount:
        raise StoreError(f"No hold {hold_id} is in force. See those that are: feedback hold list")
    write_audit(connection, now, who, LIFTED, f"hold {hold_id}", {"reason": told})


def _checked(reason: str) -> str:
    told, longest = " ".join(reason.split()), _table.c.reason.type.length  # type: ignore[attr-defined]
    if not 0 < len(told) <= longest:
        raise StoreError(
            f"A hold's reason has 1 to {longest} letters, for whoever asks years later; this one "
            f"has {len(told)}."
        )
    return told


def is_held(service: sa.ColumnElement[Any], response_id: sa.ColumnElement[Any]) -> sa.Exists:
    """Condition: a hold in force covers a row with this service and response."""
    hold = _table.alias()
    covers = sa.or_(
        sa.and_(hold.c.service.is_(None), hold.c.response_id.is_(None)),
        hold.c.service == service,
        hold.c.response_id == response_id,
    )
    return sa.exists().where(hold.c.lifted_at.is_(None), covers)


def holds_on(connection: sa.Connection, response_id: str, services: Sequence[str]) -> Sequence[str]:
    """Return the ids of the holds in force that cover a response, the oldest first."""
    covers = sa.or_(
        sa.and_(_table.c.service.is_(None), _table.c.response_id.is_(None)),
        _table.c.service.in_(list(services)),
        _table.c.response_id == response_id,
    )
    query = sa.select(_table.c.hold_id).where(_IN_FORCE, covers)
    return connection.scalars(query.order_by(_table.c.placed_at, _table.c.hold_id)).all()


def holds_known() -> sa.Select[Any]:
    """Select all holds, those in force first, the newest first."""
    return sa.select(_table).order_by(
        _table.c.lifted_at.is_not(None), _table.c.placed_at.desc(), _table.c.hold_id
    )


def holds_of(rows: pd.DataFrame) -> list[LegalHold]:
    """Return the rows of `holds_known` as holds."""
    return [
        LegalHold(**{str(name): _plain(value) for name, value in row.items()})
        for row in rows.to_dict("records")
    ]


def _plain(value: Any) -> Any:
    if pd.isna(value):
        return None
    return value.to_pydatetime() if isinstance(value, pd.Timestamp) else value
