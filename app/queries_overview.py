"""SQL of the overview: figures of each service, what changed, open issues. Counts are kept by day.

Everything is read by day and service, and added up here to whatever period a figure is of.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd
import sqlalchemy as sa

from app.queries import LIVE_ISSUE, missing_as_none
from app.trends import Span, trend_spans, week_spans
from feedback.intervals import Answers
from feedback.schema import (
    EMPTY_LABEL,
    IssueStatus,
    Measure,
    SignalLevel,
    audit,
    comments,
    issues,
    signals,
)
from feedback.tallies import counts

if TYPE_CHECKING:
    from app.filters import Filters
    from feedback.store import Store

__all__ = ["DaysCounted", "Overview", "StatusChange", "overview"]

MAX_SERVICES = 200
MAX_NEW_ISSUES = 20
MAX_SIGNALS = 3
"""Signals told on the overview; the page of emerging issues has all."""
MAX_AUDIT_LINES = 2_000
"""Newest lines of the audit log among which changes of status are looked for."""

TRIAGED = "triage"
"""Action of the audit log that tells a change of an issue's status, owner or ticket."""


@dataclass(frozen=True)
class DaysCounted:
    """Counts by day (datetime64), service and, for answers, value; 0 is left out."""

    comments: pd.DataFrame
    responses: pd.DataFrame
    satisfaction: pd.DataFrame
    effort: pd.DataFrame
    completed: pd.DataFrame

    def n(self, what: str, span: Span, service: str | None = None) -> int:
        """Return how many there were."""
        return int(_within(getattr(self, what), span, service)["n"].sum())

    def answers(self, name: str, span: Span, service: str | None = None) -> Answers:
        """Return the answers to a question on a scale."""
        rows = _within(getattr(self, name), span, service)
        value, n = rows["value"].astype("int64"), rows["n"].astype("int64")
        return Answers(int(n.sum()), int((value * n).sum()), int((value**2 * n).sum()))

    def completing(self, span: Span, service: str | None = None) -> tuple[int, int]:
        """Return how many completed what they came for, and of how many it is known."""
        rows = _within(self.completed, span, service)
        return int(rows.loc[rows["value"] == "1", "n"].sum()), int(rows["n"].sum())


def _within(frame: pd.DataFrame, span: Span, service: str | None) -> pd.DataFrame:
    first, last = pd.Timestamp(span.first_day), pd.Timestamp(span.last_day)
    chosen = frame["day"].between(first, last)
    return frame[chosen if service is None else chosen & (frame["service"] == service)]


@dataclass(frozen=True)
class StatusChange:
    """An issue whose status a person changed; ``status`` is the newest one in the period."""

    title: str
    service: str
    page: str | None
    status: str


@dataclass(frozen=True)
class Overview:
    """Figures for each service.

    ``services`` has one row a service: last_at, n_alerts and n_watches; ``signals`` sentence,
    level, service and page of the strongest. ``themes`` has service,
    code and n over the period; ``week_themes`` code, n_before and n. ``open_issues`` has service,
    status and n; ``new_issues`` title, service, page and n, first seen in the last 7 days.
    ``trend`` is what is compared, earlier first.
    """

    period: Span
    trend: tuple[Span, Span] | None
    weeks: tuple[Span, Span]
    counted: DaysCounted
    services: pd.DataFrame
    signals: pd.DataFrame
    themes: pd.DataFrame
    week_themes: pd.DataFrame
    open_issues: pd.DataFrame
    new_issues: pd.DataFrame
    n_new_issues: int
    status_changes: tuple[StatusChange, ...]

    @property
    def days(self) -> pd.DataFrame:
        """Service, day and n of comments for every day of the period."""
        days = pd.date_range(self.period.first_day, self.period.last_day, name="day")
        rows = _within(self.counted.comments, self.period, None)
        if rows.empty:
            return pd.DataFrame({"service": [], "day": days[:0], "n": []})
        wide = rows.pivot_table(index="day", columns="service", values="n", aggfunc="sum")
        filled = wide.reindex(days).fillna(0).astype("int64")
        return filled.stack(future_stack=True).rename("n").reset_index()[["service", "day", "n"]]


