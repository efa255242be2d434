"""Rows for references of police, criminal courts, prisons, probation and legal aid."""

from __future__ import annotations

import re

from feedback.redact.checks import has_digits, is_date_digits, pnc_letter_valid
from feedback.redact.rows import SLASH_OR_DASH, Row, github
from feedback.redact.short_words import MEASURES, THREE_LETTERS
from feedback.schema import Entity

__all__ = ["JUSTICE_ROWS"]

_CASE = Entity.CASE_REFERENCE
_PNC = r"[A-HJ-NP-RT-Z]"
_CICA = github("CriminalInjuriesCompensationAuthority/q-templates-application")
_URN = github(
    "ministryofjustice/bichard7-next-core", "packages/core/schemas/validatedHearingOutcome.ts"
)
_XHIBIT = github(
    "ministryofjustice/Claim-for-Crown-Court-Defence", "app/validators/base_validator.rb"
)
_LIBRA = github("ministryofjustice/court-case-service")
_CJ_HUB = "https://www.gov.uk/guidance/criminal-justice-system-data-standards-forum-guidance"
_ASN = github("ministryofjustice/bichard7-next-core", "packages/core/lib/Asn.ts")
_PERSON_RECORD = github("ministryofjustice/hmpps-person-record")
_FINES = github("hmcts/opal-frontend-common-ui-lib")
_JUROR = github("hmcts/juror-api")
_PRISON = github("ministryofjustice/hmpps-prisoner-search")
_DELIUS = github("ministryofjustice/hmpps-integration-api")
_LAA_APPLY = github("ministryofjustice/laa-apply-for-legal-aid")
_LAA_CRIME = github("ministryofjustice/laa-submit-crime-forms")
_MAAT = github("ministryofjustice/Claim-for-Crown-Court-Defence", "config/settings.yml")
_PROVIDER = github(
    "ministryofjustice/Claim-for-Crown-Court-Defence", "app/models/supplier_number.rb"
)
_USN = github("ministryofjustice/laa-apply-for-criminal-legal-aid", "config/locales/en/helpers.yml")
_PENALTY = github("hmcts/opal-frontend")


_LINKS = frozenset(
    "am as at be by do go he if in is it me my no of on or pm so to up us we".split()
)
"""Words before a time or a count, in capitals too: "AT 1030"."""


def _is_not_measure(text: str) -> bool:
    """Whether the letters between digits are a court's, and not "100 to 200" or "500mb123"."""
    letters = re.findall(r"[A-Za-z]+", text)[-1]
    if letters.isupper() and text.isalnum():
        return True
    is_year = re.search(r"\s(?:19|20)\d\d\s", text) is not None
    return letters.lower() not in MEASURES and not is_year


def _has_letter_unit(text: str) -> bool:
    """Whether a police reference names its unit with a letter, and not with "to" or "of"."""
    unit = re.match(r"\d{2}[\s/\\\-.]{0,3}(\d[A-Za-z]|[A-Za-z]\w)", text)
    return unit is not None and unit[1].lower() not in MEASURES


def _is_prison_number(text: str) -> bool:
    """Whether letters beside four digits are a number's, and not "in 2024"."""
    letters = "".join(re.findall(r"[A-Za-z]+", text)).lower()
    is_year = re.search(r"(?:19|20)\d\d$", text) is not None
    is_capital = text.isupper() and letters not in _LINKS and not is_year
    return text.isalnum() or letters not in MEASURES or is_capital


def _is_file_number(text: str) -> bool:
    return is_date_digits(re.split(r"\s*[/\\\-]", text)[0])


def _is_apply_code(text: str) -> bool:
    """Whether no group of a legal aid reference is a word, as in "L - the 300"."""
    groups = re.split(r"[\s\-.]+", text[1:].lower())
    return THREE_LETTERS.isdisjoint(groups) and not all(map(str.isdigit, groups[-2:]))


def _is_apply_spaced(text: str) -> bool:
    """Whether groups apart, unnamed, are a code: capitals, and a digit among letters."""
    groups = text.split()[1:]
    is_mixed = any(not (group.isalpha() or group.isdigit()) for group in groups)
    return text.isupper() and is_mixed and _is_apply_code(text)


def _is_crown_case(text: str) -> bool:
    """Whether a letter apart from its year is a case's, and not the word "a" before it."""
    return not text[1].isspace() or text[0] in "BSTU"


def _serial_long(text: str) -> bool:
    """Whether a year/serial/letter is no "24/7a": four digits of serial, or the right letter."""
    return len(re.findall(r"\d", text)) >= 6 or pnc_letter_valid(text.replace("\\", "/"))


