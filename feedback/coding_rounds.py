"""Rounds of coding: several people code the same comments, each for themselves, then reconcile.

What a coder gives counts for nothing until it is reconciled, and can be changed until that coder
has coded every comment of the round: who may see the others' codes cannot bend their own to them.
One exception: what a coder takes for safeguarding leaves the round and waits in that queue at once.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from feedback import schema
from feedback.coding import SAFEGUARDING
from feedback.coding_sample import SampledComment, add_coding_sample
from feedback.coding_undo import take_back_coding
from feedback.decisions import correct, write_audit
from feedback.errors import StoreError
from feedback.runs import Run
from feedback.schema import EMPTY_LABEL
from feedback.standing import is_shown
from feedback.writes import execute_each

__all__ = [
    "MAX_CODERS",
    "NewRound",
    "accept_agreed",
    "check_codes",
    "close_round",
    "code_in_round",
    "open_round",
    "reconcile",
    "reconciled_name",
    "take_back_in_round",
]

MAX_CODERS = 4
MAX_NAME = 120
"""Letters of a coder's name, as the store keeps it."""

_rounds = schema.coding_rounds
_listed = schema.coding_round_comments
_given = schema.round_codings


@dataclass(frozen=True)
class NewRound:
    """A round to be opened. ``comment_ids`` are to be coded, in this order."""

    name: str
    service: str | None
    coders: tuple[str, ...]
    codebook: str
    comment_ids: tuple[str, ...]


def open_round(
    connection: sa.Connection,
    new: NewRound,
    run: Run,
    sample: Sequence[SampledComment],
    who: str,
    *,
    n_eligible: int,
) -> str:
    """Write a round with the sample that its comments are from, and return the round's id.

    Parameters
    ----------
    run, sample, n_eligible
        As `feedback.coding_sample.add_coding_sample` takes them; ``run`` says when it was drawn.

    Raises
    ------
    StoreError
        There are not from two to four coders, or nothing to code, or somebody drew the same.
    """
    names = {coder.casefold() for coder in new.coders}
    if not 2 <= len(new.coders) <= MAX_CODERS or len(names) < len(new.coders):
        raise StoreError(f"A round takes from two to {MAX_CODERS} different coders.")
    if not new.comment_ids:
        raise StoreError("A round takes at least one comment to code.")
    now = run.started_at
    add_coding_sample(
        connection,
        run,
        sample,
        service=new.service,
        with_safeguarding=False,
        n_eligible=n_eligible,
    )
    round_id = uuid.uuid4().hex
    row = {
        "round_id": round_id,
        "name": new.name,
        "service": new.service,
        "coders": list(new.coders),
        "codebook": new.codebook,
        "opened_by": who,
        "opened_at": now,
    }
    connection.execute(sa.insert(_rounds), row)
    rows = [
        {"round_id": round_id, "comment_id": comment_id, "position": position}
        for position, comment_id in enumerate(new.comment_ids)
    ]
    execute_each(connection, sa.insert(_listed), rows)
    detail = {"n": len(rows), "service": new.service, "coders": list(new.coders)}
    write_audit(connection, now, who, "open coding round", f"round {round_id}", detail)
    return round_id


def code_in_round(
    connection: sa.Connection,
    round_id: str,
    comment_id: str,
    coder: str,
    codes: Sequence[str],
    now: datetime,
) -> None:
    """Write what a coder gives a comment, in place of what they gave it before.

    Raises
    ------
    StoreError
        The round is closed, the person is no coder of it, the comment is not in it or has left it,
        the coder has coded everything, or the codes cannot be given.
    """
    check_codes(codes)
    _refuse_what_is_fixed(connection, round_id, comment_id, coder)
    mine = _mine(round_id, comment_id, coder)
    connection.execute(sa.delete(_given).where(mine))
    kept = sorted(set(codes))
    key = {"round_id": round_id, "comment_id": comment_id}
    connection.execute(sa.insert(_given), {**key, "coder": coder, "codes": kept, "at": now})
    if SAFEGUARDING in kept:
        correct(connection, comment_id, kept, coder, now)
        _settle(connection, round_id, comment_id, coder, now, seen_at=None)
    # Without the codes: the log is no way round what the others may not see yet.
    _note(connection, now, coder, "code in round", round_id, comment_id)


