"""Invented unit vectors: subjects that share a direction, as texts of one field do."""

from __future__ import annotations

import numpy as np

N_DIMENSIONS = 64
SHARED = 0.5
"""Length of what all subjects have in common."""
OWN = 1.0
SPREAD = 0.7
"""How far a comment lies from its subject."""


class Subjects:
    """Draws comments about numbered subjects; the same seed draws the same."""

    def __init__(self, n_subjects: int, *, seed: int = 1) -> None:
        rng = np.random.default_rng(seed)
        self._rng = rng
        shared = rng.normal(size=N_DIMENSIONS)
        shared *= SHARED / np.linalg.norm(shared)
        own = rng.normal(size=(n_subjects, N_DIMENSIONS))
        own *= OWN / np.linalg.norm(own, axis=1, keepdims=True)
        self.means = shared + own

    def draw(self, labels: np.ndarray) -> np.ndarray:
        noise = self._rng.normal(size=(len(labels), N_DIMENSIONS)) / np.sqrt(N_DIMENSIONS)
        vectors = self.means[labels] + SPREAD * noise
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors.astype(np.float32)
