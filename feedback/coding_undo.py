"""Take a person's coding of a comment back: what stood before counts again."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from feedback import schema, standing
from feedback.decisions import write_audit
from feedback.schema import Origin

__all__ = ["TAKEN_BACK", "take_back_coding"]

TAKEN_BACK = "take coding back"
"""Action in the audit log: a person's coding of a comment was taken back."""


def take_back_coding(connection: sa.Connection, comment_id: str, coder: str, now: datetime) -> bool:
    """Take a person's coding away and return whether there was one; the machine's stays.

    A comment that no person has coded any more counts as one that nobody coded yet.
    """
    codings, samples = schema.codings, schema.coding_samples
    by_person = sa.and_(codings.c.comment_id == comment_id, codings.c.origin == Origin.PERSON.value)
    gone = connection.execute(sa.delete(codings).where(by_person, codings.c.coder == coder))
    if not gone.rowcount:
        return False
    if not connection.scalar(sa.select(sa.exists().where(by_person))):
        of_comment = samples.c.comment_id == comment_id
        connection.execute(sa.update(samples).where(of_comment).values(coded_at=None))
    standing.renew(connection, [comment_id])
    write_audit(connection, now, coder, TAKEN_BACK, f"comment {comment_id}", None)
    return True
