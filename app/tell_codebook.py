"""From the codebook and its counts to what the page says; pure, as `app.tell` is."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from app.wording import TOO_FEW, counted, percent, share_range
from feedback.schema import EMPTY_LABEL

if TYPE_CHECKING:
    from app.codebook_at_hand import AtHand
    from app.queries_codes import CodeCounts
    from classifiers.codebook import Code, Codebook

__all__ = [
    "COLUMNS",
    "TOO_FEW_TRAINED",
    "about_figures",
    "answer",
    "code_note",
    "codes_table",
    "group_note",
    "size",
    "unknown_codes",
]

COLUMNS = {
    "Code": 240,
    "Comments": 86,
    "Share": 130,
    "To check": 82,
    "Precision": 152,
    "Recall": 152,
    "Group": 205,
}
"""Columns of the table of codes with their widths in pixels: all fit a laptop's screen."""

TOO_FEW_TRAINED = 30
"""Under so many comments a code's precision and recall say more about chance than about it."""


def size(codebook: Codebook) -> str:
    """Return how large a codebook is."""
    n_groups = len(codebook.group_ids)
    groups = f" in {counted(n_groups, 'group')}" if n_groups else ""
    return f"{counted(len(codebook.code_ids), 'code')}{groups}"


def answer(codebook: Codebook, counts: CodeCounts | None) -> str:
    """Return the page's answer: how large the codebook is, and which code leads."""
    told = f"{size(codebook)}."
    if counts is None or not counts.n_coded:
        return told
    given = {
        code: counts.assigned[code]
        for code in codebook.code_ids
        if code != EMPTY_LABEL and counts.assigned.get(code)
    }
    if not given:
        return f"{told} No comment here carries one."
    first = max(given, key=lambda code: given[code])
    share = percent(given[first] / counts.n_coded)
    return f"{told} {codebook[first].label} is the most frequent: {share} of comments."


def codes_table(at_hand: AtHand, counts: CodeCounts | None) -> pd.DataFrame:
    """Return a row for each code that can be given, in the order of the tree."""
    codebook = at_hand.codebook
    rows = []
    for code in _in_tree(codebook):
        row: dict[str, Any] = {"Code": code.label}
        if counts is not None:
            n = counts.assigned.get(code.id, 0)
            row["Comments"] = n
            row["Share"] = share_range(n, counts.n_coded)
            row["To check"] = counts.review.get(code.id, 0)
        if at_hand.figures:
            row["Precision"] = _figure(at_hand.figures, code.id, "precision")
            row["Recall"] = _figure(at_hand.figures, code.id, "recall")
        rows.append({**row, "Group": _group_label(codebook, code)})
    return pd.DataFrame(rows)


def _in_tree(codebook: Codebook, parent: str = "") -> list[Code]:
    found: list[Code] = []
    for code in codebook.children_of(parent):
        found += [code] if code.codable else []
        found += _in_tree(codebook, code.id)
    return found


def _group_label(codebook: Codebook, code: Code) -> str:
    return codebook[code.parent].label if code.parent else "–"


def _figure(figures: Mapping[str, Mapping[str, Any]], code_id: str, name: str) -> str:
    """Return a figure with its interval; a code on few training comments has none worth saying."""
    row = figures.get(code_id)
    if row is None or row["n"] < TOO_FEW_TRAINED:
        return TOO_FEW
    found = row[name]
    if found["value"] is None:
        return "–"
    told = percent(found["value"])
    if found["low"] is None or found["high"] is None:
        return told
    return f"{told} ({percent(found['low'])} to {percent(found['high'])})"


def about_figures(at_hand: AtHand) -> str:
    """Return where precision and recall come from, or why there are none."""
    if at_hand.trouble:
        return f"No precision and recall: {at_hand.trouble}"
    return (
        "Precision: of the comments the machine gave a code, how many were right. Recall: of those "
        "that have it, how many it found. Both with 95% intervals, measured on "
        f"{counted(at_hand.n_trained, 'training comment')} by models that had not seen them "
        f"(out of fold); the model card of {at_hand.model} says more. They can flatter: code some "
        "of your own comments and measure with feedback evaluate."
    )


def code_note(code: Code) -> str:
    """Return a code's id and what is special about it."""
    parts = [code.id]
    parts += ["urgent: a person looks at every one"] if code.urgent else []
    parts += [] if code.codable else ["group"]
    return " · ".join(parts)


def group_note(code: Code, counts: CodeCounts | None) -> str:
    """Return what a top-level group is, and how many comments carry any of its codes."""
    if counts is None:
        return code.definition
    return f"{code.definition} {_number(counts.groups.get(code.id, 0), counts.n_coded)}."


def _number(n: int, n_coded: int) -> str:
    share = n / n_coded if n_coded else math.nan
    return f"{counted(n, 'comment')} ({percent(share)})"


def unknown_codes(codebook: Codebook, counts: CodeCounts) -> list[tuple[str, str]]:
    """Return codes that comments carry and the codebook lacks, such as those of an older one."""
    return [
        (code, counted(n, "comment"))
        for code, n in sorted(counts.assigned.items(), key=lambda pair: (-pair[1], pair[0]))
        if code not in codebook
    ]
