"""The list of issues: filters, order, and a link to each."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from app import queries_issue_list
from app.evidence import heading, plain_text
from app.filters import bind_choice
from app.issue_view import link_to_issue
from app.live import load
from app.names import place_name, service_name
from app.print_view import is_printing
from app.queries_issue_list import ISSUES_A_PAGE, SORTS, Listing
from app.tell_history import STATUSES
from app.tell_issues import fix_told, summary
from app.wording import code_label, counted

if TYPE_CHECKING:
    from app.queries import StoreFacts

__all__ = ["show_issue_list"]

_ORDERS = {
    "comments": "Most comments",
    "latest": "Latest comment",
    "newest": "Newest issue",
    "oldest": "Oldest issue",
    "title": "Title",
}


def show_issue_list(facts: StoreFacts) -> None:
    """Show the issues that are open, or those chosen, twenty at a time."""
    listing = _choose(facts)
    found = load(queries_issue_list.issue_list, listing)
    n_pages = 1 if is_printing() else -(-found.n_issues // ISSUES_A_PAGE)
    number = min(st.session_state.get("issues_page", 1), max(n_pages, 1))
    if number > 1:
        found = load(queries_issue_list.issue_list, replace(listing, number=number))
    what = "open issue" if listing.status is None else "issue"
    heading(
        counted(found.n_issues, what),
        "An issue is a group of comments on one page that say the same. Provisional ones, which "
        "may be chance, come last unless another order is chosen.",
    )
    if found.issues.empty:
        st.text("No issue passes these filters. Take one away.")
    for row in found.issues.to_dict("records"):
        with st.container(border=True, key=f"issue_{row['cluster_id']}"):
            theme = f" · {code_label(row['theme'])}" if row["theme"] else ""
            owner = f" · {row['owner']}" if row["owner"] else ""
            status = STATUSES.get(row["status"], row["status"])
            where = place_name(row["service"], row["page"])
            heading(row["title"], f"{status}{theme} · {where}{owner}", level=3)
            plain_text(" ".join(told for told in (summary(row), fix_told(row)) if told))
            link_to_issue(row["cluster_id"])
    if n_pages > 1:
        st.pagination(n_pages, key="issues_page")


def _choose(facts: StoreFacts) -> Listing:
    with st.container(horizontal=True, vertical_alignment="bottom", key="issue_filters"):
        service = bind_choice(
            "Service",
            "service",
            sorted(facts.places["service"].unique(), key=service_name),
            label_of=service_name,
            everything="All services",
        )
        status = bind_choice(
            "Status",
            "status",
            list(STATUSES),
            label_of=STATUSES.__getitem__,
            everything="All that are open",
        )
        owner = bind_choice(
            "Owner",
            "owner",
            load(queries_issue_list.issue_owners),
            label_of=str,
            everything="Anyone or nobody",
        )
        sort = bind_choice(
            "Order",
            "sort",
            list(SORTS[1:]),
            label_of=_ORDERS.__getitem__,
            everything=_ORDERS[SORTS[0]],
        )
    return Listing(service, status, owner, sort or SORTS[0])
