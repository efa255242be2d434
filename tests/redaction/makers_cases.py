"""References of courts, tribunals, police, prisons, legal aid and other offices: one row each.

A row is a kind of identifier. ``is_bare`` says that its shape can be told with no words beside it;
the others are written after one of their ``words`` only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from feedback.schema import Entity
from tests.redaction.exam import Style
from tests.redaction.writing import (
    digits,
    letters,
    mod23_letter,
    plain,
    shape,
    with_luhn,
    with_utr_check,
    with_vat_check,
)

__all__ = [
    "ANY",
    "EITHER",
    "Row",
    "asn",
    "ccd",
    "ccd_mistyped",
    "court",
    "court_reference",
    "cro",
    "dated",
    "lower",
    "lpa",
    "one_of",
    "payment",
    "pnc",
    "uan",
    "utr",
    "vat",
]

_CASE = frozenset([Entity.CASE_REFERENCE])
ANY: frozenset[Entity] = frozenset()
EITHER = frozenset([Entity.CASE_REFERENCE, Entity.NUMBER])
_COURT_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"

Form = str | Callable[[Random], str]


@dataclass(frozen=True)
class Row:
    """One kind of reference, its written forms and what people call it."""

    name: str
    words: tuple[str, ...]
    forms: tuple[Form, ...]
    is_bare: bool = False
    labels: frozenset[Entity] = _CASE
    is_published: bool = True

    @property
    def styles(self) -> tuple[Style, ...]:
        """The forms, each a style named after the row and its place."""
        return tuple(self._style(place, form) for place, form in enumerate(self.forms))

    def _style(self, place: int, form: Form) -> Style:
        write = form if callable(form) else lambda rng: _written(rng, form)
        return plain(f"{self.name}/{place}", write, *self.labels)


def _written(rng: Random, template: str) -> str:
    """Return a shape; a leading ``~`` asks for lower case."""
    text = shape(rng, template.lstrip("~"))
    return text.lower() if template.startswith("~") else text


def _in_fours(number: str, mark: str) -> str:
    return mark.join(number[start : start + 4] for start in range(0, len(number), 4))


def ccd(mark: str, lead: str = "") -> Form:
    return lambda rng: lead + _in_fours(with_luhn(f"1{rng.randrange(5, 8)}{digits(rng, 13)}"), mark)


def ccd_mistyped(rng: Random) -> str:
    number = with_luhn(f"17{digits(rng, 13)}")
    return _in_fours(number[:-1] + str((int(number[-1]) + 3) % 10), "-")


def lpa(mark: str, lead: str = "") -> Form:
    return lambda rng: lead + _in_fours(with_luhn("7" + digits(rng, 10)), mark)


def payment(mark: str) -> Form:
    return lambda rng: f"RC{mark}" + _in_fours(with_luhn("17" + digits(rng, 13)), mark)


def uan(mark: str) -> Form:
    return lambda rng: mark.join(rng.choice("2345679") + digits(rng, 3) for _ in range(4))


def _day(rng: Random, form: str) -> str:
    day, month, year = rng.randrange(1, 29), rng.randrange(1, 13), rng.randrange(19, 26)
    return form.format(d=f"{day:02d}", m=f"{month:02d}", y=f"{year:02d}", n=digits(rng, 3))


def dated(form: str) -> Form:
    return lambda rng: _day(rng, form)


def pnc(form: str, *, padded: bool = True) -> Form:
    def write(rng: Random) -> str:
        year, serial = rng.randrange(1, 25), rng.randrange(1, 999_999)
        check = mod23_letter(f"{year:02d}{serial:07d}")
        return form.format(y=f"{year:02d}", s=f"{serial:07d}" if padded else serial, c=check)

    return write


def cro(form: str) -> Form:
    def write(rng: Random) -> str:
        year, serial = rng.randrange(60, 99), rng.randrange(100, 999_999)
        padded = mod23_letter(f"{year:02d}{serial:06d}")
        own = mod23_letter(f"{year:02d}{serial}")
        return form.format(y=f"{year:02d}", s=serial, c=padded, own=own)

    return write


def asn(form: str) -> Form:
    def write(rng: Random) -> str:
        year, serial = rng.randrange(10, 26), rng.randrange(1000, 999_999)
        force, unit = rng.choice(("63", "42", "52", "01")), letters(rng, 2)
        check = mod23_letter(f"{force}01{year:02d}{serial:011d}")
        return form.format(y=f"{year:02d}", f=force, u=unit, s=serial, p=f"{serial:011d}", c=check)

    return write


def court_reference(rng: Random) -> str:
    year, court, serial = rng.randrange(10, 26), digits(rng, 4), rng.randrange(1000, 999_999)
    check = mod23_letter(f"{year:02d}{court}{serial:06d}")
    return f"{year:02d}/{court}/{serial}{check}"


def utr(mark: str, lead: str = "", tail: str = "") -> Form:
    def write(rng: Random) -> str:
        number = with_utr_check(rng)
        return f"{lead}{number[:5]}{mark}{number[5:]}{tail}"

    return write


def vat(lead: str, mark: str) -> Form:
    def write(rng: Random) -> str:
        number = with_vat_check(rng)
        return lead + mark.join((number[:3], number[3:7], number[7:]))

    return write


def court(template: str) -> Form:
    """Return forms whose first two letters name a court."""
    return lambda rng: letters(rng, 2, _COURT_LETTERS) + shape(rng, template)


def one_of(prefixes: str, template: str) -> Form:
    names = prefixes.split()
    return lambda rng: rng.choice(names) + shape(rng, template)


def lower(form: Form) -> Form:
    return lambda rng: _written(rng, form).lower() if isinstance(form, str) else form(rng).lower()
