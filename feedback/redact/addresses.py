"""Postal addresses: a house or flat with its street, and the town where it follows.

A number and a street is enough; words such as "close", "drive" or "place", which are also common
words, need capitals or an address around them. A town alone is no address.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import chain

from feedback.redact.lexicon import load_places
from feedback.redact.spans import Candidate
from feedback.schema import Entity

__all__ = ["AddressRecogniser"]

_RANK = 50
_SURE = (
    r"street|road|avenue|av|lane|crescent|terrace|mews|grove|boulevard|rd|ave|cres|gdns|stryd|heol|"
    r"ffordd|lôn|lon"
)
_UNSURE = (
    r"close|drive|way|place|court|gardens|garden|park|view|rise|walk|hill|green|row|square|parade|rd|st|ln|cl|dr|"
    r"sq|pl|tce|terr|wharf|quay|mount|bank|end|meadow|meadows|fields|croft|vale|villas|cottages|buildings|estate|"
    r"alley|approach|chase|copse|dell|drove|esplanade|garth|glade|glen|heights|heath|hollow|knoll|leas?|mead|orchard|"
    r"paddocks?|parkway|passage|promenade|ridge|ride|spinney|strand|wynd|wood|woods|brae|causeway|fold|nook|loan|"
    r"head|reach|side|market|cross|bridge|cottage|"
    r"house|lodge|gate|path|common|broadway|circus|yard|crossway|bryn|clos|maes"
)
_FLAT = (
    r"(?:(?:flat|apartment|apt|unit|room|studio|fflat)\s?\.?\s?(?:no\.?\s)?\w{1,5}"
    r"(?:/\w{1,3})?\s?,?\s{1,3})"
)
_NUMBER = (
    r"(?:no\.?\s?|number\s)?\d{1,4}\s?(?:[A-Za-z](?![A-Za-z]))?(?:\s?[\-/]\s?\d{1,4}[A-Za-z]?)?"
)
_WORD = r"(?:[^\W\d_][\w'.\-]{0,20})"
_HOUSE_NOUN = (
    r"(?:cottage|house|farm|farmhouse|lodge|villa|barn|manor|grange|bungalow|forge|mill|rectory|vicarage|court|tower|"
    r"towers|building|buildings|point|heights|mansions|chapel|stables|hall)"
)
_BUILDING = rf"(?:(?:the\s)?(?:{_WORD}\s){{1,3}}{_HOUSE_NOUN}\s?,\s?)"
_ADDRESS = re.compile(
    rf"(?<![\w£$€.,:/\-])(?P<flat>{_FLAT})?(?P<building>{_BUILDING})?"
    rf"(?P<number>{_NUMBER})\s?,?\s(?P<name>(?:{_WORD}\s){{1,4}}?)(?P<type>{_SURE}|{_UNSURE})(?![\w'])(?!\s(?:{_SURE}|st|cl|dr)(?![\w']))\.?"
    r"(?P<side>\s(?:north|south|east|west)\b)?",
    re.IGNORECASE,
)
_FLAT_IN_BUILDING = re.compile(
    rf"(?<!\w)(?P<flat>{_FLAT}){_WORD}(?:\s{_WORD}){{0,2}}?\s{_HOUSE_NOUN}(?!\w)"
    rf"(?:\s?,\s?(?:\d{{1,4}}\s)?(?:{_WORD}\s){{1,3}}?(?:{_SURE}|{_UNSURE})(?![\w']))?",
    re.IGNORECASE,
)
_WELSH = re.compile(
    rf"(?<![\w£$€.,:/\-])(?:{_FLAT})?(?P<number>{_NUMBER})\s?,?\s(?P<type>stryd|heol|ffordd|lôn|lon|clos|maes|bryn|rhodfa|rhes|cilgant|gerddi|pentre|parc)"
    rf"(?:[\s\-]{_WORD}){{1,3}}",
    re.IGNORECASE,
)
_NAMED_HOUSE = re.compile(
    rf"(?<![\w'.\-])(?:{_WORD}\s){{0,2}}[A-Z][\w'\-]{{1,20}}\s(?:Cottage|House|Farm|Farmhouse|Lodge|Villa|Barn|Manor|Grange|Bungalow|Rectory|Vicarage|Mill|Forge|Manse|Croft|Stables|Chapel|Bakery)\s?,\s?"
    rf"(?:[A-Z][\w'\-]{{1,20}}\s){{1,3}}(?:Street|Road|Lane|Avenue|Close|Drive|Way|Hill|Row)\b"
)
_WELSH_HOUSE = re.compile(
    r"(?<!\w)(?:T[ŷy]|Bryn|Plas|Maes|Pen|Llys|Hafod|Cae|Nant|Glan|Llwyn|Cefn)[\s\-][A-Z][\w'\-]{1,20}"
    r"(?:[\s\-][A-Z][\w'\-]{1,20})?\s?,\s?(?:Heol|Ffordd|Stryd|L[oô]n|Rhodfa)[\s\-](?:y[r]?\s)?[A-Z][\w'\-]{1,20}"
)
_DIGIT = re.compile(r"\d")
_HOUSE_LOOK = re.compile(
    r"(?:Cottage|House|Farm|Farmhouse|Lodge|Villa|Barn|Manor|Grange|Bungalow|Rectory|Vicarage|Mill|Forge|Manse|Croft|"
    r"Stables|Chapel|Bakery)\s?,|,\s?(?:Heol|Ffordd|Stryd|L[oô]n|Rhodfa)[\s\-]"
)
"""A cheap first look for what both patterns of named houses hold."""
_ONE_WORD = re.compile(
    rf"(?<![\w£$€.,:/\-]){_NUMBER}\s?,?\s(?P<name>[A-Z][a-z]{{3,20}})(?=\s?[,\n]\s?[A-Za-z])"
)
"""A number, a capital and a town: "9 Kirkgate, Ripon"."""
_THE_STREET = re.compile(
    rf"(?<![\w£$€.,:/\-]){_NUMBER}\s?,?\s[Tt]he\s(?P<name>[A-Za-z][a-z]{{3,20}})(?=\s?[,\n]\s?[A-Za-z])"
)
"""The same with an article: "3 The Oval, Leeds"."""
_FUNCTION_WORDS = frozenset(
    "a about after bedroom bedrooms bed storey again "
    "all am and any are as at away back be because before but by can court "
    "days did do down each "
    "even every for form from get go going got had half has have he hour hours how i if in into "
    "is it its just long "
    "me miles min mins minute minutes month months more mr mrs much my new next no not of off on "
    "one only or other our "
    "out over page pages people per person pm reasons see she sign so some steps still such than "
    "that the their them "
    "then there they this through time times to too try until up us via was way we weeks week "
    "went were what when "
    "which while who will with years year yards yet you your".split()
)
_STREET_ADJECTIVES = frozenset("long new next back well mill each old high".split())
_THE = re.compile(
    r"Avenue|Crescent|Lane|Street|Terrace|Mews|Grove|Close|Green|Drive|Rise|Orchard|Spinney"
)
"""After "The" these are streets: "12 The Avenue"."""
_CUE = re.compile(
    r"(?:live[sd]?|living|i'?\s?a?m\sat|we\sare\sat|address|moved|reside[sd]?|home|based|stay(?:s|ed|ing)?|"
    r"posted|sent|went to|delivered|property|house|flat|cyfeiriad|byw)\b[^.!?\d]{0,30}$",
    re.IGNORECASE,
)
_LIVE_AT = re.compile(
    r"(?<!\w)(?:(?:live[sd]?|living|reside[sd]?|residing|staying|stayed|home\sis)\s(?:now\s|still\s)?(?:at|is)|"
    r"address(?:\s(?:is|was|on\sfile\sis|now))?\s?[:=]?|moved\sto|byw\syn)\s"
    rf"(?P<value>{_NUMBER}\s(?P<name>[^\W\d_][\w'\-]{{2,20}}(?:\s[A-Z][\w'\-]{{2,20}})?))(?=\s?[,.;:)!?\n]|\s|$)",
    re.IGNORECASE,
)
"""A number and a capital are an address where somebody says that they live there."""
_COUNTED = frozenset(
    "bed bedroom bedrooms different mile minute other separate days january february march "
    "april may june july august september october november december jan feb mar apr jun jul aug "
    "sep oct nov dec characters lines fields letters digits boxes places houses addresses".split()
)
_NO_STREETS = frozenset(
    "judge judges usher ushers clerk clerks tribunal tribunals bailiff bailiffs staff solicitor "
    "solicitors barrister claimant claimants defendant defendants applicant respondent appellant "
    "police website service office officer hearing hearings letter letters form forms case cases "
    "claim claims appeal panel magistrate magistrates recorder registrar council landlord tenant "
    "jury juror witness witnesses counsel crown centre department ministry".split()
)
"""Capitals and small words of the courts between a number and a town: "3 The Judge, Leeds"."""
_POSTCODE_NEXT = re.compile(
    r"(?P<towns>(?:\s?[,\n]\s?[^\W\d_][\w'.\- "
    r"]{1,30}?){0,4})[\s,]{1,3}[A-Z]{1,2}\d[A-Z0-9]?\s{0,2}\d[A-Z]{2}\b",
    re.IGNORECASE,
)
_TOWN = re.compile(
    r"\s?[,\n]\s?(?:in\s)?(?P<town>[^\W\d_][\w'\-]{1,20}(?:[ \-](?:[A-Z][\w'\-]{1,20}|upon|on|le|"
    r"under|in|by)){0,4})"
)
_BARE_TOWN = re.compile(r"\s(?:in\s)?(?P<town>[^\W\d_][\w'\-]{1,20}(?:\s[A-Z][\w'\-]{1,20})?)")
_CUE_REACH = 50
_MAX_TOWNS = 3


@cache
def _places() -> frozenset[str]:
    return load_places()


class AddressRecogniser:
    """Finds house or flat with street, and the town that follows."""

    name = "addresses"

    def find(self, text: str) -> Iterator[Candidate]:
        """Yield addresses in folded text."""
        if _DIGIT.search(text) is None and _HOUSE_LOOK.search(text) is None:
            return
        for pattern in (_ADDRESS, _WELSH, _WELSH_HOUSE, _NAMED_HOUSE, _FLAT_IN_BUILDING):
            for match in pattern.finditer(text):
                if _is_address(match, text):
                    yield _candidate(text, match.start(), match.end())
        for match in chain(_ONE_WORD.finditer(text), _THE_STREET.finditer(text)):
            is_street = match["name"].lower() not in _FUNCTION_WORDS | _COUNTED | _NO_STREETS
            if is_street and _is_town_next(text, match.end()):
                yield _candidate(text, match.start(), match.end())
        for match in _LIVE_AT.finditer(text):
            words = match["name"].split()
            if match["name"][0].isupper() and words[0].lower() not in _FUNCTION_WORDS | _COUNTED:
                yield _candidate(text, *match.span("value"))


def _candidate(text: str, start: int, end: int) -> Candidate:
    return Candidate(_RANK, 0, start, _with_towns(text, end), Entity.ADDRESS, "address", 0.85)


def _is_address(match: re.Match[str], text: str) -> bool:
    groups = match.groupdict()
    if groups.get("number") is None:
        return _FUNCTION_WORDS.isdisjoint(match.group().lower().split()[2:-1])
    name = (groups.get("name") or "").split()
    if [word.lower() for word in name] == ["the"]:
        is_written = name[0][0].isupper() and _THE.fullmatch(match["type"]) is not None
        before = text[max(0, match.start() - _CUE_REACH) : match.start()]
        return is_written or _CUE.search(before) is not None
    is_capital = match["type"][0].isupper()
    ordinary = _FUNCTION_WORDS - _STREET_ADJECTIVES if is_capital else _FUNCTION_WORDS
    if any(word.lower().strip(".'") in ordinary for word in name):
        return False
    if groups.get("flat") or re.fullmatch(_SURE, match["type"], re.IGNORECASE):
        return True
    if match["type"][0].isupper() and all(word[0].isupper() for word in name):
        return True
    if re.match(r"n(?:o|umber)\b", match["number"], re.IGNORECASE):
        return True
    if re.search(r"\d[a-z]$", match["number"].strip(), re.IGNORECASE):
        return True
    is_followed = _POSTCODE_NEXT.match(text, match.end()) is not None or _is_town_next(
        text, match.end()
    )
    before = text[max(0, match.start() - _CUE_REACH) : match.start()]
    return is_followed or _CUE.search(before) is not None


def _is_town_next(text: str, end: int) -> bool:
    """Whether a comma and a town of the list follow."""
    town = _TOWN.match(text, end) or _BARE_TOWN.match(text, end)
    return town is not None and (
        town["town"].lower() in _places()
        or re.split(r"[\s\-]", town["town"])[0].lower() in _places()
    )


def _with_towns(text: str, end: int) -> int:
    """Return where the address ends when its town, and what stands before a postcode, are in."""
    followed = _POSTCODE_NEXT.match(text, end)
    if followed is not None:
        return followed.end("towns")
    for _ in range(_MAX_TOWNS):
        town = _TOWN.match(text, end) or _BARE_TOWN.match(text, end)
        if town is None:
            break
        first = re.split(r"[\s\-]", town["town"], maxsplit=1)[0].lower()
        is_listed = first in _places() or town["town"].lower() in _places()
        is_capital = (
            town["town"][0].isupper() and "," in town.group() and first not in _FUNCTION_WORDS
        )
        if not is_listed and not is_capital:
            break
        end = town.end() if is_capital else town.start("town") + len(first)
    return end
