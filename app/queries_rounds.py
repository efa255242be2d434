"""SQL of the page Coding: rounds, who codes in them, and what each coder gave.

What one coder of a round gave is read for that coder alone until all have coded the comment; who
codes in the round sees the others' only when they have coded all of it themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pandas as pd
import sqlalchemy as sa

from app.queries import is_quotable, missing_as_none
from feedback.schema import (
    CodeProposal,
    Decision,
    Measure,
    Role,
    coding_round_comments,
    coding_rounds,
    comments,
    people,
    proposed_codes,
    round_codings,
    standing_codes,
)
from feedback.tallies import counts

if TYPE_CHECKING:
    from feedback.store import Store

__all__ = [
    "CodingRound",
    "Compared",
    "Proposal",
    "compared",
    "frequent_codes",
    "my_codes",
    "proposals",
    "researchers",
    "round_comments",
    "rounds",
]

MAX_ROUNDS = 50
MAX_PROPOSALS = 100
MAX_PEOPLE = 500


@dataclass(frozen=True)
class CodingRound:
    """A round with how far it is.

    ``n_comments`` are those still in it; ``n_coded`` how many of them each coder has coded,
    ``n_complete`` how many all have, ``n_settled`` how many are reconciled.
    """

    round_id: str
    name: str
    service: str | None
    coders: tuple[str, ...]
    codebook: str
    opened_by: str
    opened_at: datetime
    closed_at: datetime | None
    n_comments: int
    n_coded: Mapping[str, int]
    n_complete: int
    n_settled: int


@dataclass(frozen=True)
class Compared:
    """A comment that all coders of a round have coded; ``codes`` in the order of the coders."""

    comment_id: str
    codes: tuple[tuple[str, ...], ...]
    reconciled_by: str | None
    reconciled_at: datetime | None

    @property
    def is_agreed(self) -> bool:
        """Whether all gave the same codes."""
        return len({frozenset(given) for given in self.codes}) == 1


@dataclass(frozen=True)
class Proposal:
    """A code that a coder missed, and how many comments carry it."""

    code: str
    label: str
    definition: str
    status: CodeProposal
    who: str
    at: datetime
    n_comments: int


def rounds(store: Store) -> tuple[CodingRound, ...]:
    """Return the rounds: the open ones first, the latest first."""
    found = store.read(
        sa.select(coding_rounds)
        .order_by(coding_rounds.c.closed_at.is_not(None), coding_rounds.c.opened_at.desc())
        .limit(MAX_ROUNDS)
    )
    rows = missing_as_none(found).to_dict("records")
    ids = [row["round_id"] for row in rows]
    listed, given = coding_round_comments, round_codings
    in_them = store.read(
        sa.select(listed.c.round_id, listed.c.comment_id, listed.c.reconciled_by)
        .join(comments, comments.c.comment_id == listed.c.comment_id)
        .where(listed.c.round_id.in_(ids), is_quotable())
    )
    told = store.read(
        sa.select(given.c.round_id, given.c.comment_id, given.c.coder).where(
            given.c.round_id.in_(ids)
        )
    )
    return tuple(
        _round(
            row,
            in_them[in_them["round_id"] == row["round_id"]],
            told[told["round_id"] == row["round_id"]],
        )
        for row in rows
    )


def _round(row: dict[Any, Any], in_it: pd.DataFrame, told: pd.DataFrame) -> CodingRound:
    """Return a round from its comments that may be shown, and who coded which."""
    coders = tuple(row["coders"])
    ids = set(in_it["comment_id"])
    by_coder = {coder: ids & set(told[told["coder"] == coder]["comment_id"]) for coder in coders}
    complete = set.intersection(*by_coder.values())
    settled = set(in_it[in_it["reconciled_by"].notna()]["comment_id"])
    closed = row["closed_at"]
    return CodingRound(
        round_id=row["round_id"],
        name=row["name"],
        service=row["service"],
        coders=coders,
        codebook=row["codebook"],
        opened_by=row["opened_by"],
        opened_at=row["opened_at"].to_pydatetime(),
        closed_at=None if pd.isna(closed) else closed.to_pydatetime(),
        n_comments=len(ids),
        n_coded={coder: len(has) for coder, has in by_coder.items()},
        n_complete=len(complete),
        n_settled=len(complete & settled),
    )


def round_comments(store: Store, round_id: str) -> tuple[str, ...]:
    """Return the comments of a round that are to be coded, in their order.

    What left it, and what may be safeguarding since, is not among them.
    """
    listed = coding_round_comments
    query = (
        sa.select(listed.c.comment_id)
        .join(comments, comments.c.comment_id == listed.c.comment_id)
        .where(listed.c.round_id == round_id, is_quotable())
        .order_by(listed.c.position)
    )
    return tuple(store.read(query)["comment_id"])


def my_codes(store: Store, round_id: str, coder: str) -> dict[str, tuple[str, ...]]:
    """Return what one coder gave in a round, by comment; nobody else's codes."""
    given = round_codings
    query = sa.select(given.c.comment_id, given.c.codes).where(
        given.c.round_id == round_id, given.c.coder == coder
    )
    return {row.comment_id: tuple(row.codes) for row in store.read(query).itertuples()}


