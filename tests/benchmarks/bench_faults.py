"""Do each fault so many times under load, reckon, and write results/faults.json.

``python -m tests.benchmarks.bench_faults --times 20`` starts a server, workers and a database as
real processes for each fault (`tests.faults.rounds`), posts to it all the while, does the fault
again and again, and compares the store with what the senders were told. Told are messages sent,
accepted (202 seen), lost and doubled, seconds until a message that was begun after the fault was
accepted, and seconds until everything accepted until then was coded. Messages that were refused
with 429 or 503 were sent again under their idempotency key; what is counted as refused was not
taken in the end. After each fault the results so far are on the disk.

A disk that can be filled takes root (a small tmpfs is mounted), a clock that can be stepped a C
compiler, PostgreSQL its Debian package: what is left out for want of one is named in the file.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.faults.rounds import FAULTS, Fault, do_fault, loaded, missing_for

OUT = Path(__file__).parent / "results" / "faults.json"
SEED = 20261122
TIMES = 20
PER_SECOND = 25.0


def main() -> None:
    asked = _asked()
    begun = time.monotonic()
    rows: list[dict[str, Any]] = []
    left_out: list[dict[str, str]] = []
    for fault in FAULTS:
        for database in fault.databases:
            if asked.only and asked.only not in f"{fault.name} on {database}":
                continue
            if missing := missing_for(fault, database):
                left_out.append({"fault": fault.name, "database": database, "for": missing})
                _tell(f"{fault.name} on {database} is left out: {missing}")
                continue
            rows.append(_measure(loaded(fault, asked.per_second), database, asked.times))
            _write(asked, rows, left_out, time.monotonic() - begun)
    unsound = [f"{row['fault']} on {row['database']}" for row in rows if not row["is_sound"]]
    _tell(f"unsound: {', '.join(unsound)}" if unsound else "nothing lost, nothing doubled")
    sys.exit(bool(unsound))


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=TIMES, help="rounds of each fault")
    parser.add_argument("--per-second", type=float, default=PER_SECOND, help="messages begun")
    parser.add_argument("--only", default="", help="part of 'FAULT on DATABASE'")
    parser.add_argument("--out", type=Path, default=OUT, help="file for the figures")
    return parser.parse_args()


def _measure(fault: Fault, database: str, times: int) -> dict[str, Any]:
    name = f"{fault.name} on {database}"
    begun = time.monotonic()
    try:
        told = do_fault(
            fault, database, times, seed=SEED, tell=lambda line: _tell(f"{name} {line}")
        ).as_dict()
    except Exception as error:  # noqa: BLE001 - the other faults are still to be tried
        problem = "; ".join([str(error), *getattr(error, "__notes__", [])])
        told = {"fault": fault.name, "database": database, "times": times}
        told |= {"is_sound": False, "problems": [problem]}
    told["what"] = fault.told
    told["seconds"] = round(time.monotonic() - begun, 1)
    verdict = "sound" if told["is_sound"] else f"NOT SOUND: {told['problems']}"
    _tell(f"{name}: {verdict}, {told['seconds']} s")
    return told


def _write(
    asked: argparse.Namespace,
    rows: list[dict[str, Any]],
    left_out: list[dict[str, str]],
    took: float,
) -> None:
    commit = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True).stdout
    result = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}",
        "load_average": [round(value, 1) for value in os.getloadavg()],
        "python": platform.python_version(),
        "commit": commit.strip(),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "seed": SEED,
        "times": asked.times,
        "messages_per_second": asked.per_second,
        "minutes": round(took / 60, 1),
        "left_out": left_out,
        "faults": rows,
    }
    asked.out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


def _tell(line: str) -> None:
    sys.stderr.write(f"{datetime.now(UTC):%H:%M:%S} {line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    main()
