"""Signals and issue clusters as several pages show them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from app import tell
from app.charts_signals import draw_report_days
from app.evidence import facts_list, heading, plain_text, quotes, secondary
from app.issue_view import link_to_issue, show_line
from app.names import place_name
from app.tell_history import STATUSES
from app.tell_issues import fix_told, issue_figures, summary
from app.tell_signals import about_report_days, behind_told
from app.wording import code_label, counted

if TYPE_CHECKING:
    from app.filters import Filters

__all__ = ["link_to_emerging", "link_to_issues", "link_to_page", "show_issues", "show_signal"]

ARROW = ":material/arrow_forward:"
PAGE_SCRIPT = "app_pages/page_detail.py"


def show_signal(signal: Any, days: pd.DataFrame, behind: pd.DataFrame) -> None:
    """Show a signal: the sentence, the issue behind it, figures, reports a day, three quotes.

    Parameters
    ----------
    days
        day and n.
    behind
        Issues behind it, as `app.queries_signals.issues_behind` gives them.
    """
    with st.container(border=True, key=f"signal_{signal.signal_id}"):
        where = place_name(signal.service, signal.page)
        note = f"{tell.LEVELS.get(signal.level, signal.level)} · {signal.kind} · {where}"
        heading(signal.sentence, note, level=3)
        _show_behind(signal, behind)
        left, right = st.columns(2, gap="large")
        with left:
            facts_list(tell.signal_figures(signal), alt=f"Figures of: {signal.sentence}")
            if signal.n:
                quotes(signal.quotes, of=f"Comments of this signal, {where}")
        with right:
            if len(days):
                draw_report_days(**about_report_days(signal, days), key=signal.signal_id)


def _show_behind(signal: Any, behind: pd.DataFrame) -> None:
    """Link to the issues behind a signal, with where they stand; else to its page."""
    for issue in behind.itertuples():
        key = f"behind_{signal.signal_id}_{issue.cluster_id}"
        show_line(issue.cluster_id, issue.title, behind_told(issue), key=key)
    if behind.empty and signal.page:
        secondary("No issue is behind it: its reports do not say the same, or are too few yet.")
        link_to_page(signal.service, signal.page)
    elif behind.empty:
        secondary("No issue is behind it, and its reports name no page.")


def show_issues(issues: pd.DataFrame, n_issues: int, filters: Filters) -> None:
    """Show issue clusters with their quotes, and how many there are."""
    title = "Issue clusters: comments that say the same"
    if issues.empty:
        heading(
            title,
            "None in this period. A cluster begins with four similar comments on one page; "
            "feedback run groups them.",
        )
        return
    shown = counted(n_issues, "cluster") + (
        f", largest {len(issues)} shown" if n_issues > len(issues) else ""
    )
    heading(title, f"{shown}, {tell.place(filters)}, seen {tell.period(filters)}.")
    for issue in issues.itertuples():
        with st.container(border=True, key=f"issue_{issue.cluster_id}"):
            theme = f" · {code_label(issue.theme)}" if issue.theme else ""
            status = STATUSES.get(issue.status, issue.status)
            where = place_name(issue.service, issue.page)
            heading(issue.title, f"{status}{theme} · {where}", level=3)
            _show_facts(issue._asdict())
            quotes(issue.quotes, of=f"Comments of this issue: {issue.title}")
            link_to_issue(issue.cluster_id)
            if issue.page and filters.page is None:
                link_to_page(issue.service, issue.page)


def _show_facts(issue: dict[str, Any]) -> None:
    """Show what is known of an issue, whether its fix worked, and the figures behind that."""
    plain_text(summary(issue))
    if fix := fix_told(issue):
        plain_text(fix)
    if figures := issue_figures(issue):
        facts_list(figures, alt=f"Figures of the issue: {issue['title']}")


def link_to_emerging(filters: Filters) -> None:
    """Link to the evidence of the signals of a service or page."""
    chosen = {"service": filters.service, "page": filters.page}
    st.page_link(
        "app_pages/emerging.py",
        label="See the evidence",
        icon=ARROW,
        query_params={name: value for name, value in chosen.items() if value is not None},
    )


def link_to_issues(filters: Filters) -> None:
    """Link to the list of a service's issues."""
    st.page_link(
        "app_pages/issue.py",
        label="See the open issues",
        icon=ARROW,
        query_params={} if filters.service is None else {"service": filters.service},
    )


def link_to_page(service: str, page: str) -> None:
    """Link to the detail of a page."""
    st.page_link(
        PAGE_SCRIPT,
        label="See this page in detail",
        icon=ARROW,
        query_params={"service": service, "page": page},
    )
