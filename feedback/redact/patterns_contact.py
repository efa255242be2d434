"""Rows for mail, web and network addresses and for handles. Telephone numbers are in `phones`."""

from __future__ import annotations

import re

from feedback.redact.checks import is_ipv4, is_ipv6
from feedback.redact.lexicon import COMMON, ORGANISATION, load_lexicon
from feedback.redact.rows import Row, github
from feedback.schema import Entity

__all__ = ["CONTACT_ROWS"]

_TLD = (
    r"(?:com|co|uk|org|net|info|biz|edu|gov|nhs|ac|eu|ie|fr|de|es|it|nl|pl|ro|pt|gr|se|no|dk|fi|be|at|ch|cz|"
    r"hu|bg|lt|lv|ee|ru|ua|tr|in|pk|bd|lk|cn|jp|kr|hk|sg|my|au|nz|ca|us|za|ng|gh|ke|me|io|tv|cc|ai|app|dev|"
    r"online|site|shop|blog|cymru|wales|scot|london|example|test|invalid|local)"
)
_MAILBOXES = (
    r"(?:gmail|googlemail|hotmail|outlook|yahoo|ymail|icloud|me|mac|aol|live|msn|btinternet|btopenworld|sky|"
    r"talktalk|ntlworld|virginmedia|blueyonder|tiscali|protonmail|proton|gmx|mail|fastmail|zoho)"
)
_RFC_5322 = "https://www.rfc-editor.org/rfc/rfc5322#section-3.4.1"
_RFC_3986 = "https://www.rfc-editor.org/rfc/rfc3986#section-3"
_NO_MAILBOX = frozenset(
    "account address apply applied are court courts hmcts you them team helpdesk support service are arrive at available based be check email enter find found get go "
    "here in is it "
    "look looked looking mail me not now on online only out page sign site stuck up us via visit "
    "was website "
    "working work and or the".split()
)


def _is_spoken_mail(text: str) -> bool:
    """Whether words around "at" name a mailbox: no phrase such as "look at example.com"."""
    local = re.split(r"\W", text, maxsplit=1)[0].lower()
    return local not in _NO_MAILBOX


def _is_handle(text: str) -> bool:
    """Whether letters with a digit, a dot or a dash below are a name: no site, version or file."""
    is_file = re.search(rf"\.(?:{_TLD}|pdf|docx?|jpe?g|png|html?|txt|zip)$", text, re.IGNORECASE)
    return is_file is None and re.fullmatch(r"v?\d[\d.]*|[A-Za-z]{1,4}\d{1,3}", text) is None


def _is_no_word(text: str) -> bool:
    """Whether what follows "username is" is a name somebody chose, and not "wrong"."""
    word = text.lower()
    known = load_lexicon().get(word, 0) & COMMON
    return not known and _PREDICATE.search(word) is None and word not in _NO_MAILBOX


def _is_spaced_mail(text: str) -> bool:
    """Whether the whole is written apart, and not a sentence that ends before an address."""
    local, _, domain = text.partition("@")
    return re.search(r"\w\.\s", local) is None or any(map(str.isspace, domain + local[-1:]))


def _is_disguised(text: str) -> bool:
    """Whether an address is written so that no machine should read it, and is one."""
    local, *rest = re.split(r"@|\bat\b|\(a\)", text, maxsplit=1, flags=re.IGNORECASE)
    domain = rest[0] if rest else ""
    is_sentence = (
        re.search(r"\w\.\s", local) is not None and re.search(r"\s\.|\.\s", domain) is None
    )
    is_spoken = re.search(r"\bdot\b|\bpoint\b|\bfull\sstop\b|[\[({<*/]", text, re.IGNORECASE)
    is_plain = is_spoken is None and "@" not in text and not re.search(r"[._\d]", local)
    return not is_sentence and _is_spoken_mail(text) and (not is_plain or _is_mailbox(text))


def _is_mailbox(text: str) -> bool:
    """Whether the word before "at" is somebody's, and not as in "contact HMCTS at gov.uk"."""
    word, _, domain = (re.split(r"\s+(at)\s+", text, maxsplit=1, flags=re.IGNORECASE) + ["", ""])[
        :3
    ]
    is_site = domain.lower().startswith(word.lower()) or domain.lower().endswith("gov.uk")
    is_known = load_lexicon().get(word.lower(), 0) & (COMMON | ORGANISATION)
    return word[0].islower() and _is_spoken_mail(text) and not is_known and not is_site


