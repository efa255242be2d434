"""A fit as a BERTopic model, for BERTopic's plots, hierarchy, topics over time and saved models.

Off every hot path: importing BERTopic takes seconds. The model is a real one, fitted by BERTopic
with `SettledTopics` in the place of its clusterer, so that its topics are those of the fit, and new
comments join them by the same rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from feedback.schema import OUTLIER_TOPIC
from topics.ctfidf import count_terms
from topics.model import TopicFit, assign_topics
from topics.terms import terms_of

if TYPE_CHECKING:
    import pandas as pd
    from bertopic import BERTopic

__all__ = ["MAP_FILES", "SettledTopics", "as_bertopic", "write_map"]

N_TERMS = 10
N_BARS = 12
"""Topics in the bar chart; more do not fit a screen."""
N_PERIODS = 20
MAP_FILES = ("hierarchy.html", "map.html", "terms.html", "over_time.html")


class VectorsAsTheyAre:
    """A reducer for BERTopic that reduces nothing: ours is part of the clustering."""

    def fit(self, vectors: np.ndarray, y: object = None) -> Self:
        """Do nothing."""
        return self

    def transform(self, vectors: np.ndarray) -> np.ndarray:
        """Return the vectors."""
        return vectors


class SettledTopics:
    """A clusterer for BERTopic whose clusters are the topics of a fit.

    ``predict`` lets new comments join as `topics.model.assign_topics` does.
    """

    def __init__(self, fit: TopicFit) -> None:
        self.topics = fit
        self.labels_ = fit.topic_ids

    def fit(self, vectors: np.ndarray, y: object = None) -> Self:
        """Keep the topics as they are."""
        if len(vectors) != len(self.labels_):
            raise ValueError(f"{len(vectors)} vectors but {len(self.labels_)} fitted comments")
        return self

    def predict(self, vectors: np.ndarray) -> np.ndarray:
        """Return the topic of each vector, -1 for none."""
        places, _ = assign_topics(vectors, np.stack([t.centroid for t in self.topics.topics]))
        return places


def as_bertopic(fit: TopicFit, texts: Sequence[str], vectors: np.ndarray) -> BERTopic:
    """Return a fitted BERTopic model with the topics of ``fit``.

    Parameters
    ----------
    fit
        With at least one topic.
    texts
        The redacted comments it was made of, in the same order.
    vectors
        ndarray of shape (n_texts, n_dimensions), unit length.

    Returns
    -------
    BERTopic
        ``topics_`` are the ids of the fit, ``custom_labels_`` its names. Of topics of one size
        BERTopic may change the order, so ids are put back by their members.

    Raises
    ------
    ValueError
        The fit has no topics, or is of another number of texts.
    """
    if not fit.topics:
        raise ValueError("A fit without topics cannot be shown.")
    from sklearn.feature_extraction.text import CountVectorizer

    vocabulary = count_terms(texts, min_comments=max(2, len(texts) // 2_000)).terms
    model = _keeping_order()(
        # Any other value than "english": that one would strip ŵ and ŷ from Welsh.
        language="multilingual",
        embedding_model=None,
        umap_model=VectorsAsTheyAre(),
        hdbscan_model=SettledTopics(fit),
        # Words of a single comment are in no plot, though they may tell a week from the others.
        vectorizer_model=CountVectorizer(analyzer=terms_of, vocabulary=vocabulary),
        top_n_words=N_TERMS,
        verbose=False,
    )
    model.fit_transform(list(texts), embeddings=np.asarray(vectors))
    names = {topic.topic_id: topic.name for topic in fit.topics}
    model.set_topic_labels({OUTLIER_TOPIC: "No topic", **names} if model._outliers else names)
    return model


def _keeping_order() -> type[BERTopic]:
    """Return BERTopic, told that topics are numbered by size already.

    Its own numbering sorts with an unstable sort, so topics of one size would swap their numbers.
    """
    from bertopic import BERTopic

    class NumberedBERTopic(BERTopic):  # type: ignore[misc]
        def _sort_mappings_by_frequency(self, documents: pd.DataFrame) -> pd.DataFrame:
            self._update_topic_size(documents)
            same = {int(topic): int(topic) for topic in self.topic_sizes_}
            self.topic_mapper_.add_mappings(same, topic_model=self)
            return documents

    return NumberedBERTopic


def write_map(
    model: BERTopic,
    texts: Sequence[str],
    vectors: np.ndarray,
    folder: Path,
    *,
    times: Sequence[Any] | None = None,
) -> list[Path]:
    """Write BERTopic's interactive plots and the model; return the files and the model's folder.

    No plot holds a comment: points of the map tell their topic alone. Terms come from redacted
    texts. ``over_time.html`` is written where ``times`` (one for each text) are given.
    """
    texts = list(texts)
    flat = _plane(np.asarray(vectors))
    figures = {
        "hierarchy.html": model.visualize_hierarchy(custom_labels=True),
        "map.html": model.visualize_documents(
            [""] * len(texts), reduced_embeddings=flat, hide_document_hover=True, custom_labels=True
        ),
        "terms.html": model.visualize_barchart(top_n_topics=N_BARS, custom_labels=True),
    }
    if times is not None:
        counted = model.topics_over_time(texts, list(times), nr_bins=N_PERIODS)
        figures["over_time.html"] = model.visualize_topics_over_time(
            counted, top_n_topics=N_BARS, custom_labels=True
        )
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, figure in figures.items():
        # plotly's script is written into the file: nothing is fetched when it is opened.
        figure.write_html(folder / name, include_plotlyjs=True)
        written.append(folder / name)
    model.save(folder / "model", serialization="safetensors", save_ctfidf=True)
    return [*written, folder / "model"]


def _plane(vectors: np.ndarray) -> np.ndarray:
    """Return the two directions that tell the comments apart best."""
    centred = vectors - vectors.mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    plane: np.ndarray = centred @ axes[:, :-3:-1]
    return plane
