"""Model folders: numbers as safetensors, facts as JSON, a card to read. None can run code.

A folder holds ``model.safetensors``, ``model.json`` (with the codebook and the SHA-256 of every
file), ``MODEL_CARD.md`` and, if an encoder was tuned, ``encoder.onnx``. What was altered, or does
not fit this version of the toolkit, its codebook or its rules, is refused with what to do.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from classifiers.card import model_card
from classifiers.classifier import CommentClassifier, Provenance
from classifiers.codebook import Codebook, codebook_from_mapping, load_codebook
from classifiers.labels import TONES
from classifiers.rule_tables import load_rules
from feedback.errors import CodebookError, ModelError, ModelHashError

if TYPE_CHECKING:
    from feedback.network_reader import NetworkReader
    from feedback.protocols import Embedder

__all__ = ["SHIPPED", "checked_facts", "load", "numbers_of", "save"]

SHIPPED = Path(__file__).parent / "models" / "digital_service"
"""The classifier that comes with the toolkit."""

FORMAT = 2
"""Raised when a model folder changes in a way that older versions would misread."""

_NUMBERS, _FACTS, _CARD, _ENCODER, _TONES_FOLDER = (
    "model.safetensors",
    "model.json",
    "MODEL_CARD.md",
    "encoder.onnx",
    "sentiment",
)


def save(
    classifier: CommentClassifier, folder: Path, held_out: Mapping[str, Any] | None = None
) -> None:
    """Write a classifier with its card; the same classifier gives the same bytes.

    Parameters
    ----------
    classifier
        As trained.
    folder
        Made if it is not there; a model in it is replaced.
    held_out
        Figures on comments that were never trained on, for the card: see `card.model_card`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    numbers = numbers_of(classifier)
    facts = _facts(classifier, hashlib.sha256(numbers).hexdigest())
    facts["sha256"] = _hash_of(facts)
    (folder / _NUMBERS).write_bytes(numbers)
    if classifier.tuned is not None:
        (folder / _ENCODER).write_bytes(classifier.tuned.content)
    else:
        (folder / _ENCODER).unlink(missing_ok=True)
    _write_text(folder / _FACTS, json.dumps(facts, indent=1, ensure_ascii=False, sort_keys=True))
    _write_text(folder / _CARD, model_card(classifier, held_out).rstrip())
    if classifier.tone_classifier is not None:
        save(classifier.tone_classifier, folder / _TONES_FOLDER)


def load(
    folder: Path | None = None,
    *,
    codebook: Codebook | None = None,
    embedder: Embedder | None = None,
) -> CommentClassifier:
    """Return the classifier in ``folder``, or the one that comes with the toolkit.

    Parameters
    ----------
    folder
        As written by `save`.
    codebook, embedder
        If given, what the classifier must have been trained with.

    Raises
    ------
    ModelError
        No model there, of another format, or it does not fit codebook, rules or encoder.
    ModelHashError
        A file was altered.
    """
    folder = SHIPPED if folder is None else folder
    numbers, facts, own = _read_checked(folder, codebook)
    rules = load_rules(own.id)
    if rules.fingerprint != facts["rules_sha256"]:
        raise ModelError(
            f"The rules of codebook {own.name} changed since the model in {folder} was trained. "
            "Train it again: feedback train, or make train for the shipped one."
        )
    from classifiers.embedding import SentimentHead
    from classifiers.features import CommentFeatures

    classifier = CommentClassifier(
        own,
        rules,
        CommentFeatures(**facts["features"]),
        _head(numbers, facts),
        numbers["rule_precision"],
        SentimentHead(TONES) if "tone_coef" in numbers else None,
        Provenance(**facts["provenance"]),
        facts["version"],
        numbers.get("prototypes"),
        _tuned(folder, facts),
        load(folder / _TONES_FOLDER) if facts["has_tone_classifier"] else None,
    )
    classifier.features.idf_ = numbers["idf"]
    if classifier.sentiment is not None:
        classifier.sentiment.coef_ = numbers["tone_coef"]
        classifier.sentiment.intercept_ = numbers["tone_intercept"]
    if embedder is not None:
        classifier.check_embedder(embedder)
    return classifier


def numbers_of(classifier: CommentClassifier) -> bytes:
    """Return all that was fitted, as safetensors."""
    from safetensors.numpy import save as to_bytes

    return to_bytes(_arrays(classifier))


