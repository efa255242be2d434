"""Bring the facts of the issues of a store up to date, and reopen what came back after its fix.

Reads, works in memory and writes in one transaction. Where nothing changed but the hour, nothing is
written, so that no reader is woken. What a person changed about one issue is told at once, out of
its page's comments alone.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd
import sqlalchemy as sa

from feedback import schema
from feedback.coding import is_flag
from feedback.decisions import write_audit
from feedback.safeguarding import flagged_ids
from feedback.schema import IS_ENRICHED, IssueStatus
from feedback.writes import in_blocks
from topics import reading
from topics.cluster_reading import places_of
from topics.counts import is_double_submission
from topics.fix_watch import FixVerdict, watch_fix
from topics.issue_facts import FACT_COLUMNS, issue_facts
from topics.panel import HISTORY_DAYS

if TYPE_CHECKING:
    from feedback.store import Store

__all__ = ["TOOLKIT", "refresh_issue_facts"]

TOOLKIT = "toolkit"
"""Who reopens an issue, in the audit log."""
REOPENED = "reopen"
OLD_NEWS_DAYS = 7
"""If the newest comment is older than this, facts are as of its time: history, not a live feed."""

_comments, _issues = schema.comments, schema.issues


def refresh_issue_facts(store: Store, *, now: datetime, only: Collection[str] | None = None) -> int:
    """Work out the facts of issues as of ``now``; return how many were written.

    Comments of the last half year count; an issue without any in that time loses its facts. An
    issue marked fixed whose reports are back is put to ``investigating`` with a line in the audit
    log: once for each date of a fix, and never against what a person decided meanwhile.

    Parameters
    ----------
    only
        Ids of a few issues; of all without it. The comments of their pages alone are read then.
    """
    newest = reading.newest_comment(store)
    if newest is None:
        return 0
    as_of = newest if newest < now - timedelta(days=OLD_NEWS_DAYS) else now.astimezone(UTC)
    issues = _read_issues(store)
    others = []
    if only is not None:
        is_asked = issues["cluster_id"].isin(list(only))
        others = [told for told in issues.loc[~is_asked, "facts"] if isinstance(told, dict)]
        issues = issues[is_asked]
    if issues.empty:
        return 0
    since = as_of - timedelta(days=HISTORY_DAYS)
    services = sorted(issues["service"].unique())
    where = [_comments.c.submitted_at >= since, _comments.c.service.in_(services)]
    if only is not None:
        where.append(reading.is_in(_comments, places_of(issues)))
    comments = _read_comments(store, where)
    if only is None:
        members = _read_members(store, where)
    else:
        is_asked_for = schema.assignments.c.cluster_id.in_(issues["cluster_id"].tolist())
        members = _read_members(store, [*where, is_asked_for])
    facts = issue_facts(
        comments,
        _read_responses(store, where),
        members,
        as_of=as_of,
        withheld=flagged_ids(store) if only is None else _flagged_of(store, comments),
        watched_since=None if only is None else _watched_since(store, since, services),
        others=others,
    )
    changes, back = [], []
    for issue in issues.to_dict("records"):
        told = facts.get(issue["cluster_id"])
        if told is not None:
            told = _completed(issue, told, comments, members, as_of)
        if _lasting(told) != _lasting(issue["facts"]):
            changes.append((issue["cluster_id"], told))
        if told is not None and _is_back(issue, told["fix"]):
            back.append((issue, told["fix"]))
    if changes or back:
        with store.changing() as connection:
            for cluster_id, told in changes:
                of_issue = _issues.c.cluster_id == cluster_id
                connection.execute(sa.update(_issues).where(of_issue).values(facts=told))
            for issue, fix in back:
                _reopen(connection, issue, fix, as_of)
    return len(changes)


def _flagged_of(store: Store, comments: pd.DataFrame) -> set[str]:
    """Return which of some comments may be about safeguarding."""
    coding = schema.codings.alias()
    found: set[str] = set()
    for block in in_blocks(comments["comment_id"].tolist()):
        is_flagged = sa.and_(coding.c.comment_id.in_(block), is_flag(coding))
        found.update(store.read(sa.select(coding.c.comment_id).where(is_flagged))["comment_id"])
    return found


def _watched_since(store: Store, since: datetime, services: Sequence[str]) -> dict[str, Any]:
    """Return when the first comment of each service came, since a moment."""
    first = {
        service: store.read(
            sa.select(_comments.c.submitted_at)
            .where(
                _comments.c.service == service,
                _comments.c.submitted_at >= since,
                IS_ENRICHED,
                sa.not_(_comments.c.is_empty),
            )
            .order_by(_comments.c.submitted_at)
            .limit(1)
        )["submitted_at"]
        for service in services
    }
    return {service: at.iloc[0] for service, at in first.items() if len(at)}


def _lasting(facts: Any) -> Any:
    """Return facts without the moments that pass by themselves."""
    if not isinstance(facts, dict):
        return None
    fix = facts.get("fix")
    told = {name: value for name, value in facts.items() if name not in ("as_of", "fix")}
    if fix is not None:
        told["fix"] = [int(fix["days_after"]), *(fix[name] for name in _LASTING_OF_FIX)]
    return told


_LASTING_OF_FIX = ("verdict", "fixed_at", "n_before", "n_after", "n_grace", "days_to_tell")


def _read_issues(store: Store) -> pd.DataFrame:
    """Return the issues that are shown: neither merged into another nor put aside."""
    columns = ("cluster_id", "service", "page", "status", "first_seen", "fixed_at", "reopened_at")
    ended = (IssueStatus.CLOSED.value, IssueStatus.NOT_AN_ISSUE.value)
    query = sa.select(*(_issues.c[name] for name in (*columns, "facts")))
    return store.read(
        query.where(_issues.c.merged_into.is_(None), _issues.c.status.not_in(ended)).order_by(
            _issues.c.cluster_id
        )
    )


def _read_comments(store: Store, where: Sequence[sa.ColumnElement[bool]]) -> pd.DataFrame:
    return store.read(
        sa.select(*(_comments.c[name] for name in FACT_COLUMNS))
        .where(IS_ENRICHED, *where)
        .order_by(_comments.c.submitted_at, _comments.c.comment_id)
    )


def _read_members(store: Store, where: Sequence[sa.ColumnElement[bool]]) -> pd.DataFrame:
    table = schema.assignments
    return store.read(
        sa.select(table.c.comment_id, table.c.cluster_id)
        .join(_comments, _comments.c.comment_id == table.c.comment_id)
        .where(table.c.cluster_id.is_not(None), *where)
    )


def _read_responses(store: Store, where: Sequence[sa.ColumnElement[bool]]) -> pd.DataFrame:
    table = schema.responses
    columns = (table.c[name] for name in ("response_id", "satisfaction", "browser", "device"))
    sent = sa.exists().where(_comments.c.response_id == table.c.response_id, *where)
    return store.read(sa.select(*columns).where(sent))


def _completed(
    issue: dict[Any, Any],
    facts: dict[str, Any],
    comments: pd.DataFrame,
    members: pd.DataFrame,
    as_of: datetime,
) -> dict[str, Any]:
    """Add the fix, where there is one, and whether the issue is older than what was counted."""
    is_cut = issue["first_seen"] < as_of - timedelta(days=HISTORY_DAYS)
    fix = None
    if pd.notna(issue["fixed_at"]) and issue["fixed_at"] <= as_of:
        page = "" if pd.isna(issue["page"]) else issue["page"]
        at_place = (comments["service"] == issue["service"]) & (comments["page"].fillna("") == page)
        here = comments[at_place & ~comments["is_empty"].astype(bool)]
        here = here[~is_double_submission(here)]
        own = members.loc[members["cluster_id"] == issue["cluster_id"], "comment_id"]
        is_own = here["comment_id"].isin(own)
        fix = watch_fix(
            here[is_own].drop_duplicates("response_id")["submitted_at"],
            here[~is_own].drop_duplicates("response_id")["submitted_at"],
            fixed_at=issue["fixed_at"].to_pydatetime(),
            as_of=as_of,
        ).record()
    return {**facts, "is_cut": bool(is_cut), "days": HISTORY_DAYS, "fix": fix}


def _is_back(issue: dict[Any, Any], fix: dict[str, Any] | None) -> bool:
    is_fixed = issue["status"] == IssueStatus.FIXED.value and pd.isna(issue["reopened_at"])
    return bool(is_fixed and fix is not None and fix["verdict"] == FixVerdict.BACK)


def _reopen(
    connection: sa.Connection, issue: dict[Any, Any], fix: dict[str, Any], as_of: datetime
) -> None:
    """Put an issue back to work, unless somebody decided about it since it was read."""
    fixed_at = issue["fixed_at"].to_pydatetime()
    statement = (
        sa.update(_issues)
        .where(
            _issues.c.cluster_id == issue["cluster_id"],
            _issues.c.status == IssueStatus.FIXED.value,
            _issues.c.fixed_at == fixed_at,
            _issues.c.reopened_at.is_(None),
        )
        .values(status=IssueStatus.INVESTIGATING.value, reopened_at=as_of)
    )
    if connection.execute(statement).rowcount:
        detail = {
            "status": IssueStatus.INVESTIGATING.value,
            "fixed_at": fixed_at.isoformat(),
            "n": fix["n_back"],
            "days": fix["back_days"],
        }
        write_audit(connection, as_of, TOOLKIT, REOPENED, f"issue {issue['cluster_id']}", detail)
