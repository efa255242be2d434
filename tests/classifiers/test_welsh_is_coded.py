"""Welsh is coded by rules and by a model that knows it; another model only proposes."""

from __future__ import annotations

import numpy as np
import pytest

from classifiers.classifier import CommentClassifier, RuleReader
from classifiers.codebook import Codebook
from classifiers.decide import WELSH_RULE_FLOOR, Evidence, decide, tone_of_codes
from feedback.protocols import Embedder
from feedback.schema import CodeDecision, Decision, Origin, Sentiment

CODED = [
    ("Mae'r wefan yn araf iawn", "fault.performance", "negative"),
    ("Dydi'r ddolen ddim yn gweithio", "fault.link", "negative"),
    ("Methu mewngofnodi o gwbl", "fault.sign_in", "negative"),
    ("Methu uwchlwytho'r ffurflen", "fault.upload", "negative"),
    ("Tudalen wag bob tro", "fault.error", "negative"),
    ("Wedi colli popeth eto", "fault.lost_data", "negative"),
    ("Mae'r taliad wedi methu", "fault.payment", "negative"),
    ("Ddim yn derbyn fy nghod post", "fault.validation", "negative"),
    ("Ddim yn gweithio ar fy ffôn", "fault.device", "negative"),
    ("Nid yw'r darllenydd sgrin yn ei weld", "access.accessibility", "negative"),
    ("Angen help i'w lenwi", "access.help", "negative"),
    ("Gwasanaeth gwych, diolch o galon", "praise", "positive"),
    ("Hawdd iawn i'w ddefnyddio", "praise", "positive"),
    ("Yn dal i aros ers tri mis", "process.delay", "negative"),
]
NOT_CODED = [
    ("Ddim yn hawdd o gwbl", "praise"),
    ("Dim diolch", "praise"),
    ("Mae'r broses yn y llys yn araf", "fault.performance"),
    ("Rhy gymhleth", "fault.error"),
    ("Diolch am ateb mor sydyn", "process.delay"),
    ("Roedd mewngofnodi yn hawdd iawn", "fault.sign_in"),
]


def assigned(codes: tuple[CodeDecision, ...]) -> set[str]:
    return {code.code for code in codes if code.decision == Decision.ASSIGNED}


@pytest.mark.parametrize(("text", "code", "tone"), CODED)
def test_plain_welsh_is_coded(
    shipped: CommentClassifier, embedder: Embedder, text: str, code: str, tone: str
) -> None:
    (told,) = shipped.classify([text], embedder.embed([text]), ["cy"])
    assert code in assigned(told.codes)
    assert told.sentiment == tone


@pytest.mark.parametrize(("text", "code"), NOT_CODED)
def test_no_rule_takes_a_look_alike_for_it(
    rule_reader: RuleReader, codebook: Codebook, text: str, code: str
) -> None:
    _, hits = rule_reader.read([text])
    assert not hits[0, codebook.code_ids.index(code)]


def test_the_model_tells_most_look_alikes_apart(
    shipped: CommentClassifier, embedder: Embedder
) -> None:
    """Two that it does not are "not easy at all" and a slow process taken for a slow page."""
    texts = [text for text, _ in NOT_CODED]
    told = shipped.classify(texts, embedder.embed(texts), ["cy"] * len(texts))
    wrong = [code in assigned(one.codes) for one, (_, code) in zip(told, NOT_CODED, strict=True)]
    assert sum(wrong) <= 2


def test_a_model_that_knows_no_welsh_only_proposes(codebook: Codebook) -> None:
    probabilities = np.zeros((2, len(codebook.code_ids)))
    column = codebook.code_ids.index("fault.error")
    probabilities[:, column] = 0.9
    evidence = Evidence(probabilities, np.zeros(probabilities.shape, bool), ["cy", "en"])
    half = np.full(len(codebook.code_ids), 0.5)
    welsh, english = decide(evidence, half, half, codebook)
    assert [(c.code, c.decision) for c in welsh] == [("fault.error", Decision.REVIEW)]
    assert [(c.code, c.decision) for c in english] == [("fault.error", Decision.ASSIGNED)]


def test_a_model_that_knows_welsh_assigns(codebook: Codebook) -> None:
    """And a rule needs its assent, though little of it."""
    column = codebook.code_ids.index("fault.error")
    probabilities = np.zeros((4, len(codebook.code_ids)))
    probabilities[:, column] = [0.5, 0.49, WELSH_RULE_FLOOR, WELSH_RULE_FLOOR - 0.01]
    hits = np.zeros(probabilities.shape, bool)
    hits[2:, column] = True
    evidence = Evidence(probabilities, hits, ["cy"] * 4, knows_welsh=True)
    half = np.full(len(codebook.code_ids), 0.5)
    told = [codes[0] for codes in decide(evidence, half, half, codebook)]
    assert [(one.decision, one.origin) for one in told] == [
        (Decision.ASSIGNED, Origin.MODEL),
        (Decision.REVIEW, Origin.MODEL),
        (Decision.ASSIGNED, Origin.RULE),
        (Decision.REVIEW, Origin.RULE),
    ]


def test_with_vectors_that_know_no_welsh_rules_alone_assign(
    small: CommentClassifier, embedder: Embedder
) -> None:
    texts = [text for text, _, _ in CODED]
    told = small.classify(texts, embedder.embed(texts), ["cy"] * len(texts))
    for (text, code, tone), one in zip(CODED, told, strict=True):
        assert code in assigned(one.codes), text
        assert one.sentiment == tone, text
        assert {c.origin for c in one.codes if c.decision == Decision.ASSIGNED} == {Origin.RULE}


def test_no_welsh_comment_passes_unseen(shipped: CommentClassifier, embedder: Embedder) -> None:
    texts = ["Es i i'r llys ddoe", "Roedd y tywydd yn braf", "Pwy ydach chi"]
    for told in shipped.classify(texts, embedder.embed(texts), ["cy"] * 3):
        assert told.codes


TONES = [
    (["praise"], Sentiment.POSITIVE),
    (["praise", "suggestion"], Sentiment.POSITIVE),
    (["praise", "fault.error"], Sentiment.MIXED),
    (["fault.error", "suggestion"], Sentiment.NEGATIVE),
    (["suggestion"], Sentiment.NEUTRAL),
    (["content.language"], Sentiment.NEUTRAL),
    ([], None),
]


@pytest.mark.parametrize(("codes", "tone"), TONES)
def test_the_codes_give_the_tone(
    codebook: Codebook, codes: list[str], tone: Sentiment | None
) -> None:
    decisions = [CodeDecision(code, 0.9, Decision.ASSIGNED, Origin.RULE) for code in codes]
    decisions.append(CodeDecision("complaint", 0.3, Decision.REVIEW, Origin.MODEL))
    assert tone_of_codes(decisions, codebook) == tone
