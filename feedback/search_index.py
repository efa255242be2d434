"""Keep the index of words: what goes in about each comment, under which number, and out again.

See `feedback.search` for what an index holds and why; nothing here searches.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from feedback import schema
from feedback.database import count_anew
from feedback.schema import Decision
from feedback.welsh import WAITS_TAG, needs_welsh_speaker
from feedback.writes import execute_each, in_blocks

__all__ = [
    "EVERY",
    "SECOND",
    "folded",
    "forget",
    "page_tag",
    "purge",
    "renew",
    "renew_all",
    "seconds_of",
    "tag_word",
]

SECOND = 2**30
"""Numbers within one second; where in it a comment stands follows from its id."""

_WORD = re.compile(r"\w+")
EVERY = "all"
"""The tag of every comment."""

_rows, _comments = schema.search_rows, schema.comments
_words = sa.table("search_words", sa.column("rowid", sa.BigInteger))


def folded(text: str) -> list[str]:
    """Return the words of a text, in small letters and without accents.

    >>> folded("Café: Llŷn, it's £20")
    ['cafe', 'llyn', 'it', 's', '20']
    """
    plain = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(one for one in plain if not unicodedata.combining(one))
    return _WORD.findall(letters.replace("_", " "))


def page_tag(service: str, page: str) -> str:
    """Return the tag of a page; two services may have pages called alike."""
    return f"page:{service} {page}"


def tag_word(tag: str) -> str:
    """Return a tag as one word of the index that no comment has."""
    return "0" + hashlib.blake2b(tag.encode(), digest_size=8).hexdigest()


def seconds_of(at: datetime) -> int:
    """Return whole seconds since 1970, the upper part of a comment's number."""
    return int(at.astimezone(UTC).timestamp())


def renew(connection: sa.Connection, comment_ids: Sequence[str]) -> None:
    """Index some comments anew, and forget those of them that may not be shown."""
    forget(connection, comment_ids)
    for block in in_blocks(list(comment_ids)):
        _index(connection, _comments.c.comment_id.in_(block))


def renew_all(connection: sa.Connection) -> None:
    """Index all comments anew."""
    for statement in _EMPTIED[connection.dialect.name]:
        connection.exec_driver_sql(statement)
    connection.execute(sa.delete(_rows))
    read = (_comments, schema.codings, schema.spans, schema.standing_codes)
    count_anew(connection, *read)
    first = ""
    while True:
        ids = connection.scalars(
            sa.select(_comments.c.comment_id)
            .where(_comments.c.comment_id > first)
            .order_by(_comments.c.comment_id)
            .limit(_AT_ONCE)
        ).all()
        if not ids:
            return
        _index(connection, _comments.c.comment_id.between(ids[0], ids[-1]))
        first = ids[-1]


_AT_ONCE = 10_000
_EMPTIED = {
    "sqlite": ("INSERT INTO search_words (search_words) VALUES ('delete-all')",),
    "postgresql": ("DELETE FROM search_words",),
}


def forget(connection: sa.Connection, comment_ids: Sequence[str]) -> None:
    """Take comments out of the index. Their texts must be what they were when they went in."""
    for block in in_blocks(list(comment_ids)):
        chosen = _rows.c.comment_id.in_(block)
        if connection.dialect.name == "sqlite":
            _forget_in_sqlite(connection, chosen)
        else:
            numbers = sa.select(_rows.c.row).where(chosen)
            connection.execute(sa.delete(_words).where(_words.c.rowid.in_(numbers)))
        connection.execute(sa.delete(_rows).where(chosen))


def purge(connection: sa.Connection) -> None:
    """Write the index anew, so that its file holds no word of a comment taken out before.

    SQLite marks words as gone and keeps them until it merges its parts: 12 s for a million
    comments. In PostgreSQL they go with the rows, at the next vacuum.
    """
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("INSERT INTO search_words (search_words) VALUES ('optimize')")


