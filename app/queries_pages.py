"""SQL of the page explorer: all pages of a service in journey order, and one page by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pandas as pd
import sqlalchemy as sa

from app.queries import (
    LIVE_ISSUE,
    at_place,
    counts_in,
    in_scope,
    is_quotable,
    missing_as_none,
)
from app.queries_signals import newest_signals
from feedback.schema import (
    EMPTY_LABEL,
    IssueStatus,
    Measure,
    SignalKind,
    SignalLevel,
    alarms,
    comments,
    issues,
    signals,
)

if TYPE_CHECKING:
    from app.filters import Filters
    from feedback.store import Store

__all__ = ["FAULTS", "OnePage", "Pages", "one_page", "pages"]

FAULTS = "fault"
"""Group of codes that say what did not work."""

MAX_PAGES = 300
"""Pages in the table; a service has tens."""
MAX_SIGNALS = 20
MAX_ISSUES = 12
MAX_RECENT = 12


@dataclass(frozen=True)
class Pages:
    """Pages with comments in the filters' period, whatever page is chosen.

    ``pages`` has service, page, n, n_faults, top_code, n_top, n_alerts, n_watches, n_quiet and
    n_issues; ``days`` service, page, day and n. Surveys about a whole service have no page.
    """

    pages: pd.DataFrame
    n_pages: int
    days: pd.DataFrame


@dataclass(frozen=True)
class OnePage:
    """One page.

    ``days`` has day and n; ``themes`` code and n; ``quiet`` the signals that it went
    quiet, with raised_at; ``issues`` its live issue clusters; ``recent`` what may be quoted.
    """

    n_comments: int
    days: pd.DataFrame
    themes: pd.DataFrame
    signals: pd.DataFrame
    quiet: pd.DataFrame
    last_at: datetime | None
    issues: pd.DataFrame
    n_issues: int
    recent: pd.DataFrame


def _counted(store: Store, measure: Measure, filters: Filters, by: list[str]) -> pd.DataFrame:
    frame = store.read(counts_in(filters, measure, by=by))
    return frame.rename(columns={"place": "page", "value": "code"})


def pages(store: Store, filters: Filters) -> Pages:
    """Return the pages of the filters' service, or of all, most comments first."""
    days = _counted(store, Measure.COMMENTS, filters, ["day", "service", "place"])
    days = days[days["page"] != ""]
    days = days.assign(day=pd.to_datetime(days["day"]).astype("datetime64[us]"))
    key = ["service", "page"]
    found = days.groupby(key, as_index=False)["n"].sum()
    # A page that went quiet may have no comment left in the period, and is told all the same.
    found = found.merge(store.read(_signals_by_page(filters)), on=key, how="outer")
    for frame in (
        _faults(store, filters),
        _top_themes(store, filters),
        store.read(_issues_by_page(filters)),
    ):
        found = found.merge(frame, on=key, how="left")
    numbers = ["n", "n_faults", "n_top", "n_alerts", "n_watches", "n_quiet", "n_issues"]
    found[numbers] = found[numbers].fillna(0).astype("int64")
    found = found.sort_values(["n", *key], ascending=[False, True, True], ignore_index=True)
    top = found.head(MAX_PAGES)
    shown = days.merge(top[key], on=key)
    return Pages(missing_as_none(top), len(found), shown.reset_index(drop=True))


def _faults(store: Store, filters: Filters) -> pd.DataFrame:
    found = _counted(store, Measure.GROUP, filters, ["service", "place", "value"])
    return found.loc[found["code"] == FAULTS, ["service", "page", "n"]].rename(
        columns={"n": "n_faults"}
    )


def _top_themes(store: Store, filters: Filters) -> pd.DataFrame:
    found = _counted(store, Measure.CODE, filters, ["service", "place", "value"])
    found = found[found["code"] != EMPTY_LABEL].sort_values(["n", "code"], ascending=[False, True])
    top = found.drop_duplicates(["service", "page"])
    return top.rename(columns={"code": "top_code", "n": "n_top"})


def _newest_look() -> sa.ScalarSelect[Any]:
    return sa.select(sa.func.max(signals.c.as_of)).scalar_subquery()


