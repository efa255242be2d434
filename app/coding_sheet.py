"""The sheet of comments that a person codes: written, and read back with every row checked."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from feedback.errors import LabelsError, SettingsError
from feedback.schema import EMPTY_LABEL

if TYPE_CHECKING:
    from classifiers.codebook import Codebook

__all__ = ["SHEET_COLUMNS", "CheckedSheet", "check_sheet", "read_sheet", "write_sheet"]

SHEET_COLUMNS = ("id", "text", "service", "page", "codes")
NEEDED = ("id", "text", "codes")
SEPARATOR = ";"
FIRST_ROW = 2
"""Number of the first row below the headings, as a spreadsheet shows it."""

ENCODINGS = ("utf-8-sig", "cp1252")
"""As sheets are written, and as some spreadsheets save them."""


@dataclass(frozen=True)
class CheckedSheet:
    """Codes by comment id in the sheet's order, how many rows wait, and what is wrong with others.

    ``problems`` name rows by number, never by their text.
    """

    codes: dict[str, tuple[str, ...]]
    n_rows: int
    n_uncoded: int
    problems: tuple[str, ...]


def write_sheet(path: Path, rows: Iterable[Mapping[str, str | None]]) -> None:
    """Write a sheet that a spreadsheet opens as it is, for the eyes of its owner alone.

    The column ``codes`` is empty, and nothing tells what the machine thinks: a coder who knows
    would lean towards it. Cells that a spreadsheet could run begin with an apostrophe.

    Raises
    ------
    SettingsError
        There is a file already, which may hold somebody's work, or none can be made there.
    """
    from feedback.export import neutralise

    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(SHEET_COLUMNS)
    for row in rows:
        writer.writerow([neutralise(row.get(name) or "") for name in SHEET_COLUMNS[:-1]] + [""])
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise SettingsError(
            f"{path} is there already, perhaps with somebody's codes in it. Name another file."
        ) from None
    except OSError as error:
        raise SettingsError(f"{path} cannot be written ({error.strerror}).") from None
    with open(descriptor, "w", encoding="utf-8-sig", newline="") as file:
        file.write(buffer.getvalue())


def read_sheet(path: Path) -> list[dict[str, str]]:
    """Return the rows of a sheet by column.

    Raises
    ------
    LabelsError
        It cannot be read, lacks a column, or has no row.
    """
    rows = list(csv.reader(io.StringIO(_decoded(path), newline="")))
    headings = [name.strip().casefold() for name in rows[0]] if rows else []
    missing = [name for name in NEEDED if name not in headings]
    if missing:
        raise LabelsError(
            f"{path} has no column '{missing[0]}'. Give the sheet that 'feedback code-next' wrote, "
            f"saved as CSV with commas, with the columns {', '.join(NEEDED)}."
        )
    places = {name: headings.index(name) for name in NEEDED}
    # Padded: spreadsheets leave empty cells at the end of a row out.
    return [
        {name: [*row, *[""] * len(headings)][place] for name, place in places.items()}
        for row in rows[1:]
    ]


def check_sheet(
    rows: Sequence[Mapping[str, str]], texts: Mapping[str, str], codebook: Codebook
) -> CheckedSheet:
    """Return the codes of a sheet, with every problem there is.

    Parameters
    ----------
    rows
        As `read_sheet` gives them; a row without anything in it is passed over.
    texts
        Text in the store by comment id.
    codebook
        Whose codes may be given; capital letters make no difference.
    """
    known = {code.casefold(): code for code in codebook.code_ids}
    codes: dict[str, tuple[str, ...]] = {}
    seen: dict[str, int] = {}
    problems: list[str] = []
    n_uncoded = 0
    for number, row in enumerate(rows, start=FIRST_ROW):
        comment_id = row["id"].strip()
        if not any(cell.strip() for cell in row.values()):
            continue
        names = _names(row["codes"])
        first = seen.setdefault(comment_id, number)
        if problem := _problem(row, comment_id, names, texts, known, first, number):
            problems.append(f"Row {number}: {problem.format(codebook=codebook.name)}")
        elif names:
            codes[comment_id] = tuple(dict.fromkeys(known[name] for name in names))
        else:
            n_uncoded += 1
    return CheckedSheet(codes, len(seen), n_uncoded, tuple(problems))


def _problem(
    row: Mapping[str, str],
    comment_id: str,
    names: Sequence[str],
    texts: Mapping[str, str],
    known: Mapping[str, str],
    first: int,
    number: int,
) -> str:
    """Return what is wrong with a row, or nothing."""
    if comment_id not in texts:
        return "its id is not in the store."
    if first != number:
        return f"the comment of row {first} again. Keep one of the two."
    if not _is_same(row["text"], texts[comment_id]):
        return "its text is not the comment's, or no longer. Codes are for the text as it stands."
    if any(name not in known for name in names):
        return "a code that is not in {codebook}. Separate codes by ';'."
    if EMPTY_LABEL in names and len(set(names)) > 1:
        return f"'{EMPTY_LABEL}' stands beside another code. It is for nothing to code, alone."
    return ""


def _names(cell: str) -> list[str]:
    """Return the codes in a cell; ``,`` separates them as well as ``;``, and no id has one."""
    parts = cell.replace(",", SEPARATOR).split(SEPARATOR)
    return [part.strip().casefold() for part in parts if part.strip()]


def _is_same(cell: str, text: str) -> bool:
    """Return whether a cell has the text, whatever a spreadsheet did to line ends and apostrophe.

    Comparing undoes the apostrophe: no apostrophe of the comment's own can be lost by it.
    """
    from feedback.export import neutralise

    return cell.split() in (text.split(), neutralise(text).split())


def _decoded(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise LabelsError(f"{path} cannot be read ({error.strerror}).") from None
    for encoding in ENCODINGS:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise LabelsError(f"{path} is neither in UTF-8 nor in Windows-1252. Save it as CSV UTF-8.")
