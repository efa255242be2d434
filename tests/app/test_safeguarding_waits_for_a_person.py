"""What may be about safeguarding waits until a person has dealt with it, and is shown nowhere."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from app.doctor import examine
from app.queries_safeguarding import count_safeguarding, safeguarding_queue
from app.safeguarding import LISTED, list_queue, note_done, queue_text, safeguarding_line
from feedback import schema
from feedback.errors import SettingsError, StoreError
from feedback.safeguarding import DONE, SAFEGUARDING
from feedback.settings import Settings
from feedback.store import Store
from tests.app.coding_loop import SETTINGS, fill
from tests.app.filling import NOW
from tests.app.leak_checks import store
from tests.app.test_pages_show_the_store import open_app, text_of
from tests.app.welsh_store import ASSIGNED, REVIEW, Planted, plant, plant_all, recode

__all__ = ["open_app", "store"]

FEEDBACK = Path(sys.executable).with_name("feedback")
SAID = "he waits outside the hearing"
FLAGS = {
    "assigned": Planted(SAID, {SAFEGUARDING: ASSIGNED}, row={"language": "en"}),
    "for review": Planted(f"{SAID} 2", {SAFEGUARDING: REVIEW}, row={"language": "en"}),
    "beside others": Planted(f"{SAID} 3", {SAFEGUARDING: REVIEW, "complaint": ASSIGNED}),
    "abstained but for that": Planted(f"{SAID} 4", {SAFEGUARDING: REVIEW, "complaint": REVIEW}),
    "a duplicate": Planted(SAID, {SAFEGUARDING: ASSIGNED}, row={"duplicate_of": "f" * 32}),
    "Welsh": Planted("mae arna i ofn mynd adref", {SAFEGUARDING: ASSIGNED}),
    "another language": Planted("boję się", {SAFEGUARDING: REVIEW}, row={"language": "other"}),
    "language not clear": Planted("ofn", {SAFEGUARDING: REVIEW}, row={"language": "unknown"}),
    "taken for empty": Planted("dim", {SAFEGUARDING: REVIEW}, row={"is_empty": True}),
    "no page": Planted(f"{SAID} 5", {SAFEGUARDING: ASSIGNED}, row={"page": None}),
    "a person saw it": Planted(f"{SAID} 6", {"complaint": ASSIGNED}, [SAFEGUARDING]),
    "a person agrees": Planted(f"{SAID} 7", {SAFEGUARDING: REVIEW}, ["staff", SAFEGUARDING]),
}
FLAGS_NOT = {
    "another code": Planted("the staff were late", {"staff": ASSIGNED}),
    "no code": Planted("hm", {}),
    "a person says otherwise": Planted("this form kills me", {SAFEGUARDING: ASSIGNED}, ["praise"]),
}


def ids_in(store: Store, **asked: object) -> list[str]:
    return list(safeguarding_queue(store, **{"service": None, "n": 10_000, **asked})["comment_id"])


def log(store: Store, action: str):
    return store.read(sa.select(schema.audit).where(schema.audit.c.action == action))


def done(store: Store, comment_id: str, outcome: str = "told", **given: str):
    return note_done(SETTINGS, store, comment_id, reader="ann", outcome=outcome, **given)


# What waits


@pytest.mark.parametrize("kind", FLAGS)
def test_what_is_flagged_waits_once_until_dealt_with(store: Store, kind: str) -> None:
    (comment_id,) = plant(store, FLAGS[kind])
    assert ids_in(store) == [comment_id]
    assert count_safeguarding(store).n_waiting == 1
    assert done(store, comment_id)["n_waiting"] == 0
    assert ids_in(store) == []
    assert count_safeguarding(store).oldest_at is None


@pytest.mark.parametrize("kind", FLAGS_NOT)
def test_what_is_not_flagged_does_not_wait(store: Store, kind: str) -> None:
    (comment_id,) = plant(store, FLAGS_NOT[kind])
    assert ids_in(store) == []
    with pytest.raises(StoreError, match="not in the queue"):
        done(store, comment_id)
    assert log(store, DONE).empty


def test_a_rule_and_a_model_that_agree_are_one_comment(store: Store) -> None:
    (comment_id,) = plant(store, FLAGS["for review"])
    with store._engine.begin() as connection:
        connection.execute(
            sa.insert(schema.codings).values(
                comment_id=comment_id, code=SAFEGUARDING, origin="rule", coder="",
                model_version="test-1", probability=0.9, decision="assigned", at=NOW,
            )
        )  # fmt: skip
    (row,) = safeguarding_queue(store, None, 5).to_dict("records")
    assert (row["is_assigned"], row["probability"]) == (1, 0.9)
    assert (count_safeguarding(store).n_waiting, count_safeguarding(store).n_review) == (1, 0)


def test_a_later_model_takes_nothing_out(store: Store) -> None:
    (comment_id,) = plant(store, FLAGS["assigned"])
    with store._engine.begin() as connection:
        connection.execute(sa.update(schema.comments).values(state="received"))
    assert ids_in(store) == [comment_id]
    recode(store, {comment_id: {"praise": ASSIGNED}}, "test-2")
    assert ids_in(store) == [comment_id]
    store.correct(comment_id, ["praise"], "ann")
    assert ids_in(store) == []


def test_of_two_people_the_later_one_counts(store: Store) -> None:
    (comment_id,) = plant(store, FLAGS["a person saw it"])
    store.correct(comment_id, ["praise"], "bob")
    assert ids_in(store) == []
    store.correct(comment_id, [SAFEGUARDING], "cy")
    assert ids_in(store) == [comment_id]


def test_the_queue_is_that_of_a_count_by_hand(store: Store) -> None:
    rng = np.random.default_rng(5)
    codes = [SAFEGUARDING, "praise", "staff"]
    planted = [
        Planted(
            f"comment {n}",
            {str(code): ASSIGNED if rng.random() < 0.5 else REVIEW
             for code in rng.choice(codes, rng.integers(0, 4), replace=False)},
            [str(rng.choice(codes))] if rng.random() < 0.3 else [],
            {"language": str(rng.choice(["en", "cy", "other"]))},
        )
        for n in range(300)
    ]  # fmt: skip
    ids = plant(store, *planted)
    dealt = set(rng.choice(ids, 60, replace=False).tolist())
    expected = {ASSIGNED: [], REVIEW: []}
    for key, one in zip(ids, planted, strict=True):
        if one.by_person:
            decision = ASSIGNED if SAFEGUARDING in one.by_person else None
        else:
            decision = one.codes.get(SAFEGUARDING)
        if decision and key in dealt:
            assert done(store, key)["is_new"]
        elif decision:
            expected[decision].append(key)
    assert min(map(len, expected.values())) > 20
    assert ids_in(store) == expected[ASSIGNED] + expected[REVIEW], "planted the oldest first"
    assert ids_in(store, n=3) == expected[ASSIGNED][:3]
    assert count_safeguarding(store).n_review == len(expected[REVIEW])


def test_both_questions_go_by_the_index_of_codes(store: Store) -> None:
    fill(store, ["praise"] * 50)
    plant(store, *FLAGS.values(), *FLAGS_NOT.values())
    asked: list[tuple[str, object]] = []

    def remember(_c, _cursor, statement, parameters, *_) -> None:
        asked.append((statement, parameters))

    sa.event.listen(store._engine, "before_cursor_execute", remember)
    count_safeguarding(store)
    count_safeguarding(store, "divorce")
    safeguarding_queue(store, None, 20)
    safeguarding_queue(store, "divorce", 20)
    sa.event.remove(store._engine, "before_cursor_execute", remember)
    asked = [one for one in asked if "safeguarding_outcomes" in one[0]]
    assert len(asked) == 4
    for statement, parameters in asked:
        with store._engine.connect() as connection:
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plan = [detail for *_, detail in rows]
        assert any("INDEX ix_codings_code_comment_id (code=?" in step for step in plan), plan
        tables = r"(comments|codings|coding\w*|safeguarding\w*)"
        assert not [step for step in plan if re.match(f"SCAN {tables}", step)], plan


# Who looked, and what was done


def test_a_look_is_written_down_with_ids_and_without_text(store: Store) -> None:
    ids = plant(store, *FLAGS.values())
    told = list_queue(store, None, 5, "  Ann   Lee ")
    assert [one["id"] for one in told["comments"]] == ids_in(store)[:5]
    assert (told["n_waiting"], told["n_shown"], told["n_review"]) == (len(ids), 5, 6)
    (entry,) = log(store, LISTED).to_dict("records")
    assert entry["who"] == "Ann Lee"
    assert entry["detail"] == {
        "n": 5,
        "n_waiting": len(ids),
        "service": None,
        "ids": [one["id"] for one in told["comments"]],
    }
    everything = store.read(sa.select(schema.audit)).to_json(date_format="iso")
    assert not [one.text for one in FLAGS.values() if len(one.text) > 4 and one.text in everything]
    assert list_queue(store, "probate", 5, "bob")["comments"] == []
    assert log(store, LISTED)["detail"].iloc[1]["n"] == 0


def test_nobody_is_shown_what_the_log_cannot_keep(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(store, FLAGS["assigned"])

    def refuse(*_: object) -> None:
        raise StoreError("full")

    monkeypatch.setattr(store, "audit", refuse)
    with pytest.raises(StoreError, match="full"):
        list_queue(store, None, 5, "ann")


def test_the_list_says_what_waits_in_all_and_what_nobody_has_seen(store: Store) -> None:
    now = datetime.now(UTC)
    old = replace(FLAGS["assigned"], row={"submitted_at": now - timedelta(hours=3, minutes=1)})
    new = replace(FLAGS["for review"], row={"submitted_at": now - timedelta(minutes=9)})
    ids = plant(store, old, new)
    fill_waiting(store)
    said = queue_text(list_queue(store, None, 1, "ann"))
    assert said.startswith(
        "2 comments may be about safeguarding and wait for a person trained to read them, 1 of "
        "them for review; the oldest for 3 hours. The first 1 of 2; more with --n."
    )
    assert f"{ids[0]}  safeguarding, 40%" in said
    assert SAID in said
    assert ids[1] not in said
    assert "Nobody knows yet what is in 2 comments still to code" in said
    assert "feedback safeguarding done ID" in said
    done(store, ids[0])
    assert (
        "1 comment may be about safeguarding and waits for a person trained to read it, for "
        in (safeguarding_line(count_safeguarding(store)))
    )
    done(store, ids[1])
    assert queue_text(list_queue(store, None, 1, "ann")).startswith("No comment waits.")


def fill_waiting(store: Store) -> None:
    from tests.app.filling import put

    put(store, [{"text": "not coded"}, {"text": "not coded either"}])


def test_what_was_done_is_kept_once_and_without_names(store: Store) -> None:
    (comment_id,) = plant(store, FLAGS["assigned"])
    note = "Told the lead, call back on 07700 900123 or jo@example.org"
    first = done(store, comment_id, note=note)
    again = done(store, comment_id, note=note)
    assert (first["is_new"], again["is_new"]) == (True, False)
    (entry,) = log(store, DONE).to_dict("records")
    assert (entry["who"], entry["object"]) == ("ann", f"comment {comment_id}")
    kept = "Told the lead, call back on [PHONE] or [EMAIL]"
    assert entry["detail"] == {"outcome": "told", "note": kept}
    assert done(store, comment_id, "no-risk")["is_new"]
    (row,) = store.read(sa.select(schema.safeguarding_outcomes)).to_dict("records")
    assert (row["outcome"], row["who"]) == ("no-risk", "ann")
    assert [one["outcome"] for one in log(store, DONE)["detail"]] == ["told", "no-risk"]


def test_pseudonyms_of_a_note_are_plain_placeholders(store: Store) -> None:
    (comment_id,) = plant(store, FLAGS["assigned"])
    settings = Settings(redaction_operator="pseudonym", redaction_key="7c" * 32)
    note_done(
        settings, store, comment_id, reader="ann", outcome="other", note="rang jo@example.org"
    )
    assert log(store, DONE)["detail"].iloc[0]["note"] == "rang [EMAIL]"


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"reader": " "}, "--reader is who reads"),
        ({"reader": "x" * 121}, "--reader is who reads"),
        ({"outcome": "fine"}, "told, no-risk, other"),
        ({"note": "x" * 1_001}, "--note has 1,001 letters"),
    ],
)
def test_what_cannot_be_written_down_is_refused(store: Store, given: dict, says: str) -> None:
    (comment_id,) = plant(store, FLAGS["assigned"])
    with pytest.raises(SettingsError, match=says):
        note_done(SETTINGS, store, comment_id, **{"reader": "ann", "outcome": "told", **given})
    assert ids_in(store) == [comment_id]
    with pytest.raises(StoreError, match="No comment in the store has this id"):
        done(store, "f" * 32)


# What is told of it


def test_doctor_counts_and_quotes_nothing(store: Store, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, store=f"sqlite:///{tmp_path / 'a.db'}")

    def finding() -> str:
        (told,) = [one for one in examine(settings) if one.name == "safeguarding"]
        assert told.is_ok
        return told.found

    assert finding() == "no comment waits"
    plant(store, *FLAGS.values())
    assert finding().startswith(f"{len(FLAGS)} comments may be about safeguarding and wait")
    assert SAID not in finding()


def test_the_overview_says_it_only_where_some_wait(open_app: Callable[..., AppTest]) -> None:
    ids: dict[str, str] = {}

    def prepare(store: Store) -> None:
        ids.update(plant_all(store))

    app = open_app(prepare)
    assert not app.exception
    said = text_of(app)
    line = "3 comments may be about safeguarding and wait for a person trained to read them"
    assert line in said
    assert "feedback safeguarding" not in said, "a link, not a command"
    assert "Open the safeguarding queue" in [link.proto.label for link in app.get("page_link")]
    assert "ofn" not in said
    assert "may be about safeguarding" in text_of(app.run())

    def settle(store: Store) -> None:
        for key in ids_in(store):
            done(store, key)

    assert "may be about safeguarding" not in text_of(open_app(settle))


def test_the_commands_list_and_write_down(store: Store, tmp_path: Path) -> None:
    ids = plant(store, *FLAGS.values())

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [FEEDBACK, "--store", f"sqlite:///{tmp_path / 'a.db'}", "safeguarding", *arguments],
            capture_output=True, text=True, cwd=tmp_path, timeout=120,
            env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "FEEDBACK_HOME": str(tmp_path)},
        )  # fmt: skip

    told = json.loads(run("list", "--reader", "ann", "--n", "2", "--json").stdout)
    assert (told["n_waiting"], told["n_shown"]) == (len(FLAGS), 2)
    assert {"id", "service", "page", "submitted_at", "decision", "probability", "text"} <= set(
        told["comments"][0]
    )
    assert SAID in run("list", "--reader", "ann").stdout
    assert len(log(store, LISTED)) == 2
    for _ in range(2):
        said = run("done", ids[0], "--reader", "ann", "--outcome", "told")
        assert said.returncode == 0, said.stderr
    assert f"told. {len(FLAGS) - 1} comments wait still." in said.stdout
    assert len(log(store, DONE)) == 1
    for wrong in (ids[0][:-1] + "x", "nobody"):
        refused = run("done", wrong, "--reader", "ann", "--outcome", "told")
        assert (refused.returncode, refused.stdout) == (2, "")
        assert len(refused.stderr.splitlines()) == 1
        assert "No comment in the store has this id" in refused.stderr
