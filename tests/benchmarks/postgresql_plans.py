"""What PostgreSQL does for a function of ours: its statements, run again under EXPLAIN."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psutil
import sqlalchemy as sa

from feedback.store import Store

__all__ = ["Cost", "cost_of_reading", "cost_of_writing", "explained", "plan_of"]

MANY_ROWS = 10_000
"""A scan that reads more rows than this is told by name."""


@dataclass
class Cost:
    """What some statements cost, and the large scans among them."""

    n_statements: int = 0
    seconds: float = 0.0
    buffers: int = 0
    rows_read: int = 0
    wal_bytes: int = 0
    cpu_here: float = 0.0
    cpu_server: float = 0.0
    scans: set[str] = field(default_factory=set)

    def told(self) -> dict[str, Any]:
        """Return the figures, ready for JSON."""
        return {
            "statements": self.n_statements,
            "seconds": round(self.seconds, 4),
            "buffers_8k": self.buffers,
            "rows_read": self.rows_read,
            **({"wal_bytes": self.wal_bytes} if self.wal_bytes else {}),
            **({"cpu_seconds_here": round(self.cpu_here, 4)} if self.cpu_here else {}),
            **({"cpu_seconds_server": round(self.cpu_server, 4)} if self.cpu_server else {}),
            **({"large_scans": sorted(self.scans)} if self.scans else {}),
        }

    def add(self, plan: dict[str, Any], seconds: float) -> None:
        """Count a statement's plan in."""
        self.n_statements += 1
        self.seconds += seconds
        self.buffers += plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
        self.wal_bytes += plan.get("WAL Bytes", 0)
        for node in _nodes(plan):
            read = (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node[
                "Actual Loops"
            ]
            if "Scan" in node["Node Type"] and "Subquery" not in node["Node Type"]:
                self.rows_read += int(read)
                if read > MANY_ROWS:
                    where = node.get("Index Name") or node.get("Relation Name") or node["Node Type"]
                    self.scans.add(f"{node['Node Type']} {where}: {int(read):,} rows")


def cost_of_reading(store: Store, ask: Callable[[], Any]) -> Cost:
    """Run a function once to warm up and listen, then explain what it asked."""
    with _listening(store) as asked:
        ask()
    cost = Cost()
    with store._engine.connect() as connection:
        connection.exec_driver_sql("SET statement_timeout = '300s'")
        for statement, given in asked:
            if statement.lstrip().upper().startswith(("SELECT", "WITH", "(SELECT")):
                plan, seconds = explained(connection, statement, given)
                cost.add(plan, seconds)
    return cost


def cost_of_writing(store: Store, write: Callable[[], Any]) -> Cost:
    """Run a function and tell its seconds, what it logged and how many statements it took."""
    position = sa.text("SELECT pg_current_wal_insert_lsn()")
    told = sa.text(
        "SELECT blks_hit + blks_read FROM pg_stat_database WHERE datname = current_database()"
    )
    with store._engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        flushed = sa.text("SELECT pg_stat_force_next_flush()")
        connection.execute(flushed)
        before, start = connection.scalar(told), connection.scalar(position)
        with _listening(store, flush=True) as asked:
            cpu_server, cpu_here = _cpu_of_server(connection), time.process_time()
            started = time.perf_counter()
            write()
            seconds = time.perf_counter() - started
            cpu_here = time.process_time() - cpu_here
            cpu_server = _cpu_of_server(connection) - cpu_server
        end = connection.scalar(position)
        time.sleep(1.2)
        logged = connection.scalar(
            sa.text("SELECT pg_wal_lsn_diff(:e, :s)"), {"e": end, "s": start}
        )
        touched = connection.scalar(told) - before
    return Cost(len(asked), seconds, int(touched), 0, int(logged), cpu_here, cpu_server)


def _cpu_of_server(connection: sa.Connection) -> float:
    """Return the CPU seconds of the server's processes that work for this database, so far."""
    pids = sa.text("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
    times = [psutil.Process(pid).cpu_times() for pid in connection.scalars(pids)]
    return sum(one.user + one.system for one in times)


def plan_of(connection: sa.Connection, statement: str, given: Any = None) -> Cost:
    """Explain one statement."""
    cost = Cost()
    cost.add(*explained(connection, statement, given))
    return cost


def explained(
    connection: sa.Connection, statement: str, given: Any = None
) -> tuple[dict[str, Any], float]:
    """Run a statement under EXPLAIN and return its plan and its seconds."""
    command = f"EXPLAIN (ANALYZE, BUFFERS, WAL, FORMAT JSON) {statement}"
    result = connection.exec_driver_sql(command, given).scalar_one()
    told = json.loads(result) if isinstance(result, str) else result
    return told[0]["Plan"], (told[0]["Execution Time"] + told[0]["Planning Time"]) / 1_000


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


@contextmanager
def _listening(store: Store, *, flush: bool = False) -> Iterator[list[tuple[str, Any]]]:
    """Give a list that fills with the statements that the store runs."""
    asked: list[tuple[str, Any]] = []

    def listen(_c: Any, _cursor: Any, statement: str, given: Any, _x: Any, many: bool) -> None:
        if not statement.startswith("EXPLAIN"):
            asked.append((statement, None if many else given))

    sa.event.listen(store._engine, "before_cursor_execute", listen)
    try:
        yield asked
    finally:
        sa.event.remove(store._engine, "before_cursor_execute", listen)
