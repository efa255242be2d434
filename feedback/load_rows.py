"""Read the parts of a backfill as the store takes rows, and give them to PostgreSQL by COPY."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow.parquet as pq
import sqlalchemy as sa

from feedback import schema
from feedback.days import day_column
from feedback.parts import rest_name
from feedback.schema import CommentState, Entity
from feedback.writes import insert_new

if TYPE_CHECKING:
    from feedback.backfill_places import PartFolder

__all__ = ["LoadedPart", "comment_ids", "insert_many", "read_rows"]

_NUMBERED = re.compile(rf"\[({'|'.join(entity.value for entity in Entity)})_([1-9]\d{{0,3}})\]")
_SPANS = ("comment_id", "start", "end", "entity", "recogniser", "score", "number", "marks")


@dataclass(frozen=True)
class LoadedPart:
    """The rows of a part, as tables have them.

    ``found`` has, by comment id, the columns of ``comments`` that coding fills; ``codings`` are
    without the time. Comments that could not be coded wait for a worker.
    """

    comments: pd.DataFrame
    responses: pd.DataFrame
    spans: pd.DataFrame
    found: dict[str, dict[str, Any]]
    coded: frozenset[str]
    codings: list[dict[str, Any]]


def comment_ids(out: PartFolder, name: str) -> list[str]:
    """Return the ids of the comments of a part, reading nothing else."""
    with out.open(name) as file:
        ids: list[str] = pq.ParquetFile(file).read(columns=["comment_id"])["comment_id"].to_pylist()
    return ids


def read_rows(out: PartFolder, name: str) -> LoadedPart:
    """Return the rows of a part."""
    with out.open(name) as file:
        rows = pq.ParquetFile(file).read().to_pylist()
    comments = pd.DataFrame(
        [{n: row[n] for n in schema.PREPARED_COMMENT_COLUMNS} for row in rows],
        columns=list(schema.PREPARED_COMMENT_COLUMNS),
        dtype=object,
    )
    comments["extra"] = [json.loads(one) if one else None for one in comments["extra"]]
    return LoadedPart(
        comments=_with_day(comments),
        responses=_with_day(_responses(out, name, rows)),
        spans=pd.DataFrame(
            [(row["comment_id"], *_span(row["text"], one)) for row in rows for one in row["spans"]],
            columns=list(_SPANS),
        ),
        found={
            row["comment_id"]: {
                "state": CommentState.ENRICHED.value
                if _is_coded(row)
                else CommentState.RECEIVED.value,
                "sentiment": row["sentiment"],
                "facets": json.loads(row["facets"]) if row["facets"] else None,
            }
            for row in rows
        },
        coded=frozenset(row["comment_id"] for row in rows if _is_coded(row)),
        codings=[
            {
                "comment_id": row["comment_id"],
                "coder": "",
                "model_version": row["model_version"],
                **code,
            }
            for row in rows
            if _is_coded(row)
            for code in row["codes"]
        ],
    )


def _is_coded(row: Mapping[str, Any]) -> bool:
    return bool(row["state"] == CommentState.ENRICHED.value)


def _responses(out: PartFolder, name: str, rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return the responses of a part, each once: as they stand beside it, else as its rows tell."""
    found: dict[str, Mapping[str, Any]] = {}
    if out.exists(rest_name(name)):
        with out.open(rest_name(name)) as file:
            rest = pq.ParquetFile(file).read().to_pylist()
        found = {row["response_id"]: row for row in rest}
    for row in rows:
        found.setdefault(row["response_id"], row)
    columns = list(schema.RESPONSE_COLUMNS)
    kept = [{n: row[n] for n in columns} for row in found.values()]
    return pd.DataFrame(kept, columns=columns, dtype=object)


def _with_day(frame: pd.DataFrame) -> pd.DataFrame:
    for name in ("submitted_at", "received_at"):
        if name in frame:
            frame[name] = pd.to_datetime(frame[name], utc=True).astype("datetime64[us, UTC]")
    return frame.assign(day=day_column(frame["submitted_at"]))


def _span(text: str, span: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return a span; the number of a pseudonym stands in the text, its marks in no part."""
    numbered = _NUMBERED.fullmatch(text[span["start"] : span["end"]])
    number = int(numbered[2]) if numbered else None
    return (*(span[n] for n in _SPANS[1:6]), number, None)


def insert_many(connection: sa.Connection, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    """Insert rows; those whose key is there already are left as they are.

    PostgreSQL takes them by COPY into a table of the moment, which is several times faster than
    statements; SQLite has no such thing, and no network to save.
    """
    if connection.dialect.name != "postgresql" or not rows:
        insert_new(connection, table, rows)
        return
    names = list(rows[0])
    columns = [table.c[name] for name in names]
    quoted = ", ".join(f'"{name}"' for name in names)
    scratch = f"loading_{table.name}"
    connection.exec_driver_sql(
        f"CREATE TEMP TABLE IF NOT EXISTS {scratch} (LIKE {table.name}) ON COMMIT DROP"
    )
    connection.exec_driver_sql(f"TRUNCATE {scratch}")
    # Columns that are not given have their own values in the table itself.
    for column in table.columns:
        if column.name not in names and not column.nullable:
            connection.exec_driver_sql(
                f'ALTER TABLE {scratch} ALTER COLUMN "{column.name}" DROP NOT NULL'
            )
    binds = [
        column.type.dialect_impl(connection.dialect).bind_processor(connection.dialect)
        for column in columns
    ]
    cursor = connection.connection.cursor()
    try:
        with cursor.copy(f"COPY {scratch} ({quoted}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(
                    [
                        row[name] if bind is None else bind(row[name])
                        for name, bind in zip(names, binds, strict=True)
                    ]
                )
    finally:
        cursor.close()
    connection.exec_driver_sql(
        f"INSERT INTO {table.name} ({quoted}) SELECT {quoted} FROM {scratch} "  # noqa: S608
        "ON CONFLICT DO NOTHING"
    )
