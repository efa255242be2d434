"""Change the topics in force in place: what edits share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from feedback import schema
from feedback.errors import StoreError
from feedback.schema import OUTLIER_TOPIC, TopicAction
from feedback.store import utc_now
from feedback.topic_edits import NewEdit, TopicState, write_edit
from topics import reading
from topics.describe import TopicTerms, described, free_name, naming
from topics.edits import Edit, Shape, shape_of, standing_edits
from topics.in_force import own_cosines

if TYPE_CHECKING:
    from feedback.protocols import Embedder
    from feedback.store import Store

__all__ = ["LIST", "EditDone", "InForce", "Members"]

N_BACKGROUND = 5_000
"""Comments of all topics that a topic's terms are told from."""
LIST = "See: feedback topics list"


@dataclass(frozen=True)
class EditDone:
    """An edit by its number, and the topics that it left."""

    edit_id: int
    topic_ids: tuple[int, ...]


@dataclass(frozen=True)
class Members:
    """All comments of some topics; ``vectors`` has one row for each."""

    topic_ids: tuple[int, ...]
    frame: pd.DataFrame
    vectors: np.ndarray

    @classmethod
    def read(
        cls, store: Store, embedder: Embedder, version: str, topic_ids: Sequence[int]
    ) -> Members:
        """Return the comments that are in some topics now."""
        table = schema.assignments
        frame = reading.topic_material(
            store, table.c.model_version == version, table.c.topic_id.in_(list(topic_ids))
        )
        return cls(tuple(topic_ids), frame, embedder.embed(frame["text"].tolist()))

    @property
    def is_modelled(self) -> np.ndarray:
        """Whether topics are described by each comment."""
        flags: np.ndarray = self.frame["is_modelled"].to_numpy(bool)
        return flags

    def centroid(self, topic_id: int, stored: bytes) -> np.ndarray:
        """Return where a topic is: the mean of its comments, else what is stored."""
        rows = self.is_modelled & (self.frame["topic_id"] == topic_id).to_numpy()
        if rows.any():
            mean: np.ndarray = self.vectors[rows].mean(axis=0)
            return mean
        return np.frombuffer(stored, dtype="<f4")


