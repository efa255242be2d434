"""Keep vectors by model, revision and text hash. See `feedback.store`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import sqlalchemy as sa

from feedback import schema
from feedback.writes import in_blocks, insert_new

__all__ = ["VECTOR_DTYPE", "get", "put"]

VECTOR_DTYPE = "<f4"
"""How vectors lie in the store: little-endian float32."""


def get(
    connection: sa.Connection, model: str, revision: str, text_hashes: Sequence[str]
) -> dict[str, np.ndarray]:
    """Return the vectors known, by text hash, float32; unknown hashes are left out."""
    table = schema.embeddings
    found: dict[str, np.ndarray] = {}
    for block in in_blocks(list(dict.fromkeys(text_hashes))):
        query = sa.select(table.c.text_hash, table.c.vector).where(
            table.c.model == model, table.c.revision == revision, table.c.text_hash.in_(block)
        )
        for text_hash, vector in connection.execute(query):
            found[text_hash] = np.frombuffer(vector, VECTOR_DTYPE).astype(np.float32)
    return found


def put(
    connection: sa.Connection, model: str, revision: str, vectors: Mapping[str, np.ndarray]
) -> None:
    """Insert vectors by text hash; one that is there already stays as it is."""
    rows = [
        {
            "model": model,
            "revision": revision,
            "text_hash": text_hash,
            "vector": np.ascontiguousarray(vector, VECTOR_DTYPE).tobytes(),
        }
        for text_hash, vector in vectors.items()
    ]
    insert_new(connection, schema.embeddings, rows)
