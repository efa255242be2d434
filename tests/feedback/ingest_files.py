"""Makes export files for the tests of ingest, and reads them."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from feedback.ingest import Chunk, read

KEY = b"a key of exactly thirty-two byte"
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SECRET = "SECRETxyz"


def read_all(path, preset=None, **options) -> Chunk:
    """Read a file and put its chunks together."""
    options = {"id_key": KEY, "now": NOW, **options}
    chunks = list(read(path, preset, **options))
    return Chunk(
        pd.concat([c.comments for c in chunks], ignore_index=True),
        pd.concat([c.responses for c in chunks], ignore_index=True),
        [reject for c in chunks for reject in c.rejects],
        sum(c.n_rows for c in chunks),
        tuple(note for c in chunks for note in c.notes),
    )


def write_csv(path: Path, rows, *, encoding="utf-8", delimiter=",", quoting=csv.QUOTE_MINIMAL):
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter, quoting=quoting).writerows(rows)
    return path


def write_text(path: Path, text: str | bytes, encoding="utf-8"):
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return path


def write_xlsx(path: Path, rows, *, before=None):
    from openpyxl import Workbook

    workbook = Workbook()
    sheet = workbook.active
    for row in rows:
        sheet.append(row)
    if before:
        before(workbook)
    workbook.save(path)
    return path


def write_json_lines(path: Path, rows):
    headings, *records = rows
    objects = (dict(zip(headings, record, strict=True)) for record in records)
    lines = [json.dumps(found, default=str) for found in objects]
    return write_text(path, "\n".join(lines) + "\n")


def write_parquet(path: Path, rows):
    headings, *records = rows
    pd.DataFrame(records, columns=headings).to_parquet(path)
    return path
