"""Take feedback in while its sender waits: the stages of ingest, in memory, for one message."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from feedback import ingest
from feedback.posted import SOURCE, MessageRefused, Problem, posted_preset, posted_table
from feedback.prepare import prepare
from feedback.runs import described, new_run, redaction_facts
from feedback.schema import Reject
from feedback.store import Store, utc_now

if TYPE_CHECKING:
    from feedback.ingest import Chunk
    from feedback.protocols import LanguageIdentifier, Redactor
    from feedback.reference import Reference
    from feedback.settings import Settings
    from feedback.tables import Table

__all__ = ["Receipt", "Receiver"]

logger = logging.getLogger(__name__)

SENDERS_STAGES = frozenset({"read", "ingest", "validate"})
"""Stages whose reasons tell the sender what to mend; those of the others are ours to mend."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a message: the ids of its comments in order, how many were new."""

    comment_ids: tuple[str, ...]
    n_new: int
    n_known: int


class Receiver:
    """Takes messages into a store, each in one transaction. Threads may share it.

    Messages are worked on one after another: each must know the ones before it to see that it
    repeats one, and the recognisers of names and language are not made for several threads.

    Parameters
    ----------
    clock
        Tells the time, in UTC.
    """

    def __init__(
        self,
        store: Store,
        *,
        redactor: Redactor,
        language: LanguageIdentifier,
        reference: Reference,
        settings: Settings,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._store = store
        self._redactor = redactor
        self._language = language
        self._reference = reference
        self._clock = clock
        self._key = store.id_key()
        self._lock = threading.Lock()
        self._n_in = self._n_rejected = 0
        models = {**redaction_facts(redactor), "language": described(language)}
        self._run = new_run("serve", settings, now=clock(), models=models, source=SOURCE)
        self._is_begun = False

    def take(self, message: object) -> Receipt:
        """Store a message's comments, redacted, and return when they are safe.

        Parameters
        ----------
        message
            Decoded JSON; see `feedback.posted`.

        Raises
        ------
        MessageRefused
            Something is wrong with it; nothing of it was stored.
        StoreError
            The store cannot be written; nothing of it was stored.
        """
        now = self._clock()
        table = posted_table(message, now=now)
        with self._lock:
            chunk = self._read(table, now)
            prepared = prepare(
                chunk,
                redactor=self._redactor,
                language=self._language,
                known_ids=self._store.known_ids,
                known_numbers=self._store.known_numbers,
                near_candidates=self._store.near_candidates,
                received_at=now,
            )
            self._n_in += chunk.n_rows
            if prepared.rejects:
                self._n_rejected += chunk.n_rows
                raise MessageRefused([_problem(reject) for reject in prepared.rejects])
            n_new = 0
            if len(prepared.comments):
                n_new = self._store.append(
                    self._run,
                    prepared.comments,
                    prepared.responses,
                    prepared.spans,
                    prepared.bands,
                    [],
                )
                self._is_begun = True
        ids = tuple(chunk.comments["comment_id"])
        return Receipt(ids, n_new, len(ids) - n_new)

    def _read(self, table: Table, now: datetime) -> Chunk:
        """Return the table's one chunk."""
        chunks = ingest.read_table(
            table,
            posted_preset(),
            name="the message",
            id_key=self._key,
            now=now,
            reference=self._reference,
        )
        (chunk,) = chunks
        return chunk

    def close(self) -> None:
        """Write how the run ended; call it when no message is on its way any more."""
        if self._is_begun:
            self._store.finish_run(self._run.run_id, n_in=self._n_in, n_rejected=self._n_rejected)


def _problem(reject: Reject) -> Problem:
    if reject.stage in SENDERS_STAGES:
        return Problem(reject.row, None, reject.reason)
    logger.error("A posted response could not be worked on: %s (%s).", reject.reason, reject.stage)
    return Problem(reject.row, None, "cannot be processed")
