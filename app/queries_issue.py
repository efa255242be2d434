"""SQL of issues: lists of them, one by the beginning of its id, what was done about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd
import sqlalchemy as sa

from app.queries import ENDED, missing_as_none
from app.queries_issues import choose_quotes, quotable_texts
from feedback.errors import StoreError
from feedback.issue_changes import history_of_issue
from feedback.schema import IssueStatus, assignments, issues

if TYPE_CHECKING:
    from feedback.store import Store

__all__ = [
    "MAX_LISTED",
    "comments_of_issue",
    "find_issue",
    "history_of",
    "list_issues",
    "quotes_of",
]

MAX_LISTED = 200
MAX_HISTORY = 20
_CANDIDATES = 5
_SHOWN_CHARACTERS = 12

_FOR_MACHINES = ("centroid", "undo", "arranged_at", "titled_by")
_COLUMNS = tuple(column for column in issues.c if column.name not in _FOR_MACHINES)
"""What says something to a person."""


def list_issues(
    store: Store, service: str | None = None, page: str | None = None, status: str | None = None
) -> pd.DataFrame:
    """Return issues, settled ones first, then the largest; those put aside only if asked for."""
    wanted = [issues.c.merged_into.is_(None)]
    for column, value in ((issues.c.service, service), (issues.c.page, page)):
        if value is not None:
            wanted.append(column == value)
    wanted.append(issues.c.status.not_in(ENDED) if status is None else issues.c.status == status)
    is_provisional = sa.case((issues.c.status == IssueStatus.PROVISIONAL.value, 1), else_=0)
    order = (is_provisional, issues.c.n.desc(), issues.c.last_seen.desc(), issues.c.cluster_id)
    return missing_as_none(
        store.read(sa.select(*_COLUMNS).where(*wanted).order_by(*order).limit(MAX_LISTED))
    )


def find_issue(store: Store, prefix: str) -> dict[str, Any]:
    """Return the issue whose id begins so; what was merged leads to what it was merged into.

    Raises
    ------
    StoreError
        None begins so, or several do; the message lists them.
    """
    begin = prefix.strip().lower()
    escaped = begin.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    found = store.read(
        sa.select(*_COLUMNS)
        .where(issues.c.cluster_id.like(f"{escaped}%", escape="\\"))
        .order_by(issues.c.cluster_id)
        .limit(_CANDIDATES)
    )
    if found.empty or not begin:
        raise StoreError("No issue has an id that begins so. List them with: feedback issues list")
    exact = found[found["cluster_id"] == begin]
    if len(found) > 1 and exact.empty:
        listed = ", ".join(key[:_SHOWN_CHARACTERS] for key in found["cluster_id"])
        raise StoreError(f"Several issues have an id that begins so: {listed}. Give more of it.")
    row: dict[str, Any] = missing_as_none(exact if len(exact) else found).iloc[0].to_dict()
    if row["merged_into"]:
        return find_issue(store, row["merged_into"])
    return row


def quotes_of(store: Store, row: dict[str, Any]) -> list[str]:
    """Return up to three comments of an issue that may be quoted."""
    texts = quotable_texts(store, row["quotes"] or [])
    return choose_quotes([texts[key] for key in row["quotes"] or [] if key in texts])


def history_of(store: Store, cluster_id: str) -> list[dict[str, Any]]:
    """Return what was done about an issue, newest first, as the audit log has it."""
    frame = store.read(history_of_issue(cluster_id).limit(MAX_HISTORY))
    return [
        {"at": row.at.to_pydatetime(), "who": row.who, "action": row.action, "detail": row.detail}
        for row in frame.itertuples()
    ]


def comments_of_issue(store: Store, cluster_id: str, prefixes: Sequence[str]) -> list[str]:
    """Return the comments of an issue whose ids begin so.

    Raises
    ------
    StoreError
        No comment of the issue has an id that begins so, or several have.
    """
    found = []
    for prefix in prefixes:
        begin = "".join(filter(str.isalnum, prefix.lower()))
        is_own = assignments.c.cluster_id == cluster_id
        ids = store.read(
            sa.select(assignments.c.comment_id)
            .where(is_own, assignments.c.comment_id.startswith(begin or " "))
            .limit(2)
        )["comment_id"].tolist()
        if len(ids) != 1:
            many = "Several comments" if ids else "No comment"
            raise StoreError(f"{many} of this issue: an id that begins with {begin or prefix!r}.")
        found += ids
    return found
