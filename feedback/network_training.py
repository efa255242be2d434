"""Training that keeps its state after each epoch, and goes on from it when it was stopped."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

__all__ = ["TrainingState"]

_SPARE_STEPS = 1.05
"""Batches of an epoch may vary by a few; the cycle is made to last."""


class TrainingState:
    """A network with its optimiser and its one cycle of learning rates, kept in one file.

    Parameters
    ----------
    network
        What is trained.
    parts
        Parameters with the learning rate at the top of their cycle.
    n_steps
        Steps in all epochs together.
    warm_share
        Share of the cycle that it takes to its top.
    weight_decay
        Of AdamW.
    clip
        Greatest length of a step's gradient.
    """

    def __init__(
        self,
        network: torch.nn.Module,
        parts: Sequence[tuple[list[torch.nn.Parameter], float]],
        n_steps: int,
        *,
        warm_share: float,
        weight_decay: float = 0.01,
        clip: float = 1.0,
    ) -> None:
        self.network = network
        self.clip = clip
        self.optimiser = torch.optim.AdamW(
            [{"params": parameters, "lr": rate} for parameters, rate in parts],
            weight_decay=weight_decay,
        )
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(
            self.optimiser,
            [rate for _, rate in parts],
            total_steps=int(n_steps * _SPARE_STEPS) + 1,
            pct_start=warm_share,
        )
        self.n_epochs = 0

    def step(self, loss: torch.Tensor) -> None:
        """Go one step against ``loss``."""
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.clip)
        self.optimiser.step()
        self.schedule.step()
        self.optimiser.zero_grad()

    def load(self, path: Path) -> None:
        """Go on from what `save` wrote."""
        kept: dict[str, Any] = torch.load(path, weights_only=True)
        self.network.load_state_dict(kept["network"])
        self.optimiser.load_state_dict(kept["optimiser"])
        self.schedule.load_state_dict(kept["schedule"])
        self.n_epochs = kept["n_epochs"]

    def save(self, path: Path) -> None:
        """Write all of it; a kill leaves either the old file or the new."""
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        kept = {
            "network": self.network.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "schedule": self.schedule.state_dict(),
            "n_epochs": self.n_epochs,
        }
        torch.save(kept, fresh)
        fresh.replace(path)
