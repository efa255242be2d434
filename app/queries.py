"""SQL of the dashboard, shared parts and the overview. No page holds a query of its own.

Each view is one function here or in ``queries_*.py``: from a store and filters to a small frozen
result. Results are kept by `app.live.load` until the store changes. Every query goes by an index
and every list has a limit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd
import sqlalchemy as sa

from app.wording import LONDON
from feedback.coding import SAFEGUARDING, wins
from feedback.schema import (
    EMPTY_LABEL,
    CommentState,
    Decision,
    codings,
    comments,
    responses,
    signals,
)
from feedback.standing import is_safeguarded as is_safeguarding
from feedback.standing import is_shown as is_quotable

if TYPE_CHECKING:
    from app.filters import Filters
    from feedback.store import Store

__all__ = [
    "SAFEGUARDING",
    "Overview",
    "StoreFacts",
    "hour_column",
    "in_scope",
    "is_quotable",
    "is_safeguarding",
    "missing_as_none",
    "overview",
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


@dataclass(frozen=True)
class StoreFacts:
    """What the filters need: which services and pages there are, and how fresh the store is.

    ``places`` has service, page, n and last_at; page is None for a survey about a whole service.
    """

    places: pd.DataFrame
    n_comments: int
    n_waiting: int
    last_at: datetime | None
    first_at: datetime | None
    codes: tuple[str, ...]


@dataclass(frozen=True)
class Overview:
    """Figures for each service.

    ``services`` has one row a service: n_responses; n_, sum_ and squares_ of satisfaction and
    effort; n_completed and n_asked; n_comments; n_week and n_week_before; last_at; n_alerts and
    n_watches. ``themes`` has service, code and n; ``days`` has service, day and n.
    """

    services: pd.DataFrame
    themes: pd.DataFrame
    days: pd.DataFrame


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
    """Return which services, pages and codes there are, and how fresh the store is."""
    n = sa.func.count().label("n")
    last, first = sa.func.max(comments.c.submitted_at), sa.func.min(comments.c.submitted_at)
    places = store.read(
        sa.select(
            comments.c.service, comments.c.page, n, last.label("last_at"), first.label("first_at")
        )
        .group_by(comments.c.service, comments.c.page)
        .order_by(comments.c.service, comments.c.page)
        .limit(MAX_PLACES)
    )
    surveyed = store.read(
        sa.select(
            responses.c.service,
            sa.func.max(responses.c.submitted_at).label("last_at"),
            sa.func.min(responses.c.submitted_at).label("first_at"),
        )
        .group_by(responses.c.service)
        .limit(MAX_SERVICES)
    )
    unseen = surveyed[~surveyed["service"].isin(places["service"])]
    places = pd.concat([places, unseen.assign(page=None, n=0)[places.columns]])
    waiting = store.read(sa.select(n).where(comments.c.state == CommentState.RECEIVED.value))
    known = store.read(sa.select(codings.c.code).distinct().order_by(codings.c.code).limit(500))
    return StoreFacts(
        places=missing_as_none(places.reset_index(drop=True)),
        n_comments=int(places["n"].sum()),
        n_waiting=int(waiting.iloc[0, 0]),
        last_at=None if places.empty else places["last_at"].max().to_pydatetime(),
        first_at=None if places.empty else places["first_at"].min().to_pydatetime(),
        codes=tuple(code for code in known["code"] if code != EMPTY_LABEL),
    )


def overview(store: Store, filters: Filters) -> Overview:
    """Return the figures of each service over the filters' period."""
    frames = [
        store.read(select)
        for select in (_comments_by_service(filters), _answers(filters), _signal_counts())
    ]
    services = frames[0]
    for frame in frames[1:]:
        services = services.merge(frame, on="service", how="outer")
    if filters.service is not None:
        services = services[services["service"] == filters.service]
    counts = [name for name in services if name not in ("service", "last_at")]
    services[counts] = services[counts].fillna(0)
    hours = store.read(_hours_by_service(filters))
    return Overview(
        services=services.sort_values("service").reset_index(drop=True),
        themes=store.read(theme_counts(filters, [comments.c.service]).limit(MAX_THEMES * 10)),
        days=per_day(hours, filters, ["service"]),
    )


def _total(condition: sa.ColumnElement[bool], name: str) -> sa.Label[Any]:
    return sa.func.sum(sa.case((condition, 1), else_=0)).label(name)


def _comments_by_service(filters: Filters) -> sa.Select[Any]:
    at, week = comments.c.submitted_at, timedelta(days=7)
    return (
        sa.select(
            comments.c.service,
            sa.func.count().label("n_comments"),
            _total(at >= filters.end - week, "n_week"),
            _total(sa.and_(at >= filters.end - 2 * week, at < filters.end - week), "n_week_before"),
            sa.func.max(at).label("last_at"),
        )
        .where(*in_scope(filters))
        .group_by(comments.c.service)
        .limit(MAX_SERVICES)
    )


def _answers(filters: Filters) -> sa.Select[Any]:
    """Select the sums from which means, shares and their intervals follow."""
    columns: list[sa.ColumnElement[Any]] = []
    for name in ("satisfaction", "effort"):
        value = responses.c[name]
        columns += [
            sa.func.count(value).label(f"n_{name}"),
            sa.func.sum(value).label(f"sum_{name}"),
            sa.func.sum(value * value).label(f"squares_{name}"),
        ]
    found = [responses.c.submitted_at >= filters.start, responses.c.submitted_at < filters.end]
    if filters.service is not None:
        found.append(responses.c.service == filters.service)
    return (
        sa.select(
            responses.c.service,
            sa.func.count().label("n_responses"),
            *columns,
            sa.func.count(responses.c.completed).label("n_asked"),
            _total(responses.c.completed.is_(True), "n_completed"),
        )
        .where(*found)
        .group_by(responses.c.service)
        .limit(MAX_SERVICES)
    )


def _signal_counts() -> sa.Select[Any]:
    newest = sa.select(sa.func.max(signals.c.as_of)).scalar_subquery()
    return (
        sa.select(
            signals.c.service,
            _total(signals.c.level == "alert", "n_alerts"),
            _total(signals.c.level == "watch", "n_watches"),
        )
        .where(signals.c.as_of == newest)
        .group_by(signals.c.service)
        .limit(MAX_SERVICES)
    )


def _hours_by_service(filters: Filters) -> sa.Select[Any]:
    hour = hour_column(comments.c.submitted_at).label("hour")
    return (
        sa.select(comments.c.service, hour, sa.func.count().label("n"))
        .where(*in_scope(filters))
        .group_by(comments.c.service, hour)
    )
