"""One comment to code: its text, codes on keys, all codes by their names, the codebook at hand."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from app import coding_work, queries_rounds, queries_to_code
from app.announcing import announce
from app.chips import marked
from app.codebook_view import code_in_full
from app.coding_choices import choices_of, label_of, labels_of
from app.coding_work import Session, Task
from app.evidence import facts_list, heading, secondary
from app.live import load, mark_shown, version_now
from app.names import place_name
from app.shortcuts import ask_for_shortcuts, key_if_on, shortcut_switch
from app.wording import counted, moment, percent
from classifiers.codebook import Code
from feedback.schema import Decision, Language

if TYPE_CHECKING:
    from app.queries_to_code import CodedComment
    from classifiers.codebook import Codebook

__all__ = ["DRAWN", "WELSH", "comment_text", "look_up", "machine_codes", "show_task"]

DRAWN, WELSH = "drawn", "welsh"
"""Queues: comments drawn for a person to code, and those that need a Welsh speaker."""

AFTER, BEFORE, NEVER = "After saving", "At once", "Not at all"
N_COLUMNS = 2
KEYS_TOLD = [
    ("1 to 9", "give the code on that button, or take it away"),
    ("0", "nothing to code"),
    ("S", "save and go to the next comment"),
    ("J", "next comment, without saving; your choice stays"),
    ("K", "previous comment"),
    ("U", "undo the last coding you saved"),
    ("A", "take the machine's codes, where they are shown at once"),
    ("Tab", "to the field for all codes: type part of a name, then Enter; Tab leaves it"),
    ("?", "this list"),
]


def show_task(task: Task, codebook: Codebook) -> None:
    """Show the comment that is to be coded now; only this part is drawn again at each key."""
    st.fragment(_draw)(task, codebook)


def _draw(task: Task, codebook: Codebook) -> None:
    choices = choices_of(codebook, load(queries_rounds.proposals))
    held = coding_work.start(task, choices)
    mine = _mine(task, held.current)
    coding_work.do_what_was_asked(mine)
    version = version_now()
    waiting, n_all = _waiting(task, held)
    coding_work.place(waiting, is_list=task.round_id is not None)
    _head(task, held, len(waiting), n_all)
    shown_when = _shown_when(task)
    _tell(held, choices, shown_when)
    comment = load(queries_to_code.coded_comment, held.current) if held.current else None
    if comment is None:
        _nothing(task, held, has_more=bool(waiting))
    else:
        left, right = st.columns([3, 2], gap="large")
        with left:
            _code(task, held, comment, choices, shown_when)
        with right:
            look_up(choices, held.focus or next(iter(held.keyed.values()), None))
    with st.container(horizontal=True, vertical_alignment="bottom", key="coding_keys"):
        _settings(task)
        shortcut_switch()
        ask_for_shortcuts(KEYS_TOLD)
    mark_shown(version)


def _mine(task: Task, comment_id: str | None) -> tuple[str, ...]:
    """Return what this person saved for a comment."""
    from app.access import current_viewer

    if comment_id is None:
        return ()
    if task.round_id is not None:
        return load(queries_rounds.my_codes, task.round_id, task.coder).get(comment_id, ())
    found = load(queries_to_code.coded_comment, comment_id)
    return found.people.get(current_viewer().name, ()) if found is not None else ()


def _waiting(task: Task, held: Session) -> tuple[list[str], int]:
    """Return what is still to be coded, and of how many in all."""
    if task.round_id is not None:
        ids = load(queries_rounds.round_comments, task.round_id)
        held.trail = list(ids)
        done = load(queries_rounds.my_codes, task.round_id, task.coder)
        return [one for one in ids if one not in done], len(ids)
    if task.name in (DRAWN, WELSH):
        query = (
            queries_to_code.waiting_drawn if task.name == DRAWN else queries_to_code.waiting_welsh
        )
        ids = load(query)
        return list(ids), len(ids)
    is_done = any(one.comment_id == task.name for one in held.saved)
    return ([] if is_done else [task.name]), 1


def _head(task: Task, held: Session, n_waiting: int, n_all: int) -> None:
    n = sum(one.round_id == task.round_id for one in held.saved)
    if task.round_id is not None:
        heading(
            f"{n_all - n_waiting:,} of {counted(n_all, 'comment')} coded by you",
            "You see your own codes alone. When you have coded the last one, your codes are fixed "
            "and you compare them with the others'.",
        )
    elif task.name in (DRAWN, WELSH):
        what = "drawn comment" if task.name == DRAWN else "comment that needs a Welsh speaker"
        more = "comments that need a Welsh speaker" if task.name == WELSH else None
        heading(
            f"{counted(n_waiting, what, more)} to code",
            f"You coded {counted(n, 'comment')} in this session. What you give stands beside the "
            "machine's codes and counts before them.",
        )
    else:
        heading(
            "Correct the codes of one comment",
            "What you give stands beside the machine's codes and counts before them.",
        )


def _shown_when(task: Task) -> str:
    """Return when the machine's codes are shown: by themselves they would sway a coder."""
    usual = NEVER if task.round_id is not None else AFTER
    return str(st.session_state.setdefault(_shown_key(task), usual))


