"""SQL of the queue "Needs a Welsh speaker": comments in Welsh whose codes are unsure.

The queue is told from language and codings whenever it is asked for, so it is never out of date. It
goes by the index of Welsh comments, however many others there are.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pandas as pd
import sqlalchemy as sa

from app.queries import in_scope, is_safeguarding
from feedback.schema import (
    IS_WELSH,
    CommentState,
    Decision,
    Origin,
    coding_samples,
    codings,
    comments,
    standing_codes,
)

if TYPE_CHECKING:
    from app.filters import Filters
    from feedback.store import Store

__all__ = ["WelshCounts", "count_welsh", "count_welsh_in", "needs_welsh_speaker", "welsh_queue"]


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


def needs_welsh_speaker() -> sa.ColumnElement[bool]:
    """Condition: a comment in Welsh whose codes are unsure, which no person has coded yet.

    Unsure is where the machine assigned no code, or put one up for review. A comment that may be
    about safeguarding is not in this queue, but in that of safeguarding.
    """
    return sa.and_(_is_open(), _is_unsure(), sa.not_(is_safeguarding()))


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
    query = sa.select(comments.c.comment_id).where(needs_welsh_speaker())
    if service is not None:
        query = query.where(comments.c.service == service)
    order = (_is_on_sheet(), comments.c.submitted_at, comments.c.comment_id)
    return list(store.read(query.order_by(*order).limit(n))["comment_id"])


def _count(store: Store, scope: list[sa.ColumnElement[bool]]) -> WelshCounts:
    told = (
        sa.select(
            comments.c.submitted_at,
            is_safeguarding().label("is_urgent"),
            sa.and_(_is_unsure(), sa.not_(is_safeguarding())).label("waits"),
            _is_on_sheet().label("is_on_sheet"),
        )
        .where(_is_open(), *scope)
        .subquery()
    )
    at = told.c.submitted_at
    row = store.read(
        sa.select(
            _total(told.c.waits, "n_waiting"),
            _total(sa.and_(told.c.waits, told.c.is_on_sheet), "n_on_sheet"),
            _total(told.c.is_urgent, "n_safeguarding"),
            sa.func.min(sa.case((told.c.waits, at)), type_=at.type).label("oldest_at"),
        )
    ).iloc[0]
    oldest = row["oldest_at"]
    return WelshCounts(
        n_waiting=int(row["n_waiting"] or 0),
        n_on_sheet=int(row["n_on_sheet"] or 0),
        n_safeguarding=int(row["n_safeguarding"] or 0),
        oldest_at=None if pd.isna(oldest) else oldest.to_pydatetime(),
    )


def _total(condition: sa.ColumnElement[bool], name: str) -> sa.Label[Any]:
    return sa.func.sum(sa.case((condition, 1), else_=0)).label(name)


def _is_open() -> sa.ColumnElement[bool]:
    """Condition: in Welsh, with words in it, coded by the machine and by nobody else.

    What the machine has not coded yet is nobody's: it might be safeguarding.
    """
    coding = codings.alias()
    is_coded = sa.exists().where(
        coding.c.comment_id == comments.c.comment_id, coding.c.origin == Origin.PERSON.value
    )
    return sa.and_(
        IS_WELSH,
        comments.c.state == CommentState.ENRICHED.value,
        sa.not_(comments.c.is_empty),
        sa.not_(is_coded),
    )


def _is_unsure() -> sa.ColumnElement[bool]:
    return sa.or_(_has(Decision.REVIEW), sa.not_(_has(Decision.ASSIGNED)))


def _has(decision: Decision) -> sa.ColumnElement[bool]:
    """Condition: the comment has a code with this decision that counts."""
    given = standing_codes
    return sa.exists().where(
        given.c.comment_id == comments.c.comment_id, given.c.decision == decision.value
    )


def _is_on_sheet() -> sa.ColumnElement[bool]:
    """Condition: drawn for a person to code before; with nobody's codes, it has not come back."""
    return sa.exists().where(coding_samples.c.comment_id == comments.c.comment_id)
