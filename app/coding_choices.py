"""Codes that can be given while coding: the codebook's, and those that coders proposed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from app.wording import code_label
from classifiers.codebook import Code
from feedback.schema import EMPTY_LABEL, CodeProposal

if TYPE_CHECKING:
    from app.queries_rounds import Proposal
    from classifiers.codebook import Codebook

__all__ = ["KEYS", "can_stand_on_a_button", "choices_of", "keyed_codes", "label_of", "labels_of"]

KEYS = "1234567890"
"""Keys of the codes that are given most, in the order of the keyboard; the last is for none."""

_PLAIN = re.compile(r"[^\W\d_](?:[^\W_]|[ ,'’()/&-])*")
"""Labels that mean nothing as Markdown: a button's label is Markdown, and these are people's."""


def choices_of(codebook: Codebook, proposals: Sequence[Proposal]) -> dict[str, Code]:
    """Return the codes that can be given, by id, in the order of the codebook."""
    found = {code_id: codebook[code_id] for code_id in codebook.code_ids}
    for one in proposals:
        if one.status is not CodeProposal.DECLINED and one.code not in found:
            found[one.code] = Code(one.code, f"{one.label} (proposed)", one.definition)
    return found


def label_of(code: str, choices: Mapping[str, Code]) -> str:
    """Return what a code is called; one of another codebook is told from its id."""
    return choices[code].label if code in choices else code_label(code)


def labels_of(codes: Iterable[str], choices: Mapping[str, Code]) -> str:
    """Return what codes are called, in a row."""
    return ", ".join(label_of(code, choices) for code in codes) or "none yet"


def can_stand_on_a_button(label: str) -> bool:
    """Say whether a label is shown as typed on a button.

    >>> can_stand_on_a_button("Slow or timed out"), can_stand_on_a_button("**Slow** :smile:")
    (True, False)
    """
    return _PLAIN.fullmatch(label) is not None


def keyed_codes(choices: Mapping[str, Code], frequent: Sequence[str]) -> dict[str, str]:
    """Return codes by the key that gives them: those given most, then the codebook's first.

    Nothing to code has the last key. Codes whose label a button cannot show have none.
    """
    ordered = dict.fromkeys([*(code for code in frequent if code in choices), *choices])
    plain = [
        code
        for code in ordered
        if code != EMPTY_LABEL and can_stand_on_a_button(choices[code].label)
    ]
    keyed = dict(zip(KEYS[:-1], plain, strict=False))
    if EMPTY_LABEL in choices:
        keyed[KEYS[-1]] = EMPTY_LABEL
    return keyed
