"""SQL of the digest: what a service's last day or week was like, and what is new since it began.

No text of a comment is read here, nor a title of an issue or the name of a novel complaint, which
are made of comments' words: what is never read cannot be sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd
import sqlalchemy as sa

from app.queries import missing_as_none
from feedback.schema import (
    EMPTY_LABEL,
    CommentState,
    IssueStatus,
    Measure,
    SignalLevel,
    alarms,
    comments,
    issues,
    signals,
)
from feedback.tallies import counts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feedback.store import Store
    from feedback.subscriptions import Period

__all__ = ["MAX_LISTED", "DigestFacts", "digest_facts"]

MAX_SERVICES = 200
MAX_LISTED = 10
"""Signals and issues of each kind that a digest lists; of more it gives the number."""

MAX_THEMES = 500
FRESH_DAYS = 366
"""How far back the last comment of a service is looked for."""

FIXED_DAYS = 28
"""An issue marked fixed longer ago is no news."""

_ISSUE_COLUMNS = (
    *("cluster_id", "service", "page", "theme", "status"),
    *("first_seen", "n", "fixed_at", "reopened_at", "facts"),
)
_SIGNAL_COLUMNS = (
    *("signal_id", "as_of", "kind", "level", "service", "page", "theme", "window_start"),
    *("window_end", "n", "expected", "rate_ratio", "low", "high"),
)


@dataclass(frozen=True)
class DigestFacts:
    """What a digest is made of.

    ``services`` has one row a service: n and n_before (comments of the period and of the one
    before), n_, sum_ and squares_ of satisfaction and effort, n_completed, n_asked and last_day.
    ``themes`` has value (a code), n and n_before. ``signals`` and the three frames of issues have
    n_all, how many there are beyond those listed.
    """

    services: pd.DataFrame
    themes: pd.DataFrame
    as_of: datetime | None
    signals: pd.DataFrame
    new_issues: pd.DataFrame
    reopened: pd.DataFrame
    fixed: pd.DataFrame
    n_waiting: int


def digest_facts(store: Store, period: Period, service: str | None, today: date) -> DigestFacts:
    """Return what is to be told about a period of one service, or of all."""
    waiting = store.read(
        sa.select(sa.func.count().label("n")).where(
            comments.c.state == CommentState.RECEIVED.value, *_of(comments, service)
        )
    )
    as_of = store.read(sa.select(sa.func.max(signals.c.as_of).label("at")))["at"].iloc[0]
    return DigestFacts(
        services=_services(store, period, service, today),
        themes=_themes(store, period, service),
        as_of=None if pd.isna(as_of) else as_of.to_pydatetime(),
        signals=_new_signals(store, period, service),
        new_issues=_issues(store, service, _is_new(period)),
        reopened=_issues(store, service, [_within(issues.c.reopened_at, period)]),
        fixed=_issues(store, service, _is_fixed(period)),
        n_waiting=int(waiting["n"].iloc[0]),
    )


def _of(table: sa.Table, service: str | None) -> list[sa.ColumnElement[bool]]:
    return [] if service is None else [table.c.service == service]


def _within(column: sa.Column[Any], period: Period) -> sa.ColumnElement[bool]:
    return sa.and_(column >= period.start, column < period.end)


def _before(period: Period) -> tuple[date, date]:
    """Return the days of the period before, as long as this one."""
    length = (period.last_day - period.first_day).days + 1
    return period.first_day - timedelta(days=length), period.first_day - timedelta(days=1)


def _counted(
    store: Store,
    measure: Measure,
    by: Sequence[str],
    days: tuple[date, date],
    service: str | None,
) -> pd.DataFrame:
    first, last = days
    return store.read(counts(measure, by=by, first_day=first, last_day=last, service=service))


def _services(store: Store, period: Period, service: str | None, today: date) -> pd.DataFrame:
    days = period.first_day, period.last_day
    by_day = counts(
        Measure.COMMENTS,
        by=["service", "day"],
        first_day=today - timedelta(days=FRESH_DAYS),
        last_day=today,
        service=service,
    ).subquery()
    last_day = sa.func.max(by_day.c.day).label("last_day")
    fresh = store.read(
        sa.select(by_day.c.service, last_day).group_by(by_day.c.service).limit(MAX_SERVICES)
    )
    before = _counted(store, Measure.COMMENTS, ["service"], _before(period), service)
    frames = [
        _counted(store, Measure.COMMENTS, ["service"], days, service),
        before.rename(columns={"n": "n_before"}),
        *(
            _sums(_counted(store, measure, ["service", "value"], days, service), name)
            for measure, name in (
                (Measure.SATISFACTION, "satisfaction"),
                (Measure.EFFORT, "effort"),
            )
        ),
        _completing(_counted(store, Measure.COMPLETED, ["service", "value"], days, service)),
    ]
    found = fresh
    for frame in frames:
        found = found.merge(frame, on="service", how="outer")
    figures = [name for name in found if name not in ("service", "last_day")]
    found[figures] = found[figures].fillna(0).astype("int64")
    return missing_as_none(found).sort_values("service").reset_index(drop=True)


def _sums(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return the sums from which a mean and its interval follow."""
    value, n = rows["value"].astype("int64"), rows["n"].astype("int64")
    parts = {f"n_{name}": n, f"sum_{name}": value * n, f"squares_{name}": value**2 * n}
    return rows[["service"]].assign(**parts).groupby("service", as_index=False).sum()


