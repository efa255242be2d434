"""SQL of the codebook page: how many comments carry each code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from app.queries import at_place, counts_in
from feedback.schema import EMPTY_LABEL, Decision, Measure, standing_codes

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
    by_value = {
        measure: _by_value(store, measure, filters)
        for measure in (Measure.CODE, Measure.REVIEW, Measure.SENTIMENT)
    }
    return CodeCounts(
        # What is coded has a sentiment, whatever its codes.
        n_coded=sum(by_value[Measure.SENTIMENT].values()),
        assigned=by_value[Measure.CODE] | _nothing(store, filters),
        review=by_value[Measure.REVIEW],
        groups=_groups(store, filters, group_of),
    )


def _by_value(store: Store, measure: Measure, filters: Filters) -> dict[str, int]:
    rows = store.read(counts_in(filters, measure, by=["value"]))
    return dict(zip(rows["value"], rows["n"].tolist(), strict=True))


def _groups(store: Store, filters: Filters, group_of: Mapping[str, str]) -> dict[str, int]:
    """Count comments with any code of a group, by day where codes are named after their group."""
    if all(code.split(".")[0] == group for code, group in group_of.items()):
        found = _by_value(store, Measure.GROUP, filters)
        return {group: n for group, n in found.items() if group in set(group_of.values())}
    given = standing_codes
    group = sa.case(dict(group_of), value=given.c.code, else_="")
    rows = store.read(
        sa.select(group.label("key"), sa.func.count(sa.distinct(given.c.comment_id)).label("n"))
        .where(
            given.c.code.in_(list(group_of)),
            *_assigned_in(filters),
        )
        .group_by(group)
    )
    return dict(zip(rows["key"], rows["n"].tolist(), strict=True))


def _nothing(store: Store, filters: Filters) -> dict[str, int]:
    """Count comments with nothing to code; that is no theme, and not among the counts by day."""
    n = sa.func.count().label("n")
    query = sa.select(n).where(standing_codes.c.code == EMPTY_LABEL, *_assigned_in(filters))
    found = int(store.read(query)["n"].iloc[0])
    return {EMPTY_LABEL: found} if found else {}


def _assigned_in(filters: Filters) -> list[sa.ColumnElement[bool]]:
    given = standing_codes.c
    found = [
        given.decision == Decision.ASSIGNED.value,
        given.submitted_at >= filters.start,
        given.submitted_at < filters.end,
    ]
    return [*found, *at_place(standing_codes, filters)]
