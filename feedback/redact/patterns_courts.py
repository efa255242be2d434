"""Rows for references of the civil, family and probate courts and of the tribunals."""

from __future__ import annotations

import re

from feedback.redact.checks import is_case_id
from feedback.redact.rows import SLASH, SLASH_OR_DASH, Row, github
from feedback.redact.short_words import MEASURES, THREE_LETTERS
from feedback.schema import Entity

__all__ = ["COURT_ROWS"]

_CASE = Entity.CASE_REFERENCE
_GROUP = r"[\s\-.]{0,3}"
_CASE_WORDS = (
    r"case|claim|ref(?:erence)?s?|application|appeal|court|tribunal|ccd|hmcts|online case|"
    r"divorce|probate|"
    r"achos|cais|cyfeirnod"
)
_MONTHS = frozenset(
    "jan feb mar apr may jun jul aug sep sept oct nov dec mon tue wed thu fri sat sun".split()
)
_CCD = github("hmcts/sscs-tribunals-case-api")  # CcdIdGenerator.java
_CASEMAN = github(
    "hmcts/poss",
    ".business_context/SUPS-Caseman/app/client/src/main/webapp/common/CaseManValidationHelper.js",
)
_OCMC = github("hmcts/cmc-claim-store", "src/main/resources/db/migration")
_HWF = github("hmcts/hwf-staffapp", "app/services/hwf_reference_generator.rb")
_PAYMENTS = github("hmcts/prl-cos-api", "pacts/prl_cos-payment_api.json")
_FAMILYMAN = github("hmcts/fpl-ccd-configuration")
_PROBATE = github(
    "hmcts/probate-back-office",
    "src/main/java/uk/gov/hmcts/probate/validator/UniqueCodeValidationRule.java",
)
_HIGH_COURT = "https://www.judiciary.uk/courts-and-tribunals/high-court/"
_ETHOS = github("hmcts/et-common")
_ACAS = github(
    "hmcts/et-sya-frontend", "src/main/resources/locales/en/translation/acas-cert-num.json"
)
_EAT = "https://www.gov.uk/employment-appeal-tribunal-decisions"
_GAPS = github("hmcts/sscs-common")
_ARIA = github("hmcts/ia-case-api")
_ASYLUM_SUPPORT = github("hmcts/ia-aip-frontend", "locale/en.json")
_UPPER = "https://www.gov.uk/administrative-appeals-tribunal-decisions"
_PROPERTY = "https://www.gov.uk/residential-property-tribunal-decisions"
_TAX = github("ministryofjustice/tax-tribunals-datacapture")
_CICA = github("CriminalInjuriesCompensationAuthority/tempus-broker")
_IBCA = github("hmcts/sscs-submit-your-appeal", "utils/regex.js")


def _is_not_measure(text: str) -> bool:
    """Whether the letters between digits are a court's, and not "100 to 200" or "500mb123"."""
    letters = re.findall(r"[A-Za-z]+", text)[-1]
    is_careful = letters.isupper() and text.isalnum()
    return is_careful or letters.lower() not in MEASURES


def _has_no_dash(text: str) -> bool:
    return "-" not in text


def _is_not_calendar(text: str) -> bool:
    return re.split(r"[^A-Za-z]", text, maxsplit=1)[0].lower() not in _MONTHS


def _fee_code(text: str) -> bool:
    """Whether what follows HWF is a code and not words: a dash, a digit, or letters in capitals."""
    groups = re.split(r"[\s\-.]+", text)[1:]
    is_code = text.isupper() and THREE_LETTERS.isdisjoint(map(str.lower, groups))
    return "-" in text or any(map(str.isdigit, text)) or is_code


