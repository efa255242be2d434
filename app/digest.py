"""A digest: what a day or a week brought on a service, in sentences made of figures alone.

Every sentence is written here, from counts, dates, codes and places. None quotes a comment, and
none repeats a title or a name that was made of comments' words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pandas as pd

from app.names import place_name, service_name
from app.queries_digest import digest_facts
from app.wording import LONDON, code_label, counted, day, moment, number, share_range, value_range
from feedback.intervals import mean_interval
from feedback.schema import ALL_REPORTS, CLUSTER_PREFIX, TEXT_PREFIX, Frequency, SignalKind
from topics.sentences import theme_phrase

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from app.queries_digest import DigestFacts
    from feedback.store import Store
    from feedback.subscriptions import Period

__all__ = ["Digest", "Line", "Section", "compose"]

SCALE = (1, 5)
"""Ends of the scales of satisfaction and ease."""

MAX_SERVICES = 30
THEMES_TOLD = 3
HOURS_OF_A_MOMENT = 48
"""A window shorter than this is told with the time of the day it began."""

MAX_TOLD_RATIO = 100.0
"""Above this a ratio to next to nothing says no more than that it is large; as on the pages."""

SIGNALS = "Look at signals and issues"
_LEVELS = {"alert": "Alert", "watch": "To watch"}


@dataclass(frozen=True)
class Line:
    """A sentence; where within the dashboard it is told in full, and what that link is called."""

    text: str
    path: str = ""
    link: str = ""


@dataclass(frozen=True)
class Section:
    """A heading and its sentences."""

    heading: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Digest:
    """What is sent. ``figures`` has a row a service, in words; its first column is the service."""

    service: str | None
    frequency: Frequency
    period: Period
    made_at: datetime
    subject: str
    answer: str
    figures: pd.DataFrame
    sections: tuple[Section, ...]


def compose(
    store: Store, *, service: str | None, frequency: Frequency, period: Period, now: datetime
) -> Digest:
    """Return the digest of a period; ``service`` None: of all services."""
    found = digest_facts(store, period, service, now.astimezone(LONDON).date())
    place = "all services" if service is None else service_name(service)
    n_alerts = int((found.signals["level"] == "alert").sum())
    parts = [f"{counted(n_alerts, 'new alert')}"] if n_alerts else []
    parts.append(f"{counted(_sum(found.services, 'n'), 'comment')}")
    return Digest(
        service=service,
        frequency=frequency,
        period=period,
        made_at=now,
        subject=f"Feedback on {place}, {_days(period)}: {', '.join(parts)}",
        answer=_answer(found, frequency),
        figures=_figures(found, frequency),
        sections=tuple(_sections(found, period, service, frequency, now)),
    )


def _sum(frame: pd.DataFrame, name: str) -> int:
    return int(frame[name].sum()) if name in frame else 0


def _days(period: Period) -> str:
    if period.first_day == period.last_day:
        return day(period.first_day)
    return f"{day(period.first_day)} to {day(period.last_day)}"


def _answer(found: DigestFacts, frequency: Frequency) -> str:
    n, before = _sum(found.services, "n"), _sum(found.services, "n_before")
    earlier = f"the {frequency.value} before"
    change = f"as many as {earlier}"
    if n != before:
        change = f"{abs(n - before):,} {'more' if n > before else 'fewer'} than {earlier}"
    news = [
        counted(_n_all(frame), noun)
        for frame, noun in (
            (found.signals, "new signal"),
            (found.new_issues, "new issue"),
            (found.reopened, "reopened issue"),
        )
        if len(frame)
    ]
    lead = f"{', '.join(news)}." if news else "Nothing new stands out."
    return f"{lead} {counted(n, 'comment')}, {change}."


def _n_all(frame: pd.DataFrame) -> int:
    return int(frame["n_all"].iloc[0]) if len(frame) else 0


def _figures(found: DigestFacts, frequency: Frequency) -> pd.DataFrame:
    before = f"The {frequency.value} before"
    names = ("Service", "Comments", before, "Satisfaction", "Ease", "Completed", "Last comment")
    busiest = found.services.sort_values(["n", "service"], ascending=[False, True])
    rows = [_figures_of(row) for row in busiest.head(MAX_SERVICES).to_dict("records")]
    return pd.DataFrame(rows, columns=list(names))


def _figures_of(row: dict[str, Any]) -> tuple[Any, ...]:
    last = row["last_day"]
    return (
        service_name(row["service"]),
        f"{row['n']:,}",
        f"{row['n_before']:,}",
        _mean(row, "satisfaction"),
        _mean(row, "effort"),
        share_range(row["n_completed"], row["n_asked"]),
        "none in a year" if not isinstance(last, str) else day(pd.Timestamp(last).date()),
    )


def _mean(row: dict[str, Any], name: str) -> str:
    n, total, squares = (row[f"{part}_{name}"] for part in ("n", "sum", "squares"))
    low, high = SCALE
    return value_range(*mean_interval(n, float(total), float(squares), low=low, high=high), n)


def _sections(
    found: DigestFacts,
    period: Period,
    service: str | None,
    frequency: Frequency,
    now: datetime,
) -> Sequence[Section]:
    where = {"service": service} if service is not None else {}
    told = [
        Section("New signals", _signal_lines(found, period)),
        Section("New issues", _issue_lines(found.new_issues, where)),
        Section("Reopened issues", _issue_lines(found.reopened, where)),
        Section("Fixed issues", _fixed_lines(found.fixed, where)),
        Section("Most frequent themes", _theme_lines(found.themes, where, period, frequency)),
        Section("How fresh this is", _fresh_lines(found, now)),
    ]
    return [section for section in told if section.lines]


def _signal_lines(found: DigestFacts, period: Period) -> tuple[Line, ...]:
    if found.as_of is None or found.as_of < period.start:
        last = "Nobody has looked" if found.as_of is None else f"Last looked {moment(found.as_of)}"
        return (
            Line(f"{last}; feedback run looks whenever new comments are in.", "emerging", SIGNALS),
        )
    lines = [
        Line(
            f"{_LEVELS.get(row['level'], row['level'])}: {signal_sentence(row)}",
            _path("emerging", service=row["service"], page=row["page"]),
            "Look at the signal",
        )
        for row in found.signals.to_dict("records")
    ]
    return (*lines, *_more(found.signals, "signal", "emerging"))


def signal_sentence(row: dict[str, Any]) -> str:
    """Return what a signal's figures say; nothing that was made of words of comments.

    Parameters
    ----------
    row
        Of the table ``signals``; its sentence is not read.
    """
    place, kind = place_name(row["service"], row["page"]), SignalKind(row["kind"])
    since = _since(row["window_start"], row["window_end"])
    usual = f"usually {number(row['expected'])} in that time"
    if kind is SignalKind.QUIET:
        return f"No reports on {place} since {since}; {usual}."
    reports = f"{_reports(int(row['n']), row['theme'])} on {place}"
    if row["theme"].startswith(TEXT_PREFIX):
        return f"{reports} since {since}, and unlike what was said there before."
    if kind is SignalKind.DRIFT:
        growth = _times(row, "every four weeks")
        return f"{reports} in the last four weeks, growing{growth and f' {growth}'}."
    times = _times(row, "the usual")
    return f"{reports} since {since}; {usual}{times and f': {times}'}."


def _times(row: dict[str, Any], what: str) -> str:
    """Return how many times something is what it was; nothing where nobody could say."""
    ratio, low, high = (float(row[name]) for name in ("rate_ratio", "low", "high"))
    if not low > 0:
        return ""
    if ratio > MAX_TOLD_RATIO:
        return f"over 100 times {what} (at least {number(min(low, MAX_TOLD_RATIO))})"
    upper = number(high) if high <= MAX_TOLD_RATIO else "over 100"
    return f"{number(ratio)} times {what} ({number(low)} to {upper})"


def _reports(n: int, theme: str) -> str:
    if theme == ALL_REPORTS:
        return counted(n, "report")
    if theme.startswith((CLUSTER_PREFIX, TEXT_PREFIX)):
        return f"{counted(n, 'report')} that {'says' if n == 1 else 'say'} much the same"
    return f"{counted(n, 'report')} of {theme_phrase(theme)}"


def _since(start: pd.Timestamp, end: pd.Timestamp) -> str:
    is_short = (end - start).total_seconds() < HOURS_OF_A_MOMENT * 3_600
    return moment(start) if is_short else day(start)


def _issue_lines(rows: pd.DataFrame, where: dict[str, str]) -> tuple[Line, ...]:
    lines = [
        Line(
            f"{_about(row)}, {counted(int(row['n']), 'comment')} since {day(row['first_seen'])}.",
            _path("issue", issue=row["cluster_id"]),
            "Open the issue",
        )
        for row in rows.to_dict("records")
    ]
    return (*lines, *_more(rows, "issue", _path("emerging", **where)))


def _about(row: dict[str, Any]) -> str:
    theme = code_label(row["theme"]) if row["theme"] else "Similar comments"
    return f"{theme} on {place_name(row['service'], row['page'])}"


def _fixed_lines(rows: pd.DataFrame, where: dict[str, str]) -> tuple[Line, ...]:
    from topics.issue_sentences import fix_sentence

    lines = []
    for row in rows.to_dict("records"):
        fix = row["facts"].get("fix") if isinstance(row["facts"], dict) else None
        told = fix_sentence(fix) if fix else f"Marked fixed on {day(row['fixed_at'])}."
        path = _path("issue", issue=row["cluster_id"])
        lines.append(Line(f"{_about(row)}. {told}", path, "Open the issue"))
    return (*lines, *_more(rows, "issue", _path("emerging", **where)))


def _more(rows: pd.DataFrame, noun: str, path: str) -> tuple[Line, ...]:
    n_more = _n_all(rows) - len(rows)
    return (Line(f"And {counted(n_more, f'more {noun}')}.", path, SIGNALS),) if n_more > 0 else ()


def _theme_lines(
    themes: pd.DataFrame, where: dict[str, str], period: Period, frequency: Frequency
) -> tuple[Line, ...]:
    days = {"from": period.first_day.isoformat(), "to": period.last_day.isoformat()}
    return tuple(
        Line(
            f"{code_label(row['value'])}: {counted(int(row['n']), 'comment')}, "
            f"{int(row['n_before']):,} the {frequency.value} before.",
            _path("comments", **where, code=row["value"], **days),
            "Read the comments",
        )
        for row in themes.head(THEMES_TOLD).to_dict("records")
        if row["n"]
    )


def _fresh_lines(found: DigestFacts, now: datetime) -> tuple[Line, ...]:
    days = [one for one in found.services["last_day"] if isinstance(one, str)]
    last = f"Last comment on {day(pd.Timestamp(max(days)).date())}." if days else "No comment yet."
    waiting = ""
    if found.n_waiting:
        waiting = (
            f" {counted(found.n_waiting, 'comment')} not coded yet, and in no figure of codes."
        )
    return (Line(f"Made {moment(now.astimezone(LONDON))}. {last}{waiting}"),)


def _path(page: str, /, **parameters: str | None) -> str:
    """Return the address of a page within the dashboard, narrowed to what is given."""
    given = {name: value for name, value in parameters.items() if value}
    return f"{page}?{urlencode(given)}" if given else page
