"""The one place that makes concrete choices: which store, encoder, redactor and classifier.

Heavy imports happen inside the functions, so that a command pays only for what it uses.
"""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classifiers.classifier import CommentClassifier
    from feedback.embed import MiniLMEncoder
    from feedback.fast_encoder import FastEncoder
    from feedback.protocols import (
        Embedder,
        LanguageIdentifier,
        Recogniser,
        VectorCache,
    )
    from feedback.redact import TextRedactor
    from feedback.reference import Reference
    from feedback.settings import Settings
    from feedback.store import Store

__all__ = [
    "make_classifier",
    "make_embedder",
    "make_encoder",
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


def make_redactor(settings: Settings) -> TextRedactor:
    """Return the redactor that stands between raw text and everything else.

    Raises
    ------
    SettingsError
        Pseudonyms without a key, a key that cannot be used, or a plug-in that cannot be loaded.
    """
    from feedback.redact import TextRedactor

    return TextRedactor(
        mode=settings.redaction_mode,
        name_threshold=settings.name_threshold,
        more=_plugins(settings),
        operator=settings.redaction_operator,
        key=_redaction_key(settings),
    )


def _plugins(settings: Settings) -> Sequence[Recogniser]:
    """Return the recognisers of a team's own."""
    if not settings.redaction_plugins:
        return ()
    from feedback.redact.plugins import load_recognisers

    return load_recognisers(settings.redaction_plugins)


def _redaction_key(settings: Settings) -> bytes | None:
    """Return the key of pseudonyms; no key is read where none is needed."""
    from feedback.errors import SettingsError
    from feedback.redact.keys import check_key, read_key_file
    from feedback.schema import RedactionOperator

    if settings.redaction_operator is not RedactionOperator.PSEUDONYM:
        return None
    if settings.redaction_key is not None and settings.redaction_key_file is not None:
        raise SettingsError(
            "Both 'redaction_key' and 'redaction_key_file' are set. Keep one, better the file."
        )
    if settings.redaction_key is not None:
        return check_key(settings.redaction_key.get_secret_value())
    if settings.redaction_key_file is not None:
        return read_key_file(settings.redaction_key_file)
    return None


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
    from feedback.embed import CachedEmbedder

    encoder = make_encoder(settings)
    return encoder if cache is None else CachedEmbedder(encoder, cache)


def make_encoder(settings: Settings) -> FastEncoder | MiniLMEncoder:
    """Return the fast encoder where it stands for the one of ``settings`` and was made."""
    from feedback.embed import MINILM_PACKAGE, MiniLMEncoder

    if settings.encoder == MINILM_PACKAGE and settings.fast_encoder:
        from feedback.fast_encoder import FastEncoder

        fast = FastEncoder()
        if fast.is_made:
            return fast
    return MiniLMEncoder(settings.encoder)


def make_classifier(settings: Settings, model: Path | None = None) -> CommentClassifier:
    """Return the classifier in ``model``, else the one of ``settings``, else the shipped one."""
    from classifiers.persist import load

    chosen = model or (Path(settings.classifier) if settings.classifier else None)
    return load(chosen)
