"""SQL of the codebook page: how many comments carry each code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from app.queries import in_scope, wins
from feedback.schema import CommentState, Decision, codings, comments

if TYPE_CHECKING:
    from app.filters import Filters
    from feedback.store import Store

__all__ = ["CodeCounts", "code_counts"]


@dataclass(frozen=True)
class CodeCounts:
    """Comments by code, in the filters' scope; a person's coding wins over the machine's.

    ``assigned`` counts comments that carry a code, ``review`` those that a person should look at
    for it, ``groups`` those with any code of a group, each comment once.
    """

    n_coded: int
    assigned: Mapping[str, int]
    review: Mapping[str, int]
    groups: Mapping[str, int]


def code_counts(store: Store, filters: Filters, group_of: Mapping[str, str]) -> CodeCounts:
    """Return how many comments carry each code.

    Parameters
    ----------
    group_of
        Under which group each code is counted; codes that are not in it belong to none.
    """
    coding = codings.alias()
    is_coded = comments.c.state == CommentState.ENRICHED.value
    n = sa.func.count(sa.distinct(comments.c.comment_id)).label("n")
    carried = (
        sa.select(n)
        .select_from(comments.join(coding, coding.c.comment_id == comments.c.comment_id))
        .where(*in_scope(filters), is_coded, wins(coding))
    )

    def counted(key: sa.ColumnElement[Any], decision: Decision) -> dict[str, int]:
        query = carried.add_columns(key.label("key")).where(coding.c.decision == decision.value)
        rows = store.read(query.group_by(key))
        return {str(row.key): int(row.n) for row in rows.itertuples() if row.key}

    coded = store.read(sa.select(n).where(*in_scope(filters), is_coded))
    group = sa.case(dict(group_of), value=coding.c.code, else_="") if group_of else sa.null()
    return CodeCounts(
        n_coded=int(coded["n"].iloc[0]),
        assigned=counted(coding.c.code, Decision.ASSIGNED),
        review=counted(coding.c.code, Decision.REVIEW),
        groups=counted(group, Decision.ASSIGNED) if group_of else {},
    )
