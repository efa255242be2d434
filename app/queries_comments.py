"""SQL of the list of comments: search, filters, one page of it.

Nothing here reads all comments. Words and most filters go by the full-text index
(`feedback.search`), a code by the table of standing codes, and places by one short range of an
index for each page of a service.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd
import sqlalchemy as sa

from app.queries import counts_in, in_scope, is_safeguarding, missing_as_none
from feedback import search
from feedback.schema import (
    CommentState,
    Decision,
    Measure,
    assignments,
    comments,
    search_rows,
    standing_codes,
    topics,
)
from feedback.search_index import page_tag
from feedback.welsh import WAITS_TAG

if TYPE_CHECKING:
    from app.filters import Filters
    from feedback.store import Store

__all__ = [
    "COUNT_LIMIT",
    "FAILED",
    "MAX_COMMENTS",
    "NOT_CODED",
    "SAFEGUARDED",
    "WITHHELD",
    "FoundComments",
    "codes_of",
    "find_comments",
    "shown_text",
]

MAX_COMMENTS = 50
"""Comments of one page of the list: as many as a person reads before they narrow it."""

COUNT_LIMIT = 10_000
"""Counting stops here: more than this is "more than 10,000"."""

MAX_PAGES = 400
"""Pages of a service that are looked at one by one; SQLite takes 500 parts of a query."""

SAFEGUARDED = "Safeguarding: text withheld"
NOT_CODED = "Not coded yet: text withheld until then"
FAILED = "Could not be coded: text withheld"
WITHHELD = frozenset({SAFEGUARDED, NOT_CODED, FAILED})
"""What stands in the place of a text that may not be shown."""

_at, _id = comments.c.submitted_at, comments.c.comment_id


@dataclass(frozen=True)
class FoundComments:
    """One page of the comments that pass the filters, newest first.

    ``comments`` has comment_id, submitted_at, service, page, text, codes (comma separated),
    sentiment, language, facets and topic (its name). The text of a comment that only a trained
    person may see, or whose codes are not known, never leaves the database. ``older`` is the
    comment after which the next page begins; None on the last.
    """

    comments: pd.DataFrame
    n_found: int
    is_capped: bool
    older: str | None = None


def find_comments(store: Store, filters: Filters, before: str | None = None) -> FoundComments:
    """Return the newest comments that pass the filters, and how many there are.

    Parameters
    ----------
    before
        A comment found earlier: only older ones are returned. An unknown one is passed over.
    """
    last = _last_shown(store, before)
    if _goes_by_words(filters):
        ids, n = _by_search(store, filters, before if last is not None else None)
    elif filters.code is not None:
        ids, n = _by_code(store, filters, last)
    else:
        ids, n = _by_place(store, filters, last)
    shown = ids[:MAX_COMMENTS]
    return FoundComments(
        _rows_of(store, shown),
        n_found=min(n, COUNT_LIMIT),
        is_capped=n > COUNT_LIMIT,
        older=shown[-1] if len(ids) > len(shown) else None,
    )


def _last_shown(store: Store, before: str | None) -> tuple[Any, str] | None:
    """Return time and id of the comment that a page begins after."""
    if before is None:
        return None
    found = store.read(sa.select(_at, _id).where(_id == before))
    return None if found.empty else (found.iloc[0, 0].to_pydatetime(), before)


def _older_than(
    last: tuple[Any, str] | None, at: sa.ColumnElement[Any], key: sa.ColumnElement[Any]
) -> list[sa.ColumnElement[bool]]:
    """Return the condition for what comes after a comment in the order of the list."""
    if last is None:
        return []
    when, comment_id = last
    return [at <= when, sa.or_(at < when, key < comment_id)]


# Words, languages, sentiments: the full-text index


def _goes_by_words(filters: Filters) -> bool:
    told = (filters.language, filters.sentiment, filters.outcome)
    yes = filters.search or filters.has_redactions or filters.needs_welsh_speaker
    return bool(yes or any(one is not None for one in told))


def _by_search(store: Store, filters: Filters, before: str | None) -> tuple[list[str], int]:
    queries = [_query(filters, tags) for tags in _place_tags(store, filters)]
    ids = [
        comment_id
        for query in queries
        for comment_id in search.find(store, query, limit=MAX_COMMENTS + 1, before=before)
    ]
    n = sum(search.count(store, query, at_most=COUNT_LIMIT + 1) for query in queries)
    if len(queries) > 1:
        row = search_rows.c.row
        found = sa.select(search_rows.c.comment_id).where(search_rows.c.comment_id.in_(ids))
        ids = list(store.read(found.order_by(row.desc()).limit(MAX_COMMENTS + 1))["comment_id"])
    return ids, n


def _query(filters: Filters, place: tuple[str, ...]) -> search.Query:
    told = {
        "code": filters.code,
        "language": filters.language,
        "sentiment": filters.sentiment,
        "impact": filters.outcome,
        "has": "redaction" if filters.has_redactions else None,
    }
    tags = [f"{name}:{value}" for name, value in told.items() if value is not None]
    if filters.needs_welsh_speaker:
        tags.append(WAITS_TAG)
    return search.Query(filters.search, (*place, *tags), filters.start, filters.end)


def _place_tags(store: Store, filters: Filters) -> list[tuple[str, ...]]:
    """Return the tags of the place, for each service that has the page where no service is."""
    if filters.page is None:
        return [() if filters.service is None else (f"service:{filters.service}",)]
    services = [filters.service] if filters.service else [one for one, _ in _places(store, filters)]
    return [(page_tag(service, filters.page),) for service in services]


# One code: the table of standing codes, which is in the order of time


def _by_code(store: Store, filters: Filters, last: tuple[Any, str] | None) -> tuple[list[str], int]:
    given = standing_codes.c
    passing = [
        given.code == filters.code,
        given.decision == Decision.ASSIGNED.value,
        given.submitted_at >= filters.start,
        given.submitted_at < filters.end,
    ]
    if filters.service is not None:
        passing.append(given.service == filters.service)
    if filters.page is not None:
        passing.append(given.page == filters.page)
    ids = (
        sa.select(given.comment_id)
        .where(*passing, *_older_than(last, given.submitted_at, given.comment_id))
        .order_by(given.submitted_at.desc(), given.comment_id.desc())
        .limit(MAX_COMMENTS + 1)
    )
    some = sa.select(given.comment_id).where(*passing).limit(COUNT_LIMIT + 1)
    return list(store.read(ids)["comment_id"]), _n_of(store, some)


# A service or a page, or neither: the counts by day say how many, an index which


def _by_place(
    store: Store, filters: Filters, last: tuple[Any, str] | None
) -> tuple[list[str], int]:
    n = store.read(counts_in(filters, Measure.COMMENTS, by=[]))["n"].fillna(0)
    return _newest(store, filters, last), int(n.iloc[0]) if len(n) else 0


def _newest(store: Store, filters: Filters, last: tuple[Any, str] | None) -> list[str]:
    """Return the newest comments of a place.

    Those of a service are taken from each of its pages, and the newest of them kept: a rare
    service's are found as fast as a busy one's.
    """
    period = [_at >= filters.start, _at < filters.end, *_older_than(last, _at, _id)]
    if filters.service is None and filters.page is None:
        return _ordered(store, sa.select(_id, _at).where(*period))
    places = _places(store, filters)
    if len(places) > MAX_PAGES:
        return _ordered(store, sa.select(_id, _at).where(*in_scope(filters), *period))
    parts = []
    for service, page in places:
        at_page = comments.c.page == page if page else comments.c.page.is_(None)
        newest = sa.select(_id, _at).where(comments.c.service == service, at_page, *period)
        newest = newest.order_by(_at.desc(), _id.desc()).limit(MAX_COMMENTS + 1)
        parts.append(sa.select(newest.subquery()))
    return _ordered(store, sa.union_all(*parts)) if parts else []


def _ordered(store: Store, found: sa.Select[Any] | sa.CompoundSelect[Any]) -> list[str]:
    of = found.subquery()
    query = sa.select(of.c.comment_id).order_by(of.c.submitted_at.desc(), of.c.comment_id.desc())
    return list(store.read(query.limit(MAX_COMMENTS + 1))["comment_id"])


def _places(store: Store, filters: Filters) -> list[tuple[str, str]]:
    """Return the services and pages of the filters that have comments; "" is no page."""
    found = store.read(counts_in(filters, Measure.COMMENTS, by=["service", "place"]))
    return list(zip(found["service"], found["place"], strict=True))


def _n_of(store: Store, some: sa.Select[Any]) -> int:
    of = some.limit(COUNT_LIMIT + 1).subquery()
    return int(store.read(sa.select(sa.func.count().label("n")).select_from(of)).iloc[0, 0])


# The rows of a page


def shown_text() -> sa.ColumnElement[Any]:
    """Give the text, or why it is withheld. A comment without codes might be safeguarding."""
    return sa.case(
        (comments.c.state == CommentState.RECEIVED.value, NOT_CODED),
        (comments.c.state == CommentState.FAILED.value, FAILED),
        (is_safeguarding(), SAFEGUARDED),
        else_=comments.c.text,
    )


def _rows_of(store: Store, comment_ids: list[str]) -> pd.DataFrame:
    """Return what the list shows of these comments, in their order."""
    frame = store.read(
        sa.select(
            _id,
            _at,
            comments.c.service,
            comments.c.page,
            shown_text().label("text"),
            comments.c.sentiment,
            comments.c.language,
            comments.c.facets,
            topics.c.name.label("topic"),
        )
        .join_from(comments, assignments, assignments.c.comment_id == _id, isouter=True)
        .join(
            topics,
            sa.and_(
                topics.c.topic_id == assignments.c.topic_id,
                topics.c.topic_id >= 0,
                topics.c.model_version == assignments.c.model_version,
            ),
            isouter=True,
        )
        .where(_id.in_(comment_ids))
    )
    order = {key: place for place, key in enumerate(comment_ids)}
    frame = frame.sort_values("comment_id", key=lambda keys: keys.map(order), ignore_index=True)
    codes = codes_of(store, comment_ids)
    frame.insert(5, "codes", [codes.get(key, "") for key in frame["comment_id"]])
    return missing_as_none(frame)


def codes_of(store: Store, comment_ids: list[str]) -> dict[str, str]:
    """Return the assigned codes that count, joined by commas, by comment."""
    given = standing_codes.c
    frame = store.read(
        sa.select(given.comment_id, given.code)
        .where(given.comment_id.in_(comment_ids), given.decision == Decision.ASSIGNED.value)
        .order_by(given.comment_id, given.code)
    )
    return {str(key): ", ".join(group) for key, group in frame.groupby("comment_id")["code"]}
