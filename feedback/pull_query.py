"""Take the rows that a query of a database gives, from the last value on that is in the store.

The query has one bind, ``:since``, and a column that rows are ordered by. With each chunk of rows
its last value goes into the store, in the same transaction: whoever is killed loses nothing, and
the next one begins there. Rows with that very value are asked for again (``>= :since``), and a
little before it (a transaction that began earlier may end later); as each row has a reference of
its own, none is there twice. Nothing is ever written to the database that is asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import NullPool

from feedback import schema
from feedback.database import sqlite_path
from feedback.erased import erased_ids
from feedback.errors import FeedbackError, PullError
from feedback.mapping import detect_preset, load_preset, map_columns, preset_from_map
from feedback.postgresql import DRIVER, connect_args
from feedback.pull_errors import database_problem
from feedback.pull_locations import database_url, shown_database
from feedback.pull_rows import OrderedRows, decoded, since_value
from feedback.pull_work import PullWork
from feedback.tables import Table, unique_headings
from feedback.writes import in_blocks

if TYPE_CHECKING:
    from feedback.ingest import Chunk
    from feedback.mapping import Preset

__all__ = ["check_query", "pull_query"]

STATEMENT_SECONDS = 600
"""How long PostgreSQL may look for the next rows."""

MAX_QUERY_CHARACTERS = 20_000

_PREPARED = {
    "sqlite": ("PRAGMA query_only = ON",),
    "postgresql": (
        "SET default_transaction_read_only = on",
        f"SET statement_timeout = '{STATEMENT_SECONDS}s'",
    ),
    "mysql": ("SET SESSION TRANSACTION READ ONLY",),
    "mariadb": ("SET SESSION TRANSACTION READ ONLY",),
}
"""By database: nothing is written, whatever the query says. Others rely on the user's rights."""

_BEGINS = re.compile(r"(?is)\s*(?:--[^\n]*\n\s*|/\*.*?\*/\s*)*(?:select|with)\b")
_STRICT = re.compile(r"(?i)(?:>\s*(?:\w+\s*\(\s*)*:since\b)|(?::since\b[\s)\w]*<(?![=>]))")


def check_query(query: str) -> str:
    """Return a query as it is kept.

    Raises
    ------
    PullError
        It is no SELECT, has other binds than ``:since``, or would lose rows of the same value.
    """
    query = query.strip().rstrip(";").rstrip()
    if not query or len(query) > MAX_QUERY_CHARACTERS:
        raise PullError(f"The query must have 1 to {MAX_QUERY_CHARACTERS:,} characters.")
    if _BEGINS.match(query) is None or ";" in query:
        raise PullError("The query must be one SELECT, and nothing else.")
    if set(sa.text(query).compile().params) != {"since"}:
        raise PullError(
            "The query must have the bind :since and no other, such as "
            "SELECT id, comment, changed FROM answers WHERE changed >= :since ORDER BY changed."
        )
    if _STRICT.search(query):
        raise PullError(
            "The query must ask for >= :since, not for more than it: of rows with the very same "
            "value some could be lost. What is stored is not stored twice."
        )
    return query


def pull_query(work: PullWork) -> None:
    """Take what the query gives.

    Raises
    ------
    PullError
        The database cannot be asked, or its rows are not in order.
    """
    shown = shown_database(work.source.location)
    rows = OrderedRows(shown, str(work.source.options["column"]), decoded(work.source.high_water))
    try:
        engine = _engine(work, shown)
        try:
            _read(work, engine, rows)
        finally:
            engine.dispose()
    except FeedbackError:
        raise
    except Exception as error:  # noqa: BLE001 - what a driver says could quote a row or a secret
        raise database_problem(error, shown) from None


