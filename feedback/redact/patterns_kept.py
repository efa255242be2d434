"""Look-alikes that must stay: public law, money, forms, dates, versions, errors, helplines.

A row with entity None shields what it covers from every row of a higher rank.
"""

from __future__ import annotations

import re

from feedback.redact.checks import has_digits, is_calendar_date, is_date_digits
from feedback.redact.rows import Row, github

__all__ = ["FORM_PREFIXES", "KEPT_ROWS"]

_CITATIONS = github(
    "nationalarchives/ds-caselaw-utils", "src/ds_caselaw_utils/data/court_names.yaml"
)
_LEGISLATION = "https://www.legislation.gov.uk/"
_FORMS = "https://www.gov.uk/government/collections/court-and-tribunal-forms"
_OFFENCES = github(
    "hmcts/opal-frontend",
    "src/app/flows/fines/fines-mac/fines-mac-offence-details",
)
_SEMVER = "https://semver.org/"
_ISO_8601 = "https://www.iso.org/iso-8601-date-and-time-format.html"
_HTTP = "https://www.rfc-editor.org/rfc/rfc9110#section-15"
_MONEY = "https://www.gov.uk/guidance/style-guide/a-to-z-of-gov-uk-style#money"

FORM_PREFIXES = re.compile(
    r"(?:AP|AOS|BD|C|CB|CCD|CG|COP|CPR|CRM|D|ESA|ET|EX|F|FL|FM|FORM|G|H|HWF|IAFT|IHT|IN|J|L|LOC|LP|LPA|M|MC|N|NI|"
    r"P|PA|PF|PIP|PP|PS|PTR|RF|SA|SP|SSCS|ST|T|TE|TS|UC|UT|VAT|W|WE|Y)\d{1,4}[A-Z]?",
    re.IGNORECASE,
)
"""Letters and digits that form numbers of courts, tribunals and departments begin with."""


def _is_error_code(text: str) -> bool:
    return any(map(str.isdigit, text))


