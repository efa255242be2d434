"""The codebook page: each code with its meaning, how often it is given, and how surely."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from app.codebook_at_hand import AtHand, codebook_at_hand, group_of
from app.filters import Filters
from app.queries_codes import CodeCounts, code_counts
from app.tell_codebook import answer, codes_table, unknown_codes
from classifiers.codebook import codebook_from_mapping, load_codebook
from classifiers.persist import SHIPPED
from feedback.intervals import share_interval
from feedback.schema import Decision
from feedback.settings import Settings
from feedback.store import Store
from tests.app.filling import NOW, code, fill, put
from tests.app.hostile import HOSTILE
from tests.app.page_store import page_store
from tests.app.test_pages_show_the_store import SCRIPT, SECONDS, text_of

EVER = Filters(NOW.date() - timedelta(days=400), NOW.date())


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A store that pages opened in this test show."""
    with page_store(tmp_path, monkeypatch) as opened:
        yield opened


def page(**address: str) -> AppTest:
    app = AppTest.from_file(str(SCRIPT), default_timeout=SECONDS)
    app.switch_page("app_pages/codebook.py")
    for name, value in address.items():
        app.query_params[name] = value
    return app.run()


def five(store: Store) -> None:
    """Five coded comments: two services, two codes of one group on one comment, one to check."""
    first = put(store, [{"text": "slow and lost"}, {"text": "slow"}, {"text": "thanks"}])
    other = put(
        store, [{"text": "n/a", "service": "probate"}, {"text": "hm", "service": "probate"}]
    )
    code(
        store,
        {
            first[0]: ["fault.performance", "fault.lost_data"],
            first[1]: ["fault.performance"],
            first[2]: ["praise"],
            other[0]: ["none"],
            other[1]: ["old.code"],
        },
    )
    (unsure,) = put(store, [{"text": "perhaps", "submitted_at": NOW - timedelta(days=30)}])
    code(store, {unsure: ["fault.error"]}, decision=Decision.REVIEW)


def test_comments_are_counted_once_by_code_and_group(store: Store) -> None:
    five(store)
    groups = group_of(load_codebook())
    found = code_counts(store, EVER, groups)
    assert found.n_coded == 6
    assert found.assigned == {
        "fault.performance": 2,
        "fault.lost_data": 1,
        "praise": 1,
        "none": 1,
        "old.code": 1,
    }
    assert found.review == {"fault.error": 1}
    assert found.groups == {"fault": 2}, "a comment with two codes of a group counts once"
    probate = code_counts(store, Filters(EVER.first_day, EVER.last_day, "probate"), groups)
    assert (probate.n_coded, probate.groups) == (2, {})
    recent = Filters(NOW.date() - timedelta(days=7), NOW.date())
    assert code_counts(store, recent, groups).review == {}
    assert code_counts(store, recent, {}).groups == {}


def test_an_empty_store_counts_nothing(store: Store) -> None:
    assert code_counts(store, EVER, {"a": "b"}) == CodeCounts(0, {}, {}, {})


def test_groups_reach_down_to_every_level() -> None:
    codes = [
        {"id": i, "label": i, "definition": "d", "parent": p, "codable": c}
        for i, p, c in [("a", "", False), ("b", "a", False), ("c", "b", True), ("d", "", True),
                        ("e", "d", True), ("f", "", True)]
    ]  # fmt: skip
    book = codebook_from_mapping({"id": "x", "version": 1, "codes": codes})
    assert group_of(book) == {"b": "a", "c": "a", "d": "d", "e": "d"}


def test_the_table_gives_shares_with_intervals_and_the_models_figures(store: Store) -> None:
    fill(store, n_comments=300)
    at_hand = codebook_at_hand(Settings())
    counts = code_counts(store, EVER, {})
    table = codes_table(at_hand, counts).set_index("Code")
    assert len(table) == 27
    n = counts.assigned["praise"]
    share, low, high = share_interval(n, counts.n_coded)
    assert table.loc["Praise", "Comments"] == n > 0
    assert table.loc["Praise", "Share"] == f"{share:.0%} ({low:.0%} to {high:.0%})"
    rows = json.loads((SHIPPED / "model.json").read_text())["provenance"]["figures"]["codes"]
    for row in rows:
        label = at_hand.codebook[row["code"]].label
        for name in ("precision", "recall"):
            figure = row[name]
            told = table.loc[label, name.capitalize()]
            if row["n"] < 30:
                assert told == "too few to say"
            else:
                assert told == (
                    f"{100 * figure['value']:.0f}% ({100 * figure['low']:.0f}% "
                    f"to {100 * figure['high']:.0f}%)"
                )


def test_a_code_on_few_training_comments_has_no_figures() -> None:
    certain = {"value": 1.0, "low": 1.0, "high": 1.0}
    few = {"code": "praise", "n": 29, "precision": certain, "recall": certain}
    table = codes_table(AtHand(load_codebook(), "m", 29, {"praise": few}), None).set_index("Code")
    assert table.loc["Praise", "Precision"] == "too few to say"
    assert table.loc["Staff and judges", "Recall"] == "too few to say"
    assert "Comments" not in table


