"""The page of topics in words: its answer, charts, groups and settings; pure, as `app.tell` is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from app.charts import Telling
from app.tell import period, place
from app.tell_topics import deed
from app.week_lines import MAX_SERIES
from app.wording import begun, counted, moment, percent

if TYPE_CHECKING:
    from app.filters import Filters
    from app.queries_topics import Topics
    from topics.hierarchy import TopicGroup

__all__ = [
    "about_map",
    "about_top_weeks",
    "edits_table",
    "fineness_told",
    "found_note",
    "groups_of",
]


def found_note(found: Topics, filters: Filters) -> str:
    """Return what the topics were found in, and what fits none."""
    n = found.n_comments + found.n_outliers
    return (
        f"{begun(place(filters))}, {period(filters)}. Names are made from the words that set "
        f"a topic apart. {found.n_outliers:,} of {counted(n, 'comment')} "
        f"({percent(found.n_outliers / n)}) fit no topic. Choose a row to read more."
    )


def about_map(found: Topics, filters: Filters) -> Telling:
    """Return what the map says; how far it can be trusted is part of that."""
    first = found.topics.iloc[0]
    return Telling(
        headline="Topics that are alike stand close",
        subtitle=(
            "Circles are sized by comments. Two directions hold "
            f"{percent(found.map_share or 0)} of the differences between topics, so distances are "
            f"a guide, not a measure. {begun(place(filters))}, {period(filters)}"
        ),
        alt=(
            f"Map chart of {counted(len(found.topics), 'topic')}, the largest of them "
            f"{first['name'][:80]} with {counted(int(first['n']), 'comment')}."
        ),
    )


def about_top_weeks(found: Topics, filters: Filters) -> tuple[pd.DataFrame, Telling] | None:
    """Return the largest topics week by week and what to say; None for less than two weeks."""
    top = found.topics.head(MAX_SERIES)
    weeks = found.weeks[found.weeks["topic_id"].isin(top["topic_id"])]
    if weeks["week"].nunique() < 2:
        return None
    names = dict(zip(top["topic_id"], top["name"], strict=True))
    order = {key: at for at, key in enumerate(top["topic_id"])}
    frame = weeks.assign(series=weeks["topic_id"].map(names), at=weeks["topic_id"].map(order))
    frame = frame.sort_values(["at", "week"], ignore_index=True)[["series", "week", "n"]]
    grown = _grown_most(frame)
    telling = Telling(
        headline=f"{grown[0]} has changed most: from {grown[1]:,} to {grown[2]:,} a week",
        subtitle=(
            f"Comments a week in the {len(top)} largest topics, first to last week, "
            f"{place(filters)}, {period(filters)}"
        ),
        alt=(
            f"Line chart of comments a week in the {len(top)} largest topics over "
            f"{frame['week'].nunique()} weeks: from {frame['n'].min():,} to {frame['n'].max():,}."
        ),
    )
    return frame, telling


def _grown_most(frame: pd.DataFrame) -> tuple[str, int, int]:
    """Return the topic whose last week differs most from its first, and both counts."""
    ends = frame.groupby("series", sort=False)["n"].agg(["first", "last"])
    name = (ends["last"] - ends["first"]).abs().idxmax()
    return str(name), int(ends.at[name, "first"]), int(ends.at[name, "last"])


def groups_of(found: Topics) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the broader groups with their topics, largest first, each with its comments."""
    from topics.hierarchy import topic_tree

    rows = found.topics
    groups: list[TopicGroup] = topic_tree(
        rows["topic_id"].tolist(),
        [None if pd.isna(parent) else int(parent) for parent in rows["parent_id"]],
        rows["terms"].tolist(),
        rows["n"].tolist(),
    )
    named = rows.set_index("topic_id")
    return [
        (
            f"{group.name}: {counted(group.n, 'comment')}",
            [
                (str(named.at[key, "name"]), counted(int(named.at[key, "n"]), "comment"))
                for key in group.topic_ids
            ],
        )
        for group in groups
    ]


def fineness_told(granularity: float, n_topics: int, min_comments: int, growth: float) -> str:
    """Return how fine topics are, what that led to, and how it is changed."""
    return (
        f"Fineness is {granularity:g}, on a scale from 1 (few, broad topics) to 4 (many, narrow "
        f"ones); with it the fit in force has {counted(n_topics, 'topic')}. Topics are fitted from "
        f"{min_comments:,} comments on, and again when comments have grown by {percent(growth)}. "
        "Another fineness holds from the next fit on: set topics_granularity, then run: feedback "
        "topics fit. How many topics that gives is known only after the fit."
    )


def edits_table(records: list[dict[str, Any]]) -> pd.DataFrame:
    """Return what people did to topics, the latest first."""
    return pd.DataFrame(
        [
            (
                one["edit"],
                moment(one["at"]),
                one["who"],
                deed(one).capitalize(),
                f"by edit {one['undone_by']}" if one["undone_by"] else "–",
            )
            for one in reversed(records)
        ],
        columns=["Edit", "When", "Who", "What", "Undone"],
    )
