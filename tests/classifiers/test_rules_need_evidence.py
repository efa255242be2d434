"""Rules speak where the words leave little room, and keep quiet where they do not."""

from __future__ import annotations

import pytest

from classifiers.classifier import RuleReader
from classifiers.codebook import Codebook
from classifiers.lexicon import LexiconError, fold, names_of_word, parse_pattern
from classifiers.rule_tables import Rule, RuleTable, load_rules
from classifiers.rules import RuleMatcher

# Code, texts it speaks for, look-alikes it must leave alone.
TABLE: dict[str, tuple[list[str], list[str]]] = {
    "fault.error": (
        [
            "I keep getting an error message",
            "HTTP 503 when I press the button",
            "Something has gone wrong, it says",
            "Sorry, there is a problem with the service",
            "the screen went completely blank",
            "it crashed on the summary",
            "502 Bad Gateway",
        ],
        [
            "the claim is for a car crash in 2022",
            "there was a clerical error in the letter",
            "I was charged £503 for the form",
            "the judge made an error of law",
            "the error of my ways",
            "it cost £500 all told",
            "a room with a white wall",
        ],
    ),
    "fault.performance": (
        [
            "The website is painfully slow",
            "my session expired before I was done",
            "it timed out on me",
            "took ages to load each page",
            "pages keep freezing",
        ],
        [
            "the court is slow to reply",
            "slow process but fair in the end",
            "I took time out of work for it",
            "the hearing room was freezing",
            "I am a slow reader",
        ],
    ),
    "fault.lost_data": (
        [
            "I lost everything I had typed",
            "it did not save my answers",
            "had to start all over again",
            "all my answers were wiped",
        ],
        [
            "I lost my wife in March",
            "we lost the case",
            "I lost my glasses halfway through",
            "it saved me a trip to town",
        ],
    ),
    "fault.upload": (
        [
            "It will not let me upload the form",
            "can't attach my bank statement",
            "the file is too large apparently",
            "the pdf won't open",
            "could not download the certificate",
        ],
        [
            "I uploaded it with no problems",
            "the upload was quick",
            "what should I upload",
            "open all day on Saturday",
        ],
    ),
    "fault.payment": (
        [
            "my card was declined",
            "I have been charged twice",
            "payment failed three times",
            "the money was taken but it still says unpaid",
        ],
        [
            "the fee is too high",
            "I asked him twice for the form",
            "happy to pay by card",
            "why must I pay at all",
        ],
    ),
    "fault.sign_in": (
        [
            "I can't sign in",
            "forgot my password and the reset does nothing",
            "the security code never came",
            "my account is locked",
            "the identity check failed on my licence",
        ],
        [
            "signing in was fine",
            "I had to sign in black ink",
            "the postal code is on the letter",
            "log fires and a nice cup of tea",
        ],
    ),
    "fault.validation": (
        [
            "it won't accept my postcode",
            "says my date of birth is invalid",
            "the continue button does nothing",
            "it will not let me go past this page",
        ],
        [
            "my postcode is on the letter",
            "I accept the decision",
            "press continue to go on",
            "they would not accept my apology",
        ],
    ),
    "fault.link": (
        ["the link is broken", "Page not found", "the link takes me to the wrong page"],
        ["the link was very useful", "please send me a link", "a missing link in the story"],
    ),
    "fault.device": (
        [
            "does not work on my iPhone",
            "the buttons overlap on the screen",
            "the text runs off the side of the screen",
        ],
        [
            "I rang from my phone",
            "nobody answers the phone",
            "I did it on my laptop and it was fine",
        ],
    ),
    "use.length": (
        ["far too many questions", "it is so repetitive", "asks for the same information twice"],
        ["how long will it take", "the wait is far too long", "I asked once"],
    ),
    "content.language": (
        ["Is there a Welsh version", "please translate it", "English is not my first language"],
        ["plain English please", "pardon my language", "I am good with words"],
    ),
    "access.accessibility": (
        ["my screen reader cannot see it", "I am dyslexic", "the print is too small to read"],
        ["they turned a blind eye", "it fell on deaf ears", "a small fee"],
    ),
    "process.delay": (
        [
            "still waiting after six weeks",
            "my hearing was adjourned again",
            "heard nothing since May",
        ],
        ["it took ten minutes", "I cannot wait to tell my sister", "the page was slow"],
    ),
    "process.documents": (
        [
            "why post the original certificate",
            "it has to be witnessed by a neighbour",
            "they want a certified copy",
        ],
        ["an original idea", "I was a witness at the trial", "send me a text"],
    ),
    "praise": (
        ["very easy to use", "Excellent service", "well done", "thank you for a clear form"],
        ["not very easy to use", "no thank you", "it should be easier", "thanks for nothing"],
    ),
    "suggestion": (
        [
            "please add a search box",
            "it would be better if you could print it",
            "could you add a map",
        ],
        ["it could not be worse", "I could not find it", "they should be ashamed"],
    ),
    "staff": (
        ["the usher was so kind", "rude staff", "the judge did not listen"],
        ["the staff entrance is locked", "a judge of character", "a rude word on the wall"],
    ),
}

