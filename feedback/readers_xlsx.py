"""Read XLSX, row by row. `openpyxl` tells what is in a part, this module how much of it is read."""

from __future__ import annotations

import sys
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, time
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, iterparse

from openpyxl.cell.text import Text
from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.worksheet._reader import DATA_TAG, ROW_TAG, WorkSheetParser
from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS

from feedback.errors import UnreadableFileError
from feedback.remote import RemoteFile
from feedback.tables import MAX_COLUMNS, Row, Table, check_width, shown_name, unique_headings
from feedback.xlsx_archive import Archive, Part, TooMuchError, open_archive

__all__ = ["xlsx_table"]

MAX_ROWS = 1_048_576
"""Where a sheet ends in every spreadsheet."""

MAX_UNPACKED_BYTES = 4 << 30
"""What takes an hour to read is no export of a survey; a million rows of comments have 1 GB."""

MAX_STRINGS_BYTES = 256 << 20
"""Distinct texts of a workbook, as they are in memory: more than a million of usual length."""

MAX_STRINGS = 2 * MAX_ROWS

_STRING_TAG = f"{{{SHEET_MAIN_NS}}}si"
_TEXT_TAG = f"{{{SHEET_MAIN_NS}}}t"
_BROKEN = "the file is broken from this row on"
_BEYOND = f"the row has cells beyond column {MAX_COLUMNS:,}"
_NO_WORKBOOK = "is not a workbook that can be read"


@contextmanager
def xlsx_table(path: Path | RemoteFile) -> Iterator[Table]:
    """Open the first sheet with cells in it; formulas give the value the spreadsheet last saw."""
    name = shown_name(path.name)
    with _opened(path, name) as archive:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # openpyxl's warnings name cells and quote values
                book = _Book(archive)
        except TooMuchError as error:
            raise UnreadableFileError(
                f"{name} {_NO_WORKBOOK}: {error}. Export it as CSV."
            ) from None
        except Exception:  # noqa: BLE001 - whatever a broken workbook raises, it cannot be read
            raise UnreadableFileError(f"{name} {_NO_WORKBOOK}. Export it again.") from None
        for position, sheet in enumerate(book.sheets, start=1):
            rows = book.rows(sheet)
            heading_row = next(
                (row for row in rows if row.problem or not _is_blank(row.cells)), None
            )
            if heading_row is None:
                continue
            if heading_row.problem:
                raise UnreadableFileError(f"{name} {_NO_WORKBOOK}: {heading_row.problem}.")
            cells = _without_trailing_blanks(heading_row.cells)
            check_width(len(cells), name)
            headings = unique_headings(cells)
            table = Table(headings, _data_rows(rows, headings))
            if len(book.sheets) > 1:
                table.notes.append(f"Read sheet {position} of {len(book.sheets)}.")
            yield table
            return
        raise UnreadableFileError(f"{name} has no sheet with cells in it.")


def _opened(path: Path | RemoteFile, name: str) -> Archive:
    try:
        archive = open_archive(path)
    except TooMuchError as error:
        raise UnreadableFileError(f"{name} {_NO_WORKBOOK}: {error}. Export it as CSV.") from None
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError):
        raise UnreadableFileError(
            f"{name} is not a workbook: the file is broken. Export it again."
        ) from None
    if "[Content_Types].xml" not in archive.namelist():
        archive.close()
        raise UnreadableFileError(f"{name} is a zip archive, not a workbook.")
    if sum(entry.file_size for entry in archive.infolist()) > MAX_UNPACKED_BYTES:
        archive.close()
        raise UnreadableFileError(f"{name} is too large when unpacked. Export it as CSV.")
    return archive


