"""Whoever reaches the server may send anything: it costs little, breaks and tells nothing."""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import uvicorn
from starlette.testclient import TestClient

from app import api_connections, api_shield
from app.api import SAFE_HEADERS, make_api
from app.api_connections import MAX_HEAD_BYTES, TimedProtocol
from app.serving import _hosts
from feedback import posted_once, schema, sender_keys
from feedback.posted_once import KEPT, Forgetter, keep, posting
from feedback.settings import Settings
from feedback.store import Store
from tests.app.test_http_senders import NOW, PAGE, SLOW, URL, Place
from tests.feedback.pipeline_parts import rows_of

ROUTES = ("/v1/feedback", "/v1/report", "/healthz", "/readyz", "/metrics", "/openapi.json",
          "/widget/demo", "/widget/thanks", "/widget/report.js", "/widget/report.css",
          "/widget/nothing", "/nothing", "/")  # fmt: skip
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "FOO")
MARK = "SECRETxyz"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    place = Place(f"sqlite:///{tmp_path / 'a.db'}", tmp_path, is_local=True)
    with place.client:
        yield place
    place.store.close()


@pytest.mark.parametrize("path", ROUTES)
def test_every_answer_of_every_route_has_the_safe_headers(place: Place, path: str) -> None:
    for method in METHODS:
        answer = place.client.request(method, path, headers={"Origin": "https://evil.example"})
        for name, value in SAFE_HEADERS.items():
            told = answer.headers.get(name.decode())
            assert told is not None, (method, name)
            is_page = path.startswith("/widget/") and answer.status_code == 200
            may_differ = is_page or (method, path) == ("POST", "/v1/report")
            assert told == value.decode() or may_differ, (method, name, told)
        assert "access-control-allow-origin" not in answer.headers or path in (
            "/widget/report.js", "/widget/report.css"
        )  # fmt: skip
        assert answer.status_code < 500
        assert MARK not in answer.text


def test_an_error_inside_has_them_too_and_says_nothing(place: Place, monkeypatch, caplog) -> None:
    def fail(*_: object) -> str:
        raise ZeroDivisionError(MARK)

    monkeypatch.setattr(place.gate, "is_origin", fail)
    answer = place.client.get("/widget/thanks", params={"back": f"https://{MARK}.example"})
    assert (answer.status_code, answer.json()) == (500, {"error": "The request failed."})
    for name, value in SAFE_HEADERS.items():
        assert answer.headers[name.decode()] == value.decode()
    assert "ZeroDivisionError" in caplog.text
    assert MARK not in caplog.text


def test_nothing_that_is_asked_for_is_repeated_or_logged(place: Place, caplog) -> None:
    caplog.set_level(logging.DEBUG, logger="app")
    key = place.key(origins=[PAGE])
    strange = f"{MARK}\r\nERROR forged line"
    for path, sent in (
        (f"/{MARK}", {}),
        (f"/widget/{MARK}", {}),
        ("/widget/thanks", {"params": {"back": f"javascript:{MARK}", "language": MARK}}),
        ("/widget/demo", {"params": {"language": MARK}, "headers": {"Host": f"{MARK}.example"}}),
        ("/healthz", {"headers": {"User-Agent": MARK, "X-Forwarded-For": MARK}}),
    ):
        assert MARK not in place.client.get(path, **sent).text, path
    for sent in (
        {"json": {"comment": "", strange: strange}},
        {"json": {"comment": "x", "service": strange, "submitted_at": strange}},
        {"content": strange, "headers": {"Content-Type": "application/json"}},
        {"content": strange, "headers": {"Content-Type": MARK}},
        {"json": SLOW, "headers": {"Origin": f"https://{MARK}.example"}},
    ):
        headers = {"Authorization": f"Bearer {key}", **sent.get("headers", {})}
        answer = place.client.post(URL, **{**sent, "headers": headers})
        assert answer.status_code in (202, 400, 403, 415, 422), answer.text
        assert MARK not in answer.text
    form = {"key": key, "wrong": "", "language": MARK, "page": strange}
    assert MARK not in place.client.post("/v1/report", data=form).text
    assert MARK not in caplog.text
    assert "forged" not in caplog.text


@pytest.mark.parametrize("back", ["http://[", "https://[::1", "//evil.example", "javascript:x",
                                  "https://www.example.gov.uk@evil.example/",
                                  "https://www.example.gov.uk\\@evil.example/",
                                  "https://evil.example#https://www.example.gov.uk",
                                  "null", "https://WWW.example.gov.uk.evil.example/"])  # fmt: skip
