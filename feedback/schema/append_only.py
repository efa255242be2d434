"""Statements with which a database itself refuses to change or remove what a table holds."""

from __future__ import annotations

import sqlalchemy as sa

__all__ = ["REFUSED", "REFUSED_STATE", "append_only", "make_append_only"]

REFUSED = "the audit log is append-only"
"""What the database says of a statement that would change it."""

REFUSED_STATE = "FB001"
"""The same as SQLSTATE, of a class that is nobody else's; PostgreSQL alone."""


def append_only(table: str, key: str) -> dict[str, tuple[str, ...]]:
    """Return the statements that make a table append-only, by dialect.

    Parameters
    ----------
    table
        Its name.
    key
        Its primary key, a number that grows with every row. SQLite removes what INSERT OR REPLACE
        replaces without asking a trigger, so there no row may go in but at the end.
    """
    refuse = f"BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END"
    is_no_end = f"NEW.{key} <= (SELECT max({key}) FROM {table})"  # noqa: S608 - the table is ours
    return {
        "sqlite": (
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refuse}",
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}",
            f"CREATE TRIGGER {table}_at_end BEFORE INSERT ON {table} WHEN {is_no_end} {refuse}",
        ),
        "postgresql": (
            f"CREATE FUNCTION {table}_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{REFUSED}' USING ERRCODE = '{REFUSED_STATE}'; END $$",
            # For each statement: TRUNCATE knows no rows, and no row need be hit to be refused.
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_is_append_only()",
        ),
    }


def make_append_only(table: sa.Table, key: str) -> None:
    """Have a table made append-only wherever the data model makes it."""
    for dialect, statements in append_only(table.name, key).items():
        for statement in statements:
            made = sa.DDL(statement.replace("%", "%%"))  # type: ignore[no-untyped-call]
            sa.event.listen(table, "after_create", made.execute_if(dialect=dialect))
