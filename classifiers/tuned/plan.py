"""How an encoder is tuned, and where: told without importing what does it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Recipe", "Tuning"]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to train.

    ``encoder_rate`` and ``head_rate`` are learning rates at the top of the one cycle, reached after
    ``warm_share`` of it; ``tone_share`` weighs the loss of the sentiment beside that of the codes;
    a missed urgent code costs ``urgent_weight`` times another.
    """

    n_epochs: int = 6
    encoder_rate: float = 2e-4
    head_rate: float = 2e-3
    warm_share: float = 0.15
    tone_share: float = 0.5
    urgent_weight: float = 2.0
    seed: int = 20260401


@dataclass(frozen=True)
class Tuning:
    """How, and where, to tune.

    ``state`` is the folder that training is kept in: stopped, it goes on from there.
    """

    state: Path
    recipe: Recipe = field(default_factory=Recipe)
    n_processes: int = 2
