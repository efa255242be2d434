"""The token classifier for names: what it is trained on, how it is read, what is shipped."""

import hashlib
import json
import random
from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.errors import LabelsError, ModelHashError
from feedback.redact import TextRedactor
from feedback.redact.name_model import runtime
from feedback.redact.name_model.augment import (
    NameSource,
    change_case,
    change_names,
    drop_lists,
    misspell_words,
)
from feedback.redact.name_model.corpus import Marked, parse_marked, read_conll, read_marked
from feedback.redact.name_model.features import N_TYPES, read_pieces, read_words, word_types
from feedback.redact.name_model.make import read_texts
from feedback.redact.name_rules import find_by_rules
from feedback.redact.names import NameRecogniser
from feedback.schema import Entity, RedactionMode

FOLDER = files("feedback.redact").joinpath("data", "name_model")
SOURCE = NameSource(("adaeze", "ieuan", "zofia"), ("nwachukwu", "prydderch", "wojcik"))
PERSON = runtime.LABELS.index("PERSON")


def people(text: str, **options: object) -> list[str]:
    found = NameRecogniser(**options).find(text)  # type: ignore[arg-type]
    return [text[one.start : one.end] for one in found if one.entity is Entity.PERSON]


# What it is trained on


def test_marks_of_a_comment_are_read_with_their_places():
    marked = parse_marked(r"Dear <P>Ifeoma</P>,\nthe <O>Zenith Bank</O> in <L>Hull</L> said no")
    assert marked.text == "Dear Ifeoma,\nthe Zenith Bank in Hull said no"
    assert [(marked.text[a:b], label) for a, b, label in marked.marks] == [
        ("Ifeoma", "PERSON"),
        ("Zenith Bank", "ORGANISATION"),
        ("Hull", "PLACE"),
    ]


@pytest.mark.parametrize("line", ["<P>Ana", "Ana</P>", "<P>Ana <L>Leeds</L></P>", "<P>Ana</L>"])
def test_marks_that_do_not_match_are_refused(line):
    with pytest.raises(LabelsError, match="marked line"):
        parse_marked(line)


def test_a_handle_is_no_person_and_a_blank_line_may_hold_a_tab(tmp_path):
    path = tmp_path / "tweets.conll"
    path.write_text(
        "Thanks O\n@ B-PER\nzora_w B-PER\nand O\nIfe B-person\nAdu I-person\n\t\nHull B-LOC\n",
        encoding="utf-8",
    )
    first, second = read_conll(path)
    assert first.text == "Thanks @zora_w and Ife Adu"
    assert [first.text[a:b] for a, b, _ in first.marks] == ["Ife Adu"]
    assert second == Marked("Hull", ((0, 4, "PLACE"),))


@given(st.integers(0, 2**32))
def test_changed_texts_keep_their_marks_on_the_names(seed):
    rng = random.Random(seed)
    marked = parse_marked("spoke to <P>Bea van Dam</P>, then <P>Bea</P> in <L>Hull</L> rang")
    changed = change_case(change_names(marked, SOURCE, rng), rng)
    assert [label for _, _, label in changed.marks] == ["PERSON", "PERSON", "PLACE"]
    full, short, town = (changed.text[a:b] for a, b, _ in changed.marks)
    assert full.split()[0] == short  # one person keeps one name
    assert town.lower() == "hull"
    assert changed.text.lower().startswith("spoke to ")
    assert changed.text.lower().endswith(" in hull rang")


def test_other_words_are_misspelt_and_names_are_not():
    marked = parse_marked("could not upload because <P>Sagal</P> had already uploaded everything")
    changed = [misspell_words(marked, random.Random(seed)) for seed in range(200)]
    assert all(one.text[a:b] == "Sagal" for one in changed for a, b, _ in one.marks)
    assert 20 < sum(one.text != marked.text for one in changed) < 80


def test_lists_now_and_then_forget_a_name():
    words = read_words("Mrs Okafor from Leeds was kind to Priya in May")
    forgotten = {
        word
        for seed in range(300)
        for word, old, new in zip(
            words.words, words.classes, drop_lists(words.classes, random.Random(seed)), strict=True
        )
        if old != new
    }
    assert {"Okafor", "Priya"} <= forgotten


def test_the_comments_written_for_training_are_well_marked():
    for name, n_least in (("training.txt", 1_000), ("general.txt", 400)):
        texts = read_marked(files("fixtures").joinpath("names", name))
        assert len(texts) >= n_least
        assert len({text.text for text in texts}) == len(texts)
        for text in texts:
            assert all(text.text[a:b] == text.text[a:b].strip() for a, b, _ in text.marks)


