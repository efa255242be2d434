"""How much a redactor finds, and how much it takes that is nobody's.

Everything here takes ``find``: a function from a text to spans with ``start``, ``end`` and
``entity``. That fits ``lambda text: redactor.redact(text).found``, any recogniser, and a model in
training. Recall is of whole secrets: one letter or digit left in the text is a miss.
"""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from math import sqrt
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from feedback.redact.lexicon import OFFICE, TITLE, load_lexicon, word_key
from feedback.schema import Entity

CASES = ("as_is", "lower", "upper")
_MARK = re.compile(r"<(/?)([PLO])>")
_Z95 = 1.959964
_WORD = re.compile(r"\w+")
_PERSON_TAGS = frozenset(("PER", "person"))


class Found(Protocol):
    """What ``find`` gives: our `Span`, Presidio's result, a candidate."""

    start: int
    end: int


Find = Callable[[str], Iterable[Any]]


class Marked(NamedTuple):
    """A text with the names of people in it; ``group`` is where the names come from."""

    text: str
    names: tuple[tuple[int, int], ...]
    group: str = ""


class Secret(NamedTuple):
    """A text with one secret of a known kind."""

    entity: str
    text: str
    start: int
    end: int


def read_marked(path: Path) -> list[Marked]:
    """Read columns text and origin; people stand in ``<P>``, places in ``<L>``, firms in ``<O>``.

    The marks of places and firms are taken out and not told.
    """
    with path.open(newline="", encoding="utf-8") as stream:
        return [unmark(row["text"], row["origin"]) for row in csv.DictReader(stream)]


def unmark(marked: str, group: str = "") -> Marked:
    """Return the text without its marks, and where the people stood.

    >>> unmark("ask <P>Ann</P> in <L>Ely</L>")
    Marked(text='ask Ann in Ely', names=((4, 7),), group='')
    """
    parts: list[str] = []
    names: list[tuple[int, int]] = []
    at = length = opened = 0
    for mark in _MARK.finditer(marked):
        parts.append(marked[at : mark.start()])
        length += mark.start() - at
        at = mark.end()
        if mark.group(2) == "P":
            if mark.group(1):
                names.append((opened, length))
            opened = length
    return Marked("".join((*parts, marked[at:])), tuple(names), group)


def read_without(path: Path) -> list[tuple[str, str]]:
    """Read (kind, text) of comments that hold no personal data."""
    with path.open(newline="", encoding="utf-8") as stream:
        return [(row["kind"], row["text"]) for row in csv.DictReader(stream)]


