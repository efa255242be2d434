"""SQL of the leak meter: what can be drawn, what is to be checked next, what was found."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from app.queries import is_quotable
from feedback.schema import audit_samples, comments, runs

if TYPE_CHECKING:
    import pandas as pd

    from feedback.store import Store

__all__ = [
    "AuditComment",
    "audit_counts",
    "drawable_ids",
    "n_draws",
    "next_comment",
    "redactor_now",
    "service_of",
]

REDACTING = ("ingest", "serve")
"""Kinds of runs that bring comments in."""


@dataclass(frozen=True)
class AuditComment:
    """A comment to check."""

    comment_id: str
    text: str
    drawn_at: datetime
    redactor: str


def drawable_ids(store: Store, service: str | None) -> list[str]:
    """Return ids of the comments that can be drawn, in an order that is always the same.

    Coded, not empty, not safeguarding, not drawn before. Who may see a comment that is not coded
    yet is not known.
    """
    drawn = sa.exists().where(audit_samples.c.comment_id == comments.c.comment_id)
    query = sa.select(comments.c.comment_id).where(is_quotable(), sa.not_(drawn))
    if service is not None:
        query = query.where(comments.c.service == service)
    return list(store.read(query.order_by(comments.c.comment_id))["comment_id"])


def n_draws(store: Store) -> int:
    """Return how many samples were drawn so far."""
    query = sa.select(sa.func.count(audit_samples.c.sample_id.distinct()))
    return int(store.read(query).iloc[0, 0])


def next_comment(store: Store, skipped: Collection[str]) -> AuditComment | None:
    """Return the comment to check next, in the order of the draws; None when all are checked.

    One that was coded safeguarding since, or waits to be coded again, is left for later.
    """
    query = (
        sa.select(
            comments.c.comment_id,
            comments.c.text,
            audit_samples.c.drawn_at,
            audit_samples.c.redactor,
        )
        .join(comments, comments.c.comment_id == audit_samples.c.comment_id)
        .where(audit_samples.c.verdict.is_(None), is_quotable())
        .where(audit_samples.c.comment_id.not_in(list(skipped)))
        .order_by(audit_samples.c.drawn_at, audit_samples.c.position)
        .limit(1)
    )
    rows = store.read(query).to_dict("records")
    return AuditComment(**_plain(rows[0])) if rows else None


def service_of(store: Store, comment_id: str) -> str | None:
    """Return the service of a comment that was drawn to be checked; None for any other."""
    query = sa.select(comments.c.service).where(
        comments.c.comment_id == comment_id,
        sa.exists().where(audit_samples.c.comment_id == comment_id),
    )
    found = store.read(query)["service"]
    return None if found.empty else str(found.iloc[0])


def _plain(row: dict[Any, Any]) -> dict[str, Any]:
    redactor = row["redactor"]
    return {
        **row,
        "drawn_at": row["drawn_at"].to_pydatetime(),
        "redactor": redactor if isinstance(redactor, str) else "",
    }


def audit_counts(store: Store) -> pd.DataFrame:
    """Return how often each verdict was given: redactor, service, verdict, entity, n, last_at."""
    table = audit_samples
    keys = [table.c.redactor, table.c.service, table.c.verdict, table.c.entity]
    last_at = sa.func.max(table.c.at, type_=table.c.at.type).label("last_at")
    return store.read(sa.select(*keys, sa.func.count().label("n"), last_at).group_by(*keys))


def redactor_now(store: Store) -> str:
    """Return what redacted the newest comments, with its version; empty where that is not known."""
    query = (
        sa.select(runs.c.models)
        .where(runs.c.kind.in_(REDACTING))
        .order_by(runs.c.started_at.desc(), runs.c.run_id)
        .limit(1)
    )
    rows = store.read(query)["models"].tolist()
    return str(rows[0].get("redactor", "")) if rows and rows[0] else ""
