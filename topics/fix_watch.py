"""Has a fix worked? Reports of an issue before and after it, with what chance leaves open.

The rate after a fix is told as a share of the rate before it, each per day of equal traffic: the
page's other comments tell how many people came by. "Stopped" has to be earned: no report in a few
days says nothing about an issue with two reports a week.

Recurrence is looked for in the latest days, not only in all days since the fix: after a quiet
month a fault that is back would drown in it. A few stray reports (written late, or of something
else) do not reopen an issue; `tests/topics/test_fixes_are_watched.py` has the operating
characteristics.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd

from topics.intervals import dispersion_of_counts, rate_ratio

__all__ = ["BEFORE_DAYS", "GRACE_DAYS", "FixVerdict", "FixWatch", "watch_fix"]

BEFORE_DAYS = 28.0
"""Days before the fix that tell the earlier rate; fewer where the issue began later."""
GRACE_DAYS = 1.0
"""After a fix, people finish what they began before it, and write about it next morning."""
STOPPED_BELOW = 0.5
"""Upper end of the interval of the rate ratio below which reports have stopped, if next to none
came: whatever is left is less than half. A smaller bound would keep an issue with a report a day
open for weeks after a fix that worked."""
RESIDUAL_SHARE = 0.2
"""Up to this share of the earlier rate is residue (late reports, and some of another matter): next
to none for a fix that worked, and no recurrence."""
BACK_LEVEL = 0.999
"""Level of the interval that must lie above the residual share: it is asked in several windows on
every day for months."""
MIN_BACK = 3
"""Reports of different responses before an issue is reopened: two may be old drafts."""
BACK_WINDOWS_DAYS = (2.0, 3.0, 5.0, 7.0, 14.0, 28.0)
TRAFFIC_PRIOR = 20.0
"""Comments that "as many people as before" counts for: traffic of a page changes by about a fifth
from one month to the next (1 / sqrt(20) = 0.22)."""
MAX_TRAFFIC = 2.0
"""More other comments than twice as many are another fault rather than more people."""
MAX_WAIT_DAYS = 90
"""Nobody waits longer for a verdict."""


class FixVerdict(StrEnum):
    """What can be said of a fix."""

    STOPPED = "stopped"
    FEWER = "fewer"
    NO_CHANGE = "no change"
    MORE = "more"
    BACK = "back"
    TOO_EARLY = "too early to say"


@dataclass(frozen=True)
class FixWatch:
    """Reports before and after a fix.

    ``n_before`` in ``days_before``, ``n_after`` in ``days_after`` (the day after the fix, with
    ``n_grace`` reports, is left out), ``expected`` as many without the fix; ``ratio`` of the rates
    with its 95% interval, None where there is none; ``traffic`` of the page after over before;
    ``days_to_tell`` without another report until it has stopped, None where that is past or out of
    sight. The verdict ``back`` goes before all others: reopen it, for the ``n_back`` reports of the
    last ``back_days``.
    """

    verdict: FixVerdict
    fixed_at: str
    as_of: str
    n_before: int
    days_before: float
    n_grace: int
    n_after: int
    days_after: float
    expected: float
    ratio: float | None
    low: float
    high: float | None
    traffic: float
    days_to_tell: int | None
    n_back: int
    back_days: float

    @property
    def is_back(self) -> bool:
        """Whether the issue has to be reopened."""
        return self.verdict is FixVerdict.BACK

    def record(self) -> dict[str, Any]:
        """Return the fields for JSON."""
        rounded = {name: round(x, 4) for name, x in asdict(self).items() if isinstance(x, float)}
        return {**asdict(self), **rounded, "verdict": self.verdict.value}


def watch_fix(
    reports: pd.Series[Any], others: pd.Series[Any], *, fixed_at: datetime, as_of: datetime
) -> FixWatch:
    """Return what the reports tell of a fix.

    Parameters
    ----------
    reports
        When the issue's comments were sent, one of each response. A comment of the fault's days
        that is handed in later belongs to the day on which it was written.
    others
        When the page's other comments were sent: its traffic.
    fixed_at, as_of
        When it was mended, and the moment of the look; reports after that are not known yet.
    """
    at, other = (_days(times, fixed_at) for times in (reports, others))
    now = (as_of - fixed_at) / timedelta(days=1)
    before = _before(at, other)
    after = max(0.0, now - GRACE_DAYS)
    since = _window(before, at, other, now, after)
    low, high, ratio = 0.0, np.inf, np.nan
    if after > 0 and before.count > 0:
        ratio, low, high = before.ratio(since)
    expected = before.rate * since.days * since.traffic
    verdict = _verdict(since.count, expected, low, high)
    back = None if now <= GRACE_DAYS else _back(before, at, other, now, after)
    is_open = back is None and verdict in (FixVerdict.TOO_EARLY, FixVerdict.FEWER)
    return FixWatch(
        verdict=verdict if back is None else FixVerdict.BACK,
        fixed_at=fixed_at.isoformat(timespec="seconds"),
        as_of=as_of.isoformat(timespec="seconds"),
        n_before=int(before.count),
        days_before=before.days,
        n_grace=int(((at >= 0) & (at <= min(now, GRACE_DAYS))).sum()),
        n_after=int(since.count),
        days_after=after,
        expected=expected,
        ratio=float(ratio) if np.isfinite(ratio) else None,
        low=float(low),
        high=float(high) if np.isfinite(high) else None,
        traffic=since.traffic,
        days_to_tell=_days_to_tell(before, since, now) if is_open else None,
        n_back=int(back.count) if back else 0,
        back_days=back.days if back else 0.0,
    )


def _days(times: pd.Series[Any], fixed_at: datetime) -> np.ndarray:
    """Return times as days after the fix, sorted."""
    after = (pd.DatetimeIndex(times) - pd.Timestamp(fixed_at)) / pd.Timedelta(days=1)
    return np.sort(after.to_numpy(dtype="float64"))


@dataclass(frozen=True)
class _Window:
    """Reports of some days after the fix, and traffic in them over traffic before."""

    count: float
    days: float
    traffic: float
    traffic_variance: float


@dataclass(frozen=True)
class _Before:
    """Reports before the fix; ``inflation`` of their variance; the page's other comments."""

    count: float
    days: float
    inflation: float
    others: float

    @property
    def rate(self) -> float:
        return self.count / self.days

    def ratio(self, window: _Window, level: float = 0.95) -> tuple[float, float, float]:
        """Return the rate of a window over the earlier one, with its interval.

        Traffic is not known for sure: its variance joins that of the earlier rate, as if that
        rested on fewer reports.
        """
        weight = 1 / (1 / self.count + window.traffic_variance / self.inflation)
        return rate_ratio(
            window.count,
            window.days * window.traffic,
            weight,
            weight / self.rate,
            inflation=self.inflation,
            level=level,
        )


