"""What is emerging: looks for bursts, drift and silence in counts, and what deserves a signal.

A look at a moment uses periods that were over by then and nothing else. `find_signals` looks once,
`replay` at the end of every period in turn; both give the same finding for the same moment.

`topics.lookout` has the threshold, `topics.alarms` the rule that an alarm is told once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import pandas as pd

from topics.alarms import COOL_DOWN_DAYS, Alarms
from topics.lookout import Lookout, no_signals
from topics.panel import make_panel
from topics.releases import mark_releases

__all__ = ["COOL_DOWN_DAYS", "find_signals", "replay", "signal_records"]


def find_signals(
    counts: pd.DataFrame,
    *,
    as_of: datetime | None = None,
    false_alarms_per_week: float = 1.0,
    with_watch: bool = True,
    phrases: Mapping[str, str] | None = None,
    releases: pd.DataFrame | None = None,
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
    releases
        What was released where and when; see `topics.releases.mark_releases`.

    Returns
    -------
    DataFrame
        The columns of the table ``signals`` but ``comments``. Without counts, or with less than
        two weeks of them, no rows. ``rate_ratio`` of a burst is ``n / expected`` with the 95%
        credible interval of a ratio of Gamma posteriors; of a drift the growth over four weeks with
        its Wald interval; of a quiet page 0 with the posterior's upper end.

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
        return no_signals()
    found = lookout.signals(lookout.panel.n_periods, with_watch=with_watch)
    return found if releases is None else mark_releases(found, releases)


def replay(
    counts: pd.DataFrame,
    *,
    as_of: datetime | None = None,
    false_alarms_per_week: float = 1.0,
    with_watch: bool = False,
    phrases: Mapping[str, str] | None = None,
    releases: pd.DataFrame | None = None,
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
    told = Alarms()
    for now in range(1, lookout.panel.n_periods + 1):
        is_day = lookout.panel.ends_a_day(now)
        new = told.new_ones(lookout.signals(now, with_watch=with_watch, with_slow=is_day))
        if len(new):
            yield new if releases is None else mark_releases(new, releases)


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
        row.update({name: _text(row[name]) for name in ("page", "release")})
    return rows


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _lookout(
    counts: pd.DataFrame,
    as_of: datetime | None,
    false_alarms_per_week: float,
    phrases: Mapping[str, str] | None,
) -> Lookout | None:
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
    return Lookout(panel, false_alarms_per_week, dict(phrases or {}))


def _per_day(starts: pd.Series[Any]) -> int:
    """Return 1 when all periods begin at one time of the day, else 24."""
    day = pd.Timedelta(days=1)
    return 1 if bool(((starts - starts.iloc[0]) % day == pd.Timedelta(0)).all()) else 24
