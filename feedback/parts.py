"""Coded comments as Parquet files that are there whole or not at all. See `feedback.backfill`.

A part holds what the store would hold of the same rows: the comments, with the answers of their
responses, their codes and the places of their placeholders. What was rejected on the way travels
in the file's metadata, so that a part is finished in one step.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa

from feedback import schema
from feedback.errors import SettingsError
from feedback.schema import CommentState, Reject
from feedback.store import Enriched
from feedback.writes import records

if TYPE_CHECKING:
    from feedback.backfill_places import PartFolder

__all__ = [
    "Part",
    "is_part",
    "part_name",
    "part_rows",
    "part_schema",
    "read_comments",
    "read_part",
    "response_schema",
    "rest_name",
    "untold",
    "write_part",
]

_PART = re.compile(r"part-\d{5,}\.parquet")
_METADATA = b"feedback.part"
_ANSWERS = tuple(n for n in schema.RESPONSE_COLUMNS if n not in schema.PREPARED_COMMENT_COLUMNS)
_FOUND = ("state", "sentiment", "facets")
_PLACED = ("entity", "start", "end", "recogniser", "score")
"""Of spans; the marks of pseudonyms are for the store alone."""


@dataclass(frozen=True)
class Part:
    """What a part tells of itself: its file and what became of its rows, but for the comments.

    ``rejects`` are rows left out, and comments kept without codes because they could not be coded.
    """

    file: str
    n_rows: int
    n_comments: int
    n_known: int
    n_empty: int
    n_duplicates: int
    rejects: list[Reject] = field(default_factory=list)
    notes: tuple[str, ...] = ()


def part_schema() -> pa.Schema:
    """Return the columns of a part: those of the data model, with lists for codes and spans."""
    comments, answers = schema.comments.columns, schema.responses.columns
    codings, spans = schema.codings.columns, schema.spans.columns
    fields = [_arrow(comments[name]) for name in schema.PREPARED_COMMENT_COLUMNS]
    fields += [_arrow(answers[name]) for name in _ANSWERS]
    fields += [_arrow(comments[name]) for name in _FOUND]
    fields += [pa.field("model_version", pa.string())]
    coded = ("code", "probability", "decision", "origin")
    fields += [pa.field("codes", pa.list_(pa.struct([_arrow(codings[name]) for name in coded])))]
    fields += [pa.field("spans", pa.list_(pa.struct([_arrow(spans[name]) for name in _PLACED])))]
    return pa.schema(fields)


def _arrow(column: sa.Column[Any]) -> pa.Field:
    """Return a column of the data model as Parquet has it; JSON is text there."""
    types: dict[type, pa.DataType] = {
        schema.UtcDateTime: pa.timestamp("us", tz="UTC"),
        sa.SmallInteger: pa.int16(),
        sa.Integer: pa.int64(),
        sa.Float: pa.float64(),
        sa.Boolean: pa.bool_(),
        sa.JSON: pa.string(),
        sa.String: pa.string(),  # sa.Text is one too
    }
    found = next(arrow for kind, arrow in types.items() if isinstance(column.type, kind))
    return pa.field(column.name, found)


def part_rows(
    comments: pd.DataFrame,
    responses: pd.DataFrame,
    spans: pd.DataFrame,
    enriched: Mapping[str, Enriched],
) -> list[dict[str, Any]]:
    """Return a row for each comment; one that is not in ``enriched`` has the state ``failed``.

    Parameters
    ----------
    comments, responses, spans
        As in `feedback.prepare.Prepared`.
    enriched
        Codes by comment id.
    """
    answers = {
        row.pop("response_id"): row for row in records(responses, ("response_id", *_ANSWERS))
    }
    none = dict.fromkeys(_ANSWERS)
    placed: dict[str, list[dict[str, Any]]] = {}
    for span in records(spans, ("comment_id", *_PLACED)):
        placed.setdefault(span.pop("comment_id"), []).append(span)
    return [
        {
            **row,
            "extra": _json(row["extra"]),
            **answers.get(row["response_id"], none),
            **_coded(enriched.get(row["comment_id"])),
            "spans": placed.get(row["comment_id"], []),
        }
        for row in records(comments, schema.PREPARED_COMMENT_COLUMNS)
    ]


def _coded(one: Enriched | None) -> dict[str, Any]:
    if one is None:
        return {"state": CommentState.FAILED, "codes": []}
    found = one.classification
    return {
        "state": CommentState.ENRICHED,
        "sentiment": found.sentiment,
        "facets": _json(found.facets),
        "model_version": one.model_version,
        "codes": [asdict(code) for code in found.codes],
    }


def _json(value: Mapping[str, Any] | None) -> str | None:
    return json.dumps(value, ensure_ascii=False, sort_keys=True) if value else None


def rest_name(name: str) -> str:
    """Return the name of the file with those responses of a part that its rows do not tell.

    >>> rest_name("part-00012.parquet")
    'responses-00012.parquet'
    """
    return f"responses-{name.removeprefix('part-')}"


def part_name(number: int) -> str:
    """Return the name of a part.

    >>> part_name(12)
    'part-00012.parquet'
    """
    return f"part-{number:05d}.parquet"


def is_part(name: str) -> bool:
    """Return whether a file is a part, by its name."""
    return _PART.fullmatch(name) is not None


def untold(responses: pd.DataFrame, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the responses that cannot be made of the rows of a part again.

    Those without a comment, and those whose first comment is of another time than they are.
    """
    told: dict[str, Mapping[str, Any]] = {}
    for row in rows:
        told.setdefault(row["response_id"], row)
    return [
        response
        for response in records(responses, schema.RESPONSE_COLUMNS)
        if not _tells(told.get(response["response_id"]), response)
    ]


