"""The page Comments shows what needs a Welsh speaker, as Welsh, and no word of safeguarding."""

from __future__ import annotations

import re
from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from app.filters import NEEDS_WELSH_SPEAKER
from feedback.store import Store
from tests.app.filling import code, put
from tests.app.test_pages_show_the_store import open_app, text_of
from tests.app.welsh_store import SECRET, WAITS, plant_all

__all__ = ["open_app"]

OPENED = Callable[..., AppTest]
QUEUE = {"language": NEEDS_WELSH_SPEAKER}


def pieces(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html"))


def chosen(app: AppTest, comment_id: str) -> AppTest:
    """Choose a comment as its link does: by the address."""
    app.query_params["comment"] = comment_id
    return app.run()


def test_the_address_shows_the_queue(open_app: OPENED) -> None:
    app = open_app(plant_all, "Comments", QUEUE)
    assert not app.exception
    assert app.selectbox(key="language").value == NEEDS_WELSH_SPEAKER
    said = text_of(app)
    assert "3 comments need a Welsh speaker" in said
    assert "2 comments in Welsh that may be about safeguarding are not among them" in said
    assert "feedback code-next --welsh --out SHEET.csv" in said
    for one in WAITS.values():
        assert " ".join(one.text.split()) in " ".join(said.split())
    assert pieces(app).count("· Welsh ·") == pieces(app).count('lang="cy"') == len(WAITS)
    assert SECRET not in str(app)


def test_the_choice_goes_into_the_address_and_out_again(open_app: OPENED) -> None:
    app = open_app(plant_all, "Comments")
    assert "11 comments" in text_of(app)
    assert "Welsh: needs a Welsh speaker" in app.selectbox(key="language").options
    app.selectbox(key="language").select(NEEDS_WELSH_SPEAKER).run()
    assert app.query_params["language"] == NEEDS_WELSH_SPEAKER
    assert "3 comments need a Welsh speaker" in text_of(app)
    app.selectbox(key="language").select("cy").run()
    assert app.query_params["language"] == "cy"
    assert "need a Welsh speaker" not in text_of(app)
    assert "Comments whose text is withheld are not searched" in text_of(app)
    assert pieces(app).count('lang="cy"') == pieces(app).count("· Welsh ·") > 3
    assert "withheld:" not in pieces(app)


def test_other_filters_narrow_the_queue_and_what_waits_elsewhere_is_told(
    open_app: OPENED,
) -> None:
    app = open_app(plant_all, "Comments", {**QUEUE, "search": "ffôn"})
    assert "1 comment needs a Welsh speaker" in text_of(app)
    assert "2 comments in Welsh that may be about safeguarding" in text_of(app)
    app = open_app(plant_other_service, "Comments", {**QUEUE, "service": "probate"})
    assert "No comment passes these filters" in text_of(app)
    assert "3 more at other dates or places." in text_of(app)


def plant_other_service(store: Store) -> None:
    (key,) = put(store, [{"text": "all well", "service": "probate"}])
    code(store, {key: ["praise"]})


def test_a_chosen_comment_is_marked_as_welsh_and_is_never_markup(open_app: OPENED) -> None:
    ids: dict[str, str] = {}
    app = open_app(lambda store: ids.update(plant_all(store)), "Comments", QUEUE)
    app = chosen(app, ids["one assigned, one for review"])
    assert re.search(
        '<p lang="cy"[^>]*>methu talu &lt;b&gt;o gwbl&lt;/b&gt;<br>na mewngofnodi</p>', pieces(app)
    )


def test_why_a_text_is_withheld_is_not_marked_as_welsh(open_app: OPENED) -> None:
    ids: dict[str, str] = {}
    app = open_app(lambda store: ids.update(plant_all(store)), "Comments", {"language": "cy"})
    app = chosen(app, ids["safeguarding"])
    assert "Safeguarding: text withheld" in text_of(app)
    assert 'lang="cy"' not in pieces(app)


def test_english_is_not_marked_as_welsh(open_app: OPENED) -> None:
    ids: dict[str, str] = {}
    app = open_app(lambda store: ids.update(plant_all(store)), "Comments")
    app = chosen(app, ids["in English"])
    assert "too slow by far" in text_of(app)
    assert "lang=" not in pieces(app)


def test_what_is_not_known_of_a_chosen_comment_is_left_out(open_app: OPENED) -> None:
    ids: list[str] = []

    def prepare(store: Store) -> None:
        ids.extend(put(store, [{"text": "araf iawn", "page": None}]))
        code(store, {key: ["fault.performance"] for key in ids})

    app = chosen(open_app(prepare, "Comments"), ids[0])
    assert not app.exception
    said = text_of(app)
    assert "No other comment says the same" in said
    assert "nan" not in said.casefold()
    assert re.search(r"Place:\s+Apply for a divorce\s+Source", said)
