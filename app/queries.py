"""SQL of the dashboard: what the filters need, and parts that several views share.

No page holds a query of its own. Each view is one function here or in ``queries_*.py``: from a
store and filters to a small frozen result. Results are kept by `app.live.load` until the store
changes. Every query goes by an index and every list has a limit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pandas as pd
import sqlalchemy as sa

from feedback.coding import SAFEGUARDING
from feedback.schema import (
    EMPTY_LABEL,
    CommentState,
    IssueStatus,
    Measure,
    comments,
    issues,
    responses,
    standing_codes,
)
from feedback.standing import is_safeguarded as is_safeguarding
from feedback.standing import is_shown as is_quotable
from feedback.tallies import counts

if TYPE_CHECKING:
    from app.filters import Filters
    from feedback.store import Store

__all__ = [
    "ENDED",
    "LIVE_ISSUE",
    "SAFEGUARDING",
    "StoreFacts",
    "at_place",
    "counts_in",
    "in_scope",
    "is_quotable",
    "is_safeguarding",
    "missing_as_none",
    "per_week",
    "store_facts",
]

MAX_PLACES = 2_000
"""Services and pages offered in a filter."""

MAX_SERVICES = 200

ENDED = (IssueStatus.CLOSED.value, IssueStatus.NOT_AN_ISSUE.value)
"""Statuses of issues that a team has done with."""

LIVE_ISSUE = (
    issues.c.status.not_in(ENDED),
    issues.c.merged_into.is_(None),
)
"""Conditions: an issue cluster that a team has not done with."""


@dataclass(frozen=True)
class StoreFacts:
    """What the filters need: which services and pages there are, and how fresh the store is.

    ``places`` has service, page and n; page is None for a survey about a whole service.
    """

    places: pd.DataFrame
    n_comments: int
    n_waiting: int
    last_at: datetime | None
    first_at: datetime | None
    codes: tuple[str, ...]


def missing_as_none(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with None, which is false, where a text is missing; pandas has NaN."""
    texts = frame.select_dtypes(["str", "object"])
    return frame.assign(**texts.astype(object).where(texts.notna(), None))


def in_scope(filters: Filters) -> list[sa.ColumnElement[bool]]:
    """Return the filters on service, page and period as conditions on ``comments``."""
    at = comments.c.submitted_at
    return [at >= filters.start, at < filters.end, *at_place(comments, filters)]


def at_place(table: sa.FromClause, filters: Filters) -> list[sa.ColumnElement[bool]]:
    """Return the filters on service and page as conditions on a table."""
    chosen = {table.c.service: filters.service, table.c.page: filters.page}
    return [column == value for column, value in chosen.items() if value is not None]


def counts_in(filters: Filters, measure: Measure, *, by: Sequence[str]) -> sa.Select[Any]:
    """Select what `feedback.tallies.counts` has of the filters' service, page and period."""
    return counts(
        measure,
        by=by,
        first_day=filters.first_day,
        last_day=filters.last_day,
        service=filters.service,
        place=filters.page,
    )


def per_week(days: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Add up days to whole weeks that end with the last day; an unfinished first week is left out.

    Returns
    -------
    DataFrame
        ``by``, week (its first day) and n.
    """
    if days.empty:
        return pd.DataFrame({**{name: [] for name in by}, "week": [], "n": []})
    last = days["day"].max()
    weeks_back = (last - days["day"]).dt.days // 7
    first = last - pd.to_timedelta(weeks_back * 7 + 6, unit="D")
    whole = first >= days["day"].min()
    frame = days.assign(week=first)[whole]
    return frame.groupby([*by, "week"], as_index=False, sort=True)["n"].sum()


def store_facts(store: Store) -> StoreFacts:
    """Return which services and pages there are, and how fresh the store is; counts no comment."""
    places = store.read(_counted(Measure.COMMENTS, ["service", "place"]).limit(MAX_PLACES))
    places = places.rename(columns={"place": "page"}).replace({"page": {"": None}})
    surveyed = store.read(_counted(Measure.RESPONSES, ["service"]).limit(MAX_SERVICES))
    unseen = surveyed[~surveyed["service"].isin(places["service"])]
    n_comments = int(places["n"].sum())
    places = pd.concat([places, unseen.assign(page=None, n=0)[places.columns]])
    n = sa.func.count().label("n")
    waiting = store.read(sa.select(n).where(comments.c.state == CommentState.RECEIVED.value))
    known = store.read(_known_codes().limit(500))
    first, last = (
        [at for table in (comments, responses) if (at := _moment_at_end(store, table, end))]
        for end in (sa.func.min, sa.func.max)
    )
    return StoreFacts(
        places=missing_as_none(places.reset_index(drop=True)),
        n_comments=n_comments,
        n_waiting=int(waiting.iloc[0, 0]),
        last_at=max(last, default=None),
        first_at=min(first, default=None),
        codes=tuple(code for code in known["code"] if code != EMPTY_LABEL),
    )


def _counted(measure: Measure, by: list[str]) -> sa.Select[Any]:
    """Select what was ever counted."""
    return counts(measure, by=by, first_day=date.min, last_day=date.max)


def _moment_at_end(store: Store, table: sa.Table, end: Any) -> datetime | None:
    """Return the first or last moment of a table's rows, by way of its first or last day."""
    day = sa.select(end(table.c.day)).scalar_subquery()
    found = store.read(sa.select(end(table.c.submitted_at).label("at")).where(table.c.day == day))
    at = found["at"].iloc[0]
    return None if pd.isna(at) else at.to_pydatetime()


def _known_codes() -> sa.Select[Any]:
    """Select each code that counts somewhere, going from one to the next by the index."""
    of = standing_codes.c.code
    known = sa.select(sa.func.min(of).label("code")).cte("known", recursive=True)
    following = sa.select(sa.func.min(of)).where(of > known.c.code).scalar_subquery()
    known = known.union_all(sa.select(following).where(known.c.code.is_not(None)))
    return sa.select(known.c.code).where(known.c.code.is_not(None))
