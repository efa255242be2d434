"""One fault report, and what became of decisions about reports, in words; pure, as `app.tell`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from app.names import place_name
from app.tell_triage import COUNTED, STATUSES
from app.wording import ago, code_label, counted, moment
from classifiers.facets import FACETS, known_facets

if TYPE_CHECKING:
    from app.queries_report import Report
    from feedback.fault_triage import FaultState, Outcome

__all__ = [
    "about_report",
    "bulk_label",
    "bulk_question",
    "changes_told",
    "last_change",
    "left_told",
    "outcome_told",
    "report_figures",
    "undo_told",
    "where_it_stands",
]

_FACETS = {facet: label for label, facet in COUNTED.items()} | {
    "step": "Step",
    "version": "Version",
    "device_model": "Model",
    "operating_system_working": "System that worked",
    "connection_working": "Connection that worked",
    "file_size_mb": "File size (MB)",
    "file_limit_mb": "Size limit named (MB)",
    "time_of_day": "Time of day",
    "day": "Day named",
    "since": "Since",
    "attempts": "Tries",
}


def about_report(report: Report) -> str:
    """Return how bad it was, and where: the heading of a report."""
    impact = report.facts["facets"].get("impact")
    told = impact.capitalize() if isinstance(impact, str) else "Fault report"
    return f"{told}: {place_name(report.facts['service'], report.facts['page'])}"


def report_figures(report: Report) -> list[tuple[str, str]]:
    """Return what is known of a report but for its text, with names."""
    facts = report.facts
    codes = ", ".join(code_label(code) for code in report.codes)
    figures = [("Sent", moment(facts["submitted_at"])), ("Codes", codes or "none")]
    for facet in FACETS:
        if values := known_facets(facts["facets"], facet):
            figures.append((_FACETS[facet], ", ".join(values)))
    return figures


def where_it_stands(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return status and owner of a report, and who changed it last."""
    figures = [("Status", STATUSES[facts["status"]]), ("Owner", facts["owner"] or "nobody")]
    if facts["at"] is not None:
        figures.append(("Last change", last_change(facts["who"], facts["at"])))
    return figures


def last_change(who: str | None, at: datetime, now: datetime | None = None) -> str:
    """Return who changed a report, and how long ago."""
    return f"by {who}, {ago(at, now)}"


def changes_told(changes: Mapping[str, str | None]) -> str:
    """Return what a decision sets.

    >>> changes_told({"status": "done", "owner": None}), changes_told({"owner": "ann"})
    ('status Done, owner nobody', 'owner ann')
    """
    told = []
    if "status" in changes:
        told.append(f"status {STATUSES[changes['status'] or '']}")
    if "owner" in changes:
        told.append(f"owner {changes['owner'] or 'nobody'}")
    return ", ".join(told)


def outcome_told(outcome: Outcome, changes: Mapping[str, str | None]) -> str:
    """Return what became of a decision: how many reports it changed, and which it left alone."""
    n = len(outcome.after)
    parts = [f"{counted(n, 'report')}: {changes_told(changes)}."] if n else []
    if outcome.n_same:
        so = f"{counted(outcome.n_same, 'report')} stood so already."
        parts.append(so if n or outcome.others else "Nothing to change: it stood so already.")
    parts += left_told(outcome)
    return " ".join(parts) or "No report was changed."


def left_told(outcome: Outcome) -> list[str]:
    """Return sentences on the reports that were left alone."""
    parts = []
    if len(outcome.others) == 1 and not outcome.after:
        (state,) = outcome.others.values()
        parts.append(f"Left alone: {_state_told(state)} Look, and decide again.")
    elif outcome.others:
        parts.append(
            f"{counted(len(outcome.others), 'report')} left alone: somebody changed them since."
        )
    if outcome.n_refused:
        parts.append(f"{counted(outcome.n_refused, 'report')} left alone: not there for you.")
    return parts


def _state_told(state: FaultState) -> str:
    if state.at is None:
        return "somebody took their change back since."
    told = f"{STATUSES[state.status]}, owner {state.owner or 'nobody'}"
    return f"it was changed {last_change(state.who, state.at)}, to {told}."


def undo_told(outcome: Outcome) -> str:
    """Return what an undo did."""
    n = len(outcome.after)
    parts = [f"Undone: {counted(n, 'report')} put back."] if n else ["Nothing was put back."]
    return " ".join([*parts, *left_told(outcome)])


def bulk_label(n: int, *, is_capped: bool) -> str:
    """Return what the button for all of them says; the exact number is asked back where it is not
    known yet.
    """  # noqa: D205
    if is_capped:
        return f"Apply to all reports that pass the filters (more than {n:,})"
    which = "the one report that passes" if n == 1 else f"all {n:,} reports that pass"
    return f"Apply to {which} the filters"


def bulk_question(n: int, changes: Mapping[str, str | None]) -> str:
    """Return the question that a change of many asks back."""
    return f"{counted(n, 'report')} pass the filters. Set {changes_told(changes)} on all of them?"
