"""Limit a database connection to some services: views of the tables' names stand before them.

A temporary view hides the table of its name, in SQLite as in PostgreSQL, for one connection alone.
So a query need not know of the limit and cannot forget it: there is nothing else it could read.
A limited connection is for reading alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPIConnection

from feedback import database, postgresql, schema
from feedback.errors import StoreError

__all__ = ["COMMON_TABLES", "HIDDEN_TABLES", "SCOPED_TABLES", "open_scoped_engine"]

_OF_SERVICE = (
    schema.comments,
    schema.responses,
    schema.issues,
    schema.signals,
    schema.alarms,
    schema.standing_codes,
    schema.search_rows,
    schema.tallies,
    schema.coding_rounds,
    schema.subscriptions,
    schema.retention_rules,
    schema.legal_holds,
    schema.pull_sources,
)
"""Tables whose rows name their service; rows of no service are everybody's business, not theirs."""

_OF_COMMENT = (
    schema.codings,
    schema.spans,
    schema.fingerprints,
    schema.assignments,
    schema.fault_triage,
    schema.coding_samples,
    schema.audit_samples,
    schema.safeguarding_outcomes,
    schema.coding_round_comments,
    schema.round_codings,
)
"""Tables whose rows name their comment."""

_OF_TOPIC = (schema.topics, schema.topic_edits, schema.topic_changes)
"""Tables whose rows name a topic: a topic is theirs when a comment of theirs is in it."""

_HIDDEN = (
    schema.sender_keys,
    schema.posted_once,
    schema.pulled_files,
    schema.erased_responses,
)
HIDDEN_TABLES = frozenset(table.name for table in _HIDDEN)
"""Tables of which a limited connection sees nothing: they are administrators' business."""

_AUDITED = {
    "comment": schema.comments.c.comment_id,
    "issue": schema.issues.c.cluster_id,
    "release": schema.releases.c.release_id,
    "round": schema.coding_rounds.c.round_id,
    "subscription": schema.subscriptions.c.subscription_id,
}
"""What an audit line is about (the first word of its ``object``) where that can be theirs; lines
about anything else, such as people, exports and lists of comments, are not."""

SCOPED_TABLES = frozenset(
    table.name
    for table in (
        *_OF_SERVICE,
        *_OF_COMMENT,
        *_OF_TOPIC,
        *_HIDDEN,
        schema.releases,
        schema.embeddings,
        schema.people,
        schema.audit,
    )
)
"""Tables of which a limited connection sees a part."""

COMMON_TABLES = frozenset(
    table.name
    for table in (
        schema.runs,
        schema.rejects,
        schema.proposed_codes,
        schema.source_statements,
        schema.stale_days,
        schema.workers,
        schema.leases,
        schema.meta,
    )
)
"""Tables that belong to no service, of which it sees everything: how the toolkit ran, how many rows
of a file were bad and why, proposals for the codebook, what is known of sources. None holds a
comment's words, id or page."""


_READ_ONLY = {
    "sqlite": "PRAGMA query_only = ON",
    "postgresql": "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
}
"""Simple views can be written through in PostgreSQL, and common tables are no views."""


def open_scoped_engine(url: sa.URL, services: Sequence[str]) -> sa.Engine:
    """Return an engine for an existing store whose connections see these services alone.

    Raises
    ------
    StoreError
        The store lies in memory, where every connection has a database of its own.
    """
    if url.get_backend_name() == "sqlite" and database.sqlite_path(url) is None:
        raise StoreError("A store in memory cannot be limited to services; give it a file.")
    text = url.render_as_string(hide_password=False)
    engine = database.open_engine(text, create=False, n_kept=postgresql.FEW)
    views = _views(engine.dialect, sorted(set(services)))

    def limit(connection: DBAPIConnection, _record: object) -> None:
        cursor = connection.cursor()
        for statement in (*views, _READ_ONLY[engine.dialect.name]):
            cursor.execute(statement)
        cursor.close()
        connection.commit()

    sa.event.listen(engine, "connect", limit)
    return engine


