"""Facets say what a comment says about a fault, and nothing that it does not."""

from __future__ import annotations

from typing import Any

import pytest

from classifiers.classifier import CommentClassifier, RuleReader
from feedback.protocols import Embedder

TABLE: list[tuple[str, dict[str, Any]]] = [
    (
        'On Safari it says "Something went wrong, try again" when I upload a PDF',
        {
            "error_text": "Something went wrong, try again",
            "browser": ["Safari"],
            "action": ["upload"],
            "file_type": ["PDF"],
        },
    ),
    ("error 502 on my iPhone", {"status_code": 502, "device": ["phone"]}),
    ("503", {"status_code": 503}),
    ("I got a 404.", {"status_code": 404}),
    (
        "tried Chrome and Firefox on Windows 11, gave up",
        {
            "browser": ["Chrome", "Firefox"],
            "operating_system": ["Windows"],
            "impact": "blocked",
        },
    ),
    (
        "my scan is 7.5 MB, a jpg, did it on my laptop in the end",
        {
            "file_size_mb": 7.5,
            "file_type": ["JPEG"],
            "device": ["computer"],
            "impact": "worked around",
        },
    ),
    ("a 300 kb png", {"file_size_mb": 0.3, "file_type": ["PNG"]}),
    ("can't sign in", {"action": ["sign in"]}),
    ("Bad gateway again", {"error_text": "Bad gateway"}),
    ("it froze on my phone", {"device": ["phone"]}),
]
NOTHING_OF_IT = [
    ("£503 for a form", "status_code"),
    ("I waited 404 days", "status_code"),
    ("500 words are too few", "status_code"),
    ("nobody answers the phone", "device"),
    ("the phone line is busy", "device"),
    ("my phone number is wrong", "device"),
    ("off the edge of the screen", "browser"),
    ('my wife said "what a lovely letter that was"', "error_text"),
    ("I have 3 children", "file_size_mb"),
]


@pytest.mark.parametrize(("text", "expected"), TABLE)
def test_what_is_said_is_found(
    rule_reader: RuleReader, text: str, expected: dict[str, Any]
) -> None:
    (doc,), _ = rule_reader.read([text])
    assert rule_reader.facets.find(doc, text) == expected


@pytest.mark.parametrize(("text", "facet"), NOTHING_OF_IT)
def test_what_is_not_said_is_not_found(rule_reader: RuleReader, text: str, facet: str) -> None:
    (doc,), _ = rule_reader.read([text])
    assert facet not in rule_reader.facets.find(doc, text)


def test_only_faults_have_facets(shipped: CommentClassifier, embedder: Embedder) -> None:
    texts = ["Error 500 on Chrome", "Lovely judge, and I signed in to say so"]
    fault, praise = shipped.classify(texts, embedder.embed(texts), ["en", "en"])
    assert fault.facets == {"status_code": 500, "browser": ["Chrome"]}
    assert praise.facets == {}
