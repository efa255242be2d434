"""Take the last change of an issue by a person back. See `feedback.issue_changes`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from feedback import schema
from feedback.decisions import write_audit
from feedback.errors import StoreError
from feedback.issue_changes import (
    NOTED,
    UNDONE,
    check_revision,
    issue_row,
    last_change,
    take_back,
)
from feedback.merging import MERGED, mark_arranged, move_comments, without
from feedback.schema import IssueStatus
from feedback.splitting import SPLIT, SPLIT_OFF

__all__ = ["undo_change"]

_issues = schema.issues


def undo_change(
    connection: sa.Connection,
    cluster_id: str,
    who: str,
    now: datetime,
    *,
    expected: int | None = None,
) -> list[str]:
    """Take back the last change of an issue; return the other issues that this changed.

    What is taken back cannot be brought back by another undo.

    Raises
    ------
    ChangedMeanwhileError
        Somebody changed the issue since it was shown.
    StoreError
        There is nothing to take back, or somebody has gone on from it.
    """
    row = issue_row(connection, cluster_id)
    check_revision(connection, cluster_id, expected)
    undo = row["undo"]
    if undo is None or undo["entry"] != last_change(connection, cluster_id, but=(NOTED,)):
        raise StoreError("There is no change of this issue that can be taken back.")
    before = dict(undo["before"])
    others = []
    if undo["kind"] == MERGED:
        others = [undo["gone"]]
        before |= _parted(connection, row, undo["gone"], now)
    elif undo["kind"] == SPLIT:
        before |= _joined(connection, row, undo["part"], who, now)
    take_back(connection, cluster_id, before)
    detail = {"taken_back": undo["kind"]}
    detail |= {name: before[name] for name in _TOLD if name in undo["before"]}
    write_audit(connection, now, who, UNDONE, f"issue {cluster_id}", detail)
    return others


_TOLD = ("status", "owner", "ticket_url", "fixed_at")
"""What the log says an issue was put back to; titles are words, and not told."""


def _parted(
    connection: sa.Connection, row: Mapping[str, Any], gone: str, now: datetime
) -> dict[str, Any]:
    """Make an issue that was merged an issue again, and return what the other is then."""
    told = issue_row(connection, gone)
    undo = told["undo"]
    if undo is None or undo["kind"] != MERGED or told["merged_into"] != row["cluster_id"]:
        raise StoreError("The issue that was merged into this one has been changed since.")
    n = move_comments(connection, row["cluster_id"], gone, undo["comments"])
    again = {"n": n, "merged_into": None, "arranged_at": now, "undo": None, **undo["before"]}
    connection.execute(sa.update(_issues).where(_issues.c.cluster_id == gone).values(**again))
    is_earlier = _issues.c.cluster_id.in_(undo["earlier"])
    connection.execute(sa.update(_issues).where(is_earlier).values(merged_into=gone))
    mark_arranged(connection)
    # A person says that they are two: no machine puts them together again.
    return {**without(row, told, n), "arranged_at": now.isoformat(), "facts": None}


def _joined(
    connection: sa.Connection, row: Mapping[str, Any], part_id: str, who: str, now: datetime
) -> dict[str, Any]:
    """Put the part of an issue back into it, and return what the whole is then."""
    part = issue_row(connection, part_id)
    first = sa.select(sa.func.max(schema.audit.c.entry_id)).where(
        schema.audit.c.object == f"issue {part_id}", schema.audit.c.action == SPLIT_OFF
    )
    if last_change(connection, part_id) != connection.scalar(first):
        raise StoreError(
            "Somebody has worked on the issue that was split off. Merge it into this one instead."
        )
    n = move_comments(connection, part_id, row["cluster_id"])
    closed = {"merged_into": row["cluster_id"], "status": IssueStatus.CLOSED.value}
    connection.execute(sa.update(_issues).where(_issues.c.cluster_id == part_id).values(**closed))
    detail = {"into": row["cluster_id"], "moved": {}, "gave_way": {}}
    write_audit(connection, now, who, MERGED, f"issue {part_id}", detail)
    mark_arranged(connection)
    whole = without(row, part, -n)
    return {**whole, "facts": None}
