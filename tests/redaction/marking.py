"""Marks a redactor's answers: values missed, labels, and what was taken out for nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from math import sqrt

from feedback.schema import Entity, Span
from tests.redaction.draw import look_alikes, must_find
from tests.redaction.exam import EXAMINED, Case, Half, Value

__all__ = [
    "FalseRedaction",
    "Mark",
    "Marks",
    "Miss",
    "WrongLabel",
    "is_covered",
    "is_open",
    "mark_exam",
    "wilson_interval",
]

Find = Callable[[str], Sequence[Span]]
"""Returns the spans found in a comment."""


@dataclass(frozen=True)
class Miss:
    """A value of which a letter or digit was left standing."""

    value: Value
    case: Case


@dataclass(frozen=True)
class FalseRedaction:
    """A span in a comment that holds no personal data."""

    entity: Entity
    text: str
    case: Case


@dataclass(frozen=True)
class WrongLabel:
    """A value found whole, but taken for another type."""

    value: Value
    label: Entity
    case: Case


@dataclass
class Mark:
    """The figures of one type."""

    n_values: int = 0
    n_labelled: int = 0
    n_right_labels: int = 0
    n_look_alikes: int = 0
    misses: list[Miss] = field(default_factory=list, repr=False)
    false_redactions: list[FalseRedaction] = field(default_factory=list, repr=False)
    wrong_labels: list[WrongLabel] = field(default_factory=list, repr=False)

    @property
    def recall(self) -> float:
        """Share of values wholly covered."""
        return 1 - len(self.misses) / self.n_values

    @property
    def label_accuracy(self) -> float:
        """Share of right labels among the values found whose label is decided; 1 without any."""
        return self.n_right_labels / self.n_labelled if self.n_labelled else 1.0


@dataclass
class Marks:
    """The figures of every type; ``spare`` are spans in must-find comments that hit no value."""

    of: dict[Entity, Mark]
    n_comments: int = 0
    spare: list[FalseRedaction] = field(default_factory=list, repr=False)

    @property
    def n_look_alikes(self) -> int:
        """Comments that hold no personal data."""
        return sum(mark.n_look_alikes for mark in self.of.values())

    @property
    def false_per_thousand(self) -> float:
        """False redactions per 1,000 look-alike comments, all types together."""
        n_false = sum(len(mark.false_redactions) for mark in self.of.values())
        return 1000 * n_false / self.n_look_alikes


def mark_exam(find: Find, seed: int, half: Half) -> Marks:
    """Return the marks of ``find`` on the exam that ``seed`` draws."""
    marks = Marks({entity: Mark() for entity in EXAMINED})
    for entity in EXAMINED:
        for case in must_find(entity, seed, half):
            _mark_values(marks, case, find(case.text))
        for case in look_alikes(entity, seed, half):
            mark = marks.of[entity]
            mark.n_look_alikes += 1
            mark.false_redactions += [
                FalseRedaction(span.entity, case.text[span.start : span.end], case)
                for span in find(case.text)
            ]
    return marks


def is_covered(value: Value, text: str, spans: Iterable[Span]) -> bool:
    """Return whether the spans leave no letter or digit of the value standing.

    Marks between its parts may stay: they say nothing about a person.
    """
    ranges = [(span.start, span.end) for span in spans]
    return all(
        not text[place].isalnum() or any(start <= place < end for start, end in ranges)
        for place in range(value.start, value.end)
    )


def is_open(case: Case) -> bool:
    """Return whether a case's failures may be read by those who mend the rules.

    Those of the odd half may not: its figures are worth only as much as they are unseen.
    """
    return case.carrier % 2 == 0


def wilson_interval(n_hits: int, n: int, z: float = 1.959964) -> tuple[float, float]:
    """Return the 95% interval of a share (Wilson, 1927); the whole range without observations."""
    if not n:
        return 0.0, 1.0
    share = n_hits / n
    centre = share + z * z / (2 * n)
    spread = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)


def _mark_values(marks: Marks, case: Case, spans: Sequence[Span]) -> None:
    marks.n_comments += 1
    for span in spans:
        if not any(_overlap(span, value) for value in case.values):
            text = case.text[span.start : span.end]
            marks.spare.append(FalseRedaction(span.entity, text, case))
    for value in case.values:
        mark = marks.of[value.entity]
        mark.n_values += 1
        if not is_covered(value, case.text, spans):
            mark.misses.append(Miss(value, case))
        elif value.labels:
            _mark_label(mark, value, spans, case)


def _mark_label(mark: Mark, value: Value, spans: Sequence[Span], case: Case) -> None:
    """Count the label of the span that covers most of the value."""
    widest = max(spans, key=lambda span: _overlap(span, value))
    mark.n_labelled += 1
    if widest.entity in value.labels:
        mark.n_right_labels += 1
    else:
        mark.wrong_labels.append(WrongLabel(value, widest.entity, case))


def _overlap(span: Span, value: Value) -> int:
    return max(0, min(span.end, value.end) - max(span.start, value.start))
