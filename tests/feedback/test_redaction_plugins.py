"""A team's own spaCy or Presidio pipeline takes part in redaction, and cannot harm it."""

import logging
import re
import socket
import sys
import traceback
from pathlib import Path

import presidio_analyzer
import pytest
import spacy
from presidio_analyzer import AnalyzerEngine, Pattern, PatternRecognizer
from spacy.matcher import Matcher
from spacy.tokens import Span

from feedback import schema
from feedback.errors import MissingExtraError, RecogniserError, SettingsError
from feedback.protocols import Recogniser
from feedback.redact import TextRedactor
from feedback.redact import plugins as shipped
from feedback.redact.folding import fold
from feedback.redact.names import NameRecogniser
from feedback.redact.plugins import (
    PresidioRecogniser,
    SpacyRecogniser,
    load_recognisers,
    presidio_uk,
)
from feedback.redact.plugins.labels import PRESIDIO_LABELS, presidio_entity
from feedback.redact.plugins.presidio_engine import uk_analyzer
from feedback.schema import Entity, RedactionMode
from feedback.schema import Span as OurSpan
from feedback.store import Store
from tests.feedback.pipeline_parts import ingest, row, rows_of, write_csv
from tests.feedback.redaction_cases import NO_PEOPLE, PEOPLE, lines, unmark

SECRET = "Xylophonius Quandary"
RULES = [
    {"label": "PERSON", "pattern": "Zebedee"},
    {"label": "GPE", "pattern": "Nether Oxle"},
    {"label": "ORG", "pattern": "Plumstead Pickles"},
    {"label": "PRODUCT", "pattern": "Widgetron"},
]
SENTENCE = "Zebedee of Nether Oxle sells a Widgetron for Plumstead Pickles"


def ruled_pipeline() -> spacy.Language:
    nlp = spacy.blank("en")
    nlp.add_pipe("entity_ruler").add_patterns(RULES)
    return nlp


@pytest.fixture(scope="module")
def presidio() -> PresidioRecogniser:
    return presidio_uk()


@pytest.fixture(scope="module")
def names() -> spacy.Language:
    nlp = spacy.blank("en")
    nlp.add_pipe("feedback_names", config={"people": ["Quill Oystercatcher"]})
    return nlp


class Plugin:
    """A plug-in that does what it is told."""

    name = "team"

    def __init__(self, act):
        self._act = act

    def find(self, text):
        return self._act(text)


def test_both_are_recognisers(presidio):
    assert isinstance(presidio, Recogniser)
    assert isinstance(SpacyRecogniser(spacy.blank("en")), Recogniser)


# spaCy


@pytest.mark.parametrize(
    ("mode", "text"),
    [
        (
            RedactionMode.STANDARD,
            "[PERSON] of Nether Oxle sells a Widgetron for Plumstead Pickles",
        ),
        (RedactionMode.STRICT, "[PERSON] of [PLACE] sells a Widgetron for [ORGANISATION]"),
    ],
)
def test_places_and_organisations_go_in_strict_mode_only(mode, text):
    redactor = TextRedactor(mode=mode, with_names=False, more=[SpacyRecogniser(ruled_pipeline())])
    assert redactor.redact(SENTENCE).text == text


def test_a_team_may_map_its_own_labels():
    recogniser = SpacyRecogniser(ruled_pipeline(), labels={"PRODUCT": Entity.CASE_REFERENCE})
    assert [
        (span.entity, SENTENCE[span.start : span.end]) for span in recogniser.find(SENTENCE)
    ] == [(Entity.CASE_REFERENCE, "Widgetron")]


def test_offsets_count_code_points():
    text = "👍🏽 𝒩o é: Zebedee"
    (found,) = SpacyRecogniser(ruled_pipeline()).find(text)
    assert text[found.start : found.end] == "Zebedee"
    redactor = TextRedactor(with_names=False, more=[SpacyRecogniser(ruled_pipeline())])
    assert redactor.redact(f"x\u200b\u200by {text}").text == "x\u200b\u200by 👍🏽 𝒩o é: [PERSON]"


