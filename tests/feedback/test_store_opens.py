"""A store is made once, brought up to date, and refuses clearly what it cannot open."""

import sqlite3
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from feedback import migrations, schema
from feedback.database import _alembic_config, migrate, open_engine, reading, shown, writing
from feedback.errors import StoreError
from feedback.store import Store

ROOT = Path(__file__).parents[2]


def url(path: Path) -> str:
    return f"sqlite:///{path}"


def is_words(name: str) -> bool:
    """The index of words is the database's own kind; it is no table of the data model."""
    return name.startswith("search_words")


def test_a_new_store_has_the_tables_of_the_data_model(tmp_path: Path) -> None:
    engine = open_engine(url(tmp_path / "a.db"), create=True)
    migrate(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "compare_server_default": True,
                "include_name": lambda name, kind, _: kind != "table" or not is_words(name),
            },
        )
        assert compare_metadata(context, schema.metadata) == []


def test_migrations_and_data_model_make_the_same_tables(tmp_path: Path) -> None:
    # Alembic compares neither the conditions of partial indexes nor WITHOUT ROWID.
    made = sa.create_engine("sqlite://")
    migrated = open_engine(url(tmp_path / "a.db"), create=True)
    migrate(migrated)
    schema.metadata.create_all(made)

    def told(engine: sa.Engine) -> dict[str, object]:
        with engine.connect() as connection:
            rows = connection.exec_driver_sql(
                "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE '%alembic_version%'"
                " AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'search_words%'"
            ).all()
            facts: dict[str, object] = {}
            for kind, name, sql in rows:
                if kind == "index":
                    facts[name] = " ".join(sql.split())
                    continue
                columns = connection.exec_driver_sql(f"PRAGMA table_xinfo({name})").all()
                keys = connection.exec_driver_sql(f"PRAGMA foreign_key_list({name})").all()
                # A column that a later migration added stands last; order has no meaning.
                facts[name] = (
                    {row[1:] for row in columns},
                    {row[2:] for row in keys},
                    "WITHOUT ROWID" in sql,
                )
            return facts

    assert told(migrated) == told(made)
    assert len(told(made)) > len(schema.metadata.tables)


def test_a_store_of_the_first_version_keeps_what_is_in_it(tmp_path: Path) -> None:
    engine = open_engine(url(tmp_path / "a.db"), create=True)
    with writing(engine) as connection:
        command.upgrade(_alembic_config(connection), "0001")
        connection.exec_driver_sql(
            "INSERT INTO comments (comment_id, response_id, source, service, submitted_at, "
            "received_at, text, is_empty, language, n_characters, text_hash, state, n_attempts) "
            "VALUES ('c', 'r', 's', 'divorce', '2026-01-01', '2026-01-01', 'slow', 0, 'en', 4, "
            "'h', 'received', 0)"
        )
        connection.exec_driver_sql("INSERT INTO spans VALUES ('c', 0, 4, 'PERSON', 'x', 1.0)")
    with Store.open(url(tmp_path / "a.db")) as store:
        (comment,) = store.read(sa.select(schema.comments)).to_dict("records")
        (span,) = store.read(sa.select(schema.spans)).to_dict("records")
        assert (comment["text"], span["entity"]) == ("slow", "PERSON")
        assert {"audit_samples", "coding_samples"} <= set(sa.inspect(engine).get_table_names())
        assert store.known_numbers(["r"]) == {}
        assert store.check() == ""


def test_the_newest_migration_is_the_one_a_store_is_checked_for() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_heads() == [migrations.HEAD]


def test_migrations_are_packaged() -> None:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert "migrations/*.mako" in config["tool"]["setuptools"]["package-data"]["feedback"]
    assert (ROOT / "feedback/migrations/versions/__init__.py").exists()


def test_opening_makes_missing_folders(tmp_path: Path) -> None:
    path = tmp_path / "not" / "there" / "a.db"
    Store.open(url(path)).close()
    assert path.exists()


def test_a_committed_transaction_is_on_the_disk(tmp_path: Path) -> None:
    engine = open_engine(url(tmp_path / "a.db"), create=True)
    with reading(engine) as connection:
        told = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert told == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 60_000,
    }


def test_a_writer_takes_the_lock_before_it_reads(tmp_path: Path) -> None:
    engine = open_engine(url(tmp_path / "a.db"), create=True)
    migrate(engine)
    other = sqlite3.connect(tmp_path / "a.db", timeout=0, isolation_level=None)
    with writing(engine) as connection:
        connection.execute(sa.select(schema.meta)).all()
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
    other.execute("BEGIN IMMEDIATE")


