"""Loads a backfill in a process that dies at a chosen moment, and shows what a store holds."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from feedback import schema, standing
from feedback.load import LoadSummary, load_parts
from feedback.settings import Settings
from feedback.store import Store

LATER = datetime(2026, 5, 2, 12, tzinfo=UTC)
SAME = (
    schema.comments,
    schema.responses,
    schema.codings,
    schema.spans,
    schema.fingerprints,
    schema.standing_codes,
    schema.search_rows,
    schema.tallies,
    schema.stale_days,
)
"""Tables that a load leaves as an ingest with enrichment does."""


def load(store: Store, out: Path | str, **given: Any) -> LoadSummary:
    return load_parts(store, out, settings=Settings(), now=lambda: LATER, **given)


def held(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows by table, but for the time of coding."""
    found = {}
    for table in SAME:
        columns = [column for column in table.columns if column.name != "at"]
        rows = store.read(sa.select(*columns).order_by(*table.primary_key.columns))
        rows = rows.astype(object).where(rows.notna(), None)
        found[table.name] = [tuple(map(str, row)) for row in rows.itertuples(index=False)]
    return found


def load_and_die(url: str, out: Path, step: int, *, is_within: bool) -> int:
    """Load in a child that is killed at its n-th part: within the transaction, or after it."""
    pid = os.fork()
    if not pid:
        status = 1
        try:
            _load_to_death(url, out, step, is_within=is_within)
            status = 0
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _load_to_death(url: str, out: Path, step: int, *, is_within: bool) -> None:
    n_steps = 0

    def count(*_: object) -> None:
        nonlocal n_steps
        n_steps += 1
        if n_steps == step:
            os.kill(os.getpid(), signal.SIGKILL)

    progress: Callable[[int], None] = lambda _: None  # noqa: E731
    if is_within:
        renew = standing.renew
        standing.renew = lambda *given: (renew(*given), count())  # type: ignore[assignment]
    else:
        progress = count
    with Store.open(url) as store:
        load(store, out, progress=progress)