def test_scores_of_a_group_are_kept_and_low_ones_dropped():
    nlp = spacy.blank("en")

    @spacy.Language.component("two_scores")
    def two_scores(doc):
        spans = [Span(doc, 0, 1, label="PERSON"), Span(doc, 1, 2, label="PERSON")]
        doc.spans["mine"] = spans
        doc.spans["mine"].attrs["scores"] = [0.31, 0.72]
        return doc

    nlp.add_pipe("two_scores")

    def scores(threshold):
        recogniser = SpacyRecogniser(nlp, groups=["mine"], score_threshold=threshold)
        return [span.score for span in recogniser.find("Aa Bb")]

    assert scores(0.0) == [0.31, 0.72]
    assert scores(0.5) == [0.72]
    assert scores(0.9) == []


def test_spacy_keeps_no_word_of_what_it_read(names):
    recogniser = SpacyRecogniser(names)
    assert recogniser.find(f"I spoke to Ngozi {SECRET} again")
    assert not set(SECRET.split()) & set(names.vocab.strings)
    names.make_doc(SECRET)
    assert set(SECRET.split()) <= set(names.vocab.strings), "the check above cannot fail"


def test_another_pipeline_is_another_version_of_the_redactor():
    def versions(*recognisers):
        return {TextRedactor(more=[one]).version for one in recognisers}

    same = versions(SpacyRecogniser(ruled_pipeline()), SpacyRecogniser(ruled_pipeline()))
    assert len(same) == 1
    others = versions(
        SpacyRecogniser(spacy.blank("en")),
        SpacyRecogniser(ruled_pipeline(), score_threshold=0.5),
        PresidioRecogniser(uk_analyzer()),
        PresidioRecogniser(uk_analyzer(), entities=["UK_NINO"]),
        PresidioRecogniser(uk_analyzer(ruled_pipeline())),
    )
    assert len(others | same) == 6


# Our component


def texts_of(nlp, text):
    doc = nlp(text)
    return [span.text for span in doc.spans["feedback_names"]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mr. Owusu-Mensah rang me back", ["Mr. Owusu-Mensah"]),
        ("it was HHJ Tremayne-Cole again", ["HHJ Tremayne-Cole"]),
        ("in front of District Judge Achterberg", ["Judge Achterberg"]),
        ("my name is Xzqola Brinmore", ["Xzqola Brinmore"]),
        ("My husband Kwabena logged in. kwabena was cross", ["Kwabena", "kwabena"]),
        ("mention Quill Oystercatcher, or QUILL OYSTERCATCHER", ["Quill Oystercatcher"] * 2),
        ("Regards,\nSiobhán O'Dwyer", ["Siobhán O'Dwyer"]),
        ("a clerk called Thi Hanh Nguyen helped", ["Thi Hanh Nguyen"]),
        ("I spoke to Agnieszka van der Berg today", ["Agnieszka van der Berg"]),
        ("fy enw i yw Angharad Prydderch", ["Angharad Prydderch"]),
        ("the solicitor, Oluwaseun Babatunde, was late", ["Oluwaseun Babatunde"]),
        ("Yusuf Demir and Gurpreet Kaur were named", ["Yusuf Demir", "Gurpreet Kaur"]),
        ("Mrs Achterberg-Pym", ["Mrs Achterberg-Pym"]),
    ],
)
def test_names_in_context_are_found_whole(names, text, expected):
    assert [found.casefold() for found in texts_of(names, text)] == [
        name.casefold() for name in expected
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n ",
        "Will I get a date in May? Mark it as read.",
        "Wilson Court was closed and so was Barclays Bank",
        "Grant of probate, and a bill from Baker & Sons",
        "my name is spelt wrong on the form",
        "the judge was late, the clerk said no",
        "Leeds County Court, Tuesday 3 June at 10.30",
        "Thanks for nothing. Regards to nobody",
        "ring the Helpline, Monday to Friday",
        "The District Judge Decided Against Us",
    ],
)
def test_words_courts_and_companies_are_nobody(names, text):
    assert texts_of(names, text) == []


