"""Supervised codes: codebooks, rules, trained heads, decisions and how good they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from classifiers.codebook import Code, Codebook, load_codebook

if TYPE_CHECKING:
    from classifiers.classifier import CommentClassifier

__all__ = ["Code", "Codebook", "CommentClassifier", "load_codebook"]


def __getattr__(name: str) -> Any:
    """Import the classifier when it is asked for: spaCy and scikit-learn take seconds."""
    if name == "CommentClassifier":
        from classifiers.classifier import CommentClassifier

        return CommentClassifier
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
