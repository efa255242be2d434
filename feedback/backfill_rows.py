"""Find the chunks of a history before the work, and read one of them where the work is done.

Whoever plans reads all rows once, in order, and keeps of each chunk where it is and what only the
order tells: which rows say the same as rows before. That and no text is what a worker is given. It
reads the rows again itself, from the file, and makes of them the chunk that the plan was made of.

A worker keeps the file open where it last stood, as most formats cannot be entered half way: its
chunks come in ascending order, so it passes over rows that are others' once and not once a chunk.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

from feedback import ingest
from feedback.errors import SettingsError
from feedback.ids import RowIds
from feedback.readers import open_table

if TYPE_CHECKING:
    from feedback.history import HistoryFile
    from feedback.reference import Reference
    from feedback.rows import RowReader
    from feedback.tables import Table

__all__ = ["Cursors", "Plan", "Reading", "ids_mark", "planned"]

MAX_OPEN_FILES = 4
"""Files that a worker keeps open; chunks in flight are seldom of more."""


@dataclass(frozen=True)
class Reading:
    """How the rows of all files are read."""

    id_key: bytes
    now: datetime
    chunk_rows: int
    source: str | None
    service: str | None
    reference: Reference
    day_first: bool | None

    def chunks(self, file: HistoryFile, ids: RowIds | None = None) -> Iterator[ingest.Chunk]:
        """Yield the chunks of a file."""
        with open_table(file.path) as table:
            yield from ingest.read_table(
                table,
                file.preset,
                name=file.path.name,
                id_key=self.id_key,
                now=self.now,
                chunk_rows=self.chunk_rows,
                source=self.source,
                service=self.service,
                reference=self.reference,
                day_first=self.day_first,
                ids=ids,
            )

    def reader(self, file: HistoryFile, table: Table, ids: RowIds) -> RowReader:
        """Return what reads the rows of a file that is open."""
        return ingest.row_reader(
            table,
            file.preset,
            name=file.path.name,
            ids=ids,
            now=self.now,
            source=self.source,
            service=self.service,
            reference=self.reference,
            day_first=self.day_first,
        )


@dataclass(frozen=True)
class Plan:
    """A chunk: where it is, what its comments are called, and what came before its rows.

    ``start`` counts the rows of the file before it. ``before`` has, by the number of the question,
    the answers of `RowIds` other than "never".
    """

    number: int
    file: HistoryFile
    start: int
    n_rows: int
    before: dict[int, tuple[int, int]]
    comment_ids: tuple[str, ...]
    response_ids: tuple[str, ...]
    notes: tuple[str, ...]


def planned(files: Sequence[HistoryFile], reading: Reading) -> Iterator[tuple[Plan, ingest.Chunk]]:
    """Yield each chunk with its plan, numbered from 1 over all files."""
    number = 0
    for file in files:
        ids = _RecordedIds(reading.id_key, reading.source or file.preset.source)
        start = 0
        for chunk in reading.chunks(file, ids):
            number += 1
            plan = Plan(
                number,
                file,
                start,
                chunk.n_rows,
                ids.taken(),
                tuple(chunk.comments["comment_id"]),
                tuple(dict.fromkeys(chunk.responses["response_id"])),
                chunk.notes,
            )
            yield plan, chunk
            start += chunk.n_rows


def ids_mark(comment_ids: Sequence[str]) -> str:
    """Return what tells whether two chunks have the same comments."""
    return hashlib.blake2b("".join(comment_ids).encode(), digest_size=16).hexdigest()


class _RecordedIds(RowIds):
    """Remembers what it answered since it was last asked."""

    def __init__(self, key: bytes, source: str) -> None:
        super().__init__(key, source)
        self._n_asked = 0
        self._answers: dict[int, tuple[int, int]] = {}

    def taken(self) -> dict[int, tuple[int, int]]:
        """Return the answers so far, and begin anew."""
        answers, self._answers, self._n_asked = self._answers, {}, 0
        return answers

    def _count(self, key: bytes, row: int) -> tuple[int, int]:
        n_before, first = super()._count(key, row)
        if n_before:
            self._answers[self._n_asked] = n_before, first
        self._n_asked += 1
        return n_before, first


class _ToldIds(RowIds):
    """Answers as it was told, in the order of the questions."""

    def __init__(self, key: bytes, source: str, answers: dict[int, tuple[int, int]]) -> None:
        self._key = key
        self._source = source
        self._answers = answers
        self._n_asked = 0

    def close(self) -> None:
        """Do nothing: nothing was remembered."""

    def _count(self, key: bytes, row: int) -> tuple[int, int]:
        answer = self._answers.get(self._n_asked, (0, row))
        self._n_asked += 1
        return answer


class _Cursor:
    """A file that is open, and how many of its rows were read."""

    def __init__(self, file: HistoryFile, reading: Reading) -> None:
        self._file = file
        self._reading = reading
        self._source = reading.source or file.preset.source
        self._open = ExitStack()
        try:
            self._table = self._open.enter_context(open_table(file.path))
            self._reader = reading.reader(file, self._table, self._ids({}))
        except BaseException:
            self._open.close()
            raise
        self.n_read = 0

    def close(self) -> None:
        self._open.close()

    def chunk(self, plan: Plan) -> ingest.Chunk:
        """Read on to a chunk and return it."""
        n_over = plan.start - self.n_read
        n_passed = sum(1 for _ in islice(self._table.rows, n_over))
        rows = list(islice(self._table.rows, plan.n_rows))
        self.n_read = plan.start + len(rows)
        if n_passed < n_over or len(rows) < plan.n_rows:
            raise SettingsError(f"{self._file.path} has changed since the backfill began.")
        self._reader.ids = self._ids(plan.before)
        return ingest.chunk_of(self._reader, rows)

    def _ids(self, before: dict[int, tuple[int, int]]) -> RowIds:
        return _ToldIds(self._reading.id_key, self._source, before)


class Cursors:
    """The files that a worker has open."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._open: dict[str, _Cursor] = {}

    def chunk(self, plan: Plan) -> ingest.Chunk:
        """Return the chunk of a plan.

        Raises
        ------
        SettingsError
            The file is not the one that the plan was made of.
        """
        name = str(plan.file.path)
        cursor = self._open.pop(name, None)
        if cursor is not None and cursor.n_read > plan.start:
            cursor.close()
            cursor = None
        cursor = cursor or _Cursor(plan.file, self._reading)
        try:
            chunk = cursor.chunk(plan)
        except BaseException:
            cursor.close()
            raise
        self._open[name] = cursor  # the one used last comes last
        while len(self._open) > MAX_OPEN_FILES:
            self._open.pop(next(iter(self._open))).close()
        if ids_mark(chunk.comments["comment_id"].tolist()) != ids_mark(plan.comment_ids):
            raise SettingsError(f"{plan.file.path} has changed since the backfill began.")
        return chunk

    def close(self) -> None:
        """Close all files."""
        while self._open:
            self._open.popitem()[1].close()
