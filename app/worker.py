"""What ``feedback worker`` does: code comments as they arrive, and renew what follows from them.

Two threads share the models. One codes what waits and lets it join issue clusters at once. The
other (`app.renewal`) renews what takes the longer the more comments there are. Of several workers
one groups for all: the one that has been at it longest.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from app.renewal import Cadence, Renewal
from feedback.alive import Beats, Listener
from feedback.enrichment import Enrichment
from feedback.errors import StoreError
from topics import refresh_clusters
from topics.refresh_clusters import Memory

if TYPE_CHECKING:
    import pandas as pd

    from feedback.protocols import Classifier, Embedder
    from feedback.settings import Settings
    from feedback.store import Store

__all__ = ["Worker", "follow"]

LOOK_SECONDS = 2.0
"""How often a worker looks for others that died, and whether it is its turn to group."""
LONGEST_WAIT_SECONDS = 5.0
"""How long a worker waits at most between two tries while the store is away."""
REPORT_SECONDS = 10.0
"""How often it says how much was coded, when there was anything."""
STOP_SECONDS = 60.0
"""How long it lets what is under way finish when it is stopped; what is left is left whole."""

NICENESS = 5
"""How far a worker stands back: where it shares processors, posts and pages are answered first."""

NEAR_SHARE, FAR_SHARE = 0.55, 0.04
"""Of the time, what looks at clusters may take: where comments came in, and everywhere."""

Place = tuple[str, str | None]


def follow(
    settings: Settings, store: Store, report: Callable[[str], None], *, deletes: bool
) -> None:
    """Work until a signal says to stop; a second one does not wait for what is under way.

    Parameters
    ----------
    deletes
        Once a day, delete what has been kept as long as it may (`feedback.retention`).
    """
    from app.wiring import make_classifier, make_embedder
    from feedback.recent_vectors import RecentVectors

    embedder = make_embedder(settings, RecentVectors(store))
    classifier = make_classifier(settings)
    _stand_back()
    with _stopped_by_signal() as stop:
        report("Following the store: new comments are coded as they arrive. Stop with Ctrl+C.")
        Worker(settings, store, embedder, classifier, report, deletes=deletes).run(stop)
    report("Stopped. Nothing is left half done.")


def _stand_back() -> None:
    """Leave the processor first to those whom somebody waits for; no further than told before."""
    if hasattr(os, "nice"):
        os.nice(max(0, NICENESS - os.nice(0)))


@contextmanager
def _stopped_by_signal() -> Iterator[threading.Event]:
    """Give an event that SIGTERM and Ctrl+C set; the second time they end the process."""
    stop = threading.Event()

    def tell(number: int, frame: object) -> None:
        del frame
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    before = {one: signal.signal(one, tell) for one in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


class Worker:
    """Holds the models, loaded once, and works on what comes."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        embedder: Embedder,
        classifier: Classifier,
        report: Callable[[str], None],
        *,
        deletes: bool = False,
    ) -> None:
        self._settings = settings
        self._store = store
        self._embedder = embedder
        self._classifier = classifier
        self._report = report
        self._renewal = Renewal(settings, store, embedder, report, deletes=deletes)
        self._listener = Listener(settings.claim_seconds)
        self._places: set[Place] = set()
        self._memory = Memory()
        self._near, self._far = Cadence(0.0, share=NEAR_SHARE), Cadence(10.0, share=FAR_SHARE)
        self._looked = -LOOK_SECONDS
        self._had_suspects = False
        self._reported = 0.0, 0, 0

    def run(self, stop: threading.Event) -> None:
        """Work until told to stop; give back what is claimed then.

        Raises
        ------
        ModelError
            A model cannot be used, or fails for all comments alike.
        StoreError
            The store cannot be reached at the start; later on the worker waits for it.
        """
        settings, store = self._settings, self._store
        coding = Enrichment(store, self._embedder, self._classifier, settings=settings)
        with Beats(store, coding.worker, silence_seconds=settings.claim_seconds), coding:
            with self._renewal.beside(coding.worker, stop, seconds=STOP_SECONDS):
                self._go_on(coding, stop)
            self._tell(coding, is_last=True)

    def _go_on(self, coding: Enrichment, stop: threading.Event) -> None:
        wait, is_away = 0.0, False
        while not stop.wait(wait):
            try:
                if is_away:
                    coding.give_back()  # what was claimed when it went away
                # A batch costs much the same with one comment and with fifty: let some come.
                wait = 0.0 if self._work(coding) else self._settings.poll_seconds
                is_away = False
            except StoreError as error:
                if not is_away:
                    self._report(f"{error} The worker tries again until it can.")
                wait = min(LONGEST_WAIT_SECONDS, 2 * wait if is_away else 1.0)
                is_away = True

    def _work(self, coding: Enrichment) -> bool:
        """Code a batch and group it; return whether more waits than came just now."""
        if time.monotonic() - self._looked >= LOOK_SECONDS:
            coding.take_back(self._listener)
            self._renewal.is_ours = self._store.leader() == coding.worker
            self._looked = time.monotonic()
        batch = coding.batch()
        self._places |= _places_of(batch)
        if self._renewal.is_ours:
            self._group()
        else:
            self._places.clear()  # whoever groups for all looks everywhere now and then
        self._tell(coding)
        # What failed before comes in small batches, in the end one by one: no pause between them.
        had_suspects = bool((batch["n_attempts"] > 0).any())
        is_behind = had_suspects or self._had_suspects
        self._had_suspects = had_suspects
        return is_behind or len(batch) >= self._settings.batch_comments

    def _group(self) -> None:
        """Let comments join clusters: where some came just now, and everywhere now and then."""
        if self._far.is_due():
            self._far.time(self._cluster, None)
        elif self._places and self._near.is_due():
            self._near.time(self._cluster, sorted(self._places, key=_order))
        else:
            return
        self._places.clear()

    def _cluster(self, places: list[Place] | None) -> None:
        refresh_clusters(
            self._store,
            self._embedder,
            settings=self._settings,
            places=places,
            memory=self._memory,
        )

    def _tell(self, coding: Enrichment, *, is_last: bool = False) -> None:
        at, n_before, n_failed_before = self._reported
        n, n_failed = coding.summary.n_enriched, coding.summary.n_failed
        is_time = is_last or time.monotonic() - at >= REPORT_SECONDS
        if is_time and (n, n_failed) != (n_before, n_failed_before):
            failed = (
                f", {n_failed - n_failed_before:,} failed" if n_failed > n_failed_before else ""
            )
            self._report(f"{n - n_before:,} comments coded{failed}.")
            self._reported = time.monotonic(), n, n_failed


def _places_of(batch: pd.DataFrame) -> set[Place]:
    rows: Any = zip(batch["service"], batch["page"], strict=True)
    return {(service, page if isinstance(page, str) else None) for service, page in rows}


def _order(place: Place) -> tuple[str, str]:
    return place[0], place[1] or ""
