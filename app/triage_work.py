"""What a person does about fault reports on the page: go on, decide, decide for many, undo.

Each is a callback of a button. What a session holds is under one key: the report it is at, what its
last decision was, and what it is asked back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import streamlit as st

from app import queries_report, queries_triage, tell_report
from app.access import acting, current_viewer
from app.live import load
from feedback import fault_triage
from feedback.errors import AccessError, FeedbackError
from feedback.schema import FaultStatus, Role
from feedback.store import utc_now

if TYPE_CHECKING:
    import pandas as pd

    from app.filters import Filters
    from app.queries_passing import Work
    from feedback.fault_triage import Outcome

__all__ = [
    "Session",
    "ask_back",
    "assign_to_me",
    "cancel",
    "confirm",
    "decide",
    "finish",
    "neighbour",
    "session",
    "step",
    "take_back",
]

_KEY = "triage"


@dataclass
class Session:
    """What one browser tab is at.

    ``order`` are the reports of the queue as last drawn, ``rank`` the place of the current one in
    it: whether it was blocked, and when it came. ``view`` are the filters, ``drawn`` is the row
    chosen in the table as last drawn, ``linked`` the report in the address. ``asked`` is a decision
    for many that waits for a yes: the reports that passed when it was asked for, with when each was
    changed last; their services; what to set.
    """

    current: str | None = None
    rank: tuple[bool, Any] | None = None
    view: Any = None
    order: list[str] = field(default_factory=list)
    ranks: list[tuple[bool, Any]] = field(default_factory=list)
    drawn: str | None = None
    linked: str | None = None
    notice: str = ""
    last: Outcome | None = None
    asked: tuple[dict[str, Any], tuple[str, ...], dict[str, str | None]] | None = None


def session() -> Session:
    """Return what this browser tab is at."""
    if _KEY not in st.session_state:
        st.session_state[_KEY] = Session()
    held: Session = st.session_state[_KEY]
    return held


def neighbour(
    order: Sequence[str],
    ranks: Sequence[tuple[bool, Any]],
    current: str | None,
    rank: tuple[bool, Any] | None,
    by: int,
) -> str | None:
    """Return the report before (-1) or after (1) the current one; itself at either end.

    One that has left the queue is where it would be: between the others by its rank.

    >>> ranks = [(True, 5), (True, 2), (False, 9)]
    >>> neighbour("abc", ranks, "b", (True, 2), 1), neighbour("abc", ranks, "c", (False, 9), 1)
    ('c', 'c')
    >>> [neighbour("abc", ranks, "gone", (True, 3), by) for by in (1, -1)]
    ['b', 'a']
    """
    if not order:
        return current
    if current in order:
        at = list(order).index(current) + by
    else:
        before = sum(one > rank for one in ranks) if rank is not None else 0
        at = before if by > 0 else before - 1
    return order[min(max(at, 0), len(order) - 1)]


def _go(by: int) -> bool:
    held = session()
    beside = neighbour(held.order, held.ranks, held.current, held.rank, by)
    has_moved = beside != held.current
    held.current = beside
    return has_moved


def step(by: int) -> None:
    """Go to the next report (1) or to the one before (-1)."""
    end = "This is the last report." if by > 0 else "This is the first report."
    session().notice = "" if _go(by) else end


def decide(comment_id: str, seen: Any, changes: Mapping[str, str | None]) -> bool:
    """Write a decision about one report; return whether it was changed.

    Parameters
    ----------
    seen
        When it was changed last, as the page showed it.
    """
    held = session()
    try:
        service = load(queries_report.service_of, comment_id)
        if service is None:
            raise AccessError("This report is not there for you.")
        outcome = _write({comment_id: seen}, [service], changes)
    except FeedbackError as error:
        held.notice = str(error)
        return False
    held.notice = tell_report.outcome_told(outcome, changes)
    return bool(outcome.after)


def _write(
    seen: Mapping[str, Any], services: Sequence[str], changes: Mapping[str, str | None]
) -> Outcome:
    for service in services:
        store, who = acting(Role.TRIAGER, service)
    with store.changing() as connection:
        outcome = fault_triage.change(
            connection, seen, changes, who, utc_now(), services=current_viewer().services
        )
    if outcome.after:
        session().last = outcome
    return outcome


def finish(comment_id: str, seen: Any) -> None:
    """Mark a report done and go on to the next."""
    held = session()
    if decide(comment_id, seen, {"status": FaultStatus.DONE.value}):
        told = held.notice
        if not _go(1):
            _go(-1)
        held.notice = told


def assign_to_me(comment_id: str, seen: Any) -> None:
    """Put the name of who looks on a report."""
    decide(comment_id, seen, {"owner": current_viewer().name})


def ask_back(
    filters: Filters,
    codes: tuple[str, ...],
    work: Work,
    chosen: Mapping[str, str | None],
    changes: Mapping[str, str | None],
) -> None:
    """Keep a decision for every report that passes now, until it is confirmed."""
    held = session()
    if not changes:
        held.notice = "Choose a status or an owner to set first."
        return
    found: pd.DataFrame = load(queries_triage.all_passing, filters, codes, work, dict(chosen))
    times = [None if at is None else at.to_pydatetime() for at in _without_nat(found["at"])]
    seen = dict(zip(found["comment_id"], times, strict=True))
    held.asked = seen, tuple(sorted(set(found["service"]))), dict(changes)
    held.notice = ""


def _without_nat(times: pd.Series[Any]) -> list[Any]:
    return [None if at != at else at for at in times]


def cancel() -> None:
    """Forget the decision for many."""
    session().asked = None


def confirm() -> None:
    """Write the decision for many: all of it, or nothing."""
    held = session()
    if held.asked is None:
        return
    seen, services, changes = held.asked
    held.asked = None
    try:
        held.notice = tell_report.outcome_told(_write(seen, services, changes), changes)
    except FeedbackError as error:
        held.notice = str(error)


def take_back() -> None:
    """Undo this session's last decision, where nobody has changed the reports since."""
    held = session()
    if held.last is None:
        held.notice = "There is nothing to undo."
        return
    try:
        # Whose reports they may still change is asked for each of them.
        store, who = acting(Role.TRIAGER, _one_service(held.last))
        with store.changing() as connection:
            outcome = fault_triage.undo(
                connection, held.last, who, utc_now(), services=current_viewer().services
            )
    except FeedbackError as error:
        held.notice = str(error)
        return
    if len(held.last.after) == 1:
        held.current = next(iter(held.last.after))
    held.last = None
    held.notice = tell_report.undo_told(outcome)


def _one_service(outcome: Outcome) -> str | None:
    return load(queries_report.service_of, next(iter(outcome.after)))
