"""Tell what redacted a comment, know pseudonyms again, and keep what the leak meter draws."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    # Columns that may be empty are added in place: making the tables anew would drop, on the way,
    # what refers to them.
    op.add_column("comments", sa.Column("redactor", sa.String(length=80), nullable=True))
    op.add_column("spans", sa.Column("number", sa.Integer(), nullable=True))
    op.add_column("spans", sa.Column("marks", sa.String(length=255), nullable=True))
    op.create_table(
        "audit_samples",
        sa.Column("comment_id", sa.String(length=32), nullable=False),
        sa.Column("sample_id", sa.String(length=32), nullable=False),
        sa.Column("service", sa.String(length=120), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("redactor", sa.String(length=80), nullable=True),
        sa.Column("verdict", sa.String(length=8), nullable=True),
        sa.Column("entity", sa.String(length=24), nullable=True),
        sa.Column("who", sa.String(length=120), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["comment_id"],
            ["comments.comment_id"],
            name=op.f("fk_audit_samples_comment_id_comments"),
        ),
        sa.ForeignKeyConstraint(
            ["sample_id"], ["runs.run_id"], name=op.f("fk_audit_samples_sample_id_runs")
        ),
        sa.PrimaryKeyConstraint("comment_id", name=op.f("pk_audit_samples")),
    )
    op.create_index(
        "ix_audit_samples_verdict_drawn_at_position",
        "audit_samples",
        ["verdict", "drawn_at", "position"],
        unique=False,
    )
