"""Rows for e-mail addresses: typed, written apart, spelt out, disguised."""

from __future__ import annotations

import re

from feedback.redact.lexicon import COMMON, ORGANISATION, load_lexicon
from feedback.redact.rows import Row
from feedback.schema import Entity

__all__ = ["MAIL_ROWS", "NO_MAILBOX", "TOP_LEVEL"]

TOP_LEVEL = (
    r"(?:com|co|uk|org|net|info|biz|edu|gov|nhs|ac|eu|ie|fr|de|es|it|nl|pl|ro|pt|gr|se|no|dk|fi|be|at|ch|cz|"
    r"hu|bg|lt|lv|ee|ru|ua|tr|in|pk|bd|lk|cn|jp|kr|hk|sg|my|au|nz|ca|us|za|ng|gh|ke|me|io|tv|cc|ai|app|dev|"
    r"online|site|shop|blog|cymru|wales|scot|london|example|test|invalid|local)"
)
"""Ends of domains, as far as people in feedback have them."""
_MAILBOXES = (
    r"(?:gmail|googlemail|hotmail|outlook|yahoo|ymail|icloud|me|mac|aol|live|msn|btinternet|btopenworld|sky|"
    r"talktalk|ntlworld|virginmedia|blueyonder|tiscali|protonmail|proton|gmx|mail|fastmail|zoho)"
)
_RFC_5322 = "https://www.rfc-editor.org/rfc/rfc5322#section-3.4.1"
NO_MAILBOX = frozenset(
    "account address apply applied are arrive at available based be check court courts email enter "
    "find found get go helpdesk here hmcts in is it look looked looking mail me not now on online "
    "only out page service sign site stuck support team them up us via visit was website working "
    "work and or the you".split()
)
"""Words before "at" and a domain that are no mailbox, and after "username is" no name."""
_DOT = (
    r"(?:\s{0,2}\.\s{0,2}|\s{0,2}[\[({<*]\s?(?:dot|\.)\s?[\])}>*]\s{0,2}|"
    r"\s{1,2}(?:dot|point|full\sstop)\s{1,2})"
)
_AT = (
    r"(?:\s{0,2}@\s{0,2}|\s{0,2}[\[({<*/]\s?(?:at|@|a)\s?[\])}>*/]\s{0,2}|"
    r"\s{1,2}-?at(?:[\s\-]sign)?-?\s{1,2})"
)
_PART = r"[\w%+'\-]++"
_NO_LOCAL_PART = re.compile(
    r"(?:(?:code|error|errors|http|https|page|step|form|section|version|status|number)\s)?v?\d{1,4}(?:[.:]\d{1,4}){0,4}\s?(?:am|pm|hrs)?",
    re.IGNORECASE,
)
"""A time, a version or a page, as in "at 3.32am at www.nhs.uk"."""
_SPOKEN_SIGN = r"\s(?:underscore|dash|hyphen|plus)\s"
_END = (
    r"(?![\w@])(?!\.\w|\s{1,2}dot\s|\s?[\[({<*]\s?dot|(?:\s\.\s|\.\s|\s\.)"
    r"(?:co|com|uk|org|net|ac|gov|nhs|my|example|test)(?!\w))"
)
"""An address does not end where another dot and part of a domain follow."""


def _is_spoken_mail(text: str) -> bool:
    """Whether words around "at" name a mailbox: no phrase such as "look at example.com"."""
    local = re.split(r"\W", text, maxsplit=1)[0].lower()
    return local not in NO_MAILBOX


def _is_typed_mail(text: str) -> bool:
    """Whether what stands before "at" is a mailbox, and not a time, a version or a form."""
    local, *rest = re.split(r"\s+at\s+", text, maxsplit=1, flags=re.IGNORECASE)
    is_site = bool(rest) and re.match(r"www\.|(?:[\w\-]+\.)*gov\.uk$", rest[0], re.IGNORECASE)
    is_form = is_site and re.fullmatch(r"[A-Za-z]{1,5}\d{1,4}[A-Za-z]?", local) is not None
    return not is_form and _NO_LOCAL_PART.fullmatch(local) is None


