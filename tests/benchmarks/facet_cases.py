"""Comments with the facets that a reader finds in them, and how these are compared."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from classifiers.classifier import RuleReader
from classifiers.facets import known_facets


@dataclass(frozen=True)
class Case:
    """A comment; ``expected`` are pairs of facet and value."""

    id: str
    text: str
    expected: frozenset[tuple[str, str]]


def read_cases(path: Path) -> list[Case]:
    with path.open(encoding="utf-8", newline="") as file:
        return [Case(row["id"], row["text"], _pairs(row["facets"])) for row in csv.DictReader(file)]


def _pairs(told: str) -> frozenset[tuple[str, str]]:
    pairs = (pair.partition("=") for pair in told.split(";") if pair)
    return frozenset((facet, value) for facet, _, value in pairs)


def found_in(reader: RuleReader, text: str) -> frozenset[tuple[str, str]]:
    (doc,), _ = reader.read([text])
    facets = reader.facets.find(doc, text)
    return frozenset((facet, value) for facet in facets for value in known_facets(facets, facet))
