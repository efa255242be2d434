"""Ids of responses and comments: the same row gives the same id, and nobody else can make it.

An id is the first half of an HMAC-SHA256 with the store's own key over what identifies the row. So
a file ingested twice adds nothing, and an id does not tell a reference or an answer to someone who
tries out guesses.
"""

from __future__ import annotations

import hmac
import sqlite3
from collections.abc import Sequence

__all__ = ["RowIds"]

ID_CHARACTERS = 32


class RowIds:
    """Makes the ids of one file's rows and remembers, on disk if need be, which were there.

    What is remembered are the ids and row numbers alone, in a database that SQLite keeps for this
    object and deletes with it; memory does not grow with the file.
    """

    def __init__(self, key: bytes, source: str) -> None:
        self._key = key
        self._source = source
        self._seen = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -8192"):
            self._seen.execute(f"PRAGMA {pragma}")
        self._seen.execute(
            "CREATE TABLE seen (id BLOB PRIMARY KEY, n INTEGER, first INTEGER) WITHOUT ROWID"
        )
        self._seen.execute("BEGIN")

    def close(self) -> None:
        """Delete what was remembered."""
        self._seen.close()

    def of_reference(self, reference: str) -> str:
        """Return the response id for a row that has a reference of its own."""
        return self._digest("reference", self._source, reference).hex()

    def of_fields(self, fields: Sequence[str]) -> str:
        """Return the response id for a row without a reference, from all it says.

        Rows that say the same are told apart by how many came before.
        """
        content = self._digest("fields", self._source, *fields)
        n_before, _ = self._count(content, 0)
        return self._digest("occurrence", content.hex(), str(n_before)).hex()

    def of_comment(self, response_id: str, *question: str) -> str:
        """Return the comment id for an answer to a question."""
        return self._digest("comment", response_id, *question).hex()

    def first_row(self, comment_id: str, row: int) -> int | None:
        """Return the earlier row that had this id; None, and remember it, if there was none."""
        n_before, first = self._count(bytes.fromhex(comment_id), row)
        return first if n_before else None

    def _count(self, key: bytes, row: int) -> tuple[int, int]:
        """Return how often a key was counted before, and the row given at its first time."""
        n, first = self._seen.execute(
            "INSERT INTO seen VALUES (?, 1, ?) ON CONFLICT (id) DO UPDATE SET n = n + 1"
            " RETURNING n, first",
            (key, row),
        ).fetchone()
        return n - 1, first

    def _digest(self, *parts: str) -> bytes:
        # Each part goes with its length, so that no two lists of parts read the same.
        message = "".join([f"{len(part)}:{part}" for part in parts]).encode(
            "utf-8", "surrogatepass"
        )
        return hmac.digest(self._key, message, "sha256")[: ID_CHARACTERS // 2]
