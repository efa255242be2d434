"""Takes feedback over HTTP: ``POST /v1/feedback``, forms of web pages, health and figures.

``202`` means that the redacted comments are on the disk. Whatever goes wrong, no answer and no log
holds anything of what was sent.
"""

from __future__ import annotations

import json
import logging
import math
import time
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.api_gate import Admitted, Gate, RefusedError
from app.api_metrics import CONTENT_TYPE, Metrics
from app.api_pages import Pages
from app.api_schema import openapi
from app.api_shield import SAFE_HEADERS, SafeHeaders, Shield
from app.api_waiting import BodiesInTime, receipt_of
from feedback.errors import (
    IdempotencyKeyError,
    NotYoursError,
    StoreError,
    TooManyWaitingError,
    UnexpectedError,
)
from feedback.posted import MessageRefused
from feedback.sender_keys import mark_used
from feedback.store import utc_now

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from feedback.receive import Receiver
    from feedback.store import Store

__all__ = ["MAX_BODY_BYTES", "SAFE_HEADERS", "make_api"]

MAX_BODY_BYTES = 256 * 1024
RETRY_SECONDS = 5
"""When to come again after the store could not be written: a chunk of a file takes seconds."""
MAX_KEY_CHARACTERS = 255
ALIVE = "/healthz"
"""Says that the process lives, whatever the store does."""

logger = logging.getLogger(__name__)


def make_api(
    store: Store,
    receiver: Receiver,
    gate: Gate,
    metrics: Metrics,
    *,
    hosts: Collection[str] | None = None,
) -> Starlette:
    """Return the application.

    Parameters
    ----------
    store
        Asked whether it answers.
    receiver
        Takes messages; closed when the application stops.
    gate
        Knows who may send.
    metrics
        Counts; `Receiver` tells it of transactions.
    hosts
        Names by which it may be called; see `Shield`.
    """

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await run_in_threadpool(receiver.close)

    class OriginsOfKeys(CORSMiddleware):
        def is_allowed_origin(self, origin: str) -> bool:
            return gate.is_origin(origin)

    api = _Api(store, receiver, gate, metrics)
    return Starlette(
        routes=[
            Route("/v1/feedback", api.post, methods=["POST"], max_body_size=MAX_BODY_BYTES),
            Route(ALIVE, api.health),
            Route("/readyz", api.ready),
            Route("/metrics", api.metrics),
            Route("/openapi.json", api.document),
            *Pages(receiver, gate, metrics).routes(),
        ],
        middleware=[
            Middleware(SafeHeaders),
            Middleware(Shield, hosts=hosts),
            Middleware(BodiesInTime),
            Middleware(KnowsKeys, gate=gate),
            Middleware(
                OriginsOfKeys,
                allow_methods=["POST"],
                allow_headers=["authorization", "content-type", "idempotency-key"],
                expose_headers=["retry-after"],
            ),
        ],
        exception_handlers={
            408: _too_slow,
            413: _too_large,
            HTTPException: _other,
            ClientDisconnect: _left,
        },
        lifespan=lifespan,
    )


