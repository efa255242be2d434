"""Which fault reports pass the filters of the triage page: selects for `app.queries_triage`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from feedback import search
from feedback.fault_triage import FINISHED
from feedback.schema import Decision, FaultStatus, fault_triage, standing_codes

if TYPE_CHECKING:
    from app.filters import Filters

__all__ = ["EVERYTHING", "EVERY_STATUS", "NOBODY", "UNFINISHED", "Work", "of_impact", "passing"]

UNFINISHED, EVERY_STATUS = "unfinished", "all"
"""Choices of a status beside those of `FaultStatus`."""

NOBODY = ":nobody"
"""The choice of reports that nobody takes care of; no name begins with a colon."""


@dataclass(frozen=True)
class Work:
    """Which reports by how far work on them is: a status, and an owner; no owner: anybody's."""

    status: str = EVERY_STATUS
    owner: str | None = None


EVERYTHING = Work()


def passing(
    filters: Filters,
    codes: tuple[str, ...],
    work: Work,
    *,
    limit: int,
    after: tuple[datetime, str] | None = None,
) -> sa.Select[Any]:
    """Select comment_id, submitted_at, service and page of the newest reports that pass.

    Each code's own newest are taken from the end of the index, and the newest of those: so the
    cost grows with the limit and not with the store.

    Parameters
    ----------
    after
        Time and id of a report; only what comes after it in the order is taken.
    """
    kept = standing_codes
    found = _in_view(filters, work)
    if after is not None:
        at, key = after
        found += [
            kept.c.submitted_at <= at,
            sa.or_(kept.c.submitted_at < at, kept.c.comment_id < key),
        ]
    newest = (kept.c.submitted_at.desc(), kept.c.comment_id.desc())
    parts = [
        sa.select(*_COLUMNS).where(kept.c.code == code, *found).order_by(*newest).limit(limit)
        for code in _wanted(filters, codes)
    ]
    each = sa.union_all(*(sa.select(part.subquery()) for part in parts)).subquery()
    # A comment with two faults comes twice.
    return (
        sa.select(each)
        .distinct()
        .order_by(each.c.submitted_at.desc(), each.c.comment_id.desc())
        .limit(limit)
    )


_COLUMNS = tuple(
    standing_codes.c[name] for name in ("comment_id", "submitted_at", "service", "page")
)


def of_impact(
    impact: str,
    filters: Filters,
    codes: tuple[str, ...],
    work: Work,
    *,
    limit: int | None = None,
) -> sa.Select[Any]:
    """Select what `passing` does, of those alone who tell of this impact, such as ``blocked``.

    The index of words knows them by a tag. They are few, so each is looked at.
    """
    tags = [f"impact:{impact}", *([f"service:{filters.service}"] if filters.service else [])]
    tagged = search.selecting(tags, filters.start, filters.end).subquery()
    kept = standing_codes
    return (
        sa.select(*_COLUMNS)
        .join_from(tagged, kept, kept.c.comment_id == tagged.c.comment_id)
        .where(kept.c.code.in_(_wanted(filters, codes)), *_in_view(filters, work))
        .distinct()
        .order_by(kept.c.submitted_at.desc(), kept.c.comment_id.desc())
        .limit(limit)
    )


def _wanted(filters: Filters, codes: tuple[str, ...]) -> list[str]:
    return [code for code in codes if filters.code in (None, code)] or [""]


def _in_view(filters: Filters, work: Work) -> list[sa.ColumnElement[bool]]:
    """Return all filters but the code as conditions on ``standing_codes``."""
    kept = standing_codes
    found = [
        kept.c.decision == Decision.ASSIGNED.value,
        kept.c.is_shown,
        kept.c.submitted_at >= filters.start,
        kept.c.submitted_at < filters.end,
        *_of_work(work),
    ]
    for column, value in ((kept.c.service, filters.service), (kept.c.page, filters.page)):
        if value is not None:
            found.append(column == value)
    return found


def _of_work(work: Work) -> list[sa.ColumnElement[bool]]:
    """Return status and owner as conditions; a report that nobody touched has no row."""
    its = sa.exists().where(fault_triage.c.comment_id == standing_codes.c.comment_id)
    status, owner = fault_triage.c.status, fault_triage.c.owner
    found: list[sa.ColumnElement[bool]] = []
    if work.status == UNFINISHED:
        found.append(~its.where(status.in_(FINISHED)))
    elif work.status == FaultStatus.OPEN.value:
        found.append(~its.where(status != FaultStatus.OPEN.value))
    elif work.status != EVERY_STATUS:
        found.append(its.where(status == work.status))
    if work.owner == NOBODY:
        found.append(~its.where(owner.is_not(None)))
    elif work.owner is not None:
        found.append(its.where(owner == work.owner))
    return found
