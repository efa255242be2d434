"""Words that mean the same to a rule, and the notation in which rules are written.

A pattern is a line of terms: ``NOT _3 UPLOAD`` is a negation, at most three words, then a word for
uploading. Terms:

========== =====================================================================
``word``   this word
``CLASS``  a word of that class in `WORD_CLASSES`
``a|B``    one of these words or classes
``_N``     up to N words of the same sentence
``START``  the start of the text; ``END`` its end
========== =====================================================================

Texts are read in lower case without accents, so that "ffôn" and "Ffon" are one word. spaCy splits
"can't" and "cant" into "ca" and "n't" or "nt".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

__all__ = [
    "WORD_CLASSES",
    "LexiconError",
    "Pattern",
    "Reader",
    "fold",
    "names_of_word",
    "parse_pattern",
]

# A word that ends in * stands for every word that starts so.
WORD_CLASSES = {
    "START": "",
    "END": "",
    "BREAK": ". ! ? ; … ... .. !! ??",
    "NOT": "n't nt not never cannot neither nor ddim dim heb",
    "NO": "no zero without nothing none any",
    "NOBODY": "nobody noone neb",
    "FAIL": "fail* unable impossible refus* reject* declin* error errors broken broke bust wrong "
    "problem problems issue issues stuck useless unusable glitch* faulty buggy down",
    "WORK": "work works worked working respond* function*",
    "SITE": "site website page pages service system app portal form screen screens web online "
    "platform tracker wefan gwefan",
    "UPLOAD": "upload* uploding attach attached attaching attaches",
    "DOWNLOAD": "download*",
    "FILE": "file files pdf pdfs jpg jpeg png heic doc docx word document documents scan scans "
    "scanned photo photos picture pictures image images attachment attachments evidence bundle "
    "certificate spreadsheet letter letters",
    "PAY": "pay pays paid paying payment payments card cards checkout",
    "TAKE": "took take takes taken taking charge charged charges charging paid pay debited "
    "deducted debit",
    "MONEY": "money £ fee payment card account bank",
    "SIGN": "sign log login signin logon mewngofnodi fewngofnodi",
    "CODE": "code codes pin passcode",
    "FIELD": "postcode address date birth name surname number email phone mobile nino reference "
    "ni postcodes names dates amount figure box income [postcode] apostrophe salary",
    "BUTTON": "button buttons continue next submit",
    "LINK": "link links qr hyperlink dolen ddolen linc",
    "DEVICE": "phone mobile iphone ipad tablet android samsung safari firefox edge chrome kindle "
    "huawei pixel moto smartphone browser mac macbook chromebook laptop blackberry oppo xiaomi",
    "QUESTION": "question questions option options choice choices answer answers box boxes",
    "TIMES": "twice again times repeatedly three four five six several over",
    "MYDATA": "everything answers answer work progress details data form application claim it all "
    "lot draft information info typed entered everythin",
    "GONE": "gone lost vanished disappeared wiped deleted erased empty blank cleared",
    "SLOW": "slow slower slowest slowly sluggish laggy lag lags lagging crawl* araf",
    "AGES": "ages forever age minutes mins hours eternity lifetime yonks seconds",
    "PERIOD": "week weeks month months year years wks mths",
    "LONG": "long endless lengthy repetitive winded hir",
    "CONFUSING": "confusing confused confuses unclear ambiguous contradictory contradict* vague "
    "misleading baffling incomprehensible complicated",
    "WORDING": "wording words guidance guide language instructions notes explanation terms "
    "terminology letter letters leaflet page pages booklet sentence sentences information",
    "WH": "what how where when which who why whether if anything anywhere",
    "TELL": "say says said tell tells told explain explains explained mention mentions mentioned "
    "state states info information explanation guidance details indication",
    "TONGUE": "welsh cymraeg gymraeg nghymraeg chymraeg saesneg polish urdu arabic romanian "
    "punjabi somali tigrinya farsi bengali gujarati ukrainian spanish portuguese lithuanian "
    "turkish kurdish hindi mandarin cantonese pashto dari",
    "FAMILY": "son daughter wife husband grandson granddaughter niece nephew sister brother "
    "neighbour neighbor friend carer mum mother dad father partner grandchild librarian",
    "HELPED": "help helped helping did do filled fill sorted showed done ring rang asked ask",
    "STAFF": "staff judge judges usher ushers clerk clerks magistrate magistrates adviser advisers "
    "advisor advisors operator operators handler handlers receptionist registrar bailiff bailiffs "
    "mediator lady woman man girl lad chap gentleman gentlemen fella guy panel cafcass interpreter "
    "chairman barnwr farnwr barnwyr",
    "ROLE": "staff judge judges usher ushers clerk clerks magistrate magistrates adviser advisers "
    "advisor advisors operator handler handlers receptionist registrar barnwr farnwr",
    "MANNER": "rude kind kindly lovely helpful unhelpful patient patience patiently polite nice "
    "brilliant fantastic dismissive friendly courteous listened listen laughed laugh shouted "
    "calm incompetent aggressive professional amazing wonderful arrogant sighed bored compassion* "
    "superb useless great gentle condescending patronising abrupt sarcastic understanding",
    "COST": "fee fees cost costs price charge charges pricey ffi ffioedd",
    "DEAR": "expensive dear extortionate steep ridiculous unfair unaffordable high excessive "
    "outrageous disgusting scandalous drud ddrud",
    "EASY": "easy easier simple simpler straightforward clear quick smooth painless helpful "
    "intuitive efficient hassle user",
    "GOOD": "excellent brilliant fantastic great superb perfect lovely wonderful amazing fab "
    "impressed pleased marvellous outstanding smashing terrific",
    "VERY": "very really so dead super extremely surprisingly pretty quite nice nicely incredibly "
    "too reasonably fairly remarkably mor hynod",
    "HARM": "kill kills killed killing murder hurt hurts hurting harm harming stab stabbed shoot "
    "strangle strangled strangling beat beats beaten hit hits attack attacked attacks burn punch* "
    "punched rape raped raping choked choke",
    "ME": "me myself us him her them my our the someone somebody you themselves himself herself",
    "LIFE": "life lives",
    "PERSONS": "he she him his ex husband wife partner father mother dad mum man boyfriend "
    "stepdad uncle they",
    "CHILD": "child children daughter son kids kid baby girl boy grandson granddaughter",
}


class LexiconError(ValueError):
    """A pattern is not in the notation, or uses a class that does not exist."""


_STRAIGHT = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'", "“": '"', "”": '"'})
_HYPHEN = re.compile(r"(?<=[^\W\d_])[-‐–/](?=[^\W\d_])")
# Welsh "i'r", "mae'n", "o'i" are two words; spaCy's English rules split "i'm" and "can't" alone.
_WELSH_CLITIC = re.compile(r"(?<=[aeiouwy])(?='(?:r|n|i|u|w|ch|th)\b)")
_MARK = re.compile("[\u0300-\u036f]")


def fold(text: str) -> str:
    """Return ``text`` in lower case, without accents, with straight quotes and no hyphens in words.

    >>> fold("Sign-in ON my Ffôn can’t, mae'n araf")
    "sign in on my ffon can't, mae 'n araf"
    """
    if not text.isascii():
        text = _MARK.sub("", unicodedata.normalize("NFD", text.translate(_STRAIGHT)))
    return _WELSH_CLITIC.sub(" ", _HYPHEN.sub(" ", text.lower()))


class Reader:
    """Turns texts into spaCy docs."""

    def __init__(self) -> None:
        import spacy

        self.language: Language = spacy.blank("en")

    def read(self, texts: Sequence[str]) -> list[Doc]:
        """Return one tokenised doc for each text, folded."""
        return [self.language.make_doc(fold(text)) for text in texts]


@cache
def _class_words(name: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """Return a class's whole words and its word starts."""
    words = [fold(word) for word in WORD_CLASSES[name].split()]
    return (
        frozenset(word for word in words if not word.endswith("*")),
        tuple(word[:-1] for word in words if word.endswith("*")),
    )


