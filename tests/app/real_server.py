"""Runs ``feedback serve`` as it is installed, on a store and with a key of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
import sqlalchemy as sa

from feedback import schema
from feedback.store import Store

START_SECONDS = 180
FAST = 1_000_000
"""Messages a minute: so many that the limit is in nobody's way."""


@dataclass(frozen=True)
class Server:
    """A server that runs, the key that lets in, and the store behind it."""

    url: str
    key: str
    store_url: str

    def stored(self) -> set[str]:
        """Return the ids of all comments in the store."""
        with Store.open(self.store_url) as store:
            return set(store.read(sa.select(schema.comments.c.comment_id))["comment_id"])

    def n_stored(self) -> int:
        return len(self.stored())

    def sender(self, session: requests.Session) -> Callable[..., Any]:
        """Return what sends a request as it is given, whatever a client would put right."""

        def send(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Any:
            request = requests.Request(method, self.url + path, data=body).prepare()
            request.url = self.url + path
            for name, value in headers.items():
                request.headers[name] = value.encode("latin-1")  # type: ignore[assignment]
            return session.send(request, allow_redirects=False, timeout=60)

        return send


@contextmanager
def serving(home: Path, *, per_minute: int = FAST) -> Iterator[Server]:
    """Serve until the block ends; standard error goes to ``serve.log`` under ``home``."""
    environment = {**os.environ, "FEEDBACK_HOME": str(home), "OMP_NUM_THREADS": "1"}
    made = subprocess.run(
        [*_command(), "keys", "make", "bad input", "--per-minute", str(per_minute)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    key = next(word for word in made.stdout.split() if word.startswith("fb_"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with (home / "serve.log").open("wb") as log:
        process = subprocess.Popen(
            [*_command(), "serve", "--port", str(port)], env=environment, stderr=log
        )
        try:
            server = Server(f"http://127.0.0.1:{port}", key, f"sqlite:///{home / 'feedback.db'}")
            _wait(server, process)
            yield server
        finally:
            process.terminate()
            process.wait(60)


def _command() -> list[str]:
    return [sys.executable, "-m", "app.cli"]


def _wait(server: Server, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            if requests.get(f"{server.url}/readyz", timeout=5).ok:
                return
        except requests.RequestException:
            time.sleep(0.2)
    raise TimeoutError("The server did not start.")
