"""Values that name one person: work, health, travel and driving."""

from __future__ import annotations

from random import Random

from feedback.schema import Entity
from tests.redaction.exam import Slot
from tests.redaction.makers_birth import birth
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
_PLATE = "ABCDEFGHJKLMNOPRSTUVWXY"

_NOT_ON_PLATES = ("dots", "hyphens", "spaced-dashes")


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
    born = birth(rng)
    return ["TN", f"{born:%d}", f"{born:%m}", f"{born:%y}", rng.choice("MF")]


def _nhs(rng: Random) -> list[str]:
    number = with_nhs_check(rng, rng.choice(("999", "4", "6", "7")))
    return [number[:3], number[3:6], number[6:]]


def _nhs_mistyped(rng: Random) -> list[str]:
    number = breaking(rng, "".join(_nhs(rng)))
    return [number[:3], number[3:6], number[6:]]


def _chi(rng: Random) -> list[str]:
    number = with_nhs_check(rng, f"{birth(rng):%d%m%y}")
    return [number[:6], number[6:]]


def _health_and_care(rng: Random) -> list[str]:
    number = with_nhs_check(rng, f"3{rng.randrange(20, 99)}")
    return [number[:3], number[3:6], number[6:]]


def _driver(rng: Random) -> tuple[str, str, str]:
    surname = letters(rng, rng.choice((3, 4, 5, 5, 5))).ljust(5, "9")
    born = birth(rng)
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
    *ways(_plate, Entity.VEHICLE_REGISTRATION, name="current", without=_NOT_ON_PLATES),
    *ways(_plate_prefix, Entity.VEHICLE_REGISTRATION, name="prefix", without=_NOT_ON_PLATES),
    *ways(_plate_suffix, Entity.VEHICLE_REGISTRATION, name="suffix", without=_NOT_ON_PLATES),
)
_PLATES_SAID = (
    *forms("??? +##", "?? +###", "+### ??", "+## ???", "??Z +###", "?I? +##", "???+##", "?Z?+###",
           labels=[Entity.VEHICLE_REGISTRATION]),
    plain("swapped", lambda rng: " ".join(_plate_swapped(rng)), Entity.VEHICLE_REGISTRATION),
    plain("swapped solid", lambda rng: "".join(_plate_swapped(rng)), Entity.VEHICLE_REGISTRATION),
    plain("current hyphen", lambda rng: "-".join(_plate(rng)), Entity.VEHICLE_REGISTRATION),
    plain("lower", lambda rng: shape(rng, "??? +##").lower(), Entity.VEHICLE_REGISTRATION),
)  # fmt: skip
_PASSPORTS = (
    *ways(lambda rng: [digits(rng, 3) for _ in range(3)], Entity.PASSPORT,
          without=("lower-solid", "lower-spaced")),
    *forms("?######", "######?", "#########", "? ######", "###### ?",
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
}
"""Slots ending in ``_said`` hold forms that only their words give away; the sentence says them."""
