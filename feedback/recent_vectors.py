"""Keep vectors that were asked for lately in memory, before those in the store."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from feedback.protocols import VectorCache

__all__ = ["RecentVectors"]

MAX_VECTORS = 50_000
"""Vectors kept: of 384 dimensions, 77 MB."""


class RecentVectors:
    """A cache of vectors before another one, for a process that looks at the same ones often.

    Parameters
    ----------
    kept
        Where vectors are kept for good, such as a `feedback.store.Store`.
    max_vectors
        Those asked for longest ago go first.
    """

    def __init__(self, kept: VectorCache, *, max_vectors: int = MAX_VECTORS) -> None:
        self._kept = kept
        self._max = max_vectors
        self._recent: OrderedDict[tuple[str, str, str], np.ndarray] = OrderedDict()
        self._lock = threading.Lock()

    def get_vectors(
        self, model: str, revision: str, text_hashes: Sequence[str]
    ) -> dict[str, np.ndarray]:
        """Return the vectors known, by text hash, float32; unknown hashes are left out."""
        found: dict[str, np.ndarray] = {}
        with self._lock:
            for text_hash in text_hashes:
                key = (model, revision, text_hash)
                if (vector := self._recent.get(key)) is not None:
                    self._recent.move_to_end(key)
                    found[text_hash] = vector
        missing = [text_hash for text_hash in text_hashes if text_hash not in found]
        if missing:
            read = self._kept.get_vectors(model, revision, missing)
            self._remember(model, revision, read)
            found |= read
        return found

    def put_vectors(self, model: str, revision: str, new: dict[str, np.ndarray]) -> None:
        """Keep vectors by text hash, for good; one that is there already stays as it is."""
        self._kept.put_vectors(model, revision, new)

    def _remember(self, model: str, revision: str, vectors: dict[str, np.ndarray]) -> None:
        with self._lock:
            for text_hash, vector in vectors.items():
                self._recent[(model, revision, text_hash)] = vector
            while len(self._recent) > self._max:
                self._recent.popitem(last=False)
