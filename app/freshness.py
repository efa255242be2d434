"""How fresh the newest comment is, kept right while a page stays open and nothing else changes."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from app.evidence import secondary
from app.print_view import is_printing
from app.wording import ago, moment

__all__ = ["freshness_told", "show_freshness"]

LOOK_SECONDS = 20
"""A minute is the smallest unit told, so three looks a minute keep it right."""


def freshness_told(
    last_at: datetime, *, is_still: bool = False, now: datetime | None = None
) -> str:
    """Return how long ago the newest comment was sent; the moment itself for what stands still.

    Examples
    --------
    >>> from datetime import UTC
    >>> at = datetime(2026, 4, 1, 9, tzinfo=UTC)
    >>> freshness_told(at, now=datetime(2026, 4, 1, 9, 2, tzinfo=UTC))
    'Last comment 2 minutes ago, 01/04/2026 10:00.'
    >>> freshness_told(at, is_still=True)
    'Last comment 01/04/2026 10:00.'
    """
    if is_still:
        return f"Last comment {moment(last_at)}."
    return f"Last comment {ago(last_at, now)}, {moment(last_at)}."


def show_freshness(last_at: datetime) -> None:
    """Show how long ago the newest comment was sent, and keep it right.

    Only this line is drawn again. While updates are paused, and on paper, it tells the moment.
    """
    if is_printing():
        secondary(freshness_told(last_at, is_still=True))
    else:
        st.fragment(_show, run_every=LOOK_SECONDS)(last_at)


def _show(last_at: datetime) -> None:
    is_paused = bool(st.session_state.get("paused", False))
    secondary(freshness_told(last_at, is_still=is_paused))
