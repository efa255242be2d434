"""What people do to topics, at once: give a name, merge, split, pin, and take back.

Only the comments of the topics in question are read again; no topic is fitted. Every fit later does
the same again, see `topics.reapply`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from feedback.errors import StoreError
from feedback.schema import TopicAction
from feedback.topic_edits import NewEdit
from topics.edits import (
    Edit,
    blocking_edit,
    centroids_from,
    centroids_told,
    nearest_of,
    shape_of,
)
from topics.in_force import encoder_of
from topics.model import MIN_TOPIC_COMMENTS
from topics.regroup import LIST, EditDone, InForce, Members

if TYPE_CHECKING:
    from feedback.protocols import Embedder
    from feedback.store import Store

__all__ = ["EditDone", "merge_topics", "pin_topic", "rename_topic", "split_topic", "undo_edit"]

N_STARTS = 10
"""Starts of k-means, of which the best is taken."""


def rename_topic(store: Store, topic_id: int, name: str, *, who: str) -> EditDone:
    """Give a topic a name, redacted already, that no fit takes from it.

    Raises
    ------
    StoreError
        There is no such topic, another has that name, or the topics changed meanwhile.
    """
    now = InForce.read(store)
    row = now.row(topic_id)
    if name in now.names_but(topic_id):
        raise StoreError(f"Another topic has that name. Choose another, or merge them. {LIST}")
    detail = {"name": name, "by_machine": now.name_by_machine(topic_id)}
    edit = NewEdit(TopicAction.NAME, topic_id, who, detail, {})
    found = pd.DataFrame([{**row, "name": name, "named_by": who}])
    return now.write(store, edit, found)


def pin_topic(store: Store, topic_id: int, *, who: str) -> EditDone:
    """Keep a topic through every fit, also one that finds nothing of it."""
    now = InForce.read(store)
    edit = NewEdit(TopicAction.PIN, topic_id, who, {}, {})
    return now.write(store, edit, pd.DataFrame([now.row(topic_id)]))


def merge_topics(
    store: Store, embedder: Embedder, topic_id: int, into: int, *, who: str
) -> EditDone:
    """Put the comments of a topic into another, which keeps its id.

    Raises
    ------
    StoreError
        There is no such topic, both are one, or the topics changed meanwhile.
    """
    now = InForce.read(store)
    if topic_id == into:
        raise StoreError(f"Topic {topic_id} cannot be merged with itself. {LIST}")
    rows = {key: now.row(key) for key in (topic_id, into)}
    members = Members.read(store, embedder, now.state.version, list(rows))
    sides = {key: members.centroid(key, row["centroid"]) for key, row in rows.items()}
    detail = {
        "into": into,
        "centroids": centroids_told(sides),
        "encoder": encoder_of(embedder),
    }
    edit = NewEdit(TopicAction.MERGE, topic_id, who, detail, {"into": into})
    new_ids = np.full(len(members.vectors), into)
    return now.regroup(store, edit, members, new_ids, [into])


def split_topic(
    store: Store, embedder: Embedder, topic_id: int, *, n_parts: int, seed: int, who: str
) -> EditDone:
    """Divide a topic by k-means over its comments; the largest part keeps its id.

    Raises
    ------
    StoreError
        There is no such topic, it has too few comments, or the topics changed meanwhile.
    """
    now = InForce.read(store)
    now.row(topic_id)
    members = Members.read(store, embedder, now.state.version, [topic_id])
    own = members.vectors[members.is_modelled]
    least = MIN_TOPIC_COMMENTS * n_parts
    if len(own) < least:
        raise StoreError(
            f"Topic {topic_id} has {len(own)} comments to divide; {n_parts} parts need {least}."
        )
    keys = [topic_id, *range(now.state.next_id, now.state.next_id + n_parts - 1)]
    parts = dict(zip(keys, _parts(own, n_parts, seed), strict=True))
    new_ids = nearest_of(members.vectors, parts)
    smallest = min((new_ids[members.is_modelled] == key).sum() for key in keys)
    if smallest < MIN_TOPIC_COMMENTS:
        raise StoreError(
            f"Topic {topic_id} has no {n_parts} parts of {MIN_TOPIC_COMMENTS} comments or more: "
            f"the smallest would have {smallest}. Nothing was changed."
        )
    detail = {
        "parts": keys,
        "centroids": centroids_told(parts),
        "encoder": encoder_of(embedder),
    }
    edit = NewEdit(TopicAction.SPLIT, topic_id, who, detail, {"parts": keys})
    return now.regroup(store, edit, members, new_ids, keys, next_id=keys[-1] + 1)


def _parts(vectors: np.ndarray, n_parts: int, seed: int) -> list[np.ndarray]:
    """Return the centroids of the parts of a topic, the largest part's first."""
    from sklearn.cluster import KMeans

    labels = KMeans(n_parts, n_init=N_STARTS, random_state=seed).fit_predict(vectors)
    by_size = np.argsort(-np.bincount(labels, minlength=n_parts), kind="stable")
    return [vectors[labels == part].mean(axis=0) for part in by_size]