@dataclass(frozen=True)
class InForce:
    """The topics in force without their comments, and the edits that stand."""

    state: TopicState
    edits: list[Edit]
    rows: pd.DataFrame

    @classmethod
    def read(cls, store: Store) -> InForce:
        """Return what is in force; the state first, so that a change meanwhile is noticed."""
        state = reading.topic_state(store)
        edits = standing_edits(reading.read_edits(store))
        return cls(state, edits, reading.read_topics(store, state.version))

    @property
    def ids(self) -> set[int]:
        """The topics, without the outliers."""
        return {int(key) for key in self.rows["topic_id"]} - {OUTLIER_TOPIC}

    def row(self, topic_id: int) -> dict[str, Any]:
        """Return the row of a topic, or raise `StoreError`."""
        if topic_id not in self.ids:
            raise StoreError(f"There is no topic {topic_id}. {LIST}")
        found = self.rows[self.rows["topic_id"] == topic_id].iloc[0]
        return {str(name): value for name, value in found.items()}

    def names_but(self, *topic_ids: int) -> set[str]:
        """Return the names of the other topics."""
        return set(self.rows.loc[~self.rows["topic_id"].isin(topic_ids), "name"])

    def name_by_machine(self, topic_id: int) -> str | None:
        """Return what the machine calls a topic, or called it before somebody gave it a name."""
        row = self.row(topic_id)
        if not isinstance(row["named_by"], str):
            return str(row["name"])
        of_topic = (edit for edit in self.edits if edit.topic_id == topic_id)
        return next(
            (edit.detail["by_machine"] for edit in of_topic if edit.detail.get("by_machine")), None
        )

    def renamed(self, topic_id: int, by_machine: str | None) -> pd.DataFrame:
        """Return the row of a topic with the name it has by the edits that stand."""
        if topic_id not in self.ids:
            return self.rows.iloc[:0]
        taken = self.names_but(topic_id)
        row = self.row(topic_id)
        row["name"] = free_name(row["terms"], taken)
        row |= naming(topic_id, row, by_machine, shape_of(self.edits, ""), taken)
        return pd.DataFrame([row])

    def write(self, store: Store, edit: NewEdit, found: pd.DataFrame, **more: Any) -> EditDone:
        """Write an edit and what it changes."""
        with store.changing() as connection:
            edit_id = write_edit(connection, self.state, edit, found=found, now=utc_now(), **more)
        return EditDone(edit_id, tuple(int(key) for key in found["topic_id"]))

    def regroup(
        self,
        store: Store,
        edit: NewEdit,
        members: Members,
        new_ids: np.ndarray,
        topic_ids: Sequence[int],
        *,
        next_id: int | None = None,
    ) -> EditDone:
        """Write an edit that gives comments to other topics.

        Parameters
        ----------
        new_ids
            ndarray of shape (n_members,), int: the topic of each comment.
        topic_ids
            The topics there are in the place of those the members were in.
        """
        told = self._terms(store, members, new_ids)
        taken = self.names_but(*members.topic_ids, *topic_ids)
        names = shape_of([*self.edits, *_as_standing(edit)], "")
        similarities = np.zeros(len(new_ids))
        rows: list[dict[str, Any]] = []
        for key in topic_ids:
            own = np.flatnonzero((new_ids == key) & members.is_modelled)
            if not len(own) and key not in self.ids:
                continue  # a side or part of which no comment is left
            rows.append(self._row(key, own, members, told, taken, names))
            taken.add(rows[-1]["name"])
            everyone = np.flatnonzero(new_ids == key)
            centroid = np.frombuffer(rows[-1]["centroid"], dtype="<f4")
            similarities[everyone] = own_cosines(members.vectors[everyone], centroid)
        assigned = pd.DataFrame(
            {
                "comment_id": members.frame["comment_id"],
                "topic_id": new_ids,
                "similarity": similarities,
            }
        )
        return self.write(
            store,
            edit,
            pd.DataFrame(rows),
            removed=sorted(set(members.topic_ids) - set(topic_ids)),
            members=assigned,
            next_id=next_id,
        )

    def _terms(self, store: Store, members: Members, new_ids: np.ndarray) -> TopicTerms:
        """Return the terms of all topics as they will be, from the members and a fair pick."""
        is_modelled = members.is_modelled
        others = reading.topic_material(store, limit=N_BACKGROUND)
        is_other = others["is_modelled"] & ~others["comment_id"].isin(members.frame["comment_id"])
        others = others[is_other & (others["model_version"] == self.state.version)]
        texts = [*members.frame.loc[is_modelled, "text"], *others["text"]]
        return TopicTerms.of(
            texts, np.concatenate([new_ids[is_modelled], others["topic_id"].to_numpy(int)])
        )

    def _row(
        self,
        key: int,
        own: np.ndarray,
        members: Members,
        told: TopicTerms,
        taken: set[str],
        shape: Shape,
    ) -> dict[str, Any]:
        """Return the row of a topic that has some of the members now."""
        old: Mapping[str, Any] = self.row(key) if key in self.ids else {}
        if not len(own):
            return {**old, "n": 0}
        # A part is in the broader group of the whole till a fit finds it another.
        parent = self.row(members.topic_ids[0])["parent_id"]
        ids, texts = members.frame["comment_id"].tolist(), members.frame["text"].tolist()
        row = described(
            key,
            [ids[i] for i in own],
            [texts[i] for i in own],
            members.vectors[own],
            told,
            taken,
        )
        by_machine = old.get("name") if not isinstance(old.get("named_by"), str) else None
        return {
            **row,
            "parent_id": old.get("parent_id", parent),
            **naming(key, row, by_machine, shape, taken),
        }


def _as_standing(edit: NewEdit) -> list[Edit]:
    """Return an edit that is about to be written, as those that stand; none for an undo."""
    if edit.action is TopicAction.UNDO:
        return []
    return [Edit(0, utc_now(), edit.who, edit.action, edit.topic_id, edit.detail)]
