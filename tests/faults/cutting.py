"""Connections that break: in the middle of a body, and between a body and its answer."""

from __future__ import annotations

import json
import random
import socket
import struct
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from tests.faults.client import NEVER_WHOLE, Sent
from tests.faults.place import Place

__all__ = ["WAYS", "cut_connections"]

SLOW_SECONDS = 0.8
"""How long a slow body takes."""
SECONDS = 20.0


def cut_connections(place: Place) -> float:
    """Break connections in each of the ways at once, three of each; return when that began."""
    began = time.monotonic()
    work = [way for way in WAYS for _ in range(3)]
    with ThreadPoolExecutor(len(work)) as pool:
        for done in [pool.submit(way, place) for way in work]:
            done.result()
    return began


def _reset_in_head(place: Place) -> None:
    with _connected(place) as wire:
        wire.sendall(_request(place, _never(place))[:60])
        _reset(wire)


def _reset_in_body(place: Place) -> None:
    with _connected(place) as wire:
        wire.sendall(_half(_request(place, _never(place))))
        _reset(wire)


def _end_in_body(place: Place) -> None:
    with _connected(place) as wire:
        wire.sendall(_half(_request(place, _never(place))))
        wire.shutdown(socket.SHUT_WR)
        if b" 202 " in _read(wire):
            raise RuntimeError("half a body was accepted")


def _slow_body(place: Place) -> None:
    one = place.load.add(place.load.new_message())
    begun = time.monotonic()
    with _connected(place) as wire:
        _drip(wire, _request(place, one))
        _take_answer(place, one, wire, begun)


def _slow_body_that_never_ends(place: Place) -> None:
    with _connected(place) as wire:
        _drip(wire, _half(_request(place, _never(place))))
        _reset(wire)


def _reset_before_answer(place: Place) -> None:
    _send_twice(place, _reset)


def _close_before_answer(place: Place) -> None:
    _send_twice(place, socket.socket.close)


def _send_twice(place: Place, leave: Callable[[socket.socket], None]) -> None:
    """Send a whole message and leave; then send it again under the same key."""
    one = place.load.add(place.load.new_message())
    with _connected(place) as wire:
        wire.sendall(_request(place, one))
        time.sleep(random.uniform(0, 0.05))
        leave(wire)
    begun = time.monotonic()
    with _connected(place) as wire:
        wire.sendall(_request(place, one))
        _take_answer(place, one, wire, begun)


def _both_at_once(place: Place) -> None:
    """Send one message on two connections, as two proxies do that both try again."""
    one = place.load.add(place.load.new_message())
    begun = time.monotonic()
    with _connected(place) as wire, _connected(place) as other:
        for each in (wire, other):
            each.sendall(_request(place, one))
        for each in (wire, other):
            _take_answer(place, one, each, begun)


WAYS = (
    _reset_in_head,
    _reset_in_body,
    _end_in_body,
    _slow_body,
    _slow_body_that_never_ends,
    _reset_before_answer,
    _close_before_answer,
    _both_at_once,
)


def _never(place: Place) -> Sent:
    """Return a message that is never sent whole: nothing of it may be stored."""
    one = place.load.add(place.load.new_message())
    one.refused = NEVER_WHOLE
    return one


def _connected(place: Place) -> socket.socket:
    return socket.create_connection(("127.0.0.1", place.port), SECONDS)


def _request(place: Place, one: Sent) -> bytes:
    one.n_tries += 1
    lines = (
        "POST /v1/feedback HTTP/1.1",
        "Host: 127.0.0.1",
        f"Authorization: Bearer {place.load.sender_key}",
        "Content-Type: application/json",
        f"Idempotency-Key: {one.message.key}",
        f"Content-Length: {len(one.message.body)}",
        "Connection: close",
    )
    return "\r\n".join([*lines, "", ""]).encode() + one.message.body


def _half(request: bytes) -> bytes:
    head = request.index(b"\r\n\r\n") + 4
    return request[: head + (len(request) - head) // 2]


def _drip(wire: socket.socket, told: bytes) -> None:
    n = 8
    for at in range(n):
        wire.sendall(told[len(told) * at // n : len(told) * (at + 1) // n])
        time.sleep(SLOW_SECONDS / n)


def _reset(wire: socket.socket) -> None:
    """Close with RST: what was not read is thrown away."""
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    wire.close()


def _read(wire: socket.socket) -> bytes:
    told = b""
    try:
        while part := wire.recv(65_536):
            told += part
    except ConnectionResetError:
        return told
    return told


def _take_answer(place: Place, one: Sent, wire: socket.socket, begun: float) -> None:
    head, _, body = _read(wire).partition(b"\r\n\r\n")
    status = int(head.split(b" ", 2)[1]) if head else 0
    one.answers[status] += 1
    if status == 202:
        place.load.accept(one, tuple(json.loads(body)["comment_ids"]), begun)
    else:
        one.refused = f"{status}"