def _is_spaced_mail(text: str) -> bool:
    """Whether the whole is written apart, and not a sentence that ends before an address."""
    local, _, domain = text.partition("@")
    return re.search(r"\w\.\s", local) is None or any(map(str.isspace, domain + local[-1:]))


def _is_disguised(text: str) -> bool:
    """Whether an address is written so that no machine should read it, and is one."""
    local, *rest = re.split(r"@|\b-?at-?\b|\(a\)", text, maxsplit=1, flags=re.IGNORECASE)
    domain = rest[0] if rest else ""
    is_sentence = (
        re.search(r"\w\.\s", local) is not None and re.search(r"\s\.|\.\s", domain) is None
    )
    is_spoken = re.search(r"\bdot\b|\bpoint\b|\bfull\sstop\b|-at-|[\[({<*/]", text, re.IGNORECASE)
    is_plain = is_spoken is None and "@" not in text and not re.search(r"[._\d]", local)
    is_mail = _is_spoken_mail(text) and _is_typed_mail(text)
    return not is_sentence and is_mail and (not is_plain or _is_mailbox(text))


def _is_mailbox(text: str) -> bool:
    """Whether the word before "at" is somebody's, and not as in "contact HMCTS at gov.uk"."""
    parts = re.split(r"\s+at\s+", text, maxsplit=1, flags=re.IGNORECASE)
    word, domain = parts[0].lower(), parts[-1].lower()
    is_known = load_lexicon().get(word, 0) & (COMMON | ORGANISATION)
    is_site = domain.startswith(word) or domain.endswith("gov.uk")
    return text[0].islower() and _is_spoken_mail(text) and not is_known and not is_site


