"""Real servers that digests are sent to: a mail server and a webhook, on this machine."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

USER, PASSWORD = "feedback", "c0rrect-h0rse"


@dataclass
class Mailbox:
    """What a mail server took in: who it was for, the mail, and whether it came over TLS."""

    port: int
    mails: list[tuple[list[str], EmailMessage, bool]] = field(default_factory=list)
    seconds: float = 0.0

    async def handle_DATA(self, _server: Any, session: Any, envelope: Any) -> str:
        if self.seconds:
            time.sleep(self.seconds)  # nobody else is served meanwhile
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append((envelope.rcpt_tos, mail, session.ssl is not None))
        return "250 kept"

    async def handle_RCPT(
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if address.startswith("nobody"):
            return "550 no such mailbox as s3cret-words-of-the-server"
        envelope.rcpt_tos.append(address)
        return "250 OK"


def _log_in(_server: Any, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> AuthResult:
    is_known = isinstance(given, LoginPassword) and given == LoginPassword(
        USER.encode(), PASSWORD.encode()
    )
    return AuthResult(success=is_known, handled=False)


@contextmanager
def mail_server(certificate: Path | None = None, *, log_in: bool = False) -> Iterator[Mailbox]:
    """Serve mail on a free port; with a certificate it turns to TLS."""
    with socket.socket() as probe:  # aiosmtpd must be told which port
        probe.bind(("127.0.0.1", 0))
        box = Mailbox(probe.getsockname()[1])
    context = None
    if certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
    server = Controller(
        box,
        hostname="127.0.0.1",
        port=box.port,
        tls_context=context,
        require_starttls=context is not None,
        auth_required=log_in,
        authenticator=_log_in if log_in else None,
    )
    server.start()
    try:
        yield box
    finally:
        server.stop()


@dataclass
class Hook:
    """What a webhook was sent, and what it answers, in turn; the last answer stays."""

    url: str = ""
    answers: list[int] = field(default_factory=lambda: [204])
    seconds: float = 0.0
    trickles: bool = False
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    def answer(self) -> int:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def webhook(certificate: Path | None = None) -> Iterator[Hook]:
    """Serve a webhook on a free port; with a certificate over TLS."""
    hook = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            hook.requests.append((self.path, dict(self.headers), body))
            time.sleep(hook.seconds)
            if hook.trickles:
                for letter in "HTTP/1.0 200 OK\r\nX: " + "a" * 1_000:
                    time.sleep(0.05)
                    self.wfile.write(letter.encode())
            self.send_response(hook.answer())
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_GET(self) -> None:
            hook.requests.append((self.path, dict(self.headers), b""))

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    scheme = "https" if certificate else "http"
    hook.url = f"{scheme}://localhost:{server.server_port}/hook/s3cret?channel=1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield hook
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def make_certificate(folder: Path) -> Path:
    """Write a certificate for localhost, with its key, that signs itself."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "localhost.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path