def _shown_key(task: Task) -> str:
    return f"machine_shown_{'alone' if task.round_id is None else 'round'}"


def _settings(task: Task) -> None:
    st.selectbox(
        "Show the machine's codes",
        [NEVER, AFTER, BEFORE],
        key=_shown_key(task),
        persist_state="session",
        width=260,
    )


def _tell(held: Session, choices: Mapping[str, Code], shown_when: str) -> None:
    """Say what became of the last key, in sight and aloud."""
    told = held.told
    if held.last is not None:
        told = f"Saved: {labels_of(held.last.codes, choices)}."
        found = load(queries_to_code.coded_comment, held.last.comment_id)
        if shown_when != NEVER and found is not None:
            told += f" The machine gave: {machine_told(found, choices)}."
        if found is None:
            told += " It waits in the safeguarding queue now, for people trained to read it."
    with st.container(key="coding_told"):
        if told:
            secondary(told)
    place = f" Comment {held.at + 1}." if held.current else ""
    announce(f"{told}{place}", key="coding_announced")


def machine_told(comment: CodedComment, choices: Mapping[str, Code]) -> str:
    """Return the machine's codes with how sure it is."""
    return "; ".join(f"{name}, {sure}" for name, sure in machine_codes(comment, choices)) or "none"


def machine_codes(comment: CodedComment, choices: Mapping[str, Code]) -> list[tuple[str, str]]:
    """Return the machine's codes, each with how sure it is and whether it asks for a look."""
    return [
        (
            label_of(code, choices),
            ("by a rule" if sure is None else percent(sure))
            + (", to check" if decision == Decision.REVIEW.value else ""),
        )
        for code, decision, sure in comment.machine
    ]


def comment_text(comment: CodedComment) -> None:
    """Show a comment's text, in its language, with what was taken out marked."""
    tag = ' lang="cy"' if comment.language == Language.WELSH.value else ""
    body = marked(comment.text, ())
    st.html(f'<blockquote aria-label="Comment"{tag}>{body}</blockquote>')
    place = place_name(comment.service, comment.page)
    asked = f" · asked: {comment.question}" if comment.question else ""
    secondary(f"{place} · {moment(comment.submitted_at)}{asked}")


def _code(
    task: Task,
    held: Session,
    comment: CodedComment,
    choices: Mapping[str, Code],
    shown_when: str,
) -> None:
    with st.container(border=True, key="coding_comment"):
        comment_text(comment)
    if task.round_id is None and comment.round_id is not None:
        secondary("This comment is in a round of coding, so its coders code it there.")
        return
    mine = _mine(task, comment.comment_id)
    draft = coding_work.draft_of(comment.comment_id, mine)
    if shown_when == BEFORE:
        facts_list(machine_codes(comment, choices), alt="The machine's codes")
    if task.round_id is None and comment.people:
        told = [(who, labels_of(codes, choices)) for who, codes in comment.people.items()]
        facts_list(told, alt="Codes that people gave")
    _key_buttons(held, comment.comment_id, draft, mine, choices)
    _all_codes(comment.comment_id, draft, choices)
    _move_buttons(comment, shown_when)


