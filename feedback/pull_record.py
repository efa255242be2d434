"""Write down how asking a source goes: turns, files, comments, how far a query is read.

Each is done inside a transaction of the store; see `feedback.pull_work`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from feedback import schema
from feedback.schema import PullOutcome
from feedback.writes import upsert

__all__ = ["begin_turn", "count_in", "end_turn", "files_known", "remember_file"]

MAX_FILES_TOLD = 50

_sources, _files = schema.pull_sources, schema.pulled_files


def files_known(source_id: str, *, n: int = MAX_FILES_TOLD) -> sa.Select[tuple[object, ...]]:
    """Return the query of the files of a source that were taken or refused, the latest first."""
    of = _files.c.source_id == source_id
    return sa.select(*_files.c).where(of).order_by(_files.c.at.desc(), _files.c.name).limit(n)


def begin_turn(connection: sa.Connection, source_id: str, now: datetime) -> None:
    """Say that a source is asked from now on; until the end of the turn none is known."""
    _set(connection, source_id, started_at=now, finished_at=None)


def end_turn(
    connection: sa.Connection,
    source_id: str,
    outcome: PullOutcome,
    problem: str | None,
    now: datetime,
) -> None:
    """Say how a turn ended."""
    longest = _sources.c.problem.type.length  # type: ignore[attr-defined]
    told = problem[:longest] if problem else None
    _set(connection, source_id, finished_at=now, outcome=outcome.value, problem=told)


def count_in(
    connection: sa.Connection,
    source_id: str,
    n_new: int,
    high_water: Mapping[str, str] | None = None,
) -> None:
    """Add to a source's comments, and say how far its query is read."""
    values: dict[str, Any] = {"n_comments": _sources.c.n_comments + n_new}
    if high_water is not None:
        values["high_water"] = dict(high_water)
    _set(connection, source_id, **values)


def remember_file(connection: sa.Connection, row: Mapping[str, Any]) -> None:
    """Write that a file was taken or refused; what was known of this very file before goes."""
    statement = upsert(connection, _files)
    renewed = {name: statement.excluded[name] for name in ("at", "run_id", "problem", "n_comments")}
    keys = [_files.c.source_id, _files.c.mark]
    statement = statement.on_conflict_do_update(index_elements=keys, set_=renewed)
    connection.execute(statement, [dict(row)])


def _set(connection: sa.Connection, source_id: str, **values: Any) -> None:
    chosen = _sources.c.source_id == source_id
    connection.execute(sa.update(_sources).where(chosen).values(**values))
