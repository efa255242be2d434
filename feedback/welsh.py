"""Which comments in Welsh wait for somebody who speaks it."""

from __future__ import annotations

import sqlalchemy as sa

from feedback.coding import is_coded_by_person
from feedback.schema import Decision, Language, comments, standing_codes

__all__ = ["WAITS_TAG", "is_open_welsh", "needs_welsh_speaker"]

WAITS_TAG = "waits:welsh"
"""On comments that need a Welsh speaker, in the index of `feedback.search`."""


def needs_welsh_speaker() -> sa.ColumnElement[bool]:
    """Condition, of comments that may be shown: in Welsh, unsure, and no person has coded it yet.

    Unsure is where the machine assigned no code, or put one up for review. A comment that may be
    about safeguarding is not in this queue, but in that of safeguarding.
    """
    unsure = sa.or_(_has(Decision.REVIEW), sa.not_(_has(Decision.ASSIGNED)))
    return sa.and_(is_open_welsh(), unsure)


def is_open_welsh() -> sa.ColumnElement[bool]:
    """Condition: in Welsh, and no person has coded it."""
    return sa.and_(comments.c.language == Language.WELSH.value, sa.not_(is_coded_by_person()))


def _has(decision: Decision) -> sa.ColumnElement[bool]:
    """Condition: the comment has a code with this decision that counts."""
    given = standing_codes
    return sa.exists().where(
        given.c.comment_id == comments.c.comment_id, given.c.decision == decision.value
    )
