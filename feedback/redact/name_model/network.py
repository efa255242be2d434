"""The network: a BERT encoder with rows for case and name lists, and a layer for the labels."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import nn
from transformers import BertModel
from transformers.utils import logging

from feedback.redact.name_model.features import LABELS, N_TYPES

__all__ = ["NameNetwork", "load_network", "shorten"]

_DROPOUT = 0.1


def load_network(folder: Path) -> NameNetwork:
    """Return an untrained network on the encoder in ``folder``, with a type table of our size.

    The rows of the table are nearly alike at first.
    """
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    encoder = BertModel.from_pretrained(
        str(folder), add_pooling_layer=False, attn_implementation="eager"
    )
    old = encoder.embeddings.token_type_embeddings
    table = nn.Embedding(N_TYPES, old.embedding_dim)
    with torch.no_grad():
        table.weight.copy_(old.weight[:1].expand_as(table.weight))
        table.weight += 0.01 * torch.randn_like(table.weight)
    encoder.embeddings.token_type_embeddings = table
    encoder.config.type_vocab_size = N_TYPES
    return NameNetwork(encoder)


def shorten(network: NameNetwork, layers: Sequence[int]) -> NameNetwork:
    """Return a copy of ``network`` with these of its layers only, weights and all."""
    short = copy.deepcopy(network)
    kept = [short.encoder.encoder.layer[index] for index in layers]
    short.encoder.encoder.layer = nn.ModuleList(kept)
    short.encoder.config.num_hidden_layers = len(kept)
    return short


class NameNetwork(nn.Module):
    """Word pieces in, the log-odds of each label out."""

    def __init__(self, encoder: BertModel) -> None:
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(_DROPOUT)
        self.head = nn.Linear(encoder.config.hidden_size, len(LABELS))

    def forward(
        self, input_ids: torch.Tensor, token_type_ids: torch.Tensor, attention_mask: torch.Tensor
    ) -> torch.Tensor:
        """Return tensor of shape (n_texts, n_pieces, n_labels)."""
        hidden = self.encoder(
            input_ids=input_ids, token_type_ids=token_type_ids, attention_mask=attention_mask
        ).last_hidden_state
        scores: torch.Tensor = self.head(self.dropout(hidden))
        return scores
