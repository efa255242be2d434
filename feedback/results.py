"""Write what models found: topics, issue clusters, signals. See `feedback.store`."""

from __future__ import annotations

from datetime import datetime

import pandas as pd
import sqlalchemy as sa

from feedback import schema, tallies
from feedback.writes import execute_each, in_blocks, insert_new, records, upsert

__all__ = ["put_fact", "replace_signals", "upsert_issues", "upsert_members", "upsert_topics"]


def upsert_topics(
    connection: sa.Connection, model_version: str, topics: pd.DataFrame, members: pd.DataFrame
) -> None:
    """Replace the topics of a model version and say which comments belong to which.

    It is the version in force from then on.
    """
    table = schema.topics
    connection.execute(sa.delete(table).where(table.c.model_version == model_version))
    columns = _shared(table, topics)
    rows = [{**row, "model_version": model_version} for row in records(topics, columns)]
    insert_new(connection, table, rows)
    put_fact(connection, "topics_version", model_version)
    upsert_members(connection, model_version, members)
    tallies.mark_stale(connection, sa.true())  # another fit counts from now on


def put_fact(connection: sa.Connection, name: str, value: str) -> None:
    """Write one of the small facts of `schema.meta`, in place of what it was."""
    insert = upsert(connection, schema.meta).values(name=name, value=value)
    key = [schema.meta.c.name]
    connection.execute(
        insert.on_conflict_do_update(index_elements=key, set_={"value": insert.excluded.value})
    )


def upsert_members(connection: sa.Connection, model_version: str, members: pd.DataFrame) -> None:
    """Say which topics of a version comments belong to."""
    to = schema.assignments
    insert = upsert(connection, to)
    # The similarity to an issue cluster, where there is one, is not a topic's to overwrite.
    similarity = sa.case(
        (to.c.cluster_id.is_(None), insert.excluded.similarity), else_=to.c.similarity
    )
    rows = records(members, ("comment_id", "topic_id", "similarity"))
    execute_each(
        connection,
        insert.on_conflict_do_update(
            index_elements=[to.c.comment_id],
            set_={
                "topic_id": insert.excluded.topic_id,
                "model_version": insert.excluded.model_version,
                "similarity": similarity,
            },
        ),
        [{**row, "model_version": model_version} for row in rows],
    )
    _mark_days_of(connection, [row["comment_id"] for row in rows])


_MANY_MEMBERS = 5_000
"""From here on asking for all days is quicker than asking for those of each comment."""


def _mark_days_of(connection: sa.Connection, comment_ids: list[str]) -> None:
    if len(comment_ids) > _MANY_MEMBERS:
        tallies.mark_stale(connection, sa.true())
        return
    for block in in_blocks(comment_ids):
        tallies.mark_stale(connection, schema.comments.c.comment_id.in_(block))


def upsert_issues(connection: sa.Connection, issues: pd.DataFrame, members: pd.DataFrame) -> None:
    """Insert or renew issue clusters and their comments; what people decided stays."""
    table = schema.issues
    insert = upsert(connection, table)
    new = insert.excluded
    renewed = ("service", "page", "title", "theme", "last_seen", "n", "quotes", "centroid")
    # The only step a machine may take on its own is from provisional to new.
    status = sa.case(
        (table.c.status == schema.IssueStatus.PROVISIONAL.value, new.status),
        else_=table.c.status,
    )
    first_seen = sa.case(
        (table.c.first_seen < new.first_seen, table.c.first_seen), else_=new.first_seen
    )
    changes = {name: new[name] for name in renewed}
    changes["title"] = sa.case((table.c.titled_by.is_(None), new.title), else_=table.c.title)
    columns = _shared(table, issues, *_PEOPLES)
    execute_each(
        connection,
        insert.on_conflict_do_update(
            index_elements=[table.c.cluster_id],
            set_={**changes, "status": status, "first_seen": first_seen},
        ),
        records(issues, columns),
    )
    to = schema.assignments
    insert = upsert(connection, to)
    execute_each(
        connection,
        insert.on_conflict_do_update(
            index_elements=[to.c.comment_id],
            set_={
                "cluster_id": insert.excluded.cluster_id,
                "similarity": insert.excluded.similarity,
            },
        ),
        records(members, ("comment_id", "cluster_id", "similarity")),
    )


_PEOPLES = ("owner", "ticket_url", "fixed_at", "titled_by", "arranged_at", "undo")
"""Columns of an issue that only people fill."""


def replace_signals(connection: sa.Connection, as_of: datetime, signals: pd.DataFrame) -> None:
    """Put the signals seen at one moment in place of those seen at that moment before."""
    table = schema.signals
    connection.execute(sa.delete(table).where(table.c.as_of == as_of))
    columns = _shared(table, signals, "as_of")
    rows = [{**row, "as_of": as_of} for row in records(signals, columns)]
    execute_each(connection, sa.insert(table), rows)


def _shared(table: sa.Table, frame: pd.DataFrame, *without: str) -> list[str]:
    """Return the columns that a table and a frame both have."""
    names = [column.name for column in table.columns]
    return [name for name in names if name in frame.columns and name not in without]
