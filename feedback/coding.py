"""Which coding counts: a person's wins over the machine's, and both rows stay in the store.

Said twice, for frames and as conditions in SQL; a test holds the two to the same.
"""

from __future__ import annotations

import pandas as pd
import sqlalchemy as sa

from feedback.schema import Decision, Origin, codings, comments

__all__ = ["SAFEGUARDING", "is_coded_by_person", "is_flag", "winning_codings", "wins"]

SAFEGUARDING = "safeguarding"
"""Code of comments whose text is for a trained person alone."""

_PERSON = Origin.PERSON.value


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


def wins(coding: sa.FromClause) -> sa.ColumnElement[bool]:
    """Condition: the coding counts, as in `winning_codings`.

    A person's latest coding wins over the machine's; of the machine's, the latest counts.
    """
    rival = codings.alias()
    by_person, rival_by_person = coding.c.origin == _PERSON, rival.c.origin == _PERSON
    better = sa.or_(
        sa.and_(rival_by_person, sa.not_(by_person)),
        sa.and_(rival_by_person, by_person, rival.c.at > coding.c.at),
        sa.and_(sa.not_(rival_by_person), sa.not_(by_person), rival.c.at > coding.c.at),
    )
    return ~sa.exists().where(rival.c.comment_id == coding.c.comment_id, better)


def is_coded_by_person() -> sa.ColumnElement[bool]:
    """Condition on ``comments``: a person has coded it."""
    coding = codings.alias()
    return sa.exists().where(
        coding.c.comment_id == comments.c.comment_id, coding.c.origin == _PERSON
    )


def is_flag(coding: sa.FromClause) -> sa.ColumnElement[bool]:
    """Condition: the coding takes its comment for safeguarding, for sure or for review, and counts.

    A person's latest coding counts. Where no person has coded, every one of the machine's does,
    also an earlier model's: one that sees no risk must not undo what another saw.
    """
    other = codings.alias()
    by_person = sa.exists().where(
        other.c.comment_id == coding.c.comment_id, other.c.origin == _PERSON
    )
    return sa.and_(
        coding.c.code == SAFEGUARDING,
        coding.c.decision.in_([Decision.ASSIGNED.value, Decision.REVIEW.value]),
        sa.case(
            (coding.c.origin == _PERSON, sa.not_(by_person.where(other.c.at > coding.c.at))),
            else_=sa.not_(by_person),
        ),
    )
