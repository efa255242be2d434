"""Pulls sources in processes that are killed, each at one of its steps, told on standard input.

A task is ``{"url": STORE, "name": SOURCE, "at": {"begin": 3}}``: the process dies at its third
begin of a transaction. ``commit`` is right before one ends, so that all of it must be undone;
``rename`` right before a file is moved, ``renamed`` right after. Standard output says as JSON how
each process ended: its exit code, or minus the number of the signal.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from feedback.store import Store
from tests.feedback.pull_parts import turn


def _die_at(at: dict[str, int]) -> None:
    n_steps: Counter[str] = Counter()

    def step(kind: str) -> None:
        n_steps[kind] += 1
        if n_steps[kind] == at.get(kind):
            os.kill(os.getpid(), signal.SIGKILL)

    rename = Path.rename

    def rename_or_die(self: Path, target: Path) -> Path:
        step("rename")
        moved = rename(self, target)
        step("renamed")
        return moved

    Path.rename = rename_or_die  # type: ignore[method-assign]
    sa.event.listen(sa.Engine, "begin", lambda _connection: step("begin"))
    sa.event.listen(sa.Engine, "commit", lambda _connection: step("commit"))


def _run(task: dict[str, Any]) -> int:
    pid = os.fork()
    if not pid:
        status = 1
        try:
            with Store.open(task["url"]) as store:
                _die_at(task.get("at", {}))
                found = turn(store, task["name"])
            status = 0 if found.outcome is not None else 3
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


if __name__ == "__main__":
    print(json.dumps([_run(task) for task in json.load(sys.stdin)]))
