"""Tables that can be made again from the others, for pages that answer at once."""

from __future__ import annotations

import sqlalchemy as sa

from feedback.schema.base import UtcDateTime, metadata

__all__ = ["search_rows", "stale_days", "standing_codes", "tallies"]

standing_codes = sa.Table(
    "standing_codes",
    metadata,
    sa.Column("code", sa.String(80), primary_key=True),
    sa.Column("decision", sa.String(10), primary_key=True),
    sa.Column("submitted_at", UtcDateTime, primary_key=True),
    sa.Column("comment_id", sa.String(32), primary_key=True),
    sa.Column("service", sa.String(120), nullable=False),
    sa.Column("page", sa.String(500)),
    sa.Column("is_shown", sa.Boolean, nullable=False),
    sa.Index("ix_standing_codes_comment_id", "comment_id"),
    sqlite_with_rowid=False,
)
"""The codings that count, assigned or for review, in order of time: what `feedback.coding` says,
kept so that no page works it out. ``is_shown``: the comment may be shown (`feedback.standing`).
Derived from other tables; never written but by `feedback.standing`."""

search_rows = sa.Table(
    "search_rows",
    metadata,
    sa.Column("row", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("comment_id", sa.String(32), nullable=False, unique=True),
    sa.Column("service", sa.String(120), nullable=False),
    sa.Column("tags", sa.Text, nullable=False),
)
"""Comments that can be searched for, numbered in the order of their time; see `feedback.search`.
Their words are in an index of the database's own kind, under the same number."""

tallies = sa.Table(
    "tallies",
    metadata,
    sa.Column("measure", sa.String(16), primary_key=True),
    sa.Column("day", sa.String(10), primary_key=True),
    sa.Column("service", sa.String(120), primary_key=True),
    sa.Column("place", sa.String(500), primary_key=True),
    sa.Column("value", sa.String(80), primary_key=True),
    sa.Column("n", sa.Integer, nullable=False),
    sqlite_with_rowid=False,
)
"""Counts by day (`Measure`); ``place`` is a page or a region, empty where there is none."""

stale_days = sa.Table(
    "stale_days",
    metadata,
    sa.Column("day", sa.String(10), primary_key=True),
    sa.Column("mark", sa.BigInteger, nullable=False, server_default="0"),
    sqlite_with_rowid=False,
)
"""Days whose tallies are behind; their counts are taken from the comments themselves. ``mark`` is
another number after every change of the day."""
