"""Overview: what changed on each service, and whether it matters."""

from __future__ import annotations

import streamlit as st

from app import queries, tell, tell_overview
from app.blocks import link_to_emerging, link_to_issues
from app.charts import draw_bars, draw_intervals, draw_weeks
from app.evidence import facts_or_stop, heading, points, secondary
from app.figures import show_figures
from app.filters import choose
from app.freshness import show_freshness
from app.leak_rate import leak_line
from app.live import load
from app.print_view import show_table
from app.queries_overview import overview
from app.queries_safeguarding import count_safeguarding
from app.safeguarding_view import show_waiting
from app.tell_changes import week_changes
from app.wording import LONDON, day

facts = facts_or_stop(load(queries.store_facts))
filters = choose(facts, has_page=False)
found = load(overview, filters, facts.first_at.astimezone(LONDON).date())

heading(tell_overview.overview_answer(found))
show_freshness(facts.last_at)
if len(found.signals):
    points(tell.signal_points(found.signals))
    link_to_emerging(filters)
show_waiting(load(count_safeguarding, filters.service))
show_figures(tell_overview.figures(found))
secondary(
    f"{found.period.told()}, {tell.place(filters)}; 95% intervals. "
    f"{tell_overview.trend_told(found)}"
)

link_to_issues(filters)

heading("What changed since last week", f"The 7 days to {day(found.weeks[1].last_day)}.")
points(week_changes(found))

heading("Services", f"{found.period.told()}; comments of the last 7 days and the 7 before.")
show_table(
    tell_overview.services_table(found),
    alt="What happens at each service",
    height="content",
    row_height=tell.TWO_LINES_PIXELS,
    column_config={
        name: st.column_config.Column(width=width)
        for name, width in tell_overview.SERVICES_WIDTHS.items()
    },
)
heading("What people answered", tell_overview.EASE_EXPLAINED)
show_table(
    tell_overview.answers_table(found),
    alt="What people answered at each service",
    height="content",
    row_height=tell.TWO_LINES_PIXELS,
    column_config={
        name: st.column_config.Column(width=width)
        for name, width in tell_overview.ANSWERS_WIDTHS.items()
    },
)
secondary(f"95% intervals. {tell_overview.trend_told(found)}")
for column, (name, unit) in zip(
    st.columns(2, gap="large"), tell_overview.SCALES.items(), strict=True
):
    answers = tell_overview.about_answers(found, name)
    with column:
        if answers is not None:
            draw_intervals(
                *answers, key=name, label="Service", unit=unit, ends=tell_overview.ANSWER_SCALE
            )

left, right = st.columns(2, gap="large")
with left:
    weeks = tell.about_weeks(found.days, filters)
    if weeks is not None:
        draw_weeks(*weeks, key="weeks", unit="Comments")
with right:
    n_comments = found.counted.n("comments", found.period)
    themes = tell.about_themes(found.themes, n_comments, filters)
    if themes is not None:
        draw_bars(*themes, key="themes", label="Theme", unit="Comments")

secondary(
    f"Personal data is replaced before comments are stored. Leak rate: {load(leak_line)}. "
    "Comments are checked on the page Redaction check."
)
