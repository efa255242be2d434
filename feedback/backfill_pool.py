"""The comments of a backfill so far: what repeats, what is a duplicate, who has which pseudonym.

All of it depends on the order of the rows, so one process keeps it. It lies in a database that
SQLite keeps for this process and deletes with it, wherever it puts temporary files; redacted text
alone, and only of comments that others can be duplicates of. It answers what a store answers.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from feedback.duplicates import NO_KEY
from feedback.schema import Entity
from feedback.writes import in_blocks

if TYPE_CHECKING:
    import pandas as pd

    from feedback.redact.pseudonyms import KnownNumber

__all__ = ["Pool"]

_TABLES = (
    "CREATE TABLE seen (id BLOB PRIMARY KEY) WITHOUT ROWID",
    "CREATE TABLE standing (number INTEGER PRIMARY KEY, id BLOB, service TEXT, text TEXT)",
    "CREATE TABLE bands (band INTEGER, key INTEGER, number INTEGER,"
    " PRIMARY KEY (band, key, number)) WITHOUT ROWID",
    "CREATE TABLE numbers (response BLOB, entity TEXT, number INTEGER, marks TEXT)",
    "CREATE INDEX numbers_of ON numbers (response)",
)
_PRAGMAS = ("journal_mode = OFF", "synchronous = OFF", "cache_size = -65536")


class Pool:
    """Knows the comments so far; use it in a ``with`` block or `close` it.

    Examples
    --------
    >>> with Pool() as pool:
    ...     pool.known_ids(["0f" * 16])
    set()
    """

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        for pragma in _PRAGMAS:
            self._db.execute(f"PRAGMA {pragma}")
        for table in _TABLES:
            self._db.execute(table)
        self._db.execute("BEGIN")
        self._n_standing = 0

    def close(self) -> None:
        """Delete all of it."""
        self._db.close()

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def known_ids(self, comment_ids: Sequence[str]) -> set[str]:
        """Return which of the comments are in it."""
        found: set[str] = set()
        for block in in_blocks([bytes.fromhex(comment_id) for comment_id in comment_ids]):
            query = f"SELECT id FROM seen WHERE id IN ({_marks(block)})"  # noqa: S608 - ?,?,?
            found.update(row[0].hex() for row in self._db.execute(query, block))
        return found

    def known_numbers(self, response_ids: Sequence[str]) -> dict[str, list[KnownNumber]]:
        """Return the pseudonyms that responses have so far, by response id."""
        from feedback.redact.pseudonyms import KnownNumber

        found: dict[str, list[KnownNumber]] = {}
        ids = [bytes.fromhex(response_id) for response_id in dict.fromkeys(response_ids)]
        for block in in_blocks(ids):
            query = (
                f"SELECT response, entity, number, marks FROM numbers WHERE response IN "  # noqa: S608
                f"({_marks(block)}) ORDER BY response, number"
            )
            for response, entity, number, marks in self._db.execute(query, block):
                known = KnownNumber(Entity(entity), number, marks)
                found.setdefault(response.hex(), []).append(known)
        return found

    def near_candidates(self, service: str, keys: np.ndarray) -> dict[str, str]:
        """Return text by comment id of a service's comments that may be duplicates' originals."""
        found: dict[str, str] = {}
        for band in range(keys.shape[1]):
            wanted = np.unique(keys[:, band])
            for block in in_blocks(wanted[wanted != NO_KEY].tolist()):
                query = (
                    "SELECT id, text FROM bands JOIN standing USING (number) WHERE band = ? "  # noqa: S608
                    f"AND key IN ({_marks(block)}) AND service = ?"
                )
                rows = self._db.execute(query, (band, *block, service))
                found.update((comment_id.hex(), text) for comment_id, text in rows)
        return found

    def add(
        self, comments: pd.DataFrame, bands: np.ndarray, spans: pd.DataFrame | None = None
    ) -> None:
        """Add the comments of a chunk, with the marks of its duplicates and its pseudonyms.

        ``bands`` is an ndarray of shape (n_comments, n_bands), int64, aligned to ``comments``.
        """
        ids = [bytes.fromhex(comment_id) for comment_id in comments["comment_id"]]
        self._db.executemany("INSERT OR IGNORE INTO seen VALUES (?)", ((one,) for one in ids))
        stands = (comments["duplicate_of"].isna() & ~comments["is_empty"].astype(bool)).to_numpy()
        places = np.flatnonzero(stands).tolist()
        services, texts = comments["service"].tolist(), comments["text"].tolist()
        first = self._n_standing
        self._n_standing += len(places)
        self._db.executemany(
            "INSERT INTO standing VALUES (?, ?, ?, ?)",
            ((first + n, ids[at], services[at], texts[at]) for n, at in enumerate(places)),
        )
        self._db.executemany("INSERT INTO bands VALUES (?, ?, ?)", _rows(bands[places], first))
        if spans is not None and len(spans):
            self._add_numbers(comments, spans)

    def _add_numbers(self, comments: pd.DataFrame, spans: pd.DataFrame) -> None:
        numbered = spans[spans["number"].notna()]
        response_of = dict(zip(comments["comment_id"], comments["response_id"], strict=True))
        self._db.executemany(
            "INSERT INTO numbers VALUES (?, ?, ?, ?)",
            (
                (bytes.fromhex(response_of[comment_id]), str(entity), int(number), marks or "")
                for comment_id, entity, number, marks in zip(
                    numbered["comment_id"],
                    numbered["entity"],
                    numbered["number"],
                    numbered["marks"],
                    strict=True,
                )
            ),
        )


def _marks(values: Sequence[Any]) -> str:
    return ", ".join("?" * len(values))


def _rows(bands: np.ndarray, first: int) -> Iterable[tuple[int, int, int]]:
    """Yield band, key and number of the comment for each key; sorted, as the table is."""
    for band in range(bands.shape[1]):
        keys = bands[:, band]
        places = np.flatnonzero(keys != NO_KEY)
        places = places[np.argsort(keys[places], kind="stable")]
        for place, key in zip(places.tolist(), keys[places].tolist(), strict=True):
            yield band, key, first + place
