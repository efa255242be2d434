"""Keep which comments were chosen for a person to code, and how. See `feedback.store`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from feedback import schema
from feedback.errors import StoreError
from feedback.runs import Run
from feedback.schema import Origin, SampleKind
from feedback.writes import end_run, execute_each, in_blocks, insert_run

__all__ = ["SampledComment", "add_coding_sample", "mark_coded"]


@dataclass(frozen=True, slots=True)
class SampledComment:
    """A comment chosen for a person to code.

    ``inclusion_probability`` is that of the draw; None for a comment that chance did not choose.
    ``is_flagged`` says whether the machine takes it for safeguarding.
    """

    comment_id: str
    kind: SampleKind
    inclusion_probability: float | None
    is_flagged: bool

    @property
    def weight(self) -> float:
        """How many comments it stands for; a comment chosen for uncertainty for none."""
        return 1 / self.inclusion_probability if self.inclusion_probability else 0.0


def add_coding_sample(
    connection: sa.Connection,
    run: Run,
    chosen: Sequence[SampledComment],
    *,
    service: str | None,
    with_safeguarding: bool,
    n_eligible: int,
) -> None:
    """Write a sample in the order of its sheet.

    Raises
    ------
    StoreError
        One of the random ones was drawn at random before: it would count twice.
    """
    table = schema.coding_samples
    by_chance = [one.comment_id for one in chosen if one.kind is SampleKind.RANDOM]
    for block in in_blocks(by_chance):
        drawn = sa.and_(table.c.comment_id.in_(block), table.c.kind == SampleKind.RANDOM.value)
        if connection.scalar(sa.select(sa.exists().where(drawn))):
            raise StoreError("Somebody else has just drawn some of these comments. Draw again.")
    coded_at = _first_coded(connection, [one.comment_id for one in chosen])
    insert_run(connection, run)
    rows = [
        {
            "comment_id": one.comment_id,
            "sample_id": run.run_id,
            "kind": one.kind.value,
            "service": service,
            "with_safeguarding": with_safeguarding,
            "is_flagged": one.is_flagged,
            "position": position,
            "drawn_at": run.started_at,
            "inclusion_probability": one.inclusion_probability,
            "weight": one.weight,
            "coded_at": coded_at.get(one.comment_id),
        }
        for position, one in enumerate(chosen)
    ]
    execute_each(connection, sa.insert(table), rows)
    end_run(connection, run.run_id, run.started_at, n_eligible, 0, None)


def mark_coded(connection: sa.Connection, comment_id: str, now: datetime) -> None:
    """Write when a person first coded a comment; a later coding does not move that."""
    table = schema.coding_samples
    is_first = sa.and_(table.c.comment_id == comment_id, table.c.coded_at.is_(None))
    connection.execute(sa.update(table).where(is_first).values(coded_at=now))


def _first_coded(connection: sa.Connection, comment_ids: Sequence[str]) -> dict[str, datetime]:
    """Return when people first coded the comments; those nobody has coded are left out.

    A coder's later coding takes the place of the earlier one, so an earlier sample knows better.
    """
    samples, codings = schema.coding_samples, schema.codings
    found: dict[str, datetime] = {}
    for block in in_blocks(list(comment_ids)):
        by_person = sa.and_(
            codings.c.comment_id.in_(block), codings.c.origin == Origin.PERSON.value
        )
        known = sa.and_(samples.c.comment_id.in_(block), samples.c.coded_at.is_not(None))
        for query in (
            sa.select(codings.c.comment_id, codings.c.at).where(by_person),
            sa.select(samples.c.comment_id, samples.c.coded_at).where(known),
        ):
            for comment_id, at in connection.execute(query):
                found[comment_id] = min(at, found.get(comment_id, at))
    return found
