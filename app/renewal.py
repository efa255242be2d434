"""Renew what follows from comments beside coding them: counts by day, topics, signals, facts.

These look at months of comments, and so take longer the more there are. Together they get a share
of the time: a round that took a second comes again after three, one that took a minute after three
minutes. So a worker keeps up with what arrives, however much there is already.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from feedback.errors import StoreError

if TYPE_CHECKING:
    from feedback.protocols import Embedder
    from feedback.settings import Settings
    from feedback.store import Store

__all__ = ["Cadence", "Renewal", "stages_of"]

IDLE_SECONDS = 600.0
"""A stage is done again after so long though nothing came: a page can also go quiet."""
DAY_SECONDS = 86_400.0
RETRY_SECONDS = 60.0
"""What failed is tried again after so long at most."""
SHARE = 0.25
"""Of the time, what a round of all stages may take."""


def stages_of(settings: Settings, store: Store, embedder: Embedder) -> dict[str, Callable[[], int]]:
    """Return what follows from coded comments, by name, in the order of work."""
    from feedback.tallies import refresh_tallies
    from topics import refresh_clusters, refresh_issue_facts, refresh_signals, refresh_topics

    return {
        "days": lambda: refresh_tallies(store),
        "topics": lambda: refresh_topics(store, embedder, settings=settings),
        "issues": lambda: refresh_clusters(store, embedder, settings=settings),
        "signals": lambda: refresh_signals(
            store, now=datetime.now(UTC), settings=settings, embedder=embedder
        ),
        "facts": lambda: refresh_issue_facts(store, now=datetime.now(UTC)),
    }


class Cadence:
    """Says when something is to be done again: never sooner than its share of the time allows.

    Parameters
    ----------
    pause_seconds
        The shortest pause.
    share
        Of the time, what it may take, 0-1.
    """

    def __init__(
        self,
        pause_seconds: float,
        *,
        share: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pause = pause_seconds
        self._rest = 1.0 / share - 1.0
        self._monotonic = monotonic
        self._due = self._ended = -float("inf")

    def is_due(self) -> bool:
        """Say whether it may be done now."""
        return self._monotonic() >= self._due

    def idle_seconds(self) -> float:
        """Return how long ago it was done."""
        return self._monotonic() - self._ended

    def time(self, work: Callable[..., Any], *args: Any) -> None:
        """Do it, and note how long it took."""
        started, pause = self._monotonic(), min(self._pause, RETRY_SECONDS)
        try:
            work(*args)
            pause = self._pause
        finally:
            self._ended = self._monotonic()
            self._due = self._ended + max(pause, self._rest * (self._ended - started))


class Renewal:
    """Does each stage when it is due, in a thread of its own.

    Attributes
    ----------
    is_ours
        Whether this worker does it for all; another does otherwise.
    """

    def __init__(
        self,
        settings: Settings,
        store: Store,
        embedder: Embedder,
        report: Callable[[str], None],
        *,
        deletes: bool,
    ) -> None:
        from app.digest_work import DigestRound

        self.is_ours = False
        self._settings = settings
        self._store = store
        self._report = report
        self._digests = DigestRound(settings, store)
        stages = stages_of(settings, store, embedder)
        del stages["issues"]  # comments join theirs as they are coded
        self._stages = list(stages.values())
        self._seen = [-1] * len(self._stages)
        self._rounds = Cadence(1.0, share=SHARE)
        self._deletion = Cadence(DAY_SECONDS, share=1.0) if deletes else None
        self._problem: Exception | None = None

    @contextmanager
    def beside(self, worker: str, stop: threading.Event, *, seconds: float) -> Iterator[None]:
        """Work beside the block; at its end, let what is under way finish for some seconds.

        What goes wrong here stops the worker, and is raised at the end of the block.
        """
        thread = threading.Thread(target=self._go_on, args=(stop,), name="renewal", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(seconds)
        if self._problem is not None:
            raise self._problem

    def _go_on(self, stop: threading.Event) -> None:
        wait, is_away = self._settings.poll_seconds, False
        while not stop.wait(wait):
            try:
                self._look(stop)
                wait, is_away = self._settings.poll_seconds, False
            except StoreError as error:
                if not is_away:
                    self._report(f"{error} Topics and signals wait until it is back.")
                wait, is_away = 10.0, True
            except Exception as problem:  # noqa: BLE001 - raised again where it can be told
                self._problem = problem
                stop.set()

    def _look(self, stop: threading.Event) -> None:
        if self.is_ours:
            if self._deletion is not None and self._deletion.is_due():
                self._deletion.time(self._delete)
            self._renew(stop)
        if told := self._digests.send_when_due():
            self._report(told)

    def _renew(self, stop: threading.Event) -> None:
        """Do each stage, unless nothing was written since it was done last."""
        if not self._rounds.is_due():
            return
        is_old = self._rounds.idle_seconds() > IDLE_SECONDS
        if is_old or set(self._seen) != {self._store.data_version()}:
            self._rounds.time(self._round, stop, is_old)

    def _round(self, stop: threading.Event, is_old: bool) -> None:
        for at, stage in enumerate(self._stages):
            version = self._store.data_version()
            if not stop.is_set() and (is_old or version != self._seen[at]):
                stage()
                self._seen[at] = version

    def _delete(self) -> None:
        from feedback.retention import apply_retention, clock_doubt

        now = datetime.now(UTC)
        if doubt := clock_doubt(self._store, now):
            self._report(doubt)
            return
        done = apply_retention(self._store, self._settings, now)
        if n := sum(done.n_comments.values()):
            self._report(f"{n:,} comments deleted: they were kept as long as they may be.")
