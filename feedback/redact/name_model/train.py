"""Train the name networks; the state is kept after each epoch, and training goes on from it.

A teacher of all the encoder's layers learns from the texts, then a student of fewer layers learns
from the texts and from how sure the teacher is of each label. The student is what ships: it reads
twice as fast and loses little (docs/measurements.md).
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch.nn import functional

from feedback.network_training import TrainingState
from feedback.redact.lexicon import GIVEN, SURNAME, load_lexicon
from feedback.redact.name_model.augment import NameSource
from feedback.redact.name_model.corpus import Marked
from feedback.redact.name_model.examples import IGNORED, Example, batches, to_tensors
from feedback.redact.name_model.features import LABELS
from feedback.redact.name_model.network import NameNetwork

__all__ = ["STUDENT", "TEACHER", "Recipe", "train"]

_LOG = logging.getLogger(__name__)
_REPORT_BATCHES = 100


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to train.

    ``peak_rate`` is the learning rate at the top of the one cycle, reached after ``warm_share`` of
    it; ``person_weight`` is what a missed name costs, a word too many costing 1; ``layers`` are the
    layers of the encoder that a student begins with. Of a student's loss, ``teacher_share`` is its
    distance from the teacher, both softened by ``temperature``.
    """

    n_epochs: int = 2
    peak_rate: float = 1e-4
    warm_share: float = 0.2
    weight_decay: float = 0.01
    clip: float = 1.0
    person_weight: float = 1.5
    layers: tuple[int, ...] = (0, 1, 2, 3, 4, 5)
    teacher_share: float = 0.0
    temperature: float = 2.0
    seed: int = 20260401


TEACHER = Recipe()
STUDENT = Recipe(n_epochs=2, peak_rate=2e-4, layers=(0, 2, 4), teacher_share=0.7, seed=20260402)


def train(
    texts: Sequence[Marked],
    network: NameNetwork,
    state_file: Path,
    recipe: Recipe,
    teacher: NameNetwork | None = None,
) -> NameNetwork:
    """Return ``network`` trained on ``texts``.

    Parameters
    ----------
    texts
        What to learn from; see `corpus`.
    network
        What to train; it is changed.
    state_file
        Where the state is kept after each epoch. If it is there, training goes on from it; it must
        stem from the same texts and recipe.
    recipe
        How to train.
    teacher
        A trained network to learn from as well.
    """
    source = _names()
    n_batches = sum(1 for _ in batches(texts, source, _rng(recipe.seed)))
    state = TrainingState(
        network,
        [(list(network.parameters()), recipe.peak_rate)],
        n_batches * recipe.n_epochs,
        warm_share=recipe.warm_share,
        weight_decay=recipe.weight_decay,
        clip=recipe.clip,
    )
    if state_file.is_file():
        state.load(state_file)
        _LOG.info("Going on after epoch %d.", state.n_epochs)
    while state.n_epochs < recipe.n_epochs:
        seed = recipe.seed + 1 + state.n_epochs
        torch.manual_seed(seed)
        _train_epoch(state, batches(texts, source, _rng(seed)), recipe, teacher)
        state.n_epochs += 1
        state.save(state_file)
    return network.eval()


def _train_epoch(
    state: TrainingState, made: Iterator[list[Example]], recipe: Recipe, teacher: NameNetwork | None
) -> None:
    state.network.train()
    begun, total = time.monotonic(), 0.0
    for n, batch in enumerate(made, start=1):
        loss = _loss(state.network, batch, recipe, teacher)
        state.step(loss)
        total += loss.item()
        if n % _REPORT_BATCHES == 0:
            seconds = time.monotonic() - begun
            _LOG.info(
                "Epoch %d, batch %d: loss %.4f, %.0f s.", state.n_epochs + 1, n, total / n, seconds
            )


def _loss(
    network: torch.nn.Module, batch: Sequence[Example], recipe: Recipe, teacher: NameNetwork | None
) -> torch.Tensor:
    ids, types, mask, labels = to_tensors(batch)
    weight = torch.ones(len(LABELS))
    weight[LABELS.index("PERSON")] = recipe.person_weight
    with torch.autocast("cpu", dtype=torch.bfloat16):
        scores = network(ids, types, mask).float()
    own = functional.cross_entropy(
        scores.flatten(0, 1), labels.flatten(), weight=weight, ignore_index=IGNORED
    )
    if teacher is None:
        return own
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        wanted = teacher(ids, types, mask).float()
    is_word = labels != IGNORED
    distance = functional.kl_div(
        functional.log_softmax(scores[is_word] / recipe.temperature, dim=-1),
        functional.log_softmax(wanted[is_word] / recipe.temperature, dim=-1),
        reduction="batchmean",
        log_target=True,
    )
    share = recipe.teacher_share
    return (1 - share) * own + share * recipe.temperature**2 * distance


def _names() -> NameSource:
    lexicon = load_lexicon()
    return NameSource(
        sorted(word for word, kinds in lexicon.items() if kinds & GIVEN and len(word) > 2),
        sorted(word for word, kinds in lexicon.items() if kinds & SURNAME and len(word) > 2),
    )


def _rng(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311  (repeatable training, no secret)
