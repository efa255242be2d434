"""Files by the thousand, each made from a number: sound files of every kind, damaged at random.

The same number gives the same bytes. `tests.feedback.hostile_files` has
those that were thought out.
"""

from __future__ import annotations

import io
import json
import random
import zipfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.feedback.hostile_rows import MARK, sound_rows
from tests.feedback.ingest_files import write_csv, write_json_lines, write_parquet, write_xlsx

SUFFIXES = {"csv": ".csv", "xlsx": ".xlsx", "jsonl": ".jsonl", "parquet": ".parquet"}
N_SOUND = 6
"""Different sound files of each kind."""

TOKENS = (
    b"", b"\0", b'"', b'""', b"\r", b"\n", b"\r\n", b",", b";", b"\t", b"\x1f", b"\xef\xbb\xbf",
    b"\xff\xfe", b"\xfe\xff", b"\x80", b"\xed\xa0\x80", b"\xe2\x80\xa8", b"'", b"\\", b"\\ud800",
    b"\\u0000", b"{", b"}", b"[", b"]", b"[" * 5_000, b"{" * 3_000, b'{"a":' * 400, b":", b"null",
    b"true", b"NaN", b"Infinity", b"-Infinity", b"1e400", b"-1e-400", b"9" * 5_000, b"0x1F",
    b"99999-12-31", b"31/02/2026", b"0000-00-00", b"2026-01-01T00:00:00+99:99", b"=1+1", b"@x",
    b"sep=;\n", b"</row>", b"<row>", b'<row r="999999999">', b'<c r="XFE1">', b"<!DOCTYPE a>",
    b"&a;", b"<![CDATA[", b"]]>", b"<!--", b"&#0;", b"&#x110000;", b"PK\x03\x04", b"PK\x05\x06",
    b"PAR1", b"\x1f\x8b\x08", b"a" * 200_000, b"\xc3\xa9" * 50_000, b"x,\n" * 5_000, b'"\n' * 700,
)  # fmt: skip
ENCODINGS = (
    "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "latin-1", "cp037",
    "shift-jis", "utf-7", "koi8-r", "gb18030",
)  # fmt: skip


@lru_cache(maxsize=64)
def sound(kind: str, which: int) -> bytes:
    """Return the bytes of a sound file."""
    writers: dict[str, Callable[..., Path]] = {
        "csv": write_csv,
        "xlsx": write_xlsx,
        "jsonl": write_json_lines,
        "parquet": write_parquet,
    }
    rows = sound_rows(5 + 20 * which, which)
    with TemporaryDirectory() as folder:
        return writers[kind](Path(folder) / f"a{SUFFIXES[kind]}", rows).read_bytes()


def mutant(number: int, folder: Path) -> tuple[str, Path]:
    """Write the file of a number, and return what was done to it and where it is."""
    chance = random.Random(f"mutant {number}")
    kind = tuple(SUFFIXES)[number % 4]
    data = sound(kind, chance.randrange(N_SOUND))
    change = chance.choice(CHANGES[kind])
    made = change(data, chance, kind)
    suffix = SUFFIXES[kind] if chance.random() < 0.97 else chance.choice(list(SUFFIXES.values()))
    path = folder / f"{number}{suffix}"
    path.write_bytes(made)
    return f"{kind} {change.__name__.strip('_')}", path


Change = Callable[[bytes, random.Random, str], bytes]


def _noise(_: bytes, chance: random.Random, kind: str) -> bytes:
    starts = {"csv": b"id,comment\n", "jsonl": b"{", "xlsx": b"PK\x03\x04", "parquet": b"PAR1"}
    start = starts[kind] if chance.random() < 0.7 else b""
    end = b"PAR1" if kind == "parquet" and chance.random() < 0.7 else b""
    return start + chance.randbytes(chance.choice((0, 1, 10, 100, 1_000, 30_000))) + end


def _broken_off(data: bytes, chance: random.Random, _: str) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def _begun_late(data: bytes, chance: random.Random, _: str) -> bytes:
    return data[:8] + data[chance.randrange(8, len(data)) :]


def _bits_turned(data: bytes, chance: random.Random, _: str) -> bytes:
    made = bytearray(data)
    for _n in range(chance.choice((1, 1, 2, 5, 20, 100))):
        made[chance.randrange(len(made))] ^= 1 << chance.randrange(8)
    return bytes(made)


