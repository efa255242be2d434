"""What every reader gives: a table of rows, and names for its columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

__all__ = ["Row", "Table", "unique_headings"]


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
    for position, cell in enumerate(cells, start=1):
        name = " ".join(str(cell if cell is not None else "").replace("\ufeff", "").split())
        if not name:
            name = f"column {position}"
        elif name in headings:
            name = f"{name} (column {position})"
        headings.append(name)
    return headings
