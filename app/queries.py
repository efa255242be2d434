"""SQL of the dashboard: what the filters need, and parts that several views share.

No page holds a query of its own. Each view is one function here or in ``queries_*.py``: from a
store and filters to a small frozen result. Results are kept by `app.live.load` until the store
changes. Every query goes by an index and every list has a limit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pandas as pd
import sqlalchemy as sa

from app.wording import LONDON
from feedback.coding import SAFEGUARDING, wins
from feedback.schema import (
    EMPTY_LABEL,
    CommentState,
    Decision,
    IssueStatus,
    Measure,
    codings,
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
    "LIVE_ISSUE",
    "SAFEGUARDING",
    "StoreFacts",
    "hour_column",
    "in_scope",
    "is_quotable",
    "is_safeguarding",
    "missing_as_none",
    "per_day",
    "per_week",
    "store_facts",
    "theme_counts",
    "wins",
]

MAX_PLACES = 2_000
"""Services and pages offered in a filter."""

MAX_THEMES = 30
MAX_SERVICES = 200

LIVE_ISSUE = (
    issues.c.status.not_in((IssueStatus.CLOSED.value, IssueStatus.NOT_AN_ISSUE.value)),
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
    found = [comments.c.submitted_at >= filters.start, comments.c.submitted_at < filters.end]
    if filters.service is not None:
        found.append(comments.c.service == filters.service)
    if filters.page is not None:
        found.append(comments.c.page == filters.page)
    return found


def hour_column(column: sa.ColumnElement[Any]) -> sa.ColumnElement[str]:
    """Return the hour of a time, UTC, as text such as ``2026-04-01 09``.

    Hours, since a day in London begins at 23:00 UTC for half of the year.
    """
    return sa.func.substr(sa.cast(column, sa.String), 1, 13)


def per_day(frame: pd.DataFrame, filters: Filters, by: list[str]) -> pd.DataFrame:
    """Add up counts by ``hour`` to days in London, with a zero for a day without any.

    Returns
    -------
    DataFrame
        ``by``, day (datetime64, naive) and n, for every day of the filters' period.
    """
    days = pd.date_range(filters.first_day, filters.last_day, freq="D", name="day")
    hours = pd.to_datetime(frame["hour"], format="%Y-%m-%d %H", utc=True)
    local = hours.dt.tz_convert(LONDON).dt.tz_localize(None).dt.normalize()
    counted = frame.assign(day=local.astype(days.dtype))
    if not by:
        return counted.groupby("day")["n"].sum().reindex(days, fill_value=0).reset_index()
    if frame.empty:
        return pd.DataFrame({**{name: [] for name in by}, "day": days[:0], "n": []})
    wide = counted.pivot_table(index="day", columns=by, values="n", aggfunc="sum")
    wide = wide.reindex(days).fillna(0).astype("int64")
    return wide.stack(by, future_stack=True).rename("n").reset_index()[[*by, "day", "n"]]


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


def theme_counts(filters: Filters, by: list[sa.ColumnElement[Any]]) -> sa.Select[Any]:
    """Select how many comments carry each code, most frequent first; ``none`` is no theme."""
    coding = codings.alias()
    n = sa.func.count(sa.distinct(coding.c.comment_id)).label("n")
    return (
        sa.select(*by, coding.c.code, n)
        .select_from(comments.join(coding, coding.c.comment_id == comments.c.comment_id))
        .where(
            *in_scope(filters),
            coding.c.decision == Decision.ASSIGNED.value,
            coding.c.code != EMPTY_LABEL,
            wins(coding),
        )
        .group_by(*by, coding.c.code)
        .order_by(n.desc(), coding.c.code)
    )


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