def _engine(work: PullWork, shown: str) -> sa.Engine:
    url = database_url(work.source.location, work.source.options.get("password_file"))
    if url.drivername == "postgresql":
        url = url.set(drivername=DRIVER)
    path = sqlite_path(url)
    if path is not None and not path.is_file():
        raise PullError(f"The database {shown} is not there.")
    engine = sa.create_engine(
        url, hide_parameters=True, poolclass=NullPool, connect_args=connect_args(url)
    )
    if statements := _PREPARED.get(engine.dialect.name):

        def prepare(connection: DBAPIConnection, _record: object) -> None:
            cursor = connection.cursor()
            for statement in statements:
                cursor.execute(statement)
            cursor.close()
            connection.commit()

        sa.event.listen(engine, "connect", prepare)
    return engine


def _read(work: PullWork, engine: sa.Engine, rows: OrderedRows) -> None:
    options = work.source.options
    given: dict[str, Any] = {"stream_results": True, "max_row_buffer": work.settings.chunk_rows}
    if engine.dialect.name == "postgresql":
        given["postgresql_readonly"] = True
    with engine.connect().execution_options(**given) as connection:
        since = since_value(rows.before, options)
        result = connection.execute(sa.text(str(options["query"])), {"since": since})
        headings = unique_headings(list(result.keys()))
        preset = _preset(work, headings)
        table = Table(headings, rows.read(result, _position(headings, rows)))
        rows.is_extra = _is_extra(preset, headings, rows)
        name = f"The query '{work.source.name}'"
        chunks = _new(work, work.read(table, preset, name), rows)
        first = next(chunks, None)
        if first is not None:
            whole = chain([first], chunks)
            work.take(whole, name, high_water=rows.high_water, keeps_rejects=True)


def _preset(work: PullWork, headings: list[str]) -> Preset:
    """Return what the columns are; a row must have a reference that it is known by.

    Without one it would be known by what it says, and of two that say the same, asked for at
    different times, nobody could tell whether they are one.
    """
    options = work.source.options
    preset = load_preset(options["preset"]) if "preset" in options else detect_preset(headings)
    if options.get("columns"):
        preset = preset_from_map(options["columns"], preset)
    name = f"The query '{work.source.name}'"
    if "response_id" not in map_columns(preset, headings, name).fields:
        raise PullError(
            f"{name} has no column that tells its rows apart. Add the source again with the key "
            "of the table, such as --map response_id=id."
        )
    return preset


def _position(headings: list[str], rows: OrderedRows) -> int:
    """Return where the ordered column is."""
    for same in (str, str.casefold):
        found = [at for at, one in enumerate(headings) if same(one) == same(rows.column)]
        if found:
            return found[0]
    raise PullError(
        f"{rows.shown} gives no column '{rows.column}' to order by. Columns: {', '.join(headings)}."
    )


def _is_extra(preset: Preset, headings: list[str], rows: OrderedRows) -> bool:
    """Say whether the ordered column is nothing but that: it is not kept with the comment."""
    used = map_columns(preset, headings, "query")
    return _position(headings, rows) in used.left_over


def _new(work: PullWork, chunks: Iterator[Chunk], rows: OrderedRows) -> Iterator[Chunk]:
    """Yield chunks without what an earlier turn rejected, and none that brings nothing at all."""
    for chunk in chunks:
        rejects = [one for one in chunk.rejects if one.row > rows.n_seen_before]
        if rejects or rows.is_past or not _is_known(work, chunk):
            yield replace(chunk, rejects=rejects)
        else:
            work.tally.n_rows += chunk.n_rows
            work.tally.n_known += len(chunk.comments)


def _is_known(work: PullWork, chunk: Chunk) -> bool:
    """Say whether all of a chunk is in the store, or was erased from it."""
    erased = erased_ids(work.store, list(chunk.responses["response_id"]))
    alive = chunk.comments[~chunk.comments["response_id"].isin(list(erased))]
    ids = set(alive["comment_id"])
    if len(work.store.known_ids(list(ids))) < len(ids):
        return False
    answers = [one for one in dict.fromkeys(chunk.responses["response_id"]) if one not in erased]
    column = schema.responses.c.response_id
    n_known = 0
    for block in in_blocks(answers):
        n_known += len(work.store.read(sa.select(column).where(column.in_(block))))
    return n_known == len(answers)
