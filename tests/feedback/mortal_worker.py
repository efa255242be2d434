"""Does a piece of work in a process of its own that can be killed, over and over, without a wait.

Started as a program it loads everything once, then forks for each line of JSON on standard input:
``{"work": "ingest", "url": ..., "path": ..., "die_at": null}``. It answers with the number of the
forked process and, asked by an empty line, with how that ended and how much SQLite had done.

``die_at`` counts looks from inside SQLite, one every `INSTRUCTIONS` of its virtual machine: so a
process can be made to die in the middle of a statement in the middle of a transaction, each time
at the same place.
"""

from __future__ import annotations

import json
import os
import signal
import sys
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
from tests.feedback.pipeline_parts import NOW

INSTRUCTIONS = 500

# Nobody is set aside here: that is tested with the claims, and would hide a loss.
SETTINGS = Settings(chunk_rows=40, batch_comments=32, max_attempts=1_000)


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


class Looks:
    """Counts looks from inside SQLite and ends the process at one of them."""

    def __init__(self, die_at: int | None) -> None:
        self.n = 0
        self._die_at = die_at

    def __call__(self) -> int:
        self.n += 1
        if self.n == self._die_at:
            os.kill(os.getpid(), signal.SIGKILL)
        return 0

    def watch(self, connection: Any, _record: object) -> None:
        connection.set_progress_handler(self, INSTRUCTIONS)


def _child(task: dict[str, Any], answers: int) -> None:
    looks = Looks(task["die_at"])
    sa.event.listen(sa.Engine, "connect", looks.watch)
    WORKS[task["work"]](task["url"], task["path"])
    os.write(answers, str(looks.n).encode())


def main() -> None:
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
            n_looks = int(answer.read() or 0)
        print(
            json.dumps({"exit": os.waitstatus_to_exitcode(status), "n_looks": n_looks}), flush=True
        )


if __name__ == "__main__":
    main()
