"""One change on a page is told once, though codes, clusters and likeness of words all show it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from feedback.schema import SignalKind, SignalLevel

__all__ = ["MOST", "without_retold"]

MOST = 0.5
"""Share of a burst's comments from which on it is the same change as a stronger one."""


def without_retold(signals: pd.DataFrame, comments: pd.DataFrame) -> pd.DataFrame:
    """Return the signals of a look without those bursts that a stronger one tells already.

    Parameters
    ----------
    signals
        Strongest evidence first, novel complaints (`topics.scan`) last. A burst that is an *alert*
        takes the word from weaker ones with mostly the same comments; so does a novel complaint
        from another. Drift and silence are told beside bursts.
    comments
        The comments that were counted, as from `topics.counts.themed_comments`.
    """
    told: list[set[str]] = []
    keep = []
    for row in signals.to_dict("records"):
        is_new = True
        if row["kind"] == SignalKind.BURST.value:
            is_novel = isinstance(row.get("comments"), list)
            ids = set(row["comments"]) if is_novel else _comments_of(row, comments)
            is_new = not any(len(ids & others) >= MOST * len(ids) for others in told)
            if is_new and (is_novel or row["level"] == SignalLevel.ALERT.value):
                told.append(ids)
        keep.append(is_new)
    return signals[np.array(keep, dtype=bool)].reset_index(drop=True)


def _comments_of(signal: Mapping[Any, Any], comments: pd.DataFrame) -> set[str]:
    page = signal["page"] if isinstance(signal["page"], str) else ""
    is_page = comments["page"].fillna("") == page
    is_service = comments["service"] == signal["service"]
    here = is_page & is_service & (comments["theme"] == signal["theme"])
    at = comments["submitted_at"]
    within = (at >= signal["window_start"]) & (at < signal["window_end"])
    return set(comments.loc[here & within, "comment_id"])
