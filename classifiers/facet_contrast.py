"""Which of the browsers and devices named worked, and which did not: clause by clause.

"Works in Chrome but not in Safari" names two browsers, one of them failing. A clause ends at a
full stop, a comma, or a word that turns the sentence; a name belongs to its clause. Without a sign
that something worked a name is taken as failing, for the comment is about a fault.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

__all__ = ["CONTRASTED", "places_that_worked"]

CONTRASTED = frozenset({"browser", "connection", "device", "operating_system"})
"""Facets of which one value may work while another fails."""

_ENDS = frozenset(". ! ? ; … ... .. , : but though although however whereas while yet ond".split())
_FULL_STOPS = frozenset(". ! ? ; … ... ..".split())
_TURNS = frozenset("except besides".split())
_NEGATIONS = frozenset(
    "not n't nt never no nothing none neither nor without ddim nid dim cannot hardly barely".split()
)
_GOOD = frozenset(
    """works worked working fine ok okay perfect perfectly well good great easy easily
    flew gweithio iawn worth opens managed success smoothly lovely instead""".split()
)
_BAD = frozenset(
    """same useless hopeless rubbish broken fails failed froze freezes frozen crashes crashed blank
    stuck still until till dead error stopped hung hangs nor""".split()
)
_GOOD_PHRASES = (
    ("no", "problem"), ("no", "problems"), ("no", "trouble"), ("no", "issues"), ("no", "issue"),
    ("in", "the", "end"), ("did", "it"), ("switched", "to"), ("had", "to", "use"), ("borrowed",),
    ("let", "me", "use"), ("used", "my"), ("get", "on", "with"), ("done", "on"),
    ("yn", "y", "diwedd"), ("on", "my", "computer"), ("did", "n't", "fail"), ("through", "on"),
)  # fmt: skip
_BAD_PHRASES = (("no", "luck"), ("no", "joy"), ("no", "good"), ("no", "better"), ("no", "use"))
_DO_WORK = frozenset("to does do did will would can could should only it".split())
_LINKS = frozenset("in on with and or the my a an at using yn ar a'r via it is".split())


def places_that_worked(words: Sequence[str], named: Sequence[range]) -> list[bool]:
    """Return for each named stretch of words whether it worked.

    Parameters
    ----------
    words
        Of the whole comment, folded.
    named
        Where the names stand, in the order of the text.

    Examples
    --------
    >>> places_that_worked("works in chrome but not in safari".split(), [range(2, 3), range(6, 7)])
    [True, False]
    >>> places_that_worked("it froze in safari".split(), [range(3, 4)])
    [False]
    """
    inside = {position for span in named for position in span}
    verdicts: dict[int, bool] = {}
    was_good = False
    clauses = _clauses(words, inside)
    for number, clause in enumerate(clauses):
        following = words_of(clauses[number + 1], words) if number + 1 < len(clauses) else []
        good = _is_good(clause, words, inside, was_good, following)
        verdicts.update(dict.fromkeys(clause, good))
        was_good = good
    return [verdicts.get(span.start, False) for span in named]


def words_of(clause: Sequence[int], words: Sequence[str]) -> list[str]:
    """Return the words of a clause, given by position."""
    return [words[position] for position in clause]


def _clauses(words: Sequence[str], inside: set[int]) -> list[list[int]]:
    """Return the positions of each clause; a word that turns the sentence begins the next one."""
    clauses: list[list[int]] = [[]]
    for position, word in enumerate(words):
        following = words[position + 1] if position + 1 < len(words) else ""
        if word in _ENDS:
            clauses += [[]]
            if word in _FULL_STOPS:
                clauses[-2].append(position)
            continue
        turns = word in _TURNS or (word in ("not", "nid", "ddim") and following in _LINKS)
        runs_on = word in ("on", "in", "using") and _says_enough(clauses[-1], words, inside)
        if ((turns or runs_on) and clauses[-1]) or (word == "apart" and following == "from"):
            clauses.append([])
        clauses[-1].append(position)
    return [clause for clause in clauses if clause]


def _says_enough(clause: Sequence[int], words: Sequence[str], inside: set[int]) -> bool:
    """Return whether a clause has named a thing and then said how it did: "on PC it is ok"."""
    first = next((position for position in clause if position in inside), None)
    if first is None:
        return False
    return any(words[position] in _GOOD | _BAD for position in clause if position > first)


def _is_good(
    clause: Sequence[int],
    words: Sequence[str],
    inside: set[int],
    was_good: bool,
    following: Sequence[str],
) -> bool:
    """Return whether a clause says that something worked."""
    said = words_of(clause, words)
    rest = [words[position] for position in clause if position not in inside]
    told = set(rest)
    if said[0] in _TURNS or said[:2] == ["apart", "from"] or _has(rest, _BAD_PHRASES):
        return False
    if _has(said, _GOOD_PHRASES):
        return not (told | set(following)) & {"same", "still"} and not _has(following, _BAD_PHRASES)
    if told & _BAD or told & _NEGATIONS:
        return False
    if told & _GOOD or _works(rest):
        return True
    if not told - _LINKS - _FULL_STOPS:
        return was_good  # "works in Chrome, Edge and Firefox": a list goes on
    return False


def _works(words: Sequence[str]) -> bool:
    """Return whether "work" is said of a thing: "it will work in", not "at work", "my work PC"."""
    return any(word == "work" and before in _DO_WORK for before, word in itertools.pairwise(words))


def _has(words: Sequence[str], phrases: Sequence[tuple[str, ...]]) -> bool:
    return any(
        tuple(words[start : start + len(phrase)]) == phrase
        for phrase in phrases
        for start in range(len(words) - len(phrase) + 1)
    )
