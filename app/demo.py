"""The demonstration: invented feedback through the whole pipeline, in a store of its own."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from app.ingesting import IngestRequest, ingest_files
from app.running import run_once

if TYPE_CHECKING:
    from feedback.settings import Settings

__all__ = ["prepare_demo"]

WEEKS = 12
"""Length of the invented history; long enough for a baseline, a drift and a quiet page."""


def prepare_demo(
    settings: Settings, *, scale: float = 1.0, say: Callable[[str], None] = print
) -> Settings:
    """Make the demonstration's store afresh and return the settings that lead to it.

    Everything is written under ``home/demo``; the person's own store is never touched.
    """
    from fixtures.make_fixtures import make_fixtures

    started = time.perf_counter()
    home = settings.home / "demo"
    shutil.rmtree(home, ignore_errors=True)
    files = home / "files"
    files.mkdir(parents=True, mode=0o700)
    demo = settings.model_copy(update={"home": home, "store": ""})

    now = datetime.now(UTC).replace(microsecond=0)
    make_fixtures(files, weeks=WEEKS, end=now, seed=settings.seed, scale=scale)
    names = ("exit_survey.csv", "page_feedback.csv", "bad_rows.csv")
    outcome = ingest_files(demo, [files / name for name in names], IngestRequest())
    for name, summary in outcome.summaries.items():
        say(
            f"{name.rpartition('/')[2]}: {summary.n_rows:,} rows, {summary.n_new:,} comments in, "
            f"{summary.n_rejected:,} rows rejected with a reason"
        )
    for line in outcome.failures.values():
        say(line)
    # The files stand in for what a service would send; they hold invented personal data.
    shutil.rmtree(files)
    say("Coding, finding topics, grouping issues, looking for signals ...")
    from app.wiring import open_store

    store = open_store(demo)
    try:
        result = run_once(demo, store)
    finally:
        store.close()
    say(
        f"{result['n_enriched']:,} comments coded, {result['n_topics']} topics, "
        f"{result['n_issues']} issue clusters, {result['n_signals']} signals; "
        f"{time.perf_counter() - started:.0f} seconds."
    )
    return demo
