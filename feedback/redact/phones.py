"""Telephone numbers: `phonenumbers` knows the plans of the world, this module where one begins.

Numbers that services publish (0300, 0345, 0800, 0808) stay; the range kept free for drama and
examples in 0808 is redacted, since tests use it. Source of the ranges: Ofcom, National Telephone
Numbering Plan, https://www.ofcom.org.uk/phones-and-broadband/phone-numbers/numbering-plan .
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import phonenumbers

from feedback.redact.spans import Candidate
from feedback.schema import Entity

__all__ = ["PhoneRecogniser"]

_RANK_KEPT, _RANK, _RANK_NAMED = 22, 35, 36
"""Published numbers come before what a word near by would make of their digits."""
_MIN_DIGITS = 6
_REGION = "GB"
_SEPARATOR = r"[\s().\-/]{0,3}"
_START = r"(?:\(?\s?\+\s?\(?\d|\(?00|\(?0|7|44)"
_CANDIDATE = re.compile(
    rf"(?<![\w£$€+])(?<!\d[.,/\-]){_START}(?:{_SEPARATOR}\d){{7,15}}"
    rf"(?:\s?(?:ext|extn|extension|x)\.?\s?\d{{1,6}})?(?![A-Za-z])",
    re.IGNORECASE,
)
_EXTENSION = re.compile(r"\s?(?:ext|extn|extension|x)\.?\s?\d{1,6}$", re.IGNORECASE)
_NAMED = re.compile(
    r"\b(?:phone|tel|telephone|mobile|mob|cell|ring|call(?:ed)? me|text me|landline|fax|"
    r"contact(?: number| no)?|"
    r"whats\s?app|my number|(?:the|our|his|her|their) number (?:is|was)|"
    r"ffôn|ffon|symudol)\b[^\d\n\ue000]{0,25}(?<![£$€])"
    r"(?P<value>\d(?:[\s\-]?\d){5,10})(?![\d%:/]|\.\d|\s?(?:pounds|times|minutes|mins|hours|days|weeks))",
    re.IGNORECASE,
)
_PUBLISHED = ("300", "345", "800", "808")
_DRAMA_FREEPHONE = re.compile(r"8081570\d{3}")
_HELPLINE = re.compile(r"(?<![\w£+])(?:0800\s?1111|116\s?\d{3})(?!\s?\d)")
_WITH_LETTERS = re.compile(
    r"(?<![A-Za-z0-9£])(?=[\dO\s.\-]{0,14}O)[O0](?:7[\dO]{3}|[12][\dO]{2,4})(?:[\s.\-]{0,3}[\dO]){5,7}(?![A-Za-z0-9])",
    re.IGNORECASE,
)
"""The letter O for the figure 0."""
_MIN_FIGURES = 7
_UK_LENGTHS = {"0": (11, 10), "44": (12, 11), "440": (13, 12), "0044": (14, 13), "00440": (15, 14)}
_DIGIT = re.compile(r"\d")
_PLAUSIBLE_START = re.compile(r"[(\s]*(?:\d{3,}|0\s?7|7\d|44\s|0\s[12]\s)")


class PhoneRecogniser:
    """Finds telephone numbers of the United Kingdom and, with a country code, of the world."""

    name = "phones"

    def find(self, text: str) -> Iterator[Candidate]:
        """Yield numbers in folded text, and the published ones as what must stay."""
        if len(_DIGIT.findall(text)) < _MIN_DIGITS:
            return
        for match in _HELPLINE.finditer(text):
            yield Candidate(_RANK_KEPT, 0, *match.span(), None, "helpline", 1.0)
        for match in _CANDIDATE.finditer(text):
            yield from _judge(match.group(), match.start())
        for match in _WITH_LETTERS.finditer(text):
            digits = re.sub(r"[oO]", "0", "".join(re.findall(r"[\doO]", match.group())))
            if len(_DIGIT.findall(match.group())) >= _MIN_FIGURES and len(digits) in (10, 11):
                yield Candidate(_RANK, 0, *match.span(), Entity.PHONE, "phone", 0.8)
        for match in _NAMED.finditer(text):
            yield Candidate(_RANK_NAMED, 0, *match.span("value"), Entity.PHONE, "phone-named", 0.8)


def _judge(found: str, start: int) -> Iterator[Candidate]:
    """Yield the longest beginning of ``found`` that is a number."""
    extension = _EXTENSION.search(found)
    number = found[: extension.start()] if extension else found
    for end in _ends(number):
        piece = number[:end].rstrip(" (.-/\t\n")
        national = _national_number(piece)
        if national is None:
            continue
        stop = len(found) if extension and end == len(number) else len(piece)
        if national.startswith(_PUBLISHED) and not _DRAMA_FREEPHONE.fullmatch(national):
            yield Candidate(_RANK_KEPT, 0, start, start + stop, None, "helpline", 1.0)
        else:
            yield Candidate(_RANK, 0, start, start + stop, Entity.PHONE, "phone", 0.95)
        return


def _ends(number: str) -> list[int]:
    """Return where the number may end: whole, or after fewer groups, longest first."""
    ends = [len(number)]
    ends += [match.start() for match in re.finditer(r"(?<=\d)[^\d]+(?=\d)", number)][::-1]
    return ends


def _national_number(piece: str) -> str | None:
    """Return the national number if this is one, None otherwise."""
    digits = "".join(_DIGIT.findall(piece))
    is_international = "+" in piece or digits.startswith("00")
    if is_international and not digits.startswith(("44", "0044")):
        return _foreign_number(digits)
    for prefix in ("00440", "0044", "440", "44", "0"):
        if digits.startswith(prefix) and len(digits) in _UK_LENGTHS[prefix]:
            return _british_number(digits[len(prefix) :], piece)
    if digits.startswith("7") and len(digits) == 10 and not piece.isdigit():
        return _british_number(digits, piece)
    return None


def _foreign_number(digits: str) -> str | None:
    parsed = _parse("+" + digits.removeprefix("00"))
    if parsed is None or not phonenumbers.is_possible_number(parsed):
        return None
    return f"+{parsed.country_code}{parsed.national_number}"


def _british_number(national: str, piece: str) -> str | None:
    """Return the national number when the plan knows it, or when its first group looks dialled."""
    parsed = _parse("0" + national)
    if parsed is None:
        return None
    if phonenumbers.is_valid_number(parsed) and "/" not in piece:
        return national
    is_plausible = national[0] in "12379" or national.startswith("8")
    if "/" in piece and not re.match(r"[+\d]{4,5}/", piece):
        return None
    is_dialled = "+" in piece or _PLAUSIBLE_START.match(piece) is not None
    return national if is_plausible and is_dialled else None


def _parse(number: str) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(number, _REGION)
    except phonenumbers.NumberParseException:
        return None
