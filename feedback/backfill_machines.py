"""A backfill by many processes: Dask shares out the chunks, this process keeps them in order.

The work on a chunk (clean, redact, language, vectors, codes) needs that chunk alone and is done by
workers; what depends on the order of rows (what came before, duplicates, pseudonyms) is cheap and
is done here, chunk by chunk:

1. Read all rows for their ids and give each chunk to a worker as a plan: file, place, ids. No text.
2. A worker reads its chunk, does the work, keeps the result, and tells what of it is needed here:
   ids, services, redacted texts and keys of duplicates.
3. In the order of the chunks: see that what the worker took for known was so (else it does the
   chunk again), mark duplicates, and have a worker write the part.

A result that went down with its worker is worked out again by Dask; a part is written whole or not
at all, and whoever writes it twice writes the same. No exception travels: one that came out of a
library may quote a comment, so a worker gives back the name of its class.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from feedback import errors
from feedback.backfill import add_part
from feedback.backfill_errands import Errand, Facts, Trouble, tell, work_on, write
from feedback.backfill_pool import Pool
from feedback.backfill_rows import Plan, ids_mark, planned
from feedback.duplicates import mark
from feedback.ids import RowIds
from feedback.parts import Part, part_name, read_part
from feedback.runs import package_versions

if TYPE_CHECKING:
    from feedback.backfill_cluster import Crew
    from feedback.backfill_places import PartFolder
    from feedback.backfill_work import Station
    from feedback.history import HistoryFile

    OpenCrew = Callable[
        [Callable[[], Station], Mapping[str, Mapping[str, str]]], AbstractContextManager[Crew]
    ]

__all__ = ["Machines"]

CHUNKS_AHEAD = 2
"""Chunks given out for each worker, and as many more: enough that none waits for the order."""

_TELL, _WRITE = 1_000_000_000, 2_000_000_000
"""Priorities: what is done is told and written before more is begun."""


@dataclass
class _Given:
    """A chunk that was given out, or that needs no work: then there is no result to come."""

    plan: Plan
    errand: Errand
    is_finished: bool
    waits: bool
    coded: Any = None
    facts: Any = None


class Machines:
    """Has the chunks worked on by a crew; see `feedback.backfill.Labour`.

    Parameters
    ----------
    open_crew
        Gives the crew; see `feedback.backfill_cluster`.
    load
        Loads the place of work in a worker, for a time of receipt; can be pickled.
    """

    def __init__(self, open_crew: OpenCrew, load: Callable[[datetime], Station]) -> None:
        self._open_crew = open_crew
        self._load = load

    def work(
        self,
        station: Station,
        files: Sequence[HistoryFile],
        out: PartFolder,
        finished_parts: frozenset[str],
        told: Callable[[int, Part], None],
    ) -> None:
        """Write the part of each chunk that has none yet."""
        load = partial(self._load, station.reading.now)
        expected = {"models": station.models(), "versions": package_versions()}
        with self._open_crew(load, expected) as crew, Pool() as pool:
            order = _InOrder(crew, station, out, pool, told)
            try:
                for given in _errands(station, files, finished_parts):
                    order.give(given)
                order.settle_all()
            finally:
                order.close()


def _errands(
    station: Station, files: Sequence[HistoryFile], finished_parts: frozenset[str]
) -> Iterator[_Given]:
    """Yield what there is to do, with a good guess at what will be known by then."""
    comments, responses = RowIds(b"", ""), RowIds(b"", "")
    try:
        for plan, _ in station.watch.timed("read", planned(files, station.reading)):
            is_finished = part_name(plan.number) in finished_parts
            known = tuple(one for one in plan.comment_ids if comments.first_row(one, 1))
            waits = False
            if station.is_numbering:  # a response goes on counting where its first chunk stopped
                came_before = [responses.first_row(one, 1) for one in plan.response_ids]
                waits = any(came_before)
            errand = Errand(plan, known, {}, is_coded=not is_finished)
            yield _Given(plan, errand, is_finished, waits)
    finally:
        comments.close()
        responses.close()


class _InOrder:
    """Gives out chunks ahead and settles them one after the other."""

    def __init__(
        self,
        crew: Crew,
        station: Station,
        out: PartFolder,
        pool: Pool,
        told: Callable[[int, Part], None],
    ) -> None:
        self._crew = crew
        self._station = station
        self._out = out
        self._pool = pool
        self._told = told
        self._waiting: deque[_Given] = deque()
        self._written: deque[tuple[int, Any]] = deque()

    def give(self, given: _Given) -> None:
        """Give a chunk out, and settle others when enough are out."""
        if not given.waits and not self._needs_no_work(given):
            self._submit(given)
        self._waiting.append(given)
        while len(self._waiting) > CHUNKS_AHEAD * (self._crew.n_workers() + 1):
            self._settle(self._waiting.popleft())

    def settle_all(self) -> None:
        """Settle what is out, and see all of it written."""
        while self._waiting:
            self._settle(self._waiting.popleft())
        while self._written:
            self._tell_written()

    def close(self) -> None:
        """Take back what is still out."""
        futures = [one for given in self._waiting for one in (given.coded, given.facts) if one]
        self._crew.forget([*futures, *(future for _, future in self._written)])

    def _needs_no_work(self, given: _Given) -> bool:
        return given.is_finished and not self._station.is_numbering

    def _submit(self, given: _Given) -> None:
        number = given.plan.number
        given.coded = self._crew.submit(work_on, given.errand, priority=-number)
        given.facts = self._crew.submit(tell, given.coded, priority=_TELL - number)

    def _settle(self, given: _Given) -> None:
        number, name = given.plan.number, part_name(given.plan.number)
        if self._needs_no_work(given):
            add_part(self._pool, self._out, name)
            self._told(number, read_part(self._out, name))
            return
        facts = self._facts_in_order(given)
        watch = self._station.watch
        with watch.time("order"):
            comments = facts.comments
            comments["duplicate_of"] = mark(comments, facts.bands, self._pool.near_candidates)
            self._pool.add(comments, facts.bands, facts.numbers)
        if given.is_finished:
            self._told(number, read_part(self._out, name))
            return
        marks = comments["duplicate_of"].tolist()
        duplicates = {place: one for place, one in enumerate(marks) if one is not None}
        future = self._crew.submit(
            write, given.coded, given.plan, duplicates, self._out, priority=_WRITE - number
        )
        self._written.append((number, future))
        while len(self._written) > CHUNKS_AHEAD * (self._crew.n_workers() + 1):
            self._tell_written()

    def _facts_in_order(self, given: _Given) -> Facts:
        """Return what a worker told, once it knew what there was to know."""
        known = self._pool.known_ids(given.plan.comment_ids)
        numbers = self._pool.known_numbers(given.plan.response_ids) if given.waits else {}
        if given.facts is None or known != set(given.errand.known):
            in_order = tuple(one for one in given.plan.comment_ids if one in known)
            given.errand = Errand(given.plan, in_order, numbers, is_coded=not given.is_finished)
            self._submit(given)
        with self._station.watch.time("wait"):
            facts: Facts = _raised(self._crew.result(given.facts))
        if facts.ids_mark != ids_mark(given.plan.comment_ids):
            raise errors.SettingsError(
                f"{given.plan.file.path} is not the same file for a worker and here."
            )
        for stage, seconds in facts.seconds.items():
            self._station.watch.seconds[stage] += seconds
        return facts

    def _tell_written(self) -> None:
        number, future = self._written.popleft()
        with self._station.watch.time("wait"):
            part = _raised(self._crew.result(future))
        self._told(number, part)


def _raised(result: Any) -> Any:
    """Return a result, or raise what went wrong on a worker as it would be raised here."""
    if isinstance(result, Trouble):
        kind = getattr(errors, result.kind, None)
        if kind is None or not issubclass(kind, errors.FeedbackError):
            raise errors.UnexpectedError(
                f"The work on {result.where} failed on a worker ({result.kind}); "
                "what is finished stays."
            )
        raise kind(result.message)
    return result