def _before(at: np.ndarray, other: np.ndarray) -> _Before:
    """Return the days before the fix.

    Where the issue began in them, its first report says when; it is no evidence of the rate.
    """
    earlier = at[(at >= -BEFORE_DAYS) & (at < 0)]
    begins = len(earlier) and not (at < -BEFORE_DAYS).any()
    start = float(earlier[0]) if begins else -BEFORE_DAYS
    counted = earlier[1:] if begins else earlier
    n_days = max(1, int(-start))
    daily = np.bincount(np.minimum(-counted, n_days - 0.5).astype(int), minlength=n_days)
    return _Before(
        count=float(len(counted)),
        days=max(-start, 1.0),
        inflation=dispersion_of_counts(daily),
        others=float(((other >= start) & (other < 0)).sum()),
    )


def _window(before: _Before, at: np.ndarray, other: np.ndarray, now: float, days: float) -> _Window:
    """Return the last days before ``now``."""
    count, n_others = (float(((x > now - days) & (x <= now)).sum()) for x in (at, other))
    # As after a Gamma prior with mean 1, given the comments to expect at the earlier traffic.
    usual = before.others * days / before.days
    traffic = (TRAFFIC_PRIOR + n_others) / (TRAFFIC_PRIOR + usual)
    of_usual = (usual / (TRAFFIC_PRIOR + usual)) ** 2 / (before.others + 1)
    variance = 1 / (TRAFFIC_PRIOR + n_others) + of_usual
    return _Window(count, days, min(traffic, MAX_TRAFFIC), variance)


def _verdict(count: float, expected: float, low: float, high: float) -> FixVerdict:
    if high < STOPPED_BELOW and count <= RESIDUAL_SHARE * expected:
        return FixVerdict.STOPPED
    if high < 1:
        return FixVerdict.FEWER
    if low > 1:
        return FixVerdict.MORE
    return FixVerdict.NO_CHANGE if low > STOPPED_BELOW else FixVerdict.TOO_EARLY


def _days_to_tell(before: _Before, since: _Window, now: float) -> int | None:
    """Return the days without another report after which it has stopped."""
    if not before.count:
        return None
    for more in range(1, MAX_WAIT_DAYS + 1):
        days = max(0.0, now + more - GRACE_DAYS)
        if days <= 0:
            continue
        later = _Window(since.count, days, since.traffic, since.traffic_variance)
        _, low, high = before.ratio(later)
        expected = before.rate * days * since.traffic
        if _verdict(since.count, expected, low, high) is FixVerdict.STOPPED:
            return more
    return None


def _back(
    before: _Before, at: np.ndarray, other: np.ndarray, now: float, after: float
) -> _Window | None:
    """Return the first window, shortest first, in which the earlier rate is back."""
    if not before.count:
        return None
    for days in (*(days for days in BACK_WINDOWS_DAYS if days < after), after):
        window = _window(before, at, other, now, days)
        is_enough = window.count >= MIN_BACK
        if is_enough and before.ratio(window, BACK_LEVEL)[1] > RESIDUAL_SHARE:
            return window
    return None
