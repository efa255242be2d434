"""Do a fault so many times while messages come in, and reckon at the end."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from tests import postgres
from tests.faults import clock, disk, strikes
from tests.faults.cutting import cut_connections
from tests.faults.place import Place, Wanted, a_place
from tests.faults.reckoning import Reckoning, reckon
from tests.postgres import find_programs

__all__ = ["FAULTS", "Fault", "Outcome", "do_fault", "loaded", "missing_for"]

BOTH = ("sqlite", "postgresql")
RECOVERY_SECONDS = 60.0
CODED_SECONDS = 120.0
LOG_CHARACTERS = 2_000
QUIET_SECONDS = (0.2, 0.8)
"""Between one round and the next: never at the same moment of whatever goes in circles."""


@dataclass(frozen=True)
class Fault:
    """What is done, to which databases, and what it needs."""

    name: str
    told: str
    strike: Callable[[Place], float]
    databases: tuple[str, ...] = BOTH
    wanted: Wanted = field(default_factory=Wanted)


FAULTS = (
    Fault("server killed", "kill -9 of the server, started again", strikes.kill_server),
    Fault(
        "server stopped",
        "SIGTERM to the server, started again",
        strikes.stop_server,
        databases=("sqlite",),
    ),
    Fault("worker killed", "kill -9 of a worker in a batch, started again", strikes.kill_worker),
    Fault(
        "one of two workers killed",
        "kill -9 of a worker in a batch while another goes on",
        strikes.kill_worker,
        databases=("postgresql",),
        wanted=Wanted(n_workers=2),
    ),
    Fault(
        "two workers on one batch",
        "SIGSTOP of a worker in a batch until another took it back, then SIGCONT",
        strikes.suspend_worker,
        wanted=Wanted(n_workers=2),
    ),
    Fault(
        "PostgreSQL killed",
        "kill -9 of the postmaster and all its processes, started again",
        strikes.kill_postgres,
        databases=("postgresql",),
    ),
    Fault(
        "PostgreSQL suspended",
        "SIGSTOP of all its processes for 3 seconds",
        strikes.suspend_postgres,
        databases=("postgresql",),
    ),
    Fault(
        "everything killed",
        "kill -9 of everything at once, started again",
        strikes.kill_everything,
    ),
    Fault(
        "disk full",
        "the file system of the database filled to the last byte, then room made",
        strikes.fill_disk,
        wanted=Wanted(has_small_disk=True),
    ),
    Fault(
        "clock stepped",
        "the wall clock of server and worker +1 h, -1 h, and right again",
        strikes.step_clock,
        wanted=Wanted(has_clock=True),
    ),
    Fault(
        "connections cut",
        "24 connections reset, ended or slow in head, body or before the answer; and a fifth of "
        "all senders cut theirs within 60 ms and send again",
        cut_connections,
        wanted=Wanted(impatient_share=0.2),
    ),
)


@dataclass
class Outcome:
    """What so many rounds of one fault came to."""

    fault: str
    database: str
    times: int
    seconds_until_taken: list[float]
    seconds_until_coded: list[float]
    longest_answer_seconds: float
    n_without_retry_after: int
    n_version_fell: int
    reckoning: Reckoning

    @property
    def is_sound(self) -> bool:
        """Whether nothing was lost, doubled, left or refused, and nothing is damaged."""
        found = self.reckoning
        wrong = (
            found.n_lost,
            found.n_doubled,
            found.n_stored_unasked,
            found.n_not_coded,
            self.n_without_retry_after,
            self.n_version_fell,
            len(found.problems),
        )
        return not any(wrong)

    def as_dict(self) -> dict[str, Any]:
        """Return it for a file of figures."""
        return {
            "fault": self.fault,
            "database": self.database,
            "times": self.times,
            "is_sound": self.is_sound,
            **self.reckoning.as_dict(),
            "seconds_until_taken": _spread(self.seconds_until_taken),
            "seconds_until_coded": _spread(self.seconds_until_coded),
            "longest_answer_seconds": round(self.longest_answer_seconds, 2),
            "n_503_without_retry_after": self.n_without_retry_after,
            "n_version_fell": self.n_version_fell,
        }


def _spread(seconds: list[float]) -> dict[str, float]:
    return {
        "median": round(statistics.median(seconds), 2),
        "most": round(max(seconds), 2),
    }


@contextmanager
def _with_logs(place: Place) -> Iterator[None]:
    """Say with a failure what the programs wrote last."""
    try:
        yield
    except Exception as error:
        for program in place.programs:
            told = program.log.read_text(encoding="utf-8", errors="replace")[-LOG_CHARACTERS:]
            error.add_note(f"{program.log.name}, ended {program.exit_codes}: {told}")
        raise


def loaded(fault: Fault, per_second: float) -> Fault:
    """Return a fault under another load."""
    return replace(fault, wanted=replace(fault.wanted, per_second=per_second))


def missing_for(fault: Fault, database: str) -> str:
    """Return what this machine lacks for a fault, or nothing."""
    if database == "postgresql" and find_programs() is None:
        return postgres.ABSENT
    if fault.wanted.has_small_disk and not disk.can_mount():
        return disk.ABSENT
    if fault.wanted.has_clock and not clock.can_jump():
        return clock.ABSENT
    return ""


def do_fault(
    fault: Fault,
    database: str,
    times: int,
    *,
    seed: int,
    tell: Callable[[str], None] = lambda _: None,
) -> Outcome:
    """Do a fault so many times under load and return what came out."""
    draw = random.Random(seed)
    with a_place(database, fault.wanted, seed=seed) as place, _with_logs(place):
        load = place.load
        load.start()
        load.wait(lambda: load.n_accepted >= 20, RECOVERY_SECONDS)
        place.wait_until_coded(load.accepted_ids(), CODED_SECONDS)
        taken: list[float] = []
        coded: list[float] = []
        n_version_fell = 0
        version = place.store.data_version()
        for number in range(1, times + 1):
            time.sleep(draw.uniform(*QUIET_SECONDS))
            n_before = load.n_accepted
            since = fault.strike(place)
            taken.append(load.wait_until_taken(since, RECOVERY_SECONDS))
            place.wait_until_coded(load.accepted_ids(n_before), CODED_SECONDS)
            coded.append(time.monotonic() - since)
            before, version = version, place.store.data_version()
            n_version_fell += version <= before
            tell(f"{number}/{times}: taken after {taken[-1]:.1f} s, coded after {coded[-1]:.1f} s")
        load.drain(RECOVERY_SECONDS)
        place.wait_until_coded(load.accepted_ids(), CODED_SECONDS)
        for program in place.programs:
            program.stop()
        return Outcome(
            fault.name,
            database,
            times,
            taken,
            coded,
            load.longest_answer_seconds,
            load.n_without_retry_after,
            n_version_fell,
            reckon(place),
        )
