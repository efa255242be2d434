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
from feedback.schema import comments

if TYPE_CHECKING:
    from feedback.store import Store

__all__ = ["SafeguardingCounts", "count_safeguarding", "safeguarding_queue"]


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
    at = comments.c.submitted_at
    row = store.read(
        sa.select(
            sa.func.count().label("n_waiting"),
            sa.func.sum(1 - waits.c.is_assigned).label("n_review"),
            sa.func.min(at, type_=at.type).label("oldest_at"),
        )
        .join_from(waits, comments, comments.c.comment_id == waits.c.comment_id)
        .where(*_of(service))
    ).iloc[0]
    oldest = row["oldest_at"]
    return SafeguardingCounts(
        n_waiting=int(row["n_waiting"]),
        n_review=0 if pd.isna(row["n_review"]) else int(row["n_review"]),
        oldest_at=None if pd.isna(oldest) else oldest.to_pydatetime(),
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


def _of(service: str | None) -> list[sa.ColumnElement[Any]]:
    return [] if service is None else [comments.c.service == service]
