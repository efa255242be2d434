"""Names of children and others given with an age: "Ayaan (7)", "my daughter Zoya, aged 6".

The name goes, in a list of names or not, capitalised or not; the age stays, since ages in years
are kept. Without an age beside it a name is the business of `names`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from feedback.redact.lexicon import (
    AMBIGUOUS,
    COMMON,
    GIVEN,
    MONTH,
    NAME,
    OFFICE,
    ORGANISATION,
    PLACE,
    TITLE,
    load_lexicon,
    word_key,
)
from feedback.redact.spans import Candidate
from feedback.schema import Entity

__all__ = ["ChildRecogniser"]

_RANK: Final = 62
_SCORE: Final = 0.85
_OLDEST_CHILD: Final = 18
_MIN_LETTERS: Final = 3
"""A letter before a number is a form, a door or an answer."""
_KIN_REACH: Final = 48
_NUMBER = (
    r"(?:\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|"
    r"seventeen)"
)
_OLD = (
    r"(?:\s?(?:years?|yrs?|y/?o|yr-?old|months?|mths?|weeks?|wks?|oed|mlwydd)"
    r"(?:[\s\-](?:old|oed))?)"
)
_COUNTED = (
    r"\s?(?:times?|of|per|x|days?|hours?|hrs?|minutes?|mins?|weeks?|months?|miles?|pages?|pounds?|p\b|pm|am|"
    r"people|percent|stars?|out|to|or|and\sa\shalf)(?!\w)"
)
_WORD = r"[^\W\d_](?:[^\W\d_]|['\-](?=[^\W\d_])){1,24}"
_NAMED = rf"(?<![\w'\-/@.])(?P<name>{_WORD}(?:\s{_WORD}){{0,2}}?)"
_AGED = re.compile(
    rf"{_NAMED}(?:"
    rf"(?P<bracket>\s?[(\[]\s?(?:aged?\s|oed\s|age:\s?)?{_NUMBER}{_OLD}?\s?[)\],;])"
    rf"|(?P<aged>,?\s(?:who\s|now\s|is\s|was\s|who's\s|sy'n\s){{0,2}}(?:aged?|oed)\s{_NUMBER}(?!\w)(?!\s?(?:days?|weeks?|months?)))"
    rf"|(?P<old>,?\s(?:who\s|now\s|is\s|was\s|who's\s|only\s|just\s){{0,3}}{_NUMBER}{_OLD}(?!\w))"
    rf"|(?P<comma>,\s{_NUMBER}(?=\s?[,;.)!?]|\s(?:and|&|a|ac|who|lives?|has|is|was)\s|\s?$))"
    rf"|(?P<bare>\s{_NUMBER}(?![\w%£:/\-]|[.,]\d|\s\d)(?!{_COUNTED}))"
    rf")",
    re.IGNORECASE,
)
_OLD_FIRST = re.compile(
    rf"(?<![\w.])(?P<age>{_NUMBER})[\s\-]?(?:(?:years?|yrs?)[\s\-]?old|y/?o)s?[\s,]{{1,2}}"
    rf"(?:(?:boy|girl|son|daughter|child|twin|kid|grandson|granddaughter)s?[\s,]{{1,2}})?(?:called\s|named\s)?"
    rf"(?P<name>{_WORD})(?![\w'])",
    re.IGNORECASE,
)
_KIN = re.compile(
    r"(?<!\w)(?:(?:my|our|his|her|their|your|the|fy|ei|a)\s)?(?:\w{1,9}\s){0,2}?"
    r"(?:sons?|daughters?|child(?:ren)?|kids?|bab(?:y|ies)|boys?|girls?|twins?|triplets|toddler|infant|teenager|"
    r"grand-?(?:sons?|daughters?|child(?:ren)?|kids?)|step-?(?:sons?|daughters?|child(?:ren)?|kids?)|foster\schild(?:ren)?|"
    r"nephews?|nieces?|siblings?|brothers?|sisters?|cousins?|godson|goddaughter|little\sones?|eldest|youngest|"
    r"merch(?:ed)?|mab|meibion|plant|plentyn|babi|wyres|[wŵ]yr)"
    r"(?:[\s,:\-(]{1,3}(?:called\s|named\s|are\s|is\s|namely\s|o'r\senw\s)?)$",
    re.IGNORECASE,
)
_LIST_GAP = re.compile(r"[\s,;&+()\]]{0,4}(?:(?:and|a|ac|plus|also)\s{1,2}(?:my\s\w{2,12}\s)?)?")
_NO_NAMES: Final = frozenset(
    "acas act adobe android annex answer any app appendix apple area article asylum audi band "
    "bit bmw box bullet bundle button cafcass case chapter charge children chrome citizen clause "
    "column count court covid criteria crown day days direction document edge edition error "
    "exhibit factor female figure file firefox floor ford form galaxy gate google grade group "
    "honda house huawei hyundai ios ipad iphone issue item kia level line lines linux lot mac male "
    "macos "
    "mazda mercedes microsoft module nissan nokia note number office option order over page pages "
    "panel para paragraph part parts people period peugeot phase pixel plan platform point points "
    "practice question questions regulation renault room route row rule safari samsung schedule "
    "screen section sections series sheet size skoda slide slot stage standard step steps suite "
    "survey table task term ticket tier toyota type under unit vauxhall version volkswagen volume "
    "ward week weeks windows year years zone adran cam cwestiwn ffurflen ffurflenni rhan tudalen "
    "tudalennau ystafell uploader gov uk hmrc hmcts dwp aged age anyone everyone someone nobody "
    "who whom which what that this these those only just about nearly almost now still".split()
)
"""Capitals before a number that are no child: parts of documents, programs, makes of car."""
_HEADINGS: Final = frozenset(
    "child children family case court crown form section part page practice special order claim "
    "appeal legal help online money probate divorce civil high upper single".split()
)
"""First words of titles of things."""
_NOUN = re.compile(
    r"(?:tions?|ments?|ings?|ness|ity|ities|ism|ships?|ances?|ences?|ers|ors|ages|ures|ates|cies)$"
)
"""Endings of English nouns, against capitals that no list knows."""
_FIRST_LOOK = re.compile(
    r"(?<![\d£$€.,/:])\d{1,2}(?!\d|[.:/,]\d)|(?<!\w)(?:aged?|oed|years?|yrs?)(?!\w)", re.IGNORECASE
)
_NO_CLASSES: Final = COMMON | PLACE | MONTH | TITLE | OFFICE | ORGANISATION


@dataclass(frozen=True, slots=True)
class _Mention:
    """A word or words with an age, and how clearly the age is one."""

    start: int
    end: int
    stop: int
    words: tuple[str, ...]
    is_clear: bool
    is_child: bool


class ChildRecogniser:
    """Finds names that stand beside an age."""

    name = "children"

    def __init__(self) -> None:
        self._lexicon = load_lexicon()

    def find(self, text: str) -> Iterator[Candidate]:
        """Yield names with an age in folded text."""
        if _FIRST_LOOK.search(text) is None:
            return
        for group in _groups(self._mentions(text), text):
            has_kin = _KIN.search(text, max(0, group[0].start - _KIN_REACH), group[0].start)
            if self._are_names(group, has_kin=has_kin is not None):
                for one in group:
                    yield _candidate(one.start, one.end)
        for match in _OLD_FIRST.finditer(text):
            if self._is_name(match["name"], is_sure=False):
                yield _candidate(*match.span("name"))

    def _mentions(self, text: str) -> Iterator[_Mention]:
        for match in _AGED.finditer(text):
            words = self._name_words(match["name"])
            if not words:
                continue
            kind = match.lastgroup
            end = match.end("name")
            start = end - len(" ".join(words))
            number = re.search(r"\d+", text[end : match.end()])
            is_child = number is None or int(number.group()) < _OLDEST_CHILD
            is_clear = kind in ("bracket", "aged", "old")
            yield _Mention(start, end, match.end(), words, is_clear, is_child)

    def _name_words(self, found: str) -> tuple[str, ...]:
        """Return the last words of ``found`` that may be one person's: given name, surname.

        A capital before a capital must be a name too, or a word that opens a sentence: what stands
        in brackets after "Child Arrangements" is no age.
        """
        kept: list[str] = []
        words = re.split(r"\s", found)
        for index in range(len(words) - 1, -1, -1):
            word = words[index]
            if kept and not (word[0].isupper() and kept[-1][0].isupper()):
                break
            if not self._may_be_name(word):
                is_heading = bool(kept) and word_key(word) in _HEADINGS
                return () if is_heading else tuple(reversed(kept))
            kept.append(word)
        return tuple(reversed(kept))

    def _may_be_name(self, word: str) -> bool:
        key = word_key(word)
        return len(key) > 1 and key not in _NO_NAMES and not self._is_no_name(key)

    def _is_no_name(self, key: str) -> bool:
        classes = self._lexicon.get(key, 0)
        return bool(classes & _NO_CLASSES) and not classes & NAME

    def _are_names(self, group: Sequence[_Mention], *, has_kin: bool) -> bool:
        """Whether kin, a list or the names themselves say that these are people."""
        if has_kin:
            return all(one.is_child or one.is_clear for one in group)
        keys = {tuple(map(word_key, one.words)) for one in group}
        are_many = len(keys) == len(group) > 1
        is_any_listed = any(map(self._is_listed, group))
        if not all(
            self._is_name(one.words[0], is_sure=one.is_clear or are_many)
            or (is_any_listed and self._is_given(one.words[0]))
            for one in group
        ):
            return False
        if all(one.is_clear for one in group):
            return is_any_listed or all(one.is_child for one in group)
        return are_many and is_any_listed

    def _is_listed(self, mention: _Mention) -> bool:
        classes = self._lexicon.get(word_key(mention.words[0]), 0)
        return bool(classes & GIVEN) and not classes & (AMBIGUOUS | COMMON)

    def _is_given(self, word: str) -> bool:
        return bool(self._lexicon.get(word_key(word), 0) & GIVEN)

    def _is_name(self, word: str, *, is_sure: bool) -> bool:
        """Whether a word is a name of the lists, or a capital that begins no word we know."""
        key = word_key(word)
        if not self._may_be_name(word):
            return False
        classes = self._lexicon.get(key, 0)
        if classes & NAME and not classes & (AMBIGUOUS | COMMON):
            return word[0].isupper() or bool(classes & GIVEN)
        is_capital = word[0].isupper() and not word.isupper() and len(key) >= _MIN_LETTERS
        if classes & (PLACE | MONTH) or not is_capital:
            return False
        return bool(classes & GIVEN) or (is_sure and _NOUN.search(key) is None)


def _candidate(start: int, end: int) -> Candidate:
    return Candidate(_RANK, 0, start, end, Entity.PERSON, "child-name", _SCORE)


def _groups(mentions: Iterator[_Mention], text: str) -> Iterator[list[_Mention]]:
    """Yield mentions that make one list: "Leo 4, Mia 2 and Zoya (6)"."""
    group: list[_Mention] = []
    for one in mentions:
        if group and _LIST_GAP.fullmatch(text, group[-1].stop, one.start) is None:
            yield group
            group = []
        group.append(one)
    if group:
        yield group
