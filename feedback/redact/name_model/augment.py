"""Copies of marked texts in which case, names and the name lists differ.

A model that has only seen "Harry Styles" learns Harry Styles. So people are given other names at
each reading, a third of the texts lose their capitals or shout, and words drop out of the lists,
so that a name in no list is found by what stands around it. Other words are misspelt as well, so
that a word nobody knows is not a name for that alone.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from feedback.redact.lexicon import COMMON, NAME
from feedback.redact.name_model.corpus import Marked

__all__ = ["NameSource", "change_case", "change_names", "drop_lists", "misspell_words"]

_WORD: Final = re.compile(r"[^\W\d_]{4,}")
_SHARE_RENAMED: Final = 0.6
_SHARE_MISSPELT: Final = 0.12
_SHARE_CARELESS: Final = 0.4
"""Texts in which other words are misspelt, and the share of their words that is."""
_SHARE_CARELESS_WORDS: Final = 0.1
_SHARE_LOWER: Final = 0.33
_SHARE_UPPER: Final = 0.08
_SHARE_LOWER_NAMES: Final = 0.05
_SHARE_UNLISTED: Final = 0.25
"""Texts of which no name is in a list, so that context must do."""
_SHARE_WORD_UNLISTED: Final = 0.12


@dataclass(frozen=True, slots=True)
class NameSource:
    """Names to put in the place of others, in small letters."""

    given: Sequence[str]
    surnames: Sequence[str]

    def draw(self, n_words: int, rng: random.Random) -> list[str]:
        """Return a name of ``n_words`` words."""
        if n_words == 1:
            return [rng.choice(self.given if rng.random() < 0.75 else self.surnames)]
        words = [rng.choice(self.given) for _ in range(n_words - 1)]
        last = rng.choice(self.surnames)
        if rng.random() < 0.06:
            last = f"{last}-{rng.choice(self.surnames)}"
        return [*words, last]


def change_names(marked: Marked, source: NameSource, rng: random.Random) -> Marked:
    """Give people other names, now and then misspelt; a name said twice stays the same name."""
    if rng.random() > _SHARE_RENAMED:
        return marked
    drawn: dict[str, str] = {}
    return _rewrite(
        marked,
        in_mark=lambda value, label: (
            _rename(value, drawn, source, rng) if label == "PERSON" else value
        ),
    )


def _rewrite(
    marked: Marked,
    *,
    in_mark: Callable[[str, str], str] = lambda value, _: value,
    between: Callable[[str], str] = str,
) -> Marked:
    """Return a text whose marked stretches and what stands between them are changed."""
    text, position = "", 0
    marks: list[tuple[int, int, str]] = []
    for start, end, label in marked.marks:
        text += between(marked.text[position:start])
        value = in_mark(marked.text[start:end], label)
        marks.append((len(text), len(text) + len(value), label))
        text += value
        position = end
    return Marked(text + between(marked.text[position:]), tuple(marks))


def _rename(value: str, drawn: dict[str, str], source: NameSource, rng: random.Random) -> str:
    words = value.split(" ")
    new = source.draw(min(len(words), 4), rng)
    renamed = []
    for old, name in zip(words, new, strict=False):
        if len(old) <= 2 or old.endswith("."):
            renamed.append(old)  # initials and particles stay
            continue
        if old not in drawn:
            drawn[old] = _misspell(name, rng) if rng.random() < _SHARE_MISSPELT else name
        renamed.append(_like(drawn[old], old))
    return " ".join(renamed)


def _like(name: str, model: str) -> str:
    """Return ``name`` in the case of ``model``."""
    if model.isupper() and len(model) > 1:
        return name.upper()
    if model[:1].islower():
        return name.lower()
    return "-".join(part[:1].upper() + part[1:] for part in name.split("-"))


def _misspell(name: str, rng: random.Random) -> str:
    if len(name) < 4:
        return name
    at = rng.randrange(1, len(name) - 1)
    kind = rng.random()
    if kind < 0.35:
        return name[:at] + name[at + 1] + name[at] + name[at + 2 :]
    if kind < 0.6:
        return name[:at] + name[at + 1 :]
    if kind < 0.8:
        return name[:at] + name[at] + name[at:]
    return name[:at] + rng.choice("aeiouhnrs") + name[at + 1 :]


def misspell_words(marked: Marked, rng: random.Random) -> Marked:
    """Misspell a few of the words that are not marked."""
    if rng.random() > _SHARE_CARELESS:
        return marked
    return _rewrite(
        marked,
        between=lambda other: _WORD.sub(lambda word: _now_and_then(word.group(), rng), other),
    )


def _now_and_then(word: str, rng: random.Random) -> str:
    return _misspell(word, rng) if rng.random() < _SHARE_CARELESS_WORDS else word


def change_case(marked: Marked, rng: random.Random) -> Marked:
    """Write all in small letters or capitals, or the names alone in small letters."""
    drawn = rng.random()
    text = marked.text
    if drawn < _SHARE_LOWER:
        text = text.lower()
    elif drawn < _SHARE_LOWER + _SHARE_UPPER:
        text = text.upper()
    elif drawn < _SHARE_LOWER + _SHARE_UPPER + _SHARE_LOWER_NAMES:
        for start, end, label in marked.marks:
            if label == "PERSON":
                text = text[:start] + text[start:end].lower() + text[end:]
    # A few letters change their length with their case; then the marks would point elsewhere.
    return Marked(text, marked.marks) if len(text) == len(marked.text) else marked


def drop_lists(classes: Sequence[int], rng: random.Random) -> list[int]:
    """Return classes of words some of which the lists forgot."""
    if rng.random() < _SHARE_UNLISTED:
        return [0 if one & NAME else one for one in classes]
    return [
        0 if one & (NAME | COMMON) and rng.random() < _SHARE_WORD_UNLISTED else one
        for one in classes
    ]