def test_a_reader_sees_one_state_throughout(tmp_path: Path) -> None:
    engine = open_engine(url(tmp_path / "a.db"), create=True)
    migrate(engine)
    count = sa.select(sa.func.count()).select_from(schema.meta)
    with reading(engine) as reader:
        before = reader.scalar(count)
        with writing(engine) as writer:
            writer.execute(sa.insert(schema.meta), {"name": "x", "value": "1"})
        assert reader.scalar(count) == before
    with reading(engine) as reader:
        assert reader.scalar(count) == before + 1


def test_a_failed_transaction_leaves_nothing(tmp_path: Path) -> None:
    engine = open_engine(url(tmp_path / "a.db"), create=True)
    migrate(engine)

    def fail_half_way() -> None:
        with writing(engine) as connection:
            connection.execute(sa.insert(schema.meta), {"name": "x", "value": "1"})
            connection.exec_driver_sql("CREATE TABLE half_done (x)")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_half_way()
    with reading(engine) as connection:
        is_x = schema.meta.c.name == "x"
        assert connection.execute(sa.select(schema.meta).where(is_x)).all() == []
        assert not sa.inspect(connection).has_table("half_done")


def test_processes_that_open_a_new_store_at_once_share_one_key(tmp_path: Path) -> None:
    code = (
        "import sys; from feedback.store import Store\n"
        "sys.stdin.readline()\n"
        f"print(Store.open({url(tmp_path / 'a.db')!r}).id_key().hex())"
    )
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(5)
    ]
    for worker in workers:  # all wait at the gate, with their imports behind them
        worker.stdin.write("go\n")
        worker.stdin.flush()
    keys = [worker.communicate(timeout=60)[0].strip() for worker in workers]
    assert [worker.returncode for worker in workers] == [0] * 5
    assert len(set(keys)) == 1
    assert len(bytes.fromhex(keys[0])) == 32


def test_the_key_stays_and_differs_between_stores(tmp_path: Path) -> None:
    first = Store.open(url(tmp_path / "a.db")).id_key()
    assert Store.open(url(tmp_path / "a.db")).id_key() == first
    assert Store.open(url(tmp_path / "b.db")).id_key() != first


def _not_a_database(path: Path) -> None:
    path.write_text("comment,page\nslow,/home\n" * 100)


def _newer_store(path: Path) -> None:
    Store.open(url(path)).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (_not_a_database, "is not a database file"),
        (
            _newer_store,
            f"another version of the toolkit .schema 9999, this one knows {migrations.HEAD}.",
        ),
        (Path.mkdir, "cannot be opened"),
    ],
)
def test_what_is_no_store_is_refused_in_one_line(tmp_path: Path, make, message: str) -> None:
    make(tmp_path / "a.db")
    with pytest.raises(StoreError, match=message) as caught:
        Store.open(url(tmp_path / "a.db"))
    assert "\n" not in str(caught.value)


def test_a_store_that_is_not_there_is_made_only_on_request(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "a.db"
    with pytest.raises(StoreError, match="There is no store at"):
        Store.open(url(path), create=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("user:hunter2@host/db", "cannot be read"),
        ("oracle+thing://user:hunter2@host/db", "'oracle.thing', for which no driver"),
    ],
)
def test_a_url_that_cannot_be_used_is_not_repeated(text: str, message: str) -> None:
    with pytest.raises(StoreError, match=message) as caught:
        Store.open(text)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("sqlite:////srv/feedback.db", "sqlite:////srv/feedback.db"),
        ("postgresql://me:hunter2@host/db", "postgresql://me:***@host/db"),
        (
            "postgresql://host/db?user=me&password=hunter2&sslmode=require",
            "postgresql://host/db?password=***&sslmode=require&user=me",
        ),
    ],
)
def test_passwords_are_never_shown(text: str, told: str) -> None:
    assert shown(text).replace("%2A", "*") == told


def test_a_locked_store_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feedback.database.BUSY_SECONDS", 0.05)
    path = tmp_path / "a.db"
    store = Store.open(url(path))
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="is busy: another process"):
        store.release("nobody")
    other.execute("ROLLBACK")
    assert store.release("nobody") == 0


def test_damage_is_found(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    store = Store.open(url(path))
    assert store.check() == ""
    with sqlite3.connect(path) as connection:  # foreign keys are off here
        connection.execute(
            "INSERT INTO spans VALUES ('gone', 0, 1, 'EMAIL', 'email', 1, NULL, NULL)"
        )
    assert store.check() == "1 rows belong to comments that are gone"
