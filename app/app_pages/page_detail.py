"""One page of a service: trend, themes, signals, issue clusters, what people wrote."""

from __future__ import annotations

import streamlit as st

from app import queries, queries_issues, tell
from app.before_after import show_before_and_after
from app.blocks import link_to_emerging, show_issues
from app.charts import draw_bars, draw_weeks
from app.evidence import facts_or_stop, heading, points, quotes, secondary
from app.filters import choose
from app.live import load
from app.wording import counted, moment

facts = facts_or_stop(load(queries.store_facts))
filters = choose(facts)
found = load(queries_issues.page_detail, filters)

if filters.page is None:
    secondary("Choose a page to see it alone.")
heading(
    f"{counted(found.n_comments, 'comment')}: {tell.place(filters)}",
    f"{tell.period(filters)}. "
    + ("" if len(found.signals) else "No signal stands out from the baseline here."),
)
if len(found.signals):
    points(tell.signal_points(found.signals.head(tell.SIGNALS_SHOWN)))
    link_to_emerging(filters)

left, right = st.columns(2, gap="large")
with left:
    weeks = tell.about_weeks(found.days, filters)
    if weeks is not None:
        draw_weeks(*weeks, key="weeks", unit="Comments")
with right:
    themes = tell.about_themes(found.themes, found.n_comments, filters)
    if themes is not None:
        draw_bars(*themes, key="themes", label="Theme", unit="Comments")

show_before_and_after(filters)

show_issues(found.issues, found.n_issues, filters)

heading(
    "Newest comments",
    "Personal data is replaced by placeholders. Safeguarding comments are never shown here.",
)
quotes(
    list(found.recent["text"]),
    notes=[moment(at) for at in found.recent["submitted_at"]],
    of="Newest comments",
)
