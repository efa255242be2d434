"""An exam for the structured identifiers, set by someone who did not write their rules.

``python -m tests.redaction.measure`` prints its figures, for this seed or any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import isclose

import pytest

from feedback.schema import Entity, Span
from tests.redaction.draw import look_alikes, must_find
from tests.redaction.exam import EXAMINED, PARITIES, SEED, Case, carriers_of, part
from tests.redaction.marking import Marks, is_covered, is_open, mark_exam, wilson_interval
from tests.redaction.measure import redactor
from tests.redaction.slots import ROWS, SLOTS

MIN_RECALL = 0.99
MIN_LABEL_ACCURACY = 0.9
MAX_FALSE_PER_THOUSAND = 2.0
MIN_CASES = 150
MIN_CARRIERS = 25


@pytest.fixture(scope="module")
def marks() -> Marks:
    return mark_exam(redactor(), SEED, "all")


def _carrier(case: Case) -> str:
    return f"carrier {case.entity} {case.carrier}"


def _told(failures: Iterable[tuple[str, Case]]) -> str:
    """Return a line for each failure that may be read, and the number of the others."""
    failed = list(failures)
    lines = [f"  {line}" for line, case in failed if is_open(case)]
    return "\n".join([*lines, f"  and {len(failed) - len(lines)} of the odd half, not to be read"])


@pytest.mark.parametrize("entity", EXAMINED)
def test_what_must_be_found_is_found_whole(marks: Marks, entity: Entity) -> None:
    mark = marks.of[entity]
    missed = _told(
        (
            f"{_carrier(miss.case)}, {miss.value.maker}: {miss.value.text!r}",
            miss.case,
        )
        for miss in mark.misses
    )
    recall, n_missed = mark.recall, len(mark.misses)
    assert recall >= MIN_RECALL, f"{n_missed} of {mark.n_values} not found whole:\n{missed}"


@pytest.mark.parametrize("entity", EXAMINED)
def test_a_check_or_the_words_beside_it_decide_the_label(marks: Marks, entity: Entity) -> None:
    mark = marks.of[entity]
    wrong = _told(
        (f"{wrong.value.maker}: {wrong.value.text!r} as {wrong.label}", wrong.case)
        for wrong in mark.wrong_labels
    )
    accuracy = mark.label_accuracy
    assert accuracy >= MIN_LABEL_ACCURACY, f"of {mark.n_labelled} values:\n{wrong}"


def test_look_alikes_are_left_alone(marks: Marks) -> None:
    taken = _told(
        (f"{_carrier(false.case)}: {false.text!r} as {false.entity}", false.case)
        for mark in marks.of.values()
        for false in mark.false_redactions
    )
    rate = marks.false_per_thousand
    assert rate <= MAX_FALSE_PER_THOUSAND, f"taken out for nothing:\n{taken}"


@pytest.mark.parametrize("entity", EXAMINED)
def test_the_exam_is_long_enough_to_tell(entity: Entity) -> None:
    asked, alike = must_find(entity, SEED, "all"), look_alikes(entity, SEED, "all")
    assert len({case.text for case in asked}) >= MIN_CASES
    assert len({case.text for case in alike}) >= MIN_CASES
    assert len(set(carriers_of(entity, "carriers"))) >= MIN_CARRIERS
    assert len(set(carriers_of(entity, "look_alikes"))) >= MIN_CARRIERS
    assert all(
        case.text[value.start : value.end] == value.text for case in asked for value in case.values
    )


def test_every_kind_of_reference_is_asked_for() -> None:
    asked = [case.values for case in must_find(Entity.CASE_REFERENCE, SEED, "all")]
    for row in ROWS:
        kind = f"ref/{row.name}/"
        n_asked = sum(any(v.maker.startswith(kind) for v in values) for values in asked)
        assert n_asked >= (10 if row.is_published else 6), row.name


@pytest.mark.parametrize("entity", EXAMINED)
def test_the_halves_share_no_sentence_and_no_style(entity: Entity) -> None:
    even, odd = (must_find(entity, SEED, half) for half in ("even", "odd"))
    assert not {case.carrier for case in even} & {case.carrier for case in odd}
    makers = [{value.maker for case in half for value in case.values} for half in (even, odd)]
    shared = makers[0] & makers[1]
    assert all(len(SLOTS[maker.partition("/")[0]].styles) == 1 for maker in shared), shared


@pytest.mark.parametrize("entity", EXAMINED)
def test_a_look_alike_holds_no_personal_slot(entity: Entity) -> None:
    assert not [case for case in look_alikes(entity, SEED, "all") if case.values]


def test_another_seed_asks_for_other_values() -> None:
    ours, theirs = (must_find(Entity.NINO, seed, "all") for seed in (SEED, SEED + 1))
    assert ours == must_find(Entity.NINO, SEED, "all")
    assert not {case.text for case in ours} & {case.text for case in theirs}


def test_who_finds_nothing_or_takes_everything_fails() -> None:
    def all_of_it(text: str) -> Sequence[Span]:
        return [Span(Entity.NUMBER, 0, len(text), "all", 1.0)]

    nothing, everything = (mark_exam(find, SEED, "even") for find in (lambda text: [], all_of_it))
    assert all(mark.recall == 0 for mark in nothing.of.values())
    assert nothing.false_per_thousand == 0
    assert all(mark.recall == 1 for mark in everything.of.values())
    assert everything.false_per_thousand == pytest.approx(1000)
    assert everything.of[Entity.NINO].label_accuracy == 0


def test_one_letter_left_standing_is_a_miss() -> None:
    case = next(c for c in must_find(Entity.NINO, SEED, "all") if c.values[0].text[-1].isalpha())
    value = case.values[0]
    halfway = (value.start + value.end) // 2
    split = [
        Span(Entity.NINO, value.start, halfway, "left", 1.0),
        Span(Entity.NINO, halfway, value.end, "right", 1.0),
    ]
    short = [Span(Entity.NINO, value.start, value.end - 1, "short", 1.0)]
    assert is_covered(value, case.text, split)
    assert not is_covered(value, case.text, short)


@pytest.mark.parametrize(("n_hits", "n"), [(0, 10), (9, 10), (159, 160), (160, 160), (40, 80)])
def test_the_interval_bounds_are_where_the_score_test_turns(n_hits: int, n: int) -> None:
    """Each bound p solves (hits/n - p)**2 == z**2 p (1 - p) / n, bar those at 0 and 1."""
    for bound in wilson_interval(n_hits, n):
        gap, spread = (n_hits / n - bound) ** 2, 1.959964**2 * bound * (1 - bound) / n
        assert isclose(gap, spread, rel_tol=1e-9, abs_tol=1e-12)


def test_parts_are_alternate_and_a_lone_choice_is_in_both() -> None:
    assert [list(part("abcde", parity)) for parity in PARITIES] == [["a", "c", "e"], ["b", "d"]]
    assert [list(part("a", parity)) for parity in PARITIES] == [["a"], ["a"]]
