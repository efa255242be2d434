"""Does a piece of work in a process of its own that can be killed, over and over, without a wait.

Started as a program it does everything once, so that all is loaded, then forks for each line of
JSON on standard input: ``{"work": "ingest", "url": ..., "path": ..., "die_at": {"looks": 7}}``. It
answers with the number of the forked process and, asked by an empty line, with how that ended and
how much SQLite had done.

``die_at`` is a count of looks from inside SQLite, one every `INSTRUCTIONS` of its virtual machine,
so that a process dies in the middle of a statement; or of transactions, so that it dies between two
of them. Either way it dies each time at the same place.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from feedback.embed import CachedEmbedder
from feedback.mapping import load_preset
from feedback.pipeline import enrich, ingest_file
from feedback.reference import load_reference
from feedback.settings import Settings
from feedback.store import Store
from tests import fakes
from tests.feedback.pipeline_parts import NOW, row, write_csv

INSTRUCTIONS = 100

SETTINGS = Settings(chunk_rows=80, batch_comments=48)


def ingest(url: str, path: str) -> None:
    with Store.open(url) as store:
        ingest_file(
            Path(path),
            load_preset("generic"),
            store=store,
            redactor=fakes.EmailRedactor(),
            language=fakes.WelshWordIdentifier(),
            reference=load_reference(),
            settings=SETTINGS,
            now=NOW,
        )


def code(url: str, path: str) -> None:
    with Store.open(url) as store:
        embedder = CachedEmbedder(fakes.BagOfWordsEmbedder(), store)
        enrich(store, embedder, fakes.KeywordClassifier(), settings=SETTINGS)


def only_open(url: str, path: str) -> None:
    Store.open(url).close()


WORKS = {"ingest": ingest, "enrich": code, "open": only_open}


class Death:
    """Counts looks and transactions and ends the process at one of them."""

    def __init__(self, die_at: dict[str, int]) -> None:
        self.counts = {"looks": 0, "transactions": 0}
        self._die_at = die_at

    def _count(self, kind: str) -> int:
        self.counts[kind] += 1
        if self.counts[kind] == self._die_at.get(kind):
            os.kill(os.getpid(), signal.SIGKILL)
        return 0

    def connected(self, connection: Any, _record: object) -> None:
        connection.set_progress_handler(lambda: self._count("looks"), INSTRUCTIONS)

    def begun(self, _connection: sa.Connection) -> None:
        self._count("transactions")


def _child(task: dict[str, Any], answers: int) -> None:
    death = Death(task["die_at"])
    sa.event.listen(sa.Engine, "connect", death.connected)
    sa.event.listen(sa.Engine, "begin", death.begun)
    WORKS[task["work"]](task["url"], task["path"])
    os.write(answers, json.dumps(death.counts).encode())


def _warm_up() -> None:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/warm.db"
        path = write_csv(Path(folder) / "warm.csv", [row(1, "slow and – slow – again")])
        ingest(url, str(path))
        code(url, "")


def main() -> None:
    _warm_up()
    for line in sys.stdin:
        read_end, write_end = os.pipe()
        pid = os.fork()
        if not pid:
            status = 1
            try:
                _child(json.loads(line), write_end)
                status = 0
            finally:
                os._exit(status)
        os.close(write_end)
        print(pid, flush=True)
        sys.stdin.readline()  # until then even a process that has ended keeps its number
        _, status = os.waitpid(pid, 0)
        with os.fdopen(read_end) as answer:
            counts = json.loads(answer.read() or "{}")
        print(json.dumps({"exit": os.waitstatus_to_exitcode(status), "counts": counts}), flush=True)


if __name__ == "__main__":
    main()