def test_the_answer_leads_with_the_most_frequent_code() -> None:
    book = load_codebook()
    counts = CodeCounts(50, {"none": 40, "staff": 5, "other.book": 45}, {}, {})
    assert answer(book, counts) == (
        "27 codes in 5 groups. Staff and judges is the most frequent: 10% of comments."
    )
    assert answer(book, None) == "27 codes in 5 groups."
    assert answer(book, CodeCounts(3, {"none": 3}, {}, {})).endswith("No comment here carries one.")
    assert unknown_codes(book, counts) == [("other.book", "45 comments")]


def test_the_page_shows_codes_counts_and_files(store: Store) -> None:
    five(store)
    app = page()
    assert not app.exception
    said = text_of(app)
    assert "27 codes in 5 groups. Slow or timed out is the most frequent: 33% of comments." in said
    assert "version 1 (digital_service/1)" in said
    assert "6 coded comments" in said
    table = app.dataframe[0].value.set_index("Code")
    assert table.loc["Slow or timed out", "Comments"] == 2
    assert table.loc["Slow or timed out", "Share"] == "33% (10% to 70%)"
    assert table.loc["Error message or crash", "To check"] == 1
    assert "Something that should work does not. 2 comments (33%)." in said
    assert "out of fold" in said
    assert "old.code" in said.split("not in this codebook")[1].split("What each code means")[0]
    for told in ("Pages are slow, hang or freeze", "Time-outs, sessions that expire"):
        assert told in said
    labels = [button.proto.label for button in app.get("download_button")]
    assert labels == ["Download as REFI-QDA (.qdc)", "Download as TOML"]


def test_filters_narrow_the_counts(store: Store) -> None:
    five(store)
    app = page(service="probate")
    assert "2 coded comments" in text_of(app)
    assert app.dataframe[0].value["Comments"].sum() == 1


def test_no_comment_is_quoted_least_of_all_a_safeguarding_one(store: Store) -> None:
    secret, plain = "he will hurt me if he finds out", "the zebra crossing form is slow"
    keys = put(store, [{"text": secret}, {"text": plain}])
    code(store, {keys[0]: ["safeguarding"], keys[1]: ["fault.performance"]})
    app = page()
    assert app.dataframe[0].value.set_index("Code").loc["Safeguarding", "Comments"] == 1
    assert "safeguarding · urgent: a person looks at every one" in text_of(app)
    assert secret not in str(app)
    assert plain not in str(app)


def test_without_comments_the_codebook_is_there_and_how_to_begin(store: Store) -> None:
    assert store.data_version() == 0
    said = text_of(page())
    assert "27 codes in 5 groups." in said
    assert "Pages are slow, hang or freeze" in said
    assert said.index("27 codes") < said.index("No comments yet")


def test_a_model_that_cannot_be_read_leaves_the_codebook_and_says_why(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    five(store)
    broken = tmp_path / "model"
    shutil.copytree(SHIPPED, broken)
    facts = (broken / "model.json").read_text().replace('"n_comments"', '"n_comment"', 1)
    (broken / "model.json").write_text(facts)
    monkeypatch.setenv("FEEDBACK_CLASSIFIER", str(broken))
    st.cache_resource.clear()
    app = page()
    assert not app.exception
    said = text_of(app)
    assert "No precision and recall:" in said
    assert "is not as it was written" in said
    assert "Precision" not in app.dataframe[0].value
    assert "27 codes in 5 groups" in said


def test_a_codebook_of_a_team_is_shown_as_typed(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    five(store)
    codes: list[dict[str, Any]] = [
        {
            "id": f"c{number}",
            "label": " ".join(text.split()),
            "definition": text,
            "include": text,
            "examples": [f"{text} {number}"],
            "parent": "c0" if number in (1, 2) else "",
        }
        for number, text in enumerate(HOSTILE)
    ]
    book = codebook_from_mapping(
        {"id": "hostile", "label": HOSTILE[0], "version": 3, "codes": codes}
    )
    monkeypatch.setattr(
        "app.codebook_at_hand.codebook_at_hand", lambda _: AtHand(book, trouble=HOSTILE[1])
    )
    app = page()
    assert not app.exception
    pieces = "".join(element.proto.body for element in app.get("html"))
    for raw in HOSTILE:
        if "<" in raw:
            assert raw not in pieces
        assert " ".join(raw.split()) in " ".join(text_of_raw(app).split())
    told = [e.value for kind in ("markdown", "caption") for e in app.get(kind)]
    assert not [text for text in told if "evil" in text or "**" in text]
    assert len(app.get("expander")) == 0, "the shipped guide is not about this codebook"


def text_of_raw(app: AppTest) -> str:
    """The words in the pieces of HTML, with our own tags taken away and nothing else."""
    import html
    import re

    ours = r"</?(?:h\d|div|small|ul|li|details|summary|p|q|strong|br)>"
    return "\n".join(
        html.unescape(re.sub(ours, "", element.proto.body.replace("<br>", "\n")))
        for element in app.get("html")
    )
