"""SQL of the correction loop: what can be drawn for a person to code, what was drawn and coded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd
import sqlalchemy as sa

from app.queries import SAFEGUARDING, missing_as_none
from feedback.coding import is_coded_by_person
from feedback.schema import (
    IS_ENRICHED,
    Decision,
    Origin,
    SampleKind,
    coding_round_comments,
    coding_rounds,
    coding_samples,
    codings,
    comments,
)
from feedback.writes import in_blocks

if TYPE_CHECKING:
    from feedback.store import Store

__all__ = [
    "drawable",
    "machine_versions",
    "n_draws",
    "read_codings",
    "read_comments",
    "read_samples",
    "sampled_texts",
]

MAX_TAKEN = 5_000
"""Texts drawn before that a new one is compared with; the latest."""

_BY_PERSON = codings.c.origin == Origin.PERSON.value


def drawable(store: Store, service: str | None, *, with_safeguarding: bool) -> pd.DataFrame:
    """Return what a person can be given to code, in an order that is always the same.

    Coded by the machine (whether another comment is safeguarding is not known), not empty, and not
    drawn at random before. Comments that the machine takes for safeguarding only where asked for.

    Returns
    -------
    DataFrame
        comment_id; is_flagged (the machine takes it for safeguarding), is_coded (a person has coded
        it), is_sampled (it is on a sheet already).
    """
    of_comment = codings.c.comment_id == comments.c.comment_id
    flagged = sa.exists().where(
        of_comment,
        sa.not_(_BY_PERSON),
        codings.c.code == SAFEGUARDING,
        codings.c.decision.in_([Decision.ASSIGNED.value, Decision.REVIEW.value]),
    )
    sampled = sa.exists().where(coding_samples.c.comment_id == comments.c.comment_id)
    query = sa.select(
        comments.c.comment_id,
        flagged.label("is_flagged"),
        is_coded_by_person().label("is_coded"),
        sampled.label("is_sampled"),
    ).where(
        IS_ENRICHED,
        sa.not_(comments.c.is_empty),
        sa.not_(sampled.where(coding_samples.c.kind == SampleKind.RANDOM.value)),
    )
    if service is not None:
        query = query.where(comments.c.service == service)
    if not with_safeguarding:
        query = query.where(sa.not_(flagged))
    frame = store.read(query.order_by(comments.c.comment_id))
    return frame.astype(dict.fromkeys(("is_flagged", "is_coded", "is_sampled"), bool))


def n_draws(store: Store) -> int:
    """Return how many samples were drawn so far."""
    query = sa.select(sa.func.count(coding_samples.c.sample_id.distinct()))
    return int(store.read(query).iloc[0, 0])


def read_comments(store: Store, comment_ids: Sequence[str]) -> pd.DataFrame:
    """Return comments in the order of their ids; those that are not in the store are left out.

    Returns
    -------
    DataFrame
        comment_id, response_id, service, page, submitted_at, text, language, sentiment.
    """
    names = (
        "comment_id",
        "response_id",
        "service",
        "page",
        "submitted_at",
        "text",
        "language",
        "sentiment",
    )
    query = sa.select(*(comments.c[name] for name in names))
    found = _in_parts(store, query, comments.c.comment_id, comment_ids)
    place = {comment_id: position for position, comment_id in enumerate(comment_ids)}
    order = found["comment_id"].map(place).argsort()
    return missing_as_none(found.iloc[order].reset_index(drop=True))


def sampled_texts(store: Store) -> list[str]:
    """Return the texts drawn before, the latest."""
    query = (
        sa.select(comments.c.text)
        .join(coding_samples, coding_samples.c.comment_id == comments.c.comment_id)
        .order_by(coding_samples.c.drawn_at.desc(), comments.c.comment_id)
        .limit(MAX_TAKEN)
    )
    return list(store.read(query)["text"])


def read_samples(store: Store) -> pd.DataFrame:
    """Return all that was drawn: the columns of ``coding_samples``.

    What is in an open round of coding counts as not coded yet: its differences are reconciled last,
    so figures on a part of it would stand on the easy comments.
    """
    in_round = sa.exists().where(
        coding_round_comments.c.comment_id == coding_samples.c.comment_id,
        coding_round_comments.c.round_id == coding_rounds.c.round_id,
        coding_rounds.c.closed_at.is_(None),
    )
    query = sa.select(coding_samples, in_round.label("is_in_round")).order_by(
        coding_samples.c.drawn_at, coding_samples.c.sample_id, coding_samples.c.position
    )
    rows = store.read(query)
    is_in_round = rows["is_in_round"].astype(bool)
    rows["coded_at"] = rows["coded_at"].mask(is_in_round)
    return missing_as_none(rows.drop(columns="is_in_round"))


def read_codings(
    store: Store, comment_ids: Sequence[str] | None, *, by_person: bool
) -> pd.DataFrame:
    """Return people's or the machine's codings of comments, of all of them for None.

    Returns
    -------
    DataFrame
        comment_id, code, coder, model_version, decision, at.
    """
    names = ("comment_id", "code", "coder", "model_version", "decision", "at")
    query = sa.select(*(codings.c[name] for name in names))
    query = query.where(_BY_PERSON if by_person else sa.not_(_BY_PERSON))
    if comment_ids is None:
        return store.read(query)
    return _in_parts(store, query, codings.c.comment_id, comment_ids)


def machine_versions(store: Store) -> pd.DataFrame:
    """Return the model versions that coded here, the one in use first: version and first_at."""
    at = codings.c.at
    first, last = sa.func.min(at, type_=at.type), sa.func.max(at, type_=at.type)
    query = (
        sa.select(codings.c.model_version.label("version"), first.label("first_at"))
        .where(sa.not_(_BY_PERSON))
        .group_by(codings.c.model_version)
        .order_by(last.desc(), codings.c.model_version)
    )
    return store.read(query)


def _in_parts(
    store: Store, query: sa.Select[Any], column: sa.Column[Any], values: Sequence[str]
) -> pd.DataFrame:
    """Read the rows whose column has one of the values, so many at a time as a statement takes."""
    parts = [store.read(query.where(column.in_(block))) for block in in_blocks(list(values))]
    return pd.concat(parts, ignore_index=True) if parts else store.read(query.where(sa.false()))
