"""The overview as a page tells it: the answer, the figures with their trends, the tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from app.charts import Telling
from app.names import service_name
from app.queries_overview import Overview
from app.tell import change_of_week
from app.tell_issues import STATUSES
from app.trends import (
    UNKNOWN,
    Change,
    Span,
    change_of_means,
    change_of_rates,
    change_of_shares,
)
from app.wording import TOO_FEW, code_label, counted, moment, share_range, value_range
from feedback.intervals import MIN_RESPONSES, Answers, mean_interval

__all__ = [
    "ANSWERS_WIDTHS",
    "ANSWER_SCALE",
    "EASE_EXPLAINED",
    "SCALES",
    "SERVICES_WIDTHS",
    "Figure",
    "about_answers",
    "answers_table",
    "figures",
    "issues_told",
    "overview_answer",
    "services_table",
    "trend_told",
]

ANSWER_SCALE = (1, 5)
"""Ends of the scale of satisfaction and effort (ease)."""

SCALES = {"satisfaction": "Satisfaction", "effort": "Ease"}

EASE_EXPLAINED = (
    "Ease is the answer to how easy the service was to use, from 1 (very difficult) to 5 (very "
    "easy). Satisfaction is from 1 (very dissatisfied) to 5 (very satisfied). Completed is the "
    "share of those asked who say that they did what they came to do."
)

SERVICES_WIDTHS = {
    "Service": 190,
    "Signals": 110,
    "Open issues": 96,
    "7 days": 72,
    "7 before": 80,
    "Most frequent themes": 370,
    "Last comment": 150,
}
"""Columns of the table of services with their widths in pixels: all fit a laptop's screen."""

ANSWERS_WIDTHS = {
    "Service": 170,
    "Responses": 92,
    "Satisfaction": 116,
    "Change of satisfaction": 164,
    "Ease": 116,
    "Change of ease": 164,
    "Completed": 124,
    "Change of completed": 164,
}


@dataclass(frozen=True)
class Figure:
    """One figure of a place: its name, value, interval with base, and how it changed.

    ``is_better_high`` says that more is better, so that a change is good or bad news.
    """

    name: str
    value: str
    base: str
    change: Change | None = None
    is_better_high: bool = True


def overview_answer(found: Overview) -> str:
    """Return the answer of the overview in one or two sentences."""
    before, week = (found.counted.n("comments", span) for span in found.weeks)
    n_alerts, n_watches = (int(found.services[name].sum()) for name in ("n_alerts", "n_watches"))
    said = f"{counted(week, 'comment')} in the last 7 days, {change_of_week(week, before)}."
    if n_alerts:
        return f"{counted(n_alerts, 'alert')} to look at. {said}"
    if n_watches:
        return f"No alert; {counted(n_watches, 'weaker signal')} to watch. {said}"
    return f"Nothing stands out. {said}"


def trend_told(found: Overview) -> str:
    """Return what the changes compare."""
    if found.trend is None:
        return "One day alone has nothing to compare with."
    before, now = found.trend
    return f"Changes: {now.told()} against {before.told()}."


def figures(found: Overview) -> list[Figure]:
    """Return the figures of the filters' place as a whole."""
    period, all_counted = found.period, found.counted
    told = [
        Figure(
            "Responses",
            f"{all_counted.n('responses', period):,}",
            f"in {counted(period.n_days, 'day')}",
            _rate_change(found),
            is_better_high=False,
        )
    ]
    for name, label in SCALES.items():
        answers = all_counted.answers(name, period)
        _, low, high = _mean_of(answers)
        is_known = answers.n >= MIN_RESPONSES
        told.append(
            Figure(
                label,
                f"{answers.mean:.1f} of 5" if is_known else TOO_FEW,
                f"{low:.1f} to {high:.1f}, {counted(answers.n, 'answer')}"
                if is_known
                else counted(answers.n, "answer"),
                _answers_change(found, name, None),
            )
        )
    hits, base = all_counted.completing(period)
    value, _, interval = share_range(hits, base).partition(" (")
    told.append(
        Figure(
            "Completed",
            value,
            f"{interval.rstrip(')')}, {counted(base, 'answer')}"
            if interval
            else counted(base, "answer"),
            _completing_change(found, None),
        )
    )
    n_open = int(found.open_issues["n"].sum())
    told.append(Figure("Open issues", f"{n_open:,}", issues_told(found)))
    return told


def issues_told(found: Overview) -> str:
    """Return how many open issues stand where, in the order of a team's work."""
    by_status = found.open_issues.groupby("status")["n"].sum()
    told = [
        f"{int(by_status[status]):,} {label.lower()}"
        for status, label in STATUSES.items()
        if status in by_status.index
    ]
    return ", ".join(told) or "none"


