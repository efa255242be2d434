"""Rows for cards, bank accounts and tax references."""

from __future__ import annotations

import re

from feedback.redact.checks import compact, is_card, is_date_digits, is_iban
from feedback.redact.rows import SLASH, Row, github
from feedback.schema import Entity

__all__ = ["MONEY_ROWS"]

_CARDS = github("braintree/credit-card-type", "src/lib/card-types.ts")
_BANK = github("pauldambra/ModulusChecker", "README.md")
_HMRC_DOMAIN = github(
    "hmrc/domain", "shared/src/main/scala/uk/gov/hmrc/referencechecker/ReferenceChecker.scala"
)

_SORT_CODE = r"(?:\d{6}|\d{2}[\s\-.]{1,3}\d{2}[\s\-.]{1,3}\d{2})"
_ACCOUNT = r"(?:\d{7,8}|\d{4}[\s\-.]{1,3}\d{4})"

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
_IBAN_WORDS = 2
"""Groups of nothing but letters that an account number can have: country and bank."""
_IBAN = "|".join(
    rf"(?:{'|'.join(countries.split())})\d{{2}}(?:[\s\-.]{{0,3}}[A-Z0-9]){{{length}}}"
    for length, countries in _IBAN_LENGTHS.items()
)


def _is_iban_like(text: str) -> bool:
    """Whether digits enough stand in it, and no sentence that follows a shorter number."""
    words = re.findall(r"(?<![A-Za-z0-9])[A-Za-z]+(?![A-Za-z0-9])", text)
    return sum(map(str.isdigit, text)) >= 10 and len(words) <= _IBAN_WORDS


def _is_account(text: str) -> bool:
    """Whether six to eight digits are no date."""
    return not (is_date_digits(text) and (len(compact(text)) == 8 or not text.isdigit()))


def _is_office_reference(text: str) -> bool:
    """Whether digits about a slash are an employer's, and not a rule of a year."""
    return re.search(r"[/\\]\s{0,2}(?:19|20)\d\d$", text) is None


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
        r"[A-Z]{2}\d{2}(?:[\s\-]{0,3}[A-Z]{4})?(?:[\s\-]{0,3}(?=[A-Z]{0,3}\d)[A-Z0-9]{1,4}+){3,8}",
        github("arthurdejong/python-stdnum", "stdnum/iban.dat"),
        17,
        10,
        check=_is_iban_like,
        context=r"iban",
    ),
    Row(
        "card",
        Entity.PAYMENT_CARD,
        r"\d{4}(?:[\s\-.]{0,3}\d{4}){3}|\d{4}(?:[\s\-.]{0,3}\d){8,15}",
        _CARDS,
        25,
        12,
        check=is_card,
        edges="bare",
        score=0.95,
    ),
    Row(
        "card-mistyped",
        Entity.NUMBER,
        r"\d{4}(?:[\s\-.]{0,3}\d{4}){3}|3\d{3}[\s\-.]{0,3}\d{6}[\s\-.]{0,3}\d{5}",
        _CARDS,
        71,
        15,
        edges="bare",
        score=0.7,
    ),
    Row(
        "sort-code-and-account",
        Entity.BANK_ACCOUNT,
        rf"{_SORT_CODE}[\s,;:/|.&-]{{1,4}}(?:and\s|a(?:c|/c|cc|cct|ccount)\s?)?"
        rf"(?:(?:no|number|num)\b\.?\s?)?(?:is\s)?:?\s?{_ACCOUNT}",
        _BANK,
        26,
        13,
        edges="bare",
    ),
    Row(
        "account-and-sort-code",
        Entity.BANK_ACCOUNT,
        rf"{_ACCOUNT}[\s,;:/|.&-]{{1,4}}(?:and\s|s(?:/c|c)\s|sort\s?code\s?)?(?:is\s)?:?\s?"
        r"\d{2}[\s\-.]{1,3}\d{2}[\s\-.]{1,3}\d{2}",
        _BANK,
        26,
        13,
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
        r"\d(?:[\s\-.]{0,3}\d){5,7}",
        _BANK,
        31,
        6,
        edges="bare",
        check=_is_account,
        context=(
            r"a/c|acc|acct|(?<!fine )(?<!order )accounts?|bank|building society|roll number|cyfrif"
        ),
    ),
    Row(
        "vat",
        Entity.NUMBER,
        r"(?:GB|XI)[\s\-.]{0,3}\d{3}[\s\-.]{0,3}\d{4}[\s\-.]{0,3}\d{2}(?:[\s\-.]{0,3}\d{3})?",
        _HMRC_DOMAIN,
        20,
        9,
        needs=("gb", "xi"),
    ),
    Row(
        "utr-k",
        Entity.NUMBER,
        r"K[\s\-.]{0,3}\d{5}[\s\-.]{0,3}\d{5}|\d{5}[\s\-.]{0,3}\d{5}[\s\-.]{0,3}K",
        _HMRC_DOMAIN,
        20,
        10,
        needs=("k",),
    ),
    Row(
        "utr-named",
        Entity.NUMBER,
        r"\d(?:[\s\-.]{0,3}\d){9}",
        _HMRC_DOMAIN,
        29,
        10,
        edges="bare",
        context=r"utr|unique taxpayer|tax(?:payer)? reference|self[\s\-]assessment|corporation tax",
    ),
    Row(
        "paye-named",
        Entity.NUMBER,
        rf"\d{{3}}{SLASH}[A-Z]{{0,2}}\d{{1,8}}[A-Z]?",
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
