"""Days in London: services are used, and figures told, by the day that people there had."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd

__all__ = ["LONDON", "day_column", "first_moment", "london_days"]

LONDON = ZoneInfo("Europe/London")


def first_moment(day: date) -> datetime:
    """Return when a day begins in London, UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=LONDON).astimezone(UTC)


def day_column(times: pd.Series[pd.Timestamp]) -> pd.Series[str]:
    """Return the days of times (datetime64, UTC) as texts such as ``2026-04-01``.

    >>> day_column(pd.Series(pd.to_datetime(["2026-06-30 23:30"], utc=True))).tolist()
    ['2026-07-01']
    """
    return times.dt.tz_convert(LONDON).dt.strftime("%Y-%m-%d")


def london_days(first: datetime, last: datetime) -> list[date]:
    """Return all days from one moment to another, both included."""
    at, end = (moment.astimezone(LONDON).date() for moment in (first, last))
    return [at + timedelta(days=number) for number in range((end - at).days + 1)]