def test_no_comment_of_the_exam_is_trained_on():
    exam = {
        " ".join(row.lower().split())
        for name in ("evaluation.csv", "without.csv")
        for row in _texts(name)
    }
    trained = {
        " ".join(text.text.lower().split())
        for name in ("training.txt", "general.txt")
        for text in read_marked(files("fixtures").joinpath("names", name))
    }
    everyday = {text for text in exam if len(text.split()) < 3}  # "ok" is written by everyone
    assert not (exam - everyday) & trained


def _texts(name: str) -> list[str]:
    import csv

    with files("fixtures").joinpath("names", name).open(encoding="utf-8", newline="") as file:
        return [parse_marked(row["text"]).text for row in csv.DictReader(file)]


def test_missing_training_data_is_told_by_name(tmp_path):
    with pytest.raises(LabelsError, match=r"btc_train\.conll.*make train-names DATA="):
        read_texts(tmp_path)


# What it sees


def test_the_uncased_model_is_told_case_and_lists():
    words = read_words("priya Priya PRIYA. Priya qwzx")
    types = word_types(words)
    by_word = list(zip(words.words, types, strict=True))
    lower, title, upper, _, due, unknown = (kind for _, kind in by_word)
    assert len({lower, title, upper, due, unknown}) == 5
    assert max(types) < N_TYPES


@given(st.text(max_size=300))
def test_every_word_has_at_most_one_first_piece(text):
    words = read_words(text)
    pieces = read_pieces(words, word_types(words))
    firsts = [w for w, is_first in zip(pieces.word, pieces.is_first, strict=True) if is_first]
    assert len(firsts) == len(set(firsts))
    assert all(-1 <= word < len(words) for word in pieces.word)


# How it is read


@pytest.fixture(scope="module")
def model() -> runtime.NameModel:
    return runtime.load_name_model()


def test_words_not_wanted_are_not_read(model):
    words = read_words("Oluwaseun helped me")
    nothing = model.probabilities(words, [False] * len(words))
    assert nothing[:, 0].tolist() == [1.0] * len(words)
    read = model.probabilities(words, [True] * len(words))
    assert read[0, PERSON] > 0.5
    assert np.allclose(read.sum(axis=1), 1, atol=1e-5)


def test_a_name_far_into_a_long_text_is_read(model):
    filler = "the page would not load so i rang and nobody came to the phone at all and then "
    for n in (1, 20, 21, 22, 23, 200):
        text = filler * n + "oluwaseun adeyemi rang me back " + filler * n
        words = read_words(text)
        likely = model.probabilities(words, [True] * len(words))[:, PERSON]
        index = words.words.index("oluwaseun")
        assert likely[index] > 0.5, n
        assert likely[index + 1] > 0.5, n


def test_a_text_reads_the_same_whatever_was_read_before(model):
    words = read_words("i told Bronwen twice")
    wanted = [True] * len(words)
    first = model.probabilities(words, wanted)
    model.probabilities(read_words("KWAME! " * 40), [True] * 80)
    assert np.array_equal(first, model.probabilities(words, wanted))


# Rules and model together


UNLISTED = (
    "spoke to qeremwe on the phone and she was lovely",
    "and then vandrick thusborne logged in as me",
    "zelphine hargastle was named as the executor but she has died",
)


@pytest.mark.parametrize("text", UNLISTED)
def test_a_name_in_no_list_is_found_by_what_surrounds_it(text):
    assert find_by_rules(read_words(text)) == []
    assert people(text)


def test_a_lower_threshold_only_finds_more():
    text = "ask rohan or the tall man lemming about it, bill came, page said Hope"
    cautious = set(people(text, threshold=0.9))
    assert (
        {"rohan"}
        <= cautious
        <= {part for found in people(text, threshold=0.01) for part in (found, *found.split())}
    )


WORDS = (
    "will i get a hearing date",
    "Grant of probate took nine weeks",
    "may i suggest a bigger button",
    "mark it as read and move on",
    "the bill came twice",
    "BILL CAME TWICE AND I WILL NOT PAY",
    "i hope this helps",
    "frank feedback: it is slow",
    "had to chase them and sue my landlord",
    "the page crashed on the last day",
    "Case law is hard to find",
)


@pytest.mark.parametrize("text", WORDS)
def test_a_name_that_is_also_a_word_needs_evidence(text):
    assert people(text) == []


NAMES = (
    ("spoke to Will and he sorted it", "Will"),
    ("i spoke to grace and she was kind", "grace"),
    ("my son Mark is four", "Mark"),
    ("ASK FOR BILL AT THE DESK", "BILL"),
    ("spoke to May on the helpline twice", "May"),
)


