"""Sources: where feedback comes from, and what it can and cannot say. One statement a source."""

from __future__ import annotations

import streamlit as st

from app import queries, queries_sources, source_view, tell_sources
from app.evidence import facts_list, facts_or_stop, heading, secondary
from app.filters import bind_choice
from app.live import load
from app.print_view import show_table

known = load(queries_sources.source_names)
in_store = load(queries.store_facts)
if in_store.last_at is not None or not known:  # a source may wait for its first comment
    facts_or_stop(in_store)
source = bind_choice("Source", "source", known, label_of=str, everything="All sources")
if source is None:
    table = load(queries_sources.sources)
    heading(
        tell_sources.answer(table),
        "Feedback is a by-product of running services, not a survey drawn from all users. A "
        "statement says what a source covers, how it is collected and checked, and whom it misses. "
        "Choose a source to read its statement.",
    )
    show_table(tell_sources.sources_table(table), alt="Sources with how much is told of each")
    source_view.show_pulled()
    st.stop()

facts = load(queries_sources.source_facts, source)
statement = load(queries_sources.statement, source)
heading(tell_sources.source_answer(facts), tell_sources.completeness(statement))
source_view.offer_table(facts, statement)
heading(tell_sources.STORE, tell_sources.sample_note(facts))
facts_list(tell_sources.store_facts_told(facts), alt="What the store knows of this source")
source_view.show_pulled(source)
source_view.show_told(statement)
source_view.edit_form(statement)
secondary(
    "The parts follow the quality assurance of administrative data (QAAD) of the UK Statistics "
    "Authority: operational context, communication with suppliers, their checks, our checks."
)
