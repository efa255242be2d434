"""How long feedback is kept, erasures and legal holds, as the command line asks for them."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING

from app.wording import counted, day, moment
from feedback.errors import StoreError
from feedback.legal_holds import LegalHold, holds_known, holds_of, lift_hold, place_hold
from feedback.store import utc_now

if TYPE_CHECKING:
    from feedback.erasure import Erasure
    from feedback.retention import Kept, Retention
    from feedback.settings import Settings
    from feedback.store import Store

__all__ = [
    "erase",
    "erasure_text",
    "hold_text",
    "holds_text",
    "kept_text",
    "lift",
    "list_holds",
    "place",
    "question",
    "retention_text",
    "rule",
    "service_of",
    "to_erase",
]


def service_of(name: str) -> str:
    """Return a service's id, given by any of its names."""
    from app.wiring import make_reference

    return make_reference().service_id(name) or name


def to_erase(store: Store, response: str, service: str | None) -> Erasure:
    """Return what an erasure would take out; the response may be named in any way.

    Raises
    ------
    StoreError
        No response is known as that, or several are.
    """
    from feedback.erasure import count_response
    from feedback.known_as import find_response

    chosen = None if service is None else service_of(service)
    return count_response(store, find_response(store, response, service=chosen))


def erase(store: Store, found: Erasure) -> Erasure:
    """Erase a response."""
    from feedback.erasure import erase_response

    return erase_response(store, found.response_id, getpass.getuser(), now=utc_now())


def question(found: Erasure) -> str:
    """Return what is asked before an erasure."""
    n = counted(found.n_comments, "comment")
    return f"Erase {n} of response {found.response_id} for good?"


def erasure_text(found: Erasure, *, is_done: bool) -> str:
    """Return what is erased, or would be, for a person."""
    n = f"{counted(found.n_comments, 'comment')} and {counted(found.n_responses, 'response')}"
    if not is_done:
        return f"Response {found.response_id}: {n} would be erased. Nothing was changed."
    if not found.n_comments and not found.n_responses:
        return f"Response {found.response_id}: nothing of it is in the store any more."
    return f"Response {found.response_id}: {n} erased. It does not come in again."


def rule(store: Store, service: str, days: int | None) -> str:
    """Say how long a service's feedback is kept, None: without a limit; return its id.

    Raises
    ------
    StoreError
        The number of days cannot be used.
    """
    from feedback.retention import keep_service, set_days

    chosen, who, now = service_of(service), getpass.getuser(), utc_now()
    with store.changing() as connection:
        if days is None:
            keep_service(connection, chosen, who, now)
        else:
            set_days(connection, chosen, days, who, now)
    return chosen


def kept_text(found: list[Kept], settings: Settings) -> str:
    """Return how long the feedback of each service is kept, for a person."""
    days = settings.retention_days
    limit = counted(days, "day") if days else "no limit"
    lines = [f"Without a rule of its own: {limit} (setting retention_days)."]
    return "\n".join([*lines, *map(_kept_line, found)])


def _kept_line(one: Kept) -> str:
    own = ", its own rule" if one.is_own else ""
    if one.days is None or one.since is None:
        return f"{one.service}: no limit{own}"
    told = f"{one.service}: {counted(one.days, 'day')}{own}; kept since {day(one.since)}"
    if one.n_due > one.n_held:
        told += f"; {counted(one.n_due - one.n_held, 'comment')} due now"
    elif one.next_deletion is not None:
        told += f"; next deletion {day(one.next_deletion)}"
    if one.n_held:
        told += f"; {counted(one.n_held, 'comment')} due but on legal hold"
    return told


def retention_text(done: Retention, *, dry_run: bool) -> str:
    """Return what retention deleted, or would delete, for a person."""
    verb = "would be deleted" if dry_run else "deleted"
    services = sorted({*done.n_comments, *done.n_responses})
    lines = [
        f"{one}: {counted(done.n_comments.get(one, 0), 'comment')}, "
        f"{counted(done.n_responses.get(one, 0), 'response')} {verb}"
        for one in services
    ]
    if done.n_held:
        lines.append(f"{counted(done.n_held, 'comment')} due but on legal hold, and kept.")
    return "\n".join(lines) or "Nothing has been kept longer than its rule."


def place(
    store: Store, *, reason: str, response: str | None, service: str | None, is_all: bool
) -> LegalHold:
    """Place a hold on one thing: a response, a service, or everything.

    Raises
    ------
    StoreError
        None or several were named, the response is not known, or there is no reason.
    """
    from feedback.known_as import find_response

    if sum((response is not None, service is not None, is_all)) != 1:
        raise StoreError("Name one of --response ID, --service S and --all.")
    on: dict[str, str] = {}
    if response is not None:
        on["response_id"] = find_response(store, response)
    elif service is not None:
        on["service"] = service_of(service)
    with store.changing() as connection:
        hold_id = place_hold(connection, getpass.getuser(), reason, utc_now(), **on)
    return next(one for one in list_holds(store) if one.hold_id == hold_id)


def list_holds(store: Store) -> list[LegalHold]:
    """Return all holds, those in force first."""
    return holds_of(store.read(holds_known()))


def lift(store: Store, hold_id: str, reason: str) -> None:
    """Lift a hold.

    Raises
    ------
    StoreError
        It is not in force, or there is no reason.
    """
    with store.changing() as connection:
        lift_hold(connection, hold_id, getpass.getuser(), reason, utc_now())


def hold_text(hold: LegalHold) -> str:
    """Return a hold in one line."""
    if hold.response_id is not None:
        on = f"response {hold.response_id}"
    else:
        on = "everything" if hold.service is None else f"service {hold.service}"
    told = f"{hold.hold_id}  {on}: {hold.reason} ({hold.placed_by}, {moment(hold.placed_at)})"
    if hold.lifted_at is not None:
        told += f"; lifted by {hold.lifted_by}, {moment(hold.lifted_at)}"
    return told


def holds_text(holds: list[LegalHold]) -> str:
    """Return all holds, for a person."""
    return "\n".join(map(hold_text, holds)) or "There is no legal hold."
