"""Ingests files in a process of its own, so that what a file does to it can be seen from outside.

``python -m tests.feedback.eat_files STORE_FOLDER`` reads a path a line and answers each with a line
of JSON: what became of the file, how long it took and the most memory the process had meanwhile.
`Eater` is the other end: it ends a process that takes too long or grows too large.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import threading
import time
import traceback
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
MAX_SECONDS = 20.0
"""Work a file may take, in seconds of a processor: other programs may keep a machine busy."""
BYTES_A_SECOND = 15_000_000
"""A large file may take so much longer."""
MAX_WAITING_SECONDS = 300.0
"""Time a file may take, for one that waits and does not work."""
MAX_BYTES = 1_000_000_000
"""Memory that a process may have, all that it has loaded counted in."""
LOOK_SECONDS = 0.02


@dataclass(frozen=True)
class Eaten:
    """What became of a file: ``ingested``, ``refused``, or what must not be: ``raised``, ``hung``,
    ``grew`` beyond `MAX_BYTES`, ``died``.
    """

    outcome: str
    told: str
    seconds: float
    """Of a processor."""
    peak_bytes: int
    n_rows: int = 0
    n_comments: int = 0
    n_rejected: int = 0


class Eater:
    """Has files ingested by a process, one after the other; a new one comes for one that ended."""

    def __init__(self, home: Path, *, is_light: bool = True) -> None:
        self._home = home
        self._arguments = [str(home), *(["--light"] if is_light else [])]
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Eater:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def eat(self, path: Path, *, is_whole: bool = True) -> Eaten:
        """Have one file ingested, or else read row by row and not stored."""
        process = self._process or self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps([str(path), is_whole]) + "\n")
        process.stdin.flush()
        started, before, peak = time.monotonic(), _worked(process.pid), 0
        most = MAX_SECONDS + (path.stat().st_size / BYTES_A_SECOND if path.is_file() else 0)
        watched = _Watch(process.pid)
        watched.start()
        try:
            while not select.select([process.stdout], [], [], LOOK_SECONDS)[0]:
                peak = watched.peak
                seconds = _worked(process.pid) - before
                is_late = time.monotonic() - started > MAX_WAITING_SECONDS
                if seconds > most or is_late or peak > MAX_BYTES:
                    self._end()
                    return Eaten("hung" if peak <= MAX_BYTES else "grew", "", seconds, peak)
            line = process.stdout.readline()
        finally:
            watched.stop()
        seconds = _worked(process.pid) - before
        if not line:
            code = process.wait()
            self._end()
            return Eaten("died", f"exit status {code}", seconds, watched.peak)
        told: dict[str, Any] = json.loads(line)
        eaten = Eaten(seconds=seconds, **told)
        if eaten.peak_bytes > MAX_BYTES:
            self._end()  # what it has it may keep, and that is not the next file's fault
            return Eaten("grew", eaten.told, seconds, eaten.peak_bytes)
        return eaten

    def _start(self) -> subprocess.Popen[str]:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.feedback.eat_files", *self._arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
        assert self._process.stdout is not None
        self._process.stdout.readline()  # it is ready
        return self._process

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


def _worked(pid: int) -> float:
    """Return the seconds that a process has used of its processors."""
    told = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


class _Watch(threading.Thread):
    """Looks how large a process is; the most it saw is ``peak``."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._status = Path(f"/proc/{pid}/status")
        self._over = threading.Event()
        self.peak = 0

    def run(self) -> None:
        while not self._over.wait(LOOK_SECONDS):
            self.peak = max(self.peak, _bytes_of(self._status, "VmHWM"))

    def stop(self) -> None:
        self._over.set()
        self.join()


def _bytes_of(status: Path, name: str) -> int:
    try:
        lines = status.read_text().splitlines()
    except OSError:
        return 0
    found = [line.split()[1] for line in lines if line.startswith(f"{name}:")]
    return int(found[0]) * 1024 if found else 0


def main() -> None:
    """Answer paths until there are no more."""
    home = Path(sys.argv[1])
    parts = _parts(home, is_light="--light" in sys.argv)
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a library prints is no answer
    print("ready", file=answers, flush=True)
    for line in sys.stdin:
        Path("/proc/self/clear_refs").write_text("5")  # the most it has begins anew
        name, is_whole = json.loads(line)
        told = _eat(Path(name), parts, is_whole=is_whole)
        told["peak_bytes"] = _bytes_of(Path("/proc/self/status"), "VmHWM")
        print(json.dumps(told), file=answers, flush=True)


def _parts(home: Path, *, is_light: bool) -> dict[str, Any]:
    from app import wiring
    from feedback.settings import Settings
    from feedback.store import Store
    from tests import fakes

    wiring.quieten_libraries()
    settings = Settings(home=home)
    return {
        "store": Store.open(f"sqlite:///{home / f'{os.getpid()}.db'}"),
        "settings": settings,
        "redactor": fakes.EmailRedactor() if is_light else wiring.make_redactor(settings),
        "language": (
            fakes.WelshWordIdentifier() if is_light else wiring.make_language_identifier()
        ),
        "reference": wiring.make_reference(),
        "now": NOW,
    }


def _read(path: Path, parts: dict[str, Any]) -> dict[str, Any]:
    """Read all rows of a file, and make nothing of them."""
    from feedback import ingest
    from feedback.ids import RowIds
    from feedback.mapping import choose_preset
    from feedback.readers import open_table
    from feedback.rows import Taken
    from feedback.tables import shown_name

    preset = choose_preset(path)
    told: Counter[str] = Counter()
    ids = RowIds(b"a key of exactly thirty-two byte", preset.source)
    with open_table(path) as table:
        reader = ingest.row_reader(
            table,
            preset,
            name=shown_name(path.name),
            ids=ids,
            now=NOW,
            source=None,
            service=None,
            reference=parts["reference"],
            day_first=None,
        )
        found: Counter[str] = Counter()
        for row in table.rows:
            one = reader.read(row)
            found["n_rows"] += 1
            found["n_comments"] += len(one.comments) if isinstance(one, Taken) else 0
            if not isinstance(one, Taken):
                found["n_rejected"] += 1
                told[one.reason] += 1
        notes = [*table.notes, *reader.first_notes(), *reader.last_notes()]
    ids.close()
    return {"outcome": "ingested", "told": "\n".join([*notes, *told]), **found}


def _eat(path: Path, parts: dict[str, Any], *, is_whole: bool) -> dict[str, Any]:
    """Do with a file what ``feedback ingest`` does."""
    from feedback.errors import FeedbackError
    from feedback.mapping import choose_preset
    from feedback.pipeline import ingest_file

    try:
        if not is_whole:
            return _read(path, parts)
        done = ingest_file(path, choose_preset(path), **parts)
    except FeedbackError as error:
        return {"outcome": "refused", "told": str(error)}
    except BaseException:  # noqa: BLE001 - that it was raised at all is what is looked for
        return {"outcome": "raised", "told": traceback.format_exc(limit=-6)[-3_000:]}
    rejected = [one.reason for one in done.rejects]
    return {
        "outcome": "ingested",
        "told": "\n".join([*done.notes, *rejected, *done.reasons]),
        "n_rows": done.n_rows,
        "n_comments": done.n_comments,
        "n_rejected": done.n_rejected,
    }


if __name__ == "__main__":
    main()