def overview(store: Store, filters: Filters, first_known: date) -> Overview:
    """Return the figures of each service over the filters' period.

    Parameters
    ----------
    first_known
        Day of the first comment in the store: what lies before it cannot be compared with.
    """
    period = Span(filters.first_day, filters.last_day)
    trend, weeks = trend_spans(period, first_known), week_spans(filters.last_day)
    spans = [period, *weeks, *(trend or ())]
    whole = Span(min(s.first_day for s in spans), max(s.last_day for s in spans))
    counted = DaysCounted(
        **{
            name: _by_day(store, measure, whole, filters.service)
            for name, measure in {
                "comments": Measure.COMMENTS,
                "responses": Measure.RESPONSES,
                "satisfaction": Measure.SATISFACTION,
                "effort": Measure.EFFORT,
                "completed": Measure.COMPLETED,
            }.items()
        }
    )
    new_issues, n_new = _new_issues(store, weeks[1], filters.service)
    return Overview(
        period=period,
        trend=trend,
        weeks=weeks,
        counted=counted,
        services=_services(store, counted, period, filters.service),
        signals=_strongest_signals(store, filters.service),
        themes=_themes(store, period, filters.service),
        week_themes=_week_themes(store, weeks, filters.service),
        open_issues=_open_issues(store, filters.service),
        new_issues=new_issues,
        n_new_issues=n_new,
        status_changes=_status_changes(store, weeks[1], filters.service),
    )


def _by_day(store: Store, measure: Measure, span: Span, service: str | None) -> pd.DataFrame:
    by = ["day", "service", "value"]
    frame = store.read(
        counts(measure, by=by, first_day=span.first_day, last_day=span.last_day, service=service)
    )
    return frame.assign(day=pd.to_datetime(frame["day"]).astype("datetime64[us]"))


def _services(
    store: Store, counted: DaysCounted, period: Span, service: str | None
) -> pd.DataFrame:
    """Return the services with comments, responses or a signal, and their newest comment."""
    seen = {
        name
        for frame in (counted.comments, counted.responses)
        for name in _within(frame, period, None)["service"]
    }
    frames = [_last_comments(store, counted.comments, period), store.read(_signal_counts(service))]
    found = pd.DataFrame({"service": sorted(seen)}, dtype="object")
    for frame in frames:
        found = found.merge(frame, on="service", how="outer")
    counts_of = ["n_alerts", "n_watches"]
    found[counts_of] = found[counts_of].fillna(0).astype("int64")
    return found.sort_values("service").reset_index(drop=True)


def _last_comments(store: Store, days: pd.DataFrame, period: Span) -> pd.DataFrame:
    """Return when each service's newest comment of the period was sent, by its last day."""
    last = _within(days, period, None).groupby("service")["day"].max()
    if last.empty:
        return pd.DataFrame({"service": [], "last_at": []}, dtype="object")
    texts = last.dt.strftime("%Y-%m-%d")
    return store.read(
        sa.select(comments.c.service, sa.func.max(comments.c.submitted_at).label("last_at"))
        .where(comments.c.day.in_(sorted(set(texts))), comments.c.service.in_(list(texts.index)))
        .group_by(comments.c.service)
        .limit(MAX_SERVICES)
    )


def _signal_counts(service: str | None) -> sa.Select[Any]:
    newest = sa.select(sa.func.max(signals.c.as_of)).scalar_subquery()
    levels = {"n_alerts": SignalLevel.ALERT.value, "n_watches": SignalLevel.WATCH.value}
    totals = [
        sa.func.sum(sa.case((signals.c.level == level, 1), else_=0)).label(name)
        for name, level in levels.items()
    ]
    return (
        sa.select(signals.c.service, *totals)
        .where(signals.c.as_of == newest, *_of(signals, service))
        .group_by(signals.c.service)
        .limit(MAX_SERVICES)
    )


