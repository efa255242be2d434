"""The classifier that comes with the toolkit: what it says, whatever stands beside it."""

from __future__ import annotations

import numpy as np
import pytest

from classifiers.classifier import CommentClassifier
from feedback.protocols import Classifier, Embedder
from feedback.schema import Decision

SAID = [
    ("It crashed with an error 502 when I pressed submit", "fault.error", "negative"),
    ("Your website is so slow I gave up", "fault.performance", "negative"),
    ("my card payment failed twice", "fault.payment", "negative"),
    ("the security code never arrived so I could not log in", "fault.sign_in", "negative"),
    ("cannot upload my evidence, file too large", "fault.upload", "negative"),
    ("I am blind and my screen reader skips the boxes", "access.accessibility", "negative"),
    ("Very easy to use, thank you", "praise", "positive"),
    ("still waiting for a reply after four months", "process.delay", "negative"),
    ("The clerk was rude to me", "staff", "negative"),
    ("please add a button to print the page", "suggestion", "neutral"),
    ("rubbish", "complaint", "negative"),
]


@pytest.mark.parametrize(("text", "code", "tone"), SAID)
def test_plain_words_get_their_code(
    shipped: CommentClassifier, embedder: Embedder, text: str, code: str, tone: str
) -> None:
    (told,) = shipped.classify([text], embedder.embed([text]), ["en"])
    assert code in {c.code for c in told.codes if c.decision == Decision.ASSIGNED}
    assert told.sentiment == tone


def test_praise_beside_trouble_is_mixed(shipped: CommentClassifier, embedder: Embedder) -> None:
    text = "Lovely clear form, very easy, but the upload failed twice with an error"
    (told,) = shipped.classify([text], embedder.embed([text]), ["en"])
    assert told.sentiment == "mixed"


def test_neither_order_nor_company_changes_a_classification(
    shipped: CommentClassifier, embedder: Embedder
) -> None:
    texts = [text for text, _, _ in SAID] + ["Hawdd iawn, diolch", "n/a", ""]
    languages = ["en"] * len(SAID) + ["cy", "en", "unknown"]
    vectors = embedder.embed(texts)
    together = shipped.classify(texts, vectors, languages)
    order = np.random.default_rng(0).permutation(len(texts))
    shuffled = shipped.classify(
        [texts[i] for i in order], vectors[order], [languages[i] for i in order]
    )
    for place, i in enumerate(order):
        assert shuffled[place] == together[i]
        assert shipped.classify([texts[i]], vectors[[i]], [languages[i]]) == [together[i]]


def test_it_is_a_classifier_and_no_texts_are_no_work(shipped: CommentClassifier) -> None:
    assert isinstance(shipped, Classifier)
    assert shipped.codebook_version == "digital_service/1"
    assert shipped.classify([], np.empty((0, 384), np.float32), []) == []


def test_odd_texts_are_coded_like_any_other(shipped: CommentClassifier, embedder: Embedder) -> None:
    texts = ["", " ", "\n\n", "slow " * 3000, "\ud800broken", "𝕊𝕝𝕠𝕨", "a\x00b", "٣٤٥", "£" * 50]
    safe = [text.encode("utf-8", "replace").decode() for text in texts]
    for told in shipped.classify(safe, embedder.embed(safe), ["unknown"] * len(safe)):
        assert told.codes
