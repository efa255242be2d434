"""Marked texts as tensors."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Final

import torch

from feedback.redact.name_model.augment import (
    NameSource,
    change_case,
    change_names,
    drop_lists,
    misspell_words,
)
from feedback.redact.name_model.corpus import Marked
from feedback.redact.name_model.features import (
    BEGIN,
    END,
    LABELS,
    read_pieces,
    read_words,
    word_types,
)

__all__ = ["IGNORED", "Example", "batches", "to_tensors"]

Example = tuple[list[int], list[int], list[int]]
"""Piece ids, type rows and label numbers of a text."""

IGNORED: Final = -100
"""Label of pieces that are not the first of a word; no loss is counted there."""

_BATCH_PIECES: Final = 1_400
"""Pieces in a batch, padding included: about 32 comments."""
_MAX_PIECES: Final = 160
_PAD: Final = 0


def batches(
    texts: Sequence[Marked], source: NameSource, rng: random.Random
) -> Iterator[list[Example]]:
    """Yield batches of texts of about one length, in random order, each text changed anew."""
    examples = [_example(text, source, rng) for text in texts]
    examples = [one for one in examples if one[0]]
    examples.sort(key=lambda one: len(one[0]) + rng.random())
    made: list[list[Example]] = [[]]
    for one in examples:
        if made[-1] and (len(made[-1]) + 1) * len(one[0]) > _BATCH_PIECES:
            made.append([])
        made[-1].append(one)
    rng.shuffle(made)
    yield from made


def _example(marked: Marked, source: NameSource, rng: random.Random) -> Example:
    marked = change_case(misspell_words(change_names(marked, source, rng), rng), rng)
    words = read_words(marked.text)
    pieces = read_pieces(words, word_types(words, drop_lists(words.classes, rng)))
    labels = _labels_of_words(words.starts, words.ends, marked)
    targets = [
        labels[word] if is_first else IGNORED
        for word, is_first in zip(pieces.word, pieces.is_first, strict=True)
    ]
    return pieces.ids[:_MAX_PIECES], pieces.types[:_MAX_PIECES], targets[:_MAX_PIECES]


def _labels_of_words(starts: Sequence[int], ends: Sequence[int], marked: Marked) -> list[int]:
    labels = [0] * len(starts)
    index = 0
    for start, end, label in marked.marks:
        while index < len(starts) and ends[index] <= start:
            index += 1
        while index < len(starts) and starts[index] < end:
            labels[index] = LABELS.index(label)
            index += 1
    return labels


def to_tensors(batch: Sequence[Example]) -> tuple[torch.Tensor, ...]:
    """Return ids, types, mask and labels, each of shape (n_texts, n_pieces), int64."""
    longest = max(len(ids) for ids, _, _ in batch)
    rows = []
    for ids, types, labels in batch:
        n_empty = longest - len(ids)
        rows.append(
            (
                [BEGIN, *ids, END] + [_PAD] * n_empty,
                [0, *types, 0] + [0] * n_empty,
                [1] * (len(ids) + 2) + [0] * n_empty,
                [IGNORED, *labels, IGNORED] + [IGNORED] * n_empty,
            )
        )
    return tuple(torch.tensor(column) for column in zip(*rows, strict=True))