MAIL_ROWS: tuple[Row, ...] = (
    Row(
        "email",
        Entity.EMAIL,
        r"(?<![\w.%+'\-])[\w.%+'\-]++@{1,2}[\w\-]++(?:\.{1,2}[\w\-]++)++",
        _RFC_5322,
        8,
        needs=("@",),
        edges="free",
    ),
    Row(
        "email-spaced",
        Entity.EMAIL,
        rf"(?<![\w.%+'\-])[\w%+'\-]++(?:\s?\.\s?[\w%+'\-]++){{0,4}}\s{{0,2}}@\s{{0,2}}"
        rf"[\w\-]++(?:(?:\s?[.,]\s?|\sdot\s)[\w\-]++){{0,4}}?(?:\s?[.,]\s?|\sdot\s)"
        rf"{TOP_LEVEL}{_END}",
        _RFC_5322,
        9,
        needs=("@",),
        check=_is_spaced_mail,
        edges="free",
    ),
    Row(
        "email-mailbox",
        Entity.EMAIL,
        rf"(?<![\w.%+'\-])[\w.%+'\-]++\s?@\s?{_MAILBOXES}(?![\w])",
        _RFC_5322,
        10,
        needs=("@",),
        edges="free",
    ),
    Row(
        "email-bracket-at",
        Entity.EMAIL,
        r"(?<![\w.%+'\-])[\w.%+'\-]++(?:\s?(?:[\[({<]\s?(?:dot|\.)\s?[\])}>]|\sdot\s)\s?[\w%+'\-]++){0,3}"
        r"\s?[\[({<*/]\s?(?:at|@)\s?[\])}>*/]\s?[\w\-]++"
        r"(?:\s?(?:\.|[\[({<]\s?(?:dot|\.)\s?[\])}>]|(?<=\s)dot\s)\s?[\w\-]++){1,4}",
        _RFC_5322,
        9,
        needs=("at]", "at)", "at }", "at ]", "at )", "at}", "at>", "at*", "at/", "@)", "@]", "@ ]"),
        edges="free",
    ),
    Row(
        "email-spoken",
        Entity.EMAIL,
        rf"(?<![\w.%+'\-])[\w.%+'\-]++(?:\s(?:dot|underscore|dash|hyphen|plus)\s[\w%+'\-]++){{0,4}}"
        r"(?:\s\d{1,4})?\s(?:at(?:\ssign)?|@)\s"
        rf"[\w\-]++(?:(?:\sdot\s|\.|\s(?:dash|hyphen)\s)[\w\-]++){{0,4}}?\sdot\s{TOP_LEVEL}{_END}",
        _RFC_5322,
        10,
        needs=(" dot ",),
        check=_is_spoken_mail,
        edges="free",
    ),
    Row(
        "email-at-mailbox",
        Entity.EMAIL,
        rf"(?<![\w.%+'\-])[\w.%+'\-]++(?:\s(?:dot|underscore)\s[\w%+'\-]++){{0,4}}(?:\s\d{{1,4}})?\sat\s{_MAILBOXES}"
        r"\s?(?:\.|dot)\s?(?:com|co\.uk|co dot uk|net|org|uk)(?!\w)",
        _RFC_5322,
        10,
        needs=(" at ",),
        check=_is_spoken_mail,
        edges="free",
    ),
    Row(
        "email-at-typed",
        Entity.EMAIL,
        rf"(?<![\w.%+'\-])(?=[A-Za-z%+'\-]{{0,40}}[._\d])[\w.%+'\-]++\s{{1,2}}at\s{{1,2}}"
        rf"(?:(?:[\w\-]++\.)+{TOP_LEVEL}|(?:gmail|googlemail|hotmail|yahoo|icloud|btinternet|protonmail))(?!\w)",
        _RFC_5322,
        10,
        needs=(" at ",),
        check=_is_typed_mail,
        edges="free",
    ),
    Row(
        "email-at-plain",
        Entity.EMAIL,
        rf"(?<![\w.%+'\-])[\w.%+'\-]++\s{{1,2}}at\s{{1,2}}(?:[\w\-]++\.)+{TOP_LEVEL}(?!\w)",
        _RFC_5322,
        11,
        needs=(" at ",),
        check=_is_mailbox,
        edges="free",
    ),
    Row(
        "email-disguised",
        Entity.EMAIL,
        rf"(?<![\w.%+'\-]){_PART}(?:(?:{_DOT}|{_SPOKEN_SIGN}){_PART}){{0,5}}(?:\s\d{{1,4}})?{_AT}"
        rf"{_PART}(?:(?:{_DOT}|{_SPOKEN_SIGN}){_PART}){{0,4}}?{_DOT}{TOP_LEVEL}{_END}",
        _RFC_5322,
        8,
        needs=(
            "@",
            " at ",
            "(at",
            "[at",
            "{at",
            "<at",
            "*at",
            "/at",
            "(a)",
            " at-sign",
            " -at",
            " at\n",
            "\nat ",
        ),
        check=_is_disguised,
        edges="free",
    ),
    Row(
        "email-encoded",
        Entity.EMAIL,
        r"(?<![\w.%+'\-])[\w.+'\-]++(?:%40|&#64;|&commat;)[\w\-]++(?:\.[\w\-]++)++",
        _RFC_5322,
        9,
        needs=("%40", "&#64;", "&commat;"),
        edges="free",
    ),
    Row(
        "email-underscored",
        Entity.EMAIL,
        r"(?<![\w.%+'\-])[A-Za-z0-9.%+']++(?:[_\-](?!at[_\-])[A-Za-z0-9.%+']++){0,6}\s?[_\-]at[_\-]\s?"
        r"[A-Za-z0-9]++(?:[_\-](?!dot)[A-Za-z0-9]++){0,3}(?:\s?[_\-]dot[_\-]\s?[A-Za-z0-9]++){1,3}|"
        r"(?<![\w.%+'\-])[A-Za-z0-9.%+'\-]++(?:_(?!at_)[A-Za-z0-9.%+'\-]++){0,4}_at_(?:[A-Za-z0-9\-]++\.)+[A-Za-z]{2,}",
        _RFC_5322,
        10,
        needs=("_at_", "-at-", "_at-", "-at_"),
        edges="free",
    ),
    Row(
        "email-unfinished",
        Entity.EMAIL,
        r"(?<![\w.%+'\-])(?=[A-Za-z%+'\-]{0,40}[._\d])[\w.%+'\-]++@[A-Za-z][\w\-]{2,30}+(?![\w.@])",
        _RFC_5322,
        12,
        needs=("@",),
        edges="free",
    ),
)
"""Rows of the pattern table."""
