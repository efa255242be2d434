"""Send a server 5,000 requests that are made to break it, and read 10,000 files that are.

The requests are made by Schemathesis of the server's own OpenAPI document, and by hand of what no
document speaks of; the server is ``feedback serve`` as it is installed, with a key. The files are
those of `tests.feedback.hostile_files`, `hostile_parquet` and `hostile_mutants`; each tenth of the
mutants goes the whole way into a store, the others are read row by row. Figures go to
results/bad_input.json; the exit status is 1 where anything went wrong.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.app.bad_requests import Answers, try_document, try_everything_else
from tests.app.real_server import serving
from tests.feedback.eat_files import MAX_BYTES, MAX_SECONDS, Eaten, Eater
from tests.feedback.hostile_files import MARK
from tests.feedback.hostile_files import SPECIALS as FILES
from tests.feedback.hostile_mutants import mutant
from tests.feedback.hostile_parquet import SPECIALS as PARQUET

OUT = Path(__file__).parent / "results" / "bad_input.json"
SEED = 20261122
WHOLE = 10
"""Each so many mutants one is ingested."""


def requests(n_document: int, n_other: int) -> dict[str, Any]:
    """Send a real server what it must refuse or store."""
    import requests as http
    import schemathesis

    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as server:
        started = time.perf_counter()
        schema = schemathesis.openapi.from_url(f"{server.url}/openapi.json")
        made = try_document(schema, server.key, n_document, SEED, base_url=server.url)
        with http.Session() as session:
            other = try_everything_else(server.sender(session), server.key, n_other, SEED)
        n_stored = server.n_stored()
        ids = made.comment_ids | other.comment_ids
        return {
            "from_document": _answers(made),
            "by_hand": _answers(other),
            "n_comments_told": len(ids),
            "n_comments_of_forms": made.n_of_forms + other.n_of_forms,
            "n_comments_stored": n_stored,
            "n_told_and_not_stored": len(ids - server.stored()),
            "seconds": round(time.perf_counter() - started),
        }


def _answers(answers: Answers) -> dict[str, Any]:
    return {
        "n_cases": answers.n_cases,
        "n_without_key": answers.n_without_key,
        "by_status": {str(status): n for status, n in sorted(answers.by_status.items())},
        "n_server_errors": sum(n for status, n in answers.by_status.items() if status >= 500),
        "faults": dict(Counter(answers.faults).most_common(20)),
    }


def files(n_files: int, n_jobs: int) -> dict[str, Any]:
    """Read hostile files, several processes at a time."""
    started = time.perf_counter()
    outcomes: Counter[str] = Counter()
    faults: list[str] = []
    most: dict[str, Any] = {"peak_bytes": 0, "seconds": 0.0}

    def count(what: str, eaten: Eaten) -> None:
        outcomes[f"{what.split()[0]} {eaten.outcome}"] += 1
        if eaten.outcome not in ("ingested", "refused") or MARK in eaten.told:
            faults.append(f"{what}: {eaten.outcome} {eaten.told[-300:]}")
        for name in ("peak_bytes", "seconds"):
            if getattr(eaten, name) > most[name]:
                most[name] = getattr(eaten, name)
                most[f"{name}_of"] = what

    specials = {**FILES, **PARQUET}
    with tempfile.TemporaryDirectory() as folder:
        told = dict(_specials(Path(folder), specials, count))
        n_mutants = max(n_files - len(specials), 0)
        parts = [range(job, n_mutants, n_jobs) for job in range(n_jobs)]
        with ThreadPoolExecutor(n_jobs) as pool:
            for eaten in pool.map(lambda part: list(_mutants(Path(folder), part)), parts):
                for what, one in eaten:
                    count(what, one)
    return {
        "n_files": sum(outcomes.values()),
        "n_specials": len(specials),
        "outcomes": dict(sorted(outcomes.items())),
        "faults": faults,
        "most_memory_mb": round(most["peak_bytes"] / 1e6),
        "most_memory_of": most.get("peak_bytes_of"),
        "most_processor_seconds": round(most["seconds"], 1),
        "most_processor_seconds_of": most.get("seconds_of"),
        "limits": {"memory_mb": MAX_BYTES // 10**6, "processor_seconds": MAX_SECONDS},
        "specials": told,
        "seconds": round(time.perf_counter() - started),
    }


def _specials(home: Path, specials: Any, count: Any) -> Iterator[tuple[str, Any]]:
    with Eater(home) as eater:
        for name, (file_name, make) in specials.items():
            with tempfile.TemporaryDirectory(dir=home) as folder:
                eaten = eater.eat(make(Path(folder) / file_name))
            count(f"special {name}", eaten)
            print(f"{name}: {eaten.outcome}, {eaten.peak_bytes // 10**6} MB", flush=True)
            yield name, [eaten.outcome, round(eaten.peak_bytes / 1e6), round(eaten.seconds, 1)]


def _mutants(home: Path, numbers: range) -> Iterator[tuple[str, Eaten]]:
    with Eater(home) as eater:
        for number in numbers:
            what, path = mutant(number, home)
            yield what, eater.eat(path, is_whole=number // 4 % WHOLE == 0)
            path.unlink(missing_ok=True)
            if number % 500 == 0:
                print(f"mutant {number:,}", flush=True)


def _machine() -> str:
    return f"{platform.machine()}, {platform.system()}, {os.cpu_count()} cores"


def _commit() -> str:
    found = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True)
    return found.stdout.strip()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=5_000)
    parser.add_argument("--by-hand", type=int, default=2_000)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--out", type=Path, default=OUT)
    arguments = parser.parse_args()
    figures = json.loads(arguments.out.read_text()) if arguments.out.exists() else {}
    figures |= {"machine": _machine(), "python": platform.python_version(), "seed": SEED}
    figures["commit"] = _commit()
    if arguments.files:
        figures["files"] = files(arguments.files, arguments.jobs)
    if arguments.requests:
        figures["requests"] = requests(arguments.requests, arguments.by_hand)
    arguments.out.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n")
    print(json.dumps(figures, indent=2, ensure_ascii=False))
    asked = figures.get("requests", {})
    is_sound = not figures.get("files", {}).get("faults") and not asked.get("n_told_and_not_stored")
    told = asked.get("n_comments_told", 0) + asked.get("n_comments_of_forms", 0)
    is_sound &= told == asked.get("n_comments_stored", 0)
    is_sound &= not any(asked.get(part, {}).get("faults") for part in ("from_document", "by_hand"))
    sys.exit(not is_sound)


if __name__ == "__main__":
    main()
