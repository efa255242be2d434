"""One process at a time pulls a source: a lease that is renewed while it works, and ends by itself.

Whoever lost it (because the machine slept, say) is told before it writes anything more: each
transaction asks first, so that what two of them do never mixes. In PostgreSQL the times are the
server's, since machines' clocks differ. A lease that reaches further into the future than one can
was given before the clock was put back, and counts as ended.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from feedback import schema
from feedback.errors import PullError, StoreError
from feedback.workers import is_dead, worker_name
from feedback.writes import insert_new

if TYPE_CHECKING:
    from feedback.store import Store

__all__ = ["LEASE_SECONDS", "Lease", "LostLeaseError", "lease", "lease_name"]

LEASE_SECONDS = 120.0
RENEW_SECONDS = 30.0

_table = schema.leases


class LostLeaseError(PullError):
    """Another process took the source over, or somebody removed it."""


class Lease:
    """A lease that is held now."""

    def __init__(self, name: str, holder: str) -> None:
        self.name = name
        self.holder = holder

    def hold(self, connection: sa.Connection) -> None:
        """Renew it in somebody's transaction, which must not go on without it.

        Raises
        ------
        LostLeaseError
            It is another's now.
        """
        ours = sa.and_(_table.c.name == self.name, _table.c.holder == self.holder)
        until = _now(connection) + timedelta(seconds=LEASE_SECONDS)
        if not connection.execute(sa.update(_table).where(ours).values(until=until)).rowcount:
            raise LostLeaseError("Another process took it over, or it was removed; this one ends.")


def lease_name(source_id: str) -> str:
    """Return what the lease of a source is called."""
    return f"pull {source_id}"


@contextmanager
def lease(store: Store, source_id: str) -> Iterator[Lease | None]:
    """Give the lease of a source, renewed until the end of the block; None: another has it."""
    held = Lease(lease_name(source_id), worker_name())
    with store.quietly_changing() as connection:
        is_ours = _take(connection, held)
    if not is_ours:
        yield None
        return
    stop = threading.Event()
    beat = threading.Thread(target=_renew, args=(store, held, stop), daemon=True)
    beat.start()
    try:
        yield held
    finally:
        stop.set()
        beat.join()
        _give_back(store, held)


def is_held(row_until: datetime | None, holder: str | None, now: datetime) -> bool:
    """Say whether a lease as the table has it is in force."""
    if row_until is None or holder is None or is_dead(holder):
        return False
    return now < row_until <= now + timedelta(seconds=2 * LEASE_SECONDS)


def _take(connection: sa.Connection, one: Lease) -> bool:
    """Take a lease that is free or has ended; of several that try at once one wins."""
    now = _now(connection)
    long_ago = datetime(2000, 1, 1, tzinfo=UTC)
    insert_new(connection, _table, [{"name": one.name, "holder": "", "until": long_ago}])
    locked = sa.select(_table.c.holder, _table.c.until).where(_table.c.name == one.name)
    row = connection.execute(locked.with_for_update()).one()
    if is_held(row.until, row.holder, now):
        return False
    until = now + timedelta(seconds=LEASE_SECONDS)
    values = {"holder": one.holder, "until": until}
    connection.execute(sa.update(_table).where(_table.c.name == one.name).values(**values))
    return True


def _renew(store: Store, one: Lease, stop: threading.Event) -> None:
    """Renew until told to stop: a file may take longer to fetch than a lease lasts."""
    while not stop.wait(RENEW_SECONDS):
        try:
            with store.quietly_changing() as connection:
                one.hold(connection)
        except LostLeaseError:
            return  # whoever works finds out before it writes
        except StoreError:
            continue  # the store is away for a moment; the lease outlives that


def _give_back(store: Store, one: Lease) -> None:
    ours = sa.and_(_table.c.name == one.name, _table.c.holder == one.holder)
    try:
        with store.quietly_changing() as connection:
            connection.execute(sa.delete(_table).where(ours))
    except StoreError:
        return  # it ends by itself


def _now(connection: sa.Connection) -> datetime:
    if connection.dialect.name == "postgresql":
        told: datetime = connection.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
        return told.astimezone(UTC)
    return datetime.now(UTC)
