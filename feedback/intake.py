"""Write prepared chunks, or rehearse it, and count what happened. See `feedback.pipeline`."""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import sqlalchemy as sa

from feedback.schema import Reject
from feedback.store import Store

if TYPE_CHECKING:
    from feedback.ingest import Chunk
    from feedback.prepare import Prepared
    from feedback.redact.pseudonyms import KnownNumber
    from feedback.runs import Run

__all__ = ["IngestSummary", "Intake", "Rehearsal", "count_reasons", "target"]

MAX_TOLD_REJECTS = 20
"""Rejected rows that a summary names; all of them are in the store."""

MAX_WAITING_REJECTS = 100_000
"""Rejected rows remembered before the first usable one: until then nothing may be written."""


_ROW = re.compile(r"\brow \d+")


@dataclass
class IngestSummary:
    """What happened to a file. Counts of languages, empty answers and so on are of new comments.

    ``entities`` counts placeholders in texts; ``reasons`` counts rejected rows.
    """

    run_id: str
    dry_run: bool
    n_rows: int = 0
    n_comments: int = 0
    n_new: int = 0
    n_known: int = 0
    n_erased: int = 0
    n_empty: int = 0
    n_duplicates: int = 0
    n_rejected: int = 0
    rejects: list[Reject] = field(default_factory=list)
    reasons: dict[str, int] = field(default_factory=dict)
    entities: dict[str, int] = field(default_factory=dict)
    languages: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def count(self, chunk: Chunk, prepared: Prepared, n_new: int) -> None:
        """Count a chunk in."""
        comments = prepared.comments
        self.n_rows += chunk.n_rows
        self.n_comments += len(chunk.comments)
        self.n_new += n_new
        self.n_known += prepared.n_known + len(comments) - n_new
        self.n_erased += prepared.n_erased
        self.n_empty += int(comments["is_empty"].sum())
        self.n_duplicates += int(comments["duplicate_of"].notna().sum())
        self.n_rejected += len({reject.row for reject in prepared.rejects})
        self.rejects += prepared.rejects[: MAX_TOLD_REJECTS - len(self.rejects)]
        count_reasons(self.reasons, prepared.rejects)
        _count(self.entities, map(str, prepared.spans["entity"]))
        _count(self.languages, map(str, comments["language"]))
        self.notes += [note for note in dict.fromkeys(chunk.notes) if note not in self.notes]

    def no_usable_row(self, name: str) -> str:
        """Return the message for a file of this name of which nothing went in."""
        if not self.n_rows:
            return f"{name} has no rows. Nothing was changed."
        reasons = ", ".join(f"{n:,} {reason}" for reason, n in self.reasons.items())
        first = f"; the first is row {self.rejects[0].row}" if self.rejects else ""
        return (
            f"{name} has no usable row: {self.n_rows:,} read, {self.n_rejected:,} rejected "
            f"({reasons or 'no comment in any of them'}){first}. Nothing was changed."
        )


def count_reasons(counts: dict[str, int], rejects: Iterable[Reject]) -> None:
    """Add up rejects by reason; which row a reason names does not make it another reason."""
    _count(counts, (_ROW.sub("an earlier row", reject.reason) for reject in rejects))


def _count(counts: dict[str, int], values: Iterable[str]) -> None:
    for value, n in Counter(values).items():
        counts[value] = counts.get(value, 0) + n


class Intake:
    """Writes chunks; keeps rejects back until a first usable row makes the run worth a record."""

    def __init__(self, run: Run, target: Store | Rehearsal) -> None:
        self._run = run
        self._target = target
        self._waiting: list[Reject] = []
        self.is_begun = False

    def take(
        self,
        prepared: Prepared,
        *,
        also: Callable[[sa.Connection], None] | None = None,
        keeps_rejects: bool = False,
    ) -> int:
        """Write a chunk and return how many comments were new.

        Parameters
        ----------
        also
            Done in the same transaction.
        keeps_rejects
            Write what was rejected though nothing can be used: what comes next does not bring it
            again, as another look at a file does.
        """
        rejects = [*self._waiting, *prepared.rejects]
        is_usable = (
            len(prepared.comments)
            or len(prepared.responses)
            or prepared.n_known
            or prepared.n_erased
        )
        if not (self.is_begun or is_usable or keeps_rejects):
            self._waiting = rejects[:MAX_WAITING_REJECTS]
            return 0
        n_new = self._target.append(
            self._run,
            prepared.comments,
            prepared.responses,
            prepared.spans,
            prepared.bands,
            rejects,
            also=also,
        )
        self.is_begun, self._waiting = True, []
        return n_new

    def finish(self, summary: IngestSummary) -> None:
        """Write how the run ended."""
        self._target.finish_run(
            self._run.run_id,
            n_in=summary.n_rows,
            n_rejected=summary.n_rejected,
            seconds=summary.seconds,
        )


class Rehearsal:
    """Stands in for a store in a dry run: reads from it, and writes to one that is thrown away."""

    def __init__(self, store: Store, scratch: Store) -> None:
        self._store = store
        self._scratch = scratch
        self.append = scratch.append
        self.finish_run = scratch.finish_run

    def known_ids(self, comment_ids: Sequence[str]) -> set[str]:
        """Return which comments are in the store or came earlier in the rehearsal."""
        return self._store.known_ids(comment_ids) | self._scratch.known_ids(comment_ids)

    def known_numbers(self, response_ids: Sequence[str]) -> dict[str, list[KnownNumber]]:
        """Return the pseudonyms given before, in the store or earlier in the rehearsal."""
        found = self._store.known_numbers(response_ids)
        for response_id, numbers in self._scratch.known_numbers(response_ids).items():
            found.setdefault(response_id, []).extend(numbers)
        return found

    def near_candidates(self, service: str, keys: np.ndarray) -> dict[str, str]:
        """Return possible originals in the store and in the rehearsal."""
        before = self._store.near_candidates(service, keys)
        return before | self._scratch.near_candidates(service, keys)


@contextmanager
def target(store: Store, *, dry_run: bool) -> Iterator[Store | Rehearsal]:
    """Give what chunks are written to: the store, or in a dry run a stand-in."""
    if not dry_run:
        yield store
        return
    with (
        tempfile.TemporaryDirectory(prefix="feedback-dry-run-") as folder,  # for the owner alone
        Store.open(f"sqlite:///{Path(folder) / 'scratch.db'}") as scratch,
    ):
        yield Rehearsal(store, scratch)
