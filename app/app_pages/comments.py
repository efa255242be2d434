"""Comments: search, filters, the queue for Welsh speakers, and all that is known of one comment."""

from __future__ import annotations

import streamlit as st

from app import queries, queries_comments, queries_welsh, tell_rows, tell_welsh
from app.evidence import facts_list, facts_or_stop, heading, plain_text, secondary
from app.filters import choose
from app.live import load
from app.queries_comments import COUNT_LIMIT, MAX_COMMENTS
from app.selection import selectable_table
from app.wording import counted

facts = facts_or_stop(load(queries.store_facts))
filters = choose(facts, has_search=True)
found = load(queries_comments.find_comments, filters)

more = (
    f"More than {COUNT_LIMIT:,} comments" if found.is_capped else counted(found.n_found, "comment")
)
shown = f"The newest {MAX_COMMENTS} are shown; narrow the filters to see others. "
heading(
    tell_welsh.welsh_answer(found) if filters.needs_welsh_speaker else more,
    (shown if found.n_found > MAX_COMMENTS else "")
    + "Newest first. Personal data is replaced by placeholders. Choose a row to see all of it.",
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
chosen = selectable_table(
    tell_rows.comments_table(found),
    ids=list(found.comments["comment_id"]),
    key="comments_table",
    alt="Comments, newest first",
    column_config={
        "Sent": st.column_config.DatetimeColumn(format="DD/MM/YYYY HH:mm", width=150),
        "Comment": st.column_config.TextColumn(width="large"),
    },
)
secondary("To take these comments away, coded and with their codebook: feedback export")
detail = load(queries_comments.comment_detail, chosen) if chosen else None
if detail is not None:
    heading("Chosen comment")
    plain_text(detail.comment["text"], language=tell_rows.language_tag(detail.comment))
    facts_list(tell_rows.comment_figures(detail.comment), alt="What is known of this comment")
    heading("Codes and who gave them", level=3)
    st.dataframe(
        tell_rows.codings_table(detail.codings), hide_index=True, alt="Codes of this comment"
    )
