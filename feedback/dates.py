"""Read the dates that exports hold and give them back in UTC.

ISO 8601 and the usual UK forms, in numbers and in English and Welsh words. A time without a zone is
UK time (``Europe/London``): the hour that comes twice in October is the first one, and an hour that
clocks skip in March is read as if they had not gone forward yet. A date without a time is the
start of that day in the UK. Every refusal has a reason, and no reason ever quotes what was read.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

__all__ = ["EARLIEST", "DateRefused", "read_date"]

UK = ZoneInfo("Europe/London")

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""No feedback on an online service is older; what claims to be is an empty cell that became 1900
or 1970 on its way through a spreadsheet or a database."""

EXCEL_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - a spreadsheet's day numbers have no zone
EXCEL_DAYS = range(36_526, 73_051)
"""Spreadsheet day numbers of 1 January 2000 to 1 January 2100: other numbers are no dates."""

MAX_CHARACTERS = 80
"""Longer cells are no dates; spares the patterns a long read."""

_ENGLISH = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_WELSH = [
    "ionawr",
    "chwefror",
    "mawrth",
    "ebrill",
    "mai",
    "mehefin",
    "gorffennaf",
    "awst",
    "medi",
    "hydref",
    "tachwedd",
    "rhagfyr",
]
_SOFT = {"fawrth": 3, "fai": 5, "fehefin": 6, "orffennaf": 7, "fedi": 9, "dachwedd": 11}
"""Welsh months as they sound after "o": "3ydd o Fawrth"."""
_ABBREVIATED = {"sept": 9, "chwe": 2, "tach": 11, "rhag": 12, "gorff": 7}
_MONTHS: dict[str, int] = {
    **{name[:3]: month for names in (_WELSH, _ENGLISH) for month, name in enumerate(names, 1)},
    **{name: month for names in (_WELSH, _ENGLISH) for month, name in enumerate(names, 1)},
    **_SOFT,
    **_ABBREVIATED,
}
_ZONES = {"z": 0, "utc": 0, "gmt": 0, "bst": 1}
"""Hours ahead of UTC of the zone names that UK exports write."""

_TIME = r"""
    (?: (?:[T,]|\s+at\b|\s+am(?=\s+\d)|\s+-(?=\s)|\s+)? \s*
        (?P<hour>\d{1,2})
        (?: [:.] (?P<minute>\d{2}) (?: [:.] (?P<second>\d{2}) (?:[.,](?P<fraction>\d{1,9}))? )? )?
        \s* (?P<half>[ap]\.?m\.?)?
        (?: \s* (?P<zone>Z|UTC|GMT|BST|[+-]\d{2}:?\d{2}|[+-]\d{2})
            (?: (?<=UTC|GMT) (?P<offset>[+-]\d{1,2}(?::?\d{2})?) )? )?
    )?
"""
_WEEKDAY = r"""
    (?: (?:(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?
        | (?:dydd|nos)\s+\w+ ) [.,]? \s+ )?
"""
_YEAR = r"(?P<year>\d{4}|'?\d{2})"
_PATTERNS = tuple(
    re.compile(rf"{_WEEKDAY}{pattern}{_TIME}", re.VERBOSE | re.IGNORECASE)
    for pattern in (
        r"(?P<year>\d{4})(?P<sep>[-/.])(?P<month>\d{1,2})(?P=sep)(?P<day>\d{1,2})(?!\d)",
        r"(?P<year>(?:19|20)\d{2})(?P<month>\d{2})(?P<day>\d{2})(?!\d)",
        r"(?P<first>\d{1,2})\s?(?P<sep>[-/.])\s?(?P<second_number>\d{1,2})\s?(?P=sep)\s?"
        + _YEAR
        + r"(?!\d)",
        r"(?P<day>\d{1,2})(?:\s?(?:st|nd|rd|th|af|ail|il|ydd|fed|ed|eg|ain))?(?:\s+(?:of|o)\b)?"
        r"[\s./-]*(?P<name>[^\W\d_]{3,10})[\s.,/-]*" + _YEAR + r"(?!\d)",
        r"(?P<name>[^\W\d_]{3,10})\.?\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s+"
        r"(?P<year>\d{4})(?!\d)",
    )
)
_NUMBER = re.compile(r"\d{5}(?:\.\d+)?")


class DateRefused(ValueError):
    """A cell holds no date that can be used; the message is a reason without the cell's value."""


