"""The commands sources and pull, and the page Sources: what they say, do, and never write."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from app.pull_tell import every, pulled_answer, pulled_table, source_facts
from feedback import schema
from feedback.pull_lease import lease_name
from feedback.schema import PullKind
from feedback.source_statements import save_statement
from feedback.store import Store
from tests.app.test_pages_show_the_store import open_app, text_of
from tests.app.test_sources_page import letters
from tests.feedback.pull_parts import add, source, texts, write_export

__all__ = ["open_app"]

FEEDBACK = Path(sys.executable).with_name("feedback")
SECRET = "s3cr3t-of-nobody-4471"
QUERY = "SELECT id, comment FROM answers WHERE id >= :since ORDER BY id"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def environment(home: Path, **more: str) -> dict[str, str]:
    told = {"PATH": "/usr/bin:/bin", "HOME": str(home), "FEEDBACK_HOME": str(home)}
    return {**told, "OMP_NUM_THREADS": "1", **more}


def run(home: Path, *arguments: object, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [FEEDBACK, *map(str, arguments)],
        capture_output=True,
        text=True,
        env=environment(home, **more),
        cwd=home,
        timeout=300,
    )


def said(done: subprocess.CompletedProcess[str], code: int = 0) -> str:
    assert done.returncode == code, done.stderr
    return done.stdout


def opened(home: Path) -> Store:
    return Store.open(f"sqlite:///{home / 'feedback.db'}")


def database(path: Path, comments: list[str]) -> Path:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE answers (id INTEGER PRIMARY KEY, comment TEXT)")
    connection.executemany("INSERT INTO answers (comment) VALUES (?)", [(c,) for c in comments])
    connection.commit()
    connection.close()
    return path


def test_sources_are_added_pulled_shown_paused_and_removed(home: Path, tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    write_export(inbox / "a.csv", range(3))
    answers = database(tmp_path / "answers.db", ["cannot upload a photo", "the fee is wrong"])
    added = run(
        home, "sources", "add", "folder", "letters", inbox, "--settle-seconds", 0.1,
        "--service", "Divorce", "--every", 60,
    )  # fmt: skip
    assert "letters is added" in said(added)
    asks = ("--query", QUERY, "--column", "id", "--since", 0, "--map", "response_id=id")
    url = f"sqlite:///{answers}"
    said(run(home, "sources", "add", "query", "reports", url, *asks, "--source", "letters"))
    assert "Not asked yet" in said(run(home, "sources", "list"))
    pulled = json.loads(said(run(home, "pull", "--json")))
    assert [(one["source"], one["outcome"], one["n_new"]) for one in pulled] == [
        ("letters", "done", 3),
        ("reports", "done", 2),
    ]
    assert (inbox / "done" / "a.csv").exists()
    shown = json.loads(said(run(home, "sources", "show", "letters", "--json")))
    assert (shown["state"], shown["n_comments"], shown["every_minutes"]) == ("done", 3, 60)
    assert shown["service"] == "divorce"
    assert len(shown["headings_left"]) == 12
    assert [one["name"] for one in shown["files"]] == ["a.csv"]
    assert "Whom it misses" in said(run(home, "sources", "show", "letters"))
    said(run(home, "sources", "pause", "letters"))
    refused = run(home, "pull", "letters")
    assert refused.returncode == 2
    assert refused.stderr == (
        "feedback: That source is paused. First: feedback sources resume NAME\n"
    )
    assert [one["source"] for one in json.loads(said(run(home, "pull", "--json")))] == ["reports"]
    said(run(home, "sources", "resume", "letters"))
    assert "letters: 0 rows; 0 comments went in" in said(run(home, "pull", "letters"))
    said(run(home, "sources", "remove", "reports"))
    with opened(home) as store:
        assert len(texts(store)) == 5, "its comments stay"
        lines = store.read(sa.select(schema.audit).order_by(schema.audit.c.at))
    actions = [one for one in lines["action"] if one.endswith(" source")]
    assert actions == ["add source"] * 2 + ["pause source", "resume source", "remove source"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["pull"], "There is no source to ask"),
        (["pull", "nobody"], "There is no source of that name"),
        (["sources", "show", "nobody"], "There is no source of that name"),
        (["sources", "add", "folder", "x", "/no/such/folder"], "There is no folder"),
        (["sources", "add", "files", "x", "s3://b/*.csv", "--preset", "nope"], "no preset 'nope'"),
        (["sources", "add", "files", "x", "s3://b/*.csv", "--map", "colour=a"], "cannot be mapped"),
        (["sources", "add", "query", "x", "sqlite:///a.db", "--column", "id", "--since", "0"],
         "--query or with --query-file"),
        (["sources", "add", "query", "x", "sqlite:///a.db", "--column", "id", "--since", "0",
          "--query", "SELECT id FROM a WHERE id > :since"], "must ask for >= :since"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_one_line(home: Path, arguments: list[str], says: str) -> None:
    opened(home).close()
    done = run(home, *arguments)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert says in done.stderr


def test_a_fault_of_one_source_is_a_line_and_the_others_go_on(home: Path, tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        write_export(tmp_path / name / "a.csv", range(2), f"words of the {name}")
        said(run(home, "sources", "add", "folder", name, tmp_path / name, "--settle-seconds", 0))
    (tmp_path / "first" / "a.csv").unlink()
    (tmp_path / "first").rmdir()
    done = run(home, "pull")
    assert done.returncode == 2
    assert done.stderr == f"feedback: first: The folder {tmp_path / 'first'} is not there.\n"
    assert "second: 1 file, 2 rows; 2 comments went in" in done.stdout
    assert "Failed. The folder" in said(run(home, "sources", "list"))


def test_no_secret_is_written_anywhere(home: Path, tmp_path: Path) -> None:
    """In an address, a password, a file of one, a bad row, a bad file, and a driver's complaint."""
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "bad.csv").write_text(f"colour\n{SECRET}\n")
    rows = "id,comment,date\n1,fine,01/04/2026\n"
    (inbox / "rows.csv").write_text(f"{rows}2,{SECRET},99/99/2026\n3,{SECRET}\n")
    password = tmp_path / "password"
    password.write_text(SECRET)
    password.chmod(0o600)
    told = []
    for url in (f"postgresql://u:{SECRET}@127.0.0.1:9/d", f"mysql://u@h/d?password={SECRET}"):
        told.append(
            run(home, "sources", "add", "query", "leak", url, "--query", QUERY, "--column", "id",
                "--since", 0, "--debug")
        )  # fmt: skip
        assert told[-1].returncode == 2
    told.append(run(home, "sources", "add", "files", "leak", f"ftp://u:{SECRET}@127.0.0.1:9/*"))
    assert told[-1].returncode == 2
    query = ("--query", QUERY, "--column", "id", "--since", 0, "--map", "response_id=id")
    away = "postgresql://reader:${PW}@127.0.0.1:9/d"
    said(run(home, "sources", "add", "query", "environment", away, *query))
    said(
        run(home, "sources", "add", "query", "file", "postgresql://reader@127.0.0.1:9/d", *query,
            "--password-file", password)
    )  # fmt: skip
    answers = database(tmp_path / "answers.db", ["fine", SECRET])
    bad = (*query[:1], QUERY.replace("id,", f"'{'x' * 9}' AS k,"), "--column", "k", *query[4:])
    said(run(home, "sources", "add", "query", "rows", f"sqlite:///{answers}", *bad))
    said(run(home, "sources", "add", "folder", "inbox", inbox, "--settle-seconds", 0))
    keys = {"PW": SECRET, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_ACCESS_KEY_ID": "reader"}
    said(run(home, "sources", "add", "files", "bucket", "s3://bucket/*.csv"))
    away_s3 = {**keys, "AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_DEFAULT_REGION": "eu-west-2"}
    told.append(run(home, "--debug", "pull", "--json", **away_s3))
    assert told[-1].returncode == 2
    told += [run(home, "sources", "list"), run(home, "sources", "show", "inbox", "--json")]
    outcomes = {one["source"]: one["outcome"] for one in json.loads(told[-3].stdout)}
    assert outcomes == {
        "bucket": "failed",
        "environment": "failed",
        "file": "failed",
        "inbox": "partly",
        "rows": "failed",
    }
    notes = list((inbox / "failed").glob("*.txt"))
    assert len(notes) == 1
    written = [one.stdout + one.stderr for one in told] + [one.read_text() for one in notes]
    assert not [text for text in written if SECRET in text]
    kept = [path for path in home.rglob("*") if path.is_file()]
    assert home / "feedback.db" in kept
    assert not [path.name for path in kept if SECRET.encode() in path.read_bytes()]


def test_who_follows_takes_what_comes_and_stops_when_told(home: Path, tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    said(run(home, "sources", "add", "folder", "letters", inbox, "--settle-seconds", 0))
    write_export(inbox / "a.csv", range(3))
    follower = subprocess.Popen(
        [FEEDBACK, "pull", "--follow"],
        stderr=subprocess.PIPE,
        text=True,
        env=environment(home, FEEDBACK_POLL_SECONDS="0.2"),
        cwd=home,
    )
    try:
        with opened(home) as store:
            deadline = time.monotonic() + 120
            while len(texts(store)) < 3 and time.monotonic() < deadline:
                time.sleep(0.2)
            assert len(texts(store)) == 3
            # Another source, and it is due at once.
            (tmp_path / "more").mkdir()
            write_export(tmp_path / "more" / "b.csv", range(10, 14))
            more = str(tmp_path / "more")
            add(store, "more", PullKind.FOLDER, more, settle_seconds=0)
            while len(texts(store)) < 7 and time.monotonic() < deadline:
                time.sleep(0.2)
            assert len(texts(store)) == 7
        follower.send_signal(signal.SIGTERM)
        _, heard = follower.communicate(timeout=60)
    finally:
        follower.kill()
    assert follower.returncode == 0
    assert "letters: 1 file, 3 rows; 3 comments went in" in heard
    assert "more: 1 file, 4 rows; 4 comments went in" in heard
    assert os.listdir(inbox / "done") == ["a.csv"]


# In words


def ended(at: datetime, outcome: str) -> dict[str, object]:
    return {"started_at": at, "finished_at": at, "outcome": outcome}


def test_states_are_told_in_plain_words(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    with Store.open(f"sqlite:///{tmp_path / 'feedback.db'}") as store:
        for name in ("never", "paused", "running", "well", "failed", "late"):
            add(store, name, PullKind.FOLDER, f"/srv/{name}")
        table = schema.pull_sources
        changes = {
            "paused": {"is_on": False},
            "well": ended(now, "done"),
            "failed": {**ended(now, "failed"), "problem": "No."},
            "late": ended(now - timedelta(hours=2), "done"),
        }
        with store.changing() as connection:
            for name, values in changes.items():
                chosen = sa.update(table).where(table.c.name == name)
                connection.execute(chosen.values(**values))
            running = lease_name(source(store, "running").source_id)
            held = {"holder": "elsewhere:1:1:x", "until": now + timedelta(seconds=60)}
            connection.execute(sa.insert(schema.leases), [{"name": running, **held}])
        found = [source(store, name) for name in (*changes, "never", "running")]
    told = pulled_table(found, now, with_place=True).set_index("Asked")
    assert told["State"].to_dict() == {
        "paused": "Paused",
        "well": "Went well",
        "failed": "Failed",
        "late": "Went well. Overdue: nobody asks it",
        "never": "Not asked yet",
        "running": "Being asked now",
    }
    assert told.loc["failed", "Problem"] == "No."
    assert told.loc["paused", "Next due"] == "when it is resumed"
    assert told.loc["late", "Next due"] == "now"
    assert pulled_answer(found, now) == "6 sources are asked for feedback; 2 need attention"
    assert pulled_answer(found[:2], now).endswith("; none needs attention")
    assert "Place" not in pulled_table(found, now, with_place=False)
    assert dict(source_facts(found[2], now))["Problem"] == "No."
    assert every(90) == "every 90 minutes"


# The page


def asked(store: Store) -> None:
    letters(store)
    add(store, "post room", PullKind.FOLDER, "/srv/post", source="letters", service="divorce")
    add(store, "new survey", PullKind.FILES, "s3://bucket/in/*.csv")
    now = datetime.now(UTC)
    with store.changing() as connection:
        ended = {"started_at": now, "finished_at": now, "outcome": "failed"}
        table = schema.pull_sources
        connection.execute(
            sa.update(table)
            .where(table.c.name == "new survey")
            .values(**ended, problem="s3://bucket/in/*.csv is not there: look at the address.")
        )


def pulled_rows(app: AppTest) -> list[dict[str, object]]:
    tables = [one.value for one in app.dataframe if "How often" in one.value.columns]
    return tables[0].to_dict("records") if tables else []


def test_the_page_shows_how_sources_stand(open_app: Callable[..., AppTest]) -> None:
    app = open_app(asked, "Sources")
    assert not app.exception
    assert "2 sources are asked for feedback; 1 needs attention" in text_of(app)
    rows = {one["Asked"]: one for one in pulled_rows(app)}
    assert rows["new survey"]["State"] == "Failed"
    assert rows["new survey"]["Problem"].endswith("look at the address.")
    assert rows["post room"]["State"] == "Not asked yet"
    assert rows["post room"]["Place"] == "/srv/post"
    statements = app.dataframe[0].value.set_index("Source")
    assert statements.loc["new survey", "Told"] == "0 of 12", "adding it made its statement"
    assert statements.loc["new survey", "Told last"] == "–"


def test_a_source_says_how_it_gets_here(open_app: Callable[..., AppTest]) -> None:
    app = open_app(asked, "Sources", {"source": "new survey"})
    assert not app.exception
    told = text_of(app)
    assert "How it gets here: new survey" in told
    assert "Place: s3://bucket/in/*.csv" in " ".join(told.split())
    assert "0 of 12 things told by people." in told
    assert "Whom it misses: not told yet." in told


def test_a_store_with_a_source_and_no_comment_shows_it(open_app: Callable[..., AppTest]) -> None:
    def waiting(store: Store) -> None:
        add(store, "post room", PullKind.FOLDER, "/srv/post")

    app = open_app(waiting, "Sources")
    assert not app.exception
    assert [one["Asked"] for one in pulled_rows(app)] == ["post room"]


@pytest.mark.parametrize(
    ("roles", "names", "has_place"),
    [
        ('["viewer"]', [], False),
        ('["triager"]', [], False),
        ('["researcher"]', ["new survey", "post room"], False),
        ('["administrator"]', ["new survey", "post room"], True),
    ],
)
def test_who_sees_what_of_it(
    open_app: Callable[..., AppTest], monkeypatch, roles: str, names: list[str], has_place: bool
) -> None:
    monkeypatch.setenv("FEEDBACK_LOCAL_ROLES", roles)
    app = open_app(asked, "Sources")
    assert not app.exception
    rows = pulled_rows(app)
    assert [one["Asked"] for one in rows] == names
    assert all(("Place" in one) == has_place for one in rows)
    assert ("/srv/post" in str(rows)) == has_place


def test_a_researcher_of_one_service_sees_its_sources_alone(
    open_app: Callable[..., AppTest], monkeypatch
) -> None:
    monkeypatch.setenv("FEEDBACK_LOCAL_SERVICES", '["divorce"]')
    app = open_app(asked, "Sources")
    assert not app.exception
    assert [one["Asked"] for one in pulled_rows(app)] == ["post room"]


def test_show_says_which_headings_are_still_empty(home: Path, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    said(run(home, "sources", "add", "folder", "letters", tmp_path / "in"))
    with opened(home) as store, store.changing() as connection:
        told = {"covers": "Everybody who writes.", "misses": "Those who ring."}
        save_statement(connection, "letters", {}, told, "ann", datetime.now(UTC))
    shown = said(run(home, "sources", "show", "letters"))
    assert "Statement 'letters': 2 of 12 headings told." in shown
    (left,) = [line for line in shown.splitlines() if "Still empty" in line]
    assert "Whom it misses" not in left
    assert "Why it is collected" in left
