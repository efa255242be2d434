"""Split delimited text into records so that one bad row takes no other row with it.

Python's `csv` does the parsing. What it cannot do is get over a quotation mark that never closes:
it would read the rest of the file as one field. So records that run over several lines are looked
at twice, and if they are broken, reading starts again at the first line after the bad one that is
a whole record by itself.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

__all__ = [
    "MAX_FIELD_CHARACTERS",
    "MAX_LINE_CHARACTERS",
    "LineTooLongError",
    "Record",
    "read_records",
]

MAX_FIELD_CHARACTERS = 1_000_000
"""A longer cell is no comment: a spreadsheet's cell ends at 32,767 characters."""

MAX_RECORD_LINES = 500
"""Lines in a record before an open quotation mark counts as never closed."""

MAX_LINE_CHARACTERS = 4 * MAX_FIELD_CHARACTERS
"""Characters in a line, and in all lines of a record."""

TOO_LONG = "the row is too long"
UNCLOSED = "a quotation mark is never closed"
BROKEN = "the row's quotation marks are broken"


@dataclass(frozen=True, slots=True)
class Record:
    """One record: its fields, or what is wrong with it."""

    fields: list[str]
    problem: str | None = None


class LineTooLongError(Exception):
    """A line has more than `MAX_LINE_CHARACTERS`; it was skipped."""


class _RunawayError(Exception):
    """The record being read has more lines or characters than a record can have."""


class _Lines:
    """Hands out lines to `csv` and remembers those of the record at hand, to read them again."""

    def __init__(self, read_line: Callable[[], str]) -> None:
        self._read_line = read_line
        self._again: deque[str] = deque()
        self.taken: list[str] = []
        self._n_characters = 0
        self.is_at_end = False

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if len(self.taken) >= MAX_RECORD_LINES or self._n_characters > MAX_LINE_CHARACTERS:
            raise _RunawayError
        line = self._again.popleft() if self._again else self._read_line()
        if not line:
            self.is_at_end = True
            raise StopIteration
        self.taken.append(line)
        self._n_characters += len(line)
        return line

    def start_record(self) -> None:
        self.taken, self._n_characters = [], 0

    def put_back(self, lines: list[str]) -> None:
        self._again.extendleft(reversed(lines))
        self.is_at_end = False


def read_records(read_line: Callable[[], str], delimiter: str) -> Iterator[Record]:
    """Yield the records of a text, blank lines as records without fields.

    Parameters
    ----------
    read_line : callable
        Returns the next line with its line break, as ``readline`` does; empty at the end.
    delimiter : str
        One character.

    Notes
    -----
    The first record tells how many fields a whole record has.
    """
    csv.field_size_limit(MAX_FIELD_CHARACTERS)
    lines = _Lines(read_line)
    reader = csv.reader(lines, delimiter=delimiter)
    n_fields: int | None = None
    while True:
        lines.start_record()
        try:
            record = _read_one(reader, lines)
        except StopIteration:
            return
        if n_fields and len(lines.taken) > 1 and not _is_sound(record, lines, delimiter, n_fields):
            record = _recover(record, lines, delimiter, n_fields)
        if record.problem:
            reader = csv.reader(lines, delimiter=delimiter)
        n_fields = n_fields or len(record.fields) or None
        yield record


def _read_one(reader: Iterator[list[str]], lines: _Lines) -> Record:
    try:
        fields = next(reader)
    except _RunawayError:
        return Record([], UNCLOSED)
    except (csv.Error, LineTooLongError):
        return Record([], TOO_LONG)
    # The end of the file may come before the end of the record, never the other way round.
    return Record([], UNCLOSED) if lines.is_at_end else Record(fields)


def _is_sound(record: Record, lines: _Lines, delimiter: str, n_fields: int) -> bool:
    """Return whether a record of several lines is whole and quoted by the book."""
    if record.problem or len(record.fields) != n_fields:
        return False
    return _n_strict_records(lines.taken, delimiter) == 1


def _recover(record: Record, lines: _Lines, delimiter: str, n_fields: int) -> Record:
    """Put back the lines that a broken record may have taken from others."""
    for position, line in enumerate(lines.taken[1:], start=1):
        if n_fields > 1 and _n_strict_fields(line, delimiter) == n_fields:
            lines.put_back(lines.taken[position:])
            return Record([], record.problem or BROKEN)
    if record.problem:  # no line to go by: give up the first alone
        lines.put_back(lines.taken[1:])
    return record


def _n_strict_records(lines: list[str], delimiter: str) -> int:
    try:
        return len(list(csv.reader(lines, delimiter=delimiter, strict=True)))
    except csv.Error:
        return 0


def _n_strict_fields(line: str, delimiter: str) -> int:
    try:
        return len(next(csv.reader([line], delimiter=delimiter, strict=True), []))
    except csv.Error:
        return 0
