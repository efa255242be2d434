"""One turn of a source: take its lease, ask it, and write down how it went."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from feedback import schema
from feedback.errors import FeedbackError, StoreError
from feedback.pull_files import pull_files
from feedback.pull_folder import pull_folder
from feedback.pull_lease import Lease, LostLeaseError, lease
from feedback.pull_query import pull_query
from feedback.pull_record import begin_turn, end_turn
from feedback.pull_sources import PullSource, sources_known, sources_of
from feedback.pull_work import Parts, PullWork, StoppedError, Tally
from feedback.schema import PullKind, PullOutcome

if TYPE_CHECKING:
    from feedback.settings import Settings
    from feedback.store import Store

__all__ = ["Turn", "take_turn"]

_PULL: dict[PullKind, Callable[[PullWork], None]] = {
    PullKind.FOLDER: pull_folder,
    PullKind.FILES: pull_files,
    PullKind.QUERY: pull_query,
}


@dataclass(frozen=True)
class Turn:
    """What became of a turn; no ``outcome``: it was another's, or nobody's any more."""

    name: str
    outcome: PullOutcome | None
    problem: str | None = None
    tally: Tally = field(default_factory=Tally)


def take_turn(
    store: Store,
    source: PullSource,
    parts: Parts,
    settings: Settings,
    *,
    clock: Callable[[], datetime],
    wait: Callable[[float], object],
    is_stopped: Callable[[], bool] = lambda: False,
    progress: Callable[[int], None] | None = None,
) -> Turn:
    """Ask a source for what is new and return what came of it.

    What is wrong with the source, or with what it gave, is part of the outcome and of the source's
    status: the others go on.

    Parameters
    ----------
    clock
        Tells the time, in UTC.
    wait
        Waits so many seconds; may be broken off.
    is_stopped
        Says whether to end as soon as what is being written is written.

    Raises
    ------
    StoreError
        The store cannot be used.
    """
    with lease(store, source.source_id) as held:
        if held is None:
            return Turn(source.name, None, "Another process is asking it now.")
        current = _current(store, source.source_id)
        if current is None:
            return Turn(source.name, None, "It was removed.")
        with store.quietly_changing() as connection:
            begin_turn(connection, source.source_id, clock())
        work = PullWork(
            store, current, held, parts, settings, clock, wait, is_stopped, progress=progress
        )
        try:
            outcome, problem = _pull(work)
            _end(store, held, source.source_id, outcome, problem, clock())
        except LostLeaseError as error:
            return Turn(source.name, None, str(error), work.tally)
        return Turn(source.name, outcome, problem, work.tally)


def _current(store: Store, source_id: str) -> PullSource | None:
    """Return a source as it is now that nobody else asks it."""
    query = sources_known().where(schema.pull_sources.c.source_id == source_id)
    found = sources_of(store.read(query))
    return found[0] if found else None


def _pull(work: PullWork) -> tuple[PullOutcome, str | None]:
    """Ask, and return how that ended, with the reason where it did not end well."""
    try:
        _PULL[work.source.kind](work)
    except (LostLeaseError, StoreError):
        raise
    except StoppedError as error:
        return PullOutcome.PARTLY, str(error)
    except FeedbackError as error:
        return PullOutcome.FAILED, str(error)
    except Exception as error:  # noqa: BLE001 - what it says could quote a comment
        return PullOutcome.FAILED, f"An unexpected {type(error).__name__} stopped it."
    failures = work.tally.failures
    if not failures:
        return PullOutcome.DONE, None
    reason = next(iter(failures.values()))
    if len(failures) == 1:
        return PullOutcome.PARTLY, reason
    return PullOutcome.PARTLY, f"{len(failures):,} files were not taken. The first: {reason}"


def _end(
    store: Store,
    held: Lease,
    source_id: str,
    outcome: PullOutcome,
    problem: str | None,
    now: datetime,
) -> None:
    def write(connection: sa.Connection) -> None:
        held.hold(connection)
        end_turn(connection, source_id, outcome, problem, now)

    with store.changing() as connection:
        write(connection)
