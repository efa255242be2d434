"""What a triager decides about an issue on its page: status, title, what is part of it.

The fields keep what somebody has half typed while the page is drawn again. They begin with the
issue as it was at some revision, and what is saved is checked against that one: where somebody else
changed the issue meanwhile, the page says so and shows the new state.
"""

from __future__ import annotations

import html
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from app import issue_decisions
from app.access import acting
from app.live import load, settings
from app.queries_issue_page import issue_detail
from app.tell_history import STATUSES
from app.wording import LONDON, counted
from feedback.errors import ChangedMeanwhileError, FeedbackError
from feedback.schema import IssueStatus, Role

if TYPE_CHECKING:
    from app.queries_issue_page import IssueDetail

__all__ = ["announce", "is_picked", "pick", "show_decisions", "show_shape", "show_split"]

_TOLD, _HELD, _PICKED = "issue_told", "issue_held", "issue_picked"
_FIELDS = ("decide_status", "decide_fixed_on", "decide_owner", "decide_ticket", "decide_title")

_PROVISIONAL = IssueStatus.PROVISIONAL.value
_CHOICES = [status.value for status in IssueStatus if status.value != _PROVISIONAL]
_FIXED = IssueStatus.FIXED.value
_NEXT = {
    "provisional": ("Acknowledge", "acknowledged"),
    "new": ("Acknowledge", "acknowledged"),
    "acknowledged": ("Start investigating", "investigating"),
    "investigating": ("Mark fixed now", "fixed"),
    "fixed": ("Close", "closed"),
    "closed": ("Open again", "investigating"),
    "not_an_issue": ("Open again", "new"),
}
"""What mostly comes next, by status."""

_UNDO = {
    "triage": "the last decision",
    "rename issue": "the last title",
    "merge issues": "the last merge",
    "split issue": "the last split",
}


def announce() -> None:
    """Say what became of the last press of a button; a screen reader hears it."""
    told = st.session_state.pop(_TOLD, "")
    st.html(f'<p role="status">{html.escape(told)}</p>')


def show_decisions(detail: IssueDetail) -> None:
    """Show the fields for status, owner, ticket and note, the next step, and undo."""
    row, at = detail.row, (detail.row["cluster_id"], detail.revision)
    _begin(detail)
    label, status = _NEXT[row["status"]]
    with st.container(horizontal=True, key="decide_next"):
        st.button(label, key="decide_step", type="primary", on_click=_step, args=(*at, status))
        st.button(
            f"Undo {_UNDO.get(detail.undo, 'the last change')}",
            key="decide_undo",
            on_click=_undo,
            args=at,
            disabled=not detail.undo,
        )
    announce()
    choices = _CHOICES if row["status"] != _PROVISIONAL else [_PROVISIONAL, *_CHOICES]
    chosen = st.selectbox(
        "Status", choices, format_func=STATUSES.__getitem__, key="decide_status", filter_mode=None
    )
    if chosen == _FIXED:
        st.date_input(
            "Fixed on",
            value=None,
            min_value=row["first_seen"].tz_convert(LONDON).date(),
            max_value=datetime.now(LONDON).date(),
            format="DD/MM/YYYY",
            key="decide_fixed_on",
        )
    longest = issue_decisions.MAX_OWNER, issue_decisions.MAX_URL
    st.text_input("Owner", key="decide_owner", max_chars=longest[0])
    st.text_input("Address of the ticket", key="decide_ticket", max_chars=longest[1], type="url")
    st.text_area("Note for the history", key="decide_note", max_chars=1_000, height=80)
    held = st.session_state[_HELD]
    st.button("Save", key="decide_save", on_click=_save, args=(at[0], held["revision"]))


def _begin(detail: IssueDetail) -> None:
    """Fill the fields with the issue as it is, unless somebody has changed them and not saved."""
    row = detail.row
    fixed_on = None if pd.isna(row["fixed_at"]) else row["fixed_at"].tz_convert(LONDON).date()
    values = (row["status"], fixed_on, row["owner"] or "", row["ticket_url"] or "", row["title"])
    now = dict(zip(_FIELDS, values, strict=True))
    held = st.session_state.get(_HELD)
    is_there = held is not None and held["issue"] == row["cluster_id"]
    if is_there and held["revision"] is not None and "decide_status" in st.session_state:
        fields = {name: st.session_state.get(name, held["fields"][name]) for name in _FIELDS}
        if held["revision"] == detail.revision or fields != held["fields"]:
            return
    fresh = {"issue": row["cluster_id"], "revision": detail.revision, "fields": now}
    st.session_state[_HELD] = fresh
    for name, value in now.items():
        st.session_state[name] = value
    if not is_there:
        st.session_state["decide_note"] = ""
        st.session_state[_PICKED] = {}


def _begin_again() -> None:
    """Have the fields filled with the issue as it is when the page is drawn next."""
    if _HELD in st.session_state:
        st.session_state[_HELD]["revision"] = None


def _do(cluster_id: str, work: Callable[[Any, str, dict[str, Any]], str]) -> None:
    """Do something about an issue if that is allowed; keep what became of it."""
    try:
        detail = load(issue_detail, cluster_id)
        service = detail.row["service"] if detail else None
        store, who = acting(Role.TRIAGER, service)
        if detail is None:
            st.session_state[_TOLD] = "This issue is not there any more."
            return
        st.session_state[_TOLD] = work(store, who, detail.row)
        _begin_again()
    except ChangedMeanwhileError as refused:
        st.session_state[_TOLD] = str(refused)
        _begin_again()
    except FeedbackError as refused:
        st.session_state[_TOLD] = str(refused)


