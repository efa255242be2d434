"""Code years of history into Parquet: the stages of ingest and enrichment, file in, files out.

Nothing goes into a store. A scratch one stands in, so that a row that comes twice is taken once and
duplicates point at their originals across chunks and files, as they do when files are ingested. It
is made anew from the finished parts at each start: the parts are all there is to keep.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow.parquet as pq

from feedback import ingest, schema
from feedback.backfill_summary import CODING, BackfillSummary, finish, finished
from feedback.coder import Coder
from feedback.duplicates import band_keys
from feedback.manifest import Manifest, file_facts, keep_or_check, key_mark, only_one
from feedback.parts import Part, part_rows, read_part, write_part
from feedback.prepare import Prepared, prepare
from feedback.runs import described, new_run, package_versions, redaction_facts
from feedback.schema import RedactionOperator, Reject
from feedback.stages import Stopwatch
from feedback.store import Enriched, Store

if TYPE_CHECKING:
    import numpy as np

    from feedback.history import HistoryFile
    from feedback.protocols import Classifier, Embedder, LanguageIdentifier, Redactor
    from feedback.reference import Reference
    from feedback.settings import Settings

__all__ = ["Backfill", "BackfillSummary"]

SCRATCH = "_scratch"

Chunks = Iterator[tuple[str, ingest.Chunk]]


class Backfill:
    """Works through files of history with parts that are loaded once.

    Parameters
    ----------
    id_key
        The store's, so that ids are those of a later ingest.
    source, service
        Stand in for a preset's source and for a missing service.
    """

    def __init__(
        self,
        *,
        id_key: bytes,
        redactor: Redactor,
        language: LanguageIdentifier,
        reference: Reference,
        embedder: Embedder,
        classifier: Classifier,
        settings: Settings,
        source: str | None = None,
        service: str | None = None,
    ) -> None:
        self._id_key = id_key
        self._redactor = redactor
        self._language = language
        self._reference = reference
        self._settings = settings
        self._source = source
        self._service = service
        self._watch = Stopwatch()
        self._coder = Coder(embedder, classifier, self._watch)
        self._codebook = classifier.codebook_version

    def work(
        self,
        files: Sequence[HistoryFile],
        out: Path,
        *,
        now: datetime,
        progress: Callable[[int], None] | None = None,
    ) -> BackfillSummary:
        """Write the coded comments of the files to ``out`` and return what happened.

        A part is one chunk of one file; its number follows from both. Finished parts are not
        worked on again, so a backfill that was broken off is finished by starting it again.

        Parameters
        ----------
        now
            Aware. Stands for the time of receipt; a backfill that was begun keeps its own.

        Raises
        ------
        SettingsError
            The folder holds something else, or a backfill of other input.
        IngestError
            A file cannot be read, or no row of any can be used.
        ModelError
            A model cannot be used; what is finished stays.
        """
        with only_one(out):
            now = keep_or_check(out, self._manifest(files, now))
            if (done := finished(out)) is not None:
                return done
            for rest in out.glob(".*.unfinished"):
                rest.unlink()
            summary = BackfillSummary(n_files=len(files))
            with _scratch_store(out) as scratch:
                pool = _Pool(scratch, self._settings, now)
                chunks = self._watch.timed("read", self._chunks(files, now))
                for number, (name, chunk) in enumerate(chunks, start=1):
                    path = out / f"part-{number:05d}.parquet"
                    if path.exists():
                        summary.n_finished_before += 1
                        self._remember(path, chunk, pool, now)
                    else:
                        self._make(path, name, chunk, pool, now)
                    summary.count(read_part(path))
                    if progress is not None:
                        progress(chunk.n_rows)
            summary.seconds = self._watch.rounded()
            finish(out, summary)
        return summary

    def _manifest(self, files: Sequence[HistoryFile], now: datetime) -> Manifest:
        settings = self._settings
        presets = [file.preset.model_dump_json() for file in files]
        return Manifest(
            started_at=now.isoformat(),
            files=file_facts([file.path for file in files]),
            settings={
                "presets": [key_mark(preset.encode()) for preset in presets],
                "source": self._source,
                "service": self._service,
                "day_first": settings.day_first,
                "chunk_rows": settings.chunk_rows,
                "seed": settings.seed,
            },
            models={
                **redaction_facts(self._redactor),
                "language": described(self._language),
                "codebook": self._codebook,
                **self._coder.models(),
            },
            versions=package_versions(),
            id_key=key_mark(self._id_key),
        )

    def _chunks(self, files: Sequence[HistoryFile], now: datetime) -> Chunks:
        for file in files:
            chunks = ingest.read(
                file.path,
                file.preset,
                id_key=self._id_key,
                now=now,
                chunk_rows=self._settings.chunk_rows,
                source=self._source,
                service=self._service,
                reference=self._reference,
                day_first=None if self._settings.day_first else False,
            )
            for chunk in chunks:
                yield str(file.path), chunk

    def _remember(self, path: Path, chunk: ingest.Chunk, pool: _Pool, now: datetime) -> None:
        """Take a finished part into the pool.

        Parts hold no marks of pseudonyms, so where values are numbered the chunk is redacted again:
        that gives the same numbers, and responses go on counting in the chunks to come.
        """
        if getattr(self._redactor, "operator", None) is RedactionOperator.PSEUDONYM:
            prepared = self._prepare(chunk, pool, now)
            pool.add(prepared.comments, prepared.bands, prepared.spans)
        else:
            pool.add_part(path)

    def _prepare(self, chunk: ingest.Chunk, pool: _Pool, now: datetime) -> Prepared:
        return prepare(
            chunk,
            redactor=self._redactor,
            language=self._language,
            known_ids=pool.known_ids,
            known_numbers=pool.known_numbers,
            near_candidates=pool.near_candidates,
            received_at=now,
            watch=self._watch,
        )

    def _make(self, path: Path, name: str, chunk: ingest.Chunk, pool: _Pool, now: datetime) -> None:
        """Do a chunk's work and write its part."""
        prepared = self._prepare(chunk, pool, now)
        enriched, failures = self._code(prepared.comments)
        row_of = dict(zip(chunk.comments["comment_id"], chunk.comments["row"], strict=True))
        uncoded = [Reject(int(row_of[at]), CODING, why) for at, why in failures.items()]
        comments = prepared.comments
        part = Part(
            file=name,
            n_rows=chunk.n_rows,
            n_comments=len(comments),
            n_known=prepared.n_known,
            n_empty=int(comments["is_empty"].sum()),
            n_duplicates=int(comments["duplicate_of"].notna().sum()),
            rejects=[*prepared.rejects, *uncoded],
            notes=chunk.notes,
        )
        with self._watch.time("write"):
            rows = part_rows(comments, prepared.responses, prepared.spans, enriched)
            write_part(path, part, rows)
            pool.add(comments, prepared.bands, prepared.spans)

    def _code(self, comments: pd.DataFrame) -> tuple[dict[str, Enriched], dict[str, str]]:
        """Return what was found of each comment, and why nothing was found of the others."""
        enriched: dict[str, Enriched] = {}
        failures: dict[str, str] = {}
        step = self._settings.batch_comments
        comments = comments.assign(n_attempts=0)  # as a worker claims them
        for start in range(0, len(comments), step):
            coded, failed = self._coder.code(comments.iloc[start : start + step])
            enriched |= {one.comment_id: one for one in coded}
            failures |= failed
        return enriched, failures


