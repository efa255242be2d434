"""A spaCy pipeline as a recogniser."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from feedback.redact.plugins.labels import SPACY_LABELS
from feedback.redact.plugins.transient import Reading
from feedback.schema import Entity, Span

if TYPE_CHECKING:
    from spacy.language import Language

__all__ = ["SpacyRecogniser"]

_SCORE = 0.85
"""spaCy's entity recogniser gives no scores; Presidio puts the same figure in their place."""


class SpacyRecogniser:
    """What a spaCy pipeline finds: ``doc.ents``, and span groups.

    Parameters
    ----------
    nlp
        Any pipeline, such as ``spacy.load("en_core_web_sm")``.
    labels
        Which label of the pipeline is which entity; other labels are dropped.
    groups
        Keys of ``doc.spans`` to read as well; a pipeline without them is fine.
    score
        For finds that come without one.
    score_threshold
        Finds of span groups that score less are dropped.

    Examples
    --------
    >>> import spacy
    >>> nlp = spacy.blank("en")
    >>> ruler = nlp.add_pipe("entity_ruler")
    >>> ruler.add_patterns([{"label": "PERSON", "pattern": "Zebedee"}])
    >>> [(span.entity.value, span.start) for span in SpacyRecogniser(nlp).find("ask Zebedee")]
    [('PERSON', 4)]
    """

    name = "spacy"

    def __init__(
        self,
        nlp: Language,
        *,
        labels: Mapping[str, Entity] = SPACY_LABELS,
        groups: Sequence[str] = ("feedback_names",),
        score: float = _SCORE,
        score_threshold: float = 0.0,
    ) -> None:
        self._nlp = nlp
        self._labels = labels
        self._groups = tuple(groups)
        self._score = score
        self._score_threshold = score_threshold
        self._reading = Reading(nlp)

    @property
    def version(self) -> str:
        """What finds: the pipeline's name, version and components, and what is taken from it."""
        meta = self._nlp.meta
        labels = sorted((label, entity.value) for label, entity in self._labels.items())
        return (
            f"{meta['lang']}_{meta['name']} {meta['version']} spacy {version('spacy')} "
            f"{self._nlp.pipe_names} {self._groups} {labels} {self._score_threshold}"
        )

    def find(self, text: str) -> list[Span]:
        """Return spans in code points of ``text``; those of groups may overlap those of entities.

        Text of white space alone gives none.
        """
        if not text.strip():
            return []
        with self._reading.one():
            found = {
                (span.start_char, span.end_char, str(span.label_)): score
                for span, score in self._read(self._nlp(text))
                if span.label_ in self._labels and score >= self._score_threshold
            }
        return [
            Span(self._labels[label], start, end, label, score)
            for (start, end, label), score in found.items()
            if start < end
        ]

    def _read(self, doc: Any) -> Iterator[tuple[Any, float]]:
        for key in self._groups:
            group = doc.spans.get(key) or ()
            scores = group.attrs.get("scores") if group else None
            for index, span in enumerate(group):
                yield span, self._score if scores is None else float(scores[index])
        for span in doc.ents:
            yield span, self._score