def _arrays(classifier: CommentClassifier) -> dict[str, np.ndarray]:
    head = classifier.head
    arrays = {
        "idf": classifier.features.idf_,
        "coef": head.coef_,
        "intercept": head.intercept_,
        "weights": head.weights_,
        "offset": head.offset_,
        "thresholds": head.thresholds_,
        "rule_precision": classifier.rule_precision,
    }
    if classifier.prototypes is not None:
        arrays["prototypes"] = classifier.prototypes
    if classifier.sentiment is not None:
        arrays["tone_coef"] = classifier.sentiment.coef_
        arrays["tone_intercept"] = classifier.sentiment.intercept_
    return {name: np.ascontiguousarray(array) for name, array in arrays.items()}


def _facts(classifier: CommentClassifier, numbers_hash: str) -> dict[str, Any]:
    tuned = classifier.tuned
    return {
        "format": FORMAT,
        "version": classifier.version,
        "codebook": asdict(classifier.codebook),
        "codebook_sha256": classifier.codebook.fingerprint,
        "rules_sha256": classifier.rules.fingerprint,
        "features": classifier.features.get_params(),
        "head": classifier.head.get_params(),
        "provenance": asdict(classifier.provenance),
        "has_tone_classifier": classifier.tone_classifier is not None,
        "numbers_sha256": numbers_hash,
        "encoder_sha256": "" if tuned is None else hashlib.sha256(tuned.content).hexdigest(),
    }


def _read(folder: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Return arrays and facts, both with the hashes they must have."""
    from safetensors.numpy import load as from_bytes

    try:
        raw = (folder / _NUMBERS).read_bytes()
        facts = json.loads((folder / _FACTS).read_text(encoding="utf-8"))
    except OSError:
        raise ModelError(
            f"There is no classifier in {folder}. Name a folder that feedback train wrote, or "
            "leave the setting 'classifier' empty for the shipped one."
        ) from None
    except ValueError:
        raise _altered(folder, _FACTS) from None
    if not isinstance(facts, dict) or facts.get("format") != FORMAT:
        raise ModelError(
            f"The classifier in {folder} is of another format than {FORMAT}, which this version "
            "reads. Train it again: feedback train."
        )
    if facts.get("sha256") != _hash_of(facts):
        raise _altered(folder, _FACTS)
    if facts["numbers_sha256"] != hashlib.sha256(raw).hexdigest():
        raise _altered(folder, _NUMBERS)
    return from_bytes(raw), facts


def _read_checked(
    folder: Path, codebook: Codebook | None
) -> tuple[dict[str, np.ndarray], dict[str, Any], Codebook]:
    numbers, facts = _read(folder)
    own = _codebook_of(facts, folder)
    _check_codebook(own, codebook, folder)
    return numbers, facts, own


def checked_facts(folder: Path) -> tuple[dict[str, Any], Codebook]:
    """Return the facts of a model whose hashes and codebook are as they must be."""
    _, facts, own = _read_checked(folder, None)
    return facts, own


def _codebook_of(facts: dict[str, Any], folder: Path) -> Codebook:
    codebook = codebook_from_mapping(facts["codebook"])
    if codebook.fingerprint != facts["codebook_sha256"]:
        raise _altered(folder, _FACTS)
    return codebook


def _check_codebook(own: Codebook, given: Codebook | None, folder: Path) -> None:
    """Compare with the codebook given, or with the shipped one of the same id."""
    if given is None:
        try:
            given = load_codebook(own.id)
        except CodebookError:
            return  # a team's own codebook: the model brings it along
    if given.fingerprint != own.fingerprint:
        raise ModelError(
            f"The model in {folder} was trained with another text of codebook {own.name} than "
            f"{given.name} has now. Train it again: feedback train, or make train for the shipped "
            "one."
        )


def _tuned(folder: Path, facts: dict[str, Any]) -> NetworkReader | None:
    if not facts["encoder_sha256"]:
        return None
    from feedback.network_reader import NetworkReader

    try:
        content = (folder / _ENCODER).read_bytes()
    except OSError:
        raise _altered(folder, _ENCODER) from None
    if hashlib.sha256(content).hexdigest() != facts["encoder_sha256"]:
        raise _altered(folder, _ENCODER)
    return NetworkReader(content)


def _head(numbers: dict[str, np.ndarray], facts: dict[str, Any]) -> Any:
    from classifiers.embedding import CodeHead

    head = CodeHead(**facts["head"])
    for name in ("coef", "intercept", "weights", "offset", "thresholds"):
        setattr(head, f"{name}_", numbers[name])
    return head


def _hash_of(facts: dict[str, Any]) -> str:
    content = {name: value for name, value in facts.items() if name != "sha256"}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _altered(folder: Path, name: str) -> ModelHashError:
    return ModelHashError(
        f"{folder / name} is not as it was written: its SHA-256 differs. Restore the folder from "
        "where it came, or train again: feedback train."
    )


def _write_text(path: Path, text: str) -> None:
    path.write_text(text + "\n", encoding="utf-8", newline="\n")
