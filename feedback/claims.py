"""Share the comments that wait among workers: claim, complete, fail, take back.

A worker claims a batch in one transaction and writes its results in another, so that a crash in
between loses nothing. Order: newest first, because near real time means that what people report now
is not queued behind years of history; those with the fewest failed tries first, but every second
time those with the most, or they would wait for as long as new ones arrive.

A worker that dies leaves its claims behind. They are taken back, each with one more failed try, and
tried again in ever smaller batches, in the end alone. A comment is set aside only when workers died
over it alone several times: never its neighbours, nor one that was unlucky when somebody switched
the machine off.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from feedback import schema, standing
from feedback.schema import IS_CLAIMED, IS_WAITING, Classification, CommentState, Origin
from feedback.writes import in_blocks, insert_new

__all__ = [
    "Enriched",
    "Queue",
    "claim",
    "complete",
    "fail",
    "lost",
    "queue",
    "release",
    "take_back",
]

SUSPECT_SHARE = 16
"""Each failed try makes the batches that a comment is claimed in this many times smaller."""

DEATHS_ALONE = 10
"""A comment is set aside when this many workers died while they worked on it and nothing else: so
many that switching machines off, however often, does not lose a comment that is innocent."""

WORKER_ENDED = "the worker ended while it worked on this comment"

_comments = schema.comments

CLAIM_COLUMNS = tuple(
    _comments.c[name] for name in (*schema.PREPARED_COMMENT_COLUMNS, "n_attempts")
)
"""What a worker is told of a comment."""


@dataclass(frozen=True, slots=True)
class Enriched:
    """What a worker found out about a comment."""

    comment_id: str
    classification: Classification
    model_version: str


@dataclass(frozen=True, slots=True)
class Queue:
    """The comments that wait for a worker, or for a person because every try failed.

    ``age_seconds``: since the oldest of those that wait was received; 0 without any.
    """

    n_waiting: int
    n_failed: int
    age_seconds: float


def queue(connection: sa.Connection, *, now: datetime) -> Queue:
    """Return how much waits, and for how long."""
    is_not_done = _comments.c.state == CommentState.RECEIVED.value
    oldest = sa.func.min(_comments.c.received_at, type_=_comments.c.received_at.type)
    waiting = connection.execute(sa.select(sa.func.count(), oldest).where(is_not_done)).one()
    is_failed = _comments.c.state == CommentState.FAILED.value
    n_failed = connection.scalar(sa.select(sa.func.count()).where(is_failed)) or 0
    age = max(0.0, (now - waiting[1]).total_seconds()) if waiting[0] else 0.0
    return Queue(waiting[0], n_failed, age)


def claim(
    connection: sa.Connection,
    worker: str,
    n: int,
    *,
    max_attempts: int,
    now: datetime,
    suspects: bool = False,
) -> Sequence[sa.Row[Any]]:
    """Claim up to ``n`` waiting comments and return them, newest first.

    With ``suspects`` those with the most failed tries, else those with the fewest.
    """
    extreme = sa.func.max if suspects else sa.func.min
    level = connection.scalar(sa.select(extreme(_comments.c.n_attempts)).where(IS_WAITING))
    if level is None:
        return []
    query = (
        sa.select(*CLAIM_COLUMNS)
        .where(IS_WAITING, _comments.c.n_attempts == level)
        .order_by(_comments.c.submitted_at.desc(), _comments.c.comment_id.desc())
        .limit(_batch_size(n, level, max_attempts))
        .with_for_update(skip_locked=True)  # PostgreSQL; SQLite has one writer and leaves it out
    )
    rows = connection.execute(query).all()
    held = {"claimed_by": worker, "claimed_at": now}
    _update(connection, [row.comment_id for row in rows], held)
    return rows


def _batch_size(n: int, n_failed_tries: int, max_attempts: int) -> int:
    if n_failed_tries + 1 >= max_attempts:
        return 1
    share: int = SUSPECT_SHARE**n_failed_tries
    return max(1, n // share)


def complete(
    connection: sa.Connection, worker: str, enriched: Sequence[Enriched], *, now: datetime
) -> int:
    """Write results of comments that the worker still holds; return how many those were."""
    held = _held(connection, worker, [one.comment_id for one in enriched])
    written = [one for one in enriched if one.comment_id in held]
    _remove_codings(connection, written)
    insert_new(connection, schema.codings, _coding_rows(written, now))
    if written:
        connection.execute(
            sa.update(_comments).where(_comments.c.comment_id == sa.bindparam("of")),
            [
                {
                    "of": one.comment_id,
                    "sentiment": one.classification.sentiment.value,
                    "facets": one.classification.facets or None,
                    "state": CommentState.ENRICHED.value,
                    "failure": None,
                    **_FREE,
                }
                for one in written
            ],
        )
    standing.renew(connection, [one.comment_id for one in written])
    return len(written)


_FREE: dict[str, Any] = {"claimed_by": None, "claimed_at": None}


def _held(connection: sa.Connection, worker: str, comment_ids: Sequence[str]) -> set[str]:
    held: set[str] = set()
    for block in in_blocks(comment_ids):
        query = (
            sa.select(_comments.c.comment_id)
            .where(_comments.c.comment_id.in_(block), _comments.c.claimed_by == worker)
            .with_for_update()
        )
        held.update(connection.scalars(query))
    return held


def _remove_codings(connection: sa.Connection, enriched: Sequence[Enriched]) -> None:
    """Make room: a comment coded again by the same model must not keep codes of the first time."""
    table = schema.codings
    versions = {one.model_version for one in enriched}
    for block in in_blocks([one.comment_id for one in enriched]):
        connection.execute(
            sa.delete(table).where(
                table.c.comment_id.in_(block),
                table.c.model_version.in_(versions),
                table.c.origin != Origin.PERSON.value,
            )
        )


def _coding_rows(enriched: Sequence[Enriched], now: datetime) -> list[dict[str, Any]]:
    return [
        {
            "comment_id": one.comment_id,
            "code": code.code,
            "origin": code.origin.value,
            "coder": "",
            "model_version": one.model_version,
            "probability": float(code.probability),
            "decision": code.decision.value,
            "at": now,
        }
        for one in enriched
        for code in one.classification.codes
    ]


def fail(
    connection: sa.Connection, worker: str, comment_id: str, reason: str, *, max_attempts: int
) -> bool:
    """Count a failed try; return whether the comment was thereby set aside."""
    if not _held(connection, worker, [comment_id]):
        return False
    return bool(_count_failure(connection, [comment_id], reason, max_attempts))


def _count_failure(
    connection: sa.Connection, comment_ids: Sequence[str], reason: str, max_attempts: int
) -> int:
    """Free comments with one more failed try; set aside those that have had the last one."""
    is_last = _comments.c.n_attempts + 1 >= max_attempts
    n_set_aside = 0
    for block in in_blocks(comment_ids):
        chosen = _comments.c.comment_id.in_(block)
        n_set_aside += (
            connection.scalar(
                sa.select(sa.func.count()).select_from(_comments).where(chosen, is_last)
            )
            or 0
        )
        connection.execute(
            sa.update(_comments)
            .where(chosen)
            .values(
                state=sa.case((is_last, CommentState.FAILED.value), else_=_comments.c.state),
                n_attempts=_comments.c.n_attempts + 1,
                failure=reason,
                **_FREE,
            )
        )
    return n_set_aside


def release(connection: sa.Connection, worker: str) -> int:
    """Free all that a worker holds, without counting a failed try; return how many."""
    statement = sa.update(_comments).where(IS_CLAIMED, _comments.c.claimed_by == worker)
    return connection.execute(statement.values(**_FREE)).rowcount


def lost(
    connection: sa.Connection,
    *,
    stale_seconds: float,
    now: datetime,
    is_dead: Callable[[str], bool],
    living: Sequence[str] = (),
) -> list[str]:
    """Return the comments that dead workers hold, or for too long one not known to live."""
    holder = _comments.c.claimed_by
    workers = connection.scalars(sa.select(holder).where(IS_CLAIMED).distinct())
    dead = [worker for worker in workers if is_dead(worker)]
    too_old = _comments.c.claimed_at < now - timedelta(seconds=stale_seconds)
    is_lost = sa.or_(holder.in_(dead), sa.and_(too_old, holder.not_in(living)))
    query = sa.select(_comments.c.comment_id).where(IS_CLAIMED, is_lost)
    return list(connection.scalars(query))


def take_back(
    connection: sa.Connection, comment_ids: Sequence[str], *, max_attempts: int
) -> tuple[int, int]:
    """Free lost comments with one more failed try; return how many, and how many are set aside."""
    n_deaths = max_attempts - 1 + DEATHS_ALONE  # until it is alone, then alone
    return len(comment_ids), _count_failure(connection, comment_ids, WORKER_ENDED, n_deaths)


def _update(connection: sa.Connection, comment_ids: Sequence[str], values: dict[str, Any]) -> None:
    for block in in_blocks(comment_ids):
        connection.execute(
            sa.update(_comments).where(_comments.c.comment_id.in_(block)).values(**values)
        )
