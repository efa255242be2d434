"""Connections to the server: how many there are, and how long one may take to say what it wants."""

from __future__ import annotations

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from app.api_shield import SAFE_HEADERS

__all__ = ["HEAD_SECONDS", "MAX_CONNECTIONS", "MAX_HEAD_BYTES", "TimedProtocol"]

HEAD_SECONDS = 15.0
"""How long the head of a request may take, from the connection or the last answer on."""
MAX_CONNECTIONS = 800
"""Open at a time; a process may have 1,024 files open on most machines, the store's among them."""
MAX_HEAD_BYTES = 16 * 1024
"""Request line and headers together."""


class TimedProtocol(H11Protocol):
    """HTTP/1.1 for strangers: uvicorn waits without end for a head that comes byte by byte."""

    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request, unless there are too many connections."""
        super().connection_made(transport)
        if len(self.connections) > MAX_CONNECTIONS:
            transport.abort()
        else:
            self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._stop_timer()
        super().connection_lost(exc)

    def handle_events(self) -> None:
        """Work on what came; a head that is whole has come in time."""
        super().handle_events()
        if self.cycle is not None and not self.cycle.response_complete:
            self._stop_timer()

    def on_response_complete(self) -> None:
        """Wait for the next request; what is left of this one's body comes within that time."""
        self._expect_head()
        super().on_response_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP, with the headers of every other answer."""
        headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
        head = h11.Response(
            status_code=400, headers=[*headers, *SAFE_HEADERS.items()], reason=b"Bad Request"
        )
        for event in (head, h11.Data(data=msg.encode("ascii")), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event))
        self.transport.close()

    def _expect_head(self) -> None:
        self._stop_timer()
        self._head_timer = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _give_up(self) -> None:
        """Close at once: who sends too slowly may read too slowly, too."""
        self.transport.abort()
