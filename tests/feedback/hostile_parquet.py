"""Parquet files that nobody should send; see `tests.feedback.hostile_files`."""

from __future__ import annotations

import struct
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.feedback.hostile_rows import MARK


def _write(path: Path, columns: dict[str, Any], **options: Any) -> Path:
    pq.write_table(pa.table(columns), path, **options)
    return path


def columns_parquet(n: int) -> Callable[[Path], Path]:
    def make(path: Path) -> Path:
        one = pa.array([MARK])
        names = ["comment", *(f"c{at}" for at in range(n - 1))]
        pq.write_table(pa.Table.from_arrays([one] * n, names=names), path, compression="none")
        return path

    return make


def huge_cell_parquet(n_bytes: int) -> Callable[[Path], Path]:
    def make(path: Path) -> Path:
        texts = [MARK, f"{MARK} " + "a" * n_bytes, MARK]
        return _write(path, {"id": [1, 2, 3], "comment": texts}, compression="zstd")

    return make


def page_bomb_parquet(path: Path) -> Path:
    """Three hundred megabytes in one cell; thirty kilobytes on the disk."""
    return huge_cell_parquet(300_000_000)(path)


def many_huge_cells_parquet(path: Path) -> Path:
    """Forty cells of 30 MB, each in a page of its own, under two hundred kilobytes on the disk."""
    table = pa.table({"comment": pa.array([f"{MARK} " + "a" * 30_000_000])})
    with pq.ParquetWriter(path, table.schema, compression="zstd", use_dictionary=False) as writer:
        writer.write_table(pa.concat_tables([table] * 40), row_group_size=1_000)
    return path


def dictionary_bomb_parquet(path: Path) -> Path:
    """One value of 10 MB that a hundred thousand rows point to: a terabyte written out."""
    texts = pa.DictionaryArray.from_arrays(
        pa.array([0] * 100_000, pa.int32()), pa.array([f"{MARK} " + "a" * 10_000_000])
    )
    return _write(path, {"comment": texts}, compression="zstd", dictionary_pagesize_limit=1 << 30)


def lists_bomb_parquet(path: Path) -> Path:
    """A row whose list has fifty million parts, all of them nothing."""
    n = 50_000_000
    lists = pa.ListArray.from_arrays(pa.array([0, n], pa.int32()), pa.nulls(n, pa.int8()))
    return _write(path, {"comment": [MARK], "x": lists}, compression="zstd")


def _changed_foot(path: Path, change: Callable[[bytearray], bytes | bytearray]) -> Path:
    """Write a sound file with another foot."""
    _write(path, {"id": list(range(50)), "comment": [f"{MARK} {at}" for at in range(50)]})
    data = path.read_bytes()
    (size,) = struct.unpack("<I", data[-8:-4])
    foot = change(bytearray(data[-8 - size : -8]))
    path.write_bytes(data[: -8 - size] + foot + struct.pack("<I", len(foot)) + b"PAR1")
    return path


def _number(value: int) -> bytes:
    value, spelt = value << 1, b""
    while value > 0x7F:
        spelt += bytes([value & 0x7F | 0x80])
        value >>= 7
    return spelt + bytes([value])


def _element(name: bytes, children: int) -> bytes:
    return b"\x48" + bytes([len(name)]) + name + b"\x15" + _number(children) + b"\x00"


def deep_schema_parquet(path: Path) -> Path:
    """Groups in groups, two hundred thousand deep."""
    n = 200_000
    levels = _element(b"g", 1) * n + b"\x15\x0c\x25\x00\x18\x01c\x00"
    listed = b"\xfc" + _size(n + 1) + levels
    return _changed_foot(path, lambda _: b"\x15\x04\x19" + listed + b"\x16\x00\x19\x0c\x00")


def wide_schema_parquet(path: Path) -> Path:
    """A foot that says it has two thousand million columns."""
    listed = b"\xfc" + _size(2_000_000_000) + _element(b"s", 2_000_000_000)
    return _changed_foot(path, lambda _: b"\x15\x04\x19" + listed + b"\x16\x00\x19\x0c\x00")


def _size(n: int) -> bytes:
    spelt = b""
    while n > 0x7F:
        spelt += bytes([n & 0x7F | 0x80])
        n >>= 7
    return spelt + bytes([n])


def many_groups_parquet(path: Path) -> Path:
    """A foot full of groups of rows that say nothing: in memory each takes a hundred times more."""
    schema = b"\x2c" + _element(b"s", 1) + b"\x15\x0c\x25\x00\x18\x01c\x00"
    chunk = b"\x26\x00\x00"
    group = b"\x19\xfc" + _size(90_000) + chunk * 90_000 + b"\x16\x00\x16\x00\x00"
    groups = b"\x19\xfc" + _size(15) + group * 15
    return _changed_foot(path, lambda _: b"\x15\x04\x19" + schema + b"\x16\x00" + groups + b"\x00")


