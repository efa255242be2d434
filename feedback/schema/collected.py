"""Tables of what people wrote: comments, responses, and what is worked out from each text."""

from __future__ import annotations

import sqlalchemy as sa

from feedback.schema.base import UtcDateTime, metadata
from feedback.schema.enums import CommentState

__all__ = [
    "IS_CLAIMED",
    "IS_ENRICHED",
    "IS_REPEAT",
    "IS_WAITING",
    "codings",
    "comments",
    "embeddings",
    "fingerprints",
    "responses",
    "spans",
]

comments = sa.Table(
    "comments",
    metadata,
    sa.Column("comment_id", sa.String(32), primary_key=True),
    sa.Column("response_id", sa.String(32), nullable=False, index=True),
    sa.Column("source", sa.String(80), nullable=False),
    sa.Column("service", sa.String(120), nullable=False),
    sa.Column("page", sa.String(500)),
    sa.Column("question", sa.String(200)),
    sa.Column("submitted_at", UtcDateTime, nullable=False),
    sa.Column("received_at", UtcDateTime, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("is_empty", sa.Boolean, nullable=False, default=False),
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("n_characters", sa.Integer, nullable=False),
    sa.Column("text_hash", sa.String(32), nullable=False, index=True),
    sa.Column("duplicate_of", sa.String(32)),
    sa.Column("sentiment", sa.String(8)),
    sa.Column("facets", sa.JSON(none_as_null=True)),
    sa.Column("state", sa.String(10), nullable=False, default=CommentState.RECEIVED),
    sa.Column("claimed_by", sa.String(120)),
    sa.Column("claimed_at", UtcDateTime),
    sa.Column("n_attempts", sa.Integer, nullable=False, default=0),
    sa.Column("failure", sa.String(200)),
    sa.Column("extra", sa.JSON(none_as_null=True)),
    sa.Column("redactor", sa.String(80)),
    sa.Column("day", sa.String(10), index=True),
    sa.Index("ix_comments_state", "state"),
    sa.Index("ix_comments_service_page_submitted_at", "service", "page", "submitted_at"),
    sa.Index("ix_comments_submitted_at", "submitted_at"),
)

# Literals, not parameters: SQLite uses a partial index only where a query repeats its very words.
IS_WAITING = sa.and_(
    comments.c.state == sa.literal_column(f"'{CommentState.RECEIVED}'"),
    comments.c.claimed_by.is_(None),
)
"""Condition: a comment that no worker has claimed and that is not enriched yet."""

IS_ENRICHED = sa.not_(
    comments.c.state.in_([CommentState.RECEIVED.value, CommentState.FAILED.value])
)
"""Condition: a comment that is enriched. Not by a comparison with that one state: nearly all
comments are in it, and SQLite would go by the index of states and read them all."""

IS_CLAIMED = comments.c.claimed_by.is_not(None)
"""Condition: a comment that a worker holds."""

IS_REPEAT = comments.c.duplicate_of.is_not(None)
"""Condition: a comment that says the same as an earlier one."""

# Partial, so that a claim costs the same with a thousand comments in the store and with a million.
sa.Index(
    "ix_comments_waiting",
    comments.c.n_attempts,
    comments.c.submitted_at,
    comments.c.comment_id,
    sqlite_where=IS_WAITING,
    postgresql_where=IS_WAITING,
)
sa.Index(
    "ix_comments_claimed_by",
    comments.c.claimed_by,
    sqlite_where=IS_CLAIMED,
    postgresql_where=IS_CLAIMED,
)
sa.Index(
    "ix_comments_duplicate_of",
    comments.c.duplicate_of,
    sqlite_where=IS_REPEAT,
    postgresql_where=IS_REPEAT,
)

responses = sa.Table(
    "responses",
    metadata,
    sa.Column("response_id", sa.String(32), primary_key=True),
    sa.Column("service", sa.String(120), nullable=False),
    sa.Column("submitted_at", UtcDateTime, nullable=False),
    sa.Column("satisfaction", sa.SmallInteger),
    sa.Column("effort", sa.SmallInteger),
    sa.Column("help_needed", sa.Boolean),
    sa.Column("completed", sa.Boolean),
    sa.Column("device", sa.String(80)),
    sa.Column("browser", sa.String(80)),
    sa.Column("region", sa.String(80)),
    sa.Column("day", sa.String(10), index=True),
    sa.Index("ix_responses_service_submitted_at", "service", "submitted_at"),
)
"""``day``, here and in ``comments``, is the day in London on which it was sent, as 2026-04-01; the
store writes it."""

spans = sa.Table(
    "spans",
    metadata,
    sa.Column("comment_id", sa.String(32), sa.ForeignKey("comments.comment_id"), primary_key=True),
    sa.Column("start", sa.Integer, primary_key=True),
    sa.Column("end", sa.Integer, nullable=False),
    sa.Column("entity", sa.String(24), nullable=False),
    sa.Column("recogniser", sa.String(60), nullable=False),
    sa.Column("score", sa.Float, nullable=False),
    sa.Column("number", sa.Integer),
    sa.Column("marks", sa.String(255)),
    sqlite_with_rowid=False,
)
"""``number`` and ``marks`` belong to pseudonyms. Marks are keyed hashes, cut short, that hold for
one response alone: without the key nobody can tell or link what stood there."""

fingerprints = sa.Table(
    "fingerprints",
    metadata,
    sa.Column("band", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("key", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("comment_id", sa.String(32), primary_key=True),
    sa.Index("ix_fingerprints_comment_id", "comment_id"),
    sqlite_with_rowid=False,
)
"""Near-duplicate look-up: one hashed key for each band of a text's signature.

The primary key is the look-up's order, so the table is its own index; the other index is for
deleting a comment, which would read nine rows of every comment there is.
"""

embeddings = sa.Table(
    "embeddings",
    metadata,
    sa.Column("model", sa.String(120), primary_key=True),
    sa.Column("revision", sa.String(64), primary_key=True),
    sa.Column("text_hash", sa.String(32), primary_key=True),
    sa.Column("vector", sa.LargeBinary, nullable=False),
    sa.Index("ix_embeddings_text_hash", "text_hash"),
)
"""Cache of vectors (little-endian float32) by model, revision and hash of the exact text."""

codings = sa.Table(
    "codings",
    metadata,
    sa.Column("comment_id", sa.String(32), sa.ForeignKey("comments.comment_id"), primary_key=True),
    sa.Column("code", sa.String(80), primary_key=True),
    sa.Column("origin", sa.String(8), primary_key=True),
    sa.Column("coder", sa.String(120), primary_key=True, default=""),
    sa.Column("model_version", sa.String(80), primary_key=True, default=""),
    sa.Column("probability", sa.Float),
    sa.Column("decision", sa.String(10), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Index("ix_codings_code_comment_id", "code", "comment_id"),
    sqlite_with_rowid=False,
)