def _step(cluster_id: str, revision: int, status: str) -> None:
    def work(store: Any, who: str, row: dict[str, Any]) -> str:
        if status == _FIXED:
            issue_decisions.fix(store, row, datetime.now(UTC), who, revision)
        else:
            issue_decisions.decide(store, cluster_id, who, {"status": status}, revision)
        return f"Status: {STATUSES[status]}."

    _do(cluster_id, work)


def _undo(cluster_id: str, revision: int) -> None:
    def work(store: Any, who: str, row: dict[str, Any]) -> str:
        issue_decisions.undo(store, cluster_id, who, revision)
        return "Taken back."

    _do(cluster_id, work)


def _save(cluster_id: str, revision: int) -> None:
    def work(store: Any, who: str, row: dict[str, Any]) -> str:
        changes = _changes(row)
        note = st.session_state["decide_note"].strip()
        if changes:
            issue_decisions.decide(store, cluster_id, who, changes, revision)
        if note:
            issue_decisions.note(settings(), store, cluster_id, note, who)
            st.session_state["decide_note"] = ""
        return "Saved." if changes or note else "Nothing to save: nothing was changed."

    _do(cluster_id, work)


def _changes(row: dict[str, Any]) -> dict[str, Any]:
    """Return what the fields change, checked."""
    status, on = st.session_state["decide_status"], st.session_state.get("decide_fixed_on")
    told: dict[str, Any] = {
        "owner": issue_decisions.checked_owner(st.session_state["decide_owner"]),
        "ticket_url": issue_decisions.checked_ticket(st.session_state["decide_ticket"]),
        "status": status,
    }
    changes = {name: value for name, value in told.items() if value != row[name]}
    if status == _FIXED:
        known = None if pd.isna(row["fixed_at"]) else row["fixed_at"].tz_convert(LONDON).date()
        if "status" in changes or on != known:
            changes["fixed_at"] = moment_of_fix(on, row["first_seen"].to_pydatetime())
            issue_decisions.check_fix(row, changes["fixed_at"])
    return changes


def moment_of_fix(on: date | None, first_seen: datetime) -> datetime:
    """Return from when a fix counts that was made on a day: from its start, if nothing is known.

    Today's counts from now, and one of the day on which the issue was first seen from then.
    """
    now = datetime.now(UTC).replace(microsecond=0)
    if on is None or on >= now.astimezone(LONDON).date():
        return now
    return max(datetime.combine(on, time(), LONDON).astimezone(UTC), first_seen)


def show_shape(detail: IssueDetail, others: pd.DataFrame) -> None:
    """Show the fields for another title and for a merge into another issue of the page."""
    at = (detail.row["cluster_id"], detail.revision)
    titles = {
        row.cluster_id: f"{row.title} ({counted(int(row.n), 'comment')})"
        for row in others.itertuples()
    }
    with st.expander("Rename or merge", key="decide_shape"):
        st.text_input("Title", key="decide_title", max_chars=200)
        st.button("Rename", key="decide_rename", on_click=_rename, args=at)
        if not titles:
            st.text("There is no other open issue on this page to merge it into.")
            return
        into = st.selectbox(
            "Merge into",
            list(titles),
            index=None,
            format_func=titles.__getitem__,
            key="decide_into",
            placeholder="Choose an issue of this page",
        )
        st.button("Merge", key="decide_merge", on_click=_merge, args=(*at, into))


def _rename(cluster_id: str, revision: int) -> None:
    def work(store: Any, who: str, row: dict[str, Any]) -> str:
        title = st.session_state["decide_title"]
        issue_decisions.rename(settings(), store, cluster_id, title, who, revision)
        return "Renamed. No later round takes the title away."

    _do(cluster_id, work)


def _merge(cluster_id: str, revision: int, into: str | None) -> None:
    def work(store: Any, who: str, row: dict[str, Any]) -> str:
        if into is None:
            return "Choose the issue to merge it into."
        issue_decisions.merge(store, cluster_id, into, who, revision)
        st.query_params["issue"] = into
        return "Merged. This is the issue that it is part of now."

    _do(cluster_id, work)


def show_split(detail: IssueDetail) -> None:
    """Show the title and the button that make an issue of the comments picked."""
    picked = st.session_state.get(_PICKED, {})
    with st.container(key="split_box"):
        st.text(f"{counted(len(picked), 'comment')} picked.")
        st.text_input("Title of the new issue", key="split_title", max_chars=200)
        st.button(
            "Make it an issue of its own",
            key="split_save",
            on_click=_split,
            args=(detail.row["cluster_id"], detail.revision),
        )


def pick(comment_id: str, key: str) -> None:
    """Keep whether a comment is picked."""
    picked = st.session_state.setdefault(_PICKED, {})
    if st.session_state[key]:
        picked[comment_id] = True
    else:
        picked.pop(comment_id, None)


def is_picked(comment_id: str) -> bool:
    """Say whether a comment is picked."""
    return comment_id in st.session_state.get(_PICKED, {})


def _split(cluster_id: str, revision: int) -> None:
    def work(store: Any, who: str, row: dict[str, Any]) -> str:
        picked, title = list(st.session_state.get(_PICKED, {})), st.session_state["split_title"]
        part = issue_decisions.split(settings(), store, cluster_id, picked, title, who, revision)
        st.session_state[_PICKED] = {}
        st.session_state["split_title"] = ""
        st.session_state["split_on"] = False
        st.query_params["issue"] = part
        return (
            f"{counted(len(picked), 'comment')} made an issue of their own: this one. "
            "No later round puts them back."
        )

    _do(cluster_id, work)
