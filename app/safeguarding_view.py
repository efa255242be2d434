"""The parts of the page Safeguarding: who waits, one comment, what was done, who looked."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from app.access import current_viewer
from app.evidence import facts_list, heading, marked_text, plain_text, points, secondary
from app.live import load
from app.names import language_name, page_name, place_name, service_name
from app.notices import tell_notice
from app.print_view import show_table
from app.queries_safeguarding import MAX_LINES, comment_history, recent_lines
from app.safeguarding import MAX_NOTE_CHARACTERS, waiting_told
from app.safeguarding_work import LOOK_MINUTES, hide, read, shown_text, take_back, write_outcome
from app.selection import selectable_table
from app.wording import LONDON, ago, counted, moment, percent
from feedback.safeguarding import DONE
from feedback.safeguarding_record import READ, REOPENED
from feedback.schema import Role, SafeguardingOutcome

if TYPE_CHECKING:
    from app.queries_safeguarding import SafeguardingCounts

__all__ = [
    "answer",
    "choose_dealt_with",
    "choose_waiting",
    "show_comment",
    "show_record",
    "show_waiting",
]

OUTCOMES = {
    SafeguardingOutcome.TOLD: "Told whoever can act",
    SafeguardingOutcome.NO_RISK: "No risk",
    SafeguardingOutcome.OTHER: "Something else was done",
}
_OUTCOME, _NOTE = "safeguarding_outcome", "safeguarding_note"
_SENT = st.column_config.DatetimeColumn(format="DD/MM/YYYY HH:mm", width=140)
_COLUMNS = {
    "Sent": _SENT,
    "Dealt with": _SENT,
    "Page": st.column_config.Column(width=200),
    "Note": st.column_config.Column(width="medium"),
}


def show_waiting(counts: SafeguardingCounts) -> None:
    """Say on any page how many comments wait; whoever may read them gets the link as well."""
    if not counts.n_waiting:
        return
    plain_text(f"{waiting_told(counts)}.")
    if current_viewer().may(Role.SAFEGUARDING):
        st.page_link(
            "app_pages/safeguarding.py",
            label="Open the safeguarding queue",
            icon=":material/arrow_forward:",
        )


def answer(counts: SafeguardingCounts) -> str:
    """Return how many comments wait, and how long the oldest does."""
    if counts.oldest_at is None:
        return "No comment waits"
    waits = "waits" if counts.n_waiting == 1 else "wait"
    review = f", {counts.n_review:,} of them for review" if counts.n_review else ""
    oldest = ago(counts.oldest_at).removesuffix(" ago")
    return f"{counted(counts.n_waiting, 'comment')} {waits}{review}; the oldest for {oldest}"


def choose_waiting(rows: pd.DataFrame) -> dict[str, Any]:
    """Show who waits, without a text, and return the row that is chosen."""
    table = pd.DataFrame(
        {
            "Sent": _local(rows["submitted_at"]),
            "Waits": [ago(at).removesuffix(" ago") for at in rows["submitted_at"]],
            "Taken for": ["Safeguarding" if sure else "Perhaps" for sure in rows["is_assigned"]],
            "Probability": [_sure(one) for one in rows["probability"]],
            "Service": rows["service"].map(service_name),
            "Page": [page_name(page) if page else "–" for page in rows["page"]],
            "Language": rows["language"].map(language_name),
        }
    )
    return _choose(table, rows, "safeguarding_waiting", "Comments that wait, the sure ones first")


def choose_dealt_with(rows: pd.DataFrame) -> dict[str, Any]:
    """Show what was dealt with, without a text, and return the row that is chosen."""
    table = pd.DataFrame(
        {
            "Dealt with": _local(rows["at"]),
            "What was done": [OUTCOMES[SafeguardingOutcome(one)] for one in rows["outcome"]],
            "By": rows["who"],
            "Note": [note or "–" for note in rows["note"]],
            "Sent": _local(rows["submitted_at"]),
            "Service": rows["service"].map(service_name),
        }
    )
    return _choose(table, rows, "safeguarding_dealt", "Comments dealt with, the latest first")


def _choose(table: pd.DataFrame, rows: pd.DataFrame, key: str, alt: str) -> dict[str, Any]:
    ids = list(rows["comment_id"])
    chosen = selectable_table(
        table,
        ids=ids,
        key=key,
        alt=alt,
        column_config=_COLUMNS,
        is_required=True,
    )
    at = ids.index(str(chosen))
    if len(ids) > 1:
        with st.container(horizontal=True, vertical_alignment="center", key=f"{key}_moves"):
            for label, step in (("Previous", -1), ("Next", 1)):
                st.button(
                    label,
                    key=f"{key}_{label.lower()}",
                    disabled=not 0 <= at + step < len(ids),
                    on_click=_move,
                    args=(key, ids[max(0, min(at + step, len(ids) - 1))]),
                )
            secondary(f"{at + 1} of {len(ids)}")
    found: dict[str, Any] = rows.to_dict("records")[at]
    return found


def _move(key: str, comment_id: str) -> None:
    st.session_state[f"{key}_chosen"] = comment_id


def show_comment(comment: dict[str, Any]) -> None:
    """Show what is known of a comment; its text once it was asked for; then what was done."""
    comment_id = comment["comment_id"]
    heading("Chosen comment")
    facts = [
        ("Sent", f"{moment(comment['submitted_at'])}, {ago(comment['submitted_at'])}"),
        ("Place", place_name(comment["service"], comment["page"])),
        ("Language", language_name(comment["language"])),
    ]
    facts_list(facts, alt="What is known of the chosen comment")
    st.code(comment_id, language=None, wrap_lines=True)
    text = shown_text(comment_id)
    if text is None:
        secondary(
            "Press Read to see the text. It is written down that you looked, with the time, before "
            f"the text is shown. It is hidden again after {LOOK_MINUTES} minutes."
        )
        st.button(
            "Read", key="safeguarding_read", type="primary", on_click=read, args=(comment_id,)
        )
    else:
        marked_text(text, of="Text of the chosen comment")
        st.button("Hide the text", key="safeguarding_hide", on_click=hide)
        _outcome_form(comment)
    _earlier_outcome(comment)
    _show_history(comment_id)


def _outcome_form(comment: dict[str, Any]) -> None:
    is_change = comment.get("outcome") is not None
    heading("Change what was done" if is_change else "What was done?", level=3)
    with st.form("safeguarding_done", clear_on_submit=True):
        st.radio(
            "What was done",
            list(SafeguardingOutcome),
            format_func=OUTCOMES.__getitem__,
            index=None,
            key=_OUTCOME,
        )
        st.text_area("Note (optional)", key=_NOTE, max_chars=MAX_NOTE_CHARACTERS, height=100)
        secondary(
            "Say whom you told, such as the service's safeguarding lead. Names, numbers and "
            "addresses are taken out of the note before it is kept."
        )
        st.form_submit_button(
            "Write down", on_click=_submit, args=(comment["comment_id"], _seen_at(comment))
        )


def _submit(comment_id: str, seen_at: datetime | None) -> None:
    outcome = st.session_state[_OUTCOME]
    if outcome is None:
        tell_notice("Not written down: choose what was done first.")
        return
    write_outcome(comment_id, outcome, st.session_state[_NOTE], seen_at)


def _earlier_outcome(comment: dict[str, Any]) -> None:
    seen_at = _seen_at(comment)
    if seen_at is not None:
        st.button(
            "Take back what was written: the comment waits again",
            key="safeguarding_take_back",
            on_click=take_back,
            args=(comment["comment_id"], seen_at),
        )


def _seen_at(comment: dict[str, Any]) -> datetime | None:
    at = comment.get("at")
    return None if at is None else pd.Timestamp(at).to_pydatetime()


def _show_history(comment_id: str) -> None:
    lines = load(comment_history, comment_id)
    heading("Who looked, and what was done", level=3)
    if lines.empty:
        secondary("Nobody has looked at this comment yet.")
        return
    points([_line_told(line) for line in lines.to_dict("records")])


def show_record(comment_ids: tuple[str, ...]) -> None:
    """Show the latest looks and outcomes of all comments of the queue."""
    lines = load(recent_lines, comment_ids)
    heading(
        "Record",
        "Who looked at which comment, and what was done: the latest "
        f"{MAX_LINES} lines of the comments listed on this page. The audit log keeps every line.",
    )
    if lines.empty:
        secondary("Nobody has looked at a comment yet.")
        return
    show_table(
        pd.DataFrame(
            {
                "When": _local(lines["at"]),
                "Who": lines["who"],
                "What": [_line_told(line)[0] for line in lines.to_dict("records")],
                "Comment": [one.removeprefix("comment ") for one in lines["object"]],
            }
        ),
        alt=f"{counted(len(lines), 'line')} of looks and outcomes, the latest first",
        column_config={"When": _SENT},
    )


def _line_told(line: dict[str, Any]) -> tuple[str, str]:
    """Return what was done, and by whom and when."""
    by = f"{line['who']}, {moment(line['at'])}"
    if line["action"] == DONE:
        detail = line["detail"] or {}
        told = OUTCOMES[SafeguardingOutcome(detail["outcome"])]
        return (f"{told}: {detail['note']}" if detail.get("note") else told), by
    return {READ: "Looked at the text", REOPENED: "Took back what was written"}[line["action"]], by


def _sure(probability: float | None) -> str:
    is_known = probability is not None and not pd.isna(probability)
    return percent(float(probability)) if is_known and probability is not None else "by a person"


def _local(times: pd.Series) -> pd.Series:
    return times.dt.tz_convert(LONDON).dt.tz_localize(None)