def _total(condition: sa.ColumnElement[bool], name: str) -> sa.Label[Any]:
    return sa.func.sum(sa.case((condition, 1), else_=0)).label(name)


def _signals_by_page(filters: Filters) -> sa.Select[Any]:
    is_quiet = signals.c.kind == SignalKind.QUIET.value
    return (
        sa.select(
            signals.c.service,
            signals.c.page,
            _total(signals.c.level == SignalLevel.ALERT.value, "n_alerts"),
            _total(signals.c.level == SignalLevel.WATCH.value, "n_watches"),
            _total(is_quiet, "n_quiet"),
        )
        .where(signals.c.as_of == _newest_look(), signals.c.page != "", *at_place(signals, filters))
        .group_by(signals.c.service, signals.c.page)
    )


def _live_issues(filters: Filters) -> list[sa.ColumnElement[bool]]:
    return [
        *LIVE_ISSUE,
        issues.c.status != IssueStatus.PROVISIONAL.value,
        *at_place(issues, filters),
    ]


def _issues_by_page(filters: Filters) -> sa.Select[Any]:
    return (
        sa.select(issues.c.service, issues.c.page, sa.func.count().label("n_issues"))
        .where(*_live_issues(filters))
        .group_by(issues.c.service, issues.c.page)
    )


def one_page(store: Store, filters: Filters) -> OnePage:
    """Return what is known of the filters' page."""
    days = _counted(store, Measure.COMMENTS, filters, ["day"])
    days = days.assign(day=pd.to_datetime(days["day"]).astype("datetime64[us]"))
    every = pd.date_range(filters.first_day, filters.last_day, name="day", unit="us")
    days = days.set_index("day")["n"].reindex(every, fill_value=0).reset_index()
    themes = _counted(store, Measure.CODE, filters, ["value"])
    themes = themes[themes["code"] != EMPTY_LABEL]
    found, n_issues = _issues(store, filters)
    told, _ = newest_signals(store, filters, MAX_SIGNALS)
    last = store.read(
        sa.select(sa.func.max(comments.c.submitted_at).label("at")).where(
            *at_place(comments, filters)
        )
    )["at"].iloc[0]
    return OnePage(
        n_comments=int(days["n"].sum()),
        days=days,
        themes=themes.sort_values(["n", "code"], ascending=[False, True], ignore_index=True),
        signals=told,
        quiet=_quiet(store, filters, told),
        last_at=None if pd.isna(last) else last.to_pydatetime(),
        issues=found,
        n_issues=n_issues,
        recent=store.read(
            sa.select(comments.c.comment_id, comments.c.submitted_at, comments.c.text)
            .where(*in_scope(filters), is_quotable())
            .order_by(comments.c.submitted_at.desc(), comments.c.comment_id)
            .limit(MAX_RECENT)
        ),
    )


def _quiet(store: Store, filters: Filters, told: pd.DataFrame) -> pd.DataFrame:
    """Return the signals that a page went quiet, with when each was first told of."""
    quiet = told[told["kind"] == SignalKind.QUIET.value]
    raised = store.read(
        sa.select(alarms.c.theme, alarms.c.raised_at)
        .where(alarms.c.kind == SignalKind.QUIET.value, *at_place(alarms, filters))
        .order_by(alarms.c.raised_at.desc())
        .limit(MAX_SIGNALS)
    )
    return quiet.merge(raised.drop_duplicates("theme"), on="theme", how="left")


def _issues(store: Store, filters: Filters) -> tuple[pd.DataFrame, int]:
    """Return the live issue clusters seen in the period, largest first, and how many there are."""
    wanted = ("cluster_id", "title", "status", "theme", "n", "first_seen", "last_seen")
    found = store.read(
        sa.select(*(issues.c[name] for name in wanted), sa.func.count().over().label("n_all"))
        .where(
            *_live_issues(filters),
            issues.c.last_seen >= filters.start,
            issues.c.first_seen < filters.end,
        )
        .order_by(issues.c.n.desc(), issues.c.last_seen.desc(), issues.c.cluster_id)
        .limit(MAX_ISSUES)
    )
    n_all = int(found["n_all"].iloc[0]) if len(found) else 0
    return missing_as_none(found.drop(columns="n_all")), n_all
