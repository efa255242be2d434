"""What a person decides about an issue and how it is written: on its page and at a terminal.

Who does it, and whether they may, is the caller's to say. ``expected`` is the revision of the issue
as it was shown (`feedback.issue_changes`); the command line shows none.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from app.wording import day
from feedback.errors import SettingsError
from feedback.schema import IssueStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feedback.settings import Settings
    from feedback.store import Store

__all__ = [
    "check_fix",
    "checked_owner",
    "checked_ticket",
    "decide",
    "fix",
    "merge",
    "note",
    "rename",
    "split",
    "undo",
]

MAX_OWNER = 120
MAX_URL = 500


def decide(
    store: Store, cluster_id: str, who: str, changes: dict[str, Any], expected: int | None = None
) -> None:
    """Write status, owner, ticket or date of the fix; a new date is watched at once.

    Raises
    ------
    StoreError
        Somebody changed the issue meanwhile, or it was merged.
    """
    from feedback.issue_changes import change_issue as change
    from topics.refresh_facts import refresh_issue_facts

    now = datetime.now(UTC)
    with store.changing() as connection:
        change(connection, cluster_id, who, changes, now, expected=expected)
    if "fixed_at" in changes:
        refresh_issue_facts(store, now=now, only=[cluster_id])


def fix(
    store: Store, row: dict[str, Any], on: datetime, who: str, expected: int | None = None
) -> None:
    """Mark an issue fixed and watch its reports from then on.

    Raises
    ------
    SettingsError
        The fix lies in the future, or before the issue was first seen.
    """
    check_fix(row, on)
    changes = {"status": IssueStatus.FIXED.value, "fixed_at": on}
    decide(store, row["cluster_id"], who, changes, expected)


def check_fix(row: dict[str, Any], on: datetime) -> None:
    """Refuse a moment at which nothing of an issue can have been fixed.

    Raises
    ------
    SettingsError
        It lies in the future, or before the issue was first seen.
    """
    if on > datetime.now(UTC):
        raise SettingsError("The fix lies in the future. Give the day on which it went live.")
    first_seen = row["first_seen"].to_pydatetime()
    if on < first_seen:
        raise SettingsError(
            f"The fix is before the issue was first seen, on {day(first_seen)}. Give the day on "
            "which the fix went live."
        )


def rename(
    settings: Settings,
    store: Store,
    cluster_id: str,
    title: str,
    who: str,
    expected: int | None = None,
) -> None:
    """Give an issue a title that no later round takes from it; personal data is replaced."""
    from app.redaction import redacted_words
    from feedback.issue_changes import rename_issue

    told = redacted_words(settings, title)
    with store.changing() as connection:
        rename_issue(connection, cluster_id, told, who, datetime.now(UTC), expected=expected)


def note(settings: Settings, store: Store, cluster_id: str, text: str, who: str) -> None:
    """Add a note to an issue's history; personal data is replaced."""
    from app.redaction import redacted_words
    from feedback.issue_changes import add_note

    told = redacted_words(settings, text)
    with store.changing() as connection:
        add_note(connection, cluster_id, told, who, datetime.now(UTC))


def merge(store: Store, gone: str, into: str, who: str, expected: int | None = None) -> None:
    """Put the comments and decisions of one issue into another of the same page.

    Raises
    ------
    StoreError
        They are the same, one was merged or changed before, or they are of different pages.
    """
    from feedback.merging import merge_by_person
    from topics.refresh_facts import refresh_issue_facts

    now = datetime.now(UTC)
    with store.changing() as connection:
        merge_by_person(connection, gone, into, now, who=who, expected=expected)
    refresh_issue_facts(store, now=now, only=[into])


def split(
    settings: Settings,
    store: Store,
    cluster_id: str,
    comment_ids: Sequence[str],
    title: str,
    who: str,
    expected: int | None = None,
) -> str:
    """Make an issue of its own out of some comments of another, and return its id.

    Raises
    ------
    StoreError
        Somebody changed the issue meanwhile, or no comment would be on one of the sides.
    """
    from app.redaction import redacted_words
    from app.wiring import make_embedder
    from topics.refresh_facts import refresh_issue_facts
    from topics.split_issue import split_issue

    now = datetime.now(UTC)
    told, embedder = redacted_words(settings, title), make_embedder(settings, store)
    part = split_issue(
        store, embedder, cluster_id, comment_ids, told, who=who, now=now, expected=expected
    )
    refresh_issue_facts(store, now=now, only=[cluster_id, part])
    return part


def undo(store: Store, cluster_id: str, who: str, expected: int | None = None) -> None:
    """Take the last change of an issue back.

    Raises
    ------
    StoreError
        There is none, or somebody has gone on from it.
    """
    from feedback.undoing import undo_change
    from topics.refresh_facts import refresh_issue_facts

    now = datetime.now(UTC)
    with store.changing() as connection:
        others = undo_change(connection, cluster_id, who, now, expected=expected)
    refresh_issue_facts(store, now=now, only=[cluster_id, *others])


def checked_owner(told: str) -> str | None:
    """Return who takes care of an issue; None for nobody."""
    name = " ".join(told.split())
    if len(name) > MAX_OWNER:
        raise SettingsError(f"The owner's name is longer than {MAX_OWNER} letters.")
    return name or None


def checked_ticket(told: str) -> str | None:
    """Return the address of a ticket; None for none.

    Raises
    ------
    SettingsError
        It is no address of the web. Any other kind could do something when it is followed.
    """
    address = told.strip()
    if not address:
        return None
    if len(address) > MAX_URL:
        raise SettingsError(f"The ticket's address is longer than {MAX_URL} letters.")
    try:
        parts = urlsplit(address)
        is_web = parts.scheme in ("http", "https") and bool(parts.hostname)
        has_login = "@" in parts.netloc
    except ValueError:
        is_web = has_login = False
    if not is_web or has_login or not address.isprintable() or " " in address:
        raise SettingsError(
            "A ticket's address begins with https:// or http://, without spaces or a password."
        )
    return address
