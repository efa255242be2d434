"""Does a backfill that is killed at each of its steps in turn, and then once more to its end.

Started as a program with a folder of input and a folder for results. Every time a file takes its
final name is a step; the process dies right before it and, in another try, right after. For each
death there is a folder of results; standard output says as JSON how each process ended.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

from feedback.backfill import Backfill
from feedback.backfill_summary import BackfillSummary
from feedback.history import find_history
from feedback.reference import load_reference
from feedback.settings import Settings
from tests import fakes
from tests.feedback.pipeline_parts import NOW

KEY = b"a key of exactly thirty-two byte"


def backfill(
    given_path: Path, out: Path, *, id_key: bytes = KEY, chunk_rows: int = 4, now=NOW, **parts
) -> BackfillSummary:
    given = {
        "redactor": fakes.EmailRedactor(),
        "language": fakes.WelshWordIdentifier(),
        "embedder": fakes.BagOfWordsEmbedder(),
        "classifier": fakes.KeywordClassifier(),
        "settings": Settings(chunk_rows=chunk_rows, batch_comments=3),
        "reference": load_reference(),
    }
    progress = parts.pop("progress", None)
    work = Backfill(id_key=id_key, **(given | parts))
    files = find_history([given_path], out=out, preset="generic")
    return work.work(files, out, now=now, progress=progress)


def _die_at(step: int, *, is_before: bool) -> None:
    """Make this process die at the n-th time that a file takes its name."""
    replace, n_steps = Path.replace, 0

    def replace_or_die(self: Path, target: Path) -> Path:
        nonlocal n_steps
        n_steps += 1
        if is_before and n_steps == step:
            os.kill(os.getpid(), signal.SIGKILL)
        replace(self, target)
        if n_steps == step:
            os.kill(os.getpid(), signal.SIGKILL)
        return target

    Path.replace = replace_or_die  # type: ignore[method-assign]


def _run(source: Path, out: Path, step: int = 0, *, is_before: bool = False) -> int:
    pid = os.fork()
    if not pid:
        status = 1
        try:
            _die_at(step, is_before=is_before)
            backfill(source, out)
            status = 0
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def main() -> None:
    source, results = Path(sys.argv[1]), Path(sys.argv[2])
    ends = {}
    for step in range(1, int(sys.argv[3]) + 1):
        for is_before in (True, False):
            out = results / f"{step}-{'before' if is_before else 'after'}"
            first = _run(source, out, step, is_before=is_before)
            ends[out.name] = [first, _run(source, out)]
    print(json.dumps(ends))


if __name__ == "__main__":
    main()
