"""Train one network; stopped, it goes on from the last epoch."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from classifiers.tuned.network import CodeNetwork, load_network
from classifiers.tuned.plan import Recipe
from feedback.embed import MiniLMEncoder
from feedback.network_reader import load_tokenizer
from feedback.network_training import TrainingState

__all__ = ["Lesson", "train_network"]

_log = logging.getLogger(__name__)

_BATCH_TEXTS = 32
_POOL_BATCHES = 16
"""Batches whose texts are sorted by length together, so that little is padding."""


@dataclass(frozen=True, eq=False)
class Lesson:
    """What to learn: texts, codes, and tones (-1 where none is known).

    ``truth`` is an ndarray of shape (n_texts, n_codes), bool; ``tones`` of shape (n_texts,), int;
    ``is_urgent`` of shape (n_codes,), bool.
    """

    texts: tuple[str, ...]
    truth: np.ndarray
    tones: np.ndarray
    is_urgent: np.ndarray
    n_tones: int


def train_network(lesson: Lesson, recipe: Recipe, state_file: Path) -> CodeNetwork:
    """Return a network trained on ``lesson``.

    Parameters
    ----------
    lesson
        What to learn.
    recipe
        How.
    state_file
        Where the state is kept after each epoch. If it is there, training goes on from it; it must
        stem from the same lesson and recipe.
    """
    torch.set_num_threads(1)  # two that wait for each other are slower than one
    torch.manual_seed(recipe.seed)
    n_codes = lesson.truth.shape[1]
    network = load_network(MiniLMEncoder().folder, n_codes + lesson.n_tones)
    _set_bias(network, lesson.truth)
    pieces = _pieces(lesson.texts)
    n_batches = -(-len(pieces) // _BATCH_TEXTS)
    encoder = [one for one in network.encoder.parameters() if one.requires_grad]
    parts = [(encoder, recipe.encoder_rate), (list(network.head.parameters()), recipe.head_rate)]
    state = TrainingState(network, parts, n_batches * recipe.n_epochs, warm_share=recipe.warm_share)
    if state_file.is_file():
        state.load(state_file)
    truth, tones = torch.tensor(lesson.truth, dtype=torch.float32), torch.tensor(lesson.tones)
    weights = torch.where(torch.tensor(lesson.is_urgent), recipe.urgent_weight, 1.0)
    while state.n_epochs < recipe.n_epochs:
        begun, total = time.monotonic(), 0.0
        seed = recipe.seed + 1 + state.n_epochs
        torch.manual_seed(seed)
        network.train()
        for batch in _batches(pieces, seed):
            with torch.autocast("cpu", dtype=torch.bfloat16):
                scores = network(*_to_tensors([pieces[i] for i in batch])).float()
            loss = _loss(scores, truth[batch], tones[batch], weights, recipe.tone_share)
            state.step(loss)
            total += loss.item()
        state.n_epochs += 1
        state.save(state_file)
        seconds = time.monotonic() - begun
        _log.info(
            "%s: epoch %d of %d, loss %.3f, %.0f s.",
            state_file.stem,
            state.n_epochs,
            recipe.n_epochs,
            total / n_batches,
            seconds,
        )
    return network.eval()


def _set_bias(network: CodeNetwork, truth: np.ndarray) -> None:
    """Start from each code's share, so that the first steps do not go into learning it."""
    share = np.clip(truth.mean(axis=0), 1e-3, 0.99)
    with torch.no_grad():
        network.head.bias.zero_()
        odds = torch.tensor(np.log(share / (1 - share)), dtype=torch.float32)
        network.head.bias[: truth.shape[1]] = odds


def _loss(
    scores: torch.Tensor,
    truth: torch.Tensor,
    tones: torch.Tensor,
    weights: torch.Tensor,
    tone_share: float,
) -> torch.Tensor:
    n_codes = truth.shape[1]
    codes = functional.binary_cross_entropy_with_logits(
        scores[:, :n_codes], truth, reduction="none", pos_weight=weights
    )
    loss = codes.sum(dim=1).mean()
    if (tones >= 0).any():
        told = functional.cross_entropy(scores[:, n_codes:], tones, ignore_index=-1)
        loss = loss + tone_share * told
    return loss


def _pieces(texts: Sequence[str]) -> list[list[int]]:
    return [encoding.ids for encoding in load_tokenizer().encode_batch(list(texts))]


def _batches(pieces: Sequence[list[int]], seed: int) -> list[list[int]]:
    """Return positions in batches of about one length, in random order."""
    rng = random.Random(seed)  # noqa: S311  (repeatable training, no secret)
    order = list(range(len(pieces)))
    rng.shuffle(order)
    made = []
    size = _BATCH_TEXTS * _POOL_BATCHES
    for start in range(0, len(order), size):
        pool = sorted(order[start : start + size], key=lambda i: len(pieces[i]))
        made += [pool[i : i + _BATCH_TEXTS] for i in range(0, len(pool), _BATCH_TEXTS)]
    rng.shuffle(made)
    return made


def _to_tensors(
    pieces: Sequence[list[int]],
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    width = max(map(len, pieces))
    ids = torch.zeros((len(pieces), width), dtype=torch.int64)
    mask = torch.zeros_like(ids)
    for row, one in enumerate(pieces):
        ids[row, : len(one)] = torch.tensor(one)
        mask[row, : len(one)] = 1
    return ids, torch.zeros_like(ids), mask
