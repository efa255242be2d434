"""Read an export into comments and responses, chunk by chunk, with a reason for each row left out.

The text that comes out is raw: it goes to `clean` and `redact` in memory and nowhere else. What is
said about rows that did not go in (rejects and notes) holds numbers, reasons and headings, never
what stood in a cell.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import pandas as pd

from feedback.frames import INCOMING_COMMENTS, RESPONSES, check_frame, make_frame
from feedback.ids import RowIds
from feedback.mapping import Preset, detect_preset, load_preset, map_columns
from feedback.readers import open_table
from feedback.reference import Reference, load_reference
from feedback.rows import RowReader, Taken
from feedback.schema import Reject
from feedback.tables import Row, Table

__all__ = ["Chunk", "read", "read_table"]

DEFAULT_CHUNK_ROWS = 5_000


@dataclass(frozen=True)
class Chunk:
    """Some rows of a file.

    ``comments`` has the columns `INCOMING_COMMENT_COLUMNS`, ``responses`` `RESPONSE_COLUMNS`;
    missing values are None. ``n_rows`` counts the rows read, rejected ones as well, blank ones not.
    ``notes`` are sentences about the file for the person who ingests it.
    """

    comments: pd.DataFrame
    responses: pd.DataFrame
    rejects: list[Reject]
    n_rows: int
    notes: tuple[str, ...] = ()


def read(
    path: str | Path,
    preset: Preset | str | None = None,
    *,
    id_key: bytes,
    now: datetime,
    chunk_rows: int = DEFAULT_CHUNK_ROWS,
    source: str | None = None,
    service: str | None = None,
    reference: Reference | None = None,
    day_first: bool | None = None,
) -> Iterator[Chunk]:
    """Yield a file's rows in chunks; at least one chunk, also for a file of headings alone.

    Parameters
    ----------
    path : str or Path
        CSV, XLSX, JSON Lines or Parquet; see `feedback.readers`.
    preset : Preset or str, optional
        What the columns are; by default the preset that recognises most of them.
    id_key : bytes
        The store's key, from which ids are made.
    now : datetime
        Aware. Later dates are rejected; rows of a file without a date column get this one.
    chunk_rows : int
        Most rows in a chunk; the only thing memory depends on.
    source : str, optional
        Where the rows come from; by default the preset's. It is part of the ids, as the same
        reference in two tools means two responses; the file's name is not.
    service : str, optional
        Service of rows that do not name one.
    reference : Reference, optional
        Names of services and pages; by default those that come with the toolkit.
    day_first : bool, optional
        Whether 03/04/2026 is 3 April; by default as the preset says.

    Raises
    ------
    UnreadableFileError, MissingColumnError, SettingsError
        Before the first chunk. A file that turns out broken half way is no error: its last row is
        rejected, as the rows before it are good.

    Notes
    -----
    Ids: a row's own reference gives the response id, or without one all that the row says and how
    many rows said the same before it. A comment id is made of the response id and the question. So
    the same rows in another file, or in a later and longer export, have the same ids.
    """
    path = Path(path)
    with open_table(path) as table:
        yield from read_table(
            table,
            preset,
            name=path.name,
            id_key=id_key,
            now=now,
            chunk_rows=chunk_rows,
            source=source,
            service=service,
            reference=reference,
            day_first=day_first,
        )


def read_table(
    table: Table,
    preset: Preset | str | None = None,
    *,
    name: str,
    id_key: bytes,
    now: datetime,
    chunk_rows: int = DEFAULT_CHUNK_ROWS,
    source: str | None = None,
    service: str | None = None,
    reference: Reference | None = None,
    day_first: bool | None = None,
) -> Iterator[Chunk]:
    """Yield a table's rows in chunks, as `read` does those of a file, wherever they come from.

    Parameters
    ----------
    table : Table
        Its rows are read once.
    name : str
        What messages call the table.
    """
    if now.tzinfo is None:
        raise ValueError("now has no time zone")
    if preset is None:
        preset = detect_preset(table.headings)
    elif isinstance(preset, str):
        preset = load_preset(preset)
    chosen_source = source or preset.source
    ids = RowIds(id_key, chosen_source)
    try:
        reader = RowReader(
            table=table,
            columns=map_columns(preset, table.headings, name),
            preset=preset,
            ids=ids,
            now=now.astimezone(UTC),
            source=chosen_source,
            service=service,
            reference=load_reference() if reference is None else reference,
            day_first=preset.day_first if day_first is None else day_first,
        )
        notes = reader.first_notes()
        is_last = False
        while not is_last:
            rows = list(islice(table.rows, chunk_rows))
            chunk = _chunk(reader, rows)
            is_last = len(rows) < chunk_rows
            if is_last:
                notes += table.notes + reader.last_notes()
            if rows or notes:
                yield replace(chunk, notes=tuple(notes))
            notes = []
    finally:
        ids.close()


def _chunk(reader: RowReader, rows: Sequence[Row]) -> Chunk:
    results = [reader.read(row) for row in rows]
    rejects = [result for result in results if isinstance(result, Reject)]
    comments, responses, unsound = _frames([r for r in results if isinstance(r, Taken)])
    rejects = sorted([*rejects, *unsound], key=lambda reject: (reject.row, reject.stage))
    return Chunk(comments, responses, rejects, len(rows))


def _frames(taken: Sequence[Taken]) -> tuple[pd.DataFrame, pd.DataFrame, list[Reject]]:
    """Return comments, responses, and the rows whose values have no place in the data model."""
    records = [comment for row in taken for comment in row.comments]
    # A response may stand in several rows, one for each question; the first tells of it.
    firsts = {row.response["response_id"]: row for row in reversed(taken)}
    told = list(reversed(firsts.values()))
    comments = make_frame(INCOMING_COMMENTS, records)
    responses = make_frame(RESPONSES, [row.response for row in told])
    reasons = {
        **{records[at]["row"]: why for at, why in check_frame(comments, INCOMING_COMMENTS).items()},
        **{told[at].row: why for at, why in check_frame(responses, RESPONSES).items()},
    }
    if not reasons:
        return comments, responses, []
    comments, responses, more = _frames([row for row in taken if row.row not in reasons])
    return (
        comments,
        responses,
        [Reject(row, "validate", why) for row, why in reasons.items()] + more,
    )
