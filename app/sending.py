"""Hand a digest to a mail server or to a webhook.

Whatever goes wrong is told by its kind alone: what a server answers, an address with a key in it
and a password never stand in a message.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import http.client
import ipaddress
import json
import smtplib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Collection
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urlsplit

from feedback.errors import DeliveryError, SettingsError
from feedback.secret_files import read_secret_file
from feedback.subscriptions import is_loopback

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from pydantic import SecretStr

    from feedback.settings import Settings

__all__ = ["SIGNATURE_HEADER", "make_mail", "post_webhook", "read_secret", "send_mail"]

SMTPS_PORT = 465
SECONDS = 10.0
"""How long a server may take for each step."""

ALL_SECONDS = 30.0
"""How long a webhook may take in all."""

TRIES = 3
PAUSE_SECONDS = (1.0, 4.0)
"""Before the second and the third try of a webhook."""

BUSY_STATUSES = frozenset((408, 425, 429, 500, 502, 503, 504))
"""Answers of HTTP that may be other ones a little later."""

MAX_ANSWER_BYTES = 1_024
SIGNATURE_HEADER = "X-Feedback-Signature"


def read_secret(value: SecretStr | None, path: Path | None, name: str) -> str:
    """Return a secret of the settings, given itself or by its file; empty where there is none.

    Raises
    ------
    SettingsError
        Both are given, or the file cannot be read, or others can read it.
    """
    if value is not None and path is not None:
        raise SettingsError(f"Both '{name}' and '{name}_file' are set. Keep one, better the file.")
    if value is not None:
        return value.get_secret_value()
    if path is None:
        return ""
    return read_secret_file(path, f"the file of '{name}'")


def make_mail(
    *,
    sender: str,
    recipient: str,
    subject: str,
    text: str,
    html: str,
    mail_id: str,
    at: datetime,
    stop_url: str = "",
) -> EmailMessage:
    """Return a mail in plain text and HTML.

    Parameters
    ----------
    mail_id
        The same for a mail that is sent again: programs show it once.
    stop_url
        Where somebody can stop these mails.
    """
    mail = EmailMessage()
    mail["Subject"] = subject
    mail["From"] = sender
    mail["To"] = recipient
    mail["Date"] = format_datetime(at)
    domain = parseaddr(sender)[1].rpartition("@")[2]
    mail["Message-ID"] = f"<{mail_id}@{domain or 'localhost'}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["Content-Language"] = "en-GB"
    if stop_url:
        mail["List-Unsubscribe"] = f"<{stop_url}>"
    mail.set_content(text)
    mail.add_alternative(html, subtype="html")
    return mail


def send_mail(settings: Settings, mail: EmailMessage) -> None:
    """Hand a mail to the server of the settings.

    Raises
    ------
    DeliveryError
        No server is set, it cannot be reached, does not turn to TLS, or refuses the mail.
    SettingsError
        The password cannot be read.
    """
    if not settings.smtp_host or not settings.digest_from:
        raise DeliveryError("E-mail is not set up: set smtp_host and digest_from.")
    password = read_secret(settings.smtp_password, settings.smtp_password_file, "smtp_password")
    is_tls_first = settings.smtp_port == SMTPS_PORT
    is_safe = is_tls_first or settings.smtp_starttls or is_loopback(settings.smtp_host)
    if settings.smtp_user and not is_safe:
        raise DeliveryError("The password would go out in the clear. Set smtp_starttls to true.")
    try:
        with _connected(settings, is_tls_first=is_tls_first) as server:
            if settings.smtp_starttls and not is_tls_first:
                server.starttls(context=ssl.create_default_context())
            if settings.smtp_user:
                server.login(settings.smtp_user, password)
            server.send_message(mail)
    except (OSError, smtplib.SMTPException) as error:
        raise DeliveryError(_mail_trouble(error)) from None


def _connected(settings: Settings, *, is_tls_first: bool) -> smtplib.SMTP:
    place = settings.smtp_host, settings.smtp_port
    if is_tls_first:
        return smtplib.SMTP_SSL(*place, timeout=SECONDS, context=ssl.create_default_context())
    return smtplib.SMTP(*place, timeout=SECONDS)


def _mail_trouble(error: Exception) -> str:
    """Return what is wrong, by its kind; the server's words may hold an address."""
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return "The mail server offers no TLS. Set smtp_starttls to false if that is as it must be."
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return f"The mail server refused the log-in ({error.smtp_code})."
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code = next(iter(error.recipients.values()))[0]
        return f"The mail server refused the recipient ({code})."
    if isinstance(error, smtplib.SMTPResponseException):
        return f"The mail server refused the mail ({error.smtp_code})."
    if isinstance(error, ssl.SSLCertVerificationError):
        return "The mail server's certificate is not to be trusted."
    if isinstance(error, TimeoutError):
        return f"The mail server did not answer within {SECONDS:.0f} seconds."
    return f"The mail server could not be reached ({type(error).__name__})."


