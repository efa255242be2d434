"""Figures, dates and names as a person reads them."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime

from feedback.days import LONDON
from feedback.schema import ALL_REPORTS, CLUSTER_PREFIX, TEXT_PREFIX

__all__ = [
    "LONDON",
    "ago",
    "begun",
    "code_label",
    "counted",
    "day",
    "moment",
    "number",
    "percent",
    "share_range",
    "theme_label",
    "value_range",
]

TOO_FEW = "too few to say"


def day(value: date | datetime) -> str:
    """Return DD/MM/YYYY, in London for a time."""
    if isinstance(value, datetime):
        value = value.astimezone(LONDON)
    return value.strftime("%d/%m/%Y")


def moment(value: datetime) -> str:
    """Return DD/MM/YYYY HH:MM in London."""
    return value.astimezone(LONDON).strftime("%d/%m/%Y %H:%M")


def ago(value: datetime, now: datetime | None = None) -> str:
    """Return how long ago something was, in the largest unit that fits.

    Examples
    --------
    >>> ago(datetime(2026, 4, 1, 9, tzinfo=UTC), now=datetime(2026, 4, 1, 11, tzinfo=UTC))
    '2 hours ago'
    """
    seconds = ((now or datetime.now(UTC)) - value).total_seconds()
    if seconds < 60:
        return "less than a minute ago"
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= length:
            return f"{counted(int(seconds // length), unit)} ago"
    raise AssertionError("unreachable: a minute is the smallest unit")


def counted(n: int, noun: str, plural: str | None = None) -> str:
    """Return a number with its noun, such as ``1 report`` or ``1,200 reports``."""
    return f"{n:,} {noun if n == 1 else plural or noun + 's'}"


def number(value: float) -> str:
    """Return a figure with the digits that mean something; nothing known is a dash.

    Examples
    --------
    >>> number(1.44), number(0.004), number(0.0), number(5648.3)
    ('1.4', 'less than 0.1', '0', '5,648')
    """
    if math.isnan(value):
        return "–"
    if value == 0 or value >= 100:
        return f"{value:,.0f}"
    return "less than 0.1" if value < 0.1 else f"{value:.1f}"


def percent(share: float) -> str:
    """Return a share from 0 to 1 as a whole percentage."""
    return "–" if math.isnan(share) else f"{100 * share:.0f}%"


def share_range(n_hits: int, n: int) -> str:
    """Return a share with its interval and base, or that there are too few to say."""
    from feedback.intervals import MIN_RESPONSES, share_interval

    if n < MIN_RESPONSES:
        return TOO_FEW
    share, low, high = share_interval(n_hits, n)
    return f"{percent(share)} ({percent(low)} to {percent(high)})"


def value_range(mean: float, low: float, high: float, n: int) -> str:
    """Return a mean with its interval, or that there are too few to say."""
    from feedback.intervals import MIN_RESPONSES

    if n < MIN_RESPONSES or math.isnan(low):
        return TOO_FEW
    return f"{mean:.1f} ({low:.1f} to {high:.1f})"


def begun(words: str) -> str:
    """Return words as a sentence begins; what follows the first letter stays as it is.

    >>> begun("all services"), begun("divorce: Pay (/divorce/Pay)")
    ('All services', 'Divorce: Pay (/divorce/Pay)')
    """
    return words[:1].upper() + words[1:]


def code_label(code: str) -> str:
    """Return a code as words.

    Examples
    --------
    >>> code_label("fault.lost_data"), code_label("praise")
    ('Fault: lost data', 'Praise')
    """
    return begun(code.replace("_", " ").replace(".", ": "))


def theme_label(theme: str) -> str:
    """Return the theme of a signal as words; an issue cluster has no name here."""
    if theme == ALL_REPORTS:
        return "All comments"
    is_group = theme.startswith((CLUSTER_PREFIX, TEXT_PREFIX))
    return "Similar reports" if is_group else code_label(theme)