def huge_foot_parquet(path: Path) -> Path:
    return _changed_foot(path, lambda foot: foot + bytearray(80_000_000))


def long_foot_parquet(path: Path) -> Path:
    """A foot that is longer than its file."""
    path.write_bytes(b"PAR1" + MARK.encode() + struct.pack("<I", 2**32 - 1) + b"PAR1")
    return path


def lying_rows_parquet(path: Path) -> Path:
    """A file of fifty rows that says it has a million million."""

    def lie(foot: bytearray) -> bytearray:
        at = foot.index(b"\x16\x64\x19")  # num_rows: 50
        return foot[:at] + b"\x16" + _number(10**12) + foot[at + 2 :]

    return _changed_foot(path, lie)


def lying_pages_parquet(path: Path) -> Path:
    """Pages that say they unpack to two gigabytes."""
    _write(path, {"comment": [MARK] * 50}, compression="none", use_dictionary=False)
    data = bytearray(path.read_bytes())
    size = _number(len(MARK) * 50 + 200 + 6)
    at = data.index(b"\x15\x00\x15") + 2
    end = at + 1
    while data[end] & 0x80:
        end += 1
    assert len(size) == end - at
    path.write_bytes(data[: at + 1] + _number(2_000_000_000) + data[end + 1 :])
    return path


def types_parquet(path: Path) -> Path:
    n = 3
    days = [date(2026, 3, 1), date(9999, 12, 31), date(1, 1, 1)]
    columns = {
        "comment": pa.array([f"{MARK} {at}" for at in range(n)], pa.large_string()),
        "id": pa.array([Decimal("1.50"), None, Decimal(-3)], pa.decimal128(30, 2)),
        "date": pa.array(days, pa.date32()),
        "far": pa.array([2**31 - 1, -(2**31), 0], pa.int32()).cast(pa.date32()),
        "late": pa.array([2**62, -(2**62), None], pa.int64()).cast(pa.timestamp("us")),
        "zone": pa.array([1, 2, None], pa.timestamp("ns", "Europe/London")),
        "took": pa.array([timedelta(days=1), None, timedelta(0)], pa.duration("ns")),
        "raw": pa.array([b"\xff\xfe", b"", None], pa.binary()),
        "fixed": pa.array([b"ab", None, b"\0\0"], pa.binary(2)),
        "half": pa.array([1.0, float("nan"), None], pa.float16()),
        "map": pa.array([[("a", 1)], None, []], pa.map_(pa.string(), pa.int8())),
        "tree": pa.array([{"a": {"b": [MARK]}}, None, {"a": None}]),
        "few": pa.array(["a", "b", None]).dictionary_encode(),
        "none": pa.nulls(n),
        "flag": pa.array([True, None, False]),
    }
    return _write(path, columns)


def same_names_parquet(path: Path) -> Path:
    one = pa.array([MARK, MARK])
    pq.write_table(pa.Table.from_arrays([one] * 3, names=["comment", "comment", ""]), path)
    return path


def no_columns_parquet(path: Path) -> Path:
    pq.write_table(pa.table({"a": [1] * 1_000}).select([]), path)
    return path


def nulls_parquet(path: Path) -> Path:
    """Twenty million rows of nothing, in four kilobytes."""
    n = 2_000_000
    table = pa.table({"comment": pa.nulls(n, pa.string())})
    with pq.ParquetWriter(path, table.schema) as writer:
        for _ in range(10):
            writer.write_table(table, row_group_size=n)
    return path


SPECIALS: dict[str, tuple[str, Callable[[Path], Path]]] = {
    "100,000 columns": ("a.parquet", columns_parquet(100_000)),
    "3,000 columns": ("a.parquet", columns_parquet(3_000)),
    "a cell of 10 MB in Parquet": ("a.parquet", huge_cell_parquet(10_000_000)),
    "a cell of 100 MB in Parquet": ("a.parquet", huge_cell_parquet(100_000_000)),
    "a cell of 300 MB in Parquet": ("a.parquet", page_bomb_parquet),
    "forty cells of 30 MB": ("a.parquet", many_huge_cells_parquet),
    "a dictionary bomb": ("a.parquet", dictionary_bomb_parquet),
    "a list of 50 million parts": ("a.parquet", lists_bomb_parquet),
    "a schema 200,000 deep": ("a.parquet", deep_schema_parquet),
    "a schema of 2,000 million columns": ("a.parquet", wide_schema_parquet),
    "groups that say nothing": ("a.parquet", many_groups_parquet),
    "a foot of 80 MB": ("a.parquet", huge_foot_parquet),
    "a foot longer than its file": ("a.parquet", long_foot_parquet),
    "rows that are not there": ("a.parquet", lying_rows_parquet),
    "pages that lie": ("a.parquet", lying_pages_parquet),
    "every type of Parquet": ("a.parquet", types_parquet),
    "columns of one name in Parquet": ("a.parquet", same_names_parquet),
    "no columns": ("a.parquet", no_columns_parquet),
}
