"""Rows for the Public Guardian, companies, the Home Office, and any number named by its word."""

from __future__ import annotations

import re
from itertools import pairwise

from feedback.redact.checks import has_digits, is_card, luhn_valid
from feedback.redact.rows import SLASH_OR_DASH, Row, github
from feedback.schema import Entity

__all__ = ["OFFICE_ROWS"]

_CASE = Entity.CASE_REFERENCE
_ARIA = github("hmcts/ia-case-api")
_LPA = github("ministryofjustice/opg-use-an-lpa")
_OPG = github("ministryofjustice/opg-digideps", "client/app/src/Entity/Client.php")
_COMPANIES = github("UK-Export-Finance/mdm-api", "src/constants/companies.constant.ts")
_FOI = github("ministryofjustice/correspondence_tool_staff", "app/models/case/base.rb")
_HOME_OFFICE = github("UKHomeOffice/return-of-documents")
_ARC = github(
    "ministryofjustice/laa-apply-for-criminal-legal-aid", "app/validators/arc_validator.rb"
)
_CID = github("hmcts/ia-aip-frontend", "app/utils/validations/fields-validations.ts")
_MRN = "https://www.gov.uk/mandatory-reconsideration"
_BRP = github("UKHomeOffice/brp_app")
_NAMED = "https://design-system.service.gov.uk/patterns/confirmation-pages/"
_KEYWORDS = (
    r"case|claim|application|appeal|appl?n|tribunal|petition|divorce|probate|caveat|grant|crime|incident|police|journal|"
    r"mandatory reconsideration|mrn|esa|pip|dla|cms|child maintenance|dwp|universal credit|uc|"
    r"warrant|licen[cs]e|"
    r"docket|file|hearing|order|payment|booking|tracking|confirmation|receipt|transaction|submission|customer|"
    r"mappa|visor|ppud|oasys|yot|tag|cepr|staff|employee|badge|collar|officer|prison(?:er)?|"
    r"inmate|legal aid|"
    r"account|fine|notice|penalty|pcn|summons|requisition|court|achos|cais|hawliad|cyfeirnod|my"
)
_NUMBER_WORDS = r"no|nos|num|number|numbers|ref|refs|reference|id|code|rhif|cyfeirnod|urn|#"
_VALUE = r"(?P<value>[A-Z0-9]{1,12}(?:[/\\\-.][A-Z0-9]{1,12}){0,5})"


def _is_reference(text: str) -> bool:
    """Whether what follows "case number" is one: digits enough, no date, no year, no form."""
    n_digits = sum(map(str.isdigit, text))
    if re.fullmatch(r"[CS]?\d{3,4}[LMNPTX]", text, re.IGNORECASE):
        return False  # a tax code
    if re.fullmatch(r"(?:AADSTS|HTTP|SQLSTATE|ORA|ERR)[\-_]?\d{3,6}", text, re.IGNORECASE):
        return False  # what programs call their errors
    if "/" in text and any(map(str.isalpha, text)) and n_digits == 3:
        return re.fullmatch(r"[A-Z0-9]{2,}(?:/[A-Z0-9]{2,}){2,}", text) is not None
    if n_digits < 4 or re.fullmatch(r"(?:19|20)\d\d(?:[/\-](?:19|20)?\d\d)?", text):
        return False
    if re.fullmatch(r"\d{1,2}[./\-]\d{1,2}[./\-](?:\d{4}|\d{2})|\d{4}-\d\d-\d\d", text):
        return False
    return not text.isdigit() or n_digits >= 5


def _is_printed_code(text: str) -> bool:
    """Whether three groups of four are a code, and not "that they sent" with a number."""
    groups = re.split(r"[\s\-.]+", text)
    n_with_digits = sum(any(map(str.isdigit, group)) for group in groups)
    return n_with_digits > (0 if text.isupper() or len(groups) == 1 else 1)


def _is_no_card(text: str) -> bool:
    """Whether sixteen digits beside "visa" are not the other kind of Visa."""
    return not is_card(text)


_CODE_CHANGES = 4
"""Between letters and digits, in a code of nine signs that nothing else tells from a word."""
_MEASURED = re.compile(
    r"[A-Z]\d\d|\d{1,2}(?:st|nd|rd|th|am|pm|[kmg]b|mm|cm|km|kg|hr|ms|px|[kmhgpxs])", re.IGNORECASE
)
"""Sections, ordinals and measures of three signs."""