def names_of_word(word: str) -> frozenset[str]:
    """Return the word itself with the classes that it belongs to.

    >>> sorted(names_of_word("uploading"))
    ['UPLOAD', 'uploading']
    """
    names = {word}
    for name in WORD_CLASSES:
        words, starts = _class_words(name)
        if word in words or (starts and word.startswith(starts)):
            names.add(name)
    return frozenset(names)


@dataclass(frozen=True, slots=True)
class Pattern:
    """Terms in order; ``gaps[i]`` words at most may stand before term ``i``."""

    terms: tuple[frozenset[str], ...]
    gaps: tuple[int, ...]

    def match_at(self, names: Sequence[frozenset[str]], position: int, term: int) -> range | None:
        """Return the words covered where the word at ``position`` is ``term``, or None.

        ``names`` holds `names_of_word` of each word of the text.
        """
        end = self._reach(names, position, range(term + 1, len(self.terms)), 1)
        if end is None:
            return None
        start = self._reach(names, position, range(term - 1, -1, -1), -1)
        return None if start is None else range(start, end + 1)

    def _reach(
        self, names: Sequence[frozenset[str]], position: int, terms: range, step: int
    ) -> int | None:
        """Return how far the terms reach in one direction; each takes the nearest word it can.

        Where the nearest words lead nowhere, farther ones are tried.
        """
        if not terms:
            return position
        wanted = self.terms[terms[0]]
        gap = self.gaps[terms[0]] if step > 0 else self.gaps[terms[0] + 1]
        for distance in range(1, gap + 2):
            place = position + step * distance
            if not 0 <= place < len(names):
                return None
            if not wanted.isdisjoint(names[place]):
                reached = self._reach(names, place, terms[1:], step)
                if reached is not None:
                    return reached
            if "BREAK" in names[place]:
                return None
        return None


_GAP = re.compile(r"_([1-9])")


@lru_cache(None)
def parse_pattern(line: str) -> Pattern:
    """Return the pattern of a line.

    Raises
    ------
    LexiconError
        A class does not exist, or the line starts or ends with a gap.

    Examples
    --------
    >>> pattern = parse_pattern("NOT _1 open|view")
    >>> pattern.gaps, sorted(pattern.terms[1])
    ((0, 1), ['open', 'view'])
    """
    terms: list[frozenset[str]] = []
    gaps = [0]
    for word in line.split():
        if gap := _GAP.fullmatch(word):
            gaps[-1] += int(gap[1])
        else:
            terms.append(_parse_term(word))
            gaps.append(0)
    if not terms or gaps[0] or gaps.pop():
        raise LexiconError("a pattern starts and ends with a word or a class")
    return Pattern(tuple(terms), tuple(gaps))


def _parse_term(term: str) -> frozenset[str]:
    names = {name if name.isupper() and name.isalpha() else fold(name) for name in term.split("|")}
    unknown = sorted(name for name in names if name.isupper() and name not in WORD_CLASSES)
    if unknown:
        raise LexiconError(f"there is no word class {unknown[0]}")
    return frozenset(names)