def _end_turned(data: bytes, chance: random.Random, _: str) -> bytes:
    """Damage the end, where archives and Parquet say what they hold."""
    made = bytearray(data)
    start = max(0, len(made) - chance.choice((40, 400, 2_500)))
    for _n in range(chance.choice((1, 2, 4))):
        made[chance.randrange(start, len(made))] = chance.choice(
            (0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256))
        )
    return bytes(made)


def _pieces_swapped(data: bytes, chance: random.Random, _: str) -> bytes:
    cuts = sorted(chance.randrange(len(data)) for _n in range(3))
    a, b, c = cuts
    return data[:a] + data[b:c] + data[a:b] + data[c:]


def _said_twice(data: bytes, chance: random.Random, _: str) -> bytes:
    a, b = sorted(chance.randrange(len(data)) for _n in range(2))
    return data[:b] + data[a:b] * chance.choice((1, 2, 30)) + data[b:]


def _tokens_put_in(data: bytes, chance: random.Random, _: str) -> bytes:
    made = data
    for _n in range(chance.choice((1, 2, 5))):
        at = chance.randrange(len(made) + 1)
        made = made[:at] + chance.choice(TOKENS) + made[at + chance.choice((0, 0, 1, 8)) :]
    return made


def _zeros_put_in(data: bytes, chance: random.Random, _: str) -> bytes:
    at = chance.randrange(len(data))
    n = chance.choice((1, 4, 64, 5_000))
    return data[:at] + b"\0" * n + data[at + n :]


def _spelt_otherwise(data: bytes, chance: random.Random, _: str) -> bytes:
    return data.decode().encode(chance.choice(ENCODINGS), "replace")


def _spelt_line_by_line(data: bytes, chance: random.Random, _: str) -> bytes:
    lines = data.decode().splitlines(keepends=True)
    return b"".join(line.encode(chance.choice(ENCODINGS), "replace") for line in lines)


def _lines_ended_otherwise(data: bytes, chance: random.Random, _: str) -> bytes:
    ends = [b"\r", b"\n", b"\r\n", b"\n\r", b"\x0b", b"\x85", b"", b"\0\n"]
    return b"".join(line + chance.choice(ends) for line in data.splitlines())


def _headings_changed(data: bytes, chance: random.Random, _: str) -> bytes:
    head, _end, rest = data.partition(b"\n")
    names = head.strip().split(b",")
    for _n in range(chance.choice((1, 3))):
        names[chance.randrange(len(names))] = chance.choice((*names, *TOKENS))
    chance.shuffle(names)
    return b",".join(names) + b"\n" + rest


def _values_changed(data: bytes, chance: random.Random, _: str) -> bytes:
    """Put values of every type where others stood."""
    values = [None, True, -1, 0, 1e308, 10**30, "", " ", [], {}, [1], {"a": {"b": MARK}}, "\ud800",
              "\0", "99999-01-01", 46_000, 46_000.5, -1e9, "a" * 30_000]  # fmt: skip
    lines = []
    for line in data.decode().splitlines():
        found = json.loads(line)
        for name in list(found):
            if chance.random() < 0.3:
                found[chance.choice((name, name.upper(), "", f"{name}.x", "\ud800"))] = (
                    chance.choice(values)
                )
        lines.append(json.dumps(found))
    return "\n".join(lines).encode()


def _part_changed(data: bytes, chance: random.Random, kind: str) -> bytes:
    """Damage a part of a workbook before it is packed, so that the damage comes to the parser."""
    change = chance.choice(
        (_bits_turned, _tokens_put_in, _broken_off, _said_twice, _pieces_swapped)
    )
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = chance.choice([*parts, *["xl/worksheets/sheet1.xml"] * 6])
    if chance.random() < 0.1:
        del parts[name]
    else:
        parts[name] = change(parts[name], chance, kind)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return packed.getvalue()


_ANY: tuple[Change, ...] = (
    _noise, _broken_off, _begun_late, _bits_turned, _end_turned, _pieces_swapped, _said_twice,
    _tokens_put_in, _zeros_put_in,
)  # fmt: skip
_TEXT: tuple[Change, ...] = (_spelt_otherwise, _spelt_line_by_line, _lines_ended_otherwise)
CHANGES: dict[str, tuple[Change, ...]] = {
    "csv": (*_ANY, *_TEXT, _headings_changed, _tokens_put_in),
    "jsonl": (*_ANY, *_TEXT, _values_changed, _values_changed),
    "xlsx": (*_ANY, *[_part_changed] * 8),
    "parquet": (*_ANY, *[_end_turned] * 3, *[_bits_turned] * 2),
}
