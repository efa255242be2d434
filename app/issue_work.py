"""What people do with issues at the command line: list them, read one, decide about it."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from app.wording import day
from feedback.errors import SettingsError
from feedback.schema import IssueStatus

if TYPE_CHECKING:
    import pandas as pd

    from feedback.store import Store

__all__ = ["change_issue", "list_issues", "mark_fixed", "merge_into", "show_issue"]

MAX_OWNER = 120
MAX_URL = 500


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
    from topics.refresh_facts import refresh_issue_facts

    now = datetime.now(UTC).replace(microsecond=0)
    row = find_issue(store, prefix)
    fixed_at = now if on is None else _moment(on, now)
    first_seen = row["first_seen"].to_pydatetime()
    if fixed_at < first_seen:
        raise SettingsError(
            f"--on is before the issue was first seen, on {day(first_seen)}. Give the day on which "
            "the fix went live."
        )
    changes = {"status": IssueStatus.FIXED.value, "fixed_at": fixed_at}
    store.triage(row["cluster_id"], getpass.getuser(), **changes)
    refresh_issue_facts(store, now=now)
    return show_issue(store, row["cluster_id"])


def merge_into(store: Store, prefix: str, into: str) -> dict[str, Any]:
    """Put the comments and decisions of one issue into another, and return that one.

    Raises
    ------
    StoreError
        They are the same, one was merged before, or they are of different pages.
    """
    from app.queries_issue import find_issue
    from feedback.merging import merge_by_person
    from topics.refresh_facts import refresh_issue_facts

    gone, stays = (find_issue(store, one)["cluster_id"] for one in (prefix, into))
    now = datetime.now(UTC)
    with store.changing() as connection:
        merge_by_person(connection, gone, stays, now, who=getpass.getuser())
    refresh_issue_facts(store, now=now)
    return show_issue(store, stays)


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
    for name, option, value, longest in (
        ("owner", "--owner", owner, MAX_OWNER),
        ("ticket_url", "--ticket", ticket, MAX_URL),
    ):
        if value is not None:
            if len(value.strip()) > longest:
                raise SettingsError(f"{option} is longer than {longest} letters.")
            changes[name] = value.strip() or None
    if not changes:
        raise SettingsError("Nothing to change: give --status, --owner or --ticket.")
    row = find_issue(store, prefix)
    store.triage(row["cluster_id"], getpass.getuser(), **changes)
    return show_issue(store, row["cluster_id"])
