"""Issues: the list of them, and one with all that is known and was done about it."""

from __future__ import annotations

import streamlit as st

from app import issue_form, issue_view, queries, queries_issue_page
from app.access import current_viewer
from app.evidence import facts_or_stop, heading
from app.issue_list import show_issue_list
from app.live import load
from app.print_view import is_printing
from feedback.schema import Role

facts = facts_or_stop(load(queries.store_facts))
issue_id = st.query_params.get("issue", "")
if not issue_id:
    show_issue_list(facts)
    st.stop()

detail = load(queries_issue_page.issue_detail, issue_id)
if detail is None:
    heading(
        "Issue not found",
        "No issue has this address, or it belongs to a service that you do not see.",
    )
    st.page_link(issue_view.ISSUE_SCRIPT, label="All issues", query_params={})
    st.stop()

may_act = current_viewer().may(Role.TRIAGER)
others = load(queries_issue_page.neighbours, detail.row["cluster_id"])
reports = load(queries_issue_page.issue_reports, detail.row["cluster_id"])
with st.container(key="issue_head"):  # what comes and goes in here moves no control below
    issue_view.show_head(detail)
left, right = st.columns([3, 2], gap="large")
with left:
    issue_view.show_machine(detail)
with right:
    if may_act and not is_printing():
        heading("Where it stands", level=3)
        issue_form.show_decisions(detail)
        issue_form.show_shape(detail, others.here)

issue_view.show_timeline(detail)
issue_view.show_facets(reports, detail.n_shown)
issue_view.show_elsewhere(detail, others)
issue_view.show_history(detail)
issue_view.show_comments(detail, may_act=may_act)
issue_view.show_ticket(detail, reports)
