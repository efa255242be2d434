"""A Presidio analyzer as a recogniser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING

from feedback.errors import MissingExtraError, SettingsError
from feedback.redact.plugins.labels import PRESIDIO_LABELS, is_dropped_address, presidio_entity
from feedback.redact.plugins.transient import Reading
from feedback.schema import Entity, Span

if TYPE_CHECKING:
    from presidio_analyzer import AnalyzerEngine

__all__ = ["PresidioRecogniser", "presidio_uk"]

_SCORE_THRESHOLD = 0.4
"""Presidio lifts a find whose context word stands near to at least this much (its
``min_score_with_context_similarity``); patterns that need one begin at 0.01 to 0.3."""


class PresidioRecogniser:
    """What a Presidio analyzer finds.

    While it reads, Presidio's log is silent, because some of its messages quote the text; a pattern
    that Presidio gives up on, and would only log, is an error here.

    Parameters
    ----------
    analyzer
        Any ``presidio_analyzer.AnalyzerEngine``, with a team's own recognisers in its registry.
    entities
        Presidio's names of what to look for; None looks for all that the analyzer knows.
    language
        One of the analyzer's languages.
    labels
        Which of Presidio's entities is which of ours; None drops one. See
        `feedback.redact.plugins.labels.presidio_entity` for those that are not named.
    score_threshold
        Finds that score less are dropped.

    Raises
    ------
    SettingsError
        The analyzer traces its decisions, which would write every comment to a log, or does not
        know the language.

    Examples
    --------
    >>> recogniser = presidio_uk()
    >>> [(span.recogniser, span.start) for span in recogniser.find("post: jo@example.com")]
    [('EMAIL_ADDRESS', 6)]
    """

    name = "presidio"

    def __init__(
        self,
        analyzer: AnalyzerEngine,
        *,
        entities: Sequence[str] | None = None,
        language: str = "en",
        labels: Mapping[str, Entity | None] = PRESIDIO_LABELS,
        score_threshold: float = _SCORE_THRESHOLD,
    ) -> None:
        from feedback.redact.plugins.presidio_engine import CarefulReading, keep_suffixes_offline

        if analyzer.log_decision_process:
            raise SettingsError(
                "The Presidio analyzer has log_decision_process=True, which writes every comment "
                "to a log. Build it with log_decision_process=False."
            )
        if language not in analyzer.supported_languages:
            known = ", ".join(analyzer.supported_languages)
            raise SettingsError(
                f"The Presidio analyzer does not know the language '{language}'. Known: {known}."
            )
        keep_suffixes_offline()
        self._analyzer = analyzer
        self._entities = None if entities is None else list(entities)
        self._language = language
        self._labels = labels
        self._score_threshold = score_threshold
        self._careful = CarefulReading()
        pipelines = getattr(analyzer.nlp_engine, "nlp", None) or {}
        self._reading = Reading(pipelines.get(language))

    @property
    def version(self) -> str:
        """What finds: Presidio's version, its recognisers by name, and what is taken from it."""
        recognizers = sorted(one.name for one in self._analyzer.registry.recognizers)
        labels = sorted((label, str(entity)) for label, entity in self._labels.items())
        return (
            f"presidio {version('presidio-analyzer')} {self._language} {recognizers} "
            f"{self._entities} {labels} {self._score_threshold}"
        )

    def find(self, text: str) -> list[Span]:
        """Return spans in code points of ``text``; they may overlap.

        Raises
        ------
        RecogniserError
            Presidio gave up on one of its patterns.
        """
        if not text.strip():
            return []
        with self._reading.one(), self._careful:
            results = self._analyzer.analyze(
                text=text,
                language=self._language,
                entities=self._entities,
                score_threshold=self._score_threshold,
            )
        spans = []
        for one in results:
            entity = presidio_entity(one.entity_type, self._labels)
            if entity is not None and not is_dropped_address(entity, text[one.start : one.end]):
                spans.append(Span(entity, one.start, one.end, one.entity_type, one.score))
        return spans


def presidio_uk() -> PresidioRecogniser:
    """Return Presidio with its UK and its general recognisers, and no trained model.

    Ready for the setting ``redaction_plugins`` as ``feedback.redact.plugins:presidio_uk``.

    Raises
    ------
    MissingExtraError
        The extra is not installed.
    """
    try:
        import presidio_analyzer  # noqa: F401
    except ModuleNotFoundError:
        raise MissingExtraError(
            "Presidio is not installed. Install it with: pip install 'feedback-toolkit[presidio]'"
        ) from None
    from feedback.redact.plugins.presidio_engine import uk_analyzer

    return PresidioRecogniser(uk_analyzer())
