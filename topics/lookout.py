"""Looks at a panel of counts at any moment, and says which findings fit the budget.

The threshold is a budget of false alarms a week over all pages, themes and kinds. Each kind has a
share of it (`BUDGET_SHARES`). A finding is an *alert* when the number of false findings to expect
that are as strong (`Look.false`, exact for discrete counts), times the number of independent looks
that a week amounts to (`LOOKS_PER_WEEK`), is within the budget; a *watch* when it is within five
budgets; and both have a p-value that is low in itself (`MAX_P`). A day's look shares most of its
data with the day's before, so a week of looks amounts to far fewer; the figure was set by
simulation of pages where nothing changes and false alarms counted as episodes (a cell that alarms
again within the cool-down is one alarm); ``tests/topics/test_false_alarm_budget.py`` measures it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from feedback import schema
from feedback.schema import ALL_REPORTS, SignalKind, SignalLevel
from topics.baseline import past_of
from topics.bursts import GUARD_DAYS, look_for_bursts
from topics.looks import Look, q_values
from topics.panel import Panel
from topics.sentences import write_sentence
from topics.trends import DRIFT_GUARD_DAYS, QUIET_GUARD_DAYS, look_for_drift, look_for_quiet

__all__ = ["BUDGET_SHARES", "Lookout", "no_signals"]

BUDGET_SHARES = {SignalKind.BURST: 0.8, SignalKind.DRIFT: 0.1, SignalKind.QUIET: 0.1}
LOOKS_PER_WEEK = {
    1: {SignalKind.BURST: 1.5, SignalKind.DRIFT: 0.6, SignalKind.QUIET: 0.9},
    24: {SignalKind.BURST: 5.0, SignalKind.DRIFT: 0.6, SignalKind.QUIET: 0.9},
}
"""Independent looks a week, by periods a day; see the module's text."""
WATCH_BUDGETS = 5.0
MAX_P = {SignalLevel.ALERT: 0.01, SignalLevel.WATCH: 0.05}
"""Where few series are watched the budget would allow more than anybody would call unusual."""
MASK_WEEKS = 4
"""Periods of past alarms teach nothing for this long; what lasts longer is the new usual."""
MIN_HISTORY_DAYS = 14
MAX_RATIO = 1e6
"""Ratios over a rate next to nothing are cut off here, so that they stay numbers."""

SIGNAL_COLUMNS = tuple(
    column.name for column in schema.signals.columns if column.name != "comments"
)


@dataclass(frozen=True)
class _Found:
    """One look's findings above the watch level, with q-values."""

    look: Look
    q: np.ndarray
    is_alert: np.ndarray


