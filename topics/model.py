"""Topics of many comments, through BERTopic with given vectors.

BERTopic keeps its flow and its class-based TF-IDF; reducer and clusterer are ours (PCA, and
`topics.graph`), so that no UMAP is fitted. Its import takes seconds and happens in `fit_topics`
only; new comments join topics with `assign_topics`, without it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from feedback.schema import OUTLIER_TOPIC
from topics.graph import GraphClusterer
from topics.names import unique_names
from topics.quotes import choose_quotes
from topics.terms import choose_vocabulary, terms_of

__all__ = ["Topic", "TopicFit", "assign_topics", "cut_offs", "fit_topics"]

N_COMPONENTS = 64
"""Dimensions that PCA keeps; with fewer comments than four times as many, a quarter of those."""
N_NEIGHBOURS = 15
MIN_TOPIC_COMMENTS = 10
N_TERMS = 10
MIN_FIT_COMMENTS = 40
"""Below this no graph of 15 neighbours says anything, whatever the caller allows."""
CUT_OFF_SHARE = 0.6
"""A comment belongs to a topic when its cosine to the centroid is at least this share of the
members' mean cosine."""


@dataclass(frozen=True)
class Topic:
    """One topic. ``quotes`` are positions in the fitted texts.

    ``centroid`` is the mean of the members' unit vectors, float32; its length is the mean cosine of
    the members to its direction, from which the topic's cut-off follows.
    """

    topic_id: int
    name: str
    terms: tuple[str, ...]
    n: int
    centroid: np.ndarray
    quotes: tuple[int, ...]


@dataclass(frozen=True)
class TopicFit:
    """What a fit found.

    Attributes
    ----------
    topic_ids : ndarray of shape (n_texts,), int
        0 is the largest topic; -1 where a comment fits none.
    similarities : ndarray of shape (n_texts,), float32
        Cosine to the centroid of its topic; for outliers to the nearest one.
    topics : tuple of Topic
        Largest first, without the outliers.
    model_version : str
        Names the fit: its data, parameters and seed. Empty when nothing was fitted.
    reason : str
        Why there are no topics, for a person to read; else empty.
    """

    topic_ids: np.ndarray
    similarities: np.ndarray
    topics: tuple[Topic, ...]
    model_version: str
    reason: str = ""


