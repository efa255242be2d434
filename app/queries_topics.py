"""SQL of the topics page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from app.queries import counts_in, missing_as_none, per_week
from app.queries_issues import choose_quotes, quotable_texts
from app.topic_layout import TopicLayout, lay_out
from feedback.schema import OUTLIER_TOPIC, Measure, TopicChange, topic_changes, topics
from feedback.topic_edits import TopicState, state_query

if TYPE_CHECKING:
    from app.filters import Filters
    from feedback.store import Store

__all__ = ["MAX_TOPICS", "TopicReport", "Topics", "find_topics", "latest_changes"]

MAX_TOPICS = 100
"""Topics shown, the largest."""

_SHOWN = ("topic_id", "name", "named_by", "terms", "quotes", "parent_id", "centroid")


@dataclass(frozen=True)
class Topics:
    """Topics of the newest model, largest first.

    ``topics`` has topic_id, name, named_by (None where the machine did), terms (list), parent_id,
    n (comments in the filters' scope), quotes (list of texts), weeks (list of counts, oldest first)
    and x and y (place on the map, 0-1; missing where there is none). ``weeks`` has topic_id, week
    and n. ``n_outliers`` comments fit no topic. ``map_share`` is how much of the differences
    between topics the map holds; None without a map.
    """

    topics: pd.DataFrame
    weeks: pd.DataFrame
    n_comments: int
    n_outliers: int
    model_version: str
    map_share: float | None


def topic_version(store: Store) -> str:
    """Return the fit that comments are assigned by; empty without topics."""
    return TopicState.of(dict(store.read(state_query()).iloc[0])).version


def find_topics(store: Store, filters: Filters) -> Topics:
    """Return the topics of the comments in the filters' scope."""
    newest = topic_version(store)
    days = _days(store, filters)
    sizes = days.groupby("topic_id")["n"].sum().astype("int64")
    n_outliers = int(sizes.get(OUTLIER_TOPIC, 0))
    sizes = sizes.drop(OUTLIER_TOPIC, errors="ignore")
    weeks = per_week(days[days["topic_id"] != OUTLIER_TOPIC], ["topic_id"])
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
    found = found.sort_values(["n", "topic_id"], ascending=[False, True], ignore_index=True)
    layout = _layout(found["centroid"])
    places = np.full((len(found), 2), np.nan) if layout is None else layout.places
    return Topics(
        topics=found.drop(columns="centroid").assign(x=places[:, 0], y=places[:, 1]),
        weeks=weeks,
        n_comments=int(sizes.sum()),
        n_outliers=n_outliers,
        model_version=newest,
        map_share=None if layout is None else layout.share,
    )


def _days(store: Store, filters: Filters) -> pd.DataFrame:
    """Return topic_id, day and n, with a zero for a day without any comment of a topic."""
    rows = store.read(counts_in(filters, Measure.TOPIC, by=["day", "value"]))
    days = pd.date_range(filters.first_day, filters.last_day, freq="D", name="day")
    if rows.empty:
        return pd.DataFrame({"topic_id": [], "day": days[:0], "n": []}).astype({"topic_id": int})
    rows = rows.assign(
        day=pd.to_datetime(rows["day"]).astype(days.dtype), topic_id=rows["value"].astype(int)
    )
    wide = rows.pivot_table(index="day", columns="topic_id", values="n", aggfunc="sum")
    wide = wide.reindex(days).fillna(0).astype("int64")
    return wide.stack(future_stack=True).rename("n").reset_index()[["topic_id", "day", "n"]]


def _layout(centroids: pd.Series[Any]) -> TopicLayout | None:
    vectors = [np.frombuffer(blob, dtype="<f4") for blob in centroids]
    if len({len(vector) for vector in vectors}) != 1:
        return None  # none, or some made by another encoder
    return lay_out(np.stack(vectors))


@dataclass(frozen=True)
class TopicReport:
    """What the fit in force changed against the one before.

    ``changes`` has topic_id, kind and detail, as the table ``topic_changes``; ``names`` are by
    topic id, also of topics that are no more, ``sizes`` of the new ones. ``at`` is None before the
    first fit.
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
    rows = store.read(sa.select(topics.c.topic_id, topics.c.model_version, topics.c.name))
    is_current = rows["model_version"] == version
    ordered = pd.concat([rows[~is_current], rows[is_current]])  # the present name wins
    new = changes.loc[changes["kind"] == TopicChange.NEW.value, "topic_id"]
    sizes = store.read(
        sa.select(topics.c.topic_id, topics.c.n).where(
            topics.c.model_version == version, topics.c.topic_id.in_(new.astype(int).tolist())
        )
    )
    return TopicReport(
        model_version=version,
        at=changes["at"].iloc[0].to_pydatetime() if len(changes) else None,
        changes=changes[["topic_id", "kind", "detail"]],
        names=dict(zip(ordered["topic_id"].tolist(), ordered["name"], strict=True)),
        sizes=dict(zip(sizes["topic_id"].tolist(), sizes["n"].tolist(), strict=True)),
    )
