"""What a Parquet file is going to unpack to, measured before it is unpacked.

A library that reads Parquet makes room for what a page says of itself: a file of a few hundred
bytes can ask for gigabytes. The heads of pages are small, so that all of them can be looked at
first. They are Thrift structures in the compact protocol:
https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

__all__ = ["FootLiesError", "Schema", "rows_at_a_time", "schema_of"]

MAX_FOOT_BYTES = 4 << 20
"""The foot of a file describes each column of each group of rows, in some hundred bytes. In memory
it takes a hundred times its size."""
MAX_CHUNKS = 100_000
"""Columns in all groups of rows together: a hundred columns of a thousand groups, each of which may
have a million rows."""
MAX_PAGE_BYTES = 48 << 20
"""Usual pages have one megabyte."""
MAX_PAGE_VALUES = 1 << 24
MAX_LIST_VALUES = 5_000_000
"""Parts of all lists in a column of a group of rows: one row may hold them all."""
BATCH_BYTES = 128 << 20
"""What the rows read at a time may unpack to at most."""

_MAX_HEAD_BYTES = 1 << 20
_FIRST_BYTES = 1 << 10
_MAX_LEVELS = 20
# Kinds of values in the compact protocol; those between byte and double are whole numbers.
_STOP, _TRUE, _FALSE, _BYTE, _DOUBLE = 0, 1, 2, 3, 7
_BINARY, _LIST, _SET, _STRUCT = 8, 9, 10, 12
_DICTIONARY_PAGE = 2


class FootLiesError(Exception):
    """What a file says of itself cannot be, or is more than fits into the memory."""


@dataclass(frozen=True)
class Schema:
    """How many columns a file has, and how deep their types are nested."""

    n_columns: int
    n_levels: int


class _Compact:
    """Reads values of Thrift's compact protocol; ``IndexError`` where the bytes end."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.at = 0

    def integer(self) -> int:
        value = shift = 0
        while True:
            byte = self._data[self.at]
            self.at += 1
            value |= (byte & 0x7F) << shift
            if not byte & 0x80:
                return (value >> 1) ^ -(value & 1)
            shift += 7
            if shift > 63:
                raise FootLiesError("it is broken")

    def size(self) -> int:
        """Return a number without sign."""
        found = self.integer()
        return found * 2 if found >= 0 else -found * 2 - 1

    def skip(self, n_bytes: int) -> None:
        self.at += n_bytes
        if self.at > len(self._data):
            raise IndexError

    def value(self, kind: int, level: int) -> Any:
        """Read a value: a number, the fields of a structure, or nothing of use."""
        if level > _MAX_LEVELS:
            raise FootLiesError("it is nested too deep")
        if kind in (_TRUE, _FALSE):
            return kind == _TRUE
        if kind == _BYTE:
            self.skip(1)
        elif kind < _DOUBLE:
            return self.integer()
        elif kind == _DOUBLE:
            self.skip(8)
        elif kind == _BINARY:
            self.skip(self.size())
        elif kind == _STRUCT:
            return dict(self.fields(level + 1))
        elif kind in (_LIST, _SET):
            element, n = self.list_head()
            for _ in range(n):
                self.value(_BYTE if element in (_TRUE, _FALSE) else element, level + 1)
        else:
            raise FootLiesError("it is broken")
        return None

    def list_head(self) -> tuple[int, int]:
        """Return kind and number of the parts of a list."""
        head = self._data[self.at]
        self.at += 1
        return head & 0x0F, head >> 4 if head >> 4 < 15 else self.size()

    def fields(self, level: int = 0) -> Iterator[tuple[int, Any]]:
        """Yield the number of each field of a structure, and its value."""
        for field, kind in self.heads():
            yield field, self.value(kind, level)

    def heads(self) -> Iterator[tuple[int, int]]:
        """Yield number and kind of each field; whoever asks reads its value."""
        field = 0
        while (head := self._data[self.at]) & 0x0F != _STOP:
            self.at += 1
            field = field + (head >> 4) if head >> 4 else self.integer()
            yield field, head & 0x0F
        self.at += 1


def schema_of(file: IO[bytes], *, max_columns: int) -> Schema:
    """Return what the foot of a file says of its columns.

    Raises
    ------
    FootLiesError
        It says nothing of use, or is too large.
    """
    n_bytes = file.seek(0, 2)
    if n_bytes < 12:
        raise FootLiesError("it is broken off")
    file.seek(n_bytes - 8)
    size, mark = struct.unpack("<I4s", file.read(8))
    if mark != b"PAR1" or size > n_bytes - 12:
        raise FootLiesError("its end is missing")
    if size > MAX_FOOT_BYTES:
        raise FootLiesError(
            f"the list of its columns has {size:,} bytes; up to {MAX_FOOT_BYTES:,} can be read"
        )
    file.seek(n_bytes - 8 - size)
    foot = _Compact(file.read(size))
    try:
        return _described(foot, max_columns)
    except IndexError:
        raise FootLiesError("it is broken") from None


