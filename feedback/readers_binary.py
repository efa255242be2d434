"""Read XLSX and Parquet, a stretch of rows at a time."""

from __future__ import annotations

import json
import math
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, time
from itertools import islice
from pathlib import Path
from typing import Any

from feedback.errors import UnreadableFileError
from feedback.tables import Row, Table, unique_headings

__all__ = ["parquet_table", "xlsx_table"]

_STRETCH = 500
"""Rows fetched at a time."""

_MAX_UNPACKED_BYTES = 4 << 30
_MAX_RATIO = 300
"""A workbook that unpacks to more, and by a larger factor, was made to fill the memory."""

_BROKEN = "the file is broken from this row on"


@contextmanager
def xlsx_table(path: Path) -> Iterator[Table]:
    """Open the first sheet with cells in it; formulas give the value the spreadsheet last saw."""
    _check_archive(path)
    from openpyxl import load_workbook

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl's warnings name cells and quote their values
        try:
            workbook = load_workbook(path, read_only=True, data_only=True, keep_links=False)
        except Exception:  # noqa: BLE001 - whatever a broken workbook raises, it cannot be read
            raise UnreadableFileError(f"{path.name} is not a workbook that can be read.") from None
    try:
        sheets = workbook.worksheets
        for position, sheet in enumerate(sheets, start=1):
            rows = _sheet_rows(sheet)
            heading_row = next((row for row in rows if not _is_blank(row.cells)), None)
            if heading_row is None:
                continue
            if heading_row.problem:
                raise UnreadableFileError(f"{path.name} is not a workbook that can be read.")
            headings = unique_headings(_without_trailing_blanks(heading_row.cells))
            table = Table(headings, _data_rows(rows, headings))
            if len(sheets) > 1:
                table.notes.append(f"Read sheet {position} of {len(sheets)}.")
            yield table
            return
        raise UnreadableFileError(f"{path.name} has no sheet with cells in it.")
    finally:
        workbook.close()


def _check_archive(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
            is_workbook = "[Content_Types].xml" in archive.namelist()
    except (zipfile.BadZipFile, NotImplementedError):
        raise UnreadableFileError(
            f"{path.name} is not a workbook: the file is broken. Export it again."
        ) from None
    packed = max(path.stat().st_size, 1)
    if not is_workbook:
        raise UnreadableFileError(f"{path.name} is a zip archive, not a workbook.")
    if unpacked > _MAX_UNPACKED_BYTES or (unpacked > 1 << 28 and unpacked / packed > _MAX_RATIO):
        raise UnreadableFileError(f"{path.name} is too large when unpacked. Export it as CSV.")


def _sheet_rows(sheet: Any) -> Iterator[Row]:
    """Yield every row of a sheet, whatever size it claims to have; blank ones too."""
    sheet.reset_dimensions()
    rows = sheet.iter_rows(values_only=True)
    number = 0
    while True:
        stretch: list[Sequence[object]] = []
        is_broken = False
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                for cells in islice(rows, _STRETCH):
                    stretch.append(cells)
            except Exception:  # noqa: BLE001 - a damaged sheet raises anything
                is_broken = True
        for cells in stretch:
            number += 1
            yield Row(number, cells)
        if is_broken:
            yield Row(number + 1, (None,), _BROKEN)
            return
        if len(stretch) < _STRETCH:
            return


def _data_rows(rows: Iterator[Row], headings: list[str]) -> Iterator[Row]:
    """Yield the rows that hold something; cells beyond the headings get columns of their own."""
    for row in rows:
        if row.problem:
            yield Row(row.number, (), row.problem)
        elif not _is_blank(row.cells):
            cells = [_cell(cell) for cell in _without_trailing_blanks(row.cells)]
            headings += [f"column {n}" for n in range(len(headings) + 1, len(cells) + 1)]
            yield Row(row.number, cells)


def _cell(cell: object) -> object:
    """Return a cell's value; a date cell at midnight is a date, as spreadsheets know no other."""
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date()
    return cell


def _is_blank(cells: Sequence[object]) -> bool:
    return all(cell is None or (isinstance(cell, str) and not cell.strip()) for cell in cells)


def _without_trailing_blanks(cells: Sequence[object]) -> Sequence[object]:
    n = len(cells)
    while n and _is_blank(cells[n - 1 : n]):
        n -= 1
    return cells[:n]


@contextmanager
def parquet_table(path: Path) -> Iterator[Table]:
    """Open Parquet; columns of structures are read as JSON."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowException, ValueError, TypeError):
        raise UnreadableFileError(f"{path.name} is not Parquet that can be read.") from None
    with file:
        names = file.schema_arrow.names
        yield Table(unique_headings(names), _parquet_rows(file))


def _parquet_rows(file: Any) -> Iterator[Row]:
    import pyarrow as pa

    batches = file.iter_batches(batch_size=_STRETCH)
    number = 0
    while True:
        try:
            batch = next(batches, None)
            columns = [] if batch is None else [column.to_pylist() for column in batch.columns]
        except (pa.ArrowException, ValueError, OSError, OverflowError):
            yield Row(number + 1, (), _BROKEN)
            return
        if batch is None:
            return
        for cells in zip(*columns, strict=True):
            number += 1
            yield Row(number, [_value(cell) for cell in cells])


def _value(cell: object) -> object:
    if isinstance(cell, float) and math.isnan(cell):
        return None
    if isinstance(cell, bytes):
        return cell.decode("utf-8", "replace")
    if isinstance(cell, dict | list):
        return json.dumps(cell, ensure_ascii=False, default=str)
    return cell
