"""What live ingestion needs: senders, sources, workers, and how long feedback is kept."""

import sqlalchemy as sa
from alembic import op

from feedback.audit_log import BEGINNING, line_digest
from feedback.schema.append_only import append_only
from feedback.schema.base import UtcDateTime

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "sender_keys",
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("services", sa.JSON(), nullable=True),
        sa.Column("origins", sa.JSON(), nullable=True),
        sa.Column("per_minute", sa.Integer(), nullable=True),
        sa.Column("made_by", sa.String(length=120), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_by", sa.String(length=120), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_sender_keys")),
    )
    op.create_table(
        "posted_once",
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("mark", sa.String(length=32), nullable=False),
        sa.Column("content", sa.String(length=32), nullable=False),
        sa.Column("receipt", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key_id", "mark", name=op.f("pk_posted_once")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_posted_once_at"), "posted_once", ["at"])
    op.create_table(
        "pull_sources",
        sa.Column("source_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("location", sa.String(length=1000), nullable=False),
        sa.Column("service", sa.String(length=120), nullable=True),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("every_minutes", sa.Integer(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("high_water", sa.JSON(), nullable=True),
        sa.Column("made_by", sa.String(length=120), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=10), nullable=True),
        sa.Column("problem", sa.String(length=500), nullable=True),
        sa.Column("n_comments", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("source_id", name=op.f("pk_pull_sources")),
        sa.UniqueConstraint("name", name=op.f("uq_pull_sources_name")),
    )
    op.create_table(
        "pulled_files",
        sa.Column("source_id", sa.String(length=32), nullable=False),
        sa.Column("mark", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=500), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run_id", sa.String(length=32), nullable=True),
        sa.Column("problem", sa.String(length=500), nullable=True),
        sa.Column("n_comments", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("source_id", "mark", name=op.f("pk_pulled_files")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "workers",
        sa.Column("worker", sa.String(length=120), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("n_beats", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("worker", name=op.f("pk_workers")),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("holder", sa.String(length=120), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    op.create_table(
        "retention_rules",
        sa.Column("service", sa.String(length=120), nullable=False),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.Column("set_by", sa.String(length=120), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("service", name=op.f("pk_retention_rules")),
    )
    op.create_table(
        "legal_holds",
        sa.Column("hold_id", sa.String(length=32), nullable=False),
        sa.Column("service", sa.String(length=120), nullable=True),
        sa.Column("response_id", sa.String(length=32), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("placed_by", sa.String(length=120), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_by", sa.String(length=120), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("hold_id", name=op.f("pk_legal_holds")),
    )
    op.create_table(
        "erased_responses",
        sa.Column("response_id", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("response_id", name=op.f("pk_erased_responses")),
    )
    mark = sa.Column("mark", sa.BigInteger(), nullable=False, server_default="0")
    op.add_column("stale_days", mark)
    # To delete a comment must not read all fingerprints and all vectors.
    op.create_index(op.f("ix_fingerprints_comment_id"), "fingerprints", ["comment_id"])
    op.create_index(op.f("ix_embeddings_text_hash"), "embeddings", ["text_hash"])
    _seal_the_audit_log()


def _seal_the_audit_log() -> None:
    """Give every line that there is its digest, in order, and let none be changed any more."""
    connection = op.get_bind()
    op.add_column("audit", sa.Column("digest", sa.String(length=64), nullable=True))
    last = _give_digests(connection)
    with op.batch_alter_table("audit") as batch:
        batch.alter_column("digest", existing_type=sa.String(length=64), nullable=False)
    meta = sa.table("meta", sa.column("name", sa.String()), sa.column("value", sa.Text()))
    op.bulk_insert(meta, [{"name": "audit_head", "value": last}])
    for statement in append_only("audit", "entry_id")[connection.dialect.name]:
        connection.exec_driver_sql(statement)


def _give_digests(connection: sa.Connection) -> str:
    """Write the digests, some thousand at a time, and return number and digest of the last line."""
    told = [sa.column(name, sa.String()) for name in ("who", "action", "object")]
    audit = sa.table(
        "audit",
        sa.column("entry_id", sa.Integer()),
        sa.column("at", UtcDateTime()),
        *told,
        sa.column("detail", sa.JSON(none_as_null=True)),
        sa.column("digest", sa.String()),
    )
    order = audit.c.entry_id
    names = ("entry_id", "at", "who", "action", "object", "detail")
    query = sa.select(*(audit.c[name] for name in names)).order_by(order).limit(5_000)
    given = sa.update(audit).where(order == sa.bindparam("which")).values(digest=sa.bindparam("it"))
    number, digest = 0, BEGINNING
    while rows := connection.execute(query.where(order > number)).all():
        digests = []
        for row in rows:
            number, at = row.entry_id, row.at.isoformat(timespec="microseconds")
            digest = line_digest(digest, number, at, row.who, row.action, row.object, row.detail)
            digests.append({"which": number, "it": digest})
        connection.execute(given, digests)
    return f"{number} {digest}"
