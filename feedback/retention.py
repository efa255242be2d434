"""Delete feedback when it has been kept long enough: rules, and the work of a day.

How long is counted from the day on which feedback was *sent*, in London. The day it came in would
begin anew with each copy of an old file, and would tell people who wrote on one day different
things. Whole days go at once, so that counts by day are whole, and one date says where what is kept
begins. Whoever loads history on purpose says before that its service is kept (`keep_service`).

Feedback goes in blocks, each one short transaction, the oldest first; a run that was broken off has
deleted some blocks whole, and the next one goes on. What a legal hold covers stays.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from json import dumps, loads
from typing import TYPE_CHECKING, Any

import pandas as pd
import sqlalchemy as sa

from feedback import schema
from feedback.days import LONDON, first_moment
from feedback.decisions import write_audit
from feedback.erasure import delete_comments
from feedback.erasure_groups import WordCounts
from feedback.errors import StoreError
from feedback.legal_holds import is_held
from feedback.results import put_fact
from feedback.schema import TEXT_PREFIX, UtcDateTime
from feedback.search_purge import forget_bytes
from feedback.writes import in_blocks, upsert

if TYPE_CHECKING:
    from feedback.settings import Settings
    from feedback.store import Store

__all__ = [
    "APPLIED",
    "Kept",
    "Retention",
    "apply_retention",
    "clock_doubt",
    "first_kept",
    "keep_service",
    "kept_of",
    "rules_of",
    "set_days",
]

APPLIED, RULED = "apply retention", "set retention"
"""Actions in the audit log."""
TOOLKIT = "toolkit"
BLOCK = 25
"""Comments of a block: some tens of milliseconds of work, for which senders may have to wait."""
REST_SECONDS = 0.02
"""Pause between blocks, in which others write: SQLite gives nobody a turn who only waits."""
PROGRESS = "retention_progress"
"""Fact: what was deleted and is not in the audit log yet."""
LAST = "retention_last"
"""Fact: when it was last applied, as the clock said then."""
BELIEVED = timedelta(days=30)
"""How far a clock may go on between two times at which nobody looks."""
MAX_DAYS = 36_500

_comments, _responses, _rules = schema.comments, schema.responses, schema.retention_rules


@dataclass(frozen=True, slots=True)
class Kept:
    """How long a service's feedback is kept, and where it stands.

    ``days`` is None without a limit, ``is_own`` where the service has a rule of its own. ``since``
    is the first day that is kept today, ``oldest`` the day of the oldest feedback there is, and
    ``next_deletion`` when that is due; ``n_due`` counts comments and ``n_held`` those of them that
    a legal hold keeps.
    """

    service: str
    days: int | None
    is_own: bool
    since: date | None
    oldest: date | None
    next_deletion: date | None
    n_due: int = 0
    n_held: int = 0


@dataclass
class Retention:
    """What was deleted, or would be, by service."""

    n_comments: dict[str, int] = field(default_factory=dict)
    n_responses: dict[str, int] = field(default_factory=dict)
    n_held: int = 0
    """Comments that are due and that a legal hold keeps."""


def set_days(connection: sa.Connection, service: str, days: int, who: str, now: datetime) -> None:
    """Say how many days a service's feedback is kept.

    Raises
    ------
    StoreError
        That is no sensible number of days.
    """
    if not 1 <= days <= MAX_DAYS:
        raise StoreError(
            f"Feedback can be kept for 1 to {MAX_DAYS:,} days, not {days:,}. To keep it without a "
            f"limit: feedback retention keep {service}"
        )
    _rule(connection, service, days, who, now)


def keep_service(connection: sa.Connection, service: str, who: str, now: datetime) -> None:
    """Say that a service's feedback is kept until somebody says otherwise."""
    _rule(connection, service, None, who, now)


def _rule(
    connection: sa.Connection, service: str, days: int | None, who: str, now: datetime
) -> None:
    row = {"service": service, "days": days, "set_by": who, "set_at": now}
    insert = upsert(connection, _rules).values(**row)
    changed = {name: insert.excluded[name] for name in ("days", "set_by", "set_at")}
    connection.execute(
        insert.on_conflict_do_update(index_elements=[_rules.c.service], set_=changed)
    )
    write_audit(connection, now, who, RULED, f"service {service}", {"days": days})


def kept_of(store: Store, days: int, now: datetime, *, with_due: bool = False) -> list[Kept]:
    """Return how long the feedback of each service is kept, by service.

    Parameters
    ----------
    days
        For services without a rule of their own (the setting ``retention_days``); 0: no limit.
    with_due
        Count what is due as well, which reads an index of that part.
    """
    own = rules_of(store)
    services = sorted({*own, *_services(store)})
    return [_kept(store, one, own, days, now, with_due) for one in services]


