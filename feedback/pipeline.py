"""The order of work, written once.

``ingest_file``: read, clean, redact, find the language, mark duplicates, store. ``enrich``: claim,
embed, classify, complete. Both take their parts as protocols, and both can be killed at any moment
and started again: a chunk or a batch is in the store whole or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from feedback import ingest
from feedback.enrichment import Enrichment, EnrichSummary
from feedback.erased import erased_ids
from feedback.errors import NoUsableRowError
from feedback.intake import IngestSummary, Intake, target
from feedback.prepare import prepare
from feedback.runs import described, new_run, redaction_facts
from feedback.stages import Stopwatch

if TYPE_CHECKING:
    import sqlalchemy as sa

    from feedback.ingest import Chunk
    from feedback.mapping import Preset
    from feedback.prepare import Prepared
    from feedback.protocols import Classifier, Embedder, LanguageIdentifier, Redactor
    from feedback.reference import Reference
    from feedback.settings import Settings
    from feedback.store import Store

__all__ = [
    "Beside",
    "EnrichSummary",
    "IngestSummary",
    "Progress",
    "enrich",
    "ingest_chunks",
    "ingest_file",
    "prepare",
]

Progress = Callable[[int], None]
"""Told how many rows or comments were done since it was last told."""

Beside = Callable[["Chunk", "Prepared"], "Callable[[sa.Connection], None] | None"]
"""Gives what else is written in the transaction of a chunk."""


def ingest_file(
    path: Path,
    preset: Preset,
    *,
    store: Store,
    redactor: Redactor,
    language: LanguageIdentifier,
    reference: Reference,
    settings: Settings,
    now: datetime,
    dry_run: bool = False,
    progress: Progress | None = None,
    source: str | None = None,
    service: str | None = None,
) -> IngestSummary:
    """Bring a file's comments into the store, redacted, and return what happened.

    Each chunk of rows is one transaction, so a file larger than memory works, and a file that was
    broken off is finished by ingesting it again: what is there already is passed over.

    Parameters
    ----------
    dry_run
        Do the same work and write nothing.
    source, service
        Stand in for the preset's source and for a missing service.

    Raises
    ------
    NoUsableRowError
        No row could be used; nothing was written, not even that it was tried.
    IngestError
        The file cannot be read.
    """
    chunks = ingest.read(
        path,
        preset,
        id_key=store.id_key(),
        now=now,
        chunk_rows=settings.chunk_rows,
        source=source,
        service=service,
        reference=reference,
        day_first=None if settings.day_first else False,
    )
    return ingest_chunks(
        chunks,
        name=Path(path).name,
        source=source or preset.source,
        store=store,
        redactor=redactor,
        language=language,
        settings=settings,
        now=now,
        dry_run=dry_run,
        progress=progress,
    )


def ingest_chunks(
    chunks: Iterable[Chunk],
    *,
    name: str,
    source: str,
    store: Store,
    redactor: Redactor,
    language: LanguageIdentifier,
    settings: Settings,
    now: datetime,
    dry_run: bool = False,
    progress: Progress | None = None,
    beside: Beside | None = None,
    keeps_rejects: bool = False,
) -> IngestSummary:
    """Bring raw chunks into the store, redacted, wherever they come from; see `ingest_file`.

    Parameters
    ----------
    name, source
        What messages call it, and where it comes from.
    beside
        Gives, for each chunk, what else is written in its transaction; or nothing.
    keeps_rejects
        Write what was rejected though no row can be used.

    Raises
    ------
    NoUsableRowError
        No row could be used; nothing was written.
    """
    models = {**redaction_facts(redactor), "language": described(language)}
    run = new_run("ingest", settings, now=now, models=models, source=source)
    summary = IngestSummary(run_id=run.run_id, dry_run=dry_run)
    watch = Stopwatch()
    with target(store, dry_run=dry_run) as goal:
        intake = Intake(run, goal)
        for chunk in watch.timed("read", chunks):
            prepared = prepare(
                chunk,
                redactor=redactor,
                language=language,
                known_ids=goal.known_ids,
                known_numbers=goal.known_numbers,
                near_candidates=goal.near_candidates,
                received_at=now,
                erased_ids=partial(erased_ids, store),
                watch=watch,
            )
            also = beside(chunk, prepared) if beside is not None else None
            with watch.time("store"):
                n_new = intake.take(prepared, also=also, keeps_rejects=keeps_rejects)
            summary.count(chunk, prepared, n_new)
            if progress is not None:
                progress(chunk.n_rows)
        summary.seconds = watch.rounded()
        if not intake.is_begun:
            raise NoUsableRowError(summary.no_usable_row(name))
        intake.finish(summary)
    return summary


def enrich(
    store: Store,
    embedder: Embedder,
    classifier: Classifier,
    *,
    settings: Settings,
    progress: Progress | None = None,
    worker: str | None = None,
) -> EnrichSummary:
    """Code all comments that wait, batch by batch, and return what came out.

    What raises in a batch is tried comment by comment; a comment that fails is tried again later
    and set aside after ``settings.max_attempts``. On a stop or a systematic fault the claims are
    given back; after a crash the next worker takes them back.

    Raises
    ------
    ModelError
        A model cannot be used, or fails for all comments alike; nothing is held against them.
    """
    with Enrichment(store, embedder, classifier, settings=settings, worker=worker) as work:
        work.take_back()
        n_done = 0
        while len(work.batch()):
            if progress is not None:
                progress(work.summary.n_enriched - n_done)
            n_done = work.summary.n_enriched
    return work.summary
