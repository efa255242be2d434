"""SQL of the page of one issue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd
import sqlalchemy as sa

from app.queries import LIVE_ISSUE, is_quotable, missing_as_none
from app.queries_issue import MAX_HISTORY, find_issue, history_of
from app.wording import LONDON
from feedback.errors import StoreError
from feedback.issue_changes import NOTED, history_of_issue
from feedback.schema import (
    CLUSTER_PREFIX,
    Measure,
    UtcDateTime,
    assignments,
    comments,
    issues,
    releases,
    responses,
    signals,
)
from feedback.tallies import counts

if TYPE_CHECKING:
    from feedback.store import Store

__all__ = [
    "COMMENTS_A_PAGE",
    "IssueDetail",
    "Neighbours",
    "issue_comments",
    "issue_detail",
    "issue_reports",
    "neighbours",
    "theme_pages",
]

COMMENTS_A_PAGE = 10
MAX_REPORTS = 2_000
"""Newest comments whose facets are counted and go into the ticket."""
MAX_DAYS = 182
MAX_RELEASES = 8
MAX_SIGNALS = 5
MAX_NEIGHBOURS = 30
"""Other issues of the page, and of other pages with the same theme."""

THEME_DAYS = 28
"""Days of which the pages of a theme are told."""


@dataclass(frozen=True)
class IssueDetail:
    """One issue with what was done about it.

    ``asked_for`` is the id in the address where that one was merged into this; ``revision`` tells
    this state from later ones; ``undo`` is the action that can be taken back, empty for none;
    ``likeness`` the mean and the least cosine of a comment to the middle of the issue;
    ``days`` has day and n; ``releases`` at and name; ``signals`` those that stand for it.
    """

    row: dict[str, Any]
    asked_for: str | None
    revision: int
    undo: str
    history: list[dict[str, Any]]
    n_comments: int
    n_shown: int
    likeness: tuple[float, float] | None
    days: pd.DataFrame
    releases: pd.DataFrame
    signals: pd.DataFrame


def issue_detail(store: Store, issue_id: str) -> IssueDetail | None:
    """Return an issue by its id; None where there is none, or it is another's.

    What was merged leads to where it went.
    """
    try:
        row = find_issue(store, issue_id)
    except StoreError:
        return None
    cluster_id = row["cluster_id"]
    lines = store.read(history_of_issue(cluster_id).limit(MAX_HISTORY))
    undo = store.read(sa.select(issues.c.undo).where(issues.c.cluster_id == cluster_id))["undo"]
    asked_for = issue_id.strip().lower()
    n_comments, n_shown, likeness = _members(store, cluster_id)
    return IssueDetail(
        row=row,
        asked_for=None if cluster_id.startswith(asked_for) else asked_for,
        revision=int(lines["entry_id"].max()) if len(lines) else 0,
        undo=_undoable(undo.iloc[0], lines),
        history=history_of(store, cluster_id),
        n_comments=n_comments,
        n_shown=n_shown,
        likeness=likeness,
        days=_days(store, row),
        releases=_releases(store, row),
        signals=_signals(store, row),
    )


def _undoable(undo: dict[str, Any] | None, lines: pd.DataFrame) -> str:
    decided = lines[lines["action"] != NOTED]
    if undo is None or decided.empty or undo["entry"] != int(decided["entry_id"].max()):
        return ""
    return str(undo["kind"])


def _of(cluster_id: str) -> sa.Select[Any]:
    """Select from the comments of an issue."""
    return (
        sa.select()
        .select_from(assignments)
        .join(comments, comments.c.comment_id == assignments.c.comment_id)
        .where(assignments.c.cluster_id == cluster_id)
    )


def _members(store: Store, cluster_id: str) -> tuple[int, int, tuple[float, float] | None]:
    similarity = assignments.c.similarity
    row = store.read(
        _of(cluster_id).add_columns(
            sa.func.count().label("n"),
            sa.func.coalesce(sa.func.sum(sa.case((is_quotable(), 1), else_=0)), 0).label("shown"),
            sa.func.avg(similarity).label("mean"),
            sa.func.min(similarity).label("least"),
        )
    ).iloc[0]
    alike = None if pd.isna(row["mean"]) else (float(row["mean"]), float(row["least"]))
    return int(row["n"]), int(row["shown"]), alike


def _days(store: Store, row: dict[str, Any]) -> pd.DataFrame:
    """Return the issue's comments a day in London, from a week before the first one on."""
    last = row["last_seen"].tz_convert(LONDON).date()
    first = max(
        row["first_seen"].tz_convert(LONDON).date() - timedelta(days=7),
        last - timedelta(days=MAX_DAYS - 1),
    )
    for at in (row["fixed_at"], row["reopened_at"]):
        if not pd.isna(at):
            last = max(last, at.tz_convert(LONDON).date())
    last = max(last, min(datetime.now(LONDON).date(), last + timedelta(days=14)))
    found = store.read(
        _of(row["cluster_id"])
        .add_columns(comments.c.day, sa.func.count().label("n"))
        .where(comments.c.day.between(first.isoformat(), last.isoformat()))
        .group_by(comments.c.day)
        .limit(2 * MAX_DAYS)
    )
    days = pd.date_range(first, last, freq="D", name="day")
    counted = pd.Series(found["n"].to_numpy(), index=pd.to_datetime(found["day"]), dtype="int64")
    return counted.reindex(days, fill_value=0).rename("n").rename_axis("day").reset_index()


