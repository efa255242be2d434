"""What a person changes about one issue, told apart from what somebody else changed meanwhile.

Each change is one line of the audit log, and the number of the last line about an issue is its
*revision*. Whoever changes an issue can name the revision that was shown: if another person, or the
toolkit, has changed the issue since, nothing is written. The last change can be taken back
(`undo_change`); what that takes stands in the issue's row, since words that people typed have no
place in a log that nothing is ever taken out of.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from feedback import decisions, schema
from feedback.decisions import write_audit
from feedback.errors import ChangedMeanwhileError, StoreError
from feedback.schema import UtcDateTime

__all__ = [
    "NOTED",
    "RENAMED",
    "TRIAGED",
    "UNDONE",
    "add_note",
    "change_issue",
    "check_revision",
    "history_of_issue",
    "issue_row",
    "keep_undo",
    "last_change",
    "rename_issue",
    "take_back",
]

TRIAGED, RENAMED, NOTED, UNDONE = "triage", "rename issue", "note on issue", "undo on issue"
"""Actions in the audit log."""

MAX_NOTE_CHARACTERS = 1_000

_issues, _audit = schema.issues, schema.audit


def _about(cluster_id: str) -> sa.ColumnElement[bool]:
    """Condition on ``audit``: a line about an issue, or about one that was merged into it."""
    merged = sa.select(sa.literal("issue ").concat(_issues.c.cluster_id)).where(
        _issues.c.service == sa.select(_issues.c.service).where(_is(cluster_id)).scalar_subquery(),
        _issues.c.merged_into == cluster_id,
    )
    own = _audit.c.object == f"issue {cluster_id}"
    return sa.or_(own, _audit.c.object.in_(merged))


def _is(cluster_id: str) -> sa.ColumnElement[bool]:
    return _issues.c.cluster_id == cluster_id


def history_of_issue(cluster_id: str) -> sa.Select[Any]:
    """Select the lines of the audit log about an issue, newest first."""
    columns = (_audit.c[name] for name in ("entry_id", "at", "who", "action", "object", "detail"))
    return sa.select(*columns).where(_about(cluster_id)).order_by(_audit.c.entry_id.desc())


def issue_row(connection: sa.Connection, cluster_id: str) -> dict[str, Any]:
    """Return an issue's row.

    Raises
    ------
    StoreError
        There is none.
    """
    found = connection.execute(sa.select(_issues).where(_is(cluster_id))).first()
    if found is None:
        raise StoreError(f"There is no issue {cluster_id} in the store.")
    return dict(found._mapping)


def last_change(connection: sa.Connection, cluster_id: str, *, but: Sequence[str] = ()) -> int:
    """Return the number of the last line about an issue, 0 without any.

    Parameters
    ----------
    but
        Actions that do not count.
    """
    query = sa.select(sa.func.max(_audit.c.entry_id)).where(_about(cluster_id))
    return connection.scalar(query.where(_audit.c.action.not_in(but)) if but else query) or 0


def check_revision(connection: sa.Connection, cluster_id: str, expected: int | None) -> None:
    """Refuse a change of an issue that has changed since it was shown.

    Parameters
    ----------
    expected
        The revision that was shown; None: whatever it is.

    Raises
    ------
    ChangedMeanwhileError
        It has; the message says who did what. Nothing may be written.
    """
    if expected is None or last_change(connection, cluster_id) == expected:
        return
    line = connection.execute(history_of_issue(cluster_id).limit(1)).first()
    who = "Somebody" if line is None else line.who
    raise ChangedMeanwhileError(
        f"{who} changed this issue after it was shown to you. Nothing of yours was written: look "
        "at it as it stands now, and decide again."
    )


def change_issue(
    connection: sa.Connection,
    cluster_id: str,
    who: str,
    changes: Mapping[str, Any],
    now: datetime,
    *,
    expected: int | None = None,
) -> None:
    """Write status, owner, ticket or date of the fix, and keep what they were.

    Raises
    ------
    ChangedMeanwhileError
        Somebody changed the issue since it was shown.
    StoreError
        There is no such issue, or it was merged into another.
    """
    row = _changeable(connection, cluster_id, expected)
    decisions.triage(connection, cluster_id, who, dict(changes), now)
    names = {*changes, *(("reopened_at",) if "fixed_at" in changes else ())}
    before = {name: _as_text(row[name]) for name in sorted(names)}
    keep_undo(connection, cluster_id, {"kind": TRIAGED, "before": before})


def rename_issue(
    connection: sa.Connection,
    cluster_id: str,
    title: str,
    who: str,
    now: datetime,
    *,
    expected: int | None = None,
) -> None:
    """Give an issue a title, redacted already, that no later round takes from it.

    Raises
    ------
    ChangedMeanwhileError
        Somebody changed the issue since it was shown.
    StoreError
        The title is empty or too long, there is no such issue, or it was merged.
    """
    row = _changeable(connection, cluster_id, expected)
    named = {"title": checked_title(title), "titled_by": who}
    connection.execute(sa.update(_issues).where(_is(cluster_id)).values(**named))
    write_audit(connection, now, who, RENAMED, f"issue {cluster_id}", None)
    before = {"title": row["title"], "titled_by": row["titled_by"]}
    keep_undo(connection, cluster_id, {"kind": RENAMED, "before": before})


def checked_title(title: str) -> str:
    """Return a title in one line, or refuse it."""
    told, longest = " ".join(title.split()), _issues.c.title.type.length  # type: ignore[attr-defined]
    if not 0 < len(told) <= longest:
        raise StoreError(f"An issue's title has 1 to {longest} letters; this one has {len(told)}.")
    return told


def add_note(
    connection: sa.Connection, cluster_id: str, note: str, who: str, now: datetime
) -> None:
    """Add a note, redacted already, to an issue's history; it changes nothing else.

    Raises
    ------
    StoreError
        It is empty or too long, or there is no such issue.
    """
    told = note.strip()
    if not 0 < len(told) <= MAX_NOTE_CHARACTERS:
        raise StoreError(
            f"A note has 1 to {MAX_NOTE_CHARACTERS} letters; this one has {len(told)}."
        )
    _changeable(connection, cluster_id, None)
    write_audit(connection, now, who, NOTED, f"issue {cluster_id}", {"note": told})


def keep_undo(connection: sa.Connection, cluster_id: str, undo: Mapping[str, Any]) -> None:
    """Keep what it takes to take back what the last line about an issue tells."""
    told = {**undo, "entry": last_change(connection, cluster_id)}
    connection.execute(sa.update(_issues).where(_is(cluster_id)).values(undo=told))


def take_back(connection: sa.Connection, cluster_id: str, names: Mapping[str, Any]) -> None:
    """Put columns of an issue back to what an undo kept of them; nothing is left to take back."""
    types = {name: _issues.c[name].type for name in names}
    values = {
        name: datetime.fromisoformat(value)
        if value is not None and isinstance(types[name], UtcDateTime)
        else value
        for name, value in names.items()
    }
    connection.execute(sa.update(_issues).where(_is(cluster_id)).values(**values, undo=None))


def _changeable(connection: sa.Connection, cluster_id: str, expected: int | None) -> dict[str, Any]:
    row = issue_row(connection, cluster_id)
    check_revision(connection, cluster_id, expected)
    if row["merged_into"] is not None:
        raise StoreError(f"Issue {cluster_id} was merged into {row['merged_into']}. Change that.")
    return row


def _as_text(value: Any) -> Any:
    """Return a value for JSON."""
    return value.isoformat() if isinstance(value, datetime) else value
