"""All that is known of a code, in the one text field that other programs have for it.

Labelled fields with a blank line between them, as `join_fields` shows. The text reads well where
it is shown, can be edited there, and is read back field by field. A line break inside a field is
followed by two blanks, so no text can be mistaken for a label. A description without any label is
a definition.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

__all__ = ["join_fields", "split_fields"]

INDENT = "  "
_BULLET = re.compile(r"[-*•] ?")


def join_fields(fields: Mapping[str, str | Sequence[str]]) -> str:
    """Return one text of labelled fields; a list becomes a line for each entry, empty fields go.

    Examples
    --------
    >>> print(join_fields({"Definition": "Late.", "Include": "", "Examples": ["no bus", "slow"]}))
    Definition: Late.
    <BLANKLINE>
    Examples:
    - no bus
    - slow
    """
    parts = []
    for label, value in fields.items():
        if isinstance(value, str):
            if value:
                parts.append(f"{label}: {_indented(value)}")
        elif value:
            parts.append("\n".join([f"{label}:", *(f"- {_indented(entry)}" for entry in value)]))
    return "\n\n".join(parts)


def split_fields(
    text: str, *, texts: Sequence[str], lists: Sequence[str]
) -> dict[str, str | list[str]]:
    """Return the fields of `join_fields`; text before the first label belongs to the first field.

    Parameters
    ----------
    texts, lists
        Labels to look for; those of lists have an entry on each line that begins with a dash.

    Examples
    --------
    >>> split_fields("Buses that are late.", texts=["Definition", "Include"], lists=["Examples"])
    {'Definition': 'Buses that are late.'}
    """
    labels = {label.lower(): label for label in (*texts, *lists)}
    pattern = re.compile(rf"({'|'.join(map(re.escape, labels))}):(?: (.*)|\s*)", re.IGNORECASE)
    blocks: list[tuple[str, list[str]]] = []
    for line in text.split("\n"):
        match = pattern.fullmatch(line)
        if match:
            first = match[2]
            blocks.append((labels[match[1].lower()], [] if first is None else [first]))
        elif blocks:
            blocks[-1][1].append(line)
        elif line.strip():
            blocks.append((texts[0], [line.strip()]))
    in_texts: dict[str, str] = {}
    in_lists: dict[str, list[str]] = {}
    for label, lines in blocks:
        while lines and not lines[-1]:
            lines.pop()
        if label in lists:
            in_lists[label] = [*in_lists.get(label, []), *_entries(lines)]
        else:  # written twice by hand: both are kept
            before = [in_texts[label]] if label in in_texts else []
            in_texts[label] = "\n".join([*before, _joined(lines)])
    return {**in_texts, **in_lists}


def _indented(value: str) -> str:
    return value.replace("\n", f"\n{INDENT}")


def _joined(lines: Sequence[str]) -> str:
    first, *rest = lines or [""]
    return "\n".join([first, *(line.removeprefix(INDENT) for line in rest)])


def _entries(lines: Sequence[str]) -> list[str]:
    entries: list[list[str]] = []
    for line in lines:
        bullet = _BULLET.match(line)
        if bullet:
            entries.append([line[bullet.end() :]])
        elif entries:
            entries[-1].append(line)
        elif line.strip():
            entries.append([line.strip()])
    return [_joined(entry) for entry in entries]
