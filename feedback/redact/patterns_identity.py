"""Rows for numbers that name a person: insurance, health, passport, licence, plate, postcode."""

from __future__ import annotations

import re

from feedback.redact.checks import is_date_digits, is_nhs_number, is_nino_prefix
from feedback.redact.lexicon import COMMON, load_lexicon
from feedback.redact.patterns_kept import FORM_PREFIXES
from feedback.redact.rows import DASH_OR_SPACE, Row, github
from feedback.redact.short_words import THREE_LETTERS, TWO_LETTERS
from feedback.schema import Entity

__all__ = ["IDENTITY_ROWS"]

_GAP = DASH_OR_SPACE
_NINO_GAP = r"[\s\-./_,]{0,3}"
_NINO = rf"(?:[A-Z]{{2}}{_NINO_GAP}(?:\d{_NINO_GAP}){{6}}[A-D]|[A-Z]\s[A-Z](?:\s\d){{6}}\s[A-D])"
_NINO_WORDS = (
    r"n\.?i\.?(?:no)?|nino|national insurance|nat(?:ional)?\.? ins(?:urance)?|nin|"
    r"insurance (?:no|number)|yswiriant gwladol"
)
_NIM = "https://www.gov.uk/hmrc-internal-manuals/national-insurance-manual/nim39110"
_PLATES = github("ZionFox/DVLARegCheck", "README.md")
_SUPPLIERS = "https://www.gov.uk/number-plate-supplier"
_POSTCODE = github(
    "hmcts/civil-sdt", "producers/src/main/resources/SoapUI/SDT-Endpoint-soapui-project.xml"
)
_AREAS = frozenset(
    "AB AL B BA BB BD BH BL BN BR BS BT BX CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT "
    "DY E EC EH EN "
    "EX FK FY G GL GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L LA LD LE LL LN LS "
    "LU M ME MK ML N "
    "NE NG NN NP NR NW OL OX PA PE PH PL PO PR RG RH RM S SA SE SG SK SL SM SN SO SP SR SS ST SW "
    "SY TA TD TF TN "
    "TQ TR TS TW UB W WA WC WD WF WN WR WS WV YO ZE ZZ".split()
)
_POSTCODE_SIGNS = 7
_ORDINAL_ENDINGS = frozenset(("st", "nd", "rd", "th"))
_ORDINAL = re.compile(r"(?:1st|2nd|3rd|[04-9]th)$")
_PLATE_WITH_O = re.compile(r"[A-Z]{2}\d{2}[A-Z]{3}|[A-Z]\d{3}[\s\-.]{0,3}[A-Z]{3}", re.IGNORECASE)
_CURRENT_PLATE = re.compile(r"[A-Z]{2}[\dOI]{2}[\s\-]{0,3}[A-Z]{3}", re.IGNORECASE)
_OLD_SOLID = re.compile(r"[A-Z]\d{2,3}[A-Z]{3}|[A-Z]{3}\d{3}[A-Z]", re.IGNORECASE)
_OLD_SPACED = re.compile(r"[A-Z]\d{1,3}[\s\-]{1,3}[A-Z]{3}")
_SUFFIX_SPACED = re.compile(r"[A-Z]{3}[\s\-]{1,3}\d{3}[A-Z]")
_OLD_PLATE_DIGITS = 3
_PLATE_SIGNS = 3
"""The shortest plate that is no room or tax code, as 3B and 0T are."""
_UNITS = frozenset(
    "am cm ft gb kb kg km mb mg ml mm pc pm px to "
    "bhp cms dpi gsm hrs kms kph ltr mbs min mins mph pcm ppi pts rpm sec secs yds yrs".split()
)
_COURT_LETTERS = frozenset(
    "bay bbc bus ccj cmc cms cps dfa dla dvd fpn frc fdr hmc hmp hwf iva jsa lpa mot mps msp "
    "nto npc pcn pcs pnc sjp sms spp ssp ucp usb utr vat vpn xml".split()
)
"""Short forms of everyday feedback, which a road or a form's number may stand before."""
_ONLY_PREFIXES = frozenset(("la", "ma", "lo", "re", "ya", "pa"))
"""Words of two letters that seldom open an English phrase."""