def test_it_finds_what_redaction_finds(names):
    """Whatever our own recogniser covers, the component covers too."""
    own, missed = NameRecogniser(), []
    for line in lines(PEOPLE):
        text, _ = unmark(line)
        doc = names(text)
        hidden = {i for span in doc.spans["feedback_names"] for i in at(span)}
        folded = fold(text)
        for name in own.find(folded.text):
            start, end = folded.position(name.start), folded.position(name.end, is_end=True)
            missed += [line for i in range(start, end) if i not in hidden and text[i].isalnum()]
    assert missed == []


def at(span):
    return range(span.start_char, span.end_char)


def test_its_patterns_add_nobody_to_texts_without_people(names):
    own, added = NameRecogniser(), []
    for line in lines(NO_PEOPLE):
        doc, text = names(line), fold(line).text
        known = {i for name in own.find(text) for i in range(name.start, name.end)}
        added += [span.text for span in doc.spans["feedback_names"] if known.isdisjoint(at(span))]
    assert added == []


def test_an_entity_that_is_there_stays(names):
    doc = names.make_doc("I spoke to Priya Sharma and Kwame")
    doc.ents = [Span(doc, 4, 5, label="ORG")]
    doc = names.get_pipe("feedback_names")(doc)
    assert [(entity.text, entity.label_) for entity in doc.ents] == [
        ("Sharma", "ORG"),
        ("Kwame", "PERSON"),
    ]
    assert [span.text for span in doc.spans["feedback_names"]] == ["Priya Sharma", "Kwame"]


def test_entities_can_be_left_alone():
    nlp = spacy.blank("en")
    nlp.add_pipe("feedback_names", config={"set_ents": False, "group": "ours", "label": "PER"})
    doc = nlp("ask Priya")
    assert doc.ents == ()
    assert [(span.text, span.label_) for span in doc.spans["ours"]] == [("Priya", "PER")]


def test_it_is_saved_and_loaded_with_its_pipeline(names, tmp_path):
    names.to_disk(tmp_path / "pipeline")
    again = spacy.load(tmp_path / "pipeline")
    assert texts_of(again, "ask Quill Oystercatcher or Priya") == ["Quill Oystercatcher", "Priya"]


def test_a_teams_own_patterns_can_ask_for_the_attributes(names):
    matcher = Matcher(names.vocab)
    matcher.add("pair", [[{"_": {"is_given_name": True}}, {"_": {"is_surname": True}}]])
    doc = names.make_doc("Dear Gurpreet Kaur, dear sir")
    assert [doc[start:end].text for _, start, end in matcher(doc)] == ["Gurpreet Kaur"]


def test_the_component_plugs_into_redaction(names):
    redactor = TextRedactor(with_names=False, more=[SpacyRecogniser(names)])
    done = redactor.redact("quill oystercatcher (AB123456C) told my husband Kwabena")
    assert done.text == "[PERSON] ([NINO]) told my husband [PERSON]"
    assert redactor.redact(done.text).text == done.text


# Presidio


@pytest.mark.parametrize(
    ("text", "entity"),
    [
        ("AB 12 34 56 C", Entity.NINO),
        ("nhs 943 476 5919", Entity.NHS_NUMBER),
        ("jo@example.com", Entity.EMAIL),
        ("postcode SW1A 1AA", Entity.POSTCODE),
        ("licence MORGA657054SM9IJ", Entity.DRIVING_LICENCE),
        ("passport AB1234567", Entity.PASSPORT),
        ("my car registration is BD51 SMR", Entity.VEHICLE_REGISTRATION),
        ("card 4111 1111 1111 1111", Entity.PAYMENT_CARD),
        ("GB82 WEST 1234 5698 7654 32", Entity.IBAN),
        ("192.0.2.7", Entity.IP_ADDRESS),
        ("https://example.com/a?id=7", Entity.URL),
        ("wallet 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", Entity.NUMBER),
    ],
)
def test_what_presidio_finds_gets_our_names(presidio, text, entity):
    assert entity in {span.entity for span in presidio.find(text)}


