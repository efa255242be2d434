"""Run the name model that is shipped: how likely each word of a text is to be a name.

One text at a time and never in a batch with others: 8-bit scales are taken from what is computed
together, so a text's result would depend on its neighbours.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final

import numpy as np

from feedback.errors import ModelHashError
from feedback.redact.name_model.features import LABELS, Pieces, read_pieces, word_types
from feedback.redact.name_words import Words

__all__ = ["NameModel", "load_name_model"]

FOLDER: Final = files("feedback.redact").joinpath("data", "name_model")
MODEL_FILE: Final = "names.onnx"
CARD_FILE: Final = "card.json"

_CLS, _SEP = 101, 102
_WINDOW_PIECES: Final = 96
"""Pieces read at a time. Longer texts are cut after a sentence where they can."""
_OVERLAP_PIECES: Final = 16
"""Pieces of context on both sides of a window that was cut in mid-sentence."""
_SENTENCE_END: Final = frozenset(".!?\n")


class NameModel:
    """The shipped token classifier, on one processor thread.

    Parameters
    ----------
    content
        An ONNX file made by ``make train-names``.
    """

    def __init__(self, content: bytes) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session: Any = onnxruntime.InferenceSession(
            content, options, providers=["CPUExecutionProvider"]
        )

    def probabilities(self, words: Words, is_wanted: Sequence[bool]) -> np.ndarray:
        """Return ndarray of shape (n_words, n_labels), float32: how likely each label is.

        Stretches of text with no wanted word are not read: their words are "O" for certain.
        """
        result = np.zeros((len(words), len(LABELS)), dtype=np.float32)
        result[:, 0] = 1.0
        if not any(is_wanted):
            return result
        pieces = read_pieces(words, word_types(words))
        for start, end in _windows(pieces, words):
            if any(
                is_wanted[word]
                for word, is_first in zip(
                    pieces.word[start:end], pieces.is_first[start:end], strict=True
                )
                if is_first
            ):
                self._read(pieces, start, end, result)
        return result

    def _read(self, pieces: Pieces, start: int, end: int, result: np.ndarray) -> None:
        low = max(0, start - _OVERLAP_PIECES)
        high = min(len(pieces.ids), end + _OVERLAP_PIECES)
        ids = np.array([[_CLS, *pieces.ids[low:high], _SEP]], dtype=np.int64)
        types = np.array([[0, *pieces.types[low:high], 0]], dtype=np.int64)
        inputs = {"input_ids": ids, "token_type_ids": types, "attention_mask": np.ones_like(ids)}
        scores = self._session.run(None, inputs)[0][0, 1 + start - low : 1 + end - low]
        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
        scores /= scores.sum(axis=1, keepdims=True)
        for position in range(start, end):
            if pieces.is_first[position]:
                result[pieces.word[position]] = scores[position - start]


def _windows(pieces: Pieces, words: Words) -> Iterator[tuple[int, int]]:
    """Yield stretches of pieces that cover all of them, cut at the ends of sentences."""
    n_pieces = len(pieces.ids)
    start = 0
    while start < n_pieces:
        end = min(n_pieces, start + _WINDOW_PIECES)
        if end < n_pieces:
            end = _cut(pieces, words, start, end)
        yield start, end
        start = end


def _cut(pieces: Pieces, words: Words, start: int, end: int) -> int:
    """Return the last place to cut before ``end``: after a sentence, else between two words."""
    middle = start + (end - start) // 2
    for position in range(end, middle, -1):
        word = pieces.word[position - 1]
        if word >= 0 and words.words[word][0] in _SENTENCE_END:
            return position
    for position in range(end, middle, -1):
        if pieces.is_first[position]:
            return position
    return end


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
