"""Coded comments as CSV, XLSX or Parquet, with the codebook and an account of the export."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from feedback.errors import SettingsError
from feedback.export.rows import EXPORT_COLUMNS, ExportFilters, iter_comments

if TYPE_CHECKING:
    from feedback.store import Store

__all__ = ["FORMATS", "ExportSummary", "export_comments", "neutralise"]

FORMATS = ("csv", "xlsx", "parquet")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""What a spreadsheet may take for a formula; the last four are the full-width forms."""
XLSX_CELL_CHARACTERS = 32_767
"""The longest text a cell of a spreadsheet holds (ECMA-376, as Excel enforces it)."""
XLSX_SHEET_ROWS = 1_048_575
"""Rows of a sheet below its heading."""

Records = Iterable[Sequence[Mapping[str, Any]]]


@dataclass(frozen=True)
class ExportSummary:
    """What was written: comments, and every file made."""

    n_comments: int
    files: tuple[Path, ...]


def neutralise(value: Any) -> Any:
    """Return a text that a spreadsheet will not run as a formula; other values as they are.

    An apostrophe goes in front of a text that starts, after any blanks, with ``= + - @``, a tab
    or a carriage return (OWASP, "CSV injection").

    Examples
    --------
    >>> neutralise("=1+1"), neutralise("slow"), neutralise(-3)
    ("'=1+1", 'slow', -3)
    """
    if not isinstance(value, str) or not value:
        return value
    is_formula = value.startswith(FORMULA_STARTS) or value.lstrip(" \n").startswith(FORMULA_STARTS)
    return f"'{value}" if is_formula else value


def export_comments(
    store: Store,
    path: Path,
    *,
    file_format: str,
    filters: ExportFilters,
    about: Mapping[str, str],
    codebook: Sequence[Mapping[str, str]],
    with_safeguarding: bool = True,
    progress: Callable[[int], None] | None = None,
) -> ExportSummary:
    """Write the comments that pass ``filters``, the codebook and an account of the export.

    Parameters
    ----------
    path
        File to write; it appears whole or not at all. CSV and Parquet get two files beside it,
        ``NAME.codebook.csv`` and ``NAME.about.csv``; XLSX holds both as sheets.
    about
        Run id, date, filters, codebook version, in the order to show.
    codebook
        One mapping a code, all with the same keys.
    with_safeguarding
        As of `feedback.export.rows.iter_comments`.

    Raises
    ------
    SettingsError
        The format is unknown, or the folder is not there.
    """
    if file_format not in FORMATS:
        raise SettingsError(f"'{file_format}' is no export format. Choose {', '.join(FORMATS)}.")
    if not path.parent.is_dir():
        raise SettingsError(f"The folder {path.parent} does not exist. Make it, then export again.")
    counter = _Counter(progress)
    pages = counter.count(iter_comments(store, filters, with_safeguarding=with_safeguarding))
    partial = path.with_name(f".{path.name}.partial")
    try:
        files = _WRITERS[file_format](partial, path, pages, about, codebook)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
    return ExportSummary(counter.n_comments, (path, *files))


class _Counter:
    """Counts comments as they pass."""

    def __init__(self, progress: Callable[[int], None] | None) -> None:
        self.n_comments = 0
        self._progress = progress

    def count(self, pages: Records) -> Records:
        for page in pages:
            self.n_comments += len(page)
            if self._progress is not None:
                self._progress(len(page))
            yield page


def _write_csv(
    partial: Path,
    path: Path,
    pages: Records,
    about: Mapping[str, str],
    codebook: Sequence[Mapping[str, str]],
) -> tuple[Path, ...]:
    with partial.open("w", newline="", encoding="utf-8-sig") as stream:
        writer = csv.writer(stream)
        writer.writerow(EXPORT_COLUMNS)
        for page in pages:
            writer.writerows([_as_text(value) for value in row.values()] for row in page)
    return _write_companions(path, about, codebook)


def _write_parquet(
    partial: Path,
    path: Path,
    pages: Records,
    about: Mapping[str, str],
    codebook: Sequence[Mapping[str, str]],
) -> tuple[Path, ...]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = {
        "submitted_at": pa.timestamp("us", tz="UTC"),
        "is_empty": pa.bool_(),
        "help_needed": pa.bool_(),
        "completed": pa.bool_(),
        "topic_id": pa.int32(),
        "satisfaction": pa.int16(),
        "effort": pa.int16(),
    }
    schema = pa.schema(
        [pa.field(name, types.get(name, pa.string())) for name in EXPORT_COLUMNS],
        metadata={"about": json.dumps(about, ensure_ascii=False)},
    )
    with pq.ParquetWriter(partial, schema, compression="zstd") as writer:
        for page in pages:
            rows = [_typed(row, types) for row in page]
            writer.write_table(pa.Table.from_pylist(rows, schema=schema))
    return _write_companions(path, about, codebook)


