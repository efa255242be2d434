"""Tables of what was run and what people decided, with the log of both."""

from __future__ import annotations

import sqlalchemy as sa

from feedback.schema.append_only import make_append_only
from feedback.schema.base import UtcDateTime, metadata

__all__ = [
    "audit",
    "audit_samples",
    "coding_round_comments",
    "coding_rounds",
    "coding_samples",
    "fault_triage",
    "meta",
    "people",
    "proposed_codes",
    "rejects",
    "releases",
    "round_codings",
    "runs",
    "safeguarding_outcomes",
    "source_statements",
    "subscriptions",
]

releases = sa.Table(
    "releases",
    metadata,
    sa.Column("release_id", sa.String(32), primary_key=True),
    sa.Column("at", UtcDateTime, nullable=False, index=True),
    sa.Column("service", sa.String(120)),
    sa.Column("page", sa.String(500)),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("who", sa.String(120), nullable=False),
    sa.Column("noted_at", UtcDateTime, nullable=False),
)
"""Releases and other changes of services, as people noted them; empty ``service``: of all."""

runs = sa.Table(
    "runs",
    metadata,
    sa.Column("run_id", sa.String(32), primary_key=True),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("started_at", UtcDateTime, nullable=False),
    sa.Column("finished_at", UtcDateTime),
    sa.Column("settings", sa.JSON, nullable=False),
    sa.Column("versions", sa.JSON, nullable=False),
    sa.Column("models", sa.JSON, nullable=False),
    sa.Column("codebook", sa.String(120)),
    sa.Column("seed", sa.Integer, nullable=False),
    sa.Column("n_in", sa.Integer, nullable=False, default=0),
    sa.Column("n_rejected", sa.Integer, nullable=False, default=0),
    sa.Column("seconds", sa.JSON(none_as_null=True)),
)

rejects = sa.Table(
    "rejects",
    metadata,
    sa.Column("run_id", sa.String(32), sa.ForeignKey("runs.run_id"), primary_key=True),
    sa.Column("row", sa.Integer, primary_key=True),
    sa.Column("stage", sa.String(20), primary_key=True),
    sa.Column("reason", sa.String(200), nullable=False),
)

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("entry_id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("who", sa.String(120), nullable=False),
    sa.Column("action", sa.String(60), nullable=False),
    sa.Column("object", sa.String(200), nullable=False, index=True),
    sa.Column("detail", sa.JSON(none_as_null=True)),
    sa.Column("digest", sa.String(64), nullable=False),
)
"""Who did what, in order; `feedback.audit_log` alone writes it, and the database refuses to change
or remove a line. ``digest`` is made of the line and of the digest before it, so that a line that
was altered, taken out or put in between no longer fits."""

make_append_only(audit, "entry_id")

audit_samples = sa.Table(
    "audit_samples",
    metadata,
    sa.Column("comment_id", sa.String(32), sa.ForeignKey("comments.comment_id"), primary_key=True),
    sa.Column("sample_id", sa.String(32), sa.ForeignKey("runs.run_id"), nullable=False),
    sa.Column("service", sa.String(120)),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("drawn_at", UtcDateTime, nullable=False),
    sa.Column("redactor", sa.String(80)),
    sa.Column("verdict", sa.String(8)),
    sa.Column("entity", sa.String(24)),
    sa.Column("who", sa.String(120)),
    sa.Column("at", UtcDateTime),
    sa.Index("ix_audit_samples_verdict_drawn_at_position", "verdict", "drawn_at", "position"),
)
"""Redacted comments drawn at random for a person to check: what was found, never the words.

``service`` is what the draw was limited to; ``entity`` the kind of what leaked; ``verdict`` is
empty until somebody has looked."""

