"""One change on a page is told once, though a code and a likeness of words both show it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from feedback.schema import SignalKind, SignalLevel

__all__ = ["MOST", "without_retold"]

MOST = 0.5
"""Share of a novel complaint's comments from which on it is what another signal tells."""


def without_retold(
    novel: pd.DataFrame, standing: pd.DataFrame, comments: pd.DataFrame
) -> pd.DataFrame:
    """Return the novel complaints that no other signal tells already.

    Parameters
    ----------
    novel
        Signals of `topics.scan`, with the ids of their ``comments``; strongest evidence first.
    standing
        Signals of counts at the same look. Only bursts at the level *alert* take the word from a
        novel complaint.
    comments
        The comments that were counted, as from `topics.counts.themed_comments`.
    """
    is_burst = standing["kind"] == SignalKind.BURST.value
    is_alert = standing["level"] == SignalLevel.ALERT.value
    told = [_comments_of(row, comments) for row in standing[is_burst & is_alert].to_dict("records")]
    keep = []
    for ids in novel["comments"]:
        known = set(ids)
        is_new = not any(len(known & others) >= MOST * len(known) for others in told)
        if is_new:
            told.append(known)
        keep.append(is_new)
    return novel[pd.Series(keep, index=novel.index, dtype=bool)].reset_index(drop=True)


def _comments_of(signal: Mapping[Any, Any], comments: pd.DataFrame) -> set[str]:
    is_page = comments["page"].fillna("") == (signal["page"] or "")
    is_service = comments["service"] == signal["service"]
    here = is_page & is_service & (comments["theme"] == signal["theme"])
    at = comments["submitted_at"]
    within = (at >= signal["window_start"]) & (at < signal["window_end"])
    return set(comments.loc[here & within, "comment_id"])
