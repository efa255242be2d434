"""A digest reaches a real mail server and a real webhook, safely, or says why it does not."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from app import sending
from app.sending import make_mail, post_webhook, read_secret, send_mail
from feedback.errors import DeliveryError, SettingsError, StoreError
from feedback.settings import Settings
from feedback.subscriptions import clean_target
from tests.app.servers import PASSWORD, USER, Hook, mail_server, make_certificate, webhook

KEY = "k" * 40
RECORD = {"text": "Dim byd newydd – 12 comments", "id": "digest.1"}


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return make_certificate(tmp_path)


@pytest.fixture
def hook() -> Iterator[Hook]:
    with webhook() as served:
        yield served


def settings(**given: Any) -> Settings:
    usual = {"smtp_host": "localhost", "digest_from": "Feedback <feedback@example.gov.uk>"}
    return Settings(**{**usual, "webhook_hosts": ("localhost",), **given})


def a_mail(recipient: str = "ann@example.gov.uk") -> EmailMessage:
    return make_mail(
        sender="Feedback <feedback@example.gov.uk>",
        recipient=recipient,
        subject="Adborth – 12 comments",
        text="Nothing new – dim byd newydd.\n",
        html="<html lang='en-GB'><body><h1>Nothing new – dim byd newydd.</h1></body></html>",
        mail_id="digest.1.2026-04-01",
        at=datetime(2026, 4, 2, 9, tzinfo=UTC),
        stop_url="https://feedback.example.gov.uk/digests",
    )


def test_a_mail_arrives_with_its_headings_and_both_parts() -> None:
    with mail_server() as box:
        send_mail(settings(smtp_port=box.port, smtp_starttls=False), a_mail())
    ((recipients, mail, _),) = box.mails
    assert recipients == ["ann@example.gov.uk"]
    assert mail["Subject"] == "Adborth – 12 comments"
    assert mail["Date"].datetime == datetime(2026, 4, 2, 9, tzinfo=UTC)
    assert mail["Message-ID"] == "<digest.1.2026-04-01@example.gov.uk>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Unsubscribe"] == "<https://feedback.example.gov.uk/digests>"
    assert mail.get_content_type() == "multipart/alternative"
    text, html = mail.iter_parts()
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert text.get_content().strip() == "Nothing new – dim byd newydd."
    assert "<h1>Nothing new – dim byd newydd.</h1>" in html.get_content()


def test_a_trusted_certificate_is_taken_and_the_mail_goes_over_tls(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with mail_server(certificate) as box:
        send_mail(settings(smtp_port=box.port), a_mail())
    assert [is_tls for _, _, is_tls in box.mails] == [True]


def test_a_certificate_nobody_vouches_for_is_refused(certificate: Path) -> None:
    not_trusted = pytest.raises(DeliveryError, match="certificate is not to be trusted")
    with mail_server(certificate) as box, not_trusted:
        send_mail(settings(smtp_port=box.port), a_mail())
    assert box.mails == []


def test_a_server_without_tls_gets_nothing_unless_that_is_set() -> None:
    with mail_server() as box:
        with pytest.raises(DeliveryError, match="offers no TLS"):
            send_mail(settings(smtp_port=box.port), a_mail())
        assert box.mails == []
        send_mail(settings(smtp_port=box.port, smtp_starttls=False), a_mail())
    assert len(box.mails) == 1


def test_a_password_lets_in_and_a_wrong_one_is_not_repeated(
    certificate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    path = tmp_path / "password"
    path.write_text(f"{PASSWORD}\n")
    path.chmod(0o600)
    with mail_server(certificate, log_in=True) as box:
        given = {"smtp_port": box.port, "smtp_user": USER}
        send_mail(settings(**given, smtp_password_file=path), a_mail())
        wrong = SecretStr("n0t-this-one")
        with pytest.raises(DeliveryError, match=r"refused the log-in \(535\)") as caught:
            send_mail(settings(**given, smtp_password=wrong), a_mail())
    assert len(box.mails) == 1
    assert "n0t-this-one" not in str(caught.value)


def test_a_password_never_goes_over_a_network_in_the_clear(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def connect(*_: object, **__: object) -> None:
        raise AssertionError("it connected")

    monkeypatch.setattr("socket.create_connection", connect)
    given = {"smtp_host": "mail.example.gov.uk", "smtp_starttls": False, "smtp_user": USER}
    with pytest.raises(DeliveryError, match="in the clear"):
        send_mail(settings(**given, smtp_password=SecretStr(PASSWORD)), a_mail())


def test_what_a_mail_server_says_is_not_repeated() -> None:
    refused = pytest.raises(DeliveryError, match=r"refused the recipient \(550\)")
    with mail_server() as box, refused as caught:
        send_mail(settings(smtp_port=box.port, smtp_starttls=False), a_mail("nobody@x.org"))
    assert "s3cret" not in str(caught.value)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]
    with pytest.raises(DeliveryError, match="could not be reached"):
        send_mail(settings(smtp_port=free), a_mail())
    with pytest.raises(DeliveryError, match="set smtp_host and digest_from"):
        send_mail(Settings(), a_mail())


def test_a_webhook_gets_json_signed_so_that_anybody_with_the_key_can_check(hook: Hook) -> None:
    before = int(time.time())
    post_webhook(settings(webhook_secret=SecretStr(KEY)), hook.url, RECORD)
    ((path, headers, body),) = hook.requests
    assert path == "/hook/s3cret?channel=1"
    assert json.loads(body) == RECORD
    assert headers["Content-Type"] == "application/json"
    signed = re.fullmatch(r"t=(\d+),v1=([0-9a-f]{64})", headers["X-Feedback-Signature"])
    assert signed is not None
    assert before <= int(signed[1]) <= time.time()
    expected = hmac.new(KEY.encode(), f"{signed[1]}.".encode() + body, hashlib.sha256).hexdigest()
    assert signed[2] == expected


def test_without_a_key_nothing_is_signed(hook: Hook) -> None:
    post_webhook(settings(), hook.url, RECORD)
    assert "X-Feedback-Signature" not in hook.requests[0][1]


def test_a_busy_webhook_is_asked_again_after_ever_longer_pauses(hook: Hook) -> None:
    hook.answers = [500, 429, 200]
    pauses: list[float] = []
    post_webhook(settings(), hook.url, RECORD, sleep=pauses.append)
    assert len(hook.requests) == 3
    assert pauses == [1.0, 4.0]


@pytest.mark.parametrize(
    ("status", "n_tries", "told"),
    [
        (500, 3, r"answered with an error \(500\)"),
        (503, 3, r"answered with an error \(503\)"),
        (404, 1, r"answered with an error \(404\)"),
        (410, 1, r"answered with an error \(410\)"),
        (301, 1, r"a redirection \(301\), which is not followed"),
        (307, 1, r"a redirection \(307\), which is not followed"),
    ],
)
def test_what_will_not_do_is_told(hook: Hook, status: int, n_tries: int, told: str) -> None:
    hook.answers = [status]
    with pytest.raises(DeliveryError, match=told) as caught:
        post_webhook(settings(), hook.url, RECORD, sleep=lambda _: None)
    assert [path for path, _, _ in hook.requests] == ["/hook/s3cret?channel=1"] * n_tries
    assert "s3cret" not in str(caught.value)


def test_a_slow_webhook_is_given_up(hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "SECONDS", 0.2)
    hook.seconds = 1.0
    with pytest.raises(DeliveryError, match="did not answer"):
        post_webhook(settings(), hook.url, RECORD, sleep=lambda _: None)


def test_a_webhook_that_trickles_is_given_up(hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "ALL_SECONDS", 0.5)
    monkeypatch.setattr(sending, "TRIES", 1)
    hook.trickles = True
    started = time.monotonic()
    with pytest.raises(DeliveryError, match="could not be reached"):
        post_webhook(settings(), hook.url, RECORD)
    assert time.monotonic() - started < 10


def test_a_webhook_over_tls_must_be_trusted(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with webhook(certificate) as hook:
        with pytest.raises(DeliveryError, match="certificate is not to be trusted"):
            post_webhook(settings(), hook.url, RECORD)
        assert hook.requests == []
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        post_webhook(settings(), hook.url, RECORD)
        assert len(hook.requests) == 1
        monkeypatch.setattr(sending, "_allowed_addresses", lambda *_: ["127.0.0.1"])
        with pytest.raises(DeliveryError, match="certificate is not to be trusted"):
            post_webhook(settings(), hook.url.replace("localhost", "example.org"), RECORD)


INSIDE = [
    "127.0.0.1",
    "127.8.9.10",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.9",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
]
OUTSIDE = ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:93.184.216.34"]


@pytest.mark.parametrize("address", INSIDE + OUTSIDE)
def test_only_public_addresses_are_called(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[Any] = []

    def connect(place: Any, **_: object) -> None:
        called.append(place)
        raise ConnectionRefusedError

    def look_up(_host: str, port: int, **_: object) -> list[Any]:
        return [(0, 0, 0, "", ("93.184.216.34", port)), (0, 0, 0, "", (address, port))]

    monkeypatch.setattr("socket.getaddrinfo", look_up)
    monkeypatch.setattr("socket.create_connection", connect)
    monkeypatch.setattr(sending, "TRIES", 1)
    told = "not public" if address in INSIDE else "could not be reached"
    with pytest.raises(DeliveryError, match=told):
        post_webhook(settings(webhook_hosts=()), "https://hooks.example.org/x", RECORD)
    assert called == ([] if address in INSIDE else [("93.184.216.34", 443), (address, 443)])


def test_a_host_is_looked_up_once_so_that_it_cannot_answer_otherwise_later(
    hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    real = socket.getaddrinfo

    def look_up(host: str, *given: Any, **more: Any) -> Any:
        asked.append(host)
        return real(host, *given, **more)

    monkeypatch.setattr("socket.getaddrinfo", look_up)
    post_webhook(settings(), hook.url, RECORD)
    # What is connected to is an address; looking one up gives itself.
    assert [host for host in asked if host == "localhost"] == ["localhost"]


def test_a_host_inside_is_called_when_it_is_named(hook: Hook) -> None:
    with pytest.raises(DeliveryError, match="webhook_hosts"):
        post_webhook(settings(webhook_hosts=("other.example.org",)), hook.url, RECORD)
    assert hook.requests == []
    post_webhook(settings(webhook_hosts=("localhost",)), hook.url, RECORD)
    assert len(hook.requests) == 1


@pytest.mark.parametrize(
    "target",
    [
        "ann@example.gov.uk",
        "ann.o'neil+feedback@example.gov.uk",
        "https://hooks.example.org/services/T0/B1?x=1",
        "https://hooks.example.org:8443/",
        "http://127.0.0.1:9000/hook",
        "http://localhost/hook",
        "http://[::1]:9000/hook",
    ],
)
def test_a_target_that_can_be_reached_safely_is_taken(target: str) -> None:
    assert clean_target(f" {target} ") == target


@pytest.mark.parametrize(
    "target",
    [
        "",
        "ann b",
        "ann@",
        "@courts.example.org",
        "ann@example.gov.uk, bob@example.gov.uk",
        "ann,bob@example.gov.uk",
        "<ann>@example.gov.uk",
        '"ann@evil.example"@example.gov.uk',
        "ann@example.gov.uk\nBcc: everybody@example.gov.uk",
        "a..b@example.gov.uk",
        "http://hooks.example.org/x",
        "http://localhost.example.org/x",
        "ftp://hooks.example.org/x",
        "file:///etc/passwd",
        "https:///x",
        "https://user:word@hooks.example.org/x",
        "https://hooks.example.org/x#part",
        "https://hooks.example.org/a b",
        "https://hooks.example.org/x\r\nHost: other",
        "https://hööks.example.org/x",
        "https://hooks.example.org:port/x",
        "https://" + "a" * 600 + ".org",
    ],
)
def test_any_other_target_is_refused(target: str) -> None:
    with pytest.raises(StoreError) as caught:
        clean_target(target)
    assert not target or target not in str(caught.value), "what was typed is not repeated"


def test_a_secret_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text(KEY)
    path.chmod(0o644)
    with pytest.raises(SettingsError, match="chmod 600"):
        read_secret(None, path, "webhook_secret")
    path.chmod(0o600)
    assert read_secret(None, path, "webhook_secret") == KEY
    with pytest.raises(SettingsError, match="Keep one"):
        read_secret(SecretStr(KEY), path, "webhook_secret")
    with pytest.raises(SettingsError, match="cannot be read"):
        read_secret(None, tmp_path / "gone", "webhook_secret")
    assert read_secret(None, None, "webhook_secret") == ""
