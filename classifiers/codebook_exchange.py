"""Codebooks to and from other programs, over REFI-QDA.

What we write and read back is equal, order included. What another program wrote becomes a codebook
that passes the check: names become labels, ids are made of them, and what nobody said is marked.
"""

from __future__ import annotations

import re
import unicodedata
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from classifiers.codebook import NO_DEFINITION, Code, Codebook, codebook_from_mapping
from classifiers.codebook_checks import CODE_ID, MAX_ID_CHARACTERS, TONES, UNPRINTABLE
from classifiers.codebook_description import join_fields, split_fields
from feedback.duplicates import text_key
from feedback.export.qda import QdaCode, QdaCodebook, QdaSet

__all__ = ["Imported", "from_qda", "to_qda"]

ORIGIN = "Feedback Toolkit"
NAMESPACE = uuid.UUID("6f2c54c0-3f0f-5d0e-9b5e-0f8a4d1c7e21")
"""Names our GUIDs (RFC 9562, version 5): the same codebook and code give the same one for ever."""

# Colours of GOV.UK charts, one for each group, so that a tree is easy to find one's way in.
COLOURS = ("#12436D", "#28A197", "#801650", "#F46A25", "#3D3D3D", "#A285D1")

_CODE_TEXTS = ("Definition", "Include", "Exclude", "Tone", "Urgent", "Code id")
_CODE_LISTS = ("Examples",)
_BOOK_TEXTS = ("Description", "Version", "Codebook id")
_YES = "yes, a person looks at every comment that might carry it"


@dataclass(frozen=True)
class Imported:
    """A codebook from another program, and what a person should look at in it."""

    codebook: Codebook
    warnings: tuple[str, ...]


def to_qda(codebook: Codebook) -> QdaCodebook:
    """Return the codebook in the exchange's terms.

    Codes are nested as in the codebook. Definition, inclusion, exclusion, examples and flags stand
    in a code's description, labelled. A set with the codebook's label holds all codes in the
    codebook's order, and its description says id and version.
    """
    tops = codebook.children_of("")
    codes = tuple(
        _to_code(codebook, code, COLOURS[position % len(COLOURS)])
        for position, code in enumerate(tops)
    )
    about = {
        "Description": codebook.description,
        "Version": str(codebook.version),
        "Codebook id": codebook.id,
    }
    everything = QdaSet(
        guid=_guid(codebook.id),
        name=codebook.label,
        description=join_fields(about),
        members=tuple(_guid(codebook.id, code.id) for code in codebook.codes),
    )
    return QdaCodebook(codes, f"{ORIGIN}: {codebook.name}", (everything,))


def _to_code(codebook: Codebook, code: Code, color: str) -> QdaCode:
    about = {
        "Definition": code.definition,
        "Include": code.include,
        "Exclude": code.exclude,
        "Examples": code.examples,
        "Tone": code.tone,
        "Urgent": _YES if code.urgent else "",
        "Code id": code.id,
    }
    return QdaCode(
        guid=_guid(codebook.id, code.id),
        name=code.label,
        is_codable=code.codable,
        description=join_fields(about),
        color=color,
        codes=tuple(_to_code(codebook, child, color) for child in codebook.children_of(code.id)),
    )


def _guid(*parts: str) -> str:
    return str(uuid.uuid5(NAMESPACE, "\n".join(parts)))


@dataclass
class _Reading:
    """What is known while the codes of a file are gone through."""

    entries: list[dict[str, Any]] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)
    examples: set[str] = field(default_factory=set)
    warnings: list[str] = field(default_factory=list)

    @property
    def taken(self) -> set[str]:
        return {entry["id"] for entry in self.entries}


def from_qda(book: QdaCodebook, *, name: str = "imported") -> Imported:
    """Return the codebook that a file of any program holds.

    Parameters
    ----------
    name
        What it is called where the file does not say, such as the file's name.

    Raises
    ------
    CodebookError
        What is there cannot make a codebook, such as codes that are all groups.
    """
    reading = _Reading()
    for code in book.codes:
        _read_code(code, "", reading)
    about, members = _own_set(book.sets, reading.ids)
    content: dict[str, Any] = {
        "id": about.get("Codebook id") or slug(name) or "imported",
        "label": about.get("label") or _one_line(name) or "Imported codebook",
        "version": _version(about.get("Version", "")),
        "description": about.get("Description", ""),
        "codes": _in_order(reading, members),
    }
    codebook = codebook_from_mapping(content)
    undefined = codebook.undefined_ids
    if undefined:
        listed = ", ".join(undefined[:10]) + (" and others" if len(undefined) > 10 else "")
        reading.warnings.append(
            f"{len(undefined)} of {len(codebook.codes)} codes have no definition yet: {listed}. "
            "Write them before anybody codes."
        )
    return Imported(codebook, tuple(reading.warnings))


