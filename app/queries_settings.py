"""SQL of the page Settings: signals that stand, how long feedback is kept, who may sign in."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pandas as pd
import sqlalchemy as sa

from feedback.days import first_moment
from feedback.people import PersonKnown, people_known, people_of
from feedback.retention import Kept, kept_of
from feedback.schema import signals

if TYPE_CHECKING:
    from feedback.store import Store

__all__ = ["MAX_PEOPLE", "MAX_SIGNALS", "kept", "people", "signals_now"]

MAX_SIGNALS = 5_000
MAX_PEOPLE = 1_000


def signals_now(store: Store) -> pd.DataFrame:
    """Return the signals of the newest look, strongest first: kind, level, theme, q_value."""
    newest = sa.select(sa.func.max(signals.c.as_of)).scalar_subquery()
    return store.read(
        sa.select(signals.c.kind, signals.c.level, signals.c.theme, signals.c.q_value)
        .where(signals.c.as_of == newest)
        .order_by(signals.c.q_value, signals.c.signal_id)
        .limit(MAX_SIGNALS)
    )


def people(store: Store) -> list[PersonKnown]:
    """Return who may sign in, by address."""
    return people_of(store.read(people_known().limit(MAX_PEOPLE)))


def kept(store: Store, days: int, today: date) -> list[Kept]:
    """Return how long the feedback of each service is kept; ``days``: without a rule of its own."""
    return kept_of(store, days, first_moment(today))