def _is_address_not_version(text: str) -> bool:
    """Whether four numbers are an address: paragraph and version numbers are short."""
    return is_ipv4(text) and any(len(part) > 1 for part in text.split("."))


_PREDICATE = re.compile(
    r"(?:ed|ing|ly|able|ible|ent|ant|ive|less|wn|ost|ong|ame|case|sensitive|required|the|that|what|broken|hidden|"
    r"down|blank|empty|taken|missing|always|never|still|also|only|just|some|something|nothing|different|too|they|"
    r"this|mandatory|hard|email|case-sensitive)$"
)
"""How words end that say something of a user name."""

_DOT = (
    r"(?:\s{0,2}\.\s{0,2}|\s{0,2}[\[({<*]\s?(?:dot|\.)\s?[\])}>*]\s{0,2}|"
    r"\s{1,2}(?:dot|point|full\sstop)\s{1,2})"
)
_AT = (
    r"(?:\s{0,2}@\s{0,2}|\s{0,2}[\[({<*/]\s?(?:at|@|a)\s?[\])}>*/]\s{0,2}|"
    r"\s{1,2}at(?:[\s\-]sign)?\s{1,2})"
)
_PART = r"[\w%+'\-]++"

CONTACT_ROWS: tuple[Row, ...] = (
    Row(
        "url",
        Entity.URL,
        r"(?:https?|ftp)://[^\s<>\"\ue000/?#]++[/?#][^\s<>\"\ue000]+(?<![.,;:!?)\]'])",
        _RFC_3986,
        5,
        needs=("://",),
    ),
    Row(
        "url-www",
        Entity.URL,
        rf"(?<![\w\-])(?<![\w\-]\.)(?:[\w\-]++\.)++{_TLD}(?::\d+)?[/?#][^\s<>\"\ue000]*(?<![.,;:!?)\]'/])",
        _RFC_3986,
        6,
        needs=("/", "?"),
    ),
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
        rf"[\w\-]++(?:(?:\s?[.,]\s?|\sdot\s)[\w\-]++){{0,3}}?(?:\s?[.,]\s?|\sdot\s){_TLD}(?![\w])(?:\s?\.\s?uk(?!\w))?",
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
        rf"(?<![\w.%+'\-])[\w.%+'\-]++(?:\s(?:dot|underscore|dash|hyphen)\s[\w%+'\-]++){{0,4}}(?:\s\d{{1,4}})?\s(?:at(?:\ssign)?|@)\s"
        rf"[\w\-]++(?:(?:\sdot\s|\.)[\w\-]++){{0,3}}?\sdot\s{_TLD}(?:\sdot\suk)?(?!\w)",
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
        rf"(?:(?:[\w\-]++\.)+{_TLD}|(?:gmail|googlemail|hotmail|yahoo|icloud|btinternet|protonmail))(?!\w)",
        _RFC_5322,
        10,
        needs=(" at ",),
        edges="free",
    ),
    Row(
        "email-at-plain",
        Entity.EMAIL,
        rf"(?<![\w.%+'\-])[\w.%+'\-]++\s{{1,2}}at\s{{1,2}}(?:[\w\-]++\.)+{_TLD}(?!\w)",
        _RFC_5322,
        11,
        needs=(" at ",),
        check=_is_mailbox,
        edges="free",
    ),
    Row(
        "email-disguised",
        Entity.EMAIL,
        rf"(?<![\w.%+'\-]){_PART}(?:(?:{_DOT}|\s(?:underscore|dash|hyphen|plus)\s){_PART}){{0,5}}(?:\s\d{{1,4}})?{_AT}"
        rf"{_PART}(?:{_DOT}{_PART}){{0,4}}?{_DOT}{_TLD}(?:{_DOT}uk)?(?!\w)",
        _RFC_5322,
        8,
        needs=("@", " at ", "(at", "[at", "{at", "<at", "*at", "/at", "(a)", " at-sign"),
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
    Row(
        "handle",
        Entity.USERNAME,
        r"(?<![\w@./\-])@(?!\d+(?:am|pm)?(?!\w))[A-Za-z0-9_][A-Za-z0-9_.]{1,29}(?<!\.)(?![\w@])",
        github("twitter/twitter-text", "rb/lib/twitter-text/regex.rb"),
        22,
        needs=("@",),
        edges="free",
    ),
    Row(
        "username",
        Entity.USERNAME,
        r"(?:user\s?(?:name|id)|log\s?[io]n(?:\s(?:name|id))?|handle|screen\s?name|gamertag|skype|twitter|insta(?:gram)?|"
        r"tik\s?tok|snapchat)(?:\s(?:name|id|account|handle))?\s?(?:(?:is|was|=|:)\s?)?['\"]?(?<![a-z])"
        r"(?P<value>(?=[\w.\-]{0,29}[\d_])[A-Za-z][\w.\-]{3,29})(?<![.\-])",
        "https://datatracker.ietf.org/doc/html/rfc8265#section-3",
        66,
        score=0.8,
    ),
    Row(
        "username-app",
        Entity.USERNAME,
        r"(?:user|enw\sdefnyddiwr|(?:logged|signed|log|sign|logging|signing)\s?[io]n\s(?:as|with|under)|account\sname|"
        r"fb|facebook|snap(?:chat)?|ig|insta(?:gram)?|discord|telegram|reddit|youtube|tumblr|linkedin|gamer\s?tag|xbox|"
        r"psn|steam|handle|skype|twitter|tik\s?tok|user\s?(?:name|id))(?:\s(?:name|id|user|account|handle))?"
        r"(?:\s?(?:[:;=]|'s)\s?|\s(?:is|was|as)\s|\s)(?:live:)?['\"]?"
        r"(?P<value>(?=[\w.\-]{0,29}[\d_#]|[A-Za-z]{2,20}\.[A-Za-z]{2})[A-Za-z][\w.\-]{3,29}(?:#\d{2,6})?)(?<![.\-])",
        "https://datatracker.ietf.org/doc/html/rfc8265#section-3",
        67,
        check=_is_handle,
        score=0.7,
    ),
    Row(
        "username-plain",
        Entity.USERNAME,
        r"(?:user\s?name|user\s?id|enw\sdefnyddiwr|log\s?[io]n(?:\s(?:name|id))?|handle|screen\s?name|gamertag|"
        r"skype|twitter|insta(?:gram)?|tik\s?tok|snapchat)(?:\s(?:name|id|account|handle))?"
        r"\s?(?:\sis\s|\swas\s|[=:;]\s?|\s(?=['\"])|(?<=(?:as|th|er)\suser\sname)\s|(?<=(?:as|th|er)\susername)\s)['\"]?(?P<value>[A-Za-z][A-Za-z.\-]{3,29})(?<![.\-])",
        "https://datatracker.ietf.org/doc/html/rfc8265#section-3",
        67,
        check=_is_no_word,
        score=0.7,
    ),
    Row(
        "profile-folder",
        Entity.USERNAME,
        r"[\\/](?:users|home)[\\/](?P<value>[^\s\\/:*?\"<>|\ue000]{2,40})",
        "https://learn.microsoft.com/windows/win32/shell/knownfolderid",
        22,
        needs=("users", "home/"),
        edges="free",
    ),
    Row(
        "reddit-user",
        Entity.USERNAME,
        r"(?<![\w/])/?u/[A-Za-z0-9_\-]{3,20}",
        github("reddit-archive/reddit"),
        22,
        needs=("u/",),
        edges="free",
    ),
    Row(
        "ipv4-named",
        Entity.IP_ADDRESS,
        r"(?:\d{1,3}\.){3}\d{1,3}(?:[:/]\d{1,5})?",
        "https://www.rfc-editor.org/rfc/rfc791#section-2.3",
        37,
        4,
        context=r"ip|ip address(?:es)?|address|server|proxy|host",
        edges="bare",
    ),
    Row(
        "ipv4",
        Entity.IP_ADDRESS,
        r"(?<!v)(?<!version )(?<!build )(?:\d{1,3}\.){3}\d{1,3}",
        "https://www.rfc-editor.org/rfc/rfc791#section-2.3",
        43,
        4,
        check=_is_address_not_version,
        edges="bare",
    ),
    Row(
        "ipv6",
        Entity.IP_ADDRESS,
        r"(?<![\w:.])(?:[0-9A-F]{0,4}:){2,7}[0-9A-F]{0,4}(?![\w:])",
        "https://www.rfc-editor.org/rfc/rfc4291#section-2.2",
        38,
        needs=(":",),
        check=is_ipv6,
        edges="free",
    ),
)
"""Rows of the pattern table."""