def _forget_in_sqlite(connection: sa.Connection, chosen: sa.ColumnElement[bool]) -> None:
    """Say which words go: an index without texts does not know them."""
    joined = _rows.join(_comments, _comments.c.comment_id == _rows.c.comment_id)
    query = sa.select(_rows.c.row, _rows.c.tags, _comments.c.text).select_from(joined)
    rows = [
        {"row": row.row, "tags": row.tags, "words": " ".join(folded(row.text))}
        for row in connection.execute(query.where(chosen))
    ]
    told = "INSERT INTO search_words (search_words, rowid, words, tags)"
    execute_each(connection, sa.text(f"{told} VALUES ('delete', :row, :words, :tags)"), rows)


def _index(connection: sa.Connection, chosen: sa.ColumnElement[bool]) -> None:
    from feedback.standing import is_shown

    columns = ("comment_id", "submitted_at", "service", "page", "text", "language", "sentiment")
    found = connection.execute(
        sa.select(
            *(_comments.c[name] for name in columns),
            _comments.c.facets,
            sa.exists()
            .where(schema.spans.c.comment_id == _comments.c.comment_id)
            .label("is_redacted"),
            needs_welsh_speaker().label("waits_for_welsh"),
        )
        .where(chosen, is_shown())
        .order_by(_comments.c.comment_id)
    ).all()
    codes = _codes(connection, chosen)
    numbers = _numbers(connection, [(row.comment_id, row.submitted_at) for row in found])
    rows = [
        {
            "row": number,
            "comment_id": row.comment_id,
            "service": row.service,
            "tags": " ".join(map(tag_word, _tags(row, codes.get(row.comment_id, ())))),
        }
        for number, row in zip(numbers, found, strict=True)
    ]
    execute_each(connection, sa.insert(_rows), rows)
    told = [
        {"row": row["row"], "tags": row["tags"], "words": " ".join(folded(one.text))}
        for row, one in zip(rows, found, strict=True)
    ]
    execute_each(connection, sa.text(_INSERTED[connection.dialect.name]), told)


_INSERTED = {
    "sqlite": "INSERT INTO search_words (rowid, words, tags) VALUES (:row, :words, :tags)",
    "postgresql": "INSERT INTO search_words (rowid, document) VALUES (:row, "
    "to_tsvector('simple', :words) || array_to_tsvector(string_to_array(:tags, ' ')))",
}


def _tags(row: Any, codes: Iterable[str]) -> list[str]:
    tags = [EVERY, f"service:{row.service}", f"language:{row.language}"]
    if row.page is not None:
        tags.append(page_tag(row.service, row.page))
    if row.sentiment is not None:
        tags.append(f"sentiment:{row.sentiment}")
    if row.is_redacted:
        tags.append("has:redaction")
    impact = (row.facets or {}).get("impact")
    if isinstance(impact, str):
        tags.append(f"impact:{impact}")
    if row.waits_for_welsh:
        tags.append(WAITS_TAG)
    return tags + [f"code:{code}" for code in codes]


def _codes(connection: sa.Connection, chosen: sa.ColumnElement[bool]) -> dict[str, list[str]]:
    given = schema.standing_codes
    joined = _comments.join(given, given.c.comment_id == _comments.c.comment_id)
    query = sa.select(given.c.comment_id, given.c.code).select_from(joined)
    found: dict[str, list[str]] = {}
    for row in connection.execute(query.where(chosen, given.c.decision == Decision.ASSIGNED.value)):
        found.setdefault(row.comment_id, []).append(row.code)
    return found


def _numbers(connection: sa.Connection, rows: Sequence[tuple[str, datetime]]) -> list[int]:
    """Return a free number in the order of time for each comment."""
    wished = [seconds_of(at) * SECOND + _place(comment_id) for comment_id, at in rows]
    taken: set[int] = set()
    for block in in_blocks(wished):
        taken.update(connection.scalars(sa.select(_rows.c.row).where(_rows.c.row.in_(block))))
    numbers: list[int] = []
    for number in wished:
        free = number
        while free in taken or (free != number and _is_taken(connection, free)):
            free += 1  # two comments of one second whose ids happen to fall on one place
        taken.add(free)
        numbers.append(free)
    return numbers


def _place(comment_id: str) -> int:
    digest = hashlib.blake2b(comment_id.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % SECOND


def _is_taken(connection: sa.Connection, number: int) -> bool:
    return connection.scalar(sa.select(sa.exists().where(_rows.c.row == number))) or False
