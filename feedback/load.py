"""Put the parts of a backfill into the store, coded as they are.

A part is one transaction: its comments with their codes and all that follows from them, so that no
reader sees one without the other. What is in the store is passed over, so a load that was broken
off is finished by starting it again, and ends as if it had not been. It gives what an ingest of the
same files, with enrichment, gives.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import sqlalchemy as sa

from feedback import schema, standing, tallies, writes
from feedback.backfill_places import PartFolder, folder_at
from feedback.backfill_summary import SUCCESS
from feedback.database import count_anew
from feedback.duplicates import band_keys, mark
from feedback.erased import erased_ids
from feedback.errors import SettingsError
from feedback.load_rows import LoadedPart, comment_ids, insert_many, read_rows
from feedback.manifest import Manifest, key_mark, read_manifest
from feedback.parts import Part, is_part, read_part, rest_name
from feedback.runs import Run, new_run
from feedback.stages import Stopwatch

if TYPE_CHECKING:
    from datetime import datetime

    from feedback.settings import Settings
    from feedback.store import Store

__all__ = ["LoadSummary", "load_parts"]

Progress = Callable[[int], None]


@dataclass
class LoadSummary:
    """What became of the parts.

    ``n_known`` comments were in the store, ``n_erased`` belong to erased responses and were left
    out, ``n_uncoded`` came without codes and wait for a worker.
    """

    n_parts: int = 0
    n_comments: int = 0
    n_new: int = 0
    n_known: int = 0
    n_erased: int = 0
    n_uncoded: int = 0
    n_rejected: int = 0
    seconds: dict[str, float] = field(default_factory=dict)


def load_parts(
    store: Store,
    out: Path | str,
    *,
    settings: Settings,
    now: Callable[[], datetime],
    progress: Progress | None = None,
) -> LoadSummary:
    """Put the parts in a folder or at a URL into the store and return what happened.

    Raises
    ------
    SettingsError
        There is no backfill, it is not finished, or it was made for another store.
    """
    folder = folder_at(out)
    manifest = _checked(store, folder)
    return _Load(store, folder, manifest, settings, now).all(progress or (lambda _: None))


def _checked(store: Store, folder: PartFolder) -> Manifest:
    manifest = read_manifest(folder)
    if not folder.exists(SUCCESS):
        raise SettingsError(
            f"The backfill in {folder} is not finished. Give its command again first."
        )
    if manifest.id_key != key_mark(store.id_key()):
        raise SettingsError(
            f"The backfill in {folder} was made for another store: ids would not fit. "
            "Name that store with --store, or do the backfill with this one."
        )
    return manifest


class _Load:
    """Loads the parts of one backfill."""

    def __init__(
        self,
        store: Store,
        folder: PartFolder,
        manifest: Manifest,
        settings: Settings,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._folder = folder
        self._manifest = manifest
        self._settings = settings
        self._now = now
        self._watch = Stopwatch()
        self._summary = LoadSummary()
        self._run: tuple[str, Run, int, int] | None = None

    def all(self, progress: Progress) -> LoadSummary:
        """Load what is not there yet."""
        is_alone = self._is_alone()
        names = sorted(filter(is_part, self._folder.names()), key=lambda name: (len(name), name))
        for name in names:
            with self._watch.time("read"):
                part = read_part(self._folder, name)
                ids = comment_ids(self._folder, name)
                known = self._store.known_ids(ids)
            self._count(part, len(known))
            if len(known) < len(ids) or self._has_rest(name) or part.rejects:
                self._load(name, part, is_alone)
            progress(part.n_comments)
        self._end_run()
        with self._watch.time("counts"):
            tallies.refresh_tallies(self._store)
            with self._store.quietly_changing() as connection:
                count_anew(connection, schema.comments, schema.codings, schema.standing_codes)
        self._summary.seconds = self._watch.rounded()
        return self._summary

    def _has_rest(self, name: str) -> bool:
        return self._folder.exists(rest_name(name))

    def _is_alone(self) -> bool:
        """Return whether all comments in the store are of this backfill.

        Then the marks of duplicates in the parts hold; else older comments may be the originals,
        and the marks are made anew.
        """
        received = pd.Timestamp(self._manifest.started_at).to_pydatetime()
        others = sa.select(
            sa.exists().where(schema.comments.c.received_at != received).label("there")
        )
        return not bool(self._store.read(others)["there"].iloc[0])

    def _load(self, name: str, part: Part, is_alone: bool) -> None:
        with self._watch.time("read"):
            rows = read_rows(self._folder, name)
        with self._watch.time("duplicates"):
            rows, bands = self._marked(rows, is_alone)
        erased = erased_ids(self._store, rows.responses["response_id"].tolist())
        self._summary.n_erased += int(rows.comments["response_id"].isin(list(erased)).sum())
        run = self._run_of(part)
        with self._watch.time("store"), self._store.changing() as connection:
            there = writes.known(
                connection, schema.comments.c.comment_id, rows.comments["comment_id"].tolist()
            )
            writes.insert_run(connection, run)
            writes.insert_rejects(connection, run.run_id, part.rejects)
            n_new = writes.append(
                connection,
                rows.comments,
                rows.responses,
                rows.spans,
                bands,
                redactor=self._manifest.models.get("redactor"),
                found=rows.found,
                insert=insert_many,
            )
            self._finish(connection, rows, there, erased)
        self._summary.n_new += n_new

    def _finish(
        self, connection: sa.Connection, rows: LoadedPart, there: set[str], erased: set[str]
    ) -> None:
        """Write the codes of the comments that are new, and what follows from them."""
        is_erased = rows.comments["response_id"].isin(list(erased))
        is_new = ~rows.comments["comment_id"].isin(list(there)) & ~is_erased
        new = dict.fromkeys(rows.comments["comment_id"][is_new])
        at = self._now()
        coded = [{**row, "at": at} for row in rows.codings if row["comment_id"] in new]
        insert_many(connection, schema.codings, coded)
        standing.renew(connection, [one for one in new if one in rows.coded])
        days = {*rows.comments["day"], *rows.responses["day"]}
        tallies.mark_days(connection, days)
        self._summary.n_uncoded += sum(one not in rows.coded for one in new)

    def _marked(self, rows: LoadedPart, is_alone: bool) -> tuple[LoadedPart, Any]:
        """Return the rows with marks of duplicates that hold in this store, and the keys."""
        comments = rows.comments
        bands = band_keys(comments["text"].tolist())
        if is_alone:
            return rows, bands
        known = self._store.known_ids(comments["comment_id"].tolist())
        is_new = ~comments["comment_id"].isin(list(known)).to_numpy(dtype=bool)
        new = comments[is_new].reset_index(drop=True)
        new["duplicate_of"] = mark(new, bands[is_new], self._store.near_candidates)
        return (
            replace(rows, comments=new),
            bands[is_new],
        )

    def _count(self, part: Part, n_known: int) -> None:
        self._summary.n_parts += 1
        self._summary.n_comments += part.n_comments
        self._summary.n_known += n_known
        self._summary.n_rejected += len({reject.row for reject in part.rejects})

    # One run for each file, as in an ingest: rejected rows are numbered by file.

    def _run_of(self, part: Part) -> Run:
        if self._run is None or self._run[0] != part.file:
            self._end_run()
            run = new_run(
                "load",
                self._settings,
                now=self._now(),
                models=dict(self._manifest.models),
                codebook=self._manifest.models.get("codebook"),
                source=self._manifest.settings.get("source"),
            )
            self._run = part.file, run, 0, 0
        file, run, n_in, n_rejected = self._run
        n_out = len({reject.row for reject in part.rejects})
        self._run = file, run, n_in + part.n_rows, n_rejected + n_out
        return run

    def _end_run(self) -> None:
        if self._run is not None:
            _, run, n_in, n_rejected = self._run
            self._store.finish_run(run.run_id, n_in=n_in, n_rejected=n_rejected)
            self._run = None