def _strongest_signals(store: Store, service: str | None) -> pd.DataFrame:
    newest = sa.select(sa.func.max(signals.c.as_of)).scalar_subquery()
    is_watch = sa.case((signals.c.level == SignalLevel.ALERT.value, 0), else_=1)
    wanted = [signals.c[name] for name in ("sentence", "level", "service", "page")]
    found = store.read(
        sa.select(*wanted)
        .where(signals.c.as_of == newest, *_of(signals, service))
        .order_by(is_watch, signals.c.q_value, signals.c.low.desc(), signals.c.signal_id)
        .limit(MAX_SIGNALS)
    )
    return missing_as_none(found)


def _of(table: sa.Table, service: str | None) -> list[sa.ColumnElement[bool]]:
    return [] if service is None else [table.c.service == service]


def _codes(store: Store, span: Span, by: list[str], service: str | None) -> pd.DataFrame:
    frame = store.read(
        counts(
            Measure.CODE,
            by=[*by, "value"],
            first_day=span.first_day,
            last_day=span.last_day,
            service=service,
        )
    ).rename(columns={"value": "code"})
    return frame[frame["code"] != EMPTY_LABEL]


def _themes(store: Store, period: Span, service: str | None) -> pd.DataFrame:
    """Return service, code and n, most frequent first."""
    found = _codes(store, period, ["service"], service)
    return found.sort_values(["n", "code"], ascending=[False, True], ignore_index=True)


def _week_themes(store: Store, weeks: tuple[Span, Span], service: str | None) -> pd.DataFrame:
    """Return code, n_before and n of two weeks."""
    before, now = (_codes(store, week, [], service) for week in weeks)
    both = now.merge(before, on="code", how="outer", suffixes=("", "_before"))
    return both.fillna({"n": 0, "n_before": 0}).astype({"n": "int64", "n_before": "int64"})


def _open_issues(store: Store, service: str | None) -> pd.DataFrame:
    n = sa.func.count().label("n")
    return store.read(
        sa.select(issues.c.service, issues.c.status, n)
        .where(
            *LIVE_ISSUE,
            issues.c.status != IssueStatus.PROVISIONAL.value,
            *_of(issues, service),
        )
        .group_by(issues.c.service, issues.c.status)
        .limit(MAX_SERVICES * len(IssueStatus))
    )


def _new_issues(store: Store, week: Span, service: str | None) -> tuple[pd.DataFrame, int]:
    """Return the largest issues first seen in a week, and how many there are."""
    wanted = [issues.c[name] for name in ("cluster_id", "title", "service", "page", "n")]
    frame = store.read(
        sa.select(*wanted, sa.func.count().over().label("n_all"))
        .where(
            *LIVE_ISSUE,
            issues.c.status != IssueStatus.PROVISIONAL.value,
            issues.c.first_seen >= week.start,
            issues.c.first_seen < week.end,
            *_of(issues, service),
        )
        .order_by(issues.c.n.desc(), issues.c.cluster_id)
        .limit(MAX_NEW_ISSUES)
    )
    n_all = int(frame["n_all"].iloc[0]) if len(frame) else 0
    return missing_as_none(frame.drop(columns="n_all")), n_all


def _status_changes(store: Store, week: Span, service: str | None) -> tuple[StatusChange, ...]:
    """Return the issues whose status a person changed in a week, newest change first."""
    newest = (
        sa.select(audit.c.entry_id, audit.c.at, audit.c.action, audit.c.object, audit.c.detail)
        .order_by(audit.c.entry_id.desc())
        .limit(MAX_AUDIT_LINES)
        .subquery()
    )
    wanted = [issues.c[name] for name in ("cluster_id", "title", "service", "page")]
    found = store.read(
        sa.select(*wanted, newest.c.detail)
        .join(issues, newest.c.object == sa.literal("issue ") + issues.c.cluster_id)
        .where(
            newest.c.action == TRIAGED,
            newest.c.at >= week.start,
            newest.c.at < week.end,
            *_of(issues, service),
        )
        .order_by(newest.c.entry_id.desc())
        .limit(MAX_AUDIT_LINES)
    )
    told: dict[str, StatusChange] = {}
    for row in missing_as_none(found).itertuples():
        status = row.detail.get("status") if isinstance(row.detail, Mapping) else None
        if status is not None and row.cluster_id not in told:
            told[row.cluster_id] = StatusChange(row.title, row.service, row.page, str(status))
    return tuple(told.values())
