"""Sentences and tables of the page Sources."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from app.names import language_name, service_name
from app.wording import counted, day, moment, percent
from feedback.intervals import share_interval
from feedback.source_statements import FIELDS

if TYPE_CHECKING:
    from app.queries_sources import SourceFacts
    from feedback.source_statements import Statement

__all__ = [
    "NOT_TOLD",
    "STORE",
    "answer",
    "completeness",
    "sample_note",
    "source_answer",
    "sources_table",
    "store_facts_told",
]

NOT_TOLD = "Not told yet."
STORE = "What the store knows"
MAX_GAPS = 6
MAX_REASONS = 4

SHARES = {
    "redacted": "Comments with personal data taken out",
    "duplicate": "Duplicates of an earlier comment",
    "empty": "Empty answers, such as n/a",
    "no_page": "Comments without a page",
    "no_question": "Comments without a question",
    "no_satisfaction": "Comments whose response has no satisfaction",
    "no_effort": "Comments whose response has no ease",
    "no_completed": "Comments whose response does not say whether they finished",
    "no_help_needed": "Comments whose response does not say whether they needed help",
    "no_region": "Comments whose response has no region",
    "no_device": "Comments whose response has no device",
}


def answer(table: pd.DataFrame) -> str:
    """Return how many sources there are, and how much of their statements is told."""
    told, all_of_it = int(table["n_told"].sum()), len(FIELDS) * len(table)
    if not told:
        return f"{counted(len(table), 'source')}, and nobody has told about any of them yet"
    whole = int((table["n_told"] == len(FIELDS)).sum())
    return (
        f"{counted(len(table), 'source')}: {told} of {all_of_it} things told, "
        f"{counted(whole, 'statement')} complete"
    )


def sources_table(table: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each source."""
    return pd.DataFrame(
        {
            "Source": table["source"],
            "Comments": table["n_comments"],
            "First": [_day_of(value) for value in table["first_day"]],
            "Last": [_day_of(value) for value in table["last_day"]],
            "Told": [f"{n} of {len(FIELDS)}" for n in table["n_told"]],
            "Told last": [
                moment(at.to_pydatetime()) if n and not pd.isna(at) else "–"
                for n, at in zip(table["n_told"], table["at"], strict=True)
            ],
        }
    )


def _day_of(value: object) -> str:
    return day(date.fromisoformat(value)) if isinstance(value, str) and value else "–"


def source_answer(facts: SourceFacts) -> str:
    """Return a source's size and period."""
    if facts.first_day is None or facts.last_day is None:
        return f"{facts.source}: no comment"
    return (
        f"{facts.source}: {counted(facts.n_comments, 'comment')}, {day(facts.first_day)} to "
        f"{day(facts.last_day)}"
    )


def completeness(statement: Statement) -> str:
    """Return how much people told, and who did last."""
    told = f"{statement.n_told} of {len(FIELDS)} things told by people"
    if statement.at is None or not statement.n_told:
        return f"{told}."
    return f"{told}, last by {statement.who} on {moment(statement.at)}."


def sample_note(facts: SourceFacts) -> str:
    """Return what the shares stand on."""
    if facts.is_sample:
        return (
            f"Counts are exact. Shares and the number of responses are estimated from "
            f"{counted(facts.n_sampled, 'comment')} taken at random, with 95% intervals."
        )
    return "From all comments of this source in the store, of the services you see."


def store_facts_told(facts: SourceFacts) -> list[tuple[str, str]]:
    """Return what the store knows of a source, each fact with its name."""
    if facts.first_day is None or facts.last_day is None:
        return [("Comments", "0"), *_rejected_told(facts)]
    about = "about " if facts.is_sample else ""
    languages = ", ".join(
        f"{language_name(code)} {share_told((n, facts.n_sampled), is_sample=facts.is_sample)}"
        for code, n in facts.languages
    )
    return [
        ("First and last comment", f"{day(facts.first_day)} and {day(facts.last_day)}"),
        ("Comments", f"{facts.n_comments:,}"),
        ("Responses with a comment", f"{about}{facts.n_responses:,.0f}"),
        (
            "Services",
            "; ".join(f"{service_name(name)} {n:,}" for name, n in facts.services),
        ),
        ("Weeks without a comment", _gaps_told(facts)),
        ("Languages", languages),
        *(
            (label, share_told(facts.shares[name], is_sample=facts.is_sample))
            for name, label in SHARES.items()
            if name in facts.shares
        ),
        *_rejected_told(facts),
    ]


def share_told(share: tuple[int, int], *, is_sample: bool) -> str:
    """Return a share: with its count where all were counted, with an interval where a sample was.

    >>> share_told((640, 2928), is_sample=False), share_told((640, 2928), is_sample=True)
    ('22% (640 of 2,928)', '22% (20% to 23%)')
    """
    hits, n = share
    value, low, high = share_interval(hits, n)
    told = "less than 1%" if 0 < value < 0.005 else percent(value)
    if is_sample:
        return f"{told} ({percent(low)} to {percent(high)})"
    return f"{told} ({hits:,} of {n:,})"


def _gaps_told(facts: SourceFacts) -> str:
    if not facts.gaps:
        return f"none of {facts.n_weeks:,}"
    begins = ", ".join(day(monday) for monday in facts.gaps[:MAX_GAPS])
    more = f" and {len(facts.gaps) - MAX_GAPS:,} more" if len(facts.gaps) > MAX_GAPS else ""
    return f"{len(facts.gaps):,} of {facts.n_weeks:,}: weeks from {begins}{more}"


def _rejected_told(facts: SourceFacts) -> list[tuple[str, str]]:
    if not facts.n_rows:
        return [("Rejected rows", "not recorded: no run names this source")]
    reasons = "; ".join(f"{reason} {n:,}" for reason, n in facts.rejected[:MAX_REASONS])
    told = f"{facts.n_rejected:,} of {facts.n_rows:,} rows read"
    return [("Rejected rows", f"{told}: {reasons}" if reasons else told)]
