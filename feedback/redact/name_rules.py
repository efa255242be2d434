"""Names of people, found by cues, lists of names and repetition.

A cue ("my husband", "Regards") says that a name follows; the lists say that a word is a name even
where nothing announces it; and a name found once is found again wherever it is repeated. Names that
are also words ("will", "grant", "may") need evidence beyond the list. Courts, services, towns and
companies stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from feedback.redact.lexicon import (
    AMBIGUOUS,
    GIVEN,
    MONTH,
    NAME,
    OFFICE,
    ORGANISATION,
    PARTICLE,
    PLACE,
    SURNAME,
    TITLE,
)
from feedback.redact.name_cues import (
    CUES,
    PEOPLE_ADJECTIVES,
    PEOPLE_VERBS,
    PERSON_BEFORE,
    SIGN_OFF,
    Evidence,
)
from feedback.redact.name_growth import NEVER, NameReader
from feedback.redact.name_words import LOWER, UPPER, Words

__all__ = ["Found", "find_by_rules", "repeat"]

_MIN_LOWER_LENGTH = 5
"""A name of the lists in small letters, alone, is believed from this length on."""
_MIN_REPEATED_LENGTH = 3
_JUDGES = frozenset(("hhj", "ddj", "dj", "judge", "recorder"))
_SAINTS = frozenset(
    "st saint san santa sao los las el tel sierra north south east west new fort mount lake port "
    "hong".split()
)
_DETERMINERS = frozenset(
    "the a an this that any no your our every each some of last next in on since until by".split()
)
_PLACE_BEFORE = frozenset("at in near from to the a an via around of".split())
_PRONOUNS = frozenset("i you he she it we they this that the there not be have".split())


@dataclass(frozen=True, slots=True)
class Found:
    """A name from word ``start`` to before word ``end``, by which rule, how sure (0-1)."""

    start: int
    end: int
    how: str
    score: float


def find_by_rules(words: Words) -> list[Found]:
    """Return names found by titles, cues and lists, free of overlaps.

    Examples
    --------
    >>> from feedback.redact.lexicon import load_lexicon
    >>> words = Words("I spoke to Priya about it", load_lexicon())
    >>> find_by_rules(words)
    [Found(start=3, end=4, how='name-cue', score=0.8)]
    """
    return _Finder(words).run()


def repeat(words: Words, found: Sequence[Found]) -> list[Found]:
    """Return the other mentions of the names in ``found``."""
    finder = _Finder(words)
    for one in found:
        finder.take(one.start, one.end, one.how, one.score)
    n_known = len(finder.found)
    finder.repeat()
    return finder.found[n_known:]


class _Finder:
    """One pass over one text."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self.reader = NameReader(words)
        self.found: list[Found] = []
        self.taken: set[int] = set()

    def run(self) -> list[Found]:
        self._after_titles()
        self._after_cues()
        self._from_lists()
        self._continue_lists()
        return self.found

    def take(self, start: int, end: int, how: str, score: float) -> None:
        if end > start and not self.taken.intersection(range(start, end)):
            self.found.append(Found(start, end, how, score))
            self.taken.update(range(start, end))

    def _after_titles(self) -> None:
        words = self.words
        for index in range(len(words) - 1):
            classes = words.classes[index]
            if not classes & (TITLE | OFFICE):
                continue
            start = index + 1
            if words.words[start] == ".":
                start += 1
            if start >= len(words) or "\n" in words.gap(start):
                continue
            if words.words[index] == "MS" and words.shapes[start] != UPPER:
                continue  # the company
            evidence = Evidence.TITLED if classes & TITLE else Evidence.FAIR
            if classes & OFFICE and words.shapes[index] != LOWER:
                evidence = Evidence.TITLED if words.keys[index] in _JUDGES else Evidence.GOOD
            end = self.reader.grow(start, evidence)
            is_office = bool(classes & OFFICE)
            if is_office and (
                self.reader.is_organisation(start, end) or self.reader.is_lone_place(start, end)
            ):
                continue
            if end > start:
                self.take(index if classes & TITLE else start, end, "name-title", 0.95)

    def _after_cues(self) -> None:
        words = self.words
        at = {position: index for index, position in enumerate(words.starts)}
        position = 0
        while (match := CUES.search(words.text, position)) is not None:
            position = max(match.end() - 1, match.start() + 1)
            start = at.get(match.end())
            if start is None or match.lastgroup is None:
                continue
            evidence = Evidence[match.lastgroup]
            if SIGN_OFF.search(match.group()):
                self._sign_off(start, evidence, match.group())
            else:
                self._cue(start, evidence)

    def _cue(self, start: int, evidence: Evidence) -> None:
        words = self.words
        is_greeting = start > 0 and words.words[start - 1] == ","
        end = self.reader.grow(start, evidence)
        if end == start or self.reader.is_organisation(start, end):
            return
        if self.reader.is_lone_place(start, end) and (
            evidence is Evidence.WEAK
            or (evidence is Evidence.FAIR and not words.classes[start] & GIVEN)
        ):
            return
        if (
            evidence is Evidence.WEAK
            and not self.reader.is_known(start, end)
            and not self.reader.is_full(start, end)
        ):
            return
        if is_greeting and evidence <= Evidence.FAIR and not self.reader.is_known(start, end):
            return
        is_careless = evidence is Evidence.CERTAIN and words.shapes[start] == LOWER
        if is_careless and not self.reader.closes(end) and not self.reader.is_known(start, end):
            return
        if words.classes[start] & MONTH and end < len(words) and words.words[end][0].isdigit():
            return
        self.take(start, end, "name-cue", 0.9 if evidence >= Evidence.GOOD else 0.8)

    def _sign_off(self, start: int, evidence: Evidence, cue: str) -> None:
        """Take what is left of the line after "Regards", if it is short enough for a name.

        "Thanks" and "love" close letters too, but most often open a sentence: after these a word
        nobody listed must close the text, on a line of its own or behind a comma.
        """
        words = self.words
        is_sure = evidence is Evidence.CERTAIN
        end = self.reader.grow(start, Evidence.CERTAIN if is_sure else Evidence.FAIR)
        if end == start or self.reader.is_organisation(start, end):
            return
        is_set_off = cue.rstrip(" ")[-1:] in (",", "\n", "-", ".") and end >= len(words) - 1
        if not is_sure and not is_set_off and not self.reader.is_known(start, end):
            return
        if end >= len(words) or "\n" in words.gap(end) or words.words[end][0] in '.,!-(\n"):':
            self.take(start, end, "name-sign-off", 0.9)

    def _from_lists(self) -> None:
        for index in range(len(self.words)):
            classes = self.words.classes[index]
            if not classes and self.words.is_capital(index):
                self._unknown_pair(index)
            if not classes & NAME or classes & NEVER or index in self.taken:
                continue
            if self.words.touches_code(index) or len(self.words.words[index]) < 2:
                continue
            if classes & AMBIGUOUS or classes & PLACE:
                self._ambiguous(index)
            else:
                self._known(index)

    def _known(self, index: int) -> None:
        """Take a name that is nothing else."""
        words = self.words
        end = max(self.reader.grow(index, Evidence.NONE), index + 1)
        start = self.reader.reach_back(index, self.taken)
        if self.reader.is_organisation(start, end):
            return
        is_given = bool(words.classes[index] & GIVEN)
        before = words.keys[start - 1] if start else ""
        if before in _SAINTS or (before == "." and start > 1 and words.keys[start - 2] in _SAINTS):
            return
        if not is_given and end - start == 1 and before in _PLACE_BEFORE:
            return
        if words.is_capital(index):
            self.take(
                start, end, "name-list", 0.9 if end - start > 1 else 0.75 if is_given else 0.6
            )
        elif end - index > 1 or (is_given and len(words.words[index]) >= _MIN_LOWER_LENGTH):
            self.take(index, end, "name-list", 0.6)

    def _unknown_pair(self, index: int) -> None:
        """Take two words with capitals in mid-sentence that are in no list at all."""
        words, following = self.words, index + 1
        if words.starts_sentence(index) or words.is_capital(index - 1) or following >= len(words):
            return
        if words.keys[index - 1] in _DETERMINERS or not words.joins(following):
            return
        second = words.classes[following]
        is_surname = bool(second & SURNAME) and not second & ~(SURNAME | AMBIGUOUS)
        is_pair = words.is_capital(following) and (
            is_surname or (not second and words.keys[index - 1] in PERSON_BEFORE)
        )
        is_plain = min(len(words.words[index]), len(words.words[following])) >= _MIN_REPEATED_LENGTH
        if is_pair and is_plain and not self.reader.is_organisation(index, following + 1):
            end = self.reader.grow(index, Evidence.FAIR)
            if end - index > 1 and not self.reader.is_organisation(index, end):
                self.take(index, end, "name-pair", 0.5)

    def _ambiguous(self, index: int) -> None:
        """Take a name that is also a word or a place, where its neighbours speak for it."""
        words = self.words
        if not words.is_capital(index):
            self._ambiguous_lower(index)
            return
        following = index + 1
        while self.reader.is_initial(following) and words.joins(following):
            following += 1
            if following < len(words) and words.words[following] == ".":
                following += 1
        has_next = (
            following < len(words)
            and words.is_word(following)
            and (words.joins(following) or self.reader.is_after_initial(following))
        )
        if has_next and words.is_capital(following):
            end = self.reader.grow(index, Evidence.GOOD)
            is_person = not self.reader.is_organisation(index, end)
            if is_person and self._is_first_name(index, following):
                self.take(index, end, "name-list", 0.8)
            return
        if words.classes[index] & (MONTH | PLACE) or self.reader.is_organisation(index, index + 1):
            return
        is_given = bool(words.classes[index] & GIVEN)
        if has_next and is_given and self._acts_as_person(following):
            before = words.keys[index - 1] if index else ""
            if before not in _DETERMINERS:
                self.take(index, index + 1, "name-list", 0.6)

    def _is_first_name(self, index: int, following: int) -> bool:
        """Whether "Mark" or "Grace" is a first name before the capital that follows."""
        words = self.words
        classes, second = words.classes[index], words.classes[following]
        if not classes & GIVEN:
            return False
        if second & SURNAME and not second & AMBIGUOUS:
            return True
        if words.starts_sentence(index) or words.keys[index - 1] in _DETERMINERS:
            return False
        if second & SURNAME:
            return not second & ORGANISATION
        return not second and not classes & (MONTH | PLACE)

    def _acts_as_person(self, index: int) -> bool:
        """Whether what follows is done by people, or said of them: "was very helpful"."""
        keys = self.words.keys
        if keys[index] in PEOPLE_VERBS:
            return True
        said = keys[index + 1 : index + 4]
        return keys[index] in ("was", "is") and not PEOPLE_ADJECTIVES.isdisjoint(said)

    def _ambiguous_lower(self, index: int) -> None:
        """Take "mark okafor": a first name in small letters before an unmistakable surname."""
        words, following = self.words, index + 1
        if not words.classes[index] & GIVEN or words.classes[index] & MONTH:
            return
        if following < len(words) and words.joins(following):
            classes = words.classes[following]
            if classes & SURNAME and not classes & (AMBIGUOUS | PLACE | ORGANISATION | GIVEN):
                self.take(index, following + 1, "name-list", 0.6)

    def _continue_lists(self) -> None:
        """Take the further names of "Aisha, Bilal and Zoe"."""
        words = self.words
        for one in list(self.found):
            index, how = one.end, one.how
            while index + 1 < len(words) and (
                words.words[index] in (",", "&", "/") or words.keys[index] in ("and", "a", "ac")
            ):
                start = index + 1
                if words.keys[start] in ("and", "a") and start + 1 < len(words):
                    start += 1
                if start in self.taken:
                    break  # that name is followed on its own
                classes = words.classes[start]
                is_name = bool(classes & GIVEN) or not classes or how == "name-cue"
                if not (
                    is_name
                    and words.is_word(start)
                    and words.is_capital(start)
                    and self.reader.accepts(start, Evidence.GOOD)
                ):
                    break
                if classes & MONTH or self.reader.is_lone_place(start, start + 1):
                    break
                stop = self.reader.grow(start, Evidence.GOOD)
                if stop == start or self.reader.is_organisation(start, stop):
                    break
                self.take(start, stop, "name-list", 0.7)
                index = stop

    def repeat(self) -> None:
        """Take the other mentions of what was found."""
        words = self.words
        known = {
            words.keys[index]
            for one in self.found
            for index in range(one.start, one.end)
            if len(words.keys[index]) >= _MIN_REPEATED_LENGTH
            and not words.classes[index] & (PARTICLE | NEVER)
        }
        for index, key in enumerate(words.keys):
            if index in self.taken or not words.is_word(index):
                continue
            if key not in known and not (key.endswith("s") and key[:-1] in known):
                continue
            classes = words.classes[index]
            if classes & NEVER or (
                classes & (AMBIGUOUS | PLACE) and not self._is_name_again(index)
            ):
                continue
            if not self.reader.is_organisation(index, index + 1):
                start = self.reader.initials_before(index)
                self.take(start, index + 1, "name-repeated", 0.7)

    def _is_name_again(self, index: int) -> bool:
        """Whether a repeated name that is also a word is the name this time."""
        words = self.words
        if not words.is_capital(index):
            return False
        following = words.keys[index + 1] if index + 1 < len(words) else ""
        return following not in _PRONOUNS and not (
            words.classes[index] & MONTH and following.isdigit()
        )
