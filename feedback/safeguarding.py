"""Which comments may be about safeguarding, which of them wait, and what a person did.

The queue is told from codings whenever it is asked for. What the machine flagged leaves it by a
person's hand alone, never by a threshold, an abstention or a later model.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from feedback.coding import SAFEGUARDING, is_flag
from feedback.decisions import write_audit
from feedback.errors import StoreError
from feedback.schema import Decision, SafeguardingOutcome, codings, safeguarding_outcomes
from feedback.schema import comments as _comments

if TYPE_CHECKING:
    from feedback.store import Store

__all__ = ["DONE", "SAFEGUARDING", "flagged_ids", "is_flag", "settle", "waiting"]

DONE = "safeguarding done"
"""Action in the audit log: a person dealt with a comment of the queue."""


def waiting() -> sa.Select[Any]:
    """Select the queue: each flagged comment that no person has dealt with, once.

    Columns: comment_id; is_assigned (0 where all that flagged it left it for review); probability
    (the highest; missing where a person coded it).
    """
    coding = codings.alias()
    is_assigned = sa.case((coding.c.decision == Decision.ASSIGNED.value, 1), else_=0)
    done = sa.exists().where(safeguarding_outcomes.c.comment_id == coding.c.comment_id)
    return (
        sa.select(
            coding.c.comment_id,
            sa.func.max(is_assigned).label("is_assigned"),
            sa.func.max(coding.c.probability).label("probability"),
        )
        .where(is_flag(coding), sa.not_(done))
        .group_by(coding.c.comment_id)
    )


def flagged_ids(store: Store) -> set[str]:
    """Return the comments that may be about safeguarding, also those dealt with."""
    coding = codings.alias()
    return set(store.read(sa.select(coding.c.comment_id).where(is_flag(coding)))["comment_id"])


def settle(
    connection: sa.Connection,
    comment_id: str,
    outcome: SafeguardingOutcome,
    note: str | None,
    who: str,
    now: datetime,
) -> bool:
    """Write what a person did about a comment; return whether that was anything new."""
    table = safeguarding_outcomes
    of_comment = table.c.comment_id == comment_id
    before = connection.execute(sa.select(table).where(of_comment)).first()
    if before is None:
        _refuse_what_does_not_wait(connection, comment_id)
    elif (before.outcome, before.note) == (outcome.value, note):
        return False
    told = {"outcome": outcome.value, "note": note, "who": who, "at": now}
    if before is None:
        connection.execute(sa.insert(table).values(comment_id=comment_id, **told))
    else:
        connection.execute(sa.update(table).where(of_comment).values(**told))
    detail = {"outcome": outcome.value, "note": note}
    write_audit(connection, now, who, DONE, f"comment {comment_id}", detail)
    return True


def _refuse_what_does_not_wait(connection: sa.Connection, comment_id: str) -> None:
    is_there = sa.select(sa.exists().where(_comments.c.comment_id == comment_id))
    if not connection.scalar(is_there):
        raise StoreError(
            "No comment in the store has this id. See who waits: feedback safeguarding list "
            "--reader NAME"
        )
    coding = codings.alias()
    of_comment = sa.and_(coding.c.comment_id == comment_id, is_flag(coding))
    if not connection.scalar(sa.select(sa.exists().where(of_comment))):
        raise StoreError(
            "This comment is not in the queue of safeguarding: nothing takes it for that, or a "
            "person has coded it otherwise. See who waits: feedback safeguarding list --reader NAME"
        )
