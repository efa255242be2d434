"""Rule tables: rows of patterns that speak for a code, read from TOML beside the codebook."""

from __future__ import annotations

import hashlib
import json
import tomllib
from dataclasses import asdict, dataclass
from functools import cached_property
from importlib import resources
from typing import Any

from feedback.errors import CodebookError

__all__ = ["Rule", "RuleTable", "load_rules"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: patterns (notation: `classifiers.lexicon`) that speak for a code, and why."""

    code: str
    language: str
    reason: str
    patterns: tuple[str, ...]


@dataclass(frozen=True)
class RuleTable:
    """The rules of a codebook; a veto takes back what rules of its code found in its words."""

    rules: tuple[Rule, ...]
    vetoes: tuple[Rule, ...]

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the content: a model has learnt how far each code's rules can be trusted."""
        content = json.dumps(asdict(self), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(content.encode()).hexdigest()


def load_rules(codebook_id: str) -> RuleTable:
    """Return the rules that come with a codebook; an empty table where none do.

    Raises
    ------
    CodebookError
        The file cannot be read or a row lacks a field.

    Examples
    --------
    >>> "access.accessibility" in {rule.code for rule in load_rules("digital_service").rules}
    True
    >>> load_rules("mine")
    RuleTable(rules=(), vetoes=())
    """
    file = resources.files("classifiers") / "codebooks" / f"{codebook_id}.rules.toml"
    if not file.is_file():
        return RuleTable((), ())
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise CodebookError(f"The rules of '{codebook_id}' are not valid TOML: {error}.") from None
    return RuleTable(
        tuple(_read_rule(row, codebook_id) for row in content.get("rules", ())),
        tuple(_read_rule(row, codebook_id) for row in content.get("vetoes", ())),
    )


def _read_rule(row: dict[str, Any], codebook_id: str) -> Rule:
    try:
        return Rule(row["code"], row["language"], row["reason"], tuple(row["patterns"]))
    except KeyError as error:
        raise CodebookError(f"A rule of '{codebook_id}' has no {error}. Add it.") from None
