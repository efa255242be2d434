"""Make an issue of its own out of some comments of another, because a person says so.

Later rounds put the two never together again: see ``arranged_at`` in `feedback.schema`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from feedback import schema
from feedback.decisions import write_audit
from feedback.errors import StoreError
from feedback.issue_changes import check_revision, checked_title, issue_row, keep_undo
from feedback.merging import mark_arranged, move_comments, without
from feedback.schema import IssueStatus
from feedback.writes import in_blocks

__all__ = ["SPLIT", "SPLIT_OFF", "split_by_person"]

SPLIT, SPLIT_OFF = "split issue", "split off"
"""Actions in the audit log: of the issue that was divided, and of the part."""

_issues, _members = schema.issues, schema.assignments


def split_by_person(
    connection: sa.Connection,
    cluster_id: str,
    comment_ids: Sequence[str],
    now: datetime,
    *,
    title: str,
    who: str,
    part: Mapping[str, Any],
    rest: Mapping[str, Any],
    expected: int | None = None,
) -> str:
    """Make an issue of some comments of another, and return its id.

    Parameters
    ----------
    title
        What the part is called; redacted already.
    part, rest
        ``theme`` and ``quotes`` of both, and the part's ``centroid``.
    expected
        Revision of the issue as it was shown; see `feedback.issue_changes`.

    Raises
    ------
    ChangedMeanwhileError
        Somebody changed the issue since it was shown.
    StoreError
        A comment is not, or no longer, in the issue; none is picked, or none would be left.
    """
    row = issue_row(connection, cluster_id)
    check_revision(connection, cluster_id, expected)
    picked = sorted(set(comment_ids))
    _check(connection, row, picked)
    part_id = _id_of(cluster_id, picked, now)
    move_comments(connection, cluster_id, part_id, picked)
    connection.execute(
        sa.insert(_issues).values(
            cluster_id=part_id,
            service=row["service"],
            page=row["page"],
            title=checked_title(title),
            titled_by=who,
            status=IssueStatus.NEW.value,
            n=len(picked),
            arranged_at=now,
            **_seen(connection, part_id),
            **part,
        )
    )
    smaller = {**without(row, part, len(picked)), **_seen(connection, cluster_id), **rest}
    left = sa.update(_issues).where(_issues.c.cluster_id == cluster_id)
    connection.execute(left.values(**smaller, arranged_at=now, facts=None))
    mark_arranged(connection)
    n = len(picked)
    detail = {"from": cluster_id, "n": n}
    write_audit(connection, now, who, SPLIT_OFF, f"issue {part_id}", detail)
    write_audit(connection, now, who, SPLIT, f"issue {cluster_id}", {"into": part_id, "n": n})
    before = {name: row[name] for name in ("theme", "quotes")}
    for name in ("first_seen", "last_seen", "arranged_at"):
        before[name] = row[name] and row[name].isoformat()
    undo = {"kind": SPLIT, "part": part_id, "before": before}
    keep_undo(connection, cluster_id, undo)
    return part_id


def _check(connection: sa.Connection, row: Mapping[str, Any], picked: Sequence[str]) -> None:
    """Refuse what is no part of the issue, or all of it."""
    cluster_id = row["cluster_id"]
    if row["merged_into"] is not None:
        raise StoreError(f"Issue {cluster_id} was merged into {row['merged_into']}. Split that.")
    if not picked:
        raise StoreError("Pick at least one comment for the new issue.")
    is_own = _members.c.cluster_id == cluster_id
    n_there = sum(
        connection.scalar(
            sa.select(sa.func.count()).where(is_own, _members.c.comment_id.in_(block))
        )
        or 0
        for block in in_blocks(picked)
    )
    if n_there < len(picked):
        raise StoreError(
            f"{len(picked) - n_there} of the {len(picked)} comments picked are not in this issue "
            "now. Nothing was written: look at it again, and pick those that are."
        )
    if connection.scalar(sa.select(sa.func.count()).where(is_own)) == n_there:
        raise StoreError("Every comment is picked. Leave at least one, or rename the issue.")


def _seen(connection: sa.Connection, cluster_id: str) -> dict[str, datetime]:
    """Return when the first and the last of an issue's comments came."""
    at = schema.comments.c.submitted_at
    query = (
        sa.select(sa.func.min(at), sa.func.max(at))
        .join(_members, _members.c.comment_id == schema.comments.c.comment_id)
        .where(_members.c.cluster_id == cluster_id)
    )
    first, last = connection.execute(query).one()
    return {"first_seen": first, "last_seen": last}


def _id_of(cluster_id: str, picked: Sequence[str], now: datetime) -> str:
    """Return an id that no cluster of the machine's has: those are named after a comment."""
    told = "\x1f".join(("split", cluster_id, now.isoformat(), *picked))
    return hashlib.blake2b(told.encode(), digest_size=16).hexdigest()
