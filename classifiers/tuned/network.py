"""The network: the encoder, the mean of what it says of a text, a layer for codes and tones."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn
from transformers import BertModel
from transformers.utils import logging

from feedback.mean_network import mean_of

__all__ = ["CodeNetwork", "load_network"]

_DROPOUT = 0.2
"""Of the mean alone: within the encoder it cost a third of the speed and changed nothing."""


def load_network(folder: Path, n_scores: int) -> CodeNetwork:
    """Return an untrained network of ``n_scores`` outputs on the encoder in ``folder``."""
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    encoder = BertModel.from_pretrained(
        str(folder),
        add_pooling_layer=False,
        attn_implementation="eager",  # the other one takes ten times as long going back
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    for parameter in encoder.embeddings.parameters():
        parameter.requires_grad = False  # a few thousand texts hold too few of its words
    return CodeNetwork(encoder, n_scores)


class CodeNetwork(nn.Module):
    """Word pieces in; log-odds of each code and of each tone out."""

    def __init__(self, encoder: BertModel, n_scores: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(_DROPOUT)
        self.head = nn.Linear(encoder.config.hidden_size, n_scores)

    def forward(
        self, input_ids: torch.Tensor, token_type_ids: torch.Tensor, attention_mask: torch.Tensor
    ) -> torch.Tensor:
        """Return tensor of shape (n_texts, n_scores)."""
        mean = mean_of(self.encoder, input_ids, token_type_ids, attention_mask)
        scores: torch.Tensor = self.head(self.dropout(mean))
        return scores
