"""Put the comments of one issue into another, and what people decided with them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np
import sqlalchemy as sa

from feedback import schema
from feedback.decisions import write_audit
from feedback.errors import StoreError
from feedback.schema import IssueStatus

__all__ = ["MERGED", "merge_by_person", "merge_issues"]

MERGED = "merge issues"
"""Action in the audit log."""
TOOLKIT = "toolkit"
"""Who merges where no person did."""

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
        loser, winner = _row(connection, gone), _row(connection, into)
        moved, gave_way = _decisions(loser, winner)
        firsts = {
            "first_seen": min(loser["first_seen"], winner["first_seen"]),
            "last_seen": max(loser["last_seen"], winner["last_seen"]),
        }
        _update(connection, into, {**moved, **firsts})
        members = schema.assignments
        connection.execute(
            sa.update(members).where(members.c.cluster_id == gone).values(cluster_id=into)
        )
        is_gone = sa.or_(_issues.c.cluster_id == gone, _issues.c.merged_into == gone)
        closed = {"merged_into": into, "status": IssueStatus.CLOSED.value}
        connection.execute(sa.update(_issues).where(is_gone).values(**closed))
        detail = {"into": into, "moved": _told(moved), "gave_way": _told(gave_way)}
        write_audit(connection, now, who, MERGED, f"issue {gone}", detail)


def merge_by_person(
    connection: sa.Connection, gone: str, into: str, now: datetime, *, who: str
) -> None:
    """Merge an issue into another of the same page because a person says that they are one.

    Unlike a machine's, it is done whatever people decided about the two before.

    Raises
    ------
    StoreError
        One is not in the store or was merged already, or they are of different pages.
    """
    loser, winner = _row(connection, gone), _row(connection, into)
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
    total = sum(
        np.frombuffer(row["centroid"], "<f4").astype(np.float64) * row["n"]
        for row in (loser, winner)
    )
    mean = np.asarray(total / max(n, 1), dtype="<f4")
    _update(connection, into, {"n": n, "centroid": mean.tobytes()})
    merge_issues(connection, {gone: into}, now, who=who)


def _row(connection: sa.Connection, cluster_id: str) -> dict[str, Any]:
    found = connection.execute(sa.select(_issues).where(_issues.c.cluster_id == cluster_id)).first()
    if found is None:
        raise StoreError(f"There is no issue {cluster_id} in the store.")
    return dict(found._mapping)


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