def fit_topics(
    texts: Sequence[str],
    vectors: np.ndarray,
    *,
    seed: int = 0,
    min_comments: int = 200,
    resolution: float = 1.0,
    min_topic_comments: int = MIN_TOPIC_COMMENTS,
    may_quote: np.ndarray | None = None,
) -> TopicFit:
    """Return the topics of comments. The same comments and seed give the same topics, in any order.

    Parameters
    ----------
    texts
        Redacted comments. Give those worth modelling: not empty, no duplicates, English or Welsh.
        None is dropped here: an empty text ends among the outliers, a duplicate pulls its topic
        towards itself, and other languages tend to form topics of their own.
    vectors
        ndarray of shape (n_texts, n_dimensions), unit length.
    seed
        Seed of the clustering.
    min_comments
        With fewer texts there are no topics, and ``reason`` says so.
    resolution
        Granularity, 1 (broad) to 4 (fine).
    min_topic_comments
        Members of smaller groups join the nearest topic if they are near enough, or are outliers.
    may_quote
        ndarray of bool; False for comments coded as safeguarding.

    Raises
    ------
    ValueError
        ``texts`` and ``vectors`` are not of one length.
    """
    if len(texts) != len(vectors):
        raise ValueError(f"{len(texts)} texts but {len(vectors)} vectors")
    needed = max(min_comments, MIN_FIT_COMMENTS)
    if len(texts) < needed:
        return _no_topics(
            texts, f"Too few comments for topics: {len(texts)}, and {needed} are needed."
        )
    order = np.array(sorted(range(len(texts)), key=lambda i: texts[i]))
    sorted_texts = [texts[i] for i in order]
    sorted_vectors = np.ascontiguousarray(vectors[order], dtype=np.float32)
    vocabulary = choose_vocabulary(sorted_texts, min_comments=max(2, len(texts) // 2_000))
    if not vocabulary:
        return _no_topics(texts, "No word is used in two comments, so no topic could be named.")
    clusterer = GraphClusterer(
        resolution=resolution, n_neighbours=N_NEIGHBOURS, min_size=min_topic_comments, seed=seed
    )
    labels, terms_by_label = _fit_bertopic(
        sorted_texts, sorted_vectors, clusterer, vocabulary, seed
    )
    if labels.max(initial=OUTLIER_TOPIC) == OUTLIER_TOPIC:
        return _no_topics(texts, f"No group has {min_topic_comments} comments.")
    ids, similarities = _settle(labels, sorted_vectors)
    allowed = np.ones(len(texts), dtype=bool) if may_quote is None else may_quote[order]
    topics = _describe(ids, sorted_texts, sorted_vectors, terms_by_label, allowed, order)
    back = np.argsort(order)
    return TopicFit(
        topic_ids=ids[back],
        similarities=similarities[back],
        topics=topics,
        model_version=_version(sorted_texts, seed, resolution, min_topic_comments),
    )


def cut_offs(centroids: np.ndarray) -> np.ndarray:
    """Return the least cosine with which a comment belongs to each topic.

    Parameters
    ----------
    centroids
        ndarray of shape (n_topics, n_dimensions): means of unit vectors, as in `Topic`.
    """
    least: np.ndarray = CUT_OFF_SHARE * np.linalg.norm(centroids, axis=1)
    return least


def assign_topics(
    vectors: np.ndarray, centroids: np.ndarray, least: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the position of each comment's topic, or -1, and its cosine to the nearest centroid.

    Parameters
    ----------
    vectors
        ndarray of shape (n_comments, n_dimensions), unit length.
    centroids
        ndarray of shape (n_topics, n_dimensions).
    least
        ndarray of shape (n_topics,): cut-offs; those of `cut_offs` without it.
    """
    if not len(centroids) or not len(vectors):
        return np.full(len(vectors), OUTLIER_TOPIC), np.zeros(len(vectors), dtype=np.float32)
    least = cut_offs(centroids) if least is None else least
    lengths = np.maximum(np.linalg.norm(centroids, axis=1, keepdims=True), 1e-12)
    cosines = vectors @ (centroids / lengths).T
    nearest = cosines.argmax(axis=1)
    best = cosines[np.arange(len(vectors)), nearest]
    return np.where(best >= least[nearest], nearest, OUTLIER_TOPIC), best.astype(np.float32)


def _fit_bertopic(
    texts: Sequence[str],
    vectors: np.ndarray,
    clusterer: GraphClusterer,
    vocabulary: Sequence[str],
    seed: int,
) -> tuple[np.ndarray, dict[int, list[str]]]:
    """Return the clusterer's labels and the terms of each."""
    from bertopic import BERTopic
    from sklearn.decomposition import PCA
    from sklearn.feature_extraction.text import CountVectorizer

    n_components = min(N_COMPONENTS, vectors.shape[1], max(2, len(texts) // 4))
    model = BERTopic(
        # Any other value than "english": that one would strip ŵ and ŷ from Welsh.
        language="multilingual",
        embedding_model=None,
        umap_model=PCA(n_components, svd_solver="covariance_eigh", random_state=seed),
        hdbscan_model=clusterer,
        # BERTopic joins a topic's comments to one document, so a least number of comments cannot
        # be asked of the vectoriser; the vocabulary has it built in.
        vectorizer_model=CountVectorizer(analyzer=terms_of, vocabulary=vocabulary),
        top_n_words=N_TERMS,
        verbose=False,
    )
    model.fit_transform(list(texts), embeddings=vectors)
    labels = clusterer.labels_
    terms: dict[int, list[str]] = {}
    for label, theirs in zip(labels.tolist(), model.topics_, strict=True):
        if label not in terms:
            terms[label] = [word for word, score in model.get_topic(theirs) if word and score > 0]
    return labels, terms


def _settle(labels: np.ndarray, vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Apply the outlier policy and number the topics by size; return ids and cosines.

    Members of groups that were too small join the nearest topic if their cosine reaches its
    cut-off; members of a topic that do not reach its cut-off are outliers.
    """
    centroids = np.stack([vectors[labels == i].mean(axis=0) for i in range(labels.max() + 1)])
    nearest, cosines = assign_topics(vectors, centroids)
    lengths = np.linalg.norm(centroids, axis=1)
    is_member = labels != OUTLIER_TOPIC
    own = np.einsum("ij,ij->i", vectors, centroids[labels]) / lengths[labels]
    reaches = own >= cut_offs(centroids)[labels]
    settled = np.where(is_member, np.where(reaches, labels, OUTLIER_TOPIC), nearest)
    return settled, np.where(is_member, own, cosines).astype(np.float32)


def _describe(
    ids: np.ndarray,
    texts: Sequence[str],
    vectors: np.ndarray,
    terms_by_label: dict[int, list[str]],
    allowed: np.ndarray,
    order: np.ndarray,
) -> tuple[Topic, ...]:
    """Renumber ``ids`` in place, largest first, and return the topics."""
    sizes = np.bincount(ids[ids != OUTLIER_TOPIC], minlength=int(ids.max()) + 1)
    by_size = sorted(range(len(sizes)), key=lambda i: (-sizes[i], i))
    by_size = [i for i in by_size if sizes[i]]
    names = unique_names([terms_by_label[i] for i in by_size])
    topics = []
    old = ids.copy()
    for new, label in enumerate(by_size):
        members = np.flatnonzero(old == label)
        ids[members] = new
        chosen = choose_quotes([texts[int(i)] for i in members], vectors[members], allowed[members])
        topics.append(
            Topic(
                topic_id=new,
                name=names[new],
                terms=tuple(terms_by_label[label]),
                n=len(members),
                centroid=vectors[members].mean(axis=0),
                quotes=tuple(int(order[members[i]]) for i in chosen),
            )
        )
    return tuple(topics)


def _no_topics(texts: Sequence[str], reason: str) -> TopicFit:
    return TopicFit(
        topic_ids=np.full(len(texts), OUTLIER_TOPIC),
        similarities=np.zeros(len(texts), dtype=np.float32),
        topics=(),
        model_version="",
        reason=reason,
    )


def _version(texts: Sequence[str], seed: int, resolution: float, min_topic_comments: int) -> str:
    """Return a name of the fit that changes with its data and parameters, and says neither."""
    digest = hashlib.blake2b(digest_size=6)
    parameters = (seed, resolution, min_topic_comments, N_COMPONENTS, N_NEIGHBOURS, CUT_OFF_SHARE)
    digest.update(repr(parameters).encode())
    for text in texts:
        digest.update(text.encode() + b"\0")
    return f"topics-{len(texts)}-{digest.hexdigest()}"
