"""What all kinds of sources share while they are asked: how rows go in, and what is counted.

Each chunk of rows is one transaction, in which the lease is renewed, the source's comments counted
and, for a query, the last value read written down. So whoever is killed at any moment leaves counts
that are true, and the next one goes on.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import sqlalchemy as sa

from feedback import ingest, schema
from feedback.errors import IngestError, PullError
from feedback.mapping import choose_preset
from feedback.pipeline import IngestSummary, ingest_chunks
from feedback.pull_record import count_in, remember_file
from feedback.writes import in_blocks, known

if TYPE_CHECKING:
    from feedback.ingest import Chunk
    from feedback.mapping import Preset
    from feedback.prepare import Prepared
    from feedback.protocols import LanguageIdentifier, Redactor
    from feedback.pull_lease import Lease
    from feedback.pull_sources import PullSource
    from feedback.reference import Reference
    from feedback.settings import Settings
    from feedback.store import Store
    from feedback.tables import Table

__all__ = ["Parts", "PullWork", "StoppedError", "Tally", "told_name"]

MARK_BYTES = 16
MAX_NAME = 500
"""Characters of a file's name, as the column has them."""


class Parts(Protocol):
    """What makes raw rows fit to be stored; loaded when the first row comes."""

    @property
    def redactor(self) -> Redactor:
        """Takes personal data out."""
        ...

    @property
    def language(self) -> LanguageIdentifier:
        """Names languages."""
        ...

    @property
    def reference(self) -> Reference:
        """Knows services and pages."""
        ...


class StoppedError(PullError):
    """Whoever asked was told to stop; what was stored stays, and the next turn goes on."""


@dataclass
class Tally:
    """What came of a turn; ``failures`` has a reason by the name of each file not taken."""

    n_files: int = 0
    n_rows: int = 0
    n_new: int = 0
    n_known: int = 0
    n_rejected: int = 0
    failures: dict[str, str] = field(default_factory=dict)

    def add(self, summary: IngestSummary) -> None:
        """Count in what went into the store."""
        self.n_rows += summary.n_rows
        self.n_new += summary.n_new
        self.n_known += summary.n_known
        self.n_rejected += summary.n_rejected


@dataclass
class PullWork:
    """A turn of a source."""

    store: Store
    source: PullSource
    lease: Lease
    parts: Parts
    settings: Settings
    clock: Callable[[], datetime]
    wait: Callable[[float], object]
    is_stopped: Callable[[], bool]
    progress: Callable[[int], None] | None = None
    tally: Tally = field(default_factory=Tally)

    @cached_property
    def id_key(self) -> bytes:
        """The store's key."""
        return self.store.id_key()

    @property
    def day_first(self) -> bool | None:
        """Whether 03/04/2026 is 3 April; None: as the preset says."""
        is_month_first = self.source.options.get("month_first") or not self.settings.day_first
        return False if is_month_first else None

    # Rows

    def take(
        self,
        chunks: Iterator[Chunk],
        name: str,
        *,
        high_water: Callable[[], dict[str, str] | None] = lambda: None,
        keeps_rejects: bool = False,
    ) -> IngestSummary:
        """Bring chunks into the store; see `feedback.pipeline.ingest_chunks`."""
        if self.is_stopped():
            raise _stopped()
        summary = ingest_chunks(
            chunks,
            name=name,
            source=self.source.source,
            store=self.store,
            redactor=self.parts.redactor,
            language=self.parts.language,
            settings=self.settings,
            now=self.clock(),
            progress=self.progress,
            beside=lambda _chunk, prepared: self._beside(prepared, high_water()),
            keeps_rejects=keeps_rejects,
        )
        self.tally.add(summary)
        return summary

    def read(self, table: Table, preset: Preset, name: str) -> Iterator[Chunk]:
        """Return a table's rows in chunks."""
        return ingest.read_table(table, preset, name=name, **self._how())

    def _how(self) -> dict[str, Any]:
        """Return how rows are read, from a table or a file."""
        return {
            "id_key": self.id_key,
            "now": self.clock(),
            "chunk_rows": self.settings.chunk_rows,
            "source": self.source.source,
            "service": self.source.service,
            "reference": self.parts.reference,
            "day_first": self.day_first,
        }

    def _beside(
        self, prepared: Prepared, high_water: dict[str, str] | None
    ) -> Callable[[sa.Connection], None]:
        """Return what is written in the transaction of a chunk."""
        if self.is_stopped():
            raise _stopped()
        ids = list(dict.fromkeys(prepared.comments["comment_id"]))

        def write(connection: sa.Connection) -> None:
            self.lease.hold(connection)
            there = known(connection, schema.comments.c.comment_id, ids)
            count_in(connection, self.source.source_id, len(ids) - len(there), high_water)

        return write

    # Files

    def take_file(self, path: Path, name: str, mark: str) -> bool:
        """Bring a file into the store and remember it; say whether it could be taken.

        Raises
        ------
        PullError, SettingsError, StoreError
            What is wrong is not the file.
        """
        options = self.source.options
        before = self.tally.n_new
        try:
            preset = choose_preset(
                path, preset=options.get("preset"), columns=options.get("columns")
            )
            chunks = ingest.read(path, preset, **self._how())
            with closing(chunks):  # type: ignore[type-var]
                run_id: str | None = self.take(chunks, name).run_id
            problem = None
        except IngestError as error:
            run_id, problem = None, str(error)
        self.tally.n_files += 1
        self.remember(name, mark, run_id, problem, self.tally.n_new - before)
        return problem is None

    def remember(
        self, name: str, mark: str, run_id: str | None, problem: str | None, n_new: int
    ) -> None:
        """Write that a file was taken, or why not."""
        shown = told_name(name)
        if problem is not None:
            self.tally.failures[shown] = problem
        row = {
            "source_id": self.source.source_id,
            "mark": mark,
            "name": shown,
            "at": self.clock(),
            "run_id": run_id,
            "problem": problem[: schema.pulled_files.c.problem.type.length] if problem else None,  # type: ignore[attr-defined]
            "n_comments": n_new,
        }
        with self.store.quietly_changing() as connection:
            self.lease.hold(connection)
            remember_file(connection, row)

    def mark(self, *parts: object) -> str:
        """Return a keyed hash of what tells a file from another, or from its other states."""
        told = "".join(f"{len(str(part))}:{part}" for part in ("file", *parts))
        content = told.encode("utf-8", "surrogatepass")
        return hmac.digest(self.id_key, content, "sha256")[:MARK_BYTES].hex()

    def known_marks(self, marks: Sequence[str]) -> dict[str, str | None]:
        """Return the files that are remembered, each with what was wrong with it."""
        table = schema.pulled_files
        found: dict[str, str | None] = {}
        for block in in_blocks(list(marks)):
            chosen = table.c.source_id == self.source.source_id, table.c.mark.in_(block)
            rows = self.store.read(sa.select(table.c.mark, table.c.problem).where(*chosen))
            told = rows["problem"].astype(object).where(rows["problem"].notna(), None)
            found.update(zip(rows["mark"], told, strict=True))
        return found


def told_name(name: str) -> str:
    """Return a file's name as it can be kept and shown: nothing invisible, not too long."""
    clean = "".join(letter if letter.isprintable() else "�" for letter in name)
    return clean[-MAX_NAME:]


def _stopped() -> StoppedError:
    return StoppedError("It was stopped before its end; the next turn goes on.")


def as_options(**given: Any) -> dict[str, Any]:
    """Return options that are kept: those that were given."""
    return {name: value for name, value in given.items() if value not in (None, "", {}, [], False)}