def rules_of(store: Store) -> dict[str, int | None]:
    """Return the days that services have a rule of their own for; None: no limit."""
    rules = store.read(sa.select(_rules.c.service, _rules.c.days))
    return {
        row["service"]: None if pd.isna(row["days"]) else int(row["days"])
        for row in rules.to_dict("records")
    }


def _kept(
    store: Store,
    service: str,
    own: dict[str, int | None],
    days_of_all: int,
    now: datetime,
    with_due: bool,
) -> Kept:
    days = own.get(service, days_of_all or None)
    oldest = _oldest(store, service)
    if days is None:
        return Kept(service, None, service in own, None, oldest, None)
    today = now.astimezone(LONDON).date()
    since = first_kept(days, today)
    due = None if oldest is None else max(today, oldest + timedelta(days=days + 1))
    n_due, n_held = _count_due(store, service, since) if with_due else (0, 0)
    return Kept(service, days, service in own, since, oldest, due, n_due, n_held)


def first_kept(days: int, today: date) -> date:
    """Return the first day that is kept today.

    >>> first_kept(365, date(2026, 4, 10))
    datetime.date(2025, 4, 10)
    """
    return today - timedelta(days=days)


def _services(store: Store) -> Iterator[str]:
    """Yield the services that have feedback, by steps through an index: not all rows are read."""
    for column in (_comments.c.service, _responses.c.service):
        found = ""
        while True:
            query = sa.select(column).where(column > found).order_by(column).limit(1)
            rows = store.read(query)
            if rows.empty:
                break
            found = str(rows["service"].iloc[0])
            yield found


def _oldest(store: Store, service: str) -> date | None:
    days = []
    for table in (_comments, _responses):
        at = sa.func.min(table.c.submitted_at, type_=UtcDateTime).label("at")
        first = store.read(sa.select(at).where(table.c.service == service))["at"].iloc[0]
        if not pd.isna(first):
            days.append(first.tz_convert(LONDON).date())
    return min(days, default=None)


def _count_due(store: Store, service: str, since: date) -> tuple[int, int]:
    """Return how many comments are due, and how many of them are held."""
    held = sa.case((is_held(_comments.c.service, _comments.c.response_id), 1), else_=0)
    n = sa.func.count()
    counts = sa.select(n.label("n"), sa.func.sum(held).label("held"))
    query: Any = counts.where(*_is_due(_comments, service, since))
    row = store.read(query).iloc[0]
    return int(row["n"]), 0 if pd.isna(row["held"]) else int(row["held"])


def _is_due(table: sa.Table, service: str, since: date) -> list[sa.ColumnElement[bool]]:
    return [table.c.service == service, table.c.submitted_at < first_moment(since)]


def apply_retention(
    store: Store,
    settings: Settings,
    now: datetime,
    *,
    who: str = TOOLKIT,
    dry_run: bool = False,
) -> Retention:
    """Delete what has been kept long enough; a line in the audit log says how much of what.

    To be called once a day; called again it finds nothing to do. Killed at any moment, it has
    deleted some blocks whole, and the next call goes on and tells of both.

    Parameters
    ----------
    now
        Decides what is due.
    dry_run
        Count alone.
    """
    done = Retention()
    for one in kept_of(store, settings.retention_days, now, with_due=True):
        done.n_held += one.n_held
        if one.since is None:
            continue
        if dry_run:
            _count(store, one, done)
            continue
        _delete_due_comments(store, one)
        _delete_due_responses(store, one.service, one.since)
        _delete_old_signals(store, one.service, one.since)
    if not dry_run:
        _delete_orphans(store)
        _tell(store, done, who, now)
        forget_bytes(store)
    return done


def clock_doubt(store: Store, now: datetime) -> str:
    """Return why nothing should be deleted before a person has looked; empty where all is well.

    A clock that is years ahead would have everything deleted. It is held against when retention
    was last applied or, before the first time, when feedback last came in.
    """
    facts = schema.meta
    last = store.read(sa.select(facts.c.value).where(facts.c.name == LAST))["value"]
    if last.empty:
        newest = sa.func.max(_comments.c.received_at, type_=UtcDateTime).label("value")
        last = store.read(sa.select(newest))["value"]
    before = pd.Timestamp(last.iloc[0])
    if pd.isna(before) or now - before <= BELIEVED:
        return ""
    return (
        f"Nothing was deleted: the clock says {now.astimezone(LONDON):%d/%m/%Y}, and it was "
        f"{before.tz_convert(LONDON):%d/%m/%Y} when it was last looked at. If the clock is right: "
        "feedback retention apply"
    )


def _count(store: Store, one: Kept, done: Retention) -> None:
    free = ~is_held(_responses.c.service, _responses.c.response_id)
    n = sa.select(sa.func.count().label("n"))
    where = _is_due(_responses, one.service, one.since) if one.since else []
    n_responses = int(store.read(n.where(*where, free))["n"].iloc[0])
    if one.n_due > one.n_held:
        done.n_comments[one.service] = one.n_due - one.n_held
    if n_responses:
        done.n_responses[one.service] = n_responses


