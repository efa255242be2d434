"""What a spaCy token may be: our word lists and cues as attributes ``token._``.

Patterns of spaCy's Matcher, ours and a team's own, can ask for them:
``[{"_": {"is_person_title": True}}, {"_": {"is_surname": True}}]``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from spacy.tokens import Token

from feedback.redact.lexicon import (
    AMBIGUOUS,
    COMMON,
    GIVEN,
    MONTH,
    NAME,
    OFFICE,
    ORGANISATION,
    PARTICLE,
    PLACE,
    SURNAME,
    TITLE,
    load_lexicon,
    word_key,
)
from feedback.redact.name_cues import CUES, Evidence

if TYPE_CHECKING:
    from spacy.tokens import Doc

    from feedback.redact.folding import Folded

__all__ = ["ATTRIBUTES", "mark_cues", "register_attributes"]

_NO_NAME: Final = COMMON | TITLE | OFFICE | ORGANISATION | MONTH | PLACE
_ELSE: Final = AMBIGUOUS | _NO_NAME


def _classes(token: Token) -> int:
    return load_lexicon().get(word_key(token.text.rstrip(".")), 0)


def _has(kind: int) -> Callable[[Token], bool]:
    return lambda token: bool(_classes(token) & kind)


def _is_listed(token: Token) -> bool:
    classes = _classes(token)
    return bool(classes & NAME) and not classes & _ELSE


def _may_be_name(token: Token) -> bool:
    """Whether a word with a capital, or a listed name, could be part of a name."""
    if not token.text[:1].isalpha() or len(token.text) < 2:
        return False
    classes = _classes(token)
    if classes & NAME and not classes & (COMMON | TITLE):
        return token.text[0].isupper() or not classes & _ELSE
    return token.text[0].isupper() and not classes & _NO_NAME


def _is_initial(token: Token) -> bool:
    letter = token.text.rstrip(".")
    return len(letter) == 1 and letter.isupper() and token.text not in ("I", "A")


ATTRIBUTES: Final[Mapping[str, Callable[[Token], bool]]] = MappingProxyType(
    {
        "is_given_name": _has(GIVEN),
        "is_surname": _has(SURNAME),
        "is_listed_name": _is_listed,
        "is_ambiguous_name": _has(AMBIGUOUS),
        "may_be_name": _may_be_name,
        "is_initial": _is_initial,
        "is_name_particle": _has(PARTICLE),
        "is_person_title": _has(TITLE),
        "is_office": _has(OFFICE),
        "is_common_word": _has(COMMON),
        "is_place_name": _has(PLACE),
        "is_organisation_word": _has(ORGANISATION),
    }
)
"""Attributes of a token; ``is_listed_name`` is a name of the lists and nothing else, and
``may_be_name`` what a cue would make a name of."""


def register_attributes() -> None:
    """Give every token the attributes; ``token._.name_cue`` is 0 until a doc was read."""
    for name, getter in ATTRIBUTES.items():
        Token.set_extension(name, getter=getter, force=True)
    Token.set_extension("name_cue", default=int(Evidence.NONE), force=True)


def mark_cues(doc: Doc, folded: Folded) -> None:
    """Set ``token._.name_cue`` of each token after a cue to the `Evidence` the cue gives.

    The cues are those of `feedback.redact.name_cues`: "my name is", kin, sign-offs, staff.
    """
    at = {token.idx: token for token in doc}
    position = 0
    while (match := CUES.search(folded.text, position)) is not None:
        position = max(match.end() - 1, match.start() + 1)
        if match.lastgroup is None or match.end() >= len(folded.text):
            continue
        token = at.get(folded.position(match.end()))
        if token is not None:
            token._.name_cue = max(token._.name_cue, int(Evidence[match.lastgroup]))
