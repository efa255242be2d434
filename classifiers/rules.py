"""Evidence that can be quoted: which rule of the tables speaks for which code.

Rules are for words that leave little room ("error 502", "charged twice", "screen reader"), for
Welsh, which the encoder does not know, and for safeguarding, where they are wide on purpose. The
tables stand beside their codebook; the notation is told in `classifiers.lexicon`.

spaCy splits the texts into words. Its Matcher tries every pattern at every word, which made 1,700
patterns four fifths of all work (365 comments a second), so a pattern here is tried only where its
rarest word stands.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from classifiers.lexicon import Pattern, names_of_word, parse_pattern

if TYPE_CHECKING:
    from spacy.tokens import Doc

    from classifiers.rule_tables import Rule, RuleTable

__all__ = ["RuleMatcher"]

# Words and classes in so many comments that they would wake a pattern for nothing.
_FREQUENT_WORDS = """
    a an the to of in on at is it its it's i me my you your and or be was were are for with from
    by as that this no not all so do does did has have had will would could can up out off over
    what how where when which who why if about there go get got back page form one just only
    START END BREAK . ! ? , NOT NO ME WH TIMES VERY PERSONS MYDATA TELL HELPED TAKE EASY MANNER
    QUESTION FIELD MONEY LIFE
    y yn yr i o a mae ei fy
"""
_FREQUENT = frozenset(_FREQUENT_WORDS.split())

_START, _END = frozenset({"START", "BREAK"}), frozenset({"END", "BREAK"})

_WORDS_REMEMBERED = 50_000
"""Distinct words whose classes are kept: some 20 MB, and more than a year of feedback holds."""


class RuleMatcher:
    """Finds rules in docs of a `classifiers.lexicon.Reader`.

    Parameters
    ----------
    code_ids
        Codes of the codebook; rules for other codes are left out.
    table
        The rules. A veto takes back what rules of its code found in words that it covers.
    """

    def __init__(self, code_ids: Sequence[str], table: RuleTable) -> None:
        self.code_ids = tuple(code_ids)
        self._columns = {code: column for column, code in enumerate(self.code_ids)}
        self._rows: list[Rule] = [
            rule for rule in (*table.rules, *table.vetoes) if rule.code in self._columns
        ]
        self._n_rules = sum(rule.code in self._columns for rule in table.rules)
        self._names: dict[int, frozenset[str]] = {}
        self._woken: dict[str, list[tuple[Pattern, int, int]]] = defaultdict(list)
        for row, rule in enumerate(self._rows):
            for line in rule.patterns:
                pattern = parse_pattern(line)
                trigger = _rarest_term(pattern)
                for name in pattern.terms[trigger]:
                    self._woken[name].append((pattern, trigger, row))

    def find(self, doc: Doc) -> list[Rule]:
        """Return the rules that hold, each once, in the order of the table."""
        words = [_START, *self._names_of_words(doc), _END]
        found: dict[int, list[range]] = defaultdict(list)
        vetoed: dict[str, set[int]] = defaultdict(set)
        for position, names in enumerate(words):
            for name in names:
                for pattern, term, row in self._woken.get(name, ()):
                    covered = pattern.match_at(words, position, term)
                    if covered is None:
                        continue
                    if row < self._n_rules:
                        found[row].append(covered)
                    else:
                        vetoed[self._rows[row].code].update(covered)
        return [
            self._rows[row]
            for row, spans in sorted(found.items())
            if any(vetoed[self._rows[row].code].isdisjoint(span) for span in spans)
        ]

    def _names_of_words(self, doc: Doc) -> list[frozenset[str]]:
        """Return the names of each word; by spaCy's number of it, which is quicker to look up."""
        named = []
        for number in doc.to_array("ORTH").tolist():
            names = self._names.get(number)
            if names is None:
                word = doc.vocab.strings[number]
                names = names_of_word(word) if word.strip() else frozenset()
                if len(self._names) < _WORDS_REMEMBERED:
                    self._names[number] = names
            if names:
                named.append(names)
        return named

    def hits(self, docs: Sequence[Doc]) -> np.ndarray:
        """Return ndarray of shape (n_texts, n_codes), bool: whether a rule speaks for the code."""
        table = np.zeros((len(docs), len(self.code_ids)), dtype=bool)
        for row, doc in enumerate(docs):
            for rule in self.find(doc):
                table[row, self._columns[rule.code]] = True
        return table


def _rarest_term(pattern: Pattern) -> int:
    """Return the first term without a frequent word, which is where a match is looked for."""
    for number, names in enumerate(pattern.terms):
        if _FREQUENT.isdisjoint(names):
            return number
    return 0
