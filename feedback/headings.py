"""Read the headings of an export: compare them, and tell which point to a person.

A file without a heading row has a person's answers where headings should be. So a message shows a
heading only if the whole row looks like headings and this one is short and plain; otherwise it
names the column by its position, by which it can be mapped as well.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

__all__ = ["heading_key", "plain_question", "points_to_person", "shown_headings"]

_NUMBERING = re.compile(
    r"^\s*(?:q(?:uestion)?\.?\s*)?\d{1,3}[a-z]?\s*[.):\]–-]+\s*|^\s*q\d{1,3}\s+", re.I
)
_ASIDE = re.compile(r"\((?:optional|required|please [^()]*|tick [^()]*)\)|\*+\s*$", re.I)
_NOT_A_WORD = re.compile(r"[\W_]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def plain_question(heading: str) -> str:
    """Return a heading without its number and asides such as "(optional)".

    >>> plain_question("3. Why did you give that answer? (optional)")
    'Why did you give that answer?'
    """
    heading = " ".join(heading.split())
    return _ASIDE.sub("", _NUMBERING.sub("", heading, count=1)).strip() or heading


def heading_key(heading: str) -> str:
    """Return what two spellings of a heading share: no numbering, case, punctuation.

    >>> heading_key("Q3: Response_ID") == heading_key("response id") == "response id"
    True
    """
    folded = (
        unicodedata.normalize("NFKC", plain_question(heading)).replace("'", "").replace("’", "")
    )
    return _NOT_A_WORD.sub(" ", folded.casefold()).strip()


# Words that name a person's data, unless a word beside them says whose it is.
_PERSON_WORDS = frozenset(
    {
        *("address", "addresses", "addressline", "postcode", "postcodes", "zip", "zipcode"),
        *("email", "emails", "mail", "phone", "telephone", "tel", "mobile", "landline", "fax"),
        *("whatsapp", "contact", "dob", "birthday", "birthdate", "nino", "passport", "signature"),
        *("surname", "forename", "forenames", "firstname", "lastname", "fullname", "middlename"),
        *("username", "initials", "nationality", "ip", "ipaddress", "cyfeiriad", "ebost", "enw"),
        *("name", "names"),
    }
)
_PERSON_PHRASES = re.compile(
    r"\b(?:"
    r"(?:full|first|last|middle|given|family|maiden|your|respondent|customer|contact|user|sender)s?"
    r" names?"
    r"|date of birth|e mail|post code|zip code|ip address|ni (?:number|no)|nhs (?:number|no)"
    r"|national insurance|case (?:number|reference|ref|id|no)|claim (?:number|reference|no)"
    r"|driving licence|sort code|account number|card number|bank account|contact details"
    r"|your (?:e?mail|phone|telephone|mobile|address|postcode|signature|number)"
    r")\b"
)
_NAME_OF_A_THING = re.compile(
    r"\b(?:service|page|path|site|website|court|tribunal|form|file|browser|device|product|team|event"
    r"|department|organisation|organization|trust|survey|question|field|campaign|system|project"
    r"|region|area|office|venue|location|category|topic|channel|language|app|version|model|column"
    r"|variable|code|theme|status) (?:or service )?(?:names?|title)\b"
)
_KEPT = frozenset(
    {"mobile or desktop", "mobile device", "is mobile", "device mobile", "page title"}
)
_KEPT_PHRASES = re.compile(
    r"\b(?:page|web|site|url) address\b|\bmobile (?:os|app|version|browser|friendly|or)\b"
    r"|\bcontact (?:type|method|channel|centre|reason)\b"
)
_LONG = 6
"""From this many words on a heading is a question; "Did you try to phone us?" asks no number."""


def points_to_person(heading: str) -> bool:
    """Return whether a column of this heading would hold who or where a person is.

    >>> points_to_person("E-mail address"), points_to_person("Service name")
    (True, False)
    """
    key = _NOT_A_WORD.sub(" ", _CAMEL.sub(" ", plain_question(heading)).casefold()).strip()
    if key in _KEPT:
        return False
    rest = _KEPT_PHRASES.sub(" ", _NAME_OF_A_THING.sub(" ", key))
    if _PERSON_PHRASES.search(rest):
        return True
    words = rest.split()
    if len(key.split()) >= _LONG:
        return False
    return any(word in _PERSON_WORDS for word in words)


_MAX_SHOWN_CHARACTERS = 40
_MAX_SHOWN_WORDS = 5
# Quotation marks, and delimiters without a space behind them, are left of a row that was cut.
_LOOKS_LIKE_DATA = re.compile(r"@|\d{3}|\d[/.:-]\d|^\s*[-+]?\d+(?:\.\d+)?\s*$|://|[\n\t|\"]|[,;]\S")


def shown_headings(headings: Sequence[str]) -> list[str]:
    """Return how to call each column in a message: its heading if safe, else ``column 3``.

    >>> shown_headings(["id", "page", "text"])
    ['id', 'page', 'text']
    >>> shown_headings(["03/04/2026", "my name is X"])
    ['column 1', 'column 2']
    """
    # One column of which nothing is known may well be comments from its first line on.
    is_heading_row = len(headings) > 1 and not any(
        _LOOKS_LIKE_DATA.search(heading) or _is_sentence(heading) for heading in headings
    )
    return [
        heading if is_heading_row and _is_plain(heading) else f"column {position}"
        for position, heading in enumerate(headings, start=1)
    ]


def _is_sentence(heading: str) -> bool:
    """Say whether this is somebody's answer: beside one, "Ann Other" is a name and no heading."""
    return len(heading.split()) > _MAX_SHOWN_WORDS and heading.rstrip().endswith((".", "!", ","))


def _is_plain(heading: str) -> bool:
    return (
        0 < len(heading) <= _MAX_SHOWN_CHARACTERS
        and len(heading.split()) <= _MAX_SHOWN_WORDS
        and heading.isprintable()
        and not heading.endswith((".", "!", ","))
    )
