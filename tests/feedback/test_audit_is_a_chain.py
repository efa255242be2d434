"""The audit log shows whatever was done to it: altered, removed, put in, cut short, made anew."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from hypothesis import given
from hypothesis import strategies as st

from feedback import audit_log, database, schema
from feedback.audit_log import BEGINNING, Checked, Head, append_lines, line_digest
from feedback.database import open_engine, writing
from feedback.decisions import write_audit
from feedback.errors import StoreError
from feedback.schema.append_only import REFUSED, append_only
from feedback.store import Store

NOW = datetime(2026, 5, 1, 9, 15, 0, 250, tzinfo=UTC)
DETAILS = (None, {"codes": ["fault.upload"]}, {"said": "ffurflen â 'llinell'\n=1+1"}, {"n": 2.5})


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    with Store.open(store_url) as opened:
        yield opened


def add(store: Store, n: int = 1, *, who: str = "ann") -> None:
    with store.changing() as connection:
        for at in range(n):
            detail = DETAILS[at % len(DETAILS)]
            write_audit(connection, NOW + timedelta(seconds=at), who, "note", f"a {at}", detail)


def lines(store: Store) -> list[dict]:
    return store.read(sa.select(schema.audit).order_by(schema.audit.c.entry_id)).to_dict("records")


def head_of(store: Store) -> Head:
    return store.audit_head()


def verify(store: Store, noted: str = "") -> Checked:
    return store.verify_audit(noted)


def forge(store: Store, *statements: str) -> None:
    """Do what somebody with the database's password can: take the refusal away, then write."""
    with writing(store._engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("ALTER TABLE audit DISABLE TRIGGER USER")
        else:
            for name in ("no_update", "no_delete", "at_end"):
                connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS audit_{name}")
        for statement in statements:
            connection.exec_driver_sql(statement)


def test_each_line_is_sealed_with_the_one_before_it(store: Store) -> None:
    add(store, 5)
    before = "0" * 64
    for number, line in enumerate(lines(store), 1):
        assert line["entry_id"] == number
        detail = DETAILS[(number - 1) % len(DETAILS)]
        at = f"2026-05-01T09:15:0{number - 1}.000250+00:00"
        told = [before, number, at, "ann", "note", f"a {number - 1}", detail]
        # By another road than the product's: the form is written down here once more.
        text = json.dumps(told, sort_keys=True, separators=(",", ":"))
        before = hashlib.sha256(text.encode()).hexdigest()
        assert line["digest"] == before
    head = head_of(store)
    assert (head.entry_id, head.digest, head.at) == (5, before, NOW + timedelta(seconds=4))
    assert verify(store).is_sound
    assert verify(store).n_lines == 5


def test_an_empty_log_is_sound_and_has_a_head(store: Store) -> None:
    assert head_of(store) == Head(0, BEGINNING)
    assert verify(store).is_sound
    add(store)
    assert verify(store, BEGINNING).is_sound, "the head of the empty log is on every log"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET who = 'bob' WHERE entry_id = 2",
        "UPDATE audit SET digest = digest",
        "DELETE FROM audit WHERE entry_id = 3",
        "DELETE FROM audit",
        "TRUNCATE audit",
        "INSERT OR REPLACE INTO audit SELECT entry_id, at, 'bob', action, object, detail, digest"
        " FROM audit WHERE entry_id = 2",
    ],
)
def test_the_database_refuses_to_change_a_line(store: Store, statement: str) -> None:
    is_server = store._engine.dialect.name == "postgresql"
    only_one_knows = {"TRUNCATE": True, "INSERT OR REPLACE": False}
    if any(statement.startswith(w) and is_server != its for w, its in only_one_knows.items()):
        return  # the other database does not know such a statement
    add(store, 3)
    there = lines(store)
    with pytest.raises(sa.exc.DBAPIError, match=REFUSED), store._engine.begin() as connection:
        connection.exec_driver_sql(statement)
    with pytest.raises(StoreError) as told, writing(store._engine) as connection:
        connection.exec_driver_sql(statement)
    assert "audit log as it is" in str(told.value)
    assert lines(store) == there


