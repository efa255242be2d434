"""Limit a database connection to some services: views of the tables' names stand before them.

A temporary view hides the table of its name, in SQLite as in PostgreSQL, for one connection alone.
So a query need not know of the limit and cannot forget it: there is nothing else it could read.
Views cannot be written to, and a limited connection cannot change what it sees.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPIConnection

from feedback import database, schema
from feedback.errors import StoreError

__all__ = ["SCOPED_TABLES", "open_scoped_engine"]

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
)
"""Tables whose rows name their service; rows of no service are everybody's business, not theirs."""

_OF_COMMENT = (
    schema.codings,
    schema.spans,
    schema.assignments,
    schema.fault_triage,
    schema.coding_samples,
    schema.audit_samples,
    schema.safeguarding_outcomes,
    schema.coding_round_comments,
    schema.round_codings,
)
"""Tables whose rows name their comment."""

SCOPED_TABLES = frozenset(table.name for table in (*_OF_SERVICE, *_OF_COMMENT, schema.releases))
"""Tables of which a limited connection sees a part; of the others it sees everything."""


def open_scoped_engine(url: sa.URL, services: Sequence[str]) -> sa.Engine:
    """Return an engine for an existing store whose connections see these services alone.

    Raises
    ------
    StoreError
        The store lies in memory, where every connection has a database of its own.
    """
    if url.get_backend_name() == "sqlite" and database.sqlite_path(url) is None:
        raise StoreError("A store in memory cannot be limited to services; give it a file.")
    engine = database.open_engine(url.render_as_string(hide_password=False), create=False)
    views = _views(engine.dialect, sorted(set(services)))

    def limit(connection: DBAPIConnection, _record: object) -> None:
        cursor = connection.cursor()
        for view in views:
            cursor.execute(view)
        cursor.close()
        connection.commit()

    sa.event.listen(engine, "connect", limit)
    return engine


def _views(dialect: sa.Dialect, services: Sequence[str]) -> list[str]:
    """Return one CREATE TEMPORARY VIEW for each table."""
    home = "main" if dialect.name == "sqlite" else "public"
    comments = schema.comments.to_metadata(sa.MetaData(), schema=home)
    conditions: list[tuple[sa.Table, sa.ColumnElement[bool]]] = []
    for table in _OF_SERVICE:
        own = table.to_metadata(sa.MetaData(), schema=home)
        conditions.append((own, own.c.service.in_(services)))
    for table in _OF_COMMENT:
        own = table.to_metadata(sa.MetaData(), schema=home)
        its = sa.exists().where(
            comments.c.comment_id == own.c.comment_id, comments.c.service.in_(services)
        )
        conditions.append((own, its))
    own = schema.releases.to_metadata(sa.MetaData(), schema=home)
    conditions.append((own, sa.or_(own.c.service.is_(None), own.c.service.in_(services))))
    return [
        f"CREATE TEMPORARY VIEW {table.name} AS "
        + str(
            sa.select(table)
            .where(condition)
            .compile(dialect=dialect, compile_kwargs={"literal_binds": True})
        ).replace("%%", "%")
        for table, condition in conditions
    ]
