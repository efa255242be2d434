"""Codebook: what each code means, how often it is given, and how sure the machine is of it."""

from __future__ import annotations

import streamlit as st

from app import codebook_view, queries, queries_codes, queries_rounds, tell, tell_codebook
from app.codebook_at_hand import codebook_at_hand, group_of
from app.evidence import facts_or_stop, heading, points, secondary
from app.filters import choose
from app.live import load, settings
from app.print_view import show_table
from app.proposals_view import show_proposals
from app.wording import begun, counted
from classifiers.codebook import coding_guide

at_hand = codebook_at_hand(settings())
codebook = at_hand.codebook
facts = load(queries.store_facts)
counts = filters = None
if facts.last_at is not None:
    with st.container():  # a line that comes and goes in here moves nothing below
        facts_or_stop(facts)
    filters = choose(facts)
    counts = load(queries_codes.code_counts, filters, group_of(codebook))

heading(
    tell_codebook.answer(codebook, counts),
    f"{codebook.label}, version {codebook.version} ({codebook.name}). {codebook.description}",
)
codebook_view.downloads(codebook)

told = ""
if counts is not None:
    told = (
        f"{begun(tell.place(filters))}, {tell.period(filters)}: "
        f"{counted(counts.n_coded, 'coded comment')}, of which one can carry several codes. "
        "To check: comments that a person should look at for this code."
    )
heading("How often, and how sure", told)
show_table(
    tell_codebook.codes_table(at_hand, counts),
    height="content",
    alt="Codes with their comments, precision and recall",
    column_config={
        name: st.column_config.Column(width=width, pinned=name == "Code")
        for name, width in tell_codebook.COLUMNS.items()
    },
)
secondary(tell_codebook.about_figures(at_hand))
unknown = tell_codebook.unknown_codes(codebook, counts) if counts is not None else []
with st.container():
    if unknown:
        heading(
            "Given to comments, and not in this codebook",
            "Codes of another codebook or version, which comments were coded by before.",
            level=3,
        )
        points(unknown)

show_proposals(load(queries_rounds.proposals), codebook)

heading("What each code means", "Open a code for its definition, its borders and its examples.")
codebook_view.show_tree(codebook, counts)
guide = coding_guide(codebook)
if guide:
    codebook_view.show_guide(guide)
secondary(
    "Examples are the codebook's own; no comment is quoted on this page. To change the codebook, "
    "download it as TOML, edit it, and run: feedback codebook check FILE"
)
if facts.last_at is None:
    facts_or_stop(facts)  # what there is without a comment stands above; this says how to begin
