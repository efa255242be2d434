"""Keep spaCy from keeping text.

A spaCy pipeline stores every word it meets in its vocabulary for as long as it lives. Comments must
not outlive the call that reads them, so they are read inside a memory zone (spaCy 3.8), which gives
everything back at its end. Zones do not nest and belong to one thread at a time, hence the lock.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

__all__ = ["Reading"]


class Reading:
    """A lock and a memory zone around every text a pipeline reads.

    Parameters
    ----------
    nlp
        spaCy's ``Language``, or None where there is none to empty.
    """

    def __init__(self, nlp: Any = None) -> None:
        self._nlp = nlp
        self._lock = Lock()

    @contextmanager
    def one(self) -> Iterator[None]:
        """Read one text; whatever spaCy made of it is void afterwards."""
        with self._lock:
            if self._nlp is None:
                yield
                return
            with self._nlp.memory_zone():
                yield