def _key_buttons(
    held: Session,
    comment_id: str,
    draft: Sequence[str],
    mine: Sequence[str],
    choices: Mapping[str, Code],
) -> None:
    columns = st.columns(N_COLUMNS, gap="small")
    keyed = list(held.keyed.items())
    n_rows = -(-len(keyed) // N_COLUMNS)
    for number, (key, code) in enumerate(keyed):
        is_given = code in draft
        label = label_of(code, choices)
        columns[number // n_rows].button(
            f"{label}, given" if is_given else label,
            key=f"code_{key}",
            type="primary" if is_given else "secondary",
            icon=":material/check:" if is_given else None,
            shortcut=key_if_on(key),
            width="stretch",
            on_click=coding_work.toggle,
            args=(comment_id, code, mine),
        )


def _all_codes(comment_id: str, draft: list[str], choices: Mapping[str, Code]) -> None:
    key = f"codes_{comment_id}"
    options = [*choices, *(code for code in draft if code not in choices)]
    if st.session_state.get(key) != draft:
        st.session_state[key] = list(draft)
    st.multiselect(
        "Codes given: type to find any code",
        options,
        format_func=lambda code: label_of(code, choices),
        key=key,
        placeholder="Type part of a code's name",
        on_change=_take_typed,
        args=(comment_id, key),
    )


def _take_typed(comment_id: str, key: str) -> None:
    held = coding_work.session()
    chosen = st.session_state[key]
    new = [code for code in chosen if code not in held.drafts.get(comment_id, [])]
    coding_work.take_codes(comment_id, chosen)
    if new:
        held.focus = new[-1]


def _move_buttons(comment: CodedComment, shown_when: str) -> None:
    with st.container(horizontal=True, key="coding_moves"):
        st.button(
            "Save and next",
            key="coding_save",
            type="primary",
            shortcut=key_if_on("s"),
            on_click=coding_work.ask_to_save,
            args=(comment.comment_id,),
        )
        for label, key, by in (("Next", "j", 1), ("Previous", "k", -1)):
            st.button(
                label,
                key=f"coding_{label.lower()}",
                shortcut=key_if_on(key),
                on_click=coding_work.go,
                args=(comment.comment_id, by),
            )
        if shown_when == BEFORE and comment.machine:
            sure = [code for code, decision, _ in comment.machine if decision == Decision.ASSIGNED]
            st.button(
                "Take the machine's codes",
                key="coding_take",
                shortcut=key_if_on("a"),
                on_click=coding_work.take_codes,
                args=(comment.comment_id, sure),
            )
        _undo_button()


def _undo_button() -> None:
    st.button(
        "Undo the last coding",
        key="coding_undo",
        shortcut=key_if_on("u"),
        on_click=coding_work.undo,
    )


def look_up(choices: Mapping[str, Code], focus: str | None) -> None:
    """Show what a code means, where its borders are, and examples: the one touched last."""
    heading("Codebook at hand", level=3)
    key = "look_up"
    if focus in choices and st.session_state.get("look_up_focus") != focus:
        st.session_state[key] = focus
    code = st.selectbox(
        "Look a code up",
        list(choices),
        format_func=lambda one: label_of(one, choices),
        key=key,
        filter_mode="contains",
    )
    # Kept only now: a drawing that is broken off before the field is there has shown nothing.
    st.session_state["look_up_focus"] = focus
    if code is not None:
        note = f"<p><small>Id: {html.escape(code)}</small></p>"
        st.html(f'<section aria-label="Code in full">{code_in_full(choices[code])}{note}</section>')


def _nothing(task: Task, held: Session, *, has_more: bool) -> None:
    """Say that there is nothing to show: all is coded, or it may not be shown."""
    if held.current is not None:
        st.text(
            "This comment cannot be coded here: no comment has this address, you do not see its "
            "service, it waits to be coded by the machine, or it is for people trained to read "
            "what may be about safeguarding."
        )
    elif task.round_id is not None:
        st.text("You have coded all of them. Choose “Compare and reconcile” above to go on.")
    elif not has_more:
        st.text("Nothing is left to code here.")
        if task.name == DRAWN:
            secondary("To draw more comments:")
            st.code("feedback code-next --out SHEET.csv", language=None)
    with st.container(horizontal=True, key="coding_moves"):
        if held.trail and task.name in (DRAWN, WELSH):
            st.button(
                "Previous", key="coding_previous", shortcut=key_if_on("k"),
                on_click=coding_work.go, args=(None, -1),
            )  # fmt: skip
        if held.saved:
            _undo_button()