def _views(dialect: sa.Dialect, services: Sequence[str]) -> list[str]:
    """Return one CREATE TEMPORARY VIEW for each table.

    The whole tables stand under their schema's name, which the views' own names do not hide.
    """
    whole = _whole_tables("main" if dialect.name == "sqlite" else "public")
    return [
        f"CREATE TEMPORARY VIEW {name} AS {_sql(select, dialect)}"
        for name, select in _selects(whole, dialect, services).items()
    ]


def _sql(select: sa.Select[Any], dialect: sa.Dialect) -> str:
    """Return a query with its values in it, as a view must have it."""
    told = str(select.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    # A driver that would put values in reads %% as %; without any it takes both as they stand.
    return told.replace("%%", "%") if "format" in dialect.paramstyle else told


def _whole_tables(home: str) -> dict[str, sa.Table]:
    metadata = sa.MetaData()
    return {
        table.name: table.to_metadata(metadata, schema=home)
        for table in schema.metadata.sorted_tables
    }


def _selects(
    whole: Mapping[str, sa.Table], dialect: sa.Dialect, services: Sequence[str]
) -> dict[str, sa.Select[Any]]:
    """Return what a limited connection sees of each table."""
    comments, assignments = whole["comments"], whole["assignments"]
    found: dict[str, sa.Select[Any]] = {}
    for table in _OF_SERVICE:
        own = whole[table.name]
        found[table.name] = sa.select(own).where(own.c.service.in_(services))
    for table in _OF_COMMENT:
        own = whole[table.name]
        its = sa.exists().where(
            comments.c.comment_id == own.c.comment_id, comments.c.service.in_(services)
        )
        found[table.name] = sa.select(own).where(its)
    for table in _OF_TOPIC:
        own = whole[table.name]
        inside = sa.and_(
            assignments.c.topic_id == own.c.topic_id,
            comments.c.comment_id == assignments.c.comment_id,
            comments.c.service.in_(services),
        )
        columns = [
            # How many comments there are of others is not theirs to know.
            sa.select(sa.func.count()).where(inside).scalar_subquery().label("n")
            if table is schema.topics and column.name == "n"
            else column
            for column in own.c
        ]
        found[table.name] = sa.select(*columns).where(sa.exists().where(inside))
    for table in _HIDDEN:
        found[table.name] = sa.select(whole[table.name]).where(sa.false())
    releases, embeddings = whole["releases"], whole["embeddings"]
    everywhere = releases.c.service.is_(None)
    found["releases"] = sa.select(releases).where(
        sa.or_(everywhere, releases.c.service.in_(services))
    )
    found["embeddings"] = sa.select(embeddings).where(
        sa.exists().where(
            comments.c.text_hash == embeddings.c.text_hash, comments.c.service.in_(services)
        )
    )
    found["people"] = _colleagues(whole["people"], dialect, services)
    found["audit"] = _audited(whole, found)
    return found


def _colleagues(people: sa.Table, dialect: sa.Dialect, services: Sequence[str]) -> sa.Select[Any]:
    """Return the people who see one of these services."""
    listed = sa.func.json_each if dialect.name == "sqlite" else sa.func.json_array_elements_text
    service = listed(people.c.services).table_valued("value", name="service")
    shared = sa.exists(sa.select(sa.literal(1)).select_from(service)).where(
        service.c.value.in_(services)
    )
    return sa.select(people).where(sa.or_(people.c.services.is_(None), shared))


def _audited(whole: Mapping[str, sa.Table], found: Mapping[str, sa.Select[Any]]) -> sa.Select[Any]:
    """Return the lines of the audit log about what a limited connection sees."""
    audit = whole["audit"]
    theirs = []
    for word, key in _AUDITED.items():
        seen = found[key.table.name].subquery()
        named = sa.func.substr(audit.c.object, len(word) + 2)
        theirs.append(
            sa.and_(audit.c.object.like(f"{word} %"), sa.exists().where(seen.c[key.name] == named))
        )
    # A digest is made of the lines of others, too.
    columns = [sa.literal("").label("digest") if c is audit.c.digest else c for c in audit.c]
    return sa.select(*columns).where(sa.or_(*theirs))