def _is_postcode(text: str) -> bool:
    """Whether the area exists, or the shape is written so carefully that it is meant as one."""
    if _ORDINAL.search(text) or (text[-3] in "oO" and _PLATE_WITH_O.fullmatch(text)):
        return False
    if re.search(r"[._]", text) and not text.isupper():
        return False
    if text[-3:].lower() in THREE_LETTERS:  # "EX50 old": O for the figure 0, and a word
        return False
    area = re.match(r"[A-Za-z]+", text)
    is_known = area is not None and area.group().upper() in _AREAS
    head = re.match(r"([A-Z]0|0[LX])\d[A-Z0-9]?(?![A-Z0-9]{4})", text.upper())
    is_known = is_known or (head is not None and head[1].replace("0", "O") in _AREAS)
    if len(re.sub(r"[\s\-._]", "", text)) > _POSTCODE_SIGNS:
        return False
    has_gap = " " in text or "\n" in text
    if not is_known:
        return has_gap and text.isupper()
    return text[-2:].upper().isalpha() and (
        not set(text[-2:].upper()) & set("CIKMOV") or text.isupper() or text[:2].upper() == "ZZ"
    )


def _is_named_postcode(text: str) -> bool:
    """Whether single signs beside "postcode" spell one: a known area, and no word."""
    area = re.match(r"[A-Za-z]+", re.sub(r"[\s\-.]", "", text).upper().replace("I", "1"))
    words = {word.lower() for word in re.findall(r"[A-Za-z]{2,}", text)}
    is_area = area is not None and area.group().upper() in _AREAS
    return is_area and words.isdisjoint(TWO_LETTERS) and _ORDINAL.search(text) is None


def _is_word(text: str) -> bool:
    """Whether three letters are a word of everyday feedback."""
    return text.lower() in THREE_LETTERS or bool(load_lexicon().get(text.lower(), 0) & COMMON)


def _is_plate(text: str) -> bool:
    """Whether a current plate's shape is a plate and not the beginning of a sentence."""
    first, last = text[:2], text[-3:]
    is_split = not text[2].isalnum()
    if (is_split or not text[2:4].isdigit()) and not text.isupper():
        return False
    if is_split and first.lower() in TWO_LETTERS:
        return False
    if last.lower() in THREE_LETTERS:
        return False
    if text.isupper() or text.isalnum():
        return text.isupper() or first.lower() not in TWO_LETTERS
    return first.lower() not in TWO_LETTERS and not _is_word(last)


def _is_named_plate(text: str) -> bool:
    """Whether what stands beside "registration" is a plate and not the next words."""
    words = {word.lower() for word in re.findall(r"[A-Za-z]+", text)}
    if sum(map(str.isalnum, text)) < _PLATE_SIGNS:
        return False
    if _OLD_SOLID.fullmatch(text) or _OLD_SPACED.fullmatch(text):
        return True
    if _SUFFIX_SPACED.fullmatch(text):
        return True
    if re.search(r"\s(?:19\d|20[0-4])\d$", text):
        return False
    if text[0].isdigit() and words & _UNITS:
        return False
    if re.match(r"\d(?!\d)", text) and not text.isupper():
        return False
    if _CURRENT_PLATE.fullmatch(text):
        is_phrase = text[:2].lower() in TWO_LETTERS and text[-3:].lower() in THREE_LETTERS
        return text.isupper() or not is_phrase
    return words.isdisjoint(THREE_LETTERS | TWO_LETTERS | _ORDINAL_ENDINGS)


