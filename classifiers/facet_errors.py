"""Error messages and error codes in a comment, up to where they clearly end.

A message is taken where it stands in quotes, where a word such as "says" leads to it, or where it
is one of those that servers and browsers are known to give. Placeholders in it stay as they are.
"""

from __future__ import annotations

import re

__all__ = ["error_codes", "error_text"]

_QUOTED = re.compile(
    r"\"(?P<straight>[^\"]*)\"|“(?P<curly>[^“”]*)”"
    r"|(?<![^\s(\[:])['‘](?P<single>[^\"\n]{6,160}?)['’](?=[\s.,;:!?)]|$)"
)
"""Pairs in turn, so that what stands between two quotations is none itself."""

_QUOTED_CHARACTERS = range(6, 161)
_ERROR_WORD = re.compile(
    r"error|wrong|problem|not found|unavailable|invalid|not (?:a )?valid|expired|timed? ?-?out"
    r"|denied|forbidden|failed|could ?n.t|could not|cannot|can.t|unable|try again|sign(?:ed)? out"
    r"|not (?:allowed|recognised|supported|accepted|permitted|available|match)"
    r"|do(?:es)? not (?:have|match|exist)|is(?:n.t| not)|has ended|must be|is required|required"
    r"|enter (?:a|an|your|the)\b|select (?:a|an|yes|one|your)\b|too (?:large|big|many|long)"
    r"|declined|gateway|session|gwall|o'i le|problem|nid yw|rhowch",
    re.IGNORECASE,
)
_LED_TO = re.compile(
    r"(?:\b(?:says?|said|saying|states|stating|reads?|message|displayed|shows?|showed|showing"
    r"|back with|popped up|pops up|comes up|came up|told me|telling me|tells me|neges gwall"
    r"|dweud|error|page|warning)"
    r"(?: (?:that|with|was|is|in red|back))?\s*[:\-–]?\s*)"
    r"(?P<message>[A-Z][^\n\"“”]{5,159}?)"
    r"(?=[.!?]?(?:\s*$|\n)|[.!?]\s|, (?:which|but|and|when|then|even|though|so)\b"
    r"| (?:but|when|even though|although|although|and then|every time|each time|which|whenever"
    r"|after|on (?:my|the|safari|chrome|edge|firefox))\b)"
)
"""A message begins with a capital after a word that leads to it: people paste, then go on."""

_LED_IN_LOWER = re.compile(
    r"\b(?:error|message|warning)\b(?: message)?(?: in red)?\s*(?:saying|says|said|that says"
    r"|:)\s*:?"
    r"\s*(?P<message>[a-z][^\n\"“”.,!?]{5,80}?)"
    r"(?=[.!?,]|\s*$|\n| (?:but|when|even though|although|and then|on my|on the)\b)"
)
_KNOWN = re.compile(
    r"sorry, there is a problem with (?:the|this) service"
    r"|something (?:has gone|went) wrong(?:[.,] (?:please )?try again(?: later)?)?"
    r"|(?:4\d\d|5\d\d):? (?:not found|forbidden|bad gateway|gateway time-?out|service unavailable"
    r"|internal server error)|internal server error|bad gateway|gateway time-?out"
    r"|service unavailable|page not found|request entity too large|too many requests"
    r"|this site can.t be reached|your connection is not private|server error"
    r"|you do not have permission to (?:view|access) this page|access denied"
    r"|mae problem gyda'r gwasanaeth|mae rhywbeth wedi mynd o'i le",
    re.IGNORECASE,
)
_NAMED_CODE = re.compile(r"\b(?:ERR|DNS|NS_ERROR|SSL|PR|SEC)_[A-Z][A-Z0-9_]{3,50}\b", re.IGNORECASE)
_HEXADECIMAL = re.compile(r"\b0x[0-9a-f]{4,12}\b", re.IGNORECASE)
_TOLD_CODE = re.compile(
    r"(?<!security )(?<!access )(?<!sort )(?<!post )(?<!claim )(?<!case )"
    r"\b(?:error|fault|code|gwall|ref(?:erence)?)"
    r"(?: (?:code|ref(?:erence)?|number|no\.?|id|message))?(?: (?:is|was|of))?\s*[:#]?\s*"
    r"(?P<code>(?=[\w-]*\d)(?:[A-Za-z]{1,5}-?)?[0-9][\w-]{1,15}|[A-Z]{2,6}-\d{1,8})\b",
    re.IGNORECASE,
)
_OF_AN_ERROR = re.compile(r"error|fault|gwall|screen|came up|popped up", re.IGNORECASE)
_STATUS = re.compile(r"[1-5]\d\d")


def error_text(text: str) -> str | None:
    """Return the first error message, as written, or None.

    >>> error_text('It says "Your session has timed out" again')
    'Your session has timed out'
    >>> error_text("Just says This service is unavailable, which is new")
    'This service is unavailable'
    >>> error_text("no error message at all") is None
    True
    """
    for quoted in _QUOTED.finditer(text):
        said = (quoted["straight"] or quoted["curly"] or quoted["single"] or "").strip()
        if len(said) in _QUOTED_CHARACTERS and _ERROR_WORD.search(said):
            return said
    for led in (_LED_TO, _LED_IN_LOWER):
        for found in led.finditer(text):
            if _ERROR_WORD.search(found["message"]):
                return found["message"].strip(" -–:")
    known = _KNOWN.search(text)
    return known[0] if known else None


def error_codes(text: str) -> list[str]:
    """Return error codes in the order of the text; HTTP status codes are none of them.

    A bare reference is one only where the comment speaks of an error: others are a person's own.

    >>> error_codes("Error code: E-1042, then err_connection_reset"), error_codes("error 404")
    (['E-1042', 'ERR_CONNECTION_RESET'], [])
    """
    found = [(match.start(), match[0].upper()) for match in _NAMED_CODE.finditer(text)]
    found += [(match.start(), match[0]) for match in _HEXADECIMAL.finditer(text)]
    if any(character.isdigit() for character in text) and _OF_AN_ERROR.search(text):
        found += [
            (match.start("code"), match["code"])
            for match in _TOLD_CODE.finditer(text)
            if not _STATUS.fullmatch(match["code"])
            and len(match["code"]) >= 3
            and not match["code"].lower().startswith("0x")
        ]
    return list(dict.fromkeys(code for _, code in sorted(found)))
