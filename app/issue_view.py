"""One issue as its page shows it, part by part. All words out of the data are escaped."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from app import issue_form, queries_issue_page, tell_issue
from app.charts_signals import draw_timeline
from app.chips import marked
from app.evidence import facts_list, heading, plain_text, points, secondary
from app.live import load
from app.names import page_name, place_name, service_name
from app.print_view import is_printing, show_table
from app.queries_issue_page import COMMENTS_A_PAGE
from app.tell_history import ID_CHARACTERS, STATUSES, history_told
from app.tell_issues import fix_told, issue_figures, summary
from app.wording import code_label, counted, moment

if TYPE_CHECKING:
    from app.queries_issue_page import IssueDetail

__all__ = [
    "ISSUE_SCRIPT",
    "link_to_issue",
    "show_comments",
    "show_elsewhere",
    "show_facets",
    "show_head",
    "show_history",
    "show_line",
    "show_machine",
    "show_ticket",
    "show_timeline",
]

ISSUE_SCRIPT = "app_pages/issue.py"


def link_to_issue(cluster_id: str) -> None:
    """Link to an issue; the beginning of its id tells one link from another."""
    st.page_link(
        ISSUE_SCRIPT,
        label=f"Open issue {cluster_id[:ID_CHARACTERS]}",
        icon=":material/arrow_forward:",
        query_params={"issue": cluster_id},
    )


def show_line(cluster_id: str, title: str, note: str, *, key: str) -> None:
    """Show an issue in one line, with a link to it."""
    with st.container(key=key):
        st.html(f"<div>{html.escape(title)}<br><small>{html.escape(note)}</small></div>")
        link_to_issue(cluster_id)


def show_head(detail: IssueDetail) -> None:
    """Show what the issue is, where it stands, and where it is."""
    row = detail.row
    if detail.asked_for is not None:
        secondary(
            f"Issue {detail.asked_for[:ID_CHARACTERS]} was merged into this one; its comments are "
            "here."
        )
    theme = f" · {code_label(row['theme'])}" if row["theme"] else ""
    status = STATUSES.get(row["status"], row["status"])
    heading(row["title"], f"{status}{theme} · {place_name(row['service'], row['page'])}")
    plain_text(summary(row))
    if fix := fix_told(row):
        plain_text(fix)


def show_machine(detail: IssueDetail) -> None:
    """Show the figures behind the sentence, who takes care, and how sure the machine is."""
    row = detail.row
    figures = [pair for pair in issue_figures(row) if pair[0] not in ("Ticket", "Owner")]
    heading("What is known", level=3)
    facts_list(
        [
            *figures,
            ("First seen", moment(row["first_seen"])),
            ("Last comment", moment(row["last_seen"])),
            ("Owner", row["owner"] or "nobody yet"),
        ],
        alt="Figures of this issue",
    )
    _show_ticket_link(row["ticket_url"])
    heading("How sure the machine is", level=3)
    points([(line, "") for line in tell_issue.how_sure(detail)])


def _show_ticket_link(address: str | None) -> None:
    """Link to the ticket. The address was checked when it was kept; it is checked again here."""
    if not address:
        secondary("No ticket is linked.")
        return
    if not address.lower().startswith(("https://", "http://")):
        secondary("The ticket's address is none of the web, and not linked.")
        return
    told = html.escape(address, quote=True)
    st.html(
        f'<p>Ticket: <a href="{told}" target="_blank" rel="noopener noreferrer">{told}</a> '
        "<small>(opens in a new tab)</small></p>"
    )


def show_timeline(detail: IssueDetail) -> None:
    """Show comments over time, with releases and the fix."""
    heading("When it was reported")
    bars, marks, telling, unit = tell_issue.about_timeline(detail)
    draw_timeline(bars, marks, telling, key="issue_timeline", unit=unit)


def show_facets(reports: pd.DataFrame, n_shown: int) -> None:
    """Show errors, browsers, devices and pages with counts and shares."""
    base = counted(len(reports), "comment")
    cut = f", the newest of {n_shown:,}" if n_shown > len(reports) else ""
    heading(
        "For whom, and what they name",
        f"Of {base}{cut}. A comment that names no browser counts for none.",
    )
    table = tell_issue.facet_table(reports)
    if table.empty:
        st.text("No comment names an error, a browser or a device.")
    else:
        show_table(table, alt="Errors, browsers, devices and pages with counts and shares")


def show_elsewhere(detail: IssueDetail, others: queries_issue_page.Neighbours) -> None:
    """Show issues that could be the same, and where else the same theme shows."""
    heading("Where else it shows")
    left, right = st.columns(2, gap="large")
    with left:
        note = "The most alike first: it may be the same." if len(others.here) else ""
        heading("Other open issues of this page", note, level=3)
        _list_issues(others.here, is_here=True)
    with right:
        theme = detail.row["theme"]
        told = code_label(theme) if theme else "no theme"
        heading("The same theme on other pages", f"Theme: {told}.", level=3)
        _list_issues(others.elsewhere, is_here=False)
        if theme:
            _show_theme(detail, theme)


def _list_issues(others: pd.DataFrame, *, is_here: bool, most: int = 5) -> None:
    if others.empty:
        st.text("None.")
        return
    for other in others.head(most).itertuples():
        note = tell_issue.neighbour_told(other, is_here=is_here)
        show_line(other.cluster_id, other.title, note, key=f"other_{other.cluster_id}")


def _show_theme(detail: IssueDetail, theme: str) -> None:
    pages = load(queries_issue_page.theme_pages, detail.row["service"], theme)
    if pages.empty:
        return
    days = queries_issue_page.THEME_DAYS
    secondary(
        f"Comments on this theme in the last {days} days, by page of "
        f"{service_name(detail.row['service'])}:"
    )
    named = [page_name(page) if page else "No page given" for page in pages["page"]]
    table = pd.DataFrame({"Page": named, "Comments": pages["n"]})
    show_table(table, alt="Comments on this theme by page")


def show_comments(detail: IssueDetail, *, may_act: bool) -> None:
    """Show the issue's comments, the newest first, a page at a time."""
    n_withheld = detail.n_comments - detail.n_shown
    note = "Personal data is replaced by placeholders."
    if n_withheld:
        note += (
            f" {counted(n_withheld, 'comment')} not shown: about safeguarding, or not coded yet."
        )
    heading(f"{counted(detail.n_shown, 'comment')}, the newest first", note)
    is_picking = (
        may_act
        and not is_printing()
        and st.toggle("Pick comments that are another issue", key="split_on")
    )
    n_pages = -(-detail.n_shown // COMMENTS_A_PAGE)
    number = 1
    if n_pages > 1 and not is_printing():
        number = min(st.session_state.get("issue_comments_page", 1), n_pages)
    rows = load(queries_issue_page.issue_comments, detail.row["cluster_id"], number)
    for row in rows.to_dict("records"):
        _show_comment(row, is_picking=is_picking)
    if n_pages > 1 and not is_printing():
        st.pagination(n_pages, key="issue_comments_page")
    if is_picking:
        issue_form.show_split(detail)


def _show_comment(row: dict[str, Any], *, is_picking: bool) -> None:
    at = moment(row["submitted_at"])
    language = (
        f' lang="{html.escape(row["language"], quote=True)}"' if row["language"] == "cy" else ""
    )
    with st.container(border=True, key=f"member_{row['comment_id']}"):
        st.html(
            f"<article><small>{at}</small><p{language} style='margin:0.25rem 0;'>"
            f"{marked(row['text'], ())}</p></article>"
        )
        with st.container(horizontal=True, vertical_alignment="center"):
            if is_picking:
                key = f"pick_{row['comment_id']}"
                st.session_state.setdefault(key, issue_form.is_picked(row["comment_id"]))
                st.checkbox(
                    f"Pick the comment of {at}",
                    key=key,
                    on_change=issue_form.pick,
                    args=(row["comment_id"], key),
                )
            st.page_link(
                "app_pages/comments.py",
                label=f"Open the comment of {at}",
                query_params={"comment": row["comment_id"]},
            )


def show_history(detail: IssueDetail) -> None:
    """Show who did what and when, the latest first."""
    heading("History", "Every decision is kept, also those that were taken back.")
    if not detail.history:
        st.text("Nobody has decided anything about it yet.")
        return
    points([(f"{one['who']} {history_told(one)}.", moment(one["at"])) for one in detail.history])


def show_ticket(detail: IssueDetail, reports: pd.DataFrame) -> None:
    """Show the text of a ticket, which quotes nobody."""
    heading(
        "Ticket text",
        "For the team that mends it: counts and facets, no words of a comment. Copy it with the "
        "button at its corner.",
    )
    told = tell_issue.ticket_of_issue(detail.row, reports)
    st.code(told, language=None, wrap_lines=True)
