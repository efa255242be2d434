"""SQL of the page Coding: the queues of what waits to be coded, and one comment with its codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import pandas as pd
import sqlalchemy as sa

from app.queries import is_quotable, missing_as_none
from app.queries_welsh import in_welsh_queue
from feedback.coding import is_coded_by_person
from feedback.schema import (
    Decision,
    Origin,
    coding_round_comments,
    coding_rounds,
    coding_samples,
    codings,
    comments,
)

if TYPE_CHECKING:
    from feedback.store import Store

__all__ = [
    "MAX_QUEUE",
    "CodedComment",
    "coded_comment",
    "service_of",
    "waiting_drawn",
    "waiting_welsh",
]

MAX_QUEUE = 200
"""Comments of a queue that are read at once; the next come when these are coded."""

_OPEN_ROUND = (
    sa.exists()
    .where(
        coding_round_comments.c.comment_id == comments.c.comment_id,
        coding_round_comments.c.reconciled_at.is_(None),
        coding_round_comments.c.round_id == coding_rounds.c.round_id,
        coding_rounds.c.closed_at.is_(None),
    )
    .correlate(comments)
)
"""Condition: the comment is being coded in a round, and so by its coders alone."""


@dataclass(frozen=True)
class CodedComment:
    """A comment to code: ``machine`` are the codes of the latest model with their probability.

    ``people`` are codes by coder. ``round_id`` is the open round that it is in, if any.
    """

    comment_id: str
    text: str
    service: str
    page: str | None
    question: str | None
    language: str
    submitted_at: datetime
    machine: tuple[tuple[str, str, float | None], ...]
    people: Mapping[str, tuple[str, ...]]
    round_id: str | None


def waiting_drawn(store: Store) -> tuple[str, ...]:
    """Return comments drawn for a person to code that nobody has coded, in the order drawn.

    Those of an open round are left to its coders.
    """
    drawn = coding_samples
    query = (
        sa.select(drawn.c.comment_id)
        .join(comments, comments.c.comment_id == drawn.c.comment_id)
        .where(
            drawn.c.coded_at.is_(None),
            sa.not_(is_coded_by_person()),
            is_quotable(),
            sa.not_(_OPEN_ROUND),
        )
        .group_by(drawn.c.comment_id)
        .order_by(sa.func.min(drawn.c.drawn_at), sa.func.min(drawn.c.position))
        .limit(MAX_QUEUE)
    )
    return tuple(store.read(query)["comment_id"])


def waiting_welsh(store: Store) -> tuple[str, ...]:
    """Return comments that need a Welsh speaker and are in no open round, the oldest first."""
    query = (
        sa.select(comments.c.comment_id)
        .where(in_welsh_queue(), sa.not_(_OPEN_ROUND))
        .order_by(comments.c.submitted_at, comments.c.comment_id)
        .limit(MAX_QUEUE)
    )
    return tuple(store.read(query)["comment_id"])


def service_of(store: Store, comment_id: str) -> str | None:
    """Return the service of a comment that may be coded here; None where there is none."""
    query = sa.select(comments.c.service).where(comments.c.comment_id == comment_id, is_quotable())
    found = store.read(query)["service"]
    return None if found.empty else str(found.iloc[0])


def coded_comment(store: Store, comment_id: str) -> CodedComment | None:
    """Return a comment with its codes; None for one that may not be shown, or is not there."""
    names = ("text", "service", "page", "question", "language", "submitted_at")
    rows = store.read(
        sa.select(*(comments.c[name] for name in names)).where(
            comments.c.comment_id == comment_id, is_quotable()
        )
    )
    if rows.empty:
        return None
    row = missing_as_none(rows).iloc[0]
    found = missing_as_none(
        store.read(
            sa.select(codings)
            .where(codings.c.comment_id == comment_id)
            .order_by(codings.c.at.desc(), codings.c.probability.desc(), codings.c.code)
        )
    )
    in_round = store.read(
        sa.select(coding_rounds.c.round_id)
        .join(coding_round_comments, coding_round_comments.c.round_id == coding_rounds.c.round_id)
        .where(
            coding_round_comments.c.comment_id == comment_id,
            coding_round_comments.c.reconciled_at.is_(None),
            coding_rounds.c.closed_at.is_(None),
        )
        .limit(1)
    )["round_id"]
    return CodedComment(
        comment_id,
        row["text"],
        row["service"],
        row["page"],
        row["question"],
        row["language"],
        row["submitted_at"].to_pydatetime(),
        _machine(found),
        _people(found),
        None if in_round.empty else str(in_round.iloc[0]),
    )


def _machine(rows: pd.DataFrame) -> tuple[tuple[str, str, float | None], ...]:
    """Return code, decision and probability as the latest model gave them."""
    told = rows[rows["origin"] != Origin.PERSON.value]
    if told.empty:
        return ()
    latest = told[told["at"] == told["at"].max()]
    return tuple(
        (row.code, row.decision, None if pd.isna(row.probability) else float(row.probability))
        for row in latest.itertuples()
        if row.decision != Decision.REJECTED.value
    )


def _people(rows: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """Return what each person gave, by their name, the latest first."""
    told = rows[
        (rows["origin"] == Origin.PERSON.value) & (rows["decision"] == Decision.ASSIGNED.value)
    ]
    return {
        str(coder): tuple(sorted(group["code"]))
        for coder, group in told.groupby("coder", sort=False)
    }
