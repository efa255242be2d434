"""Check feedback that comes in one message, and make a table of it for `feedback.ingest`.

A message is one JSON object or a list of them. It goes in whole or not at all, so everything that
is wrong with it is told at once, by position and field. Nothing that was sent is ever repeated, not
even the name of a field: a name can hold a comment too.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import uuid4

from feedback.answers import HIGHEST, LOWEST
from feedback.mapping import FIELDS, Preset, preset_from_map
from feedback.rows import is_blank
from feedback.tables import Row

__all__ = ["MAX_ITEMS", "MessageRefused", "Problem", "posted_preset", "posted_rows"]

MAX_ITEMS = 100
"""Most responses in a message: what is taken in one transaction in well under a second."""

SOURCE = "http"

MAX_AHEAD = timedelta(days=1)
"""So far a time of submission may lie ahead and is taken as now: a sender's clock, its time zone or
the clock here may be wrong, and feedback is not refused for that."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one field of the response at a position, counted from 1.

    Without a position it is said of the message, without a field of the response.
    """

    row: int | None
    field: str | None
    problem: str


class MessageRefused(ValueError):
    """A message that cannot go in; ``problems`` says all that is wrong with it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = tuple(problems)


@lru_cache(maxsize=1)
def posted_preset() -> Preset:
    """Return how posted fields are read: each under its own name, nothing guessed."""
    mapped = preset_from_map({name: name for name in FIELDS})
    title = "Feedback posted over HTTP"
    return mapped.model_copy(update={"name": SOURCE, "title": title, "source": SOURCE})


def posted_rows(
    message: object, *, now: datetime, service: str | None = None, mark: str = ""
) -> list[Row]:
    """Return the responses of a message as rows with a cell for each of `FIELDS`.

    Parameters
    ----------
    message : object
        Decoded JSON: an object, or a list of 1 to `MAX_ITEMS` objects.
    now : datetime
        Aware; stands where no time of submission was sent, or one up to `MAX_AHEAD` ahead.
    service : str, optional
        Stands where no service was sent.
    mark : str
        What the message is known by: it then gives the same rows each time. Without it, a response
        that brings no number of its own is a new one each time.

    Raises
    ------
    MessageRefused
        Something is wrong with it.

    Examples
    --------
    >>> from datetime import UTC
    >>> now = datetime(2026, 5, 1, tzinfo=UTC)
    >>> posted_rows({"comment": "Very slow"}, now=now)[0].cells[0]
    'Very slow'
    >>> posted_rows([{"comment": 7}], now=now)
    Traceback (most recent call last):
    feedback.posted.MessageRefused: 1 problems
    """
    items = message if isinstance(message, list) else [message]
    if not 1 <= len(items) <= MAX_ITEMS:
        found = f"holds {len(items):,} responses; send 1 to {MAX_ITEMS}"
        raise MessageRefused([Problem(None, None, found)])
    problems = [found for row, item in enumerate(items, 1) for found in _problems(row, item)]
    if problems:
        raise MessageRefused(problems)
    return [
        Row(row, _cells(_at(item, service), now, f"{mark} {row}" if mark else uuid4().hex))
        for row, item in enumerate(items, 1)
    ]


def _at(item: Mapping[str, Any], service: str | None) -> Mapping[str, Any]:
    """Return a response with the sender's service where it names none itself."""
    if service is None or item.get("service"):
        return item
    return {**item, "service": service}


def _problems(row: int, item: object) -> list[Problem]:
    if not isinstance(item, dict):
        return [Problem(row, None, "is not a JSON object")]
    found = []
    if n_unknown := len(item.keys() - set(FIELDS)):
        told = f"has {n_unknown} fields that are not known; known: {', '.join(FIELDS)}"
        found.append(Problem(row, None, told))
    for name in FIELDS:
        value = item.get(name)
        if value is None:
            problem = "is required" if name == "comment" else None
        else:
            problem = _CHECKS.get(name, _check_text)(value)
        if problem:
            found.append(Problem(row, name, problem))
    return found


def _check_text(value: object) -> str | None:
    return None if isinstance(value, str) else "must be text"


def _check_comment(value: object) -> str | None:
    if not isinstance(value, str):
        return "must be text"
    return "is empty" if is_blank(value) else None


def _check_rating(value: object) -> str | None:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    is_sound = is_number and LOWEST <= value <= HIGHEST  # type: ignore[operator]
    return None if is_sound else f"must be a whole number from {LOWEST} to {HIGHEST}"


def _check_truth(value: object) -> str | None:
    return None if isinstance(value, bool) else "must be true or false"


def _check_time(value: object) -> str | None:
    when = _time(value)
    if when is None:
        return "must be a date and time in ISO 8601, such as 2026-04-03T09:15:00+01:00"
    return None if when.tzinfo else "needs a time zone, such as Z or +01:00"


_CHECKS: Mapping[str, Callable[[object], str | None]] = {
    "comment": _check_comment,
    "submitted_at": _check_time,
    "satisfaction": _check_rating,
    "effort": _check_rating,
    "help_needed": _check_truth,
    "completed": _check_truth,
}


def _time(value: object) -> datetime | None:
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _cells(item: Mapping[str, Any], now: datetime, mark: str) -> list[object]:
    """Return a cell for each field."""
    values = {**item, "response_id": _reference(item, mark)}
    when = _time(item.get("submitted_at")) or now
    values["submitted_at"] = now if now < when <= now + MAX_AHEAD else when
    return [values.get(name) for name in FIELDS]


def _reference(item: Mapping[str, Any], mark: str) -> str:
    """Return what the response is known by, of which nothing but a keyed hash is kept.

    A sender's number counts within its service, since two services both begin at 1. Without one
    the message is what it is known by: two people who send the same words are two people.
    """
    given = " ".join((item.get("response_id") or "").split())
    return json.dumps([item.get("service") or "", given]) if given else mark