def _is_old_plate(text: str) -> bool:
    """Whether an older shape, which many codes share, is a plate: three digits, capitals or solid.

    A form's number runs on into no plate's letters, and a plate's letters are no word.
    """
    n_digits = sum(map(str.isdigit, text))
    if text.isalnum():
        head = re.match(r"[A-Za-z]+\d+", text)
        is_form = head is not None and FORM_PREFIXES.fullmatch(head.group()) is not None
        return n_digits == _OLD_PLATE_DIGITS and not (
            is_form and text[-3:].lower() in THREE_LETTERS
        )
    letters = (word.lower() for word in re.findall(r"[A-Za-z]+", text))
    is_suffix = text[:3].isalpha() and n_digits >= _OLD_PLATE_DIGITS - 1
    is_long = n_digits == _OLD_PLATE_DIGITS or is_suffix
    if text.islower():
        has_word = any(map(_is_word, re.findall(r"[a-z]{3}", text)))
        return n_digits == _OLD_PLATE_DIGITS and not has_word
    return text.isupper() and is_long and THREE_LETTERS.isdisjoint(letters)


def _is_short_plate(text: str) -> bool:
    """Whether one or two digits and letters apart are a plate: capitals that are no word."""
    letters = re.findall(r"[a-z]{3}", text.lower())[0]
    return text.isupper() and not _is_word(letters) and letters not in _COURT_LETTERS


def _is_second_plate(text: str) -> bool:
    """Whether what follows "AB12 XYZ and" is a plate too, and no word stands in it."""
    letters = re.findall(r"[a-z]{3}", text.lower())
    return _is_named_plate(text) and THREE_LETTERS.isdisjoint(letters)


def _is_nino(text: str) -> bool:
    """Whether the prefix is issued and the words "on 123456 a ..." are not meant."""
    is_phrase = text[:2].lower() in TWO_LETTERS and re.search(r"\s[a-d]$", text) is not None
    return is_nino_prefix(text) and not (is_phrase and text[:2] not in _ONLY_PREFIXES)


def _is_unfinished_nino(text: str) -> bool:
    """Whether letters and six digits are a number without its end, and not "on 2021-04"."""
    is_word = text[:2] in TWO_LETTERS and not text[2].isdigit()
    return not is_word and re.search(r"\d{4}-\d\d$", text) is None


def _is_no_date(text: str) -> bool:
    return not (is_date_digits(text) or re.fullmatch(r"\d\d?[.\-]\d\d?[.\-](?:\d{4}|\d\d)", text))


def _is_nino_shape(text: str) -> bool:
    return not (" " in text and text[:2].lower() in TWO_LETTERS)


