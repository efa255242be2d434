"""Codes for texts that are not in a store, by the same stages as those that are."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from feedback.schema import EMPTY_LABEL, Decision, Sentiment

if TYPE_CHECKING:
    from feedback.schema import Classification
    from feedback.settings import Settings

__all__ = ["TextCoder"]

N_PARTS = 2 * (os.cpu_count() or 1)
"""Parts of a batch that are worked on side by side."""

EMPTY = {
    "codes": [{"code": EMPTY_LABEL, "probability": 1.0, "decision": Decision.ASSIGNED.value}],
    "sentiment": Sentiment.NEUTRAL.value,
    "facets": {},
}
"""What a text with nothing to code gets, without a model."""


class TextCoder:
    """Cleans, redacts, embeds and classifies texts; the models are loaded once."""

    def __init__(self, settings: Settings, model: Path | None = None) -> None:
        from app import wiring

        self._classifier = wiring.make_classifier(settings, model)
        self._embedder = wiring.make_embedder(settings)
        self._redactor = wiring.make_redactor(settings)
        self._language = wiring.make_language_identifier()

    def code(self, texts: Sequence[str]) -> list[dict[str, Any]]:
        """Return codes, sentiment and facets of each text, in order.

        The model was trained on redacted text, so that is what it is given here too. Parts of the
        texts are worked on side by side: while a network reads one, rules look at another.
        """
        size = -(-len(texts) // N_PARTS) or 1
        parts = [texts[start : start + size] for start in range(0, len(texts), size)]
        with ThreadPoolExecutor(N_PARTS) as threads:
            return [coded for part in threads.map(self._code_part, parts) for coded in part]

    def _code_part(self, texts: Sequence[str]) -> list[dict[str, Any]]:
        from feedback.clean import clean_text, is_empty_answer

        cleaned = [clean_text(text) for text in texts]
        full = [i for i, text in enumerate(cleaned) if not is_empty_answer(text)]
        results: list[dict[str, Any]] = [EMPTY] * len(texts)
        redacted = [self._redactor.redact(cleaned[i]).text for i in full]
        languages = [language.value for language in self._language.identify(redacted)]
        vectors = self._classifier.embed(self._embedder, redacted)
        coded = self._classifier.classify(redacted, vectors, languages)
        for i, classification in zip(full, coded, strict=True):
            results[i] = _as_dict(classification)
        return results


def _as_dict(classification: Classification) -> dict[str, Any]:
    codes = [
        {
            "code": code.code,
            "probability": round(float(code.probability), 4),
            "decision": code.decision.value,
        }
        for code in classification.codes
        if code.decision != Decision.REJECTED
    ]
    return {
        "codes": codes,
        "sentiment": classification.sentiment.value,
        "facets": classification.facets,
    }
