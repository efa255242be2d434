"""Rows for web and network addresses and for handles; mail is in `patterns_mail`."""

from __future__ import annotations

import re

from feedback.redact.checks import is_ipv4, is_ipv6
from feedback.redact.lexicon import COMMON, load_lexicon
from feedback.redact.patterns_mail import NO_MAILBOX, TOP_LEVEL
from feedback.redact.rows import Row, github
from feedback.schema import Entity

__all__ = ["CONTACT_ROWS"]

_RFC_3986 = "https://www.rfc-editor.org/rfc/rfc3986#section-3"
_ACCOUNT_WORDS = (
    *"user defnyddiwr login logon handle screen gamertag skype twitter insta tik snapchat".split(),
    "log in",
    "log on",
    "sign in",
    "sign on",
)
_APP_WORDS = (
    *"logging fb facebook snap ig: discord telegram reddit youtube tumblr linkedin xbox".split(),
    *("psn", "steam", "ig ", "logged in", "logged on", "signed in", "sign in", "signing in"),
    *("account", "gamer tag"),
)
_PREDICATE = re.compile(
    r"(?:ed|ing|ly|able|ible|ent|ant|ive|less|wn|ost|ong|ame|case|sensitive|required|the|that|what|broken|hidden|"
    r"down|blank|empty|taken|missing|always|never|still|also|only|just|some|something|nothing|different|too|they|"
    r"this|mandatory|hard|email|case-sensitive|authentication|verification)$"
)
"""How words end that say something of a user name."""


def _is_handle(text: str) -> bool:
    """Whether letters with a digit, a dot or a dash below are a name: no site, version or file."""
    is_file = re.search(
        rf"\.(?:{TOP_LEVEL}|pdf|docx?|jpe?g|png|html?|txt|zip)$", text, re.IGNORECASE
    )
    return is_file is None and re.fullmatch(r"v?\d[\d.]*|[A-Za-z]{1,4}\d{1,3}", text) is None


def _is_no_word(text: str) -> bool:
    """Whether what follows "username is" is a name somebody chose, and not "wrong"."""
    word = text.lower()
    known = load_lexicon().get(word, 0) & COMMON
    return not known and _PREDICATE.search(word) is None and word not in NO_MAILBOX


def _is_address_not_version(text: str) -> bool:
    """Whether four numbers are an address: paragraph and version numbers are short."""
    return is_ipv4(text) and any(len(part) > 1 for part in text.split("."))


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
        rf"(?<![\w\-])(?<![\w\-]\.)(?:[\w\-]++\.)++{TOP_LEVEL}(?::\d+)?[/?#][^\s<>\"\ue000]*(?<![.,;:!?)\]'/])",
        _RFC_3986,
        6,
        needs=("/", "?"),
    ),
    Row(
        "handle",
        Entity.USERNAME,
        r"(?<![\w@./\-])@(?!\d{1,30}(?:am|pm)?(?!\w))[A-Za-z0-9_][A-Za-z0-9_.]{1,29}(?<!\.)(?![\w@])",
        github("twitter/twitter-text", "rb/lib/twitter-text/regex.rb"),
        22,
        needs=("@",),
        edges="free",
    ),
    Row(
        "username",
        Entity.USERNAME,
        r"(?:user\s?(?:name|id)|(?:log|sign)\s?[io]n(?:\s(?:name|id))?|handle|screen\s?name|gamertag|skype|twitter|"
        r"insta(?:gram)?|tik\s?tok|snapchat)(?:\s(?:name|id|account|handle))?\s?(?:(?:is|was|=|:)\s?)?['\"]?(?<![a-z])"
        r"(?P<value>(?=[\w.\-]{0,29}[\d_])[A-Za-z][\w.\-]{3,29})(?<![.\-])",
        "https://datatracker.ietf.org/doc/html/rfc8265#section-3",
        66,
        needs=_ACCOUNT_WORDS,
        score=0.8,
    ),
    Row(
        "username-app",
        Entity.USERNAME,
        r"(?:user|enw\sdefnyddiwr|(?:logged|signed|log|sign|logging|signing)\s?[io]n\s(?:as|with|under)|account\s(?:name|called|named)|"
        r"fb|facebook|snap(?:chat)?|ig|insta(?:gram)?|discord|telegram|reddit|youtube|tumblr|linkedin|gamer\s?tag|xbox|"
        r"psn|steam|handle|skype|twitter|tik\s?tok|user\s?(?:name|id))(?:\s(?:name|id|user|account|handle))?"
        r"(?:\s?(?:[:;=/]|'s)\s?|\s(?:is|was|as)\s|\s)(?:live:)?['\"]?"
        r"(?P<value>(?=[\w.\-]{0,29}[\d_#]|[A-Za-z]{2,20}\.[A-Za-z]{2})[A-Za-z][\w.\-]{3,29}(?:#\d{2,6})?)(?<![.\-])",
        "https://datatracker.ietf.org/doc/html/rfc8265#section-3",
        67,
        needs=(*_ACCOUNT_WORDS, *_APP_WORDS),
        check=_is_handle,
        score=0.7,
    ),
    Row(
        "username-plain",
        Entity.USERNAME,
        r"(?:user\s?name|user\s?id|enw\sdefnyddiwr|log\s?[io]n(?:\s(?:name|id))?|handle|screen\s?name|gamertag|"
        r"skype|twitter|insta(?:gram)?|tik\s?tok|snapchat)(?:\s(?:name|id|account|handle))?"
        r"\s?(?:\sis\s|\swas\s|[=:;]\s?|\s(?=['\"])|(?<=(?:as|th|er)\suser\sname)\s|(?<=(?:as|th|er)\susername)\s|"
        r"\s(?=[A-Za-z]{3,12}-[A-Za-z]{3,12}-[A-Za-z]{3,12}(?![\w\-])))['\"]?(?P<value>[A-Za-z][A-Za-z.\-]{3,29})(?<![.\-])",
        "https://datatracker.ietf.org/doc/html/rfc8265#section-3",
        67,
        needs=_ACCOUNT_WORDS,
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
