"""Messages with feedback that wait for their turn, and what their senders are told of them.

See `feedback.receive`.
"""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from feedback import posted_once
from feedback.errors import IdempotencyKeyError, NotYoursError
from feedback.mapping import FIELDS
from feedback.posted import MessageRefused, Problem
from feedback.tables import Row, Table

if TYPE_CHECKING:
    from feedback.ingest import Chunk
    from feedback.posted_once import Posting
    from feedback.schema import Reject

__all__ = [
    "Message",
    "Receipt",
    "Sender",
    "Stored",
    "answer_again",
    "not_theirs",
    "refused",
    "rows_of",
]

logger = logging.getLogger(__name__)

SENDERS_STAGES = frozenset({"read", "ingest", "validate"})
"""Stages whose reasons tell the sender what to mend; those of the others are ours to mend."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends: a key, and the services it is for; without services, any."""

    key_id: str = ""
    services: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a message: the ids of its comments in order, how many were new."""

    comment_ids: tuple[str, ...]
    n_new: int
    n_known: int


@dataclass(frozen=True, slots=True)
class Stored:
    """What one transaction brought, for those who count."""

    n_messages: int
    n_comments: int
    seconds: float
    entities: Counter[str]


@dataclass(eq=False, slots=True)
class Message:
    """A message that waits, and the promise of its receipt."""

    rows: list[Row]
    at: datetime
    sender: Sender
    posting: Posting | None
    promise: Future[Receipt]

    def table(self) -> Table:
        """Return its rows as a file's would be."""
        return Table(list(FIELDS), iter(self.rows))


def rows_of(ranges: Sequence[range]) -> dict[int, int]:
    """Return the position of each row's message."""
    return {row: at for at, rows in enumerate(ranges) for row in rows}


def answer_again(message: Message, known: posted_once.Answer) -> None:
    """Answer a message whose key came before as it was answered then, if it is the same."""
    if message.posting is not None and message.posting.content == known.content:
        told = known.receipt
        receipt = Receipt(tuple(told["comment_ids"]), told["n_new"], told["n_known"])
        message.promise.set_result(receipt)
    else:
        problem = "The idempotency key came with another message before; nothing was stored."
        message.promise.set_exception(IdempotencyKeyError(problem))


def not_theirs(
    chunk: Chunk, whose: Mapping[int, int], messages: Sequence[Message]
) -> dict[int, Exception]:
    """Return, by position, the messages about services that their sender's key is not for."""
    strangers: dict[int, Exception] = {}
    for row, service in zip(chunk.comments["row"], chunk.comments["service"], strict=True):
        theirs = messages[whose[row]].sender.services
        if theirs is not None and service not in theirs:
            problem = f"The key is for {', '.join(theirs)}. Nothing was stored."
            strangers[whose[row]] = NotYoursError(problem)
    return strangers


def refused(
    rejects: Sequence[Reject], whose: Mapping[int, int], ranges: Sequence[range]
) -> dict[int, Exception]:
    """Return, by position, what is wrong with messages that hold a row that cannot go in."""
    problems: defaultdict[int, list[Problem]] = defaultdict(list)
    for reject in rejects:
        at = whose[reject.row]
        problems[at].append(_problem(reject, reject.row - ranges[at].start + 1))
    return {at: MessageRefused(told) for at, told in problems.items()}


def _problem(reject: Reject, row: int) -> Problem:
    if reject.stage in SENDERS_STAGES:
        return Problem(row, None, reject.reason)
    logger.error("A posted response could not be worked on: %s (%s).", reject.reason, reject.stage)
    return Problem(row, None, "cannot be processed")
