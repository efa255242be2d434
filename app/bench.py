"""The pipeline measured on invented feedback: seconds a stage, comments a second, peak memory."""

from __future__ import annotations

import platform
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from feedback.runs import package_versions

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.ingesting import IngestRequest
    from feedback.settings import Settings

__all__ = ["measure", "measure_files", "peak_megabytes"]

COMMENTS_AT_SCALE_ONE = 4_750
"""About how many comments the fixtures make at scale 1; used to choose the scale only."""
END = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
"""A fixed last moment, so that every run reads the same files."""


def peak_megabytes() -> float:
    """Return the most memory this process has held, in megabytes (ru_maxrss is kB on Linux)."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1024 if sys.platform != "darwin" else peak / 1024**2


def measure(
    settings: Settings,
    *,
    n_comments: int,
    say: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Run about ``n_comments`` invented comments from files to signals, in a folder of their own.

    Returns
    -------
    dict
        Machine, data, seed, seconds for each stage, comments a second and peak megabytes.
    """
    from app.ingesting import IngestRequest

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bench = settings.model_copy(update={"home": folder, "store": ""})
        files = _make_files(folder / "files", n_comments / COMMENTS_AT_SCALE_ONE, settings.seed)
        figures = measure_files(bench, [(file, IngestRequest()) for file in files], say=say)
        store_megabytes = round((folder / "feedback.db").stat().st_size / 1e6)
    what = "invented feedback from CSV files to codes, topics, issues and signals"
    return {"what": what, **figures, "store_megabytes": store_megabytes}


def measure_files(
    settings: Settings,
    files: list[tuple[Path, IngestRequest]],
    *,
    say: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Run files through the whole pipeline into the store of ``settings``; return the figures."""
    from app.ingesting import ingest_files
    from app.running import run_once
    from app.wiring import open_store

    say("Reading ...")
    started = time.perf_counter()
    outcomes = [ingest_files(settings, [file], request) for file, request in files]
    ingest_seconds = time.perf_counter() - started
    ingest_peak = peak_megabytes()
    say("Coding, topics, issues, signals ...")
    store = open_store(settings)
    try:
        result = run_once(settings, store)
    finally:
        store.close()
    summaries = [summary for outcome in outcomes for summary in outcome.summaries.values()]
    n_new = sum(summary.n_new for summary in summaries)
    total = ingest_seconds + sum(result["seconds"].values())
    return {
        "machine": f"{platform.machine()}, {_n_cores()} cores, {platform.system()}",
        "versions": package_versions(),
        "seed": settings.seed,
        "n_rows": sum(summary.n_rows for summary in summaries),
        "n_comments": n_new,
        "n_rejected": sum(summary.n_rejected for summary in summaries),
        "n_found": {key: value for key, value in result.items() if key.startswith("n_")},
        "seconds": {
            "ingest": round(ingest_seconds, 1),
            "ingest_stages": _add_up([summary.seconds for summary in summaries]),
            **{name: round(value, 1) for name, value in result["seconds"].items()},
            "total": round(total, 1),
        },
        "comments_per_second": {
            "ingest": round(n_new / ingest_seconds),
            "whole": round(n_new / total),
        },
        "peak_megabytes": {"ingest": round(ingest_peak), "whole": round(peak_megabytes())},
    }


def _make_files(folder: Path, scale: float, seed: int) -> list[Path]:
    """Write the fixtures in a process of their own, so that its memory does not count."""
    command = [sys.executable, "-m", "fixtures.make_fixtures", "--out", str(folder)]
    command += ["--end", END.date().isoformat(), "--seed", str(seed), "--scale", f"{scale:.3f}"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return [folder / "exit_survey.csv", folder / "page_feedback.csv"]


def _add_up(stages: list[dict[str, float]]) -> dict[str, float]:
    """Return the seconds of each stage over all files."""
    names = dict.fromkeys(name for seconds in stages for name in seconds)
    return {name: round(sum(s.get(name, 0.0) for s in stages), 1) for name in names}


def _n_cores() -> int:
    import os

    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