def read_secrets(path: Path) -> tuple[list[Secret], list[tuple[str, str]]]:
    """Read fixtures/pii/cases.csv: the secrets, and the look-alikes as (kind, text)."""
    secrets, alike = [], []
    with path.open(newline="", encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            start = row["text"].find(row["secret"])
            if row["entity"]:
                end = start + len(row["secret"])
                secrets.append(Secret(row["entity"], row["text"], start, end))
            else:
                alike.append(("look_alike", row["text"]))
    return secrets, alike


def read_conll(path: Path) -> list[Marked]:
    """Read sentences of one token and tag a line, with people tagged PER or person.

    "@" and the user name after it come as two tokens, both tagged as people in these sets: they
    are made one untagged word first. A blank line may hold a tab.
    """
    sentences, tokens = [], list[tuple[str, str]]()
    for line in [*path.read_text(encoding="utf-8").splitlines(), ""]:
        token, _, tag = line.strip().partition("\t")
        if token:
            tokens.append((token, tag.strip() or "O"))
        elif tokens:
            sentences.append(_sentence(list(_merge_handles(tokens))))
            tokens = []
    return sentences


def _merge_handles(tokens: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    is_open = False
    for token, tag in tokens:
        if is_open:
            is_open = False
            yield f"@{token}", "O"
        elif token == "@":
            is_open = True
        else:
            yield token, tag
    if is_open:
        yield "@", "O"


def _sentence(tokens: Sequence[tuple[str, str]]) -> Marked:
    names: list[tuple[int, int]] = []
    at, was_person = 0, False
    for token, tag in tokens:
        prefix, _, kind = tag.partition("-")
        is_person = kind in _PERSON_TAGS
        if is_person:
            start = names.pop()[0] if was_person and prefix == "I" else at
            names.append((start, at + len(token)))
        was_person = is_person
        at += len(token) + 1
    return Marked(" ".join(token for token, _ in tokens), tuple(names))


def in_case(marked: Marked, case: str) -> Marked:
    """Return a copy in small letters or capitals; signs that would change length stay."""
    if case == "as_is":
        return marked
    change = str.lower if case == "lower" else str.upper
    signs = (changed if len(changed := change(sign)) == 1 else sign for sign in marked.text)
    return marked._replace(text="".join(signs))


def written_in(text: str) -> str:
    """Return "lower", "upper" or "mixed", as a text is written."""
    return "lower" if text == text.lower() else "upper" if text == text.upper() else "mixed"


def share(n_right: int, n: int) -> dict[str, Any]:
    """Return a share with its count and 95% Wilson interval."""
    if not n:
        return {"n": 0}
    p, z2 = n_right / n, _Z95**2
    middle = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z95 / (1 + z2 / n) * sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    low, high = max(0.0, middle - half), min(1.0, middle + half)
    return {"n": n, "share": round(p, 4), "low": round(low, 4), "high": round(high, 4)}


def is_hidden(text: str, start: int, end: int, found: Iterable[Found]) -> bool:
    """Whether no letter or digit of a stretch is left."""
    hidden = {i for span in found for i in range(max(span.start, start), min(span.end, end))}
    return all(i in hidden for i in range(start, end) if text[i].isalnum())


def names_quality(find: Find, texts: Sequence[Marked]) -> dict[str, Any]:
    """Return whole-name recall and precision, with recall by group and as the text is written.

    Recall counts names hidden under any label; precision is the share of finds labelled PERSON
    that touch a name; ``words_over_per_1000`` are words taken as people's that are no part of a
    name and no title before one, for 1,000 words of text.
    """
    hits: defaultdict[str, Counter[bool]] = defaultdict(Counter)
    n_right = n_person = n_over = n_words = 0
    for marked in texts:
        found = list(find(marked.text))
        for start, end in marked.names:
            is_hit = is_hidden(marked.text, start, end, found)
            for key in ("all", f"by_group/{marked.group}", f"by_case/{written_in(marked.text)}"):
                hits[key][is_hit] += 1
        people = [span for span in found if span.entity is Entity.PERSON]
        right = [span for span in people if _touches(span, marked.names)]
        n_person += len(people)
        n_right += len(right)
        n_over += sum(_words_over(marked, span) for span in people)
        n_words += len(_WORD.findall(marked.text))
    figures: dict[str, Any] = {
        "n_texts": len(texts),
        "recall": share(hits["all"][True], hits["all"].total()),
        "precision": share(n_right, n_person),
        "words_over_per_1000": round(1_000 * n_over / max(n_words, 1), 2),
    }
    for key in sorted(hits):
        table, _, name = key.partition("/")
        if name:
            figures.setdefault(table, {})[name] = share(hits[key][True], hits[key].total())
    return figures


def _words_over(marked: Marked, person: Found) -> int:
    """Return how many words of a find are no part of a name; a title before one is not counted."""
    is_right, lexicon, n_over = _touches(person, marked.names), load_lexicon(), 0
    for word in _WORD.finditer(marked.text, person.start, person.end):
        is_name = any(word.start() < end and start < word.end() for start, end in marked.names)
        is_title = is_right and lexicon.get(word_key(word.group()), 0) & (TITLE | OFFICE)
        n_over += not is_name and not is_title
    return n_over


def _touches(span: Found, names: Iterable[tuple[int, int]]) -> bool:
    return any(span.start < end and start < span.end for start, end in names)


def names_quality_by_case(find: Find, texts: Sequence[Marked]) -> dict[str, Any]:
    """Return `names_quality` of the texts as they are and of copies in either case."""
    return {
        case: names_quality(find, [in_case(marked, case) for marked in texts]) for case in CASES
    }


def structured_quality(find: Find, secrets: Sequence[Secret]) -> dict[str, Any]:
    """Return, by entity, whole-span recall under any label and the share hidden under its own."""
    hits: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for secret in secrets:
        found = list(find(secret.text))
        is_hit = is_hidden(secret.text, secret.start, secret.end, found)
        labels = {
            getattr(span.entity, "value", span.entity)
            for span in found
            if span.start < secret.end and secret.start < span.end
        }
        for key in (secret.entity, "all", *(["structured"] if secret.entity != "PERSON" else [])):
            hits[key]["n"] += 1
            hits[key]["any"] += is_hit
            hits[key]["own"] += is_hit and secret.entity in labels
    return {
        entity: {
            "recall": share(counts["any"], counts["n"]),
            "own_label": round(counts["own"] / counts["n"], 4),
        }
        for entity, counts in sorted(hits.items())
    }


def false_redactions(find: Find, texts: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Return finds for 1,000 texts that hold no personal data, by kind of text and by label."""
    by_kind: Counter[str] = Counter()
    by_label: Counter[str] = Counter()
    n_texts_hit = 0
    for kind, text in texts:
        found = list(find(text))
        n_texts_hit += bool(found)
        by_kind[kind] += len(found)
        by_label.update(str(getattr(span.entity, "value", span.entity)) for span in found)
    n = max(len(texts), 1)
    return {
        "n_texts": len(texts),
        "finds_per_1000": round(1_000 * by_kind.total() / n, 2),
        "texts_hit": share(n_texts_hit, len(texts)),
        "by_kind": dict(sorted((kind, count) for kind, count in by_kind.items() if count)),
        "by_label": dict(by_label.most_common()),
    }


def without_overlaps(found: Iterable[Any]) -> list[Any]:
    """Return the longer of overlapping finds, as a redactor would use them; for peers."""
    kept: list[Any] = []
    for span in sorted(found, key=lambda one: (one.start - one.end, one.start)):
        if all(span.end <= other.start or other.end <= span.start for other in kept):
            kept.append(span)
    kept.sort(key=lambda one: one.start)
    assert all(before.end <= after.start for before, after in pairwise(kept))
    return kept
