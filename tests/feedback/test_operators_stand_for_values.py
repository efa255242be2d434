"""Placeholder, pseudonym and mask: what stands for personal data, and what it gives away."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.nothing import holds_nothing
from feedback import schema
from feedback.clean import clean_text
from feedback.duplicates import N_BANDS, is_near_duplicate
from feedback.errors import SettingsError
from feedback.language import SeededLanguageIdentifier
from feedback.placeholders import MASKED, MAX_NUMBER, PLACEHOLDER, numbered, without_numbers
from feedback.redact import TextRedactor
from feedback.redact.keys import check_key, key_fingerprint, make_key_file, read_key_file
from feedback.redact.pseudonyms import KnownNumber, ResponseNumbers
from feedback.runs import new_run
from feedback.schema import Entity, Language, RedactionOperator
from feedback.settings import Settings
from feedback.store import Store
from tests.feedback.pipeline_parts import NOW, ingest, row, rows_of, write_csv
from tests.feedback.redaction_cases import MUST, PEOPLE, lines, unmark
from topics.terms import terms_of

KEY = b"a key for tests, of thirty-two bytes and more"
PSEUDONYMS = TextRedactor(operator=RedactionOperator.PSEUDONYM, key=KEY)
REDACTORS = {
    RedactionOperator.PLACEHOLDER: TextRedactor(),
    RedactionOperator.PSEUDONYM: PSEUDONYMS,
    RedactionOperator.MASK: TextRedactor(operator=RedactionOperator.MASK),
}
SAMPLES = [unmark(line)[0] for block in MUST.values() for line in lines(block)]
PIECES = st.one_of(
    st.text(max_size=12),
    st.sampled_from(SAMPLES + [unmark(line)[0] for line in lines(PEOPLE)]),
    st.sampled_from(["[PERSON]", "[PERSON_1]", "[PHONE_12]", MASKED, "█", "█" * 7, "\u200b", "12"]),
)
TEXTS = st.lists(PIECES, max_size=6).map(" ".join)


def people(*values: str, response: str = "r") -> list[int | None]:
    numbers = ResponseNumbers(KEY, response)
    return [numbers.replace(Entity.PERSON, value).number for value in values]


@pytest.mark.parametrize("operator", RedactionOperator)
@given(text=TEXTS)
@settings(max_examples=150, deadline=None)
def test_a_text_redacted_is_left_alone_by_every_operator(operator, text):
    redactor = REDACTORS[operator]
    once = redactor.redact(text, redactor.numbers("r"))
    for other in REDACTORS.values():
        again = other.redact(once.text, other.numbers("another"))
        assert (again.text, again.found) == (once.text, ())


@pytest.mark.parametrize("operator", RedactionOperator)
@given(text=TEXTS)
@settings(max_examples=150, deadline=None)
def test_spans_say_where_what_was_put_in_stands(operator, text):
    redactor = REDACTORS[operator]
    done = redactor.redact(text, redactor.numbers("r"))
    rebuilt, end = "", 0
    for before, after in zip(done.found, done.spans, strict=True):
        assert end <= before.start < before.end <= len(text)
        word = done.text[after.start : after.end]
        assert PLACEHOLDER.fullmatch(word)
        assert before.entity == after.entity
        if operator is RedactionOperator.PSEUDONYM:
            assert word == numbered(after.entity, after.number)
        else:
            expected = after.entity.placeholder if operator == "placeholder" else MASKED
            assert (word, after.number, after.marks) == (expected, None, "")
        rebuilt += text[end : before.start] + word
        end = before.end
    assert rebuilt + text[end:] == done.text


@given(text=TEXTS)
@settings(max_examples=100, deadline=None)
def test_every_operator_finds_the_same(text):
    found = [redactor.redact(text, redactor.numbers("r")).found for redactor in REDACTORS.values()]
    places = [[(one.start, one.end, one.entity) for one in each] for each in found]
    assert places[0] == places[1]


def test_numbers_follow_the_order_of_first_appearance():
    text = "Mrs Okafor rang 020 7946 0123, then Mr Tariq Aziz rang Mrs Okafor on 07700 900123."
    assert PSEUDONYMS.redact(text, PSEUDONYMS.numbers("r")).text == (
        "[PERSON_1] rang [PHONE_1], then [PERSON_2] rang [PERSON_1] on [PHONE_2]."
    )


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (("Siobhán Quinn", "SIOBHAN  QUINN", "siobhan quinn's", "Siobhan\nQuinn"), [1, 1, 1, 1]),
        (("Anne-Marie O\u2019Neil", "anne\u2011marie o'neil"), [1, 1]),
        (("Sarah Jones", "Sarah", "Mrs Jones", "Jones"), [1, 1, 1, 1]),
        (("Sarah", "Sarah Jones", "Jones"), [1, 1, 1]),
        (("Mr Jones", "John Jones", "Jones"), [1, 1, 1]),
        (("John Andrew Smith", "John Smith"), [1, 1]),
        (("John Smith", "John Andrew Smith"), [1, 1]),
        (("Sarah Okafor", "Sarah Okafor Rang"), [1, 1]),
        # Who must be kept apart.
        (("Sarah Jones", "Ian Jones", "Jones"), [1, 2, 3]),
        (("Sarah Jones", "Sarah Smith", "Sarah"), [1, 2, 3]),
        (("Mr Jones", "Mrs Jones"), [1, 2]),
        (("Mrs Sarah Jones", "Mr Jones", "Mrs Jones"), [1, 2, 1]),
        (("Sarah", "Sarah Jones", "Sarah Smith"), [1, 1, 2]),
        (("Ann", "Anna"), [1, 2]),
        (("J Smith", "K Smith"), [1, 2]),
        (("Mr", "Mrs"), [1, 2]),
    ],
)
def test_a_person_has_one_number(values, expected):
    assert people(*values) == expected


@pytest.mark.parametrize(
    ("entity", "values", "expected"),
    [
        (Entity.PHONE, ("020 7946 0123", "+44 (0)20 7946-0123", "02079460124"), [1, 1, 2]),
        (Entity.PHONE, ("oh seven seven", "OH SEVEN SEVEN", "nine nine"), [1, 1, 2]),
        (Entity.PAYMENT_CARD, ("4000 0000 0000 0002", "4000-0000-0000-0002"), [1, 1]),
        (Entity.NINO, ("AB 12 34 56 C", "ab123456c", "AB123456D"), [1, 1, 2]),
        (Entity.EMAIL, ("Jo@Example.org", "jo at example dot org", "j.o@example.org"), [1, 1, 2]),
        (Entity.POSTCODE, ("M1 1AA", "m11aa", "M1 1AB"), [1, 1, 2]),
        (Entity.NUMBER, ("\uff11\uff12\uff13\uff14\uff15\uff16\uff17", "1234567"), [1, 1]),
        (Entity.URL, ("???", "???", "!!!"), [1, 1, 2]),
    ],
)
def test_a_value_has_one_number_however_it_is_written(entity, values, expected):
    numbers = ResponseNumbers(KEY, "r")
    assert [numbers.replace(entity, value).number for value in values] == expected


def test_kinds_are_counted_apart():
    numbers = ResponseNumbers(KEY, "r")
    assert numbers.replace(Entity.PHONE, "1234567").word == "[PHONE_1]"
    assert numbers.replace(Entity.NUMBER, "1234567").word == "[NUMBER_1]"


@given(st.text(max_size=40), st.sampled_from(list(Entity)))
def test_marks_hold_nothing_of_the_value_and_fit_their_column(value, entity):
    first = ResponseNumbers(KEY, "r").replace(entity, value)
    assert all(len(mark) == 16 and int(mark, 16) >= 0 for mark in first.marks.split())
    assert 16 <= len(first.marks) <= schema.spans.c.marks.type.length
    other_response = ResponseNumbers(KEY, "s").replace(entity, value)
    other_key = ResponseNumbers(KEY + b"x", "r").replace(entity, value)
    for other in (other_response, other_key):
        assert not set(first.marks.split()) & set(other.marks.split())


def test_what_was_known_goes_on_counting():
    first = ResponseNumbers(KEY, "r")
    given_before = [first.replace(Entity.PERSON, name) for name in ("Sarah Jones", "Ian Lee")]
    known = [KnownNumber(Entity.PERSON, one.number, one.marks) for one in given_before]
    later = ResponseNumbers(KEY, "r", known)
    told = [later.replace(Entity.PERSON, name).number for name in ("Mei", "Ian", "Sarah Jones")]
    assert told == [3, 2, 1]
    rotated = ResponseNumbers(KEY + b"!", "r", known)
    assert rotated.replace(Entity.PERSON, "Sarah Jones").number == 3, "a new key knows nobody"


def test_numbers_run_out_into_a_plain_placeholder():
    known = [KnownNumber(Entity.NUMBER, MAX_NUMBER, "")]
    done = ResponseNumbers(KEY, "r", known).replace(Entity.NUMBER, "1234567")
    assert (done.word, done.number, done.marks) == ("[NUMBER]", None, "")


def test_without_a_response_nothing_is_numbered():
    assert PSEUDONYMS.redact("Mrs Okafor").text == "[PERSON]"
    assert REDACTORS[RedactionOperator.MASK].numbers("r") is None


def test_a_mask_tells_neither_kind_nor_length():
    masks = REDACTORS[RedactionOperator.MASK]
    for value in ("Mrs Okafor", "jo@example.org", "020 7946 0123"):
        assert masks.redact(f"ask {value} please").text == f"ask {MASKED} please"


def two_files(tmp_path: Path) -> list[Path]:
    """The same response in two deliveries, two comments in the first; another response beside."""
    both = [
        row(1, "Mrs Sarah Okafor told me to wait", **{"Any other comment?": "Sarah rang me"}),
        row(2, "Mr Tariq Aziz was kind to me"),
    ]
    later = [row(1, "Mr Tariq Aziz and then Sarah Okafor rang me", question="And then?")]
    paths = [tmp_path / "first.csv", tmp_path / "second.csv"]
    return [write_csv(path, rows) for path, rows in zip(paths, (both, later), strict=True)]


@pytest.mark.parametrize("chunk_rows", [1, 100])
def test_a_response_counts_on_over_questions_files_and_chunks(tmp_path, chunk_rows):
    from feedback.mapping import choose_preset
    from feedback.pipeline import ingest_file
    from feedback.reference import load_reference
    from tests import fakes

    first, second = two_files(tmp_path)
    columns = {"comment": ["comment", "Any other comment?"]}
    with Store.open(f"sqlite:///{tmp_path / 'a.db'}") as store:
        for path, pairs in ((first, columns), (second, {})):
            for dry_run in (True, False):
                ingest_file(
                    path,
                    choose_preset(path, preset="generic", columns=pairs),
                    store=store,
                    redactor=PSEUDONYMS,
                    language=fakes.WelshWordIdentifier(),
                    reference=load_reference(),
                    settings=Settings(home=tmp_path, chunk_rows=chunk_rows),
                    now=NOW,
                    source="survey",
                    dry_run=dry_run,
                )
        texts = set(store.read(sa.select(schema.comments.c.text))["text"])
        marks = rows_of(store, schema.spans)["marks"]
    assert texts == {
        "[PERSON_1] told me to wait",
        "[PERSON_1] rang me",
        "[PERSON_2] and then [PERSON_1] rang me",
        "[PERSON_1] was kind to me",
    }
    by_person = marks.str.split().map(lambda found: found[0]).value_counts()
    assert len(by_person) == 4, "Tariq of one response and of the other share no mark"


def test_a_rehearsal_counts_on_from_the_store_and_from_itself(tmp_path):
    from feedback.intake import target
    from tests.feedback.store_frames import a_run, comment_id, prepared, responses_of

    def placed(number: int, value: str) -> pd.DataFrame:
        put_in = ResponseNumbers(KEY, "r").replace(Entity.PERSON, value)
        values = (comment_id(number), 0, 10, "PERSON", "x", 1.0, number, put_in.marks)
        return pd.DataFrame([values], columns=[column.name for column in schema.spans.columns])

    def append(goal: object, number: int, value: str) -> None:
        frame = prepared([f"[PERSON_{number}]"], first=number).assign(response_id="r")
        bands = np.zeros((1, N_BANDS), np.int64)
        spans = placed(number, value)
        goal.append(a_run(), frame, responses_of(frame), spans, bands, [])

    with Store.open(f"sqlite:///{tmp_path / 'a.db'}") as store:
        append(store, 1, "Sarah Jones")
        with target(store, dry_run=True) as goal:
            append(goal, 2, "Ian Lee")
            numbers = ResponseNumbers(KEY, "r", goal.known_numbers(["r", "s"])["r"])
        assert [len(found) for found in store.known_numbers(["r"]).values()] == [1]
    told = [numbers.replace(Entity.PERSON, name).number for name in ("Mei", "Ian", "Sarah")]
    assert told == [3, 2, 1]


def test_a_run_tells_operator_mode_and_fingerprint_and_never_the_key(tmp_path):
    secret = KEY.decode()
    given = Settings(home=tmp_path, redaction_key=secret, redaction_operator="pseudonym")
    path = write_csv(tmp_path / "a.csv", [row(1, "Mrs Okafor was kind")])
    with Store.open(f"sqlite:///{tmp_path / 'a.db'}") as store:
        ingest(path, store, redactor=PSEUDONYMS, settings=given)
        (run,) = rows_of(store, schema.runs).to_dict("records")
        (comment,) = rows_of(store, schema.comments).to_dict("records")
    assert run["models"]["redactor"] == comment["redactor"] == f"TextRedactor {PSEUDONYMS.version}"
    assert run["models"]["redaction_operator"] == "pseudonym"
    assert run["models"]["redaction_key_fingerprint"] == key_fingerprint(KEY)
    assert run["settings"]["redaction_operator"] == "pseudonym"
    assert run["settings"]["redaction_mode"] == "standard"
    assert "redaction_key" not in run["settings"], "not even that there is one"
    said = json.dumps(run, default=str) + repr(given) + str(given) + repr(PSEUDONYMS._operator)
    assert secret not in said
    assert secret.encode() not in b"".join(p.read_bytes() for p in tmp_path.glob("a.db*"))
    assert secret not in json.dumps(new_run("x", given, now=NOW).settings)


def test_the_version_follows_mode_rules_and_plugged_recognisers():
    class Plugged:
        name = "plugged"
        version = "1"

        def find(self, text):
            return []

    versions = [
        TextRedactor().version,
        TextRedactor(mode=schema.RedactionMode.STRICT).version,
        TextRedactor(with_names=False).version,
        TextRedactor(more=[Plugged()]).version,
    ]
    assert len(set(versions)) == 4
    assert TextRedactor(operator=RedactionOperator.MASK).version == versions[0], "finds the same"


def test_a_key_is_made_once_for_its_owner_alone(tmp_path):
    path = tmp_path / "redaction.key"
    fingerprint = make_key_file(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert key_fingerprint(read_key_file(path)) == fingerprint
    before = path.read_bytes()
    with pytest.raises(SettingsError, match="there already"):
        make_key_file(path)
    assert path.read_bytes() == before
    assert make_key_file(tmp_path / "other.key") != fingerprint


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_key_that_others_can_read_is_refused(tmp_path, mode):
    path = tmp_path / "redaction.key"
    make_key_file(path)
    os.chmod(path, mode)
    with pytest.raises(SettingsError, match="chmod 600"):
        read_key_file(path)


def test_what_is_no_key_is_refused_without_a_word_of_it(tmp_path):
    for content in (b"hunter2-hunter2", b"\xff\xfe" * 40):
        path = tmp_path / "bad.key"
        path.write_bytes(content)
        path.chmod(0o600)
        with pytest.raises(SettingsError) as refused:
            read_key_file(path)
        assert "hunter2" not in str(refused.value)
    with pytest.raises(SettingsError, match="no such file"):
        read_key_file(tmp_path / "gone")
    with pytest.raises(SettingsError, match="too short"):
        check_key("x" * 31)


def test_pseudonyms_without_a_key_say_how_to_make_one():
    with pytest.raises(SettingsError, match="feedback redact-key --out"):
        TextRedactor(operator=RedactionOperator.PSEUDONYM)


@pytest.mark.parametrize("form", ["[PERSON]", "[PERSON_12]", MASKED, f"{MASKED} {MASKED}"])
def test_every_form_is_a_placeholder_everywhere(form):
    assert PLACEHOLDER.search(form)
    assert clean_text(f"ask {form} please") == f"ask {form} please"
    assert holds_nothing(form)
    assert terms_of(f"upload {form} page") == ["upload", "page"]
    assert SeededLanguageIdentifier().identify([form]) == [Language.UNKNOWN]


def test_models_read_pseudonyms_as_they_were_trained():
    assert without_numbers("[PERSON_3] and [URL_1], item_1") == "[PERSON] and [URL], item_1"
    one = "[PERSON_1] told [PERSON_2] that the upload page failed again today"
    other = "[PERSON_2] told [PERSON_1] that the upload page failed again today"
    assert is_near_duplicate(one, other)


@pytest.mark.parametrize("text", ["[PERSON_0]", "[PERSON_07700]", "[PERSON_12345]", "[PHONE_]"])
def test_what_only_looks_like_a_pseudonym_is_text(text):
    assert not PLACEHOLDER.fullmatch(text)


def test_numbers_typed_inside_brackets_are_still_taken_out():
    assert (
        "07700900123"
        not in REDACTORS[RedactionOperator.PLACEHOLDER]
        .redact("call [PHONE_07700900123] please")
        .text
    )


def test_spans_without_numbers_may_still_be_stored(tmp_path):
    from tests.feedback.store_frames import comment_id, fill, prepared

    spans = pd.DataFrame(
        [(comment_id(0), "PERSON", 0, 8, "x", 1.0)],
        columns=["comment_id", "entity", "start", "end", "recogniser", "score"],
    )
    with Store.open(f"sqlite:///{tmp_path / 'a.db'}") as store:
        fill(store, prepared(["[PERSON] rang"]), spans=spans)
        (stored,) = rows_of(store, schema.spans).to_dict("records")
    assert stored["number"] is None or pd.isna(stored["number"])