def take_back_in_round(
    connection: sa.Connection,
    round_id: str,
    comment_id: str,
    coder: str,
    earlier: Sequence[str],
    now: datetime,
) -> None:
    """Put a coder's earlier codes back in place of their last ones; none: not coded.

    Raises
    ------
    StoreError
        As for `code_in_round`.
    """
    if earlier:
        code_in_round(connection, round_id, comment_id, coder, earlier, now)
        return
    _refuse_what_is_fixed(connection, round_id, comment_id, coder)
    connection.execute(sa.delete(_given).where(_mine(round_id, comment_id, coder)))
    _note(connection, now, coder, "take back in round", round_id, comment_id)


def reconcile(
    connection: sa.Connection,
    round_id: str,
    comment_id: str,
    codes: Sequence[str],
    who: str,
    now: datetime,
    *,
    seen_at: datetime | None,
) -> None:
    """Write what counts for a comment that all coders have coded; it can be changed again.

    Parameters
    ----------
    seen_at
        When the comment was reconciled as the person saw it; None where it was not.

    Raises
    ------
    StoreError
        Not all have coded the comment, or somebody else has just reconciled it.
    """
    check_codes(codes)
    coders, given = _round_of(connection, round_id)["coders"], _given_to(connection, round_id)
    if set(given.get(comment_id, {})) != set(coders):
        raise StoreError("Not all coders have coded this comment yet.")
    before = _settle(connection, round_id, comment_id, who, now, seen_at=seen_at)
    if before is not None and before != who:
        take_back_coding(connection, comment_id, reconciled_name(coders, before), now)
    correct(connection, comment_id, list(codes), reconciled_name(coders, who), now)
    _note(connection, now, who, "reconcile", round_id, comment_id)


def accept_agreed(connection: sa.Connection, round_id: str, who: str, now: datetime) -> int:
    """Reconcile each comment to which all coders gave the same codes; return how many."""
    coders = _round_of(connection, round_id)["coders"]
    is_open = sa.and_(_listed.c.round_id == round_id, _listed.c.reconciled_at.is_(None))
    waiting = set(connection.scalars(sa.select(_listed.c.comment_id).where(is_open)))
    agreed = {
        comment_id: next(iter(by.values()))
        for comment_id, by in _given_to(connection, round_id).items()
        if comment_id in waiting
        and set(by) == set(coders)
        and len({frozenset(codes) for codes in by.values()}) == 1
    }
    for comment_id, codes in sorted(agreed.items()):
        reconcile(connection, round_id, comment_id, codes, who, now, seen_at=None)
    return len(agreed)


def close_round(connection: sa.Connection, round_id: str, who: str, now: datetime) -> None:
    """Close a round: nobody codes in it any more, and it counts in the live figures.

    Raises
    ------
    StoreError
        It is closed, or a comment that all have coded is not reconciled: its figures would then
        stand on the easy comments.
    """
    coders = _round_of(connection, round_id)["coders"]
    is_open = sa.and_(_listed.c.round_id == round_id, _listed.c.reconciled_at.is_(None))
    waiting = set(connection.scalars(sa.select(_listed.c.comment_id).where(is_open)))
    given = _given_to(connection, round_id)
    n = sum(set(given.get(comment_id, {})) == set(coders) for comment_id in waiting)
    if n:
        told = "1 comment is" if n == 1 else f"{n} comments are"
        raise StoreError(f"{told} coded by all and not reconciled. Reconcile what is left first.")
    open_ = sa.and_(_rounds.c.round_id == round_id, _rounds.c.closed_at.is_(None))
    connection.execute(sa.update(_rounds).where(open_).values(closed_at=now))
    detail = {"n_not_coded": len(waiting)}
    write_audit(connection, now, who, "close coding round", f"round {round_id}", detail)


def reconciled_name(coders: Sequence[str], who: str) -> str:
    """Return the coder that a reconciled coding has; of long names, how many coders there were.

    >>> reconciled_name(["ann", "bob"], "cy"), reconciled_name(["ann", "bob", "cy"], "cy")
    ('ann and bob, reconciled by cy', 'ann, bob and cy, reconciled by cy')
    """
    told = f"{', '.join(coders[:-1])} and {coders[-1]}, reconciled by {who}"
    short = f"{len(coders)} coders, reconciled by {who}"
    return told if len(told) <= MAX_NAME else short[:MAX_NAME]


