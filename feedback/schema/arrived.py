"""Tables of how feedback arrives: keys of senders, sources that are asked, workers."""

from __future__ import annotations

import sqlalchemy as sa

from feedback.schema.base import UtcDateTime, metadata

__all__ = ["leases", "posted_once", "pull_sources", "pulled_files", "sender_keys", "workers"]

sender_keys = sa.Table(
    "sender_keys",
    metadata,
    sa.Column("key_id", sa.String(16), primary_key=True),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("name", sa.String(120), nullable=False),
    sa.Column("services", sa.JSON(none_as_null=True)),
    sa.Column("origins", sa.JSON(none_as_null=True)),
    sa.Column("per_minute", sa.Integer),
    sa.Column("made_by", sa.String(120), nullable=False),
    sa.Column("made_at", UtcDateTime, nullable=False),
    sa.Column("revoked_by", sa.String(120)),
    sa.Column("revoked_at", UtcDateTime),
    sa.Column("used_at", UtcDateTime),
)
"""Keys that may post feedback; ``digest`` is the SHA-256 of the secret part, which nobody can tell
from it. ``services`` empty: of any; ``origins``: web pages that may use it, empty: none may.
``per_minute`` empty: the limit that the settings give. ``used_at`` is right to the hour."""

posted_once = sa.Table(
    "posted_once",
    metadata,
    sa.Column("key_id", sa.String(16), primary_key=True),
    sa.Column("mark", sa.String(32), primary_key=True),
    sa.Column("content", sa.String(32), nullable=False),
    sa.Column("receipt", sa.JSON, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False, index=True),
    sqlite_with_rowid=False,
)
"""Messages that were sent with an idempotency key: keyed hashes of that key and of the content, and
what was answered, so that sending one again stores nothing and is answered the same."""

pull_sources = sa.Table(
    "pull_sources",
    metadata,
    sa.Column("source_id", sa.String(32), primary_key=True),
    sa.Column("name", sa.String(120), nullable=False, unique=True),
    sa.Column("kind", sa.String(10), nullable=False),
    sa.Column("location", sa.String(1_000), nullable=False),
    sa.Column("service", sa.String(120)),
    sa.Column("options", sa.JSON, nullable=False),
    sa.Column("every_minutes", sa.Integer, nullable=False),
    sa.Column("is_on", sa.Boolean, nullable=False),
    sa.Column("high_water", sa.JSON(none_as_null=True)),
    sa.Column("made_by", sa.String(120), nullable=False),
    sa.Column("made_at", UtcDateTime, nullable=False),
    sa.Column("started_at", UtcDateTime),
    sa.Column("finished_at", UtcDateTime),
    sa.Column("outcome", sa.String(10)),
    sa.Column("problem", sa.String(500)),
    sa.Column("n_comments", sa.Integer, nullable=False, default=0),
)
"""Places that are asked for feedback on a schedule; ``location`` holds no password. ``high_water``
is the last value of a query's ordered column that is in the store; ``outcome`` and ``problem`` are
of the last time, ``n_comments`` of all times."""

pulled_files = sa.Table(
    "pulled_files",
    metadata,
    sa.Column("source_id", sa.String(32), primary_key=True),
    sa.Column("mark", sa.String(32), primary_key=True),
    sa.Column("name", sa.String(500), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("run_id", sa.String(32)),
    sa.Column("problem", sa.String(500)),
    sa.Column("n_comments", sa.Integer, nullable=False, default=0),
    sqlite_with_rowid=False,
)
"""Files of a source that were taken or refused (``problem``); ``mark`` stands for name, size and
time of change, so that a file that was changed is taken again."""

workers = sa.Table(
    "workers",
    metadata,
    sa.Column("worker", sa.String(120), primary_key=True),
    sa.Column("started_at", UtcDateTime, nullable=False),
    sa.Column("beat_at", UtcDateTime, nullable=False),
    sa.Column("n_beats", sa.Integer, nullable=False),
)
"""Workers that run now; ``beat_at`` is when one last told that it lives, for the ``n_beats``th
time."""

leases = sa.Table(
    "leases",
    metadata,
    sa.Column("name", sa.String(40), primary_key=True),
    sa.Column("holder", sa.String(120), nullable=False),
    sa.Column("until", UtcDateTime, nullable=False),
)
"""Work that one process at a time does, such as pulling a source."""
