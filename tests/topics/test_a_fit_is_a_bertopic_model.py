"""A fit can be handed to BERTopic: its hierarchy, plots, transform and saved model work on it."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.topics.test_topics_are_found import planted
from topics.bertopic_model import as_bertopic, write_map
from topics.model import TopicFit, assign_topics, fit_topics

SECRET = "zorblatt quillfish"


@pytest.fixture(scope="module")
def material() -> tuple[list[str], np.ndarray, TopicFit]:
    texts, vectors, _ = planted()
    texts[7] += f" {SECRET}"
    return texts, vectors, fit_topics(texts, vectors, seed=3)


@pytest.fixture(scope="module")
def model(material: tuple[list[str], np.ndarray, TopicFit]):
    texts, vectors, fit = material
    return as_bertopic(fit, texts, vectors)


def test_its_topics_terms_and_names_are_those_of_the_fit(material, model) -> None:
    _, _, fit = material
    assert list(model.topics_) == fit.topic_ids.tolist()
    for topic in fit.topics:
        words = [word for word, _ in model.get_topic(topic.topic_id)]
        assert set(words[:5]) <= set(topic.terms)
    labels = dict(zip(model.get_topic_info()["Topic"], model.custom_labels_, strict=True))
    assert {i: labels[i] for i in labels if i >= 0} == {t.topic_id: t.name for t in fit.topics}


def test_topics_of_one_size_keep_their_numbers() -> None:
    rng = np.random.default_rng(0)
    centres = np.eye(24)
    vectors = np.repeat(centres, 15, axis=0) + 0.05 * rng.normal(size=(360, 24))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    texts = [f"word{'abcdefghijklmnopqrstuvwx'[i // 15]} {i}" for i in range(360)]
    fit = fit_topics(texts, vectors.astype(np.float32), seed=1)
    assert [topic.n for topic in fit.topics] == [15] * 24
    assert list(as_bertopic(fit, texts, vectors).topics_) == fit.topic_ids.tolist()


def test_new_comments_join_by_our_rule(material, model) -> None:
    _, vectors, fit = material
    rng = np.random.default_rng(5)
    new = vectors[:40] + 0.1 * rng.normal(size=(40, vectors.shape[1]))
    new = (new / np.linalg.norm(new, axis=1, keepdims=True)).astype(np.float32)
    expected, _ = assign_topics(new, np.stack([topic.centroid for topic in fit.topics]))
    assert -1 in expected
    topics, _ = model.transform([""] * 40, embeddings=new)
    assert list(topics) == expected.tolist()


def test_bertopics_hierarchy_joins_all_topics(material, model) -> None:
    texts, _, fit = material
    tree = model.hierarchical_topics(texts)
    assert len(tree) == len(fit.topics) - 1
    assert sorted(max(tree["Topics"], key=len)) == [topic.topic_id for topic in fit.topics]


def test_the_map_is_written_and_holds_no_comment(material, model, tmp_path: Path) -> None:
    texts, vectors, fit = material
    times = pd.date_range("2026-01-01", periods=len(texts), freq="h").tolist()
    written = write_map(model, texts, vectors, tmp_path / "map", times=times)
    pages = [path for path in written if path.suffix == ".html"]
    assert {page.name for page in pages} == {
        "hierarchy.html",
        "map.html",
        "terms.html",
        "over_time.html",
    }
    for path in (tmp_path / "map").rglob("*"):
        if path.is_file():
            content = path.read_bytes().decode("utf-8", "replace")
            assert texts[0] not in content
            assert SECRET not in content
            assert not re.search(r"<(script|link)[^>]+(src|href)=", content), "nothing is fetched"
    shown = (tmp_path / "map" / "map.html").read_text(encoding="utf-8")
    assert fit.topics[0].name in shown


def test_a_saved_model_is_loaded_by_bertopic_itself(material, model, tmp_path: Path) -> None:
    from bertopic import BERTopic

    texts, vectors, fit = material
    write_map(model, texts, vectors, tmp_path)
    assert not (tmp_path / "over_time.html").exists()
    loaded = BERTopic.load(str(tmp_path / "model"))
    assert loaded.get_topic(0)[0][0] == model.get_topic(0)[0][0]
    assert list(loaded.topics_) == fit.topic_ids.tolist()


def test_a_fit_without_topics_is_no_model() -> None:
    fit = fit_topics([], np.empty((0, 4), dtype=np.float32))
    with pytest.raises(ValueError, match="without topics"):
        as_bertopic(fit, [], np.empty((0, 4)))
