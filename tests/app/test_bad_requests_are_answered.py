"""Whatever a server is sent, it answers as its document says, and stores what it said it stored."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis

from app.api_schema import openapi
from feedback import schema
from tests.app.bad_requests import Answers, look, try_document, try_everything_else, wrong_fields
from tests.app.test_http_senders import SLOW, Place
from tests.feedback.pipeline_parts import rows_of

SEED = 7


@pytest.fixture
def place(store_url: str, tmp_path: Path) -> Iterator[Place]:
    place = Place(store_url, tmp_path)
    with place.client:
        yield place
    place.store.close()


def send_to(place: Place):
    def send(method: str, path: str, headers: dict[str, str], body: bytes):
        told = {name.encode(): value.encode("latin-1") for name, value in headers.items()}
        return place.client.request(
            method, path, headers=told, content=body, follow_redirects=False
        )

    return send


def test_the_document_holds_for_all_that_is_made_of_it(place: Place) -> None:
    key = place.key(per_minute=1_000_000)
    document = schemathesis.openapi.from_asgi("/openapi.json", place.client.app)
    answers = try_document(document, key, 300, SEED)
    assert answers.faults == []
    assert answers.n_cases >= 300
    assert answers.n_without_key >= 10
    assert answers.by_status[202] >= 20
    assert answers.by_status[422] >= 20
    assert answers.by_status[303] >= 10
    stored = set(rows_of(place.store, schema.comments)["comment_id"])
    assert answers.comment_ids <= stored
    assert answers.n_of_forms == len(stored - answers.comment_ids)


def test_bytes_of_any_kind_are_answered(place: Place) -> None:
    key = place.key(per_minute=1_000_000)
    answers = try_everything_else(send_to(place), key, 300, SEED)
    assert answers.faults == []
    assert {400, 401, 413, 415, 422} <= answers.by_status.keys()
    assert answers.comment_ids <= set(rows_of(place.store, schema.comments)["comment_id"])


def test_with_a_low_limit_only_its_answer_is_new(place: Place) -> None:
    key = place.key(per_minute=20)
    document = schemathesis.openapi.from_asgi("/openapi.json", place.client.app)
    answers = try_document(document, key, 80, SEED)
    assert answers.faults == []
    assert answers.by_status[429] >= 20
    assert all(status in (200, 202, 303) or 400 <= status < 500 for status in answers.by_status)
    stored = set(rows_of(place.store, schema.comments)["comment_id"])
    assert answers.comment_ids <= stored
    assert answers.n_of_forms == len(stored - answers.comment_ids)


FAULTY = [
    (500, "", SLOW, "500"),
    (422, {"problems": [{"row": 1, "field": "comment", "problem": "x"}]}, {"comment": 7, "page": 8},
     "not told of"),
    (422, {"problems": [{"row": 1, "field": None, "problem": "no quietly"}]},
     {"comment": "x", "no quietly": 1}, "repeats"),
]  # fmt: skip


@pytest.mark.parametrize(("status", "told", "sent", "fault"), FAULTY)
def test_a_faulty_answer_is_noticed(status: int, told: object, sent: object, fault: str) -> None:
    answers = Answers()
    answers.count("POST /v1/feedback", status)
    look(answers, "POST /v1/feedback", status, json.dumps(told).encode(), sent)
    assert fault in " ".join(answers.faults)


def test_fields_that_are_wrong_are_found_without_the_server() -> None:
    assert wrong_fields(SLOW) == set()
    assert wrong_fields([SLOW, {"effort": 6, "x": 1}]) == {
        (2, "effort"), (2, None), (2, "comment"),
    }  # fmt: skip
    assert wrong_fields([]) == {(None, None)}
    assert wrong_fields(7) == {(1, None)}


@pytest.mark.parametrize("referer", ["https://[", "http://[::1", "//[x]"])
def test_a_page_whose_address_cannot_be_read_may_send(place: Place, referer: str) -> None:
    key = place.key()
    form = {"wrong": "the button does nothing", "key": key}
    answer = place.client.post("/v1/report", data=form, headers={"referer": referer})
    assert answer.status_code < 500


def test_the_document_tells_of_every_status_of_a_post() -> None:
    told = set(openapi()["paths"]["/v1/feedback"]["post"]["responses"])
    assert told >= {"202", "400", "401", "403", "413", "415", "422", "429", "500", "503"}


@pytest.mark.parametrize("name", ["comment", "service", "page", "question", "device", "region"])
def test_characters_that_no_store_can_hold_cost_nobody_a_comment(place: Place, name: str) -> None:
    message = {"comment": "the page froze", name: "a\0b \ud800 c"}
    key = place.key()
    answer = place.client.post(
        "/v1/feedback",
        content=json.dumps(message),
        headers={"authorization": f"Bearer {key}", "content-type": "application/json"},
    )
    assert answer.status_code == 202
    assert place.n_stored() == 1
