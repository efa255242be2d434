"""SQL of the queue of safeguarding: what waits for a person trained to read it.

Both questions begin at the index of codes, so they cost what was ever flagged, however many other
comments there are.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pandas as pd
import sqlalchemy as sa

from app.queries import missing_as_none
from feedback.safeguarding import waiting
from feedback.safeguarding_record import HISTORY
from feedback.schema import audit, comments, safeguarding_outcomes

if TYPE_CHECKING:
    from feedback.store import Store

__all__ = [
    "MAX_DEALT_WITH",
    "MAX_LINES",
    "MAX_WAITING",
    "SafeguardingCounts",
    "Waiting",
    "comment_history",
    "count_safeguarding",
    "dealt_with",
    "recent_lines",
    "safeguarding_queue",
    "service_in_queue",
    "waiting_comments",
]

MAX_WAITING = 200
"""Comments listed on the page: the sure ones and the oldest of them first."""

MAX_DEALT_WITH = 100
"""Comments dealt with that are listed on the page, the latest first."""

MAX_LINES = 100
"""Lines of the record shown, the latest first."""

_LISTED = ("comment_id", "service", "page", "language", "submitted_at")


@dataclass(frozen=True)
class SafeguardingCounts:
    """How many comments wait, how many of them only for review, and when the oldest was sent."""

    n_waiting: int
    n_review: int
    oldest_at: datetime | None

    def as_dict(self) -> dict[str, int | str | None]:
        """Return the counts as JSON takes them."""
        oldest = self.oldest_at.isoformat() if self.oldest_at else None
        return {**asdict(self), "oldest_at": oldest}


def count_safeguarding(store: Store, service: str | None = None) -> SafeguardingCounts:
    """Return the queue's size, on one service if given; no period limits it."""
    waits = waiting().subquery()
    size = [figure.label(name) for name, figure in _size(waits).items()]
    return _counts(
        store.read(
            sa.select(*size)
            .join_from(waits, comments, comments.c.comment_id == waits.c.comment_id)
            .where(*_of(service))
        )
    )


def safeguarding_queue(store: Store, service: str | None, n: int) -> pd.DataFrame:
    """Return up to ``n`` comments that wait, the sure ones first, the oldest first within.

    Returns
    -------
    DataFrame
        comment_id, service, page, language, submitted_at, text, is_assigned, probability.
    """
    waits = waiting().subquery()
    names = ("comment_id", "service", "page", "language", "submitted_at", "text")
    rows = store.read(
        sa.select(*(comments.c[name] for name in names), waits.c.is_assigned, waits.c.probability)
        .join_from(waits, comments, comments.c.comment_id == waits.c.comment_id)
        .where(*_of(service))
        .order_by(waits.c.is_assigned.desc(), comments.c.submitted_at, comments.c.comment_id)
        .limit(n)
    )
    return missing_as_none(rows)


@dataclass(frozen=True)
class Waiting:
    """The queue of the page: how large it is, and the comments that come first.

    ``comments`` has comment_id, service, page, language, submitted_at, is_assigned and probability.
    """

    counts: SafeguardingCounts
    comments: pd.DataFrame


def waiting_comments(store: Store, service: str | None) -> Waiting:
    """Return what waits, the sure ones first, the oldest first within; never a text."""
    waits = waiting().subquery()
    rows = store.read(
        sa.select(
            *(comments.c[name] for name in _LISTED),
            waits.c.is_assigned,
            waits.c.probability,
            # In the same pass: to find what waits is what takes its time.
            *(figure.over().label(name) for name, figure in _size(waits).items()),
        )
        .join_from(waits, comments, comments.c.comment_id == waits.c.comment_id)
        .where(*_of(service))
        .order_by(waits.c.is_assigned.desc(), comments.c.submitted_at, comments.c.comment_id)
        .limit(MAX_WAITING)
    )
    names = [*_LISTED, "is_assigned", "probability"]
    return Waiting(_counts(rows), missing_as_none(rows[names]))


def _size(waits: sa.FromClause) -> dict[str, sa.FunctionElement[Any]]:
    """Return how large the queue is, as figures to select beside `comments`."""
    at = comments.c.submitted_at
    return {
        "n_waiting": sa.func.count(),
        "n_review": sa.func.sum(1 - waits.c.is_assigned),
        "oldest_at": sa.func.min(at, type_=at.type),
    }


def _counts(rows: pd.DataFrame) -> SafeguardingCounts:
    """Return the figures of `_size`, which stand in every row; an empty queue has nothing."""
    if rows.empty or not rows["n_waiting"].iloc[0]:
        return SafeguardingCounts(0, 0, None)
    row = rows.iloc[0]
    oldest = row["oldest_at"].to_pydatetime()
    return SafeguardingCounts(int(row["n_waiting"]), int(row["n_review"]), oldest)


def dealt_with(store: Store, service: str | None) -> pd.DataFrame:
    """Return what was done, the latest first; never a text.

    Returns
    -------
    DataFrame
        comment_id, service, page, language, submitted_at, outcome, note, who, at.
    """
    # First what was done, which is little: SQLite would begin at the comments.
    table = sa.select(safeguarding_outcomes).cte("done").prefix_with("MATERIALIZED")
    told = (table.c[name] for name in ("outcome", "note", "who", "at"))
    rows = store.read(
        sa.select(*(comments.c[name] for name in _LISTED), *told)
        .join_from(table, comments, comments.c.comment_id == table.c.comment_id)
        .where(*_of(service))
        .order_by(table.c.at.desc(), table.c.comment_id)
        .limit(MAX_DEALT_WITH)
    )
    return missing_as_none(rows)


def service_in_queue(store: Store, comment_id: str) -> str | None:
    """Return the service of a comment that waits or was dealt with; None for any other."""
    waits = waiting().subquery()
    is_there = sa.or_(
        sa.exists().where(waits.c.comment_id == comments.c.comment_id),
        sa.exists().where(safeguarding_outcomes.c.comment_id == comments.c.comment_id),
    )
    found = store.read(
        sa.select(comments.c.service).where(comments.c.comment_id == comment_id, is_there)
    )["service"]
    return None if found.empty else str(found.iloc[0])


def comment_history(store: Store, comment_id: str) -> pd.DataFrame:
    """Return who looked at a comment and what they did, the latest first: at, who, action, detail.

    A comment that the viewer does not see has no history here.
    """
    is_there = sa.exists().where(comments.c.comment_id == comment_id)
    return _lines(store, audit.c.object == f"comment {comment_id}", is_there)


def recent_lines(store: Store, comment_ids: tuple[str, ...]) -> pd.DataFrame:
    """Return the latest looks and outcomes of some comments: at, who, action, detail, object."""
    return _lines(store, audit.c.object.in_([f"comment {one}" for one in comment_ids]))


def _lines(store: Store, *conditions: sa.ColumnElement[bool]) -> pd.DataFrame:
    names = ("at", "who", "action", "detail", "object")
    query = (
        sa.select(*(audit.c[name] for name in names))
        .where(*conditions, audit.c.action.in_(HISTORY))
        .order_by(audit.c.at.desc(), audit.c.entry_id.desc())
        .limit(MAX_LINES)
    )
    return missing_as_none(store.read(query))


def _of(service: str | None) -> list[sa.ColumnElement[Any]]:
    return [] if service is None else [comments.c.service == service]
