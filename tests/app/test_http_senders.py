"""Who may post: keys, their services, limits and web pages; messages that come twice; figures."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from app.api import SAFE_HEADERS, make_api
from app.api_gate import Gate
from app.api_metrics import Metrics
from feedback import posted_once, schema
from feedback.errors import StoreError, TooManyWaitingError
from feedback.receive import MAX_WAITING, Receiver, Sender
from feedback.reference import load_reference
from feedback.sender_keys import keys_known, keys_of, make_key, mark_used, revoke_key
from feedback.settings import Settings
from feedback.store import Store
from tests import fakes
from tests.feedback.pipeline_parts import rows_of

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
URL = "/v1/feedback"
PAGE = "https://www.example.gov.uk"
SLOW = {"comment": "the upload was slow, ring 07700 900123", "service": "Divorce"}


class Clock:
    """The machine's own time, which only moves when told."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


class Place:
    """A store with an application in front of it that knows its keys."""

    def __init__(self, url: str, home: Path, *, is_local: bool = False) -> None:
        self.store = Store.open(url)
        self.time = Clock()
        self.metrics = Metrics(self.store)
        self.receiver = Receiver(
            self.store,
            redactor=fakes.EmailRedactor(),
            language=fakes.WelshWordIdentifier(),
            reference=load_reference(),
            settings=Settings(home=home),
            clock=lambda: NOW,
            tell=self.metrics.stored,
        )
        self.metrics.watch(self.receiver)
        self.gate = Gate(self.store, per_minute=60, is_local=is_local, monotonic=self.time)
        self.client = TestClient(make_api(self.store, self.receiver, self.gate, self.metrics))

    def key(self, name: str = "survey tool", **given) -> str:
        given = {"services": None, **given}
        with self.store.quietly_changing() as connection:
            key = make_key(connection, name, "ann", now=NOW, **given)
        self.time.seconds += 10  # the list of keys is read anew
        return key

    def post(self, message: object = SLOW, key: str | None = None, **headers: str):
        if key is not None:
            headers["Authorization"] = f"Bearer {key}"
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(URL, json=message, headers=told)

    def n_stored(self) -> int:
        return len(rows_of(self.store, schema.comments))


@pytest.fixture
def place(store_url: str, tmp_path: Path) -> Iterator[Place]:
    place = Place(store_url, tmp_path)
    with place.client:
        yield place
    place.store.close()


def test_without_a_key_nothing_goes_in(place: Place) -> None:
    answer = place.post()
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    for wrong in ("", "x", "fb_00000000_" + "a" * 43, place.key() + "a", place.key("b")[:-1]):
        assert place.post(key=wrong).status_code == 401
    assert place.n_stored() == 0
    assert place.post(key=place.key("c")).status_code == 202


def test_on_this_machine_no_key_is_needed_until_there_is_one(tmp_path: Path) -> None:
    place = Place(f"sqlite:///{tmp_path / 'a.db'}", tmp_path, is_local=True)
    with place.client:
        assert place.post().status_code == 202
        assert place.post(Origin=PAGE).status_code == 401, "any page could post to this machine"
        key = place.key()
        assert place.post().status_code == 401
        assert place.post(key=key).status_code == 202
    place.store.close()


def test_a_key_is_kept_as_a_digest_and_shown_once(place: Place, tmp_path: Path) -> None:
    key = place.key()
    kept = rows_of(place.store, schema.sender_keys).iloc[0]
    assert key.split("_", 2)[2] not in str(dict(kept))
    assert len(kept["digest"]) == 64
    line = rows_of(place.store, schema.audit).iloc[0]
    assert (line["action"], line["object"]) == ("make key", f"key {key.split('_')[1]}")
    assert key.split("_", 2)[2] not in str(dict(line))
    written = b"".join(one.read_bytes() for one in tmp_path.rglob("*") if one.is_file())
    assert key.split("_", 2)[2].encode() not in written


def test_a_revoked_key_is_refused(place: Place) -> None:
    key = place.key()
    assert place.post(key=key).status_code == 202
    with place.store.quietly_changing() as connection:
        revoke_key(connection, key.split("_")[1], "bob", now=NOW)
        with pytest.raises(StoreError, match="no key of that id in force"):
            revoke_key(connection, key.split("_")[1], "bob", now=NOW)
    place.time.seconds += 2.1
    assert place.post(key=key).status_code == 401
    (known,) = keys_of(place.store.read(keys_known()))
    assert (known.revoked_by, known.revoked_at) == ("bob", NOW)
    place.key()  # its name is free again


def test_a_key_is_for_its_services_alone(place: Place) -> None:
    key = place.key(services=["divorce", "probate"])
    assert place.post(key=key).status_code == 202
    other = {"comment": "slow", "service": "Make a plea"}
    answer = place.post([SLOW, other], key=key)
    assert answer.status_code == 403
    assert "divorce, probate" in answer.json()["error"]
    assert place.post({"comment": "which service?"}, key=key).status_code == 403
    assert place.n_stored() == 1


