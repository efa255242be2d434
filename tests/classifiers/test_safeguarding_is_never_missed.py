"""Safeguarding: rules or model, either flags; look-alikes are left alone; nothing drops it."""

from __future__ import annotations

import numpy as np
import pytest

from classifiers.classifier import CommentClassifier, RuleReader
from classifiers.codebook import Codebook
from classifiers.decide import URGENT_RULE_FLOOR, Evidence, decide, urgent_threshold
from feedback.protocols import Embedder
from feedback.schema import Decision, Origin

MUST = [
    "I don't want to be here any more, I have nothing left",
    "sometimes I think about suicide",
    "he hits me when the letters come",
    "My ex has threatened to kill me if I go to court",
    "there is a restraining order and you printed my address",
    "I am scared of what he will do when he reads this",
    "She was strangled by him last year and he still gets a say",
    "he follows me home from work",
    "the children are not safe with their father",
    "I have been self harming since the decision",
    "I am in a refuge and nobody must know where I live",
    "He turned up outside my house again after the hearing",
    "I will end my life if this goes on",
    "domestic abuse for nine years",
    "I cannot see the point of living like this",
    "if he finds out I filled this in he will hurt me",
    "he said he will kill me and the baby",
    "he nearly killed me last year",
    "my husband would kill me if he saw this",
    "he'll kill me for leaving him",
    "he hits me hard when the kids are in bed",
    "he hit me with a chair",
    "I am afraid to go home tonight",
    "he came to my house again last night",
    "he follows my daughter to school",
    "scared of the children's father",
    "he followed me on the bus",
    "dwi am lladd fy hun",
    "mae o wedi bygwth fy lladd i",
    "dwi ofn be wneith o i'r plant, mae'n dreisgar",
]
MUST_NOT = [
    "this form is killing me",
    "the wait is killing us",
    "I nearly died laughing at the wording",
    "nearly had a heart attack at the price",
    "bored to death by page nine",
    "my boss would kill me for the time this took",
    "hit the submit button and nothing happened",
    "I am scared of computers but managed it",
    "frightened of pressing the wrong button",
    "beats me why you ask twice",
    "they threatened me with bailiffs over a parking ticket",
    "it kills the session when you go back",
    "I killed time with a cup of tea",
    "my husband died in March and I am the executor",
    "I followed the instructions to the letter",
    "following my application I heard nothing",
    "the screen hurts my eyes",
    "a child maintenance claim",
    "hitting refresh for an hour",
    "it is killing me, this form",
    "lladd amser oedd hyn",
    "mae arna i ofn pwyso'r botwm anghywir",
]


@pytest.mark.parametrize("text", MUST)
def test_a_rule_finds_it(rule_reader: RuleReader, codebook: Codebook, text: str) -> None:
    _, hits = rule_reader.read([text])
    assert hits[0, codebook.code_ids.index("safeguarding")]


@pytest.mark.parametrize("text", MUST_NOT)
def test_a_figure_of_speech_is_left_alone(
    rule_reader: RuleReader, codebook: Codebook, text: str
) -> None:
    _, hits = rule_reader.read([text])
    assert not hits[0, codebook.code_ids.index("safeguarding")]


def test_whoever_finds_it_it_is_assigned(codebook: Codebook) -> None:
    column = codebook.code_ids.index("safeguarding")
    probabilities = np.full((3, len(codebook.code_ids)), 0.01)
    hits = np.zeros(probabilities.shape, bool)
    probabilities[:, column] = URGENT_RULE_FLOOR  # the model does not rule it out
    hits[0, column] = True  # the rule alone
    probabilities[1, column] = 0.6  # the model alone
    none = codebook.code_ids.index("none")
    hits[2, [column, none]] = True  # even where the text looks empty
    thresholds = np.full(len(codebook.code_ids), 0.5)
    told = decide(Evidence(probabilities, hits, ["en"] * 3), thresholds, thresholds, codebook)
    for codes in told:
        (first, *_) = codes
        assert (first.code, first.decision) == ("safeguarding", Decision.ASSIGNED)
    assert [codes[0].origin for codes in told] == [Origin.RULE, Origin.MODEL, Origin.RULE]
    assert "none" not in {code.code for code in told[2] if code.decision == Decision.ASSIGNED}


def test_a_rule_that_the_model_rules_out_is_for_a_person_to_read(codebook: Codebook) -> None:
    column = codebook.code_ids.index("safeguarding")
    probabilities = np.full((1, len(codebook.code_ids)), 0.01)
    probabilities[0, codebook.code_ids.index("praise")] = 0.9
    hits = np.zeros(probabilities.shape, bool)
    hits[0, column] = True
    thresholds = np.full(len(codebook.code_ids), 0.5)
    (codes,) = decide(Evidence(probabilities, hits, ["en"]), thresholds, thresholds, codebook)
    found = {code.code: (code.decision, code.origin) for code in codes}
    assert found["safeguarding"] == (Decision.REVIEW, Origin.RULE)


def test_its_threshold_spends_the_flags_allowed_and_no_more() -> None:
    generator = np.random.default_rng(4)
    truth = np.arange(1000) < 40
    hits = generator.random(1000) < np.where(truth, 0.5, 0.005)
    probabilities = np.where(truth, generator.beta(2, 2, 1000), generator.beta(1, 12, 1000))
    by_rule = hits & (probabilities >= URGENT_RULE_FLOOR)
    assert 0 < by_rule[~truth].sum() < hits[~truth].sum()
    flags = by_rule | (probabilities >= urgent_threshold(truth, probabilities, hits))
    assert flags[~truth].sum() == int(0.02 * 960)


def test_the_shipped_classifier_flags_them(shipped: CommentClassifier, embedder: Embedder) -> None:
    told = shipped.classify(MUST, embedder.embed(MUST), ["en"] * len(MUST))
    for text, classification in zip(MUST, told, strict=True):
        assigned = {c.code for c in classification.codes if c.decision == Decision.ASSIGNED}
        assert "safeguarding" in assigned, text
