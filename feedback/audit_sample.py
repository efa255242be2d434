"""Keep what the leak meter draws and what people find in it. See `feedback.store`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from feedback import schema
from feedback.decisions import write_audit
from feedback.errors import StoreError
from feedback.runs import Run
from feedback.schema import AuditVerdict, Entity
from feedback.writes import end_run, execute_each, in_blocks, insert_run, known

__all__ = ["add_sample", "judge"]


def add_sample(
    connection: sa.Connection,
    run: Run,
    comment_ids: Sequence[str],
    *,
    service: str | None,
    n_eligible: int,
) -> int:
    """Write a sample in the order it is to be checked in; return how many comments were new."""
    table, comments = schema.audit_samples, schema.comments
    there = known(connection, table.c.comment_id, comment_ids)
    fresh = [comment_id for comment_id in comment_ids if comment_id not in there]
    redactors: dict[str, str | None] = {}
    for block in in_blocks(fresh):
        query = sa.select(comments.c.comment_id, comments.c.redactor)
        for comment_id, redactor in connection.execute(
            query.where(comments.c.comment_id.in_(block))
        ):
            redactors[comment_id] = redactor
    insert_run(connection, run)
    rows = [
        {
            "comment_id": comment_id,
            "sample_id": run.run_id,
            "service": service,
            "position": position,
            "drawn_at": run.started_at,
            "redactor": redactors[comment_id],
        }
        for position, comment_id in enumerate(fresh)
    ]
    execute_each(connection, sa.insert(table), rows)
    end_run(connection, run.run_id, run.started_at, n_eligible, 0, None)
    return len(rows)


def judge(
    connection: sa.Connection,
    comment_id: str,
    verdict: AuditVerdict | None,
    entity: Entity | None,
    who: str,
    now: datetime,
) -> None:
    """Write what a person found in a comment that was drawn; None takes a verdict back."""
    if (verdict is AuditVerdict.LEAK) != (entity is not None):
        raise StoreError("A leak, and nothing else, has a kind of personal data.")
    table = schema.audit_samples
    found = {
        "verdict": verdict and verdict.value,
        "entity": entity and entity.value,
        "who": who if verdict else None,
        "at": now if verdict else None,
    }
    statement = sa.update(table).where(table.c.comment_id == comment_id).values(**found)
    if not connection.execute(statement).rowcount:
        raise StoreError("The comment was not drawn for the leak meter.")
    detail = {"verdict": found["verdict"], "entity": found["entity"]}
    write_audit(connection, now, who, "check redaction", f"comment {comment_id}", detail)
