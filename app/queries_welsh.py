"""SQL of the queue "Needs a Welsh speaker": comments in Welsh whose codes are unsure.

The queue stands in the index of words (`feedback.search`), which is renewed with the codings, so it
is never out of date, and costs what waits, however many other comments there are.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import pandas as pd
import sqlalchemy as sa

from app.queries import in_scope
from feedback import search
from feedback.coding import is_flag
from feedback.schema import IS_ENRICHED, coding_samples, codings, comments
from feedback.welsh import WAITS_TAG, is_open_welsh

if TYPE_CHECKING:
    from app.filters import Filters
    from feedback.store import Store

__all__ = ["WelshCounts", "count_welsh", "count_welsh_in", "in_welsh_queue", "welsh_queue"]


@dataclass(frozen=True)
class WelshCounts:
    """How many comments need a Welsh speaker, and when the oldest of them was sent.

    ``n_on_sheet`` of them are on a sheet that has not come back. ``n_safeguarding`` more are in
    Welsh and perhaps about safeguarding: no person has coded them, and they are not in the queue,
    since they are for people trained to read them.
    """

    n_waiting: int
    n_on_sheet: int
    n_safeguarding: int
    oldest_at: datetime | None

    def as_dict(self) -> dict[str, int | str | None]:
        """Return the counts as JSON takes them."""
        oldest = self.oldest_at.isoformat() if self.oldest_at else None
        return {**asdict(self), "oldest_at": oldest}


def count_welsh(
    store: Store, service: str | None = None, since: datetime | None = None
) -> WelshCounts:
    """Return the queue's size, on one service and of comments sent since a moment if given."""
    scope: list[sa.ColumnElement[bool]] = []
    if service is not None:
        scope.append(comments.c.service == service)
    if since is not None:
        scope.append(comments.c.submitted_at >= since)
    return _count(store, scope)


def count_welsh_in(store: Store, filters: Filters) -> WelshCounts:
    """Return the queue's size for the filters' service, page and period.

    Words and codes searched for do not count: how many withheld texts have a word is for nobody.
    """
    return _count(store, in_scope(filters))


def welsh_queue(store: Store, service: str | None, n: int) -> list[str]:
    """Return the ids of up to ``n`` comments that need a Welsh speaker, the oldest first.

    Those on a sheet that has not come back stand behind the others: two people are not to code the
    same, but a sheet that is lost loses nothing.
    """
    query = sa.select(comments.c.comment_id).where(in_welsh_queue())
    if service is not None:
        query = query.where(comments.c.service == service)
    order = (_is_on_sheet(), comments.c.submitted_at, comments.c.comment_id)
    return list(store.read(query.order_by(*order).limit(n))["comment_id"])


def in_welsh_queue() -> sa.ColumnElement[bool]:
    """Condition: the comment needs a Welsh speaker, as the index of words knows it."""
    return comments.c.comment_id.in_(search.selecting((WAITS_TAG,)))


def _count(store: Store, scope: list[sa.ColumnElement[bool]]) -> WelshCounts:
    at = comments.c.submitted_at
    row = store.read(
        sa.select(
            sa.func.count().label("n_waiting"),
            sa.func.sum(sa.case((_is_on_sheet(), 1), else_=0)).label("n_on_sheet"),
            sa.func.min(at, type_=at.type).label("oldest_at"),
        ).where(in_welsh_queue(), *scope)
    ).iloc[0]
    flagged = codings.alias()
    urgent = store.read(
        sa.select(sa.func.count(comments.c.comment_id.distinct()).label("n"))
        .join_from(flagged, comments, comments.c.comment_id == flagged.c.comment_id)
        .where(
            is_flag(flagged),
            is_open_welsh(),
            IS_ENRICHED,
            sa.not_(comments.c.is_empty),
            *scope,
        )
    )
    oldest = row["oldest_at"]
    return WelshCounts(
        n_waiting=int(row["n_waiting"]),
        n_on_sheet=int(row["n_on_sheet"] or 0),
        n_safeguarding=int(urgent["n"].iloc[0]),
        oldest_at=None if pd.isna(oldest) else oldest.to_pydatetime(),
    )


def _is_on_sheet() -> sa.ColumnElement[bool]:
    """Condition: drawn for a person to code before; with nobody's codes, it has not come back."""
    return sa.exists().where(coding_samples.c.comment_id == comments.c.comment_id)
