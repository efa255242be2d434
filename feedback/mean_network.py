"""The mean of what an encoder says of a text's pieces, at unit length: a sentence's vector."""

from __future__ import annotations

import torch
from torch import nn
from transformers import BertModel

__all__ = ["MeanNetwork", "mean_of"]


def mean_of(encoder: BertModel, *inputs: torch.Tensor) -> torch.Tensor:
    """Return tensor of shape (n_texts, n_dimensions): means over the pieces that are no padding.

    ``inputs`` are those of `feedback.network_export.NETWORK_INPUTS`.
    """
    input_ids, token_type_ids, attention_mask = inputs
    hidden = encoder(
        input_ids=input_ids, token_type_ids=token_type_ids, attention_mask=attention_mask
    ).last_hidden_state
    mask = attention_mask[..., None].to(hidden.dtype)
    mean: torch.Tensor = (hidden * mask).sum(dim=1) / mask.sum(dim=1)
    return mean


class MeanNetwork(nn.Module):
    """Word pieces in; vectors of unit length out."""

    def __init__(self, encoder: BertModel) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(
        self, input_ids: torch.Tensor, token_type_ids: torch.Tensor, attention_mask: torch.Tensor
    ) -> torch.Tensor:
        """Return tensor of shape (n_texts, n_dimensions)."""
        mean = mean_of(self.encoder, input_ids, token_type_ids, attention_mask)
        return nn.functional.normalize(mean, dim=1)
