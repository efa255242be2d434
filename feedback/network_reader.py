"""Read texts with a small network, on several threads.

Texts are never padded: those computed together have equally many pieces. A network whose 8-bit
scales are taken from what is computed together (`feedback.network_export.export_int8`) reads one
text at a time, or a text's result would depend on its neighbours.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any

import numpy as np

from feedback.embed import MiniLMEncoder
from feedback.networks import open_network

__all__ = ["MAX_PIECES", "NetworkReader", "load_tokenizer"]

MAX_PIECES = 256
"""Word pieces of a text that are read: some 190 words."""


def load_tokenizer() -> Any:
    """Return MiniLM's tokenizer, cutting texts at `MAX_PIECES`."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(MiniLMEncoder().folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_PIECES)
    return tokenizer


class NetworkReader:
    """A network that reads texts with MiniLM's tokenizer, loaded at the first text.

    Parameters
    ----------
    content
        An ONNX file written by `feedback.network_export`.
    batch_texts
        Texts of one length computed together, at most.
    n_threads
        Batches computed at the same time; if None, as many as ``OMP_NUM_THREADS`` says, or the
        processor has cores. What comes out does not depend on it.
    """

    def __init__(
        self, content: bytes, *, batch_texts: int = 1, n_threads: int | None = None
    ) -> None:
        self.content = content
        self._batch_texts = batch_texts
        self._n_threads = n_threads or _threads_wanted()

    def read(self, texts: Sequence[str]) -> np.ndarray:
        """Return ndarray of shape (n_texts, n_outputs), float32; each text is read once."""
        if not len(texts):
            return np.empty((0, self._network.get_outputs()[0].shape[1]), dtype=np.float32)
        distinct = list(dict.fromkeys(texts))
        rows = self._read_all([encoding.ids for encoding in self._encode(distinct)])
        if len(distinct) == len(texts):
            return rows
        place = {text: i for i, text in enumerate(distinct)}
        return rows[[place[text] for text in texts]]

    def _encode(self, texts: list[str]) -> list[Any]:
        encodings: list[Any] = self._tokenizer.encode_batch(texts)
        return encodings

    def _read_all(self, pieces: list[list[int]]) -> np.ndarray:
        batches = list(_of_one_length(pieces, self._batch_texts))

        def read(batch: list[int]) -> np.ndarray:
            # ONNX Runtime adds up a single row in another order than one beside others.
            told = batch * 2 if len(batch) == 1 < self._batch_texts else batch
            return self._compute(np.array([pieces[i] for i in told], dtype=np.int64))[: len(batch)]

        with ThreadPoolExecutor(self._n_threads) as threads:
            found = list(threads.map(read, batches))
        rows = np.empty((len(pieces), found[0].shape[1]), dtype=np.float32)
        for batch, computed in zip(batches, found, strict=True):
            rows[batch] = computed
        return rows

    def _compute(self, ids: np.ndarray) -> np.ndarray:
        inputs = {
            "input_ids": ids,
            "token_type_ids": np.zeros_like(ids),
            "attention_mask": np.ones_like(ids),
        }
        rows: np.ndarray = self._network.run(None, inputs)[0]
        return rows

    @cached_property
    def _network(self) -> Any:
        return open_network(self.content)

    @cached_property
    def _tokenizer(self) -> Any:
        return load_tokenizer()


def _threads_wanted() -> int:
    wanted = os.environ.get("OMP_NUM_THREADS", "")
    return int(wanted) if wanted.isdecimal() and int(wanted) else os.cpu_count() or 1


def _of_one_length(pieces: list[list[int]], batch_texts: int) -> Iterator[list[int]]:
    """Give positions of texts of one length; the longest first, so that no thread ends late."""
    order = sorted(range(len(pieces)), key=lambda i: -len(pieces[i]))
    start = 0
    for i in range(1, len(order) + 1):
        is_last = i == len(order)
        if (
            is_last
            or i - start == batch_texts
            or (len(pieces[order[i]]) != len(pieces[order[start]]))
        ):
            yield order[start:i]
            start = i