def _read_code(code: QdaCode, parent: str, reading: _Reading) -> None:
    """Add a code and those below it."""
    about = split_fields(_clean(code.description), texts=_CODE_TEXTS, lists=_CODE_LISTS)
    texts = {label: value for label, value in about.items() if isinstance(value, str)}
    label = _one_line(code.name)
    if "Code id" not in texts:
        label = label.strip()
    if not label:
        label = f"Code {len(reading.entries) + 1}"
        reading.warnings.append(f"A code without a name is called '{label}' here.")
    code_id = _free_id(texts.get("Code id", ""), label, parent, reading)
    entry: dict[str, Any] = {
        "id": code_id,
        "label": _free_label(label, parent, code_id, reading),
        "definition": _definition(texts),
        "include": texts.get("Include", ""),
        "exclude": texts.get("Exclude", ""),
        "parent": parent,
        "codable": code.is_codable,
        "urgent": texts.get("Urgent", "").lower().startswith("yes"),
        "tone": texts.get("Tone", "") if texts.get("Tone", "") in TONES else "",
        "examples": list(_new_examples(about.get("Examples", []), code_id, reading)),
    }
    reading.entries.append(entry)
    if code.guid:
        reading.ids.setdefault(code.guid, code_id)
    for child in code.codes:
        _read_code(child, code_id, reading)


def _definition(texts: Mapping[str, str]) -> str:
    definition = texts.get("Definition", "")
    return definition if definition.strip() else NO_DEFINITION


def _free_id(own: str, label: str, parent: str, reading: _Reading) -> str:
    """Return the code's own id if it has a good one that is free, else one made of its name."""
    taken = reading.taken
    if CODE_ID.fullmatch(own) and len(own) <= MAX_ID_CHARACTERS and own not in taken:
        return own
    stem = slug(label) or f"code_{len(reading.entries) + 1}"
    stem = (f"{parent}.{stem}" if parent else stem)[: MAX_ID_CHARACTERS - 4].rstrip("._-")
    number, made = 1, stem
    while made in taken:
        number += 1
        made = f"{stem}_{number}"
    if own in taken:
        reading.warnings.append(
            f"The id '{own}' stands twice, as after a copy; the second is '{made}' here."
        )
    return made


def _free_label(label: str, parent: str, code_id: str, reading: _Reading) -> str:
    siblings = {e["label"].strip().casefold() for e in reading.entries if e["parent"] == parent}
    number, made = 1, label
    while made.strip().casefold() in siblings:
        number += 1
        made = f"{label} ({number})"
    if made != label:
        reading.warnings.append(f"The name '{label}' stands twice; '{code_id}' is '{made}' here.")
    return made


def _new_examples(examples: str | Sequence[str], code_id: str, reading: _Reading) -> Iterator[str]:
    for number, text in enumerate(examples, start=1):
        key = text_key(text)
        if not text.strip() or key in reading.examples:
            reading.warnings.append(
                f"Example {number} of '{code_id}' is empty or stands elsewhere, and is left out."
            )
            continue
        reading.examples.add(key)
        yield text


def _own_set(sets: Sequence[QdaSet], ids: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """Return what our set says of the codebook, and its codes in order; nothing without one."""
    for one in sets:
        about = split_fields(_clean(one.description), texts=_BOOK_TEXTS, lists=())
        texts = {label: value for label, value in about.items() if isinstance(value, str)}
        book_id = texts.get("Codebook id", "")
        if CODE_ID.fullmatch(book_id) and len(book_id) <= MAX_ID_CHARACTERS:
            members = [ids[guid] for guid in one.members if guid in ids]
            return {**texts, "label": _one_line(one.name)}, members
    return {}, []


def _in_order(reading: _Reading, members: Sequence[str]) -> list[dict[str, Any]]:
    """Return the codes in the order of our set; new ones behind, as they stand in the tree."""
    place = {code_id: position for position, code_id in reversed(list(enumerate(members)))}
    return sorted(reading.entries, key=lambda entry: place.get(entry["id"], len(members)))


def _version(text: str) -> int:
    return int(text) if re.fullmatch(r"[1-9][0-9]{0,17}", text) else 1


def _clean(text: str) -> str:
    """Return the text with our line breaks, and without what no codebook can hold."""
    return UNPRINTABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _one_line(text: str) -> str:
    clean = _clean(text)
    is_one = "\t" not in clean and len(clean.splitlines()) == 1
    return clean if is_one and clean.strip() else " ".join(clean.split())


def slug(text: str) -> str:
    """Return a text as the part of an id; empty where no letter or digit of ours is left.

    Examples
    --------
    >>> slug("Café & Küche"), slug("Wait (long)"), slug("待ち時間")
    ('cafe_kuche', 'wait_long', '')
    """
    plain = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:MAX_ID_CHARACTERS]
