"""Code years of history into Parquet: the stages of ingest and enrichment, file in, files out.

Nothing goes into a store. What a store would know (which rows come twice, what is a duplicate of
what) is kept beside for as long as it takes, across chunks and files, as when files are ingested.
It is made anew from the finished parts at each start: the parts are all there is to keep.

The chunks are worked on here, one after the other, or by many machines at the same time
(`feedback.backfill_machines`): the parts are the same, byte for byte.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from feedback.backfill_places import UNFINISHED, PartFolder, folder_at
from feedback.backfill_pool import Pool
from feedback.backfill_rows import Reading, planned
from feedback.backfill_summary import BackfillSummary, finish, finished
from feedback.backfill_work import Station, finish_part
from feedback.duplicates import N_BANDS, band_keys
from feedback.manifest import Manifest, file_facts, keep_or_check, key_mark
from feedback.parts import Part, is_part, part_name, read_comments, read_part
from feedback.runs import package_versions

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from feedback.history import HistoryFile
    from feedback.protocols import Classifier, Embedder, LanguageIdentifier, Redactor
    from feedback.reference import Reference
    from feedback.settings import Settings

__all__ = ["Backfill", "BackfillSummary", "Labour", "add_part"]

Progress = Callable[[int], None]


class Labour(Protocol):
    """Who works on the chunks."""

    def work(
        self,
        station: Station,
        files: Sequence[HistoryFile],
        out: PartFolder,
        finished_parts: frozenset[str],
        told: Callable[[int, Part], None],
    ) -> None:
        """Write the part of each chunk that has none yet; tell each part with its number."""
        ...


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
        self._reference = reference
        self._settings = settings
        self._source = source
        self._service = service
        self._parts = {
            "redactor": redactor,
            "language": language,
            "embedder": embedder,
            "classifier": classifier,
        }

    def station(self, now: datetime) -> Station:
        """Return the place of work of this process; ``now`` stands for the time of receipt."""
        settings = self._settings
        reading = Reading(
            id_key=self._id_key,
            now=now,
            chunk_rows=settings.chunk_rows,
            source=self._source,
            service=self._service,
            reference=self._reference,
            day_first=None if settings.day_first else False,
        )
        return Station(reading=reading, batch_comments=settings.batch_comments, **self._parts)  # type: ignore[arg-type]

    def work(
        self,
        files: Sequence[HistoryFile],
        out: Path | str,
        *,
        now: datetime,
        progress: Progress | None = None,
        labour: Labour | None = None,
    ) -> BackfillSummary:
        """Write the coded comments of the files to ``out`` and return what happened.

        A part is one chunk of one file; its number follows from both. Finished parts are not
        worked on again, so a backfill that was broken off is finished by starting it again.

        Parameters
        ----------
        out
            A folder or a URL of one.
        now
            Aware. Stands for the time of receipt; a backfill that was begun keeps its own.
        labour
            Who works on the chunks; by default this process.

        Raises
        ------
        SettingsError
            The folder holds something else, or a backfill of other input.
        IngestError
            A file cannot be read, or no row of any can be used.
        ModelError
            A model cannot be used; what is finished stays.
        """
        folder = folder_at(out)
        with folder.alone():
            now = keep_or_check(folder, self._manifest(files, self.station(now)))
            if (done := finished(folder)) is not None:
                return done
            names = folder.names()
            for name in names:
                if name.endswith(UNFINISHED):
                    folder.remove(name)
            station = self.station(now)
            before = frozenset(filter(is_part, names))
            parts: dict[int, Part] = {}

            def told(number: int, part: Part) -> None:
                parts[number] = part
                if progress is not None:
                    progress(part.n_rows)

            (labour or _ThisProcess()).work(station, files, folder, before, told)
            summary = BackfillSummary(n_files=len(files))
            summary.n_finished_before = sum(part_name(number) in before for number in parts)
            for _, part in sorted(parts.items()):
                summary.count(part)
            summary.seconds = station.watch.rounded()
            finish(folder, summary)
        return summary

    def _manifest(self, files: Sequence[HistoryFile], station: Station) -> Manifest:
        settings = self._settings
        presets = [file.preset.model_dump_json() for file in files]
        return Manifest(
            started_at=station.reading.now.isoformat(),
            files=file_facts([file.path for file in files]),
            settings={
                "presets": [key_mark(preset.encode()) for preset in presets],
                "source": self._source,
                "service": self._service,
                "day_first": settings.day_first,
                "chunk_rows": settings.chunk_rows,
                "seed": settings.seed,
            },
            models=station.models(),
            versions=package_versions(),
            id_key=key_mark(self._id_key),
        )


class _ThisProcess:
    """Works on the chunks here, one after the other."""

    def work(
        self,
        station: Station,
        files: Sequence[HistoryFile],
        out: PartFolder,
        finished_parts: frozenset[str],
        told: Callable[[int, Part], None],
    ) -> None:
        """Write the part of each chunk that has none yet."""
        with Pool() as pool:
            for plan, chunk in station.watch.timed("read", planned(files, station.reading)):
                name = part_name(plan.number)
                is_finished = name in finished_parts
                if is_finished and not station.is_numbering:
                    add_part(pool, out, name)
                    told(plan.number, read_part(out, name))
                    continue
                # Parts hold no marks of pseudonyms, so where values are numbered the chunk is
                # redacted again: that gives the same numbers, and responses go on counting.
                coded = station.work(
                    chunk,
                    known_ids=pool.known_ids,
                    known_numbers=pool.known_numbers,
                    near_candidates=pool.near_candidates,
                    is_coded=not is_finished,
                )
                with station.watch.time("write"):
                    part = read_part(out, name) if is_finished else finish_part(out, plan, coded)
                    done = coded.prepared
                    pool.add(
                        done.comments, done.bands, done.spans if station.is_numbering else None
                    )
                told(plan.number, part)


def add_part(pool: Pool, out: PartFolder, name: str) -> None:
    """Add the comments of a finished part to a pool."""
    wanted = ("comment_id", "service", "text", "is_empty", "duplicate_of")
    comments = read_comments(out, name, wanted)
    pool.add(comments, standing_keys(comments))


def standing_keys(comments: pd.DataFrame) -> np.ndarray:
    """Return the keys of the comments that others can be duplicates of; none of the others.

    As `feedback.duplicates.band_keys`: ndarray of shape (n_comments, N_BANDS), int64.
    """
    import numpy as np

    stands = (comments["duplicate_of"].isna() & ~comments["is_empty"].astype(bool)).to_numpy()
    keys = np.zeros((len(comments), N_BANDS), dtype=np.int64)
    if stands.any():
        keys[stands] = band_keys(comments["text"][stands].tolist())
    return keys
