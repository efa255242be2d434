"""Decisions: thresholds, the band for review, rules, none, and no comment unseen."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from classifiers.codebook import Codebook, load_codebook
from classifiers.decide import REVIEW_SHARE, Evidence, decide
from feedback.schema import CodeDecision, Decision, Origin

BOOK = load_codebook()
CODES = BOOK.code_ids
HALF = np.full(len(CODES), 0.5)
TRUST = np.full(len(CODES), 0.8)


def told(
    probabilities: dict[str, float], hits: tuple[str, ...] = (), language: str = "en"
) -> dict[str, CodeDecision]:
    row = np.array([[probabilities.get(code, 0.0) for code in CODES]])
    table = np.array([[code in hits for code in CODES]])
    (codes,) = decide(Evidence(row, table, [language]), HALF, TRUST, BOOK)
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
@given(probabilities, hits, languages)
def test_whatever_comes_the_promises_hold(
    probabilities: np.ndarray, hits: np.ndarray, languages: list[str]
) -> None:
    decided = decide(Evidence(probabilities, hits, languages), HALF, TRUST, BOOK)
    alone = [
        decide(Evidence(probabilities[[i]], hits[[i]], [languages[i]]), HALF, TRUST, BOOK)[0]
        for i in range(4)
    ]
    assert decided == alone
    urgent = CODES.index("safeguarding")
    for row, codes in enumerate(decided):
        assigned = {code.code for code in codes if code.decision == Decision.ASSIGNED}
        assert codes
        assert len({code.code for code in codes}) == len(codes)
        assert "none" not in assigned or assigned == {"none"}
        assert ("safeguarding" in assigned) == bool(
            hits[row, urgent] or (probabilities[row, urgent] >= 0.5)
        ) or languages[row] == "cy"
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
