"""SQL of the runs: which one made what a file holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from feedback.schema import runs

if TYPE_CHECKING:
    from feedback.store import Store

__all__ = ["NOT_CODED", "RunFacts", "newest_run"]

NOT_CODED = "none: nothing was coded yet"


@dataclass(frozen=True)
class RunFacts:
    """The run that coded last, and its codebook."""

    run_id: str
    codebook: str


def newest_run(store: Store) -> RunFacts:
    """Return the newest run that coded comments."""
    found = store.read(
        sa.select(runs.c.run_id, runs.c.codebook)
        .where(runs.c.codebook.is_not(None))
        .order_by(runs.c.started_at.desc(), runs.c.run_id)
        .limit(1)
    )
    if found.empty:
        return RunFacts(NOT_CODED, NOT_CODED)
    return RunFacts(str(found["run_id"].iloc[0]), str(found["codebook"].iloc[0]))