class _Pool:
    """The comments so far, to know repeats and duplicates by."""

    def __init__(self, scratch: Store, settings: Settings, now: datetime) -> None:
        self._scratch = scratch
        self._run = new_run("backfill", settings, now=now)
        self.known_ids = scratch.known_ids
        self.known_numbers = scratch.known_numbers
        self.near_candidates = scratch.near_candidates

    def add(
        self, comments: pd.DataFrame, bands: np.ndarray, spans: pd.DataFrame | None = None
    ) -> None:
        responses = pd.DataFrame({"submitted_at": pd.to_datetime([], utc=True)})
        known = pd.DataFrame(columns=["comment_id"]) if spans is None else spans
        if len(comments):
            self._scratch.append(self._run, comments, responses, known, bands, [])

    def add_part(self, path: Path) -> None:
        """Add the comments of a part that was finished before."""
        names = list(schema.PREPARED_COMMENT_COLUMNS)
        comments = pq.ParquetFile(path).read(columns=names).to_pandas().assign(extra=None)
        self.add(comments, band_keys(comments["text"].tolist()))


@contextmanager
def _scratch_store(out: Path) -> Iterator[Store]:
    """Give an empty store beside the parts, where there is room for them; it goes afterwards."""
    folder = out / SCRATCH
    shutil.rmtree(folder, ignore_errors=True)  # of a backfill that was killed
    try:
        with Store.open(f"sqlite:///{folder / 'scratch.db'}") as scratch:
            yield scratch
    finally:
        shutil.rmtree(folder, ignore_errors=True)
