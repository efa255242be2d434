"""Run the name model that is shipped: how likely each word of a text is to be a name."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final

import numpy as np

from feedback.errors import ModelHashError
from feedback.networks import open_network
from feedback.redact.name_model.features import BEGIN, END, LABELS, Pieces, read_pieces, word_types
from feedback.redact.name_words import Words

__all__ = ["NameModel", "load_name_model"]

FOLDER: Final = files("feedback.redact").joinpath("data", "name_model")
MODEL_FILE: Final = "names.onnx"
CARD_FILE: Final = "card.json"

_CONTEXT_PIECES: Final = 20
"""Pieces read on both sides of a word that could be a name, less where its sentence ends sooner.
Reading all of a text instead changed nothing that could be measured (docs/measurements.md)."""
_WINDOW_PIECES: Final = 96
"""Pieces read at a time: what is wanted further on is read in the next window."""
_SENTENCE_END: Final = frozenset(".!?\n")


class NameModel:
    """The shipped token classifier, on one processor thread.

    Parameters
    ----------
    content
        An ONNX file made by ``make train-names``.
    """

    def __init__(self, content: bytes) -> None:
        self._session: Any = open_network(content)

    def probabilities(self, words: Words, is_wanted: Sequence[bool]) -> np.ndarray:
        """Return ndarray of shape (n_words, n_labels), float32: how likely each label is.

        Stretches of text with no wanted word are not read: their words are "O" for certain.
        """
        result = np.zeros((len(words), len(LABELS)), dtype=np.float32)
        result[:, 0] = 1.0
        if not any(is_wanted):
            return result
        pieces = read_pieces(words, word_types(words))
        wanted = [
            position
            for position, word in enumerate(pieces.word)
            if pieces.is_first[position] and is_wanted[word]
        ]
        for start, end in _windows(pieces, words, wanted):
            self._read(pieces, start, end, result)
        return result

    def _read(self, pieces: Pieces, start: int, end: int, result: np.ndarray) -> None:
        ids = np.array([[BEGIN, *pieces.ids[start:end], END]], dtype=np.int64)
        types = np.array([[0, *pieces.types[start:end], 0]], dtype=np.int64)
        inputs = {"input_ids": ids, "token_type_ids": types, "attention_mask": np.ones_like(ids)}
        scores = self._session.run(None, inputs)[0][0, 1:-1]
        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
        scores /= scores.sum(axis=1, keepdims=True)
        first = np.flatnonzero(pieces.is_first[start:end])
        rows = [pieces.word[start + position] for position in first]
        # A word that two windows read is a name if it is one in either.
        likely = scores[first]
        is_surer = likely[:, 0] < result[rows, 0]
        result[rows] = np.where(is_surer[:, None], likely, result[rows])


def _windows(pieces: Pieces, words: Words, wanted: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield stretches of pieces around those wanted, near ones together."""
    n_pieces, done = len(pieces.ids), 0
    ends = [word >= 0 and words.words[word][0] in _SENTENCE_END for word in pieces.word]
    index = 0
    while index < len(wanted):
        position = last = wanted[index]
        index += 1
        if position < done:
            continue
        start = position
        while start > 0 and position - start < _CONTEXT_PIECES and not ends[start - 1]:
            start -= 1
        limit = min(n_pieces, start + _WINDOW_PIECES)
        while index < len(wanted) and wanted[index] < min(limit - 1, last + _CONTEXT_PIECES + 1):
            last = wanted[index]
            index += 1
        end = last + 1
        while end < limit and end - last < _CONTEXT_PIECES and not ends[end - 1]:
            end += 1
        yield start, end
        done = max(end - _CONTEXT_PIECES // 2, last + 1) if end == limit < n_pieces else end


@cache
def load_name_model() -> NameModel:
    """Return the model that is shipped, loaded once.

    Raises
    ------
    ModelHashError
        The file is not the one its card describes.
    """
    content = FOLDER.joinpath(MODEL_FILE).read_bytes()
    card = json.loads(FOLDER.joinpath(CARD_FILE).read_text(encoding="utf-8"))
    if hashlib.sha256(content).hexdigest() != card["sha256"]:
        raise ModelHashError(
            f"{MODEL_FILE} of the name model is not the file its card describes. "
            "Install the toolkit again, or train the model with make train-names."
        )
    return NameModel(content)
