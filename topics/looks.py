"""What one look finds: a p-value for each series, and how many false ones to expect below it.

Counts are small, so a test at level ``p`` is hardly ever passed with probability ``p`` where
nothing changed, but with less. `Look.expected_false` adds up what each series can really reach (its
attained level) and so says how many false findings a look has below a p-value. From it follow both
the q-value (Benjamini-Hochberg in the form for discrete tests: R. Heyse, "A false discovery rate
procedure for categorical data", 2011) and the threshold that a false-alarm budget leads to.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

__all__ = ["Look", "q_values"]


@dataclass(frozen=True)
class Look:
    """One kind of test over all series at one moment. Arrays have an entry for each series.

    ``rows`` are positions of the series in the panel; ``days`` is the window's length.
    """

    rows: np.ndarray
    p: np.ndarray
    days: np.ndarray
    n: np.ndarray
    expected: np.ndarray
    rate_ratio: np.ndarray
    low: np.ndarray
    high: np.ndarray
    expected_false: Callable[[np.ndarray], np.ndarray] = field(repr=False)

    def at_rows(self, rows: np.ndarray) -> Look:
        """Return the look with its series at other positions."""
        return replace(self, rows=rows)

    def pick(self, chosen: np.ndarray) -> Look:
        """Return the look with some of its series only; expectations stay those of all."""
        names = ("rows", "p", "days", "n", "expected", "rate_ratio", "low", "high")
        return replace(self, **{name: getattr(self, name)[chosen] for name in names})


def q_values(p: np.ndarray, expected_false: np.ndarray) -> np.ndarray:
    """Return the share of false findings to expect among those with a p-value as low or lower.

    Examples
    --------
    With continuous tests on 10 series, ``expected_false`` is ``10 p`` and this is the usual
    Benjamini-Hochberg adjustment:

    >>> p = np.array([0.001, 0.02, 0.5])
    >>> q_values(p, 10 * p).round(3).tolist()
    [0.01, 0.1, 1.0]
    """
    order = np.argsort(p, kind="stable")
    ratios = expected_false[order] / np.arange(1, len(p) + 1)
    q = np.empty(len(p))
    q[order] = np.minimum(np.minimum.accumulate(ratios[::-1])[::-1], 1.0)
    return q
