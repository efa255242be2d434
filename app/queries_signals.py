"""SQL of signals: those of the newest look, their reports a day, quotes, and the issues behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import sqlalchemy as sa

from app.queries import LIVE_ISSUE, at_place, is_quotable, missing_as_none
from feedback.schema import (
    ALL_REPORTS,
    CLUSTER_PREFIX,
    TEXT_PREFIX,
    Decision,
    Measure,
    SignalLevel,
    assignments,
    comments,
    issues,
    signals,
    standing_codes,
)
from feedback.tallies import counts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.filters import Filters
    from feedback.store import Store

__all__ = [
    "FIRST_SIGNALS",
    "MAX_SIGNALS",
    "choose_quotes",
    "days_of",
    "issues_behind",
    "newest_signals",
    "quotes_of_signals",
]

FIRST_SIGNALS = 10
"""Signals that are shown with their evidence before somebody asks for the others."""
MAX_SIGNALS = 30
MAX_QUOTES = 3
CANDIDATE_QUOTES = 12
"""Comments looked at for each theme; three of them are shown."""
MAX_ISSUES_BEHIND = 3

QUOTE_WORDS = (4, 40)
"""Shorter ones explain nothing, longer ones are not read."""


def newest_signals(
    store: Store, filters: Filters, n: int = MAX_SIGNALS
) -> tuple[pd.DataFrame, int]:
    """Return ``n`` signals of the newest look, strongest evidence first, and how many there are."""
    newest = sa.select(sa.func.max(signals.c.as_of)).scalar_subquery()
    found = [signals.c.as_of == newest, *at_place(signals, filters)]
    is_watch = sa.case((signals.c.level == SignalLevel.ALERT.value, 0), else_=1)
    frame = store.read(
        sa.select(*signals.c, sa.func.count().over().label("n_all"))
        .where(*found)
        .order_by(is_watch, signals.c.q_value, signals.c.low.desc(), signals.c.signal_id)
        .limit(n)
    )
    n_all = int(frame["n_all"].iloc[0]) if len(frame) else 0
    return missing_as_none(frame.drop(columns="n_all")), n_all


def days_of(store: Store, filters: Filters, found: pd.DataFrame) -> pd.DataFrame:
    """Return signal_id, day and n: the reports of each signal on every day of the period."""
    days = pd.date_range(filters.first_day, filters.last_day, freq="D", name="day")
    frames = [
        _counted(store, filters, signal)
        .reindex(days, fill_value=0)
        .rename("n")
        .reset_index()
        .assign(signal_id=signal.signal_id)
        for signal in found.itertuples()
    ]
    if not frames:
        return pd.DataFrame({"signal_id": [], "day": [], "n": []})
    return pd.concat(frames, ignore_index=True)[["signal_id", "day", "n"]]


def _counted(store: Store, filters: Filters, signal: Any) -> pd.Series[Any]:
    """Return the reports of a signal by day, where there are any."""
    is_counted = not signal.theme.startswith((CLUSTER_PREFIX, TEXT_PREFIX))
    rows = store.read(_tallied(filters, signal) if is_counted else _listed(filters, signal))
    return pd.Series(rows["n"].to_numpy("int64"), index=pd.to_datetime(rows["day"]))


def _tallied(filters: Filters, signal: Any) -> sa.Select[Any]:
    """Select the reports of a code, or all of a page, by day."""
    is_all = signal.theme == ALL_REPORTS
    told = counts(
        Measure.COMMENTS if is_all else Measure.CODE,
        by=["day", "value"],
        first_day=filters.first_day,
        last_day=filters.last_day,
        service=signal.service,
        place=signal.page or "",
    ).subquery()
    query = sa.select(told.c.day, told.c.n)
    return query if is_all else query.where(told.c.value == signal.theme)


def _listed(filters: Filters, signal: Any) -> sa.Select[Any]:
    """Select the reports of an issue, or of a novel complaint, by day."""
    return (
        sa.select(comments.c.day, sa.func.count().label("n"))
        .where(
            *_reports_of(signal),
            comments.c.submitted_at >= filters.start,
            comments.c.submitted_at < filters.end,
        )
        .group_by(comments.c.day)
    )


def _reports_of(signal: Any) -> list[sa.ColumnElement[bool]]:
    """Return the conditions on ``comments`` for the reports that a signal counts, at any time."""
    at_page = comments.c.page == signal.page if signal.page else comments.c.page.is_(None)
    place = [comments.c.service == signal.service, at_page]
    if signal.theme == ALL_REPORTS:
        return place
    if signal.theme.startswith(TEXT_PREFIX):
        return [*place, comments.c.comment_id.in_(signal.comments or [])]
    if signal.theme.startswith(CLUSTER_PREFIX):
        members = sa.select(assignments.c.comment_id).where(
            assignments.c.cluster_id == signal.theme.removeprefix(CLUSTER_PREFIX)
        )
        return [*place, comments.c.comment_id.in_(members)]
    given = standing_codes
    page = given.c.page == signal.page if signal.page else given.c.page.is_(None)
    coded = sa.select(given.c.comment_id).where(
        given.c.code == signal.theme,
        given.c.decision == Decision.ASSIGNED.value,
        given.c.submitted_at >= signal.window_start,
        given.c.submitted_at < signal.window_end,
        given.c.service == signal.service,
        page,
        given.c.is_shown,
    )
    newest = coded.order_by(given.c.submitted_at.desc()).limit(CANDIDATE_QUOTES).subquery()
    return [comments.c.comment_id.in_(sa.select(newest))]


def quotes_of_signals(store: Store, found: pd.DataFrame) -> dict[str, list[str]]:
    """Return up to three texts for each signal, from within its window, newest first."""
    quotes = {}
    for signal in found.itertuples():
        rows = store.read(
            sa.select(comments.c.text)
            .where(
                *_reports_of(signal),
                comments.c.submitted_at >= signal.window_start,
                comments.c.submitted_at < signal.window_end,
                is_quotable(),
            )
            .order_by(comments.c.submitted_at.desc())
            .limit(CANDIDATE_QUOTES)
        )
        quotes[str(signal.signal_id)] = choose_quotes(rows["text"].tolist())
    return quotes


def choose_quotes(texts: Sequence[str]) -> list[str]:
    """Return the first three texts of a readable length, filled up with others; no two alike."""
    shortest, longest = QUOTE_WORDS
    distinct: dict[str, str] = {}
    for text in texts:
        letters = "".join(filter(str.isalnum, text.lower()))
        distinct.setdefault(letters or text, text)
    readable = [text for text in distinct.values() if shortest <= len(text.split()) <= longest]
    return [*readable, *(text for text in distinct.values() if text not in readable)][:MAX_QUOTES]


def issues_behind(store: Store, found: pd.DataFrame) -> pd.DataFrame:
    """Return the issues behind each signal, the likeliest first.

    Of a signal about an issue, that one, or the one that it was merged into; of one about a code,
    the open issues of its page with that theme; of a novel complaint, those its comments are in.

    Returns
    -------
    DataFrame
        signal_id, cluster_id, title, status, owner and n.
    """
    columns = [issues.c[name] for name in ("cluster_id", "title", "status", "owner", "n")]
    frames = []
    for signal in found.itertuples():
        condition = _behind(signal)
        if condition is not None:
            query = sa.select(*columns).where(condition, issues.c.service == signal.service)
            order = (issues.c.n.desc(), issues.c.cluster_id)
            rows = store.read(query.order_by(*order).limit(MAX_ISSUES_BEHIND))
            frames.append(rows.assign(signal_id=signal.signal_id))
    if not frames:
        names = ["cluster_id", "title", "status", "owner", "n", "signal_id"]
        return pd.DataFrame(columns=names)
    return missing_as_none(pd.concat(frames, ignore_index=True))


def _behind(signal: Any) -> sa.ColumnElement[bool] | None:
    is_open = sa.and_(*LIVE_ISSUE)
    page = issues.c.page == signal.page if signal.page else issues.c.page.is_(None)
    if signal.theme == ALL_REPORTS:
        return None
    if signal.theme.startswith(CLUSTER_PREFIX):
        own = signal.theme.removeprefix(CLUSTER_PREFIX)
        of_own = issues.alias()
        into = sa.select(sa.func.coalesce(of_own.c.merged_into, of_own.c.cluster_id))
        return issues.c.cluster_id.in_(into.where(of_own.c.cluster_id == own))
    if signal.theme.startswith(TEXT_PREFIX):
        owners = sa.select(assignments.c.cluster_id).where(
            assignments.c.comment_id.in_(signal.comments or [])
        )
        return sa.and_(issues.c.cluster_id.in_(owners), is_open)
    return sa.and_(page, issues.c.theme == signal.theme, is_open)
