"""Overview: what changed on each service, and whether it matters."""

from __future__ import annotations

import streamlit as st

from app import queries, queries_issues, tell
from app.blocks import link_to_emerging
from app.charts import draw_bars, draw_intervals, draw_weeks
from app.evidence import facts_or_stop, heading, points, secondary
from app.filters import choose
from app.leak_rate import leak_line
from app.live import load
from app.queries_safeguarding import count_safeguarding
from app.safeguarding_view import show_waiting
from app.wording import ago

facts = facts_or_stop(load(queries.store_facts))
filters = choose(facts, has_page=False)
found = load(queries.overview, filters)
emerging = load(queries_issues.emerging, filters)
safeguarding = load(count_safeguarding, filters.service)

show_waiting(safeguarding)
heading(tell.overview_answer(found))
if emerging.n_signals:
    points(tell.signal_points(emerging.signals.head(tell.SIGNALS_SHOWN)))
    link_to_emerging(filters)

heading(
    "Services",
    f"{tell.period(filters)}; comments of the last 7 days and the 7 before; satisfaction and ease "
    f"from 1 (low) to 5 (high), with 95% intervals. Last comment {ago(facts.last_at)}.",
)
st.dataframe(
    tell.services_table(found),
    hide_index=True,
    alt="Figures of each service",
    height="content",
    row_height=tell.TWO_LINES_PIXELS,
    column_config={
        name: st.column_config.Column(width=width, pinned=name == "Service")
        for name, width in tell.SERVICE_COLUMNS.items()
    },
)

left, right = st.columns(2, gap="large")
with left:
    weeks = tell.about_weeks(found.days, filters)
    if weeks is not None:
        draw_weeks(*weeks, key="weeks", unit="Comments")
with right:
    n_comments = int(found.services["n_comments"].sum())
    themes = tell.about_themes(found.themes, n_comments, filters)
    if themes is not None:
        draw_bars(*themes, key="themes", label="Theme", unit="Comments")
for column, (name, unit) in zip(st.columns(2, gap="large"), tell.SCALES.items(), strict=True):
    answers = tell.about_answers(found, filters, name)
    with column:
        if answers is not None:
            draw_intervals(*answers, key=name, label="Service", unit=unit, ends=tell.ANSWER_SCALE)

secondary(
    f"Personal data is replaced before comments are stored. Leak rate: {load(leak_line)}. "
    "Comments are checked on the page Redaction check."
)
