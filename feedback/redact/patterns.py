"""The table of recognisers: one row for each format of each identifier.

The rows stand in `patterns_contact`, `patterns_mail`, `patterns_identity`, `patterns_money`,
`patterns_courts`, `patterns_justice`, `patterns_offices` and `births`; look-alikes that must stay
in `patterns_kept`. ``TABLE`` is all of them.

Ranks, lower wins: 5 addresses on the web, 8 mail, 12 public law and money, 15-20 unmistakable
shapes, 25 cards and case ids, 28 dates of birth, 30 numbers named by a word near by, 38-46 common
shapes, 50 postal addresses, 65-67 weak shapes, 70 dates, times and versions, 90 any long number.
"""

from __future__ import annotations

import re
from itertools import pairwise

from feedback.redact.births import BIRTH_ROWS
from feedback.redact.checks import is_date_digits
from feedback.redact.patterns_contact import CONTACT_ROWS
from feedback.redact.patterns_courts import COURT_ROWS
from feedback.redact.patterns_identity import IDENTITY_ROWS
from feedback.redact.patterns_justice import JUSTICE_ROWS
from feedback.redact.patterns_kept import KEPT_ROWS
from feedback.redact.patterns_mail import MAIL_ROWS
from feedback.redact.patterns_money import MONEY_ROWS
from feedback.redact.patterns_offices import OFFICE_ROWS
from feedback.redact.rows import Row
from feedback.schema import Entity

__all__ = ["TABLE"]

_PERSONAL_DATA = "https://ico.org.uk/for-organisations/uk-gdpr-guidance-and-resources/personal-information-what-is-it/"
_MIN_DIGITS = 7


def _is_long_number(text: str) -> bool:
    """Whether digits are a number, and not years, a count, a date or the time after a year."""
    groups = re.findall(r"\d+", text)
    if sum(map(len, groups)) < _MIN_DIGITS or re.fullmatch(r"20\d\d\.0\d\d", text):
        return False
    if re.fullmatch(r"\d{1,4}/(?:19|20)\d\d|(?:19|20)\d\d,?\s\d{1,2}\.[0-5]\d", text):
        return False
    if all(re.fullmatch(r"(?:19|20)\d\d", group) for group in groups):
        return False
    if all(len(group) == 1 for group in groups):
        steps = {int(b) - int(a) for a, b in pairwise(groups)}
        return steps != {1}
    return len(groups) == 1 or not is_date_digits(text) or all(len(g) == 2 for g in groups)


_LAST_ROWS = (
    Row(
        "number-solid",
        Entity.NUMBER,
        r"(?<![A-Za-z0-9])[A-Z]{0,6}\d{7,}+[A-Z]{0,6}(?![A-Za-z0-9])",
        _PERSONAL_DATA,
        90,
        7,
        edges="free",
        score=0.6,
    ),
    Row(
        "number-in-word", Entity.NUMBER, r"\d{7,}+", _PERSONAL_DATA, 91, 7, edges="free", score=0.5
    ),
    Row(
        "number-split",
        Entity.NUMBER,
        r"(?<!\d)\d{3,}+(?:[\s\-.]{1,3}\d{3,}+)++",
        _PERSONAL_DATA,
        93,
        7,
        check=_is_long_number,
        edges="free",
        score=0.5,
    ),
    Row(
        "number-grouped",
        Entity.NUMBER,
        r"(?<!\d)\d++(?:[ \t]?[\-./_ ][ \t]?\d++)++",
        _PERSONAL_DATA,
        92,
        7,
        check=_is_long_number,
        edges="free",
        score=0.6,
    ),
)

TABLE: tuple[Row, ...] = (
    *CONTACT_ROWS,
    *MAIL_ROWS,
    *IDENTITY_ROWS,
    *MONEY_ROWS,
    *BIRTH_ROWS,
    *COURT_ROWS,
    *JUSTICE_ROWS,
    *OFFICE_ROWS,
    *KEPT_ROWS,
    *_LAST_ROWS,
)
"""Every recogniser, one row each."""
