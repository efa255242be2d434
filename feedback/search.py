"""Full-text search over comments that may be shown: SQLite's FTS5, PostgreSQL's tsvector.

A comment is indexed under a number that grows with its time, so that the newest hits are read first
and a period is a range of numbers. Beside its words stand tags (its service, page, codes and the
like), so that a filter narrows the index and not what comes out of it. Words are folded here, to
small letters without accents, and cut at everything that is no letter or digit: both databases find
the same. The index of words keeps no text; comments that are safeguarding, uncoded or empty are not
in it, for a search that finds a comment tells its words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles

from feedback import schema
from feedback.search_index import EVERY, SECOND, folded, seconds_of, tag_word

if TYPE_CHECKING:
    from feedback.store import Store

__all__ = [
    "Query",
    "count",
    "count_word",
    "find",
    "matching",
    "selecting",
]

_PREFIX_LETTERS = 3
"""Shorter words are looked for whole: a letter or two begin too many words to be of use."""

MAX_TERMS = 12
"""Words of one search that are looked at."""

_TERM = re.compile(r'(-?)"([^"]*)"|(\S+)')
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
        period.append(number >= seconds_of(query.first) * SECOND)
    if query.last is not None:
        period.append(number < seconds_of(query.last) * SECOND)
    joined = _words.join(_rows, _rows.c.row == number)
    return sa.select(_rows.c.comment_id).select_from(joined).where(condition, *period)


def _condition(query: Query) -> sa.ColumnElement[bool] | None:
    terms = _terms(query.words)
    if query.words.strip() and not terms:
        return None
    tags = [tag_word(tag) for tag in query.tags or (EVERY,)]
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
