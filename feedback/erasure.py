"""Delete comments and responses everywhere: from tables, from what quotes them, from the file.

`delete_comments` takes out all that the store holds of some comments, in the transaction of whoever
calls; retention and erasure differ only in what they choose. `erase_response` erases one response
because somebody asked for it, and keeps it from coming back (`feedback.erased`). Deleted bytes are
overwritten; `forget_bytes` empties SQLite's log, and what the index of words still held.

What stays: the audit log, which tells by id that there was a comment and who did what to it, and
figures that were told of many comments at once, such as a signal of last month.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from feedback import schema, search_index, tallies
from feedback.decisions import write_audit
from feedback.duplicates import NO_KEY, band_keys
from feedback.erasure_groups import Gone, WordCounts, clean_groups, groups_of
from feedback.errors import HeldError
from feedback.legal_holds import holds_on
from feedback.merging import mark_arranged
from feedback.search_purge import forget_bytes, mark_unclean
from feedback.writes import execute_each, in_blocks, insert_new

if TYPE_CHECKING:
    from feedback.store import Store

__all__ = [
    "ERASED",
    "Erasure",
    "count_response",
    "delete_comments",
    "erase_again",
    "erase_response",
]

ERASED = "erase"
"""Action in the audit log."""

_comments, _responses = schema.comments, schema.responses

OF_A_COMMENT = tuple(
    table
    for table in reversed(schema.metadata.sorted_tables)
    if "comment_id" in table.c and table not in (_comments, schema.search_rows)
)
"""Tables whose rows belong to one comment each, so that they go with it; found by their column, so
that a new table is not forgotten. The rows of the index go with its words: `search_index`."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """What is erased, or would be: how many comments, and how many responses."""

    response_id: str
    n_comments: int
    n_responses: int


def count_response(store: Store, response_id: str) -> Erasure:
    """Return what an erasure would take out; nothing changes."""
    counts = [
        int(store.read(sa.select(sa.func.count().label("n")).where(column == response_id))["n"][0])
        for column in (_comments.c.response_id, _responses.c.response_id)
    ]
    return Erasure(response_id, *counts)


def erase_response(store: Store, response_id: str, who: str, *, now: datetime) -> Erasure:
    """Erase a response with its comments, and keep it from coming in again.

    Senders wait for the transaction, which is short; the index of words is cleaned after it, step
    by step. Erasing what was erased before does no harm.

    Raises
    ------
    HeldError
        A legal hold is on it; nothing is changed.
    """
    with store.changing(stops_arrivals=True) as connection:
        service = _service_of(connection, response_id)
        if held := holds_on(connection, response_id, service):
            raise HeldError(
                f"Response {response_id} must not be deleted: legal hold {held[0]} is on it. Who "
                f"may lift it does so with: feedback hold lift {held[0]} --reason WHY"
            )
        done = _erase(connection, response_id, now)
        detail = {"n_comments": done.n_comments, "n_responses": done.n_responses}
        write_audit(connection, now, who, ERASED, f"response {response_id}", detail)
    forget_bytes(store)
    return done


def erase_again(
    store: Store, erased: Sequence[tuple[str, datetime]], who: str, *, now: datetime
) -> int:
    """Erase what was erased before from a store that has it back, and return how many comments.

    For a store restored from a backup that is older than some erasures. Holds do not count: the
    decision was made before.
    """
    n_comments = 0
    with store.changing(stops_arrivals=True) as connection:
        for response_id, at in erased:
            n_comments += _erase(connection, response_id, at).n_comments
        detail = {"n_responses": len(erased), "n_comments": n_comments}
        if n_comments:
            write_audit(connection, now, who, ERASED, "responses erased before", detail)
    forget_bytes(store)
    return n_comments


def _erase(connection: sa.Connection, response_id: str, at: datetime) -> Erasure:
    mark = {"response_id": response_id, "at": at}
    insert_new(connection, schema.erased_responses, [mark])
    of_response = _comments.c.response_id == response_id
    ids = connection.scalars(sa.select(_comments.c.comment_id).where(of_response)).all()
    n_responses = delete_comments(connection, ids, [response_id], moves_first_seen=True)
    return Erasure(response_id, len(ids), n_responses)


def _service_of(connection: sa.Connection, response_id: str) -> list[str]:
    found: set[str] = set()
    for table in (_comments, _responses):
        of_response = table.c.response_id == response_id
        found.update(connection.scalars(sa.select(table.c.service).where(of_response)))
    return sorted(found)


def delete_comments(
    connection: sa.Connection,
    comment_ids: Sequence[str],
    response_ids: Sequence[str] = (),
    *,
    counts: WordCounts | None = None,
    moves_first_seen: bool = False,
) -> int:
    """Delete comments with all that hangs on them, and responses that have no comment any more.

    Parameters
    ----------
    comment_ids
        Some hundred at most: what is written in one transaction keeps others waiting.
    response_ids
        Responses that go, too, once they have no comment; those of the comments do anyway.
    counts
        Of words, of whoever deletes many blocks: not all are counted anew for each.
    moves_first_seen
        Say of issues that they were first and last seen when the comments that are left were.

    Returns
    -------
    int
        How many responses were deleted.
    """
    _overwrite(connection)
    rows = _rows(connection, comment_ids)
    ids = [row.comment_id for row in rows]
    groups = groups_of(connection, ids)
    of = list(dict.fromkeys([*response_ids, *(row.response_id for row in rows)]))
    search_index.forget(connection, ids)
    mark_unclean(connection)
    _repoint(connection, ids)
    _forget_answers(connection, rows)
    for table in OF_A_COMMENT:
        _delete(connection, table.c.comment_id, ids)
    _delete(connection, _comments.c.comment_id, ids)
    days, n_responses = _delete_responses(connection, of)
    gone = Gone.of(rows)
    _delete_vectors(connection, {row.text_hash for row in rows}, gone)
    counts = counts or WordCounts()
    counts.lose(len(ids))
    clean_groups(connection, groups, gone, counts, moves_first_seen=moves_first_seen)
    if groups.clusters:
        mark_arranged(connection)  # a round that has read the comments writes nothing
    tallies.mark_days(connection, {*(row.day for row in rows), *days})
    return n_responses


def _overwrite(connection: sa.Connection) -> None:
    if connection.dialect.name == "sqlite":
        # Else what is deleted would lie on in the file until its place is used again.
        connection.exec_driver_sql("PRAGMA secure_delete=ON")


def _rows(connection: sa.Connection, comment_ids: Sequence[str]) -> list[sa.Row[Any]]:
    names = ("comment_id", "response_id", "service", "submitted_at", "received_at", "text")
    columns = [_comments.c[name] for name in (*names, "text_hash", "day")]
    found: list[sa.Row[Any]] = []
    for block in in_blocks(list(comment_ids)):
        # Locked: a worker that holds one of them has written or will find it gone.
        query = sa.select(*columns).where(_comments.c.comment_id.in_(block)).with_for_update()
        found += connection.execute(query.order_by(_comments.c.comment_id))
    return found


def _delete(connection: sa.Connection, column: sa.Column[Any], values: Sequence[Any]) -> None:
    for block in in_blocks(list(values)):
        connection.execute(sa.delete(column.table).where(column.in_(block)))


def _repoint(connection: sa.Connection, ids: Sequence[str]) -> None:
    """Let the oldest duplicate of a comment that goes stand for the others from now on."""
    columns = [_comments.c[name] for name in ("comment_id", "duplicate_of", "text", "is_empty")]
    order = ("duplicate_of", "submitted_at", "received_at", "comment_id")
    going = set(ids)
    heirs: dict[str, sa.Row[Any]] = {}
    for block in in_blocks(list(ids)):
        query = sa.select(*columns).where(_comments.c.duplicate_of.in_(block))
        for row in connection.execute(query.order_by(*(_comments.c[name] for name in order))):
            if row.comment_id not in going:
                heirs.setdefault(row.duplicate_of, row)
    for original, heir in heirs.items():
        rest = _comments.c.duplicate_of == original
        _point(connection, rest, heir.comment_id)
        _point(connection, _comments.c.comment_id == heir.comment_id, None)
        if not heir.is_empty:
            keys = enumerate(band_keys([heir.text])[0].tolist())
            found = [
                {"comment_id": heir.comment_id, "band": band, "key": key}
                for band, key in keys
                if key != NO_KEY
            ]
            insert_new(connection, schema.fingerprints, found)


def _point(connection: sa.Connection, which: sa.ColumnElement[bool], to: str | None) -> None:
    connection.execute(sa.update(_comments).where(which).values(duplicate_of=to))


def _forget_answers(connection: sa.Connection, rows: Sequence[sa.Row[Any]]) -> None:
    """Forget what was answered to messages that brought comments: it names their ids."""
    table, ids = schema.posted_once, {row.comment_id for row in rows}
    moments = sorted({row.received_at for row in rows})
    key = (table.c.key_id, table.c.mark)
    gone: list[dict[str, Any]] = []
    for block in in_blocks(moments):
        query = sa.select(*key, table.c.receipt).where(table.c.at.in_(block))
        gone += [
            {"of_key": row.key_id, "of_mark": row.mark}
            for row in connection.execute(query)
            if ids & set(row.receipt.get("comment_ids", ()))
        ]
    is_it = (key[0] == sa.bindparam("of_key"), key[1] == sa.bindparam("of_mark"))
    execute_each(connection, sa.delete(table).where(*is_it), gone)


def _delete_responses(
    connection: sa.Connection, response_ids: Sequence[str]
) -> tuple[set[str | None], int]:
    """Delete responses without a comment; return their days and how many those were."""
    days: set[str | None] = set()
    n_deleted = 0
    has_comment = sa.exists().where(_comments.c.response_id == _responses.c.response_id)
    for block in in_blocks(response_ids):
        is_bare = _responses.c.response_id.in_(block), ~has_comment
        days.update(connection.scalars(sa.select(_responses.c.day).where(*is_bare)))
        n_deleted += connection.execute(sa.delete(_responses).where(*is_bare)).rowcount
    return days, n_deleted


def _delete_vectors(connection: sa.Connection, text_hashes: set[str], gone: Gone) -> None:
    """Delete the vectors of texts that no comment has any more, and tell ``gone`` of them."""
    table = schema.embeddings
    has_comment = sa.exists().where(_comments.c.text_hash == table.c.text_hash)
    for block in in_blocks(sorted(text_hashes)):
        named = table.c.text_hash.in_(block)
        gone.add_vectors(connection.execute(sa.select(table).where(named)))
        connection.execute(sa.delete(table).where(named, ~has_comment))
