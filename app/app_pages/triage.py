"""Triage: reports of technical faults with their facets, those who were blocked first."""

from __future__ import annotations

import streamlit as st

from app import queries, queries_triage, tell, tell_triage
from app.codebook_at_hand import codebook_at_hand, fault_codes
from app.evidence import facts_or_stop, heading, secondary
from app.filters import bind_choice, choose, choose_fault
from app.live import load, settings
from app.wording import counted

facts = facts_or_stop(load(queries.store_facts))
codes = fault_codes(codebook_at_hand(settings()).codebook)
filters = choose(facts)
with st.container(horizontal=True, vertical_alignment="bottom", key="facet_filters"):
    filters = choose_fault(filters, codes)
    found = load(queries_triage.faults, filters, codes)
    chosen = {
        facet: bind_choice(
            label,
            facet,
            tell_triage.options(found, facet),
            label_of=str,
            everything=f"Any {label.lower()}",
        )
        for label, facet in tell_triage.FILTERED.items()
    }
passing = tell_triage.narrowed(found, chosen)

heading(
    tell_triage.answer(passing, is_capped=found.is_capped),
    f"{tell.place(filters).capitalize()}, {tell.period(filters)}. Those who could not go on come "
    "first, then the newest. Safeguarding comments are not among them.",
)
if passing.empty:
    st.text("No fault report passes these filters. Take one away, or choose other dates.")
    st.stop()
rows = tell_triage.first_rows(passing)
if len(passing) > len(rows):
    secondary(f"{counted(len(rows), 'row')} of {len(passing):,} shown; narrow the filters.")
if found.is_capped:
    secondary(f"The newest {queries_triage.MAX_FAULTS:,} fault reports are looked at.")
st.dataframe(
    tell_triage.faults_table(rows, load(queries_triage.fault_texts, tuple(rows["comment_id"]))),
    hide_index=True,
    alt="Fault reports with what they say of page, error, browser and device",
    column_config={
        name: st.column_config.DatetimeColumn(format="DD/MM/YYYY HH:mm", width=width)
        if name == "Sent"
        else st.column_config.Column(width=width)
        for name, width in tell_triage.COLUMNS.items()
    },
)

heading(
    "What they have in common",
    "Comments that give each value. A comment that names no browser counts for none.",
)
st.dataframe(
    tell_triage.facet_table(passing), hide_index=True, alt="Values of each facet with their counts"
)

heading(
    "Ticket text",
    "For the team that mends it: facets and counts of all reports above, and no words of a "
    "comment. Copy it with the button at its corner, or with: feedback ticket",
)
if filters.service is None:
    st.text("Choose a service above: a ticket is about one service.")
else:
    st.code(tell_triage.ticket_of(passing, filters), language=None, wrap_lines=True)
