"""Read CSV and JSON Lines, in whatever encoding a spreadsheet or a database wrote them."""

from __future__ import annotations

import codecs
import csv
import json
import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from feedback.clean import MAX_CHARACTERS
from feedback.csv_records import MAX_LINE_CHARACTERS, LineTooLongError, Record, read_records
from feedback.errors import UnreadableFileError
from feedback.remote import RemoteFile
from feedback.tables import (
    MAX_COLUMNS,
    Row,
    Table,
    check_width,
    one_heading,
    shown_name,
    unique_headings,
)

__all__ = ["csv_table", "json_lines_table"]

DELIMITERS = ",;\t|"
NO_DELIMITER = "\x1f"
"""Splits nothing: for files of one column, whose commas are part of the text."""

_SAMPLE_BYTES = 1 << 16
_SAMPLE_LINES = 100
_MAX_CONTROL_SHARE = 0.05
"""Above this share of control characters a file is no text."""

_ENCODINGS_BY_MARK = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark its own begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_ESCAPED = re.compile("[\udc80-\udcff]+")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")

_MAX_BLANK_RECORDS = 10_000
"""Blank rows passed over in search of the headings."""

_MAX_HEADING_LINES = 1_000
"""Lines of JSON Lines looked at for headings before the first row is given; long ones: fewer."""

_MAX_DEPTH = 5
"""Levels of nested JSON objects that become headings of their own."""

_TOO_WIDE = f"the line has fields beyond the {MAX_COLUMNS:,} columns that can be read"