KEPT_ROWS: tuple[Row, ...] = (
    Row(
        "kept-citation",
        None,
        r"\[(?:19|20)\d\d\]\s?(?:\d\s)?[A-Z]{2,6}(?:\s(?:Civ|Crim))?\s\d{1,5}(?:\s\((?:[A-Z][a-z]+|[A-Z]{2,4})\))?",
        _CITATIONS,
        12,
        5,
        edges="free",
    ),
    Row(
        "kept-statute",
        None,
        r"(?:act|regulations?|rules?|order|measure)\s(?:19|20)\d\d(?:\s?\(?(?:s\.?i\.?|no\.?)\s?\d[\d/]*\)?)?|"
        r"s\.?i\.?\s(?:no\.?\s)?(?:19|20)\d\d/\d{1,4}|(?:19|20)\d\d\sno\.?\s\d{1,4}|"
        r"\d{2,4}/(?:19|20)\d\d(?=\s(?:e[cu]|regulation|directive))|(?:regulation|directive)\s\(?(?:e[cu]\)?\s)?(?:no\s)?\d{2,4}/\d{2,4}",
        _LEGISLATION,
        12,
        4,
    ),
    Row(
        "kept-money",
        None,
        r"[£$€]\s?\d[\d,]*+(?:\.\d{1,2}(?!\d))?\s?(?:k|m|bn|million|thousand)?|"
        r"(?<![A-Za-z0-9])(?:gbp|usd|eur)\s?\d[\d,]*+(?:\.\d{1,2}(?!\d))?|"
        r"(?<![\w,.:])\d[\d,]*+(?:\.\d{1,2}(?!\d))?\s?(?:pounds?|quid|pence|gbp|euros?|dollars?)(?![A-Za-z])",
        _MONEY,
        12,
        1,
        edges="free",
    ),
    Row("kept-amount", None, r"\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?", _MONEY, 13, 4),
    Row(
        "kept-offence-code",
        None,
        r"[A-Z]{2}\d{5}[A-Z]?",
        _OFFENCES,
        32,
        5,
        context=r"offen[cs]es?|charged?|code",
    ),
    Row("kept-postbox", None, r"P\.?O\.?\sBox\s\d{1,6}", _FORMS, 44, 1, needs=("box",)),
    Row(
        "kept-error",
        None,
        r"(?:errors?|status|http|exception|err|fault|bug|ticket type)[\s_\-]?(?:code|no|number|"
        r"ref|reference|id|message)?"
        r"\s?[:#=\-]?\s?(?:is|was|of)?\s?(?P<value>(?=[A-Z_\-]{0,13}\d)[A-Z0-9][A-Z0-9_\-]{1,13})",
        _HTTP,
        65,
        1,
        check=_is_error_code,
        otherwise=None,
        needs=("error", "status", "http", "exception", "err", "fault", "bug"),
    ),
    Row("kept-hexadecimal", None, r"0x[0-9A-F]{2,16}", _HTTP, 65, 2, needs=("0x",)),
    Row(
        "kept-form",
        None,
        rf"(?:{FORM_PREFIXES.pattern})(?![/\\](?!(?:19|20)\d\d(?!\d))\d{{3}})",
        _FORMS,
        66,
        1,
    ),
    Row(
        "kept-date-time",
        None,
        r"\d{4}-\d{2}-\d{2}(?:[T\s]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?\s?(?:Z|[+\-]\d{2}:?\d{2})?)?",
        _ISO_8601,
        70,
        8,
    ),
    Row(
        "kept-date",
        None,
        r"(?<!\d[.,])(?!\d\d?\.(?:\d\d?\.\s|\s\d\d?[/\-]))\d{1,2}\s?[./\-]\s?\d{1,2}\s?[./\-]\s?(?:(?:19|20)\d{2}|\d{2})(?:,?\s(?:at\s)?\d{1,2}[:.]\d{2}(?::\d{2})?)?|"
        r"(?:19|20)\d{2}[./]\d{1,2}[./]\d{1,2}|\d{1,2}\s\d{1,2}\s(?:19|20)\d\d",
        _ISO_8601,
        70,
        3,
        check=is_calendar_date,
    ),
    Row(
        "kept-date-solid",
        None,
        r"(?:19|20)\d{2}[01]\d[0-3]\d",
        _ISO_8601,
        70,
        8,
        check=is_date_digits,
    ),
    Row(
        "kept-clock",
        None,
        r"\d{1,2}[:.]\d{2}(?:[:.]\d{2})?\s?(?:am|pm|hrs)?\s?(?:-|to)\s?\d{1,2}[:.]\d{2}(?:\s?[ap]m)?",
        _ISO_8601,
        70,
        6,
    ),
    Row("kept-years", None, r"(?:19|20)\d\d\s?[\-/]\s?(?:19|20)?\d\d", _ISO_8601, 70, 6),
    Row(
        "kept-error-short",
        None,
        r"errors?\s(?:codes?\s|no\.?\s|number\s)?(?:is\s|was\s|[:=#]\s?)?(?P<value>[A-Z]{0,3}-?\d{1,5})",
        _HTTP,
        27,
        1,
        needs=("error",),
    ),
    Row(
        "kept-browser",
        None,
        r"(?:chrome|safari|firefox|edge|opera|android|ios|ipados|macos|windows|webkit|"
        r"samsung internet|version|build)"
        r"[\s/:v]{1,3}\d{1,4}(?:[._]\d{1,6}){1,4}",
        _SEMVER,
        13,
        2,
    ),
    Row(
        "kept-version-named",
        None,
        r"(?:v|version|ver|build|ios|android|windows|macos|chrome|safari|firefox|edge|opera|webkit|gecko|mozilla|"
        r"samsungbrowser|applewebkit|os x|rv|update|kb|rule|paragraph|para|section|clause|cpr|"
        r"schedule)[\s/:v]{0,3}\d{1,8}(?:[._]\d{1,6}){0,4}",
        _SEMVER,
        42,
        1,
    ),
    Row(
        "kept-version",
        None,
        r"\d{1,4}(?:[._]\d{1,6}){2,4}",
        _SEMVER,
        44,
        3,
        check=has_digits(3, 12),
    ),
)
"""Rows of the pattern table."""
