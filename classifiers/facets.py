"""Facets of a technical fault: what a team needs to find it, as far as the comment says it.

Found with spaCy's PhraseMatcher (names) and Matcher (numbers with their units). A facet that the
comment does not give is left out; lists are in the order of the text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from classifiers.lexicon import Reader, fold

if TYPE_CHECKING:
    from spacy.tokens import Doc

__all__ = ["FacetFinder"]

# Facet, value, the ways people write it (folded; several words may follow one another).
_NAMES: tuple[tuple[str, str, str], ...] = (
    ("action", "upload", "upload|uploading|uploaded|uploads|attach|attaching|attached|uwchlwytho"),
    ("action", "download", "download|downloading|downloaded|downloads|lawrlwytho"),
    ("action", "pay", "pay|paying|paid|payment|payments|card declined|talu|taliad"),
    (
        "action",
        "sign in",
        "sign in|signing in|signed in|log in|logging in|logged in|login|log on|logon|password"
        "|security code|mewngofnodi",
    ),
    (
        "action",
        "submit",
        "submit|submitting|submitted|press send|pressed send|final page|declaration page|cyflwyno",
    ),
    ("action", "save", "save|saving|saved|save and come back|save and continue|cadw"),
    ("browser", "Chrome", "chrome|google chrome"),
    ("browser", "Edge", "edge|microsoft edge"),
    ("browser", "Firefox", "firefox|fire fox"),
    ("browser", "Internet Explorer", "internet explorer|ie11|ie 11"),
    ("browser", "Safari", "safari"),
    ("browser", "Samsung Internet", "samsung internet"),
    ("operating_system", "Android", "android"),
    ("operating_system", "ChromeOS", "chromeos|chrome os"),
    ("operating_system", "iOS", "ios|ipados"),
    ("operating_system", "Linux", "linux|ubuntu"),
    ("operating_system", "macOS", "macos|mac os|osx|os x"),
    ("operating_system", "Windows", "windows 7|windows 8|windows 10|windows 11|windows pc"),
    ("device", "computer", "laptop|macbook|imac|chromebook|desktop|pc|computer|cyfrifiadur"),
    (
        "device",
        "phone",
        "phone|iphone|mobile|smartphone|android phone|samsung|pixel|moto|motorola|huawei|blackberry"
        "|oppo|xiaomi|ffon",
    ),
    ("device", "tablet", "tablet|ipad|kindle|fire tablet|galaxy tab|tabled"),
    ("file_type", "DOC", "doc|docx|word document|word documents|word file"),
    ("file_type", "HEIC", "heic"),
    ("file_type", "JPEG", "jpg|jpeg|jpgs|jpegs"),
    ("file_type", "PDF", "pdf|pdfs"),
    ("file_type", "PNG", "png|pngs"),
    ("file_type", "spreadsheet", "xls|xlsx|spreadsheet|excel"),
    (
        "impact",
        "worked around",
        "in the end|got there in the end|worked on the|tried again and it|had to use my|did it on"
        "|borrowed|used the laptop|used a different|on the library computer|posted it instead",
    ),
    (
        "impact",
        "blocked",
        "gave up|given up|give up|cannot continue|can not continue|ca nt continue|ca n't continue"
        "|cannot proceed|ca nt proceed|ca n't proceed|stuck|unable to|no way in|impossible"
        "|wo nt let me|wo n't let me|will not let me|would n't let me|would nt let me"
        "|ca nt get past|ca n't get past|ca nt submit|ca n't submit|ca nt pay|ca n't pay|methu",
    ),
)
_SINGLE = frozenset({"impact"})
"""Facets with one value; where a comment gives two, the first of the table counts."""

# "phone" is a device in "on my phone", not in "nobody answers the phone" or "phone number".
_DEVICE_BEFORE = frozenset(
    """on my a an his her our using with wifes husbands wife's husband's mums dads in from via
    samsung android work old new cracked the ar""".split()
)
_NOT_A_DEVICE_AFTER = frozenset("number line call calls lines rang is and".split())
_SPOKEN = frozenset("the over by answer answers answered answering up hung pick picks".split())

_STATUS_CODES = frozenset(
    "400 401 403 404 405 408 409 410 413 414 415 422 429 500 501 502 503 504 520 521 522".split()
)
_STATUS_WORDS = frozenset(
    """error http status code page gateway bad service internal server forbidden not got says said
    gave a an the with : request""".split()
)
_UNITS = {"mb": 1.0, "meg": 1.0, "megs": 1.0, "megabytes": 1.0, "mbs": 1.0, "kb": 1e-3, "gb": 1e3}
_NUMBER = re.compile(r"\d{1,4}(?:\.\d{1,2})?")

_QUOTED = re.compile(r"[\"“”'‘’]([^\"“”]{6,160}?)[\"“”'’](?=[\s.,;:!?)]|$)")
_ERROR_WORD = re.compile(
    r"error|wrong|problem|not found|unavailable|invalid|not valid|expired|timed? ?-?out|denied"
    r"|forbidden|failed|could ?n.t|cannot|can.t|unable"
    r"|not (?:allowed|recognised|supported|accepted)"
    r"|enter (?:a|an|your)|select (?:a|an)|too large|declined|gateway|try again|sign(?:ed)? out"
    r"|session|gwall|o'i le",
    re.IGNORECASE,
)
_BARE_ERRORS = re.compile(
    r"sorry, there is a problem with (?:the|this) service|something (?:has gone|went) wrong"
    r"|(?:4\d\d|5\d\d) (?:not found|forbidden|bad gateway|gateway time-?out|service unavailable"
    r"|internal server error)|internal server error|bad gateway|service unavailable|page not found"
    r"|ERR_[A-Z_]{4,40}|DNS_[A-Z_]{4,40}|request entity too large"
    r"|mae problem gyda'r gwasanaeth",
    re.IGNORECASE,
)


class FacetFinder:
    """Finds facets in the docs of one reader."""

    def __init__(self, reader: Reader) -> None:
        from spacy.matcher import Matcher, PhraseMatcher

        vocab = reader.language.vocab
        self._values: dict[int, tuple[str, str]] = {}
        self._names = PhraseMatcher(vocab)
        for number, (facet, value, ways) in enumerate(_NAMES):
            key = f"name-{number}"
            self._names.add(key, reader.read([fold(way) for way in ways.split("|")]))
            self._values[vocab.strings[key]] = (facet, value)
        self._numbers = Matcher(vocab)
        self._numbers.add("status", [[{"LIKE_NUM": True}]])
        self._numbers.add("size", [[{"LIKE_NUM": True}, {"LOWER": {"IN": list(_UNITS)}}]])
        self._is_status = vocab.strings["status"]

    def find(self, doc: Doc, text: str) -> dict[str, Any]:
        """Return the facets of one comment; ``doc`` is the reader's doc of ``text``.

        Keys, each only where found: ``status_code`` (int), ``error_text`` (as quoted), ``action``,
        ``browser``, ``operating_system``, ``device``, ``file_type`` (lists), ``file_size_mb``
        (float) and ``impact`` (``blocked`` or ``worked around``).
        """
        facets: dict[str, Any] = {}
        if error := _error_text(text):
            facets["error_text"] = error
        for key, start, end in self._numbers(doc):
            if key == self._is_status:
                if doc[start].text in _STATUS_CODES and _is_status_code(doc, start):
                    facets.setdefault("status_code", int(doc[start].text))
            elif size := _NUMBER.fullmatch(doc[start].text):
                megabytes = float(size[0]) * _UNITS[doc[end - 1].text]
                facets.setdefault("file_size_mb", round(megabytes, 3))
        for facet, values in self._named(doc).items():
            facets[facet] = values[0] if facet in _SINGLE else values
        return facets

    def _named(self, doc: Doc) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        matches = sorted(self._names(doc), key=lambda match: match[1])
        for key, start, end in matches:
            facet, value = self._values[key]
            if facet == "device" and not _is_device(doc, start, end):
                continue
            if facet == "browser" and value == "Edge" and not _is_browser(doc, start):
                continue
            if value not in found.setdefault(facet, []):
                found[facet].append(value)
        for facet in _SINGLE & found.keys():
            order = [value for name, value, _ in _NAMES if name == facet]
            found[facet].sort(key=order.index)
        return {facet: values for facet, values in found.items() if values}


def _error_text(text: str) -> str | None:
    """Return the first quoted or well-known error message."""
    for quoted in _QUOTED.finditer(text):
        if _ERROR_WORD.search(quoted[1]):
            return quoted[1].strip()
    bare = _BARE_ERRORS.search(text)
    return bare[0] if bare else None


def _is_status_code(doc: Doc, position: int) -> bool:
    """Return whether a number is a status code: alone, or with a word of errors beside it."""
    words = [token.text for token in doc if not token.is_punct and not token.is_space]
    if len(words) == 1:
        return True
    before = doc[position - 1].text if position else ""
    after = doc[position + 1].text if position + 1 < len(doc) else ""
    if before in {"£", "$", "€"} or after in {"pounds", "pound", "quid", "words", "characters"}:
        return False
    near = {token.text for token in doc[max(0, position - 3) : position + 3]}
    return bool(near & {"error", "http", "status", "gateway", "page", "server", "bad"}) or (
        before in _STATUS_WORDS and after in {"", ".", ",", "!", "again", "not", "when", "on", ")"}
    )


def _is_device(doc: Doc, start: int, end: int) -> bool:
    """Return whether a name like "phone" or "pc" is the thing the service was used on."""
    word = doc[start:end].text
    before = doc[start - 1].text if start else ""
    after = doc[end].text if end < len(doc) else ""
    if word not in {"phone", "mobile", "ffon"}:
        return True
    if after in _NOT_A_DEVICE_AFTER or before in _SPOKEN:
        return False
    return before in _DEVICE_BEFORE


def _is_browser(doc: Doc, start: int) -> bool:
    """Return whether "edge" is the browser rather than the edge of the screen."""
    after = {token.text for token in doc[start + 1 : start + 3]}
    before = doc[start - 1].text if start else ""
    return "of" not in after and before not in {"the", "right", "left", "on"}
