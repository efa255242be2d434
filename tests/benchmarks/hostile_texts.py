"""Texts made to be slow: near-misses of a pattern's own making, repeated without end.

A pattern turns quadratic where it may begin at many places and read far from each before it fails.
So each pattern is taken apart, words of its own are made that match or almost match, and these,
their beginnings and every pair of their signs become the unit of which a long text consists.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from itertools import product
from re import _constants as constants  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

N_SAMPLES = 4
MAX_PREFIXES = 12
LONGEST_REPEAT = 4
SIGNS = "aA1 -./@:_,(\n"
"""What stands between the parts of identifiers; joined by the signs of the pattern itself."""

FIXED = {
    "digits": "1",
    "nested brackets": "([{<",
    "ats": "@",
    "right-to-left marks": "\u202e1\u202c",
    "homoglyphs": "АВ12З4",
    "half-encoded entities": "&amp;#x4",
    "letters and dots": "a.",
    "digits and spaces": "1 ",
    "dashes and spaces": "- ",
    "letters": "a",
    "capitals and dashes": "A-",
    "slashes": "1/",
    "colons": "a:",
    "invisible": "\u200b",
    "lines": "\n",
    "placeholders": "[PERSON]",
    "accents": "e\u0301",
    "surrogates": "\ud83d",
}
"""Units that no pattern of ours suggested."""

_CATEGORIES = {
    constants.CATEGORY_DIGIT: "1",
    constants.CATEGORY_SPACE: " ",
    constants.CATEGORY_WORD: "a",
    constants.CATEGORY_NOT_DIGIT: "a",
    constants.CATEGORY_NOT_SPACE: "a",
    constants.CATEGORY_NOT_WORD: "-",
}


def units(pattern: str, *, seed: int) -> list[str]:
    """Return units for a text that is hard for ``pattern``, none of them twice."""
    rng = random.Random(seed)
    tree = parser.parse(pattern, re.IGNORECASE)
    samples = [_write(tree, rng) for _ in range(N_SAMPLES)]
    own = dict.fromkeys(sign for sample in samples for sign in sample if not sign.isalnum())
    signs = list(dict.fromkeys([*SIGNS, *own]))
    made = [*signs, *map("".join, product(signs, repeat=2))]
    for sample in samples:
        cuts = {len(sample) * i // MAX_PREFIXES for i in range(1, MAX_PREFIXES + 1)}
        for cut in cuts | {len(sample) - 1}:
            made += [sample[:cut], sample[:cut] + " ", sample[:cut] + "-", sample[:cut] + "\n"]
    return list(dict.fromkeys(unit for unit in made if unit))


def sample(pattern: str, *, seed: int = 0) -> str:
    """Return one text that ``pattern`` is about, as far as its assertions let it."""
    return _write(parser.parse(pattern, re.IGNORECASE), random.Random(seed))


def _write(tree: Any, rng: random.Random) -> str:
    return "".join(part for node in tree for part in _node(node, rng))


def _node(node: tuple[Any, Any], rng: random.Random) -> Iterator[str]:
    kind, value = node
    if kind is constants.LITERAL:
        yield chr(value)
    elif kind is constants.NOT_LITERAL:
        yield "b" if chr(value) == "a" else "a"
    elif kind is constants.ANY:
        yield "a"
    elif kind is constants.IN:
        yield _one_of(value, rng)
    elif kind is constants.BRANCH:
        yield _write(rng.choice(value[1]), rng)
    elif kind is constants.SUBPATTERN:
        yield _write(value[3], rng)
    elif kind is constants.ATOMIC_GROUP:
        yield _write(value, rng)
    elif kind in (constants.MAX_REPEAT, constants.MIN_REPEAT, constants.POSSESSIVE_REPEAT):
        least, most, body = value
        for _ in range(rng.randint(least, min(int(most), least + LONGEST_REPEAT))):
            yield _write(body, rng)


def _one_of(members: list[tuple[Any, Any]], rng: random.Random) -> str:
    if members[0][0] is constants.NEGATE:
        return next(sign for sign in "a1 -\x00" if not _holds(members[1:], sign))
    kind, value = rng.choice(members)
    if kind is constants.RANGE:
        return chr(rng.randint(value[0], min(value[1], value[0] + 25)))
    return _CATEGORIES[value] if kind is constants.CATEGORY else chr(value)


def _holds(members: list[tuple[Any, Any]], sign: str) -> bool:
    tests = {
        constants.LITERAL: lambda value: ord(sign) == value,
        constants.RANGE: lambda value: value[0] <= ord(sign) <= value[1],
        constants.CATEGORY: lambda value: {"1": str.isdigit, " ": str.isspace}.get(
            _CATEGORIES[value], str.isalnum
        )(sign),
    }
    return any(tests[kind](value) for kind, value in members)
