"""Words and what they may be: given names, surnames, places, titles, common words.

Where the lists in ``data/`` come from stands in their README. Case and accents are ignored, so that
"SIOBHAN", "siobhan" and "Siobhán" are one name. A name that is also a common word or a place is
ambiguous: it needs evidence beyond the list.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from importlib.resources import files
from typing import Final

__all__ = [
    "AMBIGUOUS",
    "COMMON",
    "GIVEN",
    "MONTH",
    "NAME",
    "OFFICE",
    "ORGANISATION",
    "PARTICLE",
    "PLACE",
    "SURNAME",
    "TITLE",
    "load_everyday_names",
    "load_lexicon",
    "load_places",
    "word_key",
]


GIVEN: Final = 1
SURNAME: Final = 2
NAME: Final = GIVEN | SURNAME
AMBIGUOUS: Final = 4
"""A name that is also a common word, a month or a place."""
COMMON: Final = 8
"""No name: a word of everyday feedback."""
PLACE: Final = 16
TITLE: Final = 32
"""Stands before a name and nowhere else: Mr, Dr."""
OFFICE: Final = 64
"""May stand before a name: Judge, PC, Sister."""
ORGANISATION: Final = 128
"""Makes an organisation or a street of the name before it: Court, Ltd, Road."""
PARTICLE: Final = 256
"""Stands inside a name: van, bin, ap."""
MONTH: Final = 512

_TITLES = "mr mrs ms mx dr prof revd rev messrs"
_OFFICES = (
    "miss hhj ddj cllr judge justice recorder dj sir madam dame lord lady professor doctor pc "
    "wpc dc ds di sgt sergeant constable "
    "detective inspector captain councillor reverend father sister brother rabbi imam sheikh "
    "master uncle auntie aunt "
    "aunty nanny nan grandad grandma sheriff usher officer coroner magistrate registrar"
)
_ORGANISATIONS = (
    "abbey academy advice airport arms associates association authority avenue bank borough "
    "brothers building buildings "
    "bureau business care castle cathedral centre chamber chambers church city civil clinic "
    "close club co college combined "
    "committee company corporation council counsel county court courthouse crescent crown "
    "department drive estate family "
    "farm firm foundation gardens general group hall health hearing heights high hospital hotel "
    "house housing inc infirmary "
    "institute insurance justice kingdom lane law legal legals library limited line llp lodge "
    "ltd magistrates magistrates' mail "
    "mall market mews ministry museum office park partners partnership pharmacy place plc police "
    "post practice prison "
    "properties quay registry road royal school schools services society solicitor solicitors "
    "sons square station street "
    "supermarket surgery terrace tower town tribunal tribunals trust union university v vs "
    "valley versus view village water "
    "way wharf youth zoo"
)
_PARTICLES = (
    "ab abu al ap as bin bint d da dal de del della den der di dos du el fab ferch ibn la le lo "
    "mac mc ni o ter van von y "
    "zu st"
)
_LETTERS = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th", "ð": "d", "ə": "a"}
)
"""Letters that Unicode does not take apart into a plain letter and a mark."""
_MONTHS = (
    "january february march april may june july august september october november december jan "
    "feb mar apr jun jul aug sep"
)


def word_key(word: str) -> str:
    """Return ``word`` without case and accents.

    Examples
    --------
    >>> word_key("Siobhán")
    'siobhan'
    """
    folded = word.casefold()
    if folded.isascii():
        return folded
    parts = unicodedata.normalize("NFD", folded)
    plain = "".join(sign for sign in parts if not unicodedata.combining(sign))
    return plain.translate(_LETTERS)


def _read(name: str) -> frozenset[str]:
    text = files("feedback.redact").joinpath("data", name).read_text(encoding="utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return frozenset(word_key("\n".join(lines)).split())


@cache
def load_places() -> frozenset[str]:
    """Return towns, counties and countries, as keys; words of one name are joined by a space."""
    return frozenset(place.replace("_", " ") for place in _read("places.txt"))


@cache
def load_everyday_names() -> frozenset[str]:
    """Return names, as keys, that are far more often words."""
    return _read("everyday_names.txt")


@cache
def load_lexicon() -> dict[str, int]:
    """Return the classes of every known word (a sum of the constants above) by its key."""
    given, surnames = _read("given_names.txt"), _read("surnames.txt")
    common, places = _read("common_words.txt"), load_places()
    both = given & surnames
    lexicon = dict.fromkeys(surnames, SURNAME) | dict.fromkeys(given, GIVEN)
    lexicon |= dict.fromkeys(both, NAME)
    ambiguous = _read("ambiguous_names.txt") | common | places
    sets = (
        (ambiguous & lexicon.keys(), AMBIGUOUS),
        (common - lexicon.keys(), COMMON),
        (places, PLACE),
        (frozenset(_TITLES.split()), TITLE),
        (frozenset(_OFFICES.split()), OFFICE),
        (frozenset(_ORGANISATIONS.split()), ORGANISATION),
        (frozenset(_PARTICLES.split()), PARTICLE),
        (frozenset(_MONTHS.split()), MONTH),
    )
    for words, kind in sets:
        for word in words:
            lexicon[word] = lexicon.get(word, 0) | kind
    return lexicon
