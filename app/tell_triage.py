"""Fault comments as the triage page and the ticket tell them; pure, as `app.tell` is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from app.names import page_name, place_name
from app.queries_passing import EVERY_STATUS
from app.queries_triage import has_facets
from app.wording import LONDON, code_label, counted
from classifiers.facets import known_facets
from classifiers.ticket import FaultReport, ranked_facets, ticket_text
from feedback.schema import FaultStatus

if TYPE_CHECKING:
    from app.filters import Filters
    from app.queries_triage import Faults

__all__ = [
    "COLUMNS",
    "COUNTED",
    "FILTERED",
    "STATUSES",
    "STATUS_CHOICES",
    "answer",
    "facet_table",
    "faults_table",
    "in_order",
    "narrowed",
    "options",
    "reports",
    "ticket_of",
]

STATUSES = {status.value: status.value.replace("_", " ").capitalize() for status in FaultStatus}

STATUS_CHOICES = {EVERY_STATUS: "All statuses", **STATUSES}
"""Choices of a status but for the usual one, which leaves out what is finished."""

FILTERED = {
    "Browser": "browser",
    "Device": "device",
    "Status code": "status_code",
    "Outcome": "impact",
}
"""Facets that the page can be narrowed to, with their labels."""

COUNTED = {
    "Page or step named": "page",
    "Action": "action",
    "Error message": "error_text",
    "Error code": "error_code",
    "Status code": "status_code",
    "Browser": "browser",
    "Browser that worked": "browser_working",
    "Device": "device",
    "Device that worked": "device_working",
    "Operating system": "operating_system",
    "Assistive technology": "assistive_technology",
    "File type": "file_type",
    "Connection": "connection",
    "Outcome": "impact",
}
COLUMNS = {
    "Outcome": 80,
    "Sent": 130,
    "Status": 100,
    "Owner": 90,
    "Comment": 300,
    "Fault": 130,
    "Page": 180,
    "Error": 200,
    "Action": 110,
    "Browser": 120,
    "Device": 120,
    "System": 110,
    "File": 100,
    "When": 130,
    "Tries": 70,
}
"""Columns of the queue with their widths in pixels."""

_SHOWN_VALUES = 30


def narrowed(found: Faults, chosen: Mapping[str, str | None]) -> pd.DataFrame:
    """Return the comments that have the chosen value of each facet, in their order.

    Parameters
    ----------
    chosen
        A value, or None for any, by facet.
    """
    wanted = {facet: value for facet, value in chosen.items() if value is not None}
    keep = [has_facets(facets, wanted) for facets in found.comments["facets"]]
    return found.comments[np.array(keep, dtype=bool)]


def options(found: Faults, facet: str) -> list[str]:
    """Return the values of a facet, most frequent first."""
    return [value for value, _ in ranked_facets(reports(found.comments), facet)]


def reports(comments: pd.DataFrame) -> list[FaultReport]:
    """Return the comments as the ticket takes them; days are London's."""
    if comments.empty:
        return []
    days = comments["submitted_at"].dt.tz_convert(LONDON).dt.date
    return [
        FaultReport(day, facets, bool(repeats))
        for day, facets, repeats in zip(days, comments["facets"], comments["repeats"], strict=True)
    ]


def answer(comments: pd.DataFrame, *, is_capped: bool) -> str:
    """Return how many comments tell of a fault, and how many were blocked by it."""
    n_blocked = sum(facets.get("impact") == "blocked" for facets in comments["facets"])
    more = " or more" if is_capped else ""
    return f"{counted(len(comments), 'fault report')}{more}, {n_blocked:,} blocked"


def in_order(comments: pd.DataFrame) -> pd.DataFrame:
    """Return the reports in the order of the queue: the blocked first, each part newest first."""
    is_blocked = [facets.get("impact") == "blocked" for facets in comments["facets"]]
    order = comments.assign(is_blocked=np.array(is_blocked, dtype=bool))
    return order.sort_values("is_blocked", ascending=False, kind="stable", ignore_index=True)


def faults_table(
    rows: pd.DataFrame, texts: Mapping[str, str], codes: Mapping[str, tuple[str, ...]]
) -> pd.DataFrame:
    """Return the table of reports; a table cell is never markup.

    Parameters
    ----------
    texts, codes
        By comment id.
    """
    lines = [
        _line(row, texts.get(row.comment_id, "–"), codes.get(row.comment_id, ()))
        for row in rows.itertuples()
    ]
    return pd.DataFrame(lines, columns=list(COLUMNS))


def _line(row: Any, text: str, codes: tuple[str, ...]) -> dict[str, Any]:
    facets: dict[str, Any] = row.facets

    def told(*names: str) -> str:
        return ", ".join(value for name in names for value in known_facets(facets, name)) or "–"

    size = facets.get("file_size_mb")
    named = (*known_facets(facets, "file_type"), *([f"{size:g} MB"] if size else []))
    worked = known_facets(facets, "browser_working") + known_facets(facets, "device_working")
    browser = told("version" if "version" in facets and "browser" in facets else "browser")
    return {
        "Outcome": told("impact").capitalize(),
        "Sent": row.submitted_at.tz_convert(LONDON).tz_localize(None),
        "Status": STATUSES[row.status],
        "Owner": row.owner or "–",
        "Comment": text,
        "Fault": ", ".join(code_label(code).removeprefix("Fault: ") for code in codes) or "–",
        "Page": page_name(row.page) if row.page else told("page"),
        "Error": told("error_text", "error_code", "status_code"),
        "Action": told("action"),
        "Browser": browser + (f" (works: {', '.join(worked)})" if worked else ""),
        "Device": told("device_model" if "device_model" in facets else "device"),
        "System": told("operating_system"),
        "File": ", ".join(named) or "–",
        "When": told("since", "day", "time_of_day"),
        "Tries": told("attempts"),
    }


def facet_table(comments: pd.DataFrame) -> pd.DataFrame:
    """Return how many comments give each value of each facet, most frequent first.

    Error messages are in the table too: this page shows comments anyway.
    """
    told = reports(comments)
    rows = [
        (name, value, n)
        for name, facet in COUNTED.items()
        for value, n in ranked_facets(told, facet)[:_SHOWN_VALUES]
    ]
    return pd.DataFrame(rows, columns=["Facet", "Value", "Comments"])


def ticket_of(comments: pd.DataFrame, filters: Filters) -> str:
    """Return the ticket's text for these comments on one service.

    Raises
    ------
    ValueError
        The filters leave all services in.
    """
    if filters.service is None:
        raise ValueError("a ticket is about one service")
    problem = code_label(filters.code) if filters.code else "Technical faults"
    where = place_name(filters.service, filters.page)
    return ticket_text(reports(comments), problem=problem, where=where)
