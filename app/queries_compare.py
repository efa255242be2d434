"""SQL of before and after: comments and codings of two periods, and the release between them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pandas as pd
import sqlalchemy as sa

from feedback.schema import IS_ENRICHED, codings, comments, releases
from topics.compare import Period, compare
from topics.counts import COUNTED_COLUMNS

if TYPE_CHECKING:
    from feedback.store import Store

__all__ = ["compared", "named_releases", "newest_comment_at"]


def compared(
    store: Store,
    before: Period,
    after: Period,
    service: str | None = None,
    page: str | None = None,
) -> pd.DataFrame:
    """Return the themes of two periods at one place; see `topics.compare.compare`."""
    within = [
        IS_ENRICHED,
        sa.or_(
            *(
                sa.and_(
                    comments.c.submitted_at >= period.start, comments.c.submitted_at < period.end
                )
                for period in (before, after)
            )
        ),
    ]
    for column, value in ((comments.c.service, service), (comments.c.page, page)):
        if value is not None:
            within.append(column == value)
    told = ("comment_id", "code", "origin", "decision", "at")
    return compare(
        store.read(sa.select(*(comments.c[name] for name in COUNTED_COLUMNS)).where(*within)),
        store.read(
            sa.select(*(codings.c[name] for name in told))
            .join(comments, comments.c.comment_id == codings.c.comment_id)
            .where(*within)
        ),
        before=before,
        after=after,
    )


def named_releases(store: Store, name: str) -> pd.DataFrame:
    """Return the releases of a name, whatever its capitals, newest first."""
    wanted = sa.func.lower(releases.c.name) == name.strip().lower()
    return store.read(sa.select(releases).where(wanted).order_by(releases.c.at.desc()))


def newest_comment_at(store: Store, service: str | None, page: str | None) -> datetime | None:
    """Return when the newest comment of a place was sent; None without any."""
    query = sa.select(sa.func.max(comments.c.submitted_at).label("at"))
    for column, value in ((comments.c.service, service), (comments.c.page, page)):
        if value is not None:
            query = query.where(column == value)
    at = store.read(query)["at"].iloc[0]
    return None if pd.isna(at) else at.to_pydatetime()
