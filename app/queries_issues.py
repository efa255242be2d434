"""SQL of the emerging issues and of one page: signals, issue clusters, counts a day, quotes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import pandas as pd
import sqlalchemy as sa

from app.queries import MAX_THEMES, is_quotable, missing_as_none
from app.queries_signals import (
    ENDED,
    MAX_SIGNALS,
    at_place,
    choose_quotes,
    days_of,
    issues_behind,
    newest_signals,
    quotes_of_signals,
)
from feedback.schema import IssueStatus, Measure, comments, issues
from feedback.tallies import counts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.filters import Filters
    from feedback.store import Store

__all__ = [
    "MAX_ISSUES",
    "MAX_SIGNALS",
    "Emerging",
    "PageDetail",
    "choose_quotes",
    "emerging",
    "page_detail",
    "quotable_texts",
]

MAX_ISSUES = 12
MAX_RECENT = 12


@dataclass(frozen=True)
class Emerging:
    """Signals in order of evidence, and issue clusters in order of size and freshness.

    ``signals`` has the columns of the table and ``quotes`` (list of texts); ``days`` has
    signal_id, day and n; ``behind`` the issues behind each signal; ``issues`` has the columns of
    the table and ``quotes``.
    """

    as_of: datetime | None
    signals: pd.DataFrame
    n_signals: int
    days: pd.DataFrame
    behind: pd.DataFrame
    issues: pd.DataFrame
    n_issues: int


@dataclass(frozen=True)
class PageDetail:
    """One page, or one service where no page is chosen.

    ``days`` has day and n; ``themes`` code and n; ``recent`` comment_id, submitted_at, text.
    """

    n_comments: int
    days: pd.DataFrame
    themes: pd.DataFrame
    signals: pd.DataFrame
    issues: pd.DataFrame
    n_issues: int
    recent: pd.DataFrame


def emerging(store: Store, filters: Filters) -> Emerging:
    """Return signals and issue clusters of the filters' service and page."""
    found, n_signals = newest_signals(store, filters)
    clusters, n_issues = _issues(store, filters)
    quotes = quotes_of_signals(store, found)
    return Emerging(
        as_of=found["as_of"].max().to_pydatetime() if len(found) else None,
        signals=found.assign(quotes=[quotes.get(key, []) for key in found["signal_id"]]),
        n_signals=n_signals,
        days=days_of(store, filters, found),
        behind=issues_behind(store, found),
        issues=clusters,
        n_issues=n_issues,
    )


def page_detail(store: Store, filters: Filters) -> PageDetail:
    """Return trend, themes, signals, issue clusters and recent quotes of one page or service."""
    here = {
        "first_day": filters.first_day,
        "last_day": filters.last_day,
        "service": filters.service,
        "place": filters.page,
    }
    told = store.read(counts(Measure.COMMENTS, by=["day"], **here))
    period = pd.date_range(filters.first_day, filters.last_day, freq="D", name="day")
    by_day = pd.Series(told["n"].to_numpy("int64"), index=pd.to_datetime(told["day"]))
    days = by_day.reindex(period, fill_value=0).rename("n").reset_index()
    themes = counts(Measure.CODE, by=["value"], **here).subquery()
    recent = store.read(
        sa.select(comments.c.comment_id, comments.c.submitted_at, comments.c.text)
        .where(
            *at_place(comments, filters),
            comments.c.submitted_at >= filters.start,
            comments.c.submitted_at < filters.end,
            is_quotable(),
        )
        .order_by(comments.c.submitted_at.desc())
        .limit(MAX_RECENT)
    )
    clusters, n_issues = _issues(store, filters)
    return PageDetail(
        n_comments=int(days["n"].sum()),
        days=days,
        themes=store.read(
            sa.select(themes.c.value.label("code"), themes.c.n)
            .order_by(themes.c.n.desc(), themes.c.value)
            .limit(MAX_THEMES)
        ),
        signals=newest_signals(store, filters)[0],
        issues=clusters,
        n_issues=n_issues,
        recent=recent,
    )


def _issues(store: Store, filters: Filters) -> tuple[pd.DataFrame, int]:
    """Return live issue clusters, settled ones before provisional ones, with their quotes."""
    provisional = sa.case((issues.c.status == IssueStatus.PROVISIONAL.value, 1), else_=0)
    shown = [column for column in issues.c if column.name not in ("centroid", "undo")]
    frame = store.read(
        sa.select(*shown, sa.func.count().over().label("n_all"))
        .where(
            issues.c.status.not_in(ENDED),
            issues.c.merged_into.is_(None),
            issues.c.last_seen >= filters.start,
            issues.c.first_seen < filters.end,
            *at_place(issues, filters),
        )
        .order_by(provisional, issues.c.n.desc(), issues.c.last_seen.desc(), issues.c.cluster_id)
        .limit(MAX_ISSUES)
    )
    n_all = int(frame["n_all"].iloc[0]) if len(frame) else 0
    wanted = {key for keys in frame["quotes"] for key in keys}
    texts = quotable_texts(store, wanted)
    quotes = [choose_quotes([texts[k] for k in keys if k in texts]) for keys in frame["quotes"]]
    return missing_as_none(frame.assign(quotes=quotes).drop(columns="n_all")), n_all


def quotable_texts(store: Store, comment_ids: Iterable[str]) -> dict[str, str]:
    """Return the texts of those comments that may be quoted, by id."""
    frame = store.read(
        sa.select(comments.c.comment_id, comments.c.text).where(
            comments.c.comment_id.in_(sorted(comment_ids)), is_quotable()
        )
    )
    return dict(zip(frame["comment_id"], frame["text"], strict=True))
