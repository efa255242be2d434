"""Values that name one person: health, work, travel, driving and birth."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from feedback.schema import Entity
from tests.redaction.exam import Slot, Style
from tests.redaction.writing import (
    breaking,
    digits,
    forms,
    letters,
    plain,
    shape,
    ways,
    with_nhs_check,
)

__all__ = ["PEOPLE"]

_NINO_FIRST = "ABCEGHJKLMNOPRSTWXYZ"
_NINO_SECOND = "ABCEGHJKLMNPRSTWXYZ"
_NINO_NEVER = frozenset("BG GB KN NK NT TN ZZ".split())
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
_PLATE = "ABCDEFGHJKLMNOPRSTUVWXY"


def _nino_prefix(rng: Random) -> str:
    while True:
        prefix = rng.choice(_NINO_FIRST) + rng.choice(_NINO_SECOND)
        if prefix not in _NINO_NEVER and prefix[1] != "O":
            return prefix


def _nino(rng: Random) -> list[str]:
    pairs = [digits(rng, 2) for _ in range(3)]
    return [_nino_prefix(rng), *pairs, rng.choice("ABCD")]


def _nino_run(rng: Random) -> list[str]:
    return [_nino_prefix(rng), digits(rng, 6), rng.choice("ABCD")]


def _nino_sample(rng: Random) -> list[str]:
    """Return a prefix that is never issued: the documents' QQ, or a slip of the finger."""
    prefix = rng.choice(("QQ", "DA", "FB", "AO", "ZZ", "GB", "UV"))
    return [prefix, *(digits(rng, 2) for _ in range(3)), rng.choice("ABCD")]


def _temporary_number(rng: Random) -> list[str]:
    born = _birth(rng)
    return ["TN", f"{born:%d}", f"{born:%m}", f"{born:%y}", rng.choice("MF")]


def _nhs(rng: Random) -> list[str]:
    number = with_nhs_check(rng, rng.choice(("999", "4", "6", "7")))
    return [number[:3], number[3:6], number[6:]]


def _nhs_mistyped(rng: Random) -> list[str]:
    number = breaking(rng, "".join(_nhs(rng)))
    return [number[:3], number[3:6], number[6:]]


def _chi(rng: Random) -> list[str]:
    number = with_nhs_check(rng, f"{_birth(rng):%d%m%y}")
    return [number[:6], number[6:]]


def _health_and_care(rng: Random) -> list[str]:
    number = with_nhs_check(rng, f"3{rng.randrange(20, 99)}")
    return [number[:3], number[3:6], number[6:]]


def _driver(rng: Random) -> tuple[str, str, str]:
    surname = letters(rng, rng.choice((3, 4, 5, 5, 5))).ljust(5, "9")
    born = _birth(rng)
    month = f"{born.month + rng.choice((0, 50)):02d}"
    year = f"{born:%y}"
    middle = f"{year[0]}{month}{born:%d}{year[1]}"
    initials = letters(rng, 1) + rng.choice((letters(rng, 1), "9"))
    return surname, middle, initials + rng.choice("23456789ABCDEFGHJKLMNPRSTUVWX") + letters(rng, 2)


def _driver_groups(rng: Random) -> list[str]:
    return list(_driver(rng))


def _driver_issue(rng: Random) -> list[str]:
    return [*_driver(rng), digits(rng, 2)]


def _plate(rng: Random) -> list[str]:
    age = rng.choice([f"{n:02d}" for n in (*range(2, 26), *range(51, 76)) if n != 50])
    area = rng.choice("ABCDEFGHJKLMNOPRSTUVWXY") + rng.choice("ABCDEFGHJKLMNOPRSTUVWXY")
    return [area + age, letters(rng, 3, _PLATE + "Z")]


def _plate_swapped(rng: Random) -> list[str]:
    """Return a current plate with the letter O for a nought or the letter I for a one."""
    first, second = _plate(rng)
    age = rng.choice(("O5", "I5", "1O", "2O", "O9", "I9", "6O", "7I"))
    return [first[:2] + age, second]


def _plate_prefix(rng: Random) -> list[str]:
    year = rng.choice("ABCDEFGHJKLMNPRSTVWXY")
    return [year + str(rng.randrange(21, 999)), letters(rng, 3, _PLATE)]


def _plate_suffix(rng: Random) -> list[str]:
    return [letters(rng, 3, _PLATE), str(rng.randrange(1, 999)) + rng.choice("ABCDEFGHJKLMNPRSTV")]


def _birth(rng: Random) -> date:
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
        plain(name, lambda rng, write=write: write(_birth(rng)), Entity.DATE_OF_BIRTH)
        for name, write in written.items()
    )


def _welsh_birth(rng: Random) -> str:
    born = _birth(rng)
    return f"{born.day} {_WELSH_MONTHS[born.month - 1]} {born.year}"


_FULLWIDTH = str.maketrans("0123456789", "０１２３４５６７８９")

