"""What a trained person does on the page Safeguarding: read one comment, say what was done.

The text of a comment is in nobody's cache: it comes out of the store with the line in the audit log
that says who looked, and is held for that person's session alone, for a while.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import streamlit as st

from app.access import acting
from app.live import load, settings
from app.notices import tell_notice
from app.queries_safeguarding import service_in_queue
from app.safeguarding import redacted_note
from feedback.errors import FeedbackError, StoreError
from feedback.safeguarding_record import NOT_IN_QUEUE, look, reopen, settle_seen
from feedback.schema import Role, SafeguardingOutcome
from feedback.store import Store

__all__ = ["LOOK_MINUTES", "hide", "read", "shown_text", "take_back", "write_outcome"]

LOOK_MINUTES = 15
"""How long a text stays on the page after it was asked for; then it is to be asked for again."""

_LOOK = "safeguarding_look"


def read(comment_id: str) -> None:
    """Write down that the viewer looks at a comment, and hold its text for this session."""
    hide()
    try:
        store, who = _acting(comment_id)
        now = datetime.now(UTC)
        with store.changing() as connection:
            text = look(connection, comment_id, who, now)
    except FeedbackError as error:
        tell_notice(f"Not shown: {error}")
        return
    st.session_state[_LOOK] = (comment_id, text, now)
    tell_notice("Written down: you looked at this comment.")


def shown_text(comment_id: str) -> str | None:
    """Return the text of a comment that the viewer asked for a moment ago; else None."""
    held_id, text, at = st.session_state.get(_LOOK, ("", "", None))
    if at is None:
        return None
    if held_id != comment_id or datetime.now(UTC) - at > timedelta(minutes=LOOK_MINUTES):
        hide()
        return None
    return str(text)


def hide() -> None:
    """Let go of the text."""
    st.session_state.pop(_LOOK, None)


def write_outcome(
    comment_id: str, outcome: SafeguardingOutcome, note: str, seen_at: datetime | None
) -> bool:
    """Write what was done about a comment; return whether that could be written."""
    try:
        store, who = _acting(comment_id)
        kept = redacted_note(settings(), note)
        with store.changing() as connection:
            settle_seen(
                connection, comment_id, outcome, kept, who, datetime.now(UTC), seen_at=seen_at
            )
    except FeedbackError as error:
        tell_notice(f"Not written down: {error}")
        return False
    hide()
    tell_notice("Written down. The comment has left the queue; it is listed under “Dealt with”.")
    return True


def take_back(comment_id: str, seen_at: datetime) -> None:
    """Take an outcome back: the comment waits again."""
    try:
        store, who = _acting(comment_id)
        with store.changing() as connection:
            reopen(connection, comment_id, who, datetime.now(UTC), seen_at=seen_at)
    except FeedbackError as error:
        tell_notice(f"Not taken back: {error}")
        return
    hide()
    tell_notice("Taken back: the comment waits again.")


def _acting(comment_id: str) -> tuple[Store, str]:
    """Return the store to write to and who writes; the comment must be in the viewer's queue."""
    service = load(service_in_queue, comment_id)
    if service is None:
        raise StoreError(NOT_IN_QUEUE)
    return acting(Role.SAFEGUARDING, service)
