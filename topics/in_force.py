"""The topics that are in force: what is stored of them, and how a comment joins one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from feedback.schema import OUTLIER_TOPIC
from topics import reading
from topics.edits import Edit, Shape, shape_of, standing_edits
from topics.match import Grouping
from topics.outliers import assign_topics

if TYPE_CHECKING:
    from feedback.protocols import Embedder
    from feedback.store import Store
    from feedback.topic_edits import TopicState

__all__ = ["Topics", "encoder_of", "grouping_of", "join", "own_cosines"]


def encoder_of(embedder: Embedder) -> str:
    """Return the name of what makes vectors, as edits keep it."""
    return f"{embedder.name} {embedder.revision}"


@dataclass(frozen=True)
class Topics:
    """What is stored of the topics in force.

    Attributes
    ----------
    state : TopicState
        Read before all the rest, so that a change meanwhile is noticed when something is written.
    edits : list of Edit
        Those that stand.
    rows : DataFrame
        Rows of the table ``topics``, the outliers' too.
    material : DataFrame
        As `topics.reading.topic_material` returns it: all comments, or those without a topic.
    """

    state: TopicState
    edits: list[Edit]
    shape: Shape
    rows: pd.DataFrame
    material: pd.DataFrame

    @classmethod
    def read(cls, store: Store, encoder: str, *, only_new: bool = False) -> Topics:
        """Return the topics of a store, and the comments that can have one.

        Parameters
        ----------
        only_new
            Of the comments, those that have none of the topics in force.
        """
        state = reading.topic_state(store)
        edits = standing_edits(reading.read_edits(store))
        rows = reading.read_topics(store, state.version)
        version = state.version if only_new else None
        material = (
            reading.topic_material(store)
            if version is None
            else reading.without_topic(store, version)
        )
        return cls(state, edits, shape_of(edits, encoder), rows, material)

    @property
    def n_fitted(self) -> int:
        """How many comments the topics were fitted on, outliers included."""
        return int(self.rows["n"].sum())

    @property
    def found(self) -> pd.DataFrame:
        """The rows without the outliers'."""
        return self.rows[self.rows["topic_id"] != OUTLIER_TOPIC]

    def grouping(self) -> Grouping:
        """Return the topics with their comments."""
        is_current = self.material["model_version"] == self.state.version
        return grouping_of(self.rows, self.material[is_current & self.material["topic_id"].notna()])


def grouping_of(topics: pd.DataFrame, assigned: pd.DataFrame) -> Grouping:
    """Return topics and assignments as `topics.match` compares them."""
    found = topics[topics["topic_id"] != OUTLIER_TOPIC]
    ids = assigned["comment_id"].astype(object)
    return Grouping(
        ids=found["topic_id"].to_numpy(int),
        centroids=_centroids(found),
        members=pd.Series(assigned["topic_id"].to_numpy(int), index=pd.Index(ids)),
    )


def join(
    embedder: Embedder,
    new: pd.DataFrame,
    topics: pd.DataFrame,
    sides: Mapping[int, Mapping[int, np.ndarray]],
) -> pd.DataFrame:
    """Return assignments of comments to the nearest topics; -1 where none is near enough.

    Parameters
    ----------
    new
        Comments: ``comment_id`` and ``text``.
    sides
        Centroids of the sides of merged topics: what is near to a side is the topic's.
    """
    if new.empty:
        return pd.DataFrame(columns=["comment_id", "topic_id", "similarity"])
    found = topics[topics["topic_id"] != OUTLIER_TOPIC]
    owners: list[int] = []
    centroids: list[np.ndarray] = []
    for topic, own in zip(found["topic_id"].tolist(), _centroids(found), strict=True):
        theirs = list(sides.get(topic, {}).values()) or [own]
        owners += [topic] * len(theirs)
        centroids += theirs
    places, similarities = assign_topics(embedder.embed(new["text"].tolist()), np.stack(centroids))
    return pd.DataFrame(
        {
            "comment_id": new["comment_id"].to_numpy(),
            "topic_id": np.append(owners, OUTLIER_TOPIC)[places],  # place -1 is the last
            "similarity": similarities.astype(float),
        }
    )


def own_cosines(vectors: np.ndarray, centroid: np.ndarray) -> np.ndarray:
    """Return the cosine of each comment to a centroid.

    Parameters
    ----------
    vectors
        ndarray of shape (n_comments, n_dimensions), unit length.
    centroid
        ndarray of shape (n_dimensions,).
    """
    cosines: np.ndarray = vectors @ (centroid / max(float(np.linalg.norm(centroid)), 1e-12))
    return cosines


def _centroids(topics: pd.DataFrame) -> np.ndarray:
    """Return the centroids of rows of the table ``topics``."""
    if topics.empty:
        return np.empty((0, 0), dtype=np.float32)
    return np.stack([np.frombuffer(blob, dtype="<f4") for blob in topics["centroid"]])
