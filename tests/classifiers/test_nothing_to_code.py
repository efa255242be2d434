"""Empty answers, tests and spam hold nothing to code; short verdicts and emoji do."""

from __future__ import annotations

import time

import pytest

from classifiers.classifier import CommentClassifier
from classifiers.labels import read_labels
from classifiers.nothing import Nothing, holds_nothing, kind_of_nothing
from classifiers.train import TRAINING_FOLDER
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

KINDS = {
    Nothing.TEST: """
        TEST!!
        test test
        Testing 1 2 3
        test comment
        Test feedback please ignore
        just a test.
        this is a test response, please delete
        UAT test data
        test - ignore
        dummy entry
        Lorem ipsum dolor sit amet
        prawf yn unig
        """,
    Nothing.GIBBERISH: """
        asdf
        asdfasdf
        asdasd
        ASDASDASD
        sdfsdf sdfsdf
        dfg dfg dfgdfg
        lkjhg
        ;lkj ;lkj
        fdsa
        hjkhjkhjk
        jjjjjjj
        aaaaaaaa
        bcdfg
        qwerty uiop
        sdf
        xcvb nm
        jkl jkl jkl
        """,
    Nothing.SPAM: """
        Cheap meds online [URL]
        Get 1000 followers instantly
        Work from home and earn £5000 weekly
        We rank #1 on google for you, ask for SEO services
        CASINO BONUS free spins [URL]
        Congratulations, you have won a gift card
        Loan approved today, no credit check, call [PHONE]
        Double your bitcoin with guaranteed returns
        Hot singles in your area [URL]
        click here [URL] to claim your prize
        please visit my website
        I make $90 an hour at my laptop
        """,
    Nothing.EMPTY: """
        n/a.
        [NUMBER] [NUMBER]
        prefer not to say
        see above
        -----
        Dim byd, diolch
        """,
}
LOOK_ALIKES = """
    testing was hard
    the test page does not load
    test page
    my covid test was not accepted as evidence
    this is testing my patience
    means test was confusing
    DNA test took a year
    driving test cancelled because of the plea
    user testing please!!
    tested my nerves
    asda card
    asda card refused
    property
    poverty
    strewn
    liberty
    cwm
    hwb
    tre
    gwych
    wrth y drws
    bwrdd
    ffwrdd
    ok
    pls help
    HMCTS
    hmrc
    cctv
    https
    pdfs
    grrr
    GRRRRRR
    hmmm
    pfft
    aaargh
    ooooh
    sssslow
    slowslowslow
    nooooo
    sooo slow
    zzzzz
    zzz boring
    ffs
    html everywhere
    rhythm
    glass half full
    falls over
    we were there
    poi
    I click [URL] and nothing happens
    click here does nothing
    when I visit my page it is blank
    I have the sealed order now
    I owe a casino and they sued me
    the claim is about a bitcoin investment scam
    I earn £400 weekly and it says I earn too much
    you won the case, it said, and then it did not
    I work from home so this suits me
    I had to buy a scanner
    free school meals were not on the list
    buy now pay later firm took me to court
    they did no credit check before they lent it to me
    he promised guaranteed returns and vanished
    my husband lost it on an online casino
    I take CBD oil for the pain, nobody asked
    my ex sells watches, cheap ones
    none of the above fits
    no test drive before you launch?
    """


def rows(table: str) -> list[str]:
    return [line.strip() for line in table.strip().splitlines()]


@pytest.mark.parametrize(
    ("text", "kind"), [(text, kind) for kind, table in KINDS.items() for text in rows(table)]
)
def test_the_kind_of_nothing_is_told(text: str, kind: Nothing) -> None:
    assert kind_of_nothing(text) is kind


@pytest.mark.parametrize("text", rows(LOOK_ALIKES))
def test_what_only_looks_like_nothing_is_left(text: str) -> None:
    assert kind_of_nothing(text) is None


def test_there_are_as_many_look_alikes() -> None:
    assert len(rows(LOOK_ALIKES)) >= sum(len(rows(table)) for table in KINDS.values())


def test_no_coded_training_comment_is_taken_for_nothing() -> None:
    """What the cleaning of feedback calls empty, such as "blank", is not for this to say."""
    labels = read_labels(sorted(TRAINING_FOLDER.glob("*.csv")))
    coded = labels[labels["codes"] != "none"]
    wrong = [text for text in coded["text"] if kind_of_nothing(text) not in (None, Nothing.EMPTY)]
    assert wrong == []


@pytest.mark.parametrize("text", ["ab" * 10_000, "a b " * 5_000, "test " * 4_000, "[" * 20_000])
def test_no_text_takes_long(text: str) -> None:
    started = time.process_time()
    kind_of_nothing(text)
    assert time.process_time() - started < 1


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
