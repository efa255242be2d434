"""How far a name goes, and whether what stands around makes something else of it."""

from __future__ import annotations

from collections.abc import Container

from feedback.redact.lexicon import (
    AMBIGUOUS,
    COMMON,
    MONTH,
    NAME,
    OFFICE,
    ORGANISATION,
    PARTICLE,
    PLACE,
    TITLE,
)
from feedback.redact.name_cues import Evidence
from feedback.redact.name_words import LOWER, UPPER, Words

__all__ = ["FUNCTION_WORDS", "NEVER", "NameReader"]

NEVER = COMMON | TITLE
"""Classes of words that are no part of a name."""
_MAX_PARTS = 5
_ORGANISATION_NOUNS = frozenset(
    "avenue bank building buildings centre gardens infirmary practice square trust chambers "
    "clinic college council court hospital house library limited llp lodge ltd "
    "plc prison road school solicitor solicitors station street surgery unit university "
    "ward".split()
)
"""Make an organisation of the name before them even in small letters."""
"""Make an organisation of the name before them even in small letters."""
FUNCTION_WORDS = frozenset(
    "a an as at be but by can could do for go had has have he her him his i in is it me my no "
    "not of oh on or our "
    "said she so that the their them they this to too up us was we were will would you your".split()
)
_PRONOUNS = frozenset(
    "do he her him it me my no on she so that the their them they this to us we you your".split()
)
"""Are names too, but begin sentences far more often; only a title makes names of them."""
_NO_PARTICLE_BEFORE = frozenset(("as", "la", "le", "d", "y", "da", "o"))


