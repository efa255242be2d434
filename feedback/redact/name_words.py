"""A text cut into words, with what each word may be."""

from __future__ import annotations

import re
from typing import Final

from feedback.redact.lexicon import AMBIGUOUS, COMMON, NAME, word_key

__all__ = ["CAPITAL", "LOWER", "UPPER", "Words"]

LOWER: Final = 0
CAPITAL: Final = 1
"""A first letter in capitals, or a lone capital."""
UPPER: Final = 2
"""All letters in capitals."""

_LETTER = "(?:[^\\W\\d_]|[\u0300-\u036f])"
_TOKEN = re.compile(rf"{_LETTER}++(?:['\-]{_LETTER}++)*+|\d++|\n|[^\w\s]++|_++")
_SENTENCE_END = frozenset('.!?:;\u2022*\n"')
_SHOUTING_SHARE = 0.7
_SHOUTING_MIN_WORDS = 3
_TITLE_CASE_MIN_WORDS = 4
_SEEN: dict[str, tuple[str, int, int]] = {}
"""What is known of words met before: only plain words of the lists, never a name."""
_MAX_SEEN = 50_000
_CONTRACTIONS = ("'m", "'ve", "'ll", "'d", "'re", "'t", "'n")


class Words:
    """A text cut into words, with what each may be."""

    __slots__ = ("classes", "ends", "is_shouting", "keys", "shapes", "starts", "text", "words")

    def __init__(self, text: str, lexicon: dict[str, int]) -> None:
        self.text = text
        self.words: list[str] = []
        self.starts: list[int] = []
        self.ends: list[int] = []
        self.keys: list[str] = []
        self.classes: list[int] = []
        self.shapes: list[int] = []
        for match in _TOKEN.finditer(text):
            word = match.group()
            start, end = match.span()
            if word[-2:] in ("'s", "'S"):
                word, end = word[:-2], end - 2
            key, classes, shape = _SEEN.get(word) or _look_up(word, lexicon)
            self.words.append(word)
            self.starts.append(start)
            self.ends.append(end)
            self.keys.append(key)
            self.classes.append(classes)
            self.shapes.append(shape)
        self.is_shouting = self._is_shouting()

    def _is_shouting(self) -> bool:
        """Whether capitals say nothing, because common words have them too."""
        shapes = [
            shape
            for word, shape, classes in zip(self.words, self.shapes, self.classes, strict=True)
            if len(word) > 1 and classes & COMMON
        ]
        if len(shapes) >= _TITLE_CASE_MIN_WORDS:
            return sum(map(bool, shapes)) >= _SHOUTING_SHARE * len(shapes)
        longer = [
            shape for word, shape in zip(self.words, self.shapes, strict=True) if len(word) > 1
        ]
        return len(longer) >= _SHOUTING_MIN_WORDS and longer.count(UPPER) >= _SHOUTING_SHARE * len(
            longer
        )

    def __len__(self) -> int:
        return len(self.words)

    def is_word(self, index: int) -> bool:
        """Whether there are letters at ``index``, and the text reaches so far."""
        return 0 <= index < len(self.words) and self.words[index][0].isalpha()

    def is_capital(self, index: int) -> bool:
        """Whether the word has a capital that means something."""
        return not self.is_shouting and self.shapes[index] == CAPITAL

    def starts_sentence(self, index: int) -> bool:
        """Whether a capital is due here anyway."""
        if index == 0:
            return True
        before = self.words[index - 1]
        return before[-1] in _SENTENCE_END or "\n" in self.gap(index)

    def gap(self, index: int) -> str:
        """Return what stands between a word and the one before it."""
        return self.text[self.ends[index - 1] : self.starts[index]]

    def joins(self, index: int) -> bool:
        """Whether a word can go on with the name that ends before it."""
        return self.is_word(index) and self.gap(index) in (" ", "  ", "")

    def touches_code(self, index: int) -> bool:
        """Whether a digit, "_" or "@" is stuck to the word, so that it is no plain word."""
        start, end = self.starts[index], self.ends[index]
        after = self.text[end : end + 1]
        before = self.text[start - 1 : start] if start else ""
        return (
            after.isdigit()
            or before.isdigit()
            or after in ("_", "@", "/", "\\")
            or before in ("_", "@", "/", "\\", "#")
        )


def _look_up(word: str, lexicon: dict[str, int]) -> tuple[str, int, int]:
    """Return key, classes and shape of a word; those of plain words are kept for the next time."""
    key = word_key(word) if word[0].isalpha() else word
    known = (key, _classes(key, lexicon), _shape(word))
    if known[1] == COMMON and len(_SEEN) < _MAX_SEEN:
        _SEEN[word] = known
    return known


def _classes(key: str, lexicon: dict[str, int]) -> int:
    """Return the classes of a word; of a double name those of its parts."""
    known = lexicon.get(key)
    if known is not None:
        return known
    if key.endswith(_CONTRACTIONS):
        return COMMON
    if "-" not in key:
        return 0
    parts = [lexicon.get(part, 0) for part in key.split("-")]
    if any(part & COMMON for part in parts):
        return COMMON
    return next((part & NAME for part in parts if part & NAME and not part & AMBIGUOUS), 0)


def _shape(word: str) -> int:
    if not word[0].isupper():
        return LOWER
    return UPPER if len(word) > 1 and word.isupper() else CAPITAL
