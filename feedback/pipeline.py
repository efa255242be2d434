"""The order of work, written once.

``ingest_file``: read, clean, redact, find the language, mark duplicates, store. ``enrich``: claim,
embed, classify, complete. Both take their parts as protocols, and both can be killed at any moment
and started again: a chunk or a batch is in the store whole or not at all.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from feedback import ingest
from feedback.coder import Coder
from feedback.errors import NoUsableRowError, StoreError
from feedback.intake import IngestSummary, Intake, target
from feedback.prepare import prepare
from feedback.runs import described, new_run, redaction_facts
from feedback.stages import Stopwatch
from feedback.workers import worker_name

if TYPE_CHECKING:
    from feedback.mapping import Preset
    from feedback.protocols import Classifier, Embedder, LanguageIdentifier, Redactor
    from feedback.reference import Reference
    from feedback.settings import Settings
    from feedback.store import Store

__all__ = ["EnrichSummary", "IngestSummary", "Progress", "enrich", "ingest_file", "prepare"]

Progress = Callable[[int], None]
"""Told how many rows or comments were done since it was last told."""


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
    models = {**redaction_facts(redactor), "language": described(language)}
    run = new_run("ingest", settings, now=now, models=models, source=source or preset.source)
    summary = IngestSummary(run_id=run.run_id, dry_run=dry_run)
    watch = Stopwatch()
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
                watch=watch,
            )
            with watch.time("store"):
                n_new = intake.take(prepared)
            summary.count(chunk, prepared, n_new)
            if progress is not None:
                progress(chunk.n_rows)
        summary.seconds = watch.rounded()
        if not intake.is_begun:
            raise NoUsableRowError(summary.no_usable_row(Path(path).name))
        intake.finish(summary)
    return summary


@dataclass
class EnrichSummary:
    """What became of the comments that waited."""

    run_id: str | None = None
    n_enriched: int = 0
    n_empty: int = 0
    n_failed: int = 0
    n_reclaimed: int = 0
    seconds: dict[str, float] = field(default_factory=dict)


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
    worker = worker or worker_name()
    watch = Stopwatch()
    limit = settings.max_attempts
    n_reclaimed, n_failed = store.reclaim(settings.claim_seconds, max_attempts=limit)
    summary = EnrichSummary(n_reclaimed=n_reclaimed, n_failed=n_failed)
    coder = Coder(embedder, classifier, watch)
    try:
        while True:
            with watch.time("store"):
                batch = store.claim(worker, settings.batch_comments, max_attempts=limit)
            if batch.empty:
                break
            summary.run_id = summary.run_id or store.start_run(
                "enrich", settings, models=coder.models(), codebook=classifier.codebook_version
            )
            enriched, failures = coder.code(batch)
            with watch.time("store"):
                summary.n_enriched += store.complete(worker, enriched)
                for comment_id, reason in failures.items():
                    summary.n_failed += store.fail(worker, comment_id, reason, max_attempts=limit)
            summary.n_empty += int(batch["is_empty"].sum())
            if progress is not None:
                progress(len(enriched))
    except BaseException:
        with suppress(StoreError):  # the store itself may be what failed; claims run out anyway
            store.release(worker)
        raise
    summary.seconds = watch.rounded()
    if summary.run_id is not None:
        n_in = summary.n_enriched + summary.n_failed
        store.finish_run(
            summary.run_id, n_in=n_in, n_rejected=summary.n_failed, seconds=summary.seconds
        )
    return summary
