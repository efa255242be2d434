"""The codebook that comments are coded by here, and what its classifier is known to get right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from feedback.errors import ModelError

if TYPE_CHECKING:
    from classifiers.codebook import Codebook
    from feedback.settings import Settings

__all__ = ["AtHand", "codebook_at_hand", "fault_codes", "group_of"]

FAULT_GROUP = "fault"
"""Top-level code of technical faults."""


@dataclass(frozen=True)
class AtHand:
    """A codebook with the figures of the classifier that goes by it.

    ``figures`` has, by code, ``n``, ``precision`` and ``recall``, as in the model card; it is
    empty where no classifier could be read, and ``trouble`` says why.
    """

    codebook: Codebook
    model: str = ""
    n_trained: int = 0
    figures: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    trouble: str = ""


def codebook_at_hand(settings: Settings) -> AtHand:
    """Return the codebook of the classifier in use; the default one where none can be read."""
    from classifiers.codebook import load_codebook
    from classifiers.model_facts import model_facts

    try:
        facts = model_facts(Path(settings.classifier) if settings.classifier else None)
    except ModelError as error:
        return AtHand(load_codebook(), trouble=str(error))
    return AtHand(
        facts.codebook,
        facts.version,
        facts.provenance.n_comments,
        {row["code"]: row for row in facts.provenance.figures.get("codes", ())},
    )


def group_of(codebook: Codebook) -> dict[str, str]:
    """Return, for each code below a top-level code, that code's id.

    A top-level code that holds others and can be given itself counts among its own.
    """
    found: dict[str, str] = {}
    for top in codebook.children_of(""):
        below = [*codebook.children_of(top.id)]
        if below and top.codable:
            found[top.id] = top.id
        while below:
            code = below.pop()
            found[code.id] = top.id
            below += codebook.children_of(code.id)
    return found


def fault_codes(codebook: Codebook) -> tuple[str, ...]:
    """Return the codes of technical faults: those whose comments are searched for facets."""
    return tuple(code for code, top in group_of(codebook).items() if top == FAULT_GROUP)