def read_date(value: object, *, now: datetime, day_first: bool = True) -> datetime:
    """Return the moment a cell names, in UTC.

    Parameters
    ----------
    value : str, date, datetime, int or float
        What the file holds. Numbers are spreadsheet days within `EXCEL_DAYS`.
    now : datetime
        Aware; later moments are refused. A date of today is never later, as its day has begun.
    day_first : bool
        Whether 03/04/2026 is 3 April (as in the UK) or 4 March. A date that does not exist when
        read this way is refused, not turned round: the column might be in the other order.

    Raises
    ------
    DateRefused
        Empty, not a date, no such day or time, before `EARLIEST`, or in the future.

    Examples
    --------
    >>> now = datetime(2026, 5, 1, tzinfo=UTC)
    >>> read_date("3rd April 2026 9.15am", now=now).isoformat()
    '2026-04-03T08:15:00+00:00'
    >>> read_date("03/13/2026", now=now)
    Traceback (most recent call last):
    feedback.dates.DateRefused: the date does not exist (read day first)
    """
    when = _moment(value, day_first)
    if when < EARLIEST:
        raise DateRefused("the date is before 2000")
    if when > now:
        raise DateRefused("the date lies in the future")
    return when


def _moment(value: object, day_first: bool) -> datetime:
    if isinstance(value, datetime):
        return _in_utc(value)
    if isinstance(value, date):
        return _in_utc(datetime.combine(value, time()))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _of_excel_day(float(value))
    text = " ".join(value.split()) if isinstance(value, str) else ""
    if not text:
        raise DateRefused("the date is empty")
    if len(text) > MAX_CHARACTERS:
        raise DateRefused("the date cannot be read")
    if _NUMBER.fullmatch(text):
        return _of_excel_day(float(text))
    return _of_text(text, day_first)


def _of_excel_day(days: float) -> datetime:
    if not math.isfinite(days) or int(days) not in EXCEL_DAYS:
        raise DateRefused("the date is a number outside the years 2000 to 2099")
    seconds = round(days * 86_400)  # spreadsheets keep days as floats: exact to the second only
    return _in_utc(EXCEL_EPOCH + timedelta(seconds=seconds))


def _of_text(text: str, day_first: bool) -> datetime:
    for pattern in _PATTERNS:
        if match := pattern.fullmatch(text):
            return _of_parts(match.groupdict(), day_first)
    raise DateRefused("the date cannot be read")


def _of_parts(parts: dict[str, str | None], day_first: bool) -> datetime:
    order = ""
    if name := parts.get("name"):
        month = _MONTHS.get(name.casefold())
        if month is None:
            raise DateRefused("the date cannot be read")
        day = int(parts["day"] or 0)
    elif parts.get("first"):
        first, second = int(parts["first"] or 0), int(parts["second_number"] or 0)
        day, month = (first, second) if day_first else (second, first)
        order = " (read day first)" if day_first else " (read month first)"
    else:
        day, month = int(parts["day"] or 0), int(parts["month"] or 0)
    try:
        return _in_utc(datetime.combine(date(_year(parts["year"] or ""), month, day), _time(parts)))
    except DateRefused:
        raise
    except (ValueError, OverflowError):
        raise DateRefused(f"the date does not exist{order}") from None


def _year(digits: str) -> int:
    """Return the year; two digits are of this century, as all feedback is."""
    digits = digits.lstrip("'")
    return int(digits) + (2000 if len(digits) == 2 else 0)


def _time(parts: dict[str, str | None]) -> time:
    """Return the time of day with its zone, or midnight without one.

    A lone number after a date is no time: "3 April 2026 9" may be anything.
    """
    if parts.get("hour") is None:
        return time()
    if parts["minute"] is None and parts["half"] is None:
        raise DateRefused("the date cannot be read")
    hour = int(parts["hour"] or 0)
    if half := parts["half"]:
        if not 1 <= hour <= 12:
            raise DateRefused("the time does not exist")
        hour = hour % 12 + (12 if half[0] in "pP" else 0)
    microsecond = int(f"{parts['fraction'] or '':0<6}"[:6])
    minute, second = int(parts["minute"] or 0), int(parts["second"] or 0)
    if second == 60:  # a leap second, which Python has no place for
        second = 59
    return time(hour, minute, second, microsecond, tzinfo=_zone(parts))


def _zone(parts: dict[str, str | None]) -> timezone | None:
    zone = parts["zone"]
    if zone is None:
        return None
    digits = parts["offset"] or (zone if zone[0] in "+-" else "")
    if not digits:
        return timezone(timedelta(hours=_ZONES[zone.casefold()]))
    sign = -1 if digits[0] == "-" else 1
    number = digits[1:].replace(":", "")
    hours, minutes = (int(number[:-2]), int(number[-2:])) if len(number) > 2 else (int(number), 0)
    return timezone(sign * timedelta(hours=hours, minutes=minutes))


def _in_utc(when: datetime) -> datetime:
    if when.tzinfo is None:
        when = when.replace(tzinfo=UK, fold=0)
    try:
        return when.astimezone(UTC)
    except (ValueError, OverflowError):
        raise DateRefused("the date does not exist") from None
