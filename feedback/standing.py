"""Keep what follows from comments and codings beside them: the codings that count, search, days.

All of it can be worked out again at any time (`renew_all`). It is renewed in the transaction that
changes what it follows from, so that no reader sees one without the other; only the counts by day
are left behind for a while, and known to be (`feedback.tallies`).
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from feedback import schema, search_index, tallies
from feedback.coding import is_flag, wins
from feedback.database import count_anew
from feedback.days import first_moment, london_days
from feedback.schema import IS_ENRICHED, Decision, UtcDateTime
from feedback.writes import in_blocks

__all__ = ["is_safeguarded", "is_shown", "renew", "renew_all"]

_comments = schema.comments


def is_safeguarded() -> sa.ColumnElement[bool]:
    """Condition: the comment is coded safeguarding, or a person should look whether it is.

    What a model took for safeguarding stays that, whatever a later model says, until a person has
    coded the comment: see `feedback.coding.is_flag`.
    """
    coding = schema.codings.alias()
    return sa.exists().where(coding.c.comment_id == _comments.c.comment_id, is_flag(coding))


def is_shown() -> sa.ColumnElement[bool]:
    """Condition: the comment may stand as an example. One not coded yet might be safeguarding."""
    return sa.and_(
        IS_ENRICHED,
        sa.not_(_comments.c.is_empty),
        sa.not_(is_safeguarded()),
    )


def renew(connection: sa.Connection, comment_ids: Sequence[str]) -> None:
    """Renew what follows from some comments and their codings."""
    for block in in_blocks(list(comment_ids)):
        _renew(connection, _comments.c.comment_id.in_(block))
        search_index.renew(connection, block)
        tallies.mark_stale(connection, _comments.c.comment_id.in_(block))


def renew_all(connection: sa.Connection) -> None:
    """Work out everything again, also the days of comments and responses that have none."""
    for table in (schema.comments, schema.responses):
        _fill_days(connection, table)
    count_anew(connection, schema.comments, schema.codings)
    _renew(connection, sa.true())
    search_index.renew_all(connection)
    tallies.mark_stale(connection, sa.true())
    tallies.renew_all(connection)


def _renew(connection: sa.Connection, chosen: sa.ColumnElement[bool]) -> None:
    kept, coding = schema.standing_codes, schema.codings.alias()
    of_chosen = sa.select(_comments.c.comment_id).where(chosen)
    connection.execute(sa.delete(kept).where(kept.c.comment_id.in_(of_chosen)))
    found = (
        sa.select(
            coding.c.code,
            coding.c.decision,
            _comments.c.submitted_at,
            _comments.c.comment_id,
            _comments.c.service,
            _comments.c.page,
            is_shown(),
        )
        .join_from(_comments, coding, coding.c.comment_id == _comments.c.comment_id)
        .where(chosen, coding.c.decision != Decision.REJECTED.value, wins(coding))
        .distinct()
    )
    columns = ("code", "decision", "submitted_at", "comment_id", "service", "page", "is_shown")
    connection.execute(sa.insert(kept).from_select(columns, found))


def _fill_days(connection: sa.Connection, table: sa.Table) -> None:
    at = table.c.submitted_at
    missing = sa.select(sa.func.min(at, type_=UtcDateTime), sa.func.max(at, type_=UtcDateTime))
    first, last = connection.execute(missing.where(table.c.day.is_(None))).one()
    if first is None:
        return
    days = london_days(first, last)
    for day, after in zip(days, [*days[1:], None], strict=True):
        until = [] if after is None else [at < first_moment(after)]
        connection.execute(
            sa.update(table)
            .where(table.c.day.is_(None), at >= first_moment(day), *until)
            .values(day=day.isoformat())
        )
