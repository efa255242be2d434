"""What people do with issues at the command line: list them, read one, decide about it."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from app.issue_decisions import (
    checked_owner,
    checked_ticket,
    decide,
    fix,
    merge,
    rename,
    split,
    undo,
)
from feedback.errors import SettingsError
from feedback.schema import IssueStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from feedback.settings import Settings
    from feedback.store import Store

__all__ = [
    "change_issue",
    "list_issues",
    "mark_fixed",
    "merge_into",
    "rename_as",
    "show_issue",
    "split_off",
    "take_back",
]


def list_issues(
    store: Store, service: str | None, page: str | None, status: str | None
) -> pd.DataFrame:
    """Return the issues of a service, page or status.

    Raises
    ------
    SettingsError
        There is no such service, page or status.
    """
    from app import queries_issue
    from app.ticketing import check_page, service_in

    if status is not None:
        status = _status(status)
    if page is not None and service is None:
        raise SettingsError("--page needs --service: pages of two services may be called alike.")
    chosen = service_in(store, service) if service is not None else None
    if chosen is not None:
        check_page(store, chosen, page)
    return queries_issue.list_issues(store, chosen, page, status)


def _status(told: str) -> str:
    name = told.strip().lower().replace("-", "_").replace(" ", "_")
    if name not in set(IssueStatus):
        raise SettingsError(f"--status is none of the choices: {', '.join(IssueStatus)}.")
    return name


def show_issue(store: Store, prefix: str) -> dict[str, Any]:
    """Return one issue with its sentences, quotes and history."""
    from app.queries_issue import find_issue, history_of, quotes_of
    from app.tell_issues import issue_record

    row = find_issue(store, prefix)
    return {
        **issue_record(row),
        "quotes": quotes_of(store, row),
        "history": history_of(store, row["cluster_id"]),
    }


def mark_fixed(store: Store, prefix: str, on: str | None) -> dict[str, Any]:
    """Mark an issue fixed, watch its reports from then on, and return it.

    Parameters
    ----------
    on
        The day or moment of the fix, as people write dates; now without it.

    Raises
    ------
    SettingsError
        It is no date, lies in the future, or before the issue was first seen.
    """
    from app.queries_issue import find_issue

    now = datetime.now(UTC).replace(microsecond=0)
    row = find_issue(store, prefix)
    fix(store, row, now if on is None else _moment(on, now), getpass.getuser())
    return show_issue(store, row["cluster_id"])


def merge_into(store: Store, prefix: str, into: str) -> dict[str, Any]:
    """Put the comments and decisions of one issue into another, and return that one."""
    from app.queries_issue import find_issue

    gone, stays = (find_issue(store, one)["cluster_id"] for one in (prefix, into))
    merge(store, gone, stays, getpass.getuser())
    return show_issue(store, stays)


def rename_as(settings: Settings, store: Store, prefix: str, title: str) -> dict[str, Any]:
    """Give an issue a title, and return it."""
    from app.queries_issue import find_issue

    cluster_id = find_issue(store, prefix)["cluster_id"]
    rename(settings, store, cluster_id, title, getpass.getuser())
    return show_issue(store, cluster_id)


def split_off(
    settings: Settings, store: Store, prefix: str, comments: Sequence[str], title: str
) -> dict[str, Any]:
    """Make an issue of some comments of another, given by the beginnings of their ids."""
    from app.queries_issue import comments_of_issue, find_issue

    cluster_id = find_issue(store, prefix)["cluster_id"]
    picked = comments_of_issue(store, cluster_id, comments)
    return show_issue(store, split(settings, store, cluster_id, picked, title, getpass.getuser()))


def take_back(store: Store, prefix: str) -> dict[str, Any]:
    """Take the last change of an issue back, and return it."""
    from app.queries_issue import find_issue

    cluster_id = find_issue(store, prefix)["cluster_id"]
    undo(store, cluster_id, getpass.getuser())
    return show_issue(store, cluster_id)


def _moment(told: str, now: datetime) -> datetime:
    from feedback.dates import DateRefused, read_date

    try:
        return read_date(told, now=now)
    except DateRefused as refused:
        raise SettingsError(
            f"--on cannot be used: {refused}. Write it as DD/MM/YYYY, with a time if you know it, "
            "such as '03/05/2026 14:30'."
        ) from None


def change_issue(
    store: Store,
    prefix: str,
    *,
    status: str | None = None,
    owner: str | None = None,
    ticket: str | None = None,
) -> dict[str, Any]:
    """Write a person's decision about an issue, and return it; an empty text takes one back.

    Raises
    ------
    SettingsError
        Nothing is to be changed, or a value cannot be used.
    """
    from app.queries_issue import find_issue

    changes: dict[str, Any] = {}
    if status is not None:
        changes["status"] = _status(status)
        if changes["status"] == IssueStatus.FIXED.value:
            raise SettingsError(
                "A fix has a date, from which its reports are watched: feedback issues fixed ID "
                "--on DATE."
            )
    if owner is not None:
        changes["owner"] = checked_owner(owner)
    if ticket is not None:
        changes["ticket_url"] = checked_ticket(ticket)
    if not changes:
        raise SettingsError("Nothing to change: give --status, --owner or --ticket.")
    cluster_id = find_issue(store, prefix)["cluster_id"]
    decide(store, cluster_id, getpass.getuser(), changes)
    return show_issue(store, cluster_id)
