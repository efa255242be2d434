"""Page explorer: a service's pages in journey order, and one page by itself."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from app import queries, tell, tell_pages
from app.before_after import show_before_and_after
from app.blocks import link_to_emerging
from app.charts import draw_bars, draw_weeks
from app.evidence import facts_or_stop, heading, points, quotes, secondary
from app.filters import bind_choice, choose
from app.issue_view import link_to_issue
from app.live import load
from app.queries_pages import one_page, pages
from app.selection import choosing_table
from app.wording import begun, counted, moment

facts = facts_or_stop(load(queries.store_facts))
filters = choose(facts)
order = bind_choice(
    "Order of the pages",
    "order",
    list(tell_pages.ORDERS),
    label_of=tell_pages.ORDERS.__getitem__,
    everything="Journey order",
)
everywhere = replace(filters, page=None)
found = load(pages, everywhere)
shown, table = tell_pages.pages_table(found, everywhere, order or tell_pages.JOURNEY)
heading(
    tell_pages.pages_answer(found),
    f"{begun(tell.place(everywhere))}, {tell.period(filters)}. Step: place in the service's "
    "journey. Choose a row, or a page above, to see it alone.",
)
choosing_table(
    table,
    ids=shown,
    name="page",
    key="pages",
    alt="Pages; choose one to see it alone",
    height="content" if len(table) <= tell_pages.ROWS_IN_FULL else "auto",
    row_height=tell.TWO_LINES_PIXELS,
    column_config={
        name: (
            st.column_config.LineChartColumn(width=width, y_min=0)
            if name == "A week"
            else st.column_config.Column(width=width)
        )
        for name, width in tell_pages.PAGES_WIDTHS.items()
    },
)
if filters.page is None:
    st.stop()

chosen = load(one_page, filters)
heading(tell.place(filters), f"{tell_pages.page_answer(chosen)} {tell.period(filters)}.")
is_quiet = chosen.signals["kind"] == "quiet"
if (~is_quiet).any():
    points(tell.signal_points(chosen.signals[~is_quiet].head(tell.SIGNALS_SHOWN)))
if len(chosen.quiet):
    heading("Gone quiet", "Fewer comments than usual may mean that a page cannot be reached.")
    points(tell_pages.quiet_points(chosen))
if len(chosen.signals):
    link_to_emerging(filters)
else:
    secondary("No signal stands out from the baseline here.")

left, right = st.columns(2, gap="large")
with left:
    weeks = tell.about_weeks(chosen.days, filters)
    if weeks is not None:
        draw_weeks(*weeks, key="weeks", unit="Comments")
with right:
    themes = tell.about_themes(chosen.themes, chosen.n_comments, filters)
    if themes is not None:
        draw_bars(*themes, key="themes", label="Theme", unit="Comments")

show_before_and_after(filters)

heading(
    "Issues on this page",
    f"{counted(chosen.n_issues, 'open issue')} seen {tell.period(filters)}, largest first.",
)
for cluster_id, title, note in tell_pages.page_issues(chosen):
    with st.container(key=f"page_issue_{cluster_id}"):
        heading(title, note, level=3)
        link_to_issue(cluster_id)

heading(
    "Newest comments",
    "Personal data is replaced by placeholders. Safeguarding comments are never shown here.",
)
quotes(
    list(chosen.recent["text"]),
    notes=[moment(at) for at in chosen.recent["submitted_at"]],
    of="Newest comments",
)
