"""Retention, erasure, holds and backups as people meet them: commands and pages."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from app.tell_kept import kept_answer, period_note
from feedback import schema
from feedback.erasure import erase_response
from feedback.retention import apply_retention, keep_service, set_days
from feedback.settings import Settings
from feedback.store import Store
from tests.app.filling import code, put
from tests.app.page_store import page_store
from tests.feedback.pipeline_parts import row, write_csv

FEEDBACK = Path(sys.executable).with_name("feedback")
SCRIPT = Path(__file__).parents[2] / "app" / "streamlit_app.py"
WORD = "zanzibarqux"
NOW = datetime.now(UTC).replace(microsecond=0)
TODAY = NOW.date()


def run(home: Path, *told: str, typed: str = "", ok: bool = True) -> str:
    """Run the command as a person does; return what it says on standard output or error."""
    done = subprocess.run(
        [FEEDBACK, *told],
        env={**os.environ, "FEEDBACK_HOME": str(home), "FEEDBACK_STORE": ""},
        cwd=home,
        input=typed,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == (0 if ok else 2), done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout if ok else done.stderr


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home whose store has a new comment with a word of its own, another, and an old one."""
    place = tmp_path / "home"
    place.mkdir()
    sent = (NOW - timedelta(days=3)).strftime("%d/%m/%Y")
    rows = [
        row(1, f"the {WORD} upload is broken", date=sent),
        row(2, "mae'r ffurflen yn araf iawn heddiw", date=sent),
        row(3, "years ago the fee page was slow", date="03/04/2020"),
    ]
    run(place, "ingest", str(write_csv(tmp_path / "a.csv", rows)))
    return place


def comments(home: Path) -> list[str]:
    with sqlite3.connect(home / "feedback.db") as connection:
        found = connection.execute("SELECT text FROM comments ORDER BY submitted_at, text")
        return [text for (text,) in found]


