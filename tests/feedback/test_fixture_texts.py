"""The hand-written texts are valid, distinct and marked, and change only on the surface."""

import csv
import random
import re
from collections import Counter
from itertools import combinations

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iban, luhn
from stdnum.gb import nhs

from feedback.schema import STANDARD_ENTITIES, Language, Sentiment
from fixtures.stories import STORIES
from fixtures.surface import _asides, vary
from fixtures.texts import ROOT, Comment, read_cases, read_comments, read_services

HAND_WRITTEN = ("everyday", "stories", "anywhere")
COLUMNS = ["id", "service", "page", "kind", "question", "codes", "sentiment", "language"]
COLUMNS += ["satisfaction", "text"]
CODES = set(
    re.findall(
        r"\S+",
        """
    fault.error fault.performance fault.lost_data fault.upload fault.payment fault.sign_in
    fault.validation fault.link fault.device use.navigation use.length use.question
    content.unclear content.missing content.language access.accessibility access.help
    process.delay process.cost process.documents process.decision staff praise complaint
    suggestion safeguarding none
    """,
    )
)


@pytest.mark.parametrize("name", HAND_WRITTEN)
def test_columns_codes_and_places_are_valid(name):
    with (ROOT / "comments" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        assert reader.fieldnames == [*COLUMNS, *(["story"] if name == "stories" else [])]
        rows = list(reader)
    assert len({row["id"] for row in rows}) == len(rows)
    pages = {page: s.service for s in read_services() for page in s.pages}
    for row in rows:
        codes = row["codes"].split(";")
        assert set(codes) <= CODES, row["id"]
        assert len(codes) == len(set(codes)), row["id"]
        assert codes == ["none"] or "none" not in codes, row["id"]
        assert row["sentiment"] in set(Sentiment), row["id"]
        assert row["language"] in {Language.ENGLISH, Language.WELSH}, row["id"]
        assert row["kind"] in {"page", "exit"}, row["id"]
        assert bool(row["question"]) == bool(row["satisfaction"]) == (row["kind"] == "exit")
        assert row["satisfaction"] in {"", "1", "2", "3", "4", "5"}, row["id"]
        assert row["text"].strip(), row["id"]
        if row["page"]:
            assert pages[row["page"]] == row["service"], row["id"]


def test_stories_have_at_least_22_distinct_comments_on_the_storys_page():
    for story in STORIES:
        told = [c for c in read_comments("stories") if c.story == story.name]
        assert len({c.text for c in told}) >= 22, story.name
        assert {c.service for c in told} == {story.service}
        assert {c.page for c in told if c.kind == "page"} == {story.page}


def test_no_two_hand_written_comments_are_nearly_equal():
    texts = [(c.comment_id, c.text) for name in HAND_WRITTEN for c in read_comments(name)]
    words = [(i, t, frozenset(re.findall(r"\w+", t.lower()))) for i, t in texts]
    near = [
        (a[0], b[0])
        for a, b in combinations(words, 2)
        if a[1] == b[1] or len(a[2] & b[2]) > 0.8 * len(a[2] | b[2]) > 0
    ]
    assert near == []


def comment(text, language="en", sentiment="negative"):
    return Comment("x1", "", "", "page", "", ("complaint",), sentiment, language, None, text, "")


@given(
    words=st.lists(
        st.sampled_from(
            ["the", "form", "Refused", "my", "07700900123", "a@example.org", "ZZ99", "it's,"]
        ),
        min_size=1,
        max_size=12,
    ),
    seed=st.integers(0, 10_000),
    sentiment=st.sampled_from(["negative", "positive"]),
)
def test_changes_leave_words_with_digits_whole_and_never_empty_a_text(words, seed, sentiment):
    changed = vary(comment(" ".join(words), sentiment=sentiment), random.Random(seed)).casefold()
    for word in ("07700900123", "a@example.org", "zz99"):
        assert changed.count(word) == [w.casefold() for w in words].count(word)
    assert changed.strip()


def test_a_comment_with_nothing_to_code_comes_back_as_it_was():
    empty = Comment("x1", "", "", "page", "", ("none",), "neutral", "en", None, "n/a", "")
    assert {vary(empty, random.Random(seed)) for seed in range(50)} == {"n/a"}


def test_asides_are_in_the_language_of_the_comment():
    text = "Mae hwn yn araf iawn heddiw eto"
    welsh = {vary(comment(text, "cy"), random.Random(seed)) for seed in range(200)}
    assert any("Cofion" in t for t in welsh)
    english = [a for a in _asides()["en"]["after"] if len(a) > 5]
    assert not any(a in t for t in welsh for a in english)


def test_every_entity_has_at_least_six_cases_and_look_alikes_forty():
    n = Counter(case.entity for case in read_cases())
    assert set(n) == {str(entity) for entity in STANDARD_ENTITIES} | {""}
    assert min(n.values()) >= 6
    assert n[""] >= 40


def test_secrets_are_marked_exactly_and_look_alikes_hold_none():
    cases = read_cases()
    assert len({c.case_id for c in cases}) == len({c.text for c in cases}) == len(cases)
    for case in cases:
        if case.entity:
            assert case.text.count(case.secret) == 1, case.case_id
        else:
            assert case.secret == "", case.case_id


def test_cards_and_nhs_numbers_and_ibans_pass_their_check_and_phones_are_for_drama():
    drama = re.compile(
        r"447700900\d{3}|442079460\d{3}|441632960\d{3}|441[1-6]\d4960\d{3}|442920180\d{3}"
    )
    secrets = {}
    for case in read_cases():
        secrets.setdefault(case.entity, []).append(case.secret)
    assert all(luhn.is_valid(re.sub(r"\D", "", s)) for s in secrets["PAYMENT_CARD"])
    assert all(nhs.is_valid(s) and s.startswith("999") for s in secrets["NHS_NUMBER"])
    assert all(iban.is_valid(s) for s in secrets["IBAN"])
    for secret in secrets["PHONE"]:
        number = phonenumbers.format_number(
            phonenumbers.parse(secret, "GB"), phonenumbers.PhoneNumberFormat.E164
        )
        assert drama.fullmatch(number[1:]), secret
