"""Readable names from terms: no stubs, no fragments, no word twice in another form."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

__all__ = ["name_from_terms", "stem", "unique_names"]

MAX_PARTS = 3
UNNAMED = "Mixed comments"

_IRREGULAR = {
    "paid": "pay",
    "sent": "send",
    "lost": "lose",
    "broke": "break",
    "broken": "break",
    "found": "find",
    "froze": "freeze",
    "frozen": "freeze",
    "chose": "choose",
    "chosen": "choose",
    "wrote": "write",
    "written": "write",
    "went": "go",
    "took": "take",
    "people": "person",
    "children": "child",
    "decision": "decide",
    "decisions": "decide",
}
_AMERICAN = (("ize", "ise"), ("izes", "ises"), ("ized", "ised"), ("izing", "ising"))
_ENDINGS = (
    "ications", "ication", "ments", "ment", "ations", "ation", "ingly", "ings", "ing", "edly",
    "ities", "ity", "ness", "ions", "ion", "iest", "ies", "ers", "er", "est", "ed", "es", "ly",
    "s", "e", "y",
)  # fmt: skip
MIN_STEM = 3
MIN_PREFIX = 5


def stem(word: str) -> str:
    """Return a rough stem, good enough to see that two words are forms of one.

    Examples
    --------
    >>> [stem(word) for word in ("pay", "paid", "payment", "uploads", "uploading", "fees")]
    ['pay', 'pay', 'pay', 'upload', 'upload', 'fee']
    >>> stem("recognize") == stem("recognised")
    True
    """
    word = word.removesuffix("'s")
    word = _IRREGULAR.get(word, word)
    for ending, british in _AMERICAN:
        if word.endswith(ending):
            word = word.removesuffix(ending) + british
            break
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= MIN_STEM + (ending == "ly"):
            word = word[: -len(ending)]
            break
    if len(word) > MIN_STEM and word[-1] in "iy":
        return word[:-1]
    return word[:-1] if len(word) > MIN_STEM and word[-1] == word[-2] and word[-1] != "e" else word


def name_from_terms(terms: Sequence[str], *, max_parts: int = MAX_PARTS) -> str:
    """Return a name made of the first terms that add something.

    A word pair is preferred to its own words; a term whose every word was there already, in this
    form or another, is dropped.

    Parameters
    ----------
    terms
        Most telling first; words, or pairs separated by a blank.

    Examples
    --------
    >>> name_from_terms(["payment", "paid", "card payment", "declined", "pay", "card"])
    'Card payment, declined'
    >>> name_from_terms([])
    'Mixed comments'
    """
    parts = _parts(terms)[:max_parts]
    if not parts:
        return UNNAMED
    name = ", ".join(parts)
    return name[0].upper() + name[1:]


def _parts(terms: Iterable[str]) -> list[str]:
    listed = [term for term in terms if term]
    pairs = [term for term in listed if " " in term]
    parts: list[str] = []
    seen: set[str] = set()
    for word_or_pair in listed:
        pair = None if " " in word_or_pair else _pair_with(word_or_pair, pairs, seen)
        term = pair or word_or_pair
        stems = {stem(word) for word in term.split()}
        is_repeat = len(stems) < len(term.split())
        new = {one for one in stems if not any(_same(one, other) for other in seen)}
        if is_repeat or not new or (len(stems) > 1 and len(new) < len(stems)):
            continue
        parts.append(term)
        seen |= stems
    return parts


def _pair_with(word: str, pairs: Sequence[str], seen: set[str]) -> str | None:
    """Return the first listed pair with the word of which nothing has been said yet."""
    for pair in pairs:
        stems = [stem(one) for one in pair.split()]
        is_new = not any(_same(one, other) for one in stems for other in seen)
        if word in pair.split() and is_new and len(set(stems)) == len(stems):
            return pair
    return None


def _same(one: str, other: str) -> bool:
    """Return whether one stem begins with the other and is little longer, such as decid, decis."""
    short, long = sorted((one, other), key=len)
    return long == short or (
        len(short) >= MIN_PREFIX and long.startswith(short) and len(long) <= len(short) + 3
    )


def unique_names(term_lists: Sequence[Sequence[str]]) -> list[str]:
    """Return a name for each list of terms; a name that is taken gets more of its terms.

    Examples
    --------
    >>> unique_names([["upload", "photo", "size", "phone"], ["upload", "photo", "size", "error"]])
    ['Upload, photo, size', 'Upload, photo, size, error']
    """
    names: list[str] = []
    taken: set[str] = set()
    for terms in term_lists:
        n_parts, name = MAX_PARTS, name_from_terms(terms)
        while name in taken and n_parts < len(terms):
            n_parts += 1
            name = name_from_terms(terms, max_parts=n_parts)
        count = 2
        base = name
        while name in taken:
            name, count = f"{base} ({count})", count + 1
        taken.add(name)
        names.append(name)
    return names