def test_nobody_is_led_to_another_site(place: Place, back: str) -> None:
    key = place.key(origins=[PAGE])
    answer = place.client.get("/widget/thanks", params={"back": back})
    assert answer.status_code == 200
    assert "<a " not in answer.text
    # In a header it may not stand as it is; the form then leads nowhere but to our own thanks.
    headers = {"Referer": back.encode("ascii", "ignore").decode()}
    form = {"key": key, "wrong": "slow"}
    answer = place.client.post("/v1/report", data=form, headers=headers, follow_redirects=False)
    assert answer.status_code == 303
    assert "evil" not in answer.headers["location"]


@pytest.mark.parametrize("origin", [None, "null", "https://evil.example", "http://127.0.0.1"])
def test_no_page_that_a_person_visits_can_post_to_this_machine(
    place: Place, origin: str | None
) -> None:
    """Without a key: browsers send a form to other sites unasked, and may hide where it stands."""
    headers = {"Origin": origin} if origin else {}
    form = {"wrong": "sent by a page that somebody visited"}
    assert place.client.post("/v1/report", data=form, headers=headers).status_code == 401
    if origin is not None:
        assert place.client.post(URL, json=SLOW, headers=headers).status_code == 401
    assert place.n_stored() == 0


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "",
                                  "multipart/form-data; boundary=x", "text/html",
                                  "application/jsonx", "application/json-patch+json"])  # fmt: skip
def test_what_is_not_called_json_is_not_read(place: Place, kind: str) -> None:
    """Pages may send these to other sites without asking first."""
    answer = place.client.post(URL, content=json.dumps(SLOW), headers={"Content-Type": kind})
    assert answer.status_code == 415
    assert place.n_stored() == 0
    right = {"Content-Type": "Application/JSON; charset=utf-8"}
    assert place.client.post(URL, content=json.dumps(SLOW), headers=right).status_code == 202


def test_the_origin_null_is_nobodys(place: Place) -> None:
    key = place.key(origins=[PAGE])
    asked = {"Access-Control-Request-Method": "POST",
             "Access-Control-Request-Headers": "authorization,content-type"}  # fmt: skip
    for origin in ("null", "https://evil.example", PAGE + ".evil.example", PAGE.upper() + "/"):
        answer = place.client.options(URL, headers={"Origin": origin, **asked})
        assert "access-control-allow-origin" not in answer.headers
        headers = {"Origin": origin, "Authorization": f"Bearer {key}"}
        assert place.client.post(URL, json=SLOW, headers=headers).status_code == 403
    answer = place.client.options(URL, headers={"Origin": PAGE, **asked})
    assert answer.headers["access-control-allow-origin"] == PAGE
    assert "access-control-allow-credentials" not in answer.headers
    assert place.n_stored() == 0


def test_what_is_nested_deeply_is_refused(place: Place) -> None:
    """At every depth: just above what can be written again is what can still be read."""
    headers = {"Content-Type": "application/json", "Idempotency-Key": "k"}
    told: dict[int, int] = {}
    for depth in (500, *range(900, 1_000), 5_000, 100_000):
        body = "[" + '{"comment":' * depth + "1" + "}" * depth + "]"
        told[depth] = place.client.post(URL, content=body[:200_000], headers=headers).status_code
        square = "[" * depth + "]" * depth
        assert place.client.post(URL, content=square, headers=headers).status_code in (400, 422)
    assert set(told.values()) <= {400, 422}, {
        d: status for d, status in told.items() if status > 422
    }
    assert set(told.values()) == {400, 422}, "both sides of the edge were seen"


@pytest.mark.parametrize("value", ["1e999", "9" * 5_000, "NaN", '"\\ud800"', '"\\u0000"', "-0"])
def test_strange_values_are_refused_or_kept(place: Place, value: str) -> None:
    body = f'{{"comment": {value}, "service": {value}}}'
    headers = {"Content-Type": "application/json", "Idempotency-Key": "k"}
    answer = place.client.post(URL, content=body, headers=headers)
    assert answer.status_code in (202, 400, 422)


def test_both_refusals_of_a_key_compare_as_much(monkeypatch) -> None:
    compared: list[tuple[str, str]] = []

    def compare(one: str, other: str) -> bool:
        compared.append((one, other))
        return one == other

    monkeypatch.setattr(sender_keys.hmac, "compare_digest", compare)
    store = Store.open("sqlite://")
    with store.changing() as connection:
        key = sender_keys.make_key(connection, "a", "ann", services=None, now=NOW)
    keys = sender_keys.keys_of(store.read(sender_keys.keys_known()))
    other = key[:-1] + ("A" if key[-1] != "A" else "B")
    nobodys = f"fb_{'0' * 8}_{key.split('_', 2)[2]}"
    assert [sender_keys.matching(keys, one) is not None for one in (key, other, nobodys)] == [
        True, False, False,
    ]  # fmt: skip
    assert [len(a) == len(b) == 64 for a, b in compared] == [True] * 3


