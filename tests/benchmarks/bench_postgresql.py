"""PostgreSQL with five million comments; writes results/postgresql.json.

A server of our own is started (or one given with --url is used again), filled from a seed
(`postgresql_store`), and asked what the pages, the worker and the server ask. Told are the size of
each table and index, and for each operation its statements, seconds, buffers of 8 KB touched and
rows read, with every scan of more than 10,000 rows. Then comments and the rows of the index of
words are copied into quarters, and the same is asked of both.

Seconds depend on what else the machine does; buffers, rows and plans do not.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pandas as pd
import sqlalchemy as sa

from app import queries, queries_comments, queries_issues, queries_overview, queries_triage
from app.filters import Filters
from feedback import schema
from feedback.duplicates import band_keys
from feedback.erasure import delete_comments
from feedback.schema import Classification, CodeDecision, Decision, Origin, Sentiment
from feedback.store import Enriched, Store
from feedback.tallies import mark_days, refresh_tallies
from tests.benchmarks.postgresql_partitions import compare_partitions
from tests.benchmarks.postgresql_plans import Cost, cost_of_reading, cost_of_writing, plan_of
from tests.benchmarks.postgresql_store import fill
from tests.feedback.store_frames import a_run, prepared, responses_of
from tests.postgres import find_programs, running_server

OUT = Path(__file__).parent / "results" / "postgresql.json"
SEED = 20261122
PERIOD_DAYS = 28
APPENDED = 50
CLAIMED = 512
ROUNDS = 5
SERVICE = "money-claims"
SETTINGS = {
    "listen_addresses": "",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "shared_buffers": "2GB",
    "effective_cache_size": "8GB",
    "max_wal_size": "1GB",
    "random_page_cost": "1.1",
    "work_mem": "16MB",
}
Told = dict[str, Any]


def sizes(connection: sa.Connection, n_comments: int) -> Told:
    """Return bytes of each table and index, largest first, and how often each index was used."""
    rows = connection.exec_driver_sql(
        "SELECT c.relname, c.reltuples::bigint, pg_table_size(c.oid), pg_indexes_size(c.oid) "
        "FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace "
        "ORDER BY 3 DESC"
    ).all()
    indexes = connection.exec_driver_sql(
        "SELECT relname, indexrelname, pg_relation_size(indexrelid) FROM pg_stat_user_indexes "
        "ORDER BY 3 DESC"
    ).all()
    large = [row for row in rows if row[1] > 10_000]
    return {
        "n_comments": n_comments,
        "bytes": connection.scalar(sa.text("SELECT pg_database_size(current_database())")),
        "tables": {
            name: {
                "rows": int(n),
                "table_bytes": table,
                "index_bytes": index,
                "bytes_per_comment": round((table + index) / n_comments, 1),
                "indexes": {i: size for t, i, size in indexes if t == name},
            }
            for name, n, table, index in large
        },
    }


def read_all(store: Store, now: datetime) -> dict[str, Told]:
    """Return what each page and the server's own look-ups cost."""
    period = Filters(now.date() - timedelta(days=PERIOD_DAYS - 1), now.date())
    years = Filters(now.date() - timedelta(days=3 * 365), now.date())
    of = partial(Filters, period.first_day, period.last_day)
    find = queries_comments.find_comments
    page = store.read(
        sa.select(schema.comments.c.page)
        .where(schema.comments.c.service == SERVICE, schema.comments.c.page.is_not(None))
        .limit(1)
    )["page"].iloc[0]
    texts = [f"I could not upload the evidence for my claim, attempt {n}" for n in range(APPENDED)]
    known = store.read(
        sa.select(schema.comments.c.comment_id)
        .order_by(schema.comments.c.submitted_at.desc())
        .limit(50)
    )["comment_id"].tolist()
    faults = ("fault.upload", "fault.login", "fault.payment", "fault.error")
    asked: dict[str, Callable[[], Any]] = {
        "filters of any page": lambda: queries.store_facts(store),
        "overview": lambda: queries_overview.overview(store, period, years.first_day),
        "overview of one service": lambda: queries_overview.overview(
            store, of(service=SERVICE), years.first_day
        ),
        "comments, newest": lambda: find(store, period),
        "comments of a service": lambda: find(store, of(service=SERVICE)),
        "comments of a page": lambda: find(store, of(service=SERVICE, page=page)),
        "comments with a code": lambda: find(store, of(code="fault.upload")),
        "search, two words, 28 days": lambda: find(store, of(search="upload photo")),
        "search, two words, 3 years": lambda: find(
            store, Filters(years.first_day, years.last_day, search="upload photo")
        ),
        "search, a common word, 3 years": lambda: find(
            store, Filters(years.first_day, years.last_day, search="the")
        ),
        "search, a rare word, 3 years": lambda: find(
            store, Filters(years.first_day, years.last_day, search="xylophone")
        ),
        "triage": lambda: queries_triage.faults(store, period, faults),
        "emerging": lambda: queries_issues.emerging(store, period),
        "queue of the worker": store.queue,
        "known ids, 50": lambda: store.known_ids(known),
        "near duplicates, 50": lambda: store.near_candidates(SERVICE, band_keys(texts)),
    }
    return {name: cost_of_reading(store, ask).told() for name, ask in asked.items()}


