"""Open an export of any kind as one table: headings, and rows one after the other.

CSV (any usual delimiter and encoding), XLSX, JSON Lines and Parquet stream: however large the file,
only some rows are in memory. (XLSX keeps its list of distinct texts apart from the rows; that list
is held, as in every reader. A sheet ends at 1,048,576 rows.) What a file claims of its own size is
not believed: each reader measures while it reads, and gives up a row or a file that is made to fill
the memory.

A row's number is the one a person sees: in CSV and XLSX the row of the spreadsheet, so that the
first row under the headings is row 2; in JSON Lines the line; in Parquet the record, from 1.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from feedback.errors import UnreadableFileError
from feedback.remote import RemoteFile
from feedback.tables import Table, shown_name

__all__ = ["SUFFIXES", "Table", "open_table"]

_KINDS = {
    ".csv": "csv", ".tsv": "csv", ".tab": "csv", ".txt": "csv", ".psv": "csv",
    ".xlsx": "xlsx", ".xlsm": "xlsx",
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl",
    ".parquet": "parquet", ".pq": "parquet",
}  # fmt: skip
SUFFIXES = frozenset(_KINDS)
"""Endings of names of files that can be read, in lower case."""
_NAMES = {"csv": "CSV", "xlsx": "an Excel workbook", "jsonl": "JSON Lines", "parquet": "Parquet"}
_SIGNATURES = {
    b"PK\x03\x04": "an Excel workbook or a zip archive",
    b"PAR1": "Parquet",
    b"%PDF": "PDF",
    b"\x89PNG": "an image",
    b"\xff\xd8\xff": "an image",
    b"GIF8": "an image",
    b"\xd0\xcf\x11\xe0": "an old or encrypted Office file",
    b"\x1f\x8b": "compressed",
    b"7z\xbc\xaf": "compressed",
    b"{\\rtf": "a text document",
    b"SQLite format 3": "a database",
}
_EXPECTED = {"xlsx": b"PK\x03\x04", "parquet": b"PAR1"}


@contextmanager
def open_table(path: str | Path | RemoteFile) -> Iterator[Table]:
    """Open a file as a table and close it afterwards.

    Raises
    ------
    UnreadableFileError
        It is not there, empty, of a kind that is not read, or not what its name says.
    """
    path = path if isinstance(path, RemoteFile) else Path(path)
    kind = _kind_of(path)
    # Each reader brings its library with it, so that reading CSV does not wait for Parquet's.
    if kind == "csv":
        from feedback.readers_text import csv_table as opener
    elif kind == "jsonl":
        from feedback.readers_text import json_lines_table as opener
    elif kind == "xlsx":
        from feedback.readers_xlsx import xlsx_table as opener
    else:
        from feedback.readers_parquet import parquet_table as opener
    try:
        with opener(path) as table:
            yield table
    except OSError as error:
        raise _cannot_open(path, error) from None


def _kind_of(path: Path | RemoteFile) -> str:
    name = shown_name(path.name)
    try:
        # First, since to open a pipe is to wait for whoever fills it.
        if isinstance(path, Path) and not (path.is_file() or path.is_dir()) and path.exists():
            raise UnreadableFileError(
                f"{name} is no file but a pipe or a device. Save what it gives as a file first."
            )
        with path.open("rb") as file:
            head = file.read(16)
    except OSError as error:
        raise _cannot_open(path, error) from None
    except ValueError:  # a NUL in the name
        raise UnreadableFileError(f"{name} is no name that a file can have.") from None
    if not head:
        raise UnreadableFileError(f"{name} is empty.")
    kind = _KINDS.get(path.suffix.casefold())
    if kind is None:
        raise UnreadableFileError(
            f"{name} is of no kind that can be read. Kinds: {', '.join(sorted(_KINDS))}."
        )
    actual = next((name for start, name in _SIGNATURES.items() if head.startswith(start)), "")
    expected = _EXPECTED.get(kind)
    if (expected and not head.startswith(expected)) or (not expected and actual):
        found = f"its contents are {actual}" if actual else "its contents are not"
        raise UnreadableFileError(
            f"{name} is not {_NAMES[kind]}, as its name says: {found}. "
            "Export the file again or give it the right ending."
        )
    return kind


def _cannot_open(path: Path | RemoteFile, error: OSError) -> UnreadableFileError:
    reason = (error.strerror or "it cannot be opened").lower()
    return UnreadableFileError(f"{shown_name(path.name)} cannot be read: {reason}.")