def undo_edit(store: Store, embedder: Embedder, edit_id: int, *, who: str) -> EditDone:
    """Take an edit back; the topics are as if it had not been made.

    Raises
    ------
    StoreError
        There is no such edit, it was undone before, a later one must be undone first, or another
        encoder makes the vectors now, so that nobody knows which comments were on which side.
    """
    now = InForce.read(store)
    edit = next((one for one in now.edits if one.edit_id == edit_id), None)
    if edit is None:
        raise StoreError(
            f"There is no edit {edit_id}, or it was undone before. See: feedback topics edits"
        )
    first = blocking_edit(edit, now.edits)
    if first is not None:
        raise StoreError(
            f"Edit {first.edit_id} came later and is about the same topics. Undo it first: "
            f"feedback topics undo {first.edit_id}"
        )
    rest = InForce(now.state, [one for one in now.edits if one is not edit], now.rows)
    told = {"undone": edit_id}
    undo = NewEdit(TopicAction.UNDO, edit.topic_id, who, {"edit": edit_id}, told)
    if edit.action is TopicAction.NAME:
        return rest.write(store, undo, rest.renamed(edit.topic_id, edit.detail["by_machine"]))
    if edit.action is TopicAction.PIN:
        return rest.write(store, undo, rest.rows.iloc[:0])
    undone = _unmerged if edit.action is TopicAction.MERGE else _unsplit
    return undone(store, embedder, rest, edit, undo)


def _unmerged(
    store: Store, embedder: Embedder, rest: InForce, edit: Edit, undo: NewEdit
) -> EditDone:
    """Give each side of a merge the comments that are nearest to it."""
    if edit.detail["encoder"] != encoder_of(embedder):
        raise StoreError(
            "Another encoder makes the vectors now, so the sides of this merge are not known any "
            f"more. Split the topic instead: feedback topics split {edit.detail['into']}"
        )
    into, kept = int(edit.detail["into"]), centroids_from(edit.detail)
    if into not in rest.ids:
        return rest.write(store, undo, rest.rows.iloc[:0])
    shape = shape_of(rest.edits, encoder_of(embedder))
    members = Members.read(store, embedder, rest.state.version, [into])
    owner_of: dict[int, int] = {}
    leaves: dict[int, np.ndarray] = {}
    for side in (edit.topic_id, into):
        own = shape.sides.get(side) or {side: kept[side]}
        leaves |= own
        owner_of |= dict.fromkeys(own, side)
    nearest = nearest_of(members.vectors, leaves)
    new_ids = np.array([owner_of[int(leaf)] for leaf in nearest], dtype=int)
    return rest.regroup(store, undo, members, new_ids, [edit.topic_id, into])


def _unsplit(
    store: Store, embedder: Embedder, rest: InForce, edit: Edit, undo: NewEdit
) -> EditDone:
    """Put the parts together again."""
    parts = [key for key in map(int, edit.detail["parts"]) if key in rest.ids]
    if not parts:
        return rest.write(store, undo, rest.rows.iloc[:0])
    members = Members.read(store, embedder, rest.state.version, parts)
    new_ids = np.full(len(members.vectors), edit.topic_id)
    return rest.regroup(store, undo, members, new_ids, [edit.topic_id])
