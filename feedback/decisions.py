"""Write what people decide, each with a line in the audit log. See `feedback.store`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from feedback import audit_log, schema, standing
from feedback.coding_sample import mark_coded
from feedback.errors import StoreError
from feedback.schema import Decision, IssueStatus, Origin
from feedback.writes import execute_each

__all__ = ["correct", "triage", "write_audit"]

TRIAGE_COLUMNS = ("status", "owner", "ticket_url", "fixed_at")
"""What people may change about an issue."""


def correct(
    connection: sa.Connection,
    comment_id: str,
    codes: Sequence[str],
    coder: str,
    now: datetime,
) -> bool:
    """Put a person's coding in place of that person's earlier one; the machine's stays.

    Returns whether anything changed: the same codes given again leave the earlier coding as it is.
    """
    comments, codings = schema.comments, schema.codings
    is_there = sa.select(sa.exists().where(comments.c.comment_id == comment_id))
    if not connection.scalar(is_there):
        raise StoreError("The comment to correct is not in the store.")
    of_comment = codings.c.comment_id == comment_id
    by_person = codings.c.origin == Origin.PERSON.value
    by_coder = sa.and_(of_comment, by_person, codings.c.coder == coder)
    is_assigned = codings.c.decision == Decision.ASSIGNED.value
    earlier = connection.scalars(sa.select(codings.c.code).where(by_coder, is_assigned))
    if set(earlier) == set(codes):
        return False
    connection.execute(sa.delete(codings).where(by_coder))
    machine = connection.scalars(sa.select(codings.c.code).where(of_comment, ~by_person).distinct())
    decisions = dict.fromkeys(sorted(machine), Decision.REJECTED)
    decisions |= dict.fromkeys(codes, Decision.ASSIGNED)
    row = {
        "comment_id": comment_id,
        "origin": Origin.PERSON.value,
        "coder": coder,
        "model_version": "",
        "probability": None,
        "at": now,
    }
    rows = [{**row, "code": code, "decision": told.value} for code, told in decisions.items()]
    execute_each(connection, sa.insert(codings), rows)
    mark_coded(connection, comment_id, now)
    standing.renew(connection, [comment_id])
    detail = {"codes": list(dict.fromkeys(codes))}
    write_audit(connection, now, coder, "correct", f"comment {comment_id}", detail)
    return True


def triage(
    connection: sa.Connection, cluster_id: str, who: str, changes: dict[str, Any], now: datetime
) -> None:
    """Write a person's decision about an issue."""
    unknown = sorted(set(changes) - set(TRIAGE_COLUMNS))
    if unknown or not changes:
        raise StoreError(
            f"An issue's {', '.join(TRIAGE_COLUMNS)} can be changed; "
            f"found {', '.join(unknown) or 'no change'}."
        )
    if "status" in changes and changes["status"] not in set(IssueStatus):
        raise StoreError(f"There is no status of an issue by that name: {', '.join(IssueStatus)}.")
    table = schema.issues
    values = dict(changes)
    if "fixed_at" in changes:
        # Another date is another fix, and what comes back after it may reopen the issue again.
        is_same = table.c.fixed_at == changes["fixed_at"]
        values["reopened_at"] = sa.case((is_same, table.c.reopened_at), else_=None)
    statement = sa.update(table).where(table.c.cluster_id == cluster_id).values(**values)
    if not connection.execute(statement).rowcount:
        raise StoreError(f"There is no issue {cluster_id} in the store.")
    detail = {name: None if value is None else str(value) for name, value in changes.items()}
    write_audit(connection, now, who, "triage", f"issue {cluster_id}", detail)


def write_audit(
    connection: sa.Connection,
    at: datetime,
    who: str,
    action: str,
    object_: str,
    detail: dict[str, Any] | None,
) -> None:
    """Add a line to the audit log; nothing ever changes or removes one."""
    row = {"at": at, "who": who, "action": action, "object": object_, "detail": detail}
    audit_log.append_lines(connection, [row])
