"""The page of topics tells the truth, and lets researchers, and them alone, change topics."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as some
from streamlit.testing.v1 import AppTest

from app import queries_topics, tell_topic_page, wiring
from app.filters import Filters
from app.topic_layout import (
    CHART_PIXELS,
    MARGIN_PIXELS,
    NEVER,
    WIDTHS,
    _box,
    _touch,
    lay_out,
    name_room,
)
from feedback.schema import assignments, audit, comments, topics
from feedback.store import Store
from tests.app.filling import EVIDENCE, code, fill, put
from tests.app.test_pages_show_the_store import open_app, text_of
from tests.topics.test_a_store_is_brought_up_to_date import WideEmbedder

__all__ = ["open_app"]

ALL = Filters(date(2026, 1, 8), date(2026, 4, 1))
OPENED = Callable[..., AppTest]


# Figures


@pytest.mark.parametrize("given", [{}, {"service": "probate"}, {"page": EVIDENCE}])
def test_topics_count_what_is_assigned(tmp_path: Path, given: dict[str, Any]) -> None:
    with Store.open("sqlite://") as store:
        fill(store, n_comments=600)
        chosen = Filters(ALL.first_day, ALL.last_day, **given)
        found = queries_topics.find_topics(store, chosen)
        rows = store.read(
            sa.select(assignments.c.topic_id, comments.c.service, comments.c.page)
            .join(comments, comments.c.comment_id == assignments.c.comment_id)
            .where(comments.c.submitted_at >= ALL.start, assignments.c.topic_id.is_not(None))
        )
    for name, value in given.items():
        rows = rows[rows[name] == value]
    told = rows["topic_id"].value_counts().to_dict()
    assert dict(zip(found.topics["topic_id"], found.topics["n"], strict=True)) == told
    assert found.n_comments == len(rows) == found.weeks["n"].sum()


def test_what_fits_no_topic_is_told(tmp_path: Path) -> None:
    with Store.open("sqlite://") as store:
        ids = put(store, [{"text": f"comment {n}"} for n in range(10)])
        code(store, {key: ["praise"] for key in ids})
        members = pd.DataFrame({"comment_id": ids, "topic_id": [4] * 7 + [-1] * 3})
        store.write_topics("topics-1", a_topic(4, "Uploads"), members.assign(similarity=0.9))
        found = queries_topics.find_topics(store, ALL)
    assert (found.n_comments, found.n_outliers) == (7, 3)
    assert "3 of 10 comments (30%) fit no topic" in tell_topic_page.found_note(found, ALL)


def a_topic(topic_id: int, name: str, **more: Any) -> pd.DataFrame:
    row = {"topic_id": topic_id, "name": name, "terms": [name.lower()], "quotes": [], "n": 7}
    vector = np.random.default_rng(topic_id).normal(size=384).astype("<f4").tobytes()
    return pd.DataFrame([{**row, "centroid": vector, **more}])


def test_only_topics_of_ones_own_services_are_shown(tmp_path: Path) -> None:
    with Store.open(f"sqlite:///{tmp_path / 'feedback.db'}") as store:
        here, there = put(store, [{"text": "a"}, {"text": "b", "service": "probate"}])
        code(store, {here: ["praise"], there: ["praise"]})
        both = pd.concat([a_topic(1, "Ours"), a_topic(2, "Theirs")])
        members = pd.DataFrame({"comment_id": [here, there], "topic_id": [1, 2]})
        store.write_topics("topics-1", both, members.assign(similarity=0.9))
        with store.scoped(["divorce"]) as limited:
            assert queries_topics.find_topics(limited, ALL).topics["name"].tolist() == ["Ours"]
            assert "Theirs" not in queries_topics.latest_changes(limited).names.values()


# The map


def test_alike_topics_stand_close() -> None:
    rng = np.random.default_rng(1)
    centres = np.repeat(rng.normal(size=(3, 60)), 5, axis=0) + 0.2 * rng.normal(size=(15, 60))
    layout = lay_out(centres)
    assert layout is not None
    gaps = np.linalg.norm(layout.places[:, None] - layout.places[None], axis=2)
    group = np.repeat(np.arange(3), 5)
    same = group[:, None] == group[None]
    assert gaps[same].max() < gaps[~same].min()
    assert 0.5 < layout.share <= 1
    again = lay_out(centres)
    assert again is not None
    assert np.array_equal(layout.places, again.places)


@pytest.mark.parametrize("centroids", [np.zeros((5, 4)), np.ones((5, 4)), np.eye(2)])
def test_no_map_where_there_is_nothing_to_map(centroids: np.ndarray) -> None:
    assert lay_out(centroids) is None


@settings(deadline=None, max_examples=40)
@given(some.integers(0, 10_000), some.integers(3, 60))
def test_names_on_the_map_never_touch(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    places, radii = rng.random((n, 2)), rng.uniform(5, 20, n).tolist()
    names = ["x" * int(length) for length in rng.integers(1, 33, n)]
    told = name_room(places, radii, names)
    for width in WIDTHS:
        x = MARGIN_PIXELS + places[:, 0] * (width - 2 * MARGIN_PIXELS)
        y = MARGIN_PIXELS + (1 - places[:, 1]) * (CHART_PIXELS - 2 * MARGIN_PIXELS)
        boxes = [
            _box((x[i] - r, y[i] - r, x[i] + r, y[i] + r), 7.0 * len(names[i]), told[i][1])
            for i, r in enumerate(radii)
            if told[i][0] <= width
        ]
        assert not [
            (i, j) for i in range(len(boxes)) for j in range(i) if _touch(boxes[i], boxes[j])
        ]
        assert all(box[0] >= 0 and box[2] <= width for box in boxes)
    assert any(since != NEVER for since, _ in told) or n > 3


# Changing topics


def three_topics(store: Store) -> None:
    ids = put(store, [{"text": f"words number {n}"} for n in range(60)])
    code(store, {key: ["praise"] for key in ids})
    found = pd.concat([a_topic(n, f"Topic number {n}") for n in range(3)])
    members = pd.DataFrame({"comment_id": ids, "topic_id": [n % 3 for n in range(60)]})
    store.write_topics("topics-1", found, members.assign(similarity=0.9))


def press(app: AppTest, label: str) -> AppTest:
    (button,) = [one for one in app.button if one.label == label]
    return button.click().run()


@pytest.fixture(autouse=True)
def quick_embedder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wiring, "make_embedder", lambda settings, cache=None: WideEmbedder())


def names_of(path: Path) -> dict[int, str]:
    with Store.open(f"sqlite:///{path / 'feedback.db'}") as store:
        rows = store.read(sa.select(topics.c.topic_id, topics.c.name))
        return dict(zip(rows["topic_id"], rows["name"], strict=True))


def test_a_researcher_names_a_topic_and_takes_it_back(open_app: OPENED, tmp_path: Path) -> None:
    app = open_app(three_topics, "Topics", {"topic": "1"})
    assert not app.exception
    app.text_input(key="new_name_1").input("Photos  refused, ring 0161 496 0123")
    app = press(app, "Rename")
    assert not app.exception
    assert names_of(tmp_path)[1] == "Photos refused, ring [PHONE]"
    assert "Renamed. It is edit 1" in text_of(app)
    assert "Named by " in text_of(app)
    with Store.open(f"sqlite:///{tmp_path / 'feedback.db'}") as store:
        assert store.read(sa.select(audit.c.action))["action"].tolist()[-1] == "topic name"
    app = press(app, "Undo")
    assert "Edit 1 is undone" in text_of(app)
    assert names_of(tmp_path)[1] != "Photos refused, ring [PHONE]"


def test_a_researcher_merges_and_pins(open_app: OPENED, tmp_path: Path) -> None:
    app = open_app(three_topics, "Topics", {"topic": "1"})
    app.selectbox(key="into_1").select(2).run()
    app = press(app, "Merge")
    assert "Merged. It is edit 1" in text_of(app)
    assert set(names_of(tmp_path)) == {0, 2}
    assert "2 topics in 60 comments" in text_of(app)
    app = press(app, "Pin")
    assert "Pinned. It is edit 2" in text_of(app)


def test_what_cannot_be_done_is_said(open_app: OPENED, tmp_path: Path) -> None:
    app = press(open_app(three_topics, "Topics", {"topic": "1"}), "Rename")
    assert not app.exception
    assert "Nothing was changed. A topic's name has 1 to 150 letters" in text_of(app)
    assert names_of(tmp_path)[1] == "Topic number 1"


def test_topics_change_between_look_and_press(open_app: OPENED, tmp_path: Path) -> None:
    app = open_app(three_topics, "Topics", {"topic": "1"})
    from topics.edit_topics import rename_topic

    with Store.open(f"sqlite:///{tmp_path / 'feedback.db'}") as store:
        rename_topic(store, 1, "By somebody else", who="bea")
        rename_topic(store, 2, "Photos", who="bea")
    app.text_input(key="new_name_1").input("Photos")
    app = press(app, "Rename")
    assert "Nothing was changed. Another topic has that name" in text_of(app)
    assert names_of(tmp_path)[1] == "By somebody else"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("FEEDBACK_LOCAL_ROLES", '["viewer", "triager"]', "takes the role researcher"),
        ("FEEDBACK_LOCAL_SERVICES", '["divorce"]', "only who sees all of them"),
    ],
)
def test_others_are_offered_no_change_and_refused_one(
    open_app: OPENED,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    value: str,
    said: str,
) -> None:
    monkeypatch.setenv(name, value)
    app = open_app(three_topics, "Topics", {"topic": "1"})
    assert said in text_of(app)
    assert not [
        one for one in app.button if one.label in ("Rename", "Merge", "Split", "Pin", "Undo")
    ]
    monkeypatch.setattr("app.topic_view._may_change", lambda: True)  # as if the page forgot to ask
    app.run()
    app.text_input(key="new_name_1").input("Photos")
    app = press(app, "Rename")
    assert "Nothing was changed. This " in text_of(app)
    assert names_of(tmp_path)[1] == "Topic number 1"


def test_the_address_chooses_a_topic_and_nonsense_does_not(open_app: OPENED) -> None:
    app = open_app(three_topics, "Topics", {"topic": "2"})
    assert app.query_params["topic"] in ("2", ["2"])
    app = open_app(lambda store: None, "Topics", {"topic": "<script>"})
    assert not app.exception
    assert app.query_params["topic"] in ("0", ["0"])