def _delete_due_comments(store: Store, one: Kept) -> None:
    """Delete comments, block by block; ids are looked for before anybody has to wait."""
    if one.since is None or one.oldest is None:
        return
    free = ~is_held(_comments.c.service, _comments.c.response_id)
    at = _comments.c.submitted_at
    # No index can tell the service of an expression: the index of times is to be read, in order.
    of_service = sa.func.coalesce(_comments.c.service, "") == one.service
    query = sa.select(_comments.c.comment_id, at).where(of_service, free)
    query = query.order_by(at, _comments.c.comment_id).limit(BLOCK)
    counts = WordCounts()
    after, end = first_moment(one.oldest), first_moment(one.since)
    while not (found := store.read(query.where(at >= after, at < end))).empty:
        after = found["submitted_at"].iloc[-1].to_pydatetime()
        with store.changing() as connection:
            chosen = _comments.c.comment_id.in_(found["comment_id"].tolist())
            # Asked once more: a hold may have been placed since they were looked for.
            ids = connection.scalars(sa.select(_comments.c.comment_id).where(chosen, free)).all()
            n_responses = delete_comments(connection, ids, counts=counts)
            _note(connection, one.service, len(ids), n_responses)
        time.sleep(REST_SECONDS)


def _delete_due_responses(store: Store, service: str, since: date) -> None:
    """Delete responses that never had a comment."""
    free = ~is_held(_responses.c.service, _responses.c.response_id)
    has_comment = sa.exists().where(_comments.c.response_id == _responses.c.response_id)
    due = _is_due(_responses, service, since)
    query = sa.select(_responses.c.response_id).where(*due, free, ~has_comment)
    while True:
        found = store.read(query.limit(BLOCK))["response_id"].tolist()
        if not found:
            return
        with store.changing() as connection:
            chosen = _responses.c.response_id.in_(found)
            ids = connection.scalars(sa.select(_responses.c.response_id).where(chosen, free)).all()
            _note(connection, service, 0, delete_comments(connection, [], ids))


def _delete_old_signals(store: Store, service: str, since: date) -> None:
    """Delete signals of a time of which nothing is kept."""
    table = schema.signals
    is_old = sa.and_(table.c.service == service, table.c.window_end <= first_moment(since))
    if store.read(sa.select(table.c.signal_id).where(is_old).limit(1)).empty:
        return
    with store.changing() as connection:
        connection.execute(sa.delete(table).where(is_old))


def _delete_orphans(store: Store) -> None:
    """Delete what a worker wrote about a comment just when the comment was deleted."""
    vectors = schema.embeddings
    unused = ~sa.exists().where(_comments.c.text_hash == vectors.c.text_hash)
    hashes = store.read(sa.select(vectors.c.text_hash).where(unused).distinct())
    for block in in_blocks(hashes["text_hash"].tolist()):
        with store.quietly_changing() as connection:
            connection.execute(sa.delete(vectors).where(vectors.c.text_hash.in_(block), unused))
    for table in (schema.signals, schema.alarms):
        founder = sa.func.substr(table.c.theme, len(TEXT_PREFIX) + 1)
        is_orphan = sa.and_(
            table.c.theme.startswith(TEXT_PREFIX, autoescape=True),
            ~sa.exists().where(_comments.c.comment_id == founder),
        )
        if not store.read(sa.select(table.c.theme).where(is_orphan).limit(1)).empty:
            with store.changing() as connection:
                connection.execute(sa.delete(table).where(is_orphan))


def _note(connection: sa.Connection, service: str, n_comments: int, n_responses: int) -> None:
    """Add to what is not in the audit log yet, in the transaction that deletes."""
    told = _progress(connection)
    before = told.get(service, [0, 0])
    told[service] = [before[0] + n_comments, before[1] + n_responses]
    put_fact(connection, PROGRESS, dumps(told))


def _progress(connection: sa.Connection) -> dict[str, list[int]]:
    table = schema.meta
    told = connection.scalar(sa.select(table.c.value).where(table.c.name == PROGRESS))
    found: dict[str, list[int]] = loads(told) if told else {}
    return found


def _tell(store: Store, done: Retention, who: str, now: datetime) -> None:
    """Write the line in the audit log, where anything was deleted."""
    table = schema.meta
    with store.changing() as connection:
        told = {name: counts for name, counts in _progress(connection).items() if any(counts)}
        connection.execute(sa.delete(table).where(table.c.name == PROGRESS))
        put_fact(connection, LAST, now.isoformat())
        detail: dict[str, Any] = {
            name: {"n_comments": n_comments, "n_responses": n_responses}
            for name, (n_comments, n_responses) in told.items()
        }
        if detail:
            write_audit(connection, now, who, APPLIED, "retention", detail)
    done.n_comments = {name: counts[0] for name, counts in told.items() if counts[0]}
    done.n_responses = {name: counts[1] for name, counts in told.items() if counts[1]}
