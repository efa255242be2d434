"""The rows of a query in the order of one column, and the last value of it that was read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from feedback.errors import PullError
from feedback.tables import Row

__all__ = [
    "LOOK_BACK_MINUTES",
    "LOOK_BACK_NUMBERS",
    "OrderedRows",
    "decoded",
    "encoded",
    "since_value",
]

LOOK_BACK_MINUTES = 10
LOOK_BACK_NUMBERS = 1_000
"""How far before the last value it is asked again, where the ordered column is a time or a number:
the rows of a transaction are seen when it ends, and their times and numbers are older."""

_PLAIN = re.compile(r"[0-9][0-9T:+\-./ Z]{0,39}")
"""What a text that rows are ordered by may look like: a time or a number. It is kept in the store,
where nothing that people wrote may stand."""

Value = int | float | Decimal | datetime | date | str


@dataclass
class OrderedRows:
    """The rows of a query, checked on the way; ``before`` is the last value of earlier turns."""

    shown: str
    column: str
    before: Value | None
    last: Value | None = None
    n_seen_before: int = 0
    is_extra: bool = False

    def read(self, result: sa.CursorResult[Any], at: int) -> Iterator[Row]:
        """Yield rows; refuse those out of order, since what follows could be lost."""
        for number, cells in enumerate(result, start=1):
            value = self._value(cells[at], number)
            try:
                if self.last is not None and value < self.last:  # type: ignore[operator]
                    raise PullError(
                        f"{self.shown}: row {number:,} comes before the one above it. End the "
                        f"query with ORDER BY {self.column}."
                    )
                if self.before is not None and value <= self.before:  # type: ignore[operator]
                    self.n_seen_before = number
            except TypeError:
                raise PullError(
                    f"{self.shown}: the values of '{self.column}' are of several kinds."
                ) from None
            self.last = value
            told = [_cell(cell) for cell in cells]
            if self.is_extra:
                told[at] = None
            yield Row(number, told)

    def _value(self, cell: object, number: int) -> Value:
        if isinstance(cell, int | float | Decimal | date) and not isinstance(cell, bool):
            return cell
        if isinstance(cell, str) and _PLAIN.fullmatch(cell):
            return cell
        told = "no value" if cell is None else "neither a number nor a time"
        raise PullError(f"{self.shown}: row {number:,} has {told} in '{self.column}'.")

    @property
    def is_past(self) -> bool:
        """Whether rows were read that come after those of earlier turns."""
        if self.last is None or self.before is None:
            return self.last is not None
        return bool(self.last > self.before)  # type: ignore[operator]

    def high_water(self) -> dict[str, str] | None:
        """Return the last value read, as it is kept; an earlier one never replaces a later one."""
        value = self.last if self.is_past else self.before
        return None if value is None else encoded(value)


def _cell(cell: object) -> object:
    if isinstance(cell, bytes | bytearray | memoryview):
        return bytes(cell).decode("utf-8", "replace")
    return cell


def since_value(before: Value | None, options: Any) -> Value:
    """Return what to ask from: a little before the last value, or where the source begins."""
    if before is None:
        return _begin(str(options["since"]))
    minutes = int(options.get("look_back_minutes", LOOK_BACK_MINUTES))
    if isinstance(before, datetime):
        return before - timedelta(minutes=minutes)
    if isinstance(before, date):
        return before - timedelta(days=1 if minutes else 0)
    if isinstance(before, str):
        return before
    return before - int(options.get("look_back_numbers", LOOK_BACK_NUMBERS))


def _begin(text: str) -> Value:
    return int(text) if re.fullmatch(r"-?\d{1,18}", text) else text


def encoded(value: Value) -> dict[str, str]:
    """Return a value as it is kept."""
    kind = type(value).__name__
    return {"kind": kind, "value": value.isoformat() if isinstance(value, date) else str(value)}


def decoded(kept: Any) -> Value | None:
    """Return the last value of earlier turns, as the database gave it.

    >>> decoded(encoded(datetime(2026, 4, 1, 9, 30))), decoded(encoded(Decimal("2.5")))
    (datetime.datetime(2026, 4, 1, 9, 30), Decimal('2.5'))
    """
    if not kept:
        return None
    made: dict[str, Callable[[str], Value]] = {
        "int": int,
        "float": float,
        "Decimal": Decimal,
        "datetime": datetime.fromisoformat,
        "date": date.fromisoformat,
        "str": str,
    }
    return made[kept["kind"]](kept["value"])
