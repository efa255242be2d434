"""Slow senders, a store that hangs, a queue that stands: the server waits so long and no longer."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from app.api import make_api
from app.api_gate import AWAY_SECONDS, Gate
from app.api_metrics import Metrics
from app.api_waiting import BodiesInTime, receipt_of
from feedback.errors import StoreError, TooManyWaitingError
from feedback.receive import Receipt
from feedback.store import Store

RECEIPT = Receipt(("a" * 32,), 1, 0)


def _run(work: Coroutine[Any, Any, Any]) -> Any:
    """Run it in a thread of its own: tests of browsers leave a loop running in theirs."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


async def _echo_length(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(len(await request.body())))


def _status_of(parts: list[tuple[float, bytes]], *, ends: bool = True) -> tuple[int, float]:
    """Send a body in parts, each after some seconds; return the status and how long it took."""
    api = Starlette(
        routes=[Route("/", _echo_length, methods=["POST"])],
        middleware=[Middleware(BodiesInTime, seconds=0.3)],
    )
    told: list[int] = []
    left = list(parts)

    async def receive() -> dict:
        if not left:
            await asyncio.Event().wait()
        seconds, part = left.pop(0)
        await asyncio.sleep(seconds)
        return {"type": "http.request", "body": part, "more_body": bool(left) or not ends}

    async def send(message: dict) -> None:
        if message["type"] == "http.response.start":
            told.append(message["status"])

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "headers": [],
        "query_string": b"",
        "root_path": "",
    }
    begun = time.monotonic()
    _run(asyncio.wait_for(api(scope, receive, send), 5))
    return told[0], time.monotonic() - begun


def test_a_body_that_comes_in_time_is_read() -> None:
    assert _status_of([(0, b"a" * 9), (0.05, b"b")])[0] == 200


@pytest.mark.parametrize(
    ("parts", "ends"),
    [([(0, b"half")], False), ([], True), ([(0.1, b"drip")] * 40, True)],
    ids=["stops", "nothing", "drips"],
)
def test_a_body_that_does_not_end_is_left(parts: list, ends: bool) -> None:
    status, seconds = _status_of(parts, ends=ends)
    assert status == 408
    assert seconds < 2


def test_a_message_whose_turn_does_not_come_is_never_stored() -> None:
    promise: Future[Receipt] = Future()
    with pytest.raises(TooManyWaitingError):
        _run(receipt_of(promise, 0.05))
    assert not promise.set_running_or_notify_cancel()


def test_a_message_that_is_being_stored_is_waited_for() -> None:
    promise: Future[Receipt] = Future()
    promise.set_running_or_notify_cancel()
    threading.Timer(0.3, promise.set_result, [RECEIPT]).start()
    assert _run(receipt_of(promise, 0.05)) == RECEIPT


class Hangs:
    """A store that answers nobody, and takes its time about it."""

    def __init__(self) -> None:
        self.n_asked = 0

    def read(self, _: object) -> None:
        self.n_asked += 1
        time.sleep(0.3)
        raise StoreError("The store does not answer.")


def test_a_store_that_hangs_is_asked_once_for_all() -> None:
    store = Hangs()
    gate = Gate(store, per_minute=60, is_local=False)  # type: ignore[arg-type]
    begun = time.monotonic()
    with ThreadPoolExecutor(20) as pool:
        asked = [pool.submit(gate.look) for _ in range(20)]
        assert all(isinstance(one.exception(), StoreError) for one in asked)
    assert (store.n_asked, time.monotonic() - begun < 2) == (1, True)
    time.sleep(AWAY_SECONDS)
    with pytest.raises(StoreError):
        gate.look()
    assert store.n_asked == 2


def test_that_the_server_lives_does_not_depend_on_the_store(tmp_path) -> None:
    with Store.open(f"sqlite:///{tmp_path / 'feedback.db'}") as store:
        hangs = Hangs()
        gate = Gate(hangs, per_minute=60, is_local=True)  # type: ignore[arg-type]
        client = TestClient(make_api(store, None, gate, Metrics(store)))  # type: ignore[arg-type]
        assert client.get("/healthz").status_code == 200
        assert hangs.n_asked == 0
        answer = client.post("/v1/feedback", json={"comment": "slow"})
        assert (answer.status_code, int(answer.headers["retry-after"]) > 0) == (503, True)


def test_a_server_that_is_stopped_while_it_loads_ends_well(tmp_path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [Path(sys.executable).with_name("feedback"), "serve", "--port", str(port)]
    home = {"FEEDBACK_HOME": str(tmp_path), "FEEDBACK_STORE": ""}
    loading = subprocess.Popen(command, env={**os.environ, **home}, stderr=subprocess.DEVNULL)
    try:
        while socket.socket().connect_ex(("127.0.0.1", port)):  # it listens before it loads
            assert loading.poll() is None
            time.sleep(0.02)
        loading.send_signal(signal.SIGTERM)
        assert loading.wait(60) == 0
    finally:
        loading.kill()
        loading.wait()
