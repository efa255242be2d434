"""Who looked at a comment of the safeguarding queue, and outcomes that are changed or taken back.

A look is written down before the text is given out, in the same transaction: what the audit log
cannot keep, nobody is shown. See `feedback.safeguarding` for the queue itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from feedback import schema
from feedback.decisions import write_audit
from feedback.errors import StoreError
from feedback.safeguarding import DONE, is_flag, settle
from feedback.schema import SafeguardingOutcome

__all__ = ["HISTORY", "READ", "REOPENED", "look", "note_looks", "reopen", "settle_seen"]

READ = "safeguarding read"
"""Action in the audit log: a person was shown the text of one comment of the queue."""

REOPENED = "safeguarding reopened"
"""Action in the audit log: an outcome was taken back; the comment waits again."""

HISTORY = (READ, DONE, REOPENED)
"""Actions that make up the history of a comment of the queue."""

NOT_IN_QUEUE = "This comment is not in the queue of safeguarding, or no longer."


def look(connection: sa.Connection, comment_id: str, who: str, now: datetime) -> str:
    """Write down that a person is shown a comment, and return its text.

    Raises
    ------
    StoreError
        Nothing takes the comment for safeguarding, or there is none. Nothing is written then.
    """
    coding = schema.codings.alias()
    flagged = sa.exists().where(coding.c.comment_id == comment_id, is_flag(coding))
    text: str | None = connection.scalar(
        sa.select(schema.comments.c.text).where(schema.comments.c.comment_id == comment_id, flagged)
    )
    if text is None:
        raise StoreError(NOT_IN_QUEUE)
    note_looks(connection, [comment_id], who, now)
    return text


def note_looks(
    connection: sa.Connection, comment_ids: Sequence[str], who: str, now: datetime
) -> None:
    """Write a line in the audit log for each comment that a person is shown."""
    for comment_id in comment_ids:
        write_audit(connection, now, who, READ, f"comment {comment_id}", None)


def settle_seen(
    connection: sa.Connection,
    comment_id: str,
    outcome: SafeguardingOutcome,
    note: str | None,
    who: str,
    now: datetime,
    *,
    seen_at: datetime | None,
) -> bool:
    """Write what was done as `settle` does, unless somebody else has just written something.

    Parameters
    ----------
    note
        Redacted.
    seen_at
        When the outcome was written that the person saw; None where they saw none.

    Raises
    ------
    StoreError
        The outcome in the store is another one.
    """
    _refuse_another(connection, comment_id, seen_at)
    return settle(connection, comment_id, outcome, note, who, now)


def reopen(
    connection: sa.Connection,
    comment_id: str,
    who: str,
    now: datetime,
    *,
    seen_at: datetime | None,
) -> None:
    """Take an outcome back: the comment waits again. The audit log keeps both.

    Raises
    ------
    StoreError
        The outcome in the store is not the one that the person saw, or there is none.
    """
    _refuse_another(connection, comment_id, seen_at)
    table = schema.safeguarding_outcomes
    gone = connection.execute(sa.delete(table).where(table.c.comment_id == comment_id))
    if not gone.rowcount:
        raise StoreError("Nothing was written down about this comment, so nothing is taken back.")
    write_audit(connection, now, who, REOPENED, f"comment {comment_id}", None)


def _refuse_another(connection: sa.Connection, comment_id: str, seen_at: datetime | None) -> None:
    table = schema.safeguarding_outcomes
    found = connection.execute(
        sa.select(table.c.at, table.c.who).where(table.c.comment_id == comment_id)
    ).first()
    if (found.at if found else None) != seen_at:
        who = f"{found.who} has" if found else "Somebody has"
        raise StoreError(
            f"{who} changed what was written about this comment meanwhile. Look at it again, "
            "then write what you did."
        )
