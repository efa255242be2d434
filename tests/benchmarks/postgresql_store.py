"""Five million comments of three years in PostgreSQL, made from a seed and copied in.

Texts are the invented comments of the fixtures, some of them joined, with words of an invented,
skewed vocabulary and placeholders put in. Services, hours, codes, spans, repeats and topics have
the shares of a busy department; they mean nothing. Rows come in the order of time, as they do in
life, so that old and new days lie apart on the disk. Not for measuring quality.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import psycopg
import sqlalchemy as sa

from feedback import results, schema, search_index, tallies
from feedback.coding import SAFEGUARDING
from feedback.days import day_column
from feedback.duplicates import N_BANDS
from feedback.runs import new_run
from feedback.settings import Settings
from feedback.store import Store
from feedback.writes import insert_run
from tests.benchmarks.front_end_store import MODEL, N_TOPICS, REGIONS, _base, _vocabulary

CHUNK = 50_000
DAYS = 3 * 365
QUARTER_DAYS = 91
N_CLUSTERS = 20_000
N_WORDS = 50_000
SERVICE_SHARES = (0.4, 0.2, 0.13, 0.1, 0.08, 0.06, 0.03)
HOURS = np.array(
    [1, 1, 1, 1, 1, 2, 4, 8, 14, 18, 20, 19, 18, 18, 18, 17, 16, 14, 12, 11, 10, 8, 5, 2]
)
WEEKDAYS = np.array([1.2, 1.2, 1.15, 1.1, 1.0, 0.55, 0.5])
PLACEHOLDERS = ("[PERSON]", "[EMAIL]", "[PHONE]", "[CASE_REFERENCE]", "[DATE_OF_BIRTH]")
FILLED = (
    "comments",
    "responses",
    "codings",
    "standing_codes",
    "assignments",
    "search_rows",
    "spans",
    "fingerprints",
)
Lines = dict[str, list[str]]


def fill(
    store: Store, n_comments: int, *, n_fingerprinted: int, seed: int, say: Any = print
) -> None:
    """Put ``n_comments`` into an empty store, the newest now.

    The newest ``n_fingerprinted`` comments alone have fingerprints: with those of all, which are
    nine rows a comment, the store would need a third more disk than the rest of it.
    """
    rng = np.random.default_rng(seed)
    base, words = _base(), _vocabulary(rng)
    moments = _moments(rng, n_comments, datetime.now(UTC).timestamp())
    url = store._engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with (
        psycopg.connect(url, autocommit=True) as raw,
        psycopg.connect(url, autocommit=True) as other,
    ):
        kept = _without_indexes(raw)
        other.execute("CREATE TEMP TABLE told (number bigint, words text, tags text)")
        with ThreadPoolExecutor(1) as aside:
            under_way: Future[None] | None = None
            for start in range(0, n_comments, CHUNK):
                times = moments[start : start + CHUNK]
                has_bands = start >= n_comments - n_fingerprinted
                lines = _chunk(rng, base, words, times, has_bands=has_bands)
                if under_way is not None:
                    under_way.result()
                under_way = aside.submit(_index_words, other, lines.pop("told"))
                for name in FILLED:
                    _copy(raw, name, lines[name])
                say(f"{start + len(times):,} comments")
            if under_way is not None:
                under_way.result()
        raw.execute("SET maintenance_work_mem = '768MB'")
        for statement in kept:
            raw.execute(statement)
            say(statement[:90])
        raw.execute("VACUUM (ANALYZE)")
    _finish(store, rng, base)


def _moments(rng: np.random.Generator, n: int, end: float) -> np.ndarray:
    """Return times of three years, in order: more on weekdays, most before noon."""
    days = np.arange(DAYS)
    shares = WEEKDAYS[days % 7]
    day = rng.choice(days, n, p=shares / shares.sum())
    hour = rng.choice(24, n, p=HOURS / HOURS.sum())
    within = rng.uniform(0, 3_600, n)
    return np.sort(end - (DAYS - day) * 86_400.0 + hour * 3_600 + within).clip(max=end)


def _without_indexes(raw: psycopg.Connection[Any]) -> list[str]:
    """Drop keys and indexes of the tables to fill; return what makes them again."""
    names = [*FILLED, "search_words"]
    keys = raw.execute(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), contype FROM "
        "pg_constraint WHERE conrelid::regclass::text = ANY(%s) "
        "OR confrelid::regclass::text = ANY(%s)"
        " ORDER BY contype = 'f' DESC",
        [names, names],
    ).fetchall()
    for table, name, _, _ in keys:
        raw.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"')
    indexes = raw.execute(
        "SELECT indexname, indexdef FROM pg_indexes "
        "WHERE schemaname = 'public' AND tablename = ANY(%s)",
        [names],
    ).fetchall()
    for name, _ in indexes:
        raw.execute(f'DROP INDEX "{name}"')
    made = [f'ALTER TABLE "{t}" ADD CONSTRAINT "{n}" {what}' for t, n, what, k in keys if k != "f"]
    linked = [
        f'ALTER TABLE "{t}" ADD CONSTRAINT "{n}" {what}' for t, n, what, k in keys if k == "f"
    ]
    return [*made, *(what for _, what in indexes), *linked]


def _copy(raw: psycopg.Connection[Any], name: str, lines: list[str]) -> None:
    columns = COLUMNS[name]
    told = ", ".join(f'"{column}"' for column in columns)
    with raw.cursor() as cursor, cursor.copy(f'COPY "{name}" ({told}) FROM STDIN') as copy:
        for start in range(0, len(lines), 5_000):
            copy.write("\n".join(lines[start : start + 5_000]) + "\n")


def _index_words(raw: psycopg.Connection[Any], lines: list[str]) -> None:
    """Index words as `feedback.search` does; letters of the texts need no folding."""
    with raw.cursor() as cursor, cursor.copy("COPY told FROM STDIN") as copy:
        copy.write("\n".join(lines) + "\n")
    raw.execute(
        "INSERT INTO search_words (rowid, document) SELECT number, to_tsvector('simple', "
        "regexp_replace(lower(words), '\\W+', ' ', 'g')) || "
        "array_to_tsvector(string_to_array(tags, ' ')) FROM told"
    )
    raw.execute("TRUNCATE told")


COLUMNS = {
    "comments": "comment_id response_id source service page question submitted_at received_at text "
    "is_empty language n_characters text_hash duplicate_of sentiment facets state n_attempts "
    "redactor day".split(),
    "responses": "response_id service submitted_at satisfaction effort help_needed completed "
    "device browser region day".split(),
    "codings": "comment_id code origin coder model_version probability decision at".split(),
    "standing_codes": "code decision submitted_at comment_id service page is_shown".split(),
    "assignments": "comment_id topic_id cluster_id similarity model_version".split(),
    "search_rows": "row comment_id service tags".split(),
    "spans": "comment_id start end entity recogniser score".split(),
    "fingerprints": "band key comment_id".split(),
}
NONE = r"\N"


@cache
def _tag(name: str) -> str:
    return search_index.tag_word(name)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\t", " ").replace("\n", " ").replace("\r", " ")


def _hex(rng: np.random.Generator, n: int) -> list[str]:
    told = rng.bytes(16 * n).hex()
    return [told[at : at + 32] for at in range(0, 32 * n, 32)]


def _chunk(
    rng: np.random.Generator,
    base: pd.DataFrame,
    words: list[str],
    times: np.ndarray,
    *,
    has_bands: bool,
) -> Lines:
    """Return the lines of every table for comments sent at these times."""
    n = len(times)
    rows = _chosen(rng, base, n)
    stamps = pd.to_datetime(times, unit="s", utc=True)
    moments = stamps.strftime("%Y-%m-%d %H:%M:%S.%f+00").tolist()
    days = day_column(pd.Series(stamps)).tolist()
    seconds = times.astype(np.int64).tolist()
    ids, hashes = _hex(rng, n), _hex(rng, n)
    numbers = rng.integers(0, 2**30, n).tolist()
    put_in = ((rng.zipf(1.3, (n, 3)) - 1) % N_WORDS).tolist()
    chance = rng.random((n, 5)).tolist()
    answers = rng.integers(1, 6, (n, 2)).tolist()
    topics = rng.integers(-1, N_TOPICS, n).tolist()
    clusters = (N_CLUSTERS * rng.random(n) ** 2).astype(int).tolist()
    codes_known = sorted({code for told in base["codes"] for code in told.split(";")})
    more = rng.integers(0, len(codes_known), n).tolist()
    out: Lines = {name: [] for name in (*FILLED, "told")}
    response = ""
    for at in range(n):
        row, (c0, c1, c2, c3, c4) = rows[at], chance[at]
        key, when, day, service, page = ids[at], moments[at], days[at], row["service"], row["page"]
        text, digest, repeats = row["text"], hashes[at], NONE
        if c0 < 0.03 and at > 100:  # pasted again, or sent twice
            earlier = at - 1 - more[at]
            text, digest, repeats = rows[earlier]["full"], hashes[earlier], ids[earlier]
            hashes[at] = digest
        else:
            text = f"{text} {words[put_in[at][0]]} {words[put_in[at][1]]} {words[put_in[at][2]]}"
            if c1 < 0.2:
                text = f"{text} {rows[more[at]]['text']}"
        entity = PLACEHOLDERS[more[at] % 5] if c2 < 0.18 else ""
        if entity and repeats == NONE:
            out["spans"].append(f"{key}\t0\t{len(entity)}\t{entity[1:-1]}\tnames\t0.9")
            text = f"{entity} {text}"
        row["full"] = text
        if c3 > 0.2 or not response:
            response = f"{key[16:]}{key[:16]}"
            satisfied, effort = answers[at]
            out["responses"].append(
                f"{response}\t{service}\t{when}\t{satisfied if at % 2 else NONE}\t"
                f"{effort if at % 3 else NONE}\t{'t' if at % 5 == 0 else 'f'}\t"
                f"{'t' if at % 4 else 'f'}\t{'phone' if at % 2 else 'laptop'}\t"
                f"{'Safari' if at % 2 else 'Edge'}\t{REGIONS[at % 7]}\t{day}"
            )
        place = page or NONE
        question = NONE if page else "How could we improve this service?"
        out["comments"].append(
            f"{key}\t{response}\tbench\t{service}\t{place}\t{question}\t{when}\t{when}\t{text}\tf\t"
            f"{row['language']}\t{len(text)}\t{digest}\t{repeats}\t{row['sentiment']}\t"
            f"{row['told_facets']}\tenriched\t0\trules-1\t{day}"
        )
        codes = row["told_codes"]
        given = [(code, "assigned") for code in codes]
        if c4 < 0.45 and (extra := codes_known[more[at] % len(codes_known)]) not in codes:
            given.append((extra, "review"))
        is_shown = not any(code.startswith(SAFEGUARDING) for code, _ in given)
        shown = "t" if is_shown else "f"
        for code, decision in given:
            out["codings"].append(f"{key}\t{code}\tmodel\t\t{MODEL}\t0.9\t{decision}\t{when}")
            out["standing_codes"].append(
                f"{code}\t{decision}\t{when}\t{key}\t{service}\t{place}\t{shown}"
            )
        cluster = f"{clusters[at]:032x}" if c4 > 0.66 else NONE
        out["assignments"].append(f"{key}\t{topics[at]}\t{cluster}\t0.7\t{MODEL}")
        if is_shown:
            number = (seconds[at] << 30) + numbers[at]
            tags = " ".join(map(_tag, _tags(row, codes, bool(entity))))
            out["search_rows"].append(f"{number}\t{key}\t{service}\t{tags}")
            out["told"].append(f"{number}\t{text}\t{tags}")
        if has_bands and repeats == NONE:
            for band in range(N_BANDS):
                out["fingerprints"].append(f"{band}\t{int(digest[band : band + 15], 16)}\t{key}")
    return out


def _chosen(rng: np.random.Generator, base: pd.DataFrame, n: int) -> list[dict[str, Any]]:
    """Draw comments of the fixtures, most of them of the busiest service."""
    services = base["service"].value_counts().index[: len(SERVICE_SHARES)]
    share = base["service"].map(dict(zip(services, SERVICE_SHARES, strict=True))).fillna(0)
    weight = share / base.groupby("service")["service"].transform("size")
    known = [
        {
            "service": row["service"],
            "page": row["page"],
            "language": row["language"],
            "sentiment": row["sentiment"],
            "text": _escaped(row["text"]),
            "told_codes": list(dict.fromkeys(row["codes"].split(";"))),
            "told_facets": _escaped(json.dumps(row["facets"])) if row["facets"] else NONE,
            "impact": (row["facets"] or {}).get("impact"),
        }
        for row in base.to_dict("records")
    ]
    at = rng.choice(len(known), n, p=(weight / weight.sum()).to_numpy())
    return [dict(known[place]) for place in at]


def _tags(row: dict[str, Any], codes: list[str], is_redacted: bool) -> Iterator[str]:
    yield from ("all", f"service:{row['service']}", f"language:{row['language']}")
    if row["page"]:
        yield search_index.page_tag(row["service"], row["page"])
    yield f"sentiment:{row['sentiment']}"
    if is_redacted:
        yield "has:redaction"
    if isinstance(row["impact"], str):
        yield f"impact:{row['impact']}"
    yield from (f"code:{code}" for code in codes)


def _finish(store: Store, rng: np.random.Generator, base: pd.DataFrame) -> None:
    """Add groups, signals and the counts by day, as the toolkit works them out."""
    from tests.benchmarks.front_end_store import _add_groups

    now = datetime.now(UTC).replace(microsecond=0)
    with store.changing() as connection:
        results.put_fact(connection, "topics_version", MODEL)
        _add_groups(connection, rng, base, now)
        insert_run(connection, new_run("enrich", Settings(), now=now, models={"classifier": MODEL}))
    _count_days(store)
    autocommit = store._engine.execution_options(isolation_level="AUTOCOMMIT")
    with autocommit.connect() as connection:
        connection.exec_driver_sql("VACUUM (ANALYZE) tallies")


def _count_days(store: Store) -> None:
    """Count the newest quarter as the toolkit does, and give the earlier ones the same counts.

    To count all three years takes as long as all the rest; reading costs the same either way.
    """
    days = sa.select(schema.comments.c.day).distinct().order_by(schema.comments.c.day.desc())
    with store.changing() as connection:
        newest = connection.scalars(days.limit(QUARTER_DAYS)).all()
        tallies.mark_days(connection, newest)
        tallies.renew_all(connection)
        connection.exec_driver_sql(
            "INSERT INTO tallies (measure, day, service, place, value, n) "
            f"SELECT measure, (day::date - {QUARTER_DAYS} * number)::text, service, place, "
            f"value, n FROM tallies, generate_series(1, {DAYS // QUARTER_DAYS - 1}) AS number"
        )
