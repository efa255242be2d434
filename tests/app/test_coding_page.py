"""The page Coding, run by Streamlit's own test runner: codes, rounds, proposals, who may what."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
import streamlit as st
from streamlit.testing.v1 import AppTest

from app.codebook_at_hand import codebook_at_hand
from app.coding_choices import can_stand_on_a_button, choices_of, keyed_codes
from app.corrections import read_corrections
from app.pages import entries_for
from app.proposals_view import with_accepted
from app.quality import measure_quality
from app.queries_rounds import my_codes, proposals, round_comments, rounds
from app.queries_to_code import coded_comment
from app.rounds_work import checked_proposal
from classifiers.codebook import load_codebook
from classifiers.codebook_toml import to_toml
from feedback import schema
from feedback.coding_rounds import code_in_round
from feedback.errors import CodebookError, StoreError
from feedback.proposed_codes import decide_proposal, propose_code
from feedback.schema import CodeProposal, Role
from feedback.settings import Settings
from feedback.store import Store
from tests.app.coding_loop import SETTINGS, fill
from tests.app.hostile import HOSTILE
from tests.app.page_store import page_store
from tests.app.test_coding_rounds import open_on
from tests.app.test_pages_show_the_store import SCRIPT, SECONDS, text_of

PAGE = "app_pages/coding.py"
NOW = datetime(2026, 4, 2, 9, tzinfo=UTC)
CODEBOOK = load_codebook()
KEYED = keyed_codes(choices_of(CODEBOOK, ()), ())


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The store that the page shows; ann looks."""
    for name in ("LOGNAME", "USER"):
        monkeypatch.setenv(name, "ann")
    with page_store(tmp_path, monkeypatch) as opened:
        yield opened


def page(**address: str) -> AppTest:
    app = AppTest.from_file(str(SCRIPT), default_timeout=2 * SECONDS)
    app.switch_page(PAGE)
    for name, value in address.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def press(app: AppTest, *keys: str) -> AppTest:
    for key in keys:
        app.button(key=key).click().run()
        assert not app.exception
    return app


def people_of(store: Store, comment_id: str) -> dict[str, tuple[str, ...]]:
    found = coded_comment(store, comment_id)
    assert found is not None
    return dict(found.people)


def propose(store: Store, code: str = "fault.signature", label: str = "Signature") -> None:
    with store.changing() as connection:
        propose_code(connection, code, label, "About signing.", "bob", NOW)


# One comment


def test_a_comment_is_corrected_and_the_correction_taken_back(store: Store) -> None:
    (key,) = fill(store, ["complaint"])
    store.correct(key, ["staff"], "bob")
    app = press(page(comment=key), "code_1", "code_2", "code_1", "coding_save")
    assert people_of(store, key) == {"ann": (KEYED["2"],), "bob": ("staff",)}
    assert "Saved:" in text_of(app)
    assert "The machine gave: Dissatisfied, no cause given, 90%" in text_of(app)
    press(app, "coding_undo")
    assert people_of(store, key) == {"bob": ("staff",)}


def test_an_earlier_coding_of_ones_own_is_shown_and_put_back(store: Store) -> None:
    (key,) = fill(store, ["complaint"])
    store.correct(key, [KEYED["3"]], "ann")
    app = page(comment=key)
    assert app.multiselect(key=f"codes_{key}").value == [KEYED["3"]]
    press(app, "code_4", "coding_save")
    assert people_of(store, key) == {"ann": tuple(sorted((KEYED["3"], KEYED["4"])))}
    press(app, "coding_undo")
    assert people_of(store, key) == {"ann": (KEYED["3"],)}


def test_nothing_to_code_stands_alone(store: Store) -> None:
    (key,) = fill(store, ["complaint"])
    app = press(page(comment=key), "code_1", "code_0")
    assert app.multiselect(key=f"codes_{key}").value == ["none"]
    press(app, "code_2")
    assert app.multiselect(key=f"codes_{key}").value == [KEYED["2"]]


