"""The one place that makes concrete choices: which store, encoder, redactor and classifier.

Heavy imports happen inside the functions, so that a command pays only for what it uses.
"""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from feedback.protocols import Classifier, Embedder, LanguageIdentifier, Redactor, VectorCache
    from feedback.reference import Reference
    from feedback.settings import Settings
    from feedback.store import Store

__all__ = [
    "make_classifier",
    "make_embedder",
    "make_language_identifier",
    "make_redactor",
    "make_reference",
    "open_store",
    "quieten_libraries",
]


def quieten_libraries() -> None:
    """Keep libraries off the network and off standard error; data and progress are ours to show."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    warnings.filterwarnings("ignore")


def open_store(settings: Settings, *, create: bool = True) -> Store:
    """Return the store of ``settings``, made and migrated if it is not there yet."""
    from feedback.store import Store

    if create and not settings.store:
        settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    return Store.open(settings.store_url, create=create)


def make_redactor() -> Redactor:
    """Return the redactor that stands between raw text and everything else."""
    from feedback.redact import TextRedactor

    return TextRedactor()


def make_language_identifier() -> LanguageIdentifier:
    """Return the language identifier."""
    from feedback.language import SeededLanguageIdentifier

    return SeededLanguageIdentifier()


def make_reference() -> Reference:
    """Return the names of services and pages."""
    from feedback.reference import load_reference

    return load_reference()


def make_embedder(settings: Settings, cache: VectorCache | None = None) -> Embedder:
    """Return the encoder of ``settings``, with ``cache`` in front of it where there is one."""
    from feedback.embed import CachedEmbedder, MiniLMEncoder

    encoder = MiniLMEncoder(settings.encoder)
    return encoder if cache is None else CachedEmbedder(encoder, cache)


def make_classifier(settings: Settings, model: Path | None = None) -> Classifier:
    """Return the classifier in ``model``, else the one of ``settings``, else the shipped one."""
    from classifiers.persist import load

    chosen = model or (Path(settings.classifier) if settings.classifier else None)
    return load(chosen)
