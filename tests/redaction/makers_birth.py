"""Birth dates, in figures and in words."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from feedback.schema import Entity
from tests.redaction.exam import Slot, Style
from tests.redaction.writing import plain

__all__ = ["BIRTHS", "birth"]

_MONTHS = (
    "January February March April May June July August September October November December".split()
)
_WELSH_MONTHS = (
    "Ionawr Chwefror Mawrth Ebrill Mai Mehefin Gorffennaf Awst Medi Hydref Tachwedd Rhagfyr".split()
)
_UNITS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth "
    "fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth".split()
)
_ONES = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen".split()
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_FULLWIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


def birth(rng: Random) -> date:
    """Return a day in the lives of those who may write to us."""
    return date(1938, 1, 1) + timedelta(days=rng.randrange(27_000))


def _ordinal(day: int) -> str:
    ending = "th" if 11 <= day % 100 <= 13 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{day}{ending}"


def _day_in_words(day: int) -> str:
    if day <= 20:
        return _UNITS[day - 1]
    if day == 30:
        return "thirtieth"
    tens = "twenty" if day < 30 else "thirty"
    return f"{tens} {_UNITS[day % 10 - 1]}"


def _year_in_words(year: int) -> str:
    if year >= 2000:
        rest = year - 2000
        return "two thousand" if not rest else f"two thousand and {_number_in_words(rest)}"
    rest = year - 1900
    return "nineteen " + (_number_in_words(rest) if rest > 9 else f"oh {_ONES[rest - 1]}")


def _number_in_words(number: int) -> str:
    if number < 20:
        return _ONES[number - 1]
    tens, ones = divmod(number, 10)
    return _TENS[tens - 2] + (f" {_ONES[ones - 1]}" if ones else "")


def _dob_styles() -> tuple[Style, ...]:
    """Return birth dates, each to stand behind words that say what it is."""
    month = lambda d: _MONTHS[d.month - 1]  # noqa: E731
    written = {
        "slashes": lambda d: f"{d:%d/%m/%Y}",
        "bare slashes": lambda d: f"{d.day}/{d.month}/{d:%y}",
        "hyphens": lambda d: f"{d:%d-%m-%Y}",
        "dots": lambda d: f"{d:%d.%m.%Y}",
        "short dots": lambda d: f"{d.day}.{d.month}.{d:%y}",
        "spaces": lambda d: f"{d:%d %m %Y}",
        "run on": lambda d: f"{d:%d%m%Y}",
        "short run on": lambda d: f"{d:%d%m%y}",
        "month": lambda d: f"{d.day} {month(d)} {d.year}",
        "ordinal month": lambda d: f"{_ordinal(d.day)} {month(d)} {d.year}",
        "ordinal of": lambda d: f"{_ordinal(d.day)} of {month(d)} {d.year}",
        "the ordinal of, lower": lambda d: f"the {_ordinal(d.day)} of {month(d).lower()} {d.year}",
        "short month": lambda d: f"{d.day} {month(d)[:3]} {d:%y}",
        "hyphened month": lambda d: f"{d:%d}-{month(d)[:3]}-{d.year}",
        "month first": lambda d: f"{month(d)} {d.day}, {d.year}",
        "month first ordinal": lambda d: f"{month(d)} {_ordinal(d.day)} {d.year}",
        "capitals": lambda d: f"{d.day} {month(d).upper()} {d.year}",
        "short capitals": lambda d: f"{d:%d}{month(d)[:3].upper()}{d.year}",
        "iso": lambda d: f"{d:%Y-%m-%d}",
        "year first slashes": lambda d: f"{d:%Y/%m/%d}",
        "en dashes": lambda d: f"{d:%d–%m–%Y}",
        "minus signs": lambda d: f"{d:%d−%m−%Y}",
        "spaced slashes": lambda d: f"{d:%d / %m / %Y}",
        "spaced hyphens": lambda d: f"{d:%d - %m - %Y}",
        "words": lambda d: f"{_day_in_words(d.day)} of {month(d)} {_year_in_words(d.year)}",
        "words without of": lambda d: (
            f"{_day_in_words(d.day)} {month(d).lower()} {_year_in_words(d.year)}"
        ),
        "the words": lambda d: (
            f"the {_day_in_words(d.day)} of {month(d).lower()} {_year_in_words(d.year)}"
        ),
        "words, year in figures": lambda d: f"{_day_in_words(d.day)} {month(d)} {d.year}",
        "fullwidth": lambda d: f"{d:%d/%m/%Y}".translate(_FULLWIDTH),
        "line break": lambda d: f"{d.day} {month(d)}\n{d.year}",
    }
    return tuple(
        plain(name, lambda rng, write=write: write(birth(rng)), Entity.DATE_OF_BIRTH)
        for name, write in written.items()
    )


def _welsh_birth(rng: Random) -> str:
    born = birth(rng)
    return f"{born.day} {_WELSH_MONTHS[born.month - 1]} {born.year}"


BIRTHS = {
    "dob_said": Slot(Entity.DATE_OF_BIRTH, _dob_styles()),
    "dob_cymraeg": Slot(
        Entity.DATE_OF_BIRTH, (plain("welsh", _welsh_birth, Entity.DATE_OF_BIRTH),)
    ),
}
