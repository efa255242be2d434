"""What stands before every endpoint of the server: a limit, host names, headers, one kind of error.

Whoever reaches the server may send anything. How much of it is worked on at a time is bounded here,
and whatever goes wrong inside becomes an answer that says nothing of what was sent; nor does the
log.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from typing import TYPE_CHECKING

from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["MAX_AT_ONCE", "SAFE_HEADERS", "SafeHeaders", "Shield"]

MAX_AT_ONCE = 512
"""Requests worked on at a time, twice what may wait to be stored: 128 MB of bodies at most."""
RETRY_SECONDS = 5
OPEN_TO_ALL_HOSTS = frozenset({"/healthz", "/readyz"})
"""Asked by addresses alone, by whatever watches over servers; they tell nothing."""

SAFE_HEADERS = {
    b"cache-control": b"no-store",
    b"content-security-policy": b"default-src 'none'; frame-ancestors 'none'",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"permissions-policy": b"camera=(), geolocation=(), microphone=()",
    b"referrer-policy": b"no-referrer",
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
}
"""What every answer says to browsers, unless it says otherwise itself."""

logger = logging.getLogger(__name__)


class SafeHeaders:
    """Adds `SAFE_HEADERS` to every answer that does not say otherwise."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                told = {name.lower() for name, _ in message["headers"]}
                more = [pair for pair in SAFE_HEADERS.items() if pair[0] not in told]
                message = {**message, "headers": [*message["headers"], *more]}
            await send(message)

        await self._app(scope, receive, with_headers)


class Shield:
    """Lets requests through in bounds, and turns whatever escapes into one answer.

    Parameters
    ----------
    hosts
        Names by which the server may be called, in lower case and without ports; None: any. A web
        page whose own name was pointed at this machine calls it by that name.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str] | None = None) -> None:
        self._app = app
        self._hosts = hosts
        self._n_now = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif not self._is_called_rightly(scope):
            told = "This server is not called so. Its keeper names it in FEEDBACK_SERVE_HOSTS."
            await JSONResponse({"error": told}, status_code=421)(scope, receive, send)
        elif self._n_now >= MAX_AT_ONCE:
            headers = {"retry-after": str(RETRY_SECONDS)}
            answer = JSONResponse({"error": "Too much arrives. Send it again."}, 503, headers)
            await answer(scope, receive, send)
        else:
            self._n_now += 1
            try:
                await self._pass_on(scope, receive, send)
            finally:
                self._n_now -= 1

    def _is_called_rightly(self, scope: Scope) -> bool:
        if self._hosts is None or scope["path"] in OPEN_TO_ALL_HOSTS:
            return True
        given = [value for name, value in scope["headers"] if name == b"host"]
        return len(given) == 1 and _host(given[0].decode("latin-1")) in self._hosts

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_begun = False

        async def watched(message: Message) -> None:
            nonlocal is_begun
            is_begun = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except ClientDisconnect:
            return  # nobody is there to hear of it
        except Exception as error:  # noqa: BLE001 - its message and its values could quote a comment
            logger.error("A request failed: an unexpected %s.", type(error).__name__)
            if not is_begun:
                answer = JSONResponse({"error": "The request failed."}, status_code=500)
                await answer(scope, receive, send)


def _host(given: str) -> str:
    """Return a Host header's name without its port, in lower case."""
    name, colon, port = given.strip().lower().rpartition(":")
    return (name if colon and port.isdecimal() else given.strip().lower()).strip("[]")
