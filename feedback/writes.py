"""Write frames into tables, in the transaction of whoever calls. See `feedback.store`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from feedback import schema
from feedback.duplicates import NO_KEY
from feedback.runs import Run
from feedback.schema import CommentState, Entity, Reject

if TYPE_CHECKING:
    from feedback.redact.pseudonyms import KnownNumber

__all__ = [
    "Inserter",
    "append",
    "end_run",
    "execute_each",
    "frame_of",
    "in_blocks",
    "insert_new",
    "insert_rejects",
    "insert_run",
    "known",
    "known_numbers",
    "near_candidates",
    "records",
    "upsert",
]

Inserter = Callable[[sa.Connection, sa.Table, list[dict[str, Any]]], None]
"""Inserts rows of which some may be there already; see `insert_new`."""

BLOCK = 900
"""Values in one IN (...): SQLite before 3.32 takes at most 999 variables in a statement."""


def in_blocks(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Cut a sequence into blocks that fit one statement."""
    for start in range(0, len(values), BLOCK):
        yield values[start : start + BLOCK]


def records(frame: pd.DataFrame, columns: Iterable[str]) -> list[dict[str, Any]]:
    """Return a frame's rows as plain Python values, missing ones as None."""
    names = list(columns)
    if frame.empty:
        return []
    values = [_plain(frame[name]) for name in names]
    return [dict(zip(names, row, strict=True)) for row in zip(*values, strict=True)]


def _plain(series: pd.Series[Any]) -> list[Any]:
    if isinstance(series.dtype, pd.DatetimeTZDtype):
        return [None if value is pd.NaT else value.to_pydatetime() for value in series]
    missing = series.isna()
    values = series.tolist()  # numpy scalars become Python's
    return [None if gone else value for gone, value in zip(missing, values, strict=True)]


def frame_of(rows: Sequence[sa.Row[Any]], columns: Sequence[sa.ColumnElement[Any]]) -> pd.DataFrame:
    """Return rows as a frame whose texts and times have the same dtype whatever is in them."""
    frame = pd.DataFrame.from_records(rows, columns=[column.key for column in columns])
    for column in columns:
        if isinstance(column.type, schema.UtcDateTime):
            times = pd.to_datetime(frame[column.key], utc=True)
            frame[column.key] = times.astype("datetime64[us, UTC]")
        elif isinstance(column.type, sa.String):
            frame[column.key] = frame[column.key].astype("str")
    return frame


