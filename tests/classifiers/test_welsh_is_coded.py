"""Welsh is coded by rules; what only the model says about it is for a person to look at."""

from __future__ import annotations

import numpy as np
import pytest

from classifiers.classifier import CommentClassifier
from classifiers.codebook import Codebook
from classifiers.decide import Evidence, decide, tone_of_codes
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
def test_a_rule_codes_it(
    shipped: CommentClassifier, embedder: Embedder, text: str, code: str, tone: str
) -> None:
    (told,) = shipped.classify([text], embedder.embed([text]), ["cy"])
    assert code in assigned(told.codes)
    assert told.sentiment == tone
    assert all(c.origin == Origin.RULE for c in told.codes if c.decision == Decision.ASSIGNED)


@pytest.mark.parametrize(("text", "code"), NOT_CODED)
def test_a_look_alike_is_not(
    shipped: CommentClassifier, embedder: Embedder, text: str, code: str
) -> None:
    (told,) = shipped.classify([text], embedder.embed([text]), ["cy"])
    assert code not in assigned(told.codes)


def test_the_model_alone_only_proposes(codebook: Codebook) -> None:
    probabilities = np.zeros((2, len(codebook.code_ids)))
    column = codebook.code_ids.index("fault.error")
    probabilities[:, column] = 0.9
    evidence = Evidence(probabilities, np.zeros(probabilities.shape, bool), ["cy", "en"])
    half = np.full(len(codebook.code_ids), 0.5)
    welsh, english = decide(evidence, half, half, codebook)
    assert [(c.code, c.decision) for c in welsh] == [("fault.error", Decision.REVIEW)]
    assert [(c.code, c.decision) for c in english] == [("fault.error", Decision.ASSIGNED)]


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