def test_the_only_service_of_a_key_stands_where_none_is_named(place: Place) -> None:
    key = place.key(services=["probate"])
    assert place.post({"comment": "no service named"}, key=key).status_code == 202
    assert place.post({"comment": "x", "page": "/help/fees"}, key=key).status_code == 202
    assert set(rows_of(place.store, schema.comments)["service"]) == {"probate"}


def test_one_senders_fault_is_not_the_others(place: Place) -> None:
    """Messages that are worked on together stay apart."""
    mine, theirs = Sender("a", ("divorce",)), Sender("b", ("probate",))
    hold = threading.Event()
    look_up = place.store.known_ids

    def slowly(ids):
        hold.wait(10)
        return look_up(ids)

    place.store.known_ids = slowly
    first = place.receiver.submit({"comment": "hold the line"})
    good = place.receiver.submit(SLOW, mine)
    stranger = place.receiver.submit(SLOW, theirs)
    late = place.receiver.submit({"comment": "x", "submitted_at": "2027-01-01T00:00:00Z"})
    again = place.receiver.submit([SLOW, {**SLOW, "response_id": "7"}], mine)
    hold.set()
    assert first.result(10).n_new == good.result(10).n_new == 1
    with pytest.raises(Exception, match="for probate"):
        stranger.result(10)
    with pytest.raises(Exception, match="1 problems"):
        late.result(10)
    assert again.result(10).n_new == 2
    assert place.n_stored() == 4


def test_a_limit_is_told_with_when_to_come_again(place: Place) -> None:
    key, other = place.key(per_minute=2), place.key("other")
    assert [place.post(key=key).status_code for _ in range(3)] == [202, 202, 429]
    assert place.post(key=key).headers["retry-after"] == "30"
    assert place.post(key=other).status_code == 202
    place.time.seconds += 29
    assert place.post(key=key).status_code == 429
    place.time.seconds += 1
    assert place.post(key=key).status_code == 202


