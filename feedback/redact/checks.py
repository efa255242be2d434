"""Check digits and other tests of a number's inside. They decide its label, never its redaction.

Each takes the text of a find; separators and case do not matter.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from stdnum import iban, luhn
from stdnum.gb import nhs

__all__ = [
    "compact",
    "has_digits",
    "is_calendar_date",
    "is_card",
    "is_case_id",
    "is_date_digits",
    "is_iban",
    "is_ipv4",
    "is_ipv6",
    "is_nhs_number",
    "is_nino_prefix",
    "luhn_valid",
    "pnc_letter_valid",
]

_SEPARATORS = re.compile(r"[^0-9A-Za-z]+")
_NINO_BAD_PREFIXES = frozenset({"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"})
_PNC_LETTERS = "ZABCDEFGHJKLMNPQRTUVWXY"
_CENTURY_PIVOT = 40
# Issuer ranges of the networks: braintree/credit-card-type:src/lib/card-types.ts
_CARD_PREFIX = re.compile(
    r"""(?: 4 (?: \d{12} | \d{15} | \d{17,18} )                       # Visa: 13, 16, 18, 19
          | (?: 5[1-5]\d{2} | 222[1-9] | 22[3-9]\d | 2[3-6]\d{2} | 27[01]\d | 2720 )
              \d{12}                                                   # Mastercard
          | 3[47] \d{13}                                              # American Express
          | (?: 30[0-5] | 36\d | 38\d | 39\d ) \d{11,16}              # Diners Club
          | (?: 6011 | 64[4-9]\d | 65\d{2} ) \d{12,15}                # Discover
          | (?: 2131 | 1800 ) \d{11} | 35(?: 2[89] | [3-8]\d ) \d{12,15}  # JCB
          | 62 \d{12,17} | 81 \d{14,17}                               # UnionPay
          | (?: 5018 | 5020 | 5038 | 5[6-8]\d{2} | 6[0-9]\d{2} ) \d{8,15} )  # Maestro
    """,
    re.VERBOSE,
)


def compact(text: str) -> str:
    """Return the letters and digits of ``text``, in capitals.

    Examples
    --------
    >>> compact("ab-12 34.c")
    'AB1234C'
    """
    return _SEPARATORS.sub("", text).upper()


def has_digits(minimum: int, maximum: int = 1_000) -> Callable[[str], bool]:
    """Return a check that a find holds between ``minimum`` and ``maximum`` digits."""

    def check(text: str) -> bool:
        return minimum <= sum(map(str.isdigit, text)) <= maximum

    return check


def luhn_valid(text: str) -> bool:
    """Whether the digits satisfy Luhn (ISO/IEC 7812-1, annex B)."""
    return bool(luhn.is_valid("".join(filter(str.isdigit, text))))


def is_case_id(text: str) -> bool:
    """Whether 16 digits are an online case id: time of creation, random digits, Luhn.

    Source: hmcts/sscs-tribunals-case-api, CcdIdGenerator.java.
    """
    return luhn_valid(text)


def is_card(text: str) -> bool:
    """Whether the digits are a payment card's: a known issuer range, its length, and Luhn."""
    digits = compact(text)
    return _CARD_PREFIX.fullmatch(digits) is not None and luhn_valid(digits)


def is_nhs_number(text: str) -> bool:
    """Whether ten digits satisfy the NHS check (modulus 11)."""
    return bool(nhs.is_valid(compact(text)))


def is_nino_prefix(text: str) -> bool:
    """Whether the two first letters are a prefix that is issued (HMRC, NIM39110)."""
    prefix = compact(text)[:2]
    return prefix not in _NINO_BAD_PREFIXES and not set(prefix) & set("DFIQUV") and prefix[1] != "O"


def is_iban(text: str) -> bool:
    """Whether the text is an IBAN: country, length and remainder by 97 (ISO 13616)."""
    return bool(iban.is_valid(compact(text), check_country=False))


def pnc_letter_valid(text: str) -> bool:
    """Whether a Police National Computer id ends in the right letter (modulus 23).

    Source: ministryofjustice/hmpps-person-record, PNCIdentifier.kt.
    """
    year, _, serial = text.upper().partition("/")
    digits, letter = serial.strip()[:-1], serial.strip()[-1:]
    if not (year.strip().isdigit() and digits.isdigit()):
        return False
    return _PNC_LETTERS[int(year.strip()[-2:] + digits.zfill(7)) % 23] == letter


def is_calendar_date(text: str) -> bool:
    """Whether three numbers are a day, month and year in one of the usual orders."""
    first, second, third = (int(part) for part in re.findall(r"\d+", text)[:3])
    return any(
        _is_day(*reading)
        for reading in ((third, second, first), (third, first, second), (first, second, third))
    )


def is_date_digits(text: str) -> bool:
    """Whether digits read as a day: DDMMYY, DDMMYYYY or YYYYMMDD."""
    digits = compact(text)
    readings = {
        6: [(digits[4:6], digits[2:4], digits[:2])],
        8: [(digits[4:8], digits[2:4], digits[:2]), (digits[:4], digits[4:6], digits[6:8])],
    }.get(len(digits), [])
    return any(_is_day(int(y), int(m), int(d)) for y, m, d in readings)


def _is_day(year: int, month: int, day: int) -> bool:
    if year < 100:
        year += 2000 if year < _CENTURY_PIVOT else 1900
    try:
        return 1900 <= date(year, month, day).year <= 2039
    except ValueError:
        return False


def is_ipv4(text: str) -> bool:
    """Whether the text is four numbers from 0 to 255."""
    try:
        IPv4Address(text)
    except AddressValueError:
        return False
    return True


def is_ipv6(text: str) -> bool:
    """Whether the text is an IPv6 address of at least two groups."""
    try:
        address = IPv6Address(text)
    except AddressValueError:
        return False
    return int(address) > 1 and sum(map(bool, text.split(":"))) >= 2
