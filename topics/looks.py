"""What one look finds: a p-value for each series, and how many false ones to expect.

Counts are small, so a test at level ``p`` is hardly ever passed with probability ``p`` where
nothing changed, but with less. `Look.false` adds up what each series can really reach (its attained
level) and so says how many false findings a look has that are as strong. From it follow both
the q-value (Benjamini-Hochberg in the form for discrete tests: R. Heyse, "A false discovery rate
procedure for categorical data", 2011) and the threshold that a false-alarm budget leads to.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

__all__ = ["Look", "q_values"]


@dataclass(frozen=True)
class Look:
    """One kind of test over all series at one moment. Arrays have an entry for each series.

    ``rows`` are positions of the series in the panel; ``days`` is the window's length, parts of a
    day included; ``false`` is how many findings at least as strong to expect of all series together
    where nothing changed, infinite for what is no finding.
    """

    rows: np.ndarray
    p: np.ndarray
    false: np.ndarray
    days: np.ndarray
    n: np.ndarray
    expected: np.ndarray
    usual_a_day: np.ndarray
    rate_ratio: np.ndarray
    low: np.ndarray
    high: np.ndarray

    def at_rows(self, rows: np.ndarray) -> Look:
        """Return the look with its series at other positions."""
        return replace(self, rows=rows)

    def pick(self, chosen: np.ndarray) -> Look:
        """Return the look with some of its series only; ``false`` stays that of all."""
        return replace(self, **{one.name: getattr(self, one.name)[chosen] for one in fields(self)})


def q_values(false: np.ndarray) -> np.ndarray:
    """Return the share of false findings to expect among those at least as strong as each.

    Parameters
    ----------
    false
        Expected number of false findings as strong as each; infinite for what is no finding.

    Examples
    --------
    With continuous tests on 10 series, ``false`` is ``10 p`` and this is the usual
    Benjamini-Hochberg adjustment:

    >>> p = np.array([0.001, 0.02, 0.5])
    >>> q_values(10 * p).round(3).tolist()
    [0.01, 0.1, 1.0]
    """
    order = np.argsort(false, kind="stable")
    ratios = false[order] / np.arange(1, len(false) + 1)
    q = np.empty(len(false))
    q[order] = np.minimum(np.minimum.accumulate(ratios[::-1])[::-1], 1.0)
    return q
