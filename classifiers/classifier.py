"""The classifier: texts and vectors in, codes, sentiment and fault facets out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from classifiers.decide import Evidence, decide, tone_of_codes
from classifiers.facets import FacetFinder
from classifiers.labels import TONES
from classifiers.lexicon import Reader
from classifiers.likeness import likeness
from classifiers.nothing import holds_nothing
from classifiers.rule_tables import RuleTable
from classifiers.rules import RuleMatcher
from feedback.errors import ModelError
from feedback.placeholders import without_numbers
from feedback.schema import EMPTY_LABEL, Classification, CodeDecision, Language, Sentiment

if TYPE_CHECKING:
    from scipy import sparse
    from spacy.tokens import Doc

    from classifiers.codebook import Codebook
    from classifiers.embedding import CodeHead, SentimentHead
    from classifiers.features import CommentFeatures
    from feedback.network_reader import NetworkReader
    from feedback.protocols import Embedder

__all__ = ["CommentClassifier", "Provenance", "RuleReader"]

FAULT_GROUP = "fault"
"""Group of codes whose comments are searched for facets."""


class RuleReader:
    """Reads texts and says which codes the rules speak for."""

    def __init__(self, codebook: Codebook, table: RuleTable) -> None:
        self._reader = Reader()
        self._matcher = RuleMatcher(codebook.code_ids, table)
        self._none = (
            codebook.code_ids.index(EMPTY_LABEL) if EMPTY_LABEL in codebook.code_ids else None
        )
        self.facets = FacetFinder(self._reader)

    def read(self, texts: Sequence[str]) -> tuple[list[Doc], np.ndarray]:
        """Return docs and rule hits, ndarray of shape (n_texts, n_codes), bool."""
        docs = self._reader.read(texts)
        hits = self._matcher.hits(docs)
        if self._none is not None:
            hits[:, self._none] |= [holds_nothing(text) for text in texts]
        return docs, hits


@dataclass(frozen=True)
class Provenance:
    """Where a classifier comes from and how it did; kept in ``model.json`` and the model card.

    ``figures`` are out-of-fold: `classifiers.evaluate.Evaluation.as_dict`.
    """

    encoder: str
    encoder_revision: str
    n_dimensions: int
    data_hash: str
    data_date: str
    n_comments: int
    seed: int
    figures: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class _Read:
    """What was read off some texts, on the way to their codes."""

    texts: Sequence[str]
    docs: list[Doc]
    hits: np.ndarray
    rows: sparse.csr_matrix
    probabilities: np.ndarray
    tone_scores: np.ndarray


@dataclass(eq=False)
class CommentClassifier:
    """A fitted classifier. Make one with `classifiers.train.train` or `classifiers.persist.load`.

    ``rule_precision`` is an ndarray of shape (n_codes,): the share of a code's rule hits that were
    right in training. ``prototypes``, of shape (n_codes, n_dimensions), are the codebook's own
    words as vectors; a classifier with an encoder tuned to the codebook, ``tuned``, has none and
    needs no vectors. Where labels came without sentiments, ``tone_classifier`` is the classifier
    whose sentiments are used.
    """

    codebook: Codebook
    rules: RuleTable
    features: CommentFeatures
    head: CodeHead
    rule_precision: np.ndarray
    sentiment: SentimentHead | None
    provenance: Provenance
    version: str
    prototypes: np.ndarray | None = None
    tuned: NetworkReader | None = None
    tone_classifier: CommentClassifier | None = None

    @property
    def needs_vectors(self) -> bool:
        """Whether `classify` looks at the vectors it is given."""
        tone = self.tone_classifier
        return self.tuned is None or (tone is not None and tone.needs_vectors)

    def embed(self, embedder: Embedder, texts: Sequence[str]) -> np.ndarray:
        """Return the vectors that `classify` needs: of no length where it needs none."""
        if self.needs_vectors:
            return np.asarray(embedder.embed(texts))
        return np.empty((len(texts), 0), dtype=np.float32)

    @property
    def codebook_version(self) -> str:
        """Id and version of the codebook, such as ``digital_service/1``."""
        return self.codebook.name

    def check_embedder(self, embedder: Embedder) -> None:
        """Refuse an encoder other than the one whose vectors this classifier has learnt.

        One with a tuned encoder of its own takes any.

        Raises
        ------
        ModelError
            Name or revision differs.
        """
        made_with = (self.provenance.encoder, self.provenance.encoder_revision)
        given = (embedder.name, embedder.revision)
        if self.needs_vectors and made_with != given:
            raise ModelError(
                f"Classifier {self.version} was trained on vectors of {made_with[0]} "
                f"({made_with[1][:12]}), the encoder set is {given[0]} ({given[1][:12]}). Set that "
                "encoder again, or train a classifier with this one: feedback train."
            )

    def classify(
        self, texts: Sequence[str], vectors: np.ndarray, languages: Sequence[str]
    ) -> list[Classification]:
        """Return one classification for each text, in order; no text gives an empty list.

        Parameters
        ----------
        texts
            Redacted comments.
        vectors : ndarray of shape (n_texts, n_dimensions), float32, unit length
            Their embeddings, by the encoder this classifier was trained with; not looked at where
            the classifier needs none.
        languages
            One of `feedback.schema.Language` for each text.

        Raises
        ------
        ModelError
            The vectors do not fit.
        """
        return self.classify_and_weigh(texts, vectors, languages)[0]

    def classify_and_weigh(
        self, texts: Sequence[str], vectors: np.ndarray, languages: Sequence[str]
    ) -> tuple[list[Classification], np.ndarray]:
        """Return what `classify` and what `probabilities` return, having read the texts once."""
        if not len(texts):
            return [], np.empty((0, len(self.codebook.code_ids)))
        self._check_shapes(texts, vectors, languages)
        read = self._read(texts, vectors)
        evidence = Evidence(
            read.probabilities, read.hits, languages, knows_welsh=self.tuned is not None
        )
        decisions = decide(evidence, self.head.thresholds_, self.rule_precision, self.codebook)
        tones = self._tones(read, vectors, languages)
        told = [
            Classification(
                codes,
                self._tone(codes, tone, language),
                self._reader.facets.find(doc, text) if self._is_fault(codes) else {},
            )
            for codes, tone, language, doc, text in zip(
                decisions, tones, languages, read.docs, read.texts, strict=True
            )
        ]
        return told, read.probabilities

    def probabilities(self, texts: Sequence[str], vectors: np.ndarray) -> np.ndarray:
        """Return ndarray of shape (n_texts, n_codes), float64: the probability of every code.

        Calibrated, before rules and thresholds decide: what calibration is measured on. Parameters
        are those of `classify`.
        """
        return self._read(texts, vectors).probabilities

    def _check_shapes(
        self, texts: Sequence[str], vectors: np.ndarray, languages: Sequence[str]
    ) -> None:
        expected = (len(texts), self.provenance.n_dimensions)
        fits = not self.needs_vectors or vectors.shape == expected
        if not fits or len(languages) != len(texts):
            raise ModelError(
                f"{len(texts)} texts need vectors of shape {expected} and as many languages; found "
                f"vectors of shape {vectors.shape} and {len(languages)} languages."
            )

    def _read(self, texts: Sequence[str], vectors: np.ndarray) -> _Read:
        texts = [without_numbers(text) for text in texts]  # as in the comments it was trained on
        docs, hits = self._reader.read(texts)
        n_codes = len(self.codebook.code_ids)
        if self.tuned is not None:
            scores = self.tuned.read(texts)
            told, tone_scores = scores[:, :n_codes], scores[:, n_codes:]
            rows = self.features.transform(texts, np.empty((len(texts), 0)), hits)
        elif self.prototypes is not None:
            told = likeness(vectors, self.prototypes)
            tone_scores = np.empty((len(texts), 0))
            rows = self.features.transform(texts, vectors, hits)
        else:
            raise ModelError(f"Classifier {self.version} has neither prototypes nor an encoder.")
        probabilities = self.head.predict_proba(rows, [told])
        return _Read(texts, docs, hits, rows, probabilities, tone_scores)

    @cached_property
    def _reader(self) -> RuleReader:
        return RuleReader(self.codebook, self.rules)

    def _tones(self, read: _Read, vectors: np.ndarray, languages: Sequence[str]) -> list[Sentiment]:
        if self.sentiment is not None:
            beside = np.hstack([read.probabilities, read.tone_scores])
            return [Sentiment(TONES[tone]) for tone in self.sentiment.predict(read.rows, beside)]
        if self.tone_classifier is None:
            return [Sentiment.NEUTRAL] * len(read.texts)
        told = self.tone_classifier.classify(read.texts, vectors, languages)
        return [classification.sentiment for classification in told]

    def _tone(self, codes: Sequence[CodeDecision], tone: Sentiment, language: str) -> Sentiment:
        if language == Language.WELSH and self.sentiment is not None:
            return tone_of_codes(codes, self.codebook) or tone
        return tone

    def _is_fault(self, codes: Sequence[CodeDecision]) -> bool:
        return any(self.codebook[code.code].parent == FAULT_GROUP for code in codes)
