"""Names say a thing once; quotes are short, different from each other and safe."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from topics.names import name_from_terms, stem, unique_names
from topics.quotes import choose_quotes
from topics.terms import characteristic_terms, terms_of


@pytest.mark.parametrize(
    ("terms", "name"),
    [
        (["pay", "paid", "payment", "fee"], "Pay, fee"),
        (["upload", "uploading", "uploads", "evidence"], "Upload, evidence"),
        (["card", "card payment", "payment", "declined"], "Card payment, declined"),
        (["error", "error message", "message"], "Error message"),
        (["lost", "lose", "answers", "save", "saved"], "Lost, answers, save"),
        (["decision", "decided", "letter"], "Decision, letter"),
        (["one", "two", "three", "four"], "One, two, three"),
        ([], "Mixed comments"),
        (["", ""], "Mixed comments"),
    ],
)
def test_a_name_says_each_thing_once(terms: list[str], name: str) -> None:
    assert name_from_terms(terms) == name


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("fee", "feel"),
        ("court", "county"),
        ("post", "position"),
        ("date", "data"),
        ("form", "format"),
    ],
)
def test_words_that_merely_look_alike_are_both_kept(one: str, other: str) -> None:
    assert name_from_terms([one, other]) == f"{one.capitalize()}, {other}"


def test_forms_of_a_word_share_a_stem() -> None:
    groups = [
        ("apply", "applied", "applies"),
        ("refund", "refunds", "refunded"),
        ("sent", "send", "sending"),
        ("stopped", "stop", "stopping"),
        ("recognise", "recognized", "recognizes"),
        ("court", "court's", "courts"),
    ]
    for group in groups:
        assert len({stem(word) for word in group}) == 1


def test_names_are_never_alike() -> None:
    names = unique_names([["card", "fee"], ["card", "fee"], ["card", "fee"]])
    assert names == ["Card, fee", "Card, fee (2)", "Card, fee (3)"]


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("I have lost [PERSON] password", ["lost", "password"]),
        ("my [CASE_REFERENCE] is wrong", ["wrong"]),
        ("It's 504 gateway, time out", ["gateway", "time out"]),
        ("wait time. Out", ["wait", "time", "wait time"]),
        ("The log-in pop-ups log me out", ["log in", "pop up", "log"]),
        ("sign-", ["sign"]),
        ("Dydy'r botwm ddim yn gweithio", ["dydy'r", "botwm", "dydy'r botwm", "gweithio"]),
        ("the file. Upload", ["file", "upload"]),
        ("", []),
        ("???", []),
    ],
)
def test_terms_are_words_and_true_neighbours(text: str, terms: list[str]) -> None:
    assert terms_of(text) == terms


def test_characteristic_terms_are_those_the_others_lack() -> None:
    group = ["upload refused page", "upload too big page", "page upload fails"]
    others = [*group, *["page slow"] * 30, *["page fine"] * 30]
    background = Counter(term for text in others for term in set(terms_of(text)))
    terms = characteristic_terms(group, background, len(others))
    assert terms[0] == "upload"
    assert "page" not in terms[:1]


def test_a_word_that_few_of_many_use_characterises_nothing() -> None:
    group = ["the photo is refused"] * 16 + ["the foto is refusd"] * 3 + ["photo of granny"]
    background = Counter(term for text in group for term in set(terms_of(text)))
    terms = characteristic_terms(group, background, 400)
    assert {"photo", "refused"} <= set(terms)
    assert not {"foto", "refusd", "granny"} & set(terms)


TEXTS = [
    "the upload page refuses my photos",
    "The upload page refuses my photos",
    "photos of letters are refused as too large",
    "it will not take a picture from my phone at all",
    "no",
    "word " * 41,
]


def vectors_of(*angles: float) -> np.ndarray:
    return np.array([[np.cos(a), np.sin(a)] for a in angles], dtype=np.float32)


def test_quotes_are_central_different_and_of_a_readable_length() -> None:
    vectors = vectors_of(0.0, 0.02, 0.6, -0.6, 0.0, 0.0)
    chosen = choose_quotes(TEXTS, vectors)
    assert chosen[0] in (0, 1)
    assert set(chosen) == {chosen[0], 2, 3}


def test_texts_of_the_same_words_are_alike_whatever_their_vectors() -> None:
    vectors = vectors_of(0.0, 1.2, 0.6, -0.6, 0.0, 0.0)
    assert len({0, 1} & set(choose_quotes(TEXTS, vectors))) <= 1


def test_what_must_not_be_quoted_is_not_quoted() -> None:
    vectors = vectors_of(0.0, 0.02, 0.6, -0.6, 0.0, 0.0)
    may_quote = np.array([False, False, True, True, True, True])
    assert set(choose_quotes(TEXTS, vectors, may_quote)) == {2, 3}
    assert choose_quotes(TEXTS, vectors, np.zeros(6, dtype=bool)) == []


@pytest.mark.parametrize(("n_words", "is_quoted"), [(3, False), (4, True), (40, True), (41, False)])
def test_quotes_have_four_to_forty_words(n_words: int, is_quoted: bool) -> None:
    text = " ".join(f"w{i}" for i in range(n_words))
    assert bool(choose_quotes([text], vectors_of(0.0))) is is_quoted
