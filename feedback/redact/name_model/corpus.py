"""Marked texts to learn names from: CoNLL files, and comments with marks in them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from feedback.errors import LabelsError

__all__ = ["MARKED", "Marked", "parse_marked", "read_conll", "read_marked"]


@dataclass(frozen=True, slots=True)
class Marked:
    """A text and what is marked in it: (start, end, label), label as in `features.LABELS`."""

    text: str
    marks: tuple[tuple[int, int, str], ...]


MARKED: Final = {"P": "PERSON", "L": "PLACE", "O": "ORGANISATION"}
"""Tags of a marked comment: ``Mrs <P>Okafor</P> of <L>Leeds</L>``."""

_TAG = re.compile(r"<(/?)([PLO])>")
_CONLL: Final = {
    "person": "PERSON",
    "per": "PERSON",
    "location": "PLACE",
    "loc": "PLACE",
    "organisation": "ORGANISATION",
    "organization": "ORGANISATION",
    "org": "ORGANISATION",
    "corporation": "ORGANISATION",
    "group": "ORGANISATION",
}
_NO_SPACE_BEFORE = frozenset(
    [".", ",", "!", "?", ":", ";", ")", "'s", "n't", "'m", "'re", "'ve", "'ll", "'d", "%", "…"]
)
_NO_SPACE_AFTER = frozenset(["(", "£", "$", "#"])


def parse_marked(line: str) -> Marked:
    r"""Return the text of a marked line without its tags; ``\n`` in it is a line break.

    Raises
    ------
    LabelsError
        A tag is opened twice or never closed.

    Examples
    --------
    >>> parse_marked("Mrs <P>Okafor</P> rang")
    Marked(text='Mrs Okafor rang', marks=((4, 10, 'PERSON'),))
    """
    line = line.replace("\\n", "\n")
    parts: list[str] = []
    marks: list[tuple[int, int, str]] = []
    length, position, opened = 0, 0, None
    for tag in _TAG.finditer(line):
        parts.append(line[position : tag.start()])
        length += tag.start() - position
        position = tag.end()
        is_closing, kind = bool(tag.group(1)), tag.group(2)
        if is_closing and opened is not None and opened[1] == kind:
            marks.append((opened[0], length, MARKED[kind]))
            opened = None
        elif is_closing or opened is not None:
            raise LabelsError(
                f"Unbalanced tag {tag.group()} at character {tag.start()} of a marked line."
            )
        else:
            opened = (length, kind)
    if opened is not None:
        raise LabelsError(f"The tag <{opened[1]}> of a marked line is never closed.")
    parts.append(line[position:])
    return Marked("".join(parts), tuple(marks))


def read_marked(path: Path) -> list[Marked]:
    """Return the comments of a file with one marked comment a line."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [parse_marked(line) for line in lines if line.strip()]


def read_conll(path: Path) -> list[Marked]:
    """Return the sentences of a file with a word and its tag on each line.

    "@" and the user name after it, tagged as two people in the Twitter sets, become one word
    without a tag. Tags that are none of ours (products, works) count as no tag.
    """
    return [_join(sentence) for sentence in _sentences(path)]


def _sentences(path: Path) -> Iterator[list[tuple[str, str]]]:
    sentence: list[tuple[str, str]] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        fields = line.split()
        if len(fields) >= 2:
            sentence.append((fields[0], _label(fields[-1])))
        elif sentence:
            yield _merge_handles(sentence)
            sentence = []
    if sentence:
        yield _merge_handles(sentence)


def _label(tag: str) -> str:
    return _CONLL.get(tag.partition("-")[2].lower(), "O")


def _merge_handles(sentence: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    merged: list[tuple[str, str]] = []
    for word, label in sentence:
        if merged and merged[-1][0] == "@":
            merged[-1] = (f"@{word}", "O")
        else:
            merged.append((word, "O" if word.startswith("@") else label))
    return merged


def _join(sentence: Sequence[tuple[str, str]]) -> Marked:
    text = ""
    marks: list[tuple[int, int, str]] = []
    previous = ""
    for word, label in sentence:
        is_tight = not text or word in _NO_SPACE_BEFORE or previous in _NO_SPACE_AFTER
        text += word if is_tight else f" {word}"
        start = len(text) - len(word)
        if label != "O":
            if marks and marks[-1][2] == label and marks[-1][1] >= start - 1:
                marks[-1] = (marks[-1][0], len(text), label)
            else:
                marks.append((start, len(text), label))
        previous = word
    return Marked(text, tuple(marks))
