"""How long feedback is kept, as pages tell it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import pandas as pd

from app.names import service_name
from app.wording import counted, day
from feedback.retention import Kept, first_kept

__all__ = ["KEPT_WIDTHS", "kept_answer", "kept_table", "period_note"]

KEPT_WIDTHS = {
    "Service": 220,
    "Kept for": 150,
    "Kept since": 120,
    "Oldest": 120,
    "Next deletion": 140,
}
"""Columns of the table with their widths in pixels."""
NO_LIMIT = "no limit"


def kept_answer(days: int, n_own: int) -> str:
    """Return how long feedback is kept, in one sentence."""
    told = f"for {counted(days, 'day')}" if days else "without a limit"
    own = "its" if n_own == 1 else "their"
    rules = f"; {counted(n_own, 'service')} with a rule of {own} own" if n_own else ""
    return f"Feedback is kept {told}{rules}"


def kept_table(found: Sequence[Kept]) -> pd.DataFrame:
    """Return a row for each service."""
    return pd.DataFrame(
        {
            "Service": [service_name(one.service) for one in found],
            "Kept for": [_length(one) for one in found],
            "Kept since": [_day(one.since) for one in found],
            "Oldest": [_day(one.oldest) for one in found],
            "Next deletion": [_day(one.next_deletion) for one in found],
        }
    )


def _length(one: Kept) -> str:
    told = NO_LIMIT if one.days is None else counted(one.days, "day")
    return f"{told}, own rule" if one.is_own else told


def _day(value: date | None) -> str:
    return "" if value is None else day(value)


def period_note(
    first_day: date,
    services: Sequence[str],
    rules: Mapping[str, int | None],
    days: int,
    today: date,
) -> str:
    """Return a sentence where a period begins before what is kept; else nothing.

    Parameters
    ----------
    services
        Those that are shown.
    rules, days
        Days by service, None without a limit; and those of all others, 0 without one.
    """
    since = {
        one: first_kept(length, today)
        for one in services
        if (length := rules.get(one, days or None)) is not None
    }
    cut = sorted((one for one in since if since[one] > first_day), key=service_name)
    if not cut:
        return ""
    until = day(max(since[one] for one in cut))
    names = service_name(cut[0]) if len(cut) == 1 else counted(len(cut), "service")
    return (
        f"{names}: the period begins before what is kept. What was sent before {until} may have "
        "been deleted."
    )
