"""SQL of the comments page: search, filters, one comment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd
import sqlalchemy as sa

from app.queries import in_scope, is_safeguarding, missing_as_none, wins
from app.queries_welsh import needs_welsh_speaker
from feedback.schema import CommentState, Decision, codings, comments, responses

if TYPE_CHECKING:
    from app.filters import Filters
    from feedback.store import Store

__all__ = [
    "COUNT_LIMIT",
    "FAILED",
    "MAX_COMMENTS",
    "NOT_CODED",
    "SAFEGUARDED",
    "WITHHELD",
    "CommentDetail",
    "FoundComments",
    "comment_detail",
    "find_comments",
]

MAX_COMMENTS = 200
"""Rows of the table; the newest of what was found."""

COUNT_LIMIT = 10_000
"""Counting stops here: more than this is "more than 10,000"."""

SAFEGUARDED = "Safeguarding: text withheld"
NOT_CODED = "Not coded yet: text withheld until then"
FAILED = "Could not be coded: text withheld"
WITHHELD = frozenset({SAFEGUARDED, NOT_CODED, FAILED})
"""What stands in the place of a text that may not be shown."""


@dataclass(frozen=True)
class FoundComments:
    """The newest comments that pass the filters.

    ``comments`` has comment_id, submitted_at, service, page, text, codes (comma separated),
    sentiment, language. The text of a comment that only a trained person may see, or whose codes
    are not known, never leaves the database.
    """

    comments: pd.DataFrame
    n_found: int
    is_capped: bool


@dataclass(frozen=True)
class CommentDetail:
    """One comment with its codings (the machine's and people's) and its response's answers."""

    comment: dict[str, Any]
    codings: pd.DataFrame


def find_comments(store: Store, filters: Filters) -> FoundComments:
    """Return the newest comments that pass the filters, and how many there are."""
    passing = _passing(filters)
    some = sa.select(sa.literal(1)).select_from(comments).where(*passing).limit(COUNT_LIMIT + 1)
    n = int(store.read(sa.select(sa.func.count()).select_from(some.subquery())).iloc[0, 0])
    frame = store.read(
        sa.select(
            comments.c.comment_id,
            comments.c.submitted_at,
            comments.c.service,
            comments.c.page,
            _shown_text().label("text"),
            comments.c.sentiment,
            comments.c.language,
        )
        .where(*passing)
        .order_by(comments.c.submitted_at.desc(), comments.c.comment_id)
        .limit(MAX_COMMENTS)
    )
    codes = _codes(store, list(frame["comment_id"]))
    frame.insert(5, "codes", [codes.get(key, "") for key in frame["comment_id"]])
    return FoundComments(
        missing_as_none(frame), n_found=min(n, COUNT_LIMIT), is_capped=n > COUNT_LIMIT
    )


def comment_detail(store: Store, comment_id: str) -> CommentDetail | None:
    """Return one comment; None where there is none with this id."""
    frame = store.read(
        sa.select(
            *(comments.c[name] for name in _DETAIL),
            _shown_text().label("text"),
            *(responses.c[name] for name in _ANSWERS),
        )
        .join_from(
            comments, responses, responses.c.response_id == comments.c.response_id, isouter=True
        )
        .where(comments.c.comment_id == comment_id)
    )
    if frame.empty:
        return None
    found = store.read(
        sa.select(codings)
        .where(codings.c.comment_id == comment_id)
        .order_by(codings.c.at.desc(), codings.c.code)
    )
    return CommentDetail(missing_as_none(frame).iloc[0].to_dict(), found)


_DETAIL = (
    "comment_id",
    "service",
    "page",
    "question",
    "source",
    "submitted_at",
    "language",
    "sentiment",
    "state",
    "duplicate_of",
)
_ANSWERS = ("satisfaction", "effort", "help_needed", "completed", "device", "browser", "region")


def _shown_text() -> sa.ColumnElement[Any]:
    """Give the text, or why it is withheld. A comment without codes might be safeguarding."""
    return sa.case(
        (comments.c.state == CommentState.RECEIVED.value, NOT_CODED),
        (comments.c.state == CommentState.FAILED.value, FAILED),
        (is_safeguarding(), SAFEGUARDED),
        else_=comments.c.text,
    )


def _passing(filters: Filters) -> list[sa.ColumnElement[bool]]:
    """Return all filters as conditions on ``comments``."""
    found = in_scope(filters)
    if filters.language is not None:
        found.append(comments.c.language == filters.language)
    if filters.needs_welsh_speaker:
        found.append(needs_welsh_speaker())
    if filters.code is not None:
        coding = codings.alias()
        found.append(
            sa.exists().where(
                coding.c.comment_id == comments.c.comment_id,
                coding.c.code == filters.code,
                coding.c.decision == Decision.ASSIGNED.value,
                wins(coding),
            )
        )
    words = filters.search.split()
    found += [comments.c.text.icontains(word, autoescape=True) for word in words]
    if words:
        # Withheld text is not searched: a search that finds a comment tells its words.
        found += [comments.c.state == CommentState.ENRICHED.value, sa.not_(is_safeguarding())]
    return found


def _codes(store: Store, comment_ids: list[str]) -> dict[str, str]:
    """Return the assigned codes that count, joined by commas, by comment."""
    coding = codings.alias()
    frame = store.read(
        sa.select(coding.c.comment_id, coding.c.code)
        .where(
            coding.c.comment_id.in_(comment_ids),
            coding.c.decision == Decision.ASSIGNED.value,
            wins(coding),
        )
        .distinct()
        .order_by(coding.c.comment_id, coding.c.code)
    )
    return {str(key): ", ".join(group) for key, group in frame.groupby("comment_id")["code"]}
