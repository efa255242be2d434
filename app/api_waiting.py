"""How long the server waits: for the body of a request, and for a message's turn."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException

from feedback.errors import TooManyWaitingError
from feedback.receive import Receipt

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["BODY_SECONDS", "TURN_SECONDS", "BodiesInTime", "receipt_of"]

BODY_SECONDS = 30.0
"""From its first byte to its last: 256 KB over the slowest telephone."""
TURN_SECONDS = 10.0
"""How long a message may wait for its turn: less than proxies and senders wait for an answer."""


class BodiesInTime:
    """Answers 408 to a request whose body does not come to its end in time."""

    def __init__(self, app: ASGIApp, seconds: float = BODY_SECONDS) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        deadline = asyncio.get_running_loop().time() + self._seconds
        is_whole = False

        async def in_time() -> Message:
            nonlocal is_whole
            if is_whole:  # what comes now is that the sender leaves, whenever it does
                return await receive()
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(408) from None
            is_whole = not message.get("more_body", False)
            return message

        await self._app(scope, in_time, send)


async def receipt_of(promise: Future[Receipt], seconds: float = TURN_SECONDS) -> Receipt:
    """Wait for a message's receipt, but not for ever for its turn.

    What is being stored is waited for to the end, or its sender would not know what became of it.

    Raises
    ------
    TooManyWaitingError
        Its turn did not come; nothing of it was stored, nor will be.
    """
    told = asyncio.wrap_future(promise)
    await asyncio.wait([told], timeout=seconds)
    if not told.done() and promise.cancel():
        raise TooManyWaitingError(f"Its turn did not come within {seconds:.0f} seconds.")
    return await told
