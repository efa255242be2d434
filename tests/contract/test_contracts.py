"""Every implementation of a protocol, real or fake, behaves the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feedback.embed import CachedEmbedder, MiniLMEncoder
from feedback.fast_encoder import FastEncoder
from feedback.protocols import Classifier, Embedder, LanguageIdentifier, Redactor, VectorCache
from feedback.schema import Decision, Entity, Language, Origin, Sentiment
from feedback.store import Store
from tests import fakes

TEXTS = [
    "The payment page is slow and then there was an error",
    "Easy to use, thank you",
    "Dim yn gweithio ar fy ffôn",
    "slow",
    "",
    "😡 wrote to someone@example.org twice\nno answer",
]


def _minilm() -> Embedder:
    return MiniLMEncoder()


def _fast() -> Embedder:
    return FastEncoder()


def _cached() -> Embedder:
    return CachedEmbedder(fakes.BagOfWordsEmbedder(), fakes.DictVectorCache())


@pytest.fixture(scope="module", params=[_minilm, _fast, _cached, fakes.BagOfWordsEmbedder])
def embedder(request: pytest.FixtureRequest) -> Embedder:
    return request.param()


class TestEmbedder:
    def test_it_has_the_methods(self, embedder: Embedder) -> None:
        assert isinstance(embedder, Embedder)
        assert embedder.name
        assert embedder.revision

    def test_vectors_are_float32_of_unit_length(self, embedder: Embedder) -> None:
        vectors = embedder.embed(TEXTS)
        assert vectors.shape == (len(TEXTS), embedder.n_dimensions)
        assert vectors.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)

    def test_no_texts_give_no_vectors(self, embedder: Embedder) -> None:
        assert embedder.embed([]).shape == (0, embedder.n_dimensions)

    def test_the_order_and_company_of_texts_do_not_matter(self, embedder: Embedder) -> None:
        together = embedder.embed(TEXTS)
        alone = np.concatenate([embedder.embed([text]) for text in reversed(TEXTS)])[::-1]
        np.testing.assert_allclose(together, alone, atol=1e-5)


@pytest.fixture(params=["fake", "sqlite", "postgresql"])
def cache(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[VectorCache]:
    if request.param == "fake":
        yield fakes.DictVectorCache()
        return
    url = f"sqlite:///{tmp_path / 'a.db'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
    with Store.open(url) as store:
        yield store


class TestVectorCache:
    def test_what_was_put_comes_back_exactly(self, cache: VectorCache) -> None:
        vectors = {f"{i:032x}": np.full(4, i / 3, dtype=np.float32) for i in range(3)}
        cache.put_vectors("m", "1", vectors)
        found = cache.get_vectors("m", "1", [*vectors, "f" * 32])
        assert found.keys() == vectors.keys()
        for key, vector in vectors.items():
            assert found[key].dtype == np.float32
            np.testing.assert_array_equal(found[key], vector)

    def test_models_and_revisions_are_kept_apart(self, cache: VectorCache) -> None:
        cache.put_vectors("m", "1", {"a" * 32: np.ones(4, np.float32)})
        assert cache.get_vectors("m", "2", ["a" * 32]) == {}
        assert cache.get_vectors("n", "1", ["a" * 32]) == {}

    def test_the_first_vector_stays(self, cache: VectorCache) -> None:
        cache.put_vectors("m", "1", {"a" * 32: np.ones(4, np.float32)})
        cache.put_vectors("m", "1", {"a" * 32: np.zeros(4, np.float32)})
        assert cache.get_vectors("m", "1", ["a" * 32])["a" * 32].tolist() == [1, 1, 1, 1]

    def test_a_kept_vector_does_not_change_with_the_callers(self, cache: VectorCache) -> None:
        vector = np.ones(4, np.float32)
        cache.put_vectors("m", "1", {"a" * 32: vector})
        vector[:] = 7
        assert cache.get_vectors("m", "1", ["a" * 32])["a" * 32].tolist() == [1, 1, 1, 1]

    def test_nothing_put_and_nothing_asked_is_nothing(self, cache: VectorCache) -> None:
        cache.put_vectors("m", "1", {})
        assert cache.get_vectors("m", "1", []) == {}


def _text_redactor() -> Redactor:
    from feedback.redact import TextRedactor

    return TextRedactor()


def _numbering_redactor() -> Redactor:
    from feedback.redact import TextRedactor
    from feedback.schema import RedactionOperator

    return TextRedactor(operator=RedactionOperator.PSEUDONYM, key=b"k" * 32)


@pytest.fixture(scope="module", params=[_text_redactor, _numbering_redactor, fakes.EmailRedactor])
def redactor(request: pytest.FixtureRequest) -> Redactor:
    return request.param()


PLACEHOLDERS = {entity.placeholder for entity in Entity}
WITH_EMAILS = st.lists(
    st.one_of(st.text(max_size=30), st.sampled_from(["me@example.org", " ", "ann.b@courts.test"])),
    max_size=8,
).map("".join)


class TestRedactor:
    def test_it_has_the_method(self, redactor: Redactor) -> None:
        assert isinstance(redactor, Redactor)

    def test_an_address_is_replaced_and_the_rest_stays(self, redactor: Redactor) -> None:
        found = redactor.redact("please write to ann.b@example.org again ☹")
        assert found.text == "please write to [EMAIL] again ☹"
        (span,) = found.spans
        assert (span.entity, found.text[span.start : span.end]) == (Entity.EMAIL, "[EMAIL]")
        (before,) = found.found
        assert (before.start, before.end) == (16, 33)

    @given(text=WITH_EMAILS)
    @settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_spans_say_what_stands_where(self, redactor: Redactor, text: str) -> None:
        done = redactor.redact(text)
        assert len(done.spans) == len(done.found)
        rebuilt, end = "", 0
        for before, after in zip(done.found, done.spans, strict=True):
            assert end <= before.start < before.end <= len(text)
            assert done.text[after.start : after.end] == before.entity.placeholder
            rebuilt += text[end : before.start] + before.entity.placeholder
            end = before.end
        assert rebuilt + text[end:] == done.text

    @given(text=WITH_EMAILS)
    @settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_redacted_text_is_left_alone(self, redactor: Redactor, text: str) -> None:
        once = redactor.redact(text).text
        assert redactor.redact(once).text == once

    def test_empty_text_is_nothing_to_redact(self, redactor: Redactor) -> None:
        done = redactor.redact("")
        assert (done.text, done.spans, done.found) == ("", (), ())


def _language_identifier() -> LanguageIdentifier:
    from feedback.language import SeededLanguageIdentifier

    return SeededLanguageIdentifier()


@pytest.fixture(scope="module", params=[_language_identifier, fakes.WelshWordIdentifier])
def identifier(request: pytest.FixtureRequest) -> LanguageIdentifier:
    return request.param()


class TestLanguageIdentifier:
    def test_clear_texts_are_named(self, identifier: LanguageIdentifier) -> None:
        texts = [
            "The website kept timing out while I was filling in the form about my children",
            "Mae'r gwasanaeth wedi bod yn araf iawn heddiw ac nid oedd modd mewngofnodi",
        ]
        assert identifier.identify(texts) == [Language.ENGLISH, Language.WELSH]

    def test_each_text_has_an_answer_in_order(self, identifier: LanguageIdentifier) -> None:
        told = identifier.identify(TEXTS)
        assert all(isinstance(one, Language) for one in told)
        assert told == [identifier.identify([text])[0] for text in TEXTS]
        assert identifier.identify(TEXTS[::-1]) == told[::-1]

    def test_nothing_is_unknown(self, identifier: LanguageIdentifier) -> None:
        assert identifier.identify(["", "…", "[PERSON]"]) == [Language.UNKNOWN] * 3
        assert identifier.identify([]) == []


def _shipped_classifier() -> tuple[Classifier, Embedder]:
    from classifiers.persist import load

    return load(None), MiniLMEncoder()


def _fake_classifier() -> tuple[Classifier, Embedder]:
    return fakes.KeywordClassifier(), fakes.BagOfWordsEmbedder()


@pytest.fixture(scope="module", params=[_shipped_classifier, _fake_classifier])
def coder(request: pytest.FixtureRequest) -> tuple[Classifier, Embedder]:
    make: Callable[[], tuple[Classifier, Embedder]] = request.param
    return make()


class TestClassifier:
    TEXTS: Sequence[str] = (
        "There was an error and the page was very slow",
        "Easy and quick, thank you",
        "slow",
    )

    def classify(self, coder: tuple[Classifier, Embedder], texts: Sequence[str]) -> list[Any]:
        classifier, embedder = coder
        return classifier.classify(texts, embedder.embed(texts), ["en"] * len(texts))

    def test_it_has_the_methods(self, coder: tuple[Classifier, Embedder]) -> None:
        assert isinstance(coder[0], Classifier)
        assert coder[0].version
        assert coder[0].codebook_version

    def test_each_text_is_coded(self, coder: tuple[Classifier, Embedder]) -> None:
        told = self.classify(coder, self.TEXTS)
        assert len(told) == len(self.TEXTS)
        for one in told:
            assert isinstance(one.sentiment, Sentiment)
            codes = [code.code for code in one.codes]
            assert codes
            assert len(codes) == len(set(codes))
            for code in one.codes:
                assert 0 <= code.probability <= 1
                assert code.decision in (Decision.ASSIGNED, Decision.REVIEW)
                assert code.origin in (Origin.RULE, Origin.MODEL)

    def test_codes_do_not_depend_on_the_company(self, coder: tuple[Classifier, Embedder]) -> None:
        together = self.classify(coder, self.TEXTS)
        for text, one in zip(self.TEXTS, together, strict=True):
            (alone,) = self.classify(coder, [text])
            assert alone.sentiment == one.sentiment
            assert [(code.code, code.decision) for code in alone.codes] == [
                (code.code, code.decision) for code in one.codes
            ]

    def test_the_tone_follows_the_words(self, coder: tuple[Classifier, Embedder]) -> None:
        first, second, _ = self.classify(coder, self.TEXTS)
        assert first.sentiment is Sentiment.NEGATIVE
        assert second.sentiment is Sentiment.POSITIVE
        assert "praise" in {code.code for code in second.codes}

    def test_no_texts_give_no_codes(self, coder: tuple[Classifier, Embedder]) -> None:
        assert self.classify(coder, []) == []
