"""A codebook of one's own: its words alone code plain comments, ten examples a code do better."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from classifiers import persist
from classifiers.classifier import CommentClassifier
from classifiers.codebook import Codebook, codebook_from_mapping
from classifiers.likeness import likeness, prototypes
from classifiers.scaling import PRIOR_THRESHOLD
from classifiers.train import train
from feedback.protocols import Embedder
from feedback.schema import Decision

LIBRARY = codebook_from_mapping(
    {
        "id": "library",
        "version": 1,
        "codes": [
            {
                "id": "hours",
                "label": "Opening hours",
                "definition": "When the library is open or closed.",
                "include": "weekends, evenings; closed without notice",
            },
            {
                "id": "noise",
                "label": "Noise",
                "definition": "People are loud where others read or work.",
                "examples": ["Two men talked on their phones all morning."],
            },
            {
                "id": "loans",
                "label": "Loans and fines",
                "definition": "Borrowing, renewing and returning books, and charges for late ones.",
            },
            {
                "id": "computers",
                "label": "Computers and printing",
                "definition": "Public computers, the wifi and the printer.",
            },
            {
                "id": "building",
                "label": "Building",
                "definition": "Heating, light, toilets, the lift and places to sit.",
            },
            {
                "id": "stock",
                "label": "Choice of books",
                "definition": "Which books, newspapers and films there are to read.",
            },
        ],
    }
)

PLAIN = [
    ("Why are you shut on Sundays?", "hours"),
    ("Could you open later in the evening, I work until six", "hours"),
    ("Children shouting while I try to read", "noise"),
    ("It is so loud in the reading room", "noise"),
    ("I was fined for a book I brought back on time", "loans"),
    ("How many books can I borrow at once", "loans"),
    ("The printer jammed and the wifi was down", "computers"),
    ("No free computer all afternoon", "computers"),
    ("The heating is off and it is freezing in there", "building"),
    ("The toilets are filthy and the lift is broken", "building"),
    ("Hardly any new crime novels on the shelves", "stock"),
    ("More history books please", "stock"),
]

TAUGHT = {
    "hours": [
        "Came at nine and the doors were locked till ten",
        "Nobody told us about the bank holiday",
        "half day on a Wednesday, still, in this day and age",
        "I only get there after work and by then you have gone home",
        "Saturday mornings are the only time I can come",
        "Please stay until eight once a week",
        "your website said open, it was not",
        "Closed for training again",
        "early opening is perfect before the school run",
        "four till seven on a Thursday suits nobody",
    ],
    "noise": [
        "A baby group sings next to the study desks",
        "could hear every word of somebody's phone call",
        "the staff themselves chat at the top of their voices",
        "headphones leaking tinny music opposite me",
        "Used to be a quiet place",
        "someone eating crisps for an hour",
        "schoolkids giggling in the corner from three o'clock",
        "the self service machine beeps at everything",
        "You cannot hear yourself think",
        "shush them now and then would you",
    ],
    "loans": [
        "Overdue letter for something I never took out",
        "could not extend mine as another reader wants it",
        "three weeks is not enough for a thick one",
        "paid 40p because the drop box was full",
        "my card has been stopped over one lost paperback",
        "reserved it in March and still nothing",
        "returned it to another branch and it shows as mine",
        "Reminder came the day after it was due",
        "let me keep them over the holidays",
        "The app will not let me renew",
    ],
    "computers": [
        "logged me out halfway through my CV",
        "the keyboard has no letter e",
        "Half an hour a day online is not enough to apply for jobs",
        "scanner spits out black pages",
        "internet drops every ten minutes",
        "10p a sheet and it came out streaky",
        "the screens are ancient",
        "could not get my laptop to connect",
        "A guest login that works, please",
        "mouse sticks",
    ],
    "building": [
        "Sat in my coat all morning",
        "nowhere to park a pram",
        "the strip lamp above the desk flickers",
        "It smells of damp by the back wall",
        "my mother cannot manage the stairs",
        "lovely comfy armchairs by the window",
        "the ladies was out of order",
        "a bucket under the leak in the roof",
        "too hot upstairs in July",
        "Ramp is blocked by bins",
    ],
    "stock": [
        "You never have the second part of a series",
        "all large print has been read by me twice",
        "nothing for teenagers but vampires",
        "Polish shelf is tiny",
        "the Guardian is always missing",
        "wonderful local history section",
        "old travel guides from 2009",
        "would love some graphic novels",
        "The DVDs are all scratched and old titles",
        "got rid of the poetry, shame",
    ],
}

HELD_OUT = [
    ("turned up at half past five and everything was dark", "hours"),
    ("Sunday would be a good day for families", "hours"),
    ("why the long lunch break on Mondays", "hours"),
    ("not one evening a week for people with jobs", "hours"),
    ("a man hummed to himself for two hours", "noise"),
    ("teenagers laughing by the study desks", "noise"),
    ("somebody rang his whole family from the next chair", "noise"),
    ("no peace since the toddlers' singing moved upstairs", "noise"),
    ("it says I still have a title I gave back in May", "loans"),
    ("got a letter asking 80p for being one day over", "loans"),
    ("waiting for my reservation since the spring", "loans"),
    ("could we keep them for a month instead of three weeks", "loans"),
    ("kicked off in the middle of my job application", "computers"),
    ("pages come out grey and I paid for colour", "computers"),
    ("my tablet would not connect", "computers"),
    ("the old machines take ten minutes to start", "computers"),
    ("wore gloves to turn the pages", "building"),
    ("bulb above the big table has gone", "building"),
    ("there is a puddle by the entrance when it rains", "building"),
    ("my wheelchair does not fit past the desk", "building"),
    ("volume three is there, one and two are not", "stock"),
    ("everything on gardening is from the eighties", "stock"),
    ("the Times has not been there for a week", "stock"),
    ("please get some manga", "stock"),
]


@pytest.fixture(scope="module")
def borrowed_tones(
    small: CommentClassifier, tmp_path_factory: pytest.TempPathFactory
) -> pytest.MonkeyPatch:
    """Sentiments come from a small classifier: the shipped one is not what this is about."""
    folder = tmp_path_factory.mktemp("small")
    persist.save(small, folder)
    patch = pytest.MonkeyPatch()
    patch.setattr(persist, "SHIPPED", folder)
    yield patch
    patch.undo()


@pytest.fixture(scope="module")
def alone(embedder: Embedder, borrowed_tones: object) -> CommentClassifier:
    return train(None, LIBRARY, embedder, 1)


@pytest.fixture(scope="module")
def taught(embedder: Embedder) -> CommentClassifier:
    pairs = [(text, code) for code, texts in TAUGHT.items() for text in texts]
    labels = pd.DataFrame(pairs, columns=["text", "codes"]).assign(sentiment="neutral")
    return train(labels, LIBRARY, embedder, 1)


def first_codes(
    classifier: CommentClassifier, embedder: Embedder, texts: Sequence[str]
) -> list[str]:
    told = classifier.classify(texts, embedder.embed(texts), ["en"] * len(texts))
    return [one.codes[0].code for one in told]


def n_right(
    classifier: CommentClassifier, embedder: Embedder, said: Sequence[tuple[str, str]]
) -> int:
    texts, codes = [text for text, _ in said], [code for _, code in said]
    found = first_codes(classifier, embedder, texts)
    return sum(one == other for one, other in zip(found, codes, strict=True))


def macro_f1(classifier: CommentClassifier, embedder: Embedder) -> float:
    """Of assigned codes on the held-out comments, by hand."""
    texts = [text for text, _ in HELD_OUT]
    told = classifier.classify(texts, embedder.embed(texts), ["en"] * len(texts))
    given = [{c.code for c in one.codes if c.decision == Decision.ASSIGNED} for one in told]
    scores = []
    for code in LIBRARY.code_ids:
        hits = sum(code in one and code == true for one, (_, true) in zip(given, HELD_OUT))  # noqa: B905
        n_given = sum(code in one for one in given)
        scores.append(2 * hits / (n_given + sum(true == code for _, true in HELD_OUT)))
    return float(np.mean(scores))


def test_definitions_alone_code_plain_comments(
    alone: CommentClassifier, embedder: Embedder
) -> None:
    assert n_right(alone, embedder, PLAIN) >= 9
    assert alone.provenance.n_comments == 0
    assert alone.provenance.figures == {}


def test_definitions_alone_assign_what_is_plain_and_leave_the_rest(
    alone: CommentClassifier, embedder: Embedder
) -> None:
    texts = [text for text, _ in PLAIN]
    told = alone.classify(texts, embedder.embed(texts), ["en"] * len(texts))
    assigned = [{c.code for c in one.codes if c.decision == Decision.ASSIGNED} for one in told]
    assert sum(code in given for given, (_, code) in zip(assigned, PLAIN, strict=True)) >= 8
    assert sum(map(len, assigned)) <= 24  # two a comment


def test_ten_examples_a_code_do_better(
    alone: CommentClassifier, taught: CommentClassifier, embedder: Embedder
) -> None:
    assert n_right(taught, embedder, HELD_OUT) > n_right(alone, embedder, HELD_OUT)
    assert macro_f1(taught, embedder) > macro_f1(alone, embedder)


def test_it_travels_and_stays_the_same(
    alone: CommentClassifier, embedder: Embedder, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("alone")
    persist.save(alone, folder)
    loaded = persist.load(folder)
    texts = [text for text, _ in PLAIN]
    vectors, languages = embedder.embed(texts), ["en"] * len(texts)
    assert loaded.classify(texts, vectors, languages) == alone.classify(texts, vectors, languages)
    assert loaded.version == train(None, LIBRARY, embedder, 1).version
    card = (folder / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert alone.version in card
    assert "nan" not in card.casefold()


def test_another_word_in_the_codebook_is_another_classifier(
    alone: CommentClassifier, embedder: Embedder
) -> None:
    edited = codebook_from_mapping(
        {
            "id": "library",
            "version": 1,
            "codes": [
                {"id": code, "label": LIBRARY[code].label, "definition": LIBRARY[code].definition}
                for code in LIBRARY.code_ids
            ],
        }
    )
    other = train(None, edited, embedder, 1)
    assert other.version != alone.version
    assert alone.prototypes is not None
    assert other.prototypes is not None
    changed = np.abs(other.prototypes - alone.prototypes).max(axis=1) > 1e-6
    assert changed.tolist() == [True, True, False, False, False, False]


def test_a_prototype_is_the_mean_of_what_the_codebook_says(embedder: Embedder) -> None:
    found = prototypes(LIBRARY, embedder)
    said = [
        "Opening hours",
        "When the library is open or closed.",
        "weekends",
        "evenings",
        "closed without notice",
    ]
    mean = embedder.embed(said).mean(axis=0)
    assert found[0] == pytest.approx(mean / np.linalg.norm(mean), abs=1e-6)
    assert np.linalg.norm(found, axis=1) == pytest.approx(np.ones(6), abs=1e-6)


def test_likeness_is_centred() -> None:
    """A direction that all codes share says nothing about which of them it is."""
    generator = np.random.default_rng(2)
    vectors, codes = generator.normal(size=(5, 8)), generator.normal(size=(3, 8))
    found = likeness(vectors, codes)
    for text in range(5):
        cosines = [float(vectors[text] @ code) for code in codes]
        by_hand = [cosine - sum(cosines) / 3 for cosine in cosines]
        assert found[text] == pytest.approx(by_hand)
    assert found.sum(axis=1) == pytest.approx(np.zeros(5), abs=1e-12)
    assert likeness(vectors, codes + generator.normal(size=8)) == pytest.approx(found)


def test_what_is_like_every_code_is_like_none(
    alone: CommentClassifier, codebook: Codebook, embedder: Embedder
) -> None:
    bland = ["The library.", "Our local library in town"]
    found = alone.probabilities(bland, embedder.embed(bland))
    plain = alone.probabilities([PLAIN[6][0]], embedder.embed([PLAIN[6][0]]))
    assert found.max(axis=1).max() < plain.max()
    assert alone.head.thresholds_.tolist() == [PRIOR_THRESHOLD] * 6