coding_samples = sa.Table(
    "coding_samples",
    metadata,
    sa.Column("comment_id", sa.String(32), sa.ForeignKey("comments.comment_id"), primary_key=True),
    sa.Column("sample_id", sa.String(32), sa.ForeignKey("runs.run_id"), primary_key=True),
    sa.Column("kind", sa.String(10), nullable=False),
    sa.Column("service", sa.String(120)),
    sa.Column("with_safeguarding", sa.Boolean, nullable=False),
    sa.Column("is_flagged", sa.Boolean, nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("drawn_at", UtcDateTime, nullable=False),
    sa.Column("inclusion_probability", sa.Float),
    sa.Column("weight", sa.Float, nullable=False),
    sa.Column("coded_at", UtcDateTime),
    sqlite_with_rowid=False,
)
"""Comments chosen for a person to code, one row a comment and draw.

``service`` and ``with_safeguarding`` are what the draw was limited to; ``is_flagged`` says whether
the machine took the comment for safeguarding then. ``inclusion_probability`` is the draw's, and
``weight`` its inverse; a comment that chance did not choose has none, and weight 0: it stands for
no other. ``coded_at`` is when a person first coded the comment, which may be before the draw."""

safeguarding_outcomes = sa.Table(
    "safeguarding_outcomes",
    metadata,
    sa.Column("comment_id", sa.String(32), sa.ForeignKey("comments.comment_id"), primary_key=True),
    sa.Column("outcome", sa.String(8), nullable=False),
    sa.Column("note", sa.Text),
    sa.Column("who", sa.String(120), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sqlite_with_rowid=False,
)
"""What was done last about each comment of the safeguarding queue; ``note`` is redacted. The audit
log has every line that was written."""


people = sa.Table(
    "people",
    metadata,
    sa.Column("email", sa.String(254), primary_key=True),
    sa.Column("roles", sa.JSON, nullable=False),
    sa.Column("services", sa.JSON(none_as_null=True)),
    sa.Column("added_by", sa.String(120), nullable=False),
    sa.Column("added_at", UtcDateTime, nullable=False),
)
"""Who may sign in, what they may do (`Role`) and see; empty ``services``: all of them."""

fault_triage = sa.Table(
    "fault_triage",
    metadata,
    sa.Column("comment_id", sa.String(32), sa.ForeignKey("comments.comment_id"), primary_key=True),
    sa.Column("status", sa.String(12), nullable=False),
    sa.Column("owner", sa.String(120)),
    sa.Column("who", sa.String(120), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sqlite_with_rowid=False,
)
"""Where each fault report stands (`FaultStatus`) and who takes care of it."""

coding_rounds = sa.Table(
    "coding_rounds",
    metadata,
    sa.Column("round_id", sa.String(32), primary_key=True),
    sa.Column("name", sa.String(120), nullable=False),
    sa.Column("service", sa.String(120)),
    sa.Column("coders", sa.JSON, nullable=False),
    sa.Column("codebook", sa.String(120), nullable=False),
    sa.Column("opened_by", sa.String(120), nullable=False),
    sa.Column("opened_at", UtcDateTime, nullable=False),
    sa.Column("closed_at", UtcDateTime),
)
"""Comments that several people code, each for themselves, before they compare."""

coding_round_comments = sa.Table(
    "coding_round_comments",
    metadata,
    sa.Column("round_id", sa.String(32), sa.ForeignKey("coding_rounds.round_id"), primary_key=True),
    sa.Column("comment_id", sa.String(32), sa.ForeignKey("comments.comment_id"), primary_key=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("reconciled_by", sa.String(120)),
    sa.Column("reconciled_at", UtcDateTime),
    sqlite_with_rowid=False,
)

round_codings = sa.Table(
    "round_codings",
    metadata,
    sa.Column("round_id", sa.String(32), sa.ForeignKey("coding_rounds.round_id"), primary_key=True),
    sa.Column("comment_id", sa.String(32), sa.ForeignKey("comments.comment_id"), primary_key=True),
    sa.Column("coder", sa.String(120), primary_key=True),
    sa.Column("codes", sa.JSON, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sqlite_with_rowid=False,
)
"""What each coder of a round gave, for themselves; it counts once it is reconciled (`codings`)."""

proposed_codes = sa.Table(
    "proposed_codes",
    metadata,
    sa.Column("code", sa.String(80), primary_key=True),
    sa.Column("label", sa.String(120), nullable=False),
    sa.Column("definition", sa.Text, nullable=False),
    sa.Column("status", sa.String(10), nullable=False),
    sa.Column("who", sa.String(120), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
)
"""Codes that coders missed while coding (`CodeProposal`); definitions are redacted."""

subscriptions = sa.Table(
    "subscriptions",
    metadata,
    sa.Column("subscription_id", sa.String(32), primary_key=True),
    sa.Column("channel", sa.String(8), nullable=False),
    sa.Column("target", sa.String(500), nullable=False),
    sa.Column("service", sa.String(120)),
    sa.Column("frequency", sa.String(5), nullable=False),
    sa.Column("who", sa.String(120), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("last_sent_at", UtcDateTime),
    sa.Column("failure", sa.String(200)),
)
"""Who gets a digest (`Channel`, `Frequency`); empty ``service``: of all services."""

source_statements = sa.Table(
    "source_statements",
    metadata,
    sa.Column("source", sa.String(80), primary_key=True),
    sa.Column("statement", sa.JSON, nullable=False),
    sa.Column("who", sa.String(120), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
)
"""What people say about a source of feedback as data: how it is collected, whom it misses."""

meta = sa.Table(
    "meta",
    metadata,
    sa.Column("name", sa.String(60), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)
"""Small facts about the store: ``data_version`` (a counter raised by every write), ``id_key``,
``topics_version`` (the fit that comments are assigned by), ``topics_next_id`` (the least topic id
that was never used), ``clusters_*`` (where the grouping of comments into issue clusters stands),
``audit_head`` (the number and the digest of the audit log's last line)."""
