"""The page Digests: people have their own sent to them, administrators any to anybody."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from app.digest_work import add_subscription, list_subscriptions
from feedback.schema import Frequency
from feedback.store import Store
from tests.app.filling import NOW, code, fill, put
from tests.app.page_store import page_store

SCRIPT = Path(__file__).parents[2] / "app" / "streamlit_app.py"
SECONDS = 120


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    with page_store(tmp_path, monkeypatch, clock=lambda: NOW) as opened:
        rows = [{"text": "da iawn", "service": name} for name in ("divorce", "probate")]
        code(opened, {key: ["praise"] for key in put(opened, rows)})
        yield opened


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """A function that opens the page as somebody with roles and services."""

    def opened(
        roles: tuple[str, ...] = ("administrator",), services: tuple[str, ...] = (), **address: str
    ) -> AppTest:
        monkeypatch.setenv("FEEDBACK_LOCAL_ROLES", json.dumps(roles))
        monkeypatch.setenv("FEEDBACK_LOCAL_SERVICES", json.dumps(services))
        monkeypatch.setattr("getpass.getuser", lambda: "ann")
        st.cache_resource.clear()
        app = AppTest.from_file(str(SCRIPT), default_timeout=SECONDS)
        app.switch_page("app_pages/digests.py")
        for name, value in address.items():
            app.query_params[name] = value
        return app.run()

    return opened


def said(app: AppTest) -> str:
    parts = [element.value for kind in ("text", "error") for element in app.get(kind)]
    parts += [re.sub(r"<[^>]+>", " ", element.proto.body) for element in app.get("html")]
    return html.unescape("\n".join(parts))


def press(app: AppTest, label: str) -> AppTest:
    (button,) = [one for one in app.button if one.label == label]
    return button.click().run()


def test_an_administrator_has_one_sent_and_ends_it(
    store: Store, open_page: Callable[..., AppTest]
) -> None:
    app = open_page(service="divorce", every="day")
    assert not app.exception
    assert "No digest is sent yet" in said(app)
    app.text_input(key="digest_target").input("bob@example.gov.uk")
    app = press(app, "Have it sent")
    assert not app.exception
    assert "From now on: Apply for a divorce, every day, to bob@example.gov.uk." in said(app)
    assert "Digest 1: Apply for a divorce, every day, to bob@example.gov.uk" in said(app)
    (one,) = list_subscriptions(store)
    assert (one.service, one.frequency, one.who) == ("divorce", Frequency.DAY, "ann")
    app = press(app, "Remove digest 1")
    assert "No more: Apply for a divorce" in said(app)
    assert list_subscriptions(store) == []


def test_what_cannot_be_reached_is_refused_and_told(
    store: Store, open_page: Callable[..., AppTest]
) -> None:
    app = open_page()
    app.text_input(key="digest_target").input("http://hooks.example.org/x")
    app = press(app, "Have it sent")
    assert "A webhook is called by https" in said(app)
    assert list_subscriptions(store) == []


def test_the_digest_is_shown_as_it_would_be_sent(
    store: Store, open_page: Callable[..., AppTest]
) -> None:
    fill(store, n_comments=200)
    app = open_page(service="probate")
    assert "Feedback on Apply for probate, " in said(app)
    assert "The digest as it would be sent now." in said(app)
    assert app.dataframe[0].value["Service"].tolist() == ["Apply for probate"]
    every_service = open_page()
    assert "Feedback on all services, " in said(every_service)


def test_who_is_no_administrator_sees_and_ends_their_own_alone(
    store: Store, open_page: Callable[..., AppTest]
) -> None:
    for who, target in (("ann", "ann@example.gov.uk"), ("bob", "bob@example.gov.uk")):
        add_subscription(store, target, Frequency.WEEK, service="divorce", who=who)
    app = open_page(("viewer",))
    assert "ann@example.gov.uk" in said(app)
    assert "bob@example.gov.uk" not in said(app)
    assert [one.label for one in app.button if "emove" in one.label] == ["Remove digest 1"]
    assert not [one for one in app.text_input if one.key == "digest_target"]
    press(app, "Remove digest 1")
    assert [one.who for one in list_subscriptions(store)] == ["bob"]
    both = open_page()
    assert "Asked for by bob." in said(both)


def test_a_webhook_is_shown_by_its_host(store: Store, open_page: Callable[..., AppTest]) -> None:
    hook = "https://hooks.example.org/s3cret"
    add_subscription(store, hook, Frequency.WEEK, service=None, who="bob")
    app = open_page()
    assert "All services, every Monday, to https://hooks.example.org/…" in said(app)
    assert "s3cret" not in str(app)


def test_a_service_that_somebody_does_not_see_is_not_theirs_to_have_sent(
    store: Store, open_page: Callable[..., AppTest]
) -> None:
    one = add_subscription(store, "bob@example.gov.uk", Frequency.WEEK, service="probate", who="b")
    app = open_page(("administrator",), ("divorce",), service="probate")
    assert not app.exception
    assert "Choose one of your services" in said(app)
    assert "Apply for probate" not in said(app)
    assert one.target not in said(app)
    assert not [one for one in app.text_input if one.key == "digest_target"]


def test_safeguarding_alone_does_not_open_the_page(
    store: Store, open_page: Callable[..., AppTest]
) -> None:
    app = open_page(("safeguarding",))
    assert "Have a digest sent" not in said(app)
    assert not [one for one in app.text_input if one.key == "digest_target"]
