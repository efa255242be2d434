"""Code the comments that wait, batch by batch. See `feedback.pipeline`."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from feedback.coder import Coder
from feedback.errors import StoreError
from feedback.stages import Stopwatch
from feedback.workers import worker_name

if TYPE_CHECKING:
    from types import TracebackType

    import pandas as pd

    from feedback.alive import Listener
    from feedback.protocols import Classifier, Embedder
    from feedback.settings import Settings
    from feedback.store import Store

__all__ = ["EnrichSummary", "Enrichment"]


@dataclass
class EnrichSummary:
    """What became of the comments that waited."""

    run_id: str | None = None
    n_enriched: int = 0
    n_empty: int = 0
    n_failed: int = 0
    n_reclaimed: int = 0
    seconds: dict[str, float] = field(default_factory=dict)


class Enrichment:
    """Claims batches, codes them and writes what came out: one run, in a ``with`` block.

    What raises in a batch is tried comment by comment; a comment that fails is tried again later
    and set aside after ``settings.max_attempts``. At the end of the block claims are given back;
    after a crash the next worker takes them back.
    """

    def __init__(
        self,
        store: Store,
        embedder: Embedder,
        classifier: Classifier,
        *,
        settings: Settings,
        worker: str | None = None,
    ) -> None:
        self.worker = worker or worker_name()
        self.summary = EnrichSummary()
        self._store = store
        self._classifier = classifier
        self._settings = settings
        self._watch = Stopwatch()
        self._n_claims = 0
        self._coder = Coder(embedder, classifier, self._watch)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            with suppress(StoreError):  # the store itself may be what failed; claims run out anyway
                self.give_back()
            return
        summary = self.summary
        summary.seconds = self._watch.rounded()
        if summary.run_id is not None:
            n_in, n_failed = summary.n_enriched + summary.n_failed, summary.n_failed
            self._store.finish_run(
                summary.run_id, n_in=n_in, n_rejected=n_failed, seconds=summary.seconds
            )

    def take_back(self, listener: Listener | None = None) -> None:
        """Free what dead workers hold; see `Store.reclaim`."""
        limit = self._settings.max_attempts
        n_reclaimed, n_failed = self._store.reclaim(
            self._settings.claim_seconds, max_attempts=limit, listener=listener
        )
        self.summary.n_reclaimed += n_reclaimed
        self.summary.n_failed += n_failed

    def give_back(self) -> None:
        """Free what this worker holds, without counting a failed try."""
        self._store.release(self.worker)

    def batch(self) -> pd.DataFrame:
        """Code one batch and return it; without a row when nothing waits.

        Raises
        ------
        ModelError
            A model cannot be used, or fails for all comments alike; nothing is held against them.
        """
        store, summary, limit = self._store, self.summary, self._settings.max_attempts
        with self._watch.time("store"):
            self._n_claims += 1
            batch = store.claim(
                self.worker,
                self._settings.batch_comments,
                max_attempts=limit,
                # What failed before must not wait for as long as new comments arrive.
                suspects=self._n_claims % 2 == 0,
            )
        if batch.empty:
            return batch
        summary.run_id = summary.run_id or store.start_run(
            "enrich",
            self._settings,
            models=self._coder.models(),
            codebook=self._classifier.codebook_version,
        )
        enriched, failures = self._coder.code(batch)
        with self._watch.time("store"):
            summary.n_enriched += store.complete(self.worker, enriched)
            for comment_id, reason in failures.items():
                summary.n_failed += store.fail(self.worker, comment_id, reason, max_attempts=limit)
        summary.n_empty += int(batch["is_empty"].sum())
        return batch
