"""Signals as the page of emerging issues tells them; pure, as `app.tell` is."""

from __future__ import annotations

from typing import Any

import pandas as pd

from app.charts import Telling
from app.tell_history import STATUSES
from app.wording import LONDON, counted, day, number, theme_label
from topics.usual_range import usual_range

__all__ = ["about_report_days", "behind_told", "false_alarms_told"]

HALF_DAY = pd.Timedelta(hours=12)


def false_alarms_told(per_week: float) -> str:
    """Return how many alerts are expected to be false, by the setting.

    Examples
    --------
    >>> false_alarms_told(1.0)
    'About 1 alert a week, over all services and pages, is expected to be a false alarm.'
    >>> false_alarms_told(0.25)
    'About 1 alert in 4 weeks, over all services and pages, is expected to be a false alarm.'
    """
    if per_week >= 1:
        n = round(per_week)
        often, verb = f"{counted(n, 'alert')} a week", "is" if n == 1 else "are"
    else:
        often, verb = f"1 alert in {counted(round(1 / per_week), 'week')}", "is"
    alarm = "a false alarm" if verb == "is" else "false alarms"
    return f"About {often}, over all services and pages, {verb} expected to be {alarm}."


def behind_told(issue: Any) -> str:
    """Return where the issue behind a signal stands."""
    owner = f"with {issue.owner}" if issue.owner else "nobody takes care of it yet"
    status = STATUSES.get(issue.status, issue.status)
    return f"{status}, {owner}, {counted(int(issue.n), 'comment')}"


def about_report_days(signal: Any, days: pd.DataFrame) -> dict[str, Any]:
    """Return the arguments of `app.charts_signals.draw_report_days` for a signal."""
    length = max((signal.window_end - signal.window_start).total_seconds() / 86_400, 1 / 24)
    usual_a_day = signal.expected / length
    # A day belongs to the signal if most of it lies in the window.
    first, last = (
        pd.Timestamp(at).tz_convert(LONDON).tz_localize(None).normalize()
        for at in (signal.window_start + HALF_DAY, signal.window_end - pd.Timedelta(seconds=1))
    )
    past = days.loc[days["day"] < first, "n"].to_numpy()
    usual = usual_range(past, usual_a_day)
    if usual is None:
        band = "too short a past to say how much days differ"
    elif usual[0] == usual[1]:
        band = f"band: {usual[0]:,} on 95 of 100 usual days"
    else:
        band = f"band: {usual[0]:,} to {usual[1]:,}, where 95 of 100 usual days lie"
    telling = Telling(
        headline=f"{counted(signal.n, 'report')}; {number(signal.expected)} expected",
        subtitle=(
            f"{theme_label(signal.theme)}: reports a day; dashed line: usual, "
            f"{number(usual_a_day)} a day; {band}"
        ),
        alt=(
            f"Bar chart of reports a day: {signal.n:,} from {day(first.date())} to "
            f"{day(last.date())}, where {number(signal.expected)} are usual."
        ),
    )
    return {
        "frame": days,
        "telling": telling,
        "window": (first, last),
        "expected_per_day": usual_a_day,
        "usual": usual,
    }