def insert_new(connection: sa.Connection, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    """Insert rows; those whose key is there already are left as they are."""
    execute_each(connection, upsert(connection, table).on_conflict_do_nothing(), rows)


def execute_each(connection: sa.Connection, statement: Any, rows: list[dict[str, Any]]) -> None:
    """Execute a statement for each row; without rows, not at all."""
    if rows:
        connection.execute(statement, rows)


def upsert(connection: sa.Connection, table: sa.Table) -> Any:
    """Return the dialect's INSERT that knows ON CONFLICT; both spell it alike."""
    insert: dict[str, Callable[[sa.Table], Any]] = {
        "sqlite": sqlite.insert,
        "postgresql": postgresql.insert,
    }
    return insert[connection.dialect.name](table)


def known(connection: sa.Connection, column: sa.Column[Any], values: Sequence[Any]) -> set[Any]:
    """Return which of the values a column holds."""
    found: set[Any] = set()
    for block in in_blocks(list(values)):
        found.update(connection.scalars(sa.select(column).where(column.in_(block))))
    return found


def append(
    connection: sa.Connection,
    comments: pd.DataFrame,
    responses: pd.DataFrame,
    spans: pd.DataFrame,
    bands: np.ndarray,
    *,
    redactor: str | None = None,
    found: Mapping[str, Mapping[str, Any]] | None = None,
    insert: Inserter | None = None,
) -> int:
    """Insert the comments that are not there yet with all that hangs on them; return how many.

    All intake goes through here, so what belongs to an erased response is left out here.
    ``comments`` and ``responses`` have their ``day``, too.
    ``redactor`` names what redacted them, with its version. ``found`` has, by comment id, columns
    of comments that were coded elsewhere; ``insert`` stands for `insert_new`.
    """
    insert = insert or insert_new
    found = found or {}
    comments, responses, bands = _without_erased(connection, comments, responses, bands)
    comments = _standing_originals(connection, comments)
    there = known(connection, schema.comments.c.comment_id, list(comments["comment_id"]))
    repeated = comments["comment_id"].duplicated() | comments["comment_id"].isin(list(there))
    is_new = ~repeated.to_numpy(dtype=bool)
    new = comments[is_new]
    insert(connection, schema.responses, records(responses, [*schema.RESPONSE_COLUMNS, "day"]))
    rows = records(new, [*schema.PREPARED_COMMENT_COLUMNS, "day"])
    fresh = {**_FRESH, "redactor": redactor}
    rows = [{**row, **fresh, **found.get(row["comment_id"], {})} for row in rows]
    insert(connection, schema.comments, rows)
    new_ids = set(new["comment_id"])
    placed = spans[spans["comment_id"].isin(list(new_ids))]
    # Spans that are no pseudonyms may come without numbers and marks.
    placed = placed.reindex(columns=list(_SPAN_COLUMNS))
    insert(connection, schema.spans, records(placed, _SPAN_COLUMNS))
    insert(connection, schema.fingerprints, _fingerprints(new, bands[is_new]))
    return len(new)


def _without_erased(
    connection: sa.Connection, comments: pd.DataFrame, responses: pd.DataFrame, bands: np.ndarray
) -> tuple[pd.DataFrame, pd.DataFrame, np.ndarray]:
    """Return what came without that of erased responses."""
    ids = {
        one
        for frame in (comments, responses)
        if "response_id" in frame
        for one in frame["response_id"]
    }
    erased = known(connection, schema.erased_responses.c.response_id, sorted(ids))
    if not erased:
        return comments, responses, bands
    stays = ~comments["response_id"].isin(list(erased)).to_numpy(dtype=bool)
    others = responses[~responses["response_id"].isin(list(erased))]
    return comments[stays], others, bands[stays]


def _standing_originals(connection: sa.Connection, comments: pd.DataFrame) -> pd.DataFrame:
    """Let the first of several duplicates stand where their original was deleted meanwhile."""
    originals = set(comments["duplicate_of"].dropna()) - set(comments["comment_id"])
    gone = originals - known(connection, schema.comments.c.comment_id, sorted(originals))
    if not gone:
        return comments
    first: dict[str, str] = {}
    marks: list[str | None] = []
    for comment_id, original in zip(comments["comment_id"], comments["duplicate_of"], strict=True):
        if original not in gone:
            marks.append(original)
        elif original in first:
            marks.append(first[original])
        else:
            first[original] = comment_id
            marks.append(None)
    return comments.assign(duplicate_of=pd.Series(marks, index=comments.index, dtype=object))


_FRESH = {"state": CommentState.RECEIVED.value, "n_attempts": 0}
_SPAN_COLUMNS = tuple(column.name for column in schema.spans.columns)


def _fingerprints(comments: pd.DataFrame, bands: np.ndarray) -> list[dict[str, Any]]:
    """Return one row for each band of each comment that later ones may be duplicates of."""
    first = (comments["duplicate_of"].isna() & ~comments["is_empty"].astype(bool)).to_numpy()
    return [
        {"comment_id": comment_id, "band": band, "key": key}
        for comment_id, keys in zip(comments["comment_id"][first], bands[first], strict=True)
        for band, key in enumerate(keys.tolist())
        if key != NO_KEY
    ]


def insert_rejects(connection: sa.Connection, run_id: str, rejects: Sequence[Reject]) -> None:
    """Record rejected rows of a run; a row is recorded once for each stage."""
    rows = [{"run_id": run_id, **asdict(reject)} for reject in rejects]
    insert_new(connection, schema.rejects, rows)


def insert_run(connection: sa.Connection, run: Run) -> None:
    """Write the facts of a run, once."""
    insert_new(connection, schema.runs, [{**asdict(run), "n_in": 0, "n_rejected": 0}])


def end_run(
    connection: sa.Connection,
    run_id: str,
    finished_at: datetime,
    n_in: int,
    n_rejected: int,
    seconds: dict[str, float] | None,
) -> None:
    """Write how a run ended."""
    table = schema.runs
    ended = {
        "finished_at": finished_at,
        "n_in": n_in,
        "n_rejected": n_rejected,
        "seconds": seconds,
    }
    connection.execute(sa.update(table).where(table.c.run_id == run_id).values(**ended))


def known_numbers(
    connection: sa.Connection, response_ids: Sequence[str]
) -> dict[str, list[KnownNumber]]:
    """Return the pseudonyms of responses, by response id; those without any are left out."""
    from feedback.redact.pseudonyms import KnownNumber

    spans, comments = schema.spans, schema.comments
    found: dict[str, list[KnownNumber]] = {}
    for block in in_blocks(list(dict.fromkeys(response_ids))):
        query = (
            sa.select(comments.c.response_id, spans.c.entity, spans.c.number, spans.c.marks)
            .join(spans, spans.c.comment_id == comments.c.comment_id)
            .where(comments.c.response_id.in_(block), spans.c.number.is_not(None))
            .order_by(comments.c.response_id, spans.c.number)
        )
        for response_id, entity, number, marks in connection.execute(query):
            known = KnownNumber(Entity(entity), number, marks or "")
            found.setdefault(response_id, []).append(known)
    return found


def near_candidates(connection: sa.Connection, service: str, keys: np.ndarray) -> dict[str, str]:
    """Return text by comment id of the comments of a service that share a key in its band."""
    table, comments = schema.fingerprints, schema.comments
    wanted = {
        (band, key)
        for band in range(keys.shape[1])
        for key in keys[:, band].tolist()
        if key != NO_KEY
    }
    found: dict[str, str] = {}
    for block in in_blocks(sorted(wanted)):
        shares = [
            sa.and_(table.c.band == band, table.c.key.in_([key for _, key in pairs]))
            for band, pairs in groupby(block, key=itemgetter(0))
        ]
        query = (
            sa.select(comments.c.comment_id, comments.c.text)
            .join(table, table.c.comment_id == comments.c.comment_id)
            .where(sa.or_(*shares), comments.c.service == service)
        )
        found.update((comment_id, text) for comment_id, text in connection.execute(query))
    return found
