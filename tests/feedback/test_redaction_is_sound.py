"""What holds for every text: offsets, placeholders, reading twice, hostile input."""

import contextlib
import io
import random
import re
import time
from pathlib import Path
from re import _constants as sre
from re import _parser as sre_parser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback.redact import TextRedactor
from feedback.redact.checks import (
    compact,
    is_calendar_date,
    is_card,
    is_date_digits,
    pnc_letter_valid,
)
from feedback.redact.folding import MASK, fold
from feedback.redact.patterns import TABLE
from feedback.redact.spans import Candidate, put_placeholders, resolve
from feedback.schema import Entity, Span
from tests.feedback.redaction_cases import KEPT, MUST, PEOPLE, lines, unmark

REDACTOR = TextRedactor()
SAMPLES = [unmark(line)[0] for block in MUST.values() for line in lines(block)]
PIECES = st.one_of(
    st.text(max_size=12),
    st.sampled_from(SAMPLES + lines(KEPT) + [unmark(line)[0] for line in lines(PEOPLE)]),
    st.sampled_from(["[PERSON]", "[NUMBER]", "\u200b", "\u202e", "–", "\n", "@", "((", "12", "£"]),
)
TEXTS = st.lists(PIECES, max_size=8).flatmap(
    lambda pieces: st.sampled_from([" ", "", "\n", ", "]).map(lambda glue: glue.join(pieces))
)
WORST_SECONDS_PER_CHARACTER = 1e-4
"""A hundred times what an ordinary comment takes: only a runaway pattern is slower."""


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_spans_lie_in_the_text_and_rebuild_it(text):
    done = REDACTOR.redact(text)
    rebuilt, placed = put_placeholders(text, done.found)
    assert rebuilt == done.text
    assert tuple(placed) == done.spans
    for before, after in zip(done.found, done.found[1:], strict=False):
        assert before.end <= after.start
    for span, found in zip(done.spans, done.found, strict=True):
        assert 0 <= found.start < found.end <= len(text)
        assert done.text[span.start : span.end] == span.entity.placeholder


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_redacting_twice_is_redacting_once(text):
    once = REDACTOR.redact(text).text
    again = REDACTOR.redact(once)
    assert again.text == once
    assert again.found == ()