def test_pages_of_named_origins_may_send(place: Place) -> None:
    programs, pages = place.key(), place.key("widget", origins=[f"{PAGE.upper()}/"])
    asked = {"Access-Control-Request-Method": "POST", "Origin": PAGE}
    wanted = {"Access-Control-Request-Headers": "authorization,content-type,idempotency-key"}
    place.post(key=pages)
    answer = place.client.options(URL, headers={**asked, **wanted})
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == PAGE
    elsewhere = place.client.options(URL, headers={**asked, "Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in elsewhere.headers
    sent = place.post(key=pages, Origin=PAGE)
    assert sent.status_code == 202
    assert sent.headers["access-control-allow-origin"] == PAGE
    assert place.post(key=pages, Origin="https://evil.example").status_code == 403
    assert place.post(key=programs, Origin=PAGE).status_code == 403


@pytest.mark.parametrize(
    "origin", ["", "www.example.gov.uk", "http://www.example.gov.uk", f"{PAGE}/page", "null", "*"]
)
def test_what_is_no_origin_is_refused(place: Place, origin: str) -> None:
    with pytest.raises(StoreError, match="An origin is a scheme and a host"):
        place.key(origins=[origin])


@pytest.mark.parametrize("name", ["", "   ", "x" * 121])
def test_a_key_needs_a_name_of_its_own(place: Place, name: str) -> None:
    with pytest.raises(StoreError, match="1 to 120 characters"):
        place.key(name)
    place.key("twice")
    with pytest.raises(StoreError, match="'twice'"):
        place.key(" twice ")


def test_it_is_kept_to_the_hour_when_a_key_was_used(place: Place) -> None:
    key = place.key()
    place.post(key=key)
    (known,) = keys_of(place.store.read(keys_known()))
    assert known.used_at is not None
    for hours, expected in ((0.5, NOW), (1.5, NOW + timedelta(hours=1.5))):
        with place.store.quietly_changing() as connection:
            if hours == 0.5:
                connection.execute(sa.update(schema.sender_keys).values(used_at=NOW))
            mark_used(connection, known.key_id, now=NOW + timedelta(hours=hours))
        (again,) = keys_of(place.store.read(keys_known()))
        assert again.used_at == expected


def test_a_message_sent_again_is_stored_once_and_answered_alike(place: Place) -> None:
    key = place.key()
    message = [{"comment": "no number of its own"}, SLOW]
    first = place.post(message, key=key, Idempotency_Key="a1")
    again = place.post(message, key=key, Idempotency_Key="a1")
    assert first.status_code == again.status_code == 202
    assert first.json() == again.json()
    assert (first.json()["n_new"], place.n_stored()) == (2, 2)
    assert place.post(message, key=key, Idempotency_Key="a2").json()["n_new"] == 2
    assert place.post(message, key=place.key("b"), Idempotency_Key="a1").json()["n_new"] == 2
    kept = rows_of(place.store, schema.posted_once).to_string()
    assert "a1" not in kept.split()
    assert "number of its own" not in kept


def test_another_message_under_the_same_key_is_refused(place: Place) -> None:
    key = place.key()
    assert place.post(SLOW, key=key, Idempotency_Key="a1").status_code == 202
    answer = place.post({**SLOW, "comment": "something else"}, key=key, Idempotency_Key="a1")
    assert answer.status_code == 422
    assert "another message" in answer.json()["error"]
    assert place.n_stored() == 1


def test_the_same_message_many_times_at_once_is_stored_once(place: Place) -> None:
    key = place.key(per_minute=1_000)
    answers: list[dict] = []

    def send() -> None:
        answers.append(place.post([SLOW, SLOW], key=key, Idempotency_Key="once").json())

    senders = [threading.Thread(target=send) for _ in range(12)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert len({str(answer) for answer in answers}) == 1
    assert answers[0]["n_new"] == place.n_stored() == 2


def test_two_servers_store_a_message_once(store_url: str, tmp_path: Path) -> None:
    """What the other server has answered meanwhile is found when it is written."""
    places = [Place(store_url, tmp_path) for _ in range(2)]
    seen = places[0].store.id_key()
    mine = posted_once.posting(seen, "k", "once", SLOW)
    with places[0].store.quietly_changing() as connection:
        posted_once.keep(connection, [(mine, {"comment_ids": []})], now=NOW)
    with pytest.raises(sa.exc.IntegrityError), places[1].store._engine.begin() as connection:
        posted_once.keep(connection, [(mine, {"comment_ids": []})], now=NOW)
    for place in places:
        place.receiver.close()
        place.store.close()


@pytest.mark.parametrize("given", ["x" * 256, "a\tb", "caf\u00e9"])
def test_an_idempotency_key_of_another_form_is_told_so(place: Place, given: str) -> None:
    headers = {"Authorization": f"Bearer {place.key()}", "Idempotency-Key": given.encode()}
    answer = place.client.post(URL, json=SLOW, headers=headers)
    assert answer.status_code == 400
    assert "Idempotency-Key" in answer.json()["error"]
    assert place.n_stored() == 0


def test_old_answers_are_forgotten(place: Place) -> None:
    key = place.key()
    place.post(SLOW, key=key, Idempotency_Key="a1")
    for age, n_left in ((posted_once.KEPT, 1), (posted_once.KEPT + timedelta(seconds=1), 0)):
        with place.store.quietly_changing() as connection:
            posted_once.forget_old(connection, now=NOW + age)
        assert len(rows_of(place.store, schema.posted_once)) == n_left


def test_too_many_at_once_are_asked_to_come_again(place: Place, monkeypatch) -> None:
    hold = threading.Event()
    monkeypatch.setattr(place.store, "known_ids", lambda _: hold.wait(20) and set())
    key = place.key(per_minute=100_000)
    first = place.receiver.submit({"comment": "hold the line"})
    while place.receiver.n_waiting:
        pass
    waiting = [place.receiver.submit({"comment": f"number {n}"}) for n in range(MAX_WAITING)]
    with pytest.raises(TooManyWaitingError):
        place.receiver.submit(SLOW)
    answer = place.post(key=key)
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) >= 1
    hold.set()
    assert first.result(20).n_new == 1
    assert sum(one.result(20).n_new for one in waiting) == MAX_WAITING
    assert place.n_stored() == MAX_WAITING + 1
    assert place.post(key=key).status_code == 202


def figures(place: Place) -> dict[str, float]:
    answer = place.client.get("/metrics")
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    return {
        sample.name + "".join(f" {value}" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_figures_tell_what_came_and_never_what_it_said(place: Place) -> None:
    key = place.key()
    place.post({"comment": "SECRETxyz wrote to ann@example.org", "page": "/SECRETxyz"}, key=key)
    place.post({"comment": ""}, key=key)
    place.post(SLOW)
    told = figures(place)
    assert told["feedback_answers_total 202"] == told["feedback_answers_total 422"] == 1
    assert told["feedback_answers_total 401"] == 1
    assert told["feedback_comments_total"] == told["feedback_comments_waiting"] == 1
    assert told["feedback_redacted_total EMAIL"] == 1
    assert told["feedback_answer_seconds_count"] == 3
    assert told["feedback_messages_waiting"] == 0
    assert "SECRETxyz" not in place.client.get("/metrics").text


def test_every_answer_has_the_headers_that_keep_browsers_safe(place: Place) -> None:
    for answer in (place.post(), place.client.get("/healthz"), place.client.get("/nothing")):
        for name, value in SAFE_HEADERS.items():
            assert answer.headers[name.decode()] == value.decode()