_CRIME_ROWS = (
    Row(
        "police-urn",
        _CASE,
        r"\d{2}[\s/\\\-.]{0,3}[A-Z0-9]{2}[\s/\\\-.]{0,3}\d{3,5}[\s/\\\-.]{0,3}\d{2}",
        _URN,
        21,
        8,
        check=_has_letter_unit,
    ),
    Row(
        "police-urn-named",
        _CASE,
        r"\d{2}[\s/\\\-.]{0,3}[A-Z0-9]{2}[\s/\\\-.]{0,3}\d{3,5}[\s/\\\-.]{0,3}\d{2}",
        _URN,
        30,
        7,
        context=r"urn|unique reference|postal requisition|charge sheet|single justice|police",
    ),
    Row(
        "transport-urn",
        _CASE,
        r"T[FV]L\s?(?=[A-Z0-9]{0,8}\d{4})[A-Z0-9]{5,12}",
        _URN,
        20,
        4,
        needs=("tfl", "tvl"),
    ),
    Row(
        "crown-court",
        _CASE,
        r"[ABSTU][\s\-]{0,2}(?:199\d|20\d{2})[\s\-./]{0,3}\d{4}",
        _XHIBIT,
        20,
        8,
        check=_is_crown_case,
        context=r"crown court|indictment|t number|case (?:no|number|ref(?:erence)?)",
        rescues=True,
    ),
    Row(
        "libra",
        _CASE,
        r"[0-3]\d{9}",
        _LIBRA,
        29,
        10,
        edges="bare",
        context=r"libra|magistrates'?|court case|case (?:no|number)|court (?:no|number|ref)",
    ),
    Row(
        "pnc-court-case",
        _CASE,
        rf"\d{{2}}{SLASH_OR_DASH}\d{{4}}{SLASH_OR_DASH}\d{{1,6}}{_PNC}",
        _CJ_HUB,
        19,
        7,
        needs=("/", "\\", "-"),
    ),
    Row(
        "arrest-summons",
        _CASE,
        rf"\d{{2}}[/\\\s\-.]{{1,3}}[A-Z0-9]{{4,5}}[/\\\s\-.]{{1,3}}[A-Z0-9]{{2}}[/\\\s\-.]{{1,3}}\d{{1,11}}{_PNC}",
        _ASN,
        19,
        7,
    ),
    Row(
        "arrest-summons-solid",
        _CASE,
        rf"\d{{2}}[A-Z0-9]{{4,5}}[A-Z0-9]{{2}}\d{{11}}{_PNC}",
        _ASN,
        19,
        15,
    ),
    Row(
        "pnc",
        _CASE,
        rf"(?:(?:19|20)\d{{2}}|\d{{2}}){SLASH_OR_DASH}\d{{1,7}}{_PNC}",
        _PERSON_RECORD,
        22,
        3,
        needs=("/", "\\", "-"),
        check=_serial_long,
        context=r"pnc|police national computer|police",
        rescues=True,
    ),
    Row(
        "pnc-solid",
        _CASE,
        rf"(?:(?:19|20)\d{{2}}|\d{{2}})\d{{5,7}}{_PNC}",
        _PERSON_RECORD,
        30,
        7,
        context=r"pnc|police",
    ),
    Row("pnc-solid-long", _CASE, rf"(?:19|20)\d{{9}}{_PNC}", _PERSON_RECORD, 60, 11, score=0.8),
    Row(
        "cro",
        _CASE,
        rf"\d{{1,6}}{SLASH_OR_DASH}\d{{2}}{_PNC}",
        _PERSON_RECORD,
        23,
        3,
        needs=("/", "\\", "-"),
        check=has_digits(6),
        context=r"cro|criminal record",
        rescues=True,
    ),
    Row(
        "cro-sf",
        _CASE,
        rf"SF\s?\d{{2}}{SLASH_OR_DASH}\d{{1,6}}{_PNC}",
        _PERSON_RECORD,
        20,
        3,
        needs=("sf",),
    ),
    Row("fine-account", _CASE, r"\d{8}[A-Z]", _FINES, 60, 8, score=0.8),
    Row(
        "fine-account-named",
        _CASE,
        r"\d{4}[\s\-.]{0,3}\d{4}(?:[A-Z]|[\s\-.]{1,3}(?-i:[B-HJ-Z]))?",
        _FINES,
        32,
        5,
        check=has_digits(8),
        edges="bare",
        context=r"fines?(?: account)?|division|collection order|notice of fine",
        rescues=False,
    ),
    Row(
        "fixed-penalty",
        _CASE,
        r"\d{4}(?:[\s\-]?\d{4}){3}|[A-Z]{1,4}\d{5,9}",
        _PENALTY,
        23,
        5,
        context=r"fixed penalty|penalty (?:notice|charge)|pcn|fpn|notice to owner|nto",
    ),
    Row(
        "juror",
        _CASE,
        r"\d(?:[\s\-.]{0,3}\d){8}",
        _JUROR,
        30,
        9,
        edges="bare",
        context=r"jurors?|jury|summons|pool(?: number)?|rheithgor",
    ),
    Row(
        "crime-number",
        _CASE,
        rf"(?:CAD|log)[\s\-.:]{{0,3}}(?:no\.?|number)?\s?\d{{1,6}}(?:{SLASH_OR_DASH}\d{{1,2}}[A-Z]{{3}}\d{{2,4}})?",
        _CICA,
        31,
        3,
        needs=("cad", "log"),
        context=r"police|crime|officer|101|999|reported|incident",
    ),
)

