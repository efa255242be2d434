"""Feedback posted over HTTP is redacted, on the disk when it is accepted, and never echoed."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from app.api import MAX_BODY_BYTES, make_api
from app.api_gate import Gate
from app.api_metrics import Metrics
from feedback import schema
from feedback.errors import StoreError
from feedback.mapping import FIELDS
from feedback.receive import Receiver
from feedback.reference import load_reference
from feedback.settings import Settings
from feedback.store import Store
from tests import fakes
from tests.feedback.pipeline_parts import rows_of

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
SECRET = "SECRETxyz"
URL = "/v1/feedback"
JSON = {"Content-Type": "application/json"}


def poison(text: str) -> None:
    if "poison" in text:
        raise ZeroDivisionError(f"could not redact {text!r}")


class Place:
    """A store, and an application in front of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = f"sqlite:///{folder / 'feedback.db'}"
        self.store = Store.open(self.url)
        metrics = Metrics(self.store)
        receiver = Receiver(
            self.store,
            redactor=fakes.EmailRedactor(before=poison),
            language=fakes.WelshWordIdentifier(),
            reference=load_reference(),
            settings=Settings(home=folder),
            clock=lambda: NOW,
            tell=metrics.stored,
        )
        gate = Gate(self.store, per_minute=6_000, is_local=True)
        api = make_api(self.store, receiver, gate, metrics)
        self.client = TestClient(api, raise_server_exceptions=True)

    def post(self, message: object):
        return self.client.post(URL, json=message)

    def problems(self, message: object) -> list[tuple]:
        answer = self.post(message)
        assert answer.status_code == 422
        assert SECRET not in answer.text
        assert rows_of(self.store, schema.comments).empty
        return [(p["row"], p["field"], p["problem"]) for p in answer.json()["problems"]]

    def written(self) -> bytes:
        return b"".join(p.read_bytes() for p in sorted(self.folder.rglob("*")) if p.is_file())


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    place = Place(tmp_path)
    with place.client:
        yield place
    place.store.close()


WHOLE = {
    "comment": "The <b>upload</b> page is slow, write to ann@example.org",
    "service": "Divorce",
    "page": "https://www.example.gov.uk/divorce/payment?session=abc",
    "submitted_at": "2026-04-03T09:15:00+01:00",
    "response_id": "R1",
    "question": "What went wrong?",
    "satisfaction": 2,
    "effort": 5,
    "help_needed": True,
    "completed": False,
    "device": "phone of b@example.org",
    "browser": "Firefox 128",
    "region": "Wales",
}


def test_accepted_is_on_the_disk_redacted(place: Place) -> None:
    assert set(WHOLE) == set(FIELDS)
    answer = place.post(WHOLE)
    assert answer.status_code == 202
    told = answer.json()
    assert (told["n_new"], told["n_known"]) == (1, 0)
    with Store.open(place.url, create=False) as reopened:  # as another process sees it
        comment = rows_of(reopened, schema.comments).iloc[0]
        response = rows_of(reopened, schema.responses).iloc[0]
        spans = rows_of(reopened, schema.spans)
    assert [comment["comment_id"]] == told["comment_ids"]
    assert comment["text"] == "The upload page is slow, write to [EMAIL]"
    assert (comment["service"], comment["page"]) == ("divorce", "/divorce/payment")
    assert (comment["source"], comment["question"]) == ("http", "What went wrong?")
    assert comment["submitted_at"] == datetime(2026, 4, 3, 8, 15, tzinfo=UTC)
    assert (comment["received_at"], comment["language"]) == (NOW, "en")
    assert (response["satisfaction"], response["effort"]) == (2, 5)
    assert (response["help_needed"], response["completed"]) == (True, False)
    assert response["device"] == "phone of [EMAIL]"
    assert (response["browser"], response["region"]) == ("Firefox 128", "Wales")
    assert spans["entity"].tolist() == ["EMAIL"]


def test_a_comment_alone_is_enough_and_is_of_now(place: Place) -> None:
    assert place.post({"comment": "Very slow today"}).status_code == 202
    comment = rows_of(place.store, schema.comments).iloc[0]
    assert (comment["submitted_at"], comment["service"]) == (NOW, "unknown")


def test_a_list_keeps_its_order(place: Place) -> None:
    texts = [f"comment number {n}" for n in range(100)]
    told = place.post([{"comment": text} for text in texts]).json()
    assert told["n_new"] == 100
    stored = rows_of(place.store, schema.comments).set_index("comment_id")["text"]
    assert stored.loc[told["comment_ids"]].tolist() == texts


