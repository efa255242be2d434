"""Novel complaints of a store: what `topics.scan` is given of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import sqlalchemy as sa

from feedback import schema
from feedback.safeguarding import SAFEGUARDING, flagged_ids
from feedback.schema import IS_ENRICHED, OUTLIER_TOPIC
from topics.counts import is_double_submission
from topics.reading import Codes, read_codings
from topics.scan import STANDS_DAYS, find_novel

if TYPE_CHECKING:
    from feedback.protocols import Embedder
    from feedback.settings import Settings
    from feedback.store import Store

__all__ = ["HISTORY_DAYS", "SCAN_BUDGET_SHARE", "find_in_store"]

HISTORY_DAYS = 182
"""Every comment that is looked at then has 5 months of history, less the guard."""
SCAN_BUDGET_SHARE = 0.3
"""Share of the budget of false alarms that novel complaints have; the counts have theirs."""

_comments = schema.comments
_topic = schema.assignments.c.topic_id
_COLUMNS = [
    _comments.c[name]
    for name in (
        "comment_id",
        "response_id",
        "service",
        "page",
        "submitted_at",
        "text",
        "n_characters",
        "duplicate_of",
    )
]


def find_in_store(
    store: Store,
    embedder: Embedder,
    *,
    as_of: datetime,
    settings: Settings,
    codes: Codes | None = None,
    with_watch: bool = True,
) -> pd.DataFrame:
    """Return the novel complaints that stand in a store at one moment; see `find_novel`.

    Empty comments and double submissions are left out. Comments that are or may be about
    safeguarding count, but are not listed and give no word to a name. Only pages with a comment in
    the last days are read. ``codes`` are those of the last half year, where the caller has them.
    """
    comments = _recent(store, as_of)
    if comments.empty:
        return find_novel(comments.assign(may_quote=True), np.empty((0, 0)), as_of=as_of)
    if codes is None:
        codes = Codes(read_codings(store, comments["submitted_at"].min()), flagged_ids(store))
    told = codes.of(comments["comment_id"])
    texts = comments["text"].tolist()
    return find_novel(
        comments.assign(may_quote=[SAFEGUARDING not in those for those in told]),
        lambda positions: embedder.embed([texts[i] for i in positions]),
        as_of=as_of,
        false_alarms_per_week=SCAN_BUDGET_SHARE * settings.false_alarms_per_week,
        with_watch=with_watch,
    )


def _recent(store: Store, as_of: datetime) -> pd.DataFrame:
    """Return what was said in the last months on the pages with comments of the last days."""
    is_known = sa.and_(
        IS_ENRICHED,
        sa.not_(_comments.c.is_empty),
        _comments.c.submitted_at <= as_of,
    )
    latest = as_of - timedelta(days=STANDS_DAYS)
    page = sa.func.coalesce(_comments.c.page, "")
    places = (
        sa.select(_comments.c.service, page.label("page"))
        .where(is_known, _comments.c.submitted_at > latest)
        .distinct()
        .subquery()
    )
    since = as_of - timedelta(days=HISTORY_DAYS)
    on_place = sa.and_(_comments.c.service == places.c.service, page == places.c.page)
    frame = store.read(
        sa.select(*_COLUMNS, sa.func.coalesce(_topic, OUTLIER_TOPIC).label("topic_id"))
        .join_from(_comments, places, on_place)
        .join(
            schema.assignments,
            schema.assignments.c.comment_id == _comments.c.comment_id,
            isouter=True,
        )
        .where(is_known, _comments.c.submitted_at >= since)
        .order_by(_comments.c.comment_id)
    )
    if (frame["topic_id"] == OUTLIER_TOPIC).all():
        frame = frame.drop(columns="topic_id")
    return frame[~is_double_submission(frame)].reset_index(drop=True)
