"""Name workers so that anyone on the same host can tell whether one still lives."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import uuid
from pathlib import Path

__all__ = ["is_dead", "worker_name"]

_NAME = re.compile(r"(?P<host>[^:]+):(?P<pid>\d+):(?P<started>[^:]*)(?::[^:]*)?")
_MAX_HOST_CHARACTERS = 60


def worker_name() -> str:
    """Return a new name for a worker in this process: host, process, its start, a random part.

    Process numbers are used again, so the start time is part of the name; two workers in one
    process differ by the last part.
    """
    pid = os.getpid()
    return f"{_host()}:{pid}:{_started(pid) or ''}:{uuid.uuid4().hex[:8]}"


def is_dead(worker: str) -> bool:
    """Say whether a worker is known to be gone. False when nobody here can tell.

    Workers of other hosts, names of another form and systems that do not tell when a process
    started are left to the age of their claims.
    """
    parts = _NAME.fullmatch(worker)
    if parts is None or parts["host"] != _host() or not parts["started"]:
        return False
    pid = int(parts["pid"])
    return not _exists(pid) or _started(pid) not in (parts["started"], None)


def _host() -> str:
    return socket.gethostname().replace(":", "-")[:_MAX_HOST_CHARACTERS]


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it exists, and belongs to someone else
        return True
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    """Say whether a process has ended and its parent has not looked yet."""
    fields = _proc_fields(pid)
    return bool(fields) and fields[0] == "Z"


def _started(pid: int) -> str | None:
    """Return when a process started, in whatever form the system has; None when it has none."""
    fields = _proc_fields(pid)
    if fields:
        # Field 22 of proc(5), in clock ticks after boot: a change of the clock does not move it.
        return fields[19]
    return _started_by_ps(pid)


def _proc_fields(pid: int) -> list[str]:
    """Return /proc/PID/stat from its third field on: the second, a name, may hold spaces."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return stat.rpartition(")")[2].split()


def _started_by_ps(pid: int) -> str | None:
    """Ask ps, where there is no /proc (macOS)."""
    try:
        told = subprocess.run(  # noqa: S603 - fixed words and a number
            ["/bin/ps", "-o", "lstart=", "-p", str(pid)],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "LC_ALL": "C"},
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return told.stdout.strip().replace(":", ".").replace(" ", "_") or None