@pytest.mark.parametrize(("text", "name"), NAMES)
def test_with_evidence_the_same_words_are_names(text, name):
    assert people(text) == [name]


@pytest.mark.parametrize(
    "text",
    [
        "is an IBAN the same as a CRN or a UFN",
        "the map shows Hull and not Grimsby",
        "sent Form E and Form D81 on Monday",
        "Slater & Gordon wrote back, so did Hodge Jones & Allen",
        "MAAT id refused, then the EORI, then the URN",
    ],
)
def test_words_of_identifiers_and_towns_are_no_names(text):
    assert people(text) == []


def test_two_people_joined_by_a_sign_are_no_company():
    assert people("John & Mary came with me") == ["John", "Mary"]


def test_a_name_found_once_is_found_again():
    text = "My neighbour Tunde Bakare saw it. bakare told the usher. Ask tunde."
    assert TextRedactor().redact(text).text.lower().count("bakare") == 0
    assert TextRedactor().redact(text).text.lower().count("tunde") == 0


def test_places_and_organisations_go_in_strict_mode_only():
    text = "I live in Wrexham and pay my rent from Lloyds Bank."
    assert TextRedactor().redact(text).text == text
    strict = TextRedactor(mode=RedactionMode.STRICT).redact(text)
    assert "Wrexham" not in strict.text
    assert "Lloyds" not in strict.text
    assert {span.entity for span in strict.spans} <= {Entity.PLACE, Entity.ORGANISATION}


def test_redacting_twice_is_redacting_once():
    redactor = TextRedactor()
    for name in ("evaluation.csv", "without.csv"):
        for text in _texts(name):
            once = redactor.redact(text).text
            assert redactor.redact(once).text == once


class Told:
    """A model that says what it is told: for each word in turn, how likely each label is."""

    def __init__(self, **likely: list[tuple[float, float, float]]) -> None:
        self._likely = likely

    def probabilities(self, words, is_wanted):
        told = {word: iter(likely) for word, likely in self._likely.items()}
        rows = [next(told.get(word, iter(())), (0.0, 0.0, 0.0)) for word in words.words]
        return np.array([(1 - sum(row), *row) for row in rows], dtype=np.float32)


def test_a_second_mention_is_found_though_the_model_misses_it():
    text = "zelphine rang twice, then a letter came and zelphine was gone"
    model = Told(zelphine=[(0.9, 0, 0), (0, 0, 0)])
    assert people(text, model=model) == ["zelphine", "zelphine"]
    assert people(text, model=Told()) == []


def test_what_is_likelier_a_place_or_a_firm_is_no_person():
    text = "we went to zelphine again"
    assert people(text, model=Told(zelphine=[(0.6, 0.3, 0)])) == ["zelphine"]
    assert people(text, model=Told(zelphine=[(0.3, 0.6, 0)])) == []
    assert people(text, model=Told(zelphine=[(0.3, 0, 0.6)])) == []


def test_a_listed_name_falls_where_the_model_is_sure_that_it_is_none():
    text = "nobody had seen Priya anywhere"
    assert people(text, model=Told(Priya=[(0.02, 0, 0)])) == ["Priya"]
    assert people(text, model=Told(Priya=[(0.001, 0, 0)])) == []


# What is shipped


def test_the_card_describes_the_model_that_is_shipped():
    content = FOLDER.joinpath("names.onnx").read_bytes()
    card = json.loads(FOLDER.joinpath("card.json").read_text(encoding="utf-8"))
    assert card["sha256"] == hashlib.sha256(content).hexdigest()
    assert card["bytes"] == len(content) < 30_000_000
    described = FOLDER.joinpath("README.md").read_text(encoding="utf-8")
    assert card["sha256"][:12] in described
    for licensed in ("Broad Twitter Corpus", "WNUT 2017", "WikiGold", "CC BY 4.0"):
        assert licensed in described


def test_an_altered_model_is_refused(tmp_path, monkeypatch):
    for name in ("names.onnx", "card.json"):
        (tmp_path / name).write_bytes(FOLDER.joinpath(name).read_bytes())
    with (tmp_path / "names.onnx").open("ab") as file:
        file.write(b"\0")
    monkeypatch.setattr(runtime, "FOLDER", tmp_path)
    runtime.load_name_model.cache_clear()
    try:
        with pytest.raises(ModelHashError, match="not the file its card describes"):
            runtime.load_name_model()
    finally:
        monkeypatch.undo()
        runtime.load_name_model.cache_clear()