@pytest.mark.parametrize(
    ("statement", "wrong"),
    [
        ("UPDATE audit SET who = 'bob' WHERE entry_id = 3", 3),
        ("UPDATE audit SET action = 'export' WHERE entry_id = 1", 1),
        ("UPDATE audit SET object = 'b' WHERE entry_id = 6", 6),
        ("UPDATE audit SET at = '2026-05-01 09:15:01.000251+00' WHERE entry_id = 2", 2),
        ("""UPDATE audit SET detail = '{"codes": []}' WHERE entry_id = 2""", 2),
        ("UPDATE audit SET detail = NULL WHERE entry_id = 3", 3),
        ("UPDATE audit SET digest = 'f' WHERE entry_id = 4", 4),
        ("DELETE FROM audit WHERE entry_id = 1", 2),
        ("DELETE FROM audit WHERE entry_id = 4", 5),
        ("UPDATE audit SET entry_id = 60 WHERE entry_id = 6", 60),
    ],
)
def test_what_does_not_fit_is_named(store: Store, statement: str, wrong: int) -> None:
    add(store, 6)
    if store._engine.dialect.name == "sqlite":
        statement = statement.replace("+00'", "'")
    forge(store, statement)
    found = verify(store)
    assert (found.is_sound, found.wrong_id) == (False, wrong)
    assert found.n_lines == sum(line["entry_id"] < wrong for line in lines(store))
    assert found.wrong_at == next(x["at"] for x in lines(store) if x["entry_id"] == wrong)


def test_a_line_put_in_between_does_not_fit(store: Store) -> None:
    add(store, 2)
    forge(store, "UPDATE audit SET entry_id = 3 WHERE entry_id = 2")
    forge(store, "INSERT INTO audit SELECT 2, at, who, action, object, detail, digest FROM audit"
                 " WHERE entry_id = 1")  # fmt: skip
    assert verify(store).wrong_id == 2


def test_a_log_that_was_cut_short_shows_it(store: Store) -> None:
    add(store, 4)
    forge(store, "DELETE FROM audit WHERE entry_id > 2")
    found = verify(store)
    assert (found.is_sound, found.is_cut_short, found.n_lines) == (False, True, 2)
    forge(store, "DELETE FROM audit")
    assert verify(store).is_cut_short
    assert not verify(store).is_sound


def test_what_is_added_after_a_cut_does_not_heal_it(store: Store) -> None:
    add(store, 4)
    forge(store, "DELETE FROM audit WHERE entry_id > 2")
    add(store)
    assert verify(store).wrong_id == 5


def test_a_chain_made_anew_does_not_hold_the_head_that_was_noted(store: Store) -> None:
    add(store, 4)
    noted = head_of(store).digest
    add(store, 2)
    assert verify(store, noted).is_sound
    forge(store, "DELETE FROM audit", f"UPDATE meta SET value = '0 {BEGINNING}' WHERE name = "
                                      "'audit_head'")  # fmt: skip
    add(store, 6, who="bob")
    found = verify(store, noted)
    assert (found.wrong_id, found.is_cut_short) == (None, False), "it is a sound chain"
    assert (found.is_sound, found.is_noted_there) == (False, False), "and not the same"
    assert verify(store).is_sound


def test_a_store_that_lost_its_head_takes_no_line(store: Store) -> None:
    add(store)
    forge(store, "DELETE FROM meta WHERE name = 'audit_head'")
    with pytest.raises(StoreError, match="lost the head"):
        add(store)
    with pytest.raises(StoreError, match="lost the head"):
        verify(store)
    assert len(lines(store)) == 1


def test_many_lines_are_looked_at_in_blocks(store: Store, monkeypatch) -> None:
    add(store, 11)
    monkeypatch.setattr(audit_log, "BLOCK", 4)
    assert verify(store).n_lines == 11
    forge(store, "UPDATE audit SET who = 'bob' WHERE entry_id = 9")
    assert verify(store).wrong_id == 9


def test_two_that_write_at_once_make_one_chain(store: Store) -> None:
    """Also in transactions that take no other turn: nothing but the head keeps them apart."""
    n_threads, n_each = 4, 10
    gate = threading.Barrier(n_threads)
    failures: list[StoreError] = []

    def write(who: str) -> None:
        gate.wait()
        try:
            for at in range(n_each):
                with store.quietly_changing() as connection:
                    write_audit(connection, NOW, who, "note", f"a {at}", None)
                    write_audit(connection, NOW, who, "note", f"b {at}", {"n": at})
        except StoreError as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(f"p{n}",)) for n in range(n_threads)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    found = verify(store)
    assert (found.is_sound, found.n_lines) == (True, 2 * n_threads * n_each)
    assert [line["entry_id"] for line in lines(store)] == list(range(1, found.n_lines + 1))


