"""Supervised codes: codebooks, rules, trained heads, decisions and how good they are."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from classifiers.codebook import Code, Codebook, load_codebook

if TYPE_CHECKING:
    from classifiers.agreement import Agreement, measure_agreement
    from classifiers.classifier import CommentClassifier
    from classifiers.codings import Codings, read_codings
    from classifiers.figures import Evaluation

__all__ = [
    "Agreement",
    "Code",
    "Codebook",
    "Codings",
    "CommentClassifier",
    "Evaluation",
    "load_codebook",
    "measure_agreement",
    "read_codings",
]

_LATER = {
    "Agreement": "agreement",
    "Codings": "codings",
    "CommentClassifier": "classifier",
    "Evaluation": "figures",
    "measure_agreement": "agreement",
    "read_codings": "codings",
}


def __getattr__(name: str) -> Any:
    """Import these when they are asked for: spaCy, scikit-learn and pandas take seconds."""
    if name in _LATER:
        return getattr(import_module(f"classifiers.{_LATER[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
