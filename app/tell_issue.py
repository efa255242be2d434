"""One issue as its page tells it: how sure the machine is, timeline, facets, ticket. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from app.charts import Telling
from app.names import page_name, place_name
from app.tell_history import STATUSES
from app.tell_triage import COUNTED, reports
from app.wording import LONDON, code_label, counted, day, moment, share_range
from classifiers.ticket import ranked_facets, ticket_text
from topics.likely_merges import MERGE_LIKENESS
from topics.skew import browser_family

if TYPE_CHECKING:
    from app.queries_issue_page import IssueDetail

__all__ = ["about_timeline", "facet_table", "how_sure", "neighbour_told", "ticket_of_issue"]

MAX_DAILY = 92
"""Days drawn one by one; longer times are drawn by week."""
SHOWN_VALUES = 8
MAX_NAME = 60


def how_sure(detail: IssueDetail) -> list[str]:
    """Return how the machine came to say so, and how far to believe it."""
    told = [
        f"A machine grouped {counted(detail.n_comments, 'comment')} because their words mean much "
        "the same."
    ]
    if detail.likeness is not None:
        mean, least = detail.likeness
        told.append(
            f"Likeness of a comment to the middle of the group: {mean:.2f} on average, "
            f"{least:.2f} at least (1 is the same)."
        )
    if detail.row["status"] == "provisional":
        told.append("It is provisional: with so few comments it may be chance.")
    if detail.signals.empty:
        told.append("No signal stands for it now: its reports are within what is usual.")
    for signal in detail.signals.itertuples():
        level = "Alert" if signal.level == "alert" else "To watch"
        q = "less than 0.001" if signal.q_value < 0.001 else f"{signal.q_value:.3f}"
        told.append(f"{level}: {signal.sentence} Share of such signals that are false: {q}.")
    return told


def about_timeline(detail: IssueDetail) -> tuple[pd.DataFrame, pd.DataFrame, Telling, str]:
    """Return bars, marks, words and the unit of the timeline."""
    days = detail.days
    is_weekly = len(days) > MAX_DAILY
    first = days["day"].iloc[0]
    marks = _marks(detail)
    if is_weekly:
        weeks_on = (days["day"] - first).dt.days // 7
        week = first + pd.to_timedelta(7 * weeks_on, unit="D")
        days = days.assign(day=week).groupby("day", as_index=False)["n"].sum()
        marks["bar"] = first + pd.to_timedelta(7 * ((marks["bar"] - first).dt.days // 7), unit="D")
    marks = marks[marks["day"].between(first, detail.days["day"].iloc[-1])].reset_index(drop=True)
    unit = "Week beginning" if is_weekly else "Day"
    length = "week" if is_weekly else "day"
    most = days.loc[days["n"].idxmax()]
    on = f"in the week from {day(most['day'].date())}" if is_weekly else day(most["day"].date())
    happened = "; ".join(
        f"{row.number}: {row.told}, {day(row.day.date())}" for row in marks.itertuples()
    )
    marked = counted(len(marks), "release or fix", "releases and fixes")
    telling = Telling(
        headline=f"At most {counted(int(most['n']), 'comment')} a {length}, {on}",
        subtitle=f"Comments of this issue a {length}, {day(first.date())} to "
        f"{day(detail.days['day'].iloc[-1].date())}" + (f". {happened}" if happened else ""),
        alt=(
            f"Bar chart of comments of this issue a {length}: up to {int(most['n']):,}"
            + (f", with {marked} marked." if len(marks) else ".")
        ),
    )
    return days, marks, telling, unit


def _marks(detail: IssueDetail) -> pd.DataFrame:
    """Return releases, fix and reopening, numbered in the order of time."""
    told: list[tuple[Any, str]] = [
        (row.at, f"release {row.name[:MAX_NAME]}") for row in detail.releases.itertuples()
    ]
    for name, words in (("fixed_at", "fixed"), ("reopened_at", "reopened")):
        if not pd.isna(detail.row[name]):
            told.append((detail.row[name], words))
    told.sort(key=lambda pair: pair[0])
    local = [at.tz_convert(LONDON).tz_localize(None).normalize() for at, _ in told]
    frame = pd.DataFrame({"day": pd.to_datetime(pd.Series(local, dtype="datetime64[ns]"))})
    return frame.assign(
        bar=frame["day"],
        number=[str(number) for number in range(1, len(told) + 1)],
        told=[words for _, words in told],
    )


def facet_table(found: pd.DataFrame) -> pd.DataFrame:
    """Return what the comments name, and what their responses were sent with, most frequent first.

    Shares are of the comments that can be shown, with 95% intervals.
    """
    n = len(found)
    counts = [
        (name, value, count)
        for name, facet in COUNTED.items()
        for value, count in ranked_facets(reports(found), facet)[:SHOWN_VALUES]
    ]
    sent = {
        "Sent from page": found["page"].dropna().map(page_name),
        "Sent with browser": found["browser"].dropna().map(browser_family),
        "Sent with device": found["device"].dropna().map(str.strip),
    }
    for name, values in sent.items():
        often = values.value_counts().head(SHOWN_VALUES)
        counts += [(name, str(value), int(count)) for value, count in often.items()]
    return pd.DataFrame(
        [(name, value, count, share_range(count, n)) for name, value, count in counts],
        columns=["What", "Value", "Comments", "Share (95% interval)"],
    )


def neighbour_told(other: Any, *, is_here: bool) -> str:
    """Return what is known of another issue in one line."""
    status = STATUSES.get(other.status, other.status)
    told = f"{counted(int(other.n), 'comment')}, {status.lower()}"
    if not is_here:
        return f"{told}, {page_name(other.page) if other.page else 'the service as a whole'}"
    is_one = other.likeness >= MERGE_LIKENESS
    alike = "as alike as halves of one issue" if is_one else "likeness"
    return f"{told}, {alike} ({other.likeness:.2f} of 1)"


def ticket_of_issue(row: dict[str, Any], found: pd.DataFrame) -> str:
    """Return the text of a ticket; neither a comment nor the title, which has words of theirs."""
    problem = code_label(row["theme"]) if row["theme"] else "Issue"
    where = place_name(row["service"], row["page"])
    told = ticket_text(reports(found), problem=problem, where=where)
    lines = [
        f"- **Issue**: {row['cluster_id']}, {STATUSES.get(row['status'], row['status'])}.",
        f"- **First seen**: {moment(row['first_seen'])}, last {moment(row['last_seen'])}.",
    ]
    title, rest = told.split("\n", 1)
    return "\n".join([title, "", *lines, rest.lstrip("\n")])
