"""Places that are asked for feedback: what is known of them; added, paused and removed by people.

A place's name is what people call it; its source is the name in ``comments.source`` and of its
statement as administrative data (`feedback.source_statements`), which is made with it.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import pandas as pd
import sqlalchemy as sa

from feedback import schema
from feedback.decisions import write_audit
from feedback.errors import StoreError
from feedback.pull_lease import is_held, lease_name
from feedback.schema import PullKind, PullOutcome
from feedback.writes import insert_new

__all__ = [
    "MAX_SOURCES",
    "PullSource",
    "PullState",
    "add_source",
    "remove_source",
    "sources_known",
    "sources_of",
    "switch_source",
]

MAX_SOURCES = 1_000
MAX_NAME = 80
"""Characters of a name: it may be the source of comments, whose column has so many."""

ID_BYTES = 16
OVERDUE_AFTER = timedelta(minutes=10)
"""How late a turn may be: others may be before it, and a large file takes a while."""

_sources, _files, _leases = schema.pull_sources, schema.pulled_files, schema.leases


class PullState(StrEnum):
    """What a source is doing now."""

    PAUSED = "paused"
    RUNNING = "running"
    NEVER = "never asked"
    DONE = "done"
    PARTLY = "partly done"
    FAILED = "failed"
    BROKEN_OFF = "broken off"


@dataclass(frozen=True)
class PullSource:
    """A place that is asked, as the store knows it; ``held_by`` has its lease ``held_until``."""

    source_id: str
    name: str
    kind: PullKind
    location: str
    service: str | None
    options: Mapping[str, Any]
    every_minutes: int
    is_on: bool
    high_water: Mapping[str, str] | None
    made_by: str
    made_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    outcome: PullOutcome | None
    problem: str | None
    n_comments: int
    held_by: str | None
    held_until: datetime | None

    @property
    def source(self) -> str:
        """What its comments and its statement are filed under."""
        return str(self.options.get("source", self.name))

    def state(self, now: datetime) -> PullState:
        """Return what it is doing."""
        if is_held(self.held_until, self.held_by, now):
            return PullState.RUNNING
        if not self.is_on:
            return PullState.PAUSED
        if self.started_at is None:
            return PullState.NEVER
        if self.finished_at is None or self.outcome is None:
            return PullState.BROKEN_OFF
        return {
            PullOutcome.DONE: PullState.DONE,
            PullOutcome.PARTLY: PullState.PARTLY,
            PullOutcome.FAILED: PullState.FAILED,
        }[self.outcome]

    def next_due(self, now: datetime) -> datetime | None:
        """Return when it is to be asked next; None while it is paused.

        A turn that began in the future began before the clock was put back.
        """
        if not self.is_on:
            return None
        if self.started_at is None:
            return self.made_at
        return min(self.started_at, now) + timedelta(minutes=self.every_minutes)

    def is_overdue(self, now: datetime) -> bool:
        """Say whether nobody asked it though it was time."""
        due = self.next_due(now)
        is_idle = self.state(now) is not PullState.RUNNING
        return due is not None and is_idle and now > due + OVERDUE_AFTER


def sources_known() -> sa.Select[tuple[object, ...]]:
    """Return the query of all places that are asked, by name."""
    held = (_leases.c.holder.label("held_by"), _leases.c.until.label("held_until"))
    # As `lease_name` calls it.
    name = sa.literal(lease_name("")) + _sources.c.source_id
    return (
        sa.select(*_sources.c, *held)
        .select_from(_sources.outerjoin(_leases, _leases.c.name == name))
        .order_by(_sources.c.name)
        .limit(MAX_SOURCES)
    )


def sources_of(frame: pd.DataFrame) -> list[PullSource]:
    """Return the sources of a frame that `sources_known` gave."""
    return [
        PullSource(
            **{
                **{str(name): _plain(value) for name, value in row.items()},
                "kind": PullKind(row["kind"]),
                "options": dict(row["options"]),
                "outcome": None if _plain(row["outcome"]) is None else PullOutcome(row["outcome"]),
                "every_minutes": int(row["every_minutes"]),
                "n_comments": int(row["n_comments"]),
                "is_on": bool(row["is_on"]),
            }
        )
        for row in frame.to_dict("records")
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, dict | list):
        return value
    if value is None or pd.isna(value):
        return None
    return value.to_pydatetime() if isinstance(value, pd.Timestamp) else value


# What people do


def add_source(
    connection: sa.Connection,
    name: str,
    kind: PullKind,
    location: str,
    *,
    service: str | None,
    options: Mapping[str, Any],
    every_minutes: int,
    who: str,
    now: datetime,
) -> str:
    """Add a place to ask, make its statement where there is none, and return its id.

    ``location`` and ``options`` hold no secret: `feedback.pull_locations` saw to it. ``options``
    has at least the ``source``.

    Raises
    ------
    StoreError
        The name is empty, too long or taken, or there are too many.
    """
    name = " ".join(name.split())
    source = str(options["source"])
    for told, what in ((name, "name"), (source, "source")):
        if not told or len(told) > MAX_NAME or not told.isprintable():
            raise StoreError(f"A source has a {what} of 1 to {MAX_NAME} characters.")
    names = set(connection.scalars(sa.select(_sources.c.name)))
    if name in names:
        raise StoreError(f"There is a source called '{name}'. Choose another name.")
    if len(names) >= MAX_SOURCES:
        raise StoreError(f"There are {MAX_SOURCES:,} sources, the most there can be.")
    row = {
        "source_id": secrets.token_hex(ID_BYTES),
        "name": name,
        "kind": kind.value,
        "location": location,
        "service": service,
        "options": dict(options),
        "every_minutes": every_minutes,
        "is_on": True,
        "made_by": who,
        "made_at": now,
        "n_comments": 0,
    }
    connection.execute(sa.insert(_sources), [row])
    statement = {"source": source, "statement": {}, "who": who, "at": now}
    insert_new(connection, schema.source_statements, [statement])
    detail = {part: row[part] for part in ("kind", "location", "service", "every_minutes")}
    _audit(connection, "add source", name, who, now, {**detail, "source": source})
    return str(row["source_id"])


def switch_source(
    connection: sa.Connection, name: str, who: str, now: datetime, *, is_on: bool
) -> None:
    """Pause a source, or let it be asked again.

    Raises
    ------
    StoreError
        There is none of that name.
    """
    chosen = sa.update(_sources).where(_sources.c.name == name).values(is_on=is_on)
    if not connection.execute(chosen).rowcount:
        raise no_source()
    _audit(connection, "resume source" if is_on else "pause source", name, who, now, None)


def remove_source(connection: sa.Connection, name: str, who: str, now: datetime) -> None:
    """Ask a source no more and forget its files; its comments and its statement stay.

    Whoever is asking it at this moment writes nothing more.

    Raises
    ------
    StoreError
        There is none of that name.
    """
    found = sa.select(_sources.c.source_id, _sources.c.n_comments).where(_sources.c.name == name)
    row = connection.execute(found).one_or_none()
    if row is None:
        raise no_source()
    connection.execute(sa.delete(_leases).where(_leases.c.name == lease_name(row.source_id)))
    connection.execute(sa.delete(_files).where(_files.c.source_id == row.source_id))
    connection.execute(sa.delete(_sources).where(_sources.c.source_id == row.source_id))
    _audit(connection, "remove source", name, who, now, {"n_comments": row.n_comments})


def no_source() -> StoreError:
    """Return the error for a name that no source has."""
    return StoreError("There is no source of that name. See: feedback sources list")


def _audit(
    connection: sa.Connection,
    action: str,
    name: str,
    who: str,
    now: datetime,
    detail: dict[str, Any] | None,
) -> None:
    write_audit(connection, now, who, action, f"pull source {name}", detail)
