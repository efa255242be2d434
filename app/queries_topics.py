"""SQL of the topics page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import pandas as pd
import sqlalchemy as sa

from app.queries import hour_column, in_scope, missing_as_none, per_day, per_week
from app.queries_issues import choose_quotes, quotable_texts
from feedback.schema import OUTLIER_TOPIC, assignments, comments, topic_changes, topics
from feedback.topic_edits import TopicState, state_query

if TYPE_CHECKING:
    from app.filters import Filters
    from feedback.store import Store

__all__ = ["MAX_TOPICS", "TopicReport", "Topics", "find_topics", "latest_changes"]

MAX_TOPICS = 100


_SHOWN = ("topic_id", "name", "named_by", "terms", "quotes")


@dataclass(frozen=True)
class Topics:
    """Topics of the newest model, largest first.

    ``topics`` has topic_id, name, named_by (None where the machine did), terms (list), n (comments
    in the filters' scope), quotes (list of texts) and weeks (list of counts, oldest first);
    ``weeks`` has topic_id, week and n.
    """

    topics: pd.DataFrame
    weeks: pd.DataFrame
    n_comments: int
    model_version: str


def topic_version(store: Store) -> str:
    """Return the fit that comments are assigned by; empty without topics."""
    return TopicState.of(dict(store.read(state_query()).iloc[0])).version


def find_topics(store: Store, filters: Filters) -> Topics:
    """Return the topics of the comments in the filters' scope."""
    newest = topic_version(store)
    hour = hour_column(comments.c.submitted_at).label("hour")
    hours = store.read(
        sa.select(assignments.c.topic_id, hour, sa.func.count().label("n"))
        .join_from(comments, assignments, assignments.c.comment_id == comments.c.comment_id)
        .where(
            *in_scope(filters),
            assignments.c.model_version == newest,
            assignments.c.topic_id != OUTLIER_TOPIC,
        )
        .group_by(assignments.c.topic_id, hour)
    )
    weeks = per_week(per_day(hours, filters, ["topic_id"]), ["topic_id"])
    sizes = hours.groupby("topic_id")["n"].sum().astype("int64")
    found = store.read(
        sa.select(*(topics.c[name] for name in _SHOWN)).where(
            topics.c.model_version == newest,
            topics.c.topic_id.in_([int(key) for key in sizes.nlargest(MAX_TOPICS).index]),
        )
    )
    texts = quotable_texts(store, {key for keys in found["quotes"] for key in keys})
    by_topic = weeks.groupby("topic_id")["n"].apply(list)
    found = missing_as_none(found).assign(
        n=found["topic_id"].map(sizes).astype("int64"),
        quotes=[choose_quotes([texts[k] for k in keys if k in texts]) for keys in found["quotes"]],
        weeks=[by_topic.get(key, []) for key in found["topic_id"]],
    )
    return Topics(
        topics=found.sort_values(["n", "topic_id"], ascending=[False, True], ignore_index=True),
        weeks=weeks,
        n_comments=int(sizes.sum()),
        model_version=newest,
    )


@dataclass(frozen=True)
class TopicReport:
    """What the fit in force changed against the one before.

    ``changes`` has topic_id, kind and detail, as the table ``topic_changes``; ``names`` and
    ``sizes`` are by topic id, also of topics that are no more. ``at`` is None before the first fit.
    """

    model_version: str
    at: datetime | None
    changes: pd.DataFrame
    names: dict[int, str]
    sizes: dict[int, int]


def latest_changes(store: Store) -> TopicReport:
    """Return what the fit in force changed."""
    version = topic_version(store)
    changes = store.read(
        sa.select(topic_changes)
        .where(topic_changes.c.model_version == version)
        .order_by(topic_changes.c.topic_id, topic_changes.c.kind)
    )
    rows = store.read(
        sa.select(topics.c.topic_id, topics.c.model_version, topics.c.name, topics.c.n)
    )
    is_current = rows["model_version"] == version
    ordered = pd.concat([rows[~is_current], rows[is_current]])  # the present name wins
    return TopicReport(
        model_version=version,
        at=changes["at"].iloc[0].to_pydatetime() if len(changes) else None,
        changes=changes[["topic_id", "kind", "detail"]],
        names=dict(zip(ordered["topic_id"].tolist(), ordered["name"], strict=True)),
        sizes=dict(zip(ordered["topic_id"].tolist(), ordered["n"].tolist(), strict=True)),
    )
