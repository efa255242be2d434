"""Sources that are asked, in words: for the command line and for the page Sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pandas as pd

from app.names import service_name
from app.wording import counted, moment
from feedback.pull_locations import shown_database
from feedback.pull_sources import PullState
from feedback.schema import PullKind
from feedback.source_statements import FIELDS

if TYPE_CHECKING:
    from feedback.pull_sources import PullSource
    from feedback.source_statements import Statement

__all__ = [
    "every",
    "headings_left",
    "place",
    "plain_source",
    "pulled_answer",
    "pulled_table",
    "source_text",
    "sources_text",
    "state_told",
]

KINDS = {
    PullKind.FOLDER: "watched folder",
    PullKind.FILES: "files",
    PullKind.QUERY: "query",
}
STATES = {
    PullState.PAUSED: "Paused",
    PullState.RUNNING: "Being asked now",
    PullState.NEVER: "Not asked yet",
    PullState.DONE: "Went well",
    PullState.PARTLY: "Went partly",
    PullState.FAILED: "Failed",
    PullState.BROKEN_OFF: "Broken off; the next turn goes on",
}
HOUR, DAY = 60, 24 * 60


def every(minutes: int) -> str:
    """Return how often a source is asked.

    >>> every(1), every(15), every(60), every(1440)
    ('every minute', 'every 15 minutes', 'every hour', 'every day')
    """
    for length, unit in ((DAY, "day"), (HOUR, "hour"), (1, "minute")):
        if minutes % length == 0:
            n = minutes // length
            return f"every {unit}" if n == 1 else f"every {n:,} {unit}s"
    raise AssertionError("unreachable: every whole number is a multiple of one")


def place(source: PullSource) -> str:
    """Return where a source is, without user names and parameters."""
    if source.kind is PullKind.QUERY:
        return shown_database(source.location)
    return source.location.partition("?")[0] if "://" in source.location else source.location


def state_told(source: PullSource, now: datetime) -> str:
    """Return how a source stands."""
    told = STATES[source.state(now)]
    return f"{told}. Overdue: nobody asks it" if source.is_overdue(now) else told


def next_told(source: PullSource, now: datetime) -> str:
    """Return when a source is due."""
    due = source.next_due(now)
    if due is None:
        return "when it is resumed"
    return moment(due) if due > now else "now"


def headings_left(statement: Statement) -> tuple[str, ...]:
    """Return the headings of a statement that nobody has filled."""
    return tuple(one.label for one in FIELDS if not statement.told.get(one.name))


def _at(value: datetime | None) -> str:
    return moment(value) if value is not None else "–"


# The command line


def plain_source(source: PullSource, now: datetime) -> dict[str, Any]:
    """Return what is known of a source as plain values for JSON."""
    due = source.next_due(now)
    times = {
        name: getattr(source, name).isoformat() if getattr(source, name) else None
        for name in ("made_at", "started_at", "finished_at")
    }
    return {
        "name": source.name,
        "kind": source.kind.value,
        "location": place(source),
        "service": source.service,
        "source": source.source,
        "every_minutes": source.every_minutes,
        "state": source.state(now).value,
        "is_on": source.is_on,
        "is_overdue": source.is_overdue(now),
        "next_due": due.isoformat() if due else None,
        "outcome": source.outcome.value if source.outcome else None,
        "problem": source.problem,
        "n_comments": source.n_comments,
        "high_water": dict(source.high_water) if source.high_water else None,
        "made_by": source.made_by,
        **times,
    }


def sources_text(sources: Sequence[PullSource], now: datetime) -> str:
    """Return all sources as lines."""
    if not sources:
        return "No source is asked. Add one with: feedback sources add folder NAME FOLDER"
    return "\n".join(_line(one, now) for one in sources)


def _line(one: PullSource, now: datetime) -> str:
    problem = f" {one.problem}" if one.problem else ""
    return (
        f"{one.name}  {KINDS[one.kind]} {place(one)}, {every(one.every_minutes)}; "
        f"{counted(one.n_comments, 'comment')}; {state_told(one, now)}.{problem}"
    )


def source_text(one: PullSource, statement: Statement, files: pd.DataFrame, now: datetime) -> str:
    """Return all that is known of a source, for a person."""
    lines = [f"{name}: {value}" for name, value in source_facts(one, now)]
    left = headings_left(statement)
    told = len(FIELDS) - len(left)
    lines.append(f"Statement '{one.source}': {told} of {len(FIELDS)} headings told.")
    if left:
        lines.append(f"  Still empty: {', '.join(left)}.")
        lines.append("  Tell what you know on the page Sources of the dashboard.")
    if len(files):
        lines.append("Latest files:")
        for row in files.to_dict("records"):
            lines.append(f"  {moment(row['at'].to_pydatetime())}  {row['name']}: {_file_told(row)}")
    return "\n".join(lines)


def source_facts(one: PullSource, now: datetime) -> list[tuple[str, str]]:
    """Return what is known of a source, each fact with its name."""
    facts = [
        ("Name", one.name),
        ("Kind", KINDS[one.kind]),
        ("Place", place(one)),
        ("Service", service_name(one.service) if one.service else "as the rows say"),
        ("Asked", every(one.every_minutes)),
        ("State", state_told(one, now)),
        ("Last started", _at(one.started_at)),
        ("Last finished", _at(one.finished_at)),
        ("Next due", next_told(one, now)),
        ("Comments so far", f"{one.n_comments:,}"),
    ]
    if one.problem:
        facts.append(("Problem", one.problem))
    if one.kind is PullKind.QUERY:
        facts.append(("Read up to", one.high_water["value"] if one.high_water else "nothing yet"))
    return facts


def _file_told(row: Mapping[str, Any]) -> str:
    if isinstance(row["problem"], str):
        return f"not taken. {row['problem']}"
    return f"{counted(int(row['n_comments']), 'new comment')}"


# The page Sources


def pulled_answer(sources: Sequence[PullSource], now: datetime) -> str:
    """Return how many sources are asked, and how many of them need somebody."""
    trouble = (PullState.FAILED, PullState.PARTLY)
    n_trouble = sum(one.state(now) in trouble or one.is_overdue(now) for one in sources)
    told = f"{counted(len(sources), 'source is', 'sources are')} asked for feedback"
    if not n_trouble:
        return f"{told}; none needs attention"
    return f"{told}; {counted(n_trouble, 'needs', 'need')} attention"


def pulled_table(sources: Sequence[PullSource], now: datetime, *, with_place: bool) -> pd.DataFrame:
    """Return a row for each source; where it is, for those who run the toolkit."""
    columns = {
        "Asked": [one.name for one in sources],
        "Kind": [KINDS[one.kind] for one in sources],
        "Place": [place(one) for one in sources],
        "Statement": [one.source for one in sources],
        "How often": [every(one.every_minutes) for one in sources],
        "State": [state_told(one, now) for one in sources],
        "Problem": [one.problem or "–" for one in sources],
        "Last finished": [_at(one.finished_at) for one in sources],
        "Next due": [next_told(one, now) for one in sources],
        "Comments so far": [one.n_comments for one in sources],
    }
    if not with_place:
        del columns["Place"]
    return pd.DataFrame(columns)
