"""What a coder does on the page Coding: toggle codes, save, go on, go back, undo.

Each is a callback of a button. Keys may be pressed faster than a page is drawn, and callbacks then
run together in no certain order: so codes are toggled at once, while saving and moving wait until
the next drawing begins, when all that was pressed before is in. A key that reaches the server for a
comment that is no longer there does nothing: it must not code the next one unseen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import streamlit as st

from app import queries_rounds, queries_to_code
from app.access import acting
from app.coding_choices import keyed_codes
from app.live import load
from app.wording import LONDON
from classifiers.codebook import Code
from feedback.coding_rounds import check_codes, code_in_round, take_back_in_round
from feedback.coding_undo import take_back_coding
from feedback.decisions import correct
from feedback.errors import FeedbackError, StoreError
from feedback.schema import EMPTY_LABEL, Role

__all__ = [
    "Saved",
    "Session",
    "Task",
    "ask_to_save",
    "do_what_was_asked",
    "draft_of",
    "go",
    "place",
    "session",
    "start",
    "take_codes",
    "toggle",
    "undo",
]

_KEY = "coding"
MAX_DRAFTS = 200
MAX_UNDO = 50
FREQUENT_DAYS = 84


@dataclass(frozen=True)
class Task:
    """What is coded: one comment, a queue of comments, or a round's as one of its coders."""

    name: str
    round_id: str | None = None
    coder: str = ""
    service: str | None = None


@dataclass(frozen=True)
class Saved:
    """A coding that was saved, and what the same person gave before: nothing, or codes."""

    comment_id: str
    codes: tuple[str, ...]
    earlier: tuple[str, ...]
    round_id: str | None


@dataclass
class Session:
    """What one browser tab is at.

    ``trail`` are the comments seen in this task, ``at`` the place in it; ``drafts`` codes that are
    chosen and not saved; ``keyed`` codes by key, which stay the same for the whole task.
    """

    task: Task | None = None
    trail: list[str] = field(default_factory=list)
    at: int = 0
    drafts: dict[str, list[str]] = field(default_factory=dict)
    keyed: dict[str, str] = field(default_factory=dict)
    saved: list[Saved] = field(default_factory=list)
    last: Saved | None = None
    focus: str | None = None
    told: str = ""
    to_save: str | None = None
    move: int = 0
    has_saved: bool = False

    @property
    def current(self) -> str | None:
        """The comment that is shown."""
        return self.trail[self.at] if self.at < len(self.trail) else None


def session() -> Session:
    """Return what this browser tab is at."""
    held: Session = st.session_state.setdefault(_KEY, Session())
    return held


def start(task: Task, choices: dict[str, Code]) -> Session:
    """Return the session at a task; another task begins anew, with keys for its service."""
    held = session()
    if held.task == task:
        return held
    today = datetime.now(LONDON).date()
    frequent = load(
        queries_rounds.frequent_codes,
        task.service,
        today - timedelta(days=FREQUENT_DAYS),
        today,
        len(choices),
    )
    keyed = keyed_codes(choices, frequent)
    # As after a save: a round that was begun before goes on where nothing is coded yet.
    fresh = Session(task=task, keyed=keyed, drafts=held.drafts, has_saved=True)
    st.session_state[_KEY] = fresh
    return fresh


def place(waiting: Sequence[str], *, is_list: bool) -> None:
    """Settle at which comment the session is.

    Parameters
    ----------
    waiting
        Comments that are still to be coded, in their order.
    is_list
        The trail is the whole list from the beginning, as in a round; a queue's grows.
    """
    held = session()
    if is_list and (held.has_saved or held.at >= len(held.trail)):
        # Those that come after this one first; then those passed over before.
        later = [one for one in held.trail[held.at :] if one in waiting]
        following = [*later, *waiting][:1]
        held.at = held.trail.index(following[0]) if following else len(held.trail)
    elif not is_list and held.at >= len(held.trail):
        held.at = len(held.trail)
        unseen = [one for one in waiting if one not in held.trail]
        held.trail += (unseen or list(waiting))[:1]
    held.has_saved = False


def draft_of(comment_id: str, mine: Sequence[str]) -> list[str]:
    """Return the codes chosen for a comment: the draft, else what the person saved before."""
    return session().drafts.get(comment_id, list(mine))


def toggle(comment_id: str, code: str, mine: Sequence[str]) -> None:
    """Give a code, or take it away; nothing to code stands alone."""
    held = session()
    if comment_id != held.current:
        return
    chosen = draft_of(comment_id, mine)
    if code in chosen:
        chosen = [one for one in chosen if one != code]
    elif code == EMPTY_LABEL:
        chosen = [code]
    else:
        chosen = [one for one in chosen if one != EMPTY_LABEL] + [code]
    held.focus = code
    take_codes(comment_id, chosen)


