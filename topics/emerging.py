"""What is emerging: looks for bursts, drift and silence in counts, and what deserves a signal.

A look at a moment uses periods that were over by then and nothing else. `find_signals` looks once,
`replay` at the end of every period in turn; both give the same finding for the same moment.

The threshold is a budget of false alarms a week over all pages, themes and kinds. Each kind has a
share of it (`BUDGET_SHARES`). A finding is an *alert* when the number of false findings to expect
with a p-value as low (`Look.expected_false`, exact for discrete counts), times the number of
independent looks that a week amounts to (`LOOKS_PER_WEEK`), is within the budget; a *watch* when it
is within five budgets; and both have a p-value that is low in itself (`MAX_P`). A day's look shares
most of its data with the day's before, so a week of looks amounts to far fewer; the figure was set
by simulation of pages where nothing changes and false alarms counted as episodes (a cell that
alarms again within the cool-down is one alarm).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from feedback import schema
from feedback.schema import SignalKind, SignalLevel
from topics.baseline import past_of
from topics.bursts import GUARD_DAYS, look_for_bursts
from topics.looks import Look, q_values
from topics.panel import ALL_REPORTS, Panel, make_panel
from topics.sentences import write_sentence
from topics.trends import QUIET_GUARD_DAYS, look_for_drift, look_for_quiet

__all__ = ["COOL_DOWN_DAYS", "find_signals", "replay", "signal_records"]

BUDGET_SHARES = {SignalKind.BURST: 0.8, SignalKind.DRIFT: 0.1, SignalKind.QUIET: 0.1}
LOOKS_PER_WEEK = {
    1: {SignalKind.BURST: 0.8, SignalKind.DRIFT: 0.4, SignalKind.QUIET: 0.9},
    24: {SignalKind.BURST: 3.5, SignalKind.DRIFT: 0.4, SignalKind.QUIET: 0.9},
}
"""Independent looks a week, by periods a day; see the module's text."""
WATCH_BUDGETS = 5.0
MAX_P = {SignalLevel.ALERT: 0.01, SignalLevel.WATCH: 0.05}
"""Where few series are watched the budget would allow more than anybody would call unusual."""
COOL_DOWN_DAYS = 7
"""A cell that was told of stays silent until it was quiet for this long."""
MASK_WEEKS = 4
"""Periods of past alarms teach nothing for this long; what lasts longer is the new usual."""
MIN_HISTORY_DAYS = 14
MAX_RATIO = 1e6
"""Ratios over a rate next to nothing are cut off here, so that they stay numbers."""

SIGNAL_COLUMNS = tuple(
    column.name for column in schema.signals.columns if column.name not in ("comments", "release")
)


