"""Make sure that SQLite's file holds no byte of what was deleted.

The index of words marks words as gone and keeps them until its parts are merged; that is done here
in short steps, between which others write. SQLite's log keeps pages as they were until it is
emptied. PostgreSQL does both by itself, later: docs/retention.md says when.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from feedback import schema
from feedback.results import put_fact

if TYPE_CHECKING:
    from feedback.store import Store

__all__ = ["forget_bytes", "mark_unclean"]

UNCLEAN = "search_holds_deleted"
"""Fact: the index of words may hold words of comments that were deleted."""
PAGES_A_STEP = 200
"""Pages merged in one transaction: a few milliseconds of work."""


def mark_unclean(connection: sa.Connection) -> None:
    """Note that words were taken out of the index, in the transaction that does it.

    Who is killed before the index is clean leaves the note behind, and the next one finishes.
    """
    if connection.dialect.name == "sqlite":
        put_fact(connection, UNCLEAN, "1")


def forget_bytes(store: Store) -> None:
    """Clean the index of words, step by step, and empty SQLite's log."""
    table = schema.meta
    is_noted = table.c.name == UNCLEAN
    if store.read(sa.select(table.c.value).where(is_noted)).empty:
        return
    n_pages = -PAGES_A_STEP  # negative: begin to merge all parts into one; positive: go on
    while _merge(store, n_pages):
        n_pages = PAGES_A_STEP
    with store.quietly_changing() as connection:
        connection.execute(sa.delete(table).where(is_noted))
    store.forget_deleted()


def _merge(store: Store, n_pages: int) -> bool:
    """Merge some pages of the index; return whether there is more to merge."""
    with store.quietly_changing() as connection:
        connection.exec_driver_sql("PRAGMA secure_delete=ON")
        before = _n_changes(connection)
        told = "INSERT INTO search_words (search_words, rank) VALUES ('merge', ?)"
        connection.exec_driver_sql(told, (n_pages,))
        # SQLite's manual: less than two changes means that nothing was left to merge.
        return _n_changes(connection) - before >= 2


def _n_changes(connection: sa.Connection) -> int:
    n: int = connection.exec_driver_sql("SELECT total_changes()").scalar_one()
    return n
