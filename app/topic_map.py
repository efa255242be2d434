"""Groups of the topics in force, and BERTopic's plots of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from app.topic_work import latest_topics
from feedback import schema
from feedback.errors import SettingsError

if TYPE_CHECKING:
    from feedback.settings import Settings
    from feedback.store import Store
    from topics.model import TopicFit

__all__ = ["draw_map", "read_tree", "tree_text"]

MAX_COMMENTS = 20_000
"""The map shows at most this many comments; more are a blot, and a page that takes long to open."""


def read_tree(store: Store) -> list[dict[str, Any]]:
    """Return the groups of the topics in force, largest first, each with its topics."""
    from topics.hierarchy import topic_tree

    rows = latest_topics(store)
    parents = [None if pd.isna(parent) else int(parent) for parent in rows["parent_id"]]
    ids, sizes = rows["topic_id"].astype(int).tolist(), rows["n"].astype(int).tolist()
    names = dict(zip(ids, rows["name"], strict=True))
    n_of = dict(zip(ids, sizes, strict=True))
    groups = topic_tree(ids, parents, rows["terms"].tolist(), sizes)
    return [
        {
            "parent_id": group.parent_id,
            "name": group.name,
            "n": group.n,
            "topics": [{"topic_id": i, "name": names[i], "n": n_of[i]} for i in group.topic_ids],
        }
        for group in groups
    ]


def tree_text(groups: list[dict[str, Any]]) -> str:
    """Return groups and their topics as lines."""
    if not groups:
        return "No groups: there are too few topics. See: feedback topics list"
    lines = []
    for group in groups:
        lines.append(f"{group['n']:>6,}  {group['name']}")
        lines += [f"{t['n']:>10,}  {t['topic_id']:>4}  {t['name']}" for t in group["topics"]]
    return "\n".join(lines)


def draw_map(settings: Settings, store: Store, out: Path) -> list[Path]:
    """Write BERTopic's plots and model of the topics in force into a folder; return what was made.

    Raises
    ------
    SettingsError
        There are no topics yet.
    """
    from app import wiring
    from topics.bertopic_model import as_bertopic, write_map

    rows = latest_topics(store)
    members = _members(store, rows)
    if rows.empty or members.empty:
        raise SettingsError("There are no topics yet. Fit them with: feedback topics fit")
    texts = members["text"].tolist()
    vectors = wiring.make_embedder(settings, store).embed(texts)
    fit = _as_fit(rows, members)
    times = members["submitted_at"].dt.tz_localize(None).tolist()
    return write_map(as_bertopic(fit, texts, vectors), texts, vectors, out, times=times)


def _members(store: Store, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the comments that the topics are made of, without what may be about safeguarding."""
    from topics.reading import topic_material

    is_ours = schema.assignments.c.topic_id.is_not(None)
    material = topic_material(store, is_ours)
    material = material[material["is_modelled"]]
    if not rows.empty:
        material = material[material["model_version"] == rows["model_version"].iloc[0]]
    material = material.iloc[:: -(-len(material) // MAX_COMMENTS) or 1]
    comments = schema.comments
    times = store.read(sa.select(comments.c.comment_id, comments.c.submitted_at))
    return material.merge(times, on="comment_id")


def _as_fit(rows: pd.DataFrame, members: pd.DataFrame) -> TopicFit:
    """Return stored topics as a fit; BERTopic wants them numbered from 0, largest first."""
    from feedback.schema import OUTLIER_TOPIC
    from topics.model import Topic, TopicFit

    ids = members["topic_id"].astype(int)
    sizes = ids[ids != OUTLIER_TOPIC].value_counts()
    order = sorted(set(rows["topic_id"]) & set(sizes.index), key=lambda i: (-sizes[i], i))
    places = {topic_id: place for place, topic_id in enumerate(order)}
    stored = rows.set_index("topic_id")
    topics = tuple(
        Topic(
            topic_id=place,
            name=str(stored.at[topic_id, "name"]),
            terms=tuple(stored.at[topic_id, "terms"]),
            n=int(sizes[topic_id]),
            centroid=np.frombuffer(stored.at[topic_id, "centroid"], dtype="<f4"),
            quotes=(),
        )
        for topic_id, place in places.items()
    )
    return TopicFit(
        topic_ids=ids.map(places).fillna(OUTLIER_TOPIC).to_numpy(int),
        similarities=np.zeros(len(ids), dtype=np.float32),
        topics=topics,
        model_version=str(rows["model_version"].iloc[0]),
    )
