"""What the figures of the dashboard mean, in plain words: read from ``help.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from feedback.search_index import folded

__all__ = ["Entry", "entries", "entry_about", "entry_of_label", "found", "sections"]

FILE = Path(__file__).with_name("help.toml")
QUESTIONS = ("What it is", "How it is worked out", "How sure it is", "What it does not say")


@dataclass(frozen=True)
class Entry:
    """One explanation.

    ``answers`` are aligned to `QUESTIONS`; ``labels`` are the words under which the figure stands
    on the pages, ``words`` others that people look for.
    """

    id: str
    title: str
    section: str
    labels: tuple[str, ...]
    words: tuple[str, ...]
    answers: tuple[str, ...]


@lru_cache(maxsize=1)
def entries() -> tuple[Entry, ...]:
    """Return all explanations, in the order in which they are told."""
    rows = tomllib.loads(FILE.read_text(encoding="utf-8"))["entry"]
    return tuple(
        Entry(
            row["id"],
            row["title"],
            row["section"],
            tuple(row["labels"]),
            tuple(row["words"]),
            tuple(row[name] for name in ("is", "how", "sure", "not")),
        )
        for row in rows
    )


def entry_about(name: str) -> Entry | None:
    """Return the explanation with this id, as it stands in an address.

    >>> entry_about("rate-ratio").title, entry_about("nonsense")
    ('Times the usual', None)
    """
    return next((entry for entry in entries() if entry.id == name), None)


def entry_of_label(label: str) -> Entry | None:
    """Return the explanation of the figure that stands under these words on a page.

    >>> entry_of_label("q value").id, entry_of_label("Precision").id
    ('q-value', 'precision')
    """
    return next((entry for entry in entries() if label in entry.labels), None)


def found(words: str) -> list[Entry]:
    """Return the explanations that have all these words, those with them in the title first.

    Each word may be the beginning of one. No words find everything.

    >>> found("rate ratio")[0].id, found("xylophone")
    ('rate-ratio', [])
    """
    wanted = folded(words)
    ranked = [(rank, entry) for entry in entries() if (rank := _rank(entry, wanted)) is not None]
    return [entry for _, entry in sorted(ranked, key=lambda pair: pair[0])]


def _rank(entry: Entry, wanted: Sequence[str]) -> int | None:
    """Return where all the words stand: 0 title, 1 its labels and other names, 2 in the text."""
    names = " ".join((*entry.labels, *entry.words))
    held: list[str] = []
    for rank, text in enumerate((entry.title, names, " ".join(entry.answers))):
        held += folded(text)
        if all(any(word.startswith(one) for word in held) for one in wanted):
            return rank
    return None


def sections(chosen: Sequence[Entry]) -> dict[str, list[Entry]]:
    """Return explanations by section, in the order of the first of each."""
    by_section: dict[str, list[Entry]] = {}
    for entry in chosen:
        by_section.setdefault(entry.section, []).append(entry)
    return by_section
