"""Decisions: thresholds, the band for review, rules, none, and no comment unseen."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from classifiers.codebook import Codebook, load_codebook
from classifiers.decide import REVIEW_SHARE, URGENT_RULE_FLOOR, Evidence, decide
from feedback.schema import CodeDecision, Decision, Origin

BOOK = load_codebook()
CODES = BOOK.code_ids
HALF = np.full(len(CODES), 0.5)
TRUST = np.full(len(CODES), 0.8)


def told(
    probabilities: dict[str, float],
    hits: tuple[str, ...] = (),
    language: str = "en",
    *,
    knows_welsh: bool = False,
) -> dict[str, CodeDecision]:
    row = np.array([[probabilities.get(code, 0.0) for code in CODES]])
    table = np.array([[code in hits for code in CODES]])
    evidence = Evidence(row, table, [language], knows_welsh=knows_welsh)
    (codes,) = decide(evidence, HALF, TRUST, BOOK)
    return {code.code: code for code in codes}


def test_at_its_threshold_a_code_is_assigned_by_the_model() -> None:
    found = told({"praise": 0.5})
    assert found == {"praise": CodeDecision("praise", 0.5, Decision.ASSIGNED, Origin.MODEL)}


@pytest.mark.parametrize(
    ("probability", "decision"),
    [(0.49, Decision.REVIEW), (0.5 * REVIEW_SHARE, Decision.REVIEW), (0.24, None)],
)
def test_below_lies_a_band_for_review(probability: float, decision: Decision | None) -> None:
    found = told({"praise": 0.9, "staff": probability})
    assert (found["staff"].decision if "staff" in found else None) == decision


def test_a_rule_the_model_trusts_is_quoted_with_its_precision() -> None:
    found = told({"fault.error": 0.6}, hits=("fault.error",))["fault.error"]
    assert found == CodeDecision("fault.error", 0.8, Decision.ASSIGNED, Origin.RULE)


def test_a_rule_the_model_doubts_is_for_review() -> None:
    found = told({"praise": 0.9, "fault.error": 0.1}, hits=("fault.error",))["fault.error"]
    assert found == CodeDecision("fault.error", 0.1, Decision.REVIEW, Origin.RULE)


URGENT = [
    ({"safeguarding": 0.1}, True, Decision.ASSIGNED),
    ({"safeguarding": 0.099}, True, Decision.REVIEW),
    ({"safeguarding": 0.0}, True, Decision.REVIEW),
    ({"safeguarding": 0.0, "none": 0.9}, True, Decision.REVIEW),
    ({"safeguarding": 0.5}, False, Decision.ASSIGNED),
    ({"safeguarding": 0.49}, False, None),  # the flags allowed are spent: no band below
    ({"safeguarding": 0.3}, False, None),
]


@pytest.mark.parametrize("language", ["en", "cy", "unknown"])
@pytest.mark.parametrize("knows_welsh", [False, True])
@pytest.mark.parametrize(("probabilities", "is_hit", "decision"), URGENT)
def test_an_urgent_code_is_assigned_by_rule_or_model_and_has_no_band(
    probabilities: dict[str, float],
    is_hit: bool,
    decision: Decision | None,
    language: str,
    knows_welsh: bool,
) -> None:
    hits = ("safeguarding",) if is_hit else ()
    beside = {"praise": 0.6} if "none" not in probabilities else {}
    found = told(probabilities | beside, hits, language, knows_welsh=knows_welsh)
    given = found.get("safeguarding")
    assert (given.decision if given else None) == decision
    if given:
        assert given.origin == (Origin.RULE if is_hit else Origin.MODEL)


def test_a_rule_for_an_urgent_code_is_shown_even_where_the_text_looks_empty() -> None:
    found = told({"safeguarding": 0.01}, hits=("safeguarding", "none"))
    assert found["safeguarding"].decision == Decision.REVIEW
    assert found["safeguarding"].origin == Origin.RULE


def test_none_yields_to_every_other_code() -> None:
    found = told({"none": 0.9, "praise": 0.6})
    assert set(found) == {"praise"}
    assert told({"none": 0.9, "praise": 0.1})["none"].decision == Decision.ASSIGNED


def test_a_text_that_says_nothing_is_none_whatever_the_model_feels() -> None:
    assert set(told({"none": 0.2, "praise": 0.9}, hits=("none",))) == {"none"}


def test_where_nothing_is_assigned_the_best_guess_is_for_review() -> None:
    found = told({"staff": 0.02, "praise": 0.01})
    assert {(c.code, c.decision) for c in found.values()} == {("staff", Decision.REVIEW)}


probabilities = arrays(np.float64, (4, len(CODES)), elements=st.floats(0, 1))
hits = arrays(np.bool_, (4, len(CODES)))
languages = st.lists(st.sampled_from(["en", "cy", "other", "unknown"]), min_size=4, max_size=4)


@settings(max_examples=60, deadline=None)
@given(probabilities, hits, languages, st.booleans())
def test_whatever_comes_the_promises_hold(
    probabilities: np.ndarray, hits: np.ndarray, languages: list[str], knows_welsh: bool
) -> None:
    def decided_of(rows: list[int]) -> list[tuple[CodeDecision, ...]]:
        evidence = Evidence(
            probabilities[rows], hits[rows], [languages[i] for i in rows], knows_welsh=knows_welsh
        )
        return decide(evidence, HALF, TRUST, BOOK)

    decided = decided_of([0, 1, 2, 3])
    alone = [decided_of([i])[0] for i in range(4)]
    assert decided == alone
    urgent = CODES.index("safeguarding")
    for row, codes in enumerate(decided):
        assigned = {code.code for code in codes if code.decision == Decision.ASSIGNED}
        assert codes
        assert len({code.code for code in codes}) == len(codes)
        assert "none" not in assigned or assigned == {"none"}
        probability = probabilities[row, urgent]
        assert ("safeguarding" in assigned) == bool(
            (hits[row, urgent] and probability >= URGENT_RULE_FLOOR) or probability >= 0.5
        )
        if hits[row, urgent]:
            assert "safeguarding" in {code.code for code in codes}
        assert all(0 <= code.probability <= 1 for code in codes)
        order = [(code.decision != Decision.ASSIGNED, -code.probability) for code in codes]
        assert order == sorted(order)


def test_a_codebook_without_none_or_urgent_codes_works() -> None:
    from classifiers.codebook import codebook_from_mapping

    book: Codebook = codebook_from_mapping(
        {"id": "x", "version": 1, "codes": [{"id": "a", "label": "A", "definition": "Ash."}]}
    )
    evidence = Evidence(np.array([[0.1]]), np.array([[False]]), ["en"])
    (codes,) = decide(evidence, np.array([0.5]), np.array([0.5]), book)
    assert [(c.code, c.decision) for c in codes] == [("a", Decision.REVIEW)]
