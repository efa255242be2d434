"""Comments as one table and in quarters: the same questions, and old days deleted."""

from __future__ import annotations

import re
import time
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import sqlalchemy as sa

from tests.benchmarks.postgresql_plans import plan_of

__all__ = ["compare_partitions"]

QUARTER = timedelta(days=91)
N_QUARTERS = 13
IN_THE_WAY = ("search_words", "fingerprints", "codings", "assignments", "spans", "standing_codes")
"""Dropped first: to make room on the disk, and because rows that refer to comments would have to be
deleted from both alike."""


def compare_partitions(connection: sa.Connection, now: datetime) -> dict[str, Any]:
    """Copy comments and the rows of the index of words into quarters, and ask both the same."""
    for table in IN_THE_WAY:
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {table} CASCADE")
    started = time.perf_counter()
    bounds = [now - QUARTER * number for number in range(N_QUARTERS, -1, -1)]
    _copy_comments(connection, bounds)
    _copy_rows(connection, bounds)
    connection.exec_driver_sql("VACUUM (ANALYZE) comments_parts")
    told: dict[str, Any] = {"seconds_to_copy": round(time.perf_counter() - started)}
    for table in ("comments", "comments_parts"):
        told[table] = {
            name: plan_of(connection, statement.replace("TABLE", table)).told()
            for name, statement in _questions(connection, now).items()
        }
    for table in ("search_rows", "search_rows_parts"):
        seconds = int((now - timedelta(days=28)).timestamp())
        newest = (
            f'SELECT comment_id FROM {table} WHERE "row" >= {seconds} * 1073741824::bigint '
            'ORDER BY "row" DESC LIMIT 51'
        )
        told[table] = {"newest 51": plan_of(connection, newest).told()}
    told["delete"] = _delete(connection, bounds)
    return told


def _questions(connection: sa.Connection, now: datetime) -> dict[str, str]:
    row = connection.exec_driver_sql(
        "SELECT page, response_id, text_hash FROM comments WHERE page IS NOT NULL "
        "ORDER BY submitted_at DESC OFFSET 1000 LIMIT 1"
    ).one()
    ids = connection.exec_driver_sql(
        "SELECT comment_id FROM comments TABLESAMPLE SYSTEM (0.05) LIMIT 50"
    ).scalars()
    told = ", ".join(f"'{one}'" for one in ids)
    service = "service = 'money-claims'"
    first = f"submitted_at >= '{(now - timedelta(days=28)).isoformat()}'"
    newest = "ORDER BY submitted_at DESC, comment_id DESC LIMIT 51"
    return {
        "newest 51": f"SELECT comment_id FROM TABLE {newest}",
        "newest 51 of a page, 28 days": f"SELECT comment_id FROM TABLE WHERE {service} "
        f"AND page = '{row.page}' AND {first} {newest}",
        "newest 51 of a page, all years": f"SELECT comment_id FROM TABLE WHERE {service} "
        f"AND page = '{row.page}' {newest}",
        "50 by id": f"SELECT text FROM TABLE WHERE comment_id IN ({told})",
        "a response's": f"SELECT comment_id FROM TABLE WHERE response_id = '{row.response_id}'",
        "the same text": f"SELECT comment_id FROM TABLE WHERE text_hash = '{row.text_hash}'",
        "a claim": "SELECT comment_id FROM TABLE WHERE state = 'received' AND claimed_by IS NULL "
        "AND n_attempts = 0 ORDER BY submitted_at DESC, comment_id DESC LIMIT 512",
        "counts of a day": "SELECT service, page, count(*) FROM TABLE WHERE day = "
        f"'{(now - timedelta(days=40)).date().isoformat()}' GROUP BY 1, 2",
    }


def _copy_comments(connection: sa.Connection, bounds: list[datetime]) -> None:
    run = connection.exec_driver_sql
    run("SET maintenance_work_mem = '512MB'")
    run(
        "CREATE TABLE comments_parts (LIKE comments INCLUDING DEFAULTS) "
        "PARTITION BY RANGE (submitted_at)"
    )
    _make_parts(connection, "comments_parts", [f"'{one.isoformat()}'" for one in bounds])
    run("INSERT INTO comments_parts SELECT * FROM comments")
    # A key must hold what the table is divided by: one comment_id could stand in two quarters.
    run("ALTER TABLE comments_parts ADD PRIMARY KEY (comment_id, submitted_at)")
    defined = (
        "SELECT indexdef FROM pg_indexes WHERE tablename = 'comments' AND indexname LIKE 'ix%%'"
    )
    for (statement,) in run(defined).all():
        run(
            re.sub(
                r"INDEX (\w+) ON public\.comments", r"INDEX parts_\1 ON comments_parts", statement
            )
        )


def _copy_rows(connection: sa.Connection, bounds: list[datetime]) -> None:
    run = connection.exec_driver_sql
    run('CREATE TABLE search_rows_parts (LIKE search_rows) PARTITION BY RANGE ("row")')
    _make_parts(
        connection, "search_rows_parts", [str(int(one.timestamp()) << 30) for one in bounds]
    )
    run("INSERT INTO search_rows_parts SELECT * FROM search_rows")
    run('ALTER TABLE search_rows_parts ADD PRIMARY KEY ("row")')
    run("CREATE INDEX ON search_rows_parts (comment_id)")


def _make_parts(connection: sa.Connection, table: str, bounds: list[str]) -> None:
    edges = ["MINVALUE", *bounds[1:-1], "MAXVALUE"]
    for number, (low, high) in enumerate(pairwise(edges)):
        connection.exec_driver_sql(
            f"CREATE TABLE {table}_{number} PARTITION OF {table} "
            f"FOR VALUES FROM ({low}) TO ({high})"
        )


def _delete(connection: sa.Connection, bounds: list[datetime]) -> dict[str, Any]:
    """Delete a day of each, then the oldest quarter: row by row, and by dropping it."""
    run = connection.exec_driver_sql
    day = run("SELECT min(day) FROM comments").scalar_one()
    told: dict[str, Any] = {}
    for table in ("comments", "comments_parts"):
        told[f"a day of {table}"] = plan_of(
            connection, f"DELETE FROM {table} WHERE day = '{day}'"
        ).told()
    n = run("SELECT count(*) FROM comments_parts_0").scalar_one()
    end = bounds[1].isoformat()
    whole = plan_of(connection, f"DELETE FROM comments WHERE submitted_at < '{end}'").told()
    told["a quarter of comments, row by row"] = {**whole, "comments": n}
    started = time.perf_counter()
    run("VACUUM comments")
    told["vacuum after it, seconds"] = round(time.perf_counter() - started, 2)
    position = "SELECT pg_current_wal_insert_lsn()"
    before, started = run(position).scalar_one(), time.perf_counter()
    run("DROP TABLE comments_parts_0")
    told["a quarter of comments_parts, dropped"] = {
        "seconds": round(time.perf_counter() - started, 3),
        "wal_bytes": int(
            run(f"SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '{before}')").scalar_one()
        ),
    }
    return told
