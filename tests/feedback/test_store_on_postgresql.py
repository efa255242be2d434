"""What PostgreSQL does otherwise than SQLite, the store does not let through."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from feedback import schema, standing
from feedback.database import migrate, open_engine, reading
from feedback.errors import StoreError
from feedback.store import Store
from feedback.tallies import mark_days, refresh_tallies
from tests.feedback.store_frames import NOON, comment_id, fill, prepared
from tests.postgres import SETTINGS, PostgresServer


@pytest.fixture
def store(postgres_url: str) -> Iterator[Store]:
    with Store.open(postgres_url, clock=lambda: NOON) as opened:
        yield opened


def test_migrations_make_the_tables_of_the_data_model(postgres_server: PostgresServer) -> None:
    with postgres_server.database() as url:
        engine = open_engine(url, create=True)
        migrate(engine)
        with engine.connect() as connection:
            context = MigrationContext.configure(
                connection, opts={"compare_type": True, "compare_server_default": True}
            )
            changes = compare_metadata(context, schema.metadata)
        engine.dispose()
    # The index of words is of the database's own kind, and no part of the data model.
    assert [change for change in changes if "search_words" not in str(change)] == []


def test_several_that_open_an_empty_database_at_once_share_one_store(
    postgres_server: PostgresServer,
) -> None:
    keys: list[bytes] = []
    gate = threading.Barrier(4)

    def open_it(url: str) -> None:
        gate.wait()
        with Store.open(url) as store:
            keys.append(store.id_key())

    with postgres_server.database() as url:
        threads = [threading.Thread(target=open_it, args=(url,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(keys) == 4
    assert len(set(keys)) == 1


def test_a_url_need_not_name_the_driver(postgres_url: str) -> None:
    with Store.open(postgres_url.replace("+psycopg", "")) as store:
        assert store.data_version() == 0


def test_what_lets_nobody_in_says_what_to_look_at(
    postgres_url: str, postgres_server: PostgresServer
) -> None:
    for url in (
        postgres_server.url("gone"),
        postgres_url.replace("postgres@", "stranger:hunter2@"),
        "postgresql://me:hunter2@127.0.0.1:1/feedback",
    ):
        with pytest.raises(StoreError, match=r"lets nobody in\. Look whether") as caught:
            Store.open(url)
        assert "hunter2" not in str(caught.value)
        assert "\n" not in str(caught.value)


def test_times_are_told_in_utc_whatever_the_zone_of_the_server(store: Store) -> None:
    with reading(store._engine) as connection:
        assert connection.exec_driver_sql("SHOW TimeZone").scalar() == "UTC"
        of_server = "SELECT reset_val FROM pg_settings WHERE name = 'TimeZone'"
        assert connection.exec_driver_sql(of_server).scalar() == SETTINGS["timezone"]


def test_a_reader_sees_one_state_throughout(store: Store) -> None:
    count = sa.select(sa.func.count()).select_from(schema.comments)
    with reading(store._engine) as reader:
        before = reader.scalar(count)
        fill(store, prepared(["slow"]))
        assert reader.scalar(count) == before
    with reading(store._engine) as reader:
        assert reader.scalar(count) == before + 1


def test_writers_come_one_after_the_other(store: Store) -> None:
    """Each reads a number and writes one more; with two at once, one would be lost."""
    fact = schema.meta.c.name == "number"
    with store.changing() as connection:
        connection.execute(sa.insert(schema.meta), {"name": "number", "value": "0"})
    gate = threading.Barrier(4)

    def add() -> None:
        gate.wait()
        for _ in range(20):
            with store.changing() as connection:
                now = connection.scalar(sa.select(schema.meta.c.value).where(fact))
                more = sa.update(schema.meta).where(fact).values(value=str(int(now or 0) + 1))
                connection.execute(more)

    before = store.data_version()
    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.read(sa.select(schema.meta.c.value).where(fact))["value"].tolist() == ["80"]
    assert store.data_version() == before + 80


def test_two_claim_at_once_without_waiting_for_each_other(store: Store) -> None:
    fill(store, prepared([f"comment {number}" for number in range(10)]))
    with store.quietly_changing() as connection:
        chosen = sa.select(schema.comments.c.comment_id).limit(4).with_for_update()
        held = set(connection.scalars(chosen))
        others = set(store.claim("other", 100)["comment_id"])  # would wait for ever
    assert len(held) == 4
    assert others == {comment_id(number) for number in range(10)} - held


def test_who_renews_counts_never_waits_for_who_writes(store: Store) -> None:
    fill(store, prepared(["one"]))
    fill(store, prepared(["two"], first=1, submitted_at=NOON - timedelta(days=1)))
    with store.changing() as connection:
        mark_days(connection, ["2026-04-01"])
        assert refresh_tallies(store) == 1, "the other day"
        mark_days(connection, ["2026-03-31"])
    assert refresh_tallies(store) == 2
    assert refresh_tallies(store) == 0


def test_what_was_filled_just_now_is_counted_before_it_is_read_again(store: Store) -> None:
    fill(store, prepared([f"a report of its own, number {n}" for n in range(40)]))
    with store.changing() as connection:
        standing.renew_all(connection)
        counted = sa.text("SELECT reltuples FROM pg_class WHERE relname = 'comments'")
        assert connection.execute(counted).scalar_one() == 40


def test_a_limited_store_sees_its_services_and_changes_nothing(store: Store) -> None:
    fill(store, prepared(["slow", "easy"]))
    fill(store, prepared(["100% o'r ffioedd"], first=5, service="100% o'r \\ffioedd"))
    for service, texts in (
        ("divorce", ["slow", "easy"]),
        ("100% o'r \\ffioedd", ["100% o'r ffioedd"]),
        ("' OR true --", []),
    ):
        with store.scoped([service]) as limited:
            found = limited.read(
                sa.select(schema.comments.c.text).order_by(schema.comments.c.comment_id)
            )
            assert found["text"].tolist() == texts
            with pytest.raises(StoreError), limited.changing() as connection:
                connection.execute(sa.delete(schema.comments))
    assert len(store.read(sa.select(schema.comments.c.comment_id))) == 3


def test_a_server_that_comes_back_is_used_again(store: Store, postgres_url: str) -> None:
    assert store.data_version() == 0
    with Store.open(postgres_url) as other, reading(other._engine) as connection:
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    assert store.data_version() == 0
