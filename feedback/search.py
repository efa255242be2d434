"""Full-text search over comments that may be shown: SQLite's FTS5, PostgreSQL's tsvector.

A comment is indexed under a number that grows with its time, so that the newest hits are read first
and a period is a range of numbers. Beside its words stand tags (its service, page, codes and the
like), so that a filter narrows the index and not what comes out of it. Words are folded here, to
small letters without accents, and cut at everything that is no letter or digit: both databases find
the same. The index of words keeps no text; comments that are safeguarding, uncoded or empty are not
in it, for a search that finds a comment tells its words.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles

from feedback import schema
from feedback.database import count_anew
from feedback.schema import Decision
from feedback.welsh import WAITS_TAG, needs_welsh_speaker
from feedback.writes import execute_each, in_blocks

if TYPE_CHECKING:
    from feedback.store import Store

__all__ = [
    "Query",
    "count",
    "count_word",
    "find",
    "folded",
    "forget",
    "matching",
    "page_tag",
    "purge",
    "renew",
    "renew_all",
    "selecting",
]

_SECOND = 2**30
"""Numbers within one second; where in it a comment stands follows from its id."""

_PREFIX_LETTERS = 3
"""Shorter words are looked for whole: a letter or two begin too many words to be of use."""

MAX_TERMS = 12
"""Words of one search that are looked at."""

_WORD = re.compile(r"\w+")
_TERM = re.compile(r'(-?)"([^"]*)"|(\S+)')
_ALL = "all"

_FEW = 500
"""Hits that are put in order after they were found; more are found in order, and soon."""

_rows, _comments = schema.search_rows, schema.comments
_words = sa.table("search_words", sa.column("rowid", sa.BigInteger))


@dataclass(frozen=True)
class Query:
    """What is searched for.

    Parameters
    ----------
    words
        As people type them: each must begin a word of the comment; ``"a phrase"`` stands as it is;
        a minus in front of either excludes.
    tags
        All of them must be on the comment, such as ``service:divorce``, ``code:fault.upload``,
        ``language:cy``, ``sentiment:negative``, ``has:redaction``, ``impact:blocked``; for a page
        see `page_tag`.
    first, last
        Period, UTC; ``last`` is not in it.
    """

    words: str = ""
    tags: tuple[str, ...] = ()
    first: datetime | None = None
    last: datetime | None = None


@dataclass(frozen=True)
class _Term:
    words: tuple[str, ...]
    is_prefix: bool
    is_excluded: bool


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


class matching(sa.sql.functions.GenericFunction[Any]):
    """Condition on ``search_words``: it matches, said for SQLite and for PostgreSQL."""

    type = sa.types.NullType()  # as a Boolean it would be compared to 1, which no MATCH is
    inherit_cache = True


@compiles(matching, "sqlite")
def _match_in_sqlite(element: Any, compiler: Any, **given: Any) -> str:
    told, _ = element.clauses
    return f"search_words MATCH {compiler.process(told, **given)}"


@compiles(matching, "postgresql")
def _match_in_postgresql(element: Any, compiler: Any, **given: Any) -> str:
    _, told = element.clauses
    return f"search_words.document @@ to_tsquery('simple', {compiler.process(told, **given)})"


def find(store: Store, query: Query, *, limit: int, before: str | None = None) -> list[str]:
    """Return the ids of comments that match, newest first.

    Words without any letter or digit match nothing.

    Parameters
    ----------
    before
        Id of a comment found earlier: only older ones are returned.
    """
    condition = _condition(query)
    if condition is None:
        return []
    number = _words.c.rowid
    found = _select(query, condition)
    if before is not None:
        at = sa.select(_rows.c.row).where(_rows.c.comment_id == before).scalar_subquery()
        found = found.where(number < at)
    if (few := _few_numbers(store, found)) is not None:
        found = sa.select(_rows.c.comment_id).where(_rows.c.row.in_(few))
        number = _rows.c.row
    return list(store.read(found.order_by(number.desc()).limit(limit))["comment_id"])


def _few_numbers(store: Store, found: sa.Select[Any]) -> list[int] | None:
    """Return the numbers of all that is found, where that is little; else None.

    PostgreSQL takes the beginning of any word to be in one comment of 200. Asked for the newest
    that have it, it walks from the newest on, through all of them where none has it. Asked for
    some, it goes by the index of words. SQLite always does.
    """
    if store._engine.dialect.name != "postgresql":
        return None
    some = store.read(found.with_only_columns(_words.c.rowid.label("row")).limit(_FEW + 1))
    return None if len(some) > _FEW else some["row"].tolist()


def selecting(
    tags: Sequence[str], first: datetime | None = None, last: datetime | None = None
) -> sa.Select[Any]:
    """Select the ids of the comments that have all these tags, of a period if given."""
    query = Query("", tuple(tags), first, last)
    condition = _condition(query)
    if condition is None:
        raise AssertionError("unreachable: there are no words of which none could be used")
    return _select(query, condition)


def count(store: Store, query: Query, *, at_most: int) -> int:
    """Return how many comments match; counting stops at ``at_most``."""
    condition = _condition(query)
    if condition is None:
        return 0
    some = _select(query, condition).limit(at_most).subquery()
    return int(store.read(sa.select(sa.func.count().label("n")).select_from(some))["n"].iloc[0])


def count_word(connection: sa.Connection, word: str, *, at_most: int) -> int:
    """Return how many comments have a word, as `folded` gives it; counting stops at ``at_most``."""
    statement, given = _COUNTED[connection.dialect.name]
    # By the driver: it is asked of hundreds of words, and to build each anew takes far longer.
    told = (given.format(word), at_most)
    n: int = connection.exec_driver_sql(statement, told).scalar_one()
    return n


_COUNTED = {
    "sqlite": (
        "SELECT count(*) FROM (SELECT 1 FROM search_words WHERE search_words MATCH ? LIMIT ?)",
        'words : "{}"',
    ),
    "postgresql": (
        "SELECT count(*) FROM (SELECT 1 FROM search_words "
        "WHERE document @@ to_tsquery('simple', %s) LIMIT %s) AS w",
        "'{}'",
    ),
}
"""How the comments with a word are counted, and how it is given, by database."""


def _select(query: Query, condition: sa.ColumnElement[bool]) -> sa.Select[Any]:
    number = _words.c.rowid
    period = []
    if query.first is not None:
        period.append(number >= _seconds(query.first) * _SECOND)
    if query.last is not None:
        period.append(number < _seconds(query.last) * _SECOND)
    joined = _words.join(_rows, _rows.c.row == number)
    return sa.select(_rows.c.comment_id).select_from(joined).where(condition, *period)


def _condition(query: Query) -> sa.ColumnElement[bool] | None:
    terms = _terms(query.words)
    if query.words.strip() and not terms:
        return None
    tags = [_tag(tag) for tag in query.tags or (_ALL,)]
    wanted = [term for term in terms if not term.is_excluded]
    excluded = [term for term in terms if term.is_excluded]
    sqlite = [f"tags : {tag}" for tag in tags] + [_in_sqlite(term) for term in wanted]
    told = " AND ".join(f"({part})" for part in sqlite)
    for term in excluded:
        told = f"({told}) NOT ({_in_sqlite(term)})"
    postgresql = [*tags, *map(_in_postgresql, wanted)]
    postgresql += [f"!({_in_postgresql(term)})" for term in excluded]
    return matching(told, " & ".join(f"({part})" for part in postgresql))


def _terms(words: str) -> list[_Term]:
    found = []
    for minus, phrase, bare in _TERM.findall(words)[:MAX_TERMS]:
        excluded = bool(minus) or (bare.startswith("-") and len(bare) > 1)
        parts = tuple(folded(phrase or bare))
        if parts:
            is_prefix = bool(bare) and len(parts[-1]) >= _PREFIX_LETTERS
            found.append(_Term(parts, is_prefix, excluded))
    return found


def _in_sqlite(term: _Term) -> str:
    return f'words : "{" ".join(term.words)}"{" *" if term.is_prefix else ""}'


def _in_postgresql(term: _Term) -> str:
    *firsts, last = [f"'{word}'" for word in term.words]
    return " <-> ".join([*firsts, f"{last}:*" if term.is_prefix else last])


def _tag(tag: str) -> str:
    """Return a tag as one word of the index that no comment has."""
    return "0" + hashlib.blake2b(tag.encode(), digest_size=8).hexdigest()


def _seconds(at: datetime) -> int:
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
            "tags": " ".join(map(_tag, _tags(row, codes.get(row.comment_id, ())))),
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
    tags = [_ALL, f"service:{row.service}", f"language:{row.language}"]
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
    wished = [_seconds(at) * _SECOND + _place(comment_id) for comment_id, at in rows]
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
    return int.from_bytes(digest, "big") % _SECOND


def _is_taken(connection: sa.Connection, number: int) -> bool:
    return connection.scalar(sa.select(sa.exists().where(_rows.c.row == number))) or False
