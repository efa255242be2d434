"""Rows for cards, bank accounts and tax references."""

from __future__ import annotations

import re

from feedback.redact.checks import is_card, is_iban
from feedback.redact.rows import Row, github
from feedback.schema import Entity

__all__ = ["MONEY_ROWS"]

_CARDS = github("braintree/credit-card-type", "src/lib/card-types.ts")
_BANK = github("pauldambra/ModulusChecker", "README.md")
_HMRC_DOMAIN = github(
    "hmrc/domain", "shared/src/main/scala/uk/gov/hmrc/referencechecker/ReferenceChecker.scala"
)

_IBAN_LENGTHS = {
    11: "NO",
    12: "BE",
    14: "DK FI FO GL NL",
    15: "MK SI",
    16: "AT BA EE KZ LT LU XK",
    17: "CH CR HR LI LV",
    18: "BG BH DE GB GE IE ME RS VA",
    19: "AE GI IL IQ TL",
    20: "AD CZ ES MD PK RO SA SE SK TN VG",
    21: "PT ST",
    22: "IS TR",
    23: "FR GR IT MC MR SM",
    24: "AL AZ BY CY DO GT HU LB PL SV",
    25: "BR PS QA UA",
    26: "JO KW MU",
    27: "MT SC",
    28: "LC",
}
_IBAN = "|".join(
    rf"(?:{'|'.join(countries.split())})\d{{2}}(?:[\s\-.]?[A-Z0-9]){{{length}}}"
    for length, countries in _IBAN_LENGTHS.items()
)


def _is_iban_like(text: str) -> bool:
    return sum(map(str.isdigit, text)) >= 10


def _is_office_reference(text: str) -> bool:
    """Whether digits about a slash are an employer's, and not a rule of a year."""
    return re.search(r"/\s?(?:19|20)\d\d$", text) is None


MONEY_ROWS: tuple[Row, ...] = (
    Row(
        "iban",
        Entity.IBAN,
        _IBAN,
        github("arthurdejong/python-stdnum", "stdnum/iban.dat"),
        14,
        10,
        check=is_iban,
        score=0.98,
    ),
    Row(
        "iban-mistyped",
        Entity.NUMBER,
        _IBAN,
        github("arthurdejong/python-stdnum", "stdnum/iban.dat"),
        16,
        10,
        check=_is_iban_like,
        score=0.8,
    ),
    Row(
        "iban-named",
        Entity.IBAN,
        r"[A-Z]{2}\d{2}(?:[\s\-]?[A-Z]{4})?(?:[\s\-]?(?=[A-Z]{0,3}\d)[A-Z0-9]{1,4}+){3,8}",
        github("arthurdejong/python-stdnum", "stdnum/iban.dat"),
        17,
        10,
        check=_is_iban_like,
        context=r"iban",
    ),
    Row(
        "card",
        Entity.PAYMENT_CARD,
        r"\d{4}(?:[\s\-.]{0,2}\d){8,15}",
        _CARDS,
        25,
        12,
        check=is_card,
        edges="bare",
        score=0.95,
    ),
    Row(
        "sort-code-and-account",
        Entity.BANK_ACCOUNT,
        r"\d{2}[\s\-.]?\d{2}[\s\-.]?\d{2}[\s,;:/|.&-]{1,4}(?:and\s|a(?:c|/c|cc|cct|ccount)\s?)?(?:(?:no|number|num)\b\.?\s?)?"
        r"(?:is\s)?:?\s?\d{8}",
        _BANK,
        26,
        14,
        edges="bare",
    ),
    Row(
        "account-and-sort-code",
        Entity.BANK_ACCOUNT,
        r"\d{8}[\s,;:/|.&-]{1,4}(?:and\s|s(?:/c|c)\s|sort\s?code\s?)?(?:is\s)?:?\s?\d{2}[\-.]\d{2}[\-.]\d{2}",
        _BANK,
        26,
        14,
        edges="bare",
    ),
    Row(
        "sort-code-named",
        Entity.BANK_ACCOUNT,
        r"\d{2}[\s\-.]{0,3}\d{2}[\s\-.]{0,3}\d{2}",
        _BANK,
        30,
        6,
        edges="bare",
        context=r"sort\s?codes?|s/c|cod didoli",
    ),
    Row(
        "sort-code",
        Entity.BANK_ACCOUNT,
        r"\d{2}-\d{2}-\d{2}",
        _BANK,
        72,
        6,
        edges="bare",
        score=0.7,
    ),
    Row(
        "account-named",
        Entity.BANK_ACCOUNT,
        r"\d{6,8}|\d{4}\s\d{4}",
        _BANK,
        31,
        6,
        edges="bare",
        context=(
            r"a/c|acc|acct|(?<!fine )accounts?|account (?:no|number|num)|bank|building society|roll "
            r"number|cyfrif"
        ),
    ),
    Row(
        "vat",
        Entity.NUMBER,
        r"(?:GB|XI)\s?\d{3}\s?\d{4}\s?\d{2}(?:\s?\d{3})?",
        _HMRC_DOMAIN,
        20,
        9,
        needs=("gb", "xi"),
    ),
    Row(
        "utr-k",
        Entity.NUMBER,
        r"K\s?\d{5}\s?\d{5}|\d{5}\s?\d{5}\s?K",
        _HMRC_DOMAIN,
        20,
        10,
        needs=("k",),
    ),
    Row(
        "utr-named",
        Entity.NUMBER,
        r"\d{5}\s?\d{5}",
        _HMRC_DOMAIN,
        29,
        10,
        edges="bare",
        context=r"utr|unique taxpayer|tax(?:payer)? reference|self[\s\-]assessment|corporation tax",
    ),
    Row(
        "paye-named",
        Entity.NUMBER,
        r"\d{3}\s?/\s?[A-Z]{0,2}\d{1,8}[A-Z]?",
        _HMRC_DOMAIN,
        30,
        4,
        check=_is_office_reference,
        context=r"paye|employer (?:paye )?ref(?:erence)?",
    ),
    Row(
        "paye-office",
        Entity.NUMBER,
        r"\d{3}P[A-HJ-NP-TV-Z]\d{7}[0-9X]",
        _HMRC_DOMAIN,
        20,
        10,
        needs=("p",),
    ),
    Row(
        "council-tax",
        Entity.NUMBER,
        r"\d(?:[\s\-]?\d){5,11}[A-Z]?",
        "https://www.gov.uk/council-tax",
        29,
        6,
        context=(
            r"council tax(?: account| ref(?:erence)?)?|property ref(?:erence)?|ctax|liability "
            r"order"
        ),
    ),
)
"""Rows of the pattern table."""
