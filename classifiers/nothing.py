"""Evidence that a comment holds nothing to code: no answer, placeholders alone, a test, spam.

An emoji is an answer ("👍"); so is a one-word verdict.
"""

from __future__ import annotations

import re
from enum import StrEnum

from classifiers.lexicon import fold
from feedback.clean import is_empty_answer
from feedback.placeholders import PLACEHOLDER

__all__ = ["Nothing", "holds_nothing", "kind_of_nothing"]


class Nothing(StrEnum):
    """Why a comment holds nothing to code. Such comments are counted, not modelled."""

    EMPTY = "empty"
    TEST = "test"
    GIBBERISH = "gibberish"
    SPAM = "spam"


_TESTS = frozenset(
    {"test", "tests", "testing", "tester", "tested", "prawf", "profi", "uat", "dummy"}
)
_BESIDE_TESTS = frozenset(
    """this is a an just only ignore please one two three my the form feedback comment comments
    response entry submission data delete disregard page survey text yn unig hwn anwybyddwch
    os gwelwch dda""".split()
)
_NOT_ALONE = frozenset({"page", "form", "survey", "text", "the", "my"})
"""Words beside "test" that need one more word of tests: "test page" alone may be a page's name."""

_PHRASES = frozenset(
    {
        "no further comments to make",
        "n a thanks",
        "n a thank you",
        "dim byd diolch",
        "prefer not to say",
        "rather not say",
        "see above",
        "as above",
        "see previous",
        "as before",
        "hello",
        "hi",
        "blah",
        "blah blah",
        "blah blah blah",
    }
)
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_KEYS_IN_A_ROW = 4
"""Letters in keyboard order before they count as mashing: "were" and "tree" stay words."""


def _runs(n_letters: int) -> frozenset[str]:
    """Return every ``n_letters`` keys that lie side by side, from left and from right."""
    rows = (*_ROWS, *(row[::-1] for row in _ROWS))
    return frozenset(
        row[at : at + n_letters] for row in rows for at in range(len(row) - n_letters + 1)
    )


# "property" and "strewn" hold keys in a row; so does the Welsh "tre".
_LONG_RUNS = _runs(_KEYS_IN_A_ROW) - {"erty", "trew", "ytre"}
_SHORT_RUNS = _runs(3) - {"tre", "wer", "ert", "rew", "poi", "iop"}
_MASH = re.compile(r"[a-z]{4,30}")
_VOWELS = re.compile(r"[aeiouwy]")
_WITHOUT_VOWELS = frozenset(
    """hmcts hmrc sscs cctv html http https pdfs jpgs pngs xml sql ctrl vpns thks thnx thnks thx
    plz pls msg msgs txt txts hrs mths wks yrs mins btw tbh ffs wtf smh lmk nvm tldr rsvp bcs dvds
    cds pcs tvs nhs dwp gps sms dpt dept mgmt qty ltd plc llp ntl cps cpr crb dbs llb kcs qcs bpss
    nvq nvqs gcse sptm ldn mcr brm cfm ctsc cjs sjpn sjp dfc dpp hmp""".split()
)
"""Abbreviations that people write for what they mean, HMCTS first."""
_SOUNDS = re.compile(r"(?:g+r+|h+m+|m+|p+f+t*|b+r+|s+h+|p+s+t+|t+s+k+|z+|h+r+m+p+h*|n+g+h*|x+)")
"""Grrr, hmm, pfft, zzz: sounds that tell a mood; and crosses, which are kisses or no answer."""
_UNIT = re.compile(r"([a-z]{2,4}?)\1{2,}[a-z]{0,3}")
_TWICE = re.compile(r"([a-z]{3,4})\1{1,}[a-z]{0,3}")
_SAID_AGAIN = frozenset(
    "no yes yep slow bad good poor help easy ok bye why fail rude cost nah yay hey fab fast".split()
)
_MAX_MASHED_WORDS = 12
_SPAM = re.compile(
    r"\bbuy (?:cheap|followers|viagra)\b|\bcheap (?:meds|pills|viagra)\b"
    r"|\bwin a (?:free|new)\b|\byou(?:'ve| have)? won (?:a|an) (?:free|new|gift|iphone|prize)\b"
    r"|\bfree iphone\b|\bcasino bonus\b|\bcrypto(?:currency)? invest(?:ing|ments?)? (?:now|today)\b"
    r"|(?:^|\b(?:you can|start|and|to) )earn(?:ing)? (?:up to |extra )?(?:money|cash|[£$]\d+)"
    r" ?(?:from home|at home|online|weekly|daily|a day|a week|an hour|per)"
    r"|\bi make [£$]\d+ an hour at my (?:laptop|computer)\b"
    r"|\bfollowers (?:now|instantly|cheap)\b|\bseo (?:services|agency|expert)\b"
    r"|\brank (?:#?1|first|higher) on google\b|\b(?:hot|sexy) (?:girls|singles)\b"
    r"|\bclick here \[url\] (?:to|and|for) (?:win|claim|get|earn)\b"
    r"|(?:^|[.!] ?)(?:please )?visit my (?:site|page|website|channel|blog)\b"
)
_SELLS = re.compile(
    r"\b(viagra|cialis|online casino|casino|free spins|guaranteed (?:returns|profits?)|bitcoin"
    r"|double your money|double your bitcoin|no credit check|loans? approved|payday loans?"
    r"|cbd (?:oil|gummies)|backlinks|cheap watches|apply now|call now|order today|limited offer"
    r"|singles in your area|investment opportunity)\b"
)
_MIN_SELLING_WORDS = 2
"""A court's users write of casinos, loans and lost investments, too: one such word says nothing."""


