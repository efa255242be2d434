"""What the pages need: counts by day, codes that count, search, people, rounds, digests."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "coding_rounds",
        sa.Column("round_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("service", sa.String(length=120), nullable=True),
        sa.Column("coders", sa.JSON(), nullable=False),
        sa.Column("codebook", sa.String(length=120), nullable=False),
        sa.Column("opened_by", sa.String(length=120), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("round_id", name=op.f("pk_coding_rounds")),
    )
    op.create_table(
        "people",
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("services", sa.JSON(), nullable=True),
        sa.Column("added_by", sa.String(length=120), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("email", name=op.f("pk_people")),
    )
    op.create_table(
        "proposed_codes",
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("who", sa.String(length=120), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_proposed_codes")),
    )
    op.create_table(
        "search_rows",
        sa.Column("row", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("comment_id", sa.String(length=32), nullable=False),
        sa.Column("service", sa.String(length=120), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_search_rows")),
        sa.UniqueConstraint("comment_id", name=op.f("uq_search_rows_comment_id")),
    )
    op.create_table(
        "source_statements",
        sa.Column("source", sa.String(length=80), nullable=False),
        sa.Column("statement", sa.JSON(), nullable=False),
        sa.Column("who", sa.String(length=120), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_source_statements")),
    )
    op.create_table(
        "stale_days",
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_stale_days")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "standing_codes",
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("decision", sa.String(length=10), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("comment_id", sa.String(length=32), nullable=False),
        sa.Column("service", sa.String(length=120), nullable=False),
        sa.Column("page", sa.String(length=500), nullable=True),
        sa.Column("is_shown", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint(
            "code", "decision", "submitted_at", "comment_id", name=op.f("pk_standing_codes")
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_standing_codes_comment_id", "standing_codes", ["comment_id"], unique=False)
    op.create_table(
        "subscriptions",
        sa.Column("subscription_id", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("target", sa.String(length=500), nullable=False),
        sa.Column("service", sa.String(length=120), nullable=True),
        sa.Column("frequency", sa.String(length=5), nullable=False),
        sa.Column("who", sa.String(length=120), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("subscription_id", name=op.f("pk_subscriptions")),
    )
    op.create_table(
        "tallies",
        sa.Column("measure", sa.String(length=16), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("service", sa.String(length=120), nullable=False),
        sa.Column("place", sa.String(length=500), nullable=False),
        sa.Column("value", sa.String(length=80), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "measure", "day", "service", "place", "value", name=op.f("pk_tallies")
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "coding_round_comments",
        sa.Column("round_id", sa.String(length=32), nullable=False),
        sa.Column("comment_id", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("reconciled_by", sa.String(length=120), nullable=True),
        sa.Column("reconciled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["comment_id"],
            ["comments.comment_id"],
            name=op.f("fk_coding_round_comments_comment_id_comments"),
        ),
        sa.ForeignKeyConstraint(
            ["round_id"],
            ["coding_rounds.round_id"],
            name=op.f("fk_coding_round_comments_round_id_coding_rounds"),
        ),
        sa.PrimaryKeyConstraint("round_id", "comment_id", name=op.f("pk_coding_round_comments")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "fault_triage",
        sa.Column("comment_id", sa.String(length=32), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("owner", sa.String(length=120), nullable=True),
        sa.Column("who", sa.String(length=120), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["comment_id"],
            ["comments.comment_id"],
            name=op.f("fk_fault_triage_comment_id_comments"),
        ),
        sa.PrimaryKeyConstraint("comment_id", name=op.f("pk_fault_triage")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "round_codings",
        sa.Column("round_id", sa.String(length=32), nullable=False),
        sa.Column("comment_id", sa.String(length=32), nullable=False),
        sa.Column("coder", sa.String(length=120), nullable=False),
        sa.Column("codes", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["comment_id"],
            ["comments.comment_id"],
            name=op.f("fk_round_codings_comment_id_comments"),
        ),
        sa.ForeignKeyConstraint(
            ["round_id"],
            ["coding_rounds.round_id"],
            name=op.f("fk_round_codings_round_id_coding_rounds"),
        ),
        sa.PrimaryKeyConstraint("round_id", "comment_id", "coder", name=op.f("pk_round_codings")),
        sqlite_with_rowid=False,
    )
    op.add_column("issues", sa.Column("titled_by", sa.String(length=120), nullable=True))
    op.add_column("issues", sa.Column("arranged_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("issues", sa.Column("undo", sa.JSON(), nullable=True))
    op.create_index(op.f("ix_audit_object"), "audit", ["object"], unique=False)
    op.add_column("comments", sa.Column("day", sa.String(length=10), nullable=True))
    op.create_index(op.f("ix_comments_day"), "comments", ["day"], unique=False)
    op.add_column("responses", sa.Column("day", sa.String(length=10), nullable=True))
    op.create_index(op.f("ix_responses_day"), "responses", ["day"], unique=False)
    op.create_index(
        "ix_comments_duplicate_of",
        "comments",
        ["duplicate_of"],
        unique=False,
        sqlite_where=sa.text("duplicate_of IS NOT NULL"),
        postgresql_where=sa.text("duplicate_of IS NOT NULL"),
    )
    op.drop_index("ix_comments_welsh", "comments")  # who waits stands in the index of words
    # Words are looked up by the database's own full-text index; see feedback/search.py.
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE search_words USING fts5(words, tags, content='', "
            "tokenize='unicode61', prefix='3 4 5')"
        )
    else:
        op.execute("CREATE TABLE search_words (rowid BIGINT PRIMARY KEY, document TSVECTOR)")
        op.execute("CREATE INDEX ix_search_words_document ON search_words USING gin (document)")
