"""SQL of the emerging issues: signals, issue clusters, counts a day, quotes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd
import sqlalchemy as sa

from app.queries import LIVE_ISSUE, at_place, is_quotable, missing_as_none
from app.queries_signals import (
    MAX_SIGNALS,
    choose_quotes,
    days_of,
    issues_behind,
    newest_signals,
    quotes_of_signals,
)
from feedback.schema import IssueStatus, comments, issues

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.filters import Filters
    from feedback.store import Store

__all__ = [
    "MAX_ISSUES",
    "Emerging",
    "choose_quotes",
    "emerging",
    "quotable_texts",
]

MAX_ISSUES = 12


@dataclass(frozen=True)
class Emerging:
    """Signals in order of evidence, and issue clusters in order of size and freshness.

    ``signals`` has the columns of the table and ``quotes`` (list of texts); ``days`` has
    signal_id, day and n; ``behind`` the issues behind each signal; ``issues`` has the columns of
    the table and ``quotes``.
    """

    signals: pd.DataFrame
    days: pd.DataFrame
    behind: pd.DataFrame
    issues: pd.DataFrame
    n_issues: int


def emerging(store: Store, filters: Filters, n_signals: int = MAX_SIGNALS) -> Emerging:
    """Return the first signals, and issue clusters, of the filters' service and page."""
    found, _ = newest_signals(store, filters, n_signals)
    clusters, n_issues = _issues(store, filters)
    quotes = quotes_of_signals(store, found)
    return Emerging(
        signals=found.assign(quotes=[quotes.get(key, []) for key in found["signal_id"]]),
        days=days_of(store, filters, found),
        behind=issues_behind(store, found),
        issues=clusters,
        n_issues=n_issues,
    )


def _issues(store: Store, filters: Filters) -> tuple[pd.DataFrame, int]:
    """Return live issue clusters, settled ones before provisional ones, with their quotes."""
    provisional = sa.case((issues.c.status == IssueStatus.PROVISIONAL.value, 1), else_=0)
    shown = [column for column in issues.c if column.name not in ("centroid", "undo")]
    frame = store.read(
        sa.select(*shown, sa.func.count().over().label("n_all"))
        .where(
            *LIVE_ISSUE,
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
