"""Changes from one period to the one before: how large, how sure, and in words. Pure functions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from app.wording import TOO_FEW, day
from feedback.days import first_moment
from feedback.intervals import MIN_RESPONSES, Answers, mean_difference
from topics.intervals import dispersion_of_counts, rate_ratio, share_difference
from topics.sentences import signed

__all__ = [
    "NO_CLEAR_CHANGE",
    "UNKNOWN",
    "Change",
    "Span",
    "change_of_means",
    "change_of_rates",
    "change_of_shares",
    "false_discoveries",
    "trend_spans",
    "week_spans",
]

NO_CLEAR_CHANGE = "no clear change"
WEEK = 7


@dataclass(frozen=True)
class Span:
    """Days in London from the first to the last, both included."""

    first_day: date
    last_day: date

    @property
    def n_days(self) -> int:
        """How many days there are."""
        return (self.last_day - self.first_day).days + 1

    @property
    def start(self) -> datetime:
        """First moment included, UTC."""
        return first_moment(self.first_day)

    @property
    def end(self) -> datetime:
        """First moment after it, UTC."""
        return first_moment(self.last_day + timedelta(days=1))

    def told(self) -> str:
        """Return it as words."""
        return f"{day(self.first_day)} to {day(self.last_day)}"


def _ending(last_day: date, n_days: int) -> Span:
    return Span(last_day - timedelta(days=n_days - 1), last_day)


def trend_spans(period: Span, first_known: date) -> tuple[Span, Span] | None:
    """Return what is compared, earlier first: the period before, and the period.

    Where the store does not reach back a whole period, the halves of the period; None for one day
    without another before it.

    Examples
    --------
    >>> march = Span(date(2026, 3, 1), date(2026, 3, 31))
    >>> trend_spans(march, date(2026, 1, 1))[0].told()
    '29/01/2026 to 28/02/2026'
    >>> [half.told() for half in trend_spans(march, date(2026, 3, 1))]
    ['02/03/2026 to 16/03/2026', '17/03/2026 to 31/03/2026']
    """
    before = _ending(period.first_day - timedelta(days=1), period.n_days)
    if first_known <= before.first_day:
        return before, period
    half = period.n_days // 2
    if not half:
        return None
    later = _ending(period.last_day, half)
    return _ending(later.first_day - timedelta(days=1), half), later


def week_spans(last_day: date) -> tuple[Span, Span]:
    """Return the 7 days before the last 7, and those up to the last day."""
    return _ending(last_day - timedelta(days=WEEK), WEEK), _ending(last_day, WEEK)


@dataclass(frozen=True)
class Change:
    """A difference with its 95% interval; all three are NaN where there are too few to say.

    ``unit`` stands behind the figures, such as `` points``; shares are told in points.
    """

    difference: float
    low: float
    high: float
    unit: str = ""

    @property
    def is_known(self) -> bool:
        """Whether there were enough on both sides."""
        return not math.isnan(self.low)

    @property
    def direction(self) -> int:
        """1 for a clear rise, -1 for a clear fall, 0 for neither."""
        if not self.is_known or self.low <= 0 <= self.high:
            return 0
        return 1 if self.difference > 0 else -1

    @property
    def verdict(self) -> str:
        """What can be said, without the interval."""
        if not self.is_known:
            return TOO_FEW
        if not self.direction:
            return NO_CLEAR_CHANGE
        word = "up" if self.direction > 0 else "down"
        return f"{word} {self._figure(abs(self.difference))}{self.unit}"

    @property
    def interval(self) -> str:
        """From where to where the change lies, with signs; empty where nothing is known."""
        if not self.is_known:
            return ""
        sign = "%" if self.unit == "%" else ""
        return f"{self._signed(self.low)}{sign} to {self._signed(self.high)}{sign}"

    def told(self) -> str:
        """Return it as words.

        Examples
        --------
        >>> Change(0.31, 0.12, 0.5).told(), Change(-0.1, -0.3, 0.1).told()
        ('up 0.3 (+0.1 to +0.5)', 'no clear change (−0.3 to +0.1)')
        >>> Change(-0.16, -0.27, -0.06, " points").told()
        'down 16 points (−27 to −6)'
        """
        return f"{self.verdict} ({self.interval})" if self.is_known else self.verdict

    def _figure(self, value: float) -> str:
        return f"{100 * value:.0f}" if self.unit else f"{value:.1f}"

    def _signed(self, value: float) -> str:
        return signed(100 * value) if self.unit else signed(value, 1)


UNKNOWN = Change(math.nan, math.nan, math.nan)


def change_of_means(before: Answers, now: Answers) -> Change:
    """Return by how much the mean answer changed; unknown with fewer than 5 answers on a side."""
    if min(before.n, now.n) < MIN_RESPONSES:
        return UNKNOWN
    return Change(*mean_difference(now, before))


def change_of_shares(before: tuple[int, int], now: tuple[int, int]) -> Change:
    """Return by how much a share changed, hits and base given; unknown with a base under 5."""
    if min(before[1], now[1]) < MIN_RESPONSES:
        return UNKNOWN
    difference, low, high = share_difference(*now, *before)
    return Change(difference, low, high, " points")


def change_of_rates(before: Sequence[int], now: Sequence[int]) -> Change:
    """Return by which part of it a number a day changed, from counts of each day.

    Days differ by more than chance (weekends do), so the interval is wider by their dispersion.
    """
    if min(sum(before), sum(now)) < MIN_RESPONSES:
        return UNKNOWN
    spread = dispersion_of_counts(np.array(before), np.array(now))
    ratio, low, high = rate_ratio(sum(now), len(now), sum(before), len(before), inflation=spread)
    return Change(ratio - 1, low - 1, high - 1, "%")


def false_discoveries(p_values: Sequence[float], *, rate: float = 0.05) -> list[bool]:
    """Return which of several findings stand when at most this part of them may be chance.

    Benjamini and Hochberg, "Controlling the false discovery rate", JRSS B 57 (1995).

    Examples
    --------
    >>> false_discoveries([0.001, 0.04, 0.9]), false_discoveries([])
    ([True, False, False], [])
    """
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    kept = 0
    for rank, index in enumerate(order, start=1):
        if p_values[index] <= rate * rank / len(p_values):
            kept = rank
    stands = set(order[:kept])
    return [index in stands for index in range(len(p_values))]