def post_webhook(
    settings: Settings,
    url: str,
    record: dict[str, Any],
    *,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Post a record as JSON; a busy server is asked again, and no redirection is followed.

    The header ``X-Feedback-Signature`` is ``t=SECONDS,v1=HEX``, where HEX is the HMAC-SHA256, by
    the key of the settings, of ``SECONDS.BODY``: who checks it knows who sent it and when.

    Raises
    ------
    DeliveryError
        The address is inside a network and not among ``webhook_hosts``, or the server cannot be
        reached or does not answer with a success.
    SettingsError
        The key cannot be read.
    """
    secret = read_secret(settings.webhook_secret, settings.webhook_secret_file, "webhook_secret")
    parts = urlsplit(url)
    body = json.dumps(record, ensure_ascii=False).encode("utf-8")
    for number in range(TRIES):
        told, is_final = _post(parts, body, _headers(body, secret), settings.webhook_hosts)
        if not told:
            return
        if is_final or number == TRIES - 1:
            raise DeliveryError(told)
        sleep(PAUSE_SECONDS[number])


def _headers(body: bytes, secret: str) -> dict[str, str]:
    headers = {"Content-Type": "application/json", "User-Agent": "feedback-toolkit"}
    if secret:
        at = str(int(time.time()))
        signed = hmac.new(secret.encode("utf-8"), at.encode() + b"." + body, hashlib.sha256)
        headers[SIGNATURE_HEADER] = f"t={at},v1={signed.hexdigest()}"
    return headers


def _post(
    parts: SplitResult, body: bytes, headers: dict[str, str], hosts: Collection[str]
) -> tuple[str, bool]:
    """Post once; return what went wrong, or nothing, and whether another try would be in vain."""
    host = parts.hostname or ""
    path = parts.path or "/"
    try:
        port = parts.port or _port(parts)
        addresses = _allowed_addresses(host, port, hosts)
        connection = _Connection(host, addresses, port, is_tls=parts.scheme == "https")
        # A server that sends a byte now and then keeps within the time of each step for ever.
        watch = threading.Timer(ALL_SECONDS, connection.break_off)
        watch.start()
        try:
            query = f"?{parts.query}" if parts.query else ""
            connection.request("POST", path + query, body, {**headers, "Host": parts.netloc})
            answer = connection.getresponse()
            answer.read(MAX_ANSWER_BYTES)
            status = answer.status
        finally:
            watch.cancel()
            connection.close()
    except ssl.SSLCertVerificationError:
        return "The webhook's certificate is not to be trusted.", True
    except TimeoutError:
        return f"The webhook did not answer within {SECONDS:.0f} seconds.", False
    except (OSError, UnicodeError, http.client.HTTPException) as error:
        return f"The webhook could not be reached ({type(error).__name__}).", False
    if 200 <= status < 300:
        return "", True
    if 300 <= status < 400:
        return f"The webhook answered with a redirection ({status}), which is not followed.", True
    return f"The webhook answered with an error ({status}).", status not in BUSY_STATUSES


def _port(parts: SplitResult) -> int:
    return 443 if parts.scheme == "https" else 80


def _allowed_addresses(host: str, port: int, hosts: Collection[str]) -> list[str]:
    """Return where to connect to: addresses that were looked at, so that no other comes later.

    A webhook is called by the server that has the store, which may reach what its author cannot:
    other programs on this machine, a cloud's metadata, the network behind a firewall.

    Raises
    ------
    DeliveryError
        One of the host's addresses is not public, and the host is not allowed by name.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(one[4][0]) for one in found]
    if host not in hosts and not all(_is_public(address) for address in addresses):
        raise DeliveryError(
            "The webhook's host has an address that is not public. If it may be called, name it in "
            "webhook_hosts."
        )
    return addresses


def _is_public(address: str) -> bool:
    """Say whether an address is of the public internet, also where IPv6 wraps one of IPv4."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        wrapped = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if wrapped is not None:
            return _is_public(str(wrapped))
        if ip in _NAT64:
            return _is_public(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
    return ip.is_global and not ip.is_multicast


_NAT64 = ipaddress.ip_network("64:ff9b::/96")
"""RFC 6052: the last 32 bits are an address of IPv4."""


class _Connection(http.client.HTTPConnection):
    """A connection to known addresses of a host: the certificate must be for the host's name."""

    def __init__(self, host: str, addresses: list[str], port: int, *, is_tls: bool) -> None:
        super().__init__(host, port, timeout=SECONDS)
        self._addresses = addresses
        self._is_tls = is_tls

    def connect(self) -> None:
        """Connect to the first address that answers, and turn to TLS."""
        self.sock = self._connected()
        if self._is_tls:
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(self.sock, server_hostname=self.host)

    def _connected(self) -> socket.socket:
        for address in self._addresses[:-1]:
            try:
                return socket.create_connection((address, self.port), timeout=SECONDS)
            except OSError:
                continue
        return socket.create_connection((self._addresses[-1], self.port), timeout=SECONDS)

    def break_off(self) -> None:
        """End the connection from another thread; whoever waits on it is told so."""
        sock = self.sock
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
