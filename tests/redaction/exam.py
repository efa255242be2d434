"""Draws the comments of the redaction exam: hand-written carriers filled with fresh values.

A carrier is a comment with slots, such as ``call me on {phone}``. A slot's values are written in
several styles. Carriers and styles are parted into an even and an odd half by their index, so that
a rule mended on one half can be judged on the other, which shares neither its sentences nor its
ways of writing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Literal, TypeVar

from feedback.schema import STANDARD_ENTITIES, Entity

__all__ = [
    "EXAMINED",
    "PARITIES",
    "SEED",
    "Case",
    "Deck",
    "Half",
    "Slot",
    "Style",
    "Value",
    "carriers_of",
    "fill_carrier",
    "parities_of",
    "part",
]

SEED = 20260301
"""Seed of the committed test; any other gives fresh values in the same sentences."""
EXAMINED = tuple(entity for entity in STANDARD_ENTITIES if entity is not Entity.PERSON)
"""Names have an exam of their own."""
PARITIES = (0, 1)

Half = Literal["even", "odd", "all"]
Side = Literal["carriers", "look_alikes"]
T = TypeVar("T")

_FOLDER = Path(__file__).parent
_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Style:
    """One way of writing a value. No ``labels`` means that any label will do."""

    name: str
    write: Callable[[Random], str]
    labels: frozenset[Entity] = frozenset()


@dataclass(frozen=True)
class Slot:
    """What may stand in a carrier's slot. Without an entity it is no personal data."""

    entity: Entity | None
    styles: tuple[Style, ...]


@dataclass(frozen=True)
class Value:
    """Personal data planted in a comment, with the place it must be found at."""

    entity: Entity
    text: str
    start: int
    end: int
    labels: frozenset[Entity]
    maker: str


@dataclass(frozen=True)
class Case:
    """One comment of the exam; a look-alike has no values."""

    entity: Entity
    carrier: int
    text: str
    values: tuple[Value, ...]


class Deck:
    """Deals styles in shuffled rounds, so that each is used about as often as the others."""

    def __init__(self, rng: Random, parity: int, slots: dict[str, Slot]) -> None:
        self._rng, self._parity, self._slots = rng, parity, slots
        self._hands: dict[str, list[Style]] = {}

    def deal(self, name: str) -> tuple[Slot, Style, str]:
        """Return the slot, the style drawn and the value written in it."""
        slot = self._slots[name]
        hand = self._hands.setdefault(name, [])
        if not hand:
            hand.extend(part(slot.styles, self._parity))
            self._rng.shuffle(hand)
        style = hand.pop()
        return slot, style, style.write(self._rng)


def part(choices: Sequence[T], parity: int) -> Sequence[T]:
    """Return the half of ``choices`` at indices of ``parity``; a lone choice is in both."""
    return choices[parity::2] if len(choices) > 1 else choices


def parities_of(half: Half) -> tuple[int, ...]:
    """Return the index parities that belong to ``half``."""
    return {"even": (0,), "odd": (1,), "all": PARITIES}[half]


@cache
def carriers_of(entity: Entity, side: Side) -> tuple[str, ...]:
    """Return the carriers of a type: blocks parted by a line that holds ``%`` alone."""
    text = (_FOLDER / side / f"{entity.value.lower()}.txt").read_text(encoding="utf-8")
    return tuple(block.strip("\n") for block in text.split("\n%\n") if block.strip())


def fill_carrier(carrier: str, deck: Deck) -> tuple[str, tuple[Value, ...]]:
    """Return the comment and the personal values in it, at the letters and digits they span."""
    pieces: list[str] = []
    values: list[Value] = []
    length = 0
    for literal, name in _pieces(carrier):
        pieces.append(literal)
        length += len(literal)
        if name is None:
            continue
        slot, style, text = deck.deal(name)
        if slot.entity is not None:
            maker = f"{name}/{style.name}"
            values.append(Value(slot.entity, text, length, length + len(text), style.labels, maker))
        pieces.append(text)
        length += len(text)
    return "".join(pieces), tuple(values)


def _pieces(carrier: str) -> Iterator[tuple[str, str | None]]:
    end = 0
    for match in _SLOT.finditer(carrier):
        yield carrier[end : match.start()], match[1]
        end = match.end()
    yield carrier[end:], None
