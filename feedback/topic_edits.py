"""Keep the topics that are in force: what a fit found, and what people did to it.

Several workers and people share a store. Each reads the state of the topics, works in memory, and
writes only if the state is still the one it read: no fit undoes an edit that was made while it was
under way, and no topic id is given twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd
import sqlalchemy as sa

from feedback.decisions import write_audit
from feedback.errors import StoreError
from feedback.results import put_fact, upsert_members, upsert_topics
from feedback.schema import TopicAction, assignments, meta, topic_changes, topic_edits, topics
from feedback.writes import execute_each, insert_new, records

__all__ = ["NewEdit", "TopicState", "state_query", "write_edit", "write_fit", "write_joined"]

VERSION = "topics_version"
NEXT_ID = "topics_next_id"


@dataclass(frozen=True)
class TopicState:
    """Which topics are in force.

    Attributes
    ----------
    version : str
        The fit that comments are assigned by; empty before the first.
    next_id : int
        The least topic id that was never used.
    last_edit : int
        Number of the last edit; 0 without any.
    """

    version: str
    next_id: int
    last_edit: int

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> TopicState:
        """Return the state that a row of `state_query` tells."""
        told = {name: None if pd.isna(value) else value for name, value in row.items()}
        used = -1 if told["last_id"] is None else int(told["last_id"])
        return cls(
            version=str(told["version"] or ""),
            next_id=max(int(told["next_id"] or 0), used + 1),
            last_edit=int(told["last_edit"] or 0),
        )


def state_query() -> sa.Select[Any]:
    """Select what `TopicState.of` takes; reads no comment.

    A store whose last fit was made by an earlier version of this package has no fact about it; the
    fit that most comments are assigned by then counts, which is read from all assignments.
    """

    def fact(name: str) -> sa.ScalarSelect[Any]:
        return sa.select(meta.c.value).where(meta.c.name == name).scalar_subquery()

    n = sa.func.count()
    most = (
        sa.select(assignments.c.model_version)
        .where(assignments.c.topic_id.is_not(None))
        .group_by(assignments.c.model_version)
        .order_by(n.desc(), assignments.c.model_version)
        .limit(1)
        .scalar_subquery()
    )
    return sa.select(
        sa.func.coalesce(fact(VERSION), most).label("version"),
        fact(NEXT_ID).label("next_id"),
        sa.select(sa.func.max(topics.c.topic_id)).scalar_subquery().label("last_id"),
        sa.select(sa.func.max(topic_edits.c.edit_id)).scalar_subquery().label("last_edit"),
    )


@dataclass(frozen=True)
class NewEdit:
    """What a person does.

    ``detail`` is kept with the edit; ``told`` stands in the audit log, which nothing can be taken
    out of again, and so it has numbers and no name.
    """

    action: TopicAction
    topic_id: int
    who: str
    detail: Mapping[str, Any]
    told: Mapping[str, Any]


def write_fit(
    connection: sa.Connection,
    expected: TopicState,
    model_version: str,
    found: pd.DataFrame,
    members: pd.DataFrame,
    changes: Sequence[Mapping[str, Any]],
    *,
    next_id: int,
    details: Mapping[int, Mapping[str, Any]],
    now: datetime,
) -> bool:
    """Put a fit in force; nothing is written, and False returned, if the state has moved on.

    Topics and changes of this fit and the one before are kept; those of older ones are deleted.

    Parameters
    ----------
    found, members
        Rows of ``topics``, and ``comment_id``, ``topic_id`` and ``similarity``.
    changes
        Rows of ``topic_changes``: ``topic_id``, ``kind``, ``detail``.
    next_id
        The least topic id that is free after this fit.
    details
        What edits are to keep from now on, by their numbers.
    """
    if not _still(connection, expected):
        return False
    upsert_topics(connection, model_version, found, members)
    put_fact(connection, NEXT_ID, str(next_id))
    of_fit = topic_changes.c.model_version == model_version
    connection.execute(sa.delete(topic_changes).where(of_fit))
    rows = [{**change, "model_version": model_version, "at": now} for change in changes]
    insert_new(connection, topic_changes, rows)
    if model_version != expected.version:
        for table in (topics, topic_changes):
            is_old = table.c.model_version.not_in([model_version, expected.version])
            connection.execute(sa.delete(table).where(is_old))
    for edit_id, detail in details.items():
        of_edit = topic_edits.c.edit_id == edit_id
        connection.execute(sa.update(topic_edits).where(of_edit).values(detail=dict(detail)))
    return True


def write_joined(connection: sa.Connection, expected: TopicState, members: pd.DataFrame) -> bool:
    """Let comments join the topics in force; False, and nothing, if the state has moved on."""
    if not _still(connection, expected):
        return False
    upsert_members(connection, expected.version, members)
    return True


def write_edit(
    connection: sa.Connection,
    expected: TopicState,
    edit: NewEdit,
    *,
    found: pd.DataFrame,
    removed: Sequence[int] = (),
    members: pd.DataFrame | None = None,
    next_id: int | None = None,
    now: datetime,
) -> int:
    """Write a person's edit with all that it changes in the topics in force; return its number.

    Parameters
    ----------
    found
        Rows of ``topics`` that take the place of those with the same ids, or are new.
    removed
        Topics that are no more.
    members
        Comments that belong elsewhere now.

    Raises
    ------
    StoreError
        The state has moved on.
    """
    if not _still(connection, expected):
        raise StoreError("The topics have just changed; nothing was done. Run the command again.")
    version = expected.version
    is_replaced = topics.c.topic_id.in_([*found["topic_id"].tolist(), *removed])
    connection.execute(sa.delete(topics).where(topics.c.model_version == version, is_replaced))
    columns = [column.name for column in topics.columns if column.name in found.columns]
    rows = records(found, columns)
    execute_each(connection, sa.insert(topics), [{**row, "model_version": version} for row in rows])
    if members is not None:
        upsert_members(connection, version, members)
    if next_id is not None:
        put_fact(connection, NEXT_ID, str(next_id))
    return _log(connection, edit, now)


def _log(connection: sa.Connection, edit: NewEdit, now: datetime) -> int:
    row = {
        "at": now,
        "who": edit.who,
        "action": edit.action.value,
        "topic_id": edit.topic_id,
        "detail": dict(edit.detail),
    }
    key = connection.execute(sa.insert(topic_edits).values(**row)).inserted_primary_key
    edit_id = int(key[0]) if key is not None else 0
    told = {**edit.told, "edit": edit_id}
    action, about = f"topic {edit.action.value}", f"topic {edit.topic_id}"
    write_audit(connection, now, edit.who, action, about, told)
    return edit_id


def _still(connection: sa.Connection, expected: TopicState) -> bool:
    row = connection.execute(state_query()).mappings().one()
    return TopicState.of({str(name): value for name, value in row.items()}) == expected
