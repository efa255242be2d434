"""The page Sources: what the store knows counted again, and statements that nobody overwrites."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from app import queries_sources
from app.source_work import statement_table, tell_about_source
from app.tell_sources import store_facts_told
from feedback import schema
from feedback.errors import ChangedMeanwhileError, StoreError
from feedback.settings import Settings
from feedback.source_statements import FIELDS, MAX_CHARACTERS
from feedback.store import Store
from tests.app.filling import NOW, code, fill, put
from tests.app.hostile import HOSTILE
from tests.app.leak_checks import store
from tests.app.test_pages_show_the_store import open_app, text_of
from tests.feedback.pipeline_parts import rows_of

__all__ = ["open_app", "store"]

SETTINGS = Settings()


def tell(store: Store, shown: dict[str, str], told: dict[str, str], who: str) -> tuple[str, ...]:
    return tell_about_source(SETTINGS, store, "letters", shown, told, who)


def told_now(store: Store) -> dict[str, str]:
    return dict(queries_sources.statement(store, "letters").told)


def letters(store: Store) -> None:
    """Eight comments of five responses in three of four weeks, and one of another source."""
    usual, long_ago = {"source": "letters", "satisfaction": 4}, NOW - timedelta(days=22)
    rows = [
        {"text": "slow", "response_id": "a" * 32, "submitted_at": NOW - timedelta(days=1)},
        {"text": "very slow", "response_id": "a" * 32, "submitted_at": NOW - timedelta(days=1)},
        {"text": "araf iawn", "language": "cy", "page": None},
        {"text": "n/a", "is_empty": True, "satisfaction": None},
        {"text": "fine", "service": "probate", "submitted_at": NOW - timedelta(days=8)},
        {"text": "good", "comment_id": "x" * 32, "question": "What?", "submitted_at": long_ago},
        {"text": "good", "duplicate_of": "x" * 32, "submitted_at": long_ago},
        {"text": "ok then", "response_id": "a" * 32, "submitted_at": NOW - timedelta(days=1)},
    ]
    ids = put(store, [{**usual, **row} for row in rows])
    put(store, [{"text": "elsewhere", "source": "other"}])
    with store._engine.begin() as connection:
        span = {"entity": "PERSON", "recogniser": "test", "score": 1.0}
        rows = [
            {"comment_id": ids[0], "start": at, "end": at + 2, **span}
            for at in (0, 2)  # two in one comment, which counts once
        ]
        connection.execute(sa.insert(schema.spans), rows)


def test_what_the_store_knows_is_what_its_rows_say(store):
    letters(store)
    facts = queries_sources.source_facts(store, "letters")
    assert (facts.n_comments, facts.n_sampled, facts.is_sample) == (8, 8, False)
    assert facts.n_responses == pytest.approx(6)
    assert facts.services == (("divorce", 7), ("probate", 1))
    assert dict(facts.languages) == {"en": 7, "cy": 1}
    assert facts.shares["redacted"] == (1, 8)
    assert facts.shares["duplicate"] == (1, 8)
    assert facts.shares["empty"] == (1, 8)
    assert facts.shares["no_page"] == (1, 8)
    assert facts.shares["no_question"] == (7, 8)
    assert facts.shares["no_satisfaction"] == (1, 8)
    assert facts.shares["no_region"] == (8, 8)
    first = (NOW - timedelta(days=22)).date()
    assert (facts.first_day, facts.last_day) == (first, NOW.date())
    # 10/03 lies in the week from 09/03, 24/03 in that from 23/03, the others in that from 30/03.
    assert [day.isoformat() for day in facts.gaps] == ["2026-03-16"]
    assert facts.n_weeks == 4
    told = dict(store_facts_told(facts))
    assert told["Weeks without a comment"] == "1 of 4: weeks from 16/03/2026"
    assert told["Rejected rows"] == "not recorded: no run names this source"


def test_a_large_store_is_told_by_a_sample_that_is_near_the_truth(store, monkeypatch):
    fill(store, n_comments=3_000)
    exact = queries_sources.source_facts(store, "test")
    monkeypatch.setattr(queries_sources, "SAMPLED_COMMENTS", 1_000)
    facts = queries_sources.source_facts(store, "test")
    assert facts.is_sample
    assert 850 < facts.n_sampled < 1_150
    assert facts.n_comments == exact.n_comments, "counts stay exact"
    assert facts.n_responses == pytest.approx(exact.n_responses, rel=0.001)
    for name in ("no_page", "no_satisfaction"):
        hits, n = facts.shares[name]
        truth = exact.shares[name][0] / exact.n_comments
        assert abs(hits / n - truth) < 4 * (truth * (1 - truth) / n) ** 0.5
    assert "about " in dict(store_facts_told(facts))["Responses with a comment"]
    assert " to " in dict(store_facts_told(facts))["Comments without a page"]


def test_a_statement_is_redacted_audited_and_kept(store):
    fields = tell(store, {}, {"supplier": "Ask Priya Featherstone on 07700 900123"}, "ann")
    assert fields == ("supplier",)
    assert told_now(store)["supplier"] == "Ask [PERSON] on [PHONE]"
    (line,) = rows_of(store, schema.audit).to_dict("records")
    assert (line["who"], line["action"], line["object"]) == (
        "ann",
        "source statement",
        "source letters",
    )
    assert line["detail"] == {"fields": ["supplier"], "before": {"supplier": ""}}
    assert tell(store, told_now(store), told_now(store), "bob") == (), "nothing changed"
    assert len(rows_of(store, schema.audit)) == 1
    with pytest.raises(StoreError, match=r"at most 4,000 characters; longer: Known faults\."):
        tell(store, {}, {"known_faults": "a b " * MAX_CHARACTERS}, "ann")
    with pytest.raises(StoreError, match="has no field colour"):
        tell(store, {}, {"colour": "red"}, "ann")


def test_two_people_at_once_keep_both_their_work(store):
    tell(store, {}, {"covers": "Everybody."}, "ann")
    shown = told_now(store)
    tell(store, shown, {**shown, "misses": "Those who ring."}, "ann")
    tell(store, shown, {**shown, "purpose": "To mend faults."}, "bob")
    assert told_now(store) == {
        "covers": "Everybody.",
        "misses": "Those who ring.",
        "purpose": "To mend faults.",
    }
    tell(store, shown, {**shown, "covers": "All who finish."}, "ann")
    with pytest.raises(ChangedMeanwhileError, match="Who can answer"):
        tell(store, shown, {"covers": "Adults.", "purpose": "Another."}, "bob")
    assert told_now(store)["covers"] == "All who finish."
    assert told_now(store)["purpose"] == "To mend faults.", "nothing of it was saved"
    tell(store, told_now(store), {**told_now(store), "misses": ""}, "bob")
    assert "misses" not in told_now(store), "a field can be emptied"


def test_the_table_to_take_away_has_every_field(store):
    letters(store)
    tell(store, {}, {"covers": "=1+1"}, "ann")
    table = statement_table(
        queries_sources.source_facts(store, "letters"), queries_sources.statement(store, "letters")
    )
    of = table.set_index("What")["Told"]
    assert of["Comments"] == "8"
    assert of["Whom it misses"] == "Not told yet."
    assert list(table["What"])[-len(FIELDS) :] == [one.label for one in FIELDS]


# The page


def page(open_app: Callable[..., AppTest], prepare=letters, source: str = "letters") -> AppTest:
    return open_app(prepare, "Sources", {"source": source})


def at(tmp_path: Path) -> Store:
    return Store.open(f"sqlite:///{tmp_path / 'feedback.db'}")


def type_and_save(app: AppTest, label: str, text: str) -> None:
    (area,) = [one for one in app.text_area if one.label == label]
    area.input(text)
    (button,) = [one for one in app.button if one.label == "Save"]
    button.click().run()
    assert not app.exception


def test_all_sources_are_listed_with_how_much_is_told(open_app):
    app = open_app(letters, "Sources")
    table = app.dataframe[0].value
    assert list(table["Source"]) == ["letters", "other"]
    assert list(table["Comments"]) == [8, 1]
    assert list(table["Told"]) == ["0 of 12", "0 of 12"]
    assert "nobody has told about any of them yet" in text_of(app)


def test_what_is_typed_is_saved_and_shown(open_app, tmp_path):
    app = page(open_app)
    assert "Whom it misses: not told yet." in text_of(app)
    type_and_save(app, "Whom it misses", "People without a telephone.\nPaper forms.")
    said = text_of(app)
    assert "Saved: 1 field of the statement." in said
    assert "1 of 12 things told by people, last by " in said
    assert "Paper forms." in said
    with at(tmp_path) as store:
        assert told_now(store) == {"misses": "People without a telephone.\nPaper forms."}


def test_what_somebody_else_wrote_meanwhile_is_not_lost(open_app, tmp_path):
    app = page(open_app)
    with at(tmp_path) as store:
        tell(store, {}, {"covers": "Theirs.", "purpose": "Theirs as well."}, "bob")
    type_and_save(app, "Who can answer", "Mine.")
    assert "Somebody else changed this meanwhile: Who can answer." in app.error[0].value
    (area,) = [one for one in app.text_area if one.label == "Who can answer"]
    assert area.value == "Mine.", "what was typed stays"
    type_and_save(app, "Who can answer", "Mine and theirs.")
    with at(tmp_path) as store:
        assert told_now(store) == {"covers": "Mine and theirs.", "purpose": "Theirs as well."}


def test_a_viewer_reads_and_cannot_write(open_app, monkeypatch):
    monkeypatch.setenv("FEEDBACK_LOCAL_ROLES", '["viewer"]')
    app = page(open_app)
    assert not app.exception
    assert not app.text_area
    assert "People with the role researcher can add to this statement." in text_of(app)


def test_who_does_not_see_every_service_of_a_source_cannot_tell_about_it(
    open_app, monkeypatch, tmp_path
):
    monkeypatch.setenv("FEEDBACK_LOCAL_SERVICES", '["probate"]')
    app = page(open_app)
    assert "letters: 1 comment," in text_of(app), "what they see is theirs alone"
    type_and_save(app, "Whom it misses", "Many.")
    assert "a service that you do not see" in app.error[0].value
    with at(tmp_path) as store:
        assert told_now(store) == {}


def test_names_and_statements_are_shown_as_typed(open_app, tmp_path):
    source = "**b** <img src=x onerror=window.broken=1> [x](javascript:alert(1))"

    def prepare(store: Store) -> None:
        ids = put(store, [{"text": "slow", "source": source}])
        code(store, {key: ["praise"] for key in ids})
        told = {one.name: HOSTILE[n] for n, one in enumerate(FIELDS)}
        with store.changing() as connection:
            connection.execute(
                sa.insert(schema.source_statements),
                [{"source": source, "statement": told, "who": "<b>ann</b>", "at": NOW}],
            )

    app = page(open_app, prepare, source)
    assert not app.exception
    told = [one.value for kind in ("markdown", "caption", "header") for one in app.get(kind)]
    assert not [text for text in told if "evil" in text or "**" in text]
    pieces = "".join(element.proto.body for element in app.get("html"))
    assert "<img" not in pieces
    assert "<b>ann" not in pieces
    assert source in text_of(app)
