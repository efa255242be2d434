"""Tables of how long feedback is kept: rules, holds, what was erased."""

from __future__ import annotations

import sqlalchemy as sa

from feedback.schema.base import UtcDateTime, metadata

__all__ = ["erased_responses", "legal_holds", "retention_rules"]

retention_rules = sa.Table(
    "retention_rules",
    metadata,
    sa.Column("service", sa.String(120), primary_key=True),
    sa.Column("days", sa.Integer),
    sa.Column("set_by", sa.String(120), nullable=False),
    sa.Column("set_at", UtcDateTime, nullable=False),
)
"""How many days a service's feedback is kept where that differs from the setting; empty ``days``:
until somebody says otherwise."""

legal_holds = sa.Table(
    "legal_holds",
    metadata,
    sa.Column("hold_id", sa.String(32), primary_key=True),
    sa.Column("service", sa.String(120)),
    sa.Column("response_id", sa.String(32)),
    sa.Column("reason", sa.String(500), nullable=False),
    sa.Column("placed_by", sa.String(120), nullable=False),
    sa.Column("placed_at", UtcDateTime, nullable=False),
    sa.Column("lifted_by", sa.String(120)),
    sa.Column("lifted_at", UtcDateTime),
)
"""What must not be deleted while a hold is in force: a response, a service, or (both empty) all."""

erased_responses = sa.Table(
    "erased_responses",
    metadata,
    sa.Column("response_id", sa.String(32), primary_key=True),
    sa.Column("at", UtcDateTime, nullable=False),
)
"""Responses that were erased (ids are keyed hashes): a file that still holds one does not bring it
back."""
