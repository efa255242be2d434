"""Make and describe the encoder, as ``feedback encoder`` does."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from feedback.settings import Settings

__all__ = ["describe_encoder", "encoder_text", "export_encoder", "sample_texts"]

N_TEXTS = 600
"""Invented comments of the fixtures: half set the fast encoder's scales, half check it."""


def export_encoder() -> dict[str, Any]:
    """Make the fast encoder; return its facts."""
    from feedback.fast_encoder import make_fast_encoder

    return make_fast_encoder(sample_texts())


def sample_texts() -> list[str]:
    """Return comments of the fixtures, the same ones in the same order everywhere."""
    from classifiers.labels import read_labels
    from classifiers.train import TRAINING_FOLDER

    texts = read_labels(sorted(TRAINING_FOLDER.glob("*.csv")))["text"].astype(str).unique()
    return sorted(texts, key=lambda text: hashlib.sha256(text.encode()).hexdigest())[:N_TEXTS]


def describe_encoder(settings: Settings) -> dict[str, Any]:
    """Return which encoder is in use, and how near it is to the original.

    Raises
    ------
    ModelError
        Its files are not there or not as they must be.
    """
    from app.wiring import make_encoder
    from feedback.fast_encoder import FastEncoder

    encoder = make_encoder(settings)
    told = {"encoder": encoder.name, "revision": encoder.revision}
    encoder.check()
    if isinstance(encoder, FastEncoder):
        return {**told, "path": "fast", **encoder.facts}
    return {**told, "path": "reference"}


def encoder_text(told: dict[str, Any]) -> str:
    """Return the description in one line."""
    if told["path"] == "fast":
        return (
            f"{told['encoder']}, fast: 8-bit weights on ONNX Runtime, cosine to the original "
            f"{told['mean_cosine']:.3f} on average and {told['least_cosine']:.3f} at least "
            f"({told['n_checked']} texts)"
        )
    return f"{told['encoder']}, by sentence-transformers, SHA-256 {told['revision'][:12]}..."
