"""Values that lead to money: cards, accounts, and long numbers of no known kind."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from stdnum import iban

from feedback.schema import Entity
from tests.redaction.exam import Slot
from tests.redaction.writing import breaking, digits, forms, letters, plain, ways, with_luhn

__all__ = ["MONEY"]

_NO_LETTERS = ("lower-solid", "lower-spaced")
_COUNTRIES = {"DE": 18, "ES": 20, "PT": 21, "LT": 16, "BE": 12, "DK": 14, "FI": 14, "AT": 16}
"""Lengths of the account part in some countries whose account numbers have no letters."""


def _card(prefixes: tuple[str, ...], length: int, sizes: tuple[int, ...]):
    """Return a maker of card numbers of one brand, cut into groups of ``sizes``."""

    def groups(rng: Random) -> list[str]:
        prefix = rng.choice(prefixes)
        return _cut(with_luhn(prefix + digits(rng, length - 1 - len(prefix))), sizes)

    return groups


def _mistyped_card(rng: Random) -> list[str]:
    return _cut(breaking(rng, "".join(_VISA(rng))), (4, 4, 4, 4))


def _cut(number: str, sizes: tuple[int, ...]) -> list[str]:
    pieces, start = [], 0
    for size in sizes:
        pieces.append(number[start : start + size])
        start += size
    return pieces


_FOURS = (4, 4, 4, 4)
_VISA: Callable[[Random], list[str]] = _card(("4",), 16, _FOURS)
_MASTERCARD = _card(("51", "52", "53", "54", "55"), 16, _FOURS)
_MASTERCARD_2 = _card(("2221", "2345", "2500", "2699", "2720"), 16, _FOURS)
_AMEX = _card(("34", "37"), 15, (4, 6, 5))
_DINERS = _card(("300", "305", "36", "38", "39"), 14, (4, 6, 4))
_DISCOVER = _card(("6011", "644", "649", "65"), 16, _FOURS)
_JCB = _card(("3528", "3550", "3589"), 16, _FOURS)
_UNIONPAY = _card(("62",), 16, _FOURS)
_LONG = _card(("62", "4"), 19, (4, 4, 4, 4, 3))
_MAESTRO = _card(("5018", "5020", "6304", "6759"), 18, (4, 4, 4, 4, 2))
_CARD = Entity.PAYMENT_CARD

_CARDS = (
    *ways(_VISA, _CARD, name="visa", without=_NO_LETTERS),
    *ways(_MASTERCARD, _CARD, name="mastercard", without=_NO_LETTERS),
    *ways(_MASTERCARD_2, _CARD, name="2-series", without=(*_NO_LETTERS, "fullwidth")),
    *ways(_AMEX, _CARD, name="amex", without=(*_NO_LETTERS, "fullwidth-solid")),
    *(
        plain(f"{name}:{way.name}", way.write, _CARD)
        for name, maker in (
            ("diners", _DINERS), ("discover", _DISCOVER), ("jcb", _JCB), ("unionpay", _UNIONPAY)
        )
        for way in ways(maker)[:4]
    ),
    *ways(_mistyped_card, name="mistyped", without=_NO_LETTERS),
)  # fmt: skip
_CARDS_SAID = (
    *(plain(f"long:{way.name}", way.write, _CARD) for way in ways(_LONG)[:4]),
    *(plain(f"maestro:{way.name}", way.write, _CARD) for way in ways(_MAESTRO)[:4]),
    *ways(_VISA, _CARD, name="visa", without=_NO_LETTERS),
)


def _sort_code(rng: Random) -> list[str]:
    """Return three pairs that no date could be: the first is over 31."""
    return [str(rng.randrange(32, 99)), digits(rng, 2), digits(rng, 2)]


def _account(rng: Random) -> list[str]:
    return [digits(rng, 4), digits(rng, 4)]


def _gb_iban(rng: Random) -> list[str]:
    body = letters(rng, 4) + digits(rng, 14)
    return _fours("GB" + iban.calc_check_digits("GB00" + body) + body)


def _other_iban(rng: Random) -> list[str]:
    country = rng.choice(sorted(_COUNTRIES))
    body = digits(rng, _COUNTRIES[country])
    return _fours(country + iban.calc_check_digits(f"{country}00{body}") + body)


def _mistyped_iban(rng: Random) -> list[str]:
    return _fours(breaking(rng, "".join(_gb_iban(rng))))


def _fours(text: str) -> list[str]:
    return [text[start : start + 4] for start in range(0, len(text), 4)]


_SORT_CODES = ways(_sort_code, Entity.BANK_ACCOUNT, without=(*_NO_LETTERS, "solid", "dots",
                                                             "fullwidth-solid", "doubled",
                                                             "line-break"))  # fmt: skip
_SORT_CODES_SAID = ways(_sort_code, Entity.BANK_ACCOUNT, without=_NO_LETTERS)
_ACCOUNTS_SAID = (
    *ways(_account, Entity.BANK_ACCOUNT, without=(*_NO_LETTERS, "dots", "hyphens")),
    *forms("########", "######", "#######", labels=[Entity.BANK_ACCOUNT]),
)
_IBANS = (
    *ways(_gb_iban, Entity.IBAN),
    *ways(_other_iban, Entity.IBAN, name="abroad"),
)
_IBANS_SAID = (*_IBANS, *ways(_mistyped_iban, name="mistyped"))


def _long_run(length: int) -> Callable[[Random], str]:
    return lambda rng: rng.choice("23456789") + digits(rng, length - 1)


def _in_groups(*sizes: int, mark: str = " ") -> Callable[[Random], str]:
    return lambda rng: mark.join(rng.choice("2345689") + digits(rng, size - 1) for size in sizes)


_NUMBERS = (
    *(plain(f"{length} digits", _long_run(length)) for length in (7, 8, 9, 10, 11, 12, 13, 14)),
    *(plain(f"{length} digits", _long_run(length)) for length in (15, 17, 18, 19, 20, 21, 22, 24)),
    plain("3 4", _in_groups(3, 4)),
    plain("4 4", _in_groups(4, 4)),
    plain("3-3-3", _in_groups(3, 3, 3, mark="-")),
    plain("4-4", _in_groups(4, 4, mark="-")),
    plain("4–4–4", _in_groups(4, 4, 4, mark="–")),
    plain("3‑3‑3", _in_groups(3, 3, 3, mark="‑")),
    plain("no-break", _in_groups(4, 4, mark="\u00a0")),
    plain("doubled", _in_groups(3, 4, 3, mark="  ")),
    plain("5 5", _in_groups(5, 5)),
    plain("4 4 4", _in_groups(4, 4, 4)),
    plain("fullwidth", lambda rng: digits(rng, 8).translate(_FULLWIDTH)),
    plain("fullwidth nine", lambda rng: digits(rng, 9).translate(_FULLWIDTH)),
    plain("zeros first", lambda rng: "00" + _long_run(6)(rng)),
    plain("zeros first, ten", lambda rng: "000" + _long_run(7)(rng)),
)
_FULLWIDTH = str.maketrans("0123456789", "０１２３４５６７８９")

MONEY = {
    "card": Slot(Entity.PAYMENT_CARD, _CARDS),
    "card_said": Slot(Entity.PAYMENT_CARD, _CARDS_SAID),
    "sort_code": Slot(Entity.BANK_ACCOUNT, _SORT_CODES),
    "sort_code_said": Slot(Entity.BANK_ACCOUNT, _SORT_CODES_SAID),
    "account_said": Slot(Entity.BANK_ACCOUNT, _ACCOUNTS_SAID),
    "iban": Slot(Entity.IBAN, _IBANS),
    "iban_said": Slot(Entity.IBAN, _IBANS_SAID),
    "number": Slot(Entity.NUMBER, _NUMBERS),
}