def _completing(rows: pd.DataFrame) -> pd.DataFrame:
    n = rows["n"].astype("int64")
    parts = {"n_asked": n, "n_completed": n.where(rows["value"] == "1", 0)}
    return rows[["service"]].assign(**parts).groupby("service", as_index=False).sum()


def _themes(store: Store, period: Period, service: str | None) -> pd.DataFrame:
    days = period.first_day, period.last_day
    now = _counted(store, Measure.CODE, ["value"], days, service)
    before = _counted(store, Measure.CODE, ["value"], _before(period), service)
    found = now.merge(before.rename(columns={"n": "n_before"}), on="value", how="outer")
    found[["n", "n_before"]] = found[["n", "n_before"]].fillna(0).astype("int64")
    found = found[found["value"] != EMPTY_LABEL]
    return found.sort_values(["n", "value"], ascending=[False, True]).head(MAX_THEMES)


def _new_signals(store: Store, period: Period, service: str | None) -> pd.DataFrame:
    """Return what stands at the newest look and was told of for the first time since the start."""
    newest = sa.select(sa.func.max(signals.c.as_of)).scalar_subquery()
    told = sa.and_(
        alarms.c.kind == signals.c.kind,
        alarms.c.service == signals.c.service,
        alarms.c.page == sa.func.coalesce(signals.c.page, ""),
        alarms.c.theme == signals.c.theme,
    )
    is_watch = sa.case((signals.c.level == SignalLevel.ALERT.value, 0), else_=1)
    columns = [signals.c[name] for name in _SIGNAL_COLUMNS]
    query = (
        sa.select(*columns, sa.func.count().over().label("n_all"))
        .outerjoin_from(signals, alarms, told)
        .where(
            signals.c.as_of == newest,
            signals.c.as_of >= period.start,
            sa.or_(alarms.c.raised_at.is_(None), alarms.c.raised_at >= period.start),
            *_of(signals, service),
        )
        .order_by(is_watch, signals.c.q_value, signals.c.low.desc(), signals.c.signal_id)
        .limit(MAX_LISTED)
    )
    return missing_as_none(store.read(query))


def _is_new(period: Period) -> list[sa.ColumnElement[bool]]:
    ended = (IssueStatus.PROVISIONAL, IssueStatus.CLOSED, IssueStatus.NOT_AN_ISSUE)
    return [
        _within(issues.c.first_seen, period),
        issues.c.status.not_in([status.value for status in ended]),
    ]


def _is_fixed(period: Period) -> list[sa.ColumnElement[bool]]:
    since = period.end - timedelta(days=FIXED_DAYS)
    ended = (IssueStatus.FIXED.value, IssueStatus.CLOSED.value)
    return [
        issues.c.fixed_at >= since,
        issues.c.fixed_at < period.end,
        issues.c.reopened_at.is_(None),
        issues.c.status.in_(ended),
    ]


def _issues(
    store: Store, service: str | None, conditions: Sequence[sa.ColumnElement[bool]]
) -> pd.DataFrame:
    columns = [issues.c[name] for name in _ISSUE_COLUMNS]
    query = (
        sa.select(*columns, sa.func.count().over().label("n_all"))
        .where(issues.c.merged_into.is_(None), *conditions, *_of(issues, service))
        .order_by(issues.c.n.desc(), issues.c.cluster_id)
        .limit(MAX_LISTED)
    )
    return missing_as_none(store.read(query))
