"""The page of comments: chips and marks, one comment by its address, pages, newer ones."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from app import tell_rows
from app.chips import marked, searched_terms
from app.queries_comments import MAX_COMMENTS
from classifiers.codebook import load_codebook
from feedback.store import Store
from tests.app.filling import NOW, code, put
from tests.app.test_pages_show_the_store import open_app, text_of

__all__ = ["open_app"]

OPENED = Callable[..., AppTest]


def articles(app: AppTest) -> list[str]:
    return [element.proto.body for element in app.get("html") if "<article>" in element.proto.body]


def many(store: Store, n: int = MAX_COMMENTS + 5) -> list[str]:
    rows = [
        {"text": f"comment number {at}", "submitted_at": NOW - timedelta(minutes=at + 1)}
        for at in range(n)
    ]
    ids = put(store, rows)
    code(store, {key: ["praise"] for key in ids})
    return ids


# Chips and marks


@pytest.mark.parametrize(
    ("text", "search", "hits"),
    [
        ("Uploading my PHOTOS failed", "photo", ["PHOTOS"]),
        ("ar Llŷn heddiw", "llyn", ["Llŷn"]),
        ("my photo, my Photo", '"my photo"', ["my photo", "my Photo"]),
        ("photo of my", '"my photo"', []),
        ("it is so", "is", ["is"]),
        ("it isn't", "i", []),
        ("pay or payment", "pay -payment", ["pay", "payment"]),
        ("a payment", "-payment", []),
        ("file_name", "name", ["name"]),
        ("<b>bold</b>", "bold", ["bold"]),
        ("anything", "", []),
        ("[PERSON] a person", "person", ["person"]),
    ],
)
def test_words_searched_for_are_marked_and_no_others(
    text: str, search: str, hits: list[str]
) -> None:
    shown = marked(text, searched_terms(search))
    found = [part.split("</mark>")[0] for part in shown.split("<mark>")[1:]]
    assert found == hits
    assert "<b>" not in shown


@pytest.mark.parametrize("placeholder", ["[PERSON]", "[PERSON_2]", "█████"])
def test_what_was_taken_out_is_a_chip_that_is_heard(placeholder: str) -> None:
    shown = marked(f"ask {placeholder} <i>")
    assert placeholder in shown
    assert "taken out:" in shown or "masked" in shown
    assert "border:1px solid" in shown, "seen without colours"
    assert "&lt;i&gt;" in shown


@pytest.mark.parametrize("plain", ["[1]", "[name]", "[PERSONS]", "(PERSON)"])
def test_other_brackets_are_no_chips(plain: str) -> None:
    assert marked(f"ask {plain}") == f"ask {plain}"


# Welsh beside English


def test_a_welsh_comment_is_told_in_english_by_what_is_known_of_it() -> None:
    comment = {
        "codes": "fault.upload, praise, another.book, none",
        "sentiment": "mixed",
        "facets": {"browser": ["Safari"], "status_code": 502},
        "topic": "Botwm, dudalen",
    }
    told = dict(tell_rows.in_english(comment, load_codebook()))
    assert told["Fault: upload"].startswith("A document cannot be uploaded")
    assert "." not in told["Fault: upload"], "the first sentence alone"
    assert told["Another: book"] == "", "a code of another book has no meaning here"
    assert (told["Tone"], told["Browser"], told["Status code"]) == ("mixed", "Safari", "502")
    assert told["Topic, named by its words"] == "Botwm, dudalen"
    assert "None" not in told


def test_a_welsh_comment_without_a_code_says_so() -> None:
    comment: dict[str, Any] = {"codes": "", "sentiment": None, "facets": None, "topic": None}
    assert tell_rows.in_english(comment, load_codebook()) == [
        ("No code", "somebody who reads Welsh should look")
    ]


def test_welsh_and_english_stand_in_one_list(open_app: OPENED) -> None:
    def prepare(store: Store) -> None:
        ids = put(store, [{"text": "araf iawn", "language": "cy"}, {"text": "very slow"}])
        code(store, {key: ["fault.performance"] for key in ids})

    welsh, english = sorted(articles(open_app(prepare, "Comments")), key=lambda x: "very" in x)
    assert 'lang="cy"' in welsh
    assert "· Welsh ·" in welsh
    assert "not a translation" in welsh
    assert "lang=" not in english
    assert "· English ·" in english
    assert "not a translation" not in english


# One comment


def test_all_that_is_known_is_on_its_page(open_app: OPENED) -> None:
    ids: list[str] = []

    def prepare(store: Store) -> None:
        ids.extend(put(store, [{"text": "it broke", "satisfaction": 2, "browser": "Firefox"}]))
        code(store, {ids[0]: ["fault.error"]}, facets={ids[0]: {"error_code": ["E77"]}})
        store.correct(ids[0], ["fault.upload"], "ann")

    app = open_app(prepare, "Comments")
    app.query_params["comment"] = ids[0]
    app.run()
    assert not app.exception
    said = text_of(app)
    for told in ("it broke", "2 of 5", "Firefox", "E77", "It fits no topic", ids[0]):
        assert told in said, told
    assert f"?comment={ids[0]}" in app.code[0].value
    table = app.dataframe[0].value
    assert set(table["By"]) == {"model", "person (ann)"}
    assert set(table["Decision"]) == {"Assigned", "Rejected"}


def test_a_comment_of_another_service_is_not_found(
    open_app: OPENED, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids: list[str] = []
    secret = "a word of another service"

    def prepare(store: Store) -> None:
        ids.extend(put(store, [{"text": secret, "service": "probate"}, {"text": "ours"}]))
        code(store, {key: ["praise"] for key in ids})

    monkeypatch.setenv("FEEDBACK_LOCAL_SERVICES", '["divorce"]')
    app = open_app(prepare, "Comments")
    assert len(articles(app)) == 1
    for comment_id in (ids[0], "0" * 32, "<script>", "' OR 1=1"):
        app.query_params["comment"] = comment_id
        app.run()
        assert not app.exception
        assert "Comment not found" in text_of(app)
        assert secret not in str(app)
    app.query_params["comment"] = ids[1]
    assert "ours" in text_of(app.run())


# Pages of the list


def test_the_list_goes_on_and_back(open_app: OPENED) -> None:
    app = open_app(many, "Comments")
    assert f"{MAX_COMMENTS + 5} comments" in text_of(app)
    newest = articles(app)
    assert len(newest) == MAX_COMMENTS
    app.button(key="show_older").click().run()
    assert len(articles(app)) == 5
    assert not set(articles(app)) & set(newest)
    assert f"{MAX_COMMENTS + 5} comments" in text_of(app), "the answer is of all pages"
    app.button(key="show_newest").click().run()
    assert articles(app) == newest


def test_what_comes_in_meanwhile_is_counted_and_waits(open_app: OPENED, tmp_path: Path) -> None:
    app = open_app(many, "Comments")
    before = articles(app)
    with Store.open(f"sqlite:///{tmp_path / 'feedback.db'}") as store:
        rows = [{"text": f"late {n}", "submitted_at": NOW} for n in range(2)]
        ids = put(store, rows)
        code(store, {key: ["praise"] for key in ids})
    app.run()
    assert articles(app) == before
    assert f"{MAX_COMMENTS + 7} comments" in text_of(app)
    assert app.button(key="show_newer").label == "Show 2 newer comments"
    app.button(key="show_newer").click().run()
    assert "late" in articles(app)[0]
    assert not [one for one in app.button if one.key == "show_newer"]


def test_other_filters_begin_at_the_newest(open_app: OPENED, tmp_path: Path) -> None:
    app = open_app(many, "Comments")
    with Store.open(f"sqlite:///{tmp_path / 'feedback.db'}") as store:
        (key,) = put(store, [{"text": "late praise", "submitted_at": NOW}])
        code(store, {key: ["praise"]})
    app.selectbox(key="sentiment").select("negative").run()
    assert "late praise" in articles(app)[0]
    assert "Comments whose text is withheld are not searched" in text_of(app)


def test_other_filters_leave_the_page_of_the_list(open_app: OPENED) -> None:
    app = open_app(many, "Comments")
    app.button(key="show_older").click().run()
    assert "before" in app.query_params
    app.selectbox(key="sentiment").select("negative").run()
    assert "before" not in app.query_params
    assert len(articles(app)) == MAX_COMMENTS
