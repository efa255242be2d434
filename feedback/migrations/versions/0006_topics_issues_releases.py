"""Topics that people edit, issues with facts, alarms told once, and releases."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("topics", sa.Column("parent_id", sa.Integer(), nullable=True))
    op.add_column("topics", sa.Column("named_by", sa.String(length=120), nullable=True))
    op.add_column("issues", sa.Column("reopened_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("issues", sa.Column("merged_into", sa.String(length=32), nullable=True))
    op.add_column("issues", sa.Column("facts", sa.JSON(), nullable=True))
    op.add_column("signals", sa.Column("comments", sa.JSON(), nullable=True))
    op.add_column("signals", sa.Column("release", sa.String(length=200), nullable=True))
    op.create_table(
        "topic_edits",
        sa.Column("edit_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(length=120), nullable=False),
        sa.Column("action", sa.String(length=8), nullable=False),
        sa.Column("topic_id", sa.Integer(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("edit_id", name=op.f("pk_topic_edits")),
    )
    op.create_table(
        "topic_changes",
        sa.Column("model_version", sa.String(length=80), nullable=False),
        sa.Column("topic_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("model_version", "topic_id", "kind", name=op.f("pk_topic_changes")),
    )
    op.create_table(
        "alarms",
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("service", sa.String(length=120), nullable=False),
        sa.Column("page", sa.String(length=500), nullable=False),
        sa.Column("theme", sa.String(length=120), nullable=False),
        sa.Column("level", sa.String(length=8), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("kind", "service", "page", "theme", name=op.f("pk_alarms")),
    )
    op.create_table(
        "releases",
        sa.Column("release_id", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("service", sa.String(length=120), nullable=True),
        sa.Column("page", sa.String(length=500), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("who", sa.String(length=120), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("release_id", name=op.f("pk_releases")),
    )
    op.create_index(op.f("ix_releases_at"), "releases", ["at"])
