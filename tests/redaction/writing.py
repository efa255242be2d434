"""Digits, check characters and the ways in which people write a number down."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from random import Random

from stdnum import luhn
from stdnum.gb import nhs, utr, vat

from feedback.schema import Entity
from tests.redaction.exam import Style

__all__ = [
    "LETTERS",
    "breaking",
    "digits",
    "forms",
    "letters",
    "mod23_letter",
    "plain",
    "shape",
    "ways",
    "with_luhn",
    "with_nhs_check",
    "with_utr_check",
    "with_vat_check",
]

LETTERS = "ABCDEFGHJKLMNPRSTUVWXY"
"""Letters nobody takes for a digit or refuses: no I, O, Q, Z."""
_MOD23 = "ZABCDEFGHJKLMNPQRTUVWXY"
_EVEN_DASHES = "\u2010\u2012\u2013\u2014\uff0d"
_ODD_DASHES = "\u2011\u2013\u2015\u2212\ufe58"
_FULLWIDTH = str.maketrans("0123456789", "０１２３４５６７８９")

Groups = Callable[[Random], list[str]]


def digits(rng: Random, n: int) -> str:
    """Return ``n`` random digits."""
    return "".join(rng.choices("0123456789", k=n))


def letters(rng: Random, n: int, alphabet: str = LETTERS) -> str:
    """Return ``n`` random capital letters."""
    return "".join(rng.choices(alphabet, k=n))


def shape(rng: Random, template: str, literal: str = "") -> str:
    """Return ``template`` with ``#`` a digit, ``+`` a digit from 1, ``?`` a letter, ``*`` either.

    Marks in ``literal`` stand for themselves.
    """
    makers: dict[str, Callable[[], str]] = {
        "#": lambda: digits(rng, 1),
        "+": lambda: rng.choice("123456789"),
        "?": lambda: letters(rng, 1),
        "*": lambda: rng.choice(LETTERS + "34678"),
    }
    return "".join(
        makers[mark]() if mark in makers and mark not in literal else mark for mark in template
    )


def with_luhn(body: str) -> str:
    """Return ``body`` with its Luhn digit."""
    return body + str(luhn.calc_check_digit(body))


def with_nhs_check(rng: Random, prefix: str) -> str:
    """Return a ten-digit number that opens with ``prefix`` and passes the NHS check."""
    while True:
        body = prefix + digits(rng, 9 - len(prefix))
        for check in "0123456789":
            if nhs.is_valid(body + check):
                return body + check


def with_utr_check(rng: Random) -> str:
    """Return a tax reference whose first digit checks the other nine."""
    body = digits(rng, 9)
    return str(utr.calc_check_digit(body)) + body


def with_vat_check(rng: Random) -> str:
    """Return nine digits that pass the VAT check."""
    while True:
        body = rng.choice("123456789") + digits(rng, 6)
        for check in range(97):
            number = f"{body}{check:02d}"
            if vat.is_valid(number):
                return number


def mod23_letter(number: str) -> str:
    """Return the police check letter of a number, as IDENTIFIERS gives it."""
    return _MOD23[int(number) % 23]


def breaking(rng: Random, number: str) -> str:
    """Return ``number`` with one of its last four digits mistyped."""
    places = [i for i, char in enumerate(number) if char.isdigit()][-4:]
    place = rng.choice(places)
    other = rng.choice([d for d in "0123456789" if d != number[place]])
    return number[:place] + other + number[place + 1 :]


def _apart_once(rng: Random, groups: list[str]) -> str:
    place = rng.randrange(1, len(groups))
    return " ".join(groups[:place]) + "\n" + " ".join(groups[place:])


def _dashes(marks: str) -> Callable[[Random, list[str]], str]:
    return lambda rng, groups: rng.choice(marks).join(groups)


_WAYS: dict[str, Callable[[Random, list[str]], str]] = {
    # Even and odd places hold ways of like difficulty, for the halves are parted by place.
    "spaced": lambda rng, groups: " ".join(groups),
    "solid": lambda rng, groups: "".join(groups),
    "hyphens": lambda rng, groups: "-".join(groups),
    "dots": lambda rng, groups: ".".join(groups),
    "dashes-a": _dashes(_EVEN_DASHES),
    "dashes-b": _dashes(_ODD_DASHES),
    "doubled": lambda rng, groups: "  ".join(groups),
    "no-break": lambda rng, groups: "\u00a0".join(groups),
    "lower-solid": lambda rng, groups: "".join(groups).lower(),
    "lower-spaced": lambda rng, groups: " ".join(groups).lower(),
    "line-break": _apart_once,
    "fullwidth": lambda rng, groups: " ".join(groups).translate(_FULLWIDTH),
    "spaced-dashes": lambda rng, groups: f" {rng.choice('-–')} ".join(groups),
    "fullwidth-solid": lambda rng, groups: "".join(groups).translate(_FULLWIDTH),
}


def ways(
    groups: Groups, *labels: Entity, name: str = "", without: Iterable[str] = ()
) -> tuple[Style, ...]:
    """Return a style for every way of writing the groups of a value."""
    prefix = f"{name}:" if name else ""
    left_out = frozenset(without)

    def style(way: str) -> Style:
        join = _WAYS[way]
        return Style(prefix + way, lambda rng: join(rng, groups(rng)), frozenset(labels))

    return tuple(style(way) for way in _WAYS if way not in left_out)


def forms(*templates: str, labels: Iterable[Entity] = (), literal: str = "") -> tuple[Style, ...]:
    """Return a style for each template of :func:`shape`."""
    wanted = frozenset(labels)

    def style(template: str) -> Style:
        return Style(template.replace("\n", "/"), lambda rng: shape(rng, template, literal), wanted)

    return tuple(style(template) for template in templates)


def plain(name: str, write: Callable[[Random], str], *labels: Entity) -> Style:
    """Return one style."""
    return Style(name, write, frozenset(labels))
