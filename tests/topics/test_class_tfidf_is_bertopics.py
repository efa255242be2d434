"""Class TF-IDF is computed here, without BERTopic, and is the same as BERTopic's."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer

from topics.ctfidf import class_counts, class_tfidf, count_terms, telling_terms
from topics.terms import terms_of

WORDS = (
    "upload photo refused card payment charged refund password locked email court letter".split()
)


def written(n: int = 300, seed: int = 0) -> tuple[list[str], np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = rng.integers(-1, 4, size=n)
    texts = []
    for label in labels:
        favoured = WORDS[3 * max(label, 0) : 3 * max(label, 0) + 3]
        chosen = rng.choice([*WORDS, *favoured * 4], size=rng.integers(1, 9))
        texts.append(" ".join(chosen))
    return texts, labels


def test_class_tfidf_equals_bertopics_own() -> None:
    from bertopic.vectorizers import ClassTfidfTransformer

    texts, labels = written()
    joined = [
        " | ".join(text for text, own in zip(texts, labels, strict=True) if own == label)
        for label in np.unique(labels)
    ]
    vectoriser = CountVectorizer(analyzer=terms_of)
    theirs = ClassTfidfTransformer().fit_transform(vectoriser.fit_transform(joined))
    found = count_terms(texts, min_comments=1)
    ours = class_tfidf(class_counts(found.counts, labels))
    assert found.terms == tuple(vectoriser.get_feature_names_out())
    assert ours.shape[0] == 5
    np.testing.assert_allclose(ours.toarray(), theirs.toarray(), rtol=1e-12)


def test_terms_are_counted_by_text_and_kept_when_enough_comments_have_them() -> None:
    found = count_terms(["slow slow slow", "upload", "upload upload"], min_comments=2)
    assert found.terms == ("upload",)
    assert found.counts.toarray().ravel().tolist() == [0, 1, 2]


def test_the_terms_of_a_topic_come_in_order_and_outliers_have_none() -> None:
    texts, labels = written()
    found = count_terms(texts, min_comments=1)
    told = telling_terms(found, labels, n_terms=5)
    scores = class_tfidf(class_counts(found.counts, labels)).toarray()
    assert set(told) == {0, 1, 2, 3}
    for label, terms in told.items():
        row = scores[label + 1]
        expected = sorted(range(len(row)), key=lambda i: (-round(row[i], 12), i))[:5]
        assert terms == [found.terms[i] for i in expected]


def test_terms_that_few_comments_mention_are_left_out_on_request() -> None:
    texts = ["payment"] * 19 + ["payment xylophone"] + ["upload"] * 20
    labels = np.repeat([0, 1], 20)
    found = count_terms(texts, min_comments=1)
    assert "xylophone" in telling_terms(found, labels, n_terms=9)[0]
    assert telling_terms(found, labels, n_terms=9, min_share=0.1)[0] == ["payment"]


def test_nothing_has_no_terms() -> None:
    assert count_terms([], min_comments=1).terms == ()
    assert count_terms(["!!!", ""], min_comments=1).counts.shape == (2, 0)
    assert class_counts(sparse.csr_matrix((0, 3), dtype=int), np.zeros(0, int)).shape == (0, 3)


@pytest.mark.parametrize("heavy", ["bertopic", "umap", "numba", "sklearn", "torch", "hdbscan"])
def test_a_fit_imports_none_of_what_takes_seconds(heavy: str, imported: set[str]) -> None:
    assert "sknetwork" in imported, "the fit did run"
    assert heavy not in imported


@pytest.fixture(scope="module")
def imported() -> set[str]:
    script = """
import sys
import numpy as np
from topics.model import fit_topics
rng = np.random.default_rng(0)
centres = rng.normal(size=(3, 32))
vectors = np.repeat(centres, 40, axis=0) + 0.2 * rng.normal(size=(120, 32))
vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
words = np.repeat(["upload photo", "card payment", "password email"], 40)
texts = [f"{word} {i}" for i, word in enumerate(words)]
fit = fit_topics(texts, vectors, min_comments=40)
assert len(fit.topics) == 3, fit
print(*sys.modules)
"""
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return {name.split(".")[0] for name in run.stdout.split()}