@pytest.mark.parametrize("kind", ["safeguarding", "elsewhere", "not there"])
def test_what_may_not_be_coded_is_not_shown(
    store: Store, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    (flagged,) = fill(store, ["safeguarding"])
    (plain,) = fill(store, ["complaint"])
    fill(store, ["complaint"], service="probate")
    key = {"safeguarding": flagged, "elsewhere": plain, "not there": "f" * 32}[kind]
    if kind == "elsewhere":
        monkeypatch.setenv("FEEDBACK_LOCAL_SERVICES", '["probate"]')
        st.cache_resource.clear()
    text = store.read(sa.select(schema.comments.c.text))["text"].tolist()
    app = page(comment=key)
    assert "This comment cannot be coded here" in text_of(app)
    assert not [one for one in text if one in text_of(app)]
    assert not [one for one in app.button if one.key == "coding_save"]


@pytest.mark.parametrize("role", ["viewer", "triager", "safeguarding", "administrator"])
def test_no_other_role_codes(store: Store, monkeypatch: pytest.MonkeyPatch, role: str) -> None:
    (key,) = fill(store, ["complaint"])
    monkeypatch.setenv("FEEDBACK_LOCAL_ROLES", f'["{role}"]')
    assert "coding" not in [entry.name for entry in entries_for(frozenset({Role(role)}))]
    app = AppTest.from_file(str(SCRIPT), default_timeout=2 * SECONDS)
    app.switch_page(PAGE)
    app.query_params["comment"] = key
    app.run()
    assert not [one for one in app.button if one.key in ("coding_save", "code_1")]
    assert "blockquote" not in "".join(one.proto.body for one in app.get("html"))


def test_a_role_taken_away_writes_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    (key,) = fill(store, ["complaint"])
    app = press(page(comment=key), "code_1")
    monkeypatch.setenv("FEEDBACK_LOCAL_ROLES", '["viewer"]')
    st.cache_resource.clear()
    app.button(key="coding_save").click().run()
    assert people_of(store, key) == {}


# Rounds


def test_a_round_is_opened_coded_and_its_comments_are_coded_nowhere_else(store: Store) -> None:
    fill(store, ["complaint"] * 3)
    app = page()
    app.text_input(key="round_name").input(HOSTILE[0])
    app.number_input(key="round_n").set_value(3)
    app.multiselect(key="round_coders").set_value(["ann"])
    (button,) = [one for one in app.button if one.label == "Open the round"]
    button.click().run()
    assert "from two to 4 different coders" in text_of(app)
    assert rounds(store) == ()
    round_id = open_on(store, n=3)
    ids = round_comments(store, round_id)
    app = page(comment=ids[0])
    assert "This comment is in a round of coding" in text_of(app)
    app = press(page(queue=f"round:{round_id}"), "code_1", "coding_save", "code_2", "coding_save")
    assert my_codes(store, round_id, "ann") == {ids[0]: (KEYED["1"],), ids[1]: (KEYED["2"],)}
    assert "2 of 3 comments coded by you" in text_of(app)
    assert "The machine gave" not in text_of(app), "blind, unless somebody chooses otherwise"
    press(app, "coding_undo")
    assert set(my_codes(store, round_id, "ann")) == {ids[0]}
    again = page(queue=f"round:{round_id}")
    assert "1 of 3 comments coded by you" in text_of(again)
    assert again.multiselect(key=f"codes_{ids[1]}").value == [], "goes on where nothing is coded"


def test_who_codes_is_shown_nothing_of_the_others(store: Store) -> None:
    round_id = open_on(store, n=2)
    for key in round_comments(store, round_id):
        with store.changing() as connection:
            code_in_round(connection, round_id, key, "bob", ["use.wording"], NOW)
    for step in ({}, {"step": "compare"}):
        app = page(queue=f"round:{round_id}", **step)
        assert "use.wording" not in repr([one.value for one in app.multiselect])
        assert "bob: " not in text_of(app)
    assert "2 comments left for you to code" in text_of(app)


# Proposed codes


def test_a_proposed_code_is_given_accepted_and_in_the_file(store: Store) -> None:
    (key,) = fill(store, ["complaint"])
    app = page()
    app.text_input(key="proposal_id").input("Fault.Signature")
    app.text_input(key="proposal_label").input("Signature")
    app.text_area(key="proposal_definition").input("Signing fails; ring 07700 900123.")
    (button,) = [one for one in app.button if one.label == "Propose"]
    button.click().run()
    assert not app.exception
    (told,) = proposals(store)
    assert (told.code, told.who, told.status) == ("fault.signature", "ann", "proposed")
    assert told.definition == "Signing fails; ring [PHONE]."
    app = page(comment=key)
    app.multiselect(key=f"codes_{key}").set_value(["fault.signature"]).run()
    press(app, "coding_save")
    assert people_of(store, key) == {"ann": ("fault.signature",)}
    (told,) = proposals(store)
    assert told.n_comments == 1
    press(page(), "accept_fault.signature")
    (told,) = proposals(store)
    whole = with_accepted(CODEBOOK, [told])
    assert (whole.version, whole.codes[-1].id) == (CODEBOOK.version + 1, "fault.signature")
    assert 'id = "fault.signature"' in to_toml(whole)
    press(page(), "decline_fault.signature")
    assert "fault.signature" not in choices_of(CODEBOOK, proposals(store))


def test_codes_that_the_codebook_lacks_break_no_figure(store: Store) -> None:
    keys = fill(store, ["complaint"] * 3)
    propose(store)
    for key in keys:
        store.correct(key, ["fault.signature"], "ann")
    found = read_corrections(store, CODEBOOK)
    assert (len(found.labels), found.n_unknown) == (0, 3)
    assert measure_quality(SETTINGS, store)["n_outside"] == 0
    assert codebook_at_hand(Settings()).codebook.code_ids


def test_a_code_is_proposed_and_decided_on_once(store: Store) -> None:
    propose(store)
    with pytest.raises(StoreError, match=r"bob proposed 'fault\.signature' before"):
        propose(store)
    accepted, seen = CodeProposal.ACCEPTED, CodeProposal.PROPOSED
    with store.changing() as connection:
        decide_proposal(connection, "fault.signature", accepted, "cy", NOW, seen=seen)
    declined = CodeProposal.DECLINED
    with pytest.raises(StoreError, match="decided"), store.changing() as connection:
        decide_proposal(connection, "fault.signature", declined, "ann", NOW, seen=seen)
    assert proposals(store)[0].status is accepted


@pytest.mark.parametrize(
    ("code", "label", "says"),
    [
        ("praise", "Kind words", "has a code with this id"),
        ("thanks", "praise", "has a code with this name"),
        ("two words", "Two", "two words"),
        ("x", "", "has no 'label'"),
    ],
)
def test_what_the_codebook_could_not_take_is_refused(code: str, label: str, says: str) -> None:
    with pytest.raises(CodebookError, match=says):
        checked_proposal(CODEBOOK, code, label, "Something.")


@pytest.mark.parametrize("label", [text for text in HOSTILE if not text.isalnum()])
def test_labels_that_mean_something_as_markup_stand_on_no_button(label: str) -> None:
    assert not can_stand_on_a_button(label)
    proposal = proposal_with(label)
    keyed = keyed_codes(choices_of(CODEBOOK, [proposal]), ["mine"])
    assert "mine" not in keyed.values()
    assert all(can_stand_on_a_button(CODEBOOK[code].label) for code in keyed.values())


def proposal_with(label: str):
    from app.queries_rounds import Proposal

    return Proposal("mine", label, "d", CodeProposal.PROPOSED, "bob", NOW, 0)


def test_proposals_are_shown_as_typed(store: Store) -> None:
    fill(store, ["complaint"])
    propose(store, "mine", HOSTILE[0])
    app = page()
    pieces = "".join(element.proto.body for element in app.get("html"))
    assert "<script>" not in pieces
    assert HOSTILE[0] in text_of(app)
