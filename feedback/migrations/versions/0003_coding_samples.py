"""Keep which comments were chosen for a person to code, how, and with what weight."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "coding_samples",
        sa.Column("comment_id", sa.String(length=32), nullable=False),
        sa.Column("sample_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("service", sa.String(length=120), nullable=True),
        sa.Column("with_safeguarding", sa.Boolean(), nullable=False),
        sa.Column("is_flagged", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("inclusion_probability", sa.Float(), nullable=True),
        sa.Column("weight", sa.Float(), nullable=False),
        sa.Column("coded_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["comment_id"],
            ["comments.comment_id"],
            name=op.f("fk_coding_samples_comment_id_comments"),
        ),
        sa.ForeignKeyConstraint(
            ["sample_id"], ["runs.run_id"], name=op.f("fk_coding_samples_sample_id_runs")
        ),
        sa.PrimaryKeyConstraint("comment_id", "sample_id", name=op.f("pk_coding_samples")),
        sqlite_with_rowid=False,
    )
