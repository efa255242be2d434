"""The page Redaction check, run by Streamlit's own test runner."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from app.auditing import draw
from app.queries_audit import next_comment
from feedback import schema
from feedback.schema import Entity
from feedback.store import Store
from tests.app.leak_checks import (
    SECRET,
    SETTINGS,
    coded,
    leaky,
    many,
)
from tests.app.test_pages_show_the_store import SCRIPT, SECONDS, open_app, text_of
from tests.feedback.pipeline_parts import rows_of

__all__ = ["open_app"]

PAGE = "app_pages/redaction_check.py"


@pytest.fixture
def page(open_app: Callable[..., AppTest], tmp_path: Path) -> Iterator[Callable[..., AppTest]]:
    """A function that opens the page over a store with a sample."""

    def opened(prepare: Callable[[Store], object]) -> AppTest:
        with Store.open(f"sqlite:///{tmp_path / 'feedback.db'}") as store:
            prepare(store)
        app = AppTest.from_file(str(SCRIPT), default_timeout=SECONDS)
        return app.switch_page(PAGE).run()

    return opened


@pytest.fixture
def shown(tmp_path: Path) -> Iterator[Store]:
    """The store that the page shows."""
    with Store.open(f"sqlite:///{tmp_path / 'feedback.db'}") as store:
        yield store


def three(store: Store) -> None:
    coded(store, [f"Fault {i}, said [PERSON_{i}] <b>twice</b>" for i in (1, 2, 3)])
    draw(SETTINGS, store, 3)


def html_of(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html"))


def test_without_a_sample_the_page_says_how_to_draw_one(page):
    app = page(many)
    assert not app.exception
    assert "Leak rate: not measured" in text_of(app)
    assert "feedback redact-audit --sample 100" in text_of(app)


def test_placeholders_are_marked_and_text_is_no_markup(page):
    app = page(three)
    assert not app.exception
    assert "<mark>[PERSON_" in html_of(app)
    assert "<b>" not in html_of(app)
    assert "0 of 3 comments checked" in text_of(app)
    assert "1 placeholder marked" in text_of(app)


def test_buttons_keep_verdicts_and_bring_the_next_comment(page, shown):
    app = page(three)
    first = next_comment(shown, [])
    app.button(key="skip").click().run()
    assert "Skipped" in text_of(app)
    app.button(key="clean").click().run()
    app.button(key="over").click().run()
    verdicts = rows_of(shown, schema.audit_samples).set_index("comment_id")["verdict"]
    assert sorted(verdicts.dropna()) == ["clean", "over"]
    assert pd.isna(verdicts[first.comment_id]), "skipped is not checked"
    said = text_of(app)
    assert "2 of 3 comments checked" in said
    assert "at most 77.6% of comments still hold personal data" in said
    app.button(key="undo").click().run()
    assert "1 of 3 comments checked" in text_of(app)


def test_a_leak_is_counted_and_its_words_are_removed(page, shown):
    app = page(lambda store: (leaky(store), draw(SETTINGS, store, 1)))
    assert SECRET in html_of(app)
    app.text_area(key="audit_words").input("Vraxthorpe-Nowhere")
    _submit(app)
    assert "these words do not stand in the comment" in text_of(app)
    assert rows_of(shown, schema.audit_samples)["verdict"].isna().all()
    app.selectbox(key="audit_entity").select(Entity.PERSON)
    app.text_area(key="audit_words").input(SECRET)
    _submit(app)
    (kept,) = rows_of(shown, schema.audit_samples).to_dict("records")
    assert (kept["verdict"], kept["entity"]) == ("leak", "PERSON")
    texts = rows_of(shown, schema.comments)["text"]
    assert not texts.str.contains("Quorndonia", case=False).any()
    said = text_of(app)
    assert "4 mentions replaced in 2 comments" in said
    assert "Nothing left to check now" in said
    assert SECRET not in str(app)


def _submit(app: AppTest) -> None:
    (button,) = [one for one in app.button if one.label == "Leak"]
    button.click().run()
    assert not app.exception


def test_a_leak_without_words_is_only_counted(page, shown):
    app = page(three)
    app.selectbox(key="audit_entity").select(Entity.PHONE)
    _submit(app)
    told = rows_of(shown, schema.audit_samples)
    assert told["entity"].dropna().tolist() == ["PHONE"]
    assert "1 of 1 leaked (1 Phone)" in text_of(app)


def test_overview_tells_the_leak_rate(open_app):
    app = open_app(many)
    assert "Leak rate: not measured." in text_of(app)
