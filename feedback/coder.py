"""Embed and classify claimed comments, and find out whose fault it is when that fails.

See `feedback.pipeline`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from feedback.errors import FeedbackError, ModelError
from feedback.schema import (
    EMPTY_LABEL,
    Classification,
    CodeDecision,
    Decision,
    Origin,
    Sentiment,
)
from feedback.stages import Stopwatch
from feedback.store import Enriched

if TYPE_CHECKING:
    from feedback.protocols import Classifier, Embedder

__all__ = ["NOTHING_TO_CODE", "Coder"]

MIN_SYSTEMATIC = 8
"""If so many comments fail at their first try and none succeeds, the fault is not theirs. (Those
that failed before come in batches of their own, in which it proves nothing.)"""


NOTHING_TO_CODE = Classification(
    (CodeDecision(EMPTY_LABEL, 1.0, Decision.ASSIGNED, Origin.RULE),), Sentiment.NEUTRAL
)
"""The coding of an empty answer; no model is asked."""


class Coder:
    """Embeds and classifies batches."""

    def __init__(self, embedder: Embedder, classifier: Classifier, watch: Stopwatch) -> None:
        self._embedder = embedder
        self._classifier = classifier
        self._watch = watch

    def models(self) -> dict[str, str]:
        """Return the names of the models with their revisions."""
        return {
            "encoder": f"{self._embedder.name} {self._embedder.revision}",
            "classifier": self._classifier.version,
        }

    def code(self, batch: pd.DataFrame) -> tuple[list[Enriched], dict[str, str]]:
        """Return the results, and for each comment that has none the class of what was raised."""
        is_empty = batch["is_empty"].to_numpy(dtype=bool)
        enriched = [
            Enriched(comment_id, NOTHING_TO_CODE, self._classifier.version)
            for comment_id in batch["comment_id"][is_empty]
        ]
        rest = batch[~is_empty]
        if rest.empty:
            return enriched, {}
        coded = self._code_together(rest)
        # Asked again one by one, outside the handler: what a library raises may quote the text,
        # and would otherwise travel on as the context of a later error.
        failures: dict[str, str] = {}
        if coded is None:
            coded, failures = self._code_each(rest)
        return enriched + coded, failures

    def _code_together(self, comments: pd.DataFrame) -> list[Enriched] | None:
        try:
            return self._code_all(comments)
        except FeedbackError:
            raise
        except Exception:  # noqa: BLE001 - told by whoever asks again
            return None

    def _code_all(self, comments: pd.DataFrame) -> list[Enriched]:
        texts = comments["text"].tolist()
        with self._watch.time("embed"):
            vectors = self._embedder.embed(texts)
        with self._watch.time("classify"):
            told = self._classifier.classify(texts, vectors, comments["language"].tolist())
        return [
            Enriched(comment_id, one, self._classifier.version)
            for comment_id, one in zip(comments["comment_id"], told, strict=True)
        ]

    def _code_each(self, comments: pd.DataFrame) -> tuple[list[Enriched], dict[str, str]]:
        coded: list[Enriched] = []
        failures: dict[str, str] = {}
        for place, comment_id in enumerate(comments["comment_id"]):
            try:
                coded += self._code_all(comments.iloc[place : place + 1])
            except FeedbackError:
                raise
            except Exception as error:  # noqa: BLE001 - kept by its class: it may quote the text
                failures[comment_id] = type(error).__name__
        is_first_try = bool((comments["n_attempts"] == 0).all())
        if is_first_try and len(failures) >= MIN_SYSTEMATIC and not coded:
            classes = ", ".join(sorted(set(failures.values())))
            raise ModelError(
                f"Encoder or classifier failed for each of {len(failures)} comments ({classes}), "
                "so the fault is not the comments'; they wait. 'feedback doctor' checks both."
            )
        return coded, failures
