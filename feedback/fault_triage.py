"""Where fault reports stand: write what people decide, and take it back. Nobody's work is lost.

Whoever decides says what they saw (`Seen`). A report that somebody else changed since is left as
it is, and told. So is a report of a service that is not theirs to decide about.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from feedback import schema
from feedback.audit_log import append_lines
from feedback.errors import StoreError
from feedback.schema import FaultStatus
from feedback.writes import execute_each, in_blocks, upsert

__all__ = [
    "FINISHED",
    "MAX_OWNER",
    "OPEN",
    "FaultState",
    "Outcome",
    "Seen",
    "change",
    "states_of",
    "undo",
]

MAX_OWNER = 120
"""Letters of a name, as the column has them."""

FINISHED = (FaultStatus.DONE.value, FaultStatus.NOT_A_FAULT.value)
"""Statuses of reports that nobody has to look at any more."""

CHANGED, UNDONE = "triage", "undo triage"
"""Actions in the audit log."""

Seen = Mapping[str, datetime | None]
"""When each report was last changed, as far as who decides knows; None: never, or for an absent
row."""

_table = schema.fault_triage


@dataclass(frozen=True, slots=True)
class FaultState:
    """Where one report stands; one that nobody has touched is open and nobody's."""

    status: str = FaultStatus.OPEN.value
    owner: str | None = None
    who: str | None = None
    at: datetime | None = None


OPEN = FaultState()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a decision.

    ``before`` and ``after`` are the states of the reports that were changed. ``others`` are the
    states of those left alone because somebody changed them since. ``n_same`` stood so already;
    ``n_refused`` are not there, or of services that are not theirs.
    """

    before: Mapping[str, FaultState]
    after: Mapping[str, FaultState]
    others: Mapping[str, FaultState]
    n_same: int = 0
    n_refused: int = 0


def states_of(connection: sa.Connection, comment_ids: Sequence[str]) -> dict[str, FaultState]:
    """Return the states of the reports that somebody has touched, by comment id."""
    columns = (_table.c.comment_id, _table.c.status, _table.c.owner, _table.c.who, _table.c.at)
    return {
        row[0]: FaultState(*row[1:])
        for block in in_blocks(list(comment_ids))
        for row in connection.execute(sa.select(*columns).where(_table.c.comment_id.in_(block)))
    }


def change(
    connection: sa.Connection,
    seen: Seen,
    changes: Mapping[str, str | None],
    who: str,
    now: datetime,
    *,
    services: Collection[str] | None = None,
) -> Outcome:
    """Set status, owner or both of fault reports, each with a line in the audit log.

    Parameters
    ----------
    connection
        Of `feedback.store.Store.changing`, which gives one at a time.
    changes
        ``status`` and ``owner``, or one of them; an owner of None is nobody.
    services
        Whose reports they may change; None: all.

    Raises
    ------
    StoreError
        There is no such status, the name is too long, or nothing is to be changed.
    """
    _check(changes)
    ids = list(seen)
    allowed = _of_services(connection, ids, services)
    states = states_of(connection, ids)
    before, after, others, n_same = {}, {}, {}, 0
    for key in ids:
        if key not in allowed:
            continue
        state = states.get(key, OPEN)
        wanted = FaultState(
            changes.get("status") or state.status, changes.get("owner", state.owner), who, now
        )
        if (wanted.status, wanted.owner) == (state.status, state.owner):
            n_same += 1
        elif state.at != seen[key]:
            others[key] = state
        else:
            before[key], after[key] = state, wanted
    _write(connection, after)
    _audit(connection, CHANGED, before, after, who, now)
    return Outcome(before, after, others, n_same, len(ids) - len(allowed))


def undo(
    connection: sa.Connection,
    outcome: Outcome,
    who: str,
    now: datetime,
    *,
    services: Collection[str] | None = None,
) -> Outcome:
    """Put the reports of a decision back to where they stood, but for those changed since."""
    ids = list(outcome.after)
    allowed = _of_services(connection, ids, services)
    states = states_of(connection, ids)
    there = {key: states.get(key, OPEN) for key in ids if key in allowed}
    untouched = [key for key, state in there.items() if state == outcome.after[key]]
    back = {key: outcome.before[key] for key in untouched}
    _write(connection, {key: state for key, state in back.items() if state.at is not None})
    for block in in_blocks([key for key, state in back.items() if state.at is None]):
        connection.execute(sa.delete(_table).where(_table.c.comment_id.in_(block)))
    before = {key: there[key] for key in untouched}
    _audit(connection, UNDONE, before, back, who, now)
    others = {key: state for key, state in there.items() if key not in back}
    return Outcome(before, back, others, 0, len(ids) - len(allowed))


def _check(changes: Mapping[str, str | None]) -> None:
    if not changes or set(changes) - {"status", "owner"}:
        raise StoreError("A fault report's status and owner can be changed; give one of them.")
    if "status" in changes and changes["status"] not in set(FaultStatus):
        raise StoreError(
            f"There is no status of a fault report by that name: {', '.join(FaultStatus)}."
        )
    owner = changes.get("owner")
    if owner is not None and not 0 < len(owner) <= MAX_OWNER:
        raise StoreError(f"The name of an owner has 1 to {MAX_OWNER} letters.")


def _of_services(
    connection: sa.Connection, comment_ids: Sequence[str], services: Collection[str] | None
) -> set[str]:
    """Return the comments that are there, and of these services."""
    found: set[str] = set()
    table = schema.comments
    for block in in_blocks(list(comment_ids)):
        rows = connection.execute(
            sa.select(table.c.comment_id, table.c.service).where(table.c.comment_id.in_(block))
        )
        found.update(key for key, service in rows if services is None or service in services)
    return found


def _write(connection: sa.Connection, states: Mapping[str, FaultState]) -> None:
    insert = upsert(connection, _table)
    written = {name: insert.excluded[name] for name in ("status", "owner", "who", "at")}
    statement = insert.on_conflict_do_update(index_elements=["comment_id"], set_=written)
    rows: list[dict[str, Any]] = [
        {
            "comment_id": key,
            "status": state.status,
            "owner": state.owner,
            "who": state.who,
            "at": state.at,
        }
        for key, state in states.items()
    ]
    execute_each(connection, statement, rows)


def _audit(
    connection: sa.Connection,
    action: str,
    before: Mapping[str, FaultState],
    after: Mapping[str, FaultState],
    who: str,
    now: datetime,
) -> None:
    """Add a line for each report: what changed, from what to what."""
    rows = [
        {
            "at": now,
            "who": who,
            "action": action,
            "object": f"fault report {key}",
            "detail": {
                name: [getattr(before[key], name), getattr(state, name)]
                for name in ("status", "owner")
                if getattr(before[key], name) != getattr(state, name)
            },
        }
        for key, state in after.items()
    ]
    append_lines(connection, rows)