class KnowsKeys:
    """Has the keys read before anybody asks which web pages may send."""

    def __init__(self, app: ASGIApp, gate: Gate) -> None:
        self._app = app
        self._gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; if the store does not answer, whoever needs a key is told so."""
        is_asked = scope["type"] == "http" and scope["path"] != ALIVE
        if is_asked and not self._gate.has_looked:
            try:
                await run_in_threadpool(self._gate.look)
            except StoreError as error:
                logger.error("%s", error)
        await self._app(scope, receive, send)


class _Api:
    """The endpoints; what waits for the store is done in a thread."""

    def __init__(self, store: Store, receiver: Receiver, gate: Gate, metrics: Metrics) -> None:
        self._store = store
        self._receiver = receiver
        self._gate = gate
        self._metrics = metrics

    async def post(self, request: Request) -> Response:
        """Take one response or a list of them."""
        started = time.perf_counter()
        response = await self._post(request)
        self._metrics.answered(response.status_code, time.perf_counter() - started)
        return response

    async def _post(self, request: Request) -> Response:
        try:
            admitted = self._gate.admit(request.headers)
            _look_at_kind(request.headers)
            message = _decoded(await request.body())
            promise = self._receiver.submit(
                message, admitted.sender, idempotency_key=_idempotency_key(request.headers)
            )
            receipt = await receipt_of(promise)
        except HTTPException:
            raise
        except ClientDisconnect:
            return Response(status_code=400)  # nobody is there to read it
        except Exception as error:  # noqa: BLE001 - its message and its values could quote a comment
            return _problem(error)
        return JSONResponse(asdict(receipt), status_code=202, background=self._used(admitted))

    def _used(self, admitted: Admitted) -> BackgroundTask | None:
        """Write down that a key was used, after the answer went out, now and then."""
        if admitted.key is None or not self._gate.is_news(admitted.key):
            return None
        return BackgroundTask(_mark_used, self._store, admitted.key.key_id)

    async def health(self, _: Request) -> Response:
        """Say that the server runs."""
        return JSONResponse({"status": "ok"})

    async def ready(self, _: Request) -> Response:
        """Say whether the store answers."""
        try:
            await run_in_threadpool(self._store.data_version)
        except Exception as error:  # noqa: BLE001 - whatever it is, the store does not answer
            logger.error("The store does not answer: %s.", type(error).__name__)
            return _busy("The store does not answer.")
        return JSONResponse({"status": "ready"})

    async def metrics(self, _: Request) -> Response:
        """Give all figures as OpenMetrics."""
        try:
            told = await run_in_threadpool(self._metrics.text)
        except StoreError as error:
            logger.error("%s", error)
            return _busy("The store does not answer.")
        return Response(told, headers={"content-type": CONTENT_TYPE})

    async def document(self, _: Request) -> Response:
        """Describe all this as OpenAPI."""
        return JSONResponse(openapi())


async def _mark_used(store: Store, key_id: str) -> None:
    def mark() -> None:
        with store.quietly_changing() as connection:
            mark_used(connection, key_id, now=utc_now())

    try:
        await run_in_threadpool(mark)
    except StoreError as error:
        logger.error("%s", error)


class _NotJsonError(ValueError):
    """A body that cannot be decoded."""


class _OtherKindError(ValueError):
    """A body that does not say that it is JSON."""


class _NoKeyError(ValueError):
    """An idempotency key of another form."""


def _look_at_kind(headers: Mapping[str, str]) -> None:
    """Refuse what is not called JSON: web pages may send any other kind unasked."""
    if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise _OtherKindError


def _decoded(body: bytes) -> Any:
    try:
        return json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise _NotJsonError from None


def _refuse_constant(_: str) -> None:
    """Refuse NaN and Infinity, which Python reads and JSON does not know."""
    raise _NotJsonError


def _idempotency_key(headers: Mapping[str, str]) -> str:
    given = headers.get("idempotency-key")
    if given is None:
        return ""
    if not 1 <= len(given) <= MAX_KEY_CHARACTERS or not given.isascii() or not given.isprintable():
        raise _NoKeyError
    return given


def _problem(error: Exception) -> Response:
    """Return the answer to a message that was not taken."""
    match error:
        case _NotJsonError():
            return _failed(400, "The body is not JSON. Send one object, or a list of objects.")
        case RecursionError():
            return _failed(400, "The body is nested too deeply.")
        case _OtherKindError():
            return _failed(415, "Send JSON, as Content-Type: application/json.")
        case _NoKeyError():
            told = f"An Idempotency-Key has 1 to {MAX_KEY_CHARACTERS} printable ASCII characters."
            return _failed(400, told)
        case RefusedError():
            return _refused(error)
        case NotYoursError():
            return _failed(403, str(error))
        case IdempotencyKeyError():
            return _failed(422, str(error), problems=[])
        case MessageRefused():
            problems = [asdict(problem) for problem in error.problems]
            return _failed(422, "Nothing was stored: see the problems.", problems=problems)
        case TooManyWaitingError():
            return _busy("More arrives than can be stored. Send it again.")
        case StoreError():
            return _busy("The feedback could not be stored. Send it again.")
    if not isinstance(error, UnexpectedError):  # the receiver has told of those
        logger.error("A request failed: an unexpected %s.", type(error).__name__)
    return _failed(500, "The feedback could not be taken.")


def _failed(status: int, message: str, **more: Any) -> JSONResponse:
    return JSONResponse({"error": message, **more}, status_code=status)


def _refused(refusal: RefusedError) -> Response:
    response = _failed(refusal.status, refusal.message)
    if refusal.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    if refusal.retry_seconds is not None:
        response.headers["Retry-After"] = str(math.ceil(refusal.retry_seconds))
    return response


def _busy(message: str) -> JSONResponse:
    response = _failed(503, message)
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def _too_slow(_: Request, __: Exception) -> Response:
    response = _failed(408, "The body did not come to its end in time. Send it again.")
    response.headers["Connection"] = "close"
    return response


def _left(_: Request, __: Exception) -> Response:
    return Response(status_code=400)  # nobody is there to read it


def _other(_: Request, error: Exception) -> Response:
    """Answer what no endpoint is for: JSON like all others, and nothing of what was asked."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = getattr(error, "headers", None)
    told = {404: "There is nothing here.", 405: "This is not done here."}
    message = told.get(status, "The request cannot be answered.")
    return JSONResponse({"error": message}, status_code=status, headers=headers)


def _too_large(_: Request, __: Exception) -> Response:
    return _failed(413, f"The body is larger than {MAX_BODY_BYTES // 1024} KB.")