def write_all(store: Store, now: datetime) -> dict[str, Told]:
    """Return what it costs to take comments in, claim and complete them: the median round."""
    costs: dict[str, list[Cost]] = {}
    for _ in range(ROUNDS):
        frame = _new_comments(CLAIMED, now)
        for start in range(0, CLAIMED, APPENDED):
            part = frame.iloc[start : start + APPENDED].reset_index(drop=True)
            keys = band_keys(part["text"].tolist())
            spans = pd.DataFrame(
                columns=["comment_id", "entity", "start", "end", "recogniser", "score"]
            )
            append = partial(store.append, a_run(), part, responses_of(part), spans, keys, [])
            if start == 0:
                costs.setdefault(f"append {APPENDED}", []).append(cost_of_writing(store, append))
            else:
                append()
        claimed: list[pd.DataFrame] = []
        take = partial(_claim, store, claimed)
        costs.setdefault(f"claim {CLAIMED}", []).append(cost_of_writing(store, take))
        done = [_enriched(key) for key in claimed[0]["comment_id"]]
        complete = partial(store.complete, "bench", done)
        costs.setdefault(f"complete {CLAIMED}", []).append(cost_of_writing(store, complete))
    told = {}
    for name, found in costs.items():
        found.sort(key=lambda cost: cost.seconds)
        told[name] = found[len(found) // 2].told()
    return told


def _claim(store: Store, claimed: list[pd.DataFrame]) -> None:
    claimed.append(store.claim("bench", CLAIMED))


def _new_comments(n: int, now: datetime) -> pd.DataFrame:
    rng = np.random.default_rng()
    words = [
        "upload",
        "claim",
        "page",
        "evidence",
        "wait",
        "error",
        "fee",
        "court",
        "photo",
        "login",
    ]
    texts = [f"{' '.join(rng.choice(words, 18))} {rng.integers(1e9)}" for _ in range(n)]
    frame = prepared(
        texts, service=SERVICE, page="/claim/evidence", submitted_at=now, received_at=now
    )
    return frame.assign(
        comment_id=[uuid4().hex for _ in texts], response_id=[uuid4().hex for _ in texts]
    )


def _enriched(comment_id: str) -> Enriched:
    codes = tuple(
        CodeDecision(code, 0.9, decision, Origin.MODEL)
        for code, decision in (
            ("fault.upload", Decision.ASSIGNED),
            ("content.unclear", Decision.REVIEW),
        )
    )
    return Enriched(
        comment_id, Classification(codes, Sentiment.NEGATIVE, {"impact": "blocked"}), "bench-1"
    )


def keep_up(store: Store, now: datetime) -> Told:
    """Return what is done later: counts of a day renewed, a block deleted, dead rows, vacuum."""
    refresh_tallies(store)
    with store.changing() as connection:
        mark_days(connection, [(now - timedelta(days=3)).date().isoformat()])
    told: Told = {
        "renew the counts of a day": cost_of_writing(store, lambda: refresh_tallies(store)).told()
    }
    old = store.read(
        sa.select(schema.comments.c.comment_id).order_by(schema.comments.c.submitted_at).limit(250)
    )["comment_id"].tolist()

    def delete() -> None:
        with store.changing(stops_arrivals=True) as connection:
            delete_comments(connection, old)

    told["retention: delete 250 comments"] = cost_of_writing(store, delete).told()
    autocommit = store._engine.execution_options(isolation_level="AUTOCOMMIT")
    with autocommit.connect() as connection:
        names = (
            "ix_comments_submitted_at",
            "ix_comments_text_hash",
            "ix_comments_state",
            "pk_comments",
        )
        before = _sizes_of(connection, names)
        hot = (
            "SELECT n_tup_upd, n_tup_hot_upd, n_dead_tup FROM pg_stat_user_tables "
            "WHERE relname = 'comments'"
        )
        first = connection.exec_driver_sql(hot).one()
        update = (
            "UPDATE comments SET state = 'received' WHERE comment_id IN "
            "(SELECT comment_id FROM comments ORDER BY submitted_at DESC LIMIT 100000)"
        )
        cost = plan_of(connection, update)
        back = plan_of(connection, update.replace("'received'", "'enriched'"))
        connection.exec_driver_sql("SELECT pg_stat_force_next_flush()")
        second = connection.exec_driver_sql(hot).one()
        told["100,000 comments changed twice"] = {
            "first": cost.told(),
            "second": back.told(),
            "updates": second[0] - first[0],
            "hot_updates": second[1] - first[1],
            "dead_rows": second[2],
            "index_bytes_before": before,
            "index_bytes_after": _sizes_of(connection, names),
        }
        started = datetime.now(UTC)
        connection.exec_driver_sql("VACUUM (ANALYZE) comments")
        told["vacuum of comments, seconds"] = round(
            (datetime.now(UTC) - started).total_seconds(), 1
        )
    return told


def _sizes_of(connection: sa.Connection, names: tuple[str, ...]) -> dict[str, int]:
    return {n: connection.scalar(sa.text("SELECT pg_relation_size(:n)"), {"n": n}) for n in names}


def never_used(connection: sa.Connection) -> list[str]:
    """Return indexes that nothing of all this went by, with their bytes; keys are kept anyway."""
    rows = connection.exec_driver_sql(
        "SELECT indexrelname, pg_relation_size(s.indexrelid) FROM pg_stat_user_indexes s "
        "JOIN pg_index i USING (indexrelid) WHERE idx_scan = 0 AND NOT indisunique "
        "AND pg_relation_size(s.indexrelid) > 1000000 ORDER BY 2 DESC"
    )
    return [f"{name}: {size:,} bytes" for name, size in rows]


def main() -> None:
    """Fill a store, or take one that is filled, and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--comments", type=int, default=5_000_000)
    parser.add_argument("--fingerprinted", type=int, default=1_000_000)
    parser.add_argument("--url", help="a store on PostgreSQL that was filled before")
    parser.add_argument("--part", action="append", default=[], help="measure this part alone")
    parser.add_argument("--out", type=Path, default=OUT)
    given = parser.parse_args()
    server = nullcontext() if given.url else running_server(find_programs() or Path(), SETTINGS)
    with server as own, nullcontext(given.url) if own is None else own.database() as url:
        store = Store.open(url)
        if own is not None:
            fill(store, given.comments, n_fingerprinted=given.fingerprinted, seed=SEED)
        measure(store, given.out, given.fingerprinted, given.part)
        store.close()


def measure(store: Store, out: Path, n_fingerprinted: int, only: list[str]) -> None:
    """Write all figures, part by part: a long run that is broken off keeps what it has."""
    last = store.read(sa.select(sa.func.max(schema.comments.c.submitted_at).label("at")))[
        "at"
    ].iloc[0]
    now = last.to_pydatetime()
    autocommit = store._engine.execution_options(isolation_level="AUTOCOMMIT")
    with autocommit.connect() as connection:
        n = connection.scalar(sa.text("SELECT count(*) FROM comments"))
        version = connection.scalar(sa.text("SHOW server_version"))
        connection.exec_driver_sql("SELECT pg_stat_reset()")
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True)
    kept = json.loads(out.read_text(encoding="utf-8")) if only and out.exists() else {}
    told: Told = {
        **kept,
        "commit": commit.stdout.strip(),
        "machine": f"{platform.machine()}, {platform.system()}, {os.cpu_count()} cores",
        "postgresql": version,
        "seed": SEED,
        "note": "Other work shared the machine: seconds are upper bounds, to be compared with one "
        "another at most. Buffers, rows read, bytes and plans do not depend on it.",
        "n_fingerprinted": n_fingerprinted,
    }
    parts: dict[str, Callable[[sa.Connection], Any]] = {
        "sizes": partial(sizes, n_comments=n),
        "reading": lambda _: read_all(store, now),
        "writing": lambda _: write_all(store, now),
        "later": lambda _: keep_up(store, now),
        "indexes_never_used": never_used,
        "partitions": lambda connection: compare_partitions(connection, now),
    }
    for name, part in parts.items():
        if only and name not in only:
            continue
        with autocommit.connect() as connection:
            told[name] = part(connection)
        out.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
        print(name, flush=True)


if __name__ == "__main__":
    main()