def _is_share_code(text: str) -> bool:
    """Whether nine signs, unnamed, are a code: both kinds of sign in each group of three.

    In small letters no group may be a measure or a section, as in "s12 was 3rd 4pm".
    """
    groups = re.split(r"[\s\-]+", text)
    if len(groups) == 1:
        n_changes = sum(one.isdigit() != other.isdigit() for one, other in pairwise(text))
        return text.isupper() and n_changes >= _CODE_CHANGES
    is_mixed = all(
        any(map(str.isdigit, group)) and any(map(str.isalpha, group)) for group in groups
    )
    is_measured = any(map(_MEASURED.fullmatch, groups[1:]))
    return is_mixed and (text.isupper() or not is_measured)


_GUARDIAN_ROWS = (
    Row(
        "lpa",
        _CASE,
        r"7\d{3}(?:[\s\-.]{0,3}\d{4}){2}",
        _LPA,
        25,
        12,
        check=luhn_valid,
        otherwise=Entity.NUMBER,
        edges="bare",
        context=r"lpa|lasting power|power of attorney|deput(?:y|yship)|opg|public guardian|case",
        rescues=True,
    ),
    Row(
        "lpa-dashed",
        _CASE,
        r"(?<!\d\s-\s)7\d{3}\s?-\s?\d{4}\s?-\s?\d{4}(?!\s-\s\d)",
        _LPA,
        24,
        12,
        edges="bare",
    ),
    Row("lpa-new", _CASE, r"M(?:[\s\-.]{0,3}\d{4}){3}", _LPA, 20, 12, needs=("m",)),
    Row(
        "lpa-old",
        _CASE,
        r"[23]\d{6}",
        _LPA,
        30,
        7,
        edges="bare",
        context=r"lpa|lasting power|power of attorney|deput(?:y|yship)|opg|public guardian",
    ),
    Row(
        "lpa-code",
        _CASE,
        r"[VC][\s\-]{1,3}[A-Z0-9]{4}[\s\-]{1,3}[A-Z0-9]{4}[\s\-]{1,3}[A-Z0-9]{4}",
        _LPA,
        20,
        min_digits=1,
        check=_is_printed_code,
    ),
    Row(
        "lpa-code-named",
        _CASE,
        r"(?:[VC][\s\-]{0,3})?[A-Z0-9]{4}[\s\-.]{0,3}[A-Z0-9]{4}[\s\-.]{0,3}[A-Z0-9]{4}",
        _LPA,
        31,
        2,
        check=_is_printed_code,
        context=r"activation (?:key|code)|access code|viewer code",
    ),
    Row(
        "lpa-paper-code",
        _CASE,
        r"P(?:\s?-\s?[A-Z0-9]{4}){3}\s?-\s?[A-Z0-9]{2}",
        _LPA,
        20,
        needs=("p-", "p -"),
    ),
    Row(
        "lpa-draft", _CASE, r"A\d{3}[\s\-.]{0,3}\d{4}[\s\-.]{0,3}\d{4}", _LPA, 20, 11, needs=("a",)
    ),
    Row(
        "court-of-protection",
        _CASE,
        r"\d{7}[0-9T]|\d{10}",
        _OPG,
        30,
        7,
        context=r"cop|court of protection|deput(?:y|yship)|court order",
    ),
    Row(
        "company",
        _CASE,
        r"\d{7,8}|[A-Z]{2}\d{6}|[A-Z]{2}\d{5}[A-Z]|R\d{7}",
        _COMPANIES,
        30,
        5,
        context=r"company (?:no|number|reg(?:istration)?)|companies house",
    ),
    Row(
        "information-request",
        _CASE,
        r"[DR]{0,2}\d{9}",
        _FOI,
        30,
        9,
        context=r"foi|freedom of information|d?sar|subject access|complaints?(?: ref(?:erence)?)?",
    ),
)

