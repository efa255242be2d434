"""What was done about an issue, as the audit log has it, in plain words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from app.wording import counted, moment
from feedback.issue_changes import NOTED, RENAMED, TRIAGED, UNDONE
from feedback.merging import MERGED
from feedback.schema import IssueStatus
from feedback.splitting import SPLIT, SPLIT_OFF

__all__ = ["ID_CHARACTERS", "STATUSES", "history_told"]

STATUSES = {status.value: status.value.replace("_", " ").capitalize() for status in IssueStatus}
ID_CHARACTERS = 8
"""Enough of an id to tell a few thousand issues apart."""


def history_told(line: Mapping[str, Any]) -> str:
    """Return what a line of the audit log about an issue says was done, in plain words.

    Examples
    --------
    >>> history_told({"action": "triage", "detail": {"status": "not_an_issue", "owner": None}})
    'set the status to Not an issue, took the owner off'
    >>> history_told({"action": "split issue", "detail": {"into": "ab" * 16, "n": 3}})
    'split off 3 comments as issue abababab'
    """
    detail = line["detail"] or {}
    tell = _ACTIONS.get(line["action"])
    if tell is not None:
        return tell(detail)
    told = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in detail.items())
    return f"{line['action']} ({told})" if told else str(line["action"])


def _decided(detail: Mapping[str, Any]) -> str:
    return ", ".join(_DECIDED[name](value) for name, value in detail.items() if name in _DECIDED)


def _or_taken_off(told: str, noun: str) -> Callable[[Any], str]:
    return lambda value: f"took the {noun} off" if value is None else f"{told} {value}"


def _dated(value: str | None) -> str:
    if value is None:
        return "took the date of the fix off"
    return f"dated the fix {moment(datetime.fromisoformat(value))}"


_DECIDED: dict[str, Callable[[Any], str]] = {
    "status": lambda value: f"set the status to {STATUSES.get(value, value)}",
    "owner": _or_taken_off("gave it to", "owner"),
    "ticket_url": _or_taken_off("linked the ticket", "ticket"),
    "fixed_at": _dated,
}
_TAKEN_BACK = {
    TRIAGED: "the last decision",
    RENAMED: "the last title",
    MERGED: "the last merge",
    SPLIT: "the last split",
}


def _undone(detail: Mapping[str, Any]) -> str:
    told = f"took back {_TAKEN_BACK.get(detail['taken_back'], 'the last change')}"
    again = _decided(detail)
    return f"{told}: {again}" if again else told


def _merged(detail: Mapping[str, Any]) -> str:
    gave_way = [name.replace("_", " ") for name in detail.get("gave_way") or {}]
    kept = f"; kept its own {', '.join(gave_way)}" if gave_way else ""
    return f"merged another issue into this one{kept}"


_ACTIONS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    TRIAGED: _decided,
    RENAMED: lambda detail: "gave it another title",
    NOTED: lambda detail: f"noted: {detail['note']}",
    UNDONE: _undone,
    MERGED: _merged,
    SPLIT: lambda detail: (
        f"split off {counted(detail['n'], 'comment')} as issue {detail['into'][:ID_CHARACTERS]}"
    ),
    SPLIT_OFF: lambda detail: (
        f"made it of {counted(detail['n'], 'comment')} of issue {detail['from'][:ID_CHARACTERS]}"
    ),
    "reopen": lambda detail: (
        f"reopened it: {counted(detail['n'], 'report')} in {round(detail['days'])} days after "
        "the fix"
    ),
}
