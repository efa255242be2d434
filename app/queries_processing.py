"""SQL of the page Quality: what did not go in, what waits, and what failed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import pandas as pd
import sqlalchemy as sa

from feedback.days import LONDON, first_moment
from feedback.schema import (
    IS_CLAIMED,
    IS_ENRICHED,
    IS_WAITING,
    CommentState,
    comments,
    rejects,
    runs,
)

if TYPE_CHECKING:
    from feedback.store import Store

__all__ = ["Processing", "Rejected", "processing", "rejected"]

MAX_REJECT_ROWS = 500
MAX_FAILURES = 50


@dataclass(frozen=True)
class Rejected:
    """Rows that did not go in, of ``n_rows``; ``rows``: week, source, kind, stage, reason, n."""

    rows: pd.DataFrame
    n_rows: int
    n_rejected: int
    n_runs: int


def rejected(store: Store, first_day: date, last_day: date) -> Rejected:
    """Return rejected rows by week, source and reason, from runs of a period; never a text.

    A rejected row names no service, so these are of all services.
    """
    begun = [
        runs.c.started_at >= first_moment(first_day),
        runs.c.started_at < first_moment(last_day + timedelta(days=1)),
        runs.c.kind.in_(("ingest", "serve")),
    ]
    source = runs.c.settings["source"].as_string().label("source")
    totals = store.read(
        sa.select(
            runs.c.run_id,
            runs.c.kind,
            runs.c.started_at,
            source,
            runs.c.n_in,
            runs.c.n_rejected,
        ).where(*begun)
    )
    found = store.read(
        sa.select(rejects.c.run_id, rejects.c.stage, rejects.c.reason, sa.func.count().label("n"))
        .join(runs, runs.c.run_id == rejects.c.run_id)
        .where(*begun)
        .group_by(rejects.c.run_id, rejects.c.stage, rejects.c.reason)
    )
    joined = found.merge(totals[["run_id", "kind", "started_at", "source"]], on="run_id")
    local = joined["started_at"].dt.tz_convert(LONDON).dt.tz_localize(None)
    weeks_back = (pd.Timestamp(last_day) - local.dt.normalize()).dt.days // 7
    joined["week"] = pd.Timestamp(last_day) - pd.to_timedelta(weeks_back * 7 + 6, unit="D")
    joined["source"] = joined["source"].fillna("")
    rows = (
        joined.groupby(["week", "source", "kind", "stage", "reason"], as_index=False)["n"]
        .sum()
        .sort_values(["week", "n", "reason"], ascending=[False, False, True])
        .head(MAX_REJECT_ROWS)
        .reset_index(drop=True)
    )
    return Rejected(rows, int(totals["n_in"].sum()), int(totals["n_rejected"].sum()), len(totals))


@dataclass(frozen=True)
class Processing:
    """What waits, what failed and why, who holds claims, and which versions are in use.

    ``failures`` has reason and n; ``claims`` worker, n and oldest_at.
    """

    n_waiting: int
    n_failed: int
    failures: pd.DataFrame
    claims: pd.DataFrame
    versions: tuple[tuple[str, str], ...]
    last_run_at: datetime | None


def processing(store: Store, service: str | None) -> Processing:
    """Return where the work on comments stands; of one service if given."""
    of = [] if service is None else [comments.c.service == service]
    n = sa.func.count().label("n")
    waiting = store.read(sa.select(n).where(IS_WAITING, *of))
    # Both states, though one is wanted: of one, SQLite would read all comments, most being coded.
    told = store.read(
        sa.select(comments.c.state, comments.c.failure.label("reason"), n)
        .where(sa.not_(IS_ENRICHED), *of)
        .group_by(comments.c.state, comments.c.failure)
        .order_by(n.desc(), comments.c.failure)
    )
    failures = told.loc[told["state"] == CommentState.FAILED.value, ["reason", "n"]]
    failures = failures.head(MAX_FAILURES).reset_index(drop=True)
    at = comments.c.claimed_at
    claims = store.read(
        sa.select(
            comments.c.claimed_by.label("worker"),
            n,
            sa.func.min(at, type_=at.type).label("oldest_at"),
        )
        .where(IS_CLAIMED, *of)
        .group_by(comments.c.claimed_by)
        .order_by(comments.c.claimed_by)
        .limit(MAX_FAILURES)
    )
    newest = store.read(
        sa.select(runs.c.models, runs.c.codebook, runs.c.started_at)
        .where(runs.c.kind == "enrich")
        .order_by(runs.c.started_at.desc(), runs.c.run_id)
        .limit(1)
    )
    versions: list[tuple[str, str]] = []
    if len(newest):
        models = newest["models"].iloc[0] or {}
        versions = [
            ("Classifier", str(models.get("classifier", "not recorded"))),
            ("Encoder", str(models.get("encoder", "not recorded"))),
            ("Codebook", str(newest["codebook"].iloc[0])),
        ]
    return Processing(
        n_waiting=int(waiting.iloc[0, 0]),
        n_failed=int(failures["n"].sum()),
        failures=failures,
        claims=claims,
        versions=tuple(versions),
        last_run_at=newest["started_at"].iloc[0].to_pydatetime() if len(newest) else None,
    )
