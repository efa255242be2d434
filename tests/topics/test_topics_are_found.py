"""Planted topics come out, the same each time, in any order, and too few comments give a reason."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from topics.graph import GraphClusterer, shared_neighbour_graph
from topics.model import TopicFit, assign_topics, cut_offs, fit_topics

SUBJECTS = {
    "upload": ("upload", "photo", "file", "evidence", "scanner"),
    "payment": ("payment", "card", "charged", "refund", "fee"),
    "password": ("password", "locked", "code", "text", "account"),
    "ysgariad": ("ffurflen", "ysgariad", "cyfeiriad", "gwrthod", "botwm"),
}
ASIDES = [f"{a}{b}" for a in "bcdfghjklm" for b in ("ola", "imu", "eta", "ano", "upi", "oro")]
SIZES = {"upload": 90, "payment": 70, "password": 50, "ysgariad": 40}
N_DIMENSIONS = 96


def planted(seed: int = 0) -> tuple[list[str], np.ndarray, list[str]]:
    """Comments on four subjects with vectors around four directions; names of subjects last."""
    rng = np.random.default_rng(seed)
    texts, vectors, subjects = [], [], []
    for subject, words in SUBJECTS.items():
        centre = rng.normal(size=N_DIMENSIONS)
        for i in range(SIZES[subject]):
            chosen = rng.choice(words, size=3, replace=False)
            aside = " ".join(rng.choice(ASIDES, size=5, replace=False))
            texts.append(f"the {chosen[0]} {chosen[1]} was not {chosen[2]} [PERSON] {i} {aside}")
            vectors.append(centre + 0.7 * rng.normal(size=N_DIMENSIONS))
            subjects.append(subject)
    unit = np.array(vectors) / np.linalg.norm(vectors, axis=1, keepdims=True)
    return texts, unit.astype(np.float32), subjects


@pytest.fixture(scope="module")
def fit() -> TopicFit:
    texts, vectors, _ = planted()
    return fit_topics(texts, vectors, seed=3)


def test_planted_topics_come_out_largest_first(fit: TopicFit) -> None:
    _, _, subjects = planted()
    assert adjusted_rand_score(subjects, fit.topic_ids) > 0.97
    assert [topic.topic_id for topic in fit.topics] == [0, 1, 2, 3]
    assert [topic.n for topic in fit.topics] == sorted(SIZES.values(), reverse=True)
    for topic, words in zip(fit.topics, SUBJECTS.values(), strict=True):
        assert set(words) <= {word for term in topic.terms for word in term.split()}


def test_terms_have_no_placeholder_number_or_stop_word(fit: TopicFit) -> None:
    words = {word for topic in fit.topics for term in topic.terms for word in term.split()}
    assert not words & {"person", "the", "was", "not", "for", "1"}


def test_each_topic_has_three_quotes_of_its_own(fit: TopicFit) -> None:
    for topic in fit.topics:
        assert len(set(topic.quotes)) == 3
        assert set(fit.topic_ids[list(topic.quotes)]) == {topic.topic_id}


def test_the_same_comments_and_seed_give_the_same_topics_in_any_order(fit: TopicFit) -> None:
    texts, vectors, _ = planted()
    shuffled = np.random.default_rng(1).permutation(len(texts))
    np.random.default_rng(2).random(5)
    again = fit_topics([texts[i] for i in shuffled], vectors[shuffled], seed=3)
    assert again.topic_ids.tolist() == fit.topic_ids[shuffled].tolist()
    assert again.model_version == fit.model_version
    assert [t.name for t in again.topics] == [t.name for t in fit.topics]
    quotes = [[shuffled[i] for i in topic.quotes] for topic in again.topics]
    assert quotes == [list(topic.quotes) for topic in fit.topics]


def test_other_comments_make_another_version(fit: TopicFit) -> None:
    texts, vectors, _ = planted()
    assert fit_topics(texts[:-1], vectors[:-1], seed=3).model_version != fit.model_version


def test_nothing_safeguarding_is_quoted() -> None:
    texts, vectors, _ = planted()
    fit = fit_topics(texts, vectors, seed=3)
    most_central = {topic.quotes[0] for topic in fit.topics}
    may_quote = np.array([i not in most_central for i in range(len(texts))])
    again = fit_topics(texts, vectors, seed=3, may_quote=may_quote)
    assert not most_central & {i for topic in again.topics for i in topic.quotes}
    assert all(len(topic.quotes) == 3 for topic in again.topics)


@pytest.mark.parametrize("n", [0, 1, 39, 199])
def test_too_few_comments_give_no_topics_and_the_reason(n: int) -> None:
    texts, vectors, _ = planted()
    fit = fit_topics(texts[:n], vectors[:n], seed=3)
    assert fit.topics == ()
    assert fit.topic_ids.tolist() == [-1] * n
    assert fit.reason == f"Too few comments for topics: {n}, and 200 are needed."


def test_comments_without_a_common_word_give_the_reason() -> None:
    _, vectors, _ = planted()
    fit = fit_topics(["!!! 12" for _ in vectors], vectors, seed=3)
    assert "No word is used in two comments" in fit.reason


def test_texts_and_vectors_must_be_as_many() -> None:
    with pytest.raises(ValueError, match="2 texts but 1 vectors"):
        fit_topics(["one text", "two texts"], np.ones((1, 4), dtype=np.float32))


def test_a_new_comment_joins_the_topic_it_is_near_and_a_stray_one_none(fit: TopicFit) -> None:
    centroids = np.stack([topic.centroid for topic in fit.topics])
    stray = np.random.default_rng(9).normal(size=N_DIMENSIONS)
    stray -= centroids.T @ np.linalg.lstsq(centroids.T, stray, rcond=None)[0]
    new = np.vstack([centroids[2] / np.linalg.norm(centroids[2]), stray / np.linalg.norm(stray)])
    places, similarities = assign_topics(new, centroids)
    assert places.tolist() == [2, -1]
    assert similarities.tolist() == pytest.approx([1.0, 0.0], abs=1e-5)
    assert assign_topics(new[:0], centroids)[0].tolist() == []
    assert assign_topics(new, centroids[:0])[0].tolist() == [-1, -1]


def test_the_length_of_a_centroid_is_the_mean_cosine_of_its_members(fit: TopicFit) -> None:
    for topic, least in zip(
        fit.topics, cut_offs(np.stack([t.centroid for t in fit.topics])), strict=True
    ):
        own = fit.similarities[fit.topic_ids == topic.topic_id]
        assert own.mean() == pytest.approx(np.linalg.norm(topic.centroid), rel=1e-4)
        assert own.min() >= 0.99 * least


def test_small_groups_become_outliers() -> None:
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(3, 32)) * 5
    points = np.concatenate(
        [centres[i] + rng.normal(size=(n, 32)) for i, n in enumerate((60, 40, 6))]
    )
    labels = GraphClusterer(resolution=0.3, n_neighbours=5, min_size=10, seed=1).fit(points).labels_
    assert set(labels[-6:]) == {-1}
    counts = np.bincount(labels[:-6])
    assert counts.tolist() == sorted(counts, reverse=True)
    clusterer = GraphClusterer(resolution=0.3, n_neighbours=5, min_size=10, seed=1).fit(points)
    assert clusterer.predict(points[:3]).tolist() == labels[:3].tolist()


def test_a_fit_repeats_itself_even_where_groups_are_unclear() -> None:
    points = np.random.default_rng(0).normal(size=(600, 8))
    fits = [GraphClusterer(min_size=2, seed=1).fit(points).labels_.tolist() for _ in range(3)]
    assert fits[0] == fits[1] == fits[2]


def test_the_weight_of_two_neighbours_is_the_jaccard_index_of_their_neighbourhoods() -> None:
    points = np.random.default_rng(4).normal(size=(12, 5))
    unit = points / np.linalg.norm(points, axis=1, keepdims=True)
    near = [set(np.argsort(-(unit @ unit[i]))[:4].tolist()) for i in range(12)]
    graph = shared_neighbour_graph(points, 3).toarray()  # type: ignore[attr-defined]
    for i in range(12):
        for j in range(12):
            is_edge = i != j and (j in near[i] or i in near[j])
            expected = len(near[i] & near[j]) / len(near[i] | near[j]) if is_edge else 0.0
            assert graph[i, j] == pytest.approx(expected)
