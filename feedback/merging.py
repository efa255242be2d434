"""Put the comments of one issue into another, and what people decided with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import sqlalchemy as sa

from feedback import schema
from feedback.decisions import write_audit
from feedback.errors import StoreError
from feedback.issue_changes import check_revision, issue_row, keep_undo
from feedback.results import put_fact
from feedback.schema import IssueStatus
from feedback.writes import in_blocks

__all__ = [
    "ARRANGEMENT",
    "MERGED",
    "arrangement",
    "mark_arranged",
    "merge_by_person",
    "merge_issues",
    "move_comments",
    "without",
]

MERGED = "merge issues"
"""Action in the audit log."""
TOOLKIT = "toolkit"
"""Who merges where no person did."""
ARRANGEMENT = "clusters_arrangement"
"""Fact: a number that is raised when a person says which comments belong together. A round of the
machine that began before writes nothing."""

_issues = schema.issues
_DECIDED_BY_PEOPLE = ("owner", "ticket_url", "fixed_at", "reopened_at")
_UNDECIDED = (IssueStatus.PROVISIONAL.value, IssueStatus.NEW.value)


def merge_issues(
    connection: sa.Connection, merged: Mapping[str, str], now: datetime, *, who: str = TOOLKIT
) -> None:
    """Move comments from clusters to those that they are in now; the rows of both stay.

    What people decided about either survives on the one that stays: where both had a status, an
    owner, a ticket or a date, its own. The audit log tells what moved and what gave way. The one
    that is no more is closed and says which cluster it is in.

    Parameters
    ----------
    merged
        Ids: of clusters that are no more, and of those that stay.

    Raises
    ------
    StoreError
        One of them is not in the store, or a cluster is to be merged into itself.
    """
    for gone, into in sorted(merged.items()):
        if gone == into:
            raise StoreError(f"Issue {gone} cannot be merged into itself.")
        loser, winner = issue_row(connection, gone), issue_row(connection, into)
        moved, gave_way = _decisions(loser, winner)
        firsts = {
            "first_seen": min(loser["first_seen"], winner["first_seen"]),
            "last_seen": max(loser["last_seen"], winner["last_seen"]),
        }
        _update(connection, into, {**moved, **firsts})
        move_comments(connection, gone, into)
        is_gone = sa.or_(_issues.c.cluster_id == gone, _issues.c.merged_into == gone)
        closed = {"merged_into": into, "status": IssueStatus.CLOSED.value}
        connection.execute(sa.update(_issues).where(is_gone).values(**closed))
        detail = {"into": into, "moved": _told(moved), "gave_way": _told(gave_way)}
        write_audit(connection, now, who, MERGED, f"issue {gone}", detail)


def merge_by_person(
    connection: sa.Connection,
    gone: str,
    into: str,
    now: datetime,
    *,
    who: str,
    expected: int | None = None,
) -> None:
    """Merge an issue into another of the same page because a person says that they are one.

    Unlike a machine's, it is done whatever people decided about the two before, and no later round
    takes the comments apart again.

    Parameters
    ----------
    expected
        Revision of the one that is to go, as it was shown; see `feedback.issue_changes`.

    Raises
    ------
    ChangedMeanwhileError
        Somebody changed it since.
    StoreError
        One is not in the store or was merged already, or they are of different pages.
    """
    loser, winner = issue_row(connection, gone), issue_row(connection, into)
    check_revision(connection, gone, expected)
    for row in (loser, winner):
        if row["merged_into"] is not None:
            raise StoreError(
                f"Issue {row['cluster_id']} was merged into {row['merged_into']}. Name that one."
            )
    if (loser["service"], loser["page"]) != (winner["service"], winner["page"]):
        raise StoreError(
            f"Issue {gone} is about another page than issue {into}; only issues of one page merge."
        )
    n = loser["n"] + winner["n"]
    total = sum(_mean(row) * row["n"] for row in (loser, winner))
    mean = np.asarray(total / max(n, 1), dtype="<f4")
    members = schema.assignments
    comments = connection.scalars(
        sa.select(members.c.comment_id).where(members.c.cluster_id == gone)
    ).all()
    earlier = connection.scalars(
        sa.select(_issues.c.cluster_id).where(_issues.c.merged_into == gone)
    ).all()
    _update(connection, into, {"n": n, "centroid": mean.tobytes(), "arranged_at": now})
    merge_issues(connection, {gone: into}, now, who=who)
    mark_arranged(connection)
    before = {name: _kept(winner[name]) for name in _BEFORE}
    keep_undo(connection, into, {"kind": MERGED, "gone": gone, "before": before})
    of_gone = {
        "kind": MERGED,
        "before": {"status": loser["status"]},
        "comments": list(comments),
        "earlier": list(earlier),
    }
    keep_undo(connection, gone, of_gone)


_BEFORE = ("status", *_DECIDED_BY_PEOPLE, "first_seen", "last_seen")


def _kept(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _mean(row: Mapping[str, Any]) -> np.ndarray:
    return np.frombuffer(row["centroid"], "<f4").astype(np.float64)


def without(row: Mapping[str, Any], part: Mapping[str, Any], n: int) -> dict[str, Any]:
    """Return size and mean of an issue once ``n`` comments with another's mean have left it."""
    left = max(int(row["n"]) - n, 0)
    total = _mean(row) * row["n"] - _mean(part) * n
    mean = np.asarray(total / max(left, 1), dtype="<f4")
    return {"n": left, "centroid": mean.tobytes()}


def move_comments(
    connection: sa.Connection, source: str, to: str, comment_ids: Sequence[str] | None = None
) -> int:
    """Give comments of an issue to another; those of them that are in it. Return how many."""
    members = schema.assignments
    of_source = sa.update(members).where(members.c.cluster_id == source).values(cluster_id=to)
    if comment_ids is None:
        return connection.execute(of_source).rowcount
    return sum(
        connection.execute(of_source.where(members.c.comment_id.in_(block))).rowcount
        for block in in_blocks(list(comment_ids))
    )


def mark_arranged(connection: sa.Connection) -> None:
    """Note that what belongs together has changed: who read it before must read it again."""
    put_fact(connection, ARRANGEMENT, str(arrangement(connection) + 1))


def arrangement(connection: sa.Connection) -> int:
    """Return how often it has changed what belongs together."""
    table = schema.meta
    told = connection.scalar(sa.select(table.c.value).where(table.c.name == ARRANGEMENT))
    return int(told or 0)


def _update(connection: sa.Connection, cluster_id: str, values: dict[str, Any]) -> None:
    connection.execute(
        sa.update(_issues).where(_issues.c.cluster_id == cluster_id).values(**values)
    )


def _decisions(
    loser: dict[str, Any], winner: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what of the loser's moves to the winner, and what gives way to the winner's own."""
    told = {name: loser[name] for name in _DECIDED_BY_PEOPLE if loser[name] is not None}
    moved = {name: value for name, value in told.items() if winner[name] is None}
    gave_way = {name: value for name, value in told.items() if winner[name] not in (None, value)}
    if loser["status"] not in _UNDECIDED:
        to = moved if winner["status"] in _UNDECIDED else gave_way
        to["status"] = loser["status"]
    return moved, gave_way


def _told(values: dict[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in values.items()}
