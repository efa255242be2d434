"""Empty answers, tests and spam hold nothing to code; short verdicts and emoji do."""

from __future__ import annotations

import pytest

from classifiers.classifier import CommentClassifier
from classifiers.nothing import holds_nothing
from feedback.protocols import Embedder
from feedback.schema import Decision

NOTHING = [
    "n/a",
    "N/A thanks",
    "none",
    "dim byd",
    "...",
    "[EMAIL]",
    "[NUMBER] [PHONE]",
    "test",
    "Testing, testing 123",
    "this is just a test",
    "qwerty",
    "sdfghjk",
    "hahaha" * 3,
    "xcvbnm",
    "Buy cheap watches [URL]",
    "earn money from home",
]
SOMETHING = [
    "slow",
    "ok but slow",
    "👍",
    "😡",
    "404",
    "no way back",
    "failed the test of time",
    "test page does not load",
    "none of the options fit",
    "poor",
    "tree",
    "were",
    "rhythm",
    "I want to buy a house",
    "[PERSON] was rude",
    "lost my phone",
]


@pytest.mark.parametrize("text", NOTHING)
def test_nothing_is_seen(text: str) -> None:
    assert holds_nothing(text)


@pytest.mark.parametrize("text", SOMETHING)
def test_something_is_left(text: str) -> None:
    assert not holds_nothing(text)


def test_none_stands_alone(shipped: CommentClassifier, embedder: Embedder) -> None:
    told = shipped.classify(NOTHING, embedder.embed(NOTHING), ["en"] * len(NOTHING))
    for text, classification in zip(NOTHING, told, strict=True):
        codes = [(c.code, c.decision) for c in classification.codes]
        assert codes == [("none", Decision.ASSIGNED)], text
