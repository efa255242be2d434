"""Presidio without its model download, its web look-ups and its talkative log."""

from __future__ import annotations

import logging
import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

import spacy
import tldextract
from presidio_analyzer import (
    AnalyzerEngine,
    RecognizerRegistry,
    pattern_recognizer,
    predefined_recognizers,
)
from presidio_analyzer.nlp_engine import NlpArtifacts, SpacyNlpEngine

from feedback.errors import RecogniserError

if TYPE_CHECKING:
    from spacy.language import Language

__all__ = ["CarefulReading", "GivenNlpEngine", "keep_suffixes_offline", "uk_analyzer"]

_LOG = logging.getLogger("presidio-analyzer")
_UK_AND_GENERAL = (
    "CreditCardRecognizer",
    "CryptoRecognizer",
    "DateRecognizer",
    "EmailRecognizer",
    "IbanRecognizer",
    "IpRecognizer",
    "MacAddressRecognizer",
    "PhoneRecognizer",
    "UrlRecognizer",
    "NhsRecognizer",
    "UkDrivingLicenceRecognizer",
    "UkNinoRecognizer",
    "UkPassportRecognizer",
    "UkPostcodeRecognizer",
    "UkVehicleRegistrationRecognizer",
)


class GivenNlpEngine(SpacyNlpEngine):  # type: ignore[misc]
    """An engine around a pipeline that is there already; Presidio's own downloads one.

    Parameters
    ----------
    nlp
        Any spaCy pipeline; None takes a blank English one, which cuts words and finds no names.
    language
        What Presidio calls its language.
    """

    def __init__(self, nlp: Language | None = None, language: str = "en") -> None:
        super().__init__(models=[{"lang_code": language, "model_name": "given"}])
        self.nlp = {language: nlp or spacy.blank(language)}

    def load(self) -> None:
        """Do nothing: the pipeline was given."""

    def process_text(self, text: str, language: str) -> NlpArtifacts:
        """Return words and entities; a pipeline without lemmas gets words in small letters.

        Presidio looks for context words ("passport") among the lemmas, and without them its
        patterns of low score never count.
        """
        doc = self.nlp[language](text)
        if not doc.has_annotation("LEMMA"):
            for token in doc:
                token.lemma_ = token.lower_
        return self._doc_to_nlp_artifact(doc, language)


def uk_analyzer(nlp: Language | None = None) -> AnalyzerEngine:
    """Return an analyzer with Presidio's UK and general recognisers.

    Parameters
    ----------
    nlp
        Finds names, places and organisations, if it can; None finds none of them.
    """
    keep_suffixes_offline()
    engine = GivenNlpEngine(nlp)
    recognizers = [getattr(predefined_recognizers, name) for name in _UK_AND_GENERAL]
    registry = RecognizerRegistry(recognizers=[build() for build in recognizers])
    if nlp is not None:
        registry.add_nlp_recognizer(engine)
    return AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=["en"])


def keep_suffixes_offline() -> None:
    """Let tldextract, which Presidio's e-mail check asks, read the list it brings along.

    As it comes it fetches the public suffix list from the web when first asked, and writes it to a
    cache. Presidio asks the module's own extractor, so that is the one to replace.
    """
    tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)


class CarefulReading(logging.Filter):
    """One text read by Presidio: silent, and never half read without a word.

    Presidio logs values that fail a check ("Failed to validate text ..."), so nothing it logs in
    the block is let through. A pattern that runs longer than ``REGEX_TIMEOUT_SECONDS`` it skips,
    and only logs that: a reading that took so long is an error here.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep no record."""
        return False

    def __enter__(self) -> Self:
        _LOG.addFilter(self)
        self._started = time.perf_counter()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _LOG.removeFilter(self)
        seconds = time.perf_counter() - self._started
        if kind is None and seconds >= pattern_recognizer.REGEX_TIMEOUT_SECONDS:
            raise RecogniserError(
                f"Presidio took {seconds:.1f} seconds for one text, and skips a pattern after "
                f"{pattern_recognizer.REGEX_TIMEOUT_SECONDS} (REGEX_TIMEOUT_SECONDS), so the text "
                f"may be half read. No text was let on. Look for a slow pattern of your own."
            )
