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
from feedback.remote import RemoteFile
from feedback.rows import RowReader, Taken
from feedback.schema import Reject
from feedback.tables import Row, Table, shown_name

__all__ = ["Chunk", "chunk_of", "read", "read_each", "read_table", "row_reader"]

DEFAULT_CHUNK_ROWS = 5_000

MAX_CHUNK_CHARACTERS = 8_000_000
"""Where rows are long a chunk ends here: 5,000 rows of ordinary feedback have a tenth of it, and
5,000 of the longest that are read would take twenty gigabytes."""
_CELL_CHARACTERS = 16
"""What a cell weighs by itself: in memory even an empty one takes some room."""


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
    path: str | Path | RemoteFile,
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
    path : str, Path or RemoteFile
        CSV, XLSX, JSON Lines or Parquet; see `feedback.readers`.
    preset : Preset or str, optional
        What the columns are; by default the preset that recognises most of them.
    id_key : bytes
        The store's key, from which ids are made.
    now : datetime
        Aware. Later dates are rejected; rows of a file without a date column get this one.
    chunk_rows : int
        Most rows in a chunk; with `MAX_CHUNK_CHARACTERS` the only thing memory depends on.
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
    path = path if isinstance(path, RemoteFile) else Path(path)
    with open_table(path) as table:
        yield from read_table(
            table,
            preset,
            name=shown_name(path.name),
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
    ids: RowIds | None = None,
) -> Iterator[Chunk]:
    """Yield a table's rows in chunks, as `read` does those of a file, wherever they come from.

    Parameters
    ----------
    table : Table
        Its rows are read once.
    name : str
        What messages call the table.
    ids : RowIds, optional
        Makes the ids of the rows; closed at the end.
    """
    if now.tzinfo is None:
        raise ValueError("now has no time zone")
    if preset is None:
        preset = detect_preset(table.headings)
    elif isinstance(preset, str):
        preset = load_preset(preset)
    if ids is None:
        ids = RowIds(id_key, source or preset.source)
    try:
        reader = row_reader(
            table,
            preset,
            name=name,
            ids=ids,
            now=now,
            source=source,
            service=service,
            reference=load_reference() if reference is None else reference,
            day_first=day_first,
        )
        notes = reader.first_notes()
        is_last = False
        while not is_last:
            rows, is_last = _stretch(table.rows, chunk_rows)
            chunk = chunk_of(reader, rows)
            if is_last:
                notes += table.notes + reader.last_notes()
            if rows or notes:
                yield replace(chunk, notes=tuple(notes))
            notes = []
    finally:
        ids.close()


def _stretch(rows: Iterator[Row], n_rows: int) -> tuple[list[Row], bool]:
    """Return the next rows, fewer where they are long, and whether they are the last."""
    taken: list[Row] = []
    weight = 0
    for row in islice(rows, n_rows):
        taken.append(row)
        weight += _CELL_CHARACTERS * len(row.cells)
        weight += sum([len(cell) for cell in row.cells if cell.__class__ is str])
        if weight >= MAX_CHUNK_CHARACTERS:
            return taken, False
    return taken, len(taken) < n_rows


def read_each(
    tables: Sequence[Table],
    preset: Preset,
    *,
    name: str,
    id_key: bytes,
    now: datetime,
    reference: Reference,
) -> tuple[Chunk, list[range]]:
    """Return small tables as one chunk, and which of its rows are whose.

    The work on a chunk costs about as much for one row as for fifty, so what many people send at
    the same moment is worked on together.

    Parameters
    ----------
    tables : sequence of Table
        With the same headings. Each is read as if alone: a row repeats no row of another.

    Returns
    -------
    chunk : Chunk
        Rows are numbered from 1 over all tables.
    rows : list of range
        The numbers of each table's rows; fewer than there are tables where one holds a comment that
        an earlier one has: from that one on they must wait until the earlier ones are stored.
    """
    results: list[Taken | Reject] = []
    ranges: list[range] = []
    seen: set[str] = set()
    columns = map_columns(preset, tables[0].headings, name)
    for table in tables:
        ids = RowIds(id_key, preset.source)
        reader = RowReader(
            table=table,
            columns=columns,
            preset=preset,
            ids=ids,
            now=now.astimezone(UTC),
            source=preset.source,
            service=None,
            reference=reference,
            day_first=preset.day_first,
        )
        n_before = len(results)
        found = [_numbered(reader.read(row), row.number + n_before) for row in table.rows]
        ids.close()
        taken = [one for one in found if isinstance(one, Taken)]
        its_ids = {comment["comment_id"] for one in taken for comment in one.comments}
        if its_ids & seen:
            break
        seen |= its_ids
        results += found
        ranges.append(range(n_before + 1, len(results) + 1))
    return _of_results(results), ranges


def _numbered(result: Taken | Reject, row: int) -> Taken | Reject:
    """Give what a row gave another number."""
    if isinstance(result, Reject):
        return replace(result, row=row)
    return replace(result, row=row, comments=[{**one, "row": row} for one in result.comments])


def row_reader(
    table: Table,
    preset: Preset,
    *,
    name: str,
    ids: RowIds,
    now: datetime,
    source: str | None,
    service: str | None,
    reference: Reference,
    day_first: bool | None,
) -> RowReader:
    """Return what reads the rows of a table; parameters as of `read_table`.

    Raises
    ------
    MissingColumnError
        No column holds comments.
    """
    return RowReader(
        table=table,
        columns=map_columns(preset, table.headings, name),
        preset=preset,
        ids=ids,
        now=now.astimezone(UTC),
        source=source or preset.source,
        service=service,
        reference=reference,
        day_first=preset.day_first if day_first is None else day_first,
    )


def chunk_of(reader: RowReader, rows: Sequence[Row]) -> Chunk:
    """Return rows as a chunk, without notes."""
    return _of_results([reader.read(row) for row in rows])


def _of_results(results: Sequence[Taken | Reject]) -> Chunk:
    rejects = [result for result in results if isinstance(result, Reject)]
    comments, responses, unsound = _frames([r for r in results if isinstance(r, Taken)])
    rejects = sorted([*rejects, *unsound], key=lambda reject: (reject.row, reject.stage))
    return Chunk(comments, responses, rejects, len(results))


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
