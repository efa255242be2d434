"""What a worker process does for a backfill, and what travels to it and back.

To it: plans of chunks, without text. Back: facts of a chunk (redacted texts, for duplicates), and
of its part what can be counted. The chunk's result stays with the worker until its part is written.
What is needed for the work is loaded once in a process, at its first errand.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from feedback.backfill_rows import Cursors, ids_mark
from feedback.backfill_work import Coded, finish_part
from feedback.errors import FeedbackError, SettingsError
from feedback.runs import package_versions

if TYPE_CHECKING:
    from feedback.backfill_places import PartFolder
    from feedback.backfill_rows import Plan
    from feedback.backfill_work import Station
    from feedback.parts import Part
    from feedback.redact.pseudonyms import KnownNumber

__all__ = [
    "Bench",
    "Errand",
    "Facts",
    "Trouble",
    "clear_away",
    "n_loads",
    "set_up",
    "tell",
    "work_on",
    "write",
]


@dataclass(frozen=True)
class Errand:
    """A chunk to work on.

    ``known`` are comments of it that came before and are passed over; ``numbers`` are the
    pseudonyms that its responses have so far.
    """

    plan: Plan
    known: tuple[str, ...]
    numbers: Mapping[str, list[KnownNumber]]
    is_coded: bool


@dataclass(frozen=True)
class Trouble:
    """What went wrong: the class of an error, and its words if they are ours."""

    kind: str
    message: str
    where: str


@dataclass
class Facts:
    """What of a chunk's result is needed to put it in order; ``ids_mark`` is of all its rows."""

    comments: pd.DataFrame
    bands: np.ndarray
    numbers: pd.DataFrame | None
    ids_mark: str
    seconds: dict[str, float]


@dataclass
class _Result:
    """A chunk's result, as it stays with the worker."""

    coded: Coded
    facts: Facts


@dataclass(frozen=True)
class Bench:
    """How a worker is set up: what loads the models, and what they must be.

    The keys that ids and pseudonyms are made with are in it; it travels once to each worker and is
    never written. ``expected`` are models and versions.
    """

    token: str
    load: Callable[[], Station] = field(repr=False)
    expected: Mapping[str, Mapping[str, str]]


@dataclass
class _AtWork:
    """A bench in this process, its models loaded at the first errand."""

    bench: Bench
    station: Station | None = None
    cursors: Cursors | None = None


_BENCHES: dict[str, _AtWork] = {}
_ONE_AT_A_TIME = threading.Lock()
"""Models and open files are for one thread; workers with more threads wait."""

_LOADS: list[str] = []


def n_loads() -> int:
    """Return how often this process has loaded models."""
    return len(_LOADS)


def set_up(bench: Bench) -> None:
    """Make a bench known in this process; nothing is loaded yet."""
    _BENCHES.setdefault(bench.token, _AtWork(bench))


def clear_away(token: str) -> None:
    """Let go of a bench, its models and its open files."""
    with _ONE_AT_A_TIME:
        at_work = _BENCHES.pop(token, None)
        if at_work is not None and at_work.cursors is not None:
            at_work.cursors.close()


def work_on(token: str, errand: Errand) -> _Result | Trouble:
    """Do the work on a chunk; what goes wrong is given back, never raised."""
    where = f"part {errand.plan.number}"
    with _ONE_AT_A_TIME:
        try:
            return _work_on(_BENCHES[token], errand)
        except FeedbackError as error:
            return Trouble(type(error).__name__, str(error), where)
        except Exception as error:  # noqa: BLE001 - it may quote a comment: its class goes on alone
            return Trouble(type(error).__name__, "", where)


def _work_on(at_work: _AtWork, errand: Errand) -> _Result:
    station = at_work.station = at_work.station or _loaded(at_work.bench)
    cursors = at_work.cursors = at_work.cursors or Cursors(station.reading)
    before = dict(station.watch.seconds)
    with station.watch.time("read again"):
        chunk = cursors.chunk(errand.plan)
    known = set(errand.known)
    coded = station.work(
        chunk,
        known_ids=known.intersection,
        known_numbers=lambda ids: {one: errand.numbers.get(one, []) for one in ids},
        near_candidates=lambda *_: {},
        is_coded=errand.is_coded,
    )
    done = coded.prepared
    needed = ["comment_id", "response_id", "service", "text", "is_empty"]
    facts = Facts(
        comments=done.comments[needed],
        bands=done.bands,
        numbers=_numbers(done.spans) if station.is_numbering else None,
        ids_mark=ids_mark(chunk.comments["comment_id"].tolist()),
        seconds={
            stage: seconds - before.get(stage, 0.0)
            for stage, seconds in station.watch.seconds.items()
        },
    )
    return _Result(coded, facts)


def _numbers(spans: pd.DataFrame) -> pd.DataFrame:
    columns = ["comment_id", "entity", "number", "marks"]
    return spans.loc[spans["number"].notna(), columns]


def _loaded(bench: Bench) -> Station:
    _LOADS.append(bench.token)
    station = bench.load()
    found = {"models": station.models(), "versions": package_versions()}
    for kind, expected in bench.expected.items():
        names = {*expected, *found[kind]}
        if differing := sorted(n for n in names if expected.get(n) != found[kind].get(n)):
            raise SettingsError(
                f"A worker has other {kind}: {', '.join(differing)}. "
                "Install there what is installed here, or results would differ."
            )
    return station


def tell(token: str, result: _Result | Trouble) -> Facts | Trouble:
    """Return what is needed of a result to put it in order."""
    return result if isinstance(result, Trouble) else result.facts


def write(
    token: str,
    result: _Result | Trouble,
    plan: Plan,
    duplicates: Mapping[int, str],
    out: PartFolder,
) -> Part | Trouble:
    """Write the part of a result."""
    if isinstance(result, Trouble):
        return result
    where = f"part {plan.number}"
    try:
        return finish_part(out, plan, result.coded, duplicates=duplicates)
    except FeedbackError as error:
        return Trouble(type(error).__name__, str(error), where)
    except OSError as error:
        message = f"{out} cannot be written ({(error.strerror or 'no').lower()})."
        return Trouble("SettingsError", message, where)
    except Exception as error:  # noqa: BLE001 - it may quote a comment: its class goes on alone
        return Trouble(type(error).__name__, "", where)
