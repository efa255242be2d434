"""What ``feedback run`` does: enrich what is new, then renew topics, issues and signals."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from feedback.settings import Settings
    from feedback.store import Store

__all__ = ["run_once", "run_text"]


def run_once(
    settings: Settings, store: Store, progress: Callable[[int], None] | None = None
) -> dict[str, Any]:
    """Enrich everything that waits and return what came out, with seconds a stage."""
    from app.renewal import stages_of
    from app.wiring import make_classifier, make_embedder
    from feedback.pipeline import enrich

    embedder = make_embedder(settings, store)
    enriched = enrich(
        store, embedder, make_classifier(settings), settings=settings, progress=progress
    )
    seconds = dict(enriched.seconds)
    found: dict[str, Any] = {"n_enriched": enriched.n_enriched, "n_failed": enriched.n_failed}
    for name, stage in stages_of(settings, store, embedder).items():
        started = time.perf_counter()
        found[f"n_{name}"] = stage()
        seconds[name] = time.perf_counter() - started
    return {**found, "seconds": {name: round(value, 3) for name, value in seconds.items()}}


def run_text(outcome: dict[str, Any]) -> str:
    """Return the outcome as a sentence."""
    failed = f", {outcome['n_failed']:,} set aside" if outcome["n_failed"] else ""
    return (
        f"{outcome['n_enriched']:,} comments coded{failed}; {outcome['n_topics']} topics, "
        f"{outcome['n_issues']} issue clusters, {outcome['n_signals']} signals "
        f"({sum(outcome['seconds'].values()):.0f} seconds)."
    )
