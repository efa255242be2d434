"""Topics: what people write about, found without a codebook."""

from __future__ import annotations

import streamlit as st

from app import queries, queries_topics, tell, tell_rows, tell_topic_page, tell_topics, topic_view
from app.charts import draw_weeks
from app.evidence import empty_state, facts_or_stop, heading, quotes, secondary
from app.filters import choose
from app.live import load, settings
from app.print_view import show_table
from app.selection import selectable_table
from app.topic_chart import draw_topic_map
from app.wording import counted

facts = facts_or_stop(load(queries.store_facts))
filters = choose(facts)
found = load(queries_topics.find_topics, filters)

if found.topics.empty:
    empty_state(
        "No topics here yet.",
        "Topics are found once there are enough comments. Look for them with:",
        "feedback topics fit",
    )
    st.stop()

heading(
    f"{counted(len(found.topics), 'topic')} in {counted(found.n_comments, 'comment')}",
    tell_topic_page.found_note(found, filters),
)
table = tell_rows.topics_table(found)
ids = list(found.topics["topic_id"])
topic_view.take_from_address(ids)
chosen = selectable_table(
    table,
    ids=ids,
    key=topic_view.TABLE,
    alt="Topics by number of comments",
    column_config={
        "Topic": st.column_config.Column(width="medium", pinned=True),
        "Comments": st.column_config.NumberColumn(format="localized"),
        "A week": st.column_config.BarChartColumn(help="Comments a week, oldest first"),
    },
    is_required=True,
)
topic_view.put_in_address(chosen)
topic = found.topics[found.topics["topic_id"] == chosen].iloc[0]
heading(topic["name"], tell_topics.who_named(topic["named_by"]))
left, right = st.columns(2, gap="large")
with left:
    heading("Three comments that stand for it", level=3)
    quotes(topic["quotes"], of=f"Comments of the topic {topic['name']}")
    heading("Words that set it apart", ", ".join(topic["terms"]), level=3)
with right:
    weeks = found.weeks[found.weeks["topic_id"] == chosen]
    told = tell.about_topic_weeks(weeks, topic["name"], filters)
    if told is not None:
        draw_weeks(*told, key="topic_weeks", unit="Comments")
topic_view.offer_edits(found.topics, chosen)

heading("All topics")
if found.map_share is not None:
    about = tell_topic_page.about_map(found, filters)
    draw_topic_map(found.topics, table[["Topic", "Comments"]], chosen, about, key="topic_map")
top = tell_topic_page.about_top_weeks(found, filters)
if top is not None:
    draw_weeks(*top, key="top_topic_weeks", unit="Comments")
groups = tell_topic_page.groups_of(found)
if groups:
    heading(
        "Broader groups",
        "Topics whose comments are alike, named by the words that weigh most in them.",
        level=3,
    )
    topic_view.show_groups(groups)

report = load(queries_topics.latest_changes)
heading("What the last fit changed", tell_topics.changes_sentence(report))
changes = tell_topics.changes_table(report)
if not changes.empty:
    show_table(
        changes,
        alt="Topics that the last fit found new, gone, merged or split",
        column_config={"Topic": st.column_config.Column(width="medium", pinned=True)},
    )
now = settings()
heading("How fine topics are")
secondary(
    tell_topic_page.fineness_told(
        now.topics_granularity,
        len(found.topics),
        now.topics_min_comments,
        now.topics_refit_growth,
    )
)
secondary("Topics keep their names and numbers from fit to fit.")
