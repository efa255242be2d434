"""Slow things once a session: the encoder, the shipped classifier, a small trained one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_limits

from classifiers import persist
from classifiers.classifier import CommentClassifier, RuleReader
from classifiers.codebook import Codebook, load_codebook
from classifiers.labels import read_labels
from classifiers.rule_tables import load_rules
from classifiers.train import TRAINING_FOLDER, train
from feedback.embed import MiniLMEncoder

N_FEW = 300


class RememberingEmbedder:
    """The real encoder; each distinct text is computed once."""

    def __init__(self) -> None:
        self._encoder = MiniLMEncoder()
        self.name, self.revision = self._encoder.name, self._encoder.revision
        self.n_dimensions = self._encoder.n_dimensions
        self._vectors: dict[str, np.ndarray] = {}

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        missing = list(dict.fromkeys(text for text in texts if text not in self._vectors))
        self._vectors |= dict(zip(missing, self._encoder.embed(missing), strict=True))
        if not texts:
            return np.empty((0, self.n_dimensions), dtype=np.float32)
        return np.stack([self._vectors[text] for text in texts])


@pytest.fixture(scope="session", autouse=True)
def one_blas_thread() -> Iterator[None]:
    """Threads of BLAS that wait for each other take seconds for what takes milliseconds."""
    with threadpool_limits(1, user_api="blas"):
        yield


@pytest.fixture(scope="session")
def embedder() -> RememberingEmbedder:
    return RememberingEmbedder()


@pytest.fixture(scope="session")
def codebook() -> Codebook:
    return load_codebook()


@pytest.fixture(scope="session")
def shipped() -> CommentClassifier:
    return persist.load()


@pytest.fixture(scope="session")
def rule_reader(codebook: Codebook) -> RuleReader:
    return RuleReader(codebook, load_rules(codebook.id))


@pytest.fixture(scope="session")
def few_labels() -> pd.DataFrame:
    """Some of the training comments: enough for a classifier, few enough to train in seconds."""
    labels = read_labels(sorted(TRAINING_FOLDER.glob("*.csv"))).fillna("")
    short = labels[(labels["text"].str.len() < 60) & (labels["targeted"] == "")]
    return short.iloc[:: len(short) // N_FEW].head(N_FEW).reset_index(drop=True)


@pytest.fixture(scope="session")
def small(
    few_labels: pd.DataFrame, codebook: Codebook, embedder: RememberingEmbedder
) -> CommentClassifier:
    """A classifier without an encoder of its own: it reads sentence vectors."""
    return train(few_labels, codebook, embedder, 7, data_date="2026-01-01")