@pytest.mark.parametrize(
    "text", ["hearing on 3 June 2024 at 10.30", "see www.gov.uk", "12 weeks", "", "  "]
)
def test_what_the_codebook_keeps_is_kept(presidio, text):
    assert presidio.find(text) == []


def test_presidio_adds_what_nobody_here_looks_for(presidio):
    text = "bitcoin 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa was stolen"
    assert TextRedactor().redact(text).text == text
    done = TextRedactor(more=[presidio]).redact(text)
    assert done.text == "bitcoin [NUMBER] was stolen"
    assert [(span.recogniser, span.score) for span in done.found] == [("presidio:CRYPTO", 1.0)]


def test_our_label_wins_and_nothing_of_the_other_is_left(presidio):
    text = "case 1700-0000-0001-2345, card 4111 1111 1111 1111, jo@example.com, AB123456C"
    assert PRESIDIO_LABELS["CREDIT_CARD"] in {span.entity for span in presidio.find(text)}
    done = TextRedactor(more=[presidio]).redact(text)
    assert done.text == "case [CASE_REFERENCE], card [PAYMENT_CARD], [EMAIL], [NINO]"
    assert not [span for span in done.found if span.recogniser.startswith("presidio")]


def test_a_recogniser_of_the_teams_own_takes_part():
    analyzer = uk_analyzer()
    badge = PatternRecognizer(
        supported_entity="BADGE", patterns=[Pattern("badge", r"\bHMX-[A-Z]{3}\b", 0.6)]
    )
    analyzer.registry.add_recognizer(badge)
    text = "the guard with HMX-QRS was rude"
    assert TextRedactor(more=[PresidioRecogniser(analyzer)]).redact(text).text == (
        "the guard with [NUMBER] was rude"
    )
    mapped = PresidioRecogniser(analyzer, labels={**PRESIDIO_LABELS, "BADGE": Entity.USERNAME})
    assert TextRedactor(more=[mapped]).redact(text).text == "the guard with [USERNAME] was rude"
    assert PresidioRecogniser(analyzer, score_threshold=0.7).find(text) == []
    assert PresidioRecogniser(analyzer, entities=["EMAIL_ADDRESS"]).find(text) == []


def test_a_spacy_pipeline_inside_presidio_finds_people():
    recogniser = PresidioRecogniser(uk_analyzer(ruled_pipeline()))
    redactor = TextRedactor(mode=RedactionMode.STRICT, with_names=False, more=[recogniser])
    assert redactor.redact("Zebedee of Nether Oxle").text == "[PERSON] of [PLACE]"


@pytest.mark.parametrize(
    ("label", "entity"),
    [
        ("IT_PASSPORT", Entity.PASSPORT),
        ("KR_DRIVER_LICENSE", Entity.DRIVING_LICENCE),
        ("NG_VEHICLE_REGISTRATION", Entity.VEHICLE_REGISTRATION),
        ("AU_TFN", Entity.NUMBER),
        ("CASE_REFERENCE", Entity.CASE_REFERENCE),
        ("DATE_TIME", None),
    ],
)
def test_every_label_has_an_answer(label, entity):
    assert presidio_entity(label) is entity


def test_presidio_asks_nothing_of_the_network(monkeypatch):
    def refuse(*_args, **_kwargs):
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    (found,) = presidio_uk().find("jo@example.co.uk")
    assert found.entity is Entity.EMAIL