IDENTITY_ROWS: tuple[Row, ...] = (
    Row("nino", Entity.NINO, _NINO, _NIM, 18, 6, check=_is_nino, score=0.98),
    Row("nino-named", Entity.NINO, _NINO, _NIM, 19, 6, context=_NINO_WORDS),
    Row("nino-not-issued", Entity.NUMBER, _NINO, _NIM, 21, 6, check=_is_nino_shape, score=0.7),
    Row(
        "nino-unfinished",
        Entity.NINO,
        rf"[A-Z]{{2}}{_GAP}(?:\d{_GAP}){{5}}\d(?:{_GAP}[A-HJ-Z](?![\w']))?",
        _NIM,
        30,
        6,
        check=_is_unfinished_nino,
        context=_NINO_WORDS,
    ),
    Row(
        "nino-temporary",
        Entity.NINO,
        rf"TN{_GAP}\d{{2}}{_GAP}\d{{2}}{_GAP}\d{{2}}{_GAP}[MF]",
        _NIM,
        20,
        6,
        needs=("tn",),
    ),
    Row(
        "nhs-grouped",
        Entity.NHS_NUMBER,
        r"\d{3}[\s\-.]{1,3}\d{3}[\s\-.]{1,3}\d{4}",
        github("arthurdejong/python-stdnum", "stdnum/gb/nhs.py"),
        40,
        10,
        check=is_nhs_number,
        otherwise=Entity.NUMBER,
        edges="bare",
    ),
    Row(
        "nhs-solid",
        Entity.NHS_NUMBER,
        r"\d{10}",
        github("arthurdejong/python-stdnum", "stdnum/gb/nhs.py"),
        41,
        10,
        check=is_nhs_number,
        otherwise=Entity.NUMBER,
        edges="bare",
        score=0.7,
    ),
    Row(
        "nhs-named",
        Entity.NHS_NUMBER,
        rf"(?<!\(0\))(?<!\(0\)\s)(?:\d{_GAP}){{9}}\d",
        github("arthurdejong/python-stdnum", "stdnum/gb/nhs.py"),
        30,
        10,
        check=is_nhs_number,
        otherwise=Entity.NUMBER,
        edges="bare",
        context=r"nhs|chi(?: number| no)?|h\s?&\s?c|health and care|hospital number|patient|gig",
    ),
    Row(
        "passport",
        Entity.PASSPORT,
        rf"(?!(?:is|no|my|in|of|to|it|as|on|an|(?-i:a))\s)"
        rf"(?:\d(?:{_GAP}\d){{8}}|[A-Z]{_GAP}\d{{6,8}}|\d{{6}}{_GAP}[A-Z]|[A-Z]{{2}}{_GAP}\d{{6,7}}|"
        r"(?=(?:[A-Z]{0,3}\d){6})[A-Z0-9]{9})",
        "https://www.gov.uk/government/publications/basic-passport-checks",
        30,
        6,
        context=r"passports?(?:\s(?:no|number))?|pasbort",
    ),
    Row(
        "driving-licence",
        Entity.DRIVING_LICENCE,
        rf"[A-Z][A-Z9]{{4}}{_GAP}\d[0156]\d[0-3]\d\d{_GAP}[A-Z9]{{2}}[A-HJ-NPR-X2-9][A-Z]{{2}}(?:{_GAP}\d{{2}})?",
        github("govuk-one-login/ipv-cri-dl-front", "src/app/driving-licence/fields.js"),
        15,
        6,
        score=0.98,
    ),
    Row(
        "driving-licence-named",
        Entity.DRIVING_LICENCE,
        rf"\d(?:{_GAP}\d){{7}}|[A-Z][A-Z9]{{4}}{_GAP}\d{{6}}{_GAP}[A-Z0-9]{{3,7}}",
        github("govuk-one-login/ipv-cri-dl-front", "src/app/driving-licence/fields.js"),
        30,
        6,
        check=_is_no_date,
        context=r"dva|dvla|driving licen[cs]e|driver number|licen[cs]e (?:no|number)|trwydded yrru",
    ),
    Row(
        "plate-current",
        Entity.VEHICLE_REGISTRATION,
        r"[A-HJ-PR-Y]{2}[\s\-.]{0,3}(?:(?!00|01|50)\d{2}|[1-9][OI]|[OI][1-9])[\s\-.]{0,3}[A-HJ-PR-Z]{3}",
        _PLATES,
        46,
        1,
        check=_is_plate,
    ),
    Row(
        "plate-prefix",
        Entity.VEHICLE_REGISTRATION,
        r"[A-HJ-NP-TV-Y](?:\s(?=\d{3}))?[1-9]\d{0,2}[\s\-.]{0,3}[A-HJ-PR-Y]{3}",
        _PLATES,
        47,
        3,
        check=_is_old_plate,
    ),
    Row(
        "plate-northern",
        Entity.VEHICLE_REGISTRATION,
        r"(?:[A-HJ-Y][A-Z]Z|[A-HJ-Y]I[A-Z])[\s\-]{0,2}(?!19|20)[1-9]\d{3}",
        _PLATES,
        68,
        4,
        check=str.isupper,
        score=0.7,
    ),
    Row(
        "plate-suffix",
        Entity.VEHICLE_REGISTRATION,
        r"[A-HJ-PR-Y]{3}[\s\-.]{0,3}[1-9]\d{0,2}[A-HJ-NPR-TV-Y]",
        _PLATES,
        47,
        2,
        check=_is_old_plate,
    ),
    Row(
        "plate-named",
        Entity.VEHICLE_REGISTRATION,
        r"(?!(?:is|was|no|my|the|and|for|on|of|to|as|in|at|it|reg|car|van|by)\s)"
        r"(?<!\d[.,])(?<!court\s)(?<!room\s)(?<!floor\s)(?<!code\s)"
        r"(?!(?:(?<=\bthe\s)|(?<=\boff\s)|(?<=\bvia\s)|(?<=\bon\s))[ABM]\d{1,4}(?![A-Z0-9]))"
        r"(?=[A-Z0-9]{1,4}[\s\-]{0,3}[A-Z0-9]{1,4}(?:[\s\-]{1,3}[A-Z]{3})?(?![A-Z0-9]))"
        r"(?:[A-Z]{2}[\s\-]{0,3}(?:\d{2}|\d[OI]|[OI]\d)[\s\-]{0,3}[A-Z]{3}|[A-Z]\d{1,3}[\s\-]{0,3}[A-Z]{3}|"
        r"[A-Z]{3}[\s\-]{0,3}\d{1,3}[A-Z]|[A-Z]{1,3}[\s\-]{0,3}\d{2,4}|\d{1,4}[\s\-]{0,3}[A-Z]{1,3})",
        _PLATES,
        31,
        1,
        check=_is_named_plate,
        context=r"reg(?:istration)?(?:\s(?:no|number|mark))?|number plate|plate|vrm|vrn|"
        r"rhif cofrestru|(?:car|van|vehicle|bike|lorry)(?:\s(?:is|was))?",
    ),
    Row(
        "plate-short",
        Entity.VEHICLE_REGISTRATION,
        r"(?<!\bthe\s)[A-HJ-NP-TV-Y]\d{1,2}[\s\-]{1,3}[A-HJ-PR-Y]{3}|[A-HJ-PR-Y]{3}[\s\-]{1,3}\d{1,2}[A-HJ-NPR-TV-Y]",
        _PLATES,
        48,
        1,
        check=_is_short_plate,
        context=r"ticket|tickets|parked|parking|fine|driv(?:e|er|ing)|drove|insur(?:ed|ance)|m\.?o\.?t|"
        r"speeding|camera|clamped|towed|taxed|untaxed|sold|sorn|dvla|motorbike|motor|vehicles?|cars?|van|"
        r"bike|plates?|keeper|scrapped",
        score=0.7,
    ),
    Row(
        "plate-second",
        Entity.VEHICLE_REGISTRATION,
        r"(?:[A-Z]{2}\d\d\s?[A-Z]{3}|(?-i:[A-Z]\d{2,3}[\s\-]?[A-Z]{3}|[A-Z]{3}[\s\-]?\d{2,3}[A-Z]))"
        r"(?:\s(?:and|or|not|&)\s|,\s)"
        r"(?P<value>[A-Z]{2}\d\d\s?[A-Z]{3}|[A-Z]\d{1,3}[\s\-]?[A-Z]{3}|[A-Z]{3}[\s\-]?\d{1,3}[A-Z])",
        _PLATES,
        48,
        3,
        needs=(" and ", " or ", " not ", " & ", ", "),
        check=_is_second_plate,
        score=0.7,
    ),
    Row(
        "v5c",
        Entity.NUMBER,
        r"\d{11}|\d{4}[\s\-.]{1,3}\d{3}[\s\-.]{1,3}\d{4}",
        _SUPPLIERS,
        30,
        11,
        context=r"v5c?|log\s?book",
        edges="bare",
    ),
    Row(
        "postcode",
        Entity.POSTCODE,
        r"(?:[A-Z]{1,2}|0[LX])\d[A-Z0-9]{0,2}[\s\-._]{0,3}[0-9O][A-Z]{2}",
        _POSTCODE,
        45,
        1,
        check=_is_postcode,
        context=r"post\s?code|cod post|zip(?: code)?",
        rescues=True,
    ),
    Row(
        "postcode-named",
        Entity.POSTCODE,
        rf"[A-Z](?:{_GAP}[A-Z])?{_GAP}[\dIO](?:{_GAP}[A-Z\d])?{_GAP}[\dO]{_GAP}[A-Z]{_GAP}[A-Z]",
        _POSTCODE,
        44,
        1,
        check=_is_named_postcode,
        context=r"post\s?code|cod post|zip(?: code)?",
    ),
    Row(
        "postcode-special",
        Entity.POSTCODE,
        r"GIR\s?0AA|BFPO[\s\-.]{0,3}\d{1,4}",
        _POSTCODE,
        45,
        1,
        needs=("gir", "bfpo"),
    ),
)
"""Rows of the pattern table."""
