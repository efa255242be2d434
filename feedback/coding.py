"""Which coding counts: a person's wins over the machine's, and both rows stay in the store."""

from __future__ import annotations

import pandas as pd

from feedback.schema import Origin

__all__ = ["winning_codings"]


def winning_codings(codings: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of ``codings`` that count.

    Parameters
    ----------
    codings
        Frame with ``comment_id``, ``origin`` and ``at``, as in the table ``codings``.

    Returns
    -------
    DataFrame
        For a comment that a person coded, the rows of that person's latest coding; for the
        others the machine's rows of the latest model version. Order and index are kept; an empty
        frame gives an empty frame.

    Examples
    --------
    >>> rows = pd.DataFrame(
    ...     {
    ...         "comment_id": ["a", "a", "b"],
    ...         "code": ["praise", "staff", "praise"],
    ...         "origin": ["model", "person", "model"],
    ...         "at": pd.to_datetime(["2026-01-01", "2026-01-02", "2026-01-01"], utc=True),
    ...     }
    ... )
    >>> winning_codings(rows)["code"].tolist()
    ['staff', 'praise']
    """
    if codings.empty:
        return codings
    by_person = codings["origin"] == Origin.PERSON
    has_person = by_person.groupby(codings["comment_id"]).transform("any")
    candidates = codings[by_person | ~has_person]
    latest = candidates.groupby("comment_id")["at"].transform("max")
    return candidates[candidates["at"] == latest]
