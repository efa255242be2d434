"""SQL of the triage page and the ticket: comments about technical faults, with their facets.

Comments that are safeguarding, or that a person should look at for it, are never among them: the
table of standing codes tells which comments may be shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from app.queries import missing_as_none
from app.queries_passing import EVERYTHING, Work, of_impact, passing
from classifiers.facets import known_facets
from feedback.schema import FaultStatus, comments, fault_triage, responses, search_rows

if TYPE_CHECKING:
    from app.filters import Filters
    from feedback.store import Store

__all__ = [
    "MAX_FAULTS",
    "WORK_COLUMNS",
    "Faults",
    "all_passing",
    "fault_texts",
    "faults",
    "has_facets",
    "may_be_shown",
    "scored_sentiments",
]

MAX_FAULTS = 2_000
"""Newest comments that are looked at, and as many of the newest of those who were blocked; facets
are counted and filtered among these."""

CHUNK = 20_000
"""Comments read at a time where all that pass are wanted."""


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
    rows = _with_work(store, passing(filters, codes, work, limit=MAX_FAULTS + 1))
    is_capped = len(rows) > MAX_FAULTS
    if is_capped:
        blocked = _with_work(store, of_impact("blocked", filters, codes, work, limit=MAX_FAULTS))
        rows = pd.concat([rows.head(MAX_FAULTS), blocked]).drop_duplicates("comment_id")
        newest_first = ["submitted_at", "comment_id"]
        rows = rows.sort_values(newest_first, ascending=False, ignore_index=True)
    shown = missing_as_none(rows)
    shown["facets"] = [value or {} for value in shown["facets"]]
    shown["repeats"] = shown["repeats"].astype(bool) | shown["text_hash"].duplicated()
    shown["status"] = shown["status"].fillna(FaultStatus.OPEN.value)
    return Faults(shown.drop(columns="text_hash"), is_capped)


def _with_work(store: Store, chosen: sa.Select[Any]) -> pd.DataFrame:
    """Return reports with their facets and how far work on them is."""
    found = chosen.subquery()
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
    wanted = {facet: value for facet, value in chosen.items() if value is not None}
    if "impact" in wanted:
        rows = _with_facets(store, of_impact(wanted["impact"], filters, codes, work), wanted)
        return rows.loc[rows["passes"], _TOLD].reset_index(drop=True)
    after, parts = None, []
    while True:
        newest = passing(filters, codes, work, limit=CHUNK, after=after)
        rows = _with_facets(store, newest, wanted)
        parts.append(rows.loc[rows["passes"], _TOLD])
        if len(rows) < CHUNK:
            return pd.concat(parts, ignore_index=True)
        last = rows.iloc[-1]
        after = last["submitted_at"].to_pydatetime(), str(last["comment_id"])


_TOLD = ["comment_id", "service", "at"]


def _with_facets(store: Store, chosen: sa.Select[Any], wanted: Mapping[str, str]) -> pd.DataFrame:
    """Return reports in their order, and whether each passes: whether it gives these values."""
    found = chosen.subquery()
    query = (
        sa.select(found, fault_triage.c.at, *([comments.c.facets] if wanted else []))
        .join(fault_triage, fault_triage.c.comment_id == found.c.comment_id, isouter=True)
        .order_by(found.c.submitted_at.desc(), found.c.comment_id.desc())
    )
    if not wanted:
        return store.read(query).assign(passes=True)
    rows = store.read(query.join(comments, comments.c.comment_id == found.c.comment_id))
    passes = [has_facets(facets or {}, wanted) for facets in rows["facets"]]
    return rows.assign(passes=np.array(passes, dtype=bool))


def has_facets(facets: dict[str, Any], wanted: Mapping[str, str]) -> bool:
    """Say whether a report gives each of these values."""
    return all(value in known_facets(facets, facet) for facet, value in wanted.items())


def may_be_shown() -> sa.ColumnElement[bool]:
    """Condition: the comment may be shown; no other is in the index of words.

    Asked of the comment's state, SQLite would look at every comment in that state.
    """
    return sa.exists().where(search_rows.c.comment_id == comments.c.comment_id)


def fault_texts(store: Store, comment_ids: tuple[str, ...]) -> dict[str, str]:
    """Return the texts of comments that may be shown; of the others nothing."""
    rows = store.read(
        sa.select(comments.c.comment_id, comments.c.text)
        .where(comments.c.comment_id.in_(comment_ids), may_be_shown())
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
