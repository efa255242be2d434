"""Codebooks: what each code means, read from TOML and checked."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any

from classifiers.codebook_checks import find_problems
from feedback.errors import CodebookError

__all__ = [
    "DEFAULT_CODEBOOK",
    "NO_DEFINITION",
    "Code",
    "Codebook",
    "codebook_from_mapping",
    "coding_guide",
    "load_codebook",
]

DEFAULT_CODEBOOK = "digital_service"

NO_DEFINITION = "No definition yet."
"""Definition of a code that came from another program without one."""


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

    @cached_property
    def group_ids(self) -> tuple[str, ...]:
        """Ids that only hold others together, in the file's order."""
        return tuple(code.id for code in self.codes if not code.codable)

    @cached_property
    def undefined_ids(self) -> tuple[str, ...]:
        """Ids of codes that nobody has defined yet."""
        return tuple(code.id for code in self.codes if code.definition == NO_DEFINITION)

    def children_of(self, parent: str) -> tuple[Code, ...]:
        """Return the codes right below ``parent``; those at the top for the empty text."""
        return self._children.get(parent, ())

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
    def _children(self) -> dict[str, tuple[Code, ...]]:
        found: dict[str, tuple[Code, ...]] = {}
        for code in self.codes:
            found[code.parent] = (*found.get(code.parent, ()), code)
        return found

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
        No such codebook, not UTF-8, not TOML, or rules are broken: the message has a line for each,
        with the code and what to do.

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
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CodebookError(
            f"Codebook '{source}' is not in UTF-8 (byte {error.start + 1}). Save it as UTF-8."
        ) from None
    except (OSError, ValueError):
        raise CodebookError(
            f"No codebook could be read from '{source}'. Shipped: {', '.join(_shipped_names())}. "
            "Name one of them or a TOML file in UTF-8."
        ) from None
    try:
        content = tomllib.loads(text)
    except RecursionError:
        raise CodebookError(f"Codebook '{source}' is nested too deeply to be one.") from None
    except tomllib.TOMLDecodeError as error:
        raise CodebookError(f"Codebook '{source}' is not valid TOML: {error}.") from None
    return codebook_from_mapping(content)


def codebook_from_mapping(content: Mapping[str, Any]) -> Codebook:
    """Return the codebook of a parsed TOML file or of the metadata of a model.

    Raises
    ------
    CodebookError
        With a line for each problem of `classifiers.codebook_checks.find_problems`.
    """
    problems = find_problems(content)
    if len(problems) == 1:
        raise CodebookError(problems[0])
    if problems:
        listed = "\n".join(f"- {problem}" for problem in problems)
        raise CodebookError(f"{len(problems)} problems in the codebook:\n{listed}")
    codes = tuple(
        Code(**{**entry, "examples": tuple(entry.get("examples", ()))})
        for entry in content["codes"]
    )
    return Codebook(
        content["id"],
        content.get("label") or content["id"],
        content["version"],
        codes,
        content.get("description", ""),
    )


def coding_guide(codebook: Codebook) -> str:
    """Return how the borders of a shipped codebook are drawn, as Markdown; empty without a guide.

    A team's own version of a shipped codebook may draw them elsewhere and has none.
    """
    guide = resources.files("classifiers") / "codebooks" / f"{codebook.id}.guide.md"
    is_shipped = codebook.id in _shipped_names() and load_codebook(codebook.id) == codebook
    return guide.read_text(encoding="utf-8") if is_shipped and guide.is_file() else ""


def _shipped_names() -> list[str]:
    """Return the names of the codebooks that come with the toolkit."""
    folder = resources.files("classifiers") / "codebooks"
    return sorted(
        entry.name.removesuffix(".toml")
        for entry in folder.iterdir()
        if entry.name.endswith(".toml") and not entry.name.endswith(".rules.toml")
    )
