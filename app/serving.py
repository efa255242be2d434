"""Run the server that takes feedback."""

from __future__ import annotations

import ipaddress
import signal
import socket
import sys
from typing import TYPE_CHECKING

from feedback.errors import SettingsError

if TYPE_CHECKING:
    from feedback.settings import Settings
    from feedback.store import Store

__all__ = ["listen", "serve_api"]

LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
SWITCH_SECONDS = 0.0005
"""How long the receiver's thread keeps the interpreter while a request waits for it."""
STOP_SECONDS = 30
"""How long requests that are under way may take when the server is stopped."""


def serve_api(settings: Settings, store: Store, *, address: str, port: int) -> None:
    """Take feedback until stopped; the redactor and its like are loaded once, at the start.

    Parameters
    ----------
    address
        That of this machine that it listens at; on others than 127.0.0.1 every sender needs a key.
    port
        0 takes a free one; standard error says which.

    Raises
    ------
    SettingsError
        The address is none of this machine's, or the port is taken.
    """
    import uvicorn

    from app import wiring
    from app.api import make_api
    from app.api_connections import MAX_HEAD_BYTES, TimedProtocol
    from app.api_gate import Gate
    from app.api_metrics import Metrics
    from feedback.posted_once import Forgetter
    from feedback.receive import Receiver
    from feedback.store import utc_now

    # Also while the models are loaded; later uvicorn sends it on when all is answered.
    signal.signal(signal.SIGTERM, _stop)
    is_local = _is_local(address)
    listener = listen(address, port)
    metrics = Metrics(store)
    receiver = Receiver(
        store,
        redactor=wiring.make_redactor(settings),
        language=wiring.make_language_identifier(),
        reference=wiring.make_reference(),
        settings=settings,
        tell=metrics.stored,
    )
    metrics.watch(receiver)
    gate = Gate(store, per_minute=settings.serve_per_minute, is_local=is_local)
    config = uvicorn.Config(
        make_api(store, receiver, gate, metrics, hosts=_hosts(settings, is_local=is_local)),
        http=TimedProtocol,
        h11_max_incomplete_event_size=MAX_HEAD_BYTES,
        access_log=False,
        log_level="warning",
        lifespan="on",
        ws="none",
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=STOP_SECONDS,
    )
    _tell(address, listener.getsockname()[1], is_local=is_local)
    sys.setswitchinterval(SWITCH_SECONDS)
    with Forgetter(store, clock=utc_now):
        uvicorn.Server(config).run(sockets=[listener])


def _hosts(settings: Settings, *, is_local: bool) -> frozenset[str] | None:
    """Return the names that the server may be called by; None: any.

    On this machine no other than its own: a page whose own name was pointed here could otherwise
    read what the server tells.
    """
    named = frozenset(name.lower() for name in settings.serve_hosts)
    if is_local:
        return named | LOCAL_NAMES
    return named or None


def _stop(_: int, __: object) -> None:
    """End well: who asks a service to stop takes another end for a failure."""
    raise SystemExit(0)


def _is_local(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        raise SettingsError(
            f"'{address[:60]}' is no address of a machine. Give one such as 127.0.0.1 or 0.0.0.0."
        ) from None


def listen(address: str, port: int) -> socket.socket:
    """Return a socket that listens, so that whoever comes before the models are loaded waits."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((address, port))
        listener.listen(1_024)
    except OSError as error:
        listener.close()
        raise SettingsError(
            f"Nothing can be served at {address}, port {port} ({error.strerror}). Close what uses "
            "the port, or choose another with --port or --address."
        ) from None
    return listener


def _tell(address: str, port: int, *, is_local: bool) -> None:
    host = f"[{address}]" if ":" in address else address
    who = (
        "from this machine only; no key is needed until there is one (feedback keys)"
        if is_local
        else "from whoever has a key (feedback keys); put TLS before it (docs/security.md)"
    )
    sys.stderr.write(f"Feedback is taken at http://{host}:{port}/v1/feedback, {who}. ")
    sys.stderr.write("Stop it with Ctrl+C.\n")
    sys.stderr.flush()