def test_a_transaction_that_fails_leaves_the_chain_as_it_was(store: Store) -> None:
    add(store, 2)
    head = head_of(store)

    def fail() -> None:
        with store.changing() as connection:
            write_audit(connection, NOW, "ann", "note", "x", None)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert head_of(store) == head
    add(store)
    assert (verify(store).is_sound, verify(store).n_lines) == (True, 3)


def test_what_becomes_something_else_in_the_database_is_sealed_as_it_is_read(store: Store) -> None:
    with store.changing() as connection:
        # Numbers as keys sort otherwise than as the text they become; a tuple becomes a list.
        write_audit(connection, NOW, "ann", "note", "x", {"of": {10: "a", 9: "b"}, "t": (1, None)})
        local = NOW.astimezone(datetime.fromisoformat("2026-05-01T00:00:00+05:30").tzinfo)
        append_lines(connection, [])
        write_audit(connection, local, "ann", "note", "y", {"text": '\u2028 \\ " é 🙂'})
    assert verify(store).is_sound


def test_lines_of_an_earlier_version_are_sealed_in_order(store_url: str, tmp_path: Path) -> None:
    url = store_url
    if url.startswith("postgresql"):
        with Store.open(url) as store:
            _back_to_before(store)
    else:
        url = f"sqlite:///{tmp_path / 'old.db'}"
        engine = open_engine(url, create=True)
        with writing(engine) as connection:
            command.upgrade(database._alembic_config(connection), "0007")
            _old_lines(connection)
        engine.dispose()
    with Store.open(url) as store:
        found = verify(store)
        assert (found.is_sound, found.n_lines) == (True, 6_000)
        assert head_of(store).entry_id == 6_999, "its numbers stay as they were"
        assert lines(store)[0]["detail"] == DETAILS[1]
        add(store)
        assert verify(store).n_lines == 6_001
        changed = sa.update(schema.audit).values(who="bob")
        with pytest.raises(StoreError, match="log as it is"), writing(store._engine) as connection:
            connection.execute(changed)


def _old_lines(connection: sa.Connection) -> None:
    """Write lines as version 0007 did; a number was lost to a transaction that failed."""
    columns = [schema.audit.c[name] for name in ("entry_id", "at", "who", "action", "object")]
    table = sa.table("audit", *(sa.column(c.name, c.type) for c in columns),
                     sa.column("detail", schema.audit.c.detail.type))  # fmt: skip
    rows = [
        {"entry_id": n, "at": NOW, "who": "ann", "action": "note", "object": "x",
         "detail": DETAILS[n % 4]}
        for n in range(1, 7_001) if n % 7
    ]  # fmt: skip
    connection.execute(sa.insert(table), rows)


def _back_to_before(store: Store) -> None:
    """Take from a PostgreSQL store what the last migration did to the log, and let it do it."""
    with writing(store._engine) as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    store.close()
    engine = open_engine(store._engine.url.render_as_string(hide_password=False), create=True)
    with writing(engine) as connection:
        command.upgrade(database._alembic_config(connection), "0007")
        _old_lines(connection)
    engine.dispose()


def test_the_data_model_made_without_migrations_refuses_too() -> None:
    engine = sa.create_engine("sqlite://")
    schema.metadata.create_all(engine)
    names = sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    with engine.connect() as connection:
        made = set(connection.scalars(names))
    told = {text.split()[2] for text in append_only("audit", "entry_id")["sqlite"]}
    assert told <= made


TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)
LINE = st.tuples(TEXTS, TEXTS, TEXTS, st.none() | st.dictionaries(TEXTS, TEXTS, max_size=3))


@given(one=LINE, other=LINE)
def test_two_lines_have_one_digest_only_if_they_are_the_same(one: tuple, other: tuple) -> None:
    """Also where words stand in another field: no two lines are told alike."""
    at = "2026-05-01T09:15:00.000000+00:00"
    same = line_digest(BEGINNING, 1, at, *one) == line_digest(BEGINNING, 1, at, *other)
    assert same == (one == other)
    assert line_digest(BEGINNING, 2, at, *one) != line_digest(BEGINNING, 1, at, *one)
    assert line_digest("1" * 64, 1, at, *one) != line_digest(BEGINNING, 1, at, *one)