# Names


def calling(place: Place, name: str | None, path: str = "/metrics", **hosts: object) -> int:
    api = make_api(place.store, place.receiver, place.gate, place.metrics, **hosts)
    client = TestClient(api, base_url="http://127.0.0.1:8600")
    return client.get(path, headers={"Host": name} if name is not None else {}).status_code


def test_a_name_that_was_pointed_to_this_machine_is_refused(place: Place, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, serve_hosts=("Feedback.example.gov.uk",))
    hosts = {"hosts": _hosts(settings, is_local=True)}
    for good in ("127.0.0.1:8600", "localhost", "LOCALHOST:1", "[::1]:8600", "[::1]",
                 "feedback.example.gov.uk", "feedback.example.gov.uk:443"):  # fmt: skip
        assert calling(place, good, **hosts) == 200, good
    for bad in ("evil.example", "evil.example:8600", "127.0.0.1.evil.example", "localhost.evil",
                "", "127.0.0.1@evil.example", "feedback.example.gov.uk.", "0.0.0.0"):  # fmt: skip
        assert calling(place, bad, **hosts) == 421, bad
        assert calling(place, bad, "/healthz", **hosts) == 200, "whatever watches asks by address"
    assert _hosts(Settings(home=tmp_path), is_local=False) is None
    assert _hosts(settings, is_local=False) == {"feedback.example.gov.uk"}
    assert calling(place, "any.example", hosts=None) == 200


# Connections, on a real server


@contextmanager
def serving(place: Place) -> Iterator[int]:
    """Serve as `feedback serve` does, and give the port."""
    listener = socket.create_server(("127.0.0.1", 0))
    api = make_api(place.store, place.receiver, place.gate, place.metrics)
    config = uvicorn.Config(api, http=TimedProtocol, h11_max_incomplete_event_size=MAX_HEAD_BYTES,
                            log_level="warning", lifespan="off", server_header=False)  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(20)


def ask(port: int, sent: bytes, seconds: float = 10) -> bytes:
    """Send some bytes and return all that comes until the connection ends."""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as connection:
        connection.sendall(sent)
        told = b""
        try:
            while part := connection.recv(65_536):
                told += part
        except ConnectionResetError:
            pass
        return told


def goes_on(connection: socket.socket, parts: list[bytes]) -> bool:
    """Send parts slowly; return whether the other side let all of them come."""
    try:
        for part in parts:
            connection.sendall(part)
            time.sleep(0.02)
    except OSError:  # a reset or a broken pipe, as it comes
        return False
    return True


HEALTH = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"


def test_a_head_that_comes_byte_by_byte_is_not_waited_for(place: Place, monkeypatch) -> None:
    monkeypatch.setattr(api_connections, "HEAD_SECONDS", 0.6)
    with serving(place) as port:
        silent = socket.create_connection(("127.0.0.1", port), timeout=10)
        slow = socket.create_connection(("127.0.0.1", port), timeout=10)
        started = time.monotonic()
        assert goes_on(slow, [b"a"] * 400) is False
        assert 0.5 < time.monotonic() - started < 5
        with suppress(ConnectionResetError):
            assert silent.recv(1) == b""
        for one in (silent, slow):
            one.close()
        assert ask(port, HEALTH).startswith(b"HTTP/1.1 200")


def test_a_body_after_a_refusal_is_not_read_for_ever(place: Place, monkeypatch) -> None:
    monkeypatch.setattr(api_connections, "HEAD_SECONDS", 0.6)
    place.key()
    head = b"POST /v1/feedback HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n"
    with serving(place) as port, socket.create_connection(("127.0.0.1", port), 10) as connection:
        connection.sendall(head)
        assert connection.recv(4_096).startswith(b"HTTP/1.1 401")
        assert goes_on(connection, [b"x" * 100] * 400) is False


def test_one_that_goes_on_in_time_is_kept(place: Place, monkeypatch) -> None:
    monkeypatch.setattr(api_connections, "HEAD_SECONDS", 0.8)
    with serving(place) as port, socket.create_connection(("127.0.0.1", port), 10) as connection:
        for _ in range(4):
            connection.sendall(HEALTH.replace(b"Connection: close\r\n", b""))
            told = connection.recv(65_536)
            while not told.endswith(b"}"):
                told += connection.recv(65_536)
            assert told.startswith(b"HTTP/1.1 200")
            time.sleep(0.4)


