"""Every figure that a page shows under a label is explained in Help, where it is found by words."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from app import (
    before_after,
    tell_codebook,
    tell_overview,
    tell_quality,
    tell_triage,
)
from app.help_text import entries, entry_about, entry_of_label, found
from app.help_view import link_to_help
from feedback.store import Store
from tests.app.filling import code, put

SCRIPT = Path(__file__).parents[2] / "app" / "streamlit_app.py"
APP = Path(__file__).parents[2] / "app"

HEADERS = {
    *before_after.WIDTHS,
    *tell_codebook.COLUMNS,
    *tell_overview.SERVICES_WIDTHS,
    *tell_overview.ANSWERS_WIDTHS,
    *tell_quality.CODE_COLUMNS,
    *tell_triage.COLUMNS,
    *tell_triage.COUNTED,
}
LABELLED = {
    "tell.py": r'^ +\("([A-Za-z][A-Za-z ]+)", ',
    "tell_issues.py": r'\("([A-Z][A-Za-z ]+)", _',
    "tell_report.py": r'\("([A-Z][A-Za-z ]+)", ',
    "tell_rows.py": r'^ +"([A-Z][A-Za-z ]+)": ',
    "tell_incoming.py": r'^ +"([A-Z][A-Za-z ]+)": ',
    "tell_excellence.py": r'^ +"([A-Z][A-Za-z ]+)": ',
    "tell_thresholds.py": r'^ +"([A-Z][A-Za-z ]+)": ',
    "tell_sources.py": r'^ +"([A-Z][A-Za-z ]+)": ',
}
"""Labels that stand beside their figures in the code, and how they are found there."""


def labels() -> set[str]:
    """Every label under which a page shows a figure."""
    written = {
        label
        for name, pattern in LABELLED.items()
        for label in re.findall(pattern, (APP / name).read_text(encoding="utf-8"), re.MULTILINE)
    }
    return HEADERS | written


@pytest.mark.parametrize("label", sorted(labels()))
def test_the_label_has_an_explanation(label: str) -> None:
    entry = entry_of_label(label)
    assert entry is not None, f"no entry of app/help.toml has the label {label}"
    assert entry in found(label), "and its words find it"


def test_labels_are_found_where_they_stand() -> None:
    known = labels()
    assert {"Expected", "q value", "Last week", "Distance", "Owner", "F1"} <= known
    assert len(known) > 60
    for name, pattern in LABELLED.items():
        text = (APP / name).read_text(encoding="utf-8")
        assert re.search(pattern, text, re.MULTILINE), f"{name} has no labels any more"


def test_every_entry_is_whole_and_told_apart() -> None:
    ids = [entry.id for entry in entries()]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch("[a-z]+(-[a-z0-9]+)*", name) for name in ids)
    for entry in entries():
        assert len(entry.answers) == 4
        for answer in entry.answers:
            assert answer.endswith((".", '"', "?")), (entry.id, answer)
            assert 3 <= len(answer.split()) <= 70, (entry.id, answer)
    held = [label for entry in entries() for label in entry.labels]
    assert len(held) == len(set(held)), "a label has one explanation"


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("q-value", "q-value"),
        ("p value", "q-value"),
        ("confidence interval", "interval"),
        ("margin of error", "interval"),
        ("burst", "signal"),
        ("quiet", "signal"),
        ("baseline", "expected"),
        ("times the usual", "rate-ratio"),
        ("false alarms", "false-alarms"),
        ("krippendorff", "alpha"),
        ("[PERSON]", "redaction"),
        ("clopper", "leak-rate"),
        ("suppression", "disclosure"),
        ("F1", "precision"),
        ("calibr", "calibration"),
        ("jensen", "drift-of-text"),
        ("EASE", "satisfaction"),
        ("blocked", "fault-facets"),
    ],
)
def test_people_find_it_by_their_own_words(words: str, first: str) -> None:
    assert found(words)[0].id == first


def test_a_link_to_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="explains nothing"):
        link_to_help("rate-ration")


@pytest.fixture
def open_help(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    url = f"sqlite:///{tmp_path / 'feedback.db'}"
    monkeypatch.setenv("FEEDBACK_HOME", str(tmp_path))
    monkeypatch.setenv("FEEDBACK_STORE", url)
    with Store.open(url) as store:
        code(store, {key: ["fault.error"] for key in put(store, [{"text": "it broke"}])})
    st.cache_resource.clear()
    st.cache_data.clear()
    app = AppTest.from_file(str(SCRIPT), default_timeout=60)
    app.switch_page("app_pages/help.py")
    yield app
    st.cache_resource.clear()
    st.cache_data.clear()


def told(app: AppTest) -> str:
    assert not app.exception
    return " ".join(element.proto.body for element in app.get("html"))


def test_the_page_tells_all_and_narrows_by_words(open_help: AppTest) -> None:
    app = open_help.run()
    body = told(app)
    for entry in entries():
        assert f"<h3>{html.escape(entry.title)}</h3>" in body
    app.text_input(key="figure").set_value("clopper").run()
    assert "<h3>Leak rate</h3>" in told(app)
    assert "1 explanation" in told(app)
    assert "<h3>Topic</h3>" not in told(app)
    app.text_input(key="figure").set_value("<script>").run()
    assert "0 explanations" in told(app)


def test_an_address_leads_to_one_explanation(open_help: AppTest) -> None:
    open_help.query_params["about"] = "rate-ratio"
    body = told(open_help.run())
    assert "<h2>Times the usual</h2>" in body
    assert "Leak rate" not in body
    open_help.query_params["about"] = "nonsense"
    assert f"What {len(entries())} figures mean" in told(open_help.run())


def test_what_help_says_of_thresholds_is_what_the_code_does() -> None:
    """Figures that stand in the words and in the code are the same."""
    from app.excellence import LEAST_SHOWN
    from classifiers.ticket import MIN_COMMENTS_OF_AN_ERROR
    from feedback.intervals import MIN_RESPONSES, upper_bound
    from feedback.settings import Settings
    from topics.baseline import HALF_LIFE_DAYS
    from topics.lookout import WATCH_BUDGETS

    assert (MIN_RESPONSES, LEAST_SHOWN, WATCH_BUDGETS, HALF_LIFE_DAYS) == (5, 5, 5.0, 42)
    assert MIN_COMMENTS_OF_AN_ERROR == 3
    assert round(100 * upper_bound(0, 30), 1) == 9.5
    assert round(100 * upper_bound(0, 300)) == 1
    assert Settings.model_fields["false_alarms_per_week"].default == 1.0
    words = {entry.id: " ".join(entry.answers) for entry in entries()}
    assert "five answers" in words["too-few"]
    assert "below five" in words["disclosure"]
    assert "five times as often" in words["alert"]
    assert "42 days" in words["expected"]
    assert "9.5%; in 300, 1%" in words["leak-rate"]
    assert entry_about("false-alarms") is not None
    assert "(one, if nobody changed it)" in words["false-alarms"]
