"""CSV and JSON Lines that nobody should send; see `tests.feedback.hostile_files`."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

from tests.feedback.hostile_rows import MARK
from tests.feedback.ingest_files import write_csv

# CSV


def many_columns_csv(path: Path) -> Path:
    n = 1_000_000
    head = ",".join(["comment", *(f"c{at}" for at in range(n - 1))])
    path.write_text(f"{head}\n{MARK}{',' * (n - 1)}\n")
    return path


def many_same_columns_csv(path: Path) -> Path:
    n = 600_000
    path.write_text(f"comment{',same' * n}\n{MARK}{',' * n}\n")
    return path


def huge_cells_csv(n_bytes: int, n_rows: int = 1) -> Callable[[Path], Path]:
    def make(path: Path) -> Path:
        with path.open("w") as file:
            file.write("id,comment\n1,fine\n")
            for at in range(n_rows):
                file.write(f"{at + 2},{MARK} ")
                for _ in range(n_bytes // 1_000_000):
                    file.write("word and " * 111_111)
                file.write("\n")
            file.write("9999,fine as well\n")
        return path

    return make


def large_cells_csv(path: Path) -> Path:
    """As many cells of nearly the largest length as make several gigabytes in one chunk."""
    row = f'{MARK} "" {"😀" * 900_000}'
    with path.open("w") as file:
        file.write("id,comment\n")
        for at in range(150):
            file.write(f'{at},"{row}"\n')
    return path


def one_line(path: Path) -> Path:
    block = f"{MARK} no line break, ever " * 40_000
    with path.open("w") as file:
        for _ in range(500_000_000 // len(block)):
            file.write(block)
    return path


def unclosed_csv(path: Path) -> Path:
    rows = "".join(f"{at},{MARK} fine\n" for at in range(10_000))
    path.write_text(f'id,comment\n1,"{MARK} never closed\n{rows}')
    return path


def unclosed_often_csv(path: Path) -> Path:
    """Write as many quotation marks as a reader could stumble over again and again."""
    with path.open("w") as file:
        file.write("id,comment\n")
        for at in range(20_000):
            file.write(f'{at},"{MARK}""\n' if at % 3 else f'"{MARK}\n')
    return path


def quotes_alone_csv(path: Path) -> Path:
    path.write_text("id,comment\n" + '"\n""\n"""\n' * 20_000)
    return path


def nulls_csv(path: Path) -> Path:
    path.write_bytes(b"id,comment\n1," + MARK.encode() + b" a\0b\0\n2,\0\0\n3,c\0\n")
    return path


def mixed_encodings_csv(path: Path) -> Path:
    lines = [
        b"id,comment\n",
        f"1,{MARK} café\n".encode(),
        f"2,{MARK} caf\xe9 £\n".encode("cp1252"),
        f"3,{MARK} 日本語\n".encode("shift-jis"),
        f"4,{MARK} ŵŷ\n".encode("utf-16"),
        f"5,{MARK} ŵŷ\n".encode("utf-16-be"),
        b"6,\xff\xfe\xfa\n7,\xed\xa0\x80\n",
    ]
    path.write_bytes(b"".join(lines))
    return path


def encoded_csv(encoding: str, mark: bytes = b"") -> Callable[[Path], Path]:
    def make(path: Path) -> Path:
        text = f"id,comment\r\n1,{MARK} caf\xe9\r\n2,{MARK} two\r\n"
        path.write_bytes(mark + text.encode(encoding))
        return path

    return make


def odd_mark_csv(path: Path) -> Path:
    path.write_bytes(b"\xff\xfe" + f"id,comment\n1,{MARK}\n".encode())
    return path


def half_utf_16_csv(path: Path) -> Path:
    path.write_bytes(f"id,comment\n1,{MARK} abc\n".encode("utf-16")[:-1] + b"\x00\xd8")
    return path


def old_mac_csv(path: Path) -> Path:
    path.write_bytes("".join(f"{a},{b}\r" for a, b in [("id", "comment"), (1, MARK)]).encode())
    return path


def same_headings_csv(path: Path) -> Path:
    path.write_text(f"comment,comment,Comment,,id,id\n{MARK},{MARK},,x,1,2\n")
    return path


