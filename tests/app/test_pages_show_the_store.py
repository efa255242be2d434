"""Each page run for real by Streamlit's own test runner, over a store filled through `Store`."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from app.queries_signals import FIRST_SIGNALS
from feedback.store import Store
from tests.app.filling import EVIDENCE, NOW, code, fill, put, signal
from tests.app.hostile import HOSTILE, fill_with_hostile

SCRIPT = Path(__file__).parents[2] / "app" / "streamlit_app.py"
PAGES = {
    "Overview": "app_pages/overview.py",
    "Service excellence": "app_pages/service_excellence.py",
    "Emerging issues": "app_pages/emerging.py",
    "Triage": "app_pages/triage.py",
    "Page explorer": "app_pages/page_detail.py",
    "Topics": "app_pages/topics.py",
    "Comments": "app_pages/comments.py",
    "Quality": "app_pages/quality.py",
    "Sources": "app_pages/sources.py",
    "Releases": "app_pages/releases.py",
    "Export": "app_pages/export.py",
    "Codebook": "app_pages/codebook.py",
    "Redaction check": "app_pages/redaction_check.py",
    "Digests": "app_pages/digests.py",
}
SECONDS = 60


@pytest.fixture
def open_app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., AppTest]]:
    """A function that prepares a store and opens a page over it, with an address."""
    url = f"sqlite:///{tmp_path / 'feedback.db'}"
    monkeypatch.setenv("FEEDBACK_HOME", str(tmp_path))
    monkeypatch.setenv("FEEDBACK_STORE", url)
    store = Store.open(url)

    def opened(
        prepare: Callable[[Store], Any],
        title: str = "Overview",
        address: Mapping[str, str] | None = None,
    ) -> AppTest:
        prepare(store)
        app = AppTest.from_file(str(SCRIPT), default_timeout=SECONDS)
        app.switch_page(PAGES[title])
        for name, value in (address or {}).items():
            app.query_params[name] = value
        return app.run()

    st.cache_resource.clear()
    st.cache_data.clear()
    yield opened
    store.close()
    st.cache_resource.clear()
    st.cache_data.clear()


def few(store: Store) -> None:
    fill(store, n_comments=400)


def nothing(store: Store) -> None:
    assert store.data_version() == 0


def text_of(app: AppTest) -> str:
    """All that a page says in text, tables left out."""
    parts = [
        element.value for kind in ("title", "text", "markdown", "code") for element in app.get(kind)
    ]
    parts += [re.sub(r"<[^>]+>", " ", element.proto.body) for element in app.get("html")]
    return html.unescape("\n".join(parts))


@pytest.mark.parametrize("page", PAGES)
def test_page_shows_its_title_and_no_error(open_app: Callable[..., AppTest], page: str) -> None:
    app = open_app(few, page)
    assert not app.exception
    assert [title.value for title in app.title] == [page]
    assert "Updated " in text_of(app)


@pytest.mark.parametrize("page", PAGES)
def test_empty_store_says_how_to_begin(open_app: Callable[..., AppTest], page: str) -> None:
    app = open_app(nothing, page)
    assert not app.exception
    assert "No comments yet" in text_of(app)
    assert "feedback ingest FILE" in text_of(app)


@pytest.mark.parametrize("page", PAGES)
def test_store_with_one_comment_breaks_no_page(open_app: Callable[..., AppTest], page: str) -> None:
    app = open_app(lambda store: put(store, [{"text": "slow"}]), page)
    assert not app.exception
    assert "1 comment waiting to be coded" in text_of(app)


def test_overview_answers_first(open_app: Callable[..., AppTest]) -> None:
    app = open_app(few)
    said = text_of(app)
    assert "1 alert to look at." in said
    assert f"reports of upload failures on {EVIDENCE}" in said
    happens, answered = (app.dataframe[number].value for number in range(2))
    assert happens["Service"].iloc[0] == "Appeal a benefit decision", "alerts come first"
    assert happens["Signals"].iloc[0] == "1 alert"
    assert len(happens) == len(answered) == 7
    assert re.fullmatch(r"\d\.\d \(\d\.\d to \d\.\d\)", answered["Satisfaction"].iloc[0])


def test_emerging_shows_evidence_and_quotes(open_app: Callable[..., AppTest]) -> None:
    said = text_of(open_app(few, "Emerging issues"))
    assert said.index("upload failures") < said.index("have grown for four weeks")
    for figure in ("Expected:", "Times the usual:", "18.6 (9.1 to 41.0)", "less than 0.001"):
        assert figure in said
    assert "wont take my photos" in said
    assert "Photos refused on Upload evidence" in said


def test_emerging_shows_the_first_signals_and_all_when_asked(
    open_app: Callable[..., AppTest],
) -> None:
    def many(store: Store) -> None:
        few(store)
        told = [
            signal(f"one of many {i}", sentence=f"Signal number {i} here.", q_value=i / 1000)
            for i in range(FIRST_SIGNALS + 3)
        ]
        store.replace_signals(NOW, pd.DataFrame(told))

    app = open_app(many, "Emerging issues")
    said = text_of(app)
    assert "13 signals, strongest evidence first" in said
    assert f"Signal number {FIRST_SIGNALS - 1} here." in said
    assert f"Signal number {FIRST_SIGNALS} here." not in said
    app.toggle(key="signals").set_value(True).run()
    assert f"Signal number {FIRST_SIGNALS + 2} here." in text_of(app)
    assert app.query_params["signals"] in ("all", ["all"])
    whole = open_app(lambda _: None, "Emerging issues", {"signals": "all"})
    assert f"Signal number {FIRST_SIGNALS + 2} here." in text_of(whole)


def test_address_chooses_service_page_and_days(open_app: Callable[..., AppTest]) -> None:
    address = {"service": "benefit-appeals", "page": EVIDENCE, "from": "2026-03-25"}
    app = open_app(few, "Page explorer", address)
    assert app.selectbox(key="service").value == "benefit-appeals"
    assert app.selectbox(key="page").value == EVIDENCE
    said = text_of(app)
    assert "25/03/2026 to 01/04/2026" in said
    assert f"Upload evidence ({EVIDENCE})" in said


@pytest.mark.parametrize(
    "address",
    [
        {"service": "<script>"},
        {"service": "probate", "page": EVIDENCE},
        {"from": "yesterday"},
        {"from": "1999-01-01", "to": "2999-01-01"},
        {"from": "2026-04-01", "to": "2026-03-01"},
        {"language": "tlh"},
        {"search": "%" * 5_000},
    ],
)
def test_nonsense_in_the_address_is_dropped(
    open_app: Callable[..., AppTest], address: dict[str, str]
) -> None:
    app = open_app(few, "Comments", address)
    assert not app.exception
    assert app.title[0].value == "Comments"


def test_choice_goes_into_the_address_and_to_the_next_page(
    open_app: Callable[..., AppTest],
) -> None:
    app = open_app(few, "Emerging issues")
    app.selectbox(key="service").select("probate").run()
    assert app.query_params["service"] in ("probate", ["probate"])
    assert "have grown for four weeks" in text_of(app)
    assert "upload failures" not in text_of(app)


def test_comments_are_found_and_counted(open_app: Callable[..., AppTest]) -> None:
    app = open_app(few, "Comments", {"search": "photos"})
    listed = [
        element.proto.body for element in app.get("html") if "<article>" in element.proto.body
    ]
    assert 0 < len(listed) < 50
    assert all("<mark>photos</mark>" in article.lower() for article in listed)
    assert f"{len(listed)} comment" in text_of(app)


def test_no_hit_says_what_to_do(open_app: Callable[..., AppTest]) -> None:
    said = text_of(open_app(few, "Comments", {"search": "zebra xylophone"}))
    assert "0 comments" in said
    assert "No comment passes these filters" in said


def test_safeguarding_comment_is_listed_without_its_text(open_app: Callable[..., AppTest]) -> None:
    secret = "he will hurt me if he finds out"

    def prepare(store: Store) -> None:
        (comment_id,) = put(store, [{"text": secret}])
        code(store, {comment_id: ["safeguarding"]})

    app = open_app(prepare, "Comments")
    assert "Safeguarding: text withheld" in text_of(app)
    assert secret not in str(app)


@pytest.mark.parametrize("page", PAGES)
def test_text_out_of_the_data_never_reaches_markdown(
    open_app: Callable[..., AppTest], page: str
) -> None:
    app = open_app(fill_with_hostile, page)
    assert not app.exception
    told = [
        element.value
        for kind in ("markdown", "caption", "title", "header")
        for element in app.get(kind)
    ]
    assert not [text for text in told if "evil" in text or "broken" in text or "**" in text]
    pieces = "".join(element.proto.body for element in app.get("html"))
    for raw in HOSTILE:
        if "<" in raw:
            assert raw not in pieces


def test_new_data_reaches_a_page_that_was_open(
    open_app: Callable[..., AppTest], tmp_path: Path
) -> None:
    app = open_app(few, "Comments", {"search": "unheard of"})
    assert "0 comments" in text_of(app)
    with Store.open(f"sqlite:///{tmp_path / 'feedback.db'}") as other:
        row = {"text": "an unheard of fault", "submitted_at": NOW - timedelta(minutes=5)}
        (comment_id,) = put(other, [row])
        code(other, {comment_id: ["fault.error"]})
    app.run()
    assert "1 comment" in text_of(app)
    # What was searched for is marked, word by word.
    assert "an unheard of fault" in " ".join(text_of(app).split())
