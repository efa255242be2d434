"""The triage page's parts: the queue, the report one is at with its controls, changing many."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import streamlit as st

from app import queries_report, queries_triage, tell_report, tell_triage, triage_work
from app.access import current_viewer
from app.evidence import facts_list, heading, marked_text, quotes, secondary
from app.filters import bind_choice
from app.live import load
from app.print_view import is_printing
from app.queries_passing import NOBODY, UNFINISHED, Work
from app.selection import selectable_table
from app.shortcuts import ask_for_shortcuts, key_if_on, shortcut_switch
from app.wording import counted
from feedback.fault_triage import MAX_OWNER
from feedback.schema import Role

if TYPE_CHECKING:
    import pandas as pd

    from app.filters import Filters
    from app.queries_report import Report

__all__ = ["choose_work", "find_place", "show_bulk", "show_queue", "show_report"]

QUEUE_ROWS = 15
"""Reports in the table at a time: all of them in sight, so that the current one is."""

ARROW = ":material/arrow_forward:"
_TABLE = "triage_queue"
_KEEP = ":keep"
"""The choice that leaves status or owner as it is."""

_SHORTCUTS = (
    ("j", "go to the next report"),
    ("k", "go to the report before"),
    ("e", "end it: set the status to Done, and go to the next"),
    ("a", "assign the report to yourself"),
    ("?", "show this list"),
)
_SHORTCUTS_OF_VIEWERS = tuple(pair for pair in _SHORTCUTS if pair[0] not in "ea")


def choose_work() -> Work:
    """Show the choices of status and owner, and return what was chosen."""
    status = bind_choice(
        "Status",
        "fault_status",
        list(tell_triage.STATUS_CHOICES),
        label_of=tell_triage.STATUS_CHOICES.__getitem__,
        everything="Not finished",
    )
    owner = bind_choice(
        "Owner",
        "fault_owner",
        [NOBODY, *_people()],
        label_of=_owner_label,
        everything="Anyone",
    )
    return Work(status or UNFINISHED, owner)


def _people() -> list[str]:
    """Return who can take care of a report; who looks stands first."""
    viewer = current_viewer()
    known = load(queries_report.owners, viewer.services)
    return [viewer.name, *(name for name in known if name != viewer.name)]


def _owner_label(name: str) -> str:
    if name == NOBODY:
        return "Nobody"
    return f"{name} (me)" if name == current_viewer().name else name


def find_place(rows: pd.DataFrame, view: Any) -> None:
    """Find which report is the current one: the one it was, whatever came or left meanwhile.

    A link names one; a row may have been chosen in the table. Where the filters changed and left
    the current one out, it is the first that passes.

    Parameters
    ----------
    rows
        The queue, in its order.
    view
        The filters, to know whether they changed.
    """
    held = triage_work.session()
    held.order = list(rows["comment_id"])
    held.ranks = list(zip(rows["is_blocked"], rows["submitted_at"], strict=True))
    linked = st.query_params.get("report")
    if linked and linked != held.linked and load(queries_report.report, linked) is not None:
        held.current = linked
    clicked = st.session_state.get(f"{_TABLE}_chosen")
    if clicked is not None and clicked != held.drawn:
        held.current, held.notice = clicked, ""
    has_left = held.current not in held.order
    if held.current is None or (has_left and held.view not in (None, view)):
        held.current = held.order[0] if held.order else None
    held.view = view
    if held.current in held.order:
        held.rank = held.ranks[held.order.index(held.current)]
    held.linked = held.current
    if held.current is not None:
        st.query_params["report"] = held.current


def _place() -> int:
    """Return the place of the current report in the queue, from 0."""
    held = triage_work.session()
    if held.current in held.order:
        return held.order.index(held.current)
    return sum(one > held.rank for one in held.ranks) if held.rank is not None else 0


def show_queue(rows: pd.DataFrame, codes: tuple[str, ...]) -> None:
    """Show the part of the queue with the current report in it."""
    held = triage_work.session()
    block = min(_place(), max(len(rows) - 1, 0)) // QUEUE_ROWS
    part = rows.iloc[block * QUEUE_ROWS : (block + 1) * QUEUE_ROWS]
    ids = tuple(part["comment_id"])
    held.drawn = held.current if held.current in ids else None
    st.session_state[f"{_TABLE}_chosen"] = held.drawn
    selectable_table(
        tell_triage.faults_table(
            part,
            load(queries_triage.fault_texts, ids),
            load(queries_report.codes_of, ids, codes),
        ),
        ids=ids,
        key=_TABLE,
        alt="Fault reports with what they say of page, error, browser and device",
        column_config={
            name: st.column_config.DatetimeColumn(format="DD/MM/YYYY HH:mm", width=width)
            if name == "Sent"
            else st.column_config.Column(width=width)
            for name, width in tell_triage.COLUMNS.items()
        },
        height="content",
    )
    if len(rows) > QUEUE_ROWS and not is_printing():
        first = block * QUEUE_ROWS + 1
        secondary(f"Reports {first:,} to {first + len(part) - 1:,} of {len(rows):,}.")
        with st.container(horizontal=True, key="triage_turn"):
            for label, to in (("Rows before", block - 1), ("Rows after", block + 1)):
                st.button(label, key=f"triage_{label}", on_click=_turn, args=(to * QUEUE_ROWS,))


def _turn(to: int) -> None:
    """Go to another part of the queue; at its ends, stay."""
    held = triage_work.session()
    if 0 <= to < len(held.order):
        held.current, held.notice = held.order[to], ""


def show_report() -> None:
    """Show the controls and the current report. Controls never leave: what has the focus stays."""
    held = triage_work.session()
    report = load(queries_report.report, held.current) if held.current is not None else None
    may_act = current_viewer().may(Role.TRIAGER) and not is_printing()
    if not is_printing():
        _show_controls(report, may_act=may_act)
    _announce(_position(), held.notice)
    if report is None:
        st.text("This report is not shown any more. Go on to the next.")
        return
    heading(tell_report.about_report(report), level=3)
    marked_text(report.facts["text"], of="Text of the report")
    facts_list(tell_report.where_it_stands(report.facts), alt="Where the report stands")
    if may_act:
        _show_form(report)
    facts_list(tell_report.report_figures(report), alt="What the report says")
    _show_alike(report)
    st.page_link(
        "app_pages/comments.py",
        label="Open this comment",
        icon=ARROW,
        query_params={"comment": report.facts["comment_id"]},
    )


def _show_controls(report: Report | None, *, may_act: bool) -> None:
    is_quiet = triage_work.session().asked is not None
    with st.container(horizontal=True, key="triage_controls"):
        for label, key, by in (("Previous", "k", -1), ("Next", "j", 1)):
            st.button(
                label,
                key=f"triage_{label.lower()}",
                shortcut=key_if_on(key, is_quiet=is_quiet),
                on_click=triage_work.step,
                args=(by,),
            )
        if may_act:
            seen = (report.facts["comment_id"], report.facts["at"]) if report else ("", None)
            st.button(
                "Done",
                key="triage_done",
                shortcut=key_if_on("e", is_quiet=is_quiet),
                on_click=triage_work.finish,
                args=seen,
            )
            st.button(
                "Assign to me",
                key="triage_mine",
                shortcut=key_if_on("a", is_quiet=is_quiet),
                on_click=triage_work.assign_to_me,
                args=seen,
            )
    with st.container(horizontal=True, vertical_alignment="center", key="triage_shortcuts"):
        if may_act:
            st.button("Undo", key="triage_undo", on_click=triage_work.take_back)
        ask_for_shortcuts(_SHORTCUTS if may_act else _SHORTCUTS_OF_VIEWERS, is_quiet=is_quiet)
        shortcut_switch()


def _position() -> str:
    held = triage_work.session()
    if held.current in held.order:
        return f"Report {held.order.index(held.current) + 1:,} of {len(held.order):,}."
    return f"Not among the {counted(len(held.order), 'report')} that pass the filters."


def _announce(*told: str) -> None:
    """Show sentences that a screen reader speaks when they change."""
    said = html.escape(" ".join(filter(None, told)))
    st.html(f'<div role="status"><strong>{said}</strong></div>')


def _show_form(report: Report) -> None:
    facts = report.facts
    key = f"{facts['comment_id']}_{facts['at']}"
    with st.form("triage_form", border=False):
        left, right = st.columns(2)
        statuses = list(tell_triage.STATUSES)
        left.selectbox(
            "Set status",
            statuses,
            index=statuses.index(facts["status"]),
            format_func=tell_triage.STATUSES.__getitem__,
            key=f"status_{key}",
        )
        options = list(dict.fromkeys([NOBODY, facts["owner"] or NOBODY, *_people()]))
        right.selectbox(
            "Set owner",
            options,
            index=options.index(facts["owner"] or NOBODY),
            format_func=_owner_label,
            accept_new_options=True,
            key=f"owner_{key}",
        )
        st.form_submit_button("Save", key="triage_save", on_click=_save, args=(key, facts))


def _save(key: str, facts: Mapping[str, Any]) -> None:
    told = {
        "status": st.session_state[f"status_{key}"],
        "owner": _owner_of(st.session_state[f"owner_{key}"]),
    }
    changes = {name: value for name, value in told.items() if value != facts[name]}
    if changes:
        triage_work.decide(facts["comment_id"], facts["at"], changes)
    else:
        triage_work.session().notice = "Nothing to change: it stood so already."


def _owner_of(chosen: str | None) -> str | None:
    """Return the name chosen or typed; nobody for none."""
    name = (chosen or "").strip()[:MAX_OWNER]
    return None if name in ("", NOBODY) else name


def _show_alike(report: Report) -> None:
    if not report.facts["issue"]:
        return
    n_others = int(report.facts["n_alike"]) - 1
    heading(
        f"{counted(n_others, 'other comment')} like it",
        f"Issue cluster: {report.facts['issue']}",
        level=4,
    )
    quotes(report.alike, of="Comments that say the same")
    st.page_link(
        "app_pages/issue.py",
        label="Open the issue",
        icon=ARROW,
        query_params={"issue": report.facts["cluster_id"]},
    )


def show_bulk(
    n: int,
    *,
    is_capped: bool,
    filters: Filters,
    codes: tuple[str, ...],
    work: Work,
    chosen: Mapping[str, str | None],
) -> None:
    """Show the controls that change every report that passes the filters, and ask back."""
    with st.container(border=True, key="triage_bulk"):
        heading("Change many at once", "Every report that passes, not only those in the table.")
        _choose_changes()
        st.button(
            tell_report.bulk_label(n, is_capped=is_capped),
            key="triage_apply",
            on_click=_apply,
            args=(filters, codes, work, chosen),
        )
    if triage_work.session().asked is not None:
        _ask_back()


def _choose_changes() -> None:
    left, right = st.columns(2)
    left.selectbox(
        "Set status of all to",
        [_KEEP, *tell_triage.STATUSES],
        format_func=lambda one: tell_triage.STATUSES.get(one, "Leave as it is"),
        key="bulk_status",
    )
    right.selectbox(
        "Set owner of all to",
        [_KEEP, NOBODY, *_people()],
        format_func=lambda one: "Leave as it is" if one == _KEEP else _owner_label(one),
        accept_new_options=True,
        key="bulk_owner",
    )


def _apply(
    filters: Filters, codes: tuple[str, ...], work: Work, chosen: Mapping[str, str | None]
) -> None:
    """Ask back what is chosen now, which the page may not have been drawn with yet."""
    status, owner = st.session_state["bulk_status"], st.session_state["bulk_owner"]
    changes: dict[str, str | None] = {}
    if status not in (_KEEP, None):
        changes["status"] = status
    if owner not in (_KEEP, None):
        changes["owner"] = _owner_of(owner)
    triage_work.ask_back(filters, codes, work, chosen, changes)


@st.dialog("Change all of them?", on_dismiss=triage_work.cancel)
def _ask_back() -> None:
    asked = triage_work.session().asked
    if asked is None:
        st.rerun()
    seen, services, changes = asked
    st.text(tell_report.bulk_question(len(seen), changes))
    st.text(f"They are of {counted(len(services), 'service')}. Undo takes all of it back at once.")
    with st.container(horizontal=True, key="triage_answers"):
        label = f"Yes, change {counted(len(seen), 'report')}"
        if st.button(label, key="triage_yes", on_click=triage_work.confirm, type="primary"):
            st.rerun()
        if st.button("Cancel", key="triage_no", on_click=triage_work.cancel):
            st.rerun()