def _described(foot: _Compact, max_columns: int) -> Schema:
    """Return the schema; look on the way how much the foot would be in memory."""
    schema = None
    for field, kind in foot.heads():
        if field == 2 and kind == _LIST:
            schema = _schema(foot, max_columns)
            if schema.n_columns > max_columns:
                return schema
        elif field == 4 and kind == _LIST:
            _count_chunks(foot)
        else:
            foot.value(kind, 0)
    if schema is None:
        raise FootLiesError("it is broken")
    return schema


def _count_chunks(foot: _Compact) -> None:
    """Pass over the groups of rows, unless they have too many columns altogether."""
    _, n_groups = foot.list_head()
    n_chunks = n_groups
    for _ in range(n_groups):
        for field, kind in foot.heads():
            if field != 1 or kind != _LIST:
                foot.value(kind, 0)
                continue
            _, n_columns = foot.list_head()
            n_chunks += n_columns
            if n_chunks > MAX_CHUNKS:
                told = f"it describes more than {MAX_CHUNKS:,} columns of groups of rows"
                raise FootLiesError(told)
            for _column in range(n_columns):
                foot.value(_STRUCT, 0)


def _schema(foot: _Compact, max_columns: int) -> Schema:
    """Return the shape of the tree that a list of elements spells, parents before children."""
    kind, n = foot.list_head()
    if kind != _STRUCT:
        raise FootLiesError("it is broken")
    open_children: list[int] = []
    n_columns = n_levels = 0
    for at in range(n):
        n_children = dict(foot.fields()).get(5) or 0
        if not isinstance(n_children, int) or n_children < 0:
            raise FootLiesError("it is broken")
        n_columns += n_children if at == 0 else 0
        if n_columns > max_columns or at > 4 * max_columns:
            return Schema(max(n_columns, n), 1)
        open_children.append(n_children)
        n_levels = max(n_levels, len(open_children))
        if n_levels > _MAX_LEVELS:
            raise FootLiesError("its columns are nested too deep")
        while open_children and open_children[-1] == 0:
            open_children.pop()
            if open_children:
                open_children[-1] -= 1
    return Schema(n_columns, n_levels)


def rows_at_a_time(file: IO[bytes], group: Any, *, is_list: list[bool], most: int) -> int:
    """Return how many rows of a group can be read at a time, whatever stands in them.

    Parameters
    ----------
    group : pyarrow.parquet.RowGroupMetaData
    is_list : list of bool
        Of each column, whether a row can hold several values.
    most : int
        More are not read.

    Raises
    ------
    FootLiesError
        A page is too large, or stands where the file has ended.
    """
    n_bytes = file.seek(0, 2)
    per_row = at_once = 0
    for position in range(group.num_columns):
        column = group.column(position)
        first = column.data_page_offset
        if column.has_dictionary_page and column.dictionary_page_offset:
            first = min(first, column.dictionary_page_offset)
        end = first + column.total_compressed_size
        if not 0 < first <= end <= n_bytes:
            raise FootLiesError("a column lies beyond its end")
        largest, n_in_lists, fewest = 0, 0, most
        for is_dictionary, size, n_values in _pages(file, first, end):
            if size > MAX_PAGE_BYTES or n_values > MAX_PAGE_VALUES:
                raise FootLiesError(
                    f"a cell or a page of it unpacks to {size:,} bytes or {n_values:,} values"
                )
            if is_dictionary:
                per_row += size  # each row may point to a value as long as all of them
                continue
            largest = max(largest, size)
            fewest = min(fewest, max(n_values, 1))
            n_in_lists += n_values
        if is_list[position] and n_in_lists > MAX_LIST_VALUES:
            raise FootLiesError(f"its lists have {n_in_lists:,} values in one group of rows")
        at_once += largest
        per_row += largest // fewest
    room = max(BATCH_BYTES - at_once, BATCH_BYTES // 8)
    return max(1, min(most, room // max(per_row, 1)))


def _pages(file: IO[bytes], at: int, end: int) -> Iterator[tuple[bool, int, int]]:
    """Yield of each page whether it is a dictionary, its size unpacked, and its number of values.

    What a page says of its packed size is what a reader goes by, so that the next begins there.
    """
    while at < end:
        n_head, fields = _head(file, at, end)
        sizes = [fields.get(number) for number in (2, 3)]
        unpacked, packed = (size if isinstance(size, int) else -1 for size in sizes)
        kinds: list[dict[int, Any]] = [fields[n] for n in (5, 7, 8) if fields.get(n)]
        n_values = kinds[0].get(1, 0) if kinds and isinstance(kinds[0], dict) else 0
        if unpacked < 0 or packed < 0 or not isinstance(n_values, int) or n_values < 0:
            raise FootLiesError("a page is broken")
        yield fields.get(1) == _DICTIONARY_PAGE, unpacked, n_values
        at += n_head + packed


def _head(file: IO[bytes], at: int, end: int) -> tuple[int, dict[int, Any]]:
    """Return the size of a page's head, and its fields."""
    n_bytes = _FIRST_BYTES
    while True:
        file.seek(at)
        head = _Compact(file.read(min(n_bytes, end - at)))
        try:
            fields = dict(head.fields())
        except IndexError:
            if n_bytes >= min(_MAX_HEAD_BYTES, end - at):
                raise FootLiesError("a page is broken") from None
            n_bytes *= 8
        else:
            return head.at, fields