def test_a_head_without_end_is_refused(place: Place) -> None:
    with serving(place) as port:
        told = ask(port, b"GET / HTTP/1.1\r\nX: " + b"a" * (3 * MAX_HEAD_BYTES))
        assert told.startswith(b"HTTP/1.1 400") or not told  # or reset while still sending
        fits = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX: " + b"a" * 8_000
        assert ask(port, fits + b"\r\n\r\n").startswith(b"HTTP/1.1 200")


def test_what_is_no_http_is_answered_with_the_safe_headers(place: Place) -> None:
    with serving(place) as port:
        for sent in (b"\x16\x03\x01\x00\x00\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n",
                     b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
                     b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
                     b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: x\r\n\r\n"):  # fmt: skip
            told = ask(port, sent).lower()
            assert told.startswith((b"http/1.1 400", b"http/1.1 501")), sent
            for name, value in SAFE_HEADERS.items():
                assert name + b": " + value.lower() in told


def test_one_connection_too_many_is_closed_at_once(place: Place, monkeypatch) -> None:
    monkeypatch.setattr(api_connections, "MAX_CONNECTIONS", 3)
    with serving(place) as port:
        held = [socket.create_connection(("127.0.0.1", port), 10) for _ in range(3)]
        time.sleep(0.3)
        with suppress(BrokenPipeError):
            assert ask(port, HEALTH) == b""
        held.pop().close()
        time.sleep(0.3)
        assert ask(port, HEALTH).startswith(b"HTTP/1.1 200")
        for one in held:
            one.close()


def test_one_request_too_many_is_asked_to_come_again(place: Place, monkeypatch) -> None:
    monkeypatch.setattr(api_shield, "MAX_AT_ONCE", 0)
    answer = place.post()
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) >= 1
    monkeypatch.setattr(api_shield, "MAX_AT_ONCE", 1)
    assert [place.post().status_code for _ in range(3)] == [202] * 3, "none is counted for ever"


# Old answers


def put_answers(store: Store, n: int, age: timedelta) -> None:
    ours = [(posting(b"k" * 32, "k", f"{age} {at}", SLOW), {"comment_ids": []}) for at in range(n)]
    with store.quietly_changing() as connection:
        keep(connection, ours, now=NOW - age)


def wait_for(is_so, seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.02)
    return is_so()


def test_old_answers_go_a_part_at_a_time_and_again_and_again(store_url: str, monkeypatch) -> None:
    monkeypatch.setattr(posted_once, "AT_A_TIME", 10)
    with Store.open(store_url) as store:
        put_answers(store, 25, KEPT + timedelta(days=1))
        put_answers(store, 4, KEPT - timedelta(minutes=1))
        sizes: list[int] = []
        forget = posted_once.forget_old

        def watched(connection: sa.Connection, **given) -> int:
            sizes.append(forget(connection, **given))
            return sizes[-1]

        monkeypatch.setattr(posted_once, "forget_old", watched)
        with Forgetter(store, clock=lambda: NOW, seconds=0.2):
            assert wait_for(lambda: len(rows_of(store, schema.posted_once)) == 4)
            assert sizes == [10, 10, 5]
            put_answers(store, 3, KEPT + timedelta(days=2))
            assert wait_for(lambda: len(rows_of(store, schema.posted_once)) == 4)
        assert sizes == [10, 10, 5, 3]


def test_where_nothing_is_old_nobody_is_kept_from_writing(tmp_path: Path, monkeypatch) -> None:
    with Store.open(f"sqlite:///{tmp_path / 'a.db'}") as store:
        put_answers(store, 3, timedelta(days=1))
        monkeypatch.setattr(store, "quietly_changing", lambda: pytest.fail("wrote"))
        looked = threading.Event()
        read = store.read
        monkeypatch.setattr(store, "read", lambda query: (looked.set(), read(query))[1])
        with Forgetter(store, clock=lambda: NOW):
            assert looked.wait(20)


def test_the_server_forgets_old_answers_by_itself(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'feedback.db'}"
    with Store.open(url) as store:
        put_answers(store, 5, timedelta(days=4_000))
        environment = {**os.environ, "FEEDBACK_STORE": url, "FEEDBACK_HOME": str(tmp_path)}
        command = [str(Path(sys.executable).parent / "feedback"), "serve", "--port", "0"]
        server = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
        try:
            assert wait_for(lambda: rows_of(store, schema.posted_once).empty, 120)
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(60)
