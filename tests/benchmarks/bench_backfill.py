"""Measure a backfill here, by one worker process and by two; writes results/backfill.json.

Run it alone on a quiet machine: ``python -m tests.benchmarks.bench_backfill``; about five minutes.

Comments a second are those between the first parts (models are loaded by then) and the last one;
seconds in all, with the start of the processes, stand beside them. Seconds of processors tell what
a quiet machine need not: how much of the work is left to the one process that keeps the order.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from app import backfilling
from app.bench import COMMENTS_AT_SCALE_ONE, _make_files, _n_cores
from app.wiring import quieten_libraries
from feedback.backfill_cluster import local_crew
from feedback.backfill_machines import Machines
from feedback.history import find_history
from feedback.runs import package_versions
from feedback.settings import Settings, load_settings

OUT = Path(__file__).parent / "results" / "backfill.json"
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
KEY = b"a key of exactly thirty-two byte"
CHUNK_ROWS = 500
"""So many chunks even of a few thousand rows that no worker waits long for the others' last."""


def main() -> None:
    if any(os.environ.get(name) != "1" for name in THREADS):
        # One thread in each process, also the one that works alone: libraries read it when loaded.
        command = [sys.executable, "-m", "tests.benchmarks.bench_backfill", *sys.argv[1:]]
        os.execve(sys.executable, command, {**os.environ, **dict.fromkeys(THREADS, "1")})
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--comments", type=int, default=7_000)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--out", type=Path, default=OUT)
    arguments = parser.parse_args()
    quieten_libraries()
    figures = measure(arguments.comments, arguments.repeats)
    git = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip()
    arguments.out.parent.mkdir(exist_ok=True)
    arguments.out.write_text(json.dumps({"commit": commit, **figures}, indent=2) + "\n")
    print(json.dumps(figures, indent=2))


def measure(n_comments: int, n_repeats: int) -> dict[str, Any]:
    """Return the figures of all three ways, taken in turn, with the median of each."""
    settings = load_settings().model_copy(update={"chunk_rows": CHUNK_ROWS})
    runs: dict[str, list[dict[str, Any]]] = {}
    parts: dict[str, bytes] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sources = _make_files(folder / "history", n_comments / COMMENTS_AT_SCALE_ONE, settings.seed)
        for repeat in range(n_repeats):
            for way, n_workers in (("here", 0), ("one_worker", 1), ("two_workers", 2)):
                out = folder / f"{way}-{repeat}"
                found = _run(settings, sources, out, n_workers)
                runs.setdefault(way, []).append(found)
                print(way, found, flush=True)
                written = _parts(out)
                if (parts := parts or written) != written:
                    raise SystemExit(f"{way} wrote other parts")
    told = {way: _medians(found) for way, found in runs.items()}
    rate = {way: found["comments_per_second"] for way, found in told.items()}
    one, two = told["one_worker"], told["two_workers"]
    return {
        "what": "backfill of invented feedback from CSV to coded Parquet",
        "machine": f"{os.uname().machine}, {_n_cores()} cores, {os.uname().sysname}",
        "versions": package_versions(),
        "seed": settings.seed,
        "n_repeats": n_repeats,
        "chunk_rows": CHUNK_ROWS,
        "n_parts": len(parts),
        "parts_are_the_same": True,
        "ways": told,
        "two_over_one": round(rate["two_workers"] / rate["one_worker"], 2),
        "two_over_here": round(rate["two_workers"] / rate["here"], 2),
        "share_of_the_process_that_keeps_the_order": round(
            two["cpu_seconds_here"] / (two["cpu_seconds_here"] + two["cpu_seconds_workers"]), 3
        ),
        "cpu_of_two_workers_over_one": round(
            two["cpu_seconds_workers"] / one["cpu_seconds_workers"], 3
        ),
    }


def _run(settings: Settings, sources: list[Path], out: Path, n_workers: int) -> dict[str, Any]:
    """Return the figures of one backfill."""
    request = backfilling.BackfillRequest()
    files = find_history(sources, out=out)
    told: list[tuple[float, int]] = []
    cpu: list[float] = []
    work = backfilling._backfill(settings, request, KEY, None)
    labour = None
    if n_workers:
        labour = Machines(
            partial(_crew, n_workers, cpu),
            partial(backfilling._load, settings, request, KEY, None),
        )
    started, cpu_started = time.perf_counter(), time.process_time()
    summary = work.work(
        files,
        out,
        now=backfilling.datetime(2026, 11, 20, tzinfo=backfilling.UTC),
        progress=lambda n_rows: told.append((time.perf_counter(), n_rows)),
        labour=labour,
    )
    seconds = time.perf_counter() - started
    n_first = max(1, 2 * n_workers)  # by then each worker has its models
    first, last = told[n_first - 1][0], told[-1][0]
    share = sum(n for _, n in told[n_first:]) / sum(n for _, n in told)
    return {
        "n_comments": summary.n_comments,
        "comments_per_second": round(share * summary.n_comments / (last - first), 1),
        "seconds_in_all": round(seconds, 1),
        "cpu_seconds_here": round(time.process_time() - cpu_started, 1),
        "cpu_seconds_workers": round(sum(cpu), 1),
        "stages": {name: round(value, 2) for name, value in summary.seconds.items()},
    }


@contextmanager
def _crew(n_workers: int, cpu: list[float], *parts: Any) -> Iterator[Any]:
    with local_crew(n_workers, *parts) as crew:
        yield crew
        cpu += crew.client.run(time.process_time).values()


def _parts(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(out.glob("part-*.parquet"))}


def _medians(found: list[dict[str, Any]]) -> dict[str, Any]:
    plain = {name for name, value in found[0].items() if isinstance(value, int | float)}
    return {
        **{name: median(one[name] for one in found) for name in found[0] if name in plain},
        "comments_per_second_each": [one["comments_per_second"] for one in found],
        "stages": found[-1]["stages"],
    }


if __name__ == "__main__":
    main()