def _releases(store: Store, row: dict[str, Any]) -> pd.DataFrame:
    """Return the latest releases that could have to do with an issue, earliest first."""
    since = row["first_seen"] - timedelta(days=7)
    table = releases
    is_there = sa.or_(table.c.service.is_(None), table.c.service == row["service"])
    is_page = sa.or_(table.c.page.is_(None), table.c.page == row["page"])
    found = store.read(
        sa.select(table.c.at, table.c.name)
        .where(table.c.at >= since.to_pydatetime(), is_there, is_page)
        .order_by(table.c.at.desc())
        .limit(MAX_RELEASES)
    )
    return found.sort_values("at", ignore_index=True)


def _signals(store: Store, row: dict[str, Any]) -> pd.DataFrame:
    """Return the signals that stand for the issue itself, or for its theme on its page."""
    table = signals
    newest = sa.select(sa.func.max(table.c.as_of)).scalar_subquery()
    is_page = table.c.page.is_(None) if row["page"] is None else table.c.page == row["page"]
    themes = [CLUSTER_PREFIX + row["cluster_id"], *([row["theme"]] if row["theme"] else [])]
    return store.read(
        sa.select(table.c.level, table.c.kind, table.c.theme, table.c.sentence, table.c.q_value)
        .where(table.c.as_of == newest, table.c.service == row["service"], is_page)
        .where(table.c.theme.in_(themes))
        .order_by(table.c.q_value)
        .limit(MAX_SIGNALS)
    )


def issue_comments(store: Store, cluster_id: str, number: int) -> pd.DataFrame:
    """Return one page of an issue's comments, the newest first; none about safeguarding.

    Parameters
    ----------
    number
        Of the page, from 1.
    """
    columns = (comments.c[name] for name in ("comment_id", "submitted_at", "page", "language"))
    return missing_as_none(
        store.read(
            _of(cluster_id)
            .add_columns(*columns, comments.c.text)
            .where(is_quotable())
            .order_by(comments.c.submitted_at.desc(), comments.c.comment_id)
            .limit(COMMENTS_A_PAGE)
            .offset(COMMENTS_A_PAGE * (number - 1))
        )
    )


def issue_reports(store: Store, cluster_id: str) -> pd.DataFrame:
    """Return what an issue's newest comments name: day, facets, page, browser and device sent.

    ``repeats``: it says the same as another comment. Those about safeguarding are left out.
    """
    found = store.read(
        _of(cluster_id)
        .add_columns(
            comments.c.submitted_at,
            comments.c.page,
            comments.c.facets,
            comments.c.duplicate_of,
            responses.c.browser,
            responses.c.device,
        )
        .join(responses, responses.c.response_id == comments.c.response_id, isouter=True)
        .where(is_quotable())
        .order_by(comments.c.submitted_at.desc(), comments.c.comment_id)
        .limit(MAX_REPORTS)
    )
    facets = [told if isinstance(told, dict) else {} for told in found["facets"]]
    repeats = found["duplicate_of"].notna()
    return missing_as_none(found.assign(facets=facets, repeats=repeats))


@dataclass(frozen=True)
class Neighbours:
    """Other open issues: of the same page with their likeness, and of the same theme elsewhere."""

    here: pd.DataFrame
    elsewhere: pd.DataFrame


def neighbours(store: Store, cluster_id: str) -> Neighbours:
    """Return where else an issue shows; nowhere, for one that is not in the store."""
    rows = store.read(sa.select(issues).where(issues.c.cluster_id == cluster_id))
    none = pd.Series({"service": "", "page": None, "theme": None}, dtype=object)
    own = rows.iloc[0] if len(rows) else none
    others = [issues.c.service == own["service"], issues.c.cluster_id != cluster_id, *LIVE_ISSUE]
    page = issues.c.page.is_(None) if pd.isna(own["page"]) else issues.c.page == own["page"]
    theme = sa.false() if pd.isna(own["theme"]) else issues.c.theme == own["theme"]
    columns = [issues.c[name] for name in ("cluster_id", "title", "status", "n", "page", "theme")]
    here = store.read(
        sa.select(*columns, issues.c.centroid)
        .where(*others, page)
        .order_by(issues.c.n.desc(), issues.c.cluster_id)
        .limit(MAX_NEIGHBOURS)
    )
    elsewhere = store.read(
        sa.select(*columns)
        .where(*others, sa.not_(page), theme)
        .order_by(issues.c.n.desc(), issues.c.cluster_id)
        .limit(MAX_NEIGHBOURS)
    )
    alike = here.assign(likeness=_likeness(store, own, here)).drop(columns="centroid")
    alike = alike.sort_values(["likeness", "n"], ascending=False, ignore_index=True)
    return Neighbours(missing_as_none(alike), missing_as_none(elsewhere))


def _likeness(store: Store, own: pd.Series[Any], others: pd.DataFrame) -> list[float]:
    """Return how alike the comments of issues are to those of one; 1 is the same subject."""
    from topics.cluster_reading import Facts
    from topics.likeness import likeness_to

    return likeness_to(own, others, Facts(store).centre)


def theme_pages(store: Store, service: str, theme: str) -> pd.DataFrame:
    """Return how many comments of each page of a service had a theme lately: page and n."""
    last = datetime.now(LONDON).date()
    newest = store.read(sa.select(sa.func.max(comments.c.submitted_at, type_=UtcDateTime)))
    if len(newest) and not pd.isna(newest.iloc[0, 0]):
        last = newest.iloc[0, 0].tz_convert(LONDON).date()
    since = last - timedelta(days=THEME_DAYS - 1)
    told = counts(
        Measure.CODE, by=["place", "value"], first_day=since, last_day=last, service=service
    ).subquery()
    found = store.read(
        sa.select(told.c.place, told.c.n)
        .where(told.c.value == theme)
        .order_by(told.c.n.desc(), told.c.place)
        .limit(MAX_NEIGHBOURS)
    )
    return found.rename(columns={"place": "page"})
