"""Topics of many comments with given vectors: reduce, join to a graph, cut, describe.

The flow is BERTopic's, with a reducer and a clusterer of our own (PCA, `topics.graph`) and its
class TF-IDF computed here (`topics.ctfidf`), so that nothing on the way imports BERTopic, UMAP,
numba or scikit-learn. `topics.bertopic_model` makes a BERTopic model of a fit for its plots.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from feedback.schema import OUTLIER_TOPIC
from topics.ctfidf import TermCounts, count_terms, telling_terms
from topics.graph import GraphClusterer
from topics.hierarchy import group_topics
from topics.names import MAX_PARTS, unique_names
from topics.outliers import CUT_OFF_SHARE, assign_topics, cut_offs, settle
from topics.quotes import choose_quotes
from topics.wording import without_what_is_redacted

__all__ = [
    "Topic",
    "TopicFit",
    "assign_topics",
    "cut_offs",
    "fit_topics",
    "make_clusterer",
    "reduce_vectors",
]

N_COMPONENTS = 100
"""Dimensions that PCA keeps; with fewer comments than four times as many, a quarter of those."""
N_NEIGHBOURS = 12
MAX_NEIGHBOURS = 30
"""Neighbours of each comment, for 5,000 comments; of more, more by the square root of their number,
so that further comments make topics firmer rather than split them."""
GRANULARITY = 2.0
FULL_DETAIL_COMMENTS = 5_000
MIN_DETAIL = 0.5
"""From 5,000 comments on granularity is the graph's resolution; with fewer it falls with the square
root of their number, down to half: what a few hundred say is not worth fifty topics."""
MIN_TOPIC_COMMENTS = 10
N_TERMS = 10
N_NAMING_TERMS = 30
"""Terms among which a name is sought: pairs of words score lower than their words."""
MIN_NAMING_SHARE = 0.07
"""A name is made of terms that are mentioned at least seven times by a hundred comments."""
MIN_FIT_COMMENTS = 40
"""Below this no graph of 12 neighbours says anything, whatever the caller allows."""


@dataclass(frozen=True)
class Topic:
    """One topic. ``quotes`` are positions in the fitted texts.

    ``centroid`` is the mean of the members' unit vectors, float32; its length is the mean cosine of
    the members to its direction, from which the topic's cut-off follows. ``parent_id`` numbers the
    broader group it belongs to (`topics.hierarchy`), None where there are few topics.
    """

    topic_id: int
    name: str
    terms: tuple[str, ...]
    n: int
    centroid: np.ndarray
    quotes: tuple[int, ...]
    parent_id: int | None = None


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
    granularity: float = GRANULARITY,
    min_topic_comments: int = MIN_TOPIC_COMMENTS,
    outlier_share: float = CUT_OFF_SHARE,
    may_quote: np.ndarray | None = None,
    redact: Callable[[str], str] | None = None,
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
    granularity
        1 (broad) to 4 (fine).
    min_topic_comments
        Members of smaller groups join the nearest topic if they are near enough, or are outliers.
    outlier_share
        Where a topic's border is; see `topics.outliers.settle`. 0 leaves next to nobody out.
    may_quote
        ndarray of bool; False for comments coded as safeguarding.
    redact
        Where ``texts`` are not redacted yet: terms and names are then made only of words that stand
        in redacted comments and that it took out of none (`topics.wording`). What ``quotes`` point
        at is then as unredacted as it was given.

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
    found = count_terms(sorted_texts, min_comments=max(2, len(texts) // 2_000))
    if not found.terms:
        return _no_topics(texts, "No word is used in two comments, so no topic could be named.")
    clusterer = make_clusterer(len(texts), granularity, min_topic_comments, seed)
    labels = clusterer.fit(reduce_vectors(sorted_vectors)).labels_
    if labels.max(initial=OUTLIER_TOPIC) == OUTLIER_TOPIC:
        return _no_topics(texts, f"No group has {min_topic_comments} comments.")
    ids, similarities = settle(labels, sorted_vectors, share=outlier_share)
    ids = _by_size(ids)
    if redact is not None:
        found = without_what_is_redacted(found, sorted_texts, ids, similarities, redact)
    allowed = np.ones(len(texts), dtype=bool) if may_quote is None else may_quote[order]
    parameters = (seed, granularity, min_topic_comments, outlier_share)
    back = np.argsort(order)
    return TopicFit(
        topic_ids=ids[back],
        similarities=similarities[back],
        topics=_describe(ids, sorted_texts, sorted_vectors, found, allowed, order),
        model_version=_version(sorted_texts, parameters),
    )


def make_clusterer(
    n_comments: int, granularity: float, min_topic_comments: int, seed: int
) -> GraphClusterer:
    """Return the clusterer that suits so many comments."""
    growth = (n_comments / FULL_DETAIL_COMMENTS) ** 0.5
    return GraphClusterer(
        resolution=granularity * min(1.0, max(MIN_DETAIL, growth)),
        n_neighbours=min(MAX_NEIGHBOURS, round(N_NEIGHBOURS * max(1.0, growth))),
        min_size=min_topic_comments,
        seed=seed,
    )


def reduce_vectors(vectors: np.ndarray) -> np.ndarray:
    """Return the first principal components of the comments, float32, as many as are sound.

    Parameters
    ----------
    vectors
        ndarray of shape (n_comments, n_dimensions).
    """
    n_components = min(N_COMPONENTS, vectors.shape[1], max(2, len(vectors) // 4))
    centred = vectors - vectors.mean(axis=0)
    _, axes = np.linalg.eigh((centred.T @ centred).astype(np.float64))
    components: np.ndarray = centred @ axes[:, ::-1][:, :n_components].astype(np.float32)
    return components


def _by_size(ids: np.ndarray) -> np.ndarray:
    """Return ids renumbered, 0 for the largest topic; a topic that lost all members is dropped."""
    sizes = np.bincount(ids[ids != OUTLIER_TOPIC], minlength=int(ids.max()) + 1)
    new = np.full(len(sizes) + 1, OUTLIER_TOPIC)  # the last place is that of the outliers
    by_size = sorted(np.flatnonzero(sizes).tolist(), key=lambda i: (-sizes[i], i))
    new[by_size] = np.arange(len(by_size))
    renumbered: np.ndarray = new[ids]
    return renumbered


def _describe(
    ids: np.ndarray,
    texts: Sequence[str],
    vectors: np.ndarray,
    found: TermCounts,
    allowed: np.ndarray,
    order: np.ndarray,
) -> tuple[Topic, ...]:
    """Return the topics with names, terms, centroids, quotes and groups."""
    terms = telling_terms(found, ids, n_terms=N_TERMS)
    naming = telling_terms(found, ids, n_terms=N_NAMING_TERMS, min_share=MIN_NAMING_SHARE)
    members = [np.flatnonzero(ids == i) for i in range(int(ids.max()) + 1)]
    # Where comments have few words in common, rarer ones tell more than a name of one word.
    lists = [
        own if len(own) >= MAX_PARTS else [*own, *terms[i]] for i, own in sorted(naming.items())
    ]
    names = unique_names(lists)
    centroids = np.stack([vectors[own].mean(axis=0) for own in members])
    parents = group_topics(centroids, [len(own) for own in members])
    topics = []
    for i, own in enumerate(members):
        chosen = choose_quotes([texts[int(j)] for j in own], vectors[own], allowed[own])
        topics.append(
            Topic(
                topic_id=i,
                name=names[i],
                terms=tuple(terms[i]),
                n=len(own),
                centroid=centroids[i],
                quotes=tuple(int(order[own[j]]) for j in chosen),
                parent_id=parents[i],
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


def _version(texts: Sequence[str], parameters: tuple[float, ...]) -> str:
    """Return a name of the fit that changes with its data and parameters, and says neither."""
    digest = hashlib.blake2b(digest_size=6)
    digest.update(repr((*parameters, N_COMPONENTS, N_NEIGHBOURS, MAX_NEIGHBOURS)).encode())
    for text in texts:
        digest.update(text.encode() + b"\0")
    return f"topics-{len(texts)}-{digest.hexdigest()}"
