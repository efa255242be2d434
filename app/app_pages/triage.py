"""Triage: reports of technical faults, those who were blocked first, and what becomes of them."""

from __future__ import annotations

import streamlit as st

from app import queries, queries_triage, tell, tell_triage, triage_view
from app.access import current_viewer
from app.codebook_at_hand import codebook_at_hand, fault_codes
from app.evidence import facts_or_stop, heading, secondary
from app.filters import bind_choice, choose, choose_fault
from app.live import load, settings
from app.print_view import is_printing, show_table
from app.wording import begun
from feedback.schema import Role

facts = facts_or_stop(load(queries.store_facts))
codes = fault_codes(codebook_at_hand(settings()).codebook)
filters = choose(facts)
with st.container(horizontal=True, vertical_alignment="bottom", key="facet_filters"):
    work = triage_view.choose_work()
    filters = choose_fault(filters, codes)
    found = load(queries_triage.faults, filters, codes, work)
    chosen = {
        facet: bind_choice(
            label,
            facet,
            tell_triage.options(found, facet),
            label_of=str,
            everything="Any",
        )
        for label, facet in tell_triage.FILTERED.items()
    }
passing = tell_triage.in_order(tell_triage.narrowed(found, chosen))

heading(
    tell_triage.answer(passing, is_capped=found.is_capped),
    f"{begun(tell.place(filters))}, {tell.period(filters)}. Those who could not go on come "
    "first, then the newest. Safeguarding comments are not among them.",
)
if found.is_capped:
    most = f"{queries_triage.MAX_FAULTS:,}"
    secondary(
        f"Looked at: the newest {most} fault reports, and of those who were blocked the newest "
        f"{most}. Narrow the service, the fault or the dates to look at others."
    )
triage_view.find_place(passing, (filters, work, tuple(chosen.items())))
queue, at = st.columns([4, 3], gap="medium")
with queue:
    if passing.empty:
        st.text("No fault report passes these filters. Take one away, or choose other dates.")
    else:
        triage_view.show_queue(passing, codes)
with at:
    triage_view.show_report()
if passing.empty:
    st.stop()
if current_viewer().may(Role.TRIAGER) and not is_printing():
    triage_view.show_bulk(
        len(passing),
        is_capped=found.is_capped,
        filters=filters,
        codes=codes,
        work=work,
        chosen=chosen,
    )

heading(
    "What they have in common",
    "Comments that give each value. A comment that names no browser counts for none.",
)
show_table(tell_triage.facet_table(passing), alt="Values of each facet with their counts")

heading(
    "Ticket text",
    "For the team that mends it: facets and counts of all reports above, and no words of a "
    "comment. Copy it with the button at its corner, or with: feedback ticket",
)
if filters.service is None:
    st.text("Choose a service above: a ticket is about one service.")
else:
    st.code(tell_triage.ticket_of(passing, filters), language=None, wrap_lines=True)
