"""What can be wrong with a codebook, told all at once: a line for each problem."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from feedback.duplicates import text_key
from feedback.schema import Sentiment

__all__ = ["CODE_ID", "MAX_CODES", "MAX_ID_CHARACTERS", "UNPRINTABLE", "find_problems"]

MAX_CODES = 500
"""More than a person can keep apart; a table pasted by mistake is refused rather than trained."""

MAX_LEVELS = 20
"""Deeper than anybody finds their way in, and as deep as other programs are sure to read."""

MAX_ID_CHARACTERS = 80
"""What the store keeps of a code."""

CODE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
"""No blank, no ``;`` and no ``:``: ids stand in lists of codes and in names of themes."""

BOOK_FIELDS = ("id", "label", "version", "description", "codes")
TEXT_FIELDS = ("id", "label", "definition", "include", "exclude", "parent", "tone")
REQUIRED = ("id", "label", "definition")
FLAGS = ("codable", "urgent")
CODE_FIELDS = (*TEXT_FIELDS, *FLAGS, "examples")
TONES = ("", Sentiment.POSITIVE, Sentiment.NEUTRAL, Sentiment.NEGATIVE)

_ONE_LINE = ("id", "label", "parent")
UNPRINTABLE = re.compile(
    "[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\x7f-\x84\x86-\x9f]"
)
"""Neither a file for other programs (XML 1.0, "Char") nor a page can carry these."""

Entries = Sequence[Mapping[str, Any]]


def find_problems(content: Mapping[str, Any]) -> list[str]:
    """Return every problem of a parsed codebook, a line each; none if it can be used.

    Examples
    --------
    >>> code = {"id": "bins", "lable": "Bins", "definition": "About bins.", "parent": "waste"}
    >>> for problem in find_problems({"id": "mine", "version": 1, "codes": [code]}):
    ...     print(problem)
    Code 'bins' has no 'label'. Add one.
    Code 'bins' has an unknown field 'lable'. Did you mean 'label'?
    Code 'bins' has the parent 'waste', which is not in the codebook. Add it, with codable = false \
