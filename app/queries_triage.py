"""SQL of the triage page and the ticket: comments about technical faults, with their facets.

Comments that are safeguarding, or that a person should look at for it, are never among them: the
table of standing codes tells which comments may be shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pandas as pd
import sqlalchemy as sa

from app.queries import is_quotable, missing_as_none
from classifiers.facets import known_facets
from feedback import search
from feedback.fault_triage import FINISHED
from feedback.schema import (
    Decision,
    FaultStatus,
    comments,
    fault_triage,
    responses,
    standing_codes,
)

if TYPE_CHECKING:
    from app.filters import Filters
    from feedback.store import Store

__all__ = [
    "EVERY_STATUS",
    "MAX_FAULTS",
    "NOBODY",
    "UNFINISHED",
    "WORK_COLUMNS",
    "Faults",
    "Work",
    "all_passing",
    "fault_texts",
    "faults",
    "has_facets",
    "scored_sentiments",
]

MAX_FAULTS = 5_000
"""Newest comments that are looked at, and as many of the newest of those who were blocked; facets
are counted and filtered among these."""

CHUNK = 20_000
"""Comments read at a time where all that pass are wanted."""

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


@dataclass(frozen=True)
class Faults:
    """The newest fault comments in scope, and the newest of those who were blocked; newest first.

    ``comments`` has comment_id, submitted_at, service, page, facets (a dict), repeats (whether it
    says the same as another), status, owner, who and at (who changed it last, and when).
    ``is_capped``: there are more.
    """

    comments: pd.DataFrame
    is_capped: bool


def faults(
    store: Store, filters: Filters, codes: tuple[str, ...], work: Work = EVERYTHING
) -> Faults:
    """Return comments with one of these codes, without their text; ``filters.code`` narrows it."""
    rows = _with_work(store, _passing(filters, codes, work, limit=MAX_FAULTS + 1))
    is_capped = len(rows) > MAX_FAULTS
    if is_capped:
        blocked = _with_work(store, _blocked(filters, codes, work, limit=MAX_FAULTS))
        rows = pd.concat([rows.head(MAX_FAULTS), blocked]).drop_duplicates("comment_id")
        newest_first = ["submitted_at", "comment_id"]
        rows = rows.sort_values(newest_first, ascending=False, ignore_index=True)
    shown = missing_as_none(rows)
    shown["facets"] = [value or {} for value in shown["facets"]]
    shown["repeats"] = shown["repeats"].astype(bool) | shown["text_hash"].duplicated()
    shown["status"] = shown["status"].fillna(FaultStatus.OPEN.value)
    return Faults(shown.drop(columns="text_hash"), is_capped)


def _with_work(store: Store, passing: sa.Select[Any]) -> pd.DataFrame:
    """Return reports with their facets and how far work on them is."""
    found = passing.subquery()
    return store.read(
        sa.select(
            found,
            comments.c.facets,
            comments.c.duplicate_of.is_not(None).label("repeats"),
            comments.c.text_hash,
            *WORK_COLUMNS,
        )
        .join(comments, comments.c.comment_id == found.c.comment_id)
        .join(fault_triage, fault_triage.c.comment_id == found.c.comment_id, isouter=True)
        .order_by(found.c.submitted_at.desc(), found.c.comment_id.desc())
    )


WORK_COLUMNS = tuple(fault_triage.c[name] for name in ("status", "owner", "who", "at"))


def _passing(
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


def _blocked(filters: Filters, codes: tuple[str, ...], work: Work, *, limit: int) -> sa.Select[Any]:
    """Select what `_passing` does, of those who were blocked alone.

    The index of words knows them by a tag. They are few, so each is looked at.
    """
    tags = ["impact:blocked", *([f"service:{filters.service}"] if filters.service else [])]
    blocked = search.selecting(tags, filters.start, filters.end).subquery()
    kept = standing_codes
    return (
        sa.select(*_COLUMNS)
        .join_from(blocked, kept, kept.c.comment_id == blocked.c.comment_id)
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


def all_passing(
    store: Store,
    filters: Filters,
    codes: tuple[str, ...],
    work: Work,
    chosen: Mapping[str, str | None],
) -> pd.DataFrame:
    """Return comment_id, service and at (of the last change) of every report that passes.

    Parameters
    ----------
    chosen
        A value, or None for any, by facet.
    """
    facets = {facet: value for facet, value in chosen.items() if value is not None}
    after, parts = None, []
    while True:
        found = _passing(filters, codes, work, limit=CHUNK, after=after).subquery()
        query = (
            sa.select(
                found.c.comment_id,
                found.c.submitted_at,
                found.c.service,
                fault_triage.c.at,
                *([comments.c.facets] if facets else []),
            )
            .join(fault_triage, fault_triage.c.comment_id == found.c.comment_id, isouter=True)
            .order_by(found.c.submitted_at.desc(), found.c.comment_id.desc())
        )
        if facets:
            query = query.join(comments, comments.c.comment_id == found.c.comment_id)
        rows = store.read(query)
        parts.append(_with_facets(rows, facets)[["comment_id", "service", "at"]])
        if len(rows) < CHUNK:
            return pd.concat(parts, ignore_index=True)
        last = rows.iloc[-1]
        after = last["submitted_at"].to_pydatetime(), str(last["comment_id"])


def _with_facets(rows: pd.DataFrame, wanted: Mapping[str, str]) -> pd.DataFrame:
    if not wanted:
        return rows
    return rows[[has_facets(facets or {}, wanted) for facets in rows["facets"]]]


def has_facets(facets: dict[str, Any], wanted: Mapping[str, str]) -> bool:
    """Say whether a report gives each of these values."""
    return all(value in known_facets(facets, facet) for facet, value in wanted.items())


def fault_texts(store: Store, comment_ids: tuple[str, ...]) -> dict[str, str]:
    """Return the texts of comments that may be shown; of the others nothing."""
    rows = store.read(
        sa.select(comments.c.comment_id, comments.c.text)
        .where(comments.c.comment_id.in_(comment_ids), is_quotable())
        .limit(len(comment_ids))
    )
    return dict(zip(rows["comment_id"], rows["text"], strict=True))


def scored_sentiments(store: Store, service: str | None) -> pd.DataFrame:
    """Return sentiment, satisfaction and response_id of each comment that has the first two."""
    found: list[sa.ColumnElement[Any]] = [
        comments.c.sentiment.is_not(None),
        sa.not_(comments.c.is_empty),
        responses.c.satisfaction.between(1, 5),
    ]
    if service is not None:
        found.append(comments.c.service == service)
    return store.read(
        sa.select(comments.c.sentiment, responses.c.satisfaction, comments.c.response_id)
        .join_from(comments, responses, responses.c.response_id == comments.c.response_id)
        .where(*found)
    )