def _tells(row: Mapping[str, Any] | None, response: Mapping[str, Any]) -> bool:
    return row is not None and all(row[name] == value for name, value in response.items())


def response_schema() -> pa.Schema:
    """Return the columns of the responses that stand beside a part."""
    columns = schema.responses.columns
    return pa.schema([_arrow(columns[name]) for name in schema.RESPONSE_COLUMNS])


def write_part(
    out: PartFolder,
    name: str,
    part: Part,
    rows: Sequence[dict[str, Any]],
    rest: Sequence[dict[str, Any]] = (),
) -> None:
    """Write a part; it appears under its name when all of it is there.

    ``rest`` are responses that its rows do not tell; they come first, in a file of their own.
    """
    if rest:
        table = pa.Table.from_pylist(list(rest), schema=response_schema())
        out.put(rest_name(name), _parquet(table))
    metadata = {_METADATA: json.dumps(asdict(part)).encode()}
    table = pa.Table.from_pylist(list(rows), schema=part_schema().with_metadata(metadata))
    out.put(name, _parquet(table))


def _parquet(table: pa.Table) -> bytes:
    content = io.BytesIO()
    pq.write_table(table, content, compression="zstd")
    return content.getvalue()


def read_part(out: PartFolder, name: str) -> Part:
    """Return what a part tells of itself, without reading its comments.

    Raises
    ------
    SettingsError
        It is none.
    """
    try:
        with out.open(name) as file:
            told = json.loads(pq.read_schema(file).metadata[_METADATA])
    except (pa.ArrowException, KeyError, TypeError, ValueError):
        raise SettingsError(f"{out.path_of(name)} is no part of a backfill.") from None
    told["rejects"] = [Reject(**reject) for reject in told["rejects"]]
    return Part(**{**told, "notes": tuple(told["notes"])})


def read_comments(out: PartFolder, name: str, columns: Sequence[str]) -> pd.DataFrame:
    """Return columns of the comments of a part."""
    with out.open(name) as file:
        found: pd.DataFrame = pq.ParquetFile(file).read(columns=list(columns)).to_pandas()
    return found
