"""A text as the name model sees it: word pieces, and what is known of each word.

The encoder is uncased. What case and the name lists say goes in beside the pieces, through the
table in which BERT keeps its two sentence types: a row for each pair of shape and list.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

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
    TITLE,
    load_lexicon,
)
from feedback.redact.name_words import LOWER, UPPER, Words

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = [
    "BEGIN",
    "END",
    "LABELS",
    "N_TYPES",
    "Pieces",
    "load_tokenizer",
    "read_pieces",
    "word_types",
]

LABELS: Final = ("O", "PERSON", "PLACE", "ORGANISATION")

BEGIN: Final = 101
END: Final = 102
"""Piece ids of BERT's marks at the ends of a text."""

_SHAPES: Final = 4
"""Small letters; a capital where one is due; a capital elsewhere; capitals throughout."""
_LISTS: Final = 8
N_TYPES: Final = _SHAPES * _LISTS
UNKNOWN_LIST, _GIVEN, _SURNAME, _AMBIGUOUS, _COMMON, _PLACE, _ADDRESSING, _INSTITUTION = range(
    _LISTS
)


@dataclass(frozen=True, slots=True)
class Pieces:
    """Word pieces of a text, without the marks at its ends.

    ``ids`` and ``types`` go into the model; ``word`` is the index of the word of ``words`` that a
    piece belongs to, -1 for none; ``is_first`` marks the first piece of a word.
    """

    ids: list[int]
    types: list[int]
    word: list[int]
    is_first: list[bool]


@cache
def load_tokenizer() -> Tokenizer:
    """Return the encoder's tokenizer, which neither cuts nor pads."""
    from importlib.resources import files

    from tokenizers import Tokenizer

    text = (
        files("feedback.redact").joinpath("data", "name_model", "tokenizer.json").read_text("utf-8")
    )
    tokenizer = Tokenizer.from_str(text)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def word_types(words: Words, classes: Sequence[int] | None = None) -> list[int]:
    """Return the row of the type table for each word; ``classes`` override those of the lists."""
    known = words.classes if classes is None else classes
    return [_shape(words, index) * _LISTS + list_of(known[index]) for index in range(len(words))]


def _shape(words: Words, index: int) -> int:
    shape = words.shapes[index]
    if shape == LOWER:
        return 0
    if shape == UPPER:
        return 3
    return 1 if words.starts_sentence(index) else 2


def list_of(classes: int) -> int:
    """Return which list a word counts as in, given its classes in the lexicon."""
    if classes & NAME:
        if classes & (AMBIGUOUS | COMMON | PLACE | MONTH | ORGANISATION | OFFICE | PARTICLE):
            return _AMBIGUOUS
        return _GIVEN if classes & GIVEN else _SURNAME
    if classes & (TITLE | OFFICE):
        return _ADDRESSING
    if classes & PLACE:
        return _PLACE
    if classes & ORGANISATION:
        return _INSTITUTION
    return _COMMON if classes & COMMON else UNKNOWN_LIST


def read_words(text: str) -> Words:
    """Return the words of ``text`` with their classes."""
    return Words(text, load_lexicon())


def read_pieces(words: Words, types: Sequence[int]) -> Pieces:
    """Return the word pieces of ``words.text``."""
    encoding = load_tokenizer().encode(words.text, add_special_tokens=False)
    pieces = Pieces([], [], [], [])
    last = -1
    starts = words.starts
    for piece, (start, _) in zip(encoding.ids, encoding.offsets, strict=True):
        index = bisect_right(starts, start) - 1
        if index >= 0 and start >= words.ends[index]:
            index = -1
        pieces.ids.append(piece)
        pieces.types.append(types[index] if index >= 0 else 0)
        pieces.word.append(index)
        pieces.is_first.append(index >= 0 and index != last)
        if index >= 0:
            last = index
    return pieces
