"""Takes feedback over HTTP, on this machine only: ``POST /v1/feedback`` and ``GET /healthz``.

``202`` means that the redacted comments are on the disk. Whatever goes wrong, no answer and no log
holds anything of what was sent.
"""

from __future__ import annotations

import json
import logging
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from feedback.errors import SettingsError, StoreError
from feedback.posted import MessageRefused
from feedback.receive import Receiver

if TYPE_CHECKING:
    from feedback.settings import Settings
    from feedback.store import Store

__all__ = ["ADDRESS", "MAX_BODY_BYTES", "make_api", "serve_api"]

ADDRESS = "127.0.0.1"
"""Nobody else can reach it: without keys and TLS, only programs on this machine may send."""

MAX_BODY_BYTES = 256 * 1024
RETRY_SECONDS = 5
"""When to come again after the store could not be written: a chunk of a file takes seconds."""
STOP_SECONDS = 30
"""How long requests that are under way may take when the server is stopped."""

logger = logging.getLogger(__name__)


def make_api(store: Store, receiver: Receiver) -> Starlette:
    """Return the application.

    Parameters
    ----------
    store
        Asked whether it answers.
    receiver
        Takes messages; closed when the application stops.
    """

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        receiver.close()

    api = _Api(store, receiver)
    return Starlette(
        routes=[
            Route("/v1/feedback", api.post, methods=["POST"], max_body_size=MAX_BODY_BYTES),
            Route("/healthz", api.health),
        ],
        exception_handlers={413: _too_large},
        lifespan=lifespan,
    )


class _Api:
    """The endpoints; work that waits for the store is done in a thread."""

    def __init__(self, store: Store, receiver: Receiver) -> None:
        self._store = store
        self._receiver = receiver

    async def post(self, request: Request) -> Response:
        """Take one response or a list of them."""
        # A browser names the page that sends; any page a person visits could post to this machine.
        if "origin" in request.headers:
            return _failed(403, "Web pages cannot send feedback here: no origin is allowed yet.")
        try:
            message = _decoded(await request.body())
            receipt = await run_in_threadpool(self._receiver.take, message)
        except _NotJsonError:
            return _failed(400, "The body is not JSON. Send one object, or a list of objects.")
        except MessageRefused as refused:
            problems = [asdict(problem) for problem in refused.problems]
            return _failed(422, "Nothing was stored: see the problems.", problems=problems)
        except StoreError as error:
            logger.error("%s", error)
            return _busy("The feedback could not be stored. Send it again.")
        except HTTPException:
            raise
        except ClientDisconnect:
            return Response(status_code=400)  # nobody is there to read it
        except Exception as error:  # noqa: BLE001 - its message and its values could quote a comment
            logger.error("A request failed: an unexpected %s.", type(error).__name__)
            return _failed(500, "The feedback could not be taken.")
        return JSONResponse(asdict(receipt), status_code=202)

    async def health(self, _: Request) -> Response:
        """Say whether the store answers."""
        try:
            await run_in_threadpool(self._store.data_version)
        except Exception as error:  # noqa: BLE001 - whatever it is, the store does not answer
            logger.error("The store does not answer: %s.", type(error).__name__)
            return _busy("The store does not answer.")
        return JSONResponse({"status": "ok"})


class _NotJsonError(ValueError):
    """A body that cannot be decoded."""


def _decoded(body: bytes) -> Any:
    try:
        return json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise _NotJsonError from None


def _refuse_constant(_: str) -> None:
    """Refuse NaN and Infinity, which Python reads and JSON does not know."""
    raise _NotJsonError


def _failed(status: int, message: str, **more: Any) -> JSONResponse:
    return JSONResponse({"error": message, **more}, status_code=status)


def _busy(message: str) -> JSONResponse:
    response = _failed(503, message)
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def _too_large(_: Request, __: Exception) -> Response:
    return _failed(413, f"The body is larger than {MAX_BODY_BYTES // 1024} KB.")


def serve_api(settings: Settings, store: Store, *, port: int) -> None:
    """Take feedback until stopped; the redactor and its like are loaded once, at the start.

    Parameters
    ----------
    port
        0 takes a free one; standard error says which.

    Raises
    ------
    SettingsError
        The port is taken.
    """
    import uvicorn

    from app import wiring

    listener = _listen(port)
    receiver = Receiver(
        store,
        redactor=wiring.make_redactor(settings),
        language=wiring.make_language_identifier(),
        reference=wiring.make_reference(),
        settings=settings,
    )
    config = uvicorn.Config(
        make_api(store, receiver),
        access_log=False,
        log_level="warning",
        lifespan="on",
        ws="none",
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=STOP_SECONDS,
    )
    _tell(listener.getsockname()[1])
    uvicorn.Server(config).run(sockets=[listener])


def _listen(port: int) -> socket.socket:
    """Return a socket that listens, so that whoever comes before the models are loaded waits."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((ADDRESS, port))
        listener.listen()
    except OSError:
        listener.close()
        raise SettingsError(
            f"Port {port} is taken. Close what uses it, or choose another with --port."
        ) from None
    return listener


def _tell(port: int) -> None:
    sys.stderr.write(
        f"Feedback is taken at http://{ADDRESS}:{port}/v1/feedback, from this machine only: keys, "
        "TLS and limits come with a later version. Stop it with Ctrl+C.\n"
    )
    sys.stderr.flush()
