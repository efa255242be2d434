"""Rows of a database: from the last value on, none lost and none twice, whoever dies meanwhile."""

from __future__ import annotations

import shutil
import signal
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from feedback import schema
from feedback.errors import PullError
from feedback.pull_locations import checked_database_url, database_url, shown_database
from feedback.pull_query import check_query
from feedback.schema import PullKind, PullOutcome
from feedback.store import Store
from tests.feedback.pipeline_parts import rows_of
from tests.feedback.pull_parts import BY_ID, add, die, ids, source, texts, turn

BY_TIME = {
    "query": "SELECT id, comment, changed FROM answers WHERE changed >= :since ORDER BY changed",
    "column": "changed",
    "since": "2026-01-01",
    "columns": {"response_id": ["id"]},
}
START = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)


class Answers:
    """A real database with answers to take, and what writes to it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = sa.create_engine(url, poolclass=sa.pool.NullPool)
        self._run(
            "CREATE TABLE answers (id INTEGER PRIMARY KEY, comment TEXT, changed TIMESTAMP)", []
        )

    def put(self, *rows: tuple[int, str | None, datetime]) -> None:
        told = [{"id": n, "comment": text, "at": f"{at:%Y-%m-%d %H:%M:%S}"} for n, text, at in rows]
        self._run("INSERT INTO answers VALUES (:id, :comment, :at)", told)

    def some(self, numbers: range, *, seconds: int = 60) -> None:
        self.put(
            *((n, f"the page is slow {n}", START + timedelta(seconds=seconds * n)) for n in numbers)
        )

    def run(self, statement: str) -> None:
        self._run(statement, [])

    def _run(self, statement: str, rows: list[dict[str, Any]]) -> None:
        with self.engine.begin() as connection:
            connection.execute(sa.text(statement), rows or None)


@pytest.fixture(params=["sqlite", "postgresql"])
def answers(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Answers]:
    if request.param == "sqlite":
        yield Answers(f"sqlite:///{tmp_path / 'answers.db'}")
    else:
        with request.getfixturevalue("postgres_server").database() as url:
            yield Answers(url)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'feedback.db'}") as opened:
        yield opened


def test_new_rows_are_taken_chunk_by_chunk(answers: Answers, store_url: str) -> None:
    with Store.open(store_url) as store:
        answers.some(range(1, 13))
        add(store, "survey", PullKind.QUERY, answers.url, **BY_ID)
        found = turn(store, "survey")
        assert (found.outcome, found.problem, found.tally.n_new) == (PullOutcome.DONE, None, 12)
        told = source(store, "survey")
        assert told.high_water == {"kind": "int", "value": "12"}
        assert told.n_comments == 12
        version = store.data_version()
        n_runs = len(rows_of(store, schema.runs))
        assert turn(store, "survey").tally.n_new == 0
        assert len(rows_of(store, schema.runs)) == n_runs, "a quiet turn leaves no run"
        assert store.data_version() == version + 1, "and one change: how it went"
        answers.some(range(13, 16))
        assert turn(store, "survey").tally.n_new == 3
        assert texts(store) == sorted(f"the page is slow {n}" for n in range(1, 16))


def test_rows_of_the_very_same_value_are_not_lost(answers: Answers, store: Store) -> None:
    """Twelve rows of one second over three chunks; more of that second come after the turn."""
    add(store, "survey", PullKind.QUERY, answers.url, **BY_TIME, look_back_minutes=0)
    answers.some(range(1, 13), seconds=0)
    assert turn(store, "survey").tally.n_new == 12
    answers.some(range(13, 20), seconds=0)
    found = turn(store, "survey")
    assert (found.tally.n_new, found.tally.n_known) == (7, 12)
    assert len(texts(store)) == 19
    assert source(store, "survey").n_comments == 19
    assert rows_of(store, schema.comments)["extra"].isna().all(), "the order is no answer"


def test_what_is_seen_late_is_not_lost(postgres_server: Any, store: Store) -> None:
    """A transaction that took the lower number ends after the one that took the higher."""
    with postgres_server.database() as url:
        answers = Answers(url)
        add(store, "by id", PullKind.QUERY, url, **BY_ID)
        add(store, "by time", PullKind.QUERY, url, **BY_TIME)
        with answers.engine.connect() as slow:
            slow.execute(
                sa.text("INSERT INTO answers VALUES (1, 'seen late', '2026-04-01 09:00:00')")
            )
            answers.put((2, "seen early", START + timedelta(minutes=5)))
            assert turn(store, "by id").tally.n_new == 1
            assert turn(store, "by time").tally.n_new == 1
            slow.commit()
        assert turn(store, "by id").tally.n_new == 1
        assert turn(store, "by time").tally.n_new == 1
        assert texts(store) == ["seen early", "seen early", "seen late", "seen late"]


def test_a_bad_row_is_told_once_and_holds_nothing_up(answers: Answers, store: Store) -> None:
    add(store, "survey", PullKind.QUERY, answers.url, **BY_ID)
    answers.put((1, None, START), (2, " ", START))
    found = turn(store, "survey")
    assert (found.outcome, found.tally.n_rejected) == (PullOutcome.DONE, 2)
    assert source(store, "survey").high_water["value"] == "2"
    answers.some(range(3, 6))
    assert turn(store, "survey").tally.n_new == 3
    assert turn(store, "survey").tally.n_rejected == 0
    rejects = rows_of(store, schema.rejects)
    assert rejects["reason"].tolist() == ["holds no comment and no answer"] * 2


def test_a_changed_row_stays_as_it_was_first_told(answers: Answers, store: Store) -> None:
    add(store, "survey", PullKind.QUERY, answers.url, **BY_TIME)
    answers.some(range(1, 4))
    turn(store, "survey")
    answers.run("UPDATE answers SET changed = '2026-04-02 00:00:00' WHERE id = 1")
    assert turn(store, "survey").tally.n_new == 0
    assert len(texts(store)) == 3


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"query": BY_ID["query"].replace("ORDER BY id", "ORDER BY id DESC")}, "comes before the"),
        ({"query": "SELECT id, comment, NULL AS k FROM answers WHERE id >= :since", "column": "k"},
         "has no value in 'k'"),
        ({"query": "SELECT id, comment, comment AS k FROM answers WHERE id >= :since",
          "column": "k"}, "neither a number nor a time in 'k'"),
        ({"column": "gone"}, "gives no column 'gone' to order by. Columns: id, comment, changed"),
        ({"columns": {}, "query": "SELECT comment, changed AS k FROM answers WHERE id >= :since "
          "ORDER BY changed", "column": "k"}, "no column that tells its rows apart"),
        ({"query": BY_ID["query"].replace("answers", "nowhere")}, "the query"),
        ({"query": BY_ID["query"].replace("comment", "gone")}, "the query"),
    ],
    ids=["order", "empty", "words", "no column", "no key", "no table", "no such column"],
)  # fmt: skip
def test_a_query_that_cannot_be_followed_is_one_line(
    answers: Answers, store: Store, change: dict[str, Any], says: str
) -> None:
    add(store, "survey", PullKind.QUERY, answers.url, **{**BY_ID, **change})
    answers.put((1, "unspeakable-882 one", START), (2, "unspeakable-882 two", START))
    found = turn(store, "survey")
    assert found.outcome is PullOutcome.FAILED
    assert says in found.problem
    assert "882" not in found.problem
    assert "\n" not in found.problem
    assert texts(store) == []
    assert source(store, "survey").high_water is None


def test_a_source_is_only_read(answers: Answers, store: Store) -> None:
    answers.some(range(1, 3))
    writes = "WITH gone AS (DELETE FROM answers RETURNING *) SELECT * FROM gone WHERE id >= :since"
    add(store, "survey", PullKind.QUERY, answers.url, **{**BY_ID, "query": writes})
    assert turn(store, "survey").outcome is PullOutcome.FAILED
    with answers.engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM answers")) == 2


def test_a_database_that_is_away_is_one_line(store: Store, tmp_path: Path) -> None:
    for name, url, says in (
        ("gone", f"sqlite:///{tmp_path}/gone.db", "is not there"),
        ("away", "postgresql://reader@127.0.0.1:9/survey", "cannot be reached"),
        ("driver", "oracle+nodriver://u@h/d", "needs a driver"),
    ):
        add(store, name, PullKind.QUERY, url, **BY_ID)
        found = turn(store, name)
        assert found.outcome is PullOutcome.FAILED
        assert says in found.problem
        assert "reader" not in found.problem
    assert not (tmp_path / "gone.db").exists(), "and none is made"


# Killed


def killed_at(n: int, kind: str) -> dict[str, Any]:
    return {"name": "survey", "at": {kind: n}}


def check_killed(
    stores: list[str], steps: list[dict[str, Any]], name: str, n_expected: int
) -> None:
    """Kill a process over each store but the first, then let each go on, and compare."""
    ends = die([{"url": url, **step} for url, step in zip(stores[1:], steps, strict=True)])
    assert ends.count(-signal.SIGKILL) >= len(steps) - 2, "two may be done before that step"
    assert set(ends) <= {0, -signal.SIGKILL}
    assert set(die([{"url": url, "name": name} for url in stores])) == {0}
    with Store.open(stores[0]) as undisturbed:
        expected, water = ids(undisturbed), source(undisturbed, name).high_water
    assert len(expected) == n_expected
    for url in stores:
        with Store.open(url) as store:
            assert ids(store) == expected
            told = source(store, name)
            assert (told.n_comments, told.high_water) == (n_expected, water)
            assert len(rows_of(store, schema.rejects)) == 1


@pytest.mark.slow
def test_killed_in_the_middle_of_a_query(tmp_path: Path) -> None:
    answers = Answers(f"sqlite:///{tmp_path / 'answers.db'}")
    fill(answers)
    base = tmp_path / "base.db"
    with Store.open(f"sqlite:///{base}") as store:
        add(store, "survey", PullKind.QUERY, answers.url, **BY_ID)
        store.id_key()
    steps = [killed_at(n, "begin") for n in range(1, 30, 3)]
    steps += [killed_at(n, "commit") for n in range(1, 10)]
    stores = []
    for n in range(len(steps) + 1):
        shutil.copy(base, tmp_path / f"{n}.db")
        stores.append(f"sqlite:///{tmp_path / f'{n}.db'}")
    check_killed(stores, steps, "survey", 23)


@pytest.mark.slow
def test_killed_in_the_middle_of_a_query_between_two_servers(postgres_server: Any) -> None:
    from contextlib import ExitStack

    from tests.postgres import TEMPLATE

    with ExitStack() as stack:
        answers = Answers(stack.enter_context(postgres_server.database()))
        fill(answers)
        steps = [killed_at(n, "begin") for n in (2, 12, 22)]
        steps += [killed_at(n, "commit") for n in (3, 5, 7, 8)]
        stores, key = [], ""
        for _ in range(len(steps) + 1):
            url = stack.enter_context(postgres_server.database(template=TEMPLATE))
            with Store.open(url) as store:
                key = key or store.id_key().hex()
                with store.changing() as connection:  # so that all make the same ids
                    of = schema.meta.c.name == "id_key"
                    connection.execute(sa.update(schema.meta).where(of).values(value=key))
                add(store, "survey", PullKind.QUERY, answers.url, **BY_ID)
            stores.append(url)
        check_killed(stores, steps, "survey", 23)


def fill(answers: Answers) -> None:
    answers.some(range(1, 24))
    answers.put((24, None, START))


# What is refused when a source is added


GOOD = [
    BY_ID["query"],
    "  -- why\nselect id from a where changed >= :since order by changed;",
    "/* all */ WITH b AS (SELECT 1) SELECT * FROM a WHERE a.changed::date >= :since",
    "SELECT id FROM a WHERE changed >= CAST(:since AS timestamp) AND n > 3 ORDER BY changed",
    "SELECT id FROM a WHERE :since <= changed ORDER BY changed",
]
BAD = [
    ("DELETE FROM a WHERE id >= :since", "one SELECT"),
    ("SELECT 1 WHERE 1 >= :since; DROP TABLE a", "one SELECT"),
    ("SELECT id FROM a ORDER BY id", "the bind :since"),
    ("SELECT id FROM a WHERE id >= :since AND x = :y", "the bind :since"),
    ("SELECT id FROM a WHERE id > :since ORDER BY id", ">= :since"),
    ("SELECT id FROM a WHERE id>CAST(:since AS int) ORDER BY id", ">= :since"),
    ("SELECT id FROM a WHERE :since < id ORDER BY id", ">= :since"),
    ("", "1 to 20,000 characters"),
]


@pytest.mark.parametrize("query", GOOD)
def test_a_query_that_loses_nothing_is_kept(query: str) -> None:
    assert check_query(query) == query.strip().rstrip(";")


@pytest.mark.parametrize(("query", "says"), BAD)
def test_a_query_that_could_lose_rows_is_refused(query: str, says: str) -> None:
    with pytest.raises(PullError, match=says):
        check_query(query)


SECRET = "s3cr3t-of-nobody-4471"


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://reader:{SECRET}@db/survey",
        f"postgresql://reader:{SECRET}${{PW}}@db/survey",
        f"postgresql://reader@db/survey?password={SECRET}",
        f"postgresql://reader@db/survey?sslkey_passphrase={SECRET}",
        f"{SECRET} is no url",
    ],
)
def test_a_url_with_a_secret_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(PullError) as refused:
        checked_database_url(url)
    assert SECRET not in str(refused.value)


def test_secrets_come_from_the_environment_or_from_a_file(tmp_path: Path) -> None:
    kept = checked_database_url("postgresql://${WHO}:${PW}@db/survey?sslmode=require")
    assert kept == "postgresql://${WHO}:${PW}@db/survey?sslmode=require"
    assert shown_database(kept) == "postgresql://db/survey"
    url = database_url(kept, environment={"WHO": "reader", "PW": f"{SECRET}@:/"})
    assert (url.username, url.password) == ("reader", f"{SECRET}@:/")
    file = tmp_path / "password"
    file.write_text(f"{SECRET}\n")
    file.chmod(0o600)
    plain = "postgresql://reader@db/survey"
    assert database_url(plain, str(file)).password == SECRET
    file.chmod(0o644)
    with pytest.raises(PullError, match=f"Others can read .* Run: chmod 600 {file}"):
        database_url(plain, str(file))
    with pytest.raises(PullError, match=r"gone cannot be read \(no such file"):
        database_url(plain, str(tmp_path / "gone"))


def test_sqlite_itself_may_hold_the_lock_no_longer_than_a_turn(tmp_path: Path) -> None:
    """A service that writes to its database is not kept from it after a turn."""
    path = tmp_path / "answers.db"
    answers = Answers(f"sqlite:///{path}")
    answers.some(range(1, 13))
    with Store.open(f"sqlite:///{tmp_path / 'feedback.db'}") as store:
        add(store, "survey", PullKind.QUERY, answers.url, **BY_ID)
        turn(store, "survey")
        other = sqlite3.connect(path, timeout=0.1)
        other.execute("DELETE FROM answers")
        other.commit()
        other.close()