_NINO = ways(_nino, Entity.NINO) + ways(
    _nino_run, Entity.NINO, name="run", without=("solid", "fullwidth-solid", "lower-solid", "dots")
)
_NINO_SAID = (
    *ways(_nino, Entity.NINO),
    *ways(_nino_sample, name="never issued", without=("fullwidth", "fullwidth-solid")),
    *ways(lambda rng: _nino(rng)[:4], Entity.NINO, name="no suffix", without=("fullwidth",)),
    plain("temporary", lambda rng: " ".join(_temporary_number(rng))),
    plain("temporary solid", lambda rng: "".join(_temporary_number(rng))),
)
_NHS = ways(_nhs, without=("lower-solid", "lower-spaced"))
_NHS_SAID = (
    *ways(_nhs, Entity.NHS_NUMBER, without=("lower-solid", "lower-spaced")),
    *ways(_nhs_mistyped, name="mistyped", without=("lower-solid", "lower-spaced")),
)
_PLATES = (
    *ways(_plate, Entity.VEHICLE_REGISTRATION, name="current", without=("dots", "hyphens")),
    *ways(_plate_prefix, Entity.VEHICLE_REGISTRATION, name="prefix", without=("dots", "hyphens")),
    *ways(_plate_suffix, Entity.VEHICLE_REGISTRATION, name="suffix", without=("dots", "hyphens")),
)
_PLATES_SAID = (
    *forms("??? +##", "??? +##", "+### ??", "+## ???", "??Z +###", "?I? +##", "???+##", "?Z?+###",
           labels=[Entity.VEHICLE_REGISTRATION]),
    plain("swapped", lambda rng: " ".join(_plate_swapped(rng)), Entity.VEHICLE_REGISTRATION),
    plain("swapped solid", lambda rng: "".join(_plate_swapped(rng)), Entity.VEHICLE_REGISTRATION),
    plain("current hyphen", lambda rng: "-".join(_plate(rng)), Entity.VEHICLE_REGISTRATION),
    plain("lower", lambda rng: shape(rng, "??? +##").lower(), Entity.VEHICLE_REGISTRATION),
)  # fmt: skip
_PASSPORTS = (
    *ways(lambda rng: [digits(rng, 3) for _ in range(3)], Entity.PASSPORT,
          without=("lower-solid", "lower-spaced")),
    *forms("?######", "######?", "#########", "#########", "? ######", "###### ?",
           labels=[Entity.PASSPORT]),
    plain("old, lower", lambda rng: shape(rng, "?######").lower(), Entity.PASSPORT),
    plain("old, hyphen", lambda rng: shape(rng, "?-######"), Entity.PASSPORT),
)  # fmt: skip
_LICENCES = (
    *ways(_driver_groups, Entity.DRIVING_LICENCE, without=("fullwidth-solid",)),
    *ways(_driver_issue, Entity.DRIVING_LICENCE, name="issue", without=("fullwidth-solid",)),
)
_LICENCES_SAID = ways(
    lambda rng: [digits(rng, 4), digits(rng, 4)],
    Entity.DRIVING_LICENCE,
    name="northern",
    without=("lower-solid", "lower-spaced", "dots", "hyphens"),
)
_OTHER_HEALTH = (
    plain("chi", lambda rng: " ".join(_chi(rng)), Entity.NHS_NUMBER),
    plain("chi solid", lambda rng: "".join(_chi(rng)), Entity.NHS_NUMBER),
    plain("h&c", lambda rng: " ".join(_health_and_care(rng)), Entity.NHS_NUMBER),
    plain("h&c solid", lambda rng: "".join(_health_and_care(rng)), Entity.NHS_NUMBER),
)

PEOPLE = {
    "nino": Slot(Entity.NINO, _NINO),
    "nino_said": Slot(Entity.NINO, _NINO_SAID),
    "nhs": Slot(Entity.NHS_NUMBER, _NHS),
    "nhs_said": Slot(Entity.NHS_NUMBER, _NHS_SAID),
    "chi_said": Slot(Entity.NHS_NUMBER, _OTHER_HEALTH),
    "passport_said": Slot(Entity.PASSPORT, _PASSPORTS),
    "licence": Slot(Entity.DRIVING_LICENCE, _LICENCES),
    "northern_licence": Slot(Entity.DRIVING_LICENCE, _LICENCES_SAID),
    "plate": Slot(Entity.VEHICLE_REGISTRATION, _PLATES),
    "plate_said": Slot(Entity.VEHICLE_REGISTRATION, _PLATES_SAID),
    "dob_said": Slot(Entity.DATE_OF_BIRTH, _dob_styles()),
    "dob_cymraeg": Slot(
        Entity.DATE_OF_BIRTH, (plain("welsh", _welsh_birth, Entity.DATE_OF_BIRTH),)
    ),
}
"""Slots ending in ``_said`` hold forms that only their words give away; the sentence says them."""