class _Text:
    """A text file read line by line. Bytes that do not fit its encoding lose no line.

    Bytes that are not UTF-8 are read as Windows-1252, which is what they nearly always are: whole
    exports of older Excel versions, or rows pasted from one.
    """

    def __init__(self, path: Path | RemoteFile) -> None:
        with path.open("rb") as file:
            sample = file.read(_SAMPLE_BYTES)
        self.encoding = _encoding_of(sample)
        errors = "surrogateescape" if self.encoding.startswith("utf-8") else "replace"
        self._file = path.open(encoding=self.encoding, errors=errors, newline="")
        self.sample = self._file.read(_SAMPLE_BYTES // 2)
        controls = len(_CONTROL.findall(self.sample))
        if controls > _MAX_CONTROL_SHARE * len(self.sample) and len(self.sample) > 1:
            self._file.close()
            raise UnreadableFileError(
                f"{shown_name(path.name)} is not text. Export the file again."
            )
        self._file.seek(0)
        self.n_lines = 0
        self.n_characters = 0
        self.n_lines_windows = 0
        self.n_lines_damaged = 0

    def close(self) -> None:
        self._file.close()

    def read_line(self) -> str:
        """Return the next line with its line break; empty at the end."""
        line = self._file.readline(MAX_LINE_CHARACTERS)
        self.n_lines += 1
        self.n_characters += len(line)
        if len(line) == MAX_LINE_CHARACTERS and not line.endswith(("\n", "\r")):
            while (more := self._file.readline(MAX_LINE_CHARACTERS)) and more[-1] not in "\r\n":
                pass
            raise LineTooLongError
        if line.isascii():
            return line
        if _ESCAPED.search(line):
            self.n_lines_windows += 1
            line = _ESCAPED.sub(_as_windows_1252, line)
        if "\ufffd" in line:
            self.n_lines_damaged += 1
        return line

    def notes(self) -> list[str]:
        """Return what had to be done to the text."""
        notes = []
        if self.n_lines_windows:
            n = self.n_lines_windows
            notes.append(f"Lines with bytes that are not UTF-8, read as Windows-1252: {n:,}.")
        if self.n_lines_damaged:
            n = self.n_lines_damaged
            notes.append(f"Lines with characters that could not be read, now \ufffd: {n:,}.")
        return notes


def _as_windows_1252(found: re.Match[str]) -> str:
    return found[0].encode("utf-8", "surrogateescape").decode("cp1252", "replace")


def _encoding_of(sample: bytes) -> str:
    for mark, encoding in _ENCODINGS_BY_MARK:
        if sample.startswith(mark):
            return encoding
    # Without a mark, UTF-16 shows by a zero in nearly every second byte of European text.
    half = max(len(sample) // 2, 1)
    if sample[1::2].count(0) > 0.4 * half and sample[0::2].count(0) < 0.1 * half:
        return "utf-16-le"
    if sample[0::2].count(0) > 0.4 * half and sample[1::2].count(0) < 0.1 * half:
        return "utf-16-be"
    return "utf-8"


# CSV


@contextmanager
def csv_table(path: Path | RemoteFile) -> Iterator[Table]:
    """Open delimited text: comma, semicolon, tab or bar, whichever splits its rows evenly."""
    text = _Text(path)
    try:
        delimiter = _stated_delimiter(text) or _delimiter_of(text.sample)
        records = read_records(text.read_line, delimiter)
        n_before, record = _heading_record(records, shown_name(path.name))
        headings = unique_headings(record.fields)
        table = Table(headings, iter(()))
        n_named = max(n for n, cell in enumerate(record.fields, start=1) if cell.strip())

        def rows() -> Iterator[Row]:
            for number, record in enumerate(records, start=n_before + 1):
                if record.problem:
                    yield Row(number, (), record.problem)
                elif any(cell and not cell.isspace() for cell in record.fields):
                    yield _checked(number, record.fields, n_named, len(headings))
            table.notes += text.notes()

        table.rows = rows()
        yield table
    finally:
        text.close()


def _heading_record(records: Iterator[Record], name: str) -> tuple[int, Record]:
    """Return the first record that holds something, and which it is."""
    problem = f"its first {_MAX_BLANK_RECORDS:,} rows are blank"
    for number, record in enumerate(islice(records, _MAX_BLANK_RECORDS), start=1):
        if record.problem:
            problem = record.problem
            break
        if any(cell.strip() for cell in record.fields):
            check_width(len(record.fields), name)
            return number, record
    else:
        if next(records, None) is None:
            problem = "it is blank"
    raise UnreadableFileError(f"{name} has no heading row that can be read: {problem}.")


def _checked(number: int, cells: list[str], n_named: int, n_headings: int) -> Row:
    """Return the row, with a problem if its cells cannot be told apart; blank ends may differ."""
    if len(cells) < n_named or any(cell.strip() for cell in cells[n_headings:]):
        return Row(number, (), f"has {len(cells)} cells where the headings are {n_headings}")
    return Row(number, cells[:n_headings])


def _stated_delimiter(text: _Text) -> str | None:
    """Return the delimiter of a first line such as ``sep=;``, which Excel writes, and skip it."""
    match = re.match(r"\ufeff?\"?sep=(.)\"?\r?\n", text.sample, re.IGNORECASE)
    if match is None:
        return None
    text.read_line()
    return match[1]


def _delimiter_of(sample: str) -> str:
    """Return the delimiter that splits most rows into as many cells as the headings.

    One that does not stand in the heading row splits nothing: a file of one column.
    """
    lines = sample.splitlines(keepends=True)
    if len(lines) > 1:
        lines.pop()  # may be cut short
    best, best_score = NO_DELIMITER, 0.0
    for delimiter in DELIMITERS:
        reader = csv.reader(lines[:_SAMPLE_LINES], delimiter=delimiter)
        try:
            widths = [len(fields) for fields in reader if any(fields)]
        except csv.Error:
            continue
        if not widths or widths[0] < 2:
            continue
        score = Counter(widths)[widths[0]] / len(widths) + widths[0] / 1_000
        if score > best_score:
            best, best_score = delimiter, score
    return best


# JSON Lines


@contextmanager
def json_lines_table(path: Path | RemoteFile) -> Iterator[Table]:
    """Open JSON Lines: one object a line; keys are headings, nested ones joined by a dot."""
    text = _Text(path)
    try:
        positions: dict[str, int] = {}
        name = shown_name(path.name)
        objects = _objects(text, name)
        first: deque[tuple[int, dict[str, Any] | str]] = deque()
        while text.n_characters < MAX_LINE_CHARACTERS and len(first) < _MAX_HEADING_LINES:
            if (found := next(objects, None)) is None:
                break
            first.append(found)
        if not any(isinstance(found, dict) for _, found in first):
            raise UnreadableFileError(
                f"{name} is not JSON Lines: none of its first lines is a JSON object"
                f"{_first_problem(first)}."
            )
        table = Table([], iter(()))

        def take_in(found: dict[str, Any] | str) -> bool:
            """Make columns of new keys; say whether there was room for them."""
            new = () if isinstance(found, str) else [key for key in found if key not in positions]
            if len(positions) + len(new) > MAX_COLUMNS:
                return False
            for key in new:
                positions[key] = len(positions)
                table.headings.append(key)
            return True

        def row(number: int, found: dict[str, Any] | str) -> Row:
            if isinstance(found, str):
                return Row(number, (), found)
            if not take_in(found):
                return Row(number, (), _TOO_WIDE)
            cells: list[object] = [None] * len(positions)
            for key, value in found.items():
                cells[positions[key]] = value
            return Row(number, cells)

        for _, early in first:
            take_in(early)
        if not positions:
            raise UnreadableFileError(f"{name} cannot be read: {_TOO_WIDE}.")

        def rows() -> Iterator[Row]:
            while first:
                yield row(*first.popleft())
            yield from (row(number, found) for number, found in objects)
            table.notes += text.notes()

        table.rows = rows()
        yield table
    finally:
        text.close()


def _first_problem(first: Iterable[tuple[int, dict[str, Any] | str]]) -> str:
    return next((f" (line {number}: {found})" for number, found in first), "")


def _objects(text: _Text, name: str) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """Yield line number and object, or what is wrong with the line; blank lines are skipped."""
    while True:
        try:
            line = text.read_line()
        except LineTooLongError:
            yield text.n_lines, "the line is too long"
            continue
        if not line:
            return
        if text.n_lines == 1 and line.lstrip().startswith("["):
            raise UnreadableFileError(
                f"{name} holds one JSON array. JSON Lines has one object a line: "
                "export it so, or convert it with jq -c '.[]'."
            )
        if not line.isspace():
            yield text.n_lines, _object(line)


def _object(line: str) -> dict[str, Any] | str:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return "the line is not valid JSON"
    if not isinstance(found, dict):
        return "the line is not a JSON object"
    return dict(_flat(found, "", 1))


def _flat(found: dict[str, Any], prefix: str, depth: int) -> Iterator[tuple[str, Any]]:
    for key, value in found.items():
        name = f"{prefix}{one_heading(key)}"
        if isinstance(value, dict) and depth < _MAX_DEPTH:
            yield from _flat(value, f"{name}.", depth + 1)
        elif isinstance(value, list) and all(isinstance(part, str) for part in value):
            yield name, "; ".join(value)
        elif isinstance(value, dict | list):
            yield name, json.dumps(value, ensure_ascii=False)[:MAX_CHARACTERS]
        else:
            yield name, value
