"""Counts by day, so that no page counts comments.

A count is exact whenever it is read: a change of a comment marks its day stale in the same
transaction, and the counts of stale days are taken from the comments themselves until a worker has
renewed them. Reading costs what was counted before, however many comments there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from random import getrandbits
from typing import TYPE_CHECKING, Any

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles

from feedback import schema
from feedback.schema import EMPTY_LABEL, IS_ENRICHED, Decision, Measure
from feedback.writes import execute_each, records, upsert

if TYPE_CHECKING:
    from feedback.store import Store

__all__ = ["LENGTHS", "counts", "mark_days", "mark_stale", "refresh_tallies", "renew_all"]

DAYS_AT_ONCE = 30
"""Days renewed in one transaction: a million comments a year are 90,000 then, seconds of work."""

LENGTHS = (("0-9", 10), ("10-49", 50), ("50-199", 200), ("200-499", 500), ("500+", None))
"""Groups of lengths, in characters, and where each ends."""

_comments, _responses = schema.comments, schema.responses
_COLUMNS = ("day", "service", "place", "value")


class _GroupOf(sa.sql.functions.GenericFunction[str]):
    """The part of a code before its first dot."""

    type = sa.String()
    inherit_cache = True
    name = "group_of_code"


@compiles(_GroupOf, "sqlite")
def _group_in_sqlite(element: Any, compiler: Any, **given: Any) -> str:
    (code,) = element.clauses
    text = compiler.process(code, **given)
    return f"substr({text}, 1, instr({text} || '.', '.') - 1)"


@compiles(_GroupOf, "postgresql")
def _group_in_postgresql(element: Any, compiler: Any, **given: Any) -> str:
    (code,) = element.clauses
    return f"split_part({compiler.process(code, **given)}, '.', 1)"


def counts(
    measure: Measure,
    *,
    by: Sequence[str],
    first_day: date,
    last_day: date,
    service: str | None = None,
    place: str | None = None,
) -> sa.Select[Any]:
    """Select how many there are from one day in London to another, both included.

    Parameters
    ----------
    by
        Any of day, service, place and value. The place is the page for what is counted of
        comments, the region for responses and codes by region; empty where there is none.
    service, place
        Of these alone.

    Returns
    -------
    Select
        The columns of ``by`` and n; no row where there is nothing. Without ``by``, n alone.

    Examples
    --------
    >>> query = counts(
    ...     Measure.CODE, by=["value"], first_day=date(2026, 1, 1), last_day=date(2026, 1, 31)
    ... )
    >>> [column.key for column in query.selected_columns]
    ['value', 'n']
    """
    kept = schema.tallies
    stale = sa.select(schema.stale_days.c.day).where(
        schema.stale_days.c.day.between(first_day.isoformat(), last_day.isoformat())
    )
    counted = sa.select(*(kept.c[name] for name in _COLUMNS), kept.c.n).where(
        kept.c.measure == measure.value,
        kept.c.day.between(first_day.isoformat(), last_day.isoformat()),
        kept.c.day.not_in(stale),
        *_only(kept.c.service, service),
        *_only(kept.c.place, place),
    )
    both = sa.union_all(counted, *_live(measure, stale, service, place)).subquery()
    names = [both.c[name] for name in by]
    n = sa.cast(sa.func.sum(both.c.n), sa.Integer).label("n")
    return sa.select(*names, n).group_by(*names).order_by(*names)


def _live(
    measure: Measure, days: sa.Select[Any], service: str | None, place: str | None
) -> list[sa.Select[Any]]:
    """Select the same of some days out of the comments themselves."""
    parts = []
    for table, selected in _MEASURES[measure]():
        # No index can tell the service of an expression: the few days come first.
        of_service = _only(sa.func.coalesce(table.c.service, ""), service)
        live = selected.where(table.c.day.in_(days), *of_service).subquery()
        columns = [live.c[name] for name in (*_COLUMNS, "n")]
        parts.append(sa.select(*columns).where(*_only(live.c.place, place)))
    return parts


def _only(column: sa.ColumnElement[Any], value: str | None) -> list[sa.ColumnElement[bool]]:
    return [] if value is None else [column == value]


def mark_stale(connection: sa.Connection, chosen: sa.ColumnElement[bool]) -> None:
    """Mark the days of some comments; ``chosen`` is a condition on ``comments``."""
    days = connection.scalars(sa.select(_comments.c.day).where(chosen).distinct())
    mark_days(connection, days.all())


def mark_days(connection: sa.Connection, days: Iterable[str | None]) -> None:
    """Mark days as stale."""
    rows = [{"day": day, "mark": getrandbits(62)} for day in sorted({day for day in days if day})]
    if not rows:
        return
    insert = upsert(connection, schema.stale_days)
    # A new mark each time: whoever has counted the day meanwhile sees that it has changed.
    statement = insert.on_conflict_do_update(
        index_elements=[schema.stale_days.c.day], set_={"mark": insert.excluded.mark}
    )
    connection.execute(statement, rows)


def refresh_tallies(store: Store) -> int:
    """Renew the counts of stale days and return how many days those were.

    Counting takes time and is done while others write; a day that changed meanwhile stays stale
    until the next time.
    """
    stale, n_days, after = schema.stale_days, 0, ""
    while True:
        query = sa.select(stale).where(stale.c.day > after).order_by(stale.c.day)
        marks = store.read(query.limit(DAYS_AT_ONCE))
        if marks.empty:
            return n_days
        days = marks["day"].tolist()
        frames = [store.read(query) for query in _all_counts(days)]
        found = pd.concat([frame for frame in frames if len(frame)] or frames, ignore_index=True)
        with store.quietly_changing() as connection:
            same = _unchanged(connection, dict(zip(days, marks["mark"], strict=True)))
            _forget(connection, same)
            rows = records(found[found["day"].isin(same)], found.columns)
            execute_each(connection, sa.insert(schema.tallies), rows)
        n_days += len(same)
        after = days[-1]


def _unchanged(connection: sa.Connection, marks: Mapping[str, int]) -> list[str]:
    """Return the days that bear the same mark still, and keep them from changing for a while.

    Days that somebody is writing to are left for later: we wait for nobody who may wait for us.
    """
    stale = schema.stale_days
    query = sa.select(stale).where(stale.c.day.in_(marks)).order_by(stale.c.day)
    query = query.with_for_update(skip_locked=True)
    return [row.day for row in connection.execute(query) if row.mark == marks[row.day]]


def _forget(connection: sa.Connection, days: Sequence[str]) -> None:
    """Delete the counts of days and their marks."""
    kept, stale = schema.tallies, schema.stale_days
    # Each measure by name: the index begins with it, and would not be gone by for the days alone.
    measures = [measure.value for measure in Measure]
    of_days = sa.delete(kept).where(kept.c.measure.in_(measures), kept.c.day.in_(days))
    connection.execute(of_days)
    connection.execute(sa.delete(stale).where(stale.c.day.in_(days)))


def renew_all(connection: sa.Connection) -> None:
    """Renew the counts of all stale days in one transaction."""
    query = sa.select(schema.stale_days.c.day).order_by(schema.stale_days.c.day)
    while days := connection.scalars(query.limit(DAYS_AT_ONCE)).all():
        _forget(connection, days)
        for counted in _all_counts(days):
            names = [str(column.key) for column in counted.selected_columns]
            connection.execute(sa.insert(schema.tallies).from_select(names, counted))


def _all_counts(days: Sequence[str]) -> Iterator[sa.Select[Any]]:
    """Yield selects of rows of ``tallies``: all that is counted on some days."""
    for measure in Measure:
        for table, selected in _MEASURES[measure]():
            found = selected.where(table.c.day.in_(days)).subquery()
            columns = [found.c[name] for name in (*_COLUMNS, "n")]
            yield sa.select(_text(measure.value).label("measure"), *columns)


Counted = list[tuple[sa.Table, sa.Select[Any]]]
"""What is counted, mostly one select, each with the table that has its day."""


def _grouped(
    table: sa.Table,
    place: sa.ColumnElement[Any],
    value: sa.ColumnElement[Any],
    *where: sa.ColumnElement[bool],
    source: sa.FromClause | None = None,
    n: sa.ColumnElement[Any] | None = None,
) -> Counted:
    """Select day, service, place, value and n, one row for each that there is."""
    where_it_is = sa.func.coalesce(place, sa.literal_column("''"))
    columns = [table.c.day, table.c.service, where_it_is.label("place"), value.label("value")]
    counted = sa.func.count() if n is None else n
    # PostgreSQL groups by no text that stands in the statement itself.
    by_value = [] if isinstance(value, sa.ColumnClause) and value.is_literal else [value]
    selected = (
        sa.select(*columns, counted.label("n"))
        .select_from(table if source is None else source)
        .where(table.c.day.is_not(None), *where)
        .group_by(table.c.day, table.c.service, where_it_is, *by_value)
    )
    return [(table, selected)]


_NOTHING = sa.literal_column("''", sa.String)


def _of_comments(
    value: sa.ColumnElement[Any] = _NOTHING, *where: sa.ColumnElement[bool]
) -> Counted:
    return _grouped(_comments, _comments.c.page, value, *where)


def _coded(decision: Decision) -> tuple[sa.Table, sa.FromClause, list[sa.ColumnElement[bool]]]:
    given = schema.standing_codes
    joined = _comments.join(given, given.c.comment_id == _comments.c.comment_id)
    return given, joined, [given.c.decision == decision.value, given.c.code != EMPTY_LABEL]


def _codes(decision: Decision) -> Counted:
    given, joined, where = _coded(decision)
    return _grouped(_comments, _comments.c.page, given.c.code, *where, source=joined)


def _groups() -> Counted:
    given, joined, where = _coded(Decision.ASSIGNED)
    group = _GroupOf(given.c.code)
    n = sa.func.count(sa.distinct(given.c.comment_id))
    return _grouped(_comments, _comments.c.page, group, *where, source=joined, n=n)


def _region_codes() -> Counted:
    given, joined, where = _coded(Decision.ASSIGNED)
    source = joined.join(_responses, _responses.c.response_id == _comments.c.response_id)
    return _grouped(_comments, _responses.c.region, given.c.code, *where, source=source)


def _topics() -> Counted:
    given = schema.assignments
    name, value = schema.meta.c.name, schema.meta.c.value
    version = sa.select(value).where(name == "topics_version").scalar_subquery()
    joined = _comments.join(given, given.c.comment_id == _comments.c.comment_id)
    where = [given.c.topic_id.is_not(None), given.c.model_version == version]
    topic = sa.cast(given.c.topic_id, sa.String)
    return _grouped(_comments, _comments.c.page, topic, *where, source=joined)


def _lengths() -> Counted:
    ended = [(_comments.c.n_characters < end, _text(name)) for name, end in LENGTHS if end]
    last = _text(LENGTHS[-1][0])
    return _of_comments(sa.case(*ended, else_=last), sa.not_(_comments.c.is_empty))


def _text(value: str) -> sa.ColumnElement[str]:
    """Return a text that stands in the statement itself, so that it can be grouped by."""
    return sa.literal_column(f"'{value}'", sa.String)


def _missing() -> Counted:
    """Count what is not there: a comment can lack several things."""
    lacks = {
        "page": _comments.c.page.is_(None),
        "question": _comments.c.question.is_(None),
        "text": _comments.c.is_empty,
    }
    return [
        part
        for name, condition in lacks.items()
        for part in _grouped(_comments, _comments.c.page, _text(name), condition)
    ]


def _answers(column: sa.Column[Any]) -> Counted:
    value: sa.ColumnElement[Any] = sa.cast(column, sa.String)
    if isinstance(column.type, sa.Boolean):
        value = sa.case((column.is_(True), _text("1")), else_=_text("0"))
    return _grouped(_responses, _responses.c.region, value, column.is_not(None))


_MEASURES: dict[Measure, Callable[[], Counted]] = {
    Measure.COMMENTS: _of_comments,
    Measure.CODE: lambda: _codes(Decision.ASSIGNED),
    Measure.REVIEW: lambda: _codes(Decision.REVIEW),
    Measure.GROUP: _groups,
    Measure.SENTIMENT: lambda: _of_comments(
        _comments.c.sentiment,
        _comments.c.sentiment.is_not(None),
        IS_ENRICHED,
    ),
    Measure.LANGUAGE: lambda: _of_comments(_comments.c.language),
    Measure.SOURCE: lambda: _of_comments(_comments.c.source),
    Measure.TOPIC: _topics,
    Measure.LENGTH: _lengths,
    Measure.MISSING: _missing,
    Measure.RESPONSES: lambda: _grouped(_responses, _responses.c.region, _NOTHING),
    Measure.SATISFACTION: lambda: _answers(_responses.c.satisfaction),
    Measure.EFFORT: lambda: _answers(_responses.c.effort),
    Measure.COMPLETED: lambda: _answers(_responses.c.completed),
    Measure.HELP_NEEDED: lambda: _answers(_responses.c.help_needed),
    Measure.REGION_CODE: _region_codes,
}
