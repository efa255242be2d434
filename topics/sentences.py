"""The sentence that a person reads about a signal. Days and hours are those of London."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from feedback.days import LONDON
from feedback.schema import SignalKind

__all__ = ["LONDON", "signed", "theme_phrase", "write_sentence"]

DAYS_IN_WEEK = 7
DAYS_IN_MONTH = 30.4
LEAST_OF_UNIT = 0.75
"""A rate is told in the largest unit in which it rounds to 1 without much exaggeration."""
SHORT_PHRASE = 80
"""Longest title of an issue cluster that is repeated whole in a sentence, in characters."""

_PHRASES = {
    "fault.error": "error messages",
    "fault.performance": "a slow or hanging service",
    "fault.lost_data": "lost answers",
    "fault.upload": "upload failures",
    "fault.payment": "payment problems",
    "fault.sign_in": "sign-in problems",
    "fault.validation": "valid answers refused",
    "fault.link": "broken links",
    "fault.device": "problems on a device",
    "use.navigation": "people losing their way",
    "use.length": "a form that is too long",
    "use.question": "questions that do not fit",
    "content.unclear": "unclear guidance",
    "content.missing": "missing information",
    "content.language": "language problems",
    "access.accessibility": "accessibility barriers",
    "access.help": "people needing help",
    "process.delay": "delays",
    "process.cost": "fees and refunds",
    "process.documents": "documents to supply",
    "process.decision": "disagreement with a decision",
    "staff": "staff",
    "praise": "praise",
    "complaint": "dissatisfaction with no cause given",
    "suggestion": "suggestions",
    "safeguarding": "risk of harm",
    "all": "any kind",
}


MAX_TIMES = 100
"""What grew more than so many times is told so: few reports do not tell more."""


def signed(value: float, digits: int = 0) -> str:
    """Return a difference with its sign, a true minus; what rounds to nothing has none.

    >>> signed(-0.31, 1), signed(12.4), signed(-0.2)
    ('−0.3', '+12', '0')
    """
    told = f"{abs(value):.{digits}f}"
    if not float(told):
        return told
    return f"{'−' if value < 0 else '+'}{told}"


def theme_phrase(theme: str, phrases: Mapping[str, str] | None = None) -> str:
    """Return what a theme is called inside a sentence.

    Examples
    --------
    >>> theme_phrase("fault.upload"), theme_phrase("parking.blue_badge")
    ('upload failures', 'blue badge')
    """
    known = (phrases or {}).get(theme) or _PHRASES.get(theme)
    phrase = known or theme.rpartition(".")[2].replace("_", " ")
    return phrase if len(phrase) <= SHORT_PHRASE else phrase[: SHORT_PHRASE - 1].rstrip() + "…"


def write_sentence(
    kind: SignalKind,
    *,
    n: int,
    expected: float,
    rate_ratio: float,
    days: float,
    service: str,
    page: str,
    theme: str,
    start: pd.Timestamp,
    as_of: pd.Timestamp,
    is_hourly: bool,
    phrases: Mapping[str, str] | None = None,
    usual_a_day: float | None = None,
) -> str:
    """Return one sentence for a signal.

    Parameters
    ----------
    n, expected, rate_ratio, days
        Reports in the window, those usual there, growth over four weeks (drift), window in days.
    page
        Empty for feedback that belongs to no page.
    start, as_of
        Start of the window and moment of the look, UTC.
    usual_a_day
        Usual reports a day; else ``expected`` over ``days``, which depends on the time of the day.

    Examples
    --------
    >>> print(write_sentence(
    ...     SignalKind.BURST, n=14, expected=2.1, rate_ratio=6.7, days=2,
    ...     service="benefit-appeals", page="/benefit-appeals/evidence", theme="fault.upload",
    ...     start=pd.Timestamp("2026-05-04T00:00Z"), as_of=pd.Timestamp("2026-05-06T00:00Z"),
    ...     is_hourly=False))
    14 reports of upload failures on /benefit-appeals/evidence since Monday 4 May; usually 1 a day.
    """
    place = f"on {page}" if page else f"about {service}, no page given,"
    usual = _usual(expected / days if usual_a_day is None else usual_a_day)
    since = _moment(start, as_of) if is_hourly else _day(start)
    if kind is SignalKind.QUIET:
        return f"No reports {place} since {since}; usually {usual}."
    of_theme = f"{n} {'report' if n == 1 else 'reports'} of {theme_phrase(theme, phrases)} {place}"
    if kind is SignalKind.DRIFT:
        return (
            f"{of_theme} in the last four weeks, growing {_times(rate_ratio)} every four weeks; "
            f"at the earlier rate about {_round(expected)}."
        )
    return f"{of_theme} since {since}; usually {usual}."


def _moment(start: pd.Timestamp, as_of: pd.Timestamp) -> str:
    """Return a time of the day and which day, as somebody says it who looks at ``as_of``."""
    local, today = start.tz_convert(LONDON), as_of.tz_convert(LONDON).date()
    days_ago = (today - local.date()).days
    when = {0: "today", 1: "yesterday"}.get(days_ago, f"on {_day(local)}")
    return f"{local:%H:%M} {when}"


def _day(at: pd.Timestamp) -> str:
    return f"{at.day_name()} {at.day} {at.month_name()}"


def _usual(rate: float) -> str:
    """Return a rate a day, a week or a month, whichever comes first to about one."""
    for unit, length in (("day", 1.0), ("week", DAYS_IN_WEEK), ("month", DAYS_IN_MONTH)):
        if rate * length >= LEAST_OF_UNIT:
            return f"{_round(rate * length)} a {unit}"
    return "less than 1 a month"


def _round(value: float) -> str:
    return f"{max(round(value), 1)}"


def _times(ratio: float) -> str:
    """Return how many times as many.

    >>> _times(3.84), _times(403.4)
    ('3.8 times', 'over 100 times')
    """
    return f"{ratio:.1f} times" if ratio < MAX_TIMES else f"over {MAX_TIMES} times"
