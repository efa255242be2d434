"""What a classifier says of itself, read without making it ready to classify."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from classifiers.classifier import Provenance
from classifiers.codebook import Codebook
from classifiers.persist import SHIPPED, checked_facts

__all__ = ["ModelFacts", "model_facts"]


@dataclass(frozen=True)
class ModelFacts:
    """Codebook, version and provenance of a classifier; figures are in the provenance."""

    codebook: Codebook
    version: str
    provenance: Provenance


def model_facts(folder: Path | None = None) -> ModelFacts:
    """Return the facts of the classifier in ``folder``, or of the one that comes with the toolkit.

    Raises
    ------
    ModelError
        No model there, of another format, altered, or of another codebook than the shipped one of
        the same id.

    Examples
    --------
    >>> facts = model_facts()
    >>> facts.codebook.name, facts.provenance.n_comments > 100
    ('digital_service/1', True)
    """
    facts, codebook = checked_facts(SHIPPED if folder is None else folder)
    return ModelFacts(codebook, facts["version"], Provenance(**facts["provenance"]))
