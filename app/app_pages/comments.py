"""Comments: search, filters, the queue for Welsh speakers, and all that is known of one comment."""

from __future__ import annotations

import streamlit as st

from app import comment_view, queries, queries_comment, queries_welsh, tell_rows, tell_welsh
from app.chips import searched_terms
from app.codebook_at_hand import codebook_at_hand
from app.comment_list import (
    choose_comments,
    listed,
    offer_beside,
    offer_newer,
    offer_older,
    remember,
)
from app.evidence import facts_or_stop, heading, secondary
from app.live import load, settings
from app.queries_comments import COUNT_LIMIT

facts = facts_or_stop(load(queries.store_facts))
chosen = st.query_params.get("comment")
codebook = codebook_at_hand(settings()).codebook
if chosen is not None:
    st.query_params["comment"] = chosen  # a link within the page leaves the address as it was
    offer_beside(chosen)
    comment_view.show_chosen(load(queries_comment.comment_detail, chosen), codebook)
    st.stop()

filters = choose_comments(facts)
shown = listed(filters)
found = shown.found
answer = tell_rows.found_answer(found.n_found, is_capped=found.is_capped, limit=COUNT_LIMIT)
heading(
    tell_welsh.welsh_answer(found) if filters.needs_welsh_speaker else answer,
    tell_rows.found_note(filters),
)
if filters.needs_welsh_speaker:
    here, everywhere = (
        load(queries_welsh.count_welsh_in, filters),
        load(queries_welsh.count_welsh),
    )
    secondary(tell_welsh.welsh_note(here, everywhere))
if found.comments.empty:
    st.text("No comment passes these filters. Take one away, or choose other dates.")
    st.stop()
remember(found)
offer_newer(shown.n_newer)
comment_view.show_list(found.comments, searched_terms(filters.search), codebook)
offer_older(found)
secondary("To take these comments away, coded and with their codebook: feedback export")
