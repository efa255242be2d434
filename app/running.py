"""What ``feedback run`` does: enrich what is new, then renew topics, issues and signals."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from feedback.protocols import Classifier, Embedder
    from feedback.settings import Settings
    from feedback.store import Store

__all__ = ["Enricher", "follow_forever", "run_once", "run_text"]


class Enricher:
    """Holds the models, loaded once, and does one round of work at a time."""

    def __init__(self, settings: Settings, store: Store) -> None:
        from app.wiring import make_classifier, make_embedder

        self._settings = settings
        self._store = store
        self._embedder: Embedder = make_embedder(settings, store)
        self._classifier: Classifier = make_classifier(settings)

    def work(self, progress: Callable[[int], None] | None = None) -> dict[str, Any]:
        """Do all that is to be done now and return what came out, with seconds a stage."""
        from feedback.pipeline import enrich
        from feedback.tallies import refresh_tallies
        from topics import (
            refresh_clusters,
            refresh_issue_facts,
            refresh_signals,
            refresh_topics,
        )

        settings, store = self._settings, self._store
        enriched = enrich(
            store, self._embedder, self._classifier, settings=settings, progress=progress
        )
        seconds = dict(enriched.seconds)
        found: dict[str, Any] = {"n_enriched": enriched.n_enriched, "n_failed": enriched.n_failed}
        stages: dict[str, Callable[[], Any]] = {
            "days": lambda: refresh_tallies(store),
            "topics": lambda: refresh_topics(store, self._embedder, settings=settings),
            "issues": lambda: refresh_clusters(store, self._embedder, settings=settings),
            "signals": lambda: refresh_signals(
                store, now=datetime.now(UTC), settings=settings, embedder=self._embedder
            ),
            "facts": lambda: refresh_issue_facts(store, now=datetime.now(UTC)),
        }
        for name, stage in stages.items():
            started = time.perf_counter()
            found[f"n_{name}"] = stage()
            seconds[name] = time.perf_counter() - started
        return {**found, "seconds": {name: round(value, 3) for name, value in seconds.items()}}


def run_once(
    settings: Settings, store: Store, progress: Callable[[int], None] | None = None
) -> dict[str, Any]:
    """Enrich everything that waits and return what came out."""
    return Enricher(settings, store).work(progress)


def follow_forever(settings: Settings, store: Store, report: Callable[[str], None]) -> None:
    """Enrich new comments as they arrive, until stopped."""
    from app.digest_work import DigestRound

    enricher, digests = Enricher(settings, store), DigestRound(settings, store)
    report("Following the store: new comments are coded as they arrive. Stop with Ctrl+C.")
    seen, looked = -1, time.monotonic()
    while True:
        version = store.data_version()
        # Claims that a worker elsewhere left behind change nothing when they grow old.
        is_due = time.monotonic() - looked >= settings.claim_seconds
        if version != seen or is_due:
            outcome = enricher.work()
            if outcome["n_enriched"] or outcome["n_failed"]:
                report(run_text(outcome))
            seen, looked = store.data_version(), time.monotonic()
        if told := digests.send_when_due():
            report(told)
        time.sleep(settings.poll_seconds)


def run_text(outcome: dict[str, Any]) -> str:
    """Return the outcome as a sentence."""
    failed = f", {outcome['n_failed']:,} set aside" if outcome["n_failed"] else ""
    return (
        f"{outcome['n_enriched']:,} comments coded{failed}; {outcome['n_topics']} topics, "
        f"{outcome['n_issues']} issue clusters, {outcome['n_signals']} signals "
        f"({sum(outcome['seconds'].values()):.0f} seconds)."
    )
