"""Rows of a service in the tables of how feedback arrives and how long it is kept."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from feedback import schema
from tests.app.filling import NOW, id_of

__all__ = ["arrivals"]


def arrivals(service: str, word: str, coder: str) -> dict[sa.Table, list[dict[str, Any]]]:
    """Return rows by table; none of them tells of another service."""
    source, response = id_of(service, "key", "source"), id_of(service, "key", "erased")
    key_id = id_of(service, "key", "sender")[:16]
    return {
        schema.retention_rules: [{"service": service, "days": 90, "set_by": coder, "set_at": NOW}],
        schema.legal_holds: [
            {
                "hold_id": id_of(service, "key", "hold"),
                "service": service,
                "response_id": None,
                "reason": f"inquiry {word}",
                "placed_by": coder,
                "placed_at": NOW,
                "lifted_by": None,
                "lifted_at": None,
            }
        ],
        schema.pull_sources: [
            {
                "source_id": source,
                "name": f"survey {word}",
                "kind": "folder",
                "location": f"/srv/{word}",
                "service": service,
                "options": {},
                "every_minutes": 5,
                "is_on": True,
                "high_water": None,
                "made_by": coder,
                "made_at": NOW,
                "started_at": None,
                "finished_at": None,
                "outcome": None,
                "problem": None,
                "n_comments": 3,
            }
        ],
        schema.pulled_files: [
            {
                "source_id": source,
                "mark": id_of(service, "key", "file"),
                "name": f"{word}.csv",
                "at": NOW,
                "run_id": None,
                "problem": None,
                "n_comments": 3,
            }
        ],
        schema.sender_keys: [
            {
                "key_id": key_id,
                "digest": "0" * 64,
                "name": f"form {word}",
                "services": [service],
                "origins": None,
                "per_minute": None,
                "made_by": coder,
                "made_at": NOW,
                "revoked_by": None,
                "revoked_at": None,
                "used_at": None,
            }
        ],
        schema.posted_once: [
            {
                "key_id": key_id,
                "mark": id_of(service, "key", "mark"),
                "content": id_of(service, "key", "content"),
                "receipt": {"comment_ids": [], "n_new": 0, "n_known": 0},
                "at": NOW,
            }
        ],
        schema.erased_responses: [{"response_id": response, "at": NOW}],
    }
