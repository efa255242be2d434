"""Tables of what the toolkit finds in many comments: topics, issues, signals, alarms."""

from __future__ import annotations

import sqlalchemy as sa

from feedback.schema.base import UtcDateTime, metadata
from feedback.schema.enums import IssueStatus

__all__ = ["alarms", "assignments", "issues", "signals", "topic_changes", "topic_edits", "topics"]

topics = sa.Table(
    "topics",
    metadata,
    sa.Column("topic_id", sa.Integer, primary_key=True),
    sa.Column("model_version", sa.String(80), primary_key=True),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("terms", sa.JSON, nullable=False),
    sa.Column("quotes", sa.JSON, nullable=False),
    sa.Column("n", sa.Integer, nullable=False),
    sa.Column("centroid", sa.LargeBinary, nullable=False),
    sa.Column("parent_id", sa.Integer),
    sa.Column("named_by", sa.String(120)),
)
"""``quotes`` are comment ids, most central first; ``centroid`` is little-endian float32. A topic
keeps its ``topic_id`` from fit to fit. ``parent_id`` numbers the broader group it belongs to;
``named_by`` is the person who named it, empty where the machine did."""

topic_edits = sa.Table(
    "topic_edits",
    metadata,
    sa.Column("edit_id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("who", sa.String(120), nullable=False),
    sa.Column("action", sa.String(8), nullable=False),
    sa.Column("topic_id", sa.Integer, nullable=False),
    sa.Column("detail", sa.JSON, nullable=False),
)
"""What people did to topics (`TopicAction`), in order; every fit does it again.

``detail`` has no words but names, the one given (redacted) and the machine's: what was merged or
split is told by topic ids and centroids, with the encoder that made those."""

topic_changes = sa.Table(
    "topic_changes",
    metadata,
    sa.Column("model_version", sa.String(80), primary_key=True),
    sa.Column("topic_id", sa.Integer, primary_key=True),
    sa.Column("kind", sa.String(8), primary_key=True),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("detail", sa.JSON, nullable=False),
)
"""What a fit changed against the one before (`TopicChange`), by topic ids, without names."""

issues = sa.Table(
    "issues",
    metadata,
    sa.Column("cluster_id", sa.String(32), primary_key=True),
    sa.Column("service", sa.String(120), nullable=False),
    sa.Column("page", sa.String(500)),
    sa.Column("title", sa.String(200), nullable=False),
    sa.Column("theme", sa.String(80)),
    sa.Column("status", sa.String(16), nullable=False, default=IssueStatus.PROVISIONAL),
    sa.Column("first_seen", UtcDateTime, nullable=False),
    sa.Column("last_seen", UtcDateTime, nullable=False),
    sa.Column("n", sa.Integer, nullable=False),
    sa.Column("quotes", sa.JSON, nullable=False),
    sa.Column("owner", sa.String(120)),
    sa.Column("ticket_url", sa.String(500)),
    sa.Column("fixed_at", UtcDateTime),
    sa.Column("reopened_at", UtcDateTime),
    sa.Column("merged_into", sa.String(32)),
    sa.Column("facts", sa.JSON(none_as_null=True)),
    sa.Column("titled_by", sa.String(120)),
    sa.Column("arranged_at", UtcDateTime),
    sa.Column("undo", sa.JSON(none_as_null=True)),
    sa.Column("centroid", sa.LargeBinary, nullable=False),
    sa.Index("ix_issues_service_page", "service", "page"),
)
"""``merged_into`` is the cluster that a consolidation put this one's comments into; its row stays,
so that a link to it still leads somewhere. ``facts`` are figures about the cluster, as
`topics.issue_facts` gives them. ``titled_by`` gave the title, which no machine then takes back;
``arranged_at`` is when a person last said what belongs to it, by a split or a merge: comments
received until then stay, and no machine merges two such issues. ``undo`` is what it takes to take
the last change by a person back."""

assignments = sa.Table(
    "assignments",
    metadata,
    sa.Column("comment_id", sa.String(32), sa.ForeignKey("comments.comment_id"), primary_key=True),
    sa.Column("topic_id", sa.Integer, index=True),
    sa.Column("cluster_id", sa.String(32), index=True),
    sa.Column("similarity", sa.Float),
    sa.Column("model_version", sa.String(80), nullable=False, default=""),
)
"""``similarity`` is the cosine to the issue cluster's centroid, or to the topic's without one."""

signals = sa.Table(
    "signals",
    metadata,
    sa.Column("signal_id", sa.String(32), primary_key=True),
    sa.Column("as_of", UtcDateTime, nullable=False, index=True),
    sa.Column("kind", sa.String(8), nullable=False),
    sa.Column("level", sa.String(8), nullable=False),
    sa.Column("service", sa.String(120), nullable=False),
    sa.Column("page", sa.String(500)),
    sa.Column("theme", sa.String(120), nullable=False),
    sa.Column("window", sa.String(16), nullable=False),
    sa.Column("window_start", UtcDateTime, nullable=False),
    sa.Column("window_end", UtcDateTime, nullable=False),
    sa.Column("n", sa.Integer, nullable=False),
    sa.Column("expected", sa.Float, nullable=False),
    sa.Column("rate_ratio", sa.Float, nullable=False),
    sa.Column("low", sa.Float, nullable=False),
    sa.Column("high", sa.Float, nullable=False),
    sa.Column("q_value", sa.Float, nullable=False),
    sa.Column("sentence", sa.String(400), nullable=False),
    sa.Column("comments", sa.JSON(none_as_null=True)),
    sa.Column("release", sa.String(200)),
)
"""``comments`` are the ids of the comments behind it, where the theme is no code or cluster;
``release`` is the name of a release just before it."""

alarms = sa.Table(
    "alarms",
    metadata,
    sa.Column("kind", sa.String(8), primary_key=True),
    sa.Column("service", sa.String(120), primary_key=True),
    sa.Column("page", sa.String(500), primary_key=True),
    sa.Column("theme", sa.String(120), primary_key=True),
    sa.Column("level", sa.String(8), nullable=False),
    sa.Column("raised_at", UtcDateTime, nullable=False),
    sa.Column("last_at", UtcDateTime, nullable=False),
)
"""When something was last told of, so that it is told once; ``page`` is empty where there is
none. ``last_at`` is the last look at which it stood."""