def test_the_same_response_twice_adds_nothing(place: Place) -> None:
    first = place.post(WHOLE).json()
    version = place.store.data_version()
    again = place.post(WHOLE)
    assert again.status_code == 202
    assert again.json() == {"comment_ids": first["comment_ids"], "n_new": 0, "n_known": 1}
    assert place.store.data_version() == version
    both = place.post([WHOLE, {**WHOLE, "response_id": "R2"}]).json()
    assert (both["n_new"], both["n_known"]) == (1, 1)
    assert len(rows_of(place.store, schema.comments)) == 2


def test_answers_to_two_questions_are_one_response(place: Place) -> None:
    place.post([WHOLE, {**WHOLE, "question": "What would help?", "comment": "a save button"}])
    assert len(rows_of(place.store, schema.comments)) == 2
    assert len(rows_of(place.store, schema.responses)) == 1


def test_a_number_counts_within_its_service(place: Place) -> None:
    for service in ("Divorce", "Probate"):
        answer = place.post({"comment": "slow", "service": service, "response_id": "1"})
        assert answer.json()["n_new"] == 1


def test_without_a_number_the_same_words_are_two_people(place: Place) -> None:
    same = {"comment": "The page is slow for me", "submitted_at": "2026-04-03T09:15:00Z"}
    assert place.post([same, same]).json()["n_new"] == 2
    assert place.post(same).json()["n_new"] == 1
    stored = rows_of(place.store, schema.comments)
    assert stored["duplicate_of"].notna().sum() == 2  # marked, and kept


S = SECRET
TWO_DAYS_ON = (NOW + timedelta(days=2)).isoformat()
RATING = "must be a whole number from 1 to 5"
ISO = "must be a date and time in ISO 8601, such as 2026-04-03T09:15:00+01:00"
UNKNOWN = f"has 1 fields that are not known; known: {', '.join(FIELDS)}"


@pytest.mark.parametrize(
    ("message", "problem"),
    [
        ({"page": f"/{S}"}, (1, "comment", "is required")),
        ({"comment": None}, (1, "comment", "is required")),
        ({"comment": " \u200b\n"}, (1, "comment", "is empty")),
        ({"comment": [S]}, (1, "comment", "must be text")),
        ({"comment": S, "service": 7}, (1, "service", "must be text")),
        ({"comment": S, "response_id": 7}, (1, "response_id", "must be text")),
        ({"comment": S, "satisfaction": 6}, (1, "satisfaction", RATING)),
        ({"comment": S, "satisfaction": True}, (1, "satisfaction", RATING)),
        ({"comment": S, "effort": S}, (1, "effort", RATING)),
        ({"comment": S, "effort": 4.5}, (1, "effort", RATING)),
        ({"comment": S, "completed": f"no {S}"}, (1, "completed", "must be true or false")),
        ({"comment": S, "help_needed": 1}, (1, "help_needed", "must be true or false")),
        ({"comment": S, "submitted_at": f"{S}"}, (1, "submitted_at", ISO)),
        ({"comment": S, "submitted_at": 1775200000}, (1, "submitted_at", ISO)),
        (
            {"comment": S, "submitted_at": "2026-04-03T09:15:00"},
            (1, "submitted_at", "needs a time zone, such as Z or +01:00"),
        ),
        ({"comment": S, "submitted_at": TWO_DAYS_ON}, (1, None, "the date lies in the future")),
        ({"comment": S, S: S}, (1, None, UNKNOWN)),
        (S, (1, None, "is not a JSON object")),
        ([], (None, None, "holds 0 responses; send 1 to 100")),
        ([{"comment": S}] * 101, (None, None, "holds 101 responses; send 1 to 100")),
        ({"comment": f"poison {S}"}, (1, None, "cannot be processed")),
        ({"comment": S, "browser": f"poison {S}"}, (1, None, "cannot be processed")),
    ],
)
def test_each_problem_is_named_and_nothing_echoed(
    place: Place, capfd, caplog, message: object, problem: tuple
) -> None:
    assert place.problems(message) == [problem]
    heard = capfd.readouterr()
    assert SECRET not in heard.out + heard.err + caplog.text
    assert SECRET.encode() not in place.written()


def test_all_problems_of_a_message_are_told_at_once(place: Place) -> None:
    message = [{"comment": "fine"}, {"satisfaction": 0}, {"comment": 1, "effort": 9}]
    assert place.problems(message) == [
        (2, "comment", "is required"),
        (2, "satisfaction", RATING),
        (3, "comment", "must be text"),
        (3, "effort", RATING),
    ]


@pytest.mark.parametrize(
    "bad", [{"comment": 7}, {"comment": "poison"}, {"comment": "a", "submitted_at": TWO_DAYS_ON}]
)
def test_one_bad_response_keeps_the_whole_list_out(place: Place, bad: dict) -> None:
    good = {"comment": "Very slow today", "response_id": "R1"}
    assert place.problems([good, bad])[0][0] == 2
    for table in (schema.responses, schema.rejects, schema.runs):
        assert rows_of(place.store, table).empty
    assert place.post([good]).json()["n_new"] == 1


