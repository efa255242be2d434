"""Files that nobody should send, one a name: bombs, lies, and what a broken export leaves behind.

Every text in them holds `MARK`, which must never come back in a message. Parquet stands in
`tests.feedback.hostile_parquet`; `tests.feedback.hostile_mutants` makes thousands more.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable
from pathlib import Path

from tests.feedback import hostile_text as text
from tests.feedback import hostile_workbooks as workbooks
from tests.feedback.hostile_rows import MARK, sound_rows
from tests.feedback.ingest_files import write_csv, write_json_lines, write_parquet, write_xlsx

__all__ = ["MARK", "SPECIALS"]


def zeros_device(path: Path) -> Path:
    path.symlink_to("/dev/zero")
    return path


def pipe(path: Path) -> Path:
    os.mkfifo(path)
    return path


def folder(path: Path) -> Path:
    path.mkdir()
    return path


def gone(path: Path) -> Path:
    folder = path.parent / f"gone_{path.name}"
    folder.mkdir()
    folder.rmdir()
    return folder / path.name


def loop(path: Path) -> Path:
    path.symlink_to(path)
    return path


def empty(path: Path) -> Path:
    path.write_bytes(b"")
    return path


def unreadable_name(path: Path) -> Path:
    named = path.with_name(f"x\udcff\n{path.name}")
    return write_csv(named, [["id", "page"], [1, MARK]])


def sound_as(writer: Callable[..., Path]) -> Callable[[Path], Path]:
    return lambda path: writer(path, sound_rows())


SPECIALS: dict[str, tuple[str, Callable[[Path], Path]]] = {
    "a million columns": ("a.csv", text.many_columns_csv),
    "columns of one name": ("a.csv", text.many_same_columns_csv),
    "a cell of 10 MB": ("a.csv", text.huge_cells_csv(10_000_000, 3)),
    "a cell of 100 MB": ("a.csv", text.huge_cells_csv(100_000_000)),
    "cells of 1 MB": ("a.csv", text.large_cells_csv),
    "a line of 500 MB": ("a.csv", text.one_line),
    "a line of 500 MB as JSON": ("a.jsonl", text.one_line),
    "a quotation mark never closed": ("a.csv", text.unclosed_csv),
    "many quotation marks never closed": ("a.csv", text.unclosed_often_csv),
    "quotation marks alone": ("a.csv", text.quotes_alone_csv),
    "NULs": ("a.csv", text.nulls_csv),
    "mixed encodings": ("a.csv", text.mixed_encodings_csv),
    "UTF-16 without a mark": ("a.csv", text.encoded_csv("utf-16-le")),
    "UTF-16 upside down": ("a.csv", text.encoded_csv("utf-16-be")),
    "UTF-32": ("a.csv", text.encoded_csv("utf-32")),
    "UTF-7": ("a.csv", text.encoded_csv("utf-7")),
    "EBCDIC": ("a.csv", text.encoded_csv("cp037")),
    "a mark of UTF-16 before UTF-8": ("a.csv", text.odd_mark_csv),
    "UTF-16 broken off": ("a.csv", text.half_utf_16_csv),
    "line ends of old Macs": ("a.csv", text.old_mac_csv),
    "headings that repeat": ("a.csv", text.same_headings_csv),
    "values beyond all scales": ("a.csv", text.odd_values_csv),
    "compressed CSV": ("a.csv", text.gzip_csv),
    "blank lines alone": ("a.csv", text.blank_lines_csv),
    "two million empty rows": ("a.csv", text.empty_rows_csv),
    "a million keys": ("a.jsonl", text.many_keys_jsonl),
    "keys that grow": ("a.jsonl", text.keys_that_grow_jsonl),
    "deep nesting": ("a.jsonl", text.deep_jsonl),
    "lone surrogates": ("a.jsonl", text.surrogates_jsonl),
    "numbers beyond all scales": ("a.jsonl", text.numbers_jsonl),
    "every type": ("a.jsonl", text.types_jsonl),
    "lists of a million parts": ("a.jsonl", text.wide_lists_jsonl),
    "a JSON array": ("a.json", text.array_json),
    "10 GB of zeros": ("a.xlsx", workbooks.zeros_xlsx),
    "zeros with a lying size": ("a.xlsx", workbooks.lying_zeros_xlsx),
    "a cell of lines": ("a.xlsx", workbooks.text_bomb_xlsx),
    "40 million empty rows": ("a.xlsx", workbooks.empty_rows_xlsx),
    "30 million cells in a row": ("a.xlsx", workbooks.many_cells_xlsx),
    "16,384 columns": ("a.xlsx", workbooks.many_columns_xlsx),
    "a column far away": ("a.xlsx", workbooks.far_column_xlsx),
    "a row far away": ("a.xlsx", workbooks.far_row_xlsx),
    "gaps between rows": ("a.xlsx", workbooks.row_gaps_xlsx),
    "3 GB of shared strings": ("a.xlsx", workbooks.strings_bomb_xlsx),
    "30 million shared strings": ("a.xlsx", workbooks.empty_strings_xlsx),
    "6 million styles": ("a.xlsx", workbooks.styles_bomb_xlsx),
    "a billion laughs": ("a.xlsx", workbooks.laughs_xlsx),
    "an entity from outside": ("a.xlsx", workbooks.outside_xlsx),
    "a million entries": ("a.xlsx", workbooks.many_parts_xlsx),
    "overlapping entries": ("a.xlsx", workbooks.overlapping_xlsx),
    "archives in archives": ("a.xlsx", workbooks.nested_zip_xlsx),
    "a bomb of LZMA": ("a.xlsx", workbooks.squeezed_xlsx(zipfile.ZIP_LZMA)),
    "a bomb of bzip2": ("a.xlsx", workbooks.squeezed_xlsx(zipfile.ZIP_BZIP2)),
    "60,000 sheets": ("a.xlsx", workbooks.many_sheets_xlsx),
    "an encrypted workbook": ("a.xlsx", workbooks.encrypted_xlsx),
    "a zip archive": ("a.xlsx", workbooks.plain_zip_xlsx),
    "a workbook's cell of 10 MB": ("a.xlsx", workbooks.huge_cell_xlsx(10_000_000)),
    "a workbook's cell of 100 MB": ("a.xlsx", workbooks.huge_cell_xlsx(100_000_000)),
    "a workbook's odd values": ("a.xlsx", workbooks.odd_values_xlsx),
    "a string that is not there": ("a.xlsx", workbooks.wrong_string_xlsx),
    "endless zeros": ("a.csv", zeros_device),
    "endless zeros as a workbook": ("a.xlsx", zeros_device),
    "a pipe": ("a.csv", pipe),
    "a folder": ("a.csv", folder),
    "a file of a deleted folder": ("a.csv", gone),
    "a link to itself": ("a.csv", loop),
    "an empty file": ("a.csv", empty),
    "an empty Parquet file": ("a.parquet", empty),
    "a name no terminal shows": ("a.csv", unreadable_name),
    "an old workbook": ("a.xls", workbooks.encrypted_xlsx),
    "CSV called a workbook": ("a.xlsx", sound_as(write_csv)),
    "a workbook called CSV": ("a.csv", sound_as(write_xlsx)),
    "Parquet called JSON": ("a.jsonl", sound_as(write_parquet)),
    "JSON Lines called Parquet": ("a.parquet", sound_as(write_json_lines)),
}