if it is only a group, or correct the name.
    """
    entries = content.get("codes", [])
    problems = list(_problems_of_book(content))
    if not isinstance(entries, list | tuple) or not entries:
        name = content.get("id") or "without an id"
        return [*problems, f"Codebook '{name}' has no codes. Add at least one [[codes]] table."]
    if len(entries) > MAX_CODES:
        return [
            *problems,
            f"{len(entries)} codes are too many to keep apart. Keep at most {MAX_CODES}; detail "
            "that nobody acts on can go.",
        ]
    for position, entry in enumerate(entries, start=1):
        problems += _problems_of_code(entry, position)
    usable = [entry for entry in entries if isinstance(entry, Mapping)]
    return [*problems, *_problems_of_tree(usable), *_problems_of_examples(usable)]


def _problems_of_book(content: Mapping[str, Any]) -> Iterator[str]:
    name = content.get("id")
    if not isinstance(name, str) or not name.strip():
        yield "A codebook needs an 'id': a short name in lower case."
        name = "without an id"
    else:
        yield from _problems_of_id(f"Codebook '{name}'", name)
    version = content.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        yield f"Codebook '{name}' needs a 'version': a whole number from 1 on."
    for field in ("label", "description"):
        value = content.get(field, "")
        if not isinstance(value, str):
            yield f"Codebook '{name}': 'label' and 'description' must be text."
            break
        yield from _problems_of_text(f"Codebook '{name}'", field, value)
    yield from _unknown(f"Codebook '{name}'", content, BOOK_FIELDS)


def _problems_of_code(entry: object, position: int) -> Iterator[str]:
    """Yield what is wrong with one code alone; ``position`` stands in for an id."""
    if not isinstance(entry, Mapping):
        yield f"Code {position} is not a table. Write it as [[codes]]."
        return
    where = _where(entry, position)
    for field in TEXT_FIELDS:
        value = entry.get(field, "")
        if not isinstance(value, str):
            yield f"{where}: '{field}' must be text."
        elif field in REQUIRED and not value.strip():
            yield f"{where} has no '{field}'. Add one."
        else:
            yield from _problems_of_text(where, field, value)
    if isinstance(entry.get("id"), str) and entry["id"].strip():
        yield from _problems_of_id(where, entry["id"])
    for field in FLAGS:
        if not isinstance(entry.get(field, True), bool):
            yield f"{where}: '{field}' must be true or false."
    if isinstance(entry.get("tone", ""), str) and entry.get("tone", "") not in TONES:
        yield f"{where}: 'tone' must be positive, neutral, negative or left out."
    examples = entry.get("examples", ())
    if not isinstance(examples, list | tuple) or not all(isinstance(e, str) for e in examples):
        yield f"{where}: 'examples' must be a list of texts."
    else:
        for example in examples:
            if not example.strip():
                yield f"{where} has an empty example. Remove it."
            yield from _problems_of_text(where, "examples", example)
    yield from _unknown(where, entry, CODE_FIELDS)


def _where(entry: Mapping[str, Any], position: int) -> str:
    code_id = entry.get("id")
    return (
        f"Code '{code_id}'" if isinstance(code_id, str) and code_id.strip() else f"Code {position}"
    )


def _problems_of_id(where: str, value: str) -> Iterator[str]:
    if not CODE_ID.fullmatch(value):
        yield (
            f"{where}: an 'id' has letters from a to z, digits, '.', '_' and '-' alone, and begins "
            "with a letter or digit."
        )
    if len(value) > MAX_ID_CHARACTERS:
        yield f"{where}: an 'id' has at most {MAX_ID_CHARACTERS} characters, not {len(value)}."


def _problems_of_text(where: str, field: str, value: str) -> Iterator[str]:
    if UNPRINTABLE.search(value):
        yield f"{where}: '{field}' has a character that cannot be shown. Type it again."
    elif field in _ONE_LINE and ("\t" in value or len(value.splitlines()) > 1):
        yield f"{where}: '{field}' must be one line without tabs."


def _unknown(where: str, given: Mapping[str, Any], known: Sequence[str]) -> Iterator[str]:
    for field in sorted(set(map(str, given)) - set(known)):
        close = get_close_matches(field.lower(), known, n=1)
        help_ = f"Did you mean '{close[0]}'?" if close else f"Known: {', '.join(known)}."
        yield f"{where} has an unknown field '{field}'. {help_}"


def _problems_of_tree(entries: Entries) -> Iterator[str]:
    """Yield ids that stand twice, unknown parents, cycles, labels nobody could tell apart."""
    ids = [entry["id"] for entry in entries if isinstance(entry.get("id"), str)]
    for code_id, n in Counter(ids).items():
        if n > 1:
            yield f"Code '{code_id}' stands {_times(n)}. Rename or remove one of them."
    parents = dict.fromkeys(ids, "")
    for entry in entries:
        code_id, parent = entry.get("id"), entry.get("parent", "")
        if not isinstance(code_id, str) or not isinstance(parent, str) or not parent:
            continue
        if parent in parents:
            parents[code_id] = parent
        else:
            yield (
                f"Code '{code_id}' has the parent '{parent}', which is not in the codebook. Add "
                "it, with codable = false if it is only a group, or correct the name."
            )
    yield from _cycles(parents)
    yield from _labels_twice(entries)
    if entries and all(entry.get("codable", True) is False for entry in entries):
        yield "No code can be assigned: every one has codable = false."


def _times(n: int) -> str:
    return "twice" if n == 2 else f"{n} times"


def _cycles(parents: Mapping[str, str]) -> Iterator[str]:
    """Yield each cycle once, as a whole."""
    told: set[str] = set()
    for code_id in parents:
        chain = [code_id]
        while (parent := parents[chain[-1]]) and parent not in chain:
            chain.append(parent)
        if parent and parent not in told:
            cycle = chain[chain.index(parent) :]
            told.update(cycle)
            yield f"Codes are their own ancestors: {' > '.join((*cycle, parent))}. Cut one parent."
        elif not parent and len(chain) == MAX_LEVELS + 1:
            yield f"Code '{code_id}' is on level {len(chain)}. Keep at most {MAX_LEVELS} levels."


def _labels_twice(entries: Entries) -> Iterator[str]:
    same: dict[tuple[str, str], list[str]] = defaultdict(list)
    for entry in entries:
        label, parent = entry.get("label"), entry.get("parent", "")
        if isinstance(label, str) and isinstance(parent, str) and label.strip():
            same[parent, label.strip().casefold()].append(str(entry.get("id")))
    for (parent, _), ids in same.items():
        if len(set(ids)) > 1:
            under = f"under '{parent}'" if parent else "at the top"
            listed = ", ".join(f"'{code_id}'" for code_id in ids)
            yield f"Codes {listed} have the same label {under}. Give each a label of its own."


def _problems_of_examples(entries: Entries) -> Iterator[str]:
    """Yield examples that stand in two places: they teach nothing about the border between them."""
    seen: dict[str, tuple[str, int]] = {}
    for entry in entries:
        examples = entry.get("examples", ())
        if not isinstance(examples, list | tuple):
            continue
        texts = (text for text in examples if isinstance(text, str) and text.strip())
        for number, text in enumerate(texts, start=1):
            code_id, first = seen.setdefault(text_key(text), (str(entry.get("id")), number))
            if (code_id, first) != (str(entry.get("id")), number):
                yield (
                    f"Example {number} of code '{entry.get('id')}' is also example {first} of code "
                    f"'{code_id}'. Keep it where it fits best."
                )
