"""What every reader gives: a table of rows, and names for its columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from feedback.errors import UnreadableFileError

__all__ = [
    "MAX_COLUMNS",
    "Row",
    "Table",
    "check_width",
    "one_heading",
    "shown_name",
    "storable",
    "unique_headings",
]

MAX_COLUMNS = 2_000
"""The widest exports of surveys have some hundreds, one for each option that can be ticked. Every
field that is left over is redacted by itself and kept with each comment of its row."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number as a person sees it, its cells, or what is wrong with it."""

    number: int
    cells: Sequence[object]
    problem: str | None = None


@dataclass
class Table:
    """Headings, and rows that can be read once.

    ``headings`` may grow while the rows of JSON Lines are read; ``notes`` may, with any kind.
    Notes hold numbers and positions, never what stands in the file.
    """

    headings: list[str]
    rows: Iterator[Row]
    notes: list[str] = field(default_factory=list)


def unique_headings(cells: Sequence[object]) -> list[str]:
    """Return one name for each column: empty and repeated headings get their position.

    >>> unique_headings(["Comment", "", "Comment"])
    ['Comment', 'column 2', 'Comment (column 3)']
    """
    headings: list[str] = []
    known: set[str] = set()
    for position, cell in enumerate(cells, start=1):
        name = one_heading(str(cell if cell is not None else ""))
        if not name:
            name = f"column {position}"
        elif name in known:
            name = f"{name} (column {position})"
        headings.append(name)
        known.add(name)
    return headings


def one_heading(text: str) -> str:
    """Return a heading in one line, of characters that a store can hold."""
    return " ".join(storable(text).replace("\ufeff", "").split())


def storable(text: str) -> str:
    r"""Return a text that any store can hold: PostgreSQL has no NUL, and UTF-8 no half characters.

    >>> storable("a\0b\ud83d\ude00\ud800")
    'ab😀\ufffd'
    """
    if "\0" in text:
        text = text.replace("\0", "")
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def check_width(n_columns: int, name: str) -> None:
    """Raise `UnreadableFileError` for a file of this name that has too many columns."""
    if n_columns > MAX_COLUMNS:
        raise UnreadableFileError(
            f"{name} has {n_columns:,} columns; at most {MAX_COLUMNS:,} can be read. "
            "Export the columns that are needed alone."
        )


def shown_name(name: str) -> str:
    r"""Return a file's name so that it can be shown in one line on any terminal.

    >>> shown_name("week\n34.csv")
    'week\\n34.csv'
    """
    return "".join(
        character if character.isprintable() else ascii(character)[1:-1] for character in name
    )