COURT_ROWS: tuple[Row, ...] = (
    Row(
        "case-id",
        _CASE,
        rf"1[4-9]\d{{2}}(?:{_GROUP}\d{{4}}){{3}}",
        _CCD,
        24,
        16,
        check=is_case_id,
        otherwise=Entity.NUMBER,
        context=_CASE_WORDS,
        rescues=True,
        edges="bare",
        score=0.98,
    ),
    Row(
        "case-id-marked",
        _CASE,
        rf"(?<=#)1[4-9]\d{{2}}(?:{_GROUP}\d{{4}}){{3}}",
        _CCD,
        23,
        16,
        needs=("#",),
    ),
    Row(
        "payment-reference",
        _CASE,
        r"RC[\s\-.]{0,3}\d{4}(?:[\s\-.]{0,3}\d{4}){3}",
        _PAYMENTS,
        20,
        16,
        needs=("rc",),
        score=0.98,
    ),
    Row(
        "claim",
        _CASE,
        r"[A-HJ-NP-Z0-9]\d{2}[\s\-.]{0,3}[A-Z]{2}[\s\-.]{0,3}\d{3}",
        _CASEMAN,
        20,
        5,
        check=_is_not_measure,
    ),
    Row("claim-2004", _CASE, r"\d[A-Z]{2}[\s\-]{0,3}\d{5}", _CASEMAN, 20, 6, check=_is_not_measure),
    Row("claim-1994", _CASE, r"[A-Z]{2}\d{6}", _CASEMAN, 67, 6, score=0.7),
    Row("claim-ocmc", _CASE, r"\d{3}[\s\-.]{0,3}[MDL][CR][\s\-.]{0,3}\d{3}", _OCMC, 20, 6),
    Row(
        "magistrates-order", _CASE, rf"[A-Z]{{2}}{SLASH}\d{{5}}", _CASEMAN, 20, 5, needs=("/", "\\")
    ),
    Row(
        "warrant",
        _CASE,
        r"[A-Z]\d{7}|\d[A-Z]\d{6}|\d{5}[/\\]\d{2}|FW[A-Z]\d{5}|[A-Z][A-Z0-9]\d{5}",
        _CASEMAN,
        30,
        5,
        context=r"warrants?|bailiffs?|enforcement|control order|possession",
    ),
    Row("earnings-order", _CASE, r"\d{3}[A-Z]\d{4}", _CASEMAN, 67, 7),
    Row("consolidated-order", _CASE, r"\d{6}[A-Z]{2}", _CASEMAN, 67, 6, check=_is_not_measure),
    Row(
        "help-with-fees",
        _CASE,
        r"HWF[\s\-.]{0,3}[A-Z0-9]{3}[\s\-.]{0,3}[A-Z0-9]{3}",
        _HWF,
        20,
        needs=("hwf",),
        check=_fee_code,
    ),
    Row("help-with-fees-paper", _CASE, r"PA\s?\d{2}[\s\-]{1,3}\d{6}", _HWF, 20, 8, needs=("pa",)),
    Row(
        "high-court",
        _CASE,
        r"[A-Z]{2,4}\s?-\s?(?:19|20)\d{2}\s?-\s?(?:[A-Z]{3}\s?-\s?)?\d{3,6}(?:-[A-Z]{2,5})?",
        _HIGH_COURT,
        20,
        7,
        needs=("-",),
        check=_is_not_calendar,
    ),
    Row(
        "high-court-spaced",
        _CASE,
        r"(?:KB|QB|BL|HC|HT|CL|LM|CR|FS|PT|IP|AD|AC|CA|UI|UA|LC|EA|FD|RC|TL)[\s/.]{1,3}(?:19|20)\d{2}[\s/.]{1,3}\d{6}",
        _HIGH_COURT,
        20,
        10,
    ),
    Row(
        "family",
        _CASE,
        r"[A-Z]{2}[\s\-.]{0,3}\d{2}[\s\-.]{0,3}[A-Z][\s\-.]{0,3}\d{5}",
        _FAMILYMAN,
        20,
        7,
    ),
    Row(
        "probate-code",
        _CASE,
        r"CTS[\s\-.]{0,2}(?:[A-Z0-9][\s\-.]{0,2}){17}[A-Z0-9]",
        _PROBATE,
        16,
        6,
        needs=("cts",),
    ),
    Row(
        "letters-number-year",
        _CASE,
        rf"[A-Z]{{1,4}}\d?{SLASH}\d{{1,6}}{SLASH}(?:19|20)\d{{2}}|[A-Z]{{2,4}}-\d{{3,6}}-(?:19|20)\d{{2}}",
        _ARIA,
        20,
        5,
        needs=("/", "\\", "-"),
        check=_is_not_calendar,
    ),
    Row(
        "letters-year-number",
        _CASE,
        rf"[A-Z]{{2,3}}{SLASH}(?:19|20)\d{{2}}{SLASH}\d{{4,6}}",
        _TAX,
        20,
        8,
        needs=("/", "\\"),
        check=_is_not_calendar,
    ),
    Row(
        "immigration-dashed",
        _CASE,
        r"(?:PA|HU|EA|EU|DC|RP|AG|DA|IA|LE|LD|LP|LH|LR|AA|OA|VA)[\s\-/.]{1,3}\d{5}[\s\-/.]{1,3}(?:19|20)\d{2}",
        _ARIA,
        20,
        9,
    ),
    Row(
        "employment",
        _CASE,
        rf"(?:S{SLASH})?[1-6]\d{{6,7}}(?:{SLASH_OR_DASH}(?:19|20)\d{{2}}|{SLASH}\d{{2}})",
        _ETHOS,
        20,
        9,
        needs=("/", "\\", "-"),
    ),
    Row(
        "acas",
        _CASE,
        rf"R\s?\d{{6}}(?:{SLASH}|[\s\-.]{{0,3}})\d{{2}}(?:{SLASH}|[\s\-.]{{0,3}})\d{{2}}",
        _ACAS,
        20,
        10,
        needs=("r",),
    ),
    Row(
        "employment-appeal",
        _CASE,
        rf"UKEATS?(?:{SLASH}|[\s\-]{{1,3}})\d{{4}}(?:{SLASH}|[\s\-]{{1,3}})\d{{2}}(?:(?:{SLASH}|-)[A-Z]{{2,3}})?",
        _EAT,
        20,
        6,
        needs=("ukeat",),
    ),
    Row(
        "benefit-appeal",
        _CASE,
        rf"SC[\s\-/.]{{0,3}}\d{{3}}(?:{SLASH}|[\s\-]{{1,3}})\d{{2}}(?:{SLASH}|[\s\-]{{1,3}})\d{{4,5}}",
        _GAPS,
        20,
        9,
        needs=("sc",),
    ),
    Row(
        "asylum-support",
        _CASE,
        rf"\d{{2}}{SLASH_OR_DASH}\d{{2}}{SLASH_OR_DASH}\d{{5}}",
        _ASYLUM_SUPPORT,
        20,
        9,
        needs=("/", "\\", "-"),
        check=_has_no_dash,
        otherwise=Entity.NUMBER,
        context=r"ast|asylum",
        rescues=True,
    ),
    Row(
        "upper-tribunal",
        _CASE,
        r"(?:U[AI]|LC)\s?-\s?\d{4}\s?-\s?\d{1,6}(?:\s?-\s?[A-Z]{2,5})?",
        _UPPER,
        20,
        5,
        needs=("ui", "ua", "lc"),
    ),
    Row(
        "property",
        _CASE,
        rf"[A-Z]{{3}}{SLASH_OR_DASH}\d{{2}}[A-Z]{{2}}{SLASH_OR_DASH}[A-Z]{{3,4}}{SLASH_OR_DASH}\d{{4}}{SLASH_OR_DASH}\d{{1,4}}",
        _PROPERTY,
        19,
        7,
        needs=("/", "\\", "-"),
    ),
    Row(
        "criminal-injuries",
        _CASE,
        rf"\d{{2}}{SLASH}\d{{6}}(?:-[A-Z0-9]{{3,4}})?",
        _CICA,
        20,
        8,
        needs=("/", "\\"),
    ),
    Row(
        "criminal-injuries-old",
        _CASE,
        rf"[A-Z]{SLASH_OR_DASH}\d{{2}}{SLASH_OR_DASH}\d{{6}}(?:\s?-\s?[A-Z0-9]{{3,4}})?",
        _CICA,
        19,
        8,
        needs=("/", "\\", "-"),
    ),
    Row(
        "ibca",
        _CASE,
        r"[A-HJKMNP-Z]\d{2}[A-HJKMNP-Z0-9]\d{2}",
        _IBCA,
        30,
        4,
        context=r"ibca|infected blood|blood compensation",
    ),
)
"""Rows of the pattern table."""
