"""Facets say what a comment says about a fault, and nothing that it does not."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from classifiers.classifier import CommentClassifier, RuleReader
from classifiers.facet_names import NAMES
from classifiers.facet_numbers import NUMBERS
from classifiers.facet_times import PART_OF_DAY, TIMES
from classifiers.facets import FACETS
from feedback.protocols import Embedder
from tests.benchmarks.facet_cases import Case, found_in, read_cases

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
    (
        "error 502 on my iPhone",
        {
            "status_code": 502,
            "device": ["phone"],
            "device_model": ["iPhone"],
            "operating_system": ["iOS"],
        },
    ),
    ("503", {"status_code": 503}),
    ("I got a 404.", {"status_code": 404}),
    (
        "tried Chrome and Firefox on Windows 11, gave up",
        {
            "browser": ["Chrome", "Firefox"],
            "operating_system": ["Windows"],
            "version": ["Windows 11"],
            "impact": "blocked",
        },
    ),
    (
        "my scan is 7.5 MB, a jpg, did it on my laptop in the end",
        {
            "file_size_mb": 7.5,
            "file_type": ["JPEG"],
            "action": ["scan"],
            "device_working": ["computer"],
            "impact": "worked around",
        },
    ),
    ("a 300 kb png", {"file_size_mb": 0.3, "file_type": ["PNG"]}),
    ("can't sign in", {"action": ["sign in"], "impact": "blocked"}),
    ("Bad gateway again", {"error_text": "Bad gateway"}),
    ("it froze on my phone", {"device": ["phone"]}),
    ("works in Chrome but not in Safari", {"browser": ["Safari"], "browser_working": ["Chrome"]}),
    ("Mae'n iawn ar Chrome ond nid ar Edge", {"browser": ["Edge"], "browser_working": ["Chrome"]}),
    (
        "fine on the ipad, dead on the Samsung A12",
        {
            "device": ["phone"],
            "operating_system": ["Android"],
            "device_model": ["Galaxy A12"],
            "device_working": ["tablet"],
        },
    ),
    (
        "on step 4 of 7, about 9pm last night",
        {
            "step": "4 of 7",
            "time_of_day": ["21:00"],
            "day": ["yesterday"],
        },
    ),
    (
        "error code E-1042 on the check your answers page",
        {
            "error_code": ["E-1042"],
            "page": ["Check your answers"],
        },
    ),
    ("limit is 10MB, mine was 11.2 mb", {"file_limit_mb": 10.0, "file_size_mb": 11.2}),
    (
        "dead since Tuesday, tried 4 times on wifi and 4G",
        {
            "since": "Tuesday",
            "attempts": 4,
            "connection": ["wifi", "mobile data"],
        },
    ),
    (
        "the message says We could not find [PERSON], which is me",
        {
            "error_text": "We could not find [PERSON]",
        },
    ),
    (
        "JAWS says nothing on the payment page",
        {
            "page": ["Payment"],
            "action": ["pay"],
            "assistive_technology": ["JAWS"],
        },
    ),
    (
        "methu mewngofnodi ers dydd Mawrth",
        {
            "action": ["sign in"],
            "since": "Tuesday",
            "impact": "blocked",
        },
    ),
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
    ("no error message, it just sat there", "error_text"),
    ('he said "is there a problem" and I said no, then "no"', "status_code"),
    ("filled in form 404 by hand", "status_code"),
    ("page 503 of the bundle is missing", "status_code"),
    ("my security code 482913 never works", "error_code"),
    ("my case reference AB-1234 is right", "error_code"),
    ("error 500", "error_code"),
    ("I rang 6 times", "attempts"),
    ("charged me twice", "attempts"),
    ("my hearing is at 10am on Friday", "time_of_day"),
    ("my hearing is at 10am on Friday", "day"),
    ("I have been waiting since 3 May", "since"),
    ("page 5 of my statement is upside down", "step"),
    ("everything works except Safari", "browser_working"),
    ("switched to Firefox, same problem", "browser_working"),
    ("nothing works in Chrome", "browser_working"),
    ("it broke on my work pc", "device_working"),
    ("my jaws dropped", "assistive_technology"),
    ("the windows in the court do not open", "operating_system"),
    ("lost my laptop on the bus", "device"),
    ("it did not impress me, small print everywhere", "action"),
    ("my broadband is 50 mbps", "file_size_mb"),
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


FIXTURES = Path(__file__).parents[2] / "fixtures" / "facets"
MAY_BE_WRONG = {"d112"}
"""What the rules do not follow: "not on my laptop though, there it worked"."""


@pytest.mark.parametrize(
    "row",
    [row for row in read_cases(FIXTURES / "development.csv") if row.id not in MAY_BE_WRONG],
    ids=lambda row: row.id,
)
def test_comments_written_for_the_rules_are_read_right(rule_reader: RuleReader, row: Case) -> None:
    assert found_in(rule_reader, row.text) == row.expected


def test_two_sets_of_comments_share_none() -> None:
    development, evaluation = (
        {row.text for row in read_cases(FIXTURES / f"{name}.csv")}
        for name in ("development", "evaluation")
    )
    assert len(development) >= 150 <= len(evaluation)
    assert not development & evaluation


def test_every_facet_of_the_tables_is_a_known_one() -> None:
    of_names = {facet for name in NAMES for facet, _ in name.gives}
    of_patterns = {row.facet for row in (*NUMBERS, *TIMES, PART_OF_DAY)}
    assert of_names | of_patterns <= set(FACETS)
    told = {facet for row in read_cases(FIXTURES / "development.csv") for facet, _ in row.expected}
    assert set(FACETS) - told <= {"operating_system_working"}, "every facet has its examples"


def test_the_docs_name_every_facet() -> None:
    told = (FIXTURES.parents[1] / "docs" / "facets.md").read_text(encoding="utf-8")
    assert [facet for facet in FACETS if f"`{facet}`" not in told] == []


LONG = [
    "error " * 3_000,
    "1" * 20_000,
    'says "A' * 3_000,
    "9pm " * 5_000,
    "works on my phone, " * 900,
]


@pytest.mark.parametrize("text", LONG, ids=["words", "digits", "quotes", "times", "clauses"])
def test_no_comment_takes_long(rule_reader: RuleReader, text: str) -> None:
    (doc,), _ = rule_reader.read([text])
    started = time.process_time()
    rule_reader.facets.find(doc, text)
    assert time.process_time() - started < 2


def test_only_faults_have_facets(shipped: CommentClassifier, embedder: Embedder) -> None:
    texts = ["Error 500 on Chrome", "Lovely judge, and I signed in to say so"]
    fault, praise = shipped.classify(texts, embedder.embed(texts), ["en", "en"])
    assert fault.facets == {"status_code": 500, "browser": ["Chrome"]}
    assert praise.facets == {}
