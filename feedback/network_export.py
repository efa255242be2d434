"""From a trained network to the file that is shipped: ONNX, fused, 8-bit weights."""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Final

import torch

if TYPE_CHECKING:
    from transformers import PretrainedConfig

__all__ = ["NETWORK_INPUTS", "NETWORK_OUTPUT", "export_int8", "write_fused"]

NETWORK_INPUTS: Final = ("input_ids", "token_type_ids", "attention_mask")
NETWORK_OUTPUT: Final = "scores"
_OPSET: Final = 17


def export_int8(
    network: torch.nn.Module, config: PretrainedConfig, path: Path, *, is_by_piece: bool
) -> None:
    """Write a BERT network to ``path``: weights as 8-bit integers, one scale for each channel.

    Parameters
    ----------
    network
        Takes `NETWORK_INPUTS`, int64 of shape (n_texts, n_pieces), and returns scores.
    config
        Of its BERT encoder.
    path
        The file.
    is_by_piece
        Whether the scores have a row for each piece; else one for each text.
    """
    from onnx import TensorProto
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with tempfile.TemporaryDirectory() as folder:
        fused = Path(folder, "fused.onnx")
        write_fused(network, config, fused, is_by_piece=is_by_piece)
        quantize_dynamic(
            fused,
            path,
            per_channel=True,
            weight_type=QuantType.QInt8,
            extra_options={"DefaultTensorType": TensorProto.FLOAT},  # fused nodes have no shapes
        )


def write_fused(
    network: torch.nn.Module,
    config: PretrainedConfig,
    path: Path,
    *,
    is_by_piece: bool,
    with_open_heads: bool = False,
) -> None:
    """Write a BERT network to ``path`` with fused nodes and 32-bit weights.

    ``with_open_heads`` leaves the products before the attention heads as nodes of their own.
    """
    from onnxruntime.transformers import optimizer
    from onnxruntime.transformers.fusion_options import FusionOptions

    fusions = FusionOptions("bert")
    # Fused with the sum before it, this layer takes five times as long on a processor.
    fusions.enable_skip_layer_norm = False
    fusions.enable_bias_skip_layer_norm = False
    fusions.use_multi_head_attention = with_open_heads
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder, "plain.onnx")
        _write_plain(network, plain, is_by_piece=is_by_piece)
        model = optimizer.optimize_model(
            str(plain),
            model_type="bert",
            num_heads=config.num_attention_heads,
            hidden_size=config.hidden_size,
            optimization_options=fusions,
        )
        model.save_model_to_file(str(path))


def _write_plain(network: torch.nn.Module, path: Path, *, is_by_piece: bool) -> None:
    network.eval()
    example = torch.ones((1, 8), dtype=torch.int64)
    axes = {name: {0: "text", 1: "piece"} for name in NETWORK_INPUTS}
    axes[NETWORK_OUTPUT] = {0: "text", 1: "piece"} if is_by_piece else {0: "text"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            (example, torch.zeros_like(example), example),
            str(path),
            input_names=list(NETWORK_INPUTS),
            output_names=[NETWORK_OUTPUT],
            dynamic_axes=axes,
            opset_version=_OPSET,
            dynamo=False,
        )