_HOME_OFFICE_ROWS = (
    Row(
        "uan",
        _CASE,
        r"\d{4}(?:[\s\-.]{0,3}\d{4}){3}",
        _HOME_OFFICE,
        23,
        16,
        check=_is_no_card,
        edges="bare",
        context=(
            r"uan|unique application|home office|visa (?:application|number|ref(?:erence)?|case)|"
            r"asylum|immigration|ukvi|evisa|settle(?:d|ment)"
        ),
    ),
    Row("gwf", _CASE, r"GWF[\s\-.]{0,3}\d(?:[\s\-.]{0,3}\d){7,8}", _ARIA, 20, 8, needs=("gwf",)),
    Row("home-office", _CASE, r"[A-Z]\d{7}(?:\s?[/\\]\s?\d{1,2})?|[A-Z]\d{9}", _CID, 61, 7),
    Row(
        "home-office-named",
        _CASE,
        r"\d{8,9}(?:\s?[/\\]\s?\d{1,2})?|[A-Z]\s?\d{7}(?:\s?[/\\]\s?\d{1,2})?",
        _CID,
        30,
        7,
        context=(
            r"home office|ho ref(?:erence)?|asylum|visa|immigration|port ref(?:erence)?|cid|ukvi|"
            r"nass|cas|cos"
        ),
    ),
    Row(
        "asylum-card", _CASE, r"[A-Z]{3}\d{2}[/\\\s\-.]{0,3}\d{6}[/\\\s\-.]{0,3}[A-Z]", _ARC, 20, 8
    ),
    Row(
        "residence-permit",
        _CASE,
        r"[A-Z]{2}[X0-9]\d{6}|"
        r"(?!box|fax|fix|fox|hex|max|mix|pax|sex|six|tax|wax)(?-i:[A-Z]{2}X)\s\d{6}",
        _BRP,
        60,
        6,
    ),
    Row(
        "residence-permit-named",
        _CASE,
        r"[A-Z]{2}[X0-9][\s\-.]{0,3}\d{3}[\s\-.]{0,3}\d{3}",
        _BRP,
        30,
        6,
        context=r"brp|residence (?:permit|card)|biometric|permit",
    ),
    Row(
        "share-code",
        _CASE,
        r"[WRS](?=[A-Z\s\-]{0,9}\d)[A-Z0-9]{2}[\s\-]{0,3}[A-Z0-9]{3}[\s\-]{0,3}[A-Z0-9]{3}",
        _BRP,
        30,
        1,
        context=r"share code|e-?visa|right to (?:work|rent)|immigration status",
        check=has_digits(2),
    ),
    Row(
        "share-code-bare",
        _CASE,
        r"[WRS][A-Z0-9]{2}[\s\-]{1,3}[A-Z0-9]{3}[\s\-]{1,3}[A-Z0-9]{3}|"
        r"[WRS](?=[A-Z]{0,8}\d)[A-Z0-9]{8}",
        _BRP,
        64,
        3,
        check=_is_share_code,
        score=0.7,
    ),
    Row(
        "returned-documents",
        _CASE,
        r"ROD[\s\-.]{0,3}\d(?:[\s\-.]{0,3}\d){8}",
        _HOME_OFFICE,
        20,
        9,
        needs=("rod",),
    ),
)

_NAMED_ROWS = (
    Row(
        "unpublished",
        _CASE,
        rf"[A-Z]{{0,4}}\d[A-Z0-9]{{2,15}}"
        rf"(?:(?:[/\\\-]|{SLASH_OR_DASH}(?=[A-Z]{{0,9}}\d))[A-Z0-9]{{1,10}}){{0,3}}|"
        rf"[A-Z]{{1,3}}(?:{SLASH_OR_DASH}[A-Z0-9]{{1,10}}){{1,3}}|"
        rf"[A-Z]{{1,4}}\d{{1,2}}(?!\s?[/\\\-]\s?(?:19|20)\d\d(?!\d))(?:{SLASH_OR_DASH}[A-Z0-9]{{1,10}}){{1,3}}",
        _MRN,
        67,
        4,
        check=_is_reference,
        context=(
            r"universal credit|uc journal|esa|dla|child maintenance|dwp|"
            r"mandatory reconsideration|mrn|cerberus|ukvi|nass|"
            r"(?:cas|cos) (?:no|number|ref(?:erence)?)|sponsor licen[cs]e|ehcp?|"
            r"send tribunal|afcs|mht|mappa|visor|ppud|oasys|"
            r"assetplus|yot|cepr|ems|tag number|atlas"
        ),
        score=0.7,
    ),
    Row(
        "named-reference",
        _CASE,
        rf"(?:(?:{_KEYWORDS})[\s:\-]{{0,2}})?(?:{_NUMBER_WORDS})\b"
        rf"(?:\s?(?:{_NUMBER_WORDS})\b|\s(?:(?:yr?|eich|fy)\s)?(?:achos|cais|hawliad)\b)?"
        rf"\.?(?:\?\s(?:it|mine)\s)?[\s:#=,\-(\[]{{0,3}}(?:(?:is|was|as|being|of|yw)\b[\s:#=\-]{{0,3}})?{_VALUE}",
        _NAMED,
        67,
        4,
        check=_is_reference,
        score=0.8,
    ),
    Row(
        "named-case",
        _CASE,
        rf"(?:case|claim|appeal|application|crime|achos|cais)[\s:#=\-]{{1,3}}(?:(?:is|was)\s)?(?=[A-Z0-9/\-]{{0,40}}\d{{2}})(?=[A-Z0-9/\-]{{0,40}}[A-Z/\-])"
        rf"{_VALUE}",
        _NAMED,
        68,
        4,
        check=_is_reference,
        score=0.7,
    ),
)

OFFICE_ROWS: tuple[Row, ...] = (*_GUARDIAN_ROWS, *_HOME_OFFICE_ROWS, *_NAMED_ROWS)
"""Rows of the pattern table."""
