"""SQL of one comment: all that is known of it, by its id."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd
import sqlalchemy as sa

from app.queries import is_quotable, missing_as_none
from app.queries_comments import WITHHELD, codes_of, shown_text
from feedback.schema import (
    OUTLIER_TOPIC,
    assignments,
    codings,
    comments,
    issues,
    responses,
    spans,
    topics,
)

if TYPE_CHECKING:
    from feedback.store import Store

__all__ = ["MAX_REPEATS", "CommentDetail", "comment_detail"]

MAX_REPEATS = 5
"""Comments that say the same which are named; the others are counted."""

MAX_CODINGS = 200

_DETAIL = (
    "comment_id",
    "service",
    "page",
    "question",
    "source",
    "submitted_at",
    "received_at",
    "language",
    "sentiment",
    "facets",
    "state",
    "duplicate_of",
)
_ANSWERS = ("satisfaction", "effort", "help_needed", "completed", "device", "browser", "region")


@dataclass(frozen=True)
class CommentDetail:
    """One comment with all that is known of it.

    ``comment`` has the columns of the table, ``text`` as it may be shown, and the answers of its
    response; facets are left out where the text is withheld, since they are words of it.
    ``codings`` are the machine's and people's, ``codes`` those that count. ``taken_out`` counts
    personal data by kind. ``n_repeats`` others say the same, ``repeats`` (comment_id,
    submitted_at) names some of them.
    ``topic`` and ``issue`` are number or id with the name; None without one.
    """

    comment: dict[str, Any]
    codings: pd.DataFrame
    codes: str
    taken_out: dict[str, int]
    n_repeats: int
    repeats: pd.DataFrame
    topic: tuple[int, str] | None
    issue: tuple[str, str] | None


def comment_detail(store: Store, comment_id: str) -> CommentDetail | None:
    """Return one comment; None where the store has none with this id."""
    frame = store.read(
        sa.select(
            *(comments.c[name] for name in _DETAIL),
            shown_text().label("text"),
            *(responses.c[name] for name in _ANSWERS),
        )
        .join_from(
            comments, responses, responses.c.response_id == comments.c.response_id, isouter=True
        )
        .where(comments.c.comment_id == comment_id)
    )
    if frame.empty:
        return None
    comment = missing_as_none(frame).iloc[0].to_dict()
    if comment["text"] in WITHHELD:
        comment["facets"] = None
    given = store.read(
        sa.select(codings)
        .where(codings.c.comment_id == comment_id)
        .order_by(codings.c.at.desc(), codings.c.code)
        .limit(MAX_CODINGS)
    )
    n_repeats, repeats = _repeats(store, comment_id, comment["duplicate_of"])
    return CommentDetail(
        comment,
        given,
        codes_of(store, [comment_id]).get(comment_id, ""),
        _taken_out(store, comment_id),
        n_repeats,
        repeats,
        _topic(store, comment_id),
        _issue(store, comment_id),
    )


def _taken_out(store: Store, comment_id: str) -> dict[str, int]:
    found = store.read(
        sa.select(spans.c.entity, sa.func.count().label("n"))
        .where(spans.c.comment_id == comment_id)
        .group_by(spans.c.entity)
        .order_by(spans.c.entity)
    )
    return dict(zip(found["entity"], found["n"].tolist(), strict=True))


def _repeats(store: Store, comment_id: str, duplicate_of: str | None) -> tuple[int, pd.DataFrame]:
    """Return how many other comments say the same, and the first of them.

    All that say the same point at the first of them, and it is of the same service.
    """
    first = duplicate_of or comment_id
    same = [
        sa.select(comments.c.comment_id).where(comments.c.duplicate_of == first),
        sa.select(comments.c.comment_id).where(comments.c.comment_id == first),
    ]
    of = sa.union_all(*same).subquery()
    others = sa.select(of.c.comment_id).where(of.c.comment_id != comment_id)
    n = store.read(sa.select(sa.func.count().label("n")).select_from(others.subquery()))
    named = store.read(
        sa.select(comments.c.comment_id, comments.c.submitted_at)
        .where(comments.c.comment_id.in_(others), is_quotable())
        .order_by(comments.c.submitted_at, comments.c.comment_id)
        .limit(MAX_REPEATS)
    )
    return int(n.iloc[0, 0]), named


def _topic(store: Store, comment_id: str) -> tuple[int, str] | None:
    found = store.read(
        sa.select(topics.c.topic_id, topics.c.name)
        .join(
            assignments,
            sa.and_(
                assignments.c.topic_id == topics.c.topic_id,
                assignments.c.model_version == topics.c.model_version,
            ),
        )
        .where(assignments.c.comment_id == comment_id, topics.c.topic_id != OUTLIER_TOPIC)
    )
    return None if found.empty else (int(found.iloc[0, 0]), str(found.iloc[0, 1]))


def _issue(store: Store, comment_id: str) -> tuple[str, str] | None:
    found = store.read(
        sa.select(issues.c.cluster_id, issues.c.title)
        .join(assignments, assignments.c.cluster_id == issues.c.cluster_id)
        .where(assignments.c.comment_id == comment_id)
    )
    return None if found.empty else (str(found.iloc[0, 0]), str(found.iloc[0, 1]))