class NameReader:
    """Reads names at places of a text; what it returns are indices of words."""

    def __init__(self, words: Words) -> None:
        self.words = words

    def accepts(self, index: int, evidence: Evidence) -> bool:
        """Whether a word can be part of a name, given the evidence for one."""
        words = self.words
        if not words.is_word(index) or words.touches_code(index):
            return False
        classes = words.classes[index]
        if classes & NEVER or len(words.words[index]) < 2:
            return False
        if words.is_capital(index):
            is_word = words.keys[index] in _PRONOUNS and evidence is not Evidence.TITLED
            return not is_word and self._accepts_capital(classes, evidence)
        if words.keys[index] in FUNCTION_WORDS:
            return False
        if not classes & NAME:
            return not classes and (
                evidence >= Evidence.CERTAIN
                or (evidence >= Evidence.FAIR and self._follows_upper(index))
            )
        if classes & AMBIGUOUS:
            return evidence >= Evidence.CERTAIN and (
                not classes & MONTH or evidence is Evidence.TITLED
            )
        return True

    def _follows_upper(self, index: int) -> bool:
        """Whether a word in capitals goes on with one: "Mr KAZIMIERZ WOJDYLAK"."""
        words = self.words
        return (
            not words.is_shouting
            and words.shapes[index] == UPPER
            and index > 0
            and words.shapes[index - 1] == UPPER
        )

    @staticmethod
    def _accepts_capital(classes: int, evidence: Evidence) -> bool:
        if classes & AMBIGUOUS:
            return evidence >= Evidence.GOOD or (evidence is Evidence.FAIR and not classes & MONTH)
        if classes & NAME:
            return True
        if classes & (ORGANISATION | OFFICE | PLACE | MONTH):
            return False
        return evidence >= Evidence.FAIR

    def is_initial(self, index: int) -> bool:
        """Whether a word is one capital letter."""
        words = self.words
        return (
            words.is_word(index) and len(words.words[index]) == 1 and words.shapes[index] != LOWER
        )

    def grow(self, start: int, evidence: Evidence) -> int:
        """Return the word after the name that begins at ``start``, or ``start`` if none does."""
        words, index, n_parts = self.words, start, 0
        end = start
        while index < len(words) and n_parts < _MAX_PARTS:
            if index > start and not (words.joins(index) or self.is_after_initial(index)):
                break
            if self.accepts(
                index, evidence if not n_parts else self._next_evidence(index, evidence)
            ):
                index += 1
                n_parts += 1
                end = index
            elif self.is_initial(index) and (n_parts or evidence):
                index += 1
                if index < len(words) and words.words[index] == ".":
                    index += 1
            elif words.is_word(index) and words.classes[index] & PARTICLE and (n_parts or evidence):
                index += 1
            else:
                break
        if end > start and self._ends_in_initial(end):
            end += 1
        return end

    def _ends_in_initial(self, index: int) -> bool:
        """Whether a lone capital closes the name: "Priya K"."""
        words = self.words
        return (
            index < len(words)
            and self.is_initial(index)
            and words.gap(index) == " "
            and words.words[index] not in ("I", "A")
            and not words.is_shouting
        )

    def is_after_initial(self, index: int) -> bool:
        """Whether a word follows an initial and its full stop."""
        return (
            self.words.words[index - 1] == "."
            and self.is_initial(index - 2)
            and self.words.is_word(index)
        )

    def _next_evidence(self, index: int, evidence: Evidence) -> Evidence:
        """Return the evidence for a further part: a capital right after a name is a surname."""
        words = self.words
        if words.is_capital(index) or self._follows_upper(index):
            return max(evidence, Evidence.FAIR)
        if evidence >= Evidence.CERTAIN and self.closes(index + 1):
            return Evidence.CERTAIN  # "my name is priya thwistead and ..."
        return min(evidence, Evidence.GOOD)

    def reach_back(self, index: int, taken: Container[int]) -> int:
        """Return where the name begins when a first name or initials nobody listed stand before.

        Words in ``taken`` belong to a name already.
        """
        words, start = self.words, index
        while start > 0 and start > index - 3:
            before = start - 1
            if words.words[before] == "." and self.is_initial(before - 1):
                start = before - 1
            elif before in taken or not words.joins(start):
                break
            elif self._belongs_before(before) and words.is_capital(index):
                start = before
            else:
                break
        return start

    def initials_before(self, index: int) -> int:
        """Return where the initials before a name begin, or ``index`` where there are none."""
        words, start = self.words, index
        while start > 1 and words.words[start - 1] == "." and self.is_initial(start - 2):
            start -= 2
        return start

    def _belongs_before(self, index: int) -> bool:
        """Whether a word before a known name is an initial, an unlisted name or a particle."""
        words = self.words
        if self.is_initial(index):
            return words.words[index] not in ("I", "A")
        if words.is_capital(index):
            return self.accepts(index, Evidence.FAIR)
        is_particle = bool(words.classes[index] & PARTICLE)
        return is_particle and index > 0 and words.keys[index] not in _NO_PARTICLE_BEFORE

    def is_organisation(self, start: int, end: int) -> bool:
        """Whether the words around make a court, a company or a street of the name."""
        words = self.words
        after = end
        if end - start > 1 and words.keys[end - 1] in _ORGANISATION_NOUNS:
            return True
        if after < len(words) and words.words[after] == "&":
            return True
        if after + 1 < len(words) and words.joins(after) and words.is_capital(after):
            is_next = words.joins(after + 1) and words.is_capital(after + 1)
            if is_next and words.classes[after + 1] & ORGANISATION:
                return True
        if after < len(words) and words.joins(after) and words.classes[after] & ORGANISATION:
            return words.shapes[after] != LOWER or words.keys[after] in _ORGANISATION_NOUNS
        before = words.keys[start - 1] if start else ""
        return before == "&" or (
            before == "of" and start > 1 and bool(words.classes[start - 2] & ORGANISATION)
        )

    def is_lone_place(self, start: int, end: int) -> bool:
        """Whether the name is one word that names a town or a country."""
        return end - start == 1 and bool(self.words.classes[start] & PLACE)

    def is_known(self, start: int, end: int) -> bool:
        """Whether one of the words is a listed name and nothing else."""
        classes = self.words.classes
        return any(c & NAME and not c & (AMBIGUOUS | PLACE) for c in classes[start:end])

    def is_full(self, start: int, end: int) -> bool:
        """Whether there are a first and a second name, capitals both, and no known words."""
        words = self.words
        return end - start > 1 and all(
            words.is_capital(index) and not words.classes[index] & ~NAME
            for index in range(start, end)
        )

    def closes(self, end: int) -> bool:
        """Whether a sentence or clause ends here, or goes on as after a name."""
        words = self.words
        return (
            end >= len(words)
            or not words.is_word(end)
            or words.keys[end] in ("and", "i", "but", "my", "from")
        )
