"""How we connect to PostgreSQL: how many connections, and how soon a lost one is noticed.

A connection that nobody notices is gone is worse than an error. While a writer's machine is away,
PostgreSQL keeps what it had locked, and all other writers wait. So both ends look whether the
other is there, and a transaction that stands still is ended.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPIConnection

__all__ = ["DRIVER", "FEW", "IDLE_SECONDS", "MANY", "connect_args", "pool_args", "prepare"]

DRIVER = "postgresql+psycopg"

MANY = 4
"""Connections that a process keeps: a worker and a server have two or three threads that ask."""

FEW = 1
"""Connections kept for people who see some services only: a dashboard has up to 64 such sets."""

_MORE = 8
"""Connections beyond those kept, closed after use: pages that people open at the same moment."""

_WAIT_SECONDS = 30.0
"""How long a thread waits for a connection when all are taken."""

_RECYCLE_SECONDS = 1_800
"""Age at which a connection is made anew, before firewalls and proxies forget it (an hour)."""

CONNECT_SECONDS = 10
"""How long PostgreSQL may take to answer."""

IDLE_SECONDS = 300
"""A transaction that asks for nothing for so long is ended. Between two statements we work for
seconds; a process that was stopped or swapped out would hold the writers' lock for ever."""

_PROBE_AFTER_SECONDS = 30
_PROBE_EVERY_SECONDS = 10
_PROBES = 3
"""A peer that says nothing is asked after 30 seconds, and given up after 60. Linux waits two hours
unless told."""

_UNSENT_MILLISECONDS = 1_000 * (_PROBE_AFTER_SECONDS + _PROBE_EVERY_SECONDS * _PROBES)
"""The same where something was sent and nobody confirmed it."""


def pool_args(n_kept: int) -> dict[str, Any]:
    """Return how many connections an engine keeps, and which it takes first.

    The one used last comes first, so that those of a busy moment grow old and are closed.
    """
    return {
        "pool_size": n_kept,
        "max_overflow": _MORE,
        "pool_timeout": _WAIT_SECONDS,
        "pool_recycle": _RECYCLE_SECONDS,
        "pool_use_lifo": True,
        "pool_pre_ping": True,  # a server may have been restarted
    }


def connect_args(url: sa.URL) -> dict[str, Any]:
    """Return what the driver is told; what the URL says itself stays as it is."""
    if url.drivername != DRIVER:
        return {}
    told = {
        "connect_timeout": CONNECT_SECONDS,
        "fallback_application_name": _program(),
        "keepalives": 1,
        "keepalives_idle": _PROBE_AFTER_SECONDS,
        "keepalives_interval": _PROBE_EVERY_SECONDS,
        "keepalives_count": _PROBES,
        "tcp_user_timeout": _UNSENT_MILLISECONDS,
    }
    return {name: value for name, value in told.items() if name not in url.query}


def prepare(connection: DBAPIConnection, _record: object) -> None:
    """Set up a new connection: times told in UTC, and the server looks whether we are there.

    By statements, not as it is opened: pgbouncer refuses options that it does not know.
    """
    cursor = connection.cursor()
    for statement in _PREPARED:
        cursor.execute(statement)
    cursor.close()
    connection.commit()


_PREPARED = (
    "SET TIME ZONE 'UTC'",
    f"SET idle_in_transaction_session_timeout = '{IDLE_SECONDS}s'",
    f"SET tcp_keepalives_idle = {_PROBE_AFTER_SECONDS}",
    f"SET tcp_keepalives_interval = {_PROBE_EVERY_SECONDS}",
    f"SET tcp_keepalives_count = {_PROBES}",
    f"SET tcp_user_timeout = {_UNSENT_MILLISECONDS}",
)


def _program() -> str:
    """Return what this process is, for whoever looks into ``pg_stat_activity``.

    Only a command's name is taken from the command line: what follows may be anybody's.
    """
    runtime = sys.modules.get("streamlit.runtime")
    if runtime is not None and runtime.exists():
        return "feedback dashboard"
    command = sys.argv[1] if len(sys.argv) > 1 and Path(sys.argv[0]).stem == "feedback" else ""
    return f"feedback {command}" if command.isalpha() and len(command) < 20 else "feedback"
