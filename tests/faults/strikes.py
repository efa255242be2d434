"""The faults themselves. Each returns the moment from which the service can recover."""

from __future__ import annotations

import signal
import sqlite3
import time
from datetime import UTC, datetime

import httpx
import sqlalchemy as sa

from feedback import database as databases
from feedback import schema
from tests.faults.place import CLAIM_SECONDS, GREEDY_PER_MINUTE, Place

__all__ = [
    "fill_disk",
    "kill_everything",
    "kill_postgres",
    "kill_server",
    "kill_worker",
    "step_clock",
    "stop_server",
    "suspend_postgres",
    "suspend_worker",
]

FULL_SECONDS = 1.0
"""How long a disk stays full after the first message was sent away for it."""
SUSPENDED_SECONDS = 3.0
HOUR = 3_600


def kill_server(place: Place) -> float:
    """Kill the server; it is started again."""
    began = time.monotonic()
    place.server.kill()
    return began


def stop_server(place: Place) -> float:
    """Stop the server as systemd does before it starts a new version."""
    began = time.monotonic()
    n_ended = len(place.server.exit_codes)
    place.server.send(signal.SIGTERM)
    code = place.server.wait_for_end(n_ended, 40)
    if code != 0:
        raise RuntimeError(f"the server that was asked to stop ended with {code}")
    return began


def kill_worker(place: Place) -> float:
    """Kill the worker while it holds comments; of two the first that holds any."""
    worker = _worker_at_work(place)
    began = time.monotonic()
    worker.kill()
    return began


def _worker_at_work(place: Place):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for worker in place.workers:
            if worker.is_running and place.claimed_by(worker):
                return worker
        time.sleep(0.002)
    raise RuntimeError("no worker claims anything")


def suspend_worker(place: Place) -> float:
    """Suspend a worker in the middle of a batch until another took that back; then let it go on."""
    deadline = time.monotonic() + 60
    while True:
        worker = _worker_at_work(place)
        worker.send(signal.SIGSTOP)
        if (held := place.claimed_by(worker)) and _is_free_to_write(place):
            break
        worker.send(signal.SIGCONT)  # it was just done with them, or just writing
        if time.monotonic() > deadline:
            raise RuntimeError("no worker was caught in the middle of a batch")
        time.sleep(0.01)
    began = time.monotonic()
    try:
        while still := place.claimed_by(worker) & held:
            if time.monotonic() > began + 30 * CLAIM_SECONDS:
                raise RuntimeError(f"nobody took {len(still)} comments back")
            time.sleep(0.02)
        place.wait_until_coded(sorted(held), 60)
        before = _codings(place, held)
    finally:
        worker.send(signal.SIGCONT)
    place.wait_for_claim(worker)  # it is done with the old batch
    if _codings(place, held) != before:
        raise RuntimeError("a worker whose claims were taken back wrote all the same")
    return began


def _codings(place: Place, comment_ids: set[str]) -> list[tuple[object, ...]]:
    """Return the codes of comments, and when each was written."""
    table = schema.codings
    columns = table.c.comment_id, table.c.code, table.c.at
    query = sa.select(*columns).where(table.c.comment_id.in_(comment_ids))
    return sorted(place.store.read(query).itertuples(index=False, name=None))


def _is_free_to_write(place: Place) -> bool:
    """Say whether nobody is in the middle of a transaction that others must wait for."""
    if place.postgres is None:
        path = databases.sqlite_path(databases.as_url(place.store_url))
        with sqlite3.connect(str(path), timeout=0.2, isolation_level=None) as connection:
            try:
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("ROLLBACK")
            except sqlite3.OperationalError:
                return False
        return True
    with place.store.quietly_changing() as connection:
        waits = "SELECT count(*) FROM pg_stat_activity WHERE state ~ '^idle in'"
        return not connection.exec_driver_sql(waits).scalar()


def kill_postgres(place: Place) -> float:
    """Kill PostgreSQL with all its processes; it is started again."""
    assert place.postgres is not None
    began = time.monotonic()
    place.postgres.program.kill()
    return began


def suspend_postgres(place: Place) -> float:
    """Let PostgreSQL answer nothing for a while, as a machine that is being moved does."""
    assert place.postgres is not None
    stopped = place.postgres.family()
    for one in stopped:
        one.suspend()
    time.sleep(SUSPENDED_SECONDS)
    for one in stopped:
        one.resume()
    return time.monotonic()


def kill_everything(place: Place) -> float:
    """Kill all at once, as a machine that loses its power; all comes back at once, too."""
    began = time.monotonic()
    if place.postgres is not None:
        place.postgres.program.kill()
    for one in place.programs:
        one.kill()
    return began


def fill_disk(place: Place) -> float:
    """Fill the disk until messages are sent away, leave it full, and make room."""
    assert place.disk is not None
    n_before = place.load.count(503)
    place.disk.fill()

    def is_noticed() -> bool:
        place.disk.fill()  # type: ignore[union-attr]
        return place.load.count(503) > n_before

    place.load.wait(is_noticed, 60)
    until = time.monotonic() + FULL_SECONDS
    while time.monotonic() < until:
        place.disk.fill()
        time.sleep(0.05)
    place.disk.make_room()
    return time.monotonic()


def step_clock(place: Place) -> float:
    """Step the clock of server and workers an hour forward, two back, and to the right time."""
    assert place.clock is not None
    began = time.monotonic()
    headers = {"authorization": f"Bearer {place.greedy_key}"}
    _spend(place, headers)
    for offset in (HOUR, -HOUR, 0):
        place.clock.jump(offset)
        now = time.monotonic()
        place.load.wait_until_taken(now, 10)
        _send_again(place)
        # One message may be due again, whatever the clock says; a second at once is not.
        if _post(place, headers) != 429 and _post(place, headers) != 429:
            raise RuntimeError("a key may send more than its limit because the clock was moved")
        time.sleep(0.3)
    return began


def _spend(place: Place, headers: dict[str, str]) -> None:
    """Send until a key has reached its limit."""
    for _ in range(GREEDY_PER_MINUTE + 2):
        if _post(place, headers) == 429:
            return
    raise RuntimeError("a key has no limit")


def _post(place: Place, headers: dict[str, str]) -> int:
    # Without a comment: it counts, and nothing is stored.
    return httpx.post(place.load.url, json={}, headers=headers, trust_env=False).status_code


def _send_again(place: Place) -> None:
    """Send a message again that was accepted before, however the clock stands."""
    done = [one for one in place.load.all() if one.accepted_at and one.message.key]
    if not done:
        return
    one = done[len(done) // 2]
    answer = httpx.post(
        place.load.url,
        content=one.message.body,
        headers={
            "authorization": f"Bearer {place.load.sender_key}",
            "content-type": "application/json",
            "idempotency-key": one.message.key,
        },
        trust_env=False,
    )
    same = answer.status_code == 202 and tuple(answer.json()["comment_ids"]) == one.comment_ids
    if not same:
        told = f"{answer.status_code} at {datetime.now(UTC)}"
        raise RuntimeError(f"a message that came again was answered otherwise: {told}")