def test_an_erasure_is_counted_asked_and_done(home: Path, tmp_path: Path) -> None:
    told = run(home, "erase", "--response", "R1", "--dry-run")
    assert "1 comment and 1 response would be erased. Nothing was changed." in told
    asked = subprocess.run(
        [FEEDBACK, "erase", "--response", "R1"],
        env={**os.environ, "FEEDBACK_HOME": str(home), "FEEDBACK_STORE": ""},
        input="n\n",
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert asked.returncode == 130
    assert "Erase 1 comment of response" in asked.stderr
    assert len(comments(home)) == 3
    assert "does not come in again" in run(home, "erase", "--response", "R1", typed="y\n")
    assert len(comments(home)) == 2
    again = run(home, "ingest", str(tmp_path / "a.csv"))
    assert "1 comment was left out: its response was erased from the store on request." in again
    told = json.loads(run(home, "ingest", str(tmp_path / "a.csv"), "--json"))
    assert told["files"][0]["n_erased"] == 1
    assert "nothing of it is in the store any more" in run(
        home, "erase", "--response", "R1", "--yes"
    )


def test_the_home_folder_and_what_is_printed_hold_no_word_of_it(home: Path) -> None:
    said = run(home, "run")
    said += run(home, "erase", "--response", "R1", "--yes")
    for path in (one for one in home.rglob("*") if one.is_file()):
        assert WORD.encode() not in path.read_bytes(), path
    assert WORD not in said
    out = home / "out.csv"
    run(home, "export", "--format", "csv", "--out", str(out))
    assert "ffurflen" in out.read_text()
    assert WORD not in out.read_text()


def test_retention_is_set_shown_rehearsed_and_applied(home: Path) -> None:
    assert "divorce: 365 days; kept since" in run(home, "retention", "show")
    assert "1 comment due now" in run(home, "retention", "show")
    assert "kept without a limit" in run(home, "retention", "keep", "Divorce")
    assert "divorce: no limit, its own rule" in run(home, "retention", "show")
    assert run(home, "retention", "apply").strip() == "Nothing has been kept longer than its rule."
    assert "divorce is kept for 30 days" in run(home, "retention", "set", "Divorce", "30")
    told = run(home, "retention", "apply", "--dry-run")
    assert told.strip() == "divorce: 1 comment, 1 response would be deleted"
    assert len(comments(home)) == 3
    assert "1 comment, 1 response deleted" in run(home, "retention", "apply")
    assert len(comments(home)) == 2
    shown = json.loads(run(home, "retention", "show", "--json"))
    due = (NOW - timedelta(days=3) + timedelta(days=31)).date()
    assert shown[0]["next_deletion"] == due.isoformat()
    assert "can be kept for" in run(home, "retention", "set", "Divorce", "0", ok=False)


def test_a_hold_refuses_by_its_id_until_it_is_lifted(home: Path) -> None:
    assert "Name one of" in run(home, "hold", "place", "--reason", "a claim", ok=False)
    placed = run(home, "hold", "place", "--response", "R1", "--reason", "Claim 7 of 2026")
    hold_id = placed.split()[0]
    refused = run(home, "erase", "--response", "R1", "--yes", ok=False)
    assert f"legal hold {hold_id} is on it" in refused
    assert refused.count("\n") == 1
    assert "Claim 7 of 2026" in run(home, "hold", "list")
    run(home, "hold", "lift", hold_id, "--reason", "settled")
    assert "lifted by" in run(home, "hold", "list")
    run(home, "erase", "--response", "R1", "--yes")
    assert len(comments(home)) == 2


def test_a_backup_is_made_and_put_back(home: Path, tmp_path: Path) -> None:
    copies = tmp_path / "copies"
    made = run(home, "backup", "--out", str(copies))
    assert re.search(r"3 comments, [\d,]+ bytes, SHA-256 [0-9a-f]{64}", made)
    copy = Path(made.split(": ")[0])
    assert json.loads(Path(f"{copy}.json").read_text())["counts"]["comments"] == 3
    run(home, "erase", "--response", "R1", "--yes")
    assert "--replace" in run(home, "restore", str(copy), ok=False)
    told = run(home, "restore", str(copy), "--replace")
    assert "1 comment erased again" in told
    assert len(comments(home)) == 2
    assert "1 erased response" in run(home, "backup", "--out", str(copies), "--erasures-only")
    shutil.rmtree(home)
    home.mkdir()
    run(home, "restore", f"{copy}.json", "--into", f"sqlite:///{home / 'feedback.db'}")
    assert not [text for text in comments(home) if WORD in text]
    copy.write_bytes(copy.read_bytes()[:-1] + b"?")
    assert "checksum" in run(home, "restore", str(copy), "--replace", ok=False)


# Pages


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    with page_store(tmp_path, monkeypatch) as opened:
        yield opened


def open_page(name: str, **address: str) -> AppTest:
    app = AppTest.from_file(str(SCRIPT), default_timeout=120)
    app.switch_page(f"app_pages/{name}.py")
    for key, value in address.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception
    return app


def text_of(app: AppTest) -> str:
    parts = [one.value for kind in ("title", "text", "markdown") for one in app.get(kind)]
    parts += [re.sub(r"<[^>]+>", " ", one.proto.body) for one in app.get("html")]
    parts += [one.value.to_string() for one in app.dataframe]
    return html.unescape("\n".join(parts))


def test_pages_and_figures_are_of_what_is_left(store: Store) -> None:
    ids = put(
        store,
        [
            {
                "text": f"{WORD} breaks the upload" if not n else f"the upload breaks again {n}",
                "submitted_at": NOW - timedelta(days=2, minutes=n),
            }
            for n in range(12)
        ],
    )
    code(store, {one: ["fault.upload"] for one in ids})
    before = {name: text_of(open_page(name)) for name in ("overview", "comments", "triage")}
    assert WORD in before["comments"]
    assert "12 comments" in before["overview"]
    response = store.read(
        sa.select(schema.comments.c.response_id).where(schema.comments.c.comment_id == ids[0])
    )["response_id"].iloc[0]
    erase_response(store, response, "ann", now=NOW)
    after = {name: text_of(open_page(name)) for name in before}
    assert WORD not in str(after)
    assert ids[0] not in str(after)
    assert "11 comments" in after["overview"]


def test_settings_tell_since_when_and_until_when(store: Store) -> None:
    put(store, [{"text": "the form is slow", "submitted_at": NOW - timedelta(days=3)}])
    put(store, [{"text": "fees", "service": "probate", "submitted_at": NOW - timedelta(days=1)}])
    with store.changing() as connection:
        set_days(connection, "divorce", 30, "ann", NOW)
        keep_service(connection, "probate", "ann", NOW)
    app = open_page("settings")
    assert "Feedback is kept for 365 days; 2 services with a rule of their own" in text_of(app)
    table = next(
        one.value for one in app.dataframe if "Next deletion" in one.value.columns
    ).set_index("Service")
    due = pd.Timestamp(NOW).tz_convert("Europe/London") + timedelta(days=28)
    kept = pd.Timestamp(NOW).tz_convert("Europe/London") - timedelta(days=30)
    assert table.loc["Apply for a divorce", "Kept for"] == "30 days, own rule"
    assert table.loc["Apply for a divorce", "Kept since"] == kept.strftime("%d/%m/%Y")
    assert table.loc["Apply for a divorce", "Next deletion"] == due.strftime("%d/%m/%Y")
    assert table.loc["Apply for probate", "Kept for"] == "no limit, own rule"


def test_a_period_that_begins_before_what_is_kept_says_so(store: Store) -> None:
    put(store, [{"text": "the form is slow", "submitted_at": NOW - timedelta(days=3)}])
    told = "Apply for a divorce: the period begins before what is kept."
    assert told not in text_of(open_page("overview"))
    with store.changing() as connection:
        set_days(connection, "divorce", 30, "ann", NOW)
    apply_retention(store, Settings(), NOW)
    for page in ("overview", "comments", "emerging"):
        assert told in text_of(open_page(page)), page


DAY = date(2026, 4, 10)


@pytest.mark.parametrize(
    ("first", "services", "rules", "days", "told"),
    [
        (date(2026, 1, 1), ["divorce"], {}, 365, ""),
        (date(2026, 1, 1), ["divorce"], {}, 0, ""),
        (date(2026, 1, 1), ["divorce"], {"divorce": None}, 30, ""),
        (date(2026, 1, 1), ["divorce"], {"probate": 30}, 365, ""),
        (date(2026, 3, 11), ["divorce"], {"divorce": 30}, 365, ""),
        (
            date(2026, 3, 10),
            ["divorce"],
            {"divorce": 30},
            365,
            "Apply for a divorce: the period begins",
        ),
        (date(2026, 3, 1), ["divorce"], {}, 30, "before 11/03/2026 may"),
        (date(2026, 3, 1), ["divorce", "probate"], {"probate": 9}, 30, "2 services: the period"),
        (date(2026, 3, 1), ["divorce", "probate"], {"probate": 9}, 30, "before 01/04/2026 may"),
        (date(2026, 3, 1), ["divorce", "probate"], {"probate": 9}, 0, "Apply for probate: the"),
    ],
)
def test_what_is_said_of_a_period(
    first: date, services: list[str], rules: dict[str, int | None], days: int, told: str
) -> None:
    note = period_note(first, services, rules, days, DAY)
    assert told in note
    assert bool(note) == bool(told)


def test_the_answer_names_rules_only_where_there_are_any() -> None:
    assert kept_answer(365, 0) == "Feedback is kept for 365 days"
    assert kept_answer(0, 1) == "Feedback is kept without a limit; 1 service with a rule of its own"
