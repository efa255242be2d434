"""The figures of the redaction benchmark are right: each is counted here by hand."""

from feedback.schema import Entity, Span
from tests.benchmarks import redaction_quality as quality
from tests.benchmarks.redaction_quality import Marked, Secret


def person(start, end):
    return Span(Entity.PERSON, start, end, "x", 1.0)


def finder(answers):
    return lambda text: answers.get(text, [])


def test_marks_become_offsets():
    marked = quality.unmark("Mrs <P>Ann Ode</P> of <O>Ode & Co</O>, <L>Ely</L>; <P>Bo</P>'s", "x")
    assert marked.text == "Mrs Ann Ode of Ode & Co, Ely; Bo's"
    assert [marked.text[start:end] for start, end in marked.names] == ["Ann Ode", "Bo"]
    assert marked.group == "x"


def test_conll_joins_handles_and_many_worded_names(tmp_path):
    path = tmp_path / "a.conll"
    rows = ["@\tB-PER", "jo\tB-PER", "met\tO", "Ann\tB-PER", "Ode\tI-PER", "\t", "Bo\tB-person"]
    rows += ["Cy\tB-person", "", "", "Ely\tB-LOC", "@\tO"]
    path.write_text("\n".join(rows), encoding="utf-8")
    assert [(one.text, one.names) for one in quality.read_conll(path)] == [
        ("@jo met Ann Ode", ((8, 15),)),
        ("Bo Cy", ((0, 2), (3, 5))),
        ("Ely @", ()),
    ]


def test_names_are_counted_whole():
    texts = [
        Marked("ask Ann Ode now", ((4, 11),), "one"),
        Marked("Mrs Ode rang", ((4, 7),), "one"),
        Marked("MAY I", (), ""),
        Marked("bo left", ((0, 2),), "two"),
    ]
    figures = quality.names_quality(
        finder(
            {
                texts[0].text: [person(4, 7)],  # half a name: right, and a miss
                texts[1].text: [person(0, 7)],  # with its title: right
                texts[2].text: [person(0, 3)],  # nobody
                texts[3].text: [Span(Entity.USERNAME, 0, 2, "x", 1.0)],  # hidden under any label
            }
        ),
        texts,
    )
    assert (figures["recall"]["n"], figures["recall"]["share"]) == (3, 0.6667)
    assert (figures["precision"]["n"], figures["precision"]["share"]) == (3, 0.6667)
    assert figures["words_over_per_1000"] == round(1000 * 1 / 11, 2)
    assert figures["by_group"]["one"]["share"] == 0.5
    assert figures["by_group"]["two"]["share"] == 1.0
    assert figures["by_case"]["lower"]["n"] == 1


def test_copies_in_another_case_keep_their_offsets():
    marked = Marked("Straße: ask Ann", ((12, 15),))
    assert quality.in_case(marked, "upper").text == "STRAßE: ASK ANN"
    assert quality.in_case(marked, "lower").text[12:15] == "ann"
    assert quality.in_case(marked, "as_is") is marked


def test_a_secret_counts_when_nothing_of_it_is_left():
    def find(text):
        return [Span(Entity.NINO, 0, 4, "x", 1.0), Span(Entity.NUMBER, 5, 9, "x", 1.0)]

    secrets = [Secret("NINO", "AB12-3456", 0, 9), Secret("NHS_NUMBER", "AB12-34567", 0, 10)]
    figures = quality.structured_quality(find, secrets)
    assert figures["NINO"]["recall"]["share"] == 1.0
    assert figures["NHS_NUMBER"]["recall"]["share"] == 0.0
    assert figures["all"]["own_label"] == 0.5
    assert figures["structured"]["recall"]["n"] == 2


def test_false_redactions_are_per_thousand_texts():
    find = finder({"a": [person(0, 1), person(0, 1)], "b": []})
    figures = quality.false_redactions(find, [("k", "a"), ("k", "b"), ("m", "b"), ("m", "c")])
    assert figures["finds_per_1000"] == 500.0
    assert figures["texts_hit"]["share"] == 0.25
    assert (figures["by_kind"], figures["by_label"]) == ({"k": 2}, {"PERSON": 2})


def test_the_interval_is_wilsons():
    # Newcombe (1998), table I: 81 of 263 has (0.2553, 0.3662).
    figures = quality.share(81, 263)
    assert (figures["low"], figures["high"]) == (0.2553, 0.3662)
    assert quality.share(0, 0) == {"n": 0}


def test_of_overlapping_finds_the_longer_stays():
    spans = [person(0, 3), person(2, 9), person(9, 10)]
    assert quality.without_overlaps(spans) == spans[1:]