def compared(store: Store, round_id: str, viewer: str) -> tuple[Compared, ...]:
    """Return the comments of a round that all its coders have coded, with what each gave.

    Nothing for one of its coders who has not coded all of it: nobody is to lean on the others. What
    may be safeguarding since is not among them.
    """
    found = next((one for one in rounds(store) if one.round_id == round_id), None)
    if found is None or _still_codes(found, viewer):
        return ()
    listed, given = coding_round_comments, round_codings
    complete = (
        sa.select(given.c.comment_id)
        .where(given.c.round_id == round_id, given.c.coder.in_(found.coders))
        .group_by(given.c.comment_id)
        .having(sa.func.count() == len(found.coders))
    )
    rows = store.read(
        sa.select(
            listed.c.comment_id,
            listed.c.position,
            listed.c.reconciled_by,
            listed.c.reconciled_at,
            given.c.coder,
            given.c.codes,
        )
        .join(comments, comments.c.comment_id == listed.c.comment_id)
        .join(
            given,
            sa.and_(
                given.c.round_id == listed.c.round_id, given.c.comment_id == listed.c.comment_id
            ),
        )
        .where(listed.c.round_id == round_id, listed.c.comment_id.in_(complete), is_quotable())
        .order_by(listed.c.position)
    )
    by_comment = missing_as_none(rows).groupby("comment_id", sort=False)
    return tuple(_compared(group, found.coders) for _, group in by_comment)


def _still_codes(found: CodingRound, viewer: str) -> bool:
    is_coder = viewer in found.coders and found.closed_at is None
    return is_coder and found.n_coded[viewer] < found.n_comments


def _compared(group: pd.DataFrame, coders: tuple[str, ...]) -> Compared:
    by_coder = {row.coder: tuple(row.codes) for row in group.itertuples()}
    first = group.iloc[0]
    at = first["reconciled_at"]
    return Compared(
        str(first["comment_id"]),
        tuple(by_coder[coder] for coder in coders),
        first["reconciled_by"],
        None if pd.isna(at) else at.to_pydatetime(),
    )


def frequent_codes(
    store: Store, service: str | None, first_day: date, last_day: date, n: int
) -> tuple[str, ...]:
    """Return the codes given most often in a period, on one service if given."""
    told = counts(
        Measure.CODE, by=("value",), first_day=first_day, last_day=last_day, service=service
    ).subquery()
    query = sa.select(told.c.value).order_by(told.c.n.desc(), told.c.value).limit(n)
    return tuple(store.read(query)["value"])


def researchers(store: Store) -> tuple[str, ...]:
    """Return the addresses of people who may code, in order."""
    query = sa.select(people.c.email, people.c.roles).order_by(people.c.email).limit(MAX_PEOPLE)
    rows = store.read(query).itertuples()
    return tuple(row.email for row in rows if Role.RESEARCHER.value in row.roles)


def proposals(store: Store) -> tuple[Proposal, ...]:
    """Return the codes that coders proposed, the latest first, with how many comments carry each.

    Comments are those of the services that the viewer sees.
    """
    n = (
        sa.select(sa.func.count())
        .where(
            standing_codes.c.code == proposed_codes.c.code,
            standing_codes.c.decision == Decision.ASSIGNED.value,
        )
        .scalar_subquery()
        .label("n")
    )
    rows = store.read(
        sa.select(*proposed_codes.c, n)
        .order_by(proposed_codes.c.at.desc(), proposed_codes.c.code)
        .limit(MAX_PROPOSALS)
    )
    return tuple(
        Proposal(
            row.code,
            row.label,
            row.definition,
            CodeProposal(row.status),
            row.who,
            row.at.to_pydatetime(),
            int(row.n),
        )
        for row in rows.itertuples()
    )
