"""Read texts with a tuned encoder, one at a time, on several threads."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any

import numpy as np

from feedback.embed import MiniLMEncoder
from feedback.networks import open_network

__all__ = ["MAX_PIECES", "TunedReader", "load_tokenizer"]

MAX_PIECES = 256
"""Word pieces of a text that are read: some 190 words."""


def load_tokenizer() -> Any:
    """Return the tokenizer of the encoder that is tuned, cutting texts at `MAX_PIECES`."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(MiniLMEncoder().folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_PIECES)
    return tokenizer


class TunedReader:
    """A tuned encoder, loaded at the first text.

    Parameters
    ----------
    content
        An ONNX file that `classifiers.tuned.tuning.tune` made.
    n_threads
        Texts read at the same time; the processor's cores if None.
    """

    def __init__(self, content: bytes, n_threads: int | None = None) -> None:
        self.content = content
        self._n_threads = n_threads or os.cpu_count() or 1

    def scores(self, texts: Sequence[str]) -> np.ndarray:
        """Return ndarray of shape (n_texts, n_scores), float32: log-odds of codes, then of tones.

        A text's scores do not depend on the texts beside it.
        """
        if not len(texts):
            return np.empty((0, self._network.get_outputs()[0].shape[1]), dtype=np.float32)
        distinct = list(dict.fromkeys(texts))
        of_text = dict(zip(distinct, self._read_all(distinct), strict=True))
        return np.stack([of_text[text] for text in texts])

    def _read_all(self, texts: list[str]) -> list[np.ndarray]:
        pieces = [encoding.ids for encoding in self._tokenizer.encode_batch(texts)]
        # Long and short ones alternate, so that no thread gets all the long ones.
        order = sorted(range(len(pieces)), key=lambda i: len(pieces[i]))
        shares = [order[start :: self._n_threads] for start in range(self._n_threads)]
        scores: list[np.ndarray] = [np.empty(0)] * len(pieces)

        def read(share: list[int]) -> None:
            for i in share:
                scores[i] = self._read(pieces[i])

        with ThreadPoolExecutor(self._n_threads) as threads:
            list(threads.map(read, shares))
        return scores

    def _read(self, pieces: list[int]) -> np.ndarray:
        ids = np.array([pieces], dtype=np.int64)
        inputs = {
            "input_ids": ids,
            "token_type_ids": np.zeros_like(ids),
            "attention_mask": np.ones_like(ids),
        }
        row: np.ndarray = self._network.run(None, inputs)[0][0]
        return row

    @cached_property
    def _network(self) -> Any:
        return open_network(self.content)

    @cached_property
    def _tokenizer(self) -> Any:
        return load_tokenizer()