def test_one_response_cannot_answer_a_question_twice_in_a_list(place: Place) -> None:
    other = {**WHOLE, "comment": "something else"}
    assert place.problems([WHOLE, other]) == [(2, None, "repeats the response reference of row 1")]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"comment=" + S.encode(),
        b'{"comment": "' + S.encode(),
        b'{"comment": NaN}',
        b"\xff\xfe{",
        b"[" * 100_000,
        b'{"comment": 1' + b"0" * 10_000 + b"}",
    ],
)
def test_what_is_no_json_is_told_so(place: Place, capfd, caplog, body: bytes) -> None:
    answer = place.client.post(URL, content=body, headers=JSON)
    assert answer.status_code == 400
    heard = capfd.readouterr()
    assert SECRET not in answer.text + heard.out + heard.err + caplog.text


@pytest.mark.parametrize("comment", ["\ud800 broken \x00 pieces", "😀" * 10, "=1+1", "<script>"])
def test_strange_texts_go_in(place: Place, comment: str) -> None:
    body = json.dumps({"comment": comment})
    assert place.client.post(URL, content=body, headers=JSON).status_code == 202
    assert len(rows_of(place.store, schema.comments)) == 1


def test_a_body_that_is_too_large_is_refused_declared_or_not(place: Place) -> None:
    head, tail = b'{"comment": "', b'"}'
    fits = head + b"a" * (MAX_BODY_BYTES - len(head + tail)) + tail
    assert place.client.post(URL, content=fits, headers=JSON).status_code == 202
    too_large = fits.replace(b"aa", b"aaa", 1)
    assert place.client.post(URL, content=too_large, headers=JSON).status_code == 413
    blocks = (too_large[n : n + 10_000] for n in range(0, len(too_large), 10_000))
    assert place.client.post(URL, content=blocks, headers=JSON).status_code == 413
    assert len(rows_of(place.store, schema.comments)) == 1


def test_other_methods_and_paths_are_refused(place: Place) -> None:
    assert place.client.get(URL).status_code == 405
    assert place.client.put(URL, json=WHOLE).status_code == 405
    assert place.client.post("/healthz").status_code == 405
    assert place.client.get(f"/{SECRET}").json() == {"error": "There is nothing here."}
    assert place.client.get("/").status_code == 404


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null", "http://127.0.0.1:8502"])
def test_a_web_page_cannot_send(place: Place, origin: str) -> None:
    answer = place.client.post(URL, json=WHOLE, headers={"Origin": origin})
    assert answer.status_code == 401
    assert rows_of(place.store, schema.comments).empty


def test_health_is_the_stores(place: Place, monkeypatch, caplog) -> None:
    assert place.client.get("/healthz").json() == {"status": "ok"}
    assert place.client.get("/readyz").json() == {"status": "ready"}

    def broken() -> int:
        raise StoreError("The store is busy.")

    monkeypatch.setattr(place.store, "data_version", broken)
    assert place.client.get("/readyz").status_code == 503
    assert place.client.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    ("error", "status"),
    [(StoreError("The store is busy."), 503), (RuntimeError(f"near {SECRET}"), 500)],
)
def test_a_failure_has_no_detail_and_stores_nothing(
    place: Place, monkeypatch, capfd, caplog, error: Exception, status: int
) -> None:
    def fail(*_: object, **__: object) -> int:
        raise error

    monkeypatch.setattr(place.store, "append", fail)
    answer = place.post({"comment": SECRET, "response_id": "R1"})
    assert answer.status_code == status
    assert ("Retry-After" in answer.headers) == (status == 503)
    heard = capfd.readouterr()
    assert SECRET not in answer.text + heard.out + heard.err + caplog.text
    assert type(error).__name__ in caplog.text or "busy" in caplog.text
    monkeypatch.undo()
    assert place.post({"comment": SECRET, "response_id": "R1"}).json()["n_new"] == 1


