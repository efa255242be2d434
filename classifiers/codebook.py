"""Codebooks: what each code means, read from TOML and checked."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any

from feedback.errors import CodebookError
from feedback.schema import Sentiment

__all__ = ["DEFAULT_CODEBOOK", "Code", "Codebook", "codebook_from_mapping", "load_codebook"]

DEFAULT_CODEBOOK = "digital_service"

_TEXT_FIELDS = ("id", "label", "definition", "include", "exclude", "parent", "tone")
_REQUIRED = ("id", "label", "definition")
_FLAGS = ("codable", "urgent")
_TONES = ("", Sentiment.POSITIVE, Sentiment.NEUTRAL, Sentiment.NEGATIVE)


@dataclass(frozen=True, slots=True)
class Code:
    """One entry of a codebook.

    A code that is not ``codable`` is a group. An ``urgent`` code is looked for by rules and model
    alike, either is enough, and it is never dropped when a comment is left for review. ``tone`` is
    the sentiment that the code alone implies: positive, neutral, negative, or empty for either.
    """

    id: str
    label: str
    definition: str
    include: str = ""
    exclude: str = ""
    parent: str = ""
    codable: bool = True
    urgent: bool = False
    tone: str = ""
    examples: tuple[str, ...] = ()


@dataclass(frozen=True)
class Codebook:
    """A checked set of codes; every parent exists and no code is its own ancestor."""

    id: str
    label: str
    version: int
    codes: tuple[Code, ...]
    description: str = ""

    @cached_property
    def code_ids(self) -> tuple[str, ...]:
        """Ids that can be assigned, in the file's order; groups are left out."""
        return tuple(code.id for code in self.codes if code.codable)

    @cached_property
    def urgent_ids(self) -> tuple[str, ...]:
        """Ids of urgent codes."""
        return tuple(code.id for code in self.codes if code.codable and code.urgent)

    @property
    def name(self) -> str:
        """Id with version, such as ``digital_service/1``."""
        return f"{self.id}/{self.version}"

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the content; spacing and comments in the file make no difference."""
        content = json.dumps(asdict(self), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(content.encode()).hexdigest()

    def __getitem__(self, code_id: str) -> Code:
        """Return the code with this id; KeyError where there is none."""
        return self._by_id[code_id]

    def __contains__(self, code_id: object) -> bool:
        return code_id in self._by_id

    @cached_property
    def _by_id(self) -> dict[str, Code]:
        return {code.id: code for code in self.codes}


def load_codebook(source: str | Path = DEFAULT_CODEBOOK) -> Codebook:
    """Return a checked codebook.

    Parameters
    ----------
    source
        Name of a codebook that comes with the toolkit, or the path of a TOML file.

    Raises
    ------
    CodebookError
        No such codebook, not TOML, or a rule is broken: the message names the code and the rule.

    Examples
    --------
    >>> codebook = load_codebook()
    >>> codebook.name, len(codebook.code_ids), codebook.urgent_ids
    ('digital_service/1', 27, ('safeguarding',))
    >>> codebook["fault.upload"].parent
    'fault'
    """
    shipped = resources.files("classifiers") / "codebooks" / f"{source}.toml"
    path = shipped if isinstance(source, str) and shipped.is_file() else Path(source)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise CodebookError(
            f"No codebook could be read from '{source}'. Shipped: {', '.join(_shipped_names())}. "
            "Name one of them or a TOML file in UTF-8."
        ) from None
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CodebookError(f"Codebook '{source}' is not valid TOML: {error}.") from None
    return codebook_from_mapping(content)


def codebook_from_mapping(content: Mapping[str, Any]) -> Codebook:
    """Return the codebook of a parsed TOML file or of the metadata of a model.

    Raises
    ------
    CodebookError
        A field is missing or of the wrong kind, an id stands twice, a parent is unknown, codes
        are their own ancestors, or there is nothing to assign.
    """
    name = content.get("id")
    if not isinstance(name, str) or not name.strip():
        raise CodebookError("A codebook needs an 'id': a short name in lower case.")
    version = content.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise CodebookError(f"Codebook '{name}' needs a 'version': a whole number from 1 on.")
    entries = content.get("codes", [])
    if not isinstance(entries, list | tuple) or not entries:
        raise CodebookError(f"Codebook '{name}' has no codes. Add at least one [[codes]] table.")
    codes = tuple(_read_code(entry, position) for position, entry in enumerate(entries, start=1))
    _check_tree(codes)
    label, description = content.get("label", name), content.get("description", "")
    if not isinstance(label, str) or not isinstance(description, str):
        raise CodebookError(f"Codebook '{name}': 'label' and 'description' must be text.")
    return Codebook(name, label, version, codes, description)


def _read_code(entry: object, position: int) -> Code:
    """Return one code; ``position`` counts from 1 and stands in messages where there is no id."""
    if not isinstance(entry, Mapping):
        raise CodebookError(f"Code {position} is not a table. Write it as [[codes]].")
    where = f"Code '{entry['id']}'" if entry.get("id") else f"Code {position}"
    for field in _REQUIRED:
        if not str(entry.get(field, "")).strip():
            raise CodebookError(f"{where} has no '{field}'. Add one.")
    unknown = sorted(set(entry) - {*_TEXT_FIELDS, *_FLAGS, "examples"})
    if unknown:
        known = ", ".join((*_TEXT_FIELDS, *_FLAGS, "examples"))
        raise CodebookError(f"{where} has an unknown field '{unknown[0]}'. Known: {known}.")
    for field in _TEXT_FIELDS:
        if not isinstance(entry.get(field, ""), str):
            raise CodebookError(f"{where}: '{field}' must be text.")
    for field in _FLAGS:
        if not isinstance(entry.get(field, True), bool):
            raise CodebookError(f"{where}: '{field}' must be true or false.")
    if entry.get("tone", "") not in _TONES:
        raise CodebookError(f"{where}: 'tone' must be positive, neutral, negative or left out.")
    examples = entry.get("examples", ())
    if not isinstance(examples, list | tuple) or not all(isinstance(e, str) for e in examples):
        raise CodebookError(f"{where}: 'examples' must be a list of texts.")
    return Code(**{**entry, "examples": tuple(examples)})


def _check_tree(codes: tuple[Code, ...]) -> None:
    """Refuse ids that stand twice, unknown parents, cycles, and a book without codable codes."""
    twice = [code_id for code_id, n in Counter(code.id for code in codes).items() if n > 1]
    if twice:
        raise CodebookError(f"Code '{twice[0]}' stands twice. Rename or remove one of them.")
    parents = {code.id: code.parent for code in codes}
    for code in codes:
        if code.parent and code.parent not in parents:
            raise CodebookError(
                f"Code '{code.id}' has the parent '{code.parent}', which is not in the codebook. "
                "Add it, with codable = false if it is only a group, or correct the name."
            )
    for code in codes:
        chain = [code.id]
        while parent := parents[chain[-1]]:
            if parent in chain:
                cycle = " > ".join((*chain[chain.index(parent) :], parent))
                raise CodebookError(f"Codes are their own ancestors: {cycle}. Cut one parent.")
            chain.append(parent)
    if not any(code.codable for code in codes):
        raise CodebookError("No code can be assigned: every one has codable = false.")


def _shipped_names() -> list[str]:
    """Return the names of the codebooks that come with the toolkit."""
    folder = resources.files("classifiers") / "codebooks"
    return sorted(
        entry.name.removesuffix(".toml")
        for entry in folder.iterdir()
        if entry.name.endswith(".toml") and not entry.name.endswith(".rules.toml")
    )
