"""The text of a ticket about a fault, made of facets and counts alone.

No words of a comment get in: names are those of the facets' tables, and an error message is told
only where several different comments give it, so that it is the service's and not a person's.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from classifiers.facets import known_facets

__all__ = ["MIN_COMMENTS_OF_AN_ERROR", "FaultReport", "ranked_facets", "ticket_text"]

MIN_COMMENTS_OF_AN_ERROR = 3
"""So many different comments give an error message or code before it is told."""

_SHOWN = 8
"""Values of one facet that are listed; the others are counted."""

_LISTS = (
    ("Error messages", "error_text"),
    ("Error codes", "error_code"),
    ("Status codes", "status_code"),
    ("Steps", "step"),
    ("Browsers", "browser"),
    ("Browsers that worked", "browser_working"),
    ("Versions", "version"),
    ("Devices", "device"),
    ("Models", "device_model"),
    ("Devices that worked", "device_working"),
    ("Operating systems", "operating_system"),
    ("Operating systems that worked", "operating_system_working"),
    ("Assistive technology", "assistive_technology"),
    ("File types", "file_type"),
    ("File sizes (MB)", "file_size_mb"),
    ("Size limits mentioned (MB)", "file_limit_mb"),
    ("Connections", "connection"),
    ("Connections that worked", "connection_working"),
    ("Times of day", "time_of_day"),
)
_AS_WRITTEN = frozenset({"error_text", "error_code"})
"""Facets that are a comment's own words; all others come out of tables."""
_PUBLIC_CODE = re.compile(r"(?:[A-Z]+_){2,}[A-Z0-9_]+|0x[0-9a-fA-F]+")
"""Codes that browsers and systems have for everybody, such as ERR_TOO_MANY_REDIRECTS."""


@dataclass(frozen=True)
class FaultReport:
    """What is known of one comment about a fault: the day (local) it came, and its facets.

    ``repeats``: it says the same as another comment, so it is no evidence of its own for words.
    """

    day: date
    facets: dict[str, Any]
    repeats: bool = False


def ranked_facets(reports: Iterable[FaultReport], facet: str) -> list[tuple[str, int]]:
    """Return the values of a facet with how many comments give them, most frequent first.

    Error messages that differ in case or in their last mark count together.

    >>> day = date(2026, 3, 1)
    >>> reports = [FaultReport(day, {"browser": [name]}) for name in ("Edge", "Safari", "Safari")]
    >>> ranked_facets(reports, "browser")
    [('Safari', 2), ('Edge', 1)]
    """
    counts: Counter[str] = Counter()
    written: dict[str, Counter[str]] = {}
    for report in reports:
        for value in dict.fromkeys(known_facets(report.facets, facet)):
            key = _key(value) if facet in _AS_WRITTEN else value
            counts[key] += 1
            written.setdefault(key, Counter())[value] += 1
    shown = [(min(written[key].most_common(), key=_most)[0], n) for key, n in counts.items()]
    return sorted(shown, key=lambda pair: (-pair[1], pair[0]))


def _most(pair: tuple[str, int]) -> tuple[int, bool, str]:
    """Order ways of writing by frequency; of as frequent ones, not the one in capitals."""
    return -pair[1], pair[0].isupper(), pair[0]


def _key(words: str) -> str:
    return " ".join(words.casefold().split()).rstrip(".!… ")


def ticket_text(reports: Sequence[FaultReport], *, problem: str, where: str) -> str:
    """Return the ticket as Markdown.

    Parameters
    ----------
    reports
        Comments about one fault. None gives a ticket that says so.
    problem, where
        Names for the title: what kind of fault, and service and page.

    Examples
    --------
    >>> day = date(2026, 3, 1)
    >>> told = ticket_text([FaultReport(day, {"impact": "blocked"})], problem="Pay", where="Fees")
    >>> print(told[:52])
    # Pay: Fees
    <BLANKLINE>
    - **What**: 1 comment about this fault.
    """
    title = f"# {problem}: {where}\n"
    if not reports:
        return f"{title}\nNo comment tells of this fault in the days chosen.\n"
    lines = [title, *_facts(reports, where), "", "## Seen with", ""]
    listed = [line for name, facet in _LISTS if (line := _list_line(reports, name, facet))]
    lines += listed or ["- No comment names an error, a browser or a device."]
    lines += ["", "## Steps: the most frequent of each", "", *_steps(reports, where), ""]
    lines.append(
        "Counts are of comments that say so; most people name no browser or device. Made from "
        "facets of the comments: no comment is quoted. An error message or code of its own is left "
        f"out unless {MIN_COMMENTS_OF_AN_ERROR} different comments give it."
    )
    return "\n".join(lines) + "\n"