_CUSTODY_ROWS = (
    Row(
        "prison-number",
        _CASE,
        r"[A-Z][\s\-.]{0,3}\d{4}[\s\-.]{0,3}[A-Z]{2}",
        _PRISON,
        21,
        4,
        check=_is_not_measure,
    ),
    Row(
        "prison-number-old",
        _CASE,
        r"[A-Z]{2}[\s\-]{0,3}\d{4}|\d{5}[\s\-]{0,3}[A-Z]|\d{7}",
        _PRISON,
        30,
        4,
        check=_is_prison_number,
        context=r"prison(?:er)?(?: number)?|hmp|book(?:ing)?(?: number| id)?|inmate",
    ),
    Row("probation", _CASE, r"[A-Z]\d{6}", _DELIUS, 67, 6, score=0.8),
    Row(
        "probation-named",
        _CASE,
        r"[A-Z]{1,2}[\s\-.]{0,3}\d{6}",
        _DELIUS,
        29,
        6,
        context=r"crn|probation|delius|offender",
    ),
)

_LEGAL_AID_ROWS = (
    Row(
        "legal-aid-apply",
        _CASE,
        r"L\s?-\s?(?=[A-Z\s\-]{0,6}\d)[A-Z0-9]{3}[\s\-]{0,3}[A-Z0-9]{3}|"
        r"L-[A-Z0-9]{3}-[A-Z0-9]{3}",
        _LAA_APPLY,
        20,
        needs=("l-", "l -"),
        check=_is_apply_code,
    ),
    Row(
        "legal-aid-apply-named",
        _CASE,
        r"L[\s\-.]{0,3}(?=[A-Z\s\-]{0,8}\d)[A-Z0-9]{3}[\s\-.]{0,3}[A-Z0-9]{3}",
        _LAA_APPLY,
        30,
        1,
        check=_is_apply_code,
        context=r"legal aid|laa|apply",
    ),
    Row(
        "legal-aid-apply-spaced",
        _CASE,
        r"L\s(?=[A-Z\s]{0,6}\d)[A-Z0-9]{3}\s[A-Z0-9]{3}",
        _LAA_APPLY,
        64,
        1,
        check=_is_apply_spaced,
        score=0.7,
    ),
    Row(
        "legal-aid-crime",
        _CASE,
        r"LAA[\s\-.]{0,3}(?=[A-Z]{0,5}\d)[A-Z0-9]{6}|LAA-[A-Z0-9]{6}",
        _LAA_CRIME,
        20,
        needs=("laa",),
    ),
    Row(
        "maat",
        _CASE,
        r"[2-9]\d{5,8}|[2-9]\d{2}[\s\-.]{1,3}\d{4}",
        _MAAT,
        30,
        6,
        edges="bare",
        context=r"maat|rep(?:resentation)? order|usn|crm14|legal aid",
    ),
    Row(
        "usn",
        _CASE,
        r"\d{4,12}",
        _USN,
        30,
        4,
        edges="bare",
        check=has_digits(5),
        context=r"usn|unique submission",
    ),
    Row("ccms", _CASE, r"[13]\d{11}", _LAA_APPLY, 40, 12, edges="bare", score=0.8),
    Row(
        "file-number",
        _CASE,
        rf"[0-3]\d[01]\d{{3}}{SLASH_OR_DASH}\d{{3}}",
        _LAA_CRIME,
        20,
        9,
        needs=("/", "\\", "-"),
        check=_is_file_number,
        otherwise=Entity.NUMBER,
    ),
    Row(
        "provider",
        _CASE,
        r"\d[A-Z]\d{3}[A-Z]",
        _PROVIDER,
        30,
        4,
        context=r"provider|supplier|account number|legal aid",
    ),
)

JUSTICE_ROWS: tuple[Row, ...] = (*_CRIME_ROWS, *_CUSTODY_ROWS, *_LEGAL_AID_ROWS)
"""Rows of the pattern table."""