def find_signals(
    counts: pd.DataFrame,
    *,
    as_of: datetime | None = None,
    false_alarms_per_week: float = 1.0,
    with_watch: bool = True,
    phrases: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Return the signals that stand at one moment, strongest evidence first.

    Parameters
    ----------
    counts
        Frame with ``service``, ``page`` (may be missing), ``theme``, ``period_start`` (UTC, all on
        one grid of hours or of days) and ``n``; zeros may be absent. Rows of theme ``all`` give a
        page's number of comments. See `topics.counts`.
    as_of
        Only periods over by then are used; default the end of the last period.
    false_alarms_per_week
        Budget of false alerts a week over everything that is watched.
    with_watch
        Give the weaker level too; its signals go beyond the budget.
    phrases
        What themes are called in sentences, such as titles of issue clusters.

    Returns
    -------
    DataFrame
        The columns of the table ``signals``. Without counts, or with less than two weeks of them,
        no rows. ``rate_ratio`` of a burst is ``n / expected`` with the 95% credible interval of a
        ratio of Gamma posteriors; of a drift the growth over four weeks with its Wald interval; of
        a quiet page 0 with the posterior's upper end.

    Examples
    --------
    >>> days = pd.date_range("2026-01-01", periods=60, tz="UTC")
    >>> usual = pd.DataFrame({"service": "fees", "page": "/fees/pay", "theme": "fault.payment",
    ...                       "period_start": days, "n": 1})
    >>> other = usual.assign(theme="praise", n=2)
    >>> usual.loc[58:, "n"] = 9
    >>> found = find_signals(pd.concat([usual, other]))
    >>> print(found["sentence"].iloc[0])
    18 reports of payment problems on /fees/pay since Saturday 28 February; usually 1 a day.
    """
    lookout = _lookout(counts, as_of, false_alarms_per_week, phrases)
    if lookout is None:
        return _no_signals()
    return lookout.signals(lookout.panel.n_periods, with_watch=with_watch)


def replay(
    counts: pd.DataFrame,
    *,
    as_of: datetime | None = None,
    false_alarms_per_week: float = 1.0,
    with_watch: bool = False,
    phrases: Mapping[str, str] | None = None,
) -> Iterator[pd.DataFrame]:
    """Look at the end of every period in turn, knowing only what was known then.

    Yields
    ------
    DataFrame
        The new signals of each look that has any, as from `find_signals`; ``as_of`` is the moment
        of the look. A cell that was told of is told of again only when its level rises, or after
        it was below the threshold for `COOL_DOWN_DAYS`. Alerts only, unless ``with_watch``. With
        periods of an hour, drift and silence are looked for once a day.
    """
    lookout = _lookout(counts, as_of, false_alarms_per_week, phrases)
    if lookout is None:
        return
    told = _Told()
    for now in range(1, lookout.panel.n_periods + 1):
        is_day = lookout.panel.ends_a_day(now)
        new = told.new_ones(lookout.signals(now, with_watch=with_watch, with_slow=is_day))
        if len(new):
            yield new


def signal_records(signals: pd.DataFrame) -> list[dict[str, Any]]:
    """Return signals as plain values for JSON: times in ISO 8601, no page as None.

    Examples
    --------
    >>> signal_records(find_signals(pd.DataFrame(columns=["service", "page", "theme",
    ...                                                   "period_start", "n"])))
    []
    """
    times = ("as_of", "window_start", "window_end")
    rows: list[dict[str, Any]] = signals.astype(object).to_dict("records")  # type: ignore[assignment]
    for row in rows:
        row.update({name: row[name].isoformat() for name in times})
        row["page"] = row["page"] if isinstance(row["page"], str) else None
    return rows


def _lookout(
    counts: pd.DataFrame,
    as_of: datetime | None,
    false_alarms_per_week: float,
    phrases: Mapping[str, str] | None,
) -> _Lookout | None:
    """Return the panel of what is known at ``as_of``, ready to be looked at."""
    if counts.empty:
        return None
    starts = counts["period_start"]
    per_day = _per_day(starts)
    period = pd.Timedelta(days=1) / per_day
    end = starts.max() + period
    if as_of is not None:
        limit = pd.Timestamp(as_of)
        limit = limit.tz_localize("UTC") if limit.tzinfo is None else limit.tz_convert("UTC")
        end = starts.iloc[0] + (limit - starts.iloc[0]) // period * period
    if not (starts + period <= end).any():
        return None
    panel = make_panel(counts, per_day=per_day, end=end)
    return _Lookout(panel, false_alarms_per_week, dict(phrases or {}))


def _per_day(starts: pd.Series[Any]) -> int:
    """Return 1 when all periods begin at one time of the day, else 24."""
    day = pd.Timedelta(days=1)
    return 1 if bool(((starts - starts.iloc[0]) % day == pd.Timedelta(0)).all()) else 24


@dataclass(frozen=True)
class _Found:
    """One look's findings above the watch level, with q-values."""

    look: Look
    q: np.ndarray
    is_alert: np.ndarray


class _Lookout:
    """Looks at a panel at any moment; remembers its alarms, which later looks mask."""

    def __init__(self, panel: Panel, budget: float, phrases: dict[str, str]) -> None:
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
            return _no_signals()
        found = {SignalKind.BURST: self._look_for_bursts(now)}
        if with_slow:
            found |= self._look_slowly(now)
        rows = [
            self._describe(kind, now, one, i)
            for kind, one in found.items()
            for i in range(len(one.q))
            if with_watch or one.is_alert[i]
        ]
        return _frame(_without_bursts_told_as_drift(rows))

    def _seen(self, now: int) -> np.ndarray:
        """Return the cells that had a report by then; the others are not known to exist."""
        return np.flatnonzero(self._first < now)

    def _look_for_bursts(self, now: int) -> _Found:
        if now not in self._bursts:
            seen = self._seen(now)
            past = past_of(self.panel, now, seen, self._mask(now, seen), GUARD_DAYS)
            look = look_for_bursts(past)
            self._bursts[now] = self._weigh(SignalKind.BURST, look.at_rows(seen[look.rows]))
        return self._bursts[now]

    def _look_slowly(self, now: int) -> dict[SignalKind, _Found]:
        """Return drift and silence."""
        seen = self._seen(now)
        drift = look_for_drift(past_of(self.panel, now, seen, None, GUARD_DAYS))
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
        masked = np.zeros((len(seen), now - oldest), dtype=bool)
        for moment in reversed(looks):
            found = self._look_for_bursts(moment)
            for i in np.flatnonzero(found.is_alert):
                row = np.searchsorted(seen, found.look.rows[i])
                start = moment - int(found.look.days[i]) * self.panel.per_day
                masked[row, max(start - oldest, 0) : moment - oldest] = True
        return masked if masked.any() else None

    def _weigh(self, kind: SignalKind, look: Look) -> _Found:
        """Return what is above the watch level, with its q-value and level."""
        false = look.expected_false(look.p)
        q = q_values(look.p, false)
        per_week = false * LOOKS_PER_WEEK[self.panel.per_day][kind]
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
        days, end = int(look.days[i]), panel.end_of(now)
        start = end - timedelta(days=days)
        n, expected = round(float(look.n[i])), float(look.expected[i])
        ratio = float(look.rate_ratio[i])
        service, page = str(where["service"]), str(where["page"])
        name = "\x1f".join((end.isoformat(), kind.value, service, page, theme))
        return {
            "signal_id": hashlib.blake2b(name.encode(), digest_size=16).hexdigest(),
            "as_of": end,
            "kind": kind.value,
            "level": (SignalLevel.ALERT if found.is_alert[i] else SignalLevel.WATCH).value,
            "service": service,
            "page": page or None,
            "theme": theme,
            "window": f"{days}d",
            "window_start": start,
            "window_end": end,
            "n": n,
            "expected": expected,
            "rate_ratio": min(ratio, MAX_RATIO),
            "low": min(float(look.low[i]), MAX_RATIO),
            "high": min(float(look.high[i]), MAX_RATIO),
            "q_value": float(found.q[i]),
            "sentence": write_sentence(
                kind,
                n=n,
                expected=expected,
                rate_ratio=ratio,
                days=days,
                service=service,
                page=page,
                theme=theme,
                start=start,
                is_hourly=panel.per_day > 1,
                phrases=self._phrases,
            ),
        }


def _without_bursts_told_as_drift(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out the drift of a cell that bursts: one change is told once."""
    bursting = {_cell(row) for row in rows if row["kind"] == SignalKind.BURST.value}
    return [
        row for row in rows if row["kind"] != SignalKind.DRIFT.value or _cell(row) not in bursting
    ]


def _cell(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return row["service"], row["page"], row["theme"]


def _frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Return rows as a frame, alerts first, then by q-value."""
    if not rows:
        return _no_signals()
    rows.sort(key=lambda row: (row["level"], row["q_value"], -row["rate_ratio"], row["signal_id"]))
    return _typed(pd.DataFrame(rows, columns=list(SIGNAL_COLUMNS)))


def _no_signals() -> pd.DataFrame:
    return _typed(pd.DataFrame(columns=list(SIGNAL_COLUMNS)))


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    times = dict.fromkeys(("as_of", "window_start", "window_end"), "datetime64[us, UTC]")
    numbers = dict.fromkeys(("expected", "rate_ratio", "low", "high", "q_value"), "float64")
    return frame.astype({**times, **numbers, "n": "int64"})


class _Told:
    """Remembers when each cell last stood, so that an alarm is not repeated."""

    def __init__(self) -> None:
        self._last: dict[tuple[Any, ...], tuple[pd.Timestamp, bool]] = {}

    def new_ones(self, signals: pd.DataFrame) -> pd.DataFrame:
        """Return the signals that were not told of within the cool-down at the same level."""
        is_new = [self._is_new(row) for row in signals.to_dict("records")]
        return signals[np.array(is_new, dtype=bool)].reset_index(drop=True)

    def _is_new(self, row: Mapping[Any, Any]) -> bool:
        cell = (row["kind"], *_cell(row))
        is_alert = row["level"] == SignalLevel.ALERT.value
        before = self._last.get(cell)
        cool_down = timedelta(days=COOL_DOWN_DAYS)
        is_fresh = before is None or row["as_of"] - before[0] > cool_down
        was_alert = before is not None and before[1] and not is_fresh
        self._last[cell] = row["as_of"], is_alert or was_alert
        return is_fresh or (is_alert and not was_alert)