def _facts(reports: Sequence[FaultReport], where: str) -> list[str]:
    days = Counter(report.day for report in reports)
    busiest, most = min(days.items(), key=lambda pair: (-pair[1], pair[0]))
    n, n_repeats = len(reports), sum(report.repeats for report in reports)
    repeated = f", {n_repeats} of them like another" if n_repeats else ""
    actions = _told(reports, "action")
    since = _told(reports, "since")
    blocked, around = (_with_impact(reports, impact) for impact in ("blocked", "worked around"))
    return [
        f"- **What**: {_counted(n)} about this fault{repeated}."
        + (f" People were trying to: {actions}." if actions else ""),
        f"- **Where**: {where}." + (f" Pages named: {p}." if (p := _told(reports, "page")) else ""),
        f"- **Since when**: first {_day(min(days))}, last {_day(max(days))}, most on "
        f"{_day(busiest)} ({most})." + (f" People say since: {since}." if since else ""),
        f"- **Blocked**: {blocked} of {n} ({blocked / n:.0%}) could not go on; {around} "
        f"({around / n:.0%}) found another way; the others do not say.",
    ]


def _with_impact(reports: Sequence[FaultReport], impact: str) -> int:
    return sum(report.facets.get("impact") == impact for report in reports)


def _list_line(reports: Sequence[FaultReport], name: str, facet: str) -> str:
    told = _told(reports, facet)
    return f"- **{name}**: {told}" if told else ""


def _tellable(reports: Sequence[FaultReport], facet: str) -> list[tuple[str, int]]:
    """Return the values that may stand in a ticket, with how many comments give them."""
    ranked = ranked_facets(reports, facet)
    if facet not in _AS_WRITTEN:
        return ranked
    own = ranked_facets((report for report in reports if not report.repeats), facet)
    often = {_key(value) for value, n in own if n >= MIN_COMMENTS_OF_AN_ERROR}
    return [
        (value, n) for value, n in ranked if _key(value) in often or _PUBLIC_CODE.fullmatch(value)
    ]


def _told(reports: Sequence[FaultReport], facet: str) -> str:
    ranked = _tellable(reports, facet)
    shown = [f"{_shown(value, facet)} ({n})" for value, n in ranked[:_SHOWN]]
    if len(ranked) > _SHOWN:
        shown.append(f"and {len(ranked) - _SHOWN} more")
    return ", ".join(shown)


def _shown(value: str, facet: str) -> str:
    """Return a value; what people wrote stands as code, so that it is never markup."""
    if facet not in _AS_WRITTEN:
        return value
    return f"`{' '.join(value.replace('`', chr(39)).split())}`"


def _steps(reports: Sequence[FaultReport], where: str) -> list[str]:
    """Return the most frequent values as steps to try."""

    def first(facet: str) -> str:
        ranked = _tellable(reports, facet)
        return _shown(ranked[0][0], facet) if ranked else ""

    with_what = " on ".join(told for told in (first("browser"), first("device")) if told)
    steps = [f"Open {where}" + (f" in {with_what}." if with_what else ".")]
    if page := first("page"):
        steps.append(f"Page: {page}.")
    if action := first("action"):
        file = f" ({told})" if (told := first("file_type")) and action == "upload" else ""
        steps.append(f"Action: {action}{file}.")
    seen = first("error_text") or first("error_code") or first("status_code")
    steps.append(f"Seen: {seen}." if seen else "Seen: no message is told by enough comments.")
    return [f"{number}. {step}" for number, step in enumerate(steps, start=1)]


def _counted(n: int) -> str:
    return f"{n:,} comment{'' if n == 1 else 's'}"


def _day(value: date) -> str:
    return value.strftime("%d/%m/%Y")
