"""A store as large as a year of a busy department, made from a seed, straight into the tables.

Texts are the invented comments of the fixtures with words of an invented, skewed vocabulary put in,
so that common and rare words are both there to search for. Codes, answers, topics, clusters and
signals are drawn so that every page has something to show; they mean nothing. Not for measuring
quality.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from classifiers.facets import FacetFinder
from classifiers.lexicon import Reader
from feedback import results, schema, search_index, standing, writes
from feedback.days import day_column
from feedback.runs import new_run
from feedback.settings import Settings
from feedback.store import Store

COMMENTS = Path(__file__).parents[2] / "fixtures" / "comments"
CHUNK = 20_000
DAYS = 365
N_WORDS = 50_000
N_TOPICS = 60
N_CLUSTERS = 2_000
REGIONS = ("London", "North West", "Midlands", "South East", "Wales", "North East", "South West")
MODEL = "bench-1"


def fill_large(store: Store, n_comments: int, *, seed: int, now: datetime | None = None) -> None:
    """Put ``n_comments`` into an empty store, the newest a minute old."""
    rng = np.random.default_rng(seed)
    end = now or datetime.now(UTC).replace(microsecond=0)
    base = _base()
    words = _vocabulary(rng)
    with store.changing() as connection:
        for start in range(0, n_comments, CHUNK):
            chunk = _chunk(rng, base, words, start, min(CHUNK, n_comments - start), end)
            for table, rows in chunk:
                connection.execute(sa.insert(table), rows)
        _add_groups(connection, rng, base, end)
        results.put_fact(connection, "topics_version", MODEL)
        standing.renew_all(connection)
        run = new_run("enrich", Settings(), now=end, models={"classifier": MODEL})
        writes.insert_run(connection, run)
    if store._engine.dialect.name == "postgresql":
        with store._engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")


def _base() -> pd.DataFrame:
    """Return the distinct comments of the fixtures with what their texts say of faults."""
    frames = [
        pd.read_csv(COMMENTS / f"{name}.csv", keep_default_na=False)
        for name in ("everyday", "stories")
    ]
    base = pd.concat(frames)[["service", "page", "codes", "sentiment", "language", "text"]]
    base = base[base["service"] != ""].reset_index(drop=True)
    reader = Reader()
    finder = FacetFinder(reader)
    docs = reader.read(base["text"].tolist())
    base["facets"] = [
        finder.find(doc, text) if "fault." in codes else None
        for doc, text, codes in zip(docs, base["text"], base["codes"], strict=True)
    ]
    return base


def _vocabulary(rng: np.random.Generator) -> list[str]:
    letters = np.array(list("abcdefghilmnoprstuw"))
    lengths = rng.integers(4, 11, N_WORDS)
    return ["".join(rng.choice(letters, n)) for n in lengths]


def _key(*parts: object) -> str:
    return hashlib.blake2b(repr(parts).encode(), digest_size=16).hexdigest()


def _chunk(
    rng: np.random.Generator,
    base: pd.DataFrame,
    words: list[str],
    start: int,
    n: int,
    end: datetime,
) -> Iterator[tuple[sa.Table, list[dict[str, Any]]]]:
    rows = base.iloc[rng.integers(0, len(base), n)].to_dict("records")
    ages = rng.uniform(60, DAYS * 86_400, n)
    times = pd.Series([end - timedelta(seconds=float(age)) for age in ages])
    days = day_column(pd.to_datetime(times, utc=True)).tolist()
    put_in = (rng.zipf(1.3, (n, 3)) - 1) % N_WORDS
    ids = [_key(start, number) for number in range(n)]
    moments = [time.to_pydatetime() for time in times]
    texts = [
        " ".join([row["text"], *(words[at] for at in extra)])
        for row, extra in zip(rows, put_in, strict=True)
    ]
    yield (
        schema.comments,
        [
            {
                "comment_id": key,
                "response_id": f"r{key[1:]}",
                "source": "bench",
                "service": row["service"],
                "page": row["page"] or None,
                "question": None if row["page"] else "How could we improve this service?",
                "submitted_at": at,
                "received_at": at,
                "text": text,
                "is_empty": False,
                "language": row["language"],
                "n_characters": len(text),
                "text_hash": _key(text),
                "sentiment": row["sentiment"],
                "facets": row["facets"],
                "state": "enriched",
                "n_attempts": 0,
                "day": day,
            }
            for key, row, at, text, day in zip(ids, rows, moments, texts, days, strict=True)
        ],
    )
    answers = rng.integers(1, 6, (n, 2))
    yield (
        schema.responses,
        [
            {
                "response_id": f"r{key[1:]}",
                "service": row["service"],
                "submitted_at": at,
                "satisfaction": int(first) if number % 2 else None,
                "effort": int(second) if number % 3 else None,
                "help_needed": bool(number % 5 == 0),
                "completed": bool(number % 4),
                "device": "phone" if number % 2 else "laptop",
                "browser": "Safari" if number % 2 else "Edge",
                "region": REGIONS[number % len(REGIONS)],
                "day": day,
            }
            for number, (key, row, at, day, (first, second)) in enumerate(
                zip(ids, rows, moments, days, answers, strict=True)
            )
        ],
    )
    yield (
        schema.codings,
        [
            {
                "comment_id": key,
                "code": code,
                "origin": "model",
                "coder": "",
                "model_version": MODEL,
                "probability": 0.9,
                "decision": "assigned",
                "at": end,
            }
            for key, row in zip(ids, rows, strict=True)
            for code in dict.fromkeys(row["codes"].split(";"))
        ],
    )
    clusters = rng.integers(0, N_CLUSTERS * 3, n)
    topics = rng.integers(-1, N_TOPICS, n)
    yield (
        schema.assignments,
        [
            {
                "comment_id": key,
                "topic_id": int(topic),
                "cluster_id": _key("cluster", int(cluster)) if cluster < N_CLUSTERS else None,
                "similarity": 0.7,
                "model_version": MODEL,
            }
            for key, topic, cluster in zip(ids, topics, clusters, strict=True)
        ],
    )


def _add_groups(
    connection: sa.Connection, rng: np.random.Generator, base: pd.DataFrame, end: datetime
) -> None:
    vectors = rng.normal(size=(N_CLUSTERS + N_TOPICS, 384)).astype("<f4")
    places = base[base["page"] != ""][["service", "page"]].drop_duplicates().to_dict("records")
    a, c = schema.assignments.c, schema.comments.c
    sizes = dict(
        connection.execute(sa.select(a.topic_id, sa.func.count()).group_by(a.topic_id)).all()
    )
    examples = list(connection.scalars(sa.select(c.comment_id).limit(N_TOPICS * 3)))
    topics = [
        {
            "topic_id": number,
            "model_version": MODEL,
            "name": f"Invented topic {number}",
            "terms": ["upload", "photo", "file", "evidence"],
            "quotes": examples[3 * number : 3 * number + 3],
            "n": int(sizes.get(number, 0)),
            "centroid": vectors[number].tobytes(),
            "parent_id": number // 8,
        }
        for number in range(N_TOPICS)
    ]
    connection.execute(sa.insert(schema.topics), topics)
    clusters = []
    for number in range(N_CLUSTERS):
        place = places[number % len(places)]
        clusters.append(
            {
                "cluster_id": _key("cluster", number),
                "title": f"Invented issue {number}",
                "theme": "fault.upload" if number % 2 else "content.unclear",
                "status": ("provisional", "new", "acknowledged", "closed")[number % 4],
                "first_seen": end - timedelta(days=int(number % DAYS) + 1),
                "last_seen": end - timedelta(hours=int(number % 700)),
                "n": 150,
                "quotes": examples[:3],
                "centroid": vectors[N_TOPICS + number].tobytes(),
                **place,
            }
        )
    connection.execute(sa.insert(schema.issues), clusters)
    connection.execute(sa.insert(schema.signals), [_signal(n, places, end) for n in range(25)])


def _signal(number: int, places: list[dict[str, Any]], end: datetime) -> dict[str, Any]:
    place = places[number % len(places)]
    theme = "fault.upload" if number % 3 else f"cluster:{_key('cluster', number)}"
    return {
        "signal_id": _key("signal", number),
        "as_of": end,
        "kind": ("burst", "drift", "quiet")[number % 3],
        "level": "alert" if number % 2 else "watch",
        "theme": theme,
        "window": "3 days",
        "window_start": end - timedelta(days=3),
        "window_end": end,
        "n": 26,
        "expected": 4.2,
        "rate_ratio": 6.2,
        "low": 3.9,
        "high": 9.4,
        "q_value": 0.0001 * (number + 1),
        "sentence": f"26 reports on {place['page']} since Sunday; usually 4 in 3 days.",
        **place,
    }


def copy_large(source: Store, target: Store) -> None:
    """Put all of a store into an empty one on PostgreSQL, with the database's own bulk loading."""
    import psycopg

    with target.changing() as connection:
        raw = connection.connection.driver_connection
        assert isinstance(raw, psycopg.Connection)
        for table in schema.metadata.sorted_tables:
            if table.name in ("meta", "stale_days", "search_rows"):
                continue
            _copy_table(source, raw, table)
        results.put_fact(connection, "topics_version", MODEL)
        search_index.renew_all(connection)
    engine = target._engine.execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("VACUUM ANALYZE")


def _copy_table(source: Store, raw: Any, table: sa.Table) -> None:
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    kinds = [column.type for column in table.columns]
    with (
        source._engine.connect().execution_options(yield_per=CHUNK) as reading,
        raw.cursor() as cursor,
        cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copy,
    ):
        for row in reading.execute(sa.select(table)):
            copy.write_row(
                [
                    json.dumps(value) if isinstance(kind, sa.JSON) and value is not None else value
                    for value, kind in zip(row, kinds, strict=True)
                ]
            )