class Lookout:
    """Looks at a panel at any moment; remembers its alarms, which later looks mask."""

    def __init__(self, panel: Panel, budget: float, phrases: Mapping[str, str]) -> None:
        """Take a panel, a budget of false alarms a week, and what themes are called."""
        self.panel = panel
        self._budget = budget
        self._phrases = phrases
        has_report = panel.reports > 0
        never = panel.n_periods + 1
        self._first = np.where(has_report.any(axis=1), has_report.argmax(axis=1), never)
        self._bursts: dict[int, _Found] = {}

    def signals(self, now: int, *, with_watch: bool, with_slow: bool = True) -> pd.DataFrame:
        """Return what stands after ``now`` periods; ``with_slow`` with drift and silence."""
        if now < MIN_HISTORY_DAYS * self.panel.per_day:
            return no_signals()
        found = {SignalKind.BURST: self._look_for_bursts(now)}
        if with_slow:
            found |= self._look_slowly(now)
        rows = [
            self._describe(kind, now, one, i)
            for kind, one in found.items()
            for i in range(len(one.q))
            if with_watch or one.is_alert[i]
        ]
        return _frame(_told_once(rows))

    def _seen(self, now: int) -> np.ndarray:
        """Return the cells that had a report by then; the others are not known to exist."""
        return np.flatnonzero(self._first < now)

    def _look_for_bursts(self, now: int) -> _Found:
        if now not in self._bursts:
            seen = self._seen(now)
            past = past_of(self.panel, now, seen, self._mask(now, seen), GUARD_DAYS)
            look = look_for_bursts(past)
            self._bursts[now] = self._weigh(SignalKind.BURST, look.at_rows(seen[look.rows]))
            self._bursts.pop(now - (MASK_WEEKS + 1) * 7 * self.panel.per_day, None)
        return self._bursts[now]

    def _look_slowly(self, now: int) -> dict[SignalKind, _Found]:
        """Return drift and silence."""
        seen = self._seen(now)
        masked = self._mask(now, seen)
        drift = look_for_drift(past_of(self.panel, now, seen, masked, DRIFT_GUARD_DAYS))
        quiet = look_for_quiet(past_of(self.panel, now, seen, None, QUIET_GUARD_DAYS))
        return {
            SignalKind.DRIFT: self._weigh(SignalKind.DRIFT, drift.at_rows(seen[drift.rows])),
            SignalKind.QUIET: self._weigh(SignalKind.QUIET, quiet),
        }

    def _mask(self, now: int, seen: np.ndarray) -> np.ndarray | None:
        """Return the periods of alarms at looks one, two, three and four weeks ago."""
        week = 7 * self.panel.per_day
        first = MIN_HISTORY_DAYS * self.panel.per_day
        looks = [now - k * week for k in range(1, MASK_WEEKS + 1) if now - k * week >= first]
        oldest = self.panel.first_looked_at(now)
        masked: np.ndarray | None = None
        for moment in reversed(looks):
            found = self._look_for_bursts(moment)
            for i in np.flatnonzero(found.is_alert):
                if masked is None:
                    masked = np.zeros((len(seen), now - oldest), dtype=bool)
                row = np.searchsorted(seen, found.look.rows[i])
                start = moment - round(found.look.days[i] * self.panel.per_day)
                masked[row, max(start - oldest, 0) : moment - oldest] = True
        return masked

    def _weigh(self, kind: SignalKind, look: Look) -> _Found:
        """Return what is above the watch level, with its q-value and level."""
        q = q_values(look.false)
        per_week = look.false * LOOKS_PER_WEEK[self.panel.per_day][kind]
        budget = self._budget * BUDGET_SHARES[kind]
        is_alert = (per_week <= budget) & (look.p <= MAX_P[SignalLevel.ALERT])
        is_watch = (per_week <= WATCH_BUDGETS * budget) & (look.p <= MAX_P[SignalLevel.WATCH])
        chosen = np.flatnonzero(is_alert | is_watch)
        return _Found(look.pick(chosen), q[chosen], is_alert[chosen])

    def _describe(self, kind: SignalKind, now: int, found: _Found, i: int) -> dict[str, Any]:
        """Return one finding as a row of the table ``signals``."""
        look, panel = found.look, self.panel
        is_page = kind is SignalKind.QUIET
        where = (panel.pages if is_page else panel.cells).iloc[int(look.rows[i])]
        theme = ALL_REPORTS if is_page else str(where["theme"])
        days, end = float(look.days[i]), panel.end_of(now)
        start = end - timedelta(days=days)
        n, expected = round(float(look.n[i])), float(look.expected[i])
        ratio = float(look.rate_ratio[i])
        service, page = str(where["service"]), str(where["page"])
        name = "\x1f".join((end.isoformat(), kind.value, service, page, theme))
        sentence = write_sentence(
            kind,
            n=n,
            expected=expected,
            usual_a_day=float(look.usual_a_day[i]),
            rate_ratio=ratio,
            days=days,
            service=service,
            page=page,
            theme=theme,
            start=start,
            as_of=end,
            is_hourly=panel.per_day > 1,
            phrases=self._phrases,
        )
        return {
            "signal_id": hashlib.blake2b(name.encode(), digest_size=16).hexdigest(),
            "as_of": end,
            "kind": kind.value,
            "level": (SignalLevel.ALERT if found.is_alert[i] else SignalLevel.WATCH).value,
            "service": service,
            "page": page or None,
            "theme": theme,
            "window": f"{days:.0f}d" if days >= 1 else f"{24 * days:.0f}h",
            "window_start": start,
            "window_end": end,
            "n": n,
            "expected": expected,
            "rate_ratio": min(ratio, MAX_RATIO),
            "low": min(float(look.low[i]), MAX_RATIO),
            "high": min(float(look.high[i]), MAX_RATIO),
            "q_value": float(found.q[i]),
            "sentence": sentence,
            "release": None,
        }


def _told_once(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out the weaker of a cell's burst and drift: one change is told once."""
    strongest: dict[tuple[Any, ...], float] = {}
    for row in rows:
        place = _place(row)
        strongest[place] = min(strongest.get(place, row["q_value"]), row["q_value"])
    return [row for row in rows if row["q_value"] <= strongest[_place(row)]]


def _place(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return row["service"], row["page"], row["theme"]


def _frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Return rows as a frame, alerts first, then by q-value."""
    if not rows:
        return no_signals()
    rows.sort(key=lambda row: (row["level"], row["q_value"], -row["rate_ratio"], row["signal_id"]))
    return _typed(pd.DataFrame(rows, columns=list(SIGNAL_COLUMNS)))


def no_signals() -> pd.DataFrame:
    """Return a frame of signals without a row."""
    return _typed(pd.DataFrame(columns=list(SIGNAL_COLUMNS)))


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    times = dict.fromkeys(("as_of", "window_start", "window_end"), "datetime64[us, UTC]")
    numbers = dict.fromkeys(("expected", "rate_ratio", "low", "high", "q_value"), "float64")
    return frame.astype({**times, **numbers, "n": "int64", "release": "object"})
