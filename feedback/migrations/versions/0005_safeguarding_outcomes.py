"""Keep what was done about each comment of the safeguarding queue."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "safeguarding_outcomes",
        sa.Column("comment_id", sa.String(length=32), nullable=False),
        sa.Column("outcome", sa.String(length=8), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("who", sa.String(length=120), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["comment_id"],
            ["comments.comment_id"],
            name=op.f("fk_safeguarding_outcomes_comment_id_comments"),
        ),
        sa.PrimaryKeyConstraint("comment_id", name=op.f("pk_safeguarding_outcomes")),
        sqlite_with_rowid=False,
    )
