"""What people did to topics, and how a new fit is brought to agree with it.

The parts that edits speak of are called leaves. A merged topic has a leaf for each side, a split
one for each part; every other topic is a leaf of its own. A new fit is matched leaf by leaf, so a
side is known again when the fit finds it apart, and a part is cut out again when the fit finds it
together with another.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np

from feedback.schema import TopicAction

__all__ = [
    "Edit",
    "Shape",
    "blocking_edit",
    "centroids_from",
    "centroids_told",
    "nearest_of",
    "renewed_details",
    "shape_of",
    "standing_edits",
    "touched_topics",
]


@dataclass(frozen=True)
class Edit:
    """A row of the table ``topic_edits``."""

    edit_id: int
    at: datetime
    who: str
    action: TopicAction
    topic_id: int
    detail: Mapping[str, Any]


@dataclass
class Shape:
    """What standing edits make of topics.

    Attributes
    ----------
    names : dict
        The name a person gave, and who that was, by topic id.
    pinned : set of int
        Topics that must stay.
    sides : dict
        Of each merged topic, its leaves by their ids, with centroids; without any leaf where
        another encoder made them, so that the topic can be known again as a whole only.
    families : list of dict
        Leaves that were one topic and must not be again, with centroids where they are known.
    """

    names: dict[int, tuple[str, str]] = field(default_factory=dict)
    pinned: set[int] = field(default_factory=set)
    sides: dict[int, dict[int, np.ndarray]] = field(default_factory=dict)
    families: list[dict[int, np.ndarray | None]] = field(default_factory=list)

    def groups(self) -> list[Mapping[int, np.ndarray | None]]:
        """Return all leaves that edits speak of, group by group, with what is known of them."""
        return [*self.sides.values(), *self.families]

    def sides_now(self, leaves: Mapping[int, np.ndarray]) -> dict[int, dict[int, np.ndarray]]:
        """Return the sides with the centroids that a fit found, where it found them."""
        return {
            topic: {leaf: leaves.get(leaf, kept) for leaf, kept in sides.items()}
            for topic, sides in self.sides.items()
        }

    def owner_of(self, leaf: int) -> int:
        """Return the topic that a leaf belongs to."""
        return next((topic for topic, sides in self.sides.items() if leaf in sides), leaf)


def standing_edits(edits: Iterable[Edit]) -> list[Edit]:
    """Return the edits that were not undone, in order, without the undoing ones."""
    told = sorted(edits, key=lambda edit: edit.edit_id)
    undone = {int(edit.detail["edit"]) for edit in told if edit.action is TopicAction.UNDO}
    return [
        edit for edit in told if edit.action is not TopicAction.UNDO and edit.edit_id not in undone
    ]


def touched_topics(edit: Edit) -> set[int]:
    """Return the topics that an edit is about."""
    others = [int(key) for key in edit.detail.get("centroids", {})]
    return {edit.topic_id, *others, *([int(edit.detail["into"])] if "into" in edit.detail else [])}


def blocking_edit(edit: Edit, standing: Sequence[Edit]) -> Edit | None:
    """Return the last edit that must be undone before this one; None if it can be undone now.

    A merge or split is undone before an earlier one of the same topics, since its sides or parts
    are made of what that one left. Names and pins stand in nobody's way.
    """
    shaping = (TopicAction.MERGE, TopicAction.SPLIT)
    if edit.action not in shaping:
        return None
    later = [
        other
        for other in standing
        if other.edit_id > edit.edit_id
        and other.action in shaping
        and touched_topics(other) & touched_topics(edit)
    ]
    return later[-1] if later else None


def shape_of(standing: Iterable[Edit], encoder: str) -> Shape:
    """Return what edits make of topics; ``encoder`` names what made the vectors at hand."""
    shape = Shape()
    for edit in standing:
        topic = edit.topic_id
        if edit.action is TopicAction.NAME:
            shape.names[topic] = (str(edit.detail["name"]), edit.who)
        elif edit.action is TopicAction.PIN:
            shape.pinned.add(topic)
        else:
            is_known = edit.detail["encoder"] == encoder
            leaves = centroids_from(edit.detail)
            if edit.action is TopicAction.MERGE:
                into = int(edit.detail["into"])
                _merge(shape, topic, into, leaves if is_known else {})
                if topic in shape.names:
                    shape.names.setdefault(into, shape.names[topic])
            else:
                _split(shape, topic, leaves if is_known else dict.fromkeys(leaves))
    return shape


def _merge(shape: Shape, topic: int, into: int, leaves: Mapping[int, np.ndarray]) -> None:
    sides = [
        shape.sides.pop(side, {}) or ({side: leaves[side]} if side in leaves else {})
        for side in (topic, into)
    ]
    shape.sides[into] = {**sides[0], **sides[1]} if all(sides) else {}


def _split(shape: Shape, topic: int, leaves: Mapping[int, np.ndarray | None]) -> None:
    shape.sides.pop(topic, None)
    for family in shape.families:
        if topic in family:
            family.update(leaves)
            return
    shape.families.append(dict(leaves))


def renewed_details(
    standing: Iterable[Edit], leaves: Mapping[int, np.ndarray], encoder: str
) -> dict[int, dict[str, Any]]:
    """Return what edits are to keep after a fit, by their numbers: where their leaves are now.

    What another encoder made is replaced as a whole or stays.
    """
    details = {}
    for edit in standing:
        kept = centroids_from(edit.detail)
        now = {key: leaves[key] for key in kept if key in leaves}
        if edit.detail.get("encoder") == encoder:
            now = {**kept, **now}
        if kept and len(now) == len(kept):
            told = {"centroids": centroids_told(now), "encoder": encoder}
            details[edit.edit_id] = {**edit.detail, **told}
    return details


def centroids_told(centroids: Mapping[int, np.ndarray]) -> dict[str, str]:
    """Return centroids as they lie in an edit's detail.

    Examples
    --------
    >>> told = centroids_told({3: np.array([0.5, 0.25])})
    >>> centroids_from({"centroids": told})
    {3: array([0.5 , 0.25], dtype=float32)}
    """
    return {
        str(key): base64.b64encode(centroid.astype("<f4").tobytes()).decode("ascii")
        for key, centroid in centroids.items()
    }


def centroids_from(detail: Mapping[str, Any]) -> dict[int, np.ndarray]:
    """Return the centroids of an edit's detail by leaf, float32."""
    return {
        int(key): np.frombuffer(base64.b64decode(told), dtype="<f4").astype(np.float32)
        for key, told in detail.get("centroids", {}).items()
    }


def nearest_of(vectors: np.ndarray, centroids: Mapping[int, np.ndarray]) -> np.ndarray:
    """Return the key of the centroid that each vector points at most closely.

    Parameters
    ----------
    vectors
        ndarray of shape (n_vectors, n_dimensions).
    centroids
        At least one; only directions count.
    """
    keys = np.array(list(centroids), dtype=int)
    rows = np.stack([centroids[int(key)] for key in keys])
    rows = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    nearest: np.ndarray = keys[(vectors @ rows.T).argmax(axis=1)]
    return nearest
