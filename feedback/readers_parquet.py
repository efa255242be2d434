"""Read Parquet, a stretch of rows at a time."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from feedback.clean import MAX_CHARACTERS
from feedback.csv_records import MAX_LINE_CHARACTERS, TOO_LONG
from feedback.errors import UnreadableFileError
from feedback.parquet_pages import FootLiesError, rows_at_a_time, schema_of
from feedback.remote import RemoteFile, opened
from feedback.tables import MAX_COLUMNS, Row, Table, check_width, shown_name, unique_headings

__all__ = ["parquet_table"]

_STRETCH = 500
"""Rows fetched at a time, fewer where they can be long."""
_BUFFER_BYTES = 1 << 20
"""A column of a group of rows is read so much at a time, and not whole."""

MAX_ROW_BYTES = MAX_LINE_CHARACTERS
"""As long as a line of CSV."""
MAX_UNPACKED_BYTES = 256 << 20
MAX_RATIO = 1_000
"""What unpacks to more, and by a larger factor, was made to be read for ever: comments shrink to a
third, and even the same row again and again hardly to a thousandth."""
_MANY_BYTES = 32 << 20

_BROKEN = "the file is broken from this row on"
_NO_PARQUET = "is not Parquet that can be read"


@contextmanager
def parquet_table(path: Path | RemoteFile) -> Iterator[Table]:
    """Open Parquet; columns of structures are read as JSON."""
    import pyarrow.parquet as pq

    name = shown_name(path.name)
    with path.open("rb") as pages:
        try:
            check_width(schema_of(pages, max_columns=MAX_COLUMNS).n_columns, name)
            file = pq.ParquetFile(opened(path), buffer_size=_BUFFER_BYTES)
        except FootLiesError as error:
            raise UnreadableFileError(f"{name} {_NO_PARQUET}: {error}. Export it again.") from None
        except UnreadableFileError:
            raise
        except Exception:  # noqa: BLE001 - whatever a broken file raises, it cannot be read
            raise UnreadableFileError(f"{name} {_NO_PARQUET}. Export it again.") from None
        with file:
            headings = unique_headings(file.schema_arrow.names)
            yield Table(headings, _parquet_rows(file, pages))


def _parquet_rows(file: Any, pages: IO[bytes]) -> Iterator[Row]:
    """Yield all rows, group by group, and last what is wrong with the file."""
    number = n_bytes = 0
    most = max(MAX_UNPACKED_BYTES, MAX_RATIO * pages.seek(0, 2))
    try:
        leaves = (file.schema.column(at) for at in range(file.metadata.num_columns))
        is_list = [leaf.max_repetition_level > 0 for leaf in leaves]
        for group in range(file.metadata.num_row_groups):
            told = file.metadata.row_group(group)
            n_rows = rows_at_a_time(pages, told, is_list=is_list, most=_STRETCH)
            for batch in file.iter_batches(batch_size=n_rows, row_groups=[group]):
                columns = _columns(batch)
                n_bytes += sum(column.nbytes for column in columns)
                if n_bytes > most:
                    raise FootLiesError(f"it unpacks to more than {MAX_RATIO:,} times its size")
                for cells in _cells(columns):
                    number += 1
                    yield Row(number, *cells)
    except FootLiesError as error:
        yield Row(number + 1, (), f"{_BROKEN}: {error}")
    except Exception:  # noqa: BLE001 - a damaged file raises anything
        yield Row(number + 1, (), _BROKEN)


def _columns(batch: Any) -> list[Any]:
    """Return the columns of a batch; of those that point to values, the values."""
    return [
        column.dictionary_decode() if hasattr(column, "dictionary_decode") else column
        for column in batch.columns
    ]


def _cells(columns: list[Any]) -> Iterator[tuple[list[object], str | None]]:
    """Yield the cells of each row, or what is wrong with the row."""
    n_rows = len(columns[0]) if columns else 0
    n_bytes = sum(column.nbytes for column in columns)
    if n_bytes > _MANY_BYTES and n_rows > 1:
        for at in range(n_rows):
            yield from _cells([column.slice(at, 1) for column in columns])
    elif n_bytes > MAX_ROW_BYTES and n_rows == 1:
        yield [], TOO_LONG
    else:
        for cells in zip(*(_values(column) for column in columns), strict=True):
            yield [_value(cell) for cell in cells], None


def _values(column: Any) -> list[object]:
    """Return the values of a column; as texts if Python has none such, as of the year 99999."""
    try:
        values: list[object] = column.to_pylist()
    except (ValueError, OverflowError):
        values = column.cast("string").to_pylist()
    return values


def _value(cell: object) -> object:
    if isinstance(cell, float) and math.isnan(cell):
        return None
    if isinstance(cell, bytes):
        return cell.decode("utf-8", "replace")
    if isinstance(cell, dict | list):
        return json.dumps(cell, ensure_ascii=False, default=str)[:MAX_CHARACTERS]
    return cell
