"""What forms and mail programs add to a comment, taken out line by line.

Every rule wants a whole line, the start of a line or the end of the text, in the exact words a
program writes: a person who says "the form was sent from my iPhone" keeps every word.
"""

from __future__ import annotations

import re

__all__ = ["drop_boilerplate", "drop_question"]

# Labels of the page feedback form and of older versions of it, in English and Welsh.
_LABELS = (
    "what were you doing",
    "what went wrong",
    "what were you trying to do",
    "what is wrong with this page",
    "how should we improve this page",
    "how could we improve this service",
    "what do you think of this page",
    "beth oeddech chi'n ei wneud",
    "beth aeth o'i le",
)
_LABEL = re.compile(
    r"^(?:" + "|".join(re.escape(label) for label in _LABELS) + r")(?:\?\s*[:–-]?|\s*:)(?:\s+|$)",
    re.IGNORECASE | re.MULTILINE,
)
_DEVICES = (
    r"(?:my |a )?(?:iPhone|iPad|iPod|Android|Samsung|Galaxy|Huawei|Honor|Xiaomi|OnePlus|Pixel|Sony"
    r"|BlackBerry|Windows Phone|Nokia|HTC|Motorola|mobile|phone|tablet|smartphone|Xperia)"
    r"(?: [\w+-]{1,20}){0,5}"
)
_PROGRAMS = (
    r"(?:Yahoo ?!? Mail|AOL|Outlook|Mail|Gmail|Proton ?Mail|myMail|Samsung Mobile)"
    r"(?: [\w.+-]+){0,5}"
)
_SENT = (
    rf"(?:Sent|Anfonwyd) (?:from|via|using|o) (?:{_DEVICES}|{_PROGRAMS})|Anfonwyd o'm {_DEVICES}"
)
_OUTLOOK = r"(?:Get|Download|Sent from) Outlook for (?:iOS|Android|Mac)"
_SENT_LINE = re.compile(rf"^[ \t]*(?:{_SENT}|{_OUTLOOK})[.!]?[ \t]*$", re.MULTILINE)
_SENT_AT_END = re.compile(rf"(?<=[.!?)]) (?:{_SENT}|{_OUTLOOK})[.!]?\s*\Z")
_DISCLAIMER = re.compile(
    r"^(?:"
    r"(?:this|the information in this) (?:e-?mail|message)(?: message)?,? "
    r"\(?(?:(?:and|together with) (?:any|its|all) (?:attach|files)"
    r"|is (?:intended|confidential|private)|may contain|has been scanned).*"
    r"(?:confidential|intended|privileged|virus|malware).*"
    r"|if you are not the (?:intended|named) (?:recipient|addressee).*"
    r"|if you have received this (?:e-?mail|message|communication) in error.*"
    r"|please consider the environment before printing.*"
    r"|(?:e-?mail )?(?:disclaimer|confidentiality (?:notice|statement)):.*"
    r"|(?:mae'r|mae) (?:neges|e-bost) .*(?:cyfrinachol|derbynnydd).*"
    r")$",
    re.IGNORECASE | re.MULTILINE,
)
_QUOTED_MAIL = re.compile(r"^-{3,} ?(?:Original Message|Forwarded message) ?-{3,}$", re.MULTILINE)
# RFC 3676, 4.3: a signature follows two hyphens and a space alone on a line.
_MAX_SIGNATURE_LINES = 8
_MAX_SIGNATURE_WIDTH = 80

_WORTH_A_LOOK = re.compile(
    r"\?|:|sent|outlook|anfonwyd|e-?mail|message|recipient|printing|e-bost|neges|-- \n|---",
    re.IGNORECASE,
)


def drop_boilerplate(text: str) -> str:
    r"""Return the text without form labels, device lines, disclaimers, quoted mail and signature.

    >>> drop_boilerplate("What went wrong?: it froze\nSent from my iPhone")
    'it froze\n'
    >>> drop_boilerplate("the photos were sent from my iPhone")
    'the photos were sent from my iPhone'
    """
    if not _WORTH_A_LOOK.search(text):
        return text
    text = _without_signature(text)
    if (quoted := _QUOTED_MAIL.search(text)) and text[: quoted.start()].strip():
        text = text[: quoted.start()]
    for pattern in (_LABEL, _SENT_LINE, _SENT_AT_END, _DISCLAIMER):
        text = pattern.sub("", text)
    return text


def drop_question(text: str, question: str) -> str:
    """Return the text without the question it answers, where some tool put that before it.

    >>> drop_question("Why did you give that answer? - too slow", "Why did you give that answer?")
    'too slow'
    """
    stem = question.strip().rstrip("?:. ")
    if not stem or text[: len(stem)].casefold() != stem.casefold():
        return text
    rest = text[len(stem) :]
    separator = re.match(r"\s*[?:][?:\s–-]*", rest)
    return rest[separator.end() :] if separator else text


def _without_signature(text: str) -> str:
    head, mark, tail = text.rpartition("\n-- \n")
    lines = tail.strip().splitlines()
    is_signature = len(lines) <= _MAX_SIGNATURE_LINES and all(
        len(line) <= _MAX_SIGNATURE_WIDTH for line in lines
    )
    return head if mark and head.strip() and is_signature else text
