"""Run stages over rows so that a row that raises is rejected and the rest go on.

What a stage raises may quote the text it was given, so nothing of an exception but the name of its
class goes on from here.
"""

from __future__ import annotations

import time
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from feedback.errors import MissingExtraError, ModelError, RecogniserError, StoreError
from feedback.schema import Reject

__all__ = ["Stages", "Stopwatch"]

Out = TypeVar("Out")

SYSTEMATIC = (MissingExtraError, ModelError, RecogniserError, StoreError)
"""Errors that say something of the installation and nothing of the row: they end the work."""


class Stopwatch:
    """Adds up seconds by stage."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)

    @contextmanager
    def time(self, stage: str) -> Iterator[None]:
        """Count the time spent inside the block."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[stage] += time.perf_counter() - started

    def timed(self, stage: str, steps: Iterable[Out]) -> Iterator[Out]:
        """Count the time spent waiting for each step."""
        iterator = iter(steps)
        while True:
            with self.time(stage):
                try:
                    step = next(iterator)
                except StopIteration:
                    return
            yield step

    def rounded(self) -> dict[str, float]:
        """Return the seconds, to the millisecond."""
        return {stage: round(value, 3) for stage, value in self.seconds.items()}


class Stages:
    """The rows of one chunk on their way; ``rejects`` are those that fell out, by row number."""

    def __init__(self, watch: Stopwatch) -> None:
        self._watch = watch
        self.rejects: dict[int, Reject] = {}

    def each(
        self,
        stage: str,
        function: Callable[..., Any],
        rows: Sequence[int],
        *columns: Iterable[Any],
    ) -> list[Any]:
        """Return the function's result for each value; None where the row is out."""
        with self._watch.time(stage), _unwarned():
            return [
                self._try(stage, row, function, *values)
                for row, *values in zip(rows, *columns, strict=True)
            ]

    def together(
        self,
        stage: str,
        function: Callable[[list[Any]], Any],
        rows: Sequence[int],
        values: Sequence[Any],
    ) -> list[Any]:
        """Return the results of a function of many values; if it raises, find out for whom."""
        places = [place for place, row in enumerate(rows) if row not in self.rejects]
        results: list[Any] = [None] * len(rows)
        given = [values[place] for place in places]
        with self._watch.time(stage), _unwarned():
            found = self._try_all(function, given)
            # Outside the handler, or what was raised, quoting the text, would be the context of
            # whatever is raised from here on.
            if found is None:
                found = [
                    self._try(stage, rows[place], _alone, function, value)
                    for place, value in zip(places, given, strict=True)
                ]
        for place, result in zip(places, found, strict=True):
            results[place] = result
        return results

    @staticmethod
    def _try_all(function: Callable[[list[Any]], Any], values: list[Any]) -> list[Any] | None:
        try:
            return list(function(values))
        except SYSTEMATIC as error:
            raise error from None
        except Exception:  # noqa: BLE001 - asked again value by value, and told there
            return None

    def _try(self, stage: str, row: int, function: Callable[..., Any], *values: Any) -> Any:
        if row in self.rejects:
            return None
        try:
            return function(*values)
        except SYSTEMATIC as error:
            raise error from None
        except Exception as error:  # noqa: BLE001 - any row may break any library; it is told
            self.rejects[row] = Reject(row, stage, type(error).__name__)
            return None


def _alone(function: Callable[[list[Any]], Any], value: Any) -> Any:
    return function([value])[0]


@contextmanager
def _unwarned() -> Iterator[None]:
    """Keep libraries from warning: they like to quote the text that worries them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
