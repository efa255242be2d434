"""Draws the cases of one type: comments that hold its values, and look-alikes that hold none."""

from __future__ import annotations

from random import Random

from feedback.schema import Entity
from tests.redaction.exam import (
    Case,
    Deck,
    Half,
    Slot,
    Style,
    carriers_of,
    fill_carrier,
    parities_of,
)
from tests.redaction.slots import ROWS, SLOTS
from tests.redaction.writing import plain

__all__ = ["look_alikes", "must_find"]

_N_CASES = 80
"""Cases of a type, side and parity: 160 of each side in all."""
_N_PUBLISHED, _N_CONTEXT_ONLY = 6, 3
"""Cases of a kind of reference and parity: 12 in all where its shape is published, else 6."""
_MAX_ROUNDS = 60
"""Give up on new comments after so many rounds: a carrier without slots is used once."""


def must_find(entity: Entity, seed: int, half: Half) -> list[Case]:
    """Return comments that hold values of ``entity``, and maybe of other types beside them."""
    draw = _references if entity is Entity.CASE_REFERENCE else _must_find
    return [case for parity in parities_of(half) for case in draw(entity, seed, parity)]


def look_alikes(entity: Entity, seed: int, half: Half) -> list[Case]:
    """Return comments with the words and shapes of ``entity`` but no personal data."""
    return [
        case
        for parity in parities_of(half)
        for case in _fill(
            entity,
            _numbered(carriers_of(entity, "look_alikes"), parity),
            Deck(Random(f"{seed}/look-alike/{entity}/{parity}"), parity, SLOTS),
            _N_CASES,
        )
    ]


def _must_find(entity: Entity, seed: int, parity: int) -> list[Case]:
    carriers = _numbered(carriers_of(entity, "carriers"), parity)
    deck = Deck(Random(f"{seed}/must-find/{entity}/{parity}"), parity, SLOTS)
    return _fill(entity, carriers, deck, _N_CASES)


def _references(entity: Entity, seed: int, parity: int) -> list[Case]:
    """Return cases of every kind of reference; a bare shape goes without its words now and then."""
    carriers = _numbered(carriers_of(entity, "carriers"), parity)
    with_words = [(place, text) for place, text in carriers if "{words}" in text]
    without = [(place, text) for place, text in carriers if "{words}" not in text]
    cases = []
    for row in ROWS:
        rng = Random(f"{seed}/must-find/{row.name}/{parity}")
        words = Slot(None, tuple(_said(word) for word in row.words))
        slots = SLOTS | {"ref": Slot(entity, row.styles), "words": words}
        n_cases = _N_PUBLISHED if row.is_published else _N_CONTEXT_ONLY
        n_bare = n_cases // 3 if row.is_bare else 0
        chosen = rng.sample(with_words, n_cases - n_bare) + rng.sample(without, n_bare)
        cases += _fill(entity, chosen, Deck(rng, parity, slots), n_cases)
    return cases


def _numbered(carriers: tuple[str, ...], parity: int) -> list[tuple[int, str]]:
    return [(place, text) for place, text in enumerate(carriers) if place % 2 == parity]


def _said(word: str) -> Style:
    return plain(word, lambda rng: word)


def _fill(entity: Entity, carriers: list[tuple[int, str]], deck: Deck, n_cases: int) -> list[Case]:
    """Return up to ``n_cases`` different comments, going round the carriers."""
    cases: dict[str, Case] = {}
    for _ in range(_MAX_ROUNDS):
        for place, carrier in carriers:
            text, values = fill_carrier(carrier, deck)
            cases.setdefault(text, Case(entity, place, text, values))
            if len(cases) == n_cases:
                return list(cases.values())
    return list(cases.values())