def test_senders_at_the_same_time_lose_nothing_and_repeat_nothing(place: Place) -> None:
    accepted: list[int] = []

    def send(sender: int) -> None:
        for n in range(10):
            shared = {"comment": f"shared report {n}", "response_id": f"shared {n}"}
            own = {"comment": f"report {n} of sender {sender}", "response_id": f"{sender} {n}"}
            accepted.append(place.post([own, shared]).json()["n_new"])

    senders = [threading.Thread(target=send, args=(sender,)) for sender in range(6)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert len(accepted) == 60
    assert sum(accepted) == len(rows_of(place.store, schema.comments)) == 70


def test_of_two_equal_reports_at_the_same_time_one_is_the_duplicate(
    place: Place, monkeypatch
) -> None:
    look_up = place.store.near_candidates

    def look_up_slowly(service, keys):
        found = look_up(service, keys)
        time.sleep(0.3)  # time enough for the other one to look up too, if it may
        return found

    monkeypatch.setattr(place.store, "near_candidates", look_up_slowly)
    message = {"comment": "the payment page said something went wrong when I pressed continue"}
    senders = [threading.Thread(target=place.post, args=(message,)) for _ in range(2)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    stored = rows_of(place.store, schema.comments)
    assert stored["duplicate_of"].isna().tolist().count(True) == 1
    assert len(stored) == 2


def test_a_run_is_recorded_with_its_end(tmp_path: Path) -> None:
    place = Place(tmp_path)
    with place.client:
        place.post({"comment": "Very slow today"})
        place.post([{"comment": "ok"}, {"comment": "poison"}])
    run = rows_of(place.store, schema.runs).iloc[0]
    place.store.close()
    assert (run["kind"], run["n_in"], run["n_rejected"]) == ("serve", 3, 2)
    assert run["finished_at"] is not None


# The command itself, with the real redactor, in a process of its own.


class Server:
    """A running ``feedback serve`` on a free port."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.process = subprocess.Popen(
            [Path(sys.executable).with_name("feedback"), "serve", "--port", "0"],
            env={"PATH": "/usr/bin:/bin", "HOME": str(home), "FEEDBACK_HOME": str(home)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.told = self.process.stderr.readline()
        found = re.search(r"http://127\.0\.0\.1:(\d+)", self.told)
        assert found, self.told + self.process.stderr.read()
        self.port = int(found[1])
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=60)

    def stop(self, by: signal.Signals) -> str:
        self.client.close()
        self.process.send_signal(by)
        out, err = self.process.communicate(timeout=60)
        assert out == ""
        return err


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    yield server
    if server.process.poll() is None:
        server.process.kill()
        server.process.communicate()


def test_a_killed_server_has_kept_what_it_accepted(server: Server) -> None:
    assert "this machine only" in server.told
    assert server.client.get("/healthz", params={"q": SECRET}).status_code == 200
    text = "The payment failed. Email me at jo.bloggs@example.org, my NINO is AB123456C"
    answer = server.client.post(URL, params={"q": SECRET}, json={"comment": text})
    assert answer.status_code == 202
    err = server.stop(signal.SIGKILL)
    assert err == ""
    with Store.open(f"sqlite:///{server.home / 'feedback.db'}", create=False) as store:
        stored = rows_of(store, schema.comments)
        assert store.check() == ""
    assert stored["comment_id"].tolist() == answer.json()["comment_ids"]
    assert "[EMAIL]" in stored["text"][0]
    written = b"".join(p.read_bytes() for p in server.home.rglob("*") if p.is_file())
    for secret in (b"jo.bloggs", b"AB123456C", SECRET.encode()):
        assert secret not in written


def test_bad_requests_leave_no_trace_and_a_stop_is_clean(server: Server) -> None:
    bodies = [b"{", b'{"comment": 1}', json.dumps([SECRET]).encode()]
    for body in bodies:
        server.client.post(URL, content=body, params={"q": SECRET}, headers={**JSON, "x": SECRET})
    assert server.client.post(URL, content=b"a" * 2 * MAX_BODY_BYTES).status_code == 413
    for rest in (b'{"comment": "' + SECRET.encode(), SECRET.encode() + b" / / \r\n\r\n"):
        with socket.create_connection(("127.0.0.1", server.port)) as cut:
            head = b"POST /v1/feedback HTTP/1.1\r\nHost: a\r\nContent-Length: 999\r\n\r\n"
            cut.sendall(head + rest if rest.startswith(b"{") else rest)
    assert server.client.post(URL, json={"comment": "Very slow today"}).status_code == 202
    err = server.stop(signal.SIGTERM)
    assert SECRET not in err
    assert "Traceback" not in err
    with Store.open(f"sqlite:///{server.home / 'feedback.db'}", create=False) as store:
        assert len(rows_of(store, schema.comments)) == 1
        run = store.read(sa.select(schema.runs)).iloc[0]
    assert (run["n_in"], run["finished_at"] is not None) == (1, True)


def test_a_taken_port_is_told_in_one_line(tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        told = subprocess.run(
            [Path(sys.executable).with_name("feedback"), "serve", "--port", str(port)],
            env={**os.environ, "FEEDBACK_HOME": str(tmp_path), "FEEDBACK_STORE": ""},
            capture_output=True,
            text=True,
            timeout=120,
        )
    assert told.returncode == 2
    assert told.stderr.startswith(f"feedback: Nothing can be served at 127.0.0.1, port {port} (")
    assert len(told.stderr.splitlines()) == 1
