"""Topics: what people write about, found without a codebook."""

from __future__ import annotations

import streamlit as st

from app import queries, queries_topics, tell, tell_rows, tell_topics
from app.charts import draw_weeks
from app.evidence import empty_state, facts_or_stop, heading, quotes, secondary
from app.filters import choose
from app.live import load
from app.selection import selectable_table
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
    f"{tell.place(filters).capitalize()}, {tell.period(filters)}. Names are made from the words "
    "that set a topic apart; comments that fit no topic are left out. Choose a row to read more.",
)
chosen = selectable_table(
    tell_rows.topics_table(found),
    ids=list(found.topics["topic_id"]),
    key="topics_table",
    alt="Topics by number of comments",
    column_config={
        "Comments": st.column_config.NumberColumn(format="localized"),
        "A week": st.column_config.BarChartColumn(help="Comments a week, oldest first"),
    },
    is_required=True,
)
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

report = load(queries_topics.latest_changes)
heading("What the last fit changed", tell_topics.changes_sentence(report))
changes = tell_topics.changes_table(report)
if not changes.empty:
    st.dataframe(
        changes,
        hide_index=True,
        alt="Topics that the last fit found new, gone, merged or split",
        column_config={"Topic": st.column_config.Column(width="medium", pinned=True)},
    )
secondary(
    "Topics keep their names and numbers from fit to fit. To name, merge, split or pin one, use: "
    "feedback topics --help"
)