def test_presidio_logs_nothing_of_the_text(presidio, caplog):
    # Presidio logs what its IBAN check cannot read: here a sign that int() refuses.
    caplog.set_level(logging.DEBUG, logger="presidio-analyzer")
    presidio.find(f"{SECRET} GB82 WEST 1234 5698 7654 3² and credit card 4111 1111 1111 1111")
    assert caplog.records == []
    logging.getLogger("presidio-analyzer").warning("still speaks")
    assert [record.message for record in caplog.records] == ["still speaks"]


def test_a_pattern_that_presidio_skips_is_an_error(monkeypatch):
    monkeypatch.setattr(presidio_analyzer.pattern_recognizer, "REGEX_TIMEOUT_SECONDS", 0.2)
    analyzer = uk_analyzer()
    slow = PatternRecognizer(supported_entity="SLOW", patterns=[Pattern("s", r"(?:x|xx)+y", 0.9)])
    analyzer.registry.add_recognizer(slow)
    redactor = TextRedactor(more=[PresidioRecogniser(analyzer)])
    with pytest.raises(RecogniserError, match="half read") as raised:
        redactor.redact(f"{'x' * 60}z")
    assert "xxx" not in told(raised.value)


@pytest.mark.parametrize(
    ("engine", "options", "reason"),
    [
        ({"log_decision_process": True}, {}, "writes every comment to a log"),
        ({}, {"language": "cy"}, "does not know the language 'cy'. Known: en"),
    ],
)
def test_an_analyzer_that_cannot_be_used_is_refused(engine, options, reason):
    uk = uk_analyzer()
    analyzer = AnalyzerEngine(
        registry=uk.registry, nlp_engine=uk.nlp_engine, supported_languages=["en"], **engine
    )
    with pytest.raises(SettingsError, match=re.escape(reason)):
        PresidioRecogniser(analyzer, **options)


# What a plug-in may not do


def told(error):
    return (
        "".join(traceback.format_exception(error)) + repr(error.__context__) + repr(error.__cause__)
    )


def fail(text):
    raise ValueError(f"cannot read {text!r}")


def fail_late(text):
    yield OurSpan(Entity.PERSON, 0, 1, "x", 0.5)
    raise KeyError(text)


def fail_as_ours(text):
    try:
        fail(text)
    except ValueError:
        raise RecogniserError("the team's plug-in has no licence") from None


@pytest.mark.parametrize("act", [fail, fail_late, fail_as_ours, int])
def test_a_failing_plugin_lets_nothing_on_and_tells_nothing(act):
    with pytest.raises(RecogniserError) as raised:
        TextRedactor(more=[Plugin(act)]).redact(f"my friend {SECRET}")
    assert "Quandary" not in told(raised.value)
    assert raised.value.__context__ is None


@pytest.mark.parametrize(
    ("span", "reason"),
    [
        (OurSpan(Entity.PERSON, 0, 99, "x", 0.5), "does not lie in the text"),
        (OurSpan(Entity.PERSON, -1, 3, "x", 0.5), "does not lie in the text"),
        (OurSpan(Entity.PERSON, 3, 3, "x", 0.5), "does not lie in the text"),
        (OurSpan(Entity.PERSON, 0.0, 3, "x", 0.5), "no whole number"),
        (OurSpan("PERSON", 0, 3, "x", 0.5), "other than a Span with an Entity"),
        ((0, 3, "PERSON"), "other than a Span with an Entity"),
        (OurSpan(Entity.PERSON, 0, 3, "my friend", 0.5), "no plain name"),
        (OurSpan(Entity.PERSON, 0, 3, "x", 1.5), "score outside 0 to 1"),
        (OurSpan(Entity.PERSON, 0, 3, "x", float("nan")), "score outside 0 to 1"),
    ],
)
def test_a_span_that_cannot_be_is_refused(span, reason):
    with pytest.raises(RecogniserError, match=f"plug-in 'team' gave .*{reason}"):
        TextRedactor(more=[Plugin(lambda _: [span])]).redact("my friend")