@given(st.lists(st.sampled_from([entity.placeholder for entity in Entity]), min_size=1))
@settings(deadline=None)
def test_placeholders_are_nobody(placeholders):
    text = " ".join(placeholders)
    assert REDACTOR.redact(text).text == text


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\u200b", "ok", "[", "]", "[PERSON", "\ud800"])
def test_nothing_to_find_changes_nothing(text):
    done = REDACTOR.redact(text)
    assert (done.text, done.spans, done.found) == (text, (), ())


@pytest.mark.parametrize("dash", "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d")
def test_every_dash_is_a_dash(dash):
    text = f"ni AB{dash}12{dash}34{dash}56{dash}C and 1700{dash}0000{dash}0001{dash}2345"
    assert REDACTOR.redact(text).text == "ni [NINO] and [CASE_REFERENCE]"


@pytest.mark.parametrize(
    "text",
    [
        "AB\u200b12\u200b34\u200b56\u200bC",
        "AB\u00a012\u202f34\u200756 C",
        "ＡＢ１２３４５６Ｃ",
        "AB١٢٣٤٥٦C",
        "AB 12\n34 56 C",
        "\u202eAB123456C\u202c",
    ],
)
def test_odd_signs_hide_nothing(text):
    left = REDACTOR.redact(text).text
    assert "[NINO]" in left
    assert not any(sign.isalnum() for sign in left.replace("[NINO]", ""))


def test_offsets_count_the_text_as_it_came():
    text = "x\u200b\u200by AB123456C é"
    (found,) = REDACTOR.redact(text).found
    assert text[found.start : found.end] == "AB123456C"


def test_the_same_text_has_the_same_answer():
    texts = SAMPLES[:50]
    first = [REDACTOR.redact(text) for text in texts]
    other = TextRedactor()
    random.Random(1).shuffle(texts)
    assert sorted(other.redact(text).text for text in texts) == sorted(one.text for one in first)


def test_no_run_of_digits_survives_a_mistyped_check_digit():
    for number in (
        "4111 1111 1111 1112",
        "999 012 3455",
        "1700000000012346",
        "GB83 WEST 12345698765432",
    ):
        assert not any(map(str.isdigit, REDACTOR.redact(number).text)), number


def candidate(rank, start, end, entity=Entity.NUMBER, distance=0):
    return Candidate(rank, distance, start, end, entity, "x", 1.0)


def test_the_lower_rank_wins_and_the_rest_of_the_loser_stays_hidden():
    spans = resolve([candidate(5, 4, 8, Entity.EMAIL), candidate(9, 0, 12)], "abcd1234 efg")
    assert [(span.entity.value, span.start, span.end) for span in spans] == [
        ("NUMBER", 0, 4),
        ("EMAIL", 4, 8),
        ("NUMBER", 9, 12),
    ]


def test_the_nearer_context_wins_between_equals():
    spans = resolve(
        [candidate(5, 0, 4, Entity.PASSPORT, 9), candidate(5, 0, 4, Entity.NHS_NUMBER, 1)], "1234"
    )
    assert [span.entity for span in spans] == [Entity.NHS_NUMBER]


def test_what_must_stay_shields_what_lies_under_it():
    assert resolve([candidate(5, 0, 4, None), candidate(9, 0, 4)], "2024") == []
    kept = resolve([candidate(5, 0, 4, None), candidate(9, 0, 12)], "2024 1234567")
    assert [(span.start, span.end) for span in kept] == [(5, 12)]


def test_an_entity_of_lower_rank_is_not_shielded():
    assert len(resolve([candidate(9, 0, 4, None), candidate(5, 0, 4)], "2024")) == 1


def test_placeholders_are_masked_at_their_length():
    assert fold("a [PERSON] b").text == f"a {MASK * 8} b"


@pytest.mark.parametrize(
    ("check", "yes", "no"),
    [
        (is_card, "4000 0000 0000 0002", "4000 0000 0000 0003"),
        (is_card, "2223003122003222", "1700000000012345"),
        (is_date_digits, "31/12/24", "31/13/24"),
        (is_date_digits, "20240229", "20230229"),
        (is_calendar_date, "29/2/2024", "40-47-84"),
        (pnc_letter_valid, "03/1234L", "03/1234M"),
    ],
)
def test_checks_tell_right_from_wrong(check, yes, no):
    assert check(yes)
    assert not check(no)


@given(st.text())
@settings(deadline=None)
def test_compact_keeps_letters_and_digits_only(text):
    assert compact(text).isalnum() or compact(text) == ""
    assert compact(compact(text)) == compact(text)


def test_spans_of_an_empty_list_are_the_text():
    assert put_placeholders("abc", []) == ("abc", [])
    (span,) = put_placeholders("abc", [Span(Entity.EMAIL, 1, 2, "x", 1.0)])[1]
    assert (span.start, span.end) == (1, 8)


HOSTILE = {
    "digits": "1",
    "spaced digits": "1 ",
    "ats": "@",
    "half addresses": "a@",
    "brackets": "([{<",
    "letters": "a",
    "dotted": "a.",
    "capitals and dashes": "A-",
    "apostrophes": "O'",
    "plate heads": "AB12 ",
    "zeros": "0",
    "country codes": "+44 ",
    "births": "born ",
    "names announced": "my name is ",
    "titles": "Mr A ",
    "names": "John, ",
    "houses": "12 High ",
    "flats": "flat 1 ",
    "spoken mail": "a at b dot ",
    "words for numbers": "case number ",
    "numbers named": "passport account 1234567 ",
    "versions": "1.2.",
    "placeholders": "[PERSON]",
    "turned": "\u202e1",
    "hidden": "\u200b",
    "lines": "\n",
    "web": "http://",
    "colons": "a:",
    "entities": "&#49;",
    "half entities": "&amp;#x4",
    "homoglyphs": "АВ12З4",
    "dashes before a site": "--/",
    "legal aid": "legal aid L ",
    "guardian codes": "C-",
    "claims": "claim-",
    "errors": "error-",
    "share codes": "share code W ",
    "digits in words": "oh seven ",
    "children": "Zyrael (7) ",
    "spelt mail": "or dot ",
}


@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_takes_linear_time(unit):
    def seconds(n_characters: int) -> float:
        text = unit * (n_characters // len(unit))
        start = time.process_time()
        REDACTOR.redact(text)
        return time.process_time() - start

    small, big = max(seconds(4_000), 1e-3), seconds(40_000)
    assert big / 40_000 < WORST_SECONDS_PER_CHARACTER
    assert big < 30 * small, "quadratic: ten times the text took a hundred times as long"


def endless_lookaheads(tree) -> int:
    """Count repeats without an end inside of lookaheads and lookbehinds."""
    n_found = 0
    for kind, value in tree:
        if kind in (sre.ASSERT, sre.ASSERT_NOT):
            n_found += len(re.findall(rf"MAX_REPEAT \d+ {sre.MAXREPEAT!r}", dump(value[1])))
        elif kind is sre.SUBPATTERN:
            n_found += endless_lookaheads(value[3])
        elif kind is sre.BRANCH:
            n_found += sum(map(endless_lookaheads, value[1]))
        elif kind in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
            n_found += endless_lookaheads(value[2])
    return n_found


def dump(tree) -> str:
    with contextlib.redirect_stdout(io.StringIO()) as out:
        tree.dump()
    return out.getvalue()


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_no_row_looks_ahead_without_end(row):
    """Such a look starts at each of n places and reads n signs: six rows were quadratic by it."""
    assert endless_lookaheads(sre_parser.parse(row.pattern)) == 0


def test_a_look_ahead_without_end_is_seen():
    assert endless_lookaheads(sre_parser.parse(r"L(?=[A-Z]*\d)x")) == 1
    assert endless_lookaheads(sre_parser.parse(r"(?:L(?=[A-Z]{0,4}\d)|y*)")) == 0


def test_the_word_lists_are_as_large_as_they_claim():
    folder = Path(__file__).parents[2] / "feedback" / "redact" / "data"
    size = {
        name: sum(
            len(line.split())
            for line in (folder / name).read_text(encoding="utf-8").splitlines()
            if not line.startswith("#")
        )
        for name in ("given_names.txt", "surnames.txt")
    }
    assert size["given_names.txt"] >= 1_500
    assert size["surnames.txt"] >= 1_200
