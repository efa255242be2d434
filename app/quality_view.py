"""The parts of the page Quality."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import streamlit as st

from app import queries_processing, queries_quality, tell_incoming, tell_quality
from app.access import current_viewer
from app.charts_quality import draw_calibration, draw_share_weeks
from app.evidence import facts_list, heading, plain_text, points, secondary
from app.leak_rate import best_rate, leak_rates, meaning, rate_text, shown_version
from app.live import load
from app.print_view import show_table
from app.wording import counted, day, moment
from feedback.schema import Role

if TYPE_CHECKING:
    from app.filters import Filters

__all__ = [
    "show_calibration",
    "show_codes",
    "show_drift",
    "show_leak_bound",
    "show_missing",
    "show_processing",
    "show_rejects",
]


def show_codes(found: Mapping[str, Any]) -> None:
    """Show precision, recall and F1 of each code, or how to come by them."""
    heading("How right the codes are", tell_quality.model_note(found))
    table = tell_quality.codes_table(found)
    if table.empty:
        return
    show_table(
        table,
        alt="Precision, recall and F1 of each code, with the comments behind them",
        column_config={
            name: st.column_config.Column(width=width, pinned=name == "Code")
            for name, width in tell_quality.CODE_COLUMNS.items()
        },
    )
    secondary(
        "Precision: of the comments the machine gave a code, the share that people gave it too. "
        "Recall: of those people gave it, the share the machine found. F1 holds both. Too few to "
        "say: under 30 comments."
    )


def show_calibration(found: Mapping[str, Any], service: str | None) -> None:
    """Show whether the probabilities came true."""
    drawn = tell_quality.about_calibration(found, service)
    if drawn is None:
        heading(
            "Do the machine's probabilities come true?", tell_quality.calibration_meaning(found)
        )
        return
    draw_calibration(*drawn, key="calibration")
    secondary(tell_quality.calibration_meaning(found))


def show_leak_bound(service: str | None) -> None:
    """Show how much redaction may leave in, and link to where that is checked."""
    rate = best_rate(load(leak_rates), service)
    if rate is None:
        heading("Personal data left in by redaction: not measured", "Nobody has checked a comment.")
    else:
        note = f"Redactor {shown_version(rate.redactor)}"
        if not rate.is_current:
            note += ", an older one: the one in use is not measured yet"
        heading(f"At most {rate_text(rate.upper)} of comments still hold personal data", f"{note}.")
        plain_text(meaning(rate))
    if current_viewer().may(Role.RESEARCHER):
        st.page_link(
            "app_pages/redaction_check.py",
            label="Check more comments",
            icon=":material/arrow_forward:",
        )


def show_drift(found: queries_quality.Incoming) -> None:
    """Show whether the text that comes in has changed, and what changed most."""
    changed = tell_incoming.changes(found)
    heading(tell_incoming.drift_sentence(changed), tell_incoming.drift_note(found))
    show_table(
        tell_incoming.changes_table(changed),
        alt="Measures of the text that comes in, this week against the weeks before",
    )
    secondary(
        "Distance: of mixes, Jensen-Shannon, from 0 (alike) to 1 (nothing in common); of the mean, "
        "how much it moved. Weeks before: how far each of them is from the others."
    )


def show_missing(filters: Filters) -> None:
    """Show which fields were missing, and the languages, week by week."""
    found = load(queries_quality.weeks, filters)
    left, right = st.columns(2, gap="large")
    with left:
        answers = tell_incoming.about_answers(found, filters)
        if answers is not None:
            draw_share_weeks(*answers, key="missing_answers", unit="Responses")
    with right:
        languages = tell_incoming.about_languages(found, filters)
        if languages is not None:
            draw_share_weeks(*languages, key="languages", unit="Comments")
    if found.table.empty:
        heading("What was missing, week by week", "The period is shorter than a week.")
        return
    heading(
        "What was missing, week by week",
        "Shares with 95% intervals. Whole weeks that end with the last day. A survey about a whole "
        "service has no page, and an in-page report no question: that is no fault.",
    )
    show_table(tell_incoming.missing_table(found), alt="Missing fields by week, the latest first")


def show_rejects(filters: Filters) -> None:
    """Show rows that did not go in, by week, source and reason; never their text."""
    found = load(queries_processing.rejected, filters.first_day, filters.last_day)
    period = f"{day(filters.first_day)} to {day(filters.last_day)}"
    heading(
        tell_incoming.rejects_sentence(found),
        f"Rows of files and posted responses, {period}, {counted(found.n_runs, 'run')}, all "
        "services: a rejected row names none. Its text is not kept anywhere.",
    )
    if len(found.rows):
        show_table(
            tell_incoming.rejects_table(found), alt="Rejected rows by week, source and reason"
        )


def show_processing(service: str | None) -> None:
    """Show what waits, what failed, and the versions in use."""
    found = load(queries_processing.processing, service)
    heading("Work on comments")
    points(tell_incoming.processing_points(found))
    if found.versions:
        last = f"; last run {moment(found.last_run_at)}" if found.last_run_at else ""
        heading("Versions in use", f"Of the run that coded last{last}.", level=3)
        facts_list(tell_incoming.versions_told(found), alt="Versions in use")
