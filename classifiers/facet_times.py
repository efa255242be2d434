"""Times and days at which something failed: a table of patterns and how each is read.

A hearing's time, or how long somebody waited, is not when something broke.
"""

from __future__ import annotations

import re

from classifiers.facet_rows import PatternRow

__all__ = ["PART_OF_DAY", "TIMES"]

_DAYS = {
    "monday": "Monday", "mondays": "Monday", "mon": "Monday", "tuesday": "Tuesday",
    "tues": "Tuesday", "wednesday": "Wednesday", "weds": "Wednesday", "thursday": "Thursday",
    "thurs": "Thursday", "friday": "Friday", "fri": "Friday", "saturday": "Saturday",
    "sunday": "Sunday", "weekend": "weekend", "yesterday": "yesterday", "last night": "yesterday",
    "today": "today", "tonight": "today", "this morning": "today", "this afternoon": "today",
    "this evening": "today", "llun": "Monday", "mawrth": "Tuesday", "mercher": "Wednesday",
    "iau": "Thursday", "gwener": "Friday", "sadwrn": "Saturday", "sul": "Sunday",
    "ddoe": "yesterday", "neithiwr": "yesterday", "heddiw": "today", "bore ma": "today",
    "heno": "today", "y bore ma": "today",
}  # fmt: skip
_WELSH_DAYS = "llun|mawrth|mercher|iau|gwener|sadwrn|sul"
_MONTHS = (
    "january february march april may june july august september october november december".split()
)
_MONTH = "|".join(_MONTHS)
_DATE = rf"(?P<date>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<month>{_MONTH})\b"
_ENGLISH_DAYS = "|".join(
    name for name in _DAYS if name not in (*_WELSH_DAYS.split("|"), "mon", "fri")
)
_DAY = (
    rf"{_DATE}|\b(?P<day>{_ENGLISH_DAYS})\b"
    rf"|\b(?:dydd|ddydd|nos|bore|prynhawn) (?P<dydd>{_WELSH_DAYS})\b"
)
_PARTS = {
    "morning": "morning", "afternoon": "afternoon", "evening": "evening", "night": "night",
    "tonight": "evening", "bore": "morning", "prynhawn": "afternoon", "nos": "night",
    "neithiwr": "night", "heno": "evening",
}  # fmt: skip


def _clock(match: re.Match[str]) -> str | None:
    hour, minute = (
        int(match["hour"] or match["full"]),
        int(match["minute"] or match["full_minute"] or 0),
    )
    half = (match["half"] or "").replace(".", "")
    if half in ("pm", "yh", "y h") and hour < 12:
        hour += 12
    elif half in ("am", "yb", "y b") and hour == 12:
        hour = 0
    return f"{hour:02d}:{minute:02d}" if hour < 24 and minute < 60 else None


def _told_clock(match: re.Match[str]) -> str | None:
    """Return a time such as "7.30 in the morning", or "Saturday evening around 8"."""
    hour = int(match["hour"] or match["later"])
    part = match["part"] or match["earlier"]
    hour += 12 if part in ("afternoon", "evening", "night") and hour < 12 else 0
    return f"{hour:02d}:{int(match['minute'] or 0):02d}" if hour < 24 else None


def _day(match: re.Match[str]) -> str:
    if match["date"]:
        return f"{int(match['date'])} {match['month'].capitalize()}"
    return _DAYS[match["day"] or match["dydd"]]


def _not_its_time(more: str = "") -> re.Pattern[str]:
    """Return what says that a time is a hearing's or a wait's rather than the fault's."""
    return re.compile(
        r"\b(?:my|the|our) hearing (?:is|was|on|at)\b|hearing (?:is|was) (?:on|at)\b|appointment"
        rf"|\bwait(?:ed|ing)?\b|no reply|\bdeadline\b|office hours|\bopen(?:s|ing)? (?:at"
        rf"|hours){more}"
    )


TIMES: tuple[PatternRow, ...] = (
    PatternRow(
        "since",
        re.compile(
            rf"\b(?:since|from|ers)(?: about| around| at least| last| this| the)* (?:{_DAY})"
        ),
        _day,
        veto=_not_its_time(),
    ),
    PatternRow("day", re.compile(_DAY), _day, is_single=False, veto=_not_its_time()),
    PatternRow(
        "time_of_day",
        re.compile(
            r"\b(?P<hour>\d{1,2})(?:[:.](?P<minute>[0-5]\d))? ?(?P<half>am|pm|a\.m|p\.m|yb|yh"
            r"|y\.h|y\.b)\b"
            r"|(?<![\d.:/])(?P<full>[01]?\d|2[0-3]):(?P<full_minute>[0-5]\d)\b(?![:.]\d)"
        ),
        _clock,
        is_single=False,
        needs_digit=True,
        veto=_not_its_time(),
    ),
    PatternRow(
        "time_of_day",
        re.compile(
            r"\b(?P<hour>1[0-2]|[1-9])(?:[:.](?P<minute>[0-5]\d))?(?: o'?clock)? (?:in the |at )"
            r"(?P<part>morning|afternoon|evening|night)\b"
            r"|\b(?P<earlier>morning|afternoon|evening|night) (?:at|around"
            r"|about) (?P<later>1[0-2]|[1-9])\b"
        ),
        _told_clock,
        is_single=False,
        needs_digit=True,
        veto=_not_its_time(),
    ),
    PatternRow(
        "time_of_day",
        re.compile(r"\b(midnight|midday|mid day|noon|lunchtime|hanner nos|hanner dydd)\b"),
        lambda match: "00:00" if match[1] in ("midnight", "hanner nos") else "12:00",
        is_single=False,
        veto=_not_its_time(),
    ),
)  # fmt: skip
PART_OF_DAY = PatternRow(
    "time_of_day",
    re.compile(r"\b(morning|afternoon|evening|night|tonight|bore|prynhawn|nos|neithiwr|heno)s?\b"),
    lambda match: _PARTS[match[1]],
    is_single=False,
    veto=_not_its_time(
        r"|\b(?:good (?:morning|afternoon|evening|night)|all night|day (?:or|and) night|sleep"
        r"|nights? worrying"
        r"|bore da|nos da)\b"
    ),
)
"""Tried where no clock time was found."""