def _typed(row: Mapping[str, Any], types: Mapping[str, Any]) -> dict[str, Any]:
    """Neutralise texts and give numbers and truth values the types of the schema."""
    plain = {name: neutralise(value) for name, value in row.items()}
    for name in types:
        if plain[name] is not None and name != "submitted_at":
            is_flag = name in {"is_empty", "help_needed", "completed"}
            plain[name] = bool(plain[name]) if is_flag else int(plain[name])
    return plain


def _write_companions(
    path: Path, about: Mapping[str, str], codebook: Sequence[Mapping[str, str]]
) -> tuple[Path, ...]:
    """Write the codebook and the account of the export beside ``path``."""
    beside = path.with_name(f"{path.stem}.codebook.csv"), path.with_name(f"{path.stem}.about.csv")
    heading = list(codebook[0]) if codebook else ["id"]
    tables = (
        [heading, *([row[name] for name in heading] for row in codebook)],
        [["what", "value"], *_about_rows(about)],
    )
    for file, rows in zip(beside, tables, strict=True):
        with file.open("w", newline="", encoding="utf-8-sig") as stream:
            csv.writer(stream).writerows([neutralise(cell) for cell in row] for row in rows)
    return beside


def _about_rows(about: Mapping[str, str]) -> list[list[str]]:
    """Return the account of the export, then what each column means."""
    columns = [[f"column {name}", meaning] for name, meaning in EXPORT_COLUMNS.items()]
    return [[name, value] for name, value in about.items()] + columns


def _write_xlsx(
    partial: Path,
    path: Path,
    pages: Records,
    about: Mapping[str, str],
    codebook: Sequence[Mapping[str, str]],
) -> tuple[Path, ...]:
    import xlsxwriter

    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(str(partial), options) as book:
        bold = book.add_format({"bold": True, "bg_color": "#f3f3f3", "bottom": 1})
        date = book.add_format({"num_format": "dd/mm/yyyy hh:mm:ss"})
        rows = ([_for_sheet(value) for value in row.values()] for page in pages for row in page)
        _fill_comment_sheets(book, rows, bold, date)
        heading = list(codebook[0]) if codebook else ["id"]
        _fill_sheet(
            book, "Codebook", heading, [[row[name] for name in heading] for row in codebook], bold
        )
        _fill_sheet(book, "About", ["What", "Value"], _about_rows(about), bold)
    return ()


def _for_sheet(value: Any) -> Any:
    """Return a value that a cell can hold: no zones, no formulas, no more text than fits."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    value = neutralise(value)
    return value[:XLSX_CELL_CHARACTERS] if isinstance(value, str) else value


def _fill_comment_sheets(book: Any, rows: Iterable[list[Any]], bold: Any, date: Any) -> None:
    """Write comments, going on to a second sheet where the first is full."""
    sheet, n_written, n_sheets = _new_sheet(book, "Comments", list(EXPORT_COLUMNS), bold), 0, 1
    for row in rows:
        if n_written == XLSX_SHEET_ROWS:
            n_sheets, n_written = n_sheets + 1, 0
            sheet = _new_sheet(book, f"Comments {n_sheets}", list(EXPORT_COLUMNS), bold)
        n_written += 1
        _write_row(sheet, n_written, row, date)


def _new_sheet(book: Any, name: str, heading: list[str], bold: Any) -> Any:
    sheet = book.add_worksheet(name)
    sheet.freeze_panes(1, 0)
    for column, title in enumerate(heading):
        width = {"text": 80, "value": 80, "definition": 60}.get(title.lower(), 18)
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, title, bold)
    return sheet


def _fill_sheet(book: Any, name: str, heading: list[str], rows: list[list[Any]], bold: Any) -> None:
    sheet = _new_sheet(book, name, heading, bold)
    for number, row in enumerate(rows, start=1):
        _write_row(sheet, number, [_for_sheet(value) for value in row], None)


def _write_row(sheet: Any, number: int, row: list[Any], date: Any) -> None:
    for column, value in enumerate(row):
        if value is None or value == "":
            continue
        if isinstance(value, str):
            sheet.write_string(number, column, value)
        elif isinstance(value, datetime):
            sheet.write_datetime(number, column, value, date)
        elif isinstance(value, bool):
            sheet.write_boolean(number, column, value)
        else:
            sheet.write_number(number, column, value)


def _as_text(value: Any) -> Any:
    """Return a CSV cell: ISO times, lower-case truth values, no formulas."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return neutralise(value)


_WRITERS: dict[str, Callable[..., tuple[Path, ...]]] = {
    "csv": _write_csv,
    "xlsx": _write_xlsx,
    "parquet": _write_parquet,
}
