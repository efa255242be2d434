"""What stands where personal data stood, in every form, known in this one place.

Three operators leave three forms behind: ``[PERSON]``, ``[PERSON_1]`` and a mask of blocks. Whoever
reads redacted text (language, topics, codes, pages) asks here what is a placeholder.
"""

from __future__ import annotations

import re

from feedback.schema import Entity

__all__ = ["MASKED", "MAX_NUMBER", "PLACEHOLDER", "numbered", "without_numbers"]

MASKED = "█" * 5
"""A masked value. Always five blocks: the length of a name is a hint at the name."""

MAX_NUMBER = 9_999
"""The largest number of a pseudonym. More digits could be a number that somebody typed."""

_WORDS = "|".join(entity.value for entity in Entity)
_NUMBER = r"_[1-9]\d{0,3}"

PLACEHOLDER = re.compile(rf"\[(?:{_WORDS})(?:{_NUMBER})?\]|█+")
"""Anything that a redaction leaves behind. Blocks count in any number: two masks may touch."""

_NUMBERED = re.compile(rf"(\[(?:{_WORDS})){_NUMBER}\]")


def numbered(entity: Entity, number: int) -> str:
    """Return the pseudonym of the ``number``-th value of its kind in a response.

    >>> numbered(Entity.PERSON, 2)
    '[PERSON_2]'
    """
    return f"[{entity.value}_{number}]"


def without_numbers(text: str) -> str:
    """Return the text with plain placeholders for pseudonyms: what models are trained on.

    >>> without_numbers("[PERSON_1] told [PERSON_2], see [1] and [PHONE]")
    '[PERSON] told [PERSON], see [1] and [PHONE]'
    """
    return _NUMBERED.sub(r"\1]", text) if "_" in text else text
