"""Slow things once a session: the encoder, the shipped classifier, a small trained one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from classifiers import persist
from classifiers.classifier import CommentClassifier, RuleReader
from classifiers.codebook import Codebook, load_codebook
from classifiers.labels import read_labels
from classifiers.rule_tables import load_rules
from classifiers.train import TRAINING_FOLDER
from feedback.embed import MiniLMEncoder


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
    labels = read_labels(sorted(TRAINING_FOLDER.glob("*.csv")))
    short = labels[labels["text"].str.len() < 60]
    return short.iloc[::3].reset_index(drop=True)
