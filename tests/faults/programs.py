"""Run programs as systemd would: one that dies is started again."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

__all__ = ["Program"]

RESTART_SECONDS = 0.1
STOP_SECONDS = 40.0


class Program:
    """A program that is to run until it is stopped; what it writes goes to a file.

    Parameters
    ----------
    log
        File that its standard error and output are added to.
    """

    def __init__(
        self, command: Sequence[str | Path], *, env: Mapping[str, str], log: Path, cwd: Path
    ) -> None:
        self.log = log
        self.exit_codes: list[int] = []
        """Of the processes that ended so far, in order."""
        self._command = [str(part) for part in command]
        self._env = dict(env)
        self._cwd = cwd
        self._is_wanted = False
        self._process: subprocess.Popen[bytes] | None = None
        self._changed = threading.Condition()

    def start(self) -> None:
        """Start it, and whenever it ends, again."""
        self._is_wanted = True
        self._spawn()
        self._thread = threading.Thread(target=self._watch, name=self.log.stem, daemon=True)
        self._thread.start()

    @property
    def pid(self) -> int:
        """The process that runs now; the last one between two."""
        assert self._process is not None
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether a process runs now."""
        return self._process is not None and self._process.poll() is None

    def send(self, what: signal.Signals) -> None:
        """Send a signal to the process."""
        os.kill(self.pid, what)

    def kill(self) -> None:
        """Kill the process with all those it started, none of which can do anything any more."""
        n_ended = len(self.exit_codes)
        self.send(signal.SIGSTOP)  # or it would look after its children
        for child in psutil.Process(self.pid).children(recursive=True):
            child.kill()
        self.send(signal.SIGKILL)
        self.wait_for_end(n_ended, 10)

    def wait_for_end(self, n_ended: int, seconds: float) -> int:
        """Wait until one more than so many processes ended; return how it ended."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.exit_codes) > n_ended, seconds):
                raise RuntimeError(f"{self.log.stem} did not end within {seconds} seconds")
            return self.exit_codes[n_ended]

    def stop(self) -> None:
        """End it for good, gently; it is killed only if it does not end."""
        with self._changed:
            self._is_wanted = False
        if self._process is None:
            return
        if self.is_running:
            self.send(signal.SIGCONT)
            self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise RuntimeError(f"{self.log.stem} did not stop when asked") from None
        self._thread.join(STOP_SECONDS)

    def _spawn(self) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=self._cwd,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _watch(self) -> None:
        while True:
            assert self._process is not None
            code = self._process.wait()
            with self._changed:
                self.exit_codes.append(code)
                self._changed.notify_all()
            if self._is_wanted:
                time.sleep(RESTART_SECONDS)
            with self._changed:
                if not self._is_wanted:
                    return
                self._spawn()