SPEAKS = [(code, text) for code, (texts, _) in TABLE.items() for text in texts]
IS_QUIET = [(code, text) for code, (_, texts) in TABLE.items() for text in texts]


def codes_of(reader: RuleReader, codebook: Codebook, text: str) -> set[str]:
    _, hits = reader.read([text])
    return {code for code, hit in zip(codebook.code_ids, hits[0], strict=True) if hit}


@pytest.mark.parametrize(("code", "text"), SPEAKS)
def test_a_rule_speaks(rule_reader: RuleReader, codebook: Codebook, code: str, text: str) -> None:
    assert code in codes_of(rule_reader, codebook, text)


@pytest.mark.parametrize(("code", "text"), IS_QUIET)
def test_a_rule_keeps_quiet(
    rule_reader: RuleReader, codebook: Codebook, code: str, text: str
) -> None:
    assert code not in codes_of(rule_reader, codebook, text)


def test_every_rule_belongs_to_a_code(codebook: Codebook) -> None:
    table = load_rules(codebook.id)
    assert {rule.code for rule in (*table.rules, *table.vetoes)} <= set(codebook.code_ids)
    assert all(rule.reason and rule.language in {"en", "cy"} for rule in table.rules)


def match(pattern: str, text: str, *, veto: str = "") -> bool:
    """Whether a table of one rule speaks for a text."""
    from classifiers.lexicon import Reader

    vetoes = (Rule("a", "en", "test", (veto,)),) if veto else ()
    table = RuleTable((Rule("a", "en", "test", (pattern,)),), vetoes)
    return bool(RuleMatcher(["a"], table).hits(Reader().read([text]))[0, 0])


NOTATION = [
    ("cat dog", "a cat dog here", True),
    ("cat dog", "a cat and dog here", False),
    ("cat _1 dog", "a cat and dog here", True),
    ("cat _1 dog", "a cat and a dog here", False),
    ("cat _2 dog", "a cat. Then dog", False),
    ("cat _9 _3 dog", "cat 1 2 3 4 5 6 7 8 9 10 11 dog", True),
    ("cat|fox _1 dog|UPLOAD", "the fox was uploading", True),
    ("NOT _2 UPLOAD", "it didn't let me upload", True),
    ("NOT _2 UPLOAD", "it didnt let me upload", True),
    ("START cat END", "Cat", True),
    ("START cat END", "my cat", False),
    ("a _3 a b", "a x a a b", True),
    ("ffôn", "fy ffon i", True),
    ("sign in", "the sign-in page", True),
]


@pytest.mark.parametrize(("pattern", "text", "expected"), NOTATION)
def test_the_notation_means_what_it_says(pattern: str, text: str, expected: bool) -> None:
    assert match(pattern, text) is expected


def test_a_veto_takes_back_what_it_covers_and_no_more() -> None:
    assert not match("crash", "a car crash", veto="car crash")
    assert match("crash", "a car crash and then the site did crash", veto="car crash")


@pytest.mark.parametrize("pattern", ["NOSUCHCLASS cat", "cat|NOSUCHCLASS", "_2 cat", "cat _2", ""])
def test_a_line_outside_the_notation_is_refused(pattern: str) -> None:
    with pytest.raises(LexiconError):
        parse_pattern(pattern)


def test_words_are_folded_and_know_their_classes() -> None:
    assert fold("Can’t SIGN–IN ŵyth") == "can't sign in wyth"
    assert "UPLOAD" in names_of_word("uploaded")
    assert "UPLOAD" not in names_of_word("load")