def _rate_change(found: Overview) -> Change:
    if found.trend is None:
        return UNKNOWN
    before, now = (_a_day(found, span) for span in found.trend)
    return change_of_rates(before, now)


def _a_day(found: Overview, span: Span) -> list[int]:
    days = pd.date_range(span.first_day, span.last_day)
    return list(found.counted.responses.groupby("day")["n"].sum().reindex(days, fill_value=0))


def _answers_change(found: Overview, name: str, service: str | None) -> Change:
    if found.trend is None:
        return UNKNOWN
    return change_of_means(*(found.counted.answers(name, span, service) for span in found.trend))


def _completing_change(found: Overview, service: str | None) -> Change:
    if found.trend is None:
        return UNKNOWN
    return change_of_shares(*(found.counted.completing(span, service) for span in found.trend))


def _mean_of(answers: Answers) -> tuple[float, float, float]:
    low, high = ANSWER_SCALE
    return mean_interval(answers.n, answers.total, answers.squares, low=low, high=high)


def services_table(found: Overview) -> pd.DataFrame:
    """Return what happens at each service, those with alerts first."""
    n_open = found.open_issues.groupby("service")["n"].sum()
    before, week = found.weeks
    lines = [
        {
            "Service": service_name(row.service),
            "Signals": _signals_told(row),
            "Open issues": int(n_open.get(row.service, 0)),
            "7 days": found.counted.n("comments", week, row.service),
            "7 before": found.counted.n("comments", before, row.service),
            "Most frequent themes": _top_themes(found, row.service),
            "Last comment": "–" if pd.isna(row.last_at) else moment(row.last_at),
        }
        for row in _in_order(found).itertuples()
    ]
    return pd.DataFrame(lines, columns=list(SERVICES_WIDTHS))


def answers_table(found: Overview) -> pd.DataFrame:
    """Return what people answered at each service, with intervals and changes."""
    period = found.period
    lines = []
    for row in _in_order(found).itertuples():
        line: dict[str, Any] = {
            "Service": service_name(row.service),
            "Responses": found.counted.n("responses", period, row.service),
        }
        for name, label in SCALES.items():
            answers = found.counted.answers(name, period, row.service)
            line[label] = value_range(*_mean_of(answers), answers.n)
            change = _answers_change(found, name, row.service)
            line[f"Change of {label.lower()}"] = change.told()
        line["Completed"] = share_range(*found.counted.completing(period, row.service))
        line["Change of completed"] = _completing_change(found, row.service).told()
        lines.append(line)
    return pd.DataFrame(lines, columns=list(ANSWERS_WIDTHS))


def _in_order(found: Overview) -> pd.DataFrame:
    named = found.services.assign(name=found.services["service"].map(service_name))
    return named.sort_values(["n_alerts", "n_watches", "name"], ascending=[False, False, True])


def _signals_told(row: Any) -> str:
    told = [counted(int(row.n_alerts), "alert")] if row.n_alerts else []
    if row.n_watches:
        told.append(f"{int(row.n_watches)} to watch")
    return ", ".join(told) or "none"


def _top_themes(found: Overview, service: str, n_themes: int = 3) -> str:
    top = found.themes[found.themes["service"] == service].head(n_themes)
    return "; ".join(f"{code_label(row.code)} {row.n:,}" for row in top.itertuples()) or "–"


def about_answers(found: Overview, name: str) -> tuple[pd.DataFrame, Telling] | None:
    """Return the mean answer by service, lowest first, and what to say; None for too few."""
    by_service = {
        service: found.counted.answers(name, found.period, service)
        for service in found.services["service"]
    }
    rows = [
        (service_name(service), *_mean_of(answers), answers.n)
        for service, answers in by_service.items()
        if answers.n >= MIN_RESPONSES
    ]
    if not rows:
        return None
    frame = pd.DataFrame(rows, columns=["label", "mean", "low", "high", "n"])
    frame = frame.sort_values(["mean", "label"], ignore_index=True)
    first, unit = frame.iloc[0], SCALES[name]
    told = f"{first['mean']:.1f} of 5"
    headline = (
        f"{unit} is {told}" if len(frame) == 1 else f"{unit} is lowest for {first['label']}: {told}"
    )
    telling = Telling(
        headline=headline,
        subtitle=(
            f"Mean answer from 1 (low) to 5 (high) with 95% interval, "
            f"{counted(int(frame['n'].sum()), 'answer')}, {found.period.told()}"
        ),
        alt=(
            f"Chart of mean {unit.lower()} with its interval for {counted(len(frame), 'service')}: "
            f"from {first['mean']:.1f} to {frame['mean'].iloc[-1]:.1f}."
        ),
    )
    return frame, telling
