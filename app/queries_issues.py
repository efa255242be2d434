"""SQL of the emerging issues and of one page: signals, issue clusters, counts a day, quotes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pandas as pd
import sqlalchemy as sa

from app.queries import (
    MAX_THEMES,
    hour_column,
    in_scope,
    is_quotable,
    missing_as_none,
    per_day,
    theme_counts,
    wins,
)
from feedback.schema import (
    ALL_REPORTS,
    CLUSTER_PREFIX,
    TEXT_PREFIX,
    Decision,
    IssueStatus,
    SignalLevel,
    assignments,
    codings,
    comments,
    issues,
    signals,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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

MAX_SIGNALS = 30
MAX_ISSUES = 12
MAX_QUOTES = 3
CANDIDATE_QUOTES = 12
"""Comments looked at for each theme; three of them are shown."""

QUOTE_WORDS = (4, 40)
"""Shorter ones explain nothing, longer ones are not read."""

MAX_RECENT = 12
ENDED = (IssueStatus.CLOSED.value, IssueStatus.NOT_AN_ISSUE.value)


@dataclass(frozen=True)
class Emerging:
    """Signals in order of evidence, and issue clusters in order of size and freshness.

    ``signals`` has the columns of the table and ``quotes`` (list of texts); ``days`` has
    signal_id, day and n; ``issues`` has the columns of the table and ``quotes``.
    """

    as_of: datetime | None
    signals: pd.DataFrame
    n_signals: int
    days: pd.DataFrame
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
    found, n_signals = _signals(store, filters)
    clusters, n_issues = _issues(store, filters)
    quotes = _quotes(store, found)
    return Emerging(
        as_of=found["as_of"].max().to_pydatetime() if len(found) else None,
        signals=found.assign(quotes=[quotes.get(key, []) for key in found["signal_id"]]),
        n_signals=n_signals,
        days=_signal_days(store, filters, found),
        issues=clusters,
        n_issues=n_issues,
    )


def page_detail(store: Store, filters: Filters) -> PageDetail:
    """Return trend, themes, signals, issue clusters and recent quotes of one page or service."""
    hour = hour_column(comments.c.submitted_at).label("hour")
    hours = store.read(
        sa.select(hour, sa.func.count().label("n")).where(*in_scope(filters)).group_by(hour)
    )
    recent = store.read(
        sa.select(comments.c.comment_id, comments.c.submitted_at, comments.c.text)
        .where(*in_scope(filters), is_quotable())
        .order_by(comments.c.submitted_at.desc())
        .limit(MAX_RECENT)
    )
    clusters, n_issues = _issues(store, filters)
    days = per_day(hours, filters, [])
    return PageDetail(
        n_comments=int(days["n"].sum()),
        days=days,
        themes=store.read(theme_counts(filters, []).limit(MAX_THEMES)),
        signals=_signals(store, filters)[0],
        issues=clusters,
        n_issues=n_issues,
        recent=recent,
    )


def _signals(store: Store, filters: Filters) -> tuple[pd.DataFrame, int]:
    """Return the signals of the newest look, strongest evidence first, and how many there are."""
    newest = sa.select(sa.func.max(signals.c.as_of)).scalar_subquery()
    found = [signals.c.as_of == newest, *_at_place(signals, filters)]
    is_watch = sa.case((signals.c.level == SignalLevel.ALERT.value, 0), else_=1)
    frame = store.read(
        sa.select(*signals.c, sa.func.count().over().label("n_all"))
        .where(*found)
        .order_by(is_watch, signals.c.q_value, signals.c.low.desc(), signals.c.signal_id)
        .limit(MAX_SIGNALS)
    )
    n_all = int(frame["n_all"].iloc[0]) if len(frame) else 0
    return missing_as_none(frame.drop(columns="n_all")), n_all


def _at_place(table: sa.Table, filters: Filters) -> list[sa.ColumnElement[bool]]:
    chosen = {table.c.service: filters.service, table.c.page: filters.page}
    return [column == value for column, value in chosen.items() if value is not None]


def _issues(store: Store, filters: Filters) -> tuple[pd.DataFrame, int]:
    """Return live issue clusters, settled ones before provisional ones, with their quotes."""
    provisional = sa.case((issues.c.status == IssueStatus.PROVISIONAL.value, 1), else_=0)
    shown = [column for column in issues.c if column.name != "centroid"]
    frame = store.read(
        sa.select(*shown, sa.func.count().over().label("n_all"))
        .where(
            issues.c.status.not_in(ENDED),
            issues.c.merged_into.is_(None),
            issues.c.last_seen >= filters.start,
            issues.c.first_seen < filters.end,
            *_at_place(issues, filters),
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


def _reports_of(signal: Any) -> list[sa.ColumnElement[bool]]:
    """Return the conditions on ``comments`` for the reports that a signal counts, at any time."""
    at_page = comments.c.page == signal.page if signal.page else comments.c.page.is_(None)
    at_place = [comments.c.service == signal.service, at_page]
    if signal.theme == ALL_REPORTS:
        return at_place
    if signal.theme.startswith(TEXT_PREFIX):
        return [*at_place, comments.c.comment_id.in_(signal.comments or [])]
    if signal.theme.startswith(CLUSTER_PREFIX):
        has_theme = sa.exists().where(
            assignments.c.comment_id == comments.c.comment_id,
            assignments.c.cluster_id == signal.theme.removeprefix(CLUSTER_PREFIX),
        )
    else:
        coding = codings.alias()
        has_theme = sa.exists().where(
            coding.c.comment_id == comments.c.comment_id,
            coding.c.code == signal.theme,
            coding.c.decision == Decision.ASSIGNED.value,
            wins(coding),
        )
    return [*at_place, has_theme]


def _quotes(store: Store, found: pd.DataFrame) -> dict[str, list[str]]:
    """Return up to three texts for each signal, from within its window, newest first."""
    selects = [
        sa.select(sa.literal(signal.signal_id).label("signal_id"), comments.c.text)
        .where(
            *_reports_of(signal),
            comments.c.submitted_at >= signal.window_start,
            comments.c.submitted_at < signal.window_end,
            is_quotable(),
        )
        .order_by(comments.c.submitted_at.desc())
        .limit(CANDIDATE_QUOTES)
        .subquery()
        for signal in found.itertuples()
    ]
    if not selects:
        return {}
    frame = store.read(_union([sa.select(select) for select in selects]))
    return {
        str(key): choose_quotes(list(group)) for key, group in frame.groupby("signal_id")["text"]
    }


def choose_quotes(texts: Sequence[str]) -> list[str]:
    """Return the first three texts of a readable length, filled up with others; no two alike."""
    shortest, longest = QUOTE_WORDS
    distinct: dict[str, str] = {}
    for text in texts:
        letters = "".join(filter(str.isalnum, text.lower()))
        distinct.setdefault(letters or text, text)
    readable = [text for text in distinct.values() if shortest <= len(text.split()) <= longest]
    return [*readable, *(text for text in distinct.values() if text not in readable)][:MAX_QUOTES]


def _signal_days(store: Store, filters: Filters, found: pd.DataFrame) -> pd.DataFrame:
    """Return the reports of each signal a day over the filters' period."""
    hour = hour_column(comments.c.submitted_at).label("hour")
    selects = [
        sa.select(sa.literal(signal.signal_id).label("signal_id"), hour, sa.func.count().label("n"))
        .where(
            *_reports_of(signal),
            comments.c.submitted_at >= filters.start,
            comments.c.submitted_at < filters.end,
        )
        .group_by(hour)
        for signal in found.itertuples()
    ]
    if not selects:
        return pd.DataFrame({"signal_id": [], "day": [], "n": []})
    return per_day(store.read(_union(selects)), filters, ["signal_id"])


def _union(selects: Sequence[sa.Select[Any]]) -> sa.Select[Any]:
    """Return all rows of all selects as one select."""
    return sa.select(sa.union_all(*selects).subquery())