def test_placeholders_are_never_redacted_again():
    greedy = Plugin(lambda text: [OurSpan(Entity.USERNAME, 0, len(text), "all", 0.5)])
    redactor = TextRedactor(more=[greedy])
    assert redactor.redact("ask [PERSON] now").text == "[USERNAME] [PERSON] [USERNAME]"
    assert redactor.redact("[PERSON], [EMAIL]!").text == "[PERSON], [EMAIL]!"
    once = redactor.redact("ring AB123456C now").text
    assert redactor.redact(once).text == once


def test_a_failing_plugin_stops_the_ingest(tmp_path):
    def fail_on_two(text):
        return fail(text) if SECRET in text else []

    path = write_csv(
        tmp_path / "a.csv", [row(1, "the page is slow"), row(2, f"ask {SECRET} about my claim")]
    )
    redactor = TextRedactor(more=[Plugin(fail_on_two)])
    with Store.open(f"sqlite:///{tmp_path / 'feedback.db'}") as store:
        with pytest.raises(RecogniserError, match="No text was let on") as raised:
            ingest(path, store, redactor=redactor)
        assert len(rows_of(store, schema.comments)) == 0
        assert len(rows_of(store, schema.rejects)) == 0
    assert "Quandary" not in told(raised.value)


# Chosen by a setting


def write_module(folder: Path, name: str, code: str) -> None:
    (folder / f"{name}.py").write_text(code, encoding="utf-8")


def test_import_paths_become_recognisers(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    write_module(
        tmp_path,
        "team_plugin",
        "from feedback.schema import Entity, Span\n"
        "class Badges:\n"
        "    name = 'badges'\n"
        "    def find(self, text):\n"
        "        at = text.find('HMX')\n"
        "        return [Span(Entity.NUMBER, at, at + 3, 'badge', 0.9)] if at >= 0 else []\n",
    )
    assert load_recognisers([]) == []
    found = load_recognisers(["team_plugin:Badges", "feedback.redact.plugins:presidio_uk"])
    assert [one.name for one in found] == ["badges", "presidio"]
    assert TextRedactor(more=found).redact("guard HMX").text == "guard [NUMBER]"


@pytest.mark.parametrize(
    ("path", "code", "kind", "reason"),
    [
        ("no_colon", "", SettingsError, "not of the form 'package.module:factory'"),
        ("os; import x:y", "", SettingsError, "not of the form"),
        ("nowhere_at_all:x", "", SettingsError, "there is no module 'nowhere_at_all'"),
        ("plug_a:missing", "x = 1", SettingsError, "the module 'plug_a' has no 'missing'"),
        ("plug_b:x", "x = 1", SettingsError, "'x' is a int and cannot be called"),
        ("plug_c:x", "def x(): return 1", SettingsError, "returned a int, not a recogniser"),
        ("plug_d:x", "def x(): raise OSError('s3cret')", SettingsError, "calling it raised OSErr"),
        ("plug_e:x", "1/0", SettingsError, "importing it raised ZeroDivisionError"),
        ("plug_f:x", "import wheel_of_cheese", MissingExtraError, "pip install wheel_of_cheese"),
    ],
)
def test_a_path_that_leads_nowhere_is_told(path, code, kind, reason, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    write_module(tmp_path, path.partition(":")[0].replace(" ", "_").replace(";", ""), code)
    if path.startswith("nowhere"):
        (tmp_path / "nowhere_at_all.py").unlink()
    with pytest.raises(kind, match=re.escape(reason)) as raised:
        load_recognisers([path])
    assert "s3cret" not in told(raised.value)


def test_without_presidio_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "presidio_analyzer", None)
    with pytest.raises(MissingExtraError, match=r"feedback-toolkit\[presidio\]"):
        load_recognisers(["feedback.redact.plugins:presidio_uk"])


def test_the_public_names_are_these():
    assert sorted(shipped.__all__) == [
        "PresidioRecogniser",
        "SpacyRecogniser",
        "load_recognisers",
        "presidio_uk",
    ]
