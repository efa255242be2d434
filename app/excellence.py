"""What service excellence asks of the comments: five kinds, each defined by codes in one table."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

__all__ = [
    "FEWER_THAN",
    "KINDS",
    "LEAST_SHOWN",
    "NOT_SHOWN",
    "NO_REGION",
    "Kind",
    "hidden_cells",
    "kind_of",
]

LEAST_SHOWN = 5
"""By region, a smaller count may point at a person, so it is not shown."""

FEWER_THAN = f"fewer than {LEAST_SHOWN}"
NOT_SHOWN = "not shown"
"""Told of every hidden count alike, since which of two is the small one says what both are."""

NO_REGION = "Region not told"
MAX_PASSES = 10
"""Rows and columns are looked at again while that hides more."""


@dataclass(frozen=True)
class Kind:
    """One kind of feedback; ``does`` is what its comments do.

    A code that is a whole group (``fault``) stands for all its codes (``fault.error``...).
    """

    name: str
    label: str
    does: str
    codes: tuple[str, ...]
    note: str

    def has(self, code: str) -> bool:
        """Say whether a code belongs to it."""
        return any(code == one or code.startswith(f"{one}.") for one in self.codes)


KINDS = (
    Kind("praise", "Praise", "praise", ("praise",), "Easy, quick, clear, thank you."),
    Kind(
        "complaints",
        "Complaints",
        "complain",
        ("complaint",),
        "Dissatisfaction with no cause given.",
    ),
    Kind(
        "adjustments",
        "Adjustments and help",
        "ask for adjustments or help",
        ("access",),
        "Adjustments for a disability, and help asked for or not reached.",
    ),
    Kind("faults", "Faults", "report a fault", ("fault",), "Something did not work."),
    Kind(
        "data-incidents",
        "Data-quality incidents",
        "report a data-quality incident",
        ("fault.lost_data", "fault.validation"),
        "Answers lost or refused though valid. They count as faults too.",
    ),
)
"""Praise and complaints about staff share one code, ``staff``, so they are in neither."""


def kind_of(name: str | None) -> Kind | None:
    """Return the kind of a name; None for none."""
    return next((kind for kind in KINDS if kind.name == name), None)


def hidden_cells(cells: pd.DataFrame) -> pd.DataFrame:
    """Return which counts are not shown: smaller than `LEAST_SHOWN`, or needed to hide one.

    A single hidden count follows from a total and the others, so the next smallest of its row or
    column goes too.

    Parameters
    ----------
    cells
        Counts; the totals of rows and columns may be seen elsewhere.
    """
    hidden = cells < LEAST_SHOWN
    for _ in range(MAX_PASSES):
        before = int(hidden.to_numpy().sum())
        hidden = _with_company(cells, hidden)
        hidden = _with_company(cells.T, hidden.T).T
        if int(hidden.to_numpy().sum()) == before:
            break
    return hidden


def _with_company(cells: pd.DataFrame, hidden: pd.DataFrame) -> pd.DataFrame:
    """Hide the smallest shown count of each row that hides one alone."""
    found = hidden.copy()
    for label in hidden.index[hidden.sum(axis=1) == 1]:
        shown = cells.loc[label][~hidden.loc[label]]
        if len(shown):
            found.loc[label, shown.idxmin()] = True
    return found