def take_codes(comment_id: str, codes: Sequence[str]) -> None:
    """Choose these codes in place of the draft."""
    held = session()
    if comment_id != held.current:
        return
    held.told = ""
    held.drafts.pop(comment_id, None)
    held.drafts[comment_id] = list(codes)
    while len(held.drafts) > MAX_DRAFTS:
        held.drafts.pop(next(iter(held.drafts)))


def go(comment_id: str | None, by: int) -> None:
    """Go to the next comment (1) or to the one before (-1) when the page is drawn next."""
    held = session()
    if comment_id == held.current:
        held.move = by


def ask_to_save(comment_id: str) -> None:
    """Save the draft of a comment when the page is drawn next."""
    held = session()
    if comment_id == held.current:
        held.to_save = comment_id


def do_what_was_asked(mine: Sequence[str]) -> None:
    """Save what was asked for and go on to the next comment; else move as was asked.

    Parameters
    ----------
    mine
        What the person saved before for the comment that is shown.
    """
    held = session()
    if held.to_save is not None:
        _save(held.to_save, mine)
    elif held.move:
        is_first = held.move < 0 and held.at == 0
        held.told = "This is the first comment." if is_first else ""
        held.at = max(0, held.at + held.move)
        held.last = None
    # Only now: a drawing that is broken off by the next key asks for the same again.
    held.to_save, held.move = None, 0


def _save(comment_id: str, mine: Sequence[str]) -> None:
    held = session()
    codes = tuple(sorted(set(draft_of(comment_id, mine))))
    if held.task is None:
        return
    try:
        check_codes(codes)
        earlier = _write(held.task, comment_id, codes)
    except FeedbackError as error:
        held.told = f"Not saved: {error}"
        held.last = None
        return
    held.last = Saved(comment_id, codes, earlier, held.task.round_id)
    held.saved = [*held.saved, held.last][-MAX_UNDO:]
    held.drafts.pop(comment_id, None)
    held.told = "Saved."
    held.at += 1
    held.has_saved = True


def _write(task: Task, comment_id: str, codes: tuple[str, ...]) -> tuple[str, ...]:
    """Write a coding and return what the same person gave before."""
    service = load(queries_to_code.service_of, comment_id)
    if service is None:
        raise StoreError("This comment may not be coded here, or no longer.")
    store, who = acting(Role.RESEARCHER, service)
    now = datetime.now(UTC)
    if task.round_id is not None:
        _refuse_another_coder(task, who)
        earlier = load(queries_rounds.my_codes, task.round_id, task.coder).get(comment_id, ())
        with store.changing() as connection:
            code_in_round(connection, task.round_id, comment_id, task.coder, codes, now)
        return earlier
    found = load(queries_to_code.coded_comment, comment_id)
    if found is not None and found.round_id is not None:
        raise StoreError("This comment is in a round of coding. Its coders code it there.")
    earlier = tuple(found.people.get(who, ())) if found is not None else ()
    with store.changing() as connection:
        correct(connection, comment_id, codes, who, now)
    return earlier


def _refuse_another_coder(task: Task, who: str) -> None:
    if task.coder.casefold() != who.casefold():
        raise StoreError("You are not a coder of this round.")


def undo() -> None:
    """Take the last coding of this session back, and show its comment with the codes again."""
    held = session()
    if not held.saved:
        held.told = "There is nothing to undo."
        return
    last = held.saved[-1]
    try:
        _take_back(last)
    except FeedbackError as error:
        held.told = f"Not undone: {error}"
        return
    held.saved.pop()
    held.last = None
    if last.comment_id in held.trail:
        held.at = held.trail.index(last.comment_id)
    take_codes(last.comment_id, last.codes)
    held.told = "Undone: the comment is as it was before. Your codes are still chosen below."


def _take_back(last: Saved) -> None:
    service = load(queries_to_code.service_of, last.comment_id)
    if service is None:
        raise StoreError("The comment waits in the safeguarding queue, or may not be shown now.")
    store, who = acting(Role.RESEARCHER, service)
    now = datetime.now(UTC)
    task = session().task
    with store.changing() as connection:
        if last.round_id is not None and task is not None:
            _refuse_another_coder(task, who)
            take_back_in_round(
                connection, last.round_id, last.comment_id, task.coder, last.earlier, now
            )
        elif last.earlier:
            correct(connection, last.comment_id, last.earlier, who, now)
        else:
            take_back_coding(connection, last.comment_id, who, now)