def holds_nothing(text: str) -> bool:
    """Return whether nothing in ``text`` could be coded.

    >>> [holds_nothing(text) for text in ("n/a", "[NUMBER]", "asdfgh", "test test 123")]
    [True, True, True, True]
    >>> [holds_nothing(text) for text in ("👍", "slow", "404", "no way to go back")]
    [False, False, False, False]
    """
    return kind_of_nothing(text) is not None


def kind_of_nothing(text: str) -> Nothing | None:
    """Return why nothing in ``text`` could be coded, or None where something could.

    >>> [str(kind_of_nothing(text)) for text in ("n/a", "testing", "asdfgh", "win a free [URL]")]
    ['empty', 'test', 'gibberish', 'spam']
    >>> kind_of_nothing("slow") is None
    True
    """
    bare = PLACEHOLDER.sub(" ", text).strip()
    if not bare or is_empty_answer(bare):
        return Nothing.EMPTY
    words = fold(bare).strip(" .!?,-")
    if " ".join(re.findall(r"[^\W_]+", words)) in _PHRASES:
        return Nothing.EMPTY
    if _is_test(words):
        return Nothing.TEST
    if _is_mashed(words):
        return Nothing.GIBBERISH
    return Nothing.SPAM if _is_spam(fold(text)) else None


def _is_spam(folded: str) -> bool:
    sold = set(_SELLS.findall(folded))
    return len(sold) >= _MIN_SELLING_WORDS or _SPAM.search(folded) is not None


def _is_test(text: str) -> bool:
    """Return whether somebody only tried the box."""
    if text.startswith("lorem ipsum"):
        return True
    words = set(re.findall(r"[^\W\d]+", text))
    found = words & _TESTS
    beside = words - _TESTS
    if not found or not beside <= _BESIDE_TESTS:
        return False
    return not beside or len(found) > 1 or not beside <= _NOT_ALONE


def _is_mashed(text: str) -> bool:
    """Return whether all of a text was made by falling on the keyboard."""
    words = re.findall(r"[^\W\d_]+", text)
    if not words or len(words) > _MAX_MASHED_WORDS or re.search(r"[^\w\s.,;:/'\\#\[\]!?-]", text):
        return False
    if len(words) == 1:
        return _is_mashed_word(words[0])
    return any(_is_mashed_word(word) for word in words) and all(
        _is_mashed_word(word) or word in _SHORT_RUNS or _is_without_vowels(word) for word in words
    )


def _is_mashed_word(word: str) -> bool:
    if word in _SHORT_RUNS:
        return True
    if not _MASH.fullmatch(word) or _SOUNDS.fullmatch(word):
        return False
    again, twice = _UNIT.fullmatch(word), _TWICE.fullmatch(word)
    return (
        any(word[at : at + _KEYS_IN_A_ROW] in _LONG_RUNS for at in range(len(word) - 3))
        or _is_without_vowels(word)
        or len(set(word)) == 1
        or (again is not None and again[1] not in _SAID_AGAIN)
        or (twice is not None and twice[1][:3] in _SHORT_RUNS)
    )


def _is_without_vowels(word: str) -> bool:
    return not _VOWELS.search(word) and word not in _WITHOUT_VOWELS and not _SOUNDS.fullmatch(word)
