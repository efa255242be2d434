"""How alike the comments of two issues are, for people who wonder whether they are one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from topics.cohesion import cohesion_of

__all__ = ["likeness_to"]


def likeness_to(
    own: Mapping[str, Any] | pd.Series[Any], others: pd.DataFrame, centre: np.ndarray | None
) -> list[float]:
    """Return the likeness of each of some issues to one of their page; see `topics.cohesion`.

    Parameters
    ----------
    own, others
        ``centroid`` and ``n`` of issues.
    centre
        From where likeness is measured; the origin without it.

    Returns
    -------
    list of float
        From 0, nothing in common, to 1, halves of one; `topics.likely_merges.MERGE_LIKENESS` is
        where two that nobody has set apart become one.
    """
    if others.empty:
        return []
    means = [np.frombuffer(one, "<f4") for one in (own["centroid"], *others["centroid"])]
    sizes = np.array([own["n"], *others["n"]], dtype=np.float64)
    middle = np.zeros(len(means[0]), dtype=np.float32) if centre is None else centre
    if any(len(mean) != len(middle) for mean in means):
        return [0.0] * len(others)  # of another encoder: it cannot be told
    told = cohesion_of(np.stack(means), sizes, middle).likeness()[0, 1:]
    return [float(one) for one in np.clip(told, 0.0, 1.0)]