class _Book:
    """What of a workbook is needed to read its cells; themes, names, charts and pivots are not."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        reader: Any = ExcelReader.__new__(ExcelReader)  # to make one is to open the file as it is
        reader.archive, reader.valid_files = archive, archive.namelist()
        reader.read_only = reader.data_only = True
        reader.keep_vba = reader.keep_links = reader.rich_text = False
        reader.read_manifest()
        self._known = frozenset(archive.namelist())
        self._strings = list(self._strings_of(reader.package.find(SHARED_STRINGS)))
        reader.read_workbook()
        self._book: Any = reader.wb
        apply_stylesheet(archive, self._book)
        self.sheets = self._sheets(reader.parser)

    def _strings_of(self, told: Any) -> Iterator[str]:
        """Yield the texts that several cells may share."""
        if told is None or told.PartName[1:] not in self._known:
            return
        n_bytes = n_strings = 0
        with self._archive.open(told.PartName[1:]) as stream:
            for element in _elements(stream, _STRING_TAG):
                text = _text_of(element)
                n_bytes += sys.getsizeof(text)
                n_strings += 1
                if n_bytes > MAX_STRINGS_BYTES or n_strings > MAX_STRINGS:
                    raise TooMuchError("it has more text than can be read at once")
                yield text

    def _sheets(self, parser: Any) -> list[str]:
        """Return the parts that are sheets of cells, in order."""
        parts = [found.target for _, found in parser.find_sheets() if _is_sheet(found)]
        return [part for part in dict.fromkeys(parts) if part in self._known]

    def rows(self, sheet: str) -> Iterator[Row]:
        """Yield the rows of a sheet that stand in the file, and last what is wrong with it."""
        number = 0
        try:
            with self._archive.open(sheet) as stream:
                parser: Any = WorkSheetParser(
                    stream,
                    self._strings,
                    data_only=True,
                    epoch=self._book.epoch,
                    date_formats=self._book._date_formats,
                    timedelta_formats=self._book._timedelta_formats,
                )
                for element in _elements(stream, ROW_TAG, within=DATA_TAG):
                    told, cells = _parsed(parser, element)
                    number = max(told, number + 1)
                    if number > MAX_ROWS:
                        raise TooMuchError(f"no sheet has more than {MAX_ROWS:,} rows")
                    yield _row(number, cells)
        except TooMuchError as error:
            yield Row(number + 1, (), str(error))
        except Exception:  # noqa: BLE001 - a damaged sheet raises anything
            yield Row(number + 1, (), _BROKEN)


def _text_of(element: Element) -> str:
    """Return a shared text; formatted ones have several parts."""
    if len(element) == 0:
        return ""
    if len(element) == 1 and element[0].tag == _TEXT_TAG:
        found = element[0].text or ""
    else:
        texts: Any = Text
        found = texts.from_tree(element).content
    return found.replace("x005F_", "")


def _is_sheet(relationship: Any) -> bool:
    return "chartsheet" not in relationship.Type


def _parsed(parser: Any, element: Element) -> tuple[int, list[dict[str, Any]]]:
    if not len(element):
        number, cells = parser.parse_row(element)
    else:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            number, cells = parser.parse_row(element)
    parser.row_dimensions.clear()
    return int(number), cells


def _elements(stream: Part, tag: str, within: str | None = None) -> Iterator[Element]:
    """Yield the elements of a part that have a tag, and keep none of them.

    Parameters
    ----------
    within
        They stand in an element with this tag; what comes behind it is not read.
    """
    depth, holder = 0, None
    for event, element in iterparse(stream, ("start", "end")):  # noqa: S314 - `Part` guards
        if event == "start":
            depth += 1
            if depth == 1 or element.tag == within:
                holder = element
            continue
        depth -= 1
        if element.tag == tag:
            yield element
        elif element.tag == within:
            return
        elif depth > 1:
            continue
        if holder is not None:
            holder.clear()
        stream.forget()


def _row(number: int, cells: list[dict[str, Any]]) -> Row:
    """Return a row whose cells stand where their columns are."""
    n_columns = max((cell["column"] for cell in cells), default=0)
    if n_columns > MAX_COLUMNS:
        if any(cell["value"] is not None for cell in cells if cell["column"] > MAX_COLUMNS):
            return Row(number, (), _BEYOND)
        n_columns = MAX_COLUMNS
    values: list[object] = [None] * n_columns
    for cell in cells:
        if cell["column"] <= n_columns:
            values[cell["column"] - 1] = cell["value"]
    return Row(number, values)


def _data_rows(rows: Iterator[Row], headings: list[str]) -> Iterator[Row]:
    """Yield the rows that hold something; cells beyond the headings get columns of their own."""
    for row in rows:
        if row.problem:
            yield row
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
