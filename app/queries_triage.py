"""SQL of the triage page and the ticket: comments about technical faults, with their facets.

Comments that are safeguarding, or that a person should look at for it, are never among them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd
import sqlalchemy as sa

from app.queries import in_scope, is_quotable, missing_as_none, wins
from feedback.schema import Decision, codings, comments, responses

if TYPE_CHECKING:
    from app.filters import Filters
    from feedback.store import Store

__all__ = ["MAX_FAULTS", "Faults", "fault_texts", "faults", "scored_sentiments"]

MAX_FAULTS = 5_000
"""Newest comments that are looked at; facets are counted and filtered among these."""


@dataclass(frozen=True)
class Faults:
    """The newest fault comments in scope, newest first.

    ``comments`` has comment_id, submitted_at, service, page, facets (a dict), codes (a tuple) and
    repeats (whether it says the same as another). ``is_capped``: there are more.
    """

    comments: pd.DataFrame
    is_capped: bool


def faults(store: Store, filters: Filters, codes: tuple[str, ...]) -> Faults:
    """Return comments with one of these codes, without their text; ``filters.code`` narrows it."""
    wanted = tuple(code for code in codes if filters.code in (None, code))
    coding = codings.alias()
    rows = store.read(
        sa.select(
            comments.c.comment_id,
            comments.c.submitted_at,
            comments.c.service,
            comments.c.page,
            comments.c.facets,
            comments.c.duplicate_of.is_not(None).label("repeats"),
            comments.c.text_hash,
        )
        .where(
            *in_scope(filters),
            is_quotable(),
            sa.exists().where(
                coding.c.comment_id == comments.c.comment_id,
                coding.c.code.in_(wanted),
                coding.c.decision == Decision.ASSIGNED.value,
                wins(coding),
            ),
        )
        .order_by(comments.c.submitted_at.desc(), comments.c.comment_id)
        .limit(MAX_FAULTS + 1)
    )
    shown = missing_as_none(rows.head(MAX_FAULTS))
    shown["facets"] = [value or {} for value in shown["facets"]]
    shown["repeats"] = shown["repeats"].astype(bool) | shown["text_hash"].duplicated()
    shown = shown.drop(columns="text_hash")
    given = _codes(store, list(shown["comment_id"]), codes)
    shown["codes"] = [given.get(key, ()) for key in shown["comment_id"]]
    return Faults(shown, is_capped=len(rows) > MAX_FAULTS)


def _codes(
    store: Store, comment_ids: list[str], codes: tuple[str, ...]
) -> dict[str, tuple[str, ...]]:
    """Return the fault codes that count of each comment."""
    coding = codings.alias()
    frames = [
        store.read(
            sa.select(coding.c.comment_id, coding.c.code)
            .where(
                coding.c.comment_id.in_(comment_ids[at : at + _MAX_PARAMETERS]),
                coding.c.code.in_(codes),
                coding.c.decision == Decision.ASSIGNED.value,
                wins(coding),
            )
            .distinct()
            .order_by(coding.c.comment_id, coding.c.code)
        )
        for at in range(0, len(comment_ids), _MAX_PARAMETERS)
    ]
    if not frames:
        return {}
    found = pd.concat(frames)
    return {str(key): tuple(group) for key, group in found.groupby("comment_id")["code"]}


_MAX_PARAMETERS = 900
"""Values in one statement: SQLite's oldest limit is 999."""


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