def odd_values_csv(path: Path) -> Path:
    dates = ["01/01/99999", "99999-12-31", "0000-00-00", "1e400", "-1", "9" * 400, "31/02/2026",
             "2026-13-45T99:99:99+99:99", "NaN", "inf", "٣/٤/٢٠٢٦", "=\xd8"]  # fmt: skip
    rows = [
        [at, date, "9" * 5_000, "1e999", f"{MARK} {at}"] for at, date in enumerate(dates, start=1)
    ]
    return write_csv(path, [["id", "date", "rating", "effort", "comment"], *rows])


def gzip_csv(path: Path) -> Path:
    path.write_bytes(gzip.compress(f"id,comment\n1,{MARK}\n".encode()))
    return path


def blank_lines_csv(path: Path) -> Path:
    with path.open("wb") as file:
        for _ in range(60):
            file.write(b"\n" * 1_000_000)
    return path


def empty_rows_csv(path: Path) -> Path:
    with path.open("wb") as file:
        file.write(b"id,comment\n")
        for _ in range(20):
            file.write(b",\n" * 100_000)
        file.write(f"1,{MARK}\n".encode())
    return path


# JSON Lines


def many_keys_jsonl(path: Path) -> Path:
    keys = ",".join(f'"k{at}":1' for at in range(1_000_000))
    path.write_text(f'{{"comment":"{MARK}",{keys}}}\n')
    return path


def keys_that_grow_jsonl(path: Path) -> Path:
    """Each line brings keys of its own: a table that took them all in would be 300,000 wide."""
    with path.open("w") as file:
        for at in range(30_000):
            keys = ",".join(f'"k{at}_{n}":1' for n in range(10))
            file.write(f'{{"id":{at},"comment":"{MARK} {at}",{keys}}}\n')
    return path


def deep_jsonl(path: Path) -> Path:
    deep = "[" * 100_000 + "]" * 100_000
    dots = '{"a":' * 50_000 + "1" + "}" * 50_000
    path.write_text(
        f'{{"comment":"{MARK} fine","id":1}}\n{{"comment":"{MARK}","x":{deep}}}\n'
        f'{{"comment":"{MARK}","x":{dots}}}\n{{"comment":"{MARK}","x":{"[" * 900}1{"]" * 900}}}\n'
    )
    return path


def surrogates_jsonl(path: Path) -> Path:
    path.write_text(
        f'{{"id":"\\ud800","comment":"{MARK} \\ud83d\\ud83d \\udc00","\\udfff key":"\\udead"}}\n'
        f'{{"id":"3","comment\\ud800":"{MARK} 3","comment\\u0000":"{MARK} 4"}}\n'
        f'{{"id":"2","comment":"\\u0000{MARK}\\u0000","page":"\\u0000\\ud800","service":"\\ud800"}}\n'
    )
    return path


def numbers_jsonl(path: Path) -> Path:
    values = [
        "9" * 4_000,
        "9" * 5_000,
        "1e999",
        "-1e999",
        "NaN",
        "Infinity",
        "1E-999",
        "-0",
        "true",
    ]
    lines = [
        f'{{"id":{value},"rating":{value},"date":{value},"comment":"{MARK} {at}","e":{value}}}'
        for at, value in enumerate(values)
    ]
    path.write_text("\n".join(lines) + "\n")
    return path


def types_jsonl(path: Path) -> Path:
    values = [None, True, 7, 1.5, "text", [], {}, [1, "a"], {"a": {"b": [1]}}, [[["deep"]]], ""]
    lines = [
        json.dumps({"id": value, "date": value, "rating": value, "comment": value, "page": value})
        for value in values
    ]
    good = json.dumps({"id": "ok", "date": "2026-01-02", "comment": MARK})
    path.write_text("\n".join([*lines, *("7", '"x"', "[]", "null", "{}", "{", good)]) + "\n")
    return path


def wide_lists_jsonl(path: Path) -> Path:
    """Lines of many small parts: decoded they take forty times their room."""
    parts = ",".join(["[]"] * 1_200_000)
    with path.open("w") as file:
        file.write(f'{{"id":0,"comment":"{MARK}"}}\n')
        for at in range(6):
            file.write(f'{{"id":{at + 1},"comment":"{MARK}","x":[{parts}]}}\n')
    return path


def array_json(path: Path) -> Path:
    path.write_text(json.dumps([{"comment": MARK}]))
    return path