def check_codes(codes: Sequence[str]) -> None:
    """Refuse no codes, and ``none`` beside another one.

    Raises
    ------
    StoreError
        The codes cannot be given to a comment.
    """
    if not codes:
        raise StoreError("Choose at least one code; 'none' says there is nothing to code.")
    if EMPTY_LABEL in codes and len(set(codes)) > 1:
        raise StoreError(f"'{EMPTY_LABEL}' is for nothing to code, alone. Take it or the others.")


def _refuse_what_is_fixed(
    connection: sa.Connection, round_id: str, comment_id: str, coder: str
) -> None:
    found = _round_of(connection, round_id)
    if coder not in found["coders"]:
        raise StoreError("You are not a coder of this round.")
    comments = schema.comments
    rows = connection.execute(
        sa.select(_listed.c.comment_id, _listed.c.reconciled_at, is_shown().label("is_shown"))
        .join(comments, comments.c.comment_id == _listed.c.comment_id)
        .where(_listed.c.round_id == round_id)
    ).all()
    of_comment = {row.comment_id: row for row in rows}
    if comment_id not in of_comment:
        raise StoreError("The comment is not in this round.")
    if of_comment[comment_id].reconciled_at is not None or not of_comment[comment_id].is_shown:
        raise StoreError("The comment is settled, or has left the round.")
    coded = connection.scalars(
        sa.select(_given.c.comment_id).where(_given.c.round_id == round_id, _given.c.coder == coder)
    )
    to_code = {row.comment_id for row in rows if row.reconciled_at is None and row.is_shown}
    if not to_code - set(coded):
        raise StoreError(
            "You have coded every comment of this round, so your codes are fixed: you may see the "
            "others' now. Differences are settled under Compare."
        )


def _settle(
    connection: sa.Connection,
    round_id: str,
    comment_id: str,
    who: str,
    now: datetime,
    *,
    seen_at: datetime | None,
) -> str | None:
    """Mark a comment reconciled and return who had done it before; refuse what was not seen."""
    table = _listed
    of_comment = sa.and_(table.c.round_id == round_id, table.c.comment_id == comment_id)
    before = connection.execute(
        sa.select(table.c.reconciled_by, table.c.reconciled_at).where(of_comment)
    ).first()
    is_same = (
        table.c.reconciled_at.is_(None) if seen_at is None else table.c.reconciled_at == seen_at
    )
    done = connection.execute(
        sa.update(table).where(of_comment, is_same).values(reconciled_by=who, reconciled_at=now)
    )
    if before is None:
        raise StoreError("The comment is not in this round.")
    if not done.rowcount:
        raise StoreError(f"{before.reconciled_by or 'Somebody'} has settled it meanwhile. See how.")
    by: str | None = before.reconciled_by
    return by


def _round_of(connection: sa.Connection, round_id: str) -> dict[str, Any]:
    row = connection.execute(sa.select(_rounds).where(_rounds.c.round_id == round_id)).first()
    if row is None:
        raise StoreError("There is no such round of coding.")
    if row.closed_at is not None:
        raise StoreError("This round of coding is closed.")
    return dict(row._mapping)


def _given_to(connection: sa.Connection, round_id: str) -> dict[str, dict[str, list[str]]]:
    """Return codes by coder by comment."""
    found: dict[str, dict[str, list[str]]] = {}
    for row in connection.execute(sa.select(_given).where(_given.c.round_id == round_id)):
        found.setdefault(row.comment_id, {})[row.coder] = row.codes
    return found


def _mine(round_id: str, comment_id: str, coder: str) -> sa.ColumnElement[bool]:
    return sa.and_(
        _given.c.round_id == round_id, _given.c.comment_id == comment_id, _given.c.coder == coder
    )


def _note(
    connection: sa.Connection, now: datetime, who: str, action: str, round_id: str, comment_id: str
) -> None:
    write_audit(connection, now, who, action, f"comment {comment_id}", {"round": round_id})
