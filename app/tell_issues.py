"""Issues as the command line and the pages tell them; pure, as `app.tell` is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from app.names import place_name, service_name
from app.tell_history import ID_CHARACTERS, STATUSES, history_told
from app.wording import code_label, counted, day, moment, number, percent
from topics.issue_sentences import fix_sentence, issue_sentence
from topics.sentences import signed

__all__ = [
    "STATUSES",
    "fix_told",
    "issue_figures",
    "issue_record",
    "issue_text",
    "issues_text",
    "summary",
]


_FACETS = {
    "status_code": "Status code",
    "action": "Action",
    "browser": "Browser named",
    "browser_working": "Browser that worked",
    "operating_system": "Operating system",
    "device": "Device named",
    "assistive_technology": "Assistive technology",
    "file_type": "File type",
    "connection": "Connection",
    "impact": "Outcome",
}


def summary(row: Mapping[str, Any]) -> str:
    """Return an issue's facts as a sentence; without facts, what its row tells."""
    if isinstance(row["facts"], dict):
        return issue_sentence(row["facts"], row["page"], service_name(row["service"]))
    return (
        f"{counted(int(row['n']), 'comment')}, first {day(row['first_seen'])}, last "
        f"{day(row['last_seen'])}."
    )


def fix_told(row: Mapping[str, Any]) -> str:
    """Return what is known of an issue's fix; nothing where none is marked."""
    if _is_missing(row["fixed_at"]):
        return ""
    fix = row["facts"].get("fix") if isinstance(row["facts"], dict) else None
    told = fix_sentence(fix) if fix else f"Marked fixed on {day(row['fixed_at'])}."
    if not _is_missing(row["reopened_at"]):
        told += f" Reopened on {day(row['reopened_at'])}."
    return told


def issue_record(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return an issue for JSON, with its sentences."""
    record = {
        name: None if _is_missing(value) else _plain(value)
        for name, value in row.items()
        if name not in ("quotes", "n_all")
    }
    return {**record, "sentence": summary(row), "fix_sentence": fix_told(row) or None}


def _plain(value: Any) -> Any:
    return value.to_pydatetime() if isinstance(value, pd.Timestamp) else value


def _is_missing(value: Any) -> bool:
    return not isinstance(value, dict | list) and bool(pd.isna(value))


def issues_text(rows: pd.DataFrame) -> str:
    """Return a list of issues, three lines each."""
    if rows.empty:
        return "No issue here. feedback run groups comments that say the same."
    return "\n\n".join(
        "\n".join([_heading(row), *(f"  {line}" for line in (summary(row), fix_told(row)) if line)])
        for row in rows.to_dict("records")
    )


def _heading(row: Mapping[Any, Any]) -> str:
    status = STATUSES.get(row["status"], row["status"])
    return f"{row['cluster_id'][:ID_CHARACTERS]}  {row['title']} · {status}"


def issue_text(record: Mapping[str, Any]) -> str:
    """Return one issue as a person reads it.

    Parameters
    ----------
    record
        Of `app.issue_work.show_issue`.
    """
    status = STATUSES.get(record["status"], record["status"])
    theme = f" · {code_label(record['theme'])}" if record["theme"] else ""
    parts = [
        record["title"],
        f"{status}{theme} · {place_name(record['service'], record['page'])}",
        f"id {record['cluster_id']}",
        "",
        record["sentence"],
    ]
    if record["fix_sentence"]:
        parts.append(record["fix_sentence"])
    figures = [f"{name}: {value}" for name, value in issue_figures(record)]
    if figures:
        parts += ["", *figures]
    parts += ["", "What people wrote:" if record["quotes"] else "No comment can be quoted here."]
    parts += [f"  “{' '.join(text.split())}”" for text in record["quotes"]]
    if record["history"]:
        parts += ["", "What was done:"]
        parts += [f"  {_history_line(line)}" for line in record["history"]]
    return "\n".join(parts)


def issue_figures(record: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the figures behind the sentence, with base and interval, or that there are too few."""
    told = []
    facts = record["facts"]
    if isinstance(facts, dict):
        told = [
            ("Last week", _week(facts["recent"])),
            ("Share of the page", _share(facts["share"])),
        ]
        if facts["satisfaction"]["n"] + facts["satisfaction"]["n_others"]:
            told.append(("Satisfaction", _satisfaction(facts["satisfaction"])))
        told += [(one["kind"].capitalize(), _skew(one)) for one in facts["skews"]]
        told += [
            (_FACETS.get(facet, facet), ", ".join(f"{name} ({n})" for name, n in values.items()))
            for facet, values in facts["facets"].items()
        ]
    told += [(name, record[key]) for name, key in _BY_PEOPLE.items() if record[key]]
    return told


_BY_PEOPLE = {"Owner": "owner", "Ticket": "ticket_url"}


def _week(recent: Mapping[str, Any]) -> str:
    if recent["usual"] is None:
        return f"{recent['n']:,}; too short a past to say what is usual"
    usual = f"{recent['n']:,}, usually {number(recent['usual'])}"
    high = "no upper end" if recent["high"] is None else number(recent["high"])
    if recent["rate_ratio"] is None:
        return usual
    return f"{usual}: {number(recent['rate_ratio'])} times ({number(recent['low'])} to {high})"


def _share(share: Mapping[str, Any]) -> str:
    interval = f"{percent(share['low'])} to {percent(share['high'])}"
    base = counted(share["base"], "comment")
    return f"{percent(share['share'])} ({interval}) of {base} since it was first seen"


def _satisfaction(gap: Mapping[str, Any]) -> str:
    base = f"{counted(gap['n'], 'answer')} here, {gap['n_others']:,} elsewhere on the page"
    if gap["difference"] is None:
        return f"too few to say ({base})"
    less, low, high = (signed(gap[name], 1) for name in ("difference", "low", "high"))
    return f"{gap['mean']:.1f} of 5, {less} ({low} to {high}) against others ({base})"


def _skew(one: Mapping[str, Any]) -> str:
    return (
        f"{one['value']} {percent(one['share'])} of {one['base']:,}, elsewhere "
        f"{percent(one['share_elsewhere'])} of {one['base_elsewhere']:,}"
    )


def _history_line(line: Mapping[str, Any]) -> str:
    return f"{moment(line['at'])} {line['who']} {history_told(line)}"
