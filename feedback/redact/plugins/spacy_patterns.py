"""Names in context, as patterns of spaCy's Matcher over the attributes of `spacy_tokens`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from feedback.redact.name_cues import Evidence

__all__ = ["PATTERNS", "SCORES"]

_Pattern = list[dict[str, Any]]

_TITLE: Final = {"_": {"is_person_title": True}, "ORTH": {"NOT_IN": ["MS"]}}
"""In capitals it is the company as often as not."""
_STOP: Final = {"ORTH": ".", "OP": "?"}
_INITIALS: Final = {"_": {"is_initial": True}, "OP": "*"}
_NAME: Final = {"_": {"may_be_name": True}}
_CAPITAL: Final = {"_": {"may_be_name": True}, "IS_LOWER": False}
_MORE: Final[_Pattern] = [
    {"_": {"is_name_particle": True}, "IS_LOWER": True, "OP": "*"},
    {"_": {"may_be_name": True}, "IS_LOWER": False, "OP": "*"},
]


def _after(cue: Evidence, first: dict[str, Any]) -> _Pattern:
    """Return a pattern for a name right after a cue of at least this evidence."""
    return [{**first, "_": {**first["_"], "name_cue": {">=": int(cue)}}}, *_MORE]


PATTERNS: Final[Mapping[str, list[_Pattern]]] = MappingProxyType(
    {
        "title": [[_TITLE, _STOP, _INITIALS, _NAME, *_MORE]],
        "office": [
            [
                {"_": {"is_office": True}, "IS_LOWER": False},
                {"_": {"is_office": True}, "IS_LOWER": False, "OP": "*"},
                _STOP,
                _INITIALS,
                _CAPITAL,
                *_MORE,
            ]
        ],
        "announced": [_after(Evidence.CERTAIN, _NAME)],
        "kin": [_after(Evidence.GOOD, _NAME)],
        "staff": [_after(Evidence.FAIR, {"_": {"is_listed_name": True}})],
        "list": [
            [
                {"_": {"is_listed_name": True, "is_given_name": True}, "IS_LOWER": False},
                {"_": {"is_initial": True}, "OP": "*"},
                {"_": {"is_surname": True}, "IS_LOWER": False, "OP": "+"},
            ]
        ],
    }
)
"""By kind: after a title or an office (judges, police), after a cue ("my name is", a sign-off;
kin; staff), and a listed name before a surname."""

SCORES: Final[Mapping[str, float]] = MappingProxyType(
    {
        "people": 1.0,
        "title": 0.95,
        "office": 0.9,
        "announced": 0.9,
        "kin": 0.9,
        "staff": 0.8,
        "list": 0.8,
    }
)
"""How sure a find is; what `NameRecogniser` finds brings its own score."""
