"""Small deterministic stand-ins for the pluggable parts, for tests about something else.

`tests/contract/` holds each to the same behaviour as the real one.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence

import numpy as np

from feedback.schema import (
    Classification,
    CodeDecision,
    Decision,
    Entity,
    Language,
    Origin,
    Redaction,
    Sentiment,
    Span,
)

__all__ = [
    "BagOfWordsEmbedder",
    "DictVectorCache",
    "EmailRedactor",
    "KeywordClassifier",
    "WelshWordIdentifier",
]


class BagOfWordsEmbedder:
    """Hashes words into a vector: texts that share words are close."""

    name = "bag-of-words"
    revision = "1"
    n_dimensions = 16

    def __init__(self) -> None:
        self.n_embedded = 0

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        self.n_embedded += len(texts)
        vectors = np.zeros((len(texts), self.n_dimensions), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in re.findall(r"\w+", text.lower()) or [""]:
                digest = hashlib.sha256(word.encode()).digest()
                vectors[row, digest[0] % self.n_dimensions] += 1
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


CODE_OF_WORD = {
    "slow": "fault.performance",
    "error": "fault.error",
    "easy": "praise",
    "upload": "fault.upload",
}


class KeywordClassifier:
    """Codes by a few words; ``before`` is called with each text, to fail on purpose."""

    version = "keywords-1"
    codebook_version = "digital_service 1"

    def __init__(self, before: Callable[[str], None] | None = None) -> None:
        self._before = before

    def classify(
        self, texts: Sequence[str], vectors: np.ndarray, languages: Sequence[str]
    ) -> list[Classification]:
        if not len(texts) == len(vectors) == len(languages):
            raise ValueError("texts, vectors and languages differ in length")
        return [self._classify(text) for text in texts]

    def _classify(self, text: str) -> Classification:
        if self._before is not None:
            self._before(text)
        found = [code for word, code in CODE_OF_WORD.items() if word in text.lower()]
        codes = tuple(
            CodeDecision(code, 0.9, Decision.ASSIGNED, Origin.MODEL)
            for code in found or ["complaint"]
        )
        tone = Sentiment.POSITIVE if found == ["praise"] else Sentiment.NEGATIVE
        return Classification(codes, tone, {"device": "phone"} if "phone" in text else {})


class EmailRedactor:
    """Redacts what has an @; ``before`` is called with each text, to fail on purpose."""

    _EMAIL = re.compile(r"[\w.+-]+@[\w.-]+\w")

    def __init__(self, before: Callable[[str], None] | None = None) -> None:
        self._before = before

    def redact(self, text: str) -> Redaction:
        if self._before is not None:
            self._before(text)
        placeholder = Entity.EMAIL.placeholder
        parts, spans, found, end, length = [], [], [], 0, 0
        for match in self._EMAIL.finditer(text):
            between = text[end : match.start()]
            length += len(between)
            parts += [between, placeholder]
            spans.append(Span(Entity.EMAIL, length, length + len(placeholder), "email", 1.0))
            found.append(Span(Entity.EMAIL, match.start(), match.end(), "email", 1.0))
            length += len(placeholder)
            end = match.end()
        return Redaction("".join([*parts, text[end:]]), tuple(spans), tuple(found))


class WelshWordIdentifier:
    """Welsh where a common Welsh word stands, unknown for less than three words, else English."""

    _WELSH = re.compile(r"\b(mae|yn|ddim|dim|diolch|wedi|gwasanaeth)\b", re.IGNORECASE)

    def identify(self, texts: Sequence[str]) -> list[Language]:
        return [self._identify(text) for text in texts]

    def _identify(self, text: str) -> Language:
        if self._WELSH.search(text):
            return Language.WELSH
        return Language.ENGLISH if len(text.split()) >= 3 else Language.UNKNOWN


class DictVectorCache:
    """Keeps vectors in memory."""

    def __init__(self) -> None:
        self._vectors: dict[tuple[str, str, str], np.ndarray] = {}

    def get_vectors(
        self, model: str, revision: str, text_hashes: Sequence[str]
    ) -> dict[str, np.ndarray]:
        keys = {text_hash: (model, revision, text_hash) for text_hash in text_hashes}
        return {name: self._vectors[key] for name, key in keys.items() if key in self._vectors}

    def put_vectors(self, model: str, revision: str, vectors: dict[str, np.ndarray]) -> None:
        for text_hash, vector in vectors.items():
            kept = np.asarray(vector, dtype=np.float32).copy()
            self._vectors.setdefault((model, revision, text_hash), kept)
