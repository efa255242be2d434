"""Frames of the data model: pandera checks at the seams. Columns are those of `feedback.schema`.

They stand apart from `feedback.schema` because pandera brings pandas with it, and the schema is
read by commands that must answer at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import pandera.pandas as pa
import sqlalchemy as sa

from feedback import schema
from feedback.schema import INCOMING_COMMENT_COLUMNS, RESPONSE_COLUMNS

__all__ = ["INCOMING_COMMENTS", "RESPONSES", "check_frame", "make_frame"]

UTC_TIMES = pd.DatetimeTZDtype(unit="us", tz="UTC")
_ID = pa.Check.str_matches(r"^[0-9a-f]{32}$", error="is no id")


def _text(table: sa.Table, name: str, *, nullable: bool = False) -> pa.Column:
    """Return a column of texts no longer than the table's column of this name."""
    longest = getattr(table.columns[name].type, "length", None)
    checks = [pa.Check(_are_texts, error="is no text", element_wise=False)]
    if longest:
        checks.append(
            pa.Check.str_length(max_value=longest, error=f"has more than {longest} characters")
        )
    return pa.Column(object, checks, nullable=nullable)


def _are_texts(values: pd.Series[Any]) -> pd.Series[Any]:
    return values.map(lambda value: isinstance(value, str))


def _one_of(*values: object) -> pa.Column:
    check = pa.Check.isin(values, error="is not on the scale")
    return pa.Column(object, check, nullable=True)


def _id() -> pa.Column:
    return pa.Column(object, _ID)


_is_dict = pa.Check(
    lambda values: values.map(lambda value: isinstance(value, dict)), error="is no dict"
)

INCOMING_COMMENTS = pa.DataFrameSchema(
    {
        "comment_id": pa.Column(object, _ID, unique=True),
        "response_id": _id(),
        "row": pa.Column("int64", pa.Check.ge(1, error="is no row number")),
        "source": _text(schema.comments, "source"),
        "service": _text(schema.comments, "service"),
        "page": _text(schema.comments, "page", nullable=True),
        "question": _text(schema.comments, "question", nullable=True),
        "submitted_at": pa.Column(UTC_TIMES),
        "text": _text(schema.comments, "text"),
        "extra": pa.Column(object, _is_dict),
    },
    strict=True,
    ordered=True,
)
"""What `ingest.read` hands over."""

RESPONSES = pa.DataFrameSchema(
    {
        "response_id": pa.Column(object, _ID, unique=True),
        "service": _text(schema.responses, "service"),
        "submitted_at": pa.Column(UTC_TIMES),
        "satisfaction": _one_of(1, 2, 3, 4, 5),
        "effort": _one_of(1, 2, 3, 4, 5),
        "help_needed": _one_of(True, False),
        "completed": _one_of(True, False),
        "device": _text(schema.responses, "device", nullable=True),
        "browser": _text(schema.responses, "browser", nullable=True),
        "region": _text(schema.responses, "region", nullable=True),
    },
    strict=True,
    ordered=True,
)

_COLUMNS = {id(INCOMING_COMMENTS): INCOMING_COMMENT_COLUMNS, id(RESPONSES): RESPONSE_COLUMNS}
if any(tuple(frames.columns) != _COLUMNS[id(frames)] for frames in (INCOMING_COMMENTS, RESPONSES)):
    raise TypeError("the frames have other columns than feedback.schema")


def make_frame(
    checked_by: pa.DataFrameSchema, records: Sequence[Mapping[str, Any]]
) -> pd.DataFrame:
    """Return records as a frame with the dtypes of a schema; missing values stay None."""
    data: dict[str, pd.Series[Any]] = {}
    for name, column in checked_by.columns.items():
        values = [record[name] for record in records]
        dtype = column.dtype.type if column.dtype is not None else object
        data[name] = pd.Series(values, dtype=dtype)
    return pd.DataFrame(data, columns=list(checked_by.columns))


def check_frame(frame: pd.DataFrame, checked_by: pa.DataFrameSchema) -> dict[int, str]:
    """Return what is wrong with which rows: a reason by position; empty if all are sound.

    A reason names the column and the check, never a value.

    Raises
    ------
    TypeError
        The frame as a whole is wrong: a column is missing or has another dtype.
    """
    try:
        checked_by.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        cases = errors.failure_cases[["index", "column", "check"]].to_dict("records")
    else:
        return {}
    reasons: dict[int, str] = {}
    for case in cases:
        if case["index"] is None or pd.isna(case["index"]):
            raise TypeError(f"the frame's column {case['column']} is wrong: {case['check']}")
        reasons.setdefault(int(case["index"]), f"{case['column']}: {case['check']}")
    return reasons
