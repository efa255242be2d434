"""Names of people: the rules and the model, and what each is believed without the other.

The rules (titles, cues, name lists) know what they were told; the model knows what surrounds names.
A find of either stands; a weak find of a list falls where the model, having read the words around
it, is sure that it is none. A name found once is found again wherever it is repeated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from feedback.redact.lexicon import (
    AMBIGUOUS,
    COMMON,
    NAME,
    ORGANISATION,
    PLACE,
    SURNAME,
    TITLE,
    load_everyday_names,
    load_lexicon,
)
from feedback.redact.name_cues import PEOPLE_VERBS, PERSON_BEFORE
from feedback.redact.name_growth import FUNCTION_WORDS, NameReader
from feedback.redact.name_model.features import LABELS
from feedback.redact.name_rules import Found, find_by_rules, repeat
from feedback.redact.name_words import UPPER, Words
from feedback.redact.spans import Candidate
from feedback.schema import Entity, RedactionMode

if TYPE_CHECKING:
    import numpy as np

    from feedback.redact.name_model.runtime import NameModel

__all__ = ["NAME_THRESHOLD", "NameRecogniser"]

NAME_THRESHOLD: Final = 0.1
"""A word is a name from this probability on; chosen on training comments kept apart and on the
development half of the tweets (docs/measurements.md)."""

_WORD: Final = re.compile(r"[^\W\d_]{2,}")
_REMAINS: Final = frozenset(
    "didn doesn don isn wasn aren weren hasn haven hadn won wouldn couldn shouldn mustn ain "
    "ll ve re".split()
)
"""What apostrophes leave of contractions."""
_RANK: Final = 80
_RANK_STRICT: Final = 82
_WEAK_SCORE: Final = 0.8
"""Rules of this score or less are weak: a list, a pair of capitals, a faint cue."""
_DOUBT: Final = 0.1
"""A weak find falls where the model gives none of its words this share of the threshold."""
_AMBIGUOUS_THRESHOLD: Final = 0.2
"""The same for a name that is also a word or a place."""
_EVERYDAY_THRESHOLD: Final = 0.4
"""The same for a name that is an everyday word of feedback."""
_ACRONYM_THRESHOLD: Final = 0.5
"""The same for capitals that no list has, where the rest of the text is in small letters."""
_LONE_PLACE_THRESHOLD: Final = 0.97
"""The same for a town that stands alone."""
_COMMON_THRESHOLD: Final = 0.4
"""The same for a word that no list has as a name and every dictionary has as a word."""
_CODE_THRESHOLD: Final = 0.8
"""The same for a word with a digit or a sign stuck to it, and for an acronym of the lists."""
_MAKERS: Final = frozenset(("MS", "Microsoft"))
"""What follows is a product: Edge, Word."""
_STRICT_THRESHOLD: Final = 0.5
"""A word is a place or an organisation from this probability on."""
_BEFORE_PEOPLE: Final = PERSON_BEFORE | frozenset(
    "my his her our their dear hi hello hey is was am called named judge dj diolch i'm im it's "
    "for ask tell rung and or , ( \" ' : - / \n".split(" ")
)
_AFTER_PEOPLE: Final = PEOPLE_VERBS | frozenset(
    "from was is has had and or who whose 's didn't did doesn't does couldn't could wouldn't "
    "sorted gave got made took kept left let never just went came knew even who'd who's".split()
)
"""A word that is more often no name is worth reading the text for beside one of these."""

_PERSON, _PLACE, _ORGANISATION = (LABELS.index(one) for one in ("PERSON", "PLACE", "ORGANISATION"))


class NameRecogniser:
    """Finds names of people; in strict mode also places and organisations.

    Parameters
    ----------
    mode
        ``strict`` also yields `Entity.PLACE` and `Entity.ORGANISATION`.
    threshold
        Probability (0-1) from which a word is a name. Lower finds more and takes more else with it.
    model
        A `NameModel`; the one shipped by default.

    Examples
    --------
    >>> text = "I spoke to Priya about it"
    >>> [text[find.start : find.end] for find in NameRecogniser().find(text)]
    ['Priya']
    """

    name = "names"

    def __init__(
        self,
        *,
        mode: RedactionMode = RedactionMode.STANDARD,
        threshold: float = NAME_THRESHOLD,
        model: NameModel | None = None,
    ) -> None:
        if model is None:
            from feedback.redact.name_model.runtime import load_name_model

            model = load_name_model()
        self._model = model
        self._threshold = threshold
        self._is_strict = mode is RedactionMode.STRICT
        self._lexicon = load_lexicon()
        self._quiet = _REMAINS | {
            word for word, classes in self._lexicon.items() if classes and not classes & NAME
        }

    def find(self, text: str) -> Iterator[Candidate]:
        """Yield names in folded text."""
        if not self._is_strict and self._quiet.issuperset(_WORD.findall(text.lower())):
            return
        words = Words(text, self._lexicon)
        is_wanted = [True] * len(words) if self._is_strict else wanted(words)
        if not any(is_wanted):
            return
        likely = self._model.probabilities(words, is_wanted)
        found = _people(
            words,
            likely[:, _PERSON],
            likely[:, [_PLACE, _ORGANISATION]].max(axis=1),
            self._threshold,
        )
        found += repeat(words, found)
        for one in found:
            yield _candidate(words, one, _RANK, Entity.PERSON)
        if self._is_strict:
            for one, entity in _settings(words, likely):
                yield _candidate(words, one, _RANK_STRICT, entity)


def wanted(words: Words) -> list[bool]:
    """Return which words could be a name: the reason to read the text around them."""
    return [_is_wanted(words, index, classes) for index, classes in enumerate(words.classes)]


def _is_wanted(words: Words, index: int, classes: int) -> bool:
    word = words.words[index]
    if len(word) < 2 or not word[0].isalpha():
        return False
    if not classes:
        return True
    if not classes & NAME:
        return False
    if words.keys[index] not in load_everyday_names():
        return True
    if words.keys[index] in FUNCTION_WORDS and not words.is_capital(index):
        return False
    if words.is_capital(index) and not words.starts_sentence(index):
        return True
    before = words.keys[index - 1] if index else ""
    after = words.keys[index + 1] if index + 1 < len(words) else ""
    return not after or before in _BEFORE_PEOPLE or after in _AFTER_PEOPLE


def _candidate(words: Words, one: Found, rank: int, entity: Entity) -> Candidate:
    return Candidate(
        rank, 0, words.starts[one.start], words.ends[one.end - 1], entity, one.how, one.score
    )


def _people(words: Words, likely: np.ndarray, others: np.ndarray, threshold: float) -> list[Found]:
    """Return what the rules or the model take for names, words that touch as one name.

    ``likely`` and ``others`` say of each word how likely it is a person, and how likely what else
    has a name; a word that is likelier a place or an organisation is left to the rules.
    """
    rules = [
        one
        for one in find_by_rules(words)
        if one.score > _WEAK_SCORE or likely[one.start : one.end].max() >= _DOUBT * threshold
    ]
    reader = NameReader(words)
    is_name = [
        likely[index] >= threshold
        and likely[index] >= others[index]
        and _accepts(words, index, float(likely[index]))
        for index in range(len(words))
    ]
    how: dict[int, Found] = {}
    for one in rules:
        for index in range(one.start, one.end):
            is_name[index] = True
            how[index] = one
    found = []
    for start, end in _runs(words, is_name):
        rule = next((how[index] for index in range(start, end) if index in how), None)
        score = float(likely[start:end].max())
        if rule is not None:
            found.append(Found(start, end, rule.how, max(rule.score, score)))
        elif _stands_alone(words, reader, start, end, score):
            found.append(Found(start, end, "name-model", score))
    return found


def _stands_alone(words: Words, reader: NameReader, start: int, end: int, score: float) -> bool:
    """Whether the model alone makes a name of these words: no town, company or "E" in "Form E"."""
    if all(len(words.words[index]) == 1 for index in range(start, end)):
        return False
    if reader.is_lone_place(start, end) and score < _LONE_PLACE_THRESHOLD:
        return False
    return not (reader.is_organisation(start, end) and _is_company(words, start, end))


def _is_company(words: Words, start: int, end: int) -> bool:
    """Whether an organisation is more than two people joined by "&"."""
    for sign, own, other in ((end, end - 1, end + 1), (start - 1, start, start - 2)):
        if 0 <= sign < len(words) and words.words[sign] == "&" and 0 <= other < len(words):
            is_surname = bool(words.classes[own] & SURNAME)
            return is_surname and bool(words.classes[other] & (SURNAME | ORGANISATION))
    return True


def _accepts(words: Words, index: int, probability: float) -> bool:
    """Whether the model alone may make a name of a word."""
    word, classes = words.words[index], words.classes[index]
    if not word[0].isalpha():
        return word in (".", "'", "-")
    if classes & TITLE or (index and words.words[index - 1] in _MAKERS):
        return False
    if words.touches_code(index) and probability < _CODE_THRESHOLD:
        return False
    is_acronym = words.shapes[index] == UPPER and not words.is_shouting
    if not classes & NAME and classes & (COMMON | ORGANISATION):
        return probability >= (_CODE_THRESHOLD if is_acronym else _COMMON_THRESHOLD)
    if is_acronym and not classes:
        return probability >= _ACRONYM_THRESHOLD
    if probability < _EVERYDAY_THRESHOLD and words.keys[index] in load_everyday_names():
        return False
    return not classes & (AMBIGUOUS | PLACE) or probability >= _AMBIGUOUS_THRESHOLD


def _runs(words: Words, is_name: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Yield stretches of names whose words touch, without signs at their ends."""
    start, n_words = 0, len(words)
    while start < n_words:
        if not is_name[start] or not words.is_word(start):
            start += 1
            continue
        end = start + 1
        while end < n_words and is_name[end] and words.gap(end) in ("", " ", "  "):
            end += 1
        stop = end
        while not words.is_word(stop - 1):
            stop -= 1
        yield start, stop
        start = end


def _settings(words: Words, likely: np.ndarray) -> Iterator[tuple[Found, Entity]]:
    """Yield places and organisations, for strict mode."""
    for label, entity in ((_PLACE, Entity.PLACE), (_ORGANISATION, Entity.ORGANISATION)):
        is_one = [
            bool(likely[index, label] >= _STRICT_THRESHOLD)
            or (
                label == _PLACE
                and bool(words.classes[index] & PLACE)
                and not words.classes[index] & AMBIGUOUS
            )
            for index in range(len(words))
        ]
        for start, end in _runs(words, is_one):
            score = float(likely[start:end, label].max())
            yield Found(start, end, f"{entity.value.lower()}-model", score), entity
