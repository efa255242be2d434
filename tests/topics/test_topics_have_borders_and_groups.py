"""Who belongs to no topic, which topics belong together, and what a group is called."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from tests.topics.test_topics_are_found import planted
from topics.ctfidf import count_terms
from topics.graph import GraphClusterer, nearest_neighbours, unit_rows
from topics.hierarchy import group_topics, topic_tree
from topics.model import fit_topics
from topics.outliers import assign_topics, cut_offs, settle
from topics.wording import without_what_is_redacted


def ray(*degrees: float) -> np.ndarray:
    angles = np.radians(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def test_a_member_beyond_the_border_is_an_outlier_and_a_near_stray_joins() -> None:
    vectors = ray(0, 5, -5, 2, 80, 180, 178, 183, 3, 90)
    labels = np.array([0, 0, 0, 0, 0, 1, 1, 1, -1, -1])
    ids, cosines = settle(labels, vectors)
    assert ids.tolist() == [0, 0, 0, 0, -1, 1, 1, 1, 0, -1]
    centroid = vectors[:5].mean(axis=0)
    expected = vectors[4] @ centroid / np.linalg.norm(centroid)
    assert cosines[4] == pytest.approx(expected, abs=1e-6)


def test_the_border_is_a_parameter() -> None:
    vectors = ray(0, 5, -5, 2, 80)
    labels = np.zeros(5, dtype=int)
    assert (settle(labels, vectors, share=0.0)[0] == 0).all()
    assert (settle(labels, vectors, share=1.0)[0] == -1).sum() == 1
    texts, unit, _ = planted()
    strict = fit_topics(texts, unit, seed=3, outlier_share=1.0)
    lax = fit_topics(texts, unit, seed=3, outlier_share=0.0)
    assert (lax.topic_ids == -1).sum() == 0
    assert 0.3 < (strict.topic_ids == -1).mean() < 0.7
    assert strict.model_version != lax.model_version


def test_fitted_and_new_comments_meet_the_same_border() -> None:
    texts, unit, _ = planted()
    fit = fit_topics(texts, unit, seed=3)
    centroids = np.stack([topic.centroid for topic in fit.topics])
    places, _ = assign_topics(unit, centroids)
    assert (places == fit.topic_ids).mean() > 0.98
    assert cut_offs(centroids) == pytest.approx(0.6 * np.linalg.norm(centroids, axis=1))


@pytest.mark.parametrize(("n_points", "k"), [(1, 1), (5, 5), (700, 4), (1_500, 9), (2_500, 16)])
def test_nearest_neighbours_are_exact(n_points: int, k: int) -> None:
    points = unit_rows(np.random.default_rng(n_points).normal(size=(n_points, 12)))
    search = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(points)
    expected = search.kneighbors(points, return_distance=False)
    assert nearest_neighbours(points, k).tolist() == expected.tolist()


def test_equal_points_are_neighbours_in_the_order_of_their_rows() -> None:
    points = np.tile([[1.0, 0.0]], (300, 1))
    assert nearest_neighbours(points, 3).tolist() == [[0, 1, 2]] * 300


def test_two_seeds_agree_where_groups_overlap() -> None:
    from sklearn.metrics import adjusted_rand_score

    rng = np.random.default_rng(1)
    # So blurred that single runs of Leiden agree at .82 to .92 only.
    points = np.repeat(rng.normal(size=(12, 24)), 50, axis=0) + 2.2 * rng.normal(size=(600, 24))
    fits = [GraphClusterer(seed=seed, resolution=2.0).fit(points).labels_ for seed in range(5)]
    agreed = [adjusted_rand_score(fits[0], other) for other in fits[1:]]
    assert min(agreed) >= 0.9


def test_near_topics_share_a_group_and_groups_are_numbered_by_size() -> None:
    rng = np.random.default_rng(0)
    kinds = np.repeat(rng.normal(size=(3, 40)), 6, axis=0)
    centroids = kinds + 0.4 * rng.normal(size=(18, 40))
    sizes = [10] * 6 + [30] * 6 + [20] * 6
    assert group_topics(centroids, sizes) == [2] * 6 + [0] * 6 + [1] * 6
    assert group_topics(centroids[:3], sizes[:3]) == [None] * 3


def test_a_fit_tells_the_group_of_each_topic() -> None:
    texts, unit, _ = planted()
    topics = fit_topics(texts, unit, seed=3).topics
    assert {topic.parent_id for topic in topics} == {0, 1}


def test_a_tree_has_every_topic_once_and_names_what_its_topics_share() -> None:
    groups = topic_tree(
        [3, 5, 8, 9],
        [1, 0, 1, None],
        [["upload", "photo"], ["refund", "fee"], ["upload", "scanner"], ["parking"]],
        [30, 40, 20, 5],
    )
    assert [(g.parent_id, g.topic_ids, g.n) for g in groups] == [(1, (3, 8), 50), (0, (5,), 40)]
    assert groups[0].name == "Upload, photo, scanner"
    assert topic_tree([], [], [], []) == []


def test_a_word_that_redaction_takes_out_is_no_term_but_one_that_it_rarely_takes_is() -> None:
    texts = [f"Quillon lost my refund {'card' if i else 'Card'} form" for i in range(10)]

    def redact(text: str) -> str:
        return text.replace("Quillon", "[PERSON]").replace("Card", "[PERSON]")

    ids, cosines = np.zeros(10, dtype=int), np.linspace(1, 0, 10)
    found = count_terms(texts, min_comments=2)
    assert "quillon" in found.terms
    kept = without_what_is_redacted(found, texts, ids, cosines, redact)
    assert set(kept.terms) == {
        "lost", "refund", "card", "form", "refund card", "card form"
    }  # fmt: skip
    assert kept.counts.shape == (10, len(kept.terms))


def test_a_word_that_was_never_seen_in_redacted_text_is_no_term() -> None:
    texts = ["refund form"] * 40 + ["Quillon form"] * 3
    ids, cosines = np.zeros(43, dtype=int), np.linspace(1, 0, 43)
    found = count_terms(texts, min_comments=2)
    kept = without_what_is_redacted(found, texts, ids, cosines, lambda text: text)
    assert "quillon" in found.terms
    assert "quillon" not in kept.terms
