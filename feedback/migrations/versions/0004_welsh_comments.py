"""Find Welsh comments without a look at all the others: few among many wait for a Welsh speaker."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_index(
        "ix_comments_welsh",
        "comments",
        ["language", "state", "submitted_at", "comment_id"],
        unique=False,
        sqlite_where=sa.text("language = 'cy'"),
        postgresql_where=sa.text("language = 'cy'"),
    )
