"""Language of a comment: English, Welsh, another one, or an honest "unknown".

py3langid gives a fast first opinion; where it is unsure, langdetect is asked, and where the two
disagree the answer is ``unknown``. Both are restricted to the languages below and told how common
they are in feedback to courts of England and Wales; langdetect, which draws random numbers, is
seeded for each text, so that an answer depends on nothing but the text. Words that only one of
English and Welsh has settle short comments, which neither library can judge.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from importlib.resources import files
from typing import Any

import numpy as np

from feedback.placeholders import PLACEHOLDER
from feedback.schema import Language

__all__ = ["LANGUAGES", "SeededLanguageIdentifier"]

LANGUAGES = (
    "ar", "bg", "bn", "cy", "de", "en", "es", "fr", "hi", "hu", "it", "lt", "pl", "pt", "ro", "tr",
    "uk", "ur", "zh",
)  # fmt: skip
"""ISO 639-1 codes: the main languages of court users in England and Wales (2021 census)."""

PRIOR = {"en": 0.90, "cy": 0.03}
"""Share of comments by language; the rest is spread evenly over the others."""

SURE = 0.80
"""From this probability of py3langid on, langdetect is not asked. Chosen on half of the development
texts (tests/benchmarks/bench_language.py measures on the other half)."""

MIN_LETTERS = 3
"""Fewer letters are no evidence, unless they are a word of `WELSH` or `ENGLISH`."""

# Words that are common in one of the two and absent from the other. Words that both have, such as
# "help", "hen" or "pan", or that other languages have, such as "da", "eu" or "os", are left out.
WELSH = frozenset(
    """
    ar yn yr y ydy ydw ydi yw oedd roedd mae maen dydy dydi ddim nid nad fy ei ein eich chi fi nhw
    hwn hyn sydd sy wedi gan gyda heb dros drwy trwy efo ond neu pam pryd beth ble pwy cael gallu
    gallwch allwch medru methu fethu gweithio gwaith botwm tudalen dudalen gwefan wefan ffurflen
    cais gais llys cymraeg gymraeg saesneg iawn hawdd anodd dda diolch cyfieithu cyfieithiad
    llawer rhy araf clir aneglur deall wnes gwnes newydd eto nawr rwan dim byd bawb pawb
    ardderchog gwych syml cyflym cymorth plîs gwelwch
    """.split()
)
ENGLISH = frozenset(
    """
    the and is was it this that you your my of for not with have has had can cannot cant couldnt
    didnt doesnt dont wont very easy good great slow bad page form upload pay payment thanks thank
    nothing none simple clear helpful quick error work working works website site online process
    on at be from they what when which who would will just excellent fine ok okay nope yes hard
    difficult useless rubbish confusing straightforward brilliant perfect terrible awful nice
    quickly easily broken fast crap waste time
    """.split()
)

_NO_WORDS = re.compile(PLACEHOLDER.pattern + r"|https?://\S+|\S+@\S+")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_CLASSES = {"en": Language.ENGLISH, "cy": Language.WELSH}


class SeededLanguageIdentifier:
    """Identifies the language of comments; the same text always gets the same answer.

    Parameters
    ----------
    seed
        Seed of langdetect's random numbers.
    sure
        Probability from which the first opinion stands alone.

    Examples
    --------
    >>> told = SeededLanguageIdentifier().identify(["Dim yn gweithio", "It is slow", "[PHONE]"])
    >>> [language.value for language in told]
    ['cy', 'en', 'unknown']
    """

    version = "py3langid+langdetect/1"

    def __init__(self, *, seed: int = 0, sure: float = SURE) -> None:
        self.seed = seed
        self.sure = sure

    def identify(self, texts: Sequence[str]) -> list[Language]:
        """Return one language for each text, in order; ``unknown`` for one without words."""
        return [self._identify(text) for text in texts]

    def _identify(self, text: str) -> Language:
        words = _WORD.findall(_NO_WORDS.sub(" ", text))
        plain = " ".join(words)
        told = _by_words([word.lower().replace("’", "'") for word in words])
        if told is not None:
            return told
        if sum(len(word) for word in words) < MIN_LETTERS:
            return Language.UNKNOWN
        first, probability = self._first_opinion(plain)
        if probability >= self.sure:
            return first
        return first if self._second_opinion(plain) == first else Language.UNKNOWN

    def _first_opinion(self, text: str) -> tuple[Language, float]:
        """Return py3langid's answer, weighed by how common each language is."""
        ranked = self._langid.rank(text)
        weights = np.array([p * self._prior[code] for code, p in ranked])
        best = int(weights.argmax())
        by_class: dict[Language, float] = {}
        for (code, _), weight in zip(ranked, weights, strict=True):
            language = _CLASSES.get(code, Language.OTHER)
            by_class[language] = by_class.get(language, 0.0) + float(weight)
        language = _CLASSES.get(ranked[best][0], Language.OTHER)
        return language, by_class[language] / float(weights.sum())

    def _second_opinion(self, text: str) -> Language | None:
        """Return langdetect's answer, None where it finds nothing to go by."""
        from langdetect.lang_detect_exception import LangDetectException

        detector = self._langdetect.create()
        detector.seed = self.seed
        detector.set_prior_map(self._langdetect_prior)
        detector.append(text)
        try:
            code = detector.detect()
        except LangDetectException:
            return None
        return _CLASSES.get(code, Language.OTHER)

    @cached_property
    def _prior(self) -> dict[str, float]:
        rest = (1.0 - sum(PRIOR.values())) / (len(LANGUAGES) - len(PRIOR))
        return {code: PRIOR.get(code, rest) for code in LANGUAGES}

    @cached_property
    def _langid(self) -> Any:
        from py3langid.langid import MODEL_FILE, LanguageIdentifier

        identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
        identifier.set_languages(LANGUAGES)
        return identifier

    @cached_property
    def _langdetect(self) -> Any:
        """A factory with the profiles of our languages only."""
        from langdetect.detector_factory import DetectorFactory

        folder = files("langdetect").joinpath("profiles")
        names = [name for code in LANGUAGES for name in _profile_names(code)]
        factory = DetectorFactory()
        factory.load_json_profile([folder.joinpath(n).read_text(encoding="utf-8") for n in names])
        return factory

    @cached_property
    def _langdetect_prior(self) -> dict[str, float]:
        shares = {}
        for code in LANGUAGES:
            names = _profile_names(code)
            shares.update({name: self._prior[code] / len(names) for name in names})
        return shares


def _profile_names(code: str) -> tuple[str, ...]:
    """Return the names of langdetect's profiles for a language."""
    return ("zh-cn", "zh-tw") if code == "zh" else (code,)


def _by_words(words: Sequence[str]) -> Language | None:
    """Return the language whose telltale words a comment has, if it has none of the other's."""
    n_welsh = sum(word in WELSH for word in words)
    n_english = sum(word in ENGLISH for word in words)
    if n_english and not n_welsh:
        # Words of English turn up in other languages' comments ("online", "website").
        return Language.ENGLISH if n_english >= max(1, len(words) / 4) else None
    if n_welsh and not n_english:
        return Language.WELSH if n_welsh >= max(1, len(words) / 4) else None
    return None
